"""The bundled demo cohort: what the files hold is what the generator makes, and what README.md says of it is so."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "demo"
GENE_TABLE = FOLDER.parent / "genes" / "human_grch38.tsv.gz"
PANEL = FOLDER.parent / "panels" / "bmp.tsv"
RESPONSE = {"arm": "clinical", "timepoint": "follow_up"}
# The models that the demo is run with: who is in, and the columns of the formula.
DESIGNS = {
    "lsc_response": (RESPONSE | {"compartment": "LSC"}, ["batch", "sex", "response"]),
    "progenitor_response": (RESPONSE | {"compartment": "progenitor"}, ["batch", "sex", "response"]),
    "msc_response": (RESPONSE | {"compartment": "MSC"}, ["sex", "response"]),
    "lsc_followup_resistant": (
        {"arm": "clinical", "compartment": "LSC", "response": "resistant"},
        ["patient", "timepoint"],
    ),
    "lsc_followup_sensitive": (
        {"arm": "clinical", "compartment": "LSC", "response": "sensitive"},
        ["patient", "timepoint"],
    ),
    "bmp_exposure": ({"arm": "exposure"}, ["patient", "exposure"]),
}


def _load_generator():
    spec = importlib.util.spec_from_file_location("demo_generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _load_generator()


@pytest.fixture(scope="module")
def counts() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "counts.tsv.gz", sep="\t")


@pytest.fixture(scope="module")
def samples() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "samples.tsv", sep="\t", keep_default_na=False)


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    """Every planted effect: the named ones and the background."""
    named = pd.read_csv(FOLDER / "truth.tsv", sep="\t", keep_default_na=False)
    background = pd.read_csv(FOLDER / "background.tsv.gz", sep="\t", keep_default_na=False)
    return pd.concat([named, background], ignore_index=True)


@pytest.fixture(scope="module")
def matrix(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts alone, indexed by gene name."""
    return counts.set_index("gene_name").drop(columns="gene_id")


@pytest.fixture(scope="module")
def normalised(matrix: pd.DataFrame) -> pd.DataFrame:
    """Counts over median-of-ratios size factors of the well-expressed genes."""
    expressed = matrix[(matrix > 20).all(axis=1)]
    logs = np.log(expressed)
    return matrix / np.exp(logs.sub(logs.mean(axis=1), axis=0).median())


def test_files_are_what_the_generator_makes(counts, samples, truth):
    made_counts, made_samples, made_truth = GENERATOR.simulate()
    pd.testing.assert_frame_equal(made_counts, counts)
    pd.testing.assert_frame_equal(made_samples.astype({"leukemic_fraction": float}), samples)
    keys = ["model", "contrast", "gene_id"]
    made_truth, truth = (frame.sort_values(keys, ignore_index=True) for frame in (made_truth, truth))
    pd.testing.assert_frame_equal(made_truth, truth)


def test_another_seed_gives_other_counts_of_the_same_shape(counts):
    other, _, _ = GENERATOR.simulate(1)
    assert other.shape == counts.shape
    assert not other.iloc[:, 2:].equals(counts.iloc[:, 2:])


def test_files_are_small():
    assert (FOLDER / "counts.tsv.gz").stat().st_size < 1.9e6
    assert (FOLDER / "truth.tsv").stat().st_size < 0.3e6


def test_sheet_and_counts_agree(counts, samples):
    assert list(counts.columns) == ["gene_id", "gene_name", *samples["sample"]]
    assert samples["sample"].is_unique
    assert len(samples) == 59


def test_counts_are_whole_numbers_from_zero(matrix):
    assert all(dtype == np.int64 for dtype in matrix.dtypes)
    assert matrix.to_numpy().min() == 0


def test_genes_are_real_and_unique(counts):
    assert len(counts) >= 15_000
    assert counts["gene_id"].is_unique
    assert counts["gene_name"].is_unique
    table = pd.read_csv(GENE_TABLE, sep="\t", dtype=str, keep_default_na=False)
    primary = table[(table["primary"] == "1") & (table["gene_id"] != "")].set_index("gene_id")["gene_name"]
    genes = counts[counts["gene_id"] != "BCR::ABL1"]
    assert genes["gene_id"].map(primary).tolist() == genes["gene_name"].tolist()


def test_every_panel_gene_is_there(counts):
    if not PANEL.exists():
        pytest.skip("resources/panels/bmp.tsv is not there")
    panel = pd.read_csv(PANEL, sep="\t", dtype=str, keep_default_na=False)
    assert set(panel["symbol"]) <= set(counts["gene_name"])
    assert set(panel["ensembl"]) - {""} <= set(counts["gene_id"])


@pytest.mark.parametrize("model", DESIGNS)
def test_designs_have_full_rank_and_two_samples_per_group(samples, model):
    group, columns = DESIGNS[model]
    chosen = samples[GENERATOR.select(samples, group)]
    design = pd.get_dummies(chosen[columns], drop_first=True).assign(intercept=1).astype(float)
    assert np.linalg.matrix_rank(design) == design.shape[1] < len(design)
    assert chosen[columns[-1]].value_counts().min() >= 2


