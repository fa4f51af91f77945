"""Compare the speed of this checkout with that of an earlier release, by ratios that hold on any machine.

Usage: python benchmarks/regression.py (one or two minutes), which ends with 1 where a ratio grew by more than
--tolerance; --keep writes the ratios of this version into benchmarks/ratios.tsv, as a release does.

Each ratio is processor seconds (or peak memory) of ours over those of a yardstick that runs just before it: numpy
for the engine, pandas for reading, a start of snakemake for planning. The ratio of a measure is the median.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from planning import write_study  # noqa: E402
from simulate import simulate  # noqa: E402

from autocrine import __version__  # noqa: E402

STORE = Path(__file__).with_name("ratios.tsv")
COLUMNS = ("version", "measure", "ratio", "date")
TOLERANCE = 0.25
GENES = 5000
ENGINE = ("4 v 4", "30 pairs", "100 v 100, 3 batches")
COHORTS = 20

# Processes that are measured: each prints processor seconds and peak memory in MB of its work.
REPORT = """
import json, resource, time
def report(start):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.process_time() - start, "mb": peak}))
"""
YARDSTICK = (
    REPORT
    + """
import numpy as np
values = np.random.default_rng(1).gamma(2.0, size=4_000_000)
start = time.process_time()
for _ in range(5):
    np.log(values / (1 + values)).sum()
    np.sort(values[:1_000_000])
report(start)
"""
)
FIT = (
    REPORT
    + """
import sys
sys.path[:0] = sys.argv[3:]
import numpy as np, pandas as pd
from simulate import make_design
from worker import with_parity
from autocrine import engine
counts = np.load(sys.argv[1]).astype(np.int64)
design = make_design(pd.read_csv(sys.argv[2], sep="\\t", dtype=str))
engine.warm_up(processes=1)
with_parity(counts[:, :200], design, 1)
start = time.process_time()
with_parity(counts, design, 1)
report(start)
"""
)
PANDAS = (
    REPORT
    + """
import sys
import pandas as pd
start = time.process_time()
pd.read_csv(sys.argv[1], sep="\\t", index_col=0)
report(start)
"""
)
READ = (
    REPORT
    + """
import sys
sys.path[:0] = sys.argv[2:]
from autocrine.input.readers.counts import check_counts
from autocrine.input.readers.dispatch import read_counts
from autocrine.input.source import Source
from autocrine.problems import Findings
findings = Findings()
start = time.process_time()
table, _ = read_counts(Source((sys.argv[1],)), None, findings)
check_counts(table, sys.argv[1], "error", findings)
findings.raise_if_any()
report(start)
"""
)


def main() -> int:
    """Measure, compare, and say which measures grew."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", action="store_true", help=f"write the ratios of {__version__} into {STORE.name}")
    parser.add_argument("--against", help="the version to compare with; the last that is kept, unless given")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="share by which a ratio may grow")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each measure")
    options = parser.parse_args()
    kept = read_ratios(STORE)
    with tempfile.TemporaryDirectory(prefix="regression-") as folder:
        now = measure(Path(folder), options.repeats)
    then = ratios_of(kept, options.against)
    rows, slower = compare(then, now, options.tolerance)
    print("\n".join(rows))
    if options.keep:
        write_ratios(STORE, kept, now)
    return int(bool(slower))


def read_ratios(path: Path) -> list[dict[str, str]]:
    """Return the rows of the file of ratios, the releases in their order; none where there is no file."""
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def ratios_of(kept: list[dict[str, str]], version: str | None = None) -> dict[str, float]:
    """Return measure -> ratio of a version, or of the last; none where nothing is kept.

    Raises
    ------
    SystemExit
        Where the version that is asked for is not kept.
    """
    if version is None:
        version = kept[-1]["version"] if kept else ""
    elif version not in {row["version"] for row in kept}:
        raise SystemExit(f"no ratios of {version} in {STORE.name}")
    return {row["measure"]: float(row["ratio"]) for row in kept if row["version"] == version}


