"""Count tables: what is a sample, what is annotation, what is no gene."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

from autocrine.input.readers import text
from autocrine.input.readers.counts import check_counts
from autocrine.input.readers.table import read_table
from autocrine.problems import Findings

NAMES = ["1-a", "b (2)", "Zelle Ä", "d.4"]


def read(tmp_path, text, samples=NAMES, name="counts.tsv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    findings = Findings()
    return read_table(str(tmp_path / name), samples, findings), findings


def test_names_survive_and_text_columns_are_annotation(tmp_path):
    head = "\t".join(["gene_id", "symbol", *NAMES, "what it does"])
    table, findings = read(tmp_path, f"{head}\nENSG00000122691.12\tTWIST1\t1\t2\t3\t4\tturns, twists\n")
    assert not findings.problems
    assert list(table.values.columns) == NAMES
    assert list(table.values.index) == ["ENSG00000122691.12"]
    assert table.annotation.iloc[0].to_dict() == {"symbol": "TWIST1", "what it does": "turns, twists"}


def test_numeric_columns_with_usual_names_are_annotation(tmp_path):
    table, _ = read(tmp_path, "gene\tentrez\tLength\tS1\nA\t7291\t900\t5\n", samples=["S1"])
    assert list(table.values.columns) == ["S1"]
    assert list(table.annotation.columns) == ["entrez", "Length"]


def test_a_sample_of_the_sheet_is_never_annotation(tmp_path):
    table, _ = read(tmp_path, "gene\tlength\tS1\nA\tx\t5\n", samples=["length", "S1"])
    assert list(table.values.columns) == ["length", "S1"]


def test_feature_counts_paths_become_sample_names(tmp_path):
    text = (
        '# Program:featureCounts v2.0.3; Command:"featureCounts" "-a" "x.gtf"\n'
        "Geneid\tChr\tStart\tEnd\tStrand\tLength\t/data/run 1/S1.bam\tS2.sorted.bam\tother.bam\n"
        "ENSG00000122691\t7;7\t1;5\t3;9\t-;-\t900\t5\t6\t7\n"
    )
    table, findings = read(tmp_path, text, samples=["S1", "S2", "S3"])
    assert list(table.values.columns) == ["S1", "S2", "other.bam"]
    assert list(table.annotation.columns) == ["Chr", "Start", "End", "Strand", "Length"]
    assert any("/data/run 1/S1.bam as S1" in note for note in findings.notes)


def test_summary_lines_are_dropped_with_the_reason(tmp_path):
    table, _ = read(tmp_path, "gene\tS1\nA\t5\n__no_feature\t100\nN_unmapped\t7\n", samples=["S1"])
    assert list(table.values.index) == ["A"]
    assert set(table.dropped) == {"__no_feature", "N_unmapped"}
    assert "summary line" in table.dropped["__no_feature"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("gene\tS1\tS1\nA\t1\t2\n", "appear twice: S1"),
        ("gene\nA\n", "one column only"),
        ("gene\tS1\tS2\nA\t1\t2\nB\t1\t2\t3\n", "line 3 has 4 cells, the header 3"),
    ],
)
def test_broken_tables_are_reported(tmp_path, text, words):
    table, findings = read(tmp_path, text)
    assert table is None
    assert words in str(findings.problems[0])


def test_blank_rows_and_cells_at_the_end_are_no_data(tmp_path):
    table, findings = read(tmp_path, "gene,S1,S2\nA,1,2,\n,,,\nB,3,4,\n\n", samples=["S1", "S2"], name="c.csv")
    assert not findings.problems
    assert table.values.to_numpy().tolist() == [[1, 2], [3, 4]] and list(table.values.columns) == ["S1", "S2"]


def test_unusual_text_columns_are_noted(tmp_path):
    _, findings = read(tmp_path, "gene\tS1\tS7\nA\t1\tfailed\n", samples=["S1"])
    assert "columns of text were read as annotation of the genes: S7" in findings.notes[0]


def test_symbols_that_look_like_missing_values_stay_genes(tmp_path):
    table, _ = read(tmp_path, "gene\tS1\nNA\t1\nnull\t2\n", samples=["S1"])
    assert list(table.values.index) == ["NA", "null"]


@pytest.mark.parametrize("column", ["Aligned.sortedByCoord.out.bam", "/scratch/x/accepted_hits.bam"])
@pytest.mark.parametrize("name", ["S1.txt", "S1.featureCounts.tsv", "S1/counts.txt", "S1_counts/gene.txt"])
def test_the_only_sample_of_a_table_may_be_named_by_the_table_or_its_folder(tmp_path, name, column):
    """Pipelines that write a folder per sample give all alignment files one name."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    text = f"Geneid\tChr\tStart\tEnd\tStrand\tLength\t{column}\nENSG00000122691\t7\t1\t3\t-\t900\t5\n"
    table, findings = read(tmp_path, text, samples=["S1", "S2"], name=name)
    assert list(table.values.columns) == ["S1"]
    assert any(f"{column} as S1" in note for note in findings.notes)


def test_attributes_of_genes_are_no_samples_of_a_table(tmp_path):
    head = "Geneid\tChr\tStart\tEnd\tStrand\tLength\tgene_name\tAligned.out.bam"
    table, _ = read(tmp_path, f"{head}\nENSG00000122691\t7\t1\t3\t-\t900\tTWIST1\t5\n", ["S1"], "S1.txt")
    assert list(table.values.columns) == ["S1"] and "gene_name" in table.annotation