def test_batch_is_associated_with_response_but_does_not_determine_it(samples):
    chosen = samples[GENERATOR.select(samples, GENERATOR.GROUPS["lsc_treated"])]
    table = pd.crosstab(chosen["batch"], chosen["response"])
    assert (table > 0).all(axis=None)
    assert table["resistant"].tolist() != table["sensitive"].tolist()


def test_leukemic_fraction_falls_in_sensitive_patients_only(samples):
    mean = {
        name: samples.loc[GENERATOR.select(samples, group), "leukemic_fraction"].mean()
        for name, group in GENERATOR.GROUPS.items()
    }
    assert 0.6 < mean["lsc_diagnosis"] < 0.8
    assert 0.5 < mean["lsc_resistant"] < 0.75
    assert 0.05 < mean["lsc_sensitive"] < 0.15
    assert mean["msc_resistant"] == mean["msc_sensitive"] == 0


def test_sex_genes_follow_the_sheet(normalised, samples):
    female = samples["sex"].eq("female").to_numpy()
    assert normalised.loc["XIST", female].min() > 20 * normalised.loc["XIST", ~female].max()
    for gene in ("RPS4Y1", "DDX3Y"):
        assert normalised.loc[gene, ~female].min() > 5 * normalised.loc[gene, female].max()


def test_library_sizes(matrix):
    total = matrix.sum()
    assert 1.5e6 < total.median() < 3e6
    assert 4 < total.max() / total.min() < 9


def test_some_genes_are_never_seen(matrix):
    assert 150 <= (matrix.sum(axis=1) == 0).sum() < 400


def test_primary_genes_are_low_as_in_blood(matrix, samples):
    diagnosis = matrix.loc[
        ["BMPR1B", "BMP2", "BMP4", "TWIST1"], GENERATOR.select(samples, GENERATOR.GROUPS["lsc_diagnosis"])
    ]
    assert diagnosis.median(axis=1).between(2, 40).all()


def test_dispersion_falls_with_the_mean_to_a_floor(normalised, samples):
    diagnosis = normalised.loc[:, GENERATOR.select(samples, GENERATOR.GROUPS["lsc_diagnosis"])]
    mean = diagnosis.mean(axis=1)
    dispersion = (diagnosis.var(axis=1) - mean) / mean.where(mean > 0) ** 2
    by_mean = dispersion.groupby(pd.cut(mean, [3, 10, 30, 100, 1e5], labels=False)).median()
    assert by_mean.is_monotonic_decreasing
    assert by_mean.iloc[0] > 0.12
    assert 0.05 < by_mean.iloc[-1] < 0.15  # the floor 0.04, patients (0.3 log2) and batches (0.2 log2)


def test_truth_names_genes_models_and_contrasts(counts, truth):
    names = counts.set_index("gene_id")["gene_name"]
    assert truth["gene_id"].map(names).tolist() == truth["gene_name"].tolist()
    assert set(zip(truth["model"], truth["contrast"], strict=True)) == set(GENERATOR.CONTRASTS)
    assert not truth.duplicated(["gene_id", "model", "contrast"]).any()
    assert set(DESIGNS) <= set(truth["model"])
    assert truth["true_log2_fc"].notna().all()
    assert set(truth["kind"]) == {
        "de", "equivalent", "null-panel", "interaction", "trend", "composition", "contradicted", "outlier",
        "background", "confounder",
    }  # fmt: skip


def test_background_shares(counts, truth):
    share = truth[truth["kind"] == "background"].groupby(["model", "contrast"]).size() / len(counts)
    for model in ("lsc_response", "progenitor_response", "msc_response"):
        assert 0.05 < share[model, "resistant_vs_sensitive"] < 0.08
    assert (share["bmp_exposure"] > 0.12).all()


@pytest.mark.parametrize("contrast", GENERATOR.CONTRASTS, ids="-".join)
def test_planted_effects_show_in_the_counts(normalised, samples, truth, contrast):
    rows = truth[(truth["model"] == contrast[0]) & (truth["contrast"] == contrast[1])].set_index("gene_name")
    weights = GENERATOR.weigh(samples, GENERATOR.CONTRASTS[contrast])
    seen = pd.Series(np.log2(normalised + 0.5).to_numpy() @ weights, normalised.index)
    well_expressed = rows.index[normalised.loc[rows.index].mean(axis=1) > 20]
    well_expressed = well_expressed[rows.loc[well_expressed, "kind"] != "outlier"]
    assert np.corrcoef(seen[well_expressed], rows.loc[well_expressed, "true_log2_fc"])[0, 1] > 0.8
    assert abs((seen[well_expressed] - rows.loc[well_expressed, "true_log2_fc"]).median()) < 0.2


@pytest.mark.parametrize(("sample", "gene", "factor"), GENERATOR.OUTLIERS)
def test_outliers_stand_out(normalised, samples, sample, gene, factor):
    chosen = samples.set_index("sample").loc[sample]
    alike = samples["compartment"].eq(chosen["compartment"]) & samples["arm"].eq(chosen["arm"])
    others = normalised.loc[gene, (alike & samples["sample"].ne(sample)).to_numpy()]
    assert normalised.loc[gene, sample] > factor / 10 * others.max()


def test_readme_says_simulated():
    assert "SIMULATED" in (FOLDER / "README.md").read_text(encoding="utf-8")
