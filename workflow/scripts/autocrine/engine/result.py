"""What a fit holds: enough to test any contrast of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from autocrine.engine.model import Model


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Attributes
    ----------
    shape : (int, int)
        Samples and genes.
    design : DataFrame of shape (n, p)
        The design.
    size_factors : ndarray of shape (n,)
        One factor per sample (ones where normalisation factors are used).
    normalization_factors : ndarray of shape (n, G) or None
        Factors per sample and gene, if given.
    coefficients : DataFrame of shape (G, p)
        Natural-log coefficients; NaN for all-zero genes.
    genes : DataFrame
        Per gene: base_mean, base_var, all_zero, dispersion_gene, dispersion_trend, dispersion_map,
        dispersion, dispersion_outlier, converged, max_cooks, cooks_outlier, replaced.
    trend : dict
        fit_type, asymptotic, extra_poisson.
    prior_variance : float
        Variance of the prior of log dispersions.
    warnings : list of str
        What a reader of the results should know.
    engine : {"parity", "pydeseq2"}
        Which code made the fit.
    model : Model or None
        Counts (outliers replaced) of the genes that are not all zero, for the tests.
    fitted : ndarray
        Positions of these genes.
    deviance : ndarray
        Minus twice their log likelihood.
    emptied : ndarray
        Which of them had nothing left after outliers were replaced.
    """

    shape: tuple[int, int]
    design: pd.DataFrame
    size_factors: np.ndarray
    normalization_factors: np.ndarray | None
    coefficients: pd.DataFrame
    genes: pd.DataFrame
    trend: dict
    prior_variance: float
    warnings: list[str]
    engine: str = "parity"
    model: Model | None = field(default=None, repr=False)
    fitted: np.ndarray | None = field(default=None, repr=False)
    deviance: np.ndarray | None = field(default=None, repr=False)
    emptied: np.ndarray | None = field(default=None, repr=False)
