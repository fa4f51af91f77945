"""Sample sheets, good and bad."""

import numpy as np
import pytest
import yaml

from autocrine.input.sheet import read_sheet
from autocrine.problems import Findings
from tests.conftest import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "samples.schema.yaml").read_text())


def read(tmp_path, text, numeric=()):
    path = tmp_path / "samples.tsv"
    path.write_text(text, encoding="utf-8")
    findings = Findings()
    return read_sheet(str(path), SCHEMA, numeric, findings), findings


def test_values_stay_as_written_and_measurements_become_numbers(tmp_path):
    text = "sample\tbatch\tage\tdose\tleukemic_fraction\n1-a\t01\t50\t0.5\t0.7\nb (ü)\t1\t\t2\tNA\n"
    sheet, findings = read(tmp_path, text, numeric=["dose"])
    assert not findings.problems
    assert list(sheet.index) == ["1-a", "b (ü)"]
    assert sheet["batch"].tolist() == ["01", "1"]
    assert sheet["dose"].tolist() == [0.5, 2.0]
    assert sheet["age"].iloc[0] == 50 and np.isnan(sheet["age"].iloc[1])
    assert np.isnan(sheet["leukemic_fraction"].iloc[1])


def test_padding_is_removed_and_noted(tmp_path):
    sheet, findings = read(tmp_path, "sample\tresponse\n S1 \tresistant \nS2\tsensitive\n")
    assert list(sheet.index) == ["S1", "S2"] and sheet["response"].iloc[0] == "resistant"
    assert any("blanks around 2 values" in note for note in findings.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name\tsex\nS1\tmale\n", ['no column "sample"; found: name, sex']),
        ("sample\tsex\tsex\nS1\tmale\tmale\n", ["columns appear twice: sex"]),
        ("sample_id\tsex\nS1\tmale\n", ['"sample_id" renamed to "sample"']),
        ("sample\tsize_factor\nS1\t1\n", ['the column name "size_factor" is taken']),
        ("sample\tsex\n", ["no rows"]),
        ("sample\tsex\nS1\tmale\nS1\tfemale\n", ['sample "S1" appears in lines 2, 3']),
        ("sample\tsex\n\tmale\nS2\tmale\n", ["the sample has no name"]),
        ("sample\tsex\nS1\tX\n", ['column "sex"', 'found "X" in line 2 (sample "S1")', "one of: female, male"]),
        ("sample\tage\nS1\t50,5\n", ['found "50,5"', "a decimal point instead of the comma"]),
        ("sample\tage\nS1\told\n", ['found "old"', "a number"]),
        ("sample\tage\nS1\t-5\n", ["column \"age\"", "-5"]),
        ("# a comment\nsample\tage\t\t\nS1\told\t\t\n", ['line 3 (sample "S1")']),
        ("sample\tage\t\nS1\t7\tx\n", ["column 3 (no name) holds values"]),
        ("sample\tleukemic_fraction\nS1\t70\n", ["leukemic_fraction", "a percentage divided by 100"]),
        ("sample\tsex\nS1\tmale\textra\tcells\n", ["line 2 has 4 cells, the header 2"]),
    ],
)  # fmt: skip
def test_faults_name_row_sample_and_column(tmp_path, text, words):
    _, findings = read(tmp_path, text)
    message = "\n".join(str(problem) for problem in findings.problems)
    for word in words:
        assert word in message, message


@pytest.mark.parametrize("column", ["sample", "sex", "patient", "batch"])
def test_names_and_groups_are_no_measurements(column, tmp_path):
    """Two of them ended in a traceback, and a batch that is numeric was never compared with the groups."""
    path, findings = tmp_path / "s.tsv", Findings()
    path.write_text("sample\tpatient\tsex\tbatch\nS1\t1\tfemale\t1\nS2\t2\tmale\t2\n")
    read_sheet(str(path), SCHEMA, [column], findings)
    assert [one.found for one in findings.problems] == [f"named as numeric: {column}, which hold groups or names"]


def test_faults_come_all_at_once(tmp_path):
    _, findings = read(tmp_path, "sample\tsex\tage\nS1\tX\told\nS2\tY\t7\nS2\tmale\t8\n", numeric=["dose"])
    message = "\n".join(str(problem) for problem in findings.problems)
    for word in ('"X"', '"Y"', '"old"', 'sample "S2" appears', 'numeric column "dose" is not there'):
        assert word in message


def test_a_fault_of_many_samples_is_reported_once(tmp_path):
    rows = "".join(f"S{i}\tX\n" for i in range(50))
    _, findings = read(tmp_path, f"sample\tsex\n{rows}")
    assert len(findings.problems) == 1 and "and 47 more" in str(findings.problems[0])


def test_what_spreadsheets_write_for_unknown_is_unknown(tmp_path):
    sheet, _ = read(tmp_path, "sample\tbatch\nS1\t#N/A\nS2\tn/a\nS3\tnone\nS4\t-\n")
    assert sheet["batch"].tolist() == [None, None, "none", None]


def test_lines_are_counted_past_blank_ones(tmp_path):
    _, findings = read(tmp_path, "sample\tage\n\nS1\told\n")
    assert "line 3" in str(findings.problems[0])


def test_columns_in_another_case_than_the_checks_go_by_are_told(tmp_path):
    sheet, findings = read(
        tmp_path, "sample\tPatient\tLeukemic Fraction\tsex\tGroup\na\tP1\t0.5\tf\tx\nb\tP2\t0.6\tm\ty\n"
    )
    (caution,) = findings.warnings
    assert not findings.problems and caution.kind == "other_case" and "Patient" in sheet.columns
    assert caution.text.startswith("the columns Patient, Leukemic Fraction are not read as patient, leukemic_fraction")
    _, findings = read(tmp_path, "sample\tAge\tSource\na\t50\tx\nb\t60\ty\n", numeric=["Age"])
    assert findings.warnings[0].text.startswith("the columns Age, Source are not read as age, source")


def test_a_wrong_number_is_not_missing_as_well(tmp_path):
    sheet, findings = read(tmp_path, "sample\tage\na\t50\nb\t>80\nc\t\nd\t65,5\n")
    assert len(findings.problems) == 2 and sheet["age"].tolist()[3] == 65.5
    assert sheet["age"].isna().tolist() == [False, False, True, False]
    # No number that nobody wrote is held against the schema, and decimal commas make no column of one value.
    sheet, findings = read(tmp_path, "sample\tleukemic_fraction\na\t0,5\nb\t0,25\nc\tn.d.\n")
    assert [problem.found[:12] for problem in findings.problems] == ['found "0,5" ', 'found "0,25"', 'found "n.d."']
    assert sheet["leukemic_fraction"].tolist() == [0.5, 0.25, 0.375]
    sheet, _ = read(tmp_path, "sample\tage\na\t>80\nb\tn.d.\nc\t\n")
    assert sheet["age"].nunique() == 2 and sheet["age"].isna().tolist() == [False, False, True]
