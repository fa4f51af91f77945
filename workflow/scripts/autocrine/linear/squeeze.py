"""Variances of many genes, squeezed towards a common value or a trend."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, polygamma

from autocrine.engine.moderation import prior_freedom
from autocrine.linear.errors import VarianceError
from autocrine.linear.natural_spline import natural_spline

# Variances of zero have no logarithm; they count as this part of the median.
_SMALLEST = 1e-5
# A curve gets a further dimension at each of these numbers of genes.
_FEWEST_FOR_CURVE = (3, 6, 30)


class Squeezed(NamedTuple):
    """Squeezed variances and what they were squeezed to.

    Attributes
    ----------
    posterior : ndarray of shape (G,)
        Squeezed variances.
    prior : ndarray of shape (G,)
        What they are squeezed to; the same for all genes without a covariate.
    prior_freedom : float
        Degrees of freedom of the prior; infinite where the variances vary no more than chance lets them.
    freedom : ndarray of shape (G,)
        Degrees of freedom of the squeezed variances: the gene's own and the prior's, at most those of all genes
        together.
    """

    posterior: np.ndarray
    prior: np.ndarray
    prior_freedom: float
    freedom: np.ndarray


def squeeze_variances(variances: ArrayLike, freedom: ArrayLike, covariate: ArrayLike | None = None) -> Squeezed:
    """Squeeze sample variances by the empirical Bayes method of Smyth (2004, Stat Appl Genet Mol Biol 3:3).

    True variances have a scaled inverse chi-squared prior. Its scale and degrees of freedom come from the mean and the
    variance of the log sample variances. With a covariate (the average log expression, as limma-trend; Law et al. 2014,
    Genome Biol 15:R29) the log scale is a natural cubic spline of it, with as many dimensions as R limma takes: up to
    four, inner knots at the quantiles. Where the variances vary no more than chance lets them, all become the prior's;
    it is then their mean, or the curve.

    Parameters
    ----------
    variances : array_like of shape (G,)
        Sample variances, not negative; NaN where there is none.
    freedom : array_like of shape (G,) or a number
        Their degrees of freedom, not negative. A variance with 0 degrees of freedom becomes the prior's.
    covariate : array_like of shape (G,), optional
        What the prior depends on; finite wherever a variance has degrees of freedom.

    Returns
    -------
    Squeezed
        Posterior and prior, both NaN for a gene that has neither degrees of freedom nor covariate.

    Raises
    ------
    VarianceError
        If lengths differ, a value is negative or infinite, or no variance has a degree of freedom.
    """
    variances = np.asarray(variances, dtype=np.float64)
    freedom = np.asarray(freedom, dtype=np.float64)
    if freedom.shape not in ((), variances.shape):
        raise VarianceError(f"Degrees of freedom have the shape {freedom.shape}, but the variances {variances.shape}.")
    freedom = np.broadcast_to(freedom, variances.shape)
    usable = _check(variances, freedom)
    values, own = variances[usable], freedom[usable]
    if covariate is None:
        log_prior, prior = _fit_prior(values, own, np.ones((len(values), 1)))
        level = np.full(len(variances), log_prior[0])
    else:
        known = _check_covariate(covariate, variances.shape)
        if np.isnan(known[usable]).any():
            raise VarianceError("The covariate is missing for genes that have a variance.")
        knots = _knots(known[usable])
        log_prior, prior = _fit_prior(values, own, natural_spline(known[usable], knots))
        level = natural_spline(known, knots) @ log_prior
    scale = np.exp(level)
    if np.isinf(prior):
        posterior = scale.copy()
    else:
        own_part = np.where(freedom > 0, freedom * np.where(usable, variances, 0.0), 0.0)
        posterior = (own_part + prior * scale) / (freedom + prior)
    return Squeezed(posterior, scale, prior, np.minimum(freedom + prior, freedom.sum()))


def _fit_prior(variances: np.ndarray, freedom: np.ndarray, basis: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the coefficients of the log prior variance over a basis (G, k), and the prior's degrees of freedom."""
    if len(variances) == 1:
        return np.linalg.lstsq(basis, np.log(variances), rcond=None)[0], 0.0
    half = freedom / 2
    variances = np.maximum(variances, _SMALLEST * np.median(variances))
    logs = np.log(variances) - digamma(half) + np.log(half)
    q, r = np.linalg.qr(basis)
    coefficients = np.linalg.lstsq(r, q.T @ logs, rcond=None)[0]
    residual = logs - basis @ coefficients
    left = len(logs) - np.linalg.matrix_rank(r)
    spread = residual @ residual / left - polygamma(1, half).mean() if left > 0 else 0.0
    if spread > 0:
        prior = prior_freedom(spread)
        # the constant is the first of the basis
        coefficients[0] += digamma(prior / 2) - np.log(prior / 2)
        return coefficients, prior
    # With a curve R keeps the mean of logs, without one it takes the mean itself.
    return (coefficients if basis.shape[1] > 1 else np.log([variances.mean()])), np.inf


def _knots(covariate: np.ndarray) -> np.ndarray:
    """Return the knots of the curve: the ends, and quantiles for as many dimensions as the genes allow."""
    dimensions = 1 + sum(len(covariate) >= least for least in _FEWEST_FOR_CURVE)
    dimensions = min(dimensions, len(np.unique(covariate)))
    if dimensions == 1:
        return covariate[:1]
    return np.quantile(covariate, np.linspace(0, 1, dimensions))


def _check(variances: np.ndarray, freedom: np.ndarray) -> np.ndarray:
    """Return which variances have degrees of freedom."""
    if variances.ndim != 1:
        raise VarianceError(f"Variances must be one per gene, but their shape is {variances.shape}.")
    if not (np.isfinite(freedom).all() and (freedom >= 0).all()):
        raise VarianceError("Degrees of freedom must be finite and not negative.")
    if np.isinf(variances).any() or (variances < 0).any():
        raise VarianceError("Variances must be finite and not negative.")
    usable = (freedom > 0) & ~np.isnan(variances)
    if not usable.any():
        raise VarianceError("No gene has a variance with degrees of freedom.")
    if np.median(variances[usable]) == 0:
        raise VarianceError("More than half of the variances are exactly zero; the values do not vary.")
    return usable


def _check_covariate(covariate: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    values = np.asarray(covariate, dtype=np.float64)
    if values.shape != shape:
        raise VarianceError(f"The covariate has the shape {values.shape}, but the variances have {shape}.")
    if np.isinf(values).any():
        raise VarianceError("The covariate has infinite values.")
    return values
