"""Shrunken effect sizes: posterior modes under a heavy-tailed prior, for any contrast."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from autocrine.engine.checks import check_contrast
from autocrine.engine.model import compute_errors
from autocrine.engine.plan import make_plan
from autocrine.engine.result import Fit
from autocrine.engine.threads import for_chunks

_OTHERS_SD = 15.0
_MIN_VARIANCE, _MAX_VARIANCE = 1e-6, 400.0


def shrink_contrast(fit: Fit, contrast: ArrayLike) -> pd.DataFrame:
    """Shrink the log fold changes of a contrast.

    A Cauchy prior on the contrast, its scale adapted to the estimates of all genes, and wide normal
    priors (standard deviation 15, natural log) on the rest; the estimate is the posterior mode, its
    error the curvature there (Zhu, Ibrahim and Love 2019, Bioinformatics 35:2084). The design is
    re-parametrised so that the contrast is one coefficient.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    contrast : array_like of shape (p,)
        Weights over the design's columns.

    Returns
    -------
    DataFrame
        Per gene: ``log2_fc_shrunken``, ``lfc_se_shrunken`` (log2); NaN for all-zero genes and where
        the mode was not found.

    Raises
    ------
    ContrastError
        If the contrast does not fit the design.
    """
    weights = check_contrast(contrast, fit.design.columns)
    beta = fit.coefficients.to_numpy()[fit.fitted]
    dispersion = fit.genes["dispersion"].to_numpy()[fit.fitted]
    plan = fit.model.plan
    raw = beta @ weights
    raw_error = compute_errors(fit.model, plan.permute(beta), dispersion, plan.permute(weights)).error
    usable = np.isfinite(raw) & np.isfinite(raw_error) & ~fit.emptied
    scale = min(np.sqrt(_prior_variance(raw[usable], raw_error[usable])), 1.0)

    matrix, position = _isolate(fit.design.to_numpy(), weights)
    model = fit.model.with_design(make_plan(matrix))
    start = beta.copy()
    start[:, position] = raw
    start = model.plan.permute(np.clip(start, -30.0, 30.0))
    shrunk = int(np.flatnonzero(model.plan.order == position)[0])
    g = model.n_genes
    estimate, error, converged = np.empty(g), np.empty(g), np.empty(g, dtype=bool)

    from autocrine.engine.kernels.shrinkage import shrink_coefficient

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        shrink_coefficient(
            model.y[a:b],
            factors,
            dispersion[a:b],
            model.plan.arrays,
            start[a:b],
            shrunk,
            scale,
            _OTHERS_SD,
            estimate[a:b],
            error[a:b],
            converged[a:b],
        )

    for_chunks(work, g, model.threads)
    estimate[~converged], error[~converged] = np.nan, np.nan
    out = np.full((len(fit.genes), 2), np.nan)
    out[fit.fitted] = np.column_stack([estimate, error]) / np.log(2)
    return pd.DataFrame(out, index=fit.genes.index, columns=["log2_fc_shrunken", "lfc_se_shrunken"])


def _isolate(design: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, int]:
    """Return an equivalent design in which the contrast is the coefficient at the returned position."""
    position = int(np.argmax(np.abs(weights)))
    ratio = weights / weights[position]
    matrix = design - np.outer(design[:, position], ratio)
    matrix[:, position] = design[:, position] / weights[position]
    return matrix, position


def _prior_variance(estimate: np.ndarray, error: np.ndarray) -> float:
    """Moment estimate of the variance of true effects from estimates and their errors (Zhu et al. 2019)."""
    square, noise = estimate**2, error**2

    def excess(variance: float) -> float:
        weight = 1.0 / (2.0 * (variance + noise) ** 2)
        return float(((square - noise) * weight).sum() / weight.sum() - variance)

    if len(estimate) == 0 or excess(_MIN_VARIANCE) < 0:
        return _MIN_VARIANCE
    if excess(_MAX_VARIANCE) > 0:
        return _MAX_VARIANCE
    return float(brentq(excess, _MIN_VARIANCE, _MAX_VARIANCE))
