"""Dispersions of the moderated tests: those of the fit, without the bias of R's trend at low counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autocrine.engine.moderation import prior_freedom

# Genes of similar mean whose residuals are taken together: a share of all, and at least so many.
_SHARE, _FEWEST = 0.05, 200
_PLACES = 100
# The trend is never lowered further than to this.
_LOWEST = 0.05
# How often the trend is lowered by the residuals under what it was lowered to; a fourth time changes it by 1 % or less.
_ROUNDS = 3


@dataclass(frozen=True)
class Lowering:
    """Factors by which the trend is too high, as a function of the mean.

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


def lower_trend(
    mean: np.ndarray,
    trend: np.ndarray,
    residuals: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    start: Lowering | None = None,
) -> Lowering:
    """Find by how much the trend overstates dispersions, from the Pearson residuals of all genes.

    R's trend is fitted to gene-wise estimates without those at their lower bound, which with few samples and low counts
    are many: it lies too high there (by 70 % at a mean count of 5 with four samples a group). Among genes of similar
    mean the sum of squared residuals over what is expected, f, says how large their variance is in units of that under
    the assumed dispersions; with t the part of that variance which is the dispersion's, the dispersion is
    (f - 1 + t) / t times the assumed one. This is repeated under the lowered dispersions, since f is exact only where
    they are right. The trend is lowered where it is too high, never raised: genes above it are shrunken less by their
    own data.

    Parameters
    ----------
    mean, trend : ndarray of shape (G,)
        Mean normalised counts and trend dispersions of the genes that follow the trend.
    residuals : callable
        Dispersions (G,) -> the genes' sums of squared Pearson residuals under them, and what these are expected to be;
        NaN where a gene has none.
    start : Lowering, optional
        What to begin with.

    Returns
    -------
    Lowering
        Of no effect with fewer than 200 genes.
    """
    usable = np.flatnonzero((mean > 0) & np.isfinite(trend))
    if len(usable) < _FEWEST:
        return Lowering(np.empty(0), np.empty(0))
    order = usable[np.argsort(mean[usable], kind="stable")]
    width = max(int(_SHARE * len(order)), _FEWEST)
    place = np.unique(np.linspace(0, len(order) - 1, _PLACES).astype(int))
    first, last = np.maximum(place - width // 2, 0), np.minimum(place + width // 2, len(order))

    def over_window(values: np.ndarray) -> np.ndarray:
        total = np.append(0.0, np.cumsum(values[order]))
        return (total[last] - total[first]) / (last - first)

    with np.errstate(divide="ignore"):
        log_mean = over_window(np.log(mean))
    found = Lowering(log_mean, np.zeros(len(place)) if start is None else np.log(start(np.exp(log_mean))))
    for _ in range(_ROUNDS):
        dispersion = trend * found(mean)
        square, expected = residuals(dispersion)
        known = np.isfinite(square) & (expected > 0)
        square, expected = (over_window(np.where(known, values, 0.0)) for values in (square, expected))
        inflation = np.divide(square, expected, out=np.ones_like(square), where=expected > 0)
        part = over_window(_dispersed(dispersion, mean))
        step = np.log(np.maximum((inflation - 1 + part) / part, _LOWEST))
        found = Lowering(log_mean, np.clip(found.log_factor + step, np.log(_LOWEST), 0.0))
    return found


def moderate_dispersions(
    dispersion: np.ndarray,
    outlier: np.ndarray,
    mean: np.ndarray,
    trend: np.ndarray,
    lowering: Lowering,
    residual: int,
    prior_variance: float,
) -> np.ndarray:
    """Return the dispersions of the moderated tests.

    A dispersion that was shrunken towards the trend follows it down as far as the prior weighs:
    d0 / (d0 + residual t^2), with d0 the degrees of freedom of the prior and t the part of the variance of counts that
    is the dispersion's, since what the samples say of its logarithm decreases by t^2. Genes far above the trend keep
    their own.

    Parameters
    ----------
    dispersion, mean, trend : ndarray of shape (G,)
        Dispersions of the fit, mean normalised counts, and trend dispersions.
    outlier : ndarray of shape (G,)
        Which genes keep a dispersion far above the trend.
    lowering : Lowering
        By how much the trend is too high.
    residual : int
        Samples minus coefficients.
    prior_variance : float
        Variance of the prior of log dispersions.

    Returns
    -------
    ndarray of shape (G,)
        At most those of the fit.
    """
    lent, factor = prior_freedom(prior_variance), lowering(mean)
    weight = lent / (lent + residual * _dispersed(trend * factor, mean) ** 2)
    return np.where(outlier, dispersion, dispersion * factor**weight)


def _dispersed(dispersion: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Return the part of the variance of counts that is the dispersion's."""
    return dispersion * mean / (1 + dispersion * mean)
