"""Composition alone against what was measured: closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.composition import LEVEL, NOT_LARGER, NOT_SURELY, compare_with_composition, composition_effect
from tests.models import model_of

SHEET = pd.DataFrame(
    {
        "stage": list("aabbcc"),
        "leukemic_fraction": [0.7, 0.9, 0.1, 0.3, 0.4, 0.4],
    },
    index=[f"S{i}" for i in range(6)],
)
A, B, C = (list(SHEET.index[i : i + 2]) for i in (0, 2, 4))
MODEL = model_of(
    "~ stage",
    {
        "ab": {"factor": "stage", "tested": "a", "reference": "b"},
        "cb": {"factor": "stage", "tested": "c", "reference": "b"},
        "more": {"difference": ["ab", "cb"]},
        "rise": {"factor": "stage", "trend": ["b", "c", "a"]},
        "any": {"factor": "stage", "any_difference": ["a", "b", "c"]},
        "age": {"per_unit": "age"},
    },
)
GROUPS = {"ab": (A, B), "cb": (C, B), "rise": (B, C, A), "any": (A, B, C)}


def alone(name, sheet=SHEET):
    return composition_effect(sheet, MODEL.contrasts[name], MODEL.contrasts, GROUPS)


@pytest.mark.parametrize(
    ("name", "leukemic", "other"),
    [
        ("ab", 2.0, -2.0),
        ("cb", 1.0, np.log2(0.6 / 0.8)),
        ("more", 1.0, -2.0 - np.log2(0.6 / 0.8)),
        ("rise", 1.0, -1.0),
    ],
)
def test_ratios_of_mean_fractions(name, leukemic, other):
    assert alone(name) == (pytest.approx(leukemic), pytest.approx(other), "")


@pytest.mark.parametrize(
    ("sheet", "name", "words"),
    [
        (SHEET, "age", "no direction"),
        (SHEET, "any", "no direction"),
        (SHEET.drop(columns="leukemic_fraction"), "ab", "has no leukaemic fractions"),
        (SHEET.assign(leukemic_fraction=[0.5, np.nan, 0.1, np.nan, 0.1, 0.1]), "ab", "of 2 samples is not known"),
        (SHEET.assign(leukemic_fraction=0.0), "ab", "no leukaemic cells"),
        (SHEET.assign(leukemic_fraction=0.0), "more", "no leukaemic cells"),
    ],
)
def test_every_gap_has_a_reason(sheet, name, words):
    leukemic, other, reason = alone(name, sheet)
    assert np.isnan([leukemic, other]).all() and words in reason


def test_effects_are_flagged_that_composition_alone_explains():
    effects = pd.DataFrame({"log2_fc": [2.5, 1.9, 4.0, -1.0, -3.0, np.nan], "lfc_se": [0.5, 0.1, 0.5, 0.3, 0.2, 0.1]})
    effects["outcome"] = "changed"
    table = compare_with_composition(effects, 2.0, -2.0, "", 0.05)
    assert table["composition_flag"].tolist() == [NOT_SURELY, NOT_LARGER, "", NOT_LARGER, "", ""]
    assert table["composition_p_value"][0] == pytest.approx(stats.norm.sf(1.0))
    assert table["composition_p_value"][4] == pytest.approx(stats.norm.sf(5.0))
    assert np.isnan(table["composition_p_value"][5])
    level = compare_with_composition(effects.assign(outcome="equivalent"), 2.0, -2.0, "", 0.05)
    assert level["composition_flag"].tolist() == [LEVEL] * 5 + [""]
    assert (
        compare_with_composition(effects.assign(outcome="equivalent"), 0.9, 0.0, "", 0.05)["composition_flag"] == ""
    ).all()
    quiet = compare_with_composition(effects.assign(outcome="undetermined"), 2.0, -2.0, "", 0.05)
    assert (quiet["composition_flag"] == "").all()


def test_the_flag_does_not_depend_on_the_reference():
    effects = pd.DataFrame({"log2_fc": [2.5, 1.9, 4.0, -1.0], "lfc_se": 0.4, "outcome": "changed"})
    forward = compare_with_composition(effects, 2.0, -1.0, "", 0.05)
    turned = compare_with_composition(effects.assign(log2_fc=-effects["log2_fc"]), -2.0, 1.0, "", 0.05)
    assert forward["composition_flag"].tolist() == turned["composition_flag"].tolist()
    assert forward["composition_p_value"].tolist() == pytest.approx(turned["composition_p_value"].tolist(), rel=1e-12)


def test_without_fractions_nothing_is_flagged():
    table = compare_with_composition(
        pd.DataFrame({"log2_fc": [1.0], "lfc_se": [0.1], "outcome": "changed"}), np.nan, np.nan, "why", 0.05
    )
    assert table["composition_flag"].tolist() == [""] and table["composition_reason"].tolist() == ["why"]
