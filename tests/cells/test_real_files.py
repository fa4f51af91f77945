"""Real files of cells: what is read in blocks is what anndata and scanpy have in memory."""

import anndata
import numpy as np
import pandas as pd
import pytest
import scanpy

from autocrine import cells
from autocrine.cells.blocks import open_cells
from autocrine.cells.passes import measure_file
from autocrine.problems import Findings, InputError

SIZES = [(5000, 2_000_000), (7, 10**9), (10**9, 1000)]
SETS = {
    "triana_bm_250cells": ("AML_h5ad.h5ad", "counts", "condensed_cell_type"),
    "celltypist_sample": ("sample_559cells.h5ad", "X", None),
    "gbm_panobinostat_5patients": ("gbm_panobinostat_5patients.h5ad", "X", "sample_id"),
}


@pytest.mark.parametrize("name", SETS)
def test_measures_and_sums_are_those_in_memory(name, shared_data):
    file, layer, column = SETS[name]
    path = shared_data(name) / file
    whole = anndata.read_h5ad(path)
    counts = whole.X if layer == "X" else whole.layers[layer]
    groups = whole.obs[column].astype(str) if column else pd.Series("all", whole.obs_names)
    qc = scanpy.pp.calculate_qc_metrics(anndata.AnnData(counts.tocsr(), whole.obs), percent_top=None, log1p=False)[0]
    for size in SIZES:
        findings = Findings()
        with open_cells(path, layer, findings) as held:
            table, _ = measure_file(held, size, findings)
        assert not findings.problems and table.index.equals(whole.obs_names)
        assert (table["depth"].to_numpy() == qc["total_counts"].to_numpy()).all()
        assert (table["genes"].to_numpy() == qc["n_genes_by_counts"].to_numpy()).all()
    labels = pd.DataFrame({"group of cells": groups})
    asked = {"layer": layer, "labels": labels, "min_cells": 1, "min_counts": 1, "min_umi": 1}
    sums = cells.sum_cells(path, "group of cells", **asked)
    by_group = scanpy.get.aggregate(
        anndata.AnnData(counts.tocsr(), labels.astype("category")), "group of cells", ["sum", "count_nonzero"]
    )[list(sums.obs_names)]
    assert (np.asarray(sums.X) == np.asarray(by_group.layers["sum"])).all()
    assert (sums.layers["detected"] == np.asarray(by_group.layers["count_nonzero"])).all()
    assert sums.shape == (groups.nunique(), whole.n_vars) and list(sums.var_names) == list(whole.var_names)


def test_the_layer_that_holds_counts_is_named(shared_data):
    path = shared_data("triana_bm_250cells") / "AML_h5ad.h5ad"
    with pytest.raises(InputError, match=r'X holds values up to [\d.]+ with decimals: log-scale\? First.*\n.*"counts"'):
        cells.sum_cells(path, "Batch")


def test_a_real_folder_gives_the_same_sums(shared_data):
    home = shared_data("gbm_panobinostat_5patients")
    whole = anndata.read_h5ad(home / "gbm_panobinostat_5patients.h5ad")
    with open_cells(home / "mtx", "X", Findings()) as held:
        assert held.shape == whole.shape
        table, _ = measure_file(held, SIZES[0], Findings())
    assert (table["depth"].to_numpy() == np.asarray(whole.X.sum(axis=1)).ravel()).all()
