"""One fit as the configuration asks for it: low counts, size factors, engine."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from autocrine.config import Statistics
from autocrine.engine import Fit, fit_model
from autocrine.low_counts import expressed_genes
from autocrine.normalisation import Scaling, estimate_scaling


def fit_counts(
    counts: pd.DataFrame,
    design: pd.DataFrame,
    statistics: Statistics,
    *,
    lengths: pd.DataFrame | None = None,
    always: Collection[str] = (),
    genes: Sequence[str] | None = None,
    control_genes: Collection[str] = (),
    method: str | None = None,
    engine: str = "parity",
    threads: int = 1,
) -> tuple[Fit, Scaling]:
    """Fit a design to raw counts.

    Parameters
    ----------
    counts
        Samples x genes, raw.
    design
        Samples x coefficients.
    statistics
        Its low_count_filter decides which genes are fitted.
    lengths
        Average transcript lengths, like `counts`, where they are known.
    always
        Genes that are fitted whatever their counts.
    genes
        The only genes that are asked about, among those fitted; see `autocrine.engine.fit_model`.
    control_genes
        Genes to take size factors from; all genes, when empty.
    method
        How size factors are estimated; "ratio" where a gene without zeros allows it, else "poscounts", when left out.
    engine, threads
        See `autocrine.engine.fit_model`.

    Returns
    -------
    The fit, over the genes that passed the filter or are asked about, and what all counts were divided by. Size factors
    rest on all genes of `counts`, or on the control genes.

    Raises
    ------
    autocrine.engine.EngineError
        Where there is no fit, with the reason.
    """
    values = counts.to_numpy()
    control = counts.columns.isin(list(control_genes)) if len(control_genes) else None
    scaling = estimate_scaling(values, None if lengths is None else lengths.to_numpy(), method, control, threads)
    kept = np.ones(values.shape[1], dtype=bool)
    if statistics.low_count_filter == "filterByExpr":
        kept = expressed_genes(values, design.to_numpy()) | counts.columns.isin(list(always))
    if scaling.per_gene:
        asked = {"normalization_factors": scaling.factors[:, kept]}
    else:
        asked = {"size_factors": scaling.size_factors}
    return fit_model(counts.loc[:, kept], design, **asked, genes=genes, engine=engine, threads=threads), scaling


def base_means(counts: pd.DataFrame, factors: np.ndarray) -> np.ndarray:
    """Return the mean normalised count of each gene (samples x genes).

    `factors` are one per sample, or samples x genes.
    """
    return (counts.to_numpy() / factors.reshape(len(counts), -1)).mean(axis=0)
