"""Measure the summary over many cohorts: seconds and peak memory of its jobs, and the size of its page.

Usage: python benchmarks/summary.py results/demo --cohorts 4 200, after `make demo`; --work keeps what was made. The
cohorts are SIMULATED: tables of a finished cohort with the effects of one comparison drawn anew, for 20,000 genes.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow" / "scripts"
sys.path.insert(0, str(SCRIPTS))
from autocrine.tables import read_table, write_table  # noqa: E402

GENES = 20_000
MODEL, CONTRAST, ROLE = "lsc_response", "resistant_vs_sensitive", "lsc_resistant_vs_sensitive"
KINDS = ("bulk", "bulk", "cells", "arrays")
JOBS = ("summarise_cohorts", "pool_genes", "plot_forests", "render_summary")
STATISTICS = {"alpha": 0.05, "equivalence_margin": 1.0, "power": 0.8}


class Inputs(SimpleNamespace):
    """Inputs of a job by name, as snakemake gives them."""

    def get(self, name):
        """Return an input, or None."""
        return getattr(self, name, None)


def write_cohorts(finished: Path, folder: Path, number: int) -> dict:
    """Write the tables of some cohorts, and return what the configuration says of them."""
    random = np.random.default_rng(1)
    known = pd.read_csv(ROOT / "resources/genes/human_grch38.tsv.gz", sep="\t", dtype=str, keep_default_na=False)
    panel, claims = read_table(finished / "panel.tsv"), read_table(finished / "claims.tsv")
    panel = panel[(panel["model"] == MODEL) & (panel["contrast"] == CONTRAST)]
    known = known[(known["primary"] == "1") & known["gene_id"].str.startswith("ENSG")]
    own = panel[["gene_id", "symbol"]].set_axis(["gene_id", "gene_name"], axis=1)
    genes = pd.concat([own[own["gene_id"] != ""], known[["gene_id", "gene_name"]]])
    genes = genes.drop_duplicates("gene_id")[:GENES].reset_index(drop=True)
    size = len(genes)
    truth, between = random.normal(0, 0.5, size), np.abs(random.normal(0, 0.3, size))
    scale = np.exp(random.normal(-1, 0.5, size))
    cohorts = {}
    for one in range(number):
        error = scale * np.exp(random.normal(0, 0.3, size)) * random.uniform(0.6, 1.8)
        effect = truth + random.normal(0, between) + random.normal(0, error)
        there = random.uniform(size=size) > 0.1
        table = genes.assign(
            log2_fc=effect, lfc_se=error, ci_low=effect - 2.1 * error, ci_high=effect + 2.1 * error,
            p_value=2 * np.exp(-np.abs(effect / error) - 0.7), status="tested",
        )[there]  # fmt: skip
        name = f"cohort_{one:03d}"
        write_table(folder / name / MODEL / CONTRAST / "genes.tsv.gz", table, "SIMULATED")
        held = table.set_index("gene_id").reindex(panel["gene_id"])
        columns = ["log2_fc", "lfc_se", "ci_low", "ci_high", "p_value"]
        drawn = panel.assign(**{column: held[column].to_numpy() for column in columns})
        drawn["reason"] = np.where(drawn["log2_fc"].isna(), "absent from the count matrix", "")
        drawn["moderated_p_value"] = drawn["p_value"]
        write_table(folder / name / "panel.tsv", drawn.drop(columns="data_origin"), "SIMULATED")
        verdicts = random.choice(["supported", "inconclusive", "contradicted"], len(claims), p=[0.4, 0.5, 0.1])
        judged = claims.assign(verdict=np.where(claims["verdict"] == "not_testable", "not_testable", verdicts))
        write_table(folder / name / "claims.tsv", judged.drop(columns="data_origin"), "SIMULATED")
        kind = KINDS[one % len(KINDS)]
        cohorts[name] = {
            "title": f"Simulated cohort {one} <b>", "evidence": "state", "data_origin": "SIMULATED", "kind": kind,
            "species": "mouse" if one % 10 == 9 else "human", "models": [MODEL],
            "measure": "log_expression" if kind == "arrays" else "counts",
        }  # fmt: skip
    (folder / "cohorts.json").write_text(json.dumps(cohorts))
    return cohorts


def run_job(job: str, folder: Path) -> None:
    """Run a job of the summary in this process, on what `write_cohorts` wrote."""
    cohorts = json.loads((folder / "cohorts.json").read_text())
    module = __import__(job)
    summary, resources, report = folder / "summary", ROOT / "resources", ROOT / "workflow" / "report"
    common = Inputs(
        panels=[folder / name / "panel.tsv" for name in cohorts],
        claims=[folder / name / "claims.tsv" for name in cohorts],
        tables=[folder / name / MODEL / CONTRAST / "genes.tsv.gz" for name in cohorts],
        effects=summary / "effects.tsv",
        claims_files=[resources / "claims" / "grockowiak2017.yaml", resources / "demo" / "claims.yaml"],
        panel=resources / "panels" / "bmp.tsv",
        schema=ROOT / "workflow" / "schemas" / "claims.schema.yaml",
        genes=resources / "genes" / "human_grch38.tsv.gz",
        refused=resources / "genes" / "refused_aliases.tsv",
        mouse_genes=resources / "genes" / "mouse_grcm39.tsv.gz",
    )
    if job == "summarise_cohorts":
        contrast = {"factor": "response", "tested": "resistant", "reference": "sensitive", "role": ROLE}
        entry = {"samples": {}, "design": "~ response", "groups": {}, "contrasts": {CONTRAST: contrast}}
        choices = {"incomplete_pairs": "drop", "repeated_patients": "error", "accept_confounded": []}
        entry |= choices | {"unwanted_factors": 0, "unwanted_from": "none", "random": None}
        models = {MODEL: entry}
        made = Inputs(effects=common.effects, meta=summary / "meta_analysis.tsv", claims=summary / "claims.tsv")
        module.main(common, cohorts, models, {}, STATISTICS, made)
    elif job == "pool_genes":
        tables = [(name, MODEL, CONTRAST) for name in cohorts]
        kinds = {name: cohort["kind"] for name, cohort in cohorts.items()}
        made = Inputs(effects=summary / "gene_effects.h5ad", pooled=summary / "pooled_genes.tsv.gz")
        module.main(common, tables, kinds, {}, STATISTICS, made)
    elif job == "plot_forests":
        module.main(common.effects, summary / "meta_analysis.tsv", summary / "forests")
    else:
        shown = Inputs(
            **{**vars(common), "claims": summary / "claims.tsv"},
            meta=summary / "meta_analysis.tsv",
            forests=summary / "forests",
            gene_effects=summary / "gene_effects.h5ad",
            pooled=summary / "pooled_genes.tsv.gz",
            **files_of_page(report),
        )
        module.main(shown, cohorts, STATISTICS, summary / "summary.html")


def files_of_page(report: Path) -> dict[str, object]:
    """Return the files that the rule of the page names, from its lists."""

    def listed(file: str, name: str) -> list[str]:
        text = (ROOT / "workflow" / "rules" / f"{file}.smk").read_text(encoding="utf-8")
        return re.findall(r'"([\w.]+)"', re.search(rf"^{name} = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)[1])

    return {
        "libraries": [report / "vendor" / f"{name}.js" for name in listed("summary", "SUMMARY_LIBRARIES")],
        "first_scripts": [report / "page" / f"{name}.js" for name in listed("report", "FIRST_SCRIPTS")],
        "scripts": [report / "page" / f"{name}.js" for name in listed("summary", "SUMMARY_SCRIPTS")],
        "styles": [report / "page" / "report.css", report / "summary.css"],
        "dark": report / "page" / "dark.css",
        "page": [report / "summary" / f"{name}.html.j2" for name in listed("summary", "SUMMARY_PAGE")],
        "licences": [report / "vendor" / name for name in listed("summary", "SUMMARY_LICENCES")],
    }


def measure(finished: Path, folder: Path, number: int) -> None:
    """Print a row: the seconds and megabytes of each job, and the size of the page."""
    if not (folder / "cohorts.json").exists():
        write_cohorts(finished, folder, number)
    total, most = 0.0, 0.0
    for job in JOBS:
        start = time.perf_counter()
        command = [sys.executable, __file__, "--job", job, "--work", str(folder)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds, megabytes, processor = time.perf_counter() - start, float(output[-2]), float(output[-1])
        total, most = total + seconds, max(most, megabytes)
        print(f"  {job}: {seconds:.1f} s ({processor:.1f} s of a processor), {megabytes:.0f} MB", flush=True)
    page = folder / "summary" / "summary.html"
    print(f"{number} cohorts: {total:.1f} s, {most:.0f} MB, page {page.stat().st_size / 1e6:.2f} MB", flush=True)


def main() -> None:
    """Measure, or run one job."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("finished", type=Path, nargs="?", help="results of a finished cohort, results/demo")
    parser.add_argument("--cohorts", type=int, nargs="+", default=[4, 200])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--job", choices=JOBS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.job:
        sys.path.insert(0, str(SCRIPTS))
        run_job(options.job, options.work)
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)
        return
    work = options.work or Path(tempfile.mkdtemp(prefix="summary-"))
    for number in options.cohorts:
        measure(options.finished, work / str(number), number)


if __name__ == "__main__":
    main()
