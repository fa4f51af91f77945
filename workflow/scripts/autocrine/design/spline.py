"""Natural cubic splines: smooth curves along a measurement that are straight beyond its ends."""

import numpy as np


def find_knots(values: np.ndarray, df: int) -> np.ndarray:
    """Return the df + 1 knots of a spline, at even quantiles of the values, as R's `splines::ns` places them.

    They are fewer where many samples share a value.
    """
    return _apart(np.quantile(np.asarray(values, dtype=float), np.linspace(0, 1, df + 1)))


def allows(values: np.ndarray, df: int) -> bool:
    """Whether there are enough different values, and not too many alike, for a spline of so many degrees of freedom."""
    return min(len(_apart(np.sort(np.asarray(values, dtype=float)))), len(find_knots(values, df))) > df


def _apart(ascending: np.ndarray) -> np.ndarray:
    """Return numbers without those that rounding alone keeps apart from the one before."""
    return ascending[np.diff(ascending, prepend=-np.inf) > 1e-9 * (ascending[-1] - ascending[0])]


def weigh_knots(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return values x knots: the curve at each value is these weights @ its heights at the knots; they add up to one.

    A natural cubic spline is determined by its heights at the knots. Without the first column, that of the lowest knot,
    it is a basis beside an intercept, whose coefficients are the heights against the lowest knot. The space is that of
    R's `splines::ns`.
    """
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(knots, np.eye(len(knots)), bc_type="natural")(np.asarray(values, dtype=float)))
