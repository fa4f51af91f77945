"""The demo finds what was planted in it."""

import gzip
import json
import zipfile

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml

from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.input.contract import sheet_of
from autocrine.problems import Findings
from autocrine.results.effects import estimate_effects
from autocrine.results.fitting import fit_counts
from autocrine.tables import read_table
from tests.models import model_of
from tests.workflow.conftest import REPOSITORY

MODELS = {
    "lsc_response": ["resistant_vs_sensitive"],
    "progenitor_response": ["resistant_vs_sensitive"],
    "msc_response": ["resistant_vs_sensitive"],
    "lsc_followup_resistant": ["follow_up_vs_diagnosis"],
    "lsc_followup_sensitive": ["follow_up_vs_diagnosis"],
    "lsc_followup": ["difference_of_changes"],
    "bmp_exposure": ["BMP2_vs_control", "BMP4_vs_control"],
}
# Planted, and plain enough to be called at this size: model, contrast, gene, sign.
CALLED = [
    ("lsc_response", "resistant_vs_sensitive", "BMPR1B", 1),
    ("lsc_response", "resistant_vs_sensitive", "BMP4", 1),
    ("lsc_response", "resistant_vs_sensitive", "TWIST1", 1),
    ("progenitor_response", "resistant_vs_sensitive", "BMPR1B", 1),
    ("msc_response", "resistant_vs_sensitive", "BMP4", 1),
    ("msc_response", "resistant_vs_sensitive", "BMP2", -1),
    ("lsc_followup_resistant", "follow_up_vs_diagnosis", "BMPR1B", 1),
    ("lsc_followup_resistant", "follow_up_vs_diagnosis", "BMP4", 1),
    ("lsc_followup", "difference_of_changes", "BMPR1B", 1),
    ("lsc_followup", "change_in_resistant", "BMP4", 1),
    ("bmp_exposure", "BMP2_vs_control", "TWIST1", 1),
    ("bmp_exposure", "BMP4_vs_control", "TWIST1", 1),
    ("bmp_exposure", "BMP4_vs_control", "ID1", 1),
]
# Planted as unchanged: small equivalence p-values at the margin of 1.
EQUIVALENT = [
    ("lsc_followup_sensitive", "follow_up_vs_diagnosis", "BMPR1B"),
    ("lsc_followup_sensitive", "follow_up_vs_diagnosis", "BMP4"),
    ("bmp_exposure", "BMP2_vs_control", "BCR::ABL1"),
    ("bmp_exposure", "BMP4_vs_control", "BCR::ABL1"),
]


def genes_of(demo, model, contrast):
    return pd.read_csv(demo / "results" / "demo" / model / contrast / "genes.tsv.gz", sep="\t")


@pytest.fixture(scope="module")
def truth():
    parts = [
        pd.read_csv(REPOSITORY / "resources" / "demo" / name, sep="\t") for name in ("truth.tsv", "background.tsv.gz")
    ]
    return pd.concat(parts)


@pytest.mark.parametrize(("model", "contrast", "gene", "sign"), CALLED, ids=lambda value: str(value))
def test_planted_effects_are_called(demo, model, contrast, gene, sign):
    row = genes_of(demo, model, contrast).set_index("gene_name").loc[gene]
    assert row["adj_p_value"] < 0.05 and sign * row["log2_fc"] > 0


@pytest.mark.parametrize(("model", "contrast", "gene"), EQUIVALENT)
def test_planted_equivalence_is_found(demo, model, contrast, gene):
    row = genes_of(demo, model, contrast).set_index("gene_name").loc[gene]
    assert row["equivalence_p_value"] < 0.05 and row["adj_p_value"] > 0.05


@pytest.mark.parametrize(("model", "contrast"), [(m, c) for m, cs in MODELS.items() for c in cs])
def test_calls_are_true_and_intervals_cover(demo, truth, model, contrast):
    genes = genes_of(demo, model, contrast)
    planted = truth[(truth["model"] == model) & (truth["contrast"] == contrast)].set_index("gene_id")["true_log2_fc"]
    true = genes["gene_id"].map(planted).fillna(0.0)
    called = genes["adj_p_value"] < 0.05
    # Nominal 5 %; the binomial error at the fewest calls of a contrast (about 200) is below 2 points.
    assert (called & (true == 0)).sum() / called.sum() < 0.09
    wrong_way = called & (true != 0) & (genes["log2_fc"] * true < 0)
    assert wrong_way.sum() / called.sum() < 0.01
    seen = genes["base_mean"] > 10
    covered = ((genes["ci_low"] <= true) & (true <= genes["ci_high"]))[seen].mean()
    assert 0.92 < covered < 0.98


