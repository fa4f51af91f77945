"""Cells of several files, 10x files, and labels in a table of their own."""

import h5py
import numpy as np
import pandas as pd
import pytest

from autocrine import cells
from autocrine.problems import InputError
from tests.cells.simulated import make_cells
from tests.cells.tenx_files import write_h5


@pytest.fixture(scope="module")
def adata():
    return make_cells(2, 40, 60)


@pytest.fixture(scope="module")
def runs(adata, tmp_path_factory):
    """Return a 10x file of each sample, and a table of labels."""
    folder, files = tmp_path_factory.mktemp("runs"), {}
    for run in adata.obs["run"].unique():
        files[run] = folder / f"{run}.h5"
        write_h5(files[run], adata[adata.obs["run"] == run], proteins=3)
    return files


def same(one, other):
    assert list(one.obs_names) == list(other.obs_names)
    assert np.asarray(one.X).tobytes() == np.asarray(other.X).tobytes()
    assert one.layers["expected"].tobytes() == other.layers["expected"].tobytes()


def test_files_of_samples_give_what_one_object_gives(adata, runs):
    wanted = cells.sum_cells(adata, "run", "cell_type", min_counts=1000)
    labels = adata.obs[["cell_type", "patient"]]
    for size in ({}, {"values_at_once": 40}):
        found = cells.sum_cells(runs, "run", "cell_type", labels=labels, min_counts=1000, **size)
        same(found, wanted)
    # Antibodies are no genes, and say nothing of depth.
    assert list(found.var_names) == list(adata.var_names) and found.var["gene_name"].tolist()[:2] == ["G0", "G1"]
    assert found.obs["patient"].tolist() == wanted.obs["patient"].tolist()
    parts = {run: adata[adata.obs["run"] == run].copy() for run in runs}
    for part in parts.values():
        del part.obs["run"]
    same(cells.sum_cells(parts, "run", "cell_type", min_counts=1000), wanted)


def test_a_10x_file_gives_what_scanpy_reads(adata, tmp_path):
    import scanpy

    write_h5(tmp_path / "run.h5", adata)
    read = scanpy.read_10x_h5(tmp_path / "run.h5")
    read.obs["sample"] = "a"
    wanted = cells.sum_cells(read, "sample", min_counts=1000)
    same(cells.sum_cells({"a": tmp_path / "run.h5"}, "sample", min_counts=1000), wanted)


def test_barcodes_of_several_samples_are_distinguished_by_the_sample(adata):
    other = adata.copy()
    other.obs_names = [f"BC{place % 80}" for place in range(other.n_obs)]
    labels = other.obs[["run", "cell_type"]]
    del other.obs["cell_type"]
    wanted = cells.sum_cells(adata, "run", "cell_type", min_counts=1000)
    same(cells.sum_cells(other, "run", "cell_type", labels=labels, min_counts=1000), wanted)
    with pytest.raises(InputError, match="cells appear twice: BC0"):
        cells.sum_cells(other, "run", "cell_type", labels=labels.drop(columns="run"))


def test_codetection_takes_files_too(adata, runs):
    wanted = cells.test_codetection(adata, [("G0", "G1")], "run", "cell_type")
    found = cells.test_codetection(runs, [("G0", "G1")], "run", "cell_type", labels=adata.obs[["cell_type"]])
    pd.testing.assert_frame_equal(found.patients, wanted.patients)


def test_labels_of_another_spelling_and_taken_names_are_reported(adata):
    labels = adata.obs[["cell_type"]].rename(index=lambda name: name.removesuffix("-1"))
    bare = adata.copy()
    del bare.obs["cell_type"]
    with pytest.raises(InputError, match="0% of the cells have a label; cells are called AC0-1, labels AC0\n"):
        cells.sum_cells(bare, "run", "cell_type", labels=labels)
    with pytest.raises(InputError, match="the cells have columns of these names: cell_type"):
        cells.sum_cells(adata, "run", "cell_type", labels=adata.obs[["cell_type"]])
    few = cells.sum_cells(bare, "run", "cell_type", labels=adata.obs[["cell_type"]].iloc[:-4], min_counts=1000)
    left = cells.lost(few)
    assert left.loc[left["reason"] == "no state", "cells"].sum() == 4


def test_files_that_do_not_belong_together_are_reported(adata, runs, tmp_path):
    first = next(iter(runs))
    write_h5(tmp_path / "fewer.h5", adata[:80, :50])
    with pytest.raises(InputError, match=r"fewer\.h5: its genes are not those of .*10 genes are in one of them only"):
        cells.sum_cells({"a": runs[first], "b": tmp_path / "fewer.h5"}, "run")
    with pytest.raises(InputError, match=r"the same counts in several samples: a = b \(80 cells\)"):
        cells.sum_cells({"a": runs[first], "b": runs[first]}, "run", min_counts=1000)
    with pytest.raises(InputError, match=r"absent\.h5: cannot be read"):
        cells.sum_cells({"a": runs[first], "b": tmp_path / "absent.h5"}, "run")
    with pytest.raises(InputError, match="there is no file"):
        cells.sum_cells({}, "run")
    with pytest.raises(InputError, match='no layer "counts" in a 10x file'):
        cells.sum_cells({"a": runs[first]}, "run", layer="counts")
    with h5py.File(tmp_path / "older.h5", "w") as file:
        file.create_group("matrix")["data"] = [1]
    with pytest.raises(InputError, match=r"older\.h5: cannot be read as a 10x \.h5 file"):
        cells.sum_cells({"a": tmp_path / "older.h5"}, "run")


@pytest.mark.parametrize("proteins", [0, 2])
def test_broken_indices_and_values_of_a_10x_file_name_it(adata, tmp_path, proteins):
    write_h5(tmp_path / "index.h5", adata, proteins)
    write_h5(tmp_path / "value.h5", adata, proteins)
    with h5py.File(tmp_path / "index.h5", "a") as file:
        file["matrix/indices"][7] = 5000
    with h5py.File(tmp_path / "value.h5", "a") as file:
        file["matrix/data"][7] = -3
    with pytest.raises(InputError, match=r"index\.h5: X is broken: an index of 5000"):
        cells.sum_cells({"a": tmp_path / "index.h5"}, "run")
    with pytest.raises(InputError, match=r"value\.h5: X holds negative values \(cell AC0-1, gene ENSG\d+: -3\)"):
        cells.sum_cells({"a": tmp_path / "value.h5"}, "run")
