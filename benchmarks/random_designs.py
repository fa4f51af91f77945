"""Random designs on real and simulated counts: one function for each kind."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from simulate import make_design  # noqa: E402

SHARED = ROOT.parent / "shared" / "data"
SETS = {"lcl_women": 41, "bottomly": 21, "ptc_paired": 16, "airway": 8, "bap_hesc_io": 8, "mov10_hek293": 8}
GENES = 3000
CHANGED_SHARE = 0.1
SPARSE = ("pseudobulks of real cells", "sparse, poscounts")


@dataclass
class Problem:
    """Counts (samples x genes), a design, what is asked of it, and how R is to be asked.

    `levels` is (factor, tested, reference) where R knows the design by a formula; without it R gets the matrix.
    """

    counts: pd.DataFrame
    design: pd.DataFrame
    contrast: np.ndarray
    sheet: pd.DataFrame | None = None
    formula: str = ""
    levels: tuple[str, str, str] | None = None
    poscounts: bool = False
    factors: pd.DataFrame | None = None


def draw(random: np.random.Generator, n: int, smallest: int = 0) -> pd.DataFrame:
    """Draw n samples and `GENES` genes of a real set; small sets serve small designs alone."""
    fitting = [name for name, size in SETS.items() if size >= max(n, smallest)]
    counts = pd.read_csv(SHARED / random.choice(fitting) / "counts.tsv.gz", sep="\t", index_col=0).T
    counts = counts.iloc[random.permutation(len(counts))[:n]]
    counts = counts.loc[:, (counts > 0).any()]
    counts = counts.iloc[:, random.permutation(counts.shape[1])[:GENES]]
    return counts.set_axis([f"s{i:02d}" for i in range(n)])


def plant(counts: pd.DataFrame, tested: np.ndarray, random: np.random.Generator) -> pd.DataFrame:
    """Change a tenth of the genes two- to eight-fold between two parts of the samples, by thinning the lower one."""
    values = counts.to_numpy().copy()
    changed = random.random(values.shape[1]) < CHANGED_SHARE
    kept, rises = 2.0 ** -random.uniform(1, 3, values.shape[1]), random.random(values.shape[1]) < 0.5
    lower = np.where(rises[None, :], ~tested[:, None], tested[:, None]) & changed[None, :]
    values[lower] = random.binomial(values, np.broadcast_to(kept, values.shape))[lower]
    return pd.DataFrame(values, counts.index, counts.columns)


def by_formula(counts: pd.DataFrame, sheet: pd.DataFrame, tested: str, reference: str) -> Problem:
    """Ask for two levels of the sheet's last column, beside the columns before it."""
    factor = sheet.columns[-1]
    numbers = sheet.select_dtypes("number")
    design = make_design(sheet.drop(columns=numbers.columns))
    for column in numbers:
        design.insert(1, column, numbers[column].to_numpy(float))
    weights = pd.Series(0.0, design.columns)
    for level, sign in ((tested, 1.0), (reference, -1.0)):
        if f"{factor}:{level}" in weights:
            weights[f"{factor}:{level}"] = sign
    formula = "~ " + " + ".join(sheet.columns)
    return Problem(counts, design, weights.to_numpy(), sheet, formula, (factor, tested, reference))


def two_groups(random: np.random.Generator, least: int = 2, most: int = 15, smallest: int = 0) -> Problem:
    """Make two groups of their own sizes."""
    sizes = random.integers(least, most + 1, 2)
    tested = np.arange(sizes.sum()) < sizes[0]
    counts = plant(draw(random, sizes.sum(), smallest), tested, random)
    sheet = pd.DataFrame({"group": np.where(tested, "b", "a")}, counts.index)
    return by_formula(counts, sheet, "b", "a")


def pairs(random: np.random.Generator) -> Problem:
    """Make patients with two samples each."""
    n = int(random.integers(3, 9))
    tested = np.arange(2 * n) < n
    counts = plant(draw(random, 2 * n), tested, random)
    patient = [f"p{i}" for i in range(n)] * 2
    sheet = pd.DataFrame({"patient": patient, "time": np.where(tested, "b", "a")}, counts.index)
    return by_formula(counts, sheet, "b", "a")


def levels(random: np.random.Generator) -> Problem:
    """Make three to five groups, of which two are compared."""
    groups = list("abcde")[: int(random.integers(3, 6))]
    sizes = random.integers(2, 5, len(groups))
    group = np.repeat(groups, sizes)
    counts = plant(draw(random, len(group)), group == groups[-1], random)
    return by_formula(counts, pd.DataFrame({"group": group}, counts.index), groups[-1], groups[random.integers(0, 2)])


def covariate(random: np.random.Generator) -> Problem:
    """Make two groups beside a batch and a scaled measurement."""
    n = int(random.integers(4, 11))
    tested = np.arange(2 * n) < n
    counts = plant(draw(random, 2 * n), tested, random)
    age = random.normal(0, 1, 2 * n).round(3)
    sheet = pd.DataFrame({"age": (age - age.mean()) / age.std(ddof=1)}, counts.index)
    sheet["batch"], sheet["group"] = [f"x{i % 2}" for i in range(2 * n)], np.where(tested, "b", "a")
    return by_formula(counts, sheet, "b", "a")


def by_matrix(counts: pd.DataFrame, columns: dict[str, np.ndarray], weights: list[float]) -> Problem:
    """Ask for a vector of coefficients of a matrix."""
    return Problem(counts, pd.DataFrame(columns, counts.index).astype(float), np.array(weights))


