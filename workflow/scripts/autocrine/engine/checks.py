"""Guards on counts, designs, factors and contrasts: one clear sentence each, before any computing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.errors import ContrastError, CountsError, DesignError, ReplicationError, SizeFactorError


def check_counts(counts: ArrayLike | pd.DataFrame) -> tuple[np.ndarray, pd.Index, pd.Index | None]:
    """Check a samples x genes count matrix.

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Raw counts.

    Returns
    -------
    values : ndarray of shape (n, G)
        The numbers as given (no copy where possible).
    genes : Index of length G
        Gene names, or 0..G-1.
    samples : Index of length n or None
        Sample names where the input has them.

    Raises
    ------
    CountsError
        If the matrix is not two-dimensional, numeric, finite, whole and non-negative, if gene names
        repeat, or if a sample has no counts at all.
    """
    if isinstance(counts, pd.DataFrame):
        genes, samples = counts.columns, counts.index
        try:
            values = counts.to_numpy()
            if values.dtype == object:
                values = values.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise CountsError("The count matrix holds values that are not numbers.") from error
        if genes.has_duplicates:
            repeated = list(genes[genes.duplicated()].unique()[:3])
            raise CountsError(f"Gene names repeat in the count matrix, for example {_list(repeated)}.")
    else:
        values, samples = np.asarray(counts), None
        genes = pd.RangeIndex(values.shape[1] if values.ndim == 2 else 0)
    if values.ndim != 2 or 0 in values.shape:
        raise CountsError(f"Counts must be a samples x genes matrix, but their shape is {values.shape}.")
    if not np.issubdtype(values.dtype, np.number) or np.issubdtype(values.dtype, np.complexfloating):
        raise CountsError(f"Counts must be numbers, but their type is {values.dtype}.")
    if np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise CountsError("The count matrix has missing or infinite values.")
        if (values != np.floor(values)).any():
            raise CountsError("Counts must be whole numbers; the engine takes raw counts, not normalised ones.")
    if values.min() < 0:
        raise CountsError("Counts must not be negative.")
    empty = np.flatnonzero(values.max(axis=1) == 0)
    if len(empty):
        names = [samples[i] if samples is not None else i for i in empty[:3]]
        raise CountsError(f"These samples have no counts at all: {_list(names)}.")
    return values, genes, samples


def check_design(design: pd.DataFrame, n_samples: int, samples: pd.Index | None = None) -> pd.DataFrame:
    """Check a design matrix against the number (and names) of samples.

    Parameters
    ----------
    design : DataFrame of shape (n, p)
        Numeric design, columns named by coefficient.
    n_samples : int
        Rows of the count matrix.
    samples : Index, optional
        Row names of the count matrix.

    Returns
    -------
    DataFrame of shape (n, p)
        The design as float64.

    Raises
    ------
    DesignError
        If shapes or names disagree, values are missing, columns repeat or are linearly dependent.
    ReplicationError
        If there are no more samples than coefficients.
    """
    if not isinstance(design, pd.DataFrame):
        raise DesignError("The design must be a DataFrame whose columns name the coefficients.")
    if len(design) != n_samples:
        raise DesignError(f"The design has {len(design)} rows, but there are {n_samples} samples.")
    if samples is not None and not design.index.equals(samples):
        if set(design.index) == set(samples):
            raise DesignError("The samples of the design and of the counts are the same but in another order.")
        if not isinstance(design.index, pd.RangeIndex):
            raise DesignError("The row names of the design are not the sample names of the counts.")
    if design.shape[1] == 0:
        raise DesignError("The design has no columns.")
    if design.columns.has_duplicates:
        raise DesignError(f"Design columns repeat: {_list(design.columns[design.columns.duplicated()])}.")
    try:
        values = design.to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DesignError("The design holds values that are not numbers.") from error
    if not np.isfinite(values).all():
        bad = design.columns[~np.isfinite(values).all(axis=0)]
        raise DesignError(f"The design has missing or infinite values in: {_list(bad)}.")
    check_rank(values, list(design.columns))
    n, p = values.shape
    if n <= p:
        raise ReplicationError(
            f"The design has {p} coefficients for {n} samples: no residual degree of freedom is left to "
            "estimate dispersions; use a smaller design or more replicates."
        )
    return pd.DataFrame(values, index=design.index, columns=design.columns)


def check_rank(values: np.ndarray, names: Sequence[object]) -> None:
    """Raise a DesignError that names the dependent columns if the matrix is rank deficient."""
    norm = np.linalg.norm(values, axis=0)
    zero = [str(name) for name, length in zip(names, norm, strict=True) if length == 0]
    if zero:
        raise DesignError(f"Design columns are zero for every sample: {_list(zero)}.")
    scaled = values / norm
    if np.linalg.matrix_rank(scaled) == values.shape[1]:
        return
    for j in range(1, values.shape[1]):
        before = scaled[:, :j]
        weights, *_ = np.linalg.lstsq(before, scaled[:, j], rcond=None)
        if np.linalg.norm(before @ weights - scaled[:, j]) < 1e-8:
            partners = [str(names[k]) for k in range(j) if abs(weights[k]) > 1e-6]
            raise DesignError(
                f"The design is not of full rank: column {names[j]} is a combination of {_list(partners)}; "
                "two factors are confounded or a level has no samples."
            )
    raise DesignError("The design is not of full rank: its columns are nearly linearly dependent.")


def check_factors(factors: ArrayLike, shape: tuple[int, ...], what: str) -> np.ndarray:
    """Return positive finite factors of the given shape, or raise a SizeFactorError."""
    values = np.asarray(factors, dtype=np.float64)
    if values.shape != shape:
        raise SizeFactorError(f"{what} have the shape {values.shape}, but {shape} is needed.")
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise SizeFactorError(f"{what} must be positive and finite.")
    return values


def check_contrast(contrast: ArrayLike, columns: pd.Index) -> np.ndarray:
    """Return the contrast as a float vector over the design's columns, or raise a ContrastError."""
    values = np.asarray(contrast, dtype=np.float64)
    if values.shape != (len(columns),):
        raise ContrastError(
            f"The contrast has the shape {values.shape}, but the design has {len(columns)} columns: {_list(columns)}."
        )
    if not np.isfinite(values).all() or not values.any():
        raise ContrastError("The contrast must be finite and must not be zero everywhere.")
    return values


def _list(names: Sequence[object]) -> str:
    return ", ".join(str(name) for name in names)
