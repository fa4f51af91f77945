"""Composition alone against what was measured: closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.design.matrix import build_design
from autocrine.engine import fit_model, test_contrast
from autocrine.problems import Findings
from autocrine.samples.composition import (
    ESTIMATED,
    LEVEL,
    NOT_LARGER,
    NOT_LARGER_OTHER,
    NOT_SURELY,
    Estimated,
    compare_with_composition,
    composition_effect,
    estimated_effect,
)
from tests.models import model_of

test_contrast.__test__ = False

SHEET = pd.DataFrame(
    {
        "patient": ["p1", "p2", "p3", "p4", "p1", "p2", "p5", "p6", "p3", "p4", "p5", "p6"],
        "stage": list("aaaabbbbcccc"),
        "batch": list("xyxyxyxyxyxy"),
        "age": np.linspace(20, 75, 12),
        "leukemic_fraction": [0.7, 0.9, 0.8, 0.85, 0.1, 0.3, 0.2, 0.25, 0.4, 0.45, 0.5, 0.35],
    },
    index=[f"S{i:02d}" for i in range(12)],
)
CONTRASTS = {
    "ab": {"factor": "stage", "tested": "a", "reference": "b"},
    "cb": {"factor": "stage", "tested": "c", "reference": "b"},
    "more": {"difference": ["ab", "cb"]},
    "rise": {"factor": "stage", "trend": ["b", "c", "a"]},
    "any": {"factor": "stage", "any_difference": ["a", "b", "c"]},
}
LEUKEMIC, OTHERS = (np.log2(values) for values in (SHEET["leukemic_fraction"], 1 - SHEET["leukemic_fraction"]))


def alone(name, sheet=SHEET, design="~ stage", contrasts=CONTRASTS):
    model = model_of(design, contrasts)
    return of_design(build_design(sheet, model, "", Findings()), model.contrasts[name])


def of_design(design, contrast):
    return composition_effect(design.selected, design.matrix, design.direction(contrast), design.groups[contrast.name])


def test_two_groups_are_the_difference_of_mean_logarithms():
    leukemic, other, reason = alone("ab")
    in_a, in_b = SHEET["stage"] == "a", SHEET["stage"] == "b"
    assert leukemic == pytest.approx(LEUKEMIC[in_a].mean() - LEUKEMIC[in_b].mean())
    assert other == pytest.approx(OTHERS[in_a].mean() - OTHERS[in_b].mean()) and reason == ""
    rise = alone("rise")[0]
    assert rise == pytest.approx(leukemic / 2)
    assert alone("more")[0] == pytest.approx(alone("ab")[0] - alone("cb")[0])


def test_it_is_the_contrast_of_the_model_with_its_patients_and_covariates():
    design = "~ patient + stage"
    dummies = pd.get_dummies(SHEET[["patient", "stage"]]).to_numpy(float)
    beta = np.linalg.pinv(dummies) @ LEUKEMIC.to_numpy()
    assert alone("ab", design=design)[0] == pytest.approx(beta[6] - beta[7])
    assert alone("ab", design=design)[0] != pytest.approx(alone("ab")[0], abs=0.01)
    slope = alone("c", design="~ batch + age", contrasts={"c": {"per_unit": "age"}})[0]
    full = np.column_stack([np.ones(12), SHEET["batch"] == "y", SHEET["age"]]).astype(float)
    assert slope == pytest.approx(np.linalg.lstsq(full, LEUKEMIC, rcond=None)[0][2])


def test_a_gene_of_leukaemic_cells_alone_gets_just_that_effect():
    random = np.random.default_rng(3)
    share = SHEET["leukemic_fraction"].to_numpy()[:, None]
    counts = random.poisson(random.gamma(200, 500 * share * np.ones((12, 400)) / 200))
    design = build_design(SHEET, model := model_of("~ patient + stage", CONTRASTS), "", Findings())
    fit = fit_model(counts, design.matrix, size_factors=np.ones(12))
    for name in ("ab", "more", "rise"):
        found = test_contrast(fit, design.contrasts[name].main)["log2_fc"].mean()
        assert found == pytest.approx(of_design(design, model.contrasts[name])[0], abs=0.02)


def set_fractions(values):
    return SHEET.assign(
        leukemic_fraction=SHEET["leukemic_fraction"].where(~SHEET.index.isin(values), pd.Series(values))
    )


@pytest.mark.parametrize(
    ("sheet", "name", "words"),
    [
        (SHEET, "any", "no direction"),
        (SHEET.drop(columns="leukemic_fraction"), "ab", "has no leukaemic fractions"),
        (set_fractions({"S00": np.nan, "S05": np.nan}), "ab", "of 2 samples is not known"),
        (set_fractions({"S00": 0.0}), "ab", "no leukaemic cells in 1 of the compared samples"),
        (set_fractions({"S08": np.nan}), "more", "of 1 samples is not known"),
    ],
)
def test_every_gap_has_a_reason(sheet, name, words):
    leukemic, other, reason = alone(name, sheet)
    assert np.isnan([leukemic, other]).all() and words in reason


def test_gaps_elsewhere_do_not_matter_and_full_samples_have_no_others():
    assert alone("ab", set_fractions({"S08": np.nan}))[0] == pytest.approx(alone("ab")[0])
    leukemic, other, reason = alone("ab", set_fractions({"S00": 1.0}))
    assert np.isfinite(leukemic) and np.isnan(other) and reason == ""


def chance_of_call(alone, effect, error, df):
    """How often composition alone is called at the same sum of squares, by a grid of distances in errors."""
    t = np.linspace(-40, 40, 800_001)
    errors = np.sqrt((df * error**2 + (effect - alone) ** 2) / (df + t**2))
    called = alone + t * errors > stats.t.isf(0.025, df) * errors
    return np.trapezoid(np.where(called, stats.t.pdf(t, df), 0.0), t)


def test_effects_are_flagged_that_composition_alone_explains():
    effects = pd.DataFrame(
        {"log2_fc": [2.5, 1.9, 4.0, -1.0, -3.0, np.nan], "moderated_se": [0.5, 0.1, 0.5, 0.3, 0.2, 0.1], "df": 9.0}
    )
    effects["outcome"] = "changed"
    table = compare_with_composition(effects, 2.0, -2.0, "", 0.05, 0.8, np.ones(6))
    assert table["composition_flag"].tolist() == [NOT_SURELY, NOT_LARGER, "", NOT_LARGER_OTHER, "", ""]
    called = [chance_of_call(2.0, 2.5, 0.5, 9), chance_of_call(2.0, 3.0, 0.2, 9)]
    assert table["composition_p_value"][0] == pytest.approx(stats.t.sf(1.0, 9) / called[0], rel=1e-4)
    assert table["composition_p_value"][4] == pytest.approx(stats.t.sf(5.0, 9) / called[1], rel=1e-4)
    assert np.isnan(table["composition_p_value"][5])
    # A one-sided t test of an effect that lies as far beyond has the power.
    shift = table["composition_detectable"][0] / 0.5
    assert stats.nct.sf(stats.t.isf(0.05 * called[0], 9), 9, shift) == pytest.approx(0.8)
    level = compare_with_composition(effects.assign(outcome="equivalent"), 2.0, -2.0, "", 0.05, 0.8, np.ones(6))
    assert level["composition_flag"].tolist() == [LEVEL] * 5 + [""]
    assert (
        compare_with_composition(effects.assign(outcome="equivalent"), 0.9, 0.0, "", 0.05, 0.8, np.ones(6))[
            "composition_flag"
        ]
        == ""
    ).all()
    quiet = compare_with_composition(effects.assign(outcome="undetermined"), 2.0, -2.0, "", 0.05, 0.8, np.ones(6))
    assert (quiet["composition_flag"] == "").all()


def test_the_flag_does_not_depend_on_the_reference():
    effects = pd.DataFrame({"log2_fc": [2.5, 1.9, 4.0, -1.0], "moderated_se": 0.4, "df": 9.0, "outcome": "changed"})
    forward = compare_with_composition(effects, 2.0, -1.0, "", 0.05, 0.8, np.ones(4))
    turned = compare_with_composition(effects.assign(log2_fc=-effects["log2_fc"]), -2.0, 1.0, "", 0.05, 0.8, np.ones(4))
    assert forward["composition_flag"].tolist() == turned["composition_flag"].tolist()
    assert forward["composition_p_value"].tolist() == pytest.approx(turned["composition_p_value"].tolist(), rel=1e-12)


def test_where_composition_does_nothing_the_test_is_the_genes_own():
    effects = pd.DataFrame({"log2_fc": [1.0, -1.3], "moderated_se": 0.2, "df": 9.0, "outcome": "changed"})
    table = compare_with_composition(effects, 0.0, 0.0, "", 0.05, 0.8, np.array([1.0, 6.0]))
    assert table["composition_p_value"].tolist() == pytest.approx([2 * stats.t.sf(5, 9), 12 * stats.t.sf(6.5, 9)])
    assert (table["composition_flag"] == "").all()


@pytest.mark.parametrize("df", [4.0, 12.0])
@pytest.mark.parametrize("alone", [0.7, 1.5, 4.0])
def test_of_called_effects_of_composition_alone_one_in_twenty_passes_for_more(alone, df):
    size, strictness = 400_000, 5.0
    random = np.random.default_rng(7)
    effects = pd.DataFrame({"log2_fc": alone + 0.35 * random.standard_normal(size), "df": df})
    effects["moderated_se"] = 0.35 * np.sqrt(random.chisquare(df, size) / df)
    t = effects["log2_fc"] / effects["moderated_se"]
    called = effects[2 * stats.t.sf(t, df) * strictness < 0.05].assign(outcome="changed")
    table = compare_with_composition(called, alone, 0.0, "", 0.05, 0.8, np.full(len(called), strictness))
    # Composition of two errors is seldom called with few degrees of freedom: the bound of its chance shows.
    assert 0.047 < (table["composition_flag"] == "").mean() < (0.07 if alone == 0.7 and df == 4 else 0.053)


def test_without_fractions_nothing_is_flagged():
    table = compare_with_composition(
        pd.DataFrame({"log2_fc": [1.0], "moderated_se": [0.1], "df": 9.0, "outcome": "changed"}),
        np.nan,
        np.nan,
        "why",
        0.05,
        0.8,
        np.ones(1),
    )
    assert table["composition_flag"].tolist() == [""] and table["composition_reason"].tolist() == ["why"]


def estimates(spread=0.0, fraction=SHEET["leukemic_fraction"], reason=""):
    """Estimated fractions whose draws are those of the sheet, multiplied by up to 1 - spread and 1 + spread."""
    names = [f"{kind}_{i}" for kind in ("share", "own", "rest") for i in range(41)]
    shifts = {"share": np.linspace(-1, 1, 41), "own": np.full(41, -0.5), "rest": np.full(41, 0.5)}
    factors = np.concatenate([1 + spread * shifts[kind] for kind in ("share", "own", "rest")])
    # One group's fractions go one way, those of the others stay.
    moved = np.where((SHEET["stage"] == "a").to_numpy()[:, None], factors, 1.0)
    draws = pd.DataFrame(fraction.to_numpy()[:, None] * moved, index=SHEET.index, columns=names)
    table = pd.DataFrame({"fraction_estimate": fraction, "reason": reason}, index=SHEET.index)
    return Estimated(table, draws)


def estimated(sheet, given, name="ab"):
    model = model_of("~ stage", CONTRASTS)
    design = build_design(sheet, model, "", Findings())
    question = model.contrasts[name]
    return estimated_effect(design.selected, design.matrix, design.direction(question), design.groups[name], given)


UNMEASURED = SHEET.drop(columns="leukemic_fraction")


def test_estimated_fractions_are_used_where_none_was_measured():
    found = estimated(UNMEASURED, estimates())
    assert found["estimated"] and found["leukemic"] == pytest.approx(alone("ab")[0])
    assert (found["leukemic_low"], found["leukemic_high"]) == pytest.approx((alone("ab")[0],) * 2)
    measured = estimated(SHEET, estimates(fraction=SHEET["leukemic_fraction"] / 2))
    assert not measured["estimated"] and measured["leukemic"] == pytest.approx(alone("ab")[0])
    few = SHEET.assign(leukemic_fraction=SHEET["leukemic_fraction"].where(SHEET.index == "S00"))
    # Measured and estimated fractions are never mixed.
    assert "of 7 samples is not known" in estimated(few, estimates())["reason"]
    assert estimated(UNMEASURED, None)["reason"] == "the sample sheet has no leukaemic fractions"


def test_their_range_is_that_of_the_draws_from_the_lowest_way_to_the_highest():
    found, point = estimated(UNMEASURED, estimates(0.1)), alone("ab")[0]
    # The share family is the widest: 95 % of -0.1 to 0.1, in group a alone.
    assert found["leukemic_low"] == pytest.approx(point + np.log2(1 - 0.095), abs=1e-3)
    assert found["leukemic_high"] == pytest.approx(point + np.log2(1 + 0.095), abs=1e-3)
    assert found["other_low"] < found["other"] < found["other_high"]


def test_estimates_that_are_none_or_may_be_zero_have_a_reason():
    lost = estimates(reason=["few reads", *[""] * 11])
    assert estimated(UNMEASURED, lost)["reason"] == "no leukaemic fraction could be estimated (S00: few reads)"
    empty = estimates()
    empty.draws.iloc[0, :10] = 0.0
    assert estimated(UNMEASURED, empty)["reason"] == "the estimated leukaemic fraction of a compared sample may be none"
    assert "no direction" in estimated(UNMEASURED, estimates(), "any")["reason"]


def test_flags_rest_on_the_ends_of_the_range():
    effects = pd.DataFrame(
        {"log2_fc": [1.4, 2.5, 4.0, 0.0], "moderated_se": 0.3, "df": 10.0, "outcome": [*["changed"] * 3, "equivalent"]}
    )
    point = compare_with_composition(effects, 1.2, -0.5, "", 0.05, 0.8, np.ones(4))
    assert point["composition_flag"].tolist() == [NOT_SURELY, "", "", LEVEL]
    ends = compare_with_composition(effects, 1.2, -0.5, "", 0.05, 0.8, np.ones(4), (0.4, 2.2, -0.9, -0.1))
    assert ends["composition_flag"].tolist() == [NOT_LARGER + ESTIMATED, NOT_SURELY + ESTIMATED, "", ""]
    expected = stats.t.sf((4.0 - 2.2) / 0.3, 10) / chance_of_call(2.2, 4.0, 0.3, 10)
    assert ends["composition_p_value"][2] == pytest.approx(expected, rel=1e-4)
    assert set(ends["composition_low"]) == {0.4} and set(ends["composition_high"]) == {2.2}
    sure = compare_with_composition(effects, 1.2, -0.5, "", 0.05, 0.8, np.ones(4), (1.1, 2.2, -0.9, -0.1))
    assert sure["composition_flag"].tolist()[3] == LEVEL + ESTIMATED
