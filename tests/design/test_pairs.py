"""Patients without a partner sample: kept, dropped or refused, and always reported."""

import pandas as pd
import pytest

from autocrine.design.examination import examine_design
from autocrine.design.matrix import build_design
from autocrine.problems import Findings
from tests.models import model_of

SHEET = pd.DataFrame(
    {
        "patient": [f"P{i // 2}" for i in range(10)] + ["P5", "P6"],
        "tissue": ["tumour", "normal"] * 5 + ["tumour", "normal"],
    },
    index=[f"S{i}" for i in range(12)],
)
CONTRASTS = {"c": {"factor": "tissue", "tested": "tumour", "reference": "normal"}}


def built(choice, design="~ patient + tissue"):
    findings = Findings()
    model = model_of(design, CONTRASTS, incomplete_pairs=choice)
    design = build_design(SHEET, model, "config, models.m", findings)
    cautions = examine_design(design, model, "config, models.m", findings).cautions if design else ()
    return design, tuple(map(str, cautions)), [str(problem) for problem in findings.problems]


def test_kept_patients_are_named_with_what_they_have():
    design, warnings, problems = built("keep")
    assert not problems and len(design.matrix) == 12 and not design.dropped
    (warning,) = [text for text in warnings if "P5" in text]
    assert "P5 has only tumour (sample S10)" in warning and "P6 has only normal (sample S11)" in warning
    assert "2 of 7 patients" in warning and '"incomplete_pairs"' in warning


def test_dropped_samples_are_recorded_and_the_effect_is_the_same():
    kept, _, _ = built("keep")
    design, warnings, problems = built("drop")
    assert not problems and list(design.dropped) == ["S10", "S11"] and len(design.matrix) == 10
    assert any("S10 was left out: no partner sample" in text for text in warnings)
    level = pd.Series(range(12), index=SHEET.index) ** 1.5

    def effect(one):
        from numpy.linalg import lstsq

        beta = lstsq(one.matrix.to_numpy(), level[one.matrix.index].to_numpy(), rcond=None)[0]
        return one.contrasts["c"].main @ beta

    assert effect(design) == pytest.approx(effect(kept))


def test_stop_names_the_patients():
    design, _, problems = built("stop")
    assert design is None
    assert "2 patients have no sample to be compared with: P5: only tumour (sample S10), P6:" in problems[0]


def test_without_patients_in_the_design_nothing_is_dropped_and_the_ignored_pairs_are_reported():
    design, warnings, problems = built("drop", "~ tissue")
    assert not problems and len(design.matrix) == 12
    assert any("5 patients have samples in both groups" in text and "ignores" in text for text in warnings)


def test_a_patient_with_several_values_of_a_measurement_is_complete():
    """P5 has two doses in one tissue, P6 one dose in each of both, P7 one sample."""
    more = pd.DataFrame(
        {"patient": ["P5", "P5", "P6", "P6", "P7"], "tissue": ["tumour", "tumour", "tumour", "normal", "tumour"]},
        index=[f"S{i}" for i in range(10, 15)],
    )
    dose = [1.0, 3.0, 2.0, 1.0, 4.0, 1.0, 2.5, 3.5, 1.5, 2.0, 1.0, 2.0, 3.0, 3.0, 1.0]
    sheet = pd.concat([SHEET.iloc[:10], more]).assign(dose=dose)
    slope = {"d": {"per_unit": "dose"}}
    for contrasts, lone in ((CONTRASTS, ["P5", "P7"]), (slope, ["P6", "P7"]), ({**CONTRASTS, **slope}, ["P7"])):
        findings = Findings()
        model = model_of("~ patient + tissue + dose", contrasts, incomplete_pairs="drop")
        design = build_design(sheet, model, "m", findings)
        gone = [name for name in sheet.index if name not in design.matrix.index]
        assert not findings.problems and sorted(set(sheet.loc[gone, "patient"])) == lone
        stop, findings = model_of("~ patient + tissue + dose", contrasts, incomplete_pairs="stop"), Findings()
        assert build_design(sheet, stop, "m", findings) is None
        assert all(patient in str(findings.problems[0]) for patient in lone)
