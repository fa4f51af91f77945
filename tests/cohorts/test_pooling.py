"""Effects of several cohorts: only like is put with like, few are not pooled, and rows say why they have no part."""

import numpy as np
import pandas as pd
import pytest

from autocrine.cohorts.meta_analysis import random_effects
from autocrine.cohorts.pooling import META_COLUMNS, Member, align_effects, pool_effects, why_not_combined
from autocrine.page.summary_sections import strata
from autocrine.results.outcomes import UNSEEN
from autocrine.tables import read_table, write_table

ROLES = {"lsc": ("stem cells", "resistant against sensitive"), "msc": ("stroma", "resistant against sensitive")}
GENES = ["BMP4", "TWIST1", "ID1"]


def member(
    name, evidence="state", origin="measured", roles=("lsc",), form="two_groups", unit="", title=None, species="human"
):
    bound = {role: ("m", role) for role in roles}
    forms = dict.fromkeys(bound.values(), (form, unit))
    return Member(name, title or f"Cohort {name}", evidence, origin, bound, forms, species)


def panel_of(effect, se=0.3, contrasts=("lsc",)):
    rows = [{"model": "m", "contrast": contrast, "symbol": gene, "gene_id": f"E{gene}", "log2_fc": effect + shift}
            for contrast in contrasts for gene, shift in zip(GENES, (0, 0.1, -0.1), strict=True)]  # fmt: skip
    table = pd.DataFrame(rows)
    tier = table["symbol"].map({"ID1": "secondary"}).fillna("primary")
    reach = 1.96 * se
    table = table.assign(lfc_se=se, ci_low=table["log2_fc"] - reach, ci_high=table["log2_fc"] + reach, p_value=0.01)
    table = table.assign(df=12.0, moderated_p_value=0.02)
    return table.assign(
        min_detectable_log2_fc=1.0, equivalence_margin=1.0, outcome="changed", status="tested", reason="", tier=tier
    )


def pooled(members, panels):
    effects = align_effects(members, panels, ROLES)
    return effects, pool_effects(effects, 0.05)


def test_four_cohorts_of_a_role_are_pooled_as_worked_out_by_hand():
    values = [1.0, 1.5, 2.0, 0.8]
    _, meta = pooled([member(f"c{i}") for i in range(4)], [panel_of(value) for value in values])
    row = meta[(meta["symbol"] == "BMP4") & (meta["left_out"] == "")].iloc[0]
    expected = random_effects(np.array(values), np.full(4, 0.09), 0.05, 1.0)
    assert (row["log2_fc"], row["lfc_se"], row["tau2"]) == pytest.approx((expected.effect, expected.se, expected.tau2))
    assert (row["cohorts"], row["higher"], row["lower"], row["reason"]) == (4, 4, 0, "")
    # Equal variances: the mean, and Holm over the two primary genes.
    assert row["log2_fc"] == pytest.approx(np.mean(values))
    assert row["adj_p_value"] == pytest.approx(2 * expected.p_value, rel=0.6)
    assert row["family"] == "primary (Holm)"


def test_the_smallest_margin_of_the_cohorts_holds_for_all():
    panels = [panel_of(0.1, 0.05).assign(equivalence_margin=margin) for margin in (0.3, 0.5, 0.4, 0.6)]
    _, meta = pooled([member(f"c{i}", form="per_unit", unit="unit of age") for i in range(4)], panels)
    row = meta[(meta["symbol"] == "BMP4") & (meta["left_out"] == "")].iloc[0]
    expected = random_effects(np.full(4, 0.1), np.full(4, 0.05**2), 0.05, 0.3)
    assert (row["equivalence_margin"], row["equivalence_p_value"]) == (0.3, pytest.approx(expected.equivalence_p_value))


@pytest.mark.parametrize("own", [0, 3])
def test_a_gene_that_any_panel_calls_primary_is_primary_in_whatever_order_cohorts_come(own):
    panels = [panel_of(1.0) for _ in range(4)]
    panels[own] = panels[own].assign(tier="secondary")
    effects, meta = pooled([member(f"c{i}") for i in range(4)], panels)
    for table in (effects, meta):
        assert table.groupby("symbol")["tier"].unique().map(list).to_dict() == {
            "BMP4": ["primary"], "ID1": ["secondary"], "TWIST1": ["primary"],
        }  # fmt: skip


def test_leaving_one_out_is_the_analysis_of_the_others():
    values = [1.0, 1.5, 2.0, 6.0]
    _, meta = pooled([member(f"c{i}") for i in range(4)], [panel_of(value) for value in values])
    gene = meta[meta["symbol"] == "BMP4"].set_index("left_out")
    assert list(gene.index) == ["", "c0", "c1", "c2", "c3"]
    others = random_effects(np.array(values[:3]), np.full(3, 0.09), 0.05, 1.0)
    assert gene.loc["c3", "log2_fc"] == pytest.approx(others.effect)
    assert gene.loc["", "leave_one_out_low"] == pytest.approx(others.effect)
    assert gene.loc["", "leave_one_out_high"] == pytest.approx(np.mean(values[1:]))
    assert np.isnan(gene.loc["c3", "leave_one_out_low"])


