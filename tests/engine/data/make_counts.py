"""Simulate the counts that the frozen R references are made from: one counts and one samples file per set.

Usage: python make_counts.py, then Rscript make_reference.R. Negative binomial counts, log-normal means,
dispersions around 0.05 + 3/mean (log-normal scatter 0.5), batch and patient effects, a fifth of the genes
changed, some genes without counts in one group or at all, and a few outlier counts.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
CHANGED, EMPTY_GROUP, EMPTY = 0.2, 0.02, 0.03


def simulate(seed: int, samples: pd.DataFrame, n_genes: int, outliers: int = 0, rising: bool = False) -> pd.DataFrame:
    """Counts of one set, genes x samples; ``rising``: dispersions that grow with the mean."""
    rng = np.random.RandomState(seed)
    n = len(samples)
    mean = np.exp(rng.normal(4.0, 1.7, n_genes))
    trend = 0.01 + 0.02 * np.sqrt(mean) if rising else 0.05 + 3 / mean
    dispersion = trend * np.exp(rng.normal(0, 0.5, n_genes))
    eta = np.log(mean)[:, None] + rng.normal(0, 0.25, n)[None, :]
    for column in samples.columns[1:]:
        levels = sorted(samples[column].unique())
        if samples[column].dtype.kind == "f":
            eta += rng.normal(0, 0.2, n_genes)[:, None] * samples[column].to_numpy()[None, :]
            continue
        for level in levels[1:]:
            if column == "condition":
                effect = rng.normal(0, 1.2, n_genes) * (rng.uniform(size=n_genes) < CHANGED)
            else:
                effect = rng.normal(0, 0.4, n_genes)
            eta += np.outer(effect, samples[column].to_numpy() == level)
    mu = np.exp(eta)
    size = 1 / dispersion[:, None]
    counts = rng.poisson(rng.gamma(size, mu / size, size=mu.shape))
    last = samples["condition"].to_numpy() == sorted(samples["condition"].unique())[-1]
    group_off = rng.uniform(size=n_genes) < EMPTY_GROUP
    counts[np.ix_(group_off, last)] = 0
    counts[rng.uniform(size=n_genes) < EMPTY] = 0
    for _ in range(outliers):
        g, i = rng.randint(n_genes), rng.randint(n)
        counts[g, i] = (counts[g, i] + 5) * 60
    genes = [f"gene{j}" for j in range(n_genes)]
    return pd.DataFrame(counts, index=pd.Index(genes, name="gene"), columns=samples["sample"])


def sheet(**columns: list) -> pd.DataFrame:
    """Sample sheet with names."""
    n = len(next(iter(columns.values())))
    return pd.DataFrame({"sample": [f"s{i + 1}" for i in range(n)], **columns})


def groups(a: int, b: int) -> list[str]:
    """Condition column of two groups."""
    return ["a"] * a + ["b"] * b


PATIENTS = [f"p{i:02d}" for i in range(30)]
AGES = [round(-1.5 + 0.31 * ((7 * i) % 10), 2) for i in range(10)]
SETS = {
    "two_v_two": (1, sheet(condition=groups(2, 2)), 330, {}),
    "three_v_three": (2, sheet(condition=groups(3, 3)), 330, {"outliers": 4}),
    "four_v_four": (3, sheet(condition=groups(4, 4)), 330, {"outliers": 4}),
    "eight_v_eight": (4, sheet(condition=groups(8, 8)), 350, {"outliers": 15}),
    "twelve_batches": (5, sheet(batch=["x", "y", "z"] * 8, condition=groups(12, 12)), 350, {"outliers": 15}),
    "thirty_pairs": (6, sheet(patient=PATIENTS * 2, condition=groups(30, 30)), 250, {"outliers": 8}),
    "two_hundred": (7, sheet(batch=["x", "y", "z", "x", "y"] * 40, condition=groups(100, 100)), 150, {"outliers": 20}),
    "three_levels": (8, sheet(condition=["a"] * 3 + ["b"] * 3 + ["c"] * 3), 250, {}),
    "covariate": (9, sheet(age=AGES, condition=groups(5, 5)), 250, {}),
    "rising": (10, sheet(condition=groups(4, 4)), 300, {"rising": True}),
}


def main() -> None:
    """Write every set."""
    for name, (seed, samples, n_genes, options) in SETS.items():
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        samples.to_csv(folder / "samples.tsv", sep="\t", index=False)
        text = simulate(seed, samples, n_genes, **options).to_csv(sep="\t")
        with open(folder / "counts.tsv.gz", "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as out:
            out.write(text.encode())


if __name__ == "__main__":
    main()
