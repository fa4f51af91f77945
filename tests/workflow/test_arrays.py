"""A published array study end to end: the ALL set of Debian's r-bioc-all, BCR/ABL against NEG, skipped without it.

The answers are known: ABL1 leads every published list of these samples, by three probes, with KLF9, YES1, PON2, AHNAK
and others behind it, and MX1 lower (manuals of Bioconductor print effects and means).
"""

import json
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from tests.workflow.conftest import run_workflow, write_config

KNOWN = {
    "1636_g_at": "ABL1", "39730_at": "ABL1", "1635_at": "ABL1", "1674_at": "YES1", "40504_at": "PON2",
    "40202_at": "KLF9", "37027_at": "AHNAK", "39837_s_at": "ZNF467", "40480_s_at": "FYN", "33774_at": "CASP8",
    "36591_at": "TUBA4A", "37014_at": "MX1",
}  # fmt: skip
# log2 fold change and mean, as printed.
PRINTED = {
    "ABL1": (1.10, 9.20),
    "YES1": (1.43, 5.00),
    "PON2": (1.18, 4.24),
    "KLF9": (1.78, 8.62),
    "AHNAK": (1.35, 8.44),
}
EXPORT = """
suppressMessages({library(limma); library(ALL)}); options(digits = 17)
data(ALL); p <- pData(ALL)
keep <- p$mol.biol %in% c("BCR/ABL", "NEG") & substr(as.character(p$BT), 1, 1) == "B"
e <- exprs(ALL)[, keep]; p <- p[keep, ]
write.table(e, "expression.tsv", sep = "\\t", quote = FALSE, col.names = NA)
sheet <- data.frame(sample = rownames(p), fusion = ifelse(p$mol.biol == "NEG", "negative", "positive"), age = p$age)
write.table(sheet, "samples.tsv", sep = "\\t", quote = FALSE, row.names = FALSE, na = "")
fit <- eBayes(lmFit(e, model.matrix(~ sheet$fusion)), trend = TRUE)
write.table(data.frame(log2_fc = fit$coefficients[, 2], p_value = fit$p.value[, 2]), "limma.tsv", sep = "\\t",
  quote = FALSE, col.names = NA)
"""
PANEL = "symbol\tensembl\trole\tgroup\ttier\n" + "".join(
    f"{gene}\t\tdiffers between BCR::ABL1 positive and negative ALL\tbcr_abl1\t{tier}\n"
    for gene, tier in {**dict.fromkeys(KNOWN.values(), "context"), "ABL1": "primary", "KLF9": "primary"}.items()
)
CLAIMS = """
title: BCR::ABL1 in acute lymphoblastic leukaemia
citation: Chiaretti S et al. Clin Cancer Res 2005;11:7209.
roles: {fusion: {population: blasts of B-lineage ALL, comparison: BCR::ABL1 positive against negative}}
claims:
  - {id: A1, statement: ABL1 is higher., gene: ABL1, role: fusion, expected: up, source: list}
  - {id: A2, statement: KLF9 is higher., gene: KLF9, role: fusion, expected: up, source: list}
  - {id: A3, statement: MX1 is lower., gene: MX1, role: fusion, expected: down, source: list}
  - {id: A4, statement: MX1 is higher., gene: MX1, role: fusion, expected: up, source: none}
"""
CONFIG = {
    "cohorts": {
        "all": {
            "counts": "expression.tsv",
            "measure": "log_expression",
            "probes": "probes.tsv",
            "samples": "samples.tsv",
        }
    },
    "panel": "panel.tsv",
    "claims": ["claims.yaml"],
    "gene_sets": [],
    "models": {
        "fusion": {
            "design": "~ fusion",
            "contrasts": {"c": {"factor": "fusion", "tested": "positive", "reference": "negative", "role": "fusion"}},
        }
    },
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The finished run."""
    folder = tmp_path_factory.mktemp("arrays")
    if not shutil.which("Rscript"):
        pytest.skip("R is absent")
    done = subprocess.run(["Rscript", "-e", EXPORT], cwd=folder, capture_output=True, text=True)
    if "there is no package" in done.stderr:
        pytest.skip("R has no limma or ALL")
    assert done.returncode == 0, done.stderr
    probes = pd.read_csv(folder / "expression.tsv", sep="\t", usecols=[0], dtype=str).iloc[:, 0]
    # The set comes without the genes of its probes: those that are known here, and for the others a name of their own.
    named = pd.DataFrame({"ID": probes, "Gene Symbol": [KNOWN.get(probe, f"probe {probe}") for probe in probes]})
    named.to_csv(folder / "probes.tsv", sep="\t", index=False)
    (folder / "panel.tsv").write_text(PANEL)
    (folder / "claims.yaml").write_text(CLAIMS)
    run = run_workflow(folder, write_config(folder / "config.yaml", CONFIG))
    assert run.returncode == 0, run.stdout
    return folder


@pytest.fixture(scope="module")
def genes(folder):
    return pd.read_csv(folder / "results/all/fusion/c/genes.tsv.gz", sep="\t").set_index("gene_name")


def test_known_answers(genes, folder):
    for gene, (effect, mean) in PRINTED.items():
        assert round(genes.loc[gene, "log2_fc"], 2) == effect and round(genes.loc[gene, "base_mean"], 2) == mean
    assert genes["p_value"].idxmin() == "ABL1" and genes.loc["MX1", "log2_fc"] < -1
    claims = pd.read_csv(folder / "results/all/claims.tsv", sep="\t").set_index("claim")["verdict"]
    assert claims.to_dict() == {"A1": "supported", "A2": "supported", "A3": "supported", "A4": "contradicted"}


def test_every_row_is_r_limmas(genes, folder):
    """Of genes with several probes the highest was taken, which changes no other gene's answer beyond the prior."""
    limma = pd.read_csv(folder / "limma.tsv", sep="\t", index_col=0)
    own = limma.rename(index=lambda probe: f"probe {probe}").drop(index=[f"probe {probe}" for probe in KNOWN])
    both = genes.join(own, rsuffix="_limma", how="inner")
    assert len(both) == len(own) > 12_000
    assert np.abs(both["log2_fc"] - both["log2_fc_limma"]).max() < 1e-8  # tables have ten digits
    assert np.abs(np.log10(both["p_value"]) - np.log10(both["p_value_limma"])).max() < 0.01


def test_nothing_of_counts_is_claimed(folder):
    results = folder / "results" / "all"
    record = json.loads((results / "fusion/fit.json").read_text(encoding="utf-8"))
    assert (record["method"], record["measure"]) == ("linear", "log_expression")
    quality = pd.read_csv(results / "quality.tsv", sep="\t")
    assert quality["library_size"].isna().all() and quality["median_level"].between(5, 6).all()
    panel = pd.read_csv(results / "panel.tsv", sep="\t")
    assert panel["mean_cpm"].isna().all()
    assert panel["voom_outcome"].isna().all() and panel["pydeseq2_outcome"].isna().all()
    assert set(pd.read_csv(results / "fusion/sensitivity.tsv.gz", sep="\t")["kind"]) == {"donor", "with", "unwanted"}
    scores = pd.read_csv(results / "score_tests.tsv", sep="\t")
    assert scores["p_value"].isna().all()
    page = (results / "report.html").read_text(encoding="utf-8")
    for words in ("per million, counted", "R DESeq2", "negative binomial", "size factor", "library's"):
        assert words.lower() not in page.split("<script", 1)[0].lower()
    assert "Linear models were fitted" in page and "Median (log2)" in page
