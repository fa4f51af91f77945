"""One fit as the configuration asks for it: low counts, size factors, engine."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from autocrine.config import Statistics
from autocrine.engine import estimate_size_factors, fit_model
from autocrine.low_counts import expressed_genes
from autocrine.normalisation import size_factor_method


def fit_counts(
    counts: pd.DataFrame,
    design: pd.DataFrame,
    statistics: Statistics,
    *,
    always: Collection[str] = (),
    control_genes: Collection[str] = (),
    method: str | None = None,
    engine: str = "parity",
    threads: int = 1,
):
    """Fit a design to raw counts.

    Parameters
    ----------
    counts
        Samples x genes, raw.
    design
        Samples x coefficients.
    statistics
        Its low_count_filter decides which genes are fitted.
    always
        Genes that are fitted whatever their counts.
    control_genes
        Genes to take size factors from; all genes, when empty.
    method
        How size factors are estimated; "ratio" where a gene without zeros allows it, else "poscounts", when left out.
    engine, threads
        See `autocrine.engine.fit_model`.

    Returns
    -------
    The fit, over the genes that passed the filter, and the method of the size factors. Size factors rest on all genes
    of `counts`, or on the control genes.

    Raises
    ------
    autocrine.engine.EngineError
        Where there is no fit, with the reason.
    """
    values = counts.to_numpy()
    control = counts.columns.isin(list(control_genes)) if len(control_genes) else None
    method = method or size_factor_method(values if control is None else values[:, control])
    size_factors = estimate_size_factors(values, method, control, threads)
    if statistics.low_count_filter == "filterByExpr":
        kept = expressed_genes(values, design.to_numpy()) | counts.columns.isin(list(always))
        counts = counts.loc[:, kept]
    fit = fit_model(counts, design, size_factors=size_factors, engine=engine, threads=threads)
    return fit, method


def base_means(counts: pd.DataFrame, size_factors: np.ndarray) -> np.ndarray:
    """Return the mean normalised count of each gene (samples x genes)."""
    return (counts.to_numpy() / size_factors[:, None]).mean(axis=0)