def test_a_gene_that_the_cohort_left_out_never_had_stays_in_the_family():
    """TWIST1 is absent from the last cohort: without that, TWIST1 is asked still, with the p-value that it had."""
    panels = [panel_of(value) for value in (1.0, 1.5, 2.0, 0.8, 1.2)]
    panels[4] = panels[4][panels[4]["symbol"] != "TWIST1"]
    _, meta = pooled([member(f"c{i}") for i in range(5)], panels)
    table = meta.set_index(["left_out", "symbol"])
    assert ("c4", "TWIST1") not in table.index
    p_values = [table.loc[("c4", "BMP4"), "p_value"], table.loc[("", "TWIST1"), "p_value"]]
    larger = max(2 * min(p_values), max(p_values))
    expected = 2 * p_values[0] if p_values[0] < p_values[1] else larger
    assert table.loc[("c4", "BMP4"), "adj_p_value"] == pytest.approx(expected)


def test_fewer_cohorts_are_described_and_not_pooled():
    _, meta = pooled([member(f"c{i}") for i in range(3)], [panel_of(value) for value in (1.0, 1.2, 1.4)])
    assert (meta["left_out"] == "").all()
    assert meta[["log2_fc", "p_value", "adj_p_value", "tau2", "predicted_low"]].isna().all(axis=None)
    assert set(meta["outcome"]) == {""} and set(meta["reason"]) == {"3 cohorts with an estimate; 4 are needed to pool"}
    assert meta["common_log2_fc"].tolist() == pytest.approx([1.2, 1.3, 1.1])


@pytest.mark.parametrize(
    "other",
    [
        {"evidence": "prediction"},
        {"origin": "SIMULATED"},
        {"species": "mouse"},
        {"form": "trend"},
        {"form": "two_groups", "unit": "doubling of dose"},
        {"roles": ("msc",)},
    ],
)
def test_unlike_cohorts_are_never_put_together(other):
    members = [*(member(f"c{i}") for i in range(3)), member("odd", **other)]
    panels = [*(panel_of(1.0) for _ in range(3)), panel_of(1.0, contrasts=other.get("roles", ("lsc",)))]
    effects, meta = pooled(members, panels)
    assert len(effects) == 12 and set(meta["cohorts"]) == {3, 1}
    assert meta["log2_fc"].isna().all()


def test_rows_say_why_they_have_no_part():
    panel = panel_of(1.0, contrasts=("a", "b")).assign(
        status=["tested", "outlier", "absent", "tested", "filtered", "tested"]
    )
    panel.loc[2, ["log2_fc", "lfc_se", "reason"]] = [np.nan, np.nan, "absent from the count matrix"]
    panel.loc[1, "reason"] = "one count is an outlier"
    panel.loc[3, ["log2_fc", "p_value"]] = [0.0, 1.0]
    panel.loc[4, "reason"] = "too low for the genome-wide test"
    panel.loc[5, "lfc_se"] = np.nan
    assert why_not_combined(panel, "two_groups").tolist() == [
        "", "one count is an outlier", "absent from the count matrix", UNSEEN, "",
        "no estimate",
    ]  # fmt: skip
    assert set(why_not_combined(panel, "any_difference")) == {"its effect has no direction"}


def test_a_gene_absent_from_one_cohort_has_the_others():
    panels = [panel_of(value) for value in (1.0, 1.1, 1.2, 1.3)]
    panels[0].loc[0, ["log2_fc", "lfc_se", "reason", "gene_id"]] = [np.nan, np.nan, "absent from the count matrix", ""]
    _, meta = pooled([member(f"c{i}") for i in range(4)], panels)
    main = meta[meta["left_out"] == ""].set_index("symbol")
    assert main["cohorts"].to_dict() == {"BMP4": 3, "TWIST1": 4, "ID1": 4}
    assert main.loc["BMP4", "gene_id"] == "EBMP4" and main.loc["BMP4", "cohort_names"] == "c1, c2, c3"


def test_cohorts_without_roles_give_empty_tables(tmp_path):
    effects, meta = pooled([member("a", roles=()), member("b", roles=())], [panel_of(1.0)] * 2)
    assert effects.empty and meta.empty and list(meta) == META_COLUMNS
    write_table(tmp_path / "meta_analysis.tsv", meta, meta["data_origin"])
    assert strata(effects, read_table(tmp_path / "meta_analysis.tsv")) == []


@pytest.mark.parametrize(("form", "margin"), [("per_unit", 0.5e-4), ("trend", 0.0)])
def test_small_forests_of_effects_per_unit_reach_as_far_as_these(form, margin):
    panels = [panel_of(value) for value in (1.0, 1.5, 2.0, 0.8)]
    for panel in panels:
        panel[["log2_fc", "lfc_se", "ci_low", "ci_high"]] *= 1e-4
        panel["equivalence_margin"] = 0.5e-4
    (part,) = strata(*pooled([member(f"c{i}", form=form) for i in range(4)], panels))
    assert 1e-4 < part["reach"] <= 9e-4 and part["reach"] == float(f"{part['reach']:.1g}")
    assert part["margin"] == margin
    mark = next(gene["forest"][0] for gene in part["genes"] if gene["symbol"] == "BMP4")
    assert mark["at"] == pytest.approx(1e-4 / part["reach"]) and mark["low"] < mark["at"] < mark["high"]


def test_the_cohorts_are_named_once_and_not_again_in_rows_without_one():
    _, meta = pooled([member(f"c{i}") for i in range(4)], [panel_of(value) for value in (1.0, 1.5, 2.0, 0.8)])
    assert set(meta.loc[meta["left_out"] == "", "cohort_names"]) == {"c0, c1, c2, c3"}
    assert set(meta.loc[meta["left_out"] != "", "cohort_names"]) == {""}
