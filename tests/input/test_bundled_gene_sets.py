"""The bundled gene sets: what their README says is so, and tests with them find what they should and little else."""

import gzip
import hashlib
import importlib.util
import re
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.input.genes import GeneTable, map_genes, read_gene_table
from autocrine.input.gmt import read_gmt
from autocrine.input.species import KnownGenes
from autocrine.problems import Findings
from autocrine.results import gene_sets
from autocrine.results.gene_sets import resolve_sets, without_genes
from autocrine.results.rotation import linear_effects
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "resources" / "gene_sets"
BUNDLED = ["bmp.gmt", "go_biological_process.gmt.gz"]


def load_builder():
    spec = importlib.util.spec_from_file_location("build_gene_sets", FOLDER / "build_gene_sets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bundled() -> dict[str, pd.DataFrame]:
    findings = Findings()
    sets = {name: read_gmt(str(FOLDER / name), findings) for name in BUNDLED}
    assert findings == Findings()
    return sets


@pytest.fixture(scope="module")
def human() -> GeneTable:
    folder = REPOSITORY / "resources" / "genes"
    return read_gene_table(str(folder / "human_grch38.tsv.gz"), str(folder / "refused_aliases.tsv"))


@pytest.fixture(scope="module")
def demo() -> pd.DataFrame:
    path = REPOSITORY / "resources" / "demo" / "counts.tsv.gz"
    return pd.read_csv(path, sep="\t", usecols=["gene_id", "gene_name"], index_col="gene_id")


def test_checksums_of_the_readme():
    lines = re.findall(r"^([0-9a-f]{64})  (\S+)$", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name for _, name in lines) == sorted(BUNDLED)
    for digest, name in lines:
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_counts_of_the_readme(bundled):
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    go = bundled["go_biological_process.gmt.gz"]["genes"]
    assert f"{len(go):,} biological processes" in readme
    genes = {gene for members in go for gene in members}
    assert f"{go.map(len).sum():,} memberships of {len(genes):,} genes, median {go.map(len).median():.0f}" in readme
    assert f"{len(go) - go.nunique()} sets\n" in readme
    assert f"{sum(not gene.startswith('ENSG') for gene in genes)} of the {len(genes):,} genes" in readme
    for row in bundled["bmp.gmt"].itertuples():
        written = ", ".join(row.genes).replace("ID1, ID2, ID3, ID4", "ID1-4")
        assert f"| `{row.gene_set}` | {written} |" in readme


def test_bundled_sets_are_small_enough_to_keep_and_of_the_sizes_promised(bundled):
    assert (FOLDER / "go_biological_process.gmt.gz").stat().st_size < 1.8e6
    assert bundled["go_biological_process.gmt.gz"]["genes"].map(len).between(10, 500).all()
    assert bundled["go_biological_process.gmt.gz"]["gene_set"].str.fullmatch(r"\S.* \(GO:\d{7}\)").all()
    assert bundled["bmp.gmt"]["genes"].map(len).between(5, 12).all()


def test_sets_of_the_panel_hold_panel_genes_no_primary_one_and_none_twice(bundled):
    panel = pd.read_csv(REPOSITORY / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str, index_col="symbol")
    genes = [gene for members in bundled["bmp.gmt"]["genes"] for gene in members]
    assert len(set(genes)) == len(genes)
    assert not panel.loc[genes, "tier"].eq("primary").any()


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_sets_resolve_and_hold_no_primary_gene_once_these_are_left_out(bundled, human, name):
    var = human.genes[human.genes["gene_id"] != ""].set_index("gene_id")[["gene_name"]]
    primary = {"ENSG00000125845", "ENSG00000125378", "ENSG00000138696", "ENSG00000122691"}
    resolved = resolve_sets(bundled[name], var, KnownGenes(human))
    assert not resolved["genes_unknown"].any()
    assert (resolved["genes_written"] - resolved["genes_absent"] == resolved["genes"].map(len)).all()
    sets = without_genes(resolved, primary)
    assert not any(primary & set(genes) for genes in sets["genes"])
    assert sets["genes_left_out"].sum() == (1150 if name.startswith("go") else 0)


def test_in_the_demo_targets_answer_to_bmp_and_not_to_resistance(bundled, human, demo):
    folder = REPOSITORY / "resources" / "demo"
    truth = pd.concat(pd.read_csv(folder / name, sep="\t") for name in ("truth.tsv", "background.tsv.gz"))
    sets = resolve_sets(bundled["bmp.gmt"], demo, KnownGenes(human))
    noise = np.random.default_rng(2017).normal(0, 0.5, len(demo))
    rows = {}
    for model, contrast in (("bmp_exposure", "BMP4_vs_control"), ("lsc_response", "resistant_vs_sensitive")):
        effects = truth[(truth["model"] == model) & (truth["contrast"] == contrast)]
        effects = effects.set_index("gene_id")["true_log2_fc"].reindex(demo.index).fillna(0)
        (table,) = gene_sets.test_sets([effects + noise], sets, correlation=gene_sets.PRESET_CORRELATION)
        rows[model] = table.set_index("gene_set").loc["BMP_SMAD_TARGETS"]
    assert rows["bmp_exposure"]["size"] == 10
    assert rows["bmp_exposure"]["score"] > 5
    assert rows["bmp_exposure"]["p_value"] < 1e-6
    assert rows["lsc_response"]["p_value"] > 0.05


def test_rebuild_is_identical():
    builder = load_builder()
    panel = pd.read_csv(builder.PANEL, sep="\t", dtype=str, keep_default_na=False)
    assert (FOLDER / "bmp.gmt").read_text(encoding="utf-8").splitlines() == builder.bmp_sets(panel)
    if not (builder.ANNOTATION.exists() and builder.TERMS.exists()):
        pytest.skip("Debian packages r-bioc-org.hs.eg.db and r-bioc-go.db are not installed")
    lines = builder.go_sets(
        builder.read_annotation(builder.ANNOTATION),
        builder.read_terms(builder.TERMS),
        builder.names_by_entrez(builder.GENES),
    )
    packed = (FOLDER / "go_biological_process.gmt.gz").read_bytes()
    assert gzip.decompress(packed).decode().splitlines() == lines


def test_size_on_real_correlated_genes(shared_data, bundled, human):
    """Split 8 pairs of tumour and normal tissue in halves: whatever the tumour does, both halves do the same."""
    counts = pd.read_csv(shared_data("ptc_paired") / "counts.tsv.gz", sep="\t", index_col=0)
    counts = counts[(counts >= 5).sum(axis=1) >= 6]
    level = np.log2(counts / counts.sum() * 1e6 + 8)
    tumours = [name for name in level if name.startswith("PTC")]
    change = level[tumours].to_numpy() - level[[name.replace("PTC", "NTH") for name in tumours]].to_numpy()
    ids = map_genes(list(counts.index), human)["gene_id"]
    sets = resolve_sets(
        bundled["go_biological_process.gmt.gz"], pd.DataFrame({"gene_name": counts.index}, ids), KnownGenes(human)
    )
    scores, effects, matrix = [], [], pd.DataFrame({"Intercept": 1.0}, tumours)
    levels = pd.DataFrame(change.T, tumours, ids.to_numpy())
    for half in combinations(range(1, 8), 4):  # each of the 35 splits once
        matrix["half"] = np.isin(np.arange(8), half).astype(float)
        effects.append(linear_effects(levels, matrix, np.array([0.0, 1.0])))
        t = effects[-1].contrast / np.sqrt((effects[-1].residual ** 2).mean(axis=1) + 0.05**2)
        scores.append(stats.norm.ppf(stats.t.cdf(t, 6)) + t * 0)
    estimated = [table.query("status == 'tested'") for table in gene_sets.test_sets(scores, sets, effects)]
    preset = [table.query("status == 'tested'") for table in gene_sets.test_sets(scores, sets, correlation=0.01)]
    columns = ["p_value", "rotation_p_value", "p_value_independent"]
    allowed_for, rotated, independent = np.mean([(table[columns] < 0.05).mean() for table in estimated], axis=0)
    assert allowed_for < 0.05 and rotated < 0.06  # 0.007, timid with six degrees of freedom, and 0.055
    assert independent > 0.08
    called, called_by_preset = (
        np.mean([(table["adj_p_value"] < 0.05).any() for table in tables]) for tables in (estimated, preset)
    )
    assert called <= 0.1 and called_by_preset > 0.3
