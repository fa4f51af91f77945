"""The gene table of a contrast, built from a fit whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine import engine
from autocrine.config import Statistics
from autocrine.differential import GENE_COLUMNS, tabulate_genes

STATISTICS = Statistics(alpha=0.05, equivalence_margin=1.0, power=0.8)


@pytest.fixture(scope="module")
def tabulated():
    """1,000 genes, 5 against 5, the first 100 of them four-fold up, one all zero, one with an outlier count."""
    random = np.random.default_rng(11)
    mean = random.lognormal(4, 1.5, 1000)
    fold = np.where(np.arange(1000) < 100, 4.0, 1.0)
    group = np.repeat([1, 0], 5)
    level = mean * np.where(group[:, None] == 1, fold, 1.0)
    counts = random.poisson(random.gamma(10, level / 10))
    counts[:, 998] = 0
    counts[:, 999] = [100, 110, 90, 105, 95, 98, 103, 101, 99, 60_000]
    design = pd.DataFrame({"Intercept": 1.0, "group": group.astype(float)})
    var = pd.DataFrame({"gene_name": [f"name{i}" for i in range(1000)]}, index=[f"g{i}" for i in range(1000)])
    fit = engine.fit_model(counts, design, threads=2)
    return tabulate_genes(fit, np.array([0.0, 1.0]), var, STATISTICS), fold


def test_columns_and_order(tabulated):
    (table, _), _ = tabulated
    assert tuple(table.columns) == GENE_COLUMNS
    assert table["gene_id"].tolist() == [f"g{i}" for i in range(1000)]


def test_effects_are_found_and_intervals_cover(tabulated):
    (table, _), fold = tabulated
    rest = table.iloc[:998]
    called = rest["adj_p_value"] < 0.05
    assert called[:100].mean() > 0.95 and called[100:].mean() < 0.02
    covered = (rest["ci_low"] <= np.log2(fold[:998])) & (np.log2(fold[:998]) <= rest["ci_high"])
    assert 0.92 < covered.mean() < 0.98


def test_shrunken_effects_keep_the_sign_and_shrink(tabulated):
    (table, _), _ = tabulated
    rest = table[table["p_value"].notna()]
    # The prior on all coefficients moves effects by thousandths, so only clearly non-zero ones have a sign to keep.
    plain = rest[rest["log2_fc"].abs() > 0.02]
    assert (plain["log2_fc"] * plain["log2_fc_shrunken"] > 0).all()
    unchanged = rest.iloc[100:]
    assert (unchanged["log2_fc_shrunken"].abs() <= unchanged["log2_fc"].abs() + 1e-3).mean() > 0.99
    clear = rest.iloc[:100][rest["lfc_se"][:100] < 0.4]
    assert (clear["log2_fc_shrunken"] - clear["log2_fc"]).abs().median() < 0.1


def test_statuses_say_why_a_value_is_missing(tabulated):
    (table, summary), _ = tabulated
    assert table["status"].iloc[998] == "all_zero" and table["status"].iloc[999] == "outlier"
    assert pd.isna(table["p_value"].iloc[999]) and not pd.isna(table["log2_fc"].iloc[999])
    assert ((table["status"] == "tested") == table["adj_p_value"].notna()).all()
    assert summary["status"] == {name: (table["status"] == name).sum() for name in summary["status"]}
    assert sum(summary["status"].values()) == 1000


def test_tests_against_the_margin_follow_from_effect_and_error(tabulated):
    (table, _), _ = tabulated
    rest = table[table["p_value"].notna()]
    upper = stats.norm.cdf((rest["log2_fc"] - 1) / rest["lfc_se"])
    lower = stats.norm.sf((rest["log2_fc"] + 1) / rest["lfc_se"])
    assert rest["equivalence_p_value"].to_numpy() == pytest.approx(np.maximum(upper, lower), abs=1e-12)
    assert (table["threshold_p_value"][:100] < 0.5).mean() > 0.9
    assert (rest["equivalence_adj_p_value"] >= rest["equivalence_p_value"]).all()
    assert rest["equivalence_adj_p_value"].to_numpy() == pytest.approx(
        stats.false_discovery_control(rest["equivalence_p_value"])
    )


def test_minimal_detectable_effect_is_found_with_the_stated_power(tabulated):
    (table, _), _ = tabulated
    row = table.iloc[500]
    power = stats.norm.sf(stats.norm.isf(0.025) - row["min_detectable_log2_fc"] / row["lfc_se"])
    assert power == pytest.approx(0.8)
