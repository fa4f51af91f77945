"""Tests of two genes in the same cells."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse, stats

from autocrine import cells
from autocrine.problems import InputError


def make_pairs(patients=5, number=500, pairs=60, seed=1, spread=0.5, factor=1.0, states=1):
    """Return cells and pairs of genes L0-R0, L1-R1, ...; receptors are `factor` times as high in ligand-rich cells.

    SIMULATED. With two states both genes are four times as high in the second.
    """
    random = np.random.default_rng(seed)
    n = patients * number
    depth = random.lognormal(0, spread, n)
    second = (np.arange(n) % states == 1)[:, None]
    rich = random.random((n, pairs)) < 0.5
    ligand = 0.12 * depth[:, None] * np.where(rich, 1.8, 0.2) * np.where(second, 4, 1)
    receptor = 0.2 * depth[:, None] * np.where(rich, factor, 1.0) / ((factor + 1) / 2) * np.where(second, 4, 1)
    rest = random.poisson(2000 * depth)[:, None]
    counts = np.hstack([random.poisson(ligand), random.poisson(receptor), rest]).astype("f4")
    names = [f"{kind}{place}" for kind in "LR" for place in range(pairs)] + ["rest"]
    obs = pd.DataFrame(
        {
            "patient": np.repeat([f"P{p}" for p in range(patients)], number),
            "state": np.where(second[:, 0], "MSC", "LSC"),
        },
        index=[f"c{place}" for place in range(n)],
    )
    obs["sample"] = obs["patient"] + np.where(np.arange(n) // 2 % 2, "_a", "_b")
    var = pd.DataFrame({"symbol": [name.lower() for name in names]}, index=names)
    return AnnData(sparse.csr_matrix(counts), obs, var), [(f"L{place}", f"R{place}") for place in range(pairs)]


def test_depth_alone_is_no_codetection_and_one_table_takes_it_for_one():
    adata, pairs = make_pairs(pairs=150, spread=0.8)
    found = cells.test_codetection(adata, pairs, "patient").tests
    assert (found["status"] == "tested").all() and (found["patients"] == 5).all()
    assert (found["p_value"] < 0.05).mean() < 0.11 and abs(found["log_odds_ratio"].mean()) < 0.12
    assert found["unstratified_odds_ratio"].median() > 1.3


def test_state_explains_what_it_explains():
    adata, pairs = make_pairs(pairs=100, states=2, number=800)
    together = cells.test_codetection(adata, pairs, "patient").tests
    apart = cells.test_codetection(adata, pairs, "patient", "state").tests
    assert (together["p_value"] < 0.05).mean() > 0.5
    assert len(apart) == 200 and (apart["p_value"] < 0.05).mean() < 0.1


def test_coupling_is_found_and_the_numbers_follow_from_the_patients():
    adata, pairs = make_pairs(factor=3.0, number=900)
    found = cells.test_codetection(adata, pairs, "patient")
    assert (found.tests["p_value"] < 0.05).mean() > 0.7 and (found.tests["odds_ratio"] > 1).all()
    own = found.patients[found.patients["ligand"] == "L3"]
    row = found.tests.iloc[3]
    wanted = stats.ttest_1samp(own["log_odds_ratio"], 0)
    assert row["p_value"] == pytest.approx(wanted.pvalue, rel=1e-10) and row["df"] == 4
    low, high = wanted.confidence_interval(0.95)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((np.exp(low), np.exp(high)))
    within = [stats.ttest_1samp(own["log_odds_ratio"], side * np.log(2)) for side in (-1, 1)]
    one_sided = [stats.t.sf(within[0].statistic, 4), stats.t.cdf(within[1].statistic, 4)]
    assert row["equivalence_p_value"] == pytest.approx(max(one_sided), rel=1e-9)
    np.testing.assert_allclose(found.tests["adj_p_value"], stats.false_discovery_control(found.tests["p_value"]))
    counts = adata.to_df()
    both = (counts["L3"] > 0) & (counts["R3"] > 0)
    assert own["both"].tolist() == both.groupby(adata.obs["patient"], observed=True).sum().tolist()
    assert row["both"] == both.sum() and own["ligand_positive"].sum() == (counts["L3"] > 0).sum()


def test_file_blocks_layout_and_order_change_nothing(tmp_path):
    adata, pairs = make_pairs(pairs=5)
    wanted = cells.test_codetection(adata, pairs, "sample", "state", patient="patient")
    order = np.random.default_rng(0).permutation(adata.n_obs)
    mixed = adata[order].copy()
    mixed.X = sparse.csc_matrix(mixed.X)
    mixed.write_h5ad(tmp_path / "cells.h5ad")
    symbols = [(one.lower(), other.lower()) for one, other in pairs]
    again = cells.test_codetection(
        tmp_path / "cells.h5ad", symbols, "sample", "state", patient="patient", values_at_once=300
    )
    for one, other in ((wanted.tests, again.tests), (wanted.patients, again.patients)):
        columns = one.columns.drop(["ligand", "receptor"])
        pd.testing.assert_frame_equal(one[columns], other[columns], check_exact=True)


def test_samples_of_a_patient_are_one_and_many_cells_have_finer_bins():
    adata, pairs = make_pairs(pairs=2, number=1200)
    one = cells.test_codetection(adata, pairs, "sample", patient="patient")
    assert (one.tests["patients"] == 5).all() and set(one.patients["bins"]) == {20}
    assert set(cells.test_codetection(adata, pairs, "sample").patients["bins"]) == {10}


def test_too_few_joint_cells_or_patients_have_no_test():
    adata, pairs = make_pairs(pairs=3, number=40)
    found = cells.test_codetection(adata, pairs, "patient")
    words = "too few cells in which both could be seen"
    assert set(found.tests["status"]) == {words} and found.tests["p_value"].isna().all()
    assert set(found.patients["status"]) == {words}
    few = cells.test_codetection(adata, pairs, "patient", min_cells=50)
    assert set(few.patients["status"]) == {"40 cells, fewer than 50 in a sample"}
    two, pairs = make_pairs(patients=2, pairs=2)
    assert set(cells.test_codetection(two, pairs, "patient").tests["status"]) == {words}


def test_a_patient_without_joint_cells_is_not_left_out():
    adata, pairs = make_pairs(pairs=1)
    counts = adata.to_df()
    apart = (adata.obs["patient"] == "P2").to_numpy() & (counts["L0"] > 0).to_numpy()
    counts.loc[apart, "R0"] = 0
    adata.X = counts.to_numpy()
    (row,) = cells.test_codetection(adata, pairs, "patient").tests.to_dict("records")
    assert row["status"] == "no odds ratio in P2" and np.isnan(row["p_value"])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"pairs": [("L0", "BMPR1B")]}, "there is no gene BMPR1B"),
        ({"pairs": [("L0", "L0")]}, "L0 is paired with itself"),
        ({"pairs": ["L0"]}, "pairs of genes, such as"),
        ({"pairs": []}, "pairs of genes, such as"),
        ({"patient": "donor"}, 'no column "donor"'),
        ({"patient": "state"}, "differs or is missing within samples"),
        ({"state": "kind"}, 'no column "kind"'),
        ({"alpha": 1}, "no probability"),
        ({"equivalence_margin": 0}, "equivalence_margin"),
    ],
)
def test_bad_questions_are_reported(asked, words):
    adata, pairs = make_pairs(pairs=1, number=60, states=2)
    with pytest.raises(InputError, match=words):
        cells.test_codetection(adata, **{"pairs": pairs, "sample": "patient", **asked})
