"""STAR's ReadsPerGene files: the right column, with a note; summary lines recorded; samples that disagree reported."""

import pytest

from autocrine.input.readers.star import SUMMARY, read_star
from autocrine.problems import Findings
from tests.input.readers.quantified import GENES, write_star, write_text


def read(paths, strandedness="auto", samples=None, absent="error"):
    findings = Findings()
    return read_star([str(path) for path in paths], strandedness, samples, absent, findings), findings


@pytest.mark.parametrize(
    ("forward", "column"), [(0.97, "forward"), (0.03, "reverse"), (0.5, "unstranded"), (0.44, "unstranded")]
)
def test_strandedness_is_found_from_the_totals_and_reported(tmp_path, forward, column):
    paths = [tmp_path / f"S{i}_ReadsPerGene.out.tab" for i in (1, 2)]
    for i, path in enumerate(paths):
        write_star(path, i, forward)
    table, findings = read(paths)
    assert not findings.problems and not findings.warnings
    assert any(f"read as {column} libraries" in note for note in findings.notes)
    rows = [line.split("\t") for line in paths[1].read_text().splitlines()[4:]]
    place = {"unstranded": 1, "forward": 2, "reverse": 3}[column]
    assert table.values["S2"].tolist() == [int(row[place]) for row in rows]
    assert list(table.values.index) == GENES
    record = table.record["star"]
    assert record["strandedness"].tolist() == [column] * 2 and record["sample"].tolist() == ["S1", "S2"]
    assert record["N_noFeature"].tolist() == [70, 70] and record["N_unmapped"].tolist() == [500, 500]
    assert set(table.dropped) == set(SUMMARY)


def test_samples_of_two_kinds_of_library_are_reported(tmp_path):
    for name, forward in (("S1", 0.02), ("S2", 0.97), ("S3", 0.02)):
        write_star(tmp_path / f"{name}.ReadsPerGene.out.tab", 1, forward)
    table, findings = read(sorted(tmp_path.iterdir()))
    assert table is None
    text = str(findings.problems[0])
    assert "do not agree on one strandedness" in text and '"strandedness: unstranded"' in text
    assert "reverse: S1 (2%), S3 (2%); forward: S2 (97%)" in text


def test_libraries_between_the_kinds_have_to_be_named(tmp_path):
    write_star(tmp_path / "S1_ReadsPerGene.out.tab", 1, 0.3)
    table, findings = read([tmp_path / "S1_ReadsPerGene.out.tab"])
    assert table is None and "unclear: S1 (30%)" in str(findings.problems[0])
    table, findings = read([tmp_path / "S1_ReadsPerGene.out.tab"], "reverse")
    assert table is not None and not findings.problems
    assert "strandedness is reverse in the config, but" in str(findings.warnings[0])


def test_samples_are_named_by_file_or_folder_as_the_sheet_has_them(tmp_path):
    paths = [tmp_path / "Zelle Ä 1" / "ReadsPerGene.out.tab", tmp_path / "b (2)" / "run7_ReadsPerGene.out.tab.gz"]
    for path in paths:
        write_star(path, 1)
    table, _ = read(paths, samples=["Zelle Ä 1", "b (2)"])
    assert list(table.values.columns) == ["Zelle Ä 1", "b (2)"]
    table, _ = read(paths)
    assert list(table.values.columns) == ["Zelle Ä 1", "run7"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("N_unmapped\t1\t2\nA\t1\t2\n", "the first line has 3 cells"),
        ("N_unmapped\t1\t2\t2\nA\t1\tx\t2\n", '1 row holds no counts, first "A": 1, x, 2'),
        ("N_unmapped\t1\t2\t2\nA\t1\t-1\t2\n", '1 row holds no counts, first "A"'),
        ("", "the file is empty"),
    ],
)
def test_what_is_no_such_file_is_reported(tmp_path, text, words):
    table, findings = read([write_text(tmp_path / "S1_ReadsPerGene.out.tab", text)])
    assert table is None and words in str(findings.problems[0])


def test_files_of_two_annotations_are_reported(tmp_path):
    write_star(tmp_path / "S1_ReadsPerGene.out.tab", 1)
    write_star(tmp_path / "S2_ReadsPerGene.out.tab", 2, genes=GENES[:-3])
    paths = sorted(tmp_path.iterdir())
    table, findings = read(paths)
    assert table is None and "3 of 40 genes are in some of the files only" in str(findings.problems[0])
    table, findings = read(paths, absent="drop")
    assert len(table.values) == 37 and "absent from" in table.dropped[GENES[-1]]
