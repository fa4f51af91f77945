"""Mice beside people, and a species with its own genes and panel: three real sets in one configuration.

airway (people), bottomly (mice, by the human names of the bundled panel), pasilla (flies, a GTF and panel made here).
The sets are beside the repository (../shared); without them the tests are skipped by name.
"""

import gzip
import json

import numpy as np
import pandas as pd
import pytest

from tests.workflow.conftest import REPOSITORY, run_workflow, write_config

SHARED = REPOSITORY.parent / "shared"
PASILLA, OTHER_FLY_GENE = "FBgn0261552", "FBgn0039155"
CLAIMS = """
title: Three species
citation: Made for the tests.
roles: {first: {population: cells, comparison: tested against reference}}
claims:
  - {id: BMP4, statement: It rises., gene: BMP4, role: first, expected: up, source: s}
  - {id: CD33, statement: It rises., gene: CD33, role: first, expected: up, source: s}
  - {id: score, statement: It rises., score: bmp_smad_targets, role: first, expected: up, source: s}
"""
CONFIG = {
    "cohorts": {
        "people": {
            "counts": "../shared/data/airway/counts.tsv.gz",
            "samples": "../shared/data/airway/samples.tsv",
            "models": ["dexamethasone"],
        },
        "mice": {
            "counts": "../shared/data/bottomly/counts.tsv.gz",
            "samples": "../shared/data/bottomly/samples.tsv",
            "species": "mouse",
            "models": ["strains"],
        },
        "flies": {
            "counts": "../shared/data/pasilla/counts.tsv.gz",
            "samples": "../shared/data/pasilla/samples.tsv",
            "species": "other",
            "species_name": "fruit fly",
            "genes": "fly.gtf.gz",
            "panel": "fly.tsv",
            "models": ["knockdown"],
        },
    },
    "models": {
        "dexamethasone": {
            "design": "~ cell + dex",
            "contrasts": {"c": {"factor": "dex", "tested": "trt", "reference": "untrt", "role": "first"}},
        },
        "strains": {
            "design": "~ experiment_number + strain",
            "contrasts": {"c": {"factor": "strain", "tested": "DBA/2J", "reference": "C57BL/6J", "role": "first"}},
        },
        "knockdown": {
            "design": "~ type + condition",
            "contrasts": {"c": {"factor": "condition", "tested": "treated", "reference": "untreated", "role": "first"}},
        },
    },
    "claims": ["claims.yaml"],
    "gene_sets": [],
    "sensitivity": False,
}


