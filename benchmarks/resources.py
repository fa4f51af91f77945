"""Measure memory and processor time of every rule, for the table of docs/cluster.md.

Usage: python benchmarks/resources.py (half an hour: the demo, the summary over it and three copies, and the larger
cohorts of benchmarks/page.py). Prints the table.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

from page import SHAPES, write_cohort  # noqa: E402

# Python imports this by its name in every process: the jobs tell at their end what they took. Those that fork from a
# server have it from there, which took what their imports take.
SPY = """
import atexit, json, os, re, sys, time
def tell():
    if job := re.search(r"scripts/tmp\\w+\\.(\\w+)\\.py", sys.argv[0]):
        peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
        row = {"rule": job[1], "mb": int(peak) / 1024, "seconds": time.process_time()}
        with open(os.environ["SPY_FILE"], "a") as file:
            file.write(json.dumps(row) + "\\n")
atexit.register(tell)
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, help="keep the runs here; a second call measures only what is missing")
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="resources-"))
    columns = {}
    for number, name in enumerate(["demo", *list(SHAPES)[:2]]):
        folder = work / str(number)
        if not (folder / "measured.jsonl").exists():
            folder.mkdir(parents=True)
            run(folder, prepare_demo(folder) if name == "demo" else write_cohort(SHAPES[name], folder))
        if name == "demo" and not (folder / "four" / "measured.jsonl").exists():
            ledger = "results/summary/ro-crate-metadata.json"
            run(folder / "four", four_demos(folder), ledger, "--rerun-triggers", "mtime")
        lines = [line for file in sorted(folder.rglob("measured.jsonl")) for line in file.read_text().splitlines()]
        rows = pd.DataFrame(map(json.loads, lines))
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


def run(folder: Path, config: Path, *arguments: str, cores: int = 1) -> None:
    """Run one configuration, one job at a time unless there are more cores, with the spy in every job."""
    (folder / "spy").mkdir()
    (folder / "spy" / "sitecustomize.py").write_text(SPY)
    spied = {"PYTHONPATH": str(folder / "spy"), "SPY_FILE": str(folder / "measured.part")}
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "workflow" / "Snakefile", *arguments]
    command += ["--configfile", config, "--cores", str(cores)]
    subprocess.run(command, cwd=folder, env={**os.environ, **spied}, check=True)
    (folder / "measured.part").rename(folder / "measured.jsonl")


def prepare_demo(folder: Path, config: str = "config.yaml") -> Path:
    """Make a bundled demo readable from a folder and return its configuration."""
    (folder / "resources").symlink_to(ROOT / "resources")
    return ROOT / config


def four_demos(folder: Path) -> Path:
    """Make four cohorts of the finished demo, for what sets cohorts side by side, and return their configuration."""
    four = folder / "four"
    four.mkdir()
    prepare_demo(four)
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    (entry,) = config["cohorts"].values()
    config["cohorts"] = {f"demo_{number}": entry for number in range(4)}
    for name in config["cohorts"]:
        # Times are copied too: nothing is older than what it was made from.
        shutil.copytree(folder / "results" / "demo", four / "results" / name)
    (four / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return four / "config.yaml"


if __name__ == "__main__":
    main()
