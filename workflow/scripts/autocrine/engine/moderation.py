"""Degrees of freedom of tests whose dispersions are estimated with the help of all genes."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

_STEPS = 50
# A standard error that the dispersion hardly enters is known; so many degrees of freedom are the normal distribution.
_LEAST_VARIANCE = 1e-6
_SHIFT = 8
_BERNOULLI = (-691 / 2730, 5 / 66, -1 / 30, 1 / 42, -1 / 30, 1 / 6)


def prior_freedom(prior_variance: float) -> float:
    """Return the degrees of freedom that a gene borrows from all others.

    A prior of log dispersions with this variance says as much about a gene as a scaled chi-square variance of d0
    degrees of freedom, whose logarithm has the variance trigamma(d0 / 2) (Smyth 2004, Stat Appl Genet Mol Biol 3:3).

    Parameters
    ----------
    prior_variance : float
        Variance of log dispersions around the trend, above 0.

    Returns
    -------
    float
        d0.
    """
    return float(2 * _invert_trigamma(np.array(prior_variance, dtype=np.float64)))


def moderated_freedom(residual: int, prior_variance: float) -> float:
    """Return the degrees of freedom of a moderated dispersion: those of the samples and those of the prior."""
    return float(residual + prior_freedom(prior_variance))


def error_freedom(freedom: float, share: ArrayLike) -> np.ndarray:
    """Return the degrees of freedom of standard errors whose square rests on the dispersion in part.

    The log of a dispersion of d degrees of freedom varies by trigamma(d / 2), that of the squared error by the square
    of the share of this; the answer is the degrees of freedom of a variance that varies as much.

    Parameters
    ----------
    freedom : float
        d.
    share : array_like of shape (G,)
        Derivative of the log of the squared error by the log of the dispersion, 0 to 1.

    Returns
    -------
    ndarray of shape (G,)
        At least d; NaN where the share is.
    """
    return 2 * _invert_trigamma(np.square(share) * _trigamma(np.array(freedom / 2))[0])


def _invert_trigamma(value: np.ndarray) -> np.ndarray:
    """Solve trigamma(x) = value by Newton's method on the inverse (Smyth 2004, appendix)."""
    value = np.maximum(value, _LEAST_VARIANCE)
    x = 0.5 + 1 / value
    for _ in range(_STEPS):
        found, slope = _trigamma(x)
        step = found * (1 - found / value) / slope
        x = x + step
        if not (np.abs(step) >= 1e-12 * x).any():
            break
    return x


def _trigamma(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return trigamma(x), x > 0, and its derivative, by the recurrence up to x + 8 and the asymptotic series.

    A tenth of the time of scipy's, which goes through the zeta function, and this is asked for every gene.
    """
    value, slope = np.zeros_like(x), np.zeros_like(x)
    for k in range(_SHIFT):
        u = 1 / (x + k)
        square = u * u
        value += square
        slope -= 2 * square * u
    u = 1 / (x + _SHIFT)
    z = u * u
    # Bernoulli numbers, from the highest on
    series, change = np.zeros_like(x), np.zeros_like(x)
    for k, number in enumerate(_BERNOULLI):
        series = series * z + number
        change = change * z + number * (2 * (len(_BERNOULLI) - k) + 1)
    value += u + z / 2 + series * z * u
    slope -= z + z * u + change * z * z
    return value, slope
