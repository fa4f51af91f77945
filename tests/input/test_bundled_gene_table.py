"""The bundled human gene table: every name a cohort may bring must lead to one gene, or be seen to be ambiguous."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "resources" / "genes"
TABLE = FOLDER / "human_grch38.tsv.gz"
PANEL = ROOT / "resources" / "panels" / "bmp.tsv"


def _load_builder():
    spec = importlib.util.spec_from_file_location("build_gene_table", FOLDER / "build_gene_table.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILDER = _load_builder()


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return pd.read_csv(TABLE, sep="\t", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def genes_of_alias(table: pd.DataFrame) -> pd.Series:
    """Official symbols per alias."""
    primary = table[table["primary"] == "1"]
    aliases = primary.assign(alias=primary["aliases"].str.split("|")).explode("alias")
    return aliases.groupby("alias")["gene_name"].agg(lambda names: sorted(set(names)))


@pytest.fixture(scope="module")
def panel() -> pd.DataFrame:
    if not PANEL.exists():
        pytest.skip("resources/panels/bmp.tsv is not there")
    genes = pd.read_csv(PANEL, sep="\t", dtype=str, keep_default_na=False)
    return genes[genes["ensembl"] != ""]  # the fusion BCR::ABL1 is in no annotation


def test_columns_and_size(table):
    assert list(table.columns) == BUILDER.COLUMNS
    assert TABLE.stat().st_size < 1.9e6
    assert len(table) > 80_000


def test_ensembl_ids_are_unique_and_unversioned(table):
    ids = table.loc[table["gene_id"] != "", "gene_id"]
    assert len(ids) > 39_000
    assert ids.is_unique
    assert ids.str.fullmatch(r"ENSG\d{11}").all()


def test_every_row_has_a_name_and_a_number(table):
    assert table["gene_name"].str.fullmatch(r"\S.*\S|\S").all()
    assert table["entrez"].str.fullmatch(r"\d+").all()


def test_every_symbol_has_exactly_one_primary_row(table):
    assert set(table["primary"]) == {"0", "1"}
    assert (table["primary"].astype(int).groupby(table["gene_name"]).sum() == 1).all()
    assert table.loc[table["primary"] == "1", "entrez"].is_unique


def test_a_primary_row_lacks_an_ensembl_id_only_where_the_symbol_has_none(table):
    has_id = (table["gene_id"] != "").groupby(table["gene_name"]).transform("any")
    assert not (has_id & (table["primary"] == "1") & (table["gene_id"] == "")).any()


@pytest.mark.parametrize(
    ("gene_id", "gene_name", "entrez", "chromosome"),
    [
        ("ENSG00000122691", "TWIST1", "7291", "7"),
        ("ENSG00000138696", "BMPR1B", "658", "4"),
        ("ENSG00000125378", "BMP4", "652", "14"),
        ("ENSG00000125845", "BMP2", "650", "20"),
        ("ENSG00000229807", "XIST", "7503", "X"),
        ("ENSG00000206503", "HLA-A", "3105", "6"),  # eight haplotypes: the primary assembly's id is the one
        ("ENSG00000204525", "HLA-C", "3107", "6"),
        ("ENSG00000232810", "TNF", "7124", "6"),
    ],
)
def test_known_genes(table, gene_id, gene_name, entrez, chromosome):
    row = table[(table["gene_name"] == gene_name) & (table["primary"] == "1")]
    assert row[["gene_id", "entrez", "chromosome"]].values.tolist() == [[gene_id, entrez, chromosome]]


def test_haplotypes_are_kept_but_not_primary(table):
    rows = table[table["gene_name"] == "HLA-A"]
    assert len(rows) > 1
    assert set(rows["entrez"]) == {"3105"}


@pytest.mark.parametrize(
    ("alias", "names"),
    [
        ("ALK2", ["ACVR1"]),
        ("ALK6", ["BMPR1B"]),
        ("BMP2B", ["BMP4"]),
        ("SIP1", ["GEMIN2", "SCAF11", "SLC9A3R2", "ZEB2"]),  # four genes: to be refused, never guessed
        ("TAK1", ["MAP3K7", "NR2C2"]),
    ],
)
def test_aliases(genes_of_alias, alias, names):
    assert genes_of_alias[alias] == names


def test_an_alias_never_repeats_the_symbol_itself(table):
    repeated = [name in aliases.split("|") for name, aliases in zip(table["gene_name"], table["aliases"], strict=True)]
    assert not any(repeated)


def test_a_symbol_may_be_another_genes_alias(table):
    """ALK is a gene of its own, so a reader must look for symbols before aliases."""
    assert set(table.loc[table["gene_name"] == "ALK", "gene_id"]) == {"ENSG00000171094"}


@pytest.mark.parametrize("column", ["ensembl", "entrez", "symbol"])
def test_the_panel_resolves(table, panel, column):
    primary = table[table["primary"] == "1"]
    key = {"ensembl": "gene_id", "entrez": "entrez", "symbol": "gene_name"}[column]
    found = panel[[column, "ensembl", "entrez", "symbol"]].set_axis(["key", "ensembl", "entrez", "symbol"], axis=1)
    found = found.merge(primary, left_on="key", right_on=key, how="left")
    assert len(found) == len(panel) == 226
    assert found["ensembl"].tolist() == found["gene_id"].tolist()
    assert found["symbol"].tolist() == found["gene_name"].tolist()


def test_rebuild_is_identical(tmp_path):
    if not BUILDER.DEBIAN_SOURCE.exists():
        pytest.skip("Debian package r-bioc-org.hs.eg.db is not installed")
    rebuilt = tmp_path / "genes.tsv.gz"
    BUILDER.write(BUILDER.build(BUILDER.DEBIAN_SOURCE), rebuilt)
    assert rebuilt.read_bytes() == TABLE.read_bytes()