def test_small_planted_effect_stays_undetermined(demo):
    row = genes_of(demo, "lsc_response", "resistant_vs_sensitive").set_index("gene_name").loc["BMP2"]
    assert row["p_value"] > 0.05 and row["equivalence_p_value"] > 0.05 and row["min_detectable_log2_fc"] > 1


def test_outlier_count_is_recorded(demo):
    row = genes_of(demo, "msc_response", "resistant_vs_sensitive").set_index("gene_name").loc["PDGFRB"]
    assert row["status"] == "outlier" and pd.isna(row["p_value"])


def test_sex_agrees_with_the_sheet(demo):
    quality = pd.read_csv(demo / "results" / "demo" / "quality.tsv", sep="\t", keep_default_na=False)
    sheet = pd.read_csv(REPOSITORY / "resources" / "demo" / "samples.tsv", sep="\t").set_index("sample")
    assert (quality["sex_by_genes"].to_numpy() == sheet.loc[quality["sample"], "sex"].to_numpy()).all()
    assert (quality["sex_flag"] == "").all()


def test_first_component_separates_stroma(demo):
    associations = pd.read_csv(demo / "results" / "demo" / "associations.tsv", sep="\t")
    first = associations[associations["component"] == "PC1"].set_index("column")["r_squared"]
    assert first["compartment"] > 0.9


def test_every_output_says_simulated(demo):
    results = demo / "results" / "demo"
    # The copy of the workflow's main file is a program, and holds nothing of the data.
    files = [path for path in results.rglob("*") if path.is_file() and path.name != "Snakefile"]
    assert len(files) > 40
    for path in files:
        if path.suffix == ".h5ad":
            assert anndata.read_h5ad(path, backed="r").uns["data_origin"] == "SIMULATED"
        elif path.suffix == ".svg":
            assert ">SIMULATED</text>" in path.read_text(encoding="utf-8"), path
            # Each figure is there as PDF too; its letters are no plain text, its keywords are.
            assert b"/Keywords (SIMULATED)" in path.with_suffix(".pdf").read_bytes(), path
        elif path.suffix == ".xlsx":
            # Above each printed page. To load 20 sheets of a genome for this would take minutes.
            with zipfile.ZipFile(path) as book:
                pages = [name for name in book.namelist() if name.startswith("xl/worksheets/")]
                assert len(pages) == 23 and all(b"SIMULATED</oddHeader>" in book.read(name) for name in pages)
        else:
            raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            assert b"SIMULATED" in raw, path


@pytest.mark.parametrize(
    ("contrast", "columns"),
    [
        (
            "per_step",
            {
                "log2_fc": "log2_fc",
                "p_value": "p_value",
                "adj_p_value": "adj_p_value",
                "log2_fc_step_2": "log2_fc_step_2",
            },
        ),
        ("any_stage", {"stat": "lrt_stat", "p_value": "lrt_p_value", "adj_p_value": "lrt_adj_p_value"}),
    ],
)
def test_trend_and_any_difference_are_as_r_gives_them(demo, contrast, columns):
    """R DESeq2 1.38.3 with a numeric contrast and a likelihood-ratio test; see make_reference.R beside the table."""
    reference = pd.read_csv(REPOSITORY / "tests/references/demo_stages/genes.tsv.gz", sep="\t", index_col="gene_id")
    table = genes_of(demo, "lsc_trend", contrast).set_index("gene_id").loc[reference.index]
    for ours, theirs in columns.items():
        assert table[ours].tolist() == pytest.approx(reference[theirs].tolist(), abs=1e-6, nan_ok=True), ours
    if contrast == "per_step":
        # The moderated test of the second step decides as its interval does, and in the order of R's test of it.
        found = table["moderated_p_value_step_2"]
        outside = (table["ci_low_step_2"] > 0) | (table["ci_high_step_2"] < 0)
        assert ((found < 0.05) == outside)[found.notna()].all()
        assert found.corr(reference["p_value_step_2"], method="spearman") > 0.99


