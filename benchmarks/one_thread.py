"""Time of this engine on one thread by design, and the least that its evaluations alone would take.

Usage: python benchmarks/one_thread.py (about two minutes), which prints the table of docs/benchmarks.md.

Counts are simulated: 20,000 genes, two groups, log-normal means. Seconds are those of a processor for fit and Wald
test, medians of --repeats runs. The floor is the number of evaluations that the searches for dispersions and the
regressions ask for, times what one evaluation takes in a loop of nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))
# Threads of OpenBLAS spin while they wait for work, which would count as this engine's time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numba
import numpy as np
import pandas as pd

from autocrine import engine
from autocrine.engine.kernels import dispersion, regression
from autocrine.engine.kernels.lanes import LANES, empty_lanes, lanes_of_one
from autocrine.engine.kernels.profile import evaluate_posterior, profile_scratch
from autocrine.engine.plan import make_plan

DESIGNS: dict[str, tuple[int, int | str]] = {
    "4 v 4": (8, 0),
    "12 v 12": (24, 0),
    "100 v 100": (200, 0),
    "500 v 500": (1000, 0),
    "100 v 100, one covariate": (200, 1),
    "100 v 100, five covariates": (200, 5),
    "30 pairs": (60, "patient"),
    "200 pairs": (400, "patient"),
}


def simulate(n: int, others: int | str, n_genes: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return counts (n, n_genes) and a design: intercept, covariates or patients, and two groups as the last column."""
    rng = np.random.default_rng(n)
    columns = {"Intercept": np.ones(n)}
    if others == "patient":
        columns |= {f"patient {k}": (np.arange(n) // 2 == k) * 1.0 for k in range(1, n // 2)}
        group = np.arange(n) % 2 * 1.0
    else:
        columns |= {f"covariate {k}": rng.normal(size=n) for k in range(int(others))}
        group = (np.arange(n) >= n // 2) * 1.0
    design = pd.DataFrame({**columns, "group": group})
    mean = np.exp(rng.normal(4, 2, n_genes))
    alpha = (0.05 + 2 / mean) * np.exp(rng.normal(0, 0.5, n_genes))
    mu = mean[:, None] * np.exp(rng.normal(0, 0.25, n))
    return pd.DataFrame(rng.poisson(rng.gamma(1 / alpha[:, None], alpha[:, None] * mu)).T), design


def count_evaluations(counts: pd.DataFrame, design: pd.DataFrame) -> tuple[float, float]:
    """Return how many likelihoods of dispersions and passes of regressions a gene needs, over the whole fit."""
    asked = {"dispersion": 0, "regression": 0}
    fits = dispersion.fit_dispersions, regression.fit_coefficients

    def with_steps(*arguments: Any) -> None:
        fits[0](*arguments)
        # the start is evaluated too; a search on a grid takes six more evaluations of eight points
        steps = np.asarray(arguments[-1])
        asked["dispersion"] += int((np.abs(steps) + 1).sum() + 48 * (steps < 0).sum())

    def with_iterations(*arguments: Any) -> None:
        fits[1](*arguments)
        asked["regression"] += int((np.abs(np.asarray(arguments[-1])) + 2).sum())

    dispersion.fit_dispersions, regression.fit_coefficients = with_steps, with_iterations
    try:
        fit = engine.fit_model(counts, design)
    finally:
        dispersion.fit_dispersions, regression.fit_coefficients = fits
    tested = np.isfinite(fit.genes["dispersion_gene"]).sum()
    return asked["dispersion"] / tested, asked["regression"] / tested


@numba.njit
def _repeat_likelihoods(n, plan, times):
    counts, means = lanes_of_one(n), lanes_of_one(n)
    scratch = profile_scratch(plan)
    total = counts[0]
    for k in range(times):
        value, slope = evaluate_posterior(counts, means, -2.0 + 1e-9 * k + counts[0], plan, -2.0, 0.5, scratch)
        total += value + slope
    counts[0] = total


@numba.njit
def _repeat_passes(n, plan, times):
    n_groups = plan.group_start.shape[0] - 1
    counts, factors, log_factors = lanes_of_one(n), lanes_of_one(n), lanes_of_one(n)
    b = lanes_of_one(plan.fill_start.shape[0] - 1)
    scratch = empty_lanes(n_groups), empty_lanes(n_groups), empty_lanes(n_groups)
    for _ in range(times):
        counts[0] += regression._reweight(counts, factors, log_factors, factors[0], plan, 0.5, -0.7, b, scratch)


def seconds_of(function: Callable[..., None], *arguments: Any) -> float:
    """Return processor seconds of the fastest of five calls; the first one compiles."""
    function(*arguments[:-1], 1)
    found = []
    for _ in range(5):
        start = time.process_time()
        function(*arguments)
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=list(DESIGNS), help="designs to measure")
    options = parser.parse_args()
    engine.warm_up(processes=1)
    print("| design | seconds | ns per gene and sample | likelihoods a gene | passes a gene | floor, seconds |")
    print("|---|---|---|---|---|---|")
    for name in options.only:
        n, others = DESIGNS[name]
        counts, design = simulate(n, others, options.genes)
        evaluations, passes = count_evaluations(counts, design)
        found = []
        for _ in range(options.repeats):
            start = time.process_time()
            engine.test_contrast(engine.fit_model(counts, design), np.eye(design.shape[1])[-1])
            found.append(time.process_time() - start)
        plan = make_plan(design.to_numpy()).arrays
        times = max(400_000 // n, 20)
        of_one = [
            seconds_of(repeat, n, plan, times) / times / LANES for repeat in (_repeat_likelihoods, _repeat_passes)
        ]
        floor = options.genes * (evaluations * of_one[0] + passes * of_one[1])
        seconds = statistics.median(found)
        cell = seconds / options.genes / n * 1e9
        print(f"| {name} | {seconds:.3f} | {cell:.0f} | {evaluations:.1f} | {passes:.1f} | {floor:.3f} |", flush=True)


if __name__ == "__main__":
    main()
