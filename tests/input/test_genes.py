"""Gene identifiers: resolved where one gene is meant, and only there."""

import pandas as pd
import pytest

from autocrine.input.genes import (
    GeneTable,
    check_gene_names,
    keep_names,
    map_genes,
    read_gene_table,
)
from autocrine.problems import Findings
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "resources" / "genes"


@pytest.fixture(scope="module")
def table() -> GeneTable:
    return read_gene_table(str(FOLDER / "human_grch38.tsv.gz"), str(FOLDER / "refused_aliases.tsv"))


@pytest.mark.parametrize(
    ("written", "gene_id", "gene_name", "mapping"),
    [
        ("ENSG00000122691", "ENSG00000122691", "TWIST1", "ensembl"),
        ("ENSG00000122691.13", "ENSG00000122691", "TWIST1", "ensembl"),
        ("ENSG99999999999.1", "ENSG99999999999", "ENSG99999999999", "unmapped"),
        ("ENSMUSG00000035799", "ENSMUSG00000035799", "ENSMUSG00000035799", "unmapped"),
        ("7291", "ENSG00000122691", "TWIST1", "entrez"),
        ("TWIST1", "ENSG00000122691", "TWIST1", "symbol"),
        ("ALK2", "ENSG00000115170", "ACVR1", "alias"),
        ("BMP2B", "ENSG00000125378", "BMP4", "alias"),
        ("ALK", "ENSG00000171094", "ALK", "symbol"),
        ("Twist1", "Twist1", "Twist1", "unmapped"),
        ("BCR::ABL1", "BCR::ABL1", "BCR::ABL1", "fusion"),
        ("BCR--ABL1", "BCR::ABL1", "BCR::ABL1", "fusion"),
        *[
            (name, "BCR::ABL1", "BCR::ABL1", "fusion")
            for name in ("BCRABL1", "BCRABL", "bcr abl", "Bcr/Abl1", "BCR_ABL")
        ],
    ],
)
def test_one_identifier(table, written, gene_id, gene_name, mapping):
    row = map_genes([written], table).iloc[0]
    assert row[["gene_id", "gene_name", "mapping"]].tolist() == [gene_id, gene_name, mapping]


@pytest.mark.parametrize("alias", ["SIP1", "TAK1", "ALK1", "MADH6", "STAT5", "ALL", "CML"])
def test_names_of_several_things_are_refused(table, alias):
    row = map_genes([alias], table).iloc[0]
    assert row["mapping"] == "unmapped" and row["gene_id"] == alias
    assert row["reason"].startswith(("refused", "alias of several genes"))


def test_gene_of_the_x_keeps_its_id_beside_its_copy_on_the_y(table):
    rows = map_genes(["ENSG00000182378.14", "ENSG00000182378.14_PAR_Y"], table)
    assert rows["gene_id"].tolist() == ["ENSG00000182378", "ENSG00000182378_PAR_Y"]


def test_rows_that_mean_one_gene_stay_two_rows(table):
    rows = map_genes(["ALK2", "ACVR1", "90", "ENSG00000115170.9"], table)
    assert rows["gene_id"].tolist() == ["ALK2", "ACVR1", "90", "ENSG00000115170"]
    assert rows["mapping"].tolist() == ["unmapped", "unmapped", "unmapped", "ensembl"]
    assert rows["reason"].iloc[0] == "is the same gene as row ENSG00000115170.9"


def test_kind_of_identifier_can_be_fixed(table):
    assert map_genes(["7291"], table, "symbol")["mapping"].iloc[0] == "unmapped"
    assert map_genes(["TWIST1"], table, "ensembl")["mapping"].iloc[0] == "unmapped"


def test_names_beside_the_counts_serve_where_the_table_knows_none(table):
    rows = map_genes(["ENSG99999999999", "ENSG00000122691", "x"], table, names_given=["NEW1", "other", None])
    assert rows["gene_name"].tolist() == ["NEW1", "TWIST1", "x"]


def test_gene_order_does_not_matter(table):
    names = ["ALK2", "TWIST1", "7291", "SIP1", "ENSG00000125378.4", "BMP4", "nothing"]
    there, back = map_genes(names, table), map_genes(names[::-1], table)
    pd.testing.assert_frame_equal(there, back.loc[names])


def test_every_panel_gene_is_found_by_each_of_its_names(table):
    panel = pd.read_csv(REPOSITORY / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str, keep_default_na=False)
    panel = panel[panel["ensembl"] != ""]
    for column in ("symbol", "ensembl", "entrez"):
        assert map_genes(list(panel[column]), table)["gene_id"].tolist() == panel["ensembl"].tolist(), column


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1-Mar", "1-Mar (was MARCHF1 or MTARC1?)"),
        ("2-Sep", "2-Sep (was SEPTIN2?)"),
        ("Sep-02", "Sep-02 (was SEPTIN2?)"),
        ("2001-03-01", "2001-03-01 (was MARCHF1 or MTARC1?)"),
        ("1-Dec", "1-Dec (was DELEC1?)"),
        ("2.31E+13", "2.31E+13"),
        ("01. Mrz", "01. Mrz (was MARCHF1 or MTARC1?)"),
        ("mars-01", "mars-01 (was MARCHF1 or MTARC1?)"),
        ("2-Sep-2024", "2-Sep-2024 (was SEPTIN2?)"),
        ("01/03/2024", "01/03/2024 (was MARCHF1 or MTARC1?)"),
        ("Sep 2", "Sep 2 (was SEPTIN2?)"),
        ("2023-09-01T00:00:00", "2023-09-01T00:00:00 (was SEPTIN1?)"),
        ("3/1/2023", "3/1/2023"),
        ("01.09.23", "01.09.23"),
        ("2.31e+19", "2.31e+19"),
        ("2,31E+19", "2,31E+19"),
        ("2024-09-02 00:00:00", "2024-09-02 00:00:00 (was SEPTIN2?)"),
    ],
)
def test_symbols_that_a_spreadsheet_changed_are_reported(name, words):
    findings = Findings()
    check_gene_names(["TP53", name], "counts.csv", findings)
    assert words in str(findings.problems[0]) and "changed by a spreadsheet" in str(findings.problems[0])


@pytest.mark.parametrize("start", [0, 1])
def test_row_numbers_are_no_genes(start):
    findings = Findings()
    check_gene_names([str(i + start) for i in range(40)], "counts.csv", findings)
    assert "counts the rows" in str(findings.problems[0])


@pytest.mark.parametrize("name", ["MARCHF1", "SEPTIN2", "HLA-A", "1/2-SBSRNA4", "7291", "A1BG-AS1", "MT-ND1", "SEP15"])
def test_other_symbols_are_left_alone(name):
    findings = Findings()
    check_gene_names([name], "counts.csv", findings)
    assert not findings.problems


def test_genes_of_another_species_take_no_human_name():
    kept = keep_names(["Alb", "ENSMUSG00000000001", "CRS"], ["", "Gnai3", None])
    assert kept["gene_id"].tolist() == ["Alb", "ENSMUSG00000000001", "CRS"]
    assert kept["gene_name"].tolist() == ["Alb", "Gnai3", "CRS"] and (kept["mapping"] == "written").all()
