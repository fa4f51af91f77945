"""Count outliers: found by Cook's distance, replaced where replicates allow, flagged otherwise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import fdtri

from autocrine.engine.model import MIN_REPLACEABLE, Model, compute_influence, compute_robust_dispersion, levels
from autocrine.engine.stages import GeneFit, estimate_genewise, fit_genes
from autocrine.engine.trend import Trend

_CUTOFF_PROBABILITY = 0.99
_REPLACEMENT_TRIM = 0.2


@dataclass(frozen=True)
class Outliers:
    """Outcome per gene: largest distance, p-value withheld, counts replaced, nothing left after it."""

    max_cooks: np.ndarray
    withheld: np.ndarray
    replaced: np.ndarray
    emptied: np.ndarray


def handle_outliers(
    model: Model, fit: GeneFit, trend: Trend, prior_variance: float, spread: float
) -> tuple[Model, GeneFit, Outliers]:
    """Find counts with undue influence, replace and refit or withhold their genes.

    A count is an outlier when its Cook's distance exceeds the 0.99 quantile of F(p, n - p). In design
    cells of seven or more replicates it is replaced by the trimmed mean over samples (trim 0.2) times
    its factor, and the gene is fitted again with trend and prior as they are. Elsewhere, in cells of
    three or more, the gene's p-value is withheld; not so in a comparison of two groups without
    covariates when three or more samples have larger counts (Love, Huber and Anders 2014, "Cook's
    distance for outlier detection"; manual of R DESeq2, results and replaceOutliers).

    Parameters
    ----------
    model : Model
        The genes.
    fit : GeneFit
        Their fit, overwritten in place for refitted genes.
    trend, prior_variance, spread
        As in the fit.

    Returns
    -------
    model : Model
        With replaced counts.
    fit : GeneFit
        With refitted genes.
    outliers : Outliers
        What happened to each gene.
    """
    plan = model.plan
    n, p = plan.n_samples, plan.n_coefficients
    cutoff = float(fdtri(p, n - p, _CUTOFF_PROBABILITY))
    robust = compute_robust_dispersion(model)
    influence = compute_influence(model, levels(model, fit.beta), fit.dispersion, robust, cutoff)
    largest = influence.largest
    replaced = np.zeros(model.n_genes, dtype=bool)
    emptied = np.zeros(model.n_genes, dtype=bool)

    cell = np.repeat(plan.group_size, plan.group_size)
    replaceable = cell >= MIN_REPLACEABLE
    candidates = np.flatnonzero(influence.exceeds) if replaceable.any() else np.array([], dtype=np.int64)
    if len(candidates):
        part = model.subset(candidates)
        distances = compute_influence(
            part, levels(part, fit.beta[candidates]), fit.dispersion[candidates], robust[candidates], cutoff, full=True
        ).distances
        cells = (distances > cutoff) & replaceable
        replaced[candidates] = cells.any(axis=1)
        part_y = np.where(cells, _replacements(part), part.y)
        changed = cells.any(axis=1)
        empty = changed & ~part_y.any(axis=1)
        emptied[candidates[empty]] = True
        _refit(model, fit, candidates[changed & ~empty], part_y[changed & ~empty], trend, prior_variance, spread)
        model.y[candidates[changed]] = part_y[changed]
        # once counts are replaced, only cells too small for that are still judged, in every gene
        if changed.any():
            largest = influence.largest_fixed

    with np.errstate(invalid="ignore"):
        withheld = largest > cutoff
    if p == 2 and plan.n_groups == 2:
        withheld &= influence.larger < 3
    return model, fit, Outliers(largest, withheld & ~emptied, replaced, emptied)


def _replacements(model: Model) -> np.ndarray:
    """Trimmed mean of normalised counts times the factor, cut to whole counts, (G, n)."""
    normalised = np.sort(model.y / model.factors, axis=1)
    cut = int(np.floor(normalised.shape[1] * _REPLACEMENT_TRIM))
    trimmed = normalised[:, cut : normalised.shape[1] - cut].mean(axis=1)
    return np.trunc(trimmed[:, None] * model.factors)


def _refit(
    model: Model, fit: GeneFit, genes: np.ndarray, y: np.ndarray, trend: Trend, prior_variance: float, spread: float
) -> None:
    if len(genes) == 0:
        return
    part = replace(model.subset(genes, y), threads=1 if len(genes) < 64 else model.threads)
    fit.put(genes, fit_genes(part, estimate_genewise(part), trend, prior_variance, spread))
