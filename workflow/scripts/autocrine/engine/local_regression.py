"""Local quadratic regression in one dimension (Cleveland and Devlin 1988; Loader 1999)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NEAREST_FRACTION = 0.7
_CUT = 0.8


@dataclass(frozen=True)
class LocalRegression:
    """Values and slopes of a local regression at its vertices, joined by cubic Hermite pieces.

    ``curvature`` is the quadratic term of a global weighted quadratic, used beyond the data.
    """

    vertex: np.ndarray
    value: np.ndarray
    slope: np.ndarray
    curvature: float

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Fitted values at ``x``; beyond the data by a quadratic from the outer vertex."""
        x = np.asarray(x, dtype=np.float64)
        cell = np.clip(np.searchsorted(self.vertex, x, side="right") - 1, 0, len(self.vertex) - 2)
        width = self.vertex[cell + 1] - self.vertex[cell]
        t = (x - self.vertex[cell]) / width
        h00 = (1 + 2 * t) * (1 - t) ** 2
        h10 = t * (1 - t) ** 2
        h01 = t * t * (3 - 2 * t)
        h11 = t * t * (t - 1)
        inside = (
            h00 * self.value[cell]
            + h01 * self.value[cell + 1]
            + width * (h10 * self.slope[cell] + h11 * self.slope[cell + 1])
        )
        end = np.where(x < self.vertex[0], 0, -1)
        beyond = x - self.vertex[end]
        outside = self.value[end] + beyond * (self.slope[end] + beyond * self.curvature)
        return np.where((x < self.vertex[0]) | (x > self.vertex[-1]), outside, inside)


def fit_local_regression(
    x: np.ndarray, y: np.ndarray, weight: np.ndarray, nearest: float = _NEAREST_FRACTION
) -> LocalRegression:
    """Fit a local quadratic with tricube weights over the nearest 70 % of the points.

    The fit is made at the ends of the data and wherever cells are wider than 0.8 bandwidths, halving
    cells, and interpolated in between by cubics through values and slopes (Loader 1999, Local
    Regression and Likelihood, chapter 12).

    Parameters
    ----------
    x, y, weight : ndarray of shape (m,)
        Points and their prior weights.
    nearest : float
        Fraction of points in each neighbourhood.

    Returns
    -------
    LocalRegression
        The fitted curve.
    """
    order = np.argsort(x, kind="stable")
    x, y, weight = x[order], y[order], weight[order]
    k = max(int(len(x) * nearest + 1e-12), 3)
    low, high = float(x[0]), float(x[-1])
    fits = {point: _fit_at(point, x, y, weight, k) for point in (low, high)}
    pending = [(low, high)]
    while pending:
        left, right = pending.pop()
        bandwidth = min(fits[left][2], fits[right][2])
        if right - left > _CUT * bandwidth:
            middle = 0.5 * (left + right)
            fits[middle] = _fit_at(middle, x, y, weight, k)
            pending += [(left, middle), (middle, right)]
    vertex = np.array(sorted(fits))
    root = np.sqrt(weight)
    basis = np.column_stack([np.ones_like(x), x, x * x]) * root[:, None]
    curvature = float(np.linalg.lstsq(basis, y * root, rcond=None)[0][2])
    value, slope = (np.array([fits[v][part] for v in vertex]) for part in (0, 1))
    return LocalRegression(vertex, value, slope, curvature)


def _fit_at(point: float, x: np.ndarray, y: np.ndarray, weight: np.ndarray, k: int) -> tuple[float, float, float]:
    """Value, slope and bandwidth of the local quadratic at one point."""
    distance = np.abs(x - point)
    bandwidth = float(np.partition(distance, k - 1)[k - 1])
    inside = distance < bandwidth
    u = distance[inside] / bandwidth
    root = np.sqrt(weight[inside]) * (1 - u**3) ** 1.5
    d = x[inside] - point
    basis = np.column_stack([np.ones_like(d), d, 0.5 * d * d]) * root[:, None]
    coefficients, *_ = np.linalg.lstsq(basis, y[inside] * root, rcond=None)
    return float(coefficients[0]), float(coefficients[1]), bandwidth
