"""Orthologues: a name of a human gene leads to a mouse gene where there is a single one, and to a reason otherwise."""

import pandas as pd
import pytest

from autocrine.input.genes import read_gene_table
from autocrine.input.orthologues import NO_ORTHOLOGUE, Orthologues, Translation, as_human, in_human_symbols, named_as
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "resources" / "genes"
BMP4, MYC, CD33 = "ENSG00000125378", "ENSG00000136997", "ENSG00000105383"
NONE = "no single orthologue in mouse: "


@pytest.fixture(scope="module")
def tables():
    human = read_gene_table(str(FOLDER / "human_grch38.tsv.gz"), str(FOLDER / "refused_aliases.tsv"))
    return human, read_gene_table(str(FOLDER / "mouse_grcm39.tsv.gz"))


@pytest.fixture(scope="module")
def translation(tables):
    return Translation(*tables, Orthologues.of(tables[1]), "human")


@pytest.mark.parametrize(
    ("symbol", "ensembl", "gene", "why"),
    [
        ("BMP4", BMP4, "ENSMUSG00000021835", ""),
        ("BMP4", f"{BMP4}.7", "ENSMUSG00000021835", ""),
        ("BMP4", "", "ENSMUSG00000021835", ""),
        ("BMP2B", "", "ENSMUSG00000021835", ""),  # an alias of the human gene
        ("Bmp4", "", "ENSMUSG00000021835", ""),
        ("x", "ENSMUSG00000021835.2", "ENSMUSG00000021835", ""),
        ("BCR::ABL1", "", "BCR::ABL1", ""),
        ("MYC", MYC, "", f"{NONE}one to many (Bmyc, Myc)"),
        ("MYC", "", "", f"{NONE}one to many (Bmyc, Myc)"),
        ("CD33", CD33, "", f"{NONE}many to many (Cd33, Siglecf, Siglech)"),
        ("FKBP1A", "", "", f"{NONE}several human genes have Fkbp1a"),
        ("GAPDH", "", "", f"{NONE}none is known"),
        ("Myc", "", "ENSMUSG00000022346", ""),  # the mouse gene's own name
        ("nonsense", "", "nonsense", "not in the gene table"),
    ],
)
def test_what_a_name_means_in_mice(translation, symbol, ensembl, gene, why):
    found, mapping, reason = translation.find(symbol, ensembl)
    assert (found, reason) == (gene, why)
    assert (mapping == NO_ORTHOLOGUE) == why.startswith(NONE) and (mapping == "unmapped") == why.startswith("not in")


def test_every_single_orthologue_is_found_and_no_other(tables):
    """Each human gene against the table itself: how many mouse genes name it, and whether they name it alone."""
    mouse = tables[1].genes
    orthologues = Orthologues.of(tables[1])
    pairs = mouse.assign(human=mouse["human_id"].str.split("|")).explode("human")
    pairs = pairs[pairs["human"] != ""]
    of_one = pairs.groupby("human")["gene_id"].transform("size").eq(1)
    of_one &= ~pairs["human_id"].str.contains("|", regex=False)
    # Of three more the other orthologues are no genes of the table; Ensembl's kind decides.
    alone = pairs[of_one]
    assert alone["orthology"].value_counts().to_dict() == {"one2one": 17_122, "many2many": 2, "one2many": 1}
    alone = alone[alone["orthology"] == "one2one"]
    wanted = dict(zip(alone["human"], alone["gene_id"], strict=True))
    found = {human: orthologues.find(human)[0] for human in pairs["human"].unique()}
    assert {human: gene for human, gene in found.items() if gene} == wanted


def test_whose_names_a_list_holds(tables):
    assert named_as(["BMP4", "TWIST1", "Bmp4"], *tables) == "human"
    assert named_as(["Bmp4", "Twist1", "BMP4"], *tables) == "mouse"
    assert named_as(["ENSMUSG00000021835"], *tables) == "mouse" and named_as([], *tables) == "human"
    # C3 is a symbol in both: in a list of mouse names it is the mouse gene, whatever its orthology.
    mice = Translation(*tables, Orthologues.of(tables[1]), "mouse")
    assert mice.find("C3", "")[0] == tables[1].lookup.symbols["C3"]


def test_panels_of_mice_are_called_by_human_symbols(tables):
    panel = pd.DataFrame(
        [("Bmp4", "ENSMUSG00000021835"), ("Myc", "ENSMUSG00000022346"), ("TWIST1", "ENSMUSG00000035799"), ("X", "")],
        columns=["symbol", "gene_id"],
    )
    assert in_human_symbols(panel["symbol"], panel["gene_id"], *tables) == ["BMP4", "Myc", "TWIST1", "X"]


def test_tables_of_mice_take_the_identifiers_of_single_human_orthologues(tables):
    human, mouse = tables
    genes = pd.DataFrame(
        [
            ("ENSMUSG00000021835", "Bmp4", 1.0),
            ("ENSMUSG00000099999", "Odd", 2.0),
            ("ENSMUSG00000035799", "Twist1", 3.0),
        ],
        columns=["gene_id", "gene_name", "log2_fc"],
        index=[7, 8, 9],
    )
    called = as_human(genes, human, mouse)
    assert called.values.tolist() == [
        ["ENSG00000125378", "BMP4", 1.0],
        # Without a single orthologue it stays the gene that it is.
        ["ENSMUSG00000099999", "Odd", 2.0],
        ["ENSG00000122691", "TWIST1", 3.0],
    ]
    several = mouse.genes[mouse.genes["orthology"] == "one2many"]["gene_id"].iloc[0]
    assert as_human(genes.assign(gene_id=[several, "a", "b"]), human, mouse)["gene_id"].tolist() == [several, "a", "b"]
    # A second row of a gene would count it twice.
    twice = as_human(pd.concat([genes, genes.iloc[:1].assign(log2_fc=9.0)]), human, mouse)
    assert twice["gene_id"].is_unique and twice["log2_fc"].tolist() == [1.0, 2.0, 3.0]
    assert as_human(genes.iloc[:0], human, mouse).empty
