"""Samples of a contrast along a measurement: what stops the run, what is reported, and no message where all is well."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.examination import examine_design
from autocrine.design.matrix import build_design
from autocrine.problems import Findings
from tests.models import model_of

DOSE = [1.0, 4.0, 2.0, 6.0, 3.0, 5.0, 2.5, 4.5, 1.5, 5.5, 3.5, 6.5]
SHEET = pd.DataFrame({"sex": list("ffmm" * 3), "dose": DOSE}, index=[f"S{i}" for i in range(12)])
PAIRS = [f"P{i // 2}" for i in range(12)]
SLOPE, CURVE = {"per_unit": "dose"}, {"spline": "dose"}


def examined(design="~ dose", asked=SLOPE, sheet=SHEET, **entry):
    """Return kind -> caution, and the problems in words."""
    model, findings = model_of(design, {"c": asked}, **entry), Findings()
    built = build_design(sheet, model, "config, models.m", findings)
    assert built is not None, findings.problems
    found = examine_design(built, model, "config, models.m", findings)
    return {one.kind: one for one in found.cautions}, [str(problem) for problem in findings.problems]


@pytest.mark.parametrize(
    ("design", "asked"), [("~ sex + dose", SLOPE), ("~ sex + spline(dose, 3)", CURVE)], ids=["slope", "curve"]
)
def test_repeated_samples_of_a_patient_stop_the_run(design, asked):
    assert examined(design, asked) == ({}, [])
    assert examined(design, asked, SHEET.assign(patient=[f"P{i}" for i in range(12)])) == ({}, [])
    sheet = SHEET.assign(patient=PAIRS)
    _, (problem,) = examined(design, asked, sheet)
    assert "models.m.contrasts.c: repeated samples of a patient would pass for different patients: " in problem
    assert "P0 2 times (S0, S1), P1 2 times (S2, S3)" in problem
    assert '-> one sample per patient; "sum_by: [patient, ...]"' in problem
    assert '"patient" in the design compares within patients; "random: patient"' in problem
    found, problems = examined(design, asked, sheet, repeated_patients="keep")
    assert not problems and list(found) == ["repeated_patients"]
    assert found["repeated_patients"].samples == tuple(SHEET.index) and found["repeated_patients"].contrasts == ("c",)
    assert found["repeated_patients"].text.endswith(
        'p-values come out too small; "patient" in the design, or one sample per patient would correct that'
    )
    assert examined(design, asked, sheet, random="patient") == ({}, [])
    assert examined(design.replace("sex", "patient"), asked, sheet)[1] == []


def test_a_patient_of_one_value_cannot_be_compared_within():
    sheet = SHEET.assign(patient=[f"P{i // 2}" for i in range(12)], dose=np.repeat(DOSE[:6], 2))
    _, (problem,) = examined(sheet=sheet)
    assert '"patient" in the design' not in problem and '"random: patient"' in problem


def test_within_patients_samples_of_one_value_are_replicates_and_lone_patients_are_named():
    sheet = SHEET.assign(patient=[*"AABBCCDDEEFG"], dose=[1.0, 4, 2, 6, 3, 5, 2.5, 4.5, 5.5, 5.5, 3.5, 6.5])
    found, problems = examined("~ patient + dose", sheet=sheet)
    assert not problems
    assert "at one dose count as replicates: E 2 times in dose 5.5 (S8, S9)" in found["counted_as_replicates"].text
    assert "no comparison within patients for 3 of 7 patients: E has only dose 5.5" in found["incomplete_pairs"].text
    lone = SHEET.assign(patient=[*"AABBCCDDEEFF"], dose=[1.0, 2.0, *np.repeat([3.0, 4, 5, 6, 7], 2)])
    # Of one patient with two values nothing is known of how patients vary.
    _, (problem,) = examined("~ patient + dose", sheet=lone)
    assert "A 2 times (S0, S1)" in problem and '"patient" in the design' not in problem


LEVELS = ["b1"] * 4 + ["b2"] * 4 + ["b3"] * 4


@pytest.mark.parametrize("design", ["~ dose", "~ log2(dose)", "~ sex + dose"])
@pytest.mark.parametrize("column", ["batch", "tissue", "compartment", "state", "chemistry"])
def test_a_column_that_decides_the_measurement_stops_the_run_unless_it_is_accepted(column, design):
    sheet = SHEET.assign(dose=[1.0] * 4 + [2.0] * 4 + [4.0] * 4, **{column: LEVELS})
    found, (problem,) = examined(design, sheet=sheet)
    assert f"{column} decides dose: {column} b1 has dose 1 (4), {column} b2 has dose 2 (4)" in problem
    assert f'-> samples of one {column} that differ in dose, or "accept_confounded: [{column}]"' in problem
    assert "uneven_levels" not in found
    found, problems = examined(design, sheet=sheet, accept_confounded=[column])
    assert not problems and found["accepted_confounding"].text.endswith(
        "no design can separate them (accepted in the configuration)"
    )


def test_nearly_decided_is_the_same_and_a_batch_in_the_design_is_not_asked():
    noise = np.tile([0.0, 0.02, -0.02, 0.01], 3)
    sheet = SHEET.assign(dose=np.repeat([1.0, 2.0, 4.0], 4) + noise, batch=LEVELS)
    assert "batch b1 has dose 0.98 to 1.02 (4)" in examined(sheet=sheet)[1][0]
    found, problems = examined("~ batch + dose", sheet=sheet)
    assert not problems and found["costly_term"].text.startswith("dose and batch are hard to distinguish")
    # A batch for each sample, or one for all, is only a name.
    for names in ([f"b{i}" for i in range(12)], ["b"] * 12):
        assert examined(sheet=SHEET.assign(batch=names)) == ({}, [])


def test_columns_that_go_with_the_measurement_are_reported():
    order = np.argsort(np.argsort(DOSE))
    sheet = SHEET.assign(
        batch=np.where(order < 6, "b1", "b2"), leukemic_fraction=order / 20 + np.tile([0.0, 0.1, 0.0], 4)
    )
    found, problems = examined(sheet=sheet)
    assert not problems and {"uneven_levels", "uneven_means"} <= set(found)
    assert found["uneven_levels"].text.startswith(
        "batch is uneven along dose and not in the design: the mean of dose is 2.25 in b1 (6) and 5.25 in b2 (6)"
    )
    assert found["uneven_levels"].advice == 'add "batch" to the design'
    assert found["uneven_means"].text.startswith("leukemic_fraction rises with dose and is not in the design")
    assert found["uneven_means"].plain.startswith("leukaemic fraction rises with dose")
    found, _ = examined("~ batch + leukemic_fraction + dose", sheet=sheet)
    assert not {"uneven_levels", "uneven_means"} & set(found)
    source = SHEET.assign(dose=np.repeat([1.0, 2.0, 4.0], 4), source=LEVELS)
    assert examined(sheet=source)[0]["coincident_column"].text.startswith("source decides dose")


@pytest.mark.parametrize(("last", "reported"), [(6.5, False), (9.0, False), (13.0, True), (1e6, True)])
def test_a_sample_with_more_than_half_of_the_sum_of_squares_is_reported(last, reported):
    values = np.array([*DOSE[:-1], last])
    part = ((values - values.mean()) ** 2).max() / ((values - values.mean()) ** 2).sum()
    assert (part > 0.5) == reported
    found, problems = examined(sheet=SHEET.assign(dose=values))
    assert not problems and ("leading_sample" in found) == reported
    if reported:
        caution = found["leading_sample"]
        assert (
            caution.samples == ("S11",)
            and f"rests on sample S11, with {part:.0%} of the sum of squares" in caution.text
        )
        assert caution.advice == "compare with a fit without this sample, or take log2(dose)"


def test_the_part_of_a_sample_is_that_left_by_the_rest_of_the_design():
    """Two samples of one batch differ; in each other batch all are alike."""
    sheet = SHEET.assign(batch=LEVELS, dose=[1.0] * 4 + [2.0] * 4 + [4.0, 4, 4, 5])
    caution = examined("~ batch + dose", sheet=sheet)[0]["leading_sample"]
    assert caution.samples == ("S11",) and "75% of the sum of squares" in caution.text


def test_a_column_that_differs_by_rounding_goes_with_nothing():
    order = np.argsort(np.argsort(DOSE))
    for tiny in (1 + order * 1e-14, order * 1e-300):
        assert examined(sheet=SHEET.assign(age=tiny)) == ({}, [])


def test_within_patients_it_is_the_part_of_a_patient():
    sheet = SHEET.assign(patient=PAIRS, dose=[1.0, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 9])
    caution = examined("~ patient + dose", sheet=sheet)[0]["leading_sample"]
    assert caution.samples == ("S10", "S11") and "rests on patient P5, with 93% of the sum of squares" in caution.text


def test_a_curve_that_one_sample_bends_is_reported():
    values = [*DOSE[:-1], 400.0]
    caution = examined("~ spline(dose, 2)", CURVE, SHEET.assign(dose=values))[0]["leading_sample"]
    assert caution.samples == ("S11",) and "one direction of the curve along dose rests on sample S11" in caution.text
    assert caution.advice == "compare with a fit without this sample"
    assert examined("~ spline(dose, 2)", CURVE) == ({}, [])


def test_groups_with_random_patients_are_not_said_to_ignore_them():
    sheet = SHEET.assign(patient=[*"AABBCCDDEEFF"], response=list("rs" * 6))
    asked = {"factor": "response", "tested": "r", "reference": "s"}
    assert "ignored_pairs" in examined("~ response", asked, sheet)[0]
    assert "ignored_pairs" not in examined("~ response", asked, sheet, random="patient")[0]
    twice = sheet.assign(response=list("rrss" * 3))
    assert examined("~ response", asked, twice, random="patient")[1] == []
    assert "repeated_patients" not in examined("~ response", asked, twice, random="patient")[0]


def test_values_of_a_curve_are_compared_by_all_samples_along_it():
    sheet = SHEET.assign(dose=[0.0, 4, 1, 6, 0, 4, 1, 6, 0, 4, 1, 6], patient=PAIRS)
    asked = {"factor": "dose", "tested": 6, "reference": 0}
    _, (problem,) = examined("~ spline(dose, 2)", asked, sheet)
    assert "repeated samples of a patient would pass for different patients: P0 2 times (S0, S1)" in problem
    assert examined("~ spline(dose, 2)", asked, sheet.assign(patient=[f"P{i}" for i in range(12)]))[1] == []
