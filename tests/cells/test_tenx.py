"""Cells of folders and .h5 files of 10x, in every layout."""

import gzip

import numpy as np
import pytest
from anndata import read_h5ad

from autocrine import cells
from autocrine.cells.blocks import check_block, open_cells
from autocrine.cells.measure import measure
from autocrine.problems import Findings, InputError
from tests.cells.simulated import make_cells
from tests.cells.tenx_files import write_folder, write_h5, write_h5_of_2

LAYOUTS = ["2", "3", "star"]
BLOCKS = [(5000, 2_000_000), (1, 10**9), (7, 10**9), (10**9, 50)]


@pytest.fixture(scope="module")
def adata():
    held = make_cells(2, 40, 60)
    # The first, one in the middle and the last have no count: no line of a matrix names them.
    counts = held.X.toarray()
    counts[[0, 100, 319]] = 0
    held.X = type(held.X)(counts)
    return held


def joined(held, size):
    """Put all blocks together again, and look at every one."""
    whole = np.zeros(held.shape)
    for block in held.blocks(*size):
        findings = Findings()
        assert check_block(block, held, findings) and not findings.problems
        assert block.counts.shape[0] <= size[0] and (block.counts.nnz <= size[1] or block.counts.shape[0] == 1)
        whole[block.first_cell : block.first_cell + block.counts.shape[0]] += block.counts.toarray()
    return whole


def in_parts(monkeypatch):
    """Have files read in many parts, the first longer than what one gene has."""
    monkeypatch.setattr("autocrine.cells.mtx._LEAST_TEXT", 1000)
    monkeypatch.setattr("autocrine.cells.mtx._BEGINNING", 5000)


def by_gene(entries):
    return np.argsort(entries[:, 0], kind="stable")


def mixed(entries):
    return np.random.default_rng(3).permutation(len(entries))


def genes_falling(entries):
    return np.lexsort((-entries[:, 0], entries[:, 1]))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", [None, by_gene, mixed, genes_falling])
def test_folders_are_read_in_any_layout_and_order(adata, tmp_path, layout, order, monkeypatch):
    in_parts(monkeypatch)
    proteins = 0 if layout == "2" else 3
    folder = write_folder(tmp_path / "run", adata, layout, proteins, order)
    with open_cells(folder, "X", Findings()) as held:
        assert list(held.obs.index) == list(adata.obs_names) and list(held.var.index) == list(adata.var_names)
        assert held.var["gene_name"].tolist() == adata.var["symbol"].tolist()
        assert held.dropped == ({} if layout == "2" else {"Antibody Capture": 3})
        for size in BLOCKS:
            assert (joined(held, size) == adata.X.toarray()).all()


def test_a_folder_gives_what_scanpy_reads(adata, tmp_path):
    import scanpy

    for layout in ("2", "3"):
        read = scanpy.read_10x_mtx(write_folder(tmp_path / layout, adata, layout), var_names="gene_ids")
        with open_cells(tmp_path / layout, "X", Findings()) as held:
            found = measure(held, BLOCKS[0], Findings())
            assert (joined(held, BLOCKS[0]) == read.X.toarray()).all()
        assert (found.depth == np.asarray(read.X.sum(axis=1)).ravel()).all()
        assert list(read.obs_names) == list(held.obs.index) and list(read.var_names) == list(held.var.index)


def test_h5_files_of_every_cellranger_give_what_scanpy_reads(adata, tmp_path):
    import scanpy

    write_h5_of_2(tmp_path / "two.h5", adata)
    write_h5(tmp_path / "three.h5", adata, proteins=4)
    for name, dropped in (("two", {}), ("three", {"Antibody Capture": 4})):
        read = scanpy.read_10x_h5(tmp_path / f"{name}.h5")
        with open_cells(tmp_path / f"{name}.h5", "X", Findings()) as held:
            assert held.dropped == dropped and held.var["gene_name"].tolist() == list(read.var_names)
            for size in BLOCKS:
                assert (joined(held, size) == read.X.toarray()).all()


def test_sums_of_folders_are_those_of_one_object(adata, tmp_path):
    full = adata[np.asarray(adata.X.sum(axis=1)).ravel() > 0]
    wanted = cells.sum_cells(full, "run", "cell_type", min_counts=1000)
    runs = full.obs["run"].unique()
    files = {}
    for run, layout in zip(runs, ["2", "3", "star", "3"], strict=True):
        files[run] = write_folder(tmp_path / run, full[full.obs["run"] == run], layout)
    # Files of GEO have the sample in their names.
    files[runs[0]] = write_folder(tmp_path / "geo", full[full.obs["run"] == runs[0]], before="GSM1_") / (
        "GSM1_matrix.mtx.gz"
    )
    write_folder(tmp_path / "geo", full[full.obs["run"] == runs[1]], before="GSM2_")
    found = cells.sum_cells(files, "run", "cell_type", labels=full.obs[["cell_type"]], min_counts=1000)
    assert np.asarray(found.X).tobytes() == np.asarray(wanted.X).tobytes()
    assert found.layers["expected"].tobytes() == wanted.layers["expected"].tobytes()


