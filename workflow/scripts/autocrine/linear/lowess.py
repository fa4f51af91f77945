"""A smooth line through many points, by locally weighted lines."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from autocrine.linear.errors import ExpressionError

_PASSES = 3
# Points closer to the last fitted one than this part of the range are interpolated.
_SKIPPED = 0.01


def lowess(x: ArrayLike, y: ArrayLike, span: float) -> tuple[np.ndarray, np.ndarray]:
    """Smooth y over x with three robustifying passes (Cleveland 1979, J Am Stat Assoc 74:829).

    Neighbours, ties and interpolated stretches are those of R's ``lowess`` with its default ``iter`` and ``delta``.

    Parameters
    ----------
    x, y : array_like of shape (n,)
        Points, finite.
    span : float
        Part of the points that each line rests on, above 0 and at most 1.

    Returns
    -------
    x : ndarray of shape (n,)
        Sorted.
    fitted : ndarray of shape (n,)
        The smooth line there.

    Raises
    ------
    ExpressionError
        Without points, or if lengths differ.
    """
    from autocrine.linear.kernels.smoothing import smooth

    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(x) == 0:
        raise ExpressionError(f"A line needs points with one x and one y each, not {x.shape} and {y.shape}.")
    if not 0 < span <= 1:
        raise ExpressionError(f"The span must be above 0 and at most 1, not {span}.")
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    fitted = np.empty(len(x))
    if len(x) == 1:
        return x, y.copy()
    neighbours = max(min(int(span * len(x) + 1e-7), len(x)), 2)
    smooth(x, y, neighbours, _PASSES, _SKIPPED * (x[-1] - x[0]), fitted)
    return x, fitted
