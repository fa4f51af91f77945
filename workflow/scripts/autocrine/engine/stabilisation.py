"""Variance stabilising transformation on the log2 scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_counts, check_design, check_factors
from autocrine.engine.model import MIN_DISPERSION, make_model
from autocrine.engine.plan import make_plan
from autocrine.engine.size_factors import estimate_size_factors
from autocrine.engine.stages import estimate_genewise
from autocrine.engine.trend import Trend, fit_trend

_GRID_POINTS = 2000


def stabilise_variance(
    counts: ArrayLike | pd.DataFrame,
    size_factors: ArrayLike | None = None,
    design: pd.DataFrame | None = None,
    threads: int = 1,
    normalization_factors: ArrayLike | None = None,
) -> np.ndarray:
    """Transform counts so that their variance depends little on their mean.

    The integral of the inverse standard deviation under the dispersion trend, scaled to agree with
    log2 for large counts (Anders and Huber 2010; closed form for a0 + a1/mean in the vignette of R
    DESeq2). The trend is fitted without knowledge of the groups unless a design is given.

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Raw counts.
    size_factors : array_like of shape (n,), optional
        Estimated by the median of ratios where absent.
    design : DataFrame of shape (n, p), optional
        Design for the dispersions; an intercept alone where absent.
    threads : int
        Threads.
    normalization_factors : array_like of shape (n, G), optional
        Factors per sample and gene, in place of size factors.

    Returns
    -------
    ndarray of shape (n, G)
        Transformed values, log2 scale.

    Raises
    ------
    CountsError, DesignError, SizeFactorError
        If the input cannot be used.
    """
    values, _, samples = check_counts(counts)
    n = values.shape[0]
    if normalization_factors is not None:
        factors = check_factors(normalization_factors, values.shape, "Normalisation factors")
    else:
        if size_factors is None:
            size_factors = estimate_size_factors(values, threads=threads)
        factors = check_factors(size_factors, (n,), "Size factors")[:, None]
    matrix = np.ones((n, 1)) if design is None else check_design(design, n, samples).to_numpy()
    plan = make_plan(matrix)
    fitted = np.flatnonzero(values.any(axis=0))
    y = values[np.ix_(plan.sample_order, fitted)].T.astype(np.float64)
    per_gene = factors if factors.shape[1] == 1 else factors[:, fitted]
    genewise = estimate_genewise(make_model(y, per_gene[plan.sample_order].T, plan, threads))
    trend = fit_trend(genewise.mean, genewise.dispersion, MIN_DISPERSION, [])
    return _transform(values / factors, trend)


def _transform(normalised: np.ndarray, trend: Trend) -> np.ndarray:
    a0, a1 = trend.asymptotic, trend.extra_poisson
    if trend.fit_type == "parametric" or trend.fit_type == "mean":
        x = a0 * normalised
        return np.log2((1 + a1 + 2 * x + 2 * np.sqrt(x * (1 + a1 + x))) / (4 * a0))
    # no closed form: integrate over a grid even in asinh, which is fine near zero and near the maximum
    top = normalised.max()
    grid = np.sinh(np.linspace(np.arcsinh(0.0), np.arcsinh(top), _GRID_POINTS))[1:]
    density = 1.0 / np.sqrt(grid + trend(grid) * grid**2)
    area = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(grid))])
    area += 2.0 * np.sqrt(grid[0])
    stabilised = np.interp(normalised, np.concatenate([[0.0], grid]), np.concatenate([[0.0], area]))
    low, high = np.quantile(normalised.mean(axis=0), [0.95, 0.999])
    at = np.interp([low, high], grid, area)
    slope = (np.log2(high) - np.log2(low)) / (at[1] - at[0])
    return np.log2(high) + slope * (stabilised - at[1])