@pytest.fixture(scope="module")
def results(shared_data, tmp_path_factory):
    """The results of all three cohorts, with the summary and the report of the flies."""
    for name in ("airway", "bottomly", "pasilla"):
        shared_data(name)
    root = tmp_path_factory.mktemp("species")
    (root / "shared").symlink_to(SHARED)
    folder = root / "run"
    folder.mkdir()
    (folder / "claims.yaml").write_text(CLAIMS, encoding="utf-8")
    gtf = [(PASILLA, "ps"), (OTHER_FLY_GENE, "Kal1"), ("FBgn0000008", "a"), ("FBgn0000014", "abd-A")]
    lines = [f'3R\tFlyBase\tgene\t1\t9\t.\t+\t.\tgene_id "{gene}"; gene_symbol "{name}";' for gene, name in gtf]
    (folder / "fly.gtf.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    panel = "symbol\tensembl\trole\tgroup\ttier\nps\t\tthe gene that was silenced\tsplicing\tprimary\n"
    (folder / "fly.tsv").write_text(panel + f"Kal1\t{OTHER_FLY_GENE}\tadhesion\tother\tsecondary\n", encoding="utf-8")
    targets = ["results/summary/summary.html", "results/flies/report.html"]
    run = run_workflow(folder, write_config(folder / "config.yaml", CONFIG), *targets)
    assert run.returncode == 0, run.stdout
    return folder / "results"


def read(path):
    return pd.read_csv(path, sep="\t", keep_default_na=False, na_values=["NA"])


def test_flies_are_known_by_their_gtf_and_panel(results):
    """The known effects are those of the README of the set: pasilla itself -1.9, FBgn0039155 -4.6."""
    panel = read(results / "flies" / "panel.tsv").set_index("symbol")
    assert panel["gene_id"].to_dict() == {"ps": PASILLA, "Kal1": OTHER_FLY_GENE}
    assert panel["log2_fc"].to_numpy() == pytest.approx([-1.9, -4.6], abs=0.06)
    assert (panel["outcome"] == "changed").all() and (panel["reason"] == "").all()
    genes = read(results / "flies" / "knockdown" / "c" / "genes.tsv.gz").set_index("gene_id")
    assert genes.loc[[PASILLA, "FBgn0000008"], "gene_name"].tolist() == ["ps", "a"]
    page = (results / "flies" / "report.html").read_text(encoding="utf-8")
    assert "Species: fruit fly" in page and "The genes are those of another species: fruit fly." in page
    quality = read(results / "flies" / "quality.tsv")
    assert set(quality["sex_by_genes"]) == {"no genes of the sexes are known of this species"}


@pytest.mark.parametrize(
    ("cohort", "model", "reference"), [("mice", "strains", "bottomly"), ("flies", "knockdown", "pasilla")]
)
def test_calls_are_those_of_r(results, cohort, model, reference):
    expected = pd.read_csv(SHARED / "reference" / reference / "genes.tsv.gz", sep="\t").set_index("gene_id")
    found = read(results / cohort / model / "c" / "genes.tsv.gz").set_index("written").reindex(expected.index)
    ours, theirs = (found["adj_p_value"] < 0.05).to_numpy(), (expected["padj"] < 0.05).to_numpy()
    assert theirs.sum() > 500 and (ours != theirs).sum() <= 2
    both = found["log2_fc"].notna().to_numpy() & expected["log2FoldChange"].notna().to_numpy()
    assert np.quantile((found["log2_fc"] - expected["log2FoldChange"])[both].abs(), 0.99) <= 1e-3


def test_a_gene_with_several_orthologues_is_reported_and_not_replaced(results):
    panel = read(results / "mice" / "panel.tsv").set_index("symbol")
    assert len(panel) == 227 and (panel["status"] == "no_single_orthologue").sum() == 16
    row = panel.loc["CD33"]
    assert row["reason"] == "no single orthologue in mouse: many to many (Cd33, Siglecf, Siglech)"
    assert row["gene_id"] == "" and np.isnan(row["p_value"])
    claims = read(results / "mice" / "claims.tsv").set_index("claim")
    assert claims.loc["CD33", ["verdict", "obstacle", "words"]].tolist() == [
        "not_testable", "no_single_orthologue", row["reason"]
    ]  # fmt: skip
    assert claims.loc["score", "verdict"] != "not_testable"


def test_a_claim_on_a_gene_that_the_own_panel_lacks_is_not_testable(results):
    claims = read(results / "flies" / "claims.tsv").set_index("claim")
    assert claims["verdict"].tolist() == ["not_testable"] * 3
    assert claims["obstacle"].tolist() == ["not_in_panel", "not_in_panel", "no_score"]


def test_species_are_side_by_side_and_are_not_pooled(results):
    effects, meta = read(results / "summary" / "effects.tsv"), read(results / "summary" / "meta_analysis.tsv")
    bmp4 = effects[effects["symbol"] == "BMP4"].set_index("species")
    assert bmp4["gene_id"].to_dict() == {"human": "ENSG00000125378", "mouse": "ENSMUSG00000021835"}
    assert set(effects["species"]) == {"human", "mouse", "fruit fly"}
    assert meta.loc[meta["symbol"] == "BMP4", ["species", "cohorts", "cohort_names"]].to_numpy().tolist() in (
        [["human", 1, "people"], ["mouse", 1, "mice"]],
        [["human", 1, "people"], ["mouse", 0, ""]],
    )
    page = (results / "summary" / "summary.html").read_text(encoding="utf-8")
    assert " in mouse" in page and "<td>fruit fly</td>" in page


def test_the_sex_of_mice_is_read_from_their_genes(results):
    """Xist has no read in any of them, and genes of the Y have 50 reads and more per million."""
    quality = read(results / "mice" / "quality.tsv")
    assert (
        set(quality["sex_by_genes"]) == {"male"} and (quality["y_cpm"] > 50).all() and (quality["xist_cpm"] < 1).all()
    )


def test_the_ledger_holds_the_genes_and_panel_of_the_cohort(results):
    record = json.loads((results / "flies" / "records" / "import_counts.json").read_text(encoding="utf-8"))
    assert any(name.endswith("fly.gtf.gz") for name in record["given"])
    assert any(name.endswith("fly.tsv") for name in record["given"])
