"""How much values of a block resemble each other, for one gene and for all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_design
from autocrine.engine.errors import EngineError
from autocrine.linear.checks import check_blocks, check_expression
from autocrine.linear.errors import BlockError
from autocrine.linear.fit import prepare_model
from autocrine.linear.model import Model

# R limma's limits: the correlations of genes stay this far from those without a covariance matrix.
_MARGIN = 0.01
_TOLERANCE = 1e-6
_MAX_STEPS = 21
_ROUNDING = 1e-10


class BlockCorrelation(NamedTuple):
    """Correlation of two values of a block.

    Attributes
    ----------
    consensus : float
        One number for all genes.
    genes : Series of length G
        That of each gene; NaN where its values do not determine it.
    """

    consensus: float
    genes: pd.Series


def estimate_block_correlation(
    expression: ArrayLike | pd.DataFrame,
    design: pd.DataFrame,
    blocks: ArrayLike,
    *,
    weights: ArrayLike | pd.DataFrame | None = None,
    trim: float = 0.15,
    tolerance: float = _TOLERANCE,
    max_steps: int = _MAX_STEPS,
) -> BlockCorrelation:
    """Estimate the correlation within blocks (Smyth, Michaud and Scott 2005, Bioinformatics 21:2067).

    Restricted maximum likelihood per gene; the consensus is the hyperbolic tangent of the trimmed mean of the genes'
    inverse hyperbolic tangents. Squared residual effects along the eigenvectors of the blocks' covariance have a Gamma
    distribution whose mean is linear in the two variances, and scoring steps solve that regression. The numbers are
    those of R limma's duplicateCorrelation, with its start, damping, tolerance and number of steps: for a gene whose
    likelihood is flat that is not yet the maximum. The consensus hardly depends on it.

    Parameters
    ----------
    expression : array_like or DataFrame of shape (n, G)
        Log expression, NaN where missing.
    design : DataFrame of shape (n, p)
        Numeric design of full rank, without the blocks.
    blocks : array_like of shape (n,)
        Labels.
    weights : array_like of shape (n,) or (n, G), optional
        Precision weights. As in R, a value and its design row are multiplied by the root of the weight and the block's
        own effect is not.
    trim : float
        Part of the genes left out at each end, below 0.5.
    tolerance, max_steps
        When a gene's steps end.

    Returns
    -------
    BlockCorrelation
        The consensus, and the correlation of each gene.

    Raises
    ------
    BlockError
        If no block has two samples, if the design holds the blocks, or if no gene determines a correlation.
    EngineError
        Of another subclass, as `autocrine.linear.fit_model`; itself if the trimmed part is not from 0 to below 0.5.
    """
    from autocrine.linear.kernels.components import correlations

    values, genes, samples = check_expression(expression)
    frame = check_design(design, len(values), samples)
    block_of = check_blocks(blocks, len(values))
    largest = int(np.bincount(block_of).max())
    if largest < 2:
        raise BlockError("No block has two samples, so there is no correlation within blocks.")
    if not 0 <= trim < 0.5:
        raise EngineError(f"The part that is trimmed must be at least 0 and below 0.5, not {trim}.")
    member = (block_of[:, None] == np.arange(block_of.max() + 1)).astype(float)
    design_values = frame.to_numpy()
    outside = member - design_values @ np.linalg.lstsq(design_values, member, rcond=None)[0]
    if np.abs(outside).max() < _ROUNDING:
        raise BlockError("The design already has the blocks in it, so nothing is left to correlate.")
    model = prepare_model(values, frame, weights, None, None, 1)
    found = np.empty(len(genes))
    alike = np.flatnonzero(model.alike)
    if len(alike):
        effects, sizes = _effects(model, alike, member)
        counts = np.full(len(alike), len(sizes))
        of_alike = np.empty(len(alike))
        correlations(effects**2, sizes[None, :], counts, tolerance, max_steps, of_alike)
        found[alike] = of_alike
    rest = np.flatnonzero(~model.alike)
    if len(rest):
        squares, sizes, counts = _effects_of_each(model, rest, member)
        of_rest = np.empty(len(rest))
        correlations(squares, sizes, counts, tolerance, max_steps, of_rest)
        found[rest] = of_rest
    found = np.clip(found, 1 / (1 - largest) + _MARGIN, 1 - _MARGIN)
    if np.isnan(found).all():
        raise BlockError("No gene has the values that a correlation within blocks would need.")
    return BlockCorrelation(_consensus(found, trim), pd.Series(found, index=genes))


def _effects(model: Model, genes: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return effects (g, m) and eigenvalues (m,) of genes with the same values there and the same weights."""
    weights = model.weights[genes[0] if len(model.weights) > 1 else 0]
    there = np.flatnonzero((weights > 0) & ~np.isnan(model.values[genes[0]]))
    blocks = member[there]
    blocks = blocks[:, blocks.any(axis=0)]
    root = np.sqrt(weights[there])
    left, sizes, _ = np.linalg.svd((model.basis[:, there] * root).T)
    rank = int((sizes > _ROUNDING * sizes.max(initial=0.0)).sum())
    free = left[:, rank:]
    # R asks for as much before it estimates a correlation.
    if not (len(there) > len(model.basis) + 2 and 1 < blocks.shape[1] < len(there) - 1):
        return np.empty((len(genes), 0)), np.empty(0)
    loading = free.T @ blocks
    # The blocks that are left in a gene are in its design; R's answer is then rounding.
    if np.abs(loading).max() < _ROUNDING:
        return np.empty((len(genes), 0)), np.empty(0)
    sizes, vectors = np.linalg.eigh(loading @ loading.T)
    scaled = model.values[np.ix_(genes, there)] * root
    return np.ascontiguousarray(scaled @ (free @ vectors)), np.maximum(sizes, 0.0)


def _effects_of_each(model: Model, genes: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return squared effects and eigenvalues (g, n), of each gene as many as counts (g,) says."""
    n = len(member)
    squares, sizes, counts = np.zeros((len(genes), n)), np.zeros((len(genes), n)), np.zeros(len(genes), dtype=np.int64)
    for row, gene in enumerate(genes):
        effects, of_gene = _effects(model, np.array([gene]), member)
        counts[row] = len(of_gene)
        squares[row, : len(of_gene)], sizes[row, : len(of_gene)] = effects[0] ** 2, of_gene
    return squares, sizes, counts


def _consensus(correlations: np.ndarray, trim: float) -> float:
    """Return the trimmed mean on the scale of the inverse hyperbolic tangent."""
    ordered = np.sort(np.arctanh(correlations[~np.isnan(correlations)]))
    out = int(len(ordered) * trim)
    return float(np.tanh(ordered[out : len(ordered) - out].mean()))
