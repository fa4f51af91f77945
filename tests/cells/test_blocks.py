"""Blocks of cells, from objects and files."""

import h5py
import numpy as np
import pytest
from scipy import sparse

from autocrine.cells.blocks import check_block, open_cells
from autocrine.cells.sums import sum_cells
from autocrine.problems import Findings, InputError
from tests.cells.simulated import make_cells

LAYOUTS = {"csr": sparse.csr_matrix, "csc": sparse.csc_matrix, "dense": None}


def joined(cells, **size):
    """Put all blocks together again."""
    whole = np.zeros(cells.shape)
    for block in cells.blocks(**size):
        findings = Findings()
        assert check_block(block, cells, findings) and not findings.problems
        part = block.counts.toarray()
        place = (
            slice(block.first_cell, block.first_cell + len(part)),
            slice(block.first_gene, block.first_gene + part.shape[1]),
        )
        whole[place] += part
    return whole


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["f4", "f8", "i4", "i8", "u2"])
def test_blocks_of_objects_and_files_are_the_matrix(tmp_path, layout, dtype):
    adata = make_cells(2, 15, 30, layout=LAYOUTS[layout], dtype=dtype)
    wanted = np.asarray(adata.X.toarray() if sparse.issparse(adata.X) else adata.X)
    adata.write_h5ad(tmp_path / "cells.h5ad")
    for given in (adata, tmp_path / "cells.h5ad", str(tmp_path / "cells.h5ad")):
        with open_cells(given, "X", Findings()) as cells:
            assert cells.shape == wanted.shape and list(cells.obs.columns) == list(adata.obs.columns)
            for size in ({}, {"cells_at_once": 1}, {"cells_at_once": 7}, {"values_at_once": 1}, {"values_at_once": 50}):
                assert (joined(cells, **size) == wanted).all()


def test_gzip_and_wide_pointers_are_read(tmp_path):
    adata = make_cells(2, 15, 30)
    adata.write_h5ad(tmp_path / "gzip.h5ad", compression="gzip")
    adata.write_h5ad(tmp_path / "wide.h5ad")
    with h5py.File(tmp_path / "wide.h5ad", "a") as file:
        for name in ("indptr", "indices"):
            held = file["X"][name][...].astype("i8")
            del file["X"][name]
            file["X"][name] = held
    for name in ("gzip", "wide"):
        with open_cells(tmp_path / f"{name}.h5ad", "X", Findings()) as cells:
            assert (joined(cells) == adata.X.toarray()).all()


def test_layers_raw_and_backed_objects(tmp_path):
    from anndata import read_h5ad

    adata = make_cells(2, 15, 30)
    counts = adata.X.toarray()
    adata.layers["counts"] = sparse.csc_matrix(counts)
    adata.raw = adata.copy()
    adata.X = np.log1p(counts)
    part = adata[:, :20].copy()
    part.write_h5ad(tmp_path / "cells.h5ad")
    backed = read_h5ad(tmp_path / "cells.h5ad", backed="r")
    for given in (part, tmp_path / "cells.h5ad", backed):
        with open_cells(given, "raw", Findings()) as cells:
            assert cells.shape == (120, 30) and (joined(cells) == counts).all()
        with open_cells(given, "counts", Findings()) as cells:
            assert (joined(cells) == counts[:, :20]).all()
        with pytest.raises(InputError, match=r'values up to .* with decimals.*\n.*layer="(counts|raw)" holds such'):
            sum_cells(given, "run")


def test_files_of_write_elem_hold_an_empty_raw(tmp_path):
    import h5py
    from anndata.io import write_elem

    adata = make_cells(2, 15, 30)
    with h5py.File(tmp_path / "cells.h5ad", "w") as file:
        write_elem(file, "/", adata)
        assert file["raw"].shape is None
    with open_cells(tmp_path / "cells.h5ad", "X", Findings()) as cells:
        assert (joined(cells) == adata.X.toarray()).all()


def broken(change, dtype="f4"):
    adata = make_cells(2, 30, 20, dtype=dtype)
    change(adata.X)
    return adata


@pytest.mark.parametrize(
    ("value", "dtype", "words"),
    [
        (-1, "f4", r"X holds negative values \(cell AC0-1, gene ENSG\d+: -1\)"),
        (0.5, "f4", "with decimals.*First: cell AC0-1"),
        (np.nan, "f8", "missing or infinite values"),
        (np.inf, "f4", "missing or infinite values"),
        (2.0**24 + 2, "f4", "a count beyond any cell .* single precision ends at 16,777,216"),
        (2**25, "i8", "a count beyond any cell"),
    ],
)
def test_what_is_no_count_is_reported_once_with_its_place(value, dtype, words):
    def change(matrix):
        matrix.data[0] = value

    with pytest.raises(InputError, match=words) as raised:
        sum_cells(broken(change, dtype), "run", cells_at_once=5)
    assert len(raised.value.problems) == 1


@pytest.mark.parametrize(
    ("name", "place", "value", "words"),
    [
        ("indices", 3, 999, "an index of 999 where the matrix ends at 19"),
        ("indices", 3, -1, "an index of -1"),
        ("indptr", 5, 10_000_000, "do not follow one another"),
    ],
)
def test_broken_structures_are_reported(tmp_path, name, place, value, words):
    make_cells(2, 30, 20).write_h5ad(tmp_path / "cells.h5ad")
    with h5py.File(tmp_path / "cells.h5ad", "a") as file:
        file["X"][name][place] = value
    with pytest.raises(InputError, match=words):
        sum_cells(tmp_path / "cells.h5ad", "run")


def test_values_that_appear_twice_are_reported(tmp_path):
    adata = make_cells(2, 30, 20)
    adata.write_h5ad(tmp_path / "cells.h5ad")
    with h5py.File(tmp_path / "cells.h5ad", "a") as file:
        file["X"]["indices"][1] = file["X"]["indices"][0]
    with pytest.raises(InputError, match="1 values appear twice"):
        sum_cells(tmp_path / "cells.h5ad", "run")


def test_files_that_cannot_be_read_are_named(tmp_path):
    make_cells(2, 30, 20).write_h5ad(tmp_path / "cells.h5ad")
    whole = (tmp_path / "cells.h5ad").read_bytes()
    (tmp_path / "cut.h5ad").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.h5ad").write_text("no HDF5")
    with h5py.File(tmp_path / "foreign.h5ad", "w") as file:
        file["numbers"] = [1, 2]
    for name in ("cut", "text", "foreign", "absent"):
        with pytest.raises(InputError, match=f"{name}.h5ad: cannot be read"):
            sum_cells(tmp_path / f"{name}.h5ad", "run")
    with pytest.raises(InputError, match='there is no layer "counts"'):
        sum_cells(tmp_path / "cells.h5ad", "run", layer="counts")
    with pytest.raises(TypeError, match="AnnData object or the path"):
        sum_cells(np.ones((3, 3)), "run")