def compare(then: dict[str, float], now: dict[str, float], tolerance: float) -> tuple[list[str], list[str]]:
    """Set the ratios of two versions side by side.

    Returns
    -------
    A Markdown table as lines, and the measures that grew by more than the tolerance or are not measured any more.
    """
    rows, slower = ["| measure | then | now | change |", "|---|---|---|---|"], []
    for name in dict.fromkeys([*then, *now]):
        if name not in now:
            slower.append(name)
            rows.append(f"| {name} | {then[name]:.3g} | not measured | **lost** |")
        elif name not in then:
            rows.append(f"| {name} | | {now[name]:.3g} | new |")
        else:
            change = now[name] / then[name] - 1
            if change > tolerance:
                slower.append(name)
            percent = f"{change:+.0%}"
            rows.append(
                f"| {name} | {then[name]:.3g} | {now[name]:.3g} | {f'**{percent}**' if name in slower else percent} |"
            )
    return rows, slower


def write_ratios(path: Path, kept: list[dict[str, str]], now: dict[str, float], version: str = __version__) -> None:
    """Write the ratios of a version below those of others; those that it had are replaced."""
    rows = [row for row in kept if row["version"] != version]
    today = date.today().isoformat()
    rows += [
        {"version": version, "measure": name, "ratio": f"{ratio:.4g}", "date": today} for name, ratio in now.items()
    ]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def measure(folder: Path, repeats: int) -> dict[str, float]:
    """Return measure -> ratio, made in an empty folder."""
    found: dict[str, float] = {}
    ours = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]
    for name in ENGINE:
        counts, samples = simulate(name, GENES)
        np.save(folder / "counts.npy", counts)
        samples.to_csv(folder / "samples.tsv", sep="\t", index=False)
        files = [str(folder / "counts.npy"), str(folder / "samples.tsv")]
        found[f"engine, {name}: seconds / numpy"] = median_ratio(
            repeats, lambda files=files: python(FIT, *files, *ours)["seconds"], lambda: python(YARDSTICK)["seconds"]
        )
    table, megabytes = write_table(folder)
    read = [(python(READ, table, *ours), python(PANDAS, table)) for _ in range(repeats)]
    found["reading text: seconds / pandas"] = statistics.median(a["seconds"] / b["seconds"] for a, b in read)
    found["reading text: peak memory / matrix"] = statistics.median(a["mb"] for a, _ in read) / megabytes
    config = write_study(folder / "study", COHORTS)
    plan(config)
    found[f"planning {COHORTS} cohorts again: seconds / start of snakemake"] = median_ratio(
        repeats, lambda: plan(config), lambda: used_by("--version")
    )
    return found


def median_ratio(repeats: int, ours: Callable[[], float], yardstick: Callable[[], float]) -> float:
    """Return the median of ours over the yardstick, the two taking turns: a slow spell of the machine meets both."""
    ratios = []
    for _ in range(repeats):
        below = yardstick()
        ratios.append(ours() / below)
    return statistics.median(ratios)


def write_table(folder: Path) -> tuple[str, float]:
    """Write a table of 20,000 genes x 500 samples; return its path and the size of its matrix in MB."""
    random = np.random.default_rng(1)
    counts = random.negative_binomial(2, 0.01, (20_000, 500))
    genes = pd.Index([f"ENSG{number:011d}" for number in range(len(counts))], name="gene")
    path = str(folder / "counts.tsv.gz")
    frame = pd.DataFrame(counts, genes, [f"sample_{number:04d}" for number in range(counts.shape[1])])
    frame.to_csv(path, sep="\t", compression={"method": "gzip", "compresslevel": 1})
    return path, counts.nbytes / 2**20


def python(code: str, *arguments: str) -> dict[str, float]:
    """Run code in a process of its own, on one thread, and return what it prints."""
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout.splitlines()[-1])


def plan(config: Path) -> float:
    """Return the processor seconds of a dry run."""
    snakefile = ROOT / "workflow" / "Snakefile"
    return used_by("-n", "-q", "-s", str(snakefile), "--configfile", str(config), folder=config.parent)


def used_by(*arguments: str, folder: Path | None = None) -> float:
    """Return the processor seconds of a snakemake command."""
    command = [sys.executable, "-m", "snakemake", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
