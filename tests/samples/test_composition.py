"""Composition alone against what was measured: closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.design.matrix import build_design
from autocrine.engine import fit_model, test_contrast
from autocrine.problems import Findings
from autocrine.samples.composition import (
    LEVEL,
    NOT_LARGER,
    NOT_SURELY,
    compare_with_composition,
    composition_effect,
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


def test_effects_are_flagged_that_composition_alone_explains():
    effects = pd.DataFrame(
        {"log2_fc": [2.5, 1.9, 4.0, -1.0, -3.0, np.nan], "lfc_se": [0.5, 0.1, 0.5, 0.3, 0.2, 0.1], "df": 9.0}
    )
    effects["outcome"] = "changed"
    table = compare_with_composition(effects, 2.0, -2.0, "", 0.05, 0.8)
    assert table["composition_flag"].tolist() == [NOT_SURELY, NOT_LARGER, "", NOT_LARGER, "", ""]
    assert table["composition_p_value"][0] == pytest.approx(stats.t.sf(1.0, 9))
    assert table["composition_p_value"][4] == pytest.approx(stats.t.sf(5.0, 9))
    assert np.isnan(table["composition_p_value"][5])
    # A one-sided t test of an effect that lies as far beyond has the power.
    shift = table["composition_detectable"][0] / 0.5
    assert stats.nct.sf(stats.t.isf(0.05, 9), 9, shift) == pytest.approx(0.8)
    level = compare_with_composition(effects.assign(outcome="equivalent"), 2.0, -2.0, "", 0.05, 0.8)
    assert level["composition_flag"].tolist() == [LEVEL] * 5 + [""]
    assert (
        compare_with_composition(effects.assign(outcome="equivalent"), 0.9, 0.0, "", 0.05, 0.8)["composition_flag"]
        == ""
    ).all()
    quiet = compare_with_composition(effects.assign(outcome="undetermined"), 2.0, -2.0, "", 0.05, 0.8)
    assert (quiet["composition_flag"] == "").all()


def test_the_flag_does_not_depend_on_the_reference():
    effects = pd.DataFrame({"log2_fc": [2.5, 1.9, 4.0, -1.0], "lfc_se": 0.4, "df": 9.0, "outcome": "changed"})
    forward = compare_with_composition(effects, 2.0, -1.0, "", 0.05, 0.8)
    turned = compare_with_composition(effects.assign(log2_fc=-effects["log2_fc"]), -2.0, 1.0, "", 0.05, 0.8)
    assert forward["composition_flag"].tolist() == turned["composition_flag"].tolist()
    assert forward["composition_p_value"].tolist() == pytest.approx(turned["composition_p_value"].tolist(), rel=1e-12)


def test_without_fractions_nothing_is_flagged():
    table = compare_with_composition(
        pd.DataFrame({"log2_fc": [1.0], "lfc_se": [0.1], "df": 9.0, "outcome": "changed"}),
        np.nan,
        np.nan,
        "why",
        0.05,
        0.8,
    )
    assert table["composition_flag"].tolist() == [""] and table["composition_reason"].tolist() == ["why"]
