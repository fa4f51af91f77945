"""Sums of cells per sample and state."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import autocrine
from autocrine import cells
from autocrine.problems import InputError
from tests.cells.simulated import chance_positive, make_cells

PLACES = ("X", "detected", "expected")


def content(sums):
    return [np.asarray(sums.X).tobytes(), *(sums.layers[name].tobytes() for name in PLACES[1:])]


@pytest.fixture(scope="module")
def adata():
    return make_cells()


@pytest.fixture(scope="module")
def sums(adata):
    return cells.sum_cells(adata, "run", "cell_type", min_counts=1000)


def test_they_are_what_a_loop_over_cells_gives(adata, sums):
    counts, depth = adata.X.toarray(), np.asarray(adata.X.sum(axis=1)).ravel()
    assert list(sums.obs_names) == sorted(f"{r}.{s}" for r in set(adata.obs["run"]) for s in ("LSC", "MSC"))
    depths = sums.uns["import"]["depth"].set_index("state")["depth"]
    for state in ("LSC", "MSC"):
        lowest = [
            sorted(depth[(adata.obs["run"] == run) & (adata.obs["cell_type"] == state)])[int(0.1 * 59)]
            for run in set(adata.obs["run"])
        ]
        assert depths[state] == min(lowest) >= 500
    for place, row in enumerate(sums.obs.itertuples()):
        own = ((adata.obs["run"] == row.sample) & (adata.obs["cell_type"] == row.state)).to_numpy()
        assert (sums.X[place] == counts[own].sum(axis=0)).all()
        assert (sums.layers["detected"][place] == (counts[own] > 0).sum(axis=0)).all()
        chance = chance_positive(counts[own], depth[own][:, None], depths[row.state])
        np.testing.assert_allclose(sums.layers["expected"][place], chance.sum(axis=0), atol=1e-10)
        assert row.cells == 60 and row.cells_at_depth == (depth[own] >= depths[row.state]).sum() >= 54
        assert row.umi_per_cell == depth[own].mean() and row.genes_per_cell == (counts[own] > 0).sum(axis=1).mean()
        assert (row.patient, row.exposure) == tuple(row.sample.split("_"))
    assert sums.X.dtype == np.int64 and "score" not in sums.obs and list(sums.var["symbol"][:2]) == ["G0", "G1"]


@pytest.mark.parametrize("size", [{"cells_at_once": 1}, {"cells_at_once": 7}, {"values_at_once": 13}])
def test_the_size_of_blocks_changes_no_byte(adata, sums, size):
    assert content(cells.sum_cells(adata, "run", "cell_type", min_counts=1000, **size)) == content(sums)


@pytest.mark.parametrize("layout", [sparse.csr_matrix, sparse.csc_matrix, sparse.csr_array, np.asarray])
def test_order_of_cells_layout_and_file_change_no_byte(tmp_path, adata, sums, layout):
    order = np.random.default_rng(5).permutation(adata.n_obs)
    mixed = adata[order].copy()
    mixed.X = layout(mixed.X.toarray())
    mixed.write_h5ad(tmp_path / "cells.h5ad")
    for given in (mixed, tmp_path / "cells.h5ad"):
        again = cells.sum_cells(given, "run", "cell_type", min_counts=1000, values_at_once=500)
        assert content(again) == content(sums)
        pd.testing.assert_frame_equal(again.obs, sums.obs)


def test_they_are_written_and_read_again(tmp_path, sums):
    sums.write_h5ad(tmp_path / "sums.h5ad")
    again = anndata.read_h5ad(tmp_path / "sums.h5ad")
    assert content(again) == content(sums)
    assert again.uns["import"]["depth"].equals(sums.uns["import"]["depth"])
    assert len(cells.lost(again)) == 0


def test_small_pseudobulks_and_cells_without_labels_are_listed(tmp_path, adata):
    part = adata.copy()
    first = np.flatnonzero((part.obs["run"] == "P0_imatinib") & (part.obs["cell_type"] == "LSC"))
    labels = part.obs["cell_type"].astype(object)
    labels.iloc[first[:50]] = None
    part.obs["cell_type"] = labels
    sums = cells.sum_cells(part, "run", "cell_type", min_counts=1000)
    assert sums.n_obs == 15 and "P0_imatinib.LSC" not in sums.obs_names
    sums.write_h5ad(tmp_path / "sums.h5ad")
    for held in (sums, anndata.read_h5ad(tmp_path / "sums.h5ad")):
        table = cells.lost(held)
        small, unlabelled = table.to_dict("records")
        assert (small["sample"], small["state"], small["cells"]) == ("P0_imatinib", "LSC", 10)
        assert small["reason"] == "10 cells, fewer than 20" and small["left_out_of"] == "sums and fractions"
        assert (unlabelled["reason"], unlabelled["cells"], unlabelled["sample"]) == ("no state", 50, "P0_imatinib")
    # No cell is lost without a line.
    assert sums.obs["cells"].sum() + table["cells"].sum() == adata.n_obs
    few = cells.sum_cells(adata, "run", "cell_type", min_counts=int(sums.X.sum(axis=1).min()) + 1)
    assert set(cells.lost(few)["reason"].str.contains("counts, fewer than")) == {True}
    assert few.n_obs + len(cells.lost(few)) == 16


def test_a_sample_that_is_too_shallow_is_named_and_lowers_no_depth(adata):
    counts = adata.X.toarray()
    own = ((adata.obs["run"] == "P1_untreated") & (adata.obs["cell_type"] == "LSC")).to_numpy()
    counts[own] = np.random.default_rng(2).binomial(counts[own].astype(int), 0.3)
    shallow = adata.copy()
    shallow.X = counts
    sums = cells.sum_cells(shallow, "run", "cell_type", min_counts=1000)
    row = sums.obs.index.get_loc("P1_untreated.LSC")
    assert sums.n_obs == 16 and sums.obs["cells_at_depth"].iloc[row] == 0
    assert (
        np.isnan(sums.layers["expected"][row]).all() and np.isfinite(np.delete(sums.layers["expected"], row, 0)).all()
    )
    (entry,) = cells.lost(sums).to_dict("records")
    assert entry["sample"] == "P1_untreated" and entry["left_out_of"] == "fractions" and "below 500" in entry["reason"]
    depth = sums.uns["import"]["depth"].set_index("state")
    assert (
        depth.loc["LSC", "samples"] == 7 and depth.loc["LSC", "depth_without_shallowest"] >= depth.loc["LSC", "depth"]
    )
    lower = cells.sum_cells(shallow, "run", "cell_type", min_counts=1000, min_umi=100)
    assert lower.uns["import"]["depth"].set_index("state").loc["LSC", "shallowest"] == "P1_untreated.LSC"


def test_without_states_a_sample_is_one_pseudobulk(adata):
    sums = cells.sum_cells(adata, "run", min_counts=1000)
    assert list(sums.obs_names) == sorted(set(adata.obs["run"])) and "state" not in sums.obs
    assert sums.uns["import"]["depth"]["state"].tolist() == ["all cells"]


def test_the_engine_takes_them_as_they_are(sums):
    lsc = sums[sums.obs["state"] == "LSC"]
    genes = autocrine.fit(lsc, "~ patient + exposure").test(exposure=("imatinib", "untreated"))
    assert len(genes) == 80 and list(genes["gene_name"][:2]) == ["G0", "G1"]
    assert (genes["moderated_p_value"] < 0.05).mean() < 0.15
    # How many cells a sum is of is a number, not a group.
    assert "cells_at_depth" in autocrine.fit(lsc, "~ exposure + cells_at_depth").design_matrix


def test_many_sums_of_few_cells_are_not_taken_for_cells():
    random = np.random.default_rng(6)
    share = random.lognormal(0, 3.2, 10_000)
    rates = share / share.sum() * random.lognormal(np.log(1000), 0.3, 40 * 22)[:, None]
    obs = pd.DataFrame({"run": np.repeat([f"r{place}" for place in range(40)], 22)})
    obs["group"] = np.where(obs["run"].str[-1].isin(list("02468")), "a", "b")
    counts = sparse.csr_matrix(random.poisson(rates).astype("f4"))
    adata = anndata.AnnData(counts, obs.set_axis([f"c{place}" for place in range(len(obs))]))
    sums = cells.sum_cells(adata, "run", min_counts=10_000)
    genes = cells.size_factor_genes(sums)
    fitted = autocrine.fit(sums, "~ group", size_factor_method="poscounts", size_factor_genes=genes)
    assert fitted.design_matrix.shape == (40, 2)
    # The same numbers without what says that they are sums.
    with pytest.raises(InputError, match="these are cells, not samples"):
        autocrine.fit(anndata.AnnData(sums.X, sums.obs, sums.var), "~ group")


def test_published_directions_of_panobinostat(shared_data):
    path = shared_data("gbm_panobinostat_5patients") / "gbm_panobinostat_5patients.h5ad"
    sums = cells.sum_cells(path, "sample_id", min_umi=40)
    assert sums.shape == (10, 300) and sums.X.sum() == np.asarray(anndata.read_h5ad(path).X.sum())
    genes = autocrine.fit(sums, "~ patient_id + condition").test(condition=("panobinostat", "ctrl"))
    genes = genes.set_index("gene_name")
    for name in ("MT1X", "MT2A", "MT1G"):
        assert genes.loc[name, "log2_fc"] > 1 and genes.loc[name, "moderated_p_value"] < 0.01
    assert genes.loc["SPP1", "log2_fc"] < -1 and genes.loc["SPP1", "moderated_p_value"] < 0.01
    shares = cells.test_fractions(sums, "~ patient_id + condition", condition=("panobinostat", "ctrl"))
    shares = shares.set_index("gene_name")
    assert (shares.loc[["MT1X", "MT2A", "MT1G"], "ci_low"] > 1).all() and shares.loc["SPP1", "ci_high"] < 1


@pytest.mark.parametrize(
    ("change", "asked", "words"),
    [
        (lambda obs: obs, ("sample", "cell_type"), 'there is no column "sample"\n.*one of run, patient'),
        (lambda obs: obs.assign(run=None), ("run", None), 'column "run" is empty'),
        (lambda obs: obs.assign(run=obs["run"].replace("P1_untreated", "p0_untreated")), ("run", None), "look alike"),
        (lambda obs: obs.set_axis(["AC0-1"] * len(obs)), ("run", None), "appear twice in a sample: AC0-1 in P0"),
        (lambda obs: obs.assign(run=range(len(obs))), ("run", None), "no pseudobulk is large enough"),
    ],
)
@pytest.mark.filterwarnings("ignore:Observation names are not unique")
def test_bad_labels_are_reported(adata, change, asked, words):
    other = anndata.AnnData(adata.X, change(adata.obs.copy()), adata.var)
    with pytest.raises(InputError, match=words) as raised:
        cells.sum_cells(other, *asked, min_counts=1000)
    assert len(raised.value.problems) == 1


def rows(runs):
    return pd.DataFrame({"run": runs}, index=[f"c{place}" for place in range(len(runs))])


def test_rows_that_are_no_cells_are_reported():
    pseudobulk = anndata.AnnData(np.full((12, 50), 9000.0), rows(["a", "b"] * 6))
    with pytest.raises(InputError, match="samples, not cells"):
        cells.sum_cells(pseudobulk, "run", min_cells=1)
    droplets = anndata.AnnData(sparse.csr_matrix((200_001, 3), dtype="f4"), rows(["a"] * 200_001))
    with pytest.raises(InputError, match="unfiltered droplets: 200,001 barcodes"):
        cells.sum_cells(droplets, "run")
    with pytest.raises(ValueError, match="min_cells must be at least 1"):
        cells.sum_cells(pseudobulk, "run", min_cells=0)


def test_nothing_holds_all_cells_of_a_file(tmp_path, adata, monkeypatch):
    from autocrine.cells import blocks

    adata.write_h5ad(tmp_path / "cells.h5ad")
    seen = []
    real = blocks.check_block

    def watch(block, *rest):
        seen.append(block.counts.nnz)
        return real(block, *rest)

    monkeypatch.setattr("autocrine.cells.measure.check_block", watch)
    cells.sum_cells(tmp_path / "cells.h5ad", "run", "cell_type", min_counts=1000, values_at_once=2000)
    assert max(seen) <= 2000 and sum(seen) == adata.X.nnz
