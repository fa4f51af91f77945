"""Contrasts in all their forms, against effects known by construction."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.contrasts import restrict_design
from autocrine.design.matrix import build_design
from autocrine.problems import Findings
from tests.models import model_of

CONTRASTS = {
    "in_r": {"tested": {"response": "r", "timepoint": "fu"}, "reference": {"response": "r", "timepoint": "dx"}},
    "in_s": {"tested": {"response": "s", "timepoint": "fu"}, "reference": {"response": "s", "timepoint": "dx"}},
    "between": {"difference": ["in_r", "in_s"]},
}
R_VS_S = {"factor": "response", "tested": "r", "reference": "s"}


def pairs(patients=8):
    """Patients nested in response groups, each at diagnosis and follow-up; level = patient + change by response."""
    rows = [(f"p{i}", "r" if i < patients // 2 else "s", time) for i in range(patients) for time in ("dx", "fu")]
    sheet = pd.DataFrame(
        rows, columns=["patient", "response", "timepoint"], index=[f"s{i}" for i in range(2 * patients)]
    )
    sheet["age"] = np.linspace(30, 70, len(sheet))
    change = np.where(sheet["response"] == "r", 3.0, 0.5) * (sheet["timepoint"] == "fu")
    level = sheet["patient"].str[1:].astype(int) * 10.0 + change
    return sheet, level.to_numpy()


def effects(sheet, level, design, contrasts):
    findings = Findings()
    built = build_design(sheet, model_of(design, contrasts), "config, models.m", findings)
    if built is None:
        return None, [str(problem) for problem in findings.problems]
    beta = np.linalg.lstsq(built.matrix.to_numpy(), level, rcond=None)[0]
    assert np.linalg.matrix_rank(built.matrix.to_numpy()) == built.matrix.shape[1]
    return {name: vectors.main @ beta for name, vectors in built.contrasts.items()}, built


@pytest.mark.parametrize(
    "design",
    [
        "~ patient + timepoint + timepoint:response",
        "~ patient + timepoint * response",
        "~ response * timepoint + patient",
        "~ 0 + patient + response:timepoint",
    ],
)
def test_nested_patients_leave_changes_and_their_difference(design):
    sheet, level = pairs()
    found, built = effects(sheet, level, design, CONTRASTS)
    assert found == pytest.approx({"in_r": 3.0, "in_s": 0.5, "between": 2.5})
    assert len(built.left_out) > 0
    assert built.matrix.shape[1] == 10
    assert len(built.groups["between"][0]) == 8


def test_a_difference_between_nested_patients_is_refused_in_words():
    sheet, level = pairs()
    contrasts = {"c": {"tested": CONTRASTS["in_r"]["tested"], "reference": CONTRASTS["in_s"]["tested"]}}
    found, problems = effects(sheet, level, "~ patient + timepoint + timepoint:response", contrasts)
    assert found is None
    assert "patient p0, p1, p2, p3 hold only response r" in problems[0] and "Lost by it: c" in problems[0]


def test_cell_means_and_interactions_give_the_same_effects():
    sheet, level = pairs()
    for design in ("~ response * timepoint", "~ 0 + response:timepoint", "~ timepoint + response:timepoint"):
        found, built = effects(sheet, level, design, CONTRASTS)
        assert found == pytest.approx({"in_r": 3.0, "in_s": 0.5, "between": 2.5})
        assert built.left_out == ()


@pytest.mark.parametrize(
    ("design", "slope"), [("~ age + response", 0.7), ("~ log2(age) + response", 1.3), ("~ center(age) + response", 0.7)]
)
def test_measurements_per_unit(design, slope):
    sheet, _ = pairs()
    values = np.log2(sheet["age"]) if "log2" in design else sheet["age"]
    level = slope * values + 4 * (sheet["response"] == "r")
    contrasts = {"age": {"per_unit": "age"}, "r": R_VS_S}
    found, built = effects(sheet, level.to_numpy(), design, contrasts)
    assert found == pytest.approx({"age": slope, "r": 4.0})
    assert sorted(built.groups["age"][0] + built.groups["age"][1]) == sorted(sheet.index)


@pytest.mark.parametrize("low", [2, 8, 14])
def test_a_measurement_of_few_values_is_one_all_the_same(low):
    """Where the median is the largest value, nobody lies above it."""
    sheet, _ = pairs()
    sheet["age"] = [0.0] * low + [1.0] * (len(sheet) - low)
    found, built = effects(sheet, 3.0 * sheet["age"].to_numpy(), "~ age", {"age": {"per_unit": "age"}})
    assert found == pytest.approx({"age": 3.0})
    assert [len(half) for half in built.groups["age"]] == [len(sheet) - low, low]


def test_a_measurement_with_one_value_is_reported():
    sheet, level = pairs()
    found, problems = effects(sheet.assign(age=1.0), level, "~ age + response", {"age": {"per_unit": "age"}})
    assert found is None and problems


def test_a_standard_deviation_is_a_unit_of_a_scaled_measurement():
    sheet, _ = pairs()
    found, _ = effects(sheet, 2.0 * sheet["age"].to_numpy(), "~ scale(age)", {"a": {"per_unit": "age"}})
    assert found["a"] == pytest.approx(2.0 * sheet["age"].std())


@pytest.mark.parametrize(
    ("contrast", "words"),
    [
        ({"tested": {"response": "r", "timepoint": "x"}, "reference": {"response": "s", "timepoint": "dx"}},
         "of: dx (8"),
        ({"tested": {"response": "r", "patient": "p7"}, "reference": {"response": "s", "patient": "p7"}},
         'no selected sample has "response" = "r" and "patient" = "p7" at once'),
        ({"per_unit": "dose"}, 'does not hold "dose"'),
        ({"per_unit": "response"}, '"response" holds groups'),
    ],
)  # fmt: skip
def test_contrasts_that_cannot_be_are_reported(contrast, words):
    sheet, level = pairs()
    found, problems = effects(sheet, level, "~ patient + response + timepoint", {"c": contrast})
    assert found is None and any(words in problem for problem in problems), problems


def test_levels_may_look_like_parts_of_a_formula():
    sheet, level = pairs()
    odd = {"r": "a:v0[T.1]", "s": "v1 + `x`"}
    sheet["response"] = sheet["response"].map(odd)
    contrasts = {"c": {"factor": "response", "tested": odd["r"], "reference": odd["s"]}}
    found, built = effects(sheet, level, "~ timepoint + response", contrasts)
    assert f"response[{odd['r']}]" in built.matrix.columns
    assert found["c"] == pytest.approx(level[:8].mean() - level[8:].mean())


def test_terms_that_carry_nothing_of_their_own_are_left_out_by_name():
    sheet, level = pairs()
    sheet["lane"] = sheet["timepoint"].map({"dx": "l1", "fu": "l2"})
    found, built = effects(sheet, level, "~ response + lane + timepoint", {"c": R_VS_S})
    assert built.left_out == ("timepoint[fu]",) and set(found) == {"c"}


def stages():
    """Eight patients, each at diagnosis and at one of two later stages; level = patient + stage."""
    sheet, _ = pairs()
    later = np.where(sheet["response"] == "r", "resistant", "sensitive")
    sheet["stage"] = np.where(sheet["timepoint"] == "dx", "diagnosis", later)
    effect = sheet["stage"].map({"diagnosis": 0.0, "sensitive": 1.0, "resistant": 4.0})
    return sheet, (sheet["patient"].str[1:].astype(int) * 10.0 + effect).to_numpy()


ORDER = ["diagnosis", "sensitive", "resistant"]


@pytest.mark.parametrize("design", ["~ patient + stage", "~ 0 + patient + stage", "~ stage + patient"])
def test_a_trend_is_the_slope_over_its_groups_and_shows_its_steps(design):
    sheet, level = stages()
    contrasts = {
        "rise": {"factor": "stage", "trend": ORDER},
        "fall": {"factor": "stage", "trend": ORDER[::-1]},
        "any": {"factor": "stage", "any_difference": ORDER},
    }
    found, built = effects(sheet, level, design, contrasts)
    assert found == pytest.approx({"rise": 2.0, "fall": -2.0, "any": 4.0})
    beta = np.linalg.lstsq(built.matrix.to_numpy(), level, rcond=None)[0]
    steps = {words: vector @ beta for words, vector in built.contrasts["rise"].parts.items()}
    assert steps == pytest.approx({"sensitive against diagnosis": 1.0, "resistant against sensitive": 3.0})
    others = {words: vector @ beta for words, vector in built.contrasts["any"].parts.items()}
    assert others == pytest.approx({"sensitive against diagnosis": 1.0, "resistant against diagnosis": 4.0})
    assert [len(samples) for samples in built.groups["rise"]] == [8, 4, 4]


def test_a_trend_has_the_slope_at_the_places_of_its_groups():
    """That of a regression of the groups' means (0, 1, 4) on the places."""
    sheet, level = stages()
    days = {"factor": "stage", "trend": ORDER, "places": [0, 1, 10], "place_unit": "day"}
    found, built = effects(sheet, level, "~ patient + stage", {"days": days, "even": {**days, "places": [-2, 0, 2]}})
    assert found == pytest.approx({"days": np.polyfit([0, 1, 10], [0.0, 1.0, 4.0], 1)[0], "even": 1.0})
    assert list(built.contrasts["days"].parts) == ["sensitive against diagnosis", "resistant against sensitive"]
    contrast = model_of("~ patient + stage", {"days": days}).contrasts["days"]
    # What the margin between two groups is in units of the slope: figures draw it so.
    assert contrast.reach == 10 and model_of("~ stage", {"c": {**days, "places": []}}).contrasts["c"].reach == 2
    findings, model = Findings(), model_of("~ patient + stage", {"days": {**days, "places": [0, float("nan"), 1]}})
    model.contrasts["days"].check(model.contrasts, "here", findings)
    assert findings.problems[0].where == "here.places"
    assert contrast.words("day").per == " per day" and contrast.words("day").above == "rises towards resistant"
    assert (
        contrast.compared(["8 a", "4 b", "4 c"], 16, [], "day")
        == "8 a, 4 b, 4 c, a trend in this order at 0, 1, 10 (day)"
    )


