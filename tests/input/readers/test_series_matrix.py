"""GEO series matrices: values, and what GEO knows of the samples."""

import gzip

import pytest

from autocrine.input.readers.dispatch import read_counts
from autocrine.input.source import Source
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Findings

HEAD = """!Series_title\t"CML CD34+ at diagnosis"
!Sample_title\t"patient 1"\t"patient 2"\t"patient 3"
!Sample_geo_accession\t"GSM1"\t"GSM2"\t"GSM3"
!Sample_characteristics_ch1\t"response: major"\t"response: none"\t"Age (years): 61"
!Sample_characteristics_ch1\t"Age (years): 50"\t"Age (years): 44"\t"response: none"
"""
TABLE = """!series_matrix_table_begin
"ID_REF"\t"GSM1"\t"GSM2"\t"GSM3"
"1007_s_at"\t7.25\t6.5\t8
"1053_at"\t5.5\t\t4.75
!series_matrix_table_end
"""


def read(tmp_path, text):
    path, findings = tmp_path / "GSE1_series_matrix.txt.gz", Findings()
    path.write_bytes(gzip.compress(text.encode()))
    return *read_counts(Source((str(path),), measure=LOG_EXPRESSION), None, findings), findings


def test_values_and_samples(tmp_path):
    table, sheet, findings = read(tmp_path, HEAD + TABLE)
    assert not findings.problems
    assert table.values.loc["1007_s_at"].to_dict() == {"GSM1": 7.25, "GSM2": 6.5, "GSM3": 8.0}
    assert table.values.isna().to_numpy().sum() == 1
    assert sheet.to_dict("list") == {
        "sample": ["GSM1", "GSM2", "GSM3"],
        "title": ["patient 1", "patient 2", "patient 3"],
        "response": ["major", "none", "none"],
        "age_years": ["50", "44", "61"],
    }


def test_names_stay_as_they_are_written(tmp_path):
    """A row without an identifier made fractions of all others, and a characteristic "sample" took the accessions."""
    named = HEAD + '!Sample_characteristics_ch1\t"sample: A"\t"sample: B"\t"title: C"\n'
    rows = TABLE.replace('"1007_s_at"', "001").replace('"1053_at"', "650")
    table, sheet, findings = read(tmp_path, named + rows)
    assert not findings.problems and list(table.values.index) == ["001", "650"]
    assert list(sheet["sample"]) == ["GSM1", "GSM2", "GSM3"] and sheet["title"].iat[0] == "patient 1"
    assert sheet["sample_characteristic"].tolist() == ["A", "B", ""]
    table, _, _ = read(tmp_path, HEAD + TABLE.replace('"1007_s_at"', "").replace('"1053_at"', "650"))
    assert list(table.values.index) == ["", "650"]
    _, sheet, _ = read(tmp_path, HEAD.replace('\t"patient 3"', "") + TABLE)
    assert list(sheet.columns) == ["sample", "response", "age_years"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + TABLE.replace("4.75", "4.75\t6"), "line 9 has 5 cells"),
        (HEAD, "there is no line !series_matrix_table_begin"),
        (HEAD + TABLE.partition("!series_matrix_table_end")[0], "there is no line !series_matrix_table_end"),
        (HEAD + '!series_matrix_table_begin\n"ID_REF"\t"GSM1"\n!series_matrix_table_end\n', "the table is empty"),
        (HEAD.replace("GSM3", "GSM4") + TABLE, "are not those of its columns"),
    ],
)
def test_what_is_no_whole_series_matrix_is_reported(text, words, tmp_path):
    _, _, findings = read(tmp_path, text)
    assert words in str(findings.problems[0])


def test_files_of_counts_cannot_be_log_expression(tmp_path):
    path, findings = tmp_path / "ReadsPerGene.out.tab", Findings()
    path.write_text("N_unmapped\t0\t0\t0\nENSG00000097007\t5\t5\t5\n")
    read_counts(Source((str(path),), measure=LOG_EXPRESSION), None, findings)
    assert any("which hold counts, and the config says log_expression" in str(one) for one in findings.problems)


def test_a_characteristic_with_two_values_keeps_both(tmp_path):
    """The later value took the place of the first, without a word."""
    _, sheet, findings = read(tmp_path, HEAD.replace("Age (years): 44", "Response: partial") + TABLE)
    assert sheet["response"].tolist() == ["major", "none", "none"]
    assert sheet["response_2"].tolist() == ["", "partial", ""]
    (warning,) = findings.warnings
    assert "several values of response; the later ones are in response_2" in str(warning) and not findings.problems
