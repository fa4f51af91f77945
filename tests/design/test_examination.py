"""A design examined as a whole: what reaches the reader, and what stops the run."""

import pandas as pd
import pytest

from autocrine.design.examination import examine_design
from autocrine.design.matrix import build_design
from autocrine.problems import Findings
from tests.models import model_of

SHEET = pd.DataFrame(
    {
        "response": ["r"] * 6 + ["s"] * 6,
        "batch": ["b1"] * 6 + ["b2"] * 6,
        "sex": list("ffffmmfmmmmm"),
        "leukemic_fraction": [0.8, 0.7, 0.9, 0.6, 0.8, 0.7, 0.1, 0.2, 0.1, 0.05, 0.1, 0.2],
        "age": [float(40 + 3 * i) for i in range(12)],
    },
    index=[f"S{i}" for i in range(12)],
)
CONTRASTS = {"c": {"factor": "response", "tested": "r", "reference": "s"}}


def examined(design="~ response", sheet=SHEET, **entry):
    findings = Findings()
    model = model_of(design, CONTRASTS, **entry)
    built = build_design(sheet, model, "config, models.m", findings)
    return examine_design(built, model, "config, models.m", findings), [str(problem) for problem in findings.problems]


def test_a_batch_that_coincides_with_the_groups_stops_the_run_unless_it_is_accepted():
    _, problems = examined()
    assert len(problems) == 1 and "config, models.m.contrasts.c: batch coincides with the groups" in problems[0]
    assert "accept_confounded: [batch]" in problems[0]
    found, problems = examined(accept_confounded=["batch"])
    assert not problems
    assert any(
        "batch coincides" in caution.text and "(accepted in the configuration)" in caution.text
        for caution in found.cautions
    )


def test_a_term_that_costs_much_is_reported_with_its_cost():
    sheet = SHEET.drop(columns="batch")
    found, problems = examined("~ leukemic_fraction + response", sheet)
    assert not problems
    (row,) = found.costs.to_dict("records")
    r = sheet["leukemic_fraction"].corr((sheet["response"] == "r").astype(float))
    assert row["se_ratio"] == pytest.approx(1 / (1 - r**2) ** 0.5) and row["estimable_without"]
    assert any(f"{row['se_ratio']:.1f} times those without" in caution.text for caution in found.cautions)


def test_tables_name_every_sample_and_its_place():
    found, _ = examined(sheet=SHEET.drop(columns="batch"), design="~ sex + response")
    assert found.samples["sample"].tolist() == list(SHEET.index)
    assert found.samples["in c"].tolist() == list(SHEET["response"])
    assert found.cells["samples"].sum() == 12 and len(found.cells) == 4


def test_few_degrees_of_freedom_are_reported():
    sheet = SHEET.iloc[[0, 1, 6, 7]].drop(columns=["batch", "leukemic_fraction", "age", "sex"])
    found, _ = examined(sheet=sheet)
    assert any("leaves 2 residual degrees of freedom" in caution.text for caution in found.cautions)
    assert any("2 groups have fewer than 3 samples" in caution.text for caution in found.cautions)


def test_a_difference_is_not_confounded_by_what_its_parts_share():
    """Change in resistant minus change in sensitive: a batch for each response cancels within the changes."""
    sheet = pd.DataFrame(
        {"patient": [f"P{i // 2}" for i in range(12)], "response": ["r"] * 6 + ["s"] * 6, "time": ["0", "1"] * 6,
         "batch": ["b1"] * 6 + ["b2"] * 6},
        index=[f"S{i}" for i in range(12)],
    )  # fmt: skip
    contrasts = {
        level: {"tested": {"response": level, "time": "1"}, "reference": {"response": level, "time": "0"}}
        for level in "rs"
    }
    model = model_of("~ patient + time + time:response", {**contrasts, "more": {"difference": ["r", "s"]}})
    findings = Findings()
    examine_design(build_design(sheet, model, "m", findings), model, "m", findings)
    assert not findings.problems


PATIENTS = SHEET.drop(columns=["batch", "leukemic_fraction"])


