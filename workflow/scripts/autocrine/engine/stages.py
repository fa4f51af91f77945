"""The stages between counts and coefficients, for any set of genes: used for the fit and for the refit."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import partial

import numpy as np

from autocrine.engine.lowering import Lowering, lower_trend
from autocrine.engine.model import (
    MIN_DISPERSION,
    Model,
    compute_moments,
    compute_pearson,
    fit_dispersion,
    fit_regression,
    levels,
)
from autocrine.engine.trend import Trend

# So many genes, spread over the means, say by how much the trend is too high; more would cost time.
_ENOUGH = 8000


@dataclass(frozen=True)
class GeneWise:
    """Gene-wise estimates, each (G,) but ``level`` (G, K): fitted mean per design group at factor 1."""

    mean: np.ndarray
    variance: np.ndarray
    level: np.ndarray
    dispersion: np.ndarray
    converged: np.ndarray

    def subset(self, genes: np.ndarray) -> GeneWise:
        """Return the estimates of some genes."""
        return GeneWise(*(np.ascontiguousarray(getattr(self, each.name)[genes]) for each in fields(self)))


@dataclass(frozen=True)
class GeneFit:
    """Everything fitted per gene; arrays of shape (G,) but ``beta`` (G, p), elimination order."""

    mean: np.ndarray
    variance: np.ndarray
    dispersion_gene: np.ndarray
    dispersion_trend: np.ndarray
    dispersion_map: np.ndarray
    dispersion: np.ndarray
    dispersion_outlier: np.ndarray
    beta: np.ndarray
    deviance: np.ndarray
    converged: np.ndarray

    def put(self, genes: np.ndarray, other: GeneFit) -> None:
        """Overwrite the rows of some genes with another fit's."""
        for each in fields(self):
            getattr(self, each.name)[genes] = getattr(other, each.name)


def estimate_genewise(model: Model) -> GeneWise:
    """Estimate gene-wise dispersions.

    The start is the smaller of a residual-based and a variance-based moment estimate. Means come from
    group means where the design has as many distinct rows as columns, else from a regression with the
    starting dispersions. The dispersion then maximises the Cox-Reid adjusted profile likelihood (Cox
    and Reid 1987; McCarthy, Chen and Smyth 2012; Love, Huber and Anders 2014).

    Parameters
    ----------
    model : Model
        Genes that are not all zero.

    Returns
    -------
    GeneWise
        The estimates.
    """
    moments = compute_moments(model)
    inverse_factor = float(np.mean(1.0 / model.factors.mean(axis=0)))
    by_variance = (moments.variance - inverse_factor * moments.mean) / moments.mean**2
    start = np.clip(np.minimum(np.maximum(moments.rough, 0), by_variance), MIN_DISPERSION, model.max_dispersion)
    level = moments.level if model.plan.saturated else levels(model, fit_regression(model, start).beta)
    dispersion, converged = fit_dispersion(model, level, start)
    return GeneWise(moments.mean, moments.variance, level, dispersion, converged)


def fit_genes(model: Model, genewise: GeneWise, trend: Trend, prior_variance: float, spread: float) -> GeneFit:
    """Shrink dispersions towards the trend and fit the coefficients.

    Genes whose gene-wise dispersion lies more than two residual standard deviations above the trend
    keep it (Love, Huber and Anders 2014).

    Parameters
    ----------
    model : Model
        The genes.
    genewise : GeneWise
        Their gene-wise estimates.
    trend : Trend
        The dispersion trend.
    prior_variance, spread : float
        Variance of the prior, and of the log residuals of gene-wise dispersions.

    Returns
    -------
    GeneFit
        The fit.
    """
    centre = trend(genewise.mean)
    # the search starts from the gene's own estimate unless that is far below the trend
    start = np.where(genewise.dispersion > 0.1 * centre, genewise.dispersion, centre)
    dispersion_map, converged = fit_dispersion(model, genewise.level, start, np.log(centre), prior_variance)
    outlier = above_trend(genewise.dispersion, centre, spread)
    final = np.where(outlier, genewise.dispersion, dispersion_map)
    regression = fit_regression(model, final)
    return GeneFit(
        mean=genewise.mean,
        variance=genewise.variance,
        dispersion_gene=genewise.dispersion,
        dispersion_trend=centre,
        dispersion_map=dispersion_map,
        dispersion=final,
        dispersion_outlier=outlier,
        beta=regression.beta,
        deviance=regression.deviance,
        converged=genewise.converged & converged & (regression.iterations > -2),
    )


def find_lowering(
    model: Model, level: np.ndarray, mean: np.ndarray, trend: np.ndarray, outlier: np.ndarray
) -> Lowering:
    """Find by how much the trend overstates the dispersions of the genes that follow it (`lower_trend`).

    Parameters
    ----------
    model : Model
        The genes.
    level : ndarray of shape (G, K)
        Their fitted means per design group at normalisation factor 1.
    mean, trend : ndarray of shape (G,)
        Mean normalised counts, and the trend there.
    outlier : ndarray of shape (G,)
        Which genes keep a dispersion far above the trend.
    """
    held = np.flatnonzero(~outlier)
    if len(held) > _ENOUGH:
        held = held[np.argsort(mean[held], kind="stable")][np.linspace(0, len(held) - 1, _ENOUGH).astype(int)]
    followers, mean, trend = model.subset(held), mean[held], trend[held]

    given = np.ascontiguousarray(level[held])
    lowering = lower_trend(mean, trend, partial(_residuals, followers, given))
    if model.plan.saturated or not len(lowering.log_mean):
        return lowering
    # Levels that are not the means of groups rest on the dispersions, which were rough so far.
    better = levels(followers, fit_regression(followers, trend * lowering(mean)).beta)
    return lower_trend(mean, trend, partial(_residuals, followers, better), lowering)


def _residuals(model: Model, level: np.ndarray, dispersion: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the genes' sums of squared Pearson residuals, and what these are expected to be."""
    pearson = compute_pearson(model, level, dispersion)
    return pearson.square, pearson.freedom


def above_trend(dispersion: np.ndarray, trend: np.ndarray, spread: float) -> np.ndarray:
    """Tell which gene-wise dispersions lie more than two residual standard deviations above the trend, (G,)."""
    return np.log(dispersion) > np.log(trend) + 2 * np.sqrt(spread)
