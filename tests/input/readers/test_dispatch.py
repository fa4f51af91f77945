"""Counts of any kind, from the paths of a configuration to one table."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from autocrine.input.readers.dispatch import read_counts
from autocrine.input.source import Source
from autocrine.problems import Findings
from tests.input.readers.quantified import (
    GENES,
    transcripts_of,
    write_10x,
    write_rsem,
    write_salmon,
    write_star,
    write_text,
)

FEATURECOUNTS = (
    '# Program:featureCounts v2.0.3; Command:"featureCounts"\n'
    "Geneid\tChr\tStart\tEnd\tStrand\tLength\t/data/{name}.bam\n"
    "ENSG00000000001\t1\t1\t9\t+\t9\t{first}\nENSG00000000002\t1\t1\t9\t+\t9\t7\n"
)


def read(paths, samples=("S1", "S2"), **choices):
    findings = Findings()
    paths = (paths,) if isinstance(paths, str) else tuple(map(str, paths))
    table, obs = read_counts(Source(paths, **choices), samples, findings)
    return table, obs, findings


@pytest.fixture
def folders(tmp_path):
    """A folder of each kind, with the samples S1 and S2."""
    for seed, name in enumerate(("S1", "S2"), 1):
        write_star(tmp_path / "star" / name / "ReadsPerGene.out.tab", seed)
        write_salmon(tmp_path / "salmon" / name, seed)
        write_rsem(tmp_path / "rsem" / f"{name}.genes.results", seed)
        write_text(tmp_path / "featureCounts" / f"{name}.txt", FEATURECOUNTS.format(name=name, first=seed))
    write_text(tmp_path / "featureCounts" / "S1.txt.summary", "Status\tS1.bam\nAssigned\t9\n")
    write_text(tmp_path / "tx2gene.tsv", transcripts_of(GENES).to_csv(sep="\t", index=False))
    write_10x(tmp_path / "10x", pd.DataFrame(np.arange(80).reshape(40, 2), GENES, ["S1", "S2"]))
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "choices", "words"),
    [
        ("star", {}, "read as STAR's ReadsPerGene files (2 files)"),
        ("salmon", {"transcripts": "tx2gene.tsv"}, "read as salmon's quant.sf files (2 files)"),
        ("rsem", {}, "read as RSEM's genes.results files (2 files)"),
        ("featureCounts", {}, "read as a table of counts (2 files)"),
        ("10x", {}, "read as a 10x folder (3 files)"),
    ],
)
def test_a_folder_of_each_kind(folders, kind, choices, words):
    choices = {key: str(folders / value) for key, value in choices.items()}
    table, obs, findings = read(str(folders / kind), **choices)
    assert not findings.problems and obs is None
    assert list(table.values.columns) == ["S1", "S2"] and (table.lengths is None) == (kind not in ("salmon", "rsem"))
    assert any(words in note for note in findings.notes)
    # The files one by one, as a job is given them, are the same counts.
    again, _, _ = read(sorted(path for path in (folders / kind).rglob("*") if path.suffix != ".summary"), **choices)
    assert again.values.equals(table.values)


def test_files_of_several_kinds_are_reported(folders):
    table, _, findings = read([folders / "star", folders / "rsem"])
    assert table is None
    assert "files of several kinds: STAR's ReadsPerGene files: " in str(findings.problems[0])
    assert "RSEM's genes.results files: " in str(findings.problems[0])


def test_folders_and_patterns_without_counts_are_reported_all_at_once(tmp_path):
    (tmp_path / "empty").mkdir()
    table, _, findings = read([tmp_path / "empty", tmp_path / "*.tsv"])
    assert table is None and len(findings.problems) == 2
    assert "there is no count file in this folder" in str(findings.problems[0])
    assert "no file matches this pattern" in str(findings.problems[1])


@pytest.mark.parametrize(
    ("kind", "choices", "words"),
    [
        ("star", {"transcripts": "tx2gene.tsv"}, 'gives "transcripts", but these are STAR'),
        ("rsem", {"strandedness": "reverse"}, 'gives "strandedness", but these are RSEM'),
        ("star", {"lengths": "x.tsv"}, 'gives "lengths", but these are STAR'),
    ],
)
def test_choices_without_use_are_reported(folders, kind, choices, words):
    _, _, findings = read(str(folders / kind), **choices)
    assert any(words in str(problem) for problem in findings.problems)


def test_the_format_is_the_users_word(folders):
    path = folders / "star" / "S1" / "ReadsPerGene.out.tab"
    renamed = path.rename(folders / "S1.tab")
    text = renamed.read_text().splitlines()
    renamed.write_text("\n".join(text[4:]) + "\n")  # nothing shows that this is of STAR
    table, _, findings = read(str(renamed), ("S1",), format="star")
    assert list(table.values.columns) == ["S1"] and any("summary lines" in note for note in findings.notes)


def test_several_h5ad_files_are_merged(tmp_path):
    for name in ("a", "b"):
        data = AnnData(np.array([[1, 2], [3, 4]]), pd.DataFrame(index=[f"{name}1", f"{name}2"]))
        data.var_names = GENES[:2]
        data.write_h5ad(tmp_path / f"{name}.h5ad")
    table, obs, findings = read(str(tmp_path), None)
    assert not findings.problems and obs["sample"].tolist() == ["a1", "a2", "b1", "b2"]
    assert table.values.to_dict("list") == {"a1": [1, 2], "a2": [3, 4], "b1": [1, 2], "b2": [3, 4]}


def test_a_matrix_of_estimates_with_its_lengths(tmp_path):
    head = "gene_id\tgene_name\tS1\tS2\n"
    counts = write_text(tmp_path / "counts.tsv", head + "ENSG1\tA\t10.4\t20.5\nENSG2\tB\t3\t0.2\n")
    lengths = write_text(tmp_path / "lengths.tsv", head + "ENSG2\tB\t900.5\t800\nENSG1\tA\t1500\t1600\n")
    table, _, findings = read(str(counts), lengths=str(lengths))
    assert table.values.to_numpy().tolist() == [[10, 20], [3, 0]]
    assert table.lengths.to_numpy().tolist() == [[1500, 1600], [900.5, 800]]
    assert any("rounded to whole numbers" in note for note in findings.notes)
    for text, words in (
        ("ENSG1\tA\t1500\t1600\n", "genes of"),
        ("ENSG1\tA\t1500\t1600\nENSG2\tB\t0\t1\n", 'no lengths: gene ENSG2, sample S1: "0"'),
    ):
        table, _, findings = read(str(counts), lengths=str(write_text(lengths, head + text)))
        assert table is None and words in str(findings.problems[0])


def test_counts_that_ncbi_made_of_a_series(tmp_path):
    path = write_text(
        tmp_path / "GSE1_raw_counts_GRCh38.p13_NCBI.tsv.gz",
        "GeneID\tGSM1\tGSM2\n7291\t5\t6\n652\t0\t3\n100287102\t1\t2\n",
    )
    table, _, findings = read(str(path), ("GSM1", "GSM2"))
    assert table.values.to_dict("list") == {"GSM1": [5, 0, 1], "GSM2": [6, 3, 2]}
    assert list(table.values.index) == ["7291", "652", "100287102"]
    assert any("counts that NCBI made of a GEO series" in note for note in findings.notes)


@pytest.mark.parametrize(("kind", "choices"), [("star", {}), ("salmon", {"transcripts": "tx2gene.tsv"}), ("rsem", {})])
def test_the_file_of_a_sample_that_is_left_out_is_not_read(folders, kind, choices):
    """It may be what is wrong: a library of another kind, an empty file."""
    write_star(folders / "star" / "S3" / "ReadsPerGene.out.tab", 3, forward=0.7)
    write_text(folders / "salmon" / "S3" / "quant.sf", "Name\tLength\n")
    write_text(folders / "rsem" / "S3.genes.results", "")
    choices = {key: str(folders / value) for key, value in choices.items()}
    source = Source((str(folders / kind),), format=kind, **choices)
    wrong, findings = Findings(), Findings()
    read_counts(source, ("S1", "S2", "S3"), wrong)
    assert wrong.problems
    table, _ = read_counts(source, ("S1", "S2"), findings, ("S3",))
    assert not findings.problems
    assert list(table.values.columns) == ["S1", "S2"] and table.left_out == ("S3",)
    assert any("(2 files)" in note for note in findings.notes)


def test_a_table_of_a_sample_that_is_left_out_is_known_by_its_name(folders):
    """featureCounts a sample each, where the sheet has not the one that is left out."""
    text = FEATURECOUNTS.replace("/data/{name}.bam", "Aligned.out.bam")
    for name in ("S1", "S2", "S3"):
        write_text(folders / "featureCounts" / f"{name}.txt", text.format(first=3))
    findings = Findings()
    table, _ = read_counts(Source((str(folders / "featureCounts"),)), ("S1", "S2"), findings, ("S3",))
    assert not findings.problems and list(table.values.columns) == ["S1", "S2", "S3"]


def test_several_h5ad_files_bring_their_sample_tables(tmp_path):
    for name, extra in (("a", {"batch": ["x"]}), ("b", {"sex": ["female"]})):
        obs = pd.DataFrame({"response": [f"r{name}"], **extra}, index=[f"S{name}"])
        AnnData(np.array([[1, 2]]), obs=obs, var=pd.DataFrame(index=["G1", "G2"])).write_h5ad(tmp_path / f"{name}.h5ad")
    table, obs, findings = read(str(tmp_path / "*.h5ad"), samples=None)
    assert not findings.problems
    assert list(table.values.columns) == ["Sa", "Sb"]
    assert obs.to_dict("list") == {
        "sample": ["Sa", "Sb"], "response": ["ra", "rb"], "batch": ["x", ""], "sex": ["", "female"]
    }  # fmt: skip
    assert list(obs.index) == [1, 2]
