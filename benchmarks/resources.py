"""Measure memory and processor time of every rule, for the table of docs/cluster.md.

Usage: python benchmarks/resources.py (the demo and simulated cohorts of 20,000 genes). Prints the table.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from simulate import DESIGNS, simulate  # noqa: E402

# Python imports this by its name in every process: the jobs tell at their end what they took.
SPY = """
import atexit, json, os, re, sys, time
job = re.search(r"scripts/tmp\\w+\\.(\\w+)\\.py", " ".join(sys.orig_argv))
if job:
    def tell():
        peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
        row = {"rule": job[1], "mb": int(peak) / 1024, "seconds": time.process_time()}
        with open(os.environ["SPY_FILE"], "a") as file:
            file.write(json.dumps(row) + "\\n")
    atexit.register(tell)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genes", type=int, default=20_000, help="genes of the simulated cohorts")
    parser.add_argument("--designs", nargs="+", default=["30 pairs", "100 v 100, 3 batches"], choices=DESIGNS)
    parser.add_argument(
        "--sensitivity", action="store_true", help="change one thing at a time in simulated cohorts too"
    )
    parser.add_argument("--work", type=Path, help="keep the runs here; a second call measures only what is missing")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="resources-"))
    columns = {}
    for name in ["demo", *options.designs]:
        folder = work / name.replace(" ", "_").replace(",", "")
        if not (folder / "measured.jsonl").exists():
            folder.mkdir(parents=True)
            run(folder, prepare_demo(folder) if name == "demo" else prepare_simulated(folder, name, options))
        rows = pd.DataFrame(map(json.loads, (folder / "measured.jsonl").read_text().splitlines()))
        (counts,) = folder.glob("results/*/counts.h5ad")
        title = f"{name} ({counts.stat().st_size / 1e6:.0f} MB)"
        columns[title] = rows.groupby("rule").max()
    names = sorted(set().union(*(table.index for table in columns.values())))
    print("| rule | " + " | ".join(columns) + " |\n" + "|---" * (len(columns) + 1) + "|")
    for rule in names:
        cells = [
            f"{t.loc[rule, 'mb']:.0f} MB, {t.loc[rule, 'seconds']:.1f} s" if rule in t.index else ""
            for t in columns.values()
        ]
        print(f"| `{rule}` | " + " | ".join(cells) + " |")


def run(folder: Path, config: Path) -> None:
    """Run one configuration whole, one job at a time, with the spy in every job."""
    (folder / "spy").mkdir()
    (folder / "spy" / "sitecustomize.py").write_text(SPY)
    spied = {"PYTHONPATH": str(folder / "spy"), "SPY_FILE": str(folder / "measured.part")}
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "workflow" / "Snakefile", "--configfile", config]
    subprocess.run([*command, "--cores", "1"], cwd=folder, env={**os.environ, **spied}, check=True)
    (folder / "measured.part").rename(folder / "measured.jsonl")


def prepare_demo(folder: Path) -> Path:
    """Make the bundled demo readable from a folder and return its configuration."""
    (folder / "resources").symlink_to(ROOT / "resources")
    return ROOT / "config.yaml"


def prepare_simulated(folder: Path, name: str, options: argparse.Namespace) -> Path:
    """Write a simulated cohort whose genes are the panel's and further human ones."""
    known = pd.read_csv(ROOT / "resources" / "genes" / "human_grch38.tsv.gz", sep="\t", dtype=str)
    panel = pd.read_csv(ROOT / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str)["ensembl"].dropna()
    ids = pd.concat([panel, known.loc[known["primary"] == "1", "gene_id"]])
    ids = ids[ids.str.startswith("ENSG", na=False)].drop_duplicates().iloc[: options.genes]
    counts, samples = simulate(name, len(ids))
    sheet = samples.set_axis([f"S{number:03d}" for number in range(len(samples))]).rename_axis("sample")
    sheet.to_csv(folder / "samples.tsv", sep="\t")
    table = pd.DataFrame(counts.T, index=ids.rename("gene_id"), columns=sheet.index)
    table.to_csv(folder / "counts.tsv.gz", sep="\t")
    contrast = {"factor": "condition", "tested": "b", "reference": "a"}
    model = {"design": "~ " + " + ".join(samples), "contrasts": {"b_vs_a": contrast}}
    cohort = {"counts": "counts.tsv.gz", "samples": "samples.tsv", "simulated": True}
    config = folder / "config.yaml"
    asked = {"cohorts": {"simulated": cohort}, "models": {"condition": model}, "sensitivity": options.sensitivity}
    config.write_text(yaml.safe_dump(asked))
    return config


if __name__ == "__main__":
    main()