def test_planted_trend_is_found_step_by_step(demo, truth):
    table = genes_of(demo, "lsc_trend", "per_step").set_index("gene_id")
    planted = truth[(truth["model"] == "lsc_trend") & (truth["kind"] == "trend")].set_index("gene_id")["true_log2_fc"]
    found = table.loc[planted.index]
    assert (found["adj_p_value"] < 0.05).mean() > 0.85
    assert ((found["ci_low"] <= planted) & (planted <= found["ci_high"])).mean() > 0.85
    # Each step is half of the way, over six patients, and both must be seen: no question for a whole genome.
    both = found["step_p_value"] < 0.05
    assert both.mean() > 0.5
    assert (np.sign(found.loc[both, "log2_fc_step_1"]) == np.sign(found.loc[both, "log2_fc_step_2"])).all()
    # The fraction falls and rises again along this order: its genes have two steps against each other.
    composition = truth[(truth["model"] == "lsc_trend") & (truth["kind"] == "composition")]["gene_id"]
    assert (table.loc[composition, "step_p_value"] == 1).mean() > 0.8


def test_the_planted_confounder_is_seen_without_batch_in_the_design_and_gone_with_it(demo, truth):
    """Genes moved by batch alone: the main fit holds batch; a fit without it takes them for an effect of response."""
    data = anndata.read_h5ad(demo / "results" / "demo" / "counts.h5ad")
    model = yaml.safe_load((REPOSITORY / "config.yaml").read_text(encoding="utf-8"))["models"]["lsc_response"]
    statistics, called, size = Statistics(0.05, 1.0, 0.8), {}, {}
    planted = truth[(truth["model"] == "lsc_response") & (truth["kind"] == "confounder")]["gene_id"]
    for design in (model["design"], "~ sex + response"):
        asked = model_of(design, model["contrasts"], samples=model["samples"])
        built = build_design(sheet_of(data.obs), asked, "", Findings())
        raw = pd.DataFrame(data[list(built.matrix.index)].X, index=built.matrix.index, columns=data.var_names)
        fit, _ = fit_counts(raw, built.matrix, statistics, threads=2)
        effects = estimate_effects(fit, built, asked.contrasts["resistant_vs_sensitive"], statistics).loc[planted]
        called[design], size[design] = (effects["p_value"] < 0.05).mean(), effects["log2_fc"].abs().median()
    assert called[model["design"]] < 0.12 and called["~ sex + response"] > 2 * called[model["design"]]
    assert size["~ sex + response"] > 1.5 * size[model["design"]]


def test_leaving_one_donor_out_finds_the_outlier_that_its_cell_hides(demo):
    """SOCS3 in one follow-up sample: no distance flags it among dissimilar samples, but the effect rests on it."""
    panel = pd.read_csv(demo / "results" / "demo" / "panel.tsv", sep="\t")
    variants = pd.read_csv(demo / "results" / "demo" / "lsc_followup_resistant" / "sensitivity.tsv.gz", sep="\t")
    row = panel[(panel["model"] == "lsc_followup_resistant") & (panel["symbol"] == "SOCS3")].iloc[0]
    tried = variants[(variants["gene_id"] == row["gene_id"]) & (variants["kind"] == "donor")].set_index("variant")
    away = (tried["log2_fc"] - row["log2_fc"]).abs()
    # The planted count lifts the effect. Six pairs are few, so others move it too, but none as far.
    assert away.idxmax() == "without P04" and tried.loc["without P04", "log2_fc"] < row["log2_fc"]


def test_the_ledger_holds_every_file(demo):
    """Tables of single samples and of unwanted factors had no checksum in it."""
    results = demo / "results" / "demo"
    crate = json.loads((results / "ro-crate-metadata.json").read_text(encoding="utf-8"))
    written = {path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file()}
    assert {name for name in written if not name.startswith("records/")} <= {item["@id"] for item in crate["@graph"]}


def test_every_table_is_described(demo):
    results = demo / "results" / "demo"
    package = json.loads((results / "datapackage.json").read_text(encoding="utf-8"))
    written = {path.relative_to(results).as_posix() for path in [*results.rglob("*.tsv"), *results.rglob("*.tsv.gz")]}
    assert {file["path"] for file in package["resources"]} == written
    for file in package["resources"]:
        table = read_table(results / file["path"])
        assert [field["name"] for field in file["schema"]["fields"]] == list(table)
        for field in file["schema"]["fields"]:
            text = field["type"] == "string"
            assert text == pd.api.types.is_object_dtype(table[field["name"]]), (file["path"], field)