def test_what_is_found_is_a_record_with_kind_samples_and_advice():
    sheet = SHEET.drop(columns=["batch", "sex", "age"])
    (uneven,) = examined(sheet=sheet)[0].cautions
    assert (uneven.kind, uneven.about, uneven.contrasts) == ("uneven_means", "model", ("c",))
    assert uneven.advice == 'add "leukemic_fraction" to the design to compare at the same leukemic_fraction'
    assert uneven.text.startswith("leukemic_fraction differs") and uneven.plain.startswith("leukaemic fraction differs")
    (costly,) = examined("~ leukemic_fraction + response", sheet)[0].cautions
    assert costly.kind == "costly_term" and "with leukaemic fraction in the design" in costly.plain
    few = examined("~ response", SHEET[["response"]].iloc[[0, 1, 6, 7]])[0].cautions
    assert [caution.kind for caution in few] == ["few_degrees_of_freedom", "small_groups"]
    assert few[1].samples == ("S0", "S1", "S6", "S7") and few[1].contrasts == ("c",)
    repeated = PATIENTS.assign(patient=[*"AABCDE", *"FGHIJK"])
    cautions = {one.kind: one for one in examined("~ response", repeated, repeated_patients="keep")[0].cautions}
    assert cautions["repeated_patients"].samples == ("S0", "S1")
    lone = PATIENTS.assign(response=["r"] * 6 + ["s"] * 5 + ["sensitve"])
    cautions = {one.kind: one for one in examined(sheet=lone)[0].cautions}
    assert cautions["lone_level"].samples == ("S11",)


def test_the_same_of_two_contrasts_is_reported_once():
    contrasts = {**CONTRASTS, "back": {"factor": "response", "tested": "s", "reference": "r"}}
    model, findings = model_of("~ leukemic_fraction + response", contrasts), Findings()
    design = build_design(SHEET.drop(columns="batch"), model, "m", findings)
    costly = [one for one in examine_design(design, model, "m", findings).cautions if one.kind == "costly_term"]
    assert [caution.contrasts for caution in costly] == [("c", "back")]


@pytest.mark.parametrize(
    ("design", "patients", "words"),
    [
        # Twice in a group, and once for every patient but one.
        ("~ response", [*"AABCDE", *"FGHIJK"], "A 2 times in r (S0, S1)"),
        # Technical replicates of two patients.
        ("~ response", [*"AAABBB", *"CCCDDD"], "B 3 times in r (S3, S4, S5)"),
        # Of one pair nothing is known of how pairs vary.
        ("~ patient + response", [*"AAAAAA", *"AAAAAB"], "A 6 times in r"),
    ],
)
def test_repeated_samples_of_a_patient_stop_the_run(design, patients, words):
    _, problems = examined(design, PATIENTS.assign(patient=patients))
    assert len(problems) == 1 and words in problems[0] and "sum_by: [patient, ...]" in problems[0]
    found, problems = examined(design, PATIENTS.assign(patient=patients), repeated_patients="keep")
    assert not problems
    assert design != "~ response" or any("repeated samples of a patient" in caution.text for caution in found.cautions)


def test_repeated_samples_within_pairs_are_a_caution():
    found, problems = examined("~ patient + response", PATIENTS.assign(patient=list("AABBCC" * 2)))
    assert not problems
    assert any("samples in one group count as replicates: A 2 times in r" in caution.text for caution in found.cautions)


def test_a_group_of_one_sample_that_no_contrast_names_is_reported():
    sheet = PATIENTS.assign(response=["r"] * 6 + ["s"] * 5 + ["sensitve"])
    found, problems = examined(sheet=sheet)
    assert not problems
    assert any('response "sensitve" has one sample and no comparison' in caution.text for caution in found.cautions)
    assert not any("no comparison" in caution.text for caution in examined(sheet=PATIENTS)[0].cautions)


def test_numbers_with_decimals_that_are_taken_as_groups_are_told():
    bmi = [f"{21 + place / 2}" for place in (0, 1, 2, 0, 1, 2)] * 2
    sheet = SHEET[["response"]].assign(bmi=bmi)
    (caution,) = [one for one in examined("~ bmi + response", sheet)[0].cautions if one.kind == "numbers_as_groups"]
    assert caution.text.startswith("the design takes numbers with decimals as groups: bmi (3 values)")
    assert caution.touches(["c"])
    whole = sheet.assign(bmi=["21", "22", "23"] * 4)
    assert "numbers_as_groups" not in [one.kind for one in examined("~ bmi + response", whole)[0].cautions]
    # Doses that a contrast compares are meant as groups, and chemistries are names.
    dose = model_of("~ bmi", {"c": {"factor": "bmi", "tested": "22.0", "reference": "21.0"}})
    cautions = examine_design(build_design(sheet, dose, "m", Findings()), dose, "m", Findings()).cautions
    assert "numbers_as_groups" not in [one.kind for one in cautions]
    chemistry = sheet.rename(columns={"bmi": "chemistry"})
    assert "numbers_as_groups" not in [one.kind for one in examined("~ chemistry + response", chemistry)[0].cautions]
    # Where there is no design because of it, too.
    findings = Findings()
    model = model_of("~ bmi + response", CONTRASTS)
    apart = sheet.assign(bmi=[f"{place / 3:.2f}" for place in range(1, 13)])
    assert build_design(apart, model, "m", findings) is None and "bmi (12 values)" in findings.notes[0]
