"""Natural cubic splines, as a basis to fit a curve with."""

from __future__ import annotations

import numpy as np
from scipy.linalg import null_space

_CUBIC = 3


def natural_spline(x: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return a basis of the natural cubic splines with the given knots: cubic between them, straight beyond.

    The cubic B-splines of de Boor (1978, A Practical Guide to Splines) under the constraint that the second derivative
    is zero at both ends. An inner knot that appears twice allows a jump of the second derivative, as in R's ``ns``; the
    basis differs from R's and spans the same curves.

    Parameters
    ----------
    x : ndarray of shape (n,)
        Where to evaluate it.
    knots : ndarray of shape (k,)
        Ascending; the first and the last are the ends. k >= 1.

    Returns
    -------
    ndarray of shape (n, k)
        The basis, the constant first; a constant alone where the ends are the same.
    """
    from scipy.interpolate import BSpline  # slow to import, and needed for curves alone

    first, last = knots[0], knots[-1]
    if first == last:
        return np.ones((len(x), 1))
    at, inner = (x - first) / (last - first), (knots[1:-1] - first) / (last - first)
    corners = np.concatenate([np.zeros(_CUBIC + 1), inner, np.ones(_CUBIC + 1)])
    splines = BSpline(corners, np.eye(len(corners) - _CUBIC - 1), _CUBIC)
    straight = null_space(splines.derivative(2)(np.array([0.0, 1.0])))
    inside = np.clip(at, 0.0, 1.0)
    beyond = at - inside
    # of the curves that are straight at the ends, those beside the constant
    curves = straight @ null_space(np.linalg.lstsq(straight, np.ones((len(straight), 1)), rcond=None)[0].T)
    values = splines(inside) + beyond[:, None] * splines.derivative(1)(inside)
    return np.column_stack([np.ones(len(x)), values @ curves])
