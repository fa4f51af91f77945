"""Measure the bundled demos, of samples and of single cells: as a whole, and their jobs by rule.

Usage: python benchmarks/demo.py (about six minutes, while nothing else should run). Prints the table of
docs/benchmarks.md: medians of --repeats runs of each demo on --cores cores, from an empty folder.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from resources import prepare_demo, run

CONFIGURATIONS = {"demo": "config.yaml", "demo_cells": "resources/demo_cells/config.yaml"}
WHOLE = "the whole run"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=int, default=2, help="cores of a run")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each demo")
    options = parser.parse_args()
    found: dict[str, list[dict[str, list[float]]]] = {name: [] for name in CONFIGURATIONS}
    walls: dict[str, list[float]] = {name: [] for name in CONFIGURATIONS}
    for _ in range(options.repeats):
        for name, config in CONFIGURATIONS.items():
            with tempfile.TemporaryDirectory(prefix="demo-") as folder:
                wall, seconds = measure(Path(folder), config, options.cores)
            walls[name].append(wall)
            found[name].append(seconds)
    rules = [*sorted({rule for runs in found.values() for each in runs for rule in each} - {WHOLE}), WHOLE]
    print("| rule | " + " | ".join(f"{name}: jobs | processor seconds" for name in found) + " |")
    print("|---" * (1 + 2 * len(found)) + "|")
    for rule in rules:
        cells = []
        for runs in found.values():
            if rule in runs[0]:
                jobs = "" if rule == WHOLE else str(len(runs[0][rule]))
                cells += [jobs, f"{statistics.median(sum(each[rule]) for each in runs):.1f}"]
            else:
                cells += ["", ""]
        print(f"| {rule if rule == WHOLE else f'`{rule}`'} | " + " | ".join(cells) + " |")
    print("Seconds by the clock: " + ", ".join(f"{name} {statistics.median(each):.0f}" for name, each in walls.items()))


def measure(folder: Path, config: str, cores: int) -> tuple[float, dict[str, list[float]]]:
    """Run a demo in an empty folder.

    Returns
    -------
    Its seconds by the clock; processor seconds of each job by rule and, as `WHOLE`, of the run with snakemake.
    """
    start, before = time.perf_counter(), _children()
    run(folder, prepare_demo(folder, config), cores=cores)
    wall, used = time.perf_counter() - start, _children() - before
    seconds: dict[str, list[float]] = defaultdict(list)
    for line in (folder / "measured.jsonl").read_text().splitlines():
        row = json.loads(line)
        seconds[row["rule"]].append(row["seconds"])
    return wall, {**seconds, WHOLE: [used]}


def _children() -> float:
    """Return processor seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
