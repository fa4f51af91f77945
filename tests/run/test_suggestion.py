"""A first configuration: what a sheet can answer, asked the careful way, and nothing that it cannot."""

import numpy as np
import pandas as pd
import pytest
import yaml

from autocrine.input.sheet import read_sheet
from autocrine.problems import Findings
from autocrine.run.suggestion import explain_none, find_measurements, suggest_models, write_configuration
from tests.conftest import REPOSITORY

SAMPLES = yaml.safe_load((REPOSITORY / "workflow/schemas/samples.schema.yaml").read_text(encoding="utf-8"))


def sheet_of(**columns):
    return pd.DataFrame(columns, index=[f"S{i}" for i in range(len(next(iter(columns.values()))))])


def designs(sheet):
    return {model.name: (model.entry["design"], list(model.entry["contrasts"])) for model in suggest_models(sheet)}


def test_pairs_are_compared_within_patients_and_the_control_is_the_reference():
    sheet = sheet_of(patient=["P1", "P1", "P2", "P2", "P3", "P3"], condition=["treated", "control"] * 3)
    assert designs(sheet) == {"condition": ("~ patient + condition", ["treated_vs_control"])}


def test_batch_and_sex_are_held_where_the_samples_distinguish_them_from_the_comparison():
    free = sheet_of(response=["r"] * 4 + ["s"] * 4, batch=["1", "2"] * 4)
    assert designs(free)["response"][0] == "~ batch + response"
    bound = sheet_of(response=["r"] * 4 + ["s"] * 4, batch=["1"] * 4 + ["2"] * 4)
    assert designs(bound) == {}


def test_each_kind_of_cell_and_each_occasion_is_a_model_of_its_own():
    rows = [(p, c, t) for p in range(8) for c in ("LSC", "MSC") for t in ("diagnosis", "follow_up")]
    sheet = sheet_of(
        patient=[f"P{p}" for p, _, _ in rows],
        compartment=[c for _, c, _ in rows],
        timepoint=[t for _, _, t in rows],
        response=["resistant" if p % 2 else "sensitive" for p, _, _ in rows],
    )
    found = designs(sheet)
    assert found["LSC_diagnosis_response"] == ("~ response", ["resistant_vs_sensitive"])
    assert found["MSC_timepoint"] == ("~ patient + timepoint", ["follow_up_vs_diagnosis"])


def test_columns_that_divide_alike_or_one_by_one_make_no_second_comparison():
    sheet = sheet_of(genotype=["wt"] * 3 + ["ko"] * 3, label=["a"] * 3 + ["b"] * 3, library=[f"L{i}" for i in range(6)])
    assert list(designs(sheet)) == ["genotype"]


def test_levels_that_are_numbers_get_names_that_the_configuration_allows():
    assert designs(sheet_of(day=["0", "0", "1", "1", "2", "2"]))["day"][1] == ["day_1_vs_0", "day_2_vs_0"]


def test_levels_of_other_alphabets_get_a_name_each():
    """All of alpha, beta and gamma were "IFN-__vs_control", of which one was left."""
    groups = ["control", "IFN-α", "IFN-β", "IFN-γ"]
    (model,) = suggest_models(sheet_of(treatment=np.repeat(groups, 3)))
    assert [one["tested"] for one in model.entry["contrasts"].values()] == groups[1:]
    assert list(model.entry["contrasts"]) == ["IFN-__vs_control", "IFN-__vs_control_2", "IFN-__vs_control_3"]


def test_measurements_are_distinguished_from_groups():
    sheet = sheet_of(
        dose=["0.5", "1", "2", "4", "8", "16"], batch=[str(i) for i in range(6)], day=["0", "0", "1", "1", "2", "2"]
    )
    assert find_measurements(sheet) == ["dose"]


def test_the_demo_gets_the_comparisons_of_its_own_configuration():
    sheet = read_sheet(str(REPOSITORY / "resources/demo/samples.tsv"), SAMPLES, (), Findings())
    found = designs(sheet)
    assert found["clinical_LSC_follow_up_response"] == ("~ sex + batch + response", ["resistant_vs_sensitive"])
    assert found["exposure"] == ("~ patient + exposure", ["BMP2_vs_control", "BMP4_vs_control"])
    assert found["clinical_LSC_timepoint"] == ("~ patient + timepoint", ["follow_up_vs_diagnosis"])


@pytest.mark.parametrize("word", ["yes", "007", "a: b", "# x", "é", "- 1"])
def test_what_is_written_is_read_as_it_was_meant(word):
    sheet = sheet_of(condition=[word] * 3 + ["control"] * 3)
    suggested = suggest_models(sheet)
    text = write_configuration("x", {"counts": "a: b.tsv", "samples": "s.tsv"}, suggested, ["a note"], sheet.columns)
    read = yaml.safe_load(text)
    assert read["cohorts"] == {"x": {"counts": "a: b.tsv", "samples": "s.tsv"}}
    ((contrast),) = read["models"]["condition"]["contrasts"].values()
    assert contrast == {"factor": "condition", "tested": word, "reference": "control"}


def test_without_a_comparison_there_is_an_example_in_its_place():
    text = write_configuration("x", {"counts": "c.tsv"}, [], [], ["a"])
    assert "No comparison was found" in text and yaml.safe_load(text)["models"]["my_model"]["design"] == "~ COLUMN"


def test_columns_whose_names_hold_blanks_or_signs_are_compared_and_held_too():
    sheet = sheet_of(**{"dex (uM)": ["1", "0"] * 4, "cell line": list("aabbccdd"), "1batch": ["x"] * 4 + ["y"] * 4})
    assert designs(sheet)["dex__uM_"][0] == "~ `cell line` + `1batch` + `dex (uM)`"
    held = sheet_of(**{"seq batch": ["1", "1", "2", "2"] * 2, "condition": ["treated", "control"] * 4})
    assert designs(held)["condition"][0] == "~ `seq batch` + condition"


def test_what_stands_against_the_likeliest_comparison_is_said():
    bound = sheet_of(response=["r"] * 4 + ["s"] * 4, batch=["1"] * 4 + ["2"] * 4)
    assert [text.split(":")[0] for text in explain_none(bound)] == ["response"]
    assert "batch coincides with the groups" in explain_none(bound)[0]
    # In whatever order the columns are.
    first = sheet_of(batch=["1", "2"] * 4, condition=["control", "treated"] * 4)
    assert suggest_models(first) == [] and "batch coincides with the groups" in explain_none(first)[0]
    unknown = sheet_of(dex=["yes", "no", "yes", "no", None])
    assert suggest_models(unknown) == [] and "missing for 1 of the 5 selected samples: S4" in explain_none(unknown)[0]
    assert explain_none(sheet_of(name=list("abcdef")))[0].startswith("no column divides the samples")
    single = sheet_of(response=["r", "s"] * 4, cell_type=list("aabbccdd"))
    reasons = explain_none(single)
    assert reasons[0] == "response: no two groups have two samples or more among cell_type a" and len(reasons) == 3
