"""Simulated designs of the speed table: 20,000 genes, the shapes of studies people run."""

from __future__ import annotations

import numpy as np
import pandas as pd

DESIGNS = {
    "4 v 4": {"condition": ["a"] * 4 + ["b"] * 4},
    "12 v 12, 3 batches": {"batch": ["x", "y", "z"] * 8, "condition": ["a"] * 12 + ["b"] * 12},
    "30 pairs": {"patient": [f"p{i:02d}" for i in range(30)] * 2, "condition": ["a"] * 30 + ["b"] * 30},
    "100 v 100, 3 batches": {"batch": ["x", "y", "z", "x", "y"] * 40, "condition": ["a"] * 100 + ["b"] * 100},
    "500 v 500, 3 batches": {"batch": ["x", "y", "z", "x", "y"] * 200, "condition": ["a"] * 500 + ["b"] * 500},
}


def simulate(name: str, n_genes: int, seed: int = 1) -> tuple[np.ndarray, pd.DataFrame]:
    """Simulate counts of one design.

    Log-normal means, dispersions 0.05 + 3/mean with log-normal scatter 0.5, a tenth of the genes
    changed, batch and patient effects, 4 % genes without counts, 0.02 % outlier counts.

    Parameters
    ----------
    name : str
        Key of ``DESIGNS``.
    n_genes : int
        Number of genes.
    seed : int
        Seed of the generator.

    Returns
    -------
    counts : ndarray of shape (n, n_genes)
        Counts.
    samples : DataFrame of shape (n, factors)
        Sample sheet; the condition is the last column.
    """
    rng = np.random.default_rng(seed)
    samples = pd.DataFrame(DESIGNS[name])
    n = len(samples)
    mean = np.exp(rng.normal(4, 2, n_genes))
    dispersion = (0.05 + 3 / mean) * np.exp(rng.normal(0, 0.5, n_genes))
    eta = np.log(mean)[:, None] + rng.normal(0, 0.25, n)[None, :]
    for column in samples:
        for level in sorted(samples[column].unique())[1:]:
            if column == "condition":
                effect = rng.normal(0, 1, n_genes) * (rng.uniform(size=n_genes) < 0.1)
            else:
                effect = rng.normal(0, 0.3, n_genes)
            eta += np.outer(effect, samples[column] == level)
    counts = rng.poisson(rng.gamma(1 / dispersion[:, None], np.exp(eta) * dispersion[:, None]))
    counts[rng.uniform(size=n_genes) < 0.04] = 0
    outlier = rng.uniform(size=counts.shape) < 2e-4
    counts[outlier] = (counts[outlier] + 5) * 50
    return np.ascontiguousarray(counts.T, dtype=np.int32), samples


def make_design(samples: pd.DataFrame, references: dict[str, str] | None = None) -> pd.DataFrame:
    """Treatment-coded design with an intercept, columns ``factor:level``."""
    columns = {"Intercept": np.ones(len(samples))}
    for factor in samples:
        levels = sorted(samples[factor].unique())
        reference = (references or {}).get(factor, levels[0])
        columns |= {f"{factor}:{v}": (samples[factor] == v).to_numpy(float) for v in levels if v != reference}
    return pd.DataFrame(columns, index=samples.index)
