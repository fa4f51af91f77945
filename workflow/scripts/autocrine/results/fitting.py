"""One fit as the configuration asks for it: low counts, size factors, engine."""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from autocrine import linear
from autocrine.design.matrix import Design
from autocrine.design.question import Model, Statistics
from autocrine.engine import EngineError, Fit, fit_model
from autocrine.measure import COUNTS
from autocrine.results.linear_fits import fit_expression, fit_weighted_counts
from autocrine.results.low_counts import expressed_genes
from autocrine.samples.normalisation import Scaling, estimate_scaling
from autocrine.samples.unwanted import estimate_factors, usable_levels


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
    scaling = _scale(counts, lengths, method, control_genes, threads)
    return _fit_scaled(counts, design, statistics, scaling, always, genes, engine, threads), scaling


def fit_design(
    counts: pd.DataFrame,
    design: Design,
    model: Model,
    statistics: Statistics,
    *,
    reference: Collection[str] = (),
    lengths: pd.DataFrame | None = None,
    always: Collection[str] = (),
    genes: Sequence[str] | None = None,
    control_genes: Collection[str] = (),
    method: str | None = None,
    engine: str = "parity",
    measure: str = COUNTS,
    threads: int = 1,
) -> tuple[Fit | linear.Fit, Scaling, Design]:
    """Fit a design with the factors of unwanted variation that its model asks for.

    Counts are fitted by negative binomial models; where samples vary together, and where the values are log expression,
    by linear ones.

    Parameters
    ----------
    design, model
        The design, and what was asked.
    reference
        Genes that factors may be estimated from.
    measure
        What `counts` hold (`autocrine.measure`).
    counts, statistics, lengths, always, genes, control_genes, method, engine, threads
        See `fit_counts`.

    Returns
    -------
    The fit, what counts were divided by, and the design with its factors.

    Raises
    ------
    autocrine.engine.EngineError
        Where there is no fit or no factor, with the reason.
    """
    counted = measure == COUNTS
    if design.blocks and engine != "parity":
        raise EngineError("PyDESeq2 has no model of samples that vary together")
    scaling = _scale(counts, lengths, method, control_genes, threads) if counted else Scaling.none(len(counts))
    if model.unwanted_factors:
        levels = usable_levels(counts, scaling.factors) if counted else counts
        design = design.append(estimate_factors(levels, design, model.unwanted_factors, model.unwanted_from, reference))
    if counted and not design.blocks:
        fit = _fit_scaled(counts, design.matrix, statistics, scaling, always, genes, engine, threads)
        return fit, scaling, design
    linear_fit = (
        fit_weighted_counts(counts, design, scaling, threads) if counted else fit_expression(counts, design, threads)
    )
    if genes is not None:
        linear_fit = linear_fit.of_genes([gene for gene in genes if gene in linear_fit.genes.index])
    return linear_fit, scaling, design


def _scale(
    counts: pd.DataFrame,
    lengths: pd.DataFrame | None,
    method: str | None,
    control_genes: Collection[str],
    threads: int,
) -> Scaling:
    control = counts.columns.isin(list(control_genes)) if len(control_genes) else None
    return estimate_scaling(
        counts.to_numpy(), None if lengths is None else lengths.to_numpy(), method, control, threads
    )


def _fit_scaled(
    counts: pd.DataFrame,
    design: pd.DataFrame,
    statistics: Statistics,
    scaling: Scaling,
    always: Collection[str],
    genes: Sequence[str] | None,
    engine: str,
    threads: int,
) -> Fit:
    values = counts.to_numpy()
    kept = np.ones(values.shape[1], dtype=bool)
    if statistics.low_count_filter == "filterByExpr":
        kept = expressed_genes(values, design.to_numpy()) | counts.columns.isin(list(always))
    return fit_model(
        counts.loc[:, kept],
        design,
        size_factors=None if scaling.per_gene else scaling.size_factors,
        normalization_factors=scaling.factors[:, kept] if scaling.per_gene else None,
        genes=genes,
        engine=engine,
        threads=threads,
    )


def base_means(counts: pd.DataFrame, factors: np.ndarray) -> np.ndarray:
    """Return the mean normalised count of each gene (samples x genes).

    `factors` are one per sample, or samples x genes.
    """
    return (counts.to_numpy() / factors.reshape(len(counts), -1)).mean(axis=0)
