"""Logits of detected fractions, and what few cells do to them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import gammaln, xlogy

# Genes seen in fewer, and in more, of the cells tell how much of their numbers is chance.
RARE, COMMON = 0.2, 0.8
# Up to so many cells the mean logit is computed, beyond it follows from mean and variance.
_FEW, _GRID = 30.0, 400


def logits(expected: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the logit of (expected + 1/2) / (cells + 1), for positives (samples, genes) among cells (samples,)."""
    return np.log(expected + 0.5) - np.log(cells[:, None] - expected + 0.5)


def small_count_bias(
    expected: np.ndarray, cells: np.ndarray, detected: np.ndarray, all_cells: np.ndarray
) -> np.ndarray:
    """Return by how much logits are too high on average because cells are few.

    The half in `logits` takes the bias of few positive cells out as long as a sample has some. Where hardly one is
    expected, the logit of a sample of few cells is higher than that of one of many with the same share: with 50 and 500
    cells and a share of 0.2 % by 1.5 on average. Whole groups of few cells then differ in most rare genes. The mean
    logit of each sample is therefore computed for the share that the gene has in all samples together, and taken off: a
    gene without any difference has the same mean in all of them.

    At the common depth a cell that has the gene counts as a chance c, about T / L. The positives are c X with X of
    Poisson's distribution. Of the negatives a part s has no count at all and varies, the rest does not. Both are
    measured in each sample, c in the genes that few cells have and s in those that most have.

    Parameters
    ----------
    expected : ndarray of shape (samples, genes)
        Positive cells at the common depth, over 0 in some sample, under `cells` in some.
    cells : ndarray of shape (samples,)
        Cells at the common depth.
    detected : ndarray of shape (samples, genes)
        Positive cells at their own depth.
    all_cells : ndarray of shape (samples,)
        All cells.

    Returns
    -------
    ndarray of shape (samples, genes)
        Mean logit minus true logit.
    """
    high, low = small_count_biases(expected, cells, detected, all_cells)
    return high - low


def small_count_biases(
    expected: np.ndarray, cells: np.ndarray, detected: np.ndarray, all_cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return by how much log(positives + 1/2) and log(negatives + 1/2) are too high on average because cells are few.

    The two parts of `small_count_bias`, which has the parameters.

    Returns
    -------
    positive, negative : ndarray of shape (samples, genes)
        Mean logarithm minus that of the mean number of cells.
    """
    share, own = expected / cells[:, None], detected / all_cells[:, None]
    pooled, seen = expected.sum(axis=0) / cells.sum(), own.mean(axis=0)
    rare, common = seen < RARE, seen > COMMON
    high, low = np.empty(expected.shape), np.empty(expected.shape)
    for place, number in enumerate(cells):
        stays = _part(share[place], own[place], rare)
        empty = _part(1 - own[place], 1 - share[place], common)
        positive, negative = number * pooled, number * (1 - pooled)
        high[place] = mean_log(positive, stays, varying=1.0) - np.log(positive)
        low[place] = mean_log(negative, 1.0, varying=empty) - np.log(negative)
    return high, low


def _part(share: np.ndarray, whole: np.ndarray, genes: np.ndarray) -> float:
    """Return what part of one sum over genes another is; 1 where there is none."""
    total = whole[genes].sum()
    return float(np.clip(share[genes].sum() / total, 0.01, 1.0)) if total > 0 else 1.0


def mean_log(means: np.ndarray, unit: float, varying: float) -> np.ndarray:
    """Return the mean of log(Y + 1/2) where Y has these means: `unit` X + a fixed part, X of Poisson's distribution.

    `varying` is the part of the mean that varies.
    """
    result = np.log(means) + (1 - unit * varying) / (2 * means)
    few = means < _FEW
    if few.any():
        grid, held = _mean_logs(float(unit), float(varying))
        result[few] = np.interp(np.log(means[few]), np.log(grid), held)
    return result


@lru_cache(maxsize=64)
def _mean_logs(unit: float, varying: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a grid of small means, and the mean of log(Y + 1/2) at each."""
    grid = np.geomspace(1e-4, _FEW, _GRID)
    rate = grid * varying / unit
    counts = np.arange(int(rate[-1] + 12 * np.sqrt(rate[-1])) + 30)
    # As scipy.stats.poisson.pmf, which takes a second to import.
    chance = np.exp(xlogy(counts, rate[:, None]) - gammaln(counts + 1) - rate[:, None])
    return grid, (chance * np.log(unit * counts + (1 - varying) * grid[:, None] + 0.5)).sum(axis=1)
