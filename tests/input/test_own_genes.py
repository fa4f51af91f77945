"""Genes that the user gives: GTF of Ensembl and FlyBase, tables, and what is wrong with them."""

import gzip

import pytest

from autocrine.input.own_genes import check_own_genes, read_own_genes
from autocrine.problems import Findings

ENSEMBL = (
    "#!genome-build GRCz11\n"
    '4\tensembl\tgene\t1\t9\t.\t+\t.\tgene_id "ENSDARG00000000001.6"; gene_name "ps"; gene_biotype "protein";\n'
    '4\tensembl\ttranscript\t1\t9\t.\t+\t.\tgene_id "ENSDARG00000000001"; transcript_id "T1";\n'
    '9\tensembl\tgene\t1\t9\t.\t-\t.\tgene_id "ENSDARG00000000002"; gene_biotype "lncRNA";\n'
)
FLYBASE = (
    'X\tFlyBase\texon\t1\t9\t.\t+\t.\tgene_id "FBgn0000003"; gene_symbol "7SLRNA:CR32864"; transcript_id "FBtr1";\n'
    'X\tFlyBase\texon\t11\t19\t.\t+\t.\tgene_id "FBgn0000003"; gene_symbol "7SLRNA:CR32864"; transcript_id "FBtr1";\n'
    '2L\tFlyBase\texon\t1\t9\t.\t+\t.\tgene_id "FBgn0000008"; gene_symbol "a"; transcript_id "FBtr2";\n'
)


def read(path, content):
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    findings = Findings()
    return read_own_genes(str(path), findings), [str(problem) for problem in findings.problems]


def test_gtf_of_ensembl(tmp_path):
    table, problems = read(tmp_path / "fish.gtf.gz", ENSEMBL)
    assert not problems
    columns = ["gene_id", "gene_name", "biotype", "chromosome", "primary"]
    assert table.genes[columns].to_numpy().tolist() == [
        ["ENSDARG00000000001", "ps", "protein", "4", "1"],
        ["ENSDARG00000000002", "", "lncRNA", "9", "1"],
    ]
    assert table.lookup.find("ENSDARG00000000001.2", "auto")[:2] == ("ENSDARG00000000001", "ensembl")


def test_gtf_without_lines_of_genes(tmp_path):
    table, problems = read(tmp_path / "fly.gtf", FLYBASE)
    assert not problems and table.genes["gene_id"].tolist() == ["FBgn0000003", "FBgn0000008"]
    assert table.genes["gene_name"].tolist() == ["7SLRNA:CR32864", "a"]
    assert table.lookup.find("FBgn0000008", "auto") == ("FBgn0000008", "gene_id", "")


def test_of_genes_with_one_symbol_the_first_has_it(tmp_path):
    table, problems = read(tmp_path / "g.csv", "gene_id,gene_name,entrez\nA1,x,5\nA2,x,6\nA1,y,7\nA3,,\n")
    assert not problems and table.genes["primary"].tolist() == ["1", "0", "1"]
    assert table.lookup.find("x", "auto")[0] == "A1" and table.lookup.find("A2", "auto")[0] == "A2"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("g.tsv", "id\tsymbol\nA1\tx\n", "columns of the gene table are missing: gene_id, gene_name"),
        ("g.tsv", "gene_id\tsymbol\nA1\tx\n", "columns of the gene table are missing: gene_name"),
        ("g.tsv", "gene_id\tgene_name\n\tx\n", "no gene has an identifier"),
        ("g.tsv", "", "the file is empty"),
        ("g.gtf", "", "no line of it names a gene"),
        ("g.gtf", "gene_id\tgene_name\nA1\tx\n", "no line of it names a gene"),
    ],
)
def test_what_is_wrong_is_reported_once_before_a_run_and_in_it(tmp_path, name, content, words):
    table, problems = read(tmp_path / name, content)
    assert table is None and len(problems) == 1 and words in problems[0]
    findings = Findings()
    check_own_genes(str(tmp_path / name), findings)
    assert [words in str(problem) for problem in findings.problems] == [True]


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "cut.gtf.gz").write_bytes(gzip.compress(ENSEMBL.encode() * 500)[:400])
    for name in ("absent.gtf", "absent.tsv", "cut.gtf.gz"):
        findings = Findings()
        assert read_own_genes(str(tmp_path / name), findings) is None
        (problem,) = map(str, findings.problems)
        assert name in problem and "cannot be read" in problem
