"""Quality weights of samples: how well the values of each follow the model of all."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_design
from autocrine.engine.errors import EngineError
from autocrine.linear.checks import check_blocks, check_expression
from autocrine.linear.fit import prepare_model
from autocrine.linear.model import Model

PRIOR_GENES = 10.0
_MAX_STEPS = 50
_TOLERANCE = 1e-5
_FEWEST_GENES = 2
_FEWEST_FREE = 2
# Residuals that are this part of a gene's values are rounding.
_ROUNDING = 1e-14


def estimate_array_weights(
    expression: ArrayLike | pd.DataFrame,
    design: pd.DataFrame,
    *,
    weights: ArrayLike | pd.DataFrame | None = None,
    groups: ArrayLike | None = None,
    method: str = "auto",
    prior_genes: float = PRIOR_GENES,
    max_steps: int = _MAX_STEPS,
    tolerance: float = _TOLERANCE,
) -> np.ndarray:
    """Estimate one precision weight per sample, or per group of samples.

    The variance of a value is that of its gene times that of its sample. The log variances of samples, which sum to
    zero, solve the equations of restricted maximum likelihood over all genes, with some genes added in which all
    samples vary alike (Ritchie et al. 2006, BMC Bioinformatics 7:261; Liu et al. 2015, Nucleic Acids Res 43:e97).
    ``reml`` takes scoring steps with all genes (Smyth 2002, J Comput Graph Stat 11:836); ``gene_by_gene`` one step per
    gene in the order given, with the information collected so far, which is an approximation and depends on the
    order. The numbers are those of R limma's arrayWeights, which takes the first where no value is missing and there
    are no prior weights ("auto").

    Parameters
    ----------
    expression : array_like or DataFrame of shape (n, G)
        Log expression, NaN where missing. ``reml`` leaves genes with a missing value out.
    design : DataFrame of shape (n, p)
        Numeric design of full rank.
    weights : array_like of shape (n,) or (n, G), optional
        Prior weights.
    groups : array_like of shape (n,), optional
        Labels; samples of a label share a weight.
    method : {"auto", "reml", "gene_by_gene"}
        How to solve the equations.
    prior_genes : float
        How many genes of equal variances are added.
    max_steps, tolerance
        ``reml`` ends when the gain of a step, over genes and weights, is below the tolerance, or after so many steps.

    Returns
    -------
    ndarray of shape (n,)
        Weights, whose product is 1. All 1 with fewer than two genes or two residual degrees of
        freedom.

    Raises
    ------
    EngineError
        Of a subclass, as `autocrine.linear.fit_model`; itself if the method is unknown or does not take weights.
    """
    values, _, samples = check_expression(expression)
    frame = check_design(design, len(values), samples)
    if method not in ("auto", "reml", "gene_by_gene"):
        raise EngineError(f"The method must be auto, reml or gene_by_gene, not {method}.")
    if not prior_genes > 0:
        raise EngineError(f"The number of prior genes must be above 0, not {prior_genes}.")
    group_of = np.arange(len(values)) if groups is None else check_blocks(groups, len(values))
    model = prepare_model(values, frame, weights, None, None, 1)
    if method == "auto":
        method = "reml" if weights is None and model.alike.all() else "gene_by_gene"
    if len(values) - frame.shape[1] < _FEWEST_FREE or len(model.values) < _FEWEST_GENES:
        return np.ones(len(values))
    if method == "reml":
        variance = _by_reml(model, group_of, prior_genes, max_steps, tolerance, weights is not None)
    else:
        from autocrine.linear.kernels.quality import gene_by_gene

        variance = np.zeros(group_of.max() + 1)
        gene_by_gene(model.values, model.basis, model.weights, group_of, float(prior_genes), variance)
    return np.exp(-variance)[group_of]


def _by_reml(
    model: Model, group_of: np.ndarray, prior_genes: float, max_steps: int, tolerance: float, weighted: bool
) -> np.ndarray:
    """Return the log variances of the groups of samples (k,)."""
    complete = np.flatnonzero(~np.isnan(model.values).any(axis=1) & (model.weights > 0).all(axis=1))
    if len(complete) < _FEWEST_GENES:
        raise EngineError(
            "The method reml needs two genes without missing values; gene_by_gene takes them as they are."
        )
    part = model if len(complete) == len(model.values) else model.subset(complete)
    member = (group_of == np.arange(group_of.max() + 1)[:, None]).astype(float)
    k, sizes = len(member), member.sum(axis=1)
    # Steps that sum to zero over samples.
    contrasts = np.vstack([np.eye(k - 1), -sizes[:-1] / sizes[-1]])
    variances = np.zeros(k)
    for _ in range(max_steps):
        weights = np.exp(-variances)
        count, of_samples, of_pairs = _collect(part, weights[group_of])
        score = contrasts.T @ (member @ of_samples + prior_genes * sizes * (weights - 1))
        information = contrasts.T @ (member @ of_pairs @ member.T + prior_genes * np.diag(sizes)) @ contrasts
        step = np.linalg.solve(information, score)
        variances = variances + contrasts @ step
        # With prior weights R divides by the number of genes twice, as its trace shows, and ends earlier.
        over = (k - 1) * (count + prior_genes) ** (2 if weighted else 1)
        if score @ step < tolerance * over:
            break
    return variances


def _collect(model: Model, sample_weights: np.ndarray) -> tuple[int, np.ndarray, np.ndarray]:
    """Return how many genes vary, the scores of log variances of samples (n,) and their information (n, n)."""
    n = len(sample_weights)
    if len(model.weights) > 1:
        from autocrine.linear.kernels.quality import collect

        score, information, counted = np.zeros(n), np.zeros((n, n)), np.zeros(1, dtype=np.int64)
        collect(model.values, model.basis, model.weights, sample_weights, score, information, counted)
        return int(counted[0]), score, information
    root = np.sqrt(model.weights[0] * sample_weights)
    q, _ = np.linalg.qr((model.basis * root).T)
    scaled = model.values * root
    residual = scaled - (scaled @ q) @ q.T
    square = np.einsum("gi,gi->g", residual, residual)
    varies = square > _ROUNDING**2 * np.einsum("gi,gi->g", scaled, scaled)
    count = int(varies.sum())
    hat = q @ q.T
    left = 1 - np.diag(hat)
    residual *= residual
    score = np.divide(n - len(model.basis), square, out=np.zeros(len(square)), where=varies) @ residual - count * left
    own = np.diag(left - np.diag(hat)) + hat**2
    total = own.sum(axis=1)
    return count, score, count * (own - np.outer(total, total) / total.sum())