def interaction(random: np.random.Generator) -> Problem:
    """Make two by two groups and ask how their effects differ."""
    n = int(random.integers(2, 7))
    first, second = np.repeat([0, 0, 1, 1], n) > 0, np.repeat([0, 1, 0, 1], n) > 0
    counts = plant(draw(random, 4 * n), first & second, random)
    columns = {"Intercept": np.ones(4 * n), "first": first, "second": second, "both": first & second}
    return by_matrix(counts, columns, [0, 0, 0, 1])


def nested(random: np.random.Generator) -> Problem:
    """Make patients within two groups, each at two times, and ask how the changes differ."""
    n = int(random.integers(3, 7))
    patient, later = np.tile(np.arange(2 * n), 2), np.repeat([False, True], 2 * n)
    response = patient < n
    counts = plant(draw(random, 4 * n), response & later, random)
    columns = {f"p{i}": patient == i for i in range(2 * n)}
    columns |= {"later": later, "later_in_b": later & response}
    return by_matrix(counts, columns, [*[0.0] * 2 * n, 0.0, 1.0])


def empty_group(random: np.random.Generator) -> Problem:
    """Make two groups with genes that one or both of them lack."""
    problem = two_groups(random, 2, 8)
    values, tested = problem.counts.to_numpy().copy(), problem.design.iloc[:, -1].to_numpy() > 0
    for rows in (tested, ~tested):
        values[np.ix_(rows, random.random(values.shape[1]) < 0.05)] = 0
    problem.counts = pd.DataFrame(values, problem.counts.index, problem.counts.columns)
    return problem


def outliers(random: np.random.Generator) -> Problem:
    """Make two groups with counts a hundred times too high."""
    problem = two_groups(random, 3, 10)
    values = problem.counts.to_numpy().copy()
    hit = random.random(values.shape) < 2e-3
    values[hit] = (values[hit] + 5) * 100
    problem.counts = pd.DataFrame(values, problem.counts.index, problem.counts.columns)
    return problem


def uneven_depth(random: np.random.Generator) -> Problem:
    """Make two groups whose libraries differ up to twenty-fold."""
    problem = two_groups(random, 2, 10)
    kept = random.uniform(0.05, 1, len(problem.counts))
    values = random.binomial(problem.counts.to_numpy(), kept[:, None])
    problem.counts = pd.DataFrame(values, problem.counts.index, problem.counts.columns)
    return problem


def sparse(random: np.random.Generator) -> Problem:
    """Make pairs of pseudobulks, each the sum of some cells of a real patient in one condition."""
    import anndata

    cells = anndata.read_h5ad(SHARED / "gbm_panobinostat_5patients" / "gbm_panobinostat_5patients.h5ad")
    patients = sorted(cells.obs["patient_id"].astype(str).unique())
    rows, sheet = [], []
    for time, condition in (("a", cells.obs["condition"].iloc[0]), ("b", None)):
        for patient in patients:
            there = (cells.obs["patient_id"].astype(str) == patient).to_numpy()
            there &= ((cells.obs["condition"] == cells.obs["condition"].iloc[0]) == (condition is not None)).to_numpy()
            chosen = random.choice(np.flatnonzero(there), int(random.integers(5, 60)), replace=True)
            rows.append(np.asarray(cells.X[chosen].sum(axis=0)).ravel())
            sheet.append({"patient": f"p{patients.index(patient)}", "time": time})
    counts = pd.DataFrame(np.rint(rows).astype(int), [f"s{i:02d}" for i in range(len(rows))], cells.var_names)
    problem = by_formula(counts, pd.DataFrame(sheet, counts.index), "b", "a")
    problem.poscounts = not bool((counts > 0).all(axis=0).any())
    return problem


def sparse_simulated(random: np.random.Generator) -> Problem:
    """Make two groups of pseudobulks of few reads, so that every gene has a zero."""
    problem = two_groups(random, 3, 8)
    values = problem.counts.to_numpy()
    share = 2.0 * values.shape[1] / values.sum(axis=1, keepdims=True) * random.uniform(0.3, 3, (len(values), 1))
    values = random.binomial(values, np.minimum(share, 1))
    values[np.arange(values.shape[1]) % len(values), np.arange(values.shape[1])] = 0
    problem.counts = pd.DataFrame(values, problem.counts.index, problem.counts.columns)
    problem.poscounts = True
    return problem


def length_factors(random: np.random.Generator) -> Problem:
    """Make two groups whose genes have factors of their own in each sample."""
    problem = two_groups(random, 2, 8)
    shape = problem.counts.shape
    logs = random.normal(0, 0.2, shape) + random.normal(0, 0.3, (shape[0], 1))
    factors = np.exp(logs - logs.mean(axis=0))
    problem.factors = pd.DataFrame(factors, problem.counts.index, problem.counts.columns)
    return problem


KINDS: dict[str, Callable[[np.random.Generator], Problem]] = {
    "two groups": two_groups, "pairs": pairs, "three to five levels": levels, "batch and covariate": covariate,
    "interaction": interaction, "nested pairs": nested, "genes without reads in a group": empty_group,
    "outliers": outliers, "depth 20-fold": uneven_depth, "pseudobulks of real cells": sparse,
    "sparse, poscounts": sparse_simulated, "length factors": length_factors,
}  # fmt: skip


def make_problem(number: int, seed: int) -> tuple[str, Problem]:
    """Make one design; its kind goes round with its number."""
    kind = list(KINDS)[number % len(KINDS)]
    return kind, KINDS[kind](np.random.default_rng([seed, number]))
