"""Tests of who makes a gene."""

import numpy as np
import pytest

from autocrine import cells
from autocrine.cells.makers import ligand_shares
from autocrine.problems import InputError
from tests.cells.simulated import make_cells


def test_shares_are_those_of_the_cells():
    adata = make_cells(patients=2, states=("LSC", "MSC", "T"), cells=40)
    counts = adata.to_df()
    counts.loc[(adata.obs["run"] == "P1_imatinib").to_numpy(), "ENSG4"] = 0
    adata.X = counts.to_numpy()
    sums = cells.sum_cells(adata, "run", "cell_type", min_counts=1)
    table = ligand_shares(sums, ["G3", "ENSG4"]).set_index(["gene", "sample", "state"]).sort_index()
    here = adata.obs["run"] == "P0_untreated"
    of_state = counts[here]["ENSG3"].groupby(adata.obs["cell_type"][here], observed=True).sum()
    wanted = of_state / of_state.sum()
    held = table.loc[("G3", "P0_untreated")]
    np.testing.assert_allclose(held["share"], wanted.reindex(held.index))
    assert held["counts"].tolist() == of_state.reindex(held.index).tolist() and (held["cell_share"] == 1 / 3).all()
    depth = counts[here].sum(axis=1).groupby(adata.obs["cell_type"][here], observed=True).sum()
    np.testing.assert_allclose(held["count_share"], (depth / depth.sum()).reindex(held.index))
    assert table.loc[("ENSG4", "P1_imatinib"), "share"].isna().all() and len(table) == 24


def test_what_cannot_be_shared_is_reported():
    adata = make_cells(patients=2, cells=40)
    with pytest.raises(InputError, match="there are no states"):
        ligand_shares(cells.sum_cells(adata, "run", min_counts=1), ["G3"])
    sums = cells.sum_cells(adata, "run", "cell_type", min_counts=1)
    with pytest.raises(InputError, match="no gene BMP4, BMP2"):
        ligand_shares(sums, ["BMP4", "G1", "BMP2"])
    sums.var["symbol"] = "G1"
    with pytest.raises(InputError, match="several genes are called G1"):
        ligand_shares(sums, ["G1"])
