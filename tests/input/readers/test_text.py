"""Text files as users have them."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autocrine.input.readers.text import duplicated, read_delimited
from autocrine.problems import Findings

PLAIN = "gene\tS 1\t2-b\nTP53\t1\t2\n"


def read(tmp_path, raw, name="table.tsv"):
    (tmp_path / name).write_bytes(raw if isinstance(raw, bytes) else raw.encode())
    findings = Findings()
    return read_delimited(str(tmp_path / name), findings), findings


@pytest.mark.parametrize(
    ("raw", "note"),
    [
        (PLAIN, None),
        (gzip.compress(PLAIN.encode(), mtime=0), None),
        (PLAIN.replace("\n", "\r\n"), "line ends"),
        (PLAIN.replace("\n", "\r"), "line ends"),
        (b"\xef\xbb\xbf" + PLAIN.encode(), "byte-order mark"),
        (b"\xff\xfe" + PLAIN.encode("utf-16-le"), "byte-order mark"),
        (PLAIN.replace("\t", ","), None),
        (PLAIN.replace("\t", ";"), "semicolons"),
        ('"gene"\t"S 1"\t"2-b"\n"TP53"\t1\t2\n', "quotes"),
        (PLAIN.replace("S 1", "  S 1 "), None),
        ("# Program:featureCounts v2.0.3\n" + PLAIN, None),
        ("\n\n" + PLAIN, None),
    ],
    ids=["tsv", "gzip", "crlf", "cr", "bom", "utf16", "csv", "semicolon", "quotes", "padded", "comment", "blank lines"],
)
def test_same_table_in_every_dress(tmp_path, raw, note):
    text, findings = read(tmp_path, raw)
    assert not findings.problems
    assert text.header == ["gene", "S 1", "2-b"]
    assert text.body.replace('"', "").strip().split(text.separator) == ["TP53", "1", "2"]
    assert [note in line for line in findings.notes] == ([True] if note else [])


@pytest.mark.parametrize("header", ["S1\tS2", "\tS1\tS2"])
def test_first_column_without_a_name(tmp_path, header):
    text, _ = read(tmp_path, f"{header}\nTP53\t1\t2\n")
    assert text.header == ["gene_id", "S1", "S2"]


def test_a_last_column_without_a_name_is_not_taken_for_the_first(tmp_path):
    """All samples were shifted by one: the counts of the first were read as an annotation."""
    (tmp_path / "t.tsv").write_text("gene\tS1\tS2\nENSG1\t5\t6\t7\n")
    findings = Findings()
    assert read_delimited(str(tmp_path / "t.tsv"), findings) is None
    assert "the last column has no name" in str(findings.problems[0])
    (tmp_path / "t.tsv").write_text("symbol\tS1\tS2\nENSG1\tBMP4\t6\t7\n")
    assert read_delimited(str(tmp_path / "t.tsv"), Findings()).header == ["gene_id", "symbol", "S1", "S2"]


def test_header_behind_a_hash_is_a_header(tmp_path):
    text, _ = read(tmp_path, "#gene\tS1\nTP53\t1\n")
    assert text.header == ["gene", "S1"] and text.comments == []


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (b"PK\x03\x04...", "damaged workbook or zip archive"),
        (b"gene\tS1\nG\xe9ne\t1\n", "byte 0xe9 in line 2 is not UTF-8"),
        (gzip.compress(b"gene\tS1\n", mtime=0)[:-6], "gzip file is damaged"),
    ],
)
def test_unreadable_files_are_reported(tmp_path, raw, words):
    text, findings = read(tmp_path, raw)
    assert text is None
    assert words in str(findings.problems[0]) and "table.tsv" in str(findings.problems[0])


def test_a_quote_that_is_not_closed_is_reported_with_its_line(tmp_path):
    _, findings = read(tmp_path, "gene\tnote\tS1\nA\t\"5' end\t1\nB\tx\t2\nC\t\"3' end\t3\n")
    assert 'a quote (") is opened and not closed in line 2, 4' in str(findings.problems[0])


def test_the_separator_line_of_excel_is_skipped(tmp_path):
    text, findings = read(tmp_path, "sep=;\ngene;S1\nTP53;1\n")
    assert text.header == ["gene", "S1"] and "sep=;" in findings.notes[0]


def test_missing_file_is_reported(tmp_path):
    findings = Findings()
    assert read_delimited(str(tmp_path / "none.tsv"), findings) is None
    assert "No such file" in str(findings.problems[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(raw=st.binary(max_size=80))
def test_any_bytes_give_a_table_or_a_problem(tmp_path, raw):
    # Where a quote is left open both happen, so that the rest of the table is looked at too.
    text, findings = read(tmp_path, raw)
    assert text is not None or findings.problems


def test_duplicated_keeps_order():
    assert duplicated(["b", "a", "b", "c", "a"]) == ["b", "a"]
