"""Odds ratios of two properties of cells within strata (Mantel and Haenszel)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# From so many cells on they are divided more finely by depth: within wide bins deeper cells have more of both genes.
MANY_CELLS = 1000
BINS, BINS_OF_MANY = 10, 20


class CommonOdds(NamedTuple):
    """An odds ratio common to all strata.

    Attributes
    ----------
    log_odds_ratio : float
        Natural logarithm; infinite where a corner of all tables is empty, NaN where nothing can be said.
    variance : float
        Of the logarithm; NaN where the ratio is not finite.
    both, expected : float
        Cells with both properties, and how many there would be without any relation within the strata.
    """

    log_odds_ratio: float
    variance: float
    both: int
    expected: float


def depth_bins(depth: np.ndarray, number: int) -> np.ndarray:
    """Return the bin of each cell, by quantiles of depth (cells,); cells of equal depth are in one bin."""
    edges = np.quantile(depth, np.arange(1, number) / number, method="lower")
    return np.searchsorted(np.unique(edges), depth, side="right")


def common_odds(one: np.ndarray, other: np.ndarray, stratum: np.ndarray) -> CommonOdds:
    """Estimate the odds ratio of two properties within strata (Mantel and Haenszel 1959, J Natl Cancer Inst 22:719).

    The variance of its logarithm is that of Robins, Breslow and Greenland (1986, Biometrics 42:311), good for few large
    and for many small strata.

    Parameters
    ----------
    one, other : ndarray of shape (cells,)
        Whether each cell has the properties, bool.
    stratum : ndarray of shape (cells,)
        Whole numbers from 0 up.
    """
    size = int(stratum.max()) + 1 if len(stratum) else 0
    total = np.bincount(stratum, minlength=size).astype(float)
    a, b, c = (
        np.bincount(stratum[cells], minlength=size).astype(float) for cells in (one & other, one & ~other, ~one & other)
    )
    there = total > 0
    a, b, c, total = a[there], b[there], c[there], total[there]
    d = total - a - b - c
    agree, differ, for_it, against = (a + d) / total, (b + c) / total, a * d / total, b * c / total
    r, s = for_it.sum(), against.sum()
    both, expected = int(a.sum()), float(((a + b) * (a + c) / total).sum())
    if r == 0 or s == 0:
        ratio = np.nan if r == s else (np.inf if s == 0 else -np.inf)
        return CommonOdds(float(ratio), np.nan, both, expected)
    variance = (
        (agree * for_it).sum() / (2 * r**2)
        + (agree * against + differ * for_it).sum() / (2 * r * s)
        + (differ * against).sum() / (2 * s**2)
    )
    return CommonOdds(float(np.log(r / s)), float(variance), both, expected)
