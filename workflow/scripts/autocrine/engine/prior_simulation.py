"""Prior variance at few residual degrees of freedom: the observed residuals matched to simulated ones."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import numpy as np

_BOUND = 10.0
_BREAKS = np.arange(-20, 21) / 2
_VARIANCES = np.linspace(0.0, 8.0, 200)
_FINE = np.linspace(0.0, 8.0, 1000)
_SPAN = 0.2
_MAX_CELL = 8


def match_simulation(residual: np.ndarray, residual_df: int) -> float:
    """Variance for which simulated log dispersion residuals look most like the observed ones.

    With one to three residual degrees of freedom the log of an estimated dispersion is far from
    normal, and its spread says little about the spread of true dispersions. For 200 variances between
    0 and 8, draws of log(chi-square/df) plus a normal variable are counted in bins of width 0.5 over
    (-10, 10); the Kullback-Leibler divergence of the observed histogram from each is smoothed by
    loess (span 0.2) and the minimum over 1,000 points is the answer (Love, Huber and Anders 2014,
    "Dispersion prior"; manual of R DESeq2, estimateDispersionsPriorVar). R draws with a fixed seed, so
    its answer carries the noise of these very draws; their histograms are kept in ``data``, with the
    base R script that made them.

    Parameters
    ----------
    residual : ndarray of shape (G,)
        Log ratios of gene-wise dispersion to trend.
    residual_df : {1, 2, 3}
        Samples minus coefficients.

    Returns
    -------
    float
        A variance between 0 and 8.
    """
    observed = _density(_count(residual))
    divergence = [_divergence(observed, _density(drawn)) for drawn in _drawn_counts()[residual_df - 1]]
    return float(_FINE[np.argmin(_smoother() @ divergence)])


def _count(residual: np.ndarray) -> np.ndarray:
    # bins are closed on the right
    inside = residual[(residual > -_BOUND) & (residual < _BOUND)]
    return np.bincount(np.searchsorted(_BREAKS, inside, side="left") - 1, minlength=len(_BREAKS) - 1)


def _density(counts: np.ndarray) -> np.ndarray:
    return counts / (max(counts.sum(), 1) * 0.5)


def _divergence(observed: np.ndarray, drawn: np.ndarray) -> float:
    both = np.concatenate([observed, drawn])
    small = both[both > 0].min()
    return float(np.sum(observed * (np.log(observed + small) - np.log(drawn + small))))


@lru_cache(maxsize=1)
def _drawn_counts() -> np.ndarray:
    """Histograms of the draws, shape (3 degrees of freedom, 200 variances, 40 bins)."""
    path = files("autocrine.engine").joinpath("data/prior_histograms.tsv.gz")
    table = np.loadtxt(str(path), dtype=np.int64, delimiter="\t")
    return table[:, 1:].reshape(3, len(_VARIANCES), len(_BREAKS) - 1)


@lru_cache(maxsize=1)
def _smoother() -> np.ndarray:
    """Matrix that takes values at the 200 variances to their loess smooth at the 1,000 points.

    Local quadratics over the 40 nearest points at the corners of a k-d tree, joined by cubic Hermite
    pieces (Cleveland and Grosse 1991, Stat Comput 1:47).
    """
    n = len(_VARIANCES)
    margin = 0.005 * (_VARIANCES[-1] - _VARIANCES[0])
    vertex = np.array(sorted([_VARIANCES[0] - margin, _VARIANCES[-1] + margin, *_cuts(0, n - 1)]))
    value, slope = np.empty((len(vertex), n)), np.empty((len(vertex), n))
    for k, point in enumerate(vertex):
        distance = np.abs(_VARIANCES - point)
        width = np.sort(distance)[int(n * _SPAN) - 1]
        weight = np.where(distance < 0.999 * width, (1 - (distance / width) ** 3) ** 3, 0.0)
        root = np.sqrt(weight)
        d = _VARIANCES - point
        solution = np.linalg.pinv(np.column_stack([np.ones(n), d, d * d]) * root[:, None]) * root
        value[k], slope[k] = solution[0], solution[1]
    cell = np.clip(np.searchsorted(vertex, _FINE, side="right") - 1, 0, len(vertex) - 2)
    length = vertex[cell + 1] - vertex[cell]
    t = ((_FINE - vertex[cell]) / length)[:, None]
    return (
        (1 + 2 * t) * (1 - t) ** 2 * value[cell]
        + t * t * (3 - 2 * t) * value[cell + 1]
        + length[:, None] * (t * (1 - t) ** 2 * slope[cell] + t * t * (t - 1) * slope[cell + 1])
    )


def _cuts(low: int, high: int) -> list[float]:
    """Where cells of more than eight points are cut in two."""
    if high - low + 1 <= _MAX_CELL:
        return []
    middle = (low + high + 2) // 2 - 1
    return [float(_VARIANCES[middle]), *_cuts(low, middle), *_cuts(middle + 1, high)]
