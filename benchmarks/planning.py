"""Measure how long planning takes: a dry run of many small cohorts, anew, again, and with one cohort changed.

Usage: python benchmarks/planning.py [--cohorts 1 10 40 200 1000]. Prints the table of docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
GENES, SAMPLES, MODELS = 400, 12, 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cohorts", type=int, nargs="+", default=[1, 10, 40, 200, 1000], help="numbers of cohorts")
    options = parser.parse_args()
    print("| cohorts | anew | again | one changed | peak memory, GB |\n|---|---|---|---|---|")
    for number in options.cohorts:
        with tempfile.TemporaryDirectory(prefix="planning-") as folder:
            rows = measure(Path(folder), number)
        cells = [f"{row['seconds']:.1f} s ({row['processor']:.1f})" for row in rows.values()]
        print(f"| {number} | " + " | ".join(cells) + f" | {max(row['gb'] for row in rows.values()):.2f} |", flush=True)


def measure(folder: Path, number: int) -> dict[str, dict[str, float]]:
    """Plan a study of so many cohorts in an empty folder.

    Returns
    -------
    ``anew``, ``again`` and ``changed`` (counts of one cohort): seconds, processor seconds and peak memory in GB.
    """
    config = write_study(folder, number)
    rows = {name: plan(folder, config) for name in ("anew", "again")}
    counts = folder / "cohort_000" / "counts.tsv"
    counts.write_text(counts.read_text().replace("\t1", "\t2"))
    return rows | {"changed": plan(folder, config)}


def plan(folder: Path, config: Path) -> dict[str, float]:
    """Make a dry run and return its seconds, processor seconds and peak memory in GB."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "-n",
        "-s",
        str(ROOT / "workflow" / "Snakefile"),
        "--configfile",
        str(config),
    ]
    start = time.perf_counter()
    with open(folder / "printed.txt", "w") as printed:
        process = subprocess.Popen(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError((folder / "printed.txt").read_text()[-2000:])
    seconds, processor = time.perf_counter() - start, used.ru_utime + used.ru_stime
    return {"seconds": seconds, "processor": processor, "gb": used.ru_maxrss / 1e6}


def write_study(folder: Path, number: int) -> Path:
    """Write simulated cohorts of their own counts and sheet, and return their configuration."""
    random = np.random.default_rng(1)
    panel = pd.read_csv(ROOT / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str)["symbol"]
    genes = [*panel, *(f"gene_{position}" for position in range(GENES - len(panel)))]
    names = [f"S{position}" for position in range(SAMPLES)]
    groups, batches = np.array(["a", "b", "c"] * 4), ["x", "x", "x", "y", "y", "y"] * 2
    for cohort in range(number):
        place = folder / f"cohort_{cohort:03d}"
        place.mkdir(parents=True)
        counts = random.negative_binomial(5, 0.05, (GENES, SAMPLES))
        pd.DataFrame(counts, pd.Index(genes, name="gene"), names).to_csv(place / "counts.tsv", sep="\t")
        sheet = pd.DataFrame({"sample": names, "group": np.roll(groups, cohort % 3), "batch": batches})
        sheet.to_csv(place / "samples.tsv", sep="\t", index=False)
    contrast = {"factor": "group", "tested": "b", "reference": "a"}
    model = {"design": "~ group + batch", "contrasts": {"b_vs_a": contrast}}
    config = {
        "cohorts": {
            f"cohort_{cohort:03d}": {
                "counts": f"cohort_{cohort:03d}/counts.tsv",
                "samples": f"cohort_{cohort:03d}/samples.tsv",
                "simulated": True,
            }
            for cohort in range(number)
        },
        "models": {f"model_{position}": model for position in range(MODELS)},
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    return path


if __name__ == "__main__":
    main()
