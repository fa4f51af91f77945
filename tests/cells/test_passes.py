"""The two passes over single files, and their sums put together."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from autocrine import cells
from autocrine.cells.blocks import open_cells
from autocrine.cells.gene_names import mitochondrial, named_places
from autocrine.cells.passes import SIZE, join_sums, measure_file, sum_file
from autocrine.cells.settled import settle_cells
from autocrine.problems import Findings
from tests.cells.simulated import make_cells

LIMITS = {"min_cells": 20, "min_counts": 1000, "min_umi": 500}
# The fourth has cells of two samples of which others are elsewhere, the last cells of another tissue alone.
CUTS = (0, 130, 300, 460, 480)
BLOCKS = [SIZE, (1, 10**9), (7, 10**9), (10**9, 50)]


@pytest.fixture(scope="module")
def adata():
    held = make_cells(2, 60, 80)
    held.obs["left"] = [f"{(7 * place) % 5 == 0}" for place in range(held.n_obs)]
    # Two files say nothing of the site, and the cells of one differ in it.
    held.obs["site"] = np.where(np.arange(held.n_obs) < 130, "marrow", None)
    return held


@pytest.fixture(scope="module")
def files(adata, tmp_path_factory):
    """Return parts of the cells as files, with other layouts."""
    folder, paths = tmp_path_factory.mktemp("files"), []
    for number, layout in enumerate([sparse.csr_matrix, sparse.csc_matrix, np.asarray, sparse.csr_matrix]):
        part = adata[CUTS[number] : CUTS[number + 1]].copy()
        part.X = layout(part.X.toarray())
        if number:
            del part.obs["site"]
        paths.append(folder / f"{number}.h5ad")
        part.write_h5ad(paths[-1])
    return paths


def run(paths, adata, size=SIZE, kept=None, write=None):
    """Run the steps as jobs do: a file at a time, tables between them."""
    findings, measured = Findings(), {}
    for path in paths:
        with open_cells(path, "X", findings) as held:
            table, _ = measure_file(held, size, findings)
        table["sample"], table["state"] = held.obs["run"], held.obs["cell_type"]
        if kept is not None:
            table["kept"] = kept.reindex(table.index)
            table["reason"] = np.where(table["kept"], "", "few genes")
        measured[path] = table
    settled = settle_cells(pd.concat(measured.values()), LIMITS, "cells", findings)
    parts = []
    for number, path in enumerate(paths):
        with open_cells(path, "X", findings) as held:
            part = sum_file(held, measured[path], settled, size, findings)
        if write:
            part.write_h5ad(write / f"part{number}.h5ad")
            part = anndata.read_h5ad(write / f"part{number}.h5ad")
        parts.append(part)
    sums = join_sums(parts, settled, "cells", findings)
    assert not findings.problems
    return sums


def content(sums):
    return [np.asarray(held).tobytes() for held in (sums.X, sums.layers["detected"], sums.layers["expected"])]


def same(one, other):
    assert list(one.obs_names) == list(other.obs_names) and content(one) == content(other)
    pd.testing.assert_frame_equal(one.obs, other.obs, check_column_type=False)
    pd.testing.assert_frame_equal(one.var, other.var)
    for name in ("depth", "dropped_pseudobulks", "cells_dropped"):
        pd.testing.assert_frame_equal(one.uns["import"][name], other.uns["import"][name])


@pytest.fixture(scope="module")
def wanted(adata):
    return cells.sum_cells(adata, "run", "cell_type", **LIMITS)


@pytest.mark.parametrize("size", BLOCKS)
def test_sums_of_files_are_those_of_all_cells(adata, files, wanted, size):
    assert wanted.n_obs == 8 and {"patient", "exposure"} <= set(wanted.obs) and "left" not in wanted.obs
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        same(run([files[place] for place in order], adata, size), wanted)


def test_parts_are_written_and_read_again(adata, files, wanted, tmp_path):
    again = run(files, adata, write=tmp_path)
    assert content(again) == content(wanted)
    assert again.obs["patient"].tolist() == wanted.obs["patient"].tolist()


def test_cells_that_are_left_out_are_counted_with_the_reason(adata, files):
    kept = adata.obs["left"] == "False"
    kept[CUTS[3] :] = False
    sums = run(files, adata, kept=kept)
    held = adata[kept.to_numpy()]
    wanted = cells.sum_cells(held, "run", "cell_type", **LIMITS)
    assert content(sums) == content(wanted) and sums.obs["cells"].sum() == kept.sum()
    left = cells.lost(sums)
    assert set(left["reason"]) == {"few genes"} and left["cells"].sum() == (~kept).sum()


def test_measures_of_cells_are_those_in_memory(adata, files):
    symbols = [f"MT-{place}" if place < 5 else f"G{place}" for place in range(80)]
    for number, path in enumerate(files):
        part = adata[CUTS[number] : CUTS[number + 1]]
        counts = part.X.toarray()
        for size in BLOCKS:
            findings = Findings()
            with open_cells(path, "X", findings) as held:
                held.var["symbol"] = symbols
                table, asked = measure_file(held, size, findings, [7, 60])
            assert list(table) == ["depth", "genes", "mito"] and asked.dtype == "int64"
            assert table.index.equals(part.obs_names) and set(map(str, table.dtypes)) == {"int64"}
            columns = [counts, counts > 0, counts[:, :5]]
            assert (table.to_numpy() == np.column_stack([held.sum(axis=1) for held in columns])).all()
            assert (asked.toarray() == counts[:, [7, 60]]).all()
    with open_cells(files[0], "X", Findings()) as held:
        assert (measure_file(held, SIZE, Findings())[0]["mito"] == -1).all()


def test_names_of_genes():
    var = pd.DataFrame({"gene_name": ["MT-CO1", "b", "b", "GRCh38_MT-ND1", "mt-Co1", "BMT-1"]}, index=list("abcdef"))
    assert mitochondrial(var).tolist() == [True, False, False, True, True, False]
    # What the counts call b is not what has the symbol b.
    assert named_places(var)["b"] == [1] and named_places(var)["MT-CO1"] == [0]
    assert named_places(var.set_axis(list("acdefg")))["b"] == [1, 2]


def problem(findings):
    (held,) = findings.problems
    return f"{held.where}: {held.found}"


def test_what_does_not_belong_together_is_reported(adata, files):
    findings = Findings()
    with open_cells(files[0], "X", findings) as held:
        table = measure_file(held, SIZE, findings)[0].assign(sample="a")
        settled = settle_cells(table, LIMITS, "cells", findings)
        part = sum_file(held, table, settled, SIZE, findings)
        assert not findings.problems
        assert sum_file(held, table.iloc[::-1], settled, SIZE, findings) is None
    assert "0.h5ad: its 130 cells are not the 130 that were measured" in problem(findings)
    for parts, words in (
        ([part, part], "the sums of its files are not all counts that were measured (a)"),
        ([part, part[:, :40]], "its genes are not those of"),
    ):
        findings = Findings()
        assert join_sums(parts, settled, "marrow", findings) is None
        assert words in problem(findings)
    findings = Findings()
    doubled = pd.concat([table, table.assign(sample="b")])
    assert settle_cells(doubled, LIMITS, "marrow", findings) is None
    copies = "the same barcodes with the same counts in several samples: a = b (130 cells)"
    assert problem(findings) == f"marrow: {copies}"
    # With other barcodes the sums show it.
    findings, parts = Findings(), []
    doubled.index = [f"c{place}" for place in range(len(doubled))]
    settled = settle_cells(doubled, LIMITS, "marrow", findings)
    with open_cells(files[0], "X", findings) as held:
        for sample in "ab":
            parts.append(sum_file(held, table.assign(sample=sample), settled, SIZE, findings))
    assert join_sums(parts, settled, "marrow", findings) is None
    assert problem(findings) == "marrow: the same counts in several samples: a = b"


def test_rows_that_are_no_cells_are_reported_in_either_step(files, monkeypatch):
    findings = Findings()
    table = pd.DataFrame({"depth": 300_000, "genes": 9000, "sample": list("aabb")}, index=list("wxyz"))
    assert settle_cells(table, LIMITS, "marrow", findings) is None
    assert (
        problem(findings) == "marrow: these are samples, not cells: 4 rows, half of them with more than 200,000 counts"
    )
    monkeypatch.setattr("autocrine.cells.measure.MOST_BARCODES", 100)
    monkeypatch.setattr("autocrine.cells.measure.FEWEST_UMI", 10_000)
    findings = Findings()
    with open_cells(files[0], "X", findings) as held:
        assert measure_file(held, SIZE, findings) is None
    assert "0.h5ad: unfiltered droplets: 130 barcodes" in problem(findings)
