"""Guards on values, weights and blocks: one clear sentence each, before any computing."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.linear.errors import BlockError, ExpressionError, WeightsError


def check_expression(expression: ArrayLike | pd.DataFrame) -> tuple[np.ndarray, pd.Index, pd.Index | None]:
    """Check a samples x genes matrix of log expression; NaN is a missing value.

    Parameters
    ----------
    expression : array_like or DataFrame of shape (n, G)
        Values.

    Returns
    -------
    values : ndarray of shape (n, G)
        The numbers, as float64.
    genes : Index of length G
        Gene names, or 0..G-1.
    samples : Index of length n or None
        Sample names where the input has them.

    Raises
    ------
    ExpressionError
        If the matrix is not two-dimensional and numeric, has infinite values, or if gene names repeat.
    """
    if isinstance(expression, pd.DataFrame):
        genes, samples = expression.columns, expression.index
        if genes.has_duplicates:
            repeated = ", ".join(map(str, genes[genes.duplicated()].unique()[:3]))
            raise ExpressionError(f"Gene names repeat in the expression values, for example {repeated}.")
    else:
        shape = np.shape(expression)
        genes, samples = pd.RangeIndex(shape[1] if len(shape) == 2 else 0), None
    try:
        values = np.asarray(expression, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ExpressionError("The expression values hold something that is not a number.") from error
    if values.ndim != 2 or 0 in values.shape:
        raise ExpressionError(f"Expression must be a samples x genes matrix, but its shape is {values.shape}.")
    if np.isinf(values).any():
        place = int(np.flatnonzero(np.isinf(values).any(axis=0))[0])
        raise ExpressionError(f"The expression values are infinite in places, for example of gene {genes[place]}.")
    return values, genes, samples


def check_weights(weights: ArrayLike | pd.DataFrame, shape: tuple[int, int]) -> np.ndarray:
    """Return weights per sample (n,) or per value (n, G), finite and not negative.

    Raises
    ------
    WeightsError
        If they are something else, or a sample or gene order differs (frames are taken as they are).
    """
    try:
        values = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise WeightsError("The weights hold something that is not a number.") from error
    if values.shape not in (shape, shape[:1]):
        raise WeightsError(f"The weights have the shape {values.shape}, but {shape[:1]} or {shape} is needed.")
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise WeightsError("Weights must be finite and not negative; 0 leaves a value out.")
    return values


def check_blocks(blocks: ArrayLike, n_samples: int) -> np.ndarray:
    """Return the number of the block of each sample (n,), from 0 in the order of the labels.

    Raises
    ------
    BlockError
        If there is not one label per sample, or a label is missing.
    """
    labels = np.asarray(blocks, dtype=object)
    if labels.shape != (n_samples,):
        raise BlockError(f"Blocks have the shape {labels.shape}, but there are {n_samples} samples.")
    if pd.isna(labels).any():
        raise BlockError("A sample has no block; give a sample that is alone a label of its own.")
    return pd.factorize(labels)[0].astype(np.int64)


def check_correlation(correlation: float, block_of: np.ndarray) -> float:
    """Return the correlation of two values of a block, for which every block has a covariance matrix.

    Raises
    ------
    BlockError
        If it is not above -1 / (m - 1) for the largest block of m samples, and below 1.
    """
    largest = int(np.bincount(block_of).max())
    lowest = -1.0 / (largest - 1) if largest > 1 else -1.0
    if not lowest < correlation < 1:
        raise BlockError(
            f"With blocks of up to {largest} samples the correlation must be above {lowest:.3g} and below 1, "
            f"not {correlation}."
        )
    return float(correlation)
