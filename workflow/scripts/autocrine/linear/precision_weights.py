"""Counts as log2 per million with a precision weight for each value."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_design, check_factors
from autocrine.engine.errors import CountsError, ReplicationError
from autocrine.linear.array_weights import estimate_array_weights
from autocrine.linear.checks import check_expression
from autocrine.linear.fit import prepare_model
from autocrine.linear.lowess import lowess

_MILLION = np.log2(1e6)
# Cells per corner of the line, for looking corners up.
_CELLS = 4


@dataclass(frozen=True)
class Voom:
    """Log expression with weights.

    Attributes
    ----------
    expression : DataFrame of shape (n, G)
        Log2 counts per million.
    weights : ndarray of shape (n, G)
        Precision weights.
    library_sizes : ndarray of shape (n,)
        Effective library sizes.
    trend : DataFrame of shape (g, 3)
        Of the genes with counts: log2_count (average), root_sd (square root of the residual standard deviation) and
        fitted, in the order of log2_count.
    sample_weights : ndarray of shape (n,) or None
        Quality weights of samples, where they were estimated.
    """

    expression: pd.DataFrame
    weights: np.ndarray
    library_sizes: np.ndarray
    trend: pd.DataFrame
    sample_weights: np.ndarray | None = None


def voom(
    counts: ArrayLike | pd.DataFrame,
    design: pd.DataFrame,
    *,
    library_sizes: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    blocks: ArrayLike | None = None,
    correlation: float | None = None,
    span: float = 0.5,
    threads: int = 1,
) -> Voom:
    """Turn counts into log2 per million and weight each value by the mean-variance trend (Law et al. 2014).

    Genome Biol 15:R29. A linear model of each gene gives a residual standard deviation; lowess of its square root over
    the average log2 count predicts that of each value at its fitted count, and its power -4 is the weight. The numbers
    are those of R limma's voom.

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Counts or estimated counts, samples x genes, not negative. Genes of very low counts are best left out.
    design : DataFrame of shape (n, p)
        Numeric design of full rank, columns named by coefficient.
    library_sizes : array_like of shape (n,), optional
        Library sizes times normalisation factors; the sums of counts, when left out.
    weights : array_like of shape (n,) or (n, G), optional
        Weights of the models that the trend rests on, such as quality weights of samples. They have no other part in
        the weights that are returned.
    blocks, correlation
        See `fit_model`; they concern the same models.
    span : float
        Part of the genes that each line of lowess rests on.
    threads : int
        Threads.

    Returns
    -------
    Voom
        Values and weights.

    Raises
    ------
    EngineError
        Of a subclass: ``CountsError`` if counts are negative or not finite, or fewer than two genes have any,
        ``SizeFactorError`` if a library size is not positive, and those of `fit_model`.
    """
    from autocrine.linear.kernels.smoothing import inverse_fourth_power

    values, genes, samples = _check_counts(counts)
    n = len(values)
    frame = check_design(design, n, samples)
    sizes = values.sum(axis=1) if library_sizes is None else library_sizes
    sizes = check_factors(sizes, (n,), "Library sizes")
    by_gene = np.ascontiguousarray(values.T) + 0.5
    np.log2(by_gene, out=by_gene)
    by_gene += _MILLION - np.log2(sizes + 1)
    expression = by_gene.T
    model = prepare_model(expression, frame, weights, blocks, correlation, threads)
    found = model.regress()
    usable = (values > 0).any(axis=0) & (found.freedom > 0)
    if usable.sum() < 2:
        raise CountsError("The trend needs at least two genes with counts.")
    if not (found.freedom > 0).any():
        raise ReplicationError("The weights leave no residual degree of freedom.")
    level = by_gene.mean(axis=1) + (np.log2(sizes + 1).mean() - _MILLION)
    spread = np.sqrt(np.sqrt(found.square[usable] / found.freedom[usable]))
    order = np.argsort(level[usable], kind="stable")
    x, fitted = lowess(level[usable], spread, span)
    corner, start, step = _index(x)
    weight = np.empty_like(by_gene)
    inverse_fourth_power(
        np.ascontiguousarray(np.linalg.solve(model.triangle, found.projections.T).T),
        # A copy: pandas 3 hands out arrays that cannot be written to, for which the kernel has no signature.
        np.array(frame.to_numpy().T, order="C"),
        np.log2(sizes + 1) - _MILLION,
        x[corner], fitted[corner], start, step, weight,
    )  # fmt: skip
    return Voom(
        expression=pd.DataFrame(expression, index=frame.index if samples is None else samples, columns=genes),
        weights=weight.T,
        library_sizes=sizes,
        trend=pd.DataFrame({"log2_count": x, "root_sd": spread[order], "fitted": fitted}, index=genes[usable][order]),
    )


def voom_with_quality_weights(
    counts: ArrayLike | pd.DataFrame,
    design: pd.DataFrame,
    *,
    library_sizes: ArrayLike | None = None,
    groups: ArrayLike | None = None,
    blocks: ArrayLike | None = None,
    correlation: float | None = None,
    method: str = "gene_by_gene",
    span: float = 0.5,
    threads: int = 1,
) -> Voom:
    """Weight values by the mean-variance trend and samples by their quality (Liu et al. 2015).

    Nucleic Acids Res 43:e97. Quality weights are estimated with the weights of `voom`, the trend once more with the
    quality weights, and these again. The numbers are those of R limma's voomWithQualityWeights.

    Parameters
    ----------
    counts, design, library_sizes, blocks, correlation, span, threads
        See `voom`.
    groups, method
        See `autocrine.linear.estimate_array_weights`; blocks have no part in the quality weights.

    Returns
    -------
    Voom
        Values, the products of both weights, and the quality weights.

    Raises
    ------
    EngineError
        As `voom` and `autocrine.linear.estimate_array_weights`.
    """
    quality, products = None, np.empty(0)
    for _ in range(2):
        found = voom(
            counts,
            design,
            library_sizes=library_sizes,
            weights=quality,
            blocks=blocks,
            correlation=correlation,
            span=span,
            threads=threads,
        )
        quality = estimate_array_weights(found.expression, design, weights=found.weights, groups=groups, method=method)
        products = found.weights * quality[:, None]
    return replace(found, weights=products, sample_weights=quality)


def _check_counts(counts: ArrayLike | pd.DataFrame) -> tuple[np.ndarray, pd.Index, pd.Index | None]:
    """Return counts as float64 (n, G), genes, and samples where they are named; estimated counts may have decimals."""
    values, genes, samples = check_expression(counts)
    if np.isnan(values).any():
        raise CountsError("Counts are missing in places.")
    if values.min() < 0:
        raise CountsError("Counts must not be negative.")
    return values, genes, samples


def _index(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the corners of a line (places without ties), and for equal cells of its range the corner to look from."""
    corner = np.concatenate([[0], np.flatnonzero(np.diff(x) > 0) + 1])
    distinct = x[corner]
    width = distinct[-1] - distinct[0]
    cells = max(_CELLS * len(distinct), 1)
    step = width / cells if width > 0 else 1.0
    start = np.searchsorted(distinct, distinct[0] + step * np.arange(cells), side="right") - 1
    return corner, np.minimum(start, max(len(distinct) - 2, 0)).astype(np.int64), float(step)
