"""Which engine made a fit: negative binomial models of counts, or linear models of log expression."""

from types import ModuleType

import numpy as np
import pandas as pd

from autocrine import engine, linear
from autocrine.adjustment import benjamini_hochberg
from autocrine.results.outcomes import unseen


def engine_of(fit: engine.Fit | linear.Fit) -> ModuleType:
    """Return the package that tests a fit; both name their functions alike."""
    return engine if isinstance(fit, engine.Fit) else linear


def diagnostics(fit: engine.Fit | linear.Fit) -> pd.DataFrame:
    """Return what a gene table shows of how each gene was fitted.

    Returns
    -------
    Per gene: dispersion, max_cooks, all_zero, cooks_outlier, converged; of linear models, which have none of these,
    missing values and False or True.
    """
    if isinstance(fit, engine.Fit):
        return fit.genes[["dispersion", "max_cooks", "all_zero", "cooks_outlier", "converged"]]
    return pd.DataFrame(
        {"dispersion": np.nan, "max_cooks": np.nan, "all_zero": False, "cooks_outlier": False, "converged": True},
        index=fit.genes.index,
    )


def unread(fit: engine.Fit | linear.Fit, tested: pd.DataFrame) -> np.ndarray:
    """Return which genes have no read in the groups that a contrast compares, from its test."""
    if isinstance(fit, linear.Fit) and fit.read is None:
        return np.zeros(len(tested), dtype=bool)
    return unseen(tested["log2_fc"].to_numpy(), tested["p_value"].to_numpy())


def adjust(fit: engine.Fit | linear.Fit, p_value: np.ndarray, alpha: float) -> tuple[np.ndarray, dict]:
    """Adjust p-values over all genes of a fit by Benjamini and Hochberg.

    Counts are filtered first, independently of the test (`autocrine.engine.adjust_p_values`). Linear models are not:
    genes of low counts were left out before, and expression on a log scale has no level that is too low.

    Returns
    -------
    The adjusted p-values, and what is known of the filtering.
    """
    if isinstance(fit, engine.Fit):
        return engine.adjust_p_values(p_value, fit.genes["base_mean"].to_numpy(), alpha)
    return benjamini_hochberg(p_value), {}


def shrink(fit: engine.Fit | linear.Fit, vector: np.ndarray) -> pd.DataFrame | None:
    """Return shrunken effects of a contrast (`autocrine.engine.shrink_contrast`); None of linear models."""
    return engine.shrink_contrast(fit, vector) if isinstance(fit, engine.Fit) else None
