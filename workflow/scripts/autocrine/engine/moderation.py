"""What tests with few samples take from all genes: degrees of freedom, and dispersions without the trend's bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

_STEPS = 50
# A standard error that the dispersion hardly enters is known; so many degrees of freedom are the normal distribution.
_LEAST_VARIANCE = 1e-6
_SHIFT = 8
_BERNOULLI = (-691 / 2730, 5 / 66, -1 / 30, 1 / 42, -1 / 30, 1 / 6)
# Genes of similar mean whose residuals are taken together: a share of all, and at least so many.
_SHARE, _FEWEST = 0.05, 200
_PLACES = 100
# The trend is never lowered further than to this.
_LOWEST = 0.05


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


@dataclass(frozen=True)
class Recentring:
    """Factors by which dispersions that follow the trend are too large, as a function of the mean.

    Attributes
    ----------
    log_mean, log_factor : ndarray of shape (k,)
        Log mean normalised counts, ascending, and log factors, at most 0. Empty where nothing is changed.
    """

    log_mean: np.ndarray
    log_factor: np.ndarray

    def __call__(self, mean: np.ndarray) -> np.ndarray:
        """Return the factors at mean normalised counts."""
        if len(self.log_mean) == 0:
            return np.ones_like(mean)
        with np.errstate(divide="ignore"):
            return np.exp(np.interp(np.log(mean), self.log_mean, self.log_factor))


def recentre(
    mean: np.ndarray,
    trend: np.ndarray,
    square: np.ndarray,
    expected: np.ndarray,
    residual: int,
    prior_variance: float,
) -> Recentring:
    """Find by how much the trend overstates dispersions, from the Pearson residuals of all genes under it.

    R's trend is fitted to gene-wise estimates without those at their lower bound, which with few samples and low counts
    are many: it lies too high there (by half at a mean count of 5 with four samples a group). Among genes of similar
    mean the sum of squared residuals over what is expected, f, says how large their variance is in units of that of the
    trend; with t the part of that variance which is the dispersion's, the dispersion is (f - 1 + t) / t times the
    trend. A dispersion that is shrunken towards the trend follows it as far as the prior weighs: d0 / (d0 + residual
    t^2), since what the samples say of the log dispersion decreases by t^2. The trend is lowered where it is too high,
    never raised: genes above it are shrunken less by their own data.

    Parameters
    ----------
    mean, trend : ndarray of shape (G,)
        Mean normalised counts and trend dispersions of the genes that follow the trend.
    square, expected : ndarray of shape (G,)
        Their sums of squared Pearson residuals under the trend, and what these are expected to be.
    residual : int
        Samples minus coefficients.
    prior_variance : float
        Variance of the prior of log dispersions.

    Returns
    -------
    Recentring
        Of no effect with fewer than 200 genes.
    """
    usable = np.flatnonzero(np.isfinite(square) & (expected > 0) & (mean > 0) & np.isfinite(trend))
    if len(usable) < _FEWEST:
        return Recentring(np.empty(0), np.empty(0))
    order = usable[np.argsort(mean[usable], kind="stable")]
    mean, trend, square, expected = (values[order] for values in (mean, trend, square, expected))
    width = max(int(_SHARE * len(order)), _FEWEST)
    place = np.unique(np.linspace(0, len(order) - 1, _PLACES).astype(int))
    first, last = np.maximum(place - width // 2, 0), np.minimum(place + width // 2, len(order))

    def over_window(values: np.ndarray) -> np.ndarray:
        total = np.append(0.0, np.cumsum(values))
        return total[last] - total[first]

    inflation = over_window(square) / over_window(expected)
    log_mean = over_window(np.log(mean)) / (last - first)
    part = over_window(trend * mean / (1 + trend * mean)) / (last - first)
    ratio = np.clip((inflation - 1 + part) / part, _LOWEST, 1.0)
    lent = prior_freedom(prior_variance)
    return Recentring(log_mean, np.log(ratio) * lent / (lent + residual * part**2))


def moderate_dispersions(
    dispersion: np.ndarray, outlier: np.ndarray, mean: np.ndarray, recentring: Recentring
) -> np.ndarray:
    """Return the dispersions (G,) of the moderated tests; genes far above the trend keep their own."""
    return np.where(outlier, dispersion, dispersion * recentring(mean))