def test_a_folder_names_no_sample_whose_file_has_a_name_of_its_own(tmp_path):
    """T1/N1.bam is not the sample T1: it would be counted under a wrong name."""
    columns = "/run/T1/N1.bam\t/run/T2/N2.bam"
    text = f"Geneid\tChr\tStart\tEnd\tStrand\tLength\t{columns}\nENSG00000122691\t7\t1\t3\t-\t900\t5\t6\n"
    table, findings = read(tmp_path, text, samples=["T1", "T2"])
    assert list(table.values.columns) == ["/run/T1/N1.bam", "/run/T2/N2.bam"] and not findings.problems


def test_several_columns_of_one_sample_are_reported_as_they_were_written(tmp_path):
    columns = "/one/S1.bam\t/two/S1.sorted.bam"
    text = f"Geneid\tChr\tStart\tEnd\tStrand\tLength\t{columns}\nENSG00000122691\t7\t1\t3\t-\t900\t5\t6\n"
    table, findings = read(tmp_path, text, samples=["S1"])
    assert table is None
    assert "/one/S1.bam as S1, /two/S1.sorted.bam as S1" in str(findings.problems[0])


def test_samples_of_one_table_may_be_named_by_the_folders_of_their_alignments(tmp_path):
    columns = "\t".join(f"/scratch/{name}/accepted_hits.bam" for name in ("S2", "S1"))
    text = f"Geneid\tChr\tStart\tEnd\tStrand\tLength\t{columns}\nENSG00000122691\t7\t1\t3\t-\t900\t5\t6\n"
    table, _ = read(tmp_path, text, samples=["S1", "S2"])
    assert list(table.values.columns) == ["S2", "S1"]


def test_a_text_far_down_a_large_table_leaves_the_cells_above_as_written(tmp_path):
    """Pandas reads such a file in pieces, and takes the cells of the first ones for numbers."""
    rows = [f"G{place}\t{place}\t007" for place in range(120_000)]
    rows[-2] = "G119998\tn.d.\t007"
    table, findings = read(tmp_path, "gene\tS1\tS2\n" + "\n".join(rows) + "\n", samples=["S1", "S2"])
    assert not findings.problems and table.values.shape == (120_000, 2)
    assert table.values["S1"].iloc[[7, -2]].tolist() == ["7", "n.d."]
    assert table.values["S2"].dtype == "int64"


def test_reading_and_checking_counts_takes_little_more_memory_than_the_counts(tmp_path):
    values = np.random.default_rng(1).integers(0, 5000, (8000, 500))
    frame = pd.DataFrame(values, [f"G{i}" for i in range(8000)], [f"S{i}" for i in range(500)])
    path = str(tmp_path / "counts.tsv")
    frame.to_csv(path, sep="\t", index_label="gene")
    findings = Findings()
    tracemalloc.start()
    try:
        table = check_counts(read_table(path, list(frame.columns), findings), path, "error", findings)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert not findings.problems and (table.values.to_numpy() == values).all()
    # The counts, the text of the file and a quarter of all cells as a piece; with the counts as floats too it was 3.3.
    assert peak < 3 * values.nbytes, peak / values.nbytes


def test_pieces_make_the_table_that_one_reading_makes(tmp_path, monkeypatch):
    """Rows are parsed piece by piece; columns of text are between those of counts, and no piece is whole."""
    random = np.random.default_rng(2)
    counts = random.integers(0, 10**6, (107, 5))
    rows = [f"G{i}\tname ä{i}\t{row[0]}\t{i % 3}+\t" + "\t".join(map(str, row[1:])) for i, row in enumerate(counts)]
    path = tmp_path / "counts.tsv"
    path.write_text("gene\tgene_name\tS1\tstrand\tS2\tS3\tS4\tS5\n" + "\n".join(rows) + "\n", encoding="utf-8")
    whole = read_table(str(path), ["S1", "S2", "S3", "S4", "S5"], Findings())
    monkeypatch.setattr(text, "CELLS_AT_A_TIME", 1)
    monkeypatch.setattr(text, "FEWEST_ROWS", 10)
    table = read_table(str(path), ["S1", "S2", "S3", "S4", "S5"], Findings())
    for read in (whole, table):
        assert (read.values.to_numpy() == counts).all() and (read.values.dtypes == np.int64).all()
        assert list(read.annotation["gene_name"]) == [f"name ä{i}" for i in range(107)]
        assert list(read.values.columns) == ["S1", "S2", "S3", "S4", "S5"]


@pytest.mark.parametrize("cell", ["1.5", "", "abc", "18446744073709551615"])
def test_a_cell_of_another_kind_in_a_late_piece_is_read_as_in_one_reading(tmp_path, monkeypatch, cell):
    rows = [f"G{i}\t{i}\t{2 * i}" for i in range(50)]
    rows[43] = f"G43\t{cell}\t5"
    path = tmp_path / "counts.tsv"
    path.write_text("gene\tS1\tS2\n" + "\n".join(rows) + "\n", encoding="utf-8")
    whole = read_table(str(path), ["S1", "S2"], Findings()).values
    monkeypatch.setattr(text, "CELLS_AT_A_TIME", 1)
    monkeypatch.setattr(text, "FEWEST_ROWS", 10)
    pd.testing.assert_frame_equal(read_table(str(path), ["S1", "S2"], Findings()).values, whole)
