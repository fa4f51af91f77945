"""The gene table of a contrast, built from a fit whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.problems import Findings
from autocrine.results.effects import estimate_effects
from autocrine.results.fitting import base_means, fit_counts
from autocrine.results.gene_table import GENE_COLUMNS, tabulate_genes
from tests.models import model_of

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
    genes = [f"g{i}" for i in range(1000)]
    counts = pd.DataFrame(counts, columns=genes, index=[f"s{i}" for i in range(10)])
    sheet = pd.DataFrame({"group": np.where(group == 1, "t", "r")}, index=counts.index)
    model = model_of("~ group", {"c": {"factor": "group", "tested": "t", "reference": "r"}})
    design = build_design(sheet, model, "", Findings())
    fit, _ = fit_counts(counts, design.matrix, STATISTICS, threads=2)
    var = pd.DataFrame({"gene_name": [f"name{i}" for i in range(1000)], "written": genes}, index=genes)
    var["base_mean"] = base_means(counts, fit.size_factors)
    return tabulate_genes(fit, design, model.contrasts["c"], var, STATISTICS), fold


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
    upper = stats.t.cdf((rest["log2_fc"] - 1) / rest["moderated_se"], rest["df"])
    lower = stats.t.sf((rest["log2_fc"] + 1) / rest["moderated_se"], rest["df"])
    assert rest["equivalence_p_value"].to_numpy() == pytest.approx(np.maximum(upper, lower), abs=1e-12)
    beyond = (rest["log2_fc"].abs() - 1) / rest["lfc_se"]
    assert rest["threshold_p_value"].to_numpy() == pytest.approx(np.minimum(2 * stats.norm.sf(beyond), 1), abs=1e-12)
    assert (table["threshold_p_value"][:100] < 0.5).mean() > 0.9
    assert (rest["equivalence_adj_p_value"] >= rest["equivalence_p_value"]).all()
    assert rest["equivalence_adj_p_value"].to_numpy() == pytest.approx(
        stats.false_discovery_control(rest["equivalence_p_value"])
    )


def test_outcomes_follow_from_the_two_tests(tabulated):
    (table, summary), _ = tabulated
    changed, equivalent = table["adj_p_value"] < 0.05, table["equivalence_adj_p_value"] < 0.05
    assert ((table["outcome"] == "changed") == (changed & ~equivalent)).all()
    assert ((table["outcome"] == "equivalent") == (equivalent & ~changed)).all()
    assert (table.loc[table["p_value"].isna(), "outcome"] == "undetermined").all()
    assert sum(summary["outcome"].values()) == 1000 and summary["outcome"]["equivalent"] > 100


def test_detectable_effects_do_not_follow_what_was_observed(tabulated):
    (table, _), _ = tabulated
    rest = table[table["p_value"].notna()]
    z = stats.t.isf(0.025, rest["df"]) + stats.t.ppf(0.8, rest["df"])
    ratio = rest["min_detectable_log2_fc"] / (z * rest["moderated_se"])
    well_seen = (rest["base_mean"] > 50) & (rest["log2_fc"].abs() < 0.5)
    # Where the effect is small and counts are many, error and detectable effect are two sides of one thing.
    assert ratio[well_seen].median() == pytest.approx(1, abs=0.1)


def test_a_gene_that_rises_and_falls_again_is_not_called_equivalent():
    random = np.random.default_rng(8)
    stage = np.repeat([0, 1, 2], 8)
    level = np.tile(random.lognormal(6, 0.5, 300), (24, 1))
    level[stage == 1, :100] *= 4  # there and back
    level[stage == 1, 100:200] *= 3
    level[stage == 2, 100:200] *= 9  # step by step
    counts = pd.DataFrame(random.poisson(random.gamma(30, level / 30)), index=[f"s{i}" for i in range(24)])
    counts.columns = [f"g{i}" for i in range(300)]
    sheet = pd.DataFrame({"stage": np.array(list("abc"))[stage]}, index=counts.index)
    forms = {
        "trend": {"factor": "stage", "trend": list("abc")},
        "any": {"factor": "stage", "any_difference": list("abc")},
    }
    model = model_of("~ stage", forms)
    design = build_design(sheet, model, "", Findings())
    fit, _ = fit_counts(counts, design.matrix, STATISTICS, control_genes=counts.columns[200:])
    effects = {name: estimate_effects(fit, design, model.contrasts[name], STATISTICS) for name in forms}
    for table in effects.values():
        assert (table["equivalence_p_value"][:200] > 0.5).all() and (table["threshold_p_value"][:200] < 0.05).all()
        assert (table["equivalence_p_value"][200:] < 0.05).mean() > 0.9
    trend, any_difference = effects["trend"], effects["any"]
    assert (trend["p_value"][100:200] < 1e-6).all() and (trend["step_p_value"][100:200] < 1e-3).all()
    assert (trend["step_p_value"][:100] == 1).all() and (any_difference["p_value"][:200] < 1e-6).all()
    assert (any_difference["highest"][:100] == "b").all() and (any_difference["highest"][100:200] == "c").all()
    assert 0.01 < (any_difference["p_value"][200:] < 0.05).mean() < 0.12


def test_turning_a_trend_round_turns_its_sign_alone():
    random = np.random.default_rng(9)
    counts = pd.DataFrame(random.poisson(random.gamma(10, 20, (12, 200))), index=[f"s{i}" for i in range(12)])
    counts.columns = [f"g{i}" for i in range(200)]
    sheet = pd.DataFrame({"stage": list("abc") * 4}, index=counts.index)
    found = []
    for order in ("abc", "cba"):
        model = model_of("~ stage", {"t": {"factor": "stage", "trend": list(order)}})
        design = build_design(sheet, model, "", Findings())
        fit, _ = fit_counts(counts, design.matrix, STATISTICS)
        found.append(estimate_effects(fit, design, model.contrasts["t"], STATISTICS))
    forward, back = found
    assert forward["log2_fc"].tolist() == pytest.approx((-back["log2_fc"]).tolist(), abs=1e-4)
    for column in ("p_value", "equivalence_p_value", "threshold_p_value", "step_p_value"):
        assert forward[column].tolist() == pytest.approx(back[column].tolist(), abs=1e-4)