def test_groups_of_a_trend_may_be_named_by_several_columns():
    sheet, _ = pairs()
    level = 2.0 * (sheet["timepoint"] == "fu") + 3.0 * (sheet["response"] == "r") * (sheet["timepoint"] == "fu")
    order = [{"response": "s", "timepoint": "dx"}, {"response": "s", "timepoint": "fu"}, CONTRASTS["in_r"]["tested"]]
    found, _ = effects(sheet, level.to_numpy(), "~ response * timepoint", {"t": {"trend": order}})
    assert found["t"] == pytest.approx(2.5)


@pytest.mark.parametrize("design", ["~ patient + stage", "~ 0 + stage", "~ response + stage"])
def test_the_restricted_design_is_the_design_without_the_factor(design):
    sheet, level = stages()
    _, built = effects(sheet, level, design, {"any": {"factor": "stage", "any_difference": ORDER}})
    small = restrict_design(built.matrix, list(built.contrasts["any"].parts.values()))
    without = {"~ patient + stage": "patient", "~ 0 + stage": None, "~ response + stage": "response"}[design]
    expected = np.ones((16, 1)) if without is None else pd.get_dummies(sheet[without]).to_numpy(float)
    rank = np.linalg.matrix_rank(expected)
    assert small.shape[1] == rank == np.linalg.matrix_rank(np.hstack([small.to_numpy(), expected]))
    assert small.shape[1] == built.matrix.shape[1] - 2
