"""Moderated linear models against R limma: time on simulated counts, and how far apart the answers are.

Usage: python benchmarks/linear.py [--work FOLDER] [--genes 20000] [--repeats 5]; writes docs/linear.md. Every run is a
process of its own with one thread, ours and R's by turns. The time is that of the computation, without loading
libraries, kernels or data; processor time is that of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from simulate import make_design, simulate  # noqa: E402

# Task and design.
RUNS = [
    ("voom", "4 v 4"),
    ("voom", "12 v 12, 3 batches"),
    ("voom", "30 pairs"),
    ("voom", "100 v 100, 3 batches"),
    ("trend", "100 v 100, 3 batches"),
    ("quality", "12 v 12, 3 batches"),
    ("blocks", "12 v 12, 3 batches"),
]
WORDS = {
    "voom": "voom, fit, squeeze",
    "trend": "fit of log values, squeeze with trend",
    "quality": "voom with quality weights, fit, squeeze",
    "blocks": "voom, correlation of blocks, fit, squeeze",
}
SINGLE = {name: "1" for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


def compute(task: str, counts: np.ndarray, samples: pd.DataFrame, logs: np.ndarray) -> np.ndarray:
    """Do one task; return effect, error, p-value and degrees of freedom of the last coefficient (4, G)."""
    from autocrine import linear

    design = make_design(samples)
    if task == "blocks":
        design = make_design(samples[["condition"]])
    options: dict = {}
    if task == "trend":
        values, options = logs, {"trend": True}
    else:
        found = (linear.voom_with_quality_weights if task == "quality" else linear.voom)(counts, design)
        values, options = found.expression, {"weights": found.weights}
    if task == "blocks":
        between = linear.estimate_block_correlation(values, design, samples["batch"], weights=found.weights)
        options |= {"blocks": samples["batch"], "correlation": between.consensus}
    fit = linear.fit_model(values, design, **options)
    tested = linear.test_contrast(fit, np.eye(design.shape[1])[-1])
    return tested[["log2_fc", "lfc_se", "p_value", "df"]].to_numpy().T


def work(task: str, folder: Path) -> None:
    """Load, warm up on a few genes, time one task, and print a line of JSON."""
    counts = np.load(folder / "counts.npy")
    samples = pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str)
    # What R computes before its clock starts too.
    logs = np.log2((counts + 0.5) / (counts.sum(axis=1, keepdims=True) + 1) * 1e6)
    compute(task, counts[:, :200], samples, logs[:, :200])
    wall, processor = time.perf_counter(), time.process_time()
    answers = compute(task, counts, samples, logs)
    used = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - processor}
    np.save(folder / f"ours_{task}.npy", answers)
    print(json.dumps(used))


def run(command: list[str]) -> dict:
    """Run a worker with one thread and return what it says."""
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | SINGLE)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def measure(folder: Path, n_genes: int, repeats: int) -> tuple[pd.DataFrame, str]:
    """Time every task by turns and compare the answers; return a row per task, and R's versions."""
    rows, version = [], ""
    for task, design in RUNS:
        counts, samples = simulate(design, n_genes)
        np.save(folder / "counts.npy", counts)
        counts.astype("<i4").tofile(folder / "counts.bin")
        samples.to_csv(folder / "samples.tsv", sep="\t", index=False)
        times: dict[str, list[float]] = {}
        for _ in range(repeats):
            ours = run([sys.executable, str(Path(__file__)), "--worker", task, "--work", str(folder)])
            theirs = run(["Rscript", str(Path(__file__).with_suffix(".R")), task, str(folder)])
            version = theirs.pop("version")
            for who, used in (("ours", ours), ("R", theirs)):
                for clock, seconds in used.items():
                    times.setdefault(f"{who} {clock}", []).append(seconds)
        medians = {name: float(np.median(values)) for name, values in times.items()}
        rows.append({"task": task, "design": design, "samples": len(samples), **medians, **differences(folder, task)})
        print(rows[-1], flush=True)
    return pd.DataFrame(rows), version


def differences(folder: Path, task: str) -> dict[str, float]:
    """Return the largest relative differences of the answers to all genes."""
    ours = np.load(folder / f"ours_{task}.npy")
    r = np.fromfile(folder / f"r_{task}.bin").reshape(4, -1)
    if (np.isnan(ours) != np.isnan(r)).any():
        raise RuntimeError(f"{task}: other genes have answers than in R")
    known = ~np.isnan(r[0])
    ours, r = ours[:, known], r[:, known]
    # An effect of next to zero is a difference of large numbers; its error says what it is measured against.
    apart = {"effect": np.abs(ours[0] - r[0]) / (np.abs(r[0]) + r[1]), "error": np.abs(ours[1] / r[1] - 1)}
    apart |= {"p": np.abs(ours[2] / r[2] - 1)[r[2] > 1e-290], "df": np.abs(ours[3] / r[3] - 1)}
    return {name: float(values.max()) for name, values in apart.items()}


def write_page(table: pd.DataFrame, version: str, n_genes: int, repeats: int, note: str) -> str:
    """Write the tables in Markdown."""
    from importlib.metadata import version as installed

    packages = ", ".join(f"{name} {installed(name)}" for name in ("numba", "numpy", "scipy", "pandas"))
    lines = [
        "# Moderated linear models: time and parity",
        "",
        "Remade by `python benchmarks/linear.py`. What is computed is described in [statistics.md](statistics.md).",
        "",
        f"Python {platform.python_version()}, {packages}. {version}.",
        f"{n_genes:,} simulated genes; one thread each; medians of {repeats} runs, each in a process of its own, by",
        "turns; without loading libraries, kernels and data.",
        *([note] if note else []),
        "",
        "| task | design | samples | ours, s | R limma, s | times faster | ours, processor s | R, processor s |"
        " times faster |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in table.itertuples(index=False):
        wall, r_wall, cpu, r_cpu = (getattr(row, name) for name in ("ours_wall", "R_wall", "ours_cpu", "R_cpu"))
        lines.append(
            f"| {WORDS[row.task]} | {row.design} | {row.samples} | {wall:.3f} | {r_wall:.2f} | {r_wall / wall:.1f} | "
            f"{cpu:.3f} | {r_cpu:.2f} | {r_cpu / cpu:.1f} |"
        )
    lines += [
        "",
        "Largest relative differences from R's answers over all genes. That of an effect is relative to the effect and",
        "its error together, since an effect of next to zero is a difference of large numbers.",
        "",
        "| task | design | effect | standard error | p-value | degrees of freedom |",
        "|---|---|---|---|---|---|",
    ]
    for row in table.itertuples(index=False):
        lines.append(
            f"| {WORDS[row.task]} | {row.design} | {row.effect:.0e} | {row.error:.0e} | {row.p:.0e} | {row.df:.0e} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Read the options, measure, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "linear.md")
    parser.add_argument("--note", default="", help="a sentence for the page, such as what else ran on the machine")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker, options.work)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        table, version = measure(folder, options.genes, options.repeats)
    table = table.rename(columns=lambda name: name.replace(" ", "_"))
    options.out.write_text(write_page(table, version, options.genes, options.repeats, options.note), encoding="utf-8")


if __name__ == "__main__":
    main()
