"""Adjusted p-values: Benjamini-Hochberg after independent filtering on mean counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

_N_THRESHOLDS = 50
_SPAN = 1 / 5
_ROBUST_PASSES = 3


def adjust_p_values(p_value: ArrayLike, base_mean: ArrayLike, alpha: float = 0.05) -> tuple[np.ndarray, dict[str, Any]]:
    """Adjust p-values, leaving out genes whose mean count is too low to be worth a test.

    Genes below a quantile of the mean are left out before the correction of Benjamini and Hochberg
    (1995); the quantile is the lowest at which the smoothed number of rejections comes within one
    residual standard deviation of its maximum (Bourgon, Gentleman and Huber 2010, PNAS 107:9546;
    manual of R DESeq2, results). The smoother is lowess (Cleveland 1979, JASA 74:829).

    Parameters
    ----------
    p_value : array_like of shape (G,)
        P-values, NaN where there is none.
    base_mean : array_like of shape (G,)
        Mean normalised counts.
    alpha : float
        The false discovery rate the filter is tuned to.

    Returns
    -------
    adj_p_value : ndarray of shape (G,)
        NaN for genes without p-value and genes filtered out.
    filter_info : dict
        ``threshold`` (mean count), ``quantile``, ``rejections`` and ``quantiles`` (all candidates).
    """
    p = np.asarray(p_value, dtype=np.float64)
    mean = np.asarray(base_mean, dtype=np.float64)
    if p.shape != mean.shape:
        raise ValueError(f"P-values have the shape {p.shape} but mean counts {mean.shape}.")
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1.")
    lower = float(np.mean(mean == 0))
    upper = 0.95 if lower < 0.95 else 1.0
    quantiles = np.linspace(lower, upper, _N_THRESHOLDS)
    thresholds = np.quantile(mean, quantiles)
    tested = np.flatnonzero(~np.isnan(p))
    by_p = tested[np.argsort(p[tested], kind="stable")]
    p_sorted, mean_sorted = p[by_p], mean[by_p]

    rejections = np.array([_count_rejections(p_sorted[mean_sorted >= t], alpha) for t in thresholds])
    chosen = _choose(quantiles, rejections)
    kept = mean_sorted >= thresholds[chosen]
    adjusted = np.full(len(p), np.nan)
    adjusted[by_p[kept]] = _benjamini_hochberg(p_sorted[kept])
    info = {
        "threshold": float(thresholds[chosen]),
        "quantile": float(quantiles[chosen]),
        "quantiles": quantiles,
        "rejections": rejections,
    }
    return adjusted, info


def _benjamini_hochberg(p_sorted: np.ndarray) -> np.ndarray:
    m = len(p_sorted)
    if m == 0:
        return p_sorted
    scaled = p_sorted * (m / np.arange(1, m + 1))
    return np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)


def _count_rejections(p_sorted: np.ndarray, alpha: float) -> int:
    # with p sorted, the genes below alpha are those up to the last one whose scaled p-value is
    m = len(p_sorted)
    passed = np.flatnonzero(p_sorted * (m / np.arange(1, m + 1)) < alpha)
    return int(passed[-1]) + 1 if len(passed) else 0


def _choose(quantiles: np.ndarray, rejections: np.ndarray) -> int:
    if rejections.max() <= 10:
        return 0
    smooth = lowess(quantiles, rejections.astype(np.float64))
    positive = rejections > 0
    residual = rejections[positive] - smooth[positive]
    top = smooth.max()
    for level in (top - np.sqrt(np.mean(residual**2)), 0.9 * top, 0.8 * top):
        above = np.flatnonzero(rejections > level)
        if len(above):
            return int(above[0])
    return 0


def lowess(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Smooth y over sorted x by locally weighted lines with three robustifying passes (Cleveland 1979)."""
    n = len(x)
    if x[-1] <= x[0]:
        return np.full(n, y.mean())
    neighbours = max(min(int(_SPAN * n + 1e-7), n), 2)
    distance = np.abs(x[:, None] - x[None, :])
    width = np.sort(distance, axis=1)[:, neighbours - 1][:, None]
    kernel = np.where(distance < 0.001 * width, 1.0, (1 - np.minimum(distance / width, 1.0) ** 3) ** 3)
    kernel[distance > 0.999 * width] = 0.0
    robust = np.ones(n)
    smooth = y
    for _ in range(_ROBUST_PASSES + 1):
        weight = kernel * robust
        total = weight.sum(axis=1, keepdims=True)
        empty = total[:, 0] <= 0
        weight /= np.where(empty[:, None], 1.0, total)
        centre = weight @ x
        spread = (weight * (x[None, :] - centre[:, None]) ** 2).sum(axis=1)
        usable = np.sqrt(spread) > 0.001 * (x[-1] - x[0])
        slope = (weight * (x[None, :] - centre[:, None])) @ y / np.where(usable, spread, 1.0)
        # where every neighbour has lost its weight the point stands for itself
        smooth = np.where(empty, y, weight @ y + np.where(usable, slope * (x - centre), 0.0))
        residual = np.abs(y - smooth)
        scale = 6.0 * np.median(residual)
        if scale < 1e-7 * residual.mean() or scale == 0:
            break
        ratio = residual / scale
        robust = np.where(ratio < 0.001, 1.0, (1 - np.minimum(ratio, 1.0) ** 2) ** 2)
        robust[ratio > 0.999] = 0.0
    return smooth