def test_antibodies_in_an_h5ad_file_are_left_out_and_counted(adata, tmp_path):
    kinds = np.where(np.arange(60) % 3 == 1, "Antibody Capture", "Gene Expression")
    kinds[-1] = "Peaks"
    both = adata.copy()
    both.var["feature_types"] = kinds
    genes = both[:, kinds == "Gene Expression"].copy()
    both.write_h5ad(tmp_path / "cells.h5ad")
    with open_cells(tmp_path / "cells.h5ad", "X", Findings()) as held:
        assert held.dropped == {"Antibody Capture": 20, "Peaks": 1}
        assert list(held.var.index) == list(genes.var_names)
        for size in BLOCKS[:3]:
            assert (joined(held, size) == genes.X.toarray()).all()
    sums = cells.sum_cells(tmp_path / "cells.h5ad", "run", min_counts=100)
    sums.write_h5ad(tmp_path / "sums.h5ad")
    dropped = read_h5ad(tmp_path / "sums.h5ad").uns["import"]["features_dropped"]
    assert dropped.set_index("kind")["features"].to_dict() == {"Antibody Capture": 20, "Peaks": 1}
    cells.sum_cells(genes, "run", min_counts=100).write_h5ad(tmp_path / "sums.h5ad")
    assert len(read_h5ad(tmp_path / "sums.h5ad").uns["import"]["features_dropped"]) == 0


def change(path, call):
    """Change the text of a packed or plain file."""
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(call(gzip.decompress(path.read_bytes()))))
    else:
        path.write_bytes(call(path.read_bytes()))


def lines_changed(old, new):
    return lambda text: b"\n".join([*text.split(b"\n")[:old], new, *text.split(b"\n")[old + 1 :]])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda text: text[: len(text) // 2], r"matrix.mtx: it ends after [\d,]+ of [\d,]+ entries"),
        (lambda text: text + b"1 1 1\n", "more entries than the [0-9,]+ that its head announces"),
        (lines_changed(700, b"1 x 1"), "Invalid integer value in line 701 of the file"),
        (lines_changed(700, b"99 30 1"), "Row index out of bounds in line 701 of the file"),
        (lines_changed(2, b"61 320 400"), "the matrix is 61 x 320, but there are 60 genes and 320 barcodes"),
        (lines_changed(2, b"60 320 many"), 'the line of sizes is "60 320 many"'),
        (lines_changed(0, b"a,b"), "the first line is not that of a sparse matrix"),
        (lambda text: b"", "the file is empty"),
    ],
)
def test_a_damaged_matrix_is_reported_with_its_place(adata, tmp_path, call, words, monkeypatch):
    in_parts(monkeypatch)
    change(write_folder(tmp_path / "run", adata, "star") / "matrix.mtx", call)
    with pytest.raises(InputError, match=words) as raised:
        cells.sum_cells({"a": tmp_path / "run"}, "run", values_at_once=1)
    assert len(raised.value.problems) == 1


def test_order_that_changes_behind_the_beginning_is_reported(adata, tmp_path, monkeypatch):
    in_parts(monkeypatch)
    folder = write_folder(tmp_path / "run", adata, "star", order=lambda e: np.r_[500 : len(e), 0:500])
    with pytest.raises(InputError, match="sorted by cell at the beginning and not behind it"):
        cells.sum_cells({"a": folder}, "run", values_at_once=1)
    # Read at once, order means nothing.
    monkeypatch.setattr("autocrine.cells.mtx._LEAST_TEXT", 10**7)
    with open_cells(folder, "X", Findings()) as held:
        assert (joined(held, BLOCKS[0]) == adata.X.toarray()).all()


def test_blank_lines_mean_nothing(adata, tmp_path):
    folder = write_folder(tmp_path / "run", adata, "star")
    change(folder / "matrix.mtx", lambda text: text.replace(b"\n", b"\r\n").replace(b"\r\n5 ", b"\r\n\r\n5 ") + b"\n\n")
    with open_cells(folder, "X", Findings()) as held:
        assert (joined(held, BLOCKS[0]) == adata.X.toarray()).all()


def test_no_more_than_a_part_of_a_sorted_matrix_is_held(adata, tmp_path, monkeypatch):
    in_parts(monkeypatch)
    monkeypatch.setattr("autocrine.cells.mtx.MtxMatrix._in_memory", lambda *_: pytest.fail("held as a whole"))
    folder = write_folder(tmp_path / "run", adata)
    with open_cells(folder, "X", Findings()) as held:
        assert (joined(held, (5000, 50)) == adata.X.toarray()).all()
