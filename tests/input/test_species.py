"""Species: configured and never guessed; reads of two species are reported with their share."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine.input.cohort import make_cohort
from autocrine.input.genes import keep_names
from autocrine.input.importing import identify_genes, settle_genes
from autocrine.input.known_genes import read_known_genes
from autocrine.input.own_genes import read_own_genes
from autocrine.input.readers.counts import CountTable
from autocrine.input.species import KnownGenes, identify_rows, label_species
from autocrine.problems import Findings
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "resources" / "genes"
ENTRY = {
    "counts": "c.tsv", "simulated": False, "numeric": [], "exclude": {}, "gene_ids": "auto", "duplicate_genes": "error",
    "size_factors": {"method": "auto", "genes": "all"}, "format": "auto", "layer": "X", "strandedness": "auto",
    "absent_genes": "error",
}  # fmt: skip
PANEL = pd.DataFrame({"symbol": ["BMP4", "MYC"], "ensembl": ["ENSG00000125378", "ENSG00000136997"]})


@pytest.fixture(scope="module")
def known() -> KnownGenes:
    names = ("human_grch38.tsv.gz", "refused_aliases.tsv", "mouse_grcm39.tsv.gz")
    return read_known_genes(*(str(FOLDER / name) for name in names), None, Findings())


def cohort_of(**entry):
    return make_cohort("c", {**ENTRY, **entry})


def counts_of(names, values=None):
    values = np.ones((len(names), 2), dtype=int) if values is None else values
    return CountTable(pd.DataFrame(values, list(names), ["S1", "S2"]), pd.DataFrame(index=list(names)))


def settled(names, known, values=None, **entry):
    findings = Findings()
    return settle_genes(counts_of(names, values), cohort_of(**entry), known, findings), findings


@pytest.fixture(scope="module")
def symbols(known) -> dict[str, list[str]]:
    """A hundred symbols of each species that the other does not have."""
    of = {name: list(known.of(name).lookup.symbols) for name in ("human", "mouse")}
    both = set(of["human"]) & set(of["mouse"])
    return {name: [symbol for symbol in named if symbol not in both][:100] for name, named in of.items()}


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([f"ENSMUSG0000000000{i}.2" for i in range(6)] + ["x"], "6 of 7 names are identifiers of mouse"),
        ([f"ENSRNOG0000000000{i}" for i in range(6)], "6 of 6 names are identifiers of rat"),
        ([f"FBgn000000{i}" for i in range(6)], "6 of 6 names are identifiers of fruit fly"),
        ([f"mm10___ENSMUSG0000000000{i}" for i in range(6)], "6 of 6 names are identifiers of mouse"),
        (["Twist1", "Bmp4", "Alb", "Hc", "Gm1234x"], "4 of 5 names are symbols of mouse, such as Twist1"),
        (["12159", "22160", "17869"], "3 of 3 names are symbols of mouse"),
        (["TWIST1", "BMP4", "Bmp4", "x"], ""),
        (["ENSG00000000001", "ENSMUSG00000000001"], ""),
        (["probe_1", "probe_2"], ""),
        (["C2", "C3", "H19"], ""),  # both have them
        (["7291", "652"], ""),
    ],
)
def test_a_human_configuration_sees_another_species(known, names, words):
    _, findings = settled(names, known)
    messages = [str(problem) for problem in findings.problems]
    assert [text.startswith(f"config, cohorts.c.species: {words}") for text in messages] == [True] * bool(words)
    if "mouse" in words:
        assert '"species: mouse"' in messages[0]
    elif words:
        assert '"species: other"' in messages[0] and "panel" in messages[0]


def test_a_mouse_configuration_sees_human_genes(known, symbols):
    for names in (symbols["human"], [f"ENSG0000000000{i}" for i in range(9)], [f"GRCh38_X{i}" for i in range(9)]):
        _, findings = settled(names, known, species="mouse")
        (message,) = map(str, findings.problems)
        assert "of human" in message and "says mouse" in message and '"species: human"' in message
    assert not settled(symbols["mouse"], known, species="mouse")[1].problems
    assert not settled(symbols["mouse"], known, species="other")[1].problems


def test_the_demo_and_bundled_names_are_of_one_species(known):
    """No human gene of the bundled table is taken for a mouse gene, and nothing is warned of."""
    counts = pd.read_csv(REPOSITORY / "resources" / "demo" / "counts.tsv.gz", sep="\t")
    for names in (list(counts["gene_id"]), list(counts["gene_name"]), list(known.human.lookup.symbols)):
        assert "mouse" not in set(label_species(names, known)[0])
        _, findings = settled(names, known)
        assert not findings.problems and not findings.warnings


@pytest.mark.parametrize(("own", "other"), [("human", "mouse"), ("mouse", "human")])
def test_a_xenograft_is_reported_with_its_share_and_dropped_where_asked(known, symbols, own, other):
    """A hundred genes of the patient with 9 reads each, half as many of the host with 2 and 4."""
    names = [*symbols[own], *symbols[other][:50]]
    values = np.r_[np.full((100, 2), 9), np.tile([2, 4], (50, 1))]
    kept, findings = settled(names, known, values, species=own)
    (warning,) = findings.warnings
    assert warning.kind == "mixed_species" and not findings.problems
    # 300 of 2,100 counts; of the second sample 200 of 1,100.
    words = f"50 of 150 names (33.3%) are genes of {other}, with 14.3% of the counts (up to 18.2%, in S2)"
    assert words in warning.text and "other_species: drop" in warning.text
    assert len(kept.values) == 150
    left, findings = settled(names, known, values, species=own, other_species="drop")
    assert list(left.values.index) == names[:100] and not findings.warnings and words in findings.notes[0]
    assert left.dropped == dict.fromkeys(names[100:], f"gene of {other}") and list(left.annotation.index) == names[:100]


def test_single_rows_of_another_species_are_transgenes(known, symbols):
    _, findings = settled([*symbols["human"], "Bmp4", "Myc", "Kitl"], known)
    assert not findings.warnings and not findings.problems


def test_prefixed_names_of_two_genomes_lead_to_their_genes(known):
    names = [f"GRCh38_{name}" for name in ("BMP4", "TWIST1", "ENSG00000136997.5", "NEW1")]
    names += [f"mm10___{name}" for name in ("Bmp4", "Twist1")]
    rows = identify_rows(names, None, cohort_of(), known)
    assert rows["gene_name"].tolist() == ["BMP4", "TWIST1", "MYC", "NEW1", "mm10___Bmp4", "mm10___Twist1"]
    assert rows["gene_id"].tolist()[3:] == names[3:]  # what is not known keeps its whole name
    assert list(rows.index) == names and rows["gene_id"].is_unique
    mice = identify_rows(names, None, cohort_of(species="mouse"), known)
    assert mice["gene_name"].tolist() == [*names[:4], "Bmp4", "Twist1"]
    # Beside the same gene without a prefix nothing says which is meant.
    both = identify_rows(["GRCh38_BMP4", "BMP4"], None, cohort_of(), known)
    assert both["mapping"].tolist() == ["unmapped", "symbol"]


def test_mouse_genes_are_known_and_panel_genes_found_by_single_orthologues(known):
    names = ["ENSMUSG00000021835.3", "Myc", "Twist1", "ENSMUSG99999999999"]
    mapped, found = identify_genes(counts_of(names), cohort_of(species="mouse"), known, PANEL)
    assert mapped["gene_name"].tolist() == ["Bmp4", "Myc", "Twist1", "ENSMUSG99999999999"]
    assert mapped["mapping"].tolist() == ["ensembl", "symbol", "symbol", "unmapped"]
    assert found["gene_id"].tolist() == ["ENSMUSG00000021835", None]
    assert found["reason"].tolist() == ["", "no single orthologue in mouse: one to many (Bmyc, Myc)"]


def test_genes_of_an_unknown_species_keep_their_names(known):
    kept = keep_names(["Alb", "ENSMUSG00000000001", "CRS"], ["", "Gnai3", None])
    assert kept["gene_id"].tolist() == ["Alb", "ENSMUSG00000000001", "CRS"]
    assert kept["gene_name"].tolist() == ["Alb", "Gnai3", "CRS"] and (kept["mapping"] == "written").all()
    rows = identify_rows(["Alb", "CRS"], None, cohort_of(species="other"), known)
    assert rows["gene_name"].tolist() == ["Alb", "CRS"]


def test_labels_of_cohorts():
    assert cohort_of().species_label == "human" and cohort_of(species="mouse").species_label == "mouse"
    assert cohort_of(species="other").species_label == "other (c)"
    assert cohort_of(species="other", species_name="fruit fly").species_label == "fruit fly"


def test_own_genes_of_another_species(known, tmp_path):
    path = tmp_path / "genes.tsv"
    path.write_text("gene_id\tgene_name\taliases\nFBgn0000001\tps\tpasilla|old\nFBgn0000002\tCG1\t\n", encoding="utf-8")
    fly = replace(known, own=read_own_genes(str(path), Findings()))
    cohort = cohort_of(species="other", genes=str(path))
    panel = pd.DataFrame({"symbol": ["ps", "CG1", "BMP4"], "ensembl": ["FBgn0000001", "", ""]})
    mapped, found = identify_genes(counts_of(["FBgn0000001", "CG1", "unheard"]), cohort, fly, panel)
    assert mapped["gene_name"].tolist() == ["ps", "CG1", "unheard"]
    assert mapped["mapping"].tolist() == ["gene_id", "symbol", "unmapped"]
    assert found["gene_id"].tolist() == ["FBgn0000001", "FBgn0000002", None]
    assert found["reason"].tolist()[2] == "no gene is known by this name"
    findings = Findings()
    settle_genes(counts_of(["YAL001C", "YAL002W"]), cohort, fly, findings)
    assert "none of the 2 genes of the counts is in it: there YAL001C, YAL002W, here FBgn0000001" in str(
        findings.problems[0]
    )
