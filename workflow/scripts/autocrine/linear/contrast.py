"""Moderated tests of contrasts: Student's t for one, F for several together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.linalg import null_space
from scipy.special import fdtrc, stdtr

from autocrine.engine.checks import check_contrast, check_design
from autocrine.engine.errors import ContrastError
from autocrine.engine.wald import compared_groups
from autocrine.linear.result import Fit

_GENES_AT_ONCE = 512


def test_contrast(fit: Fit, contrast: ArrayLike) -> pd.DataFrame:
    """Test a contrast of coefficients against zero by the moderated t (Smyth 2004, Stat Appl Genet Mol Biol 3:3).

    The error is that of the contrast in each gene, from its own weights and the values that are there. R limma's
    contrasts.fit takes the correlation of coefficients from the unweighted design, so with weights per value its errors
    of contrasts (not of coefficients) are approximate.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    contrast : array_like of shape (p,)
        Weights over the design's columns.

    Returns
    -------
    DataFrame
        Per gene: ``log2_fc``, ``lfc_se``, ``stat``, ``p_value``, ``moderated_se``, ``df``, ``moderated_p_value``.
        ``moderated_se`` and ``moderated_p_value`` are the error and the p-value again, so that a fit of this engine can
        take the place of one of counts. NaN where the gene's values do not determine the contrast. Genes without a
        read in the compared groups get log2 fold change 0 and p 1, as in `autocrine.engine.test_contrast`: their logs
        of counts differ by library sizes alone.

    Raises
    ------
    ContrastError
        If the contrast does not fit the design.
    """
    vector = check_contrast(contrast, fit.design.columns)
    effect, unscaled = estimate_contrast(fit, vector)
    error = np.sqrt(fit.genes["variance"].to_numpy()) * unscaled
    with np.errstate(divide="ignore", invalid="ignore"):
        stat = effect / error
    p_value = 2 * stdtr(fit.freedom, -np.abs(stat))
    if fit.read is not None:
        unread = ~fit.read[:, compared_groups(fit.design.to_numpy(), vector)].any(axis=1)
        effect[unread], stat[unread], p_value[unread] = 0.0, 0.0, 1.0
    return pd.DataFrame(
        {
            "log2_fc": effect,
            "lfc_se": error,
            "stat": stat,
            "p_value": p_value,
            "moderated_se": error,
            "df": fit.freedom,
            "moderated_p_value": p_value,
        },
        index=fit.genes.index,
    )


def test_together(fit: Fit, contrasts: ArrayLike) -> pd.DataFrame:
    """Test that several contrasts are all zero by the moderated F.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    contrasts : array_like of shape (K, p)
        Linearly independent weights over the design's columns, a row each.

    Returns
    -------
    DataFrame
        Per gene: ``stat`` (F), ``df`` (K), ``p_value``, ``freedom`` (of the denominator) and ``moderated_p_value`` (the
        same p-value); NaN where a gene's values do not determine all contrasts.

    Raises
    ------
    ContrastError
        If a contrast does not fit the design, or one is a combination of the others.
    """
    rows = np.atleast_2d(np.asarray(contrasts, dtype=np.float64))
    vectors = np.array([check_contrast(row, fit.design.columns) for row in rows])
    k = len(vectors)
    if np.linalg.matrix_rank(vectors / np.linalg.norm(vectors, axis=1, keepdims=True)) < k:
        raise ContrastError("One of the contrasts is a combination of the others.")
    directions, stat = fit.model.directions(vectors), np.empty(len(fit.genes))
    for first in range(0, len(stat), _GENES_AT_ONCE):
        chosen = np.arange(first, min(first + _GENES_AT_ONCE, len(stat)))
        loadings = fit.model.subset(chosen).loadings(directions)
        known = ~np.isnan(loadings).any(axis=(1, 2))
        covariance = loadings @ loadings.swapaxes(1, 2)
        covariance[~known] = np.eye(k)
        effects = fit.projections[chosen] @ directions.T
        square = (effects * np.linalg.solve(covariance, effects[:, :, None])[:, :, 0]).sum(axis=1)
        stat[chosen] = np.where(known, square, np.nan) / k
    stat /= fit.genes["variance"].to_numpy()
    p_value = fdtrc(k, fit.freedom, stat)
    return pd.DataFrame(
        {"stat": stat, "df": k, "p_value": p_value, "freedom": fit.freedom, "moderated_p_value": p_value},
        index=fit.genes.index,
    )


def test_nested(fit: Fit, reduced_design: pd.DataFrame) -> pd.DataFrame:
    """Test all coefficients that a smaller design leaves out, by the moderated F.

    Parameters
    ----------
    fit : Fit
        The fit of the full design.
    reduced_design : DataFrame of shape (n, q)
        A design whose columns are combinations of the full design's, q < p.

    Returns
    -------
    DataFrame
        As `test_together`.

    Raises
    ------
    ContrastError
        If the designs are not nested.
    DesignError
        If the reduced design is not valid by itself.
    """
    full = fit.design.to_numpy()
    reduced = check_design(reduced_design, fit.shape[0]).to_numpy()
    combinations = np.linalg.lstsq(full, reduced, rcond=None)[0]
    remainder = reduced - full @ combinations
    if full.shape[1] <= reduced.shape[1] or np.abs(remainder).max() > 1e-8 * max(np.abs(reduced).max(), 1.0):
        raise ContrastError("The reduced design must leave out columns of the full design and add nothing to it.")
    # Columns are scaled, so that a measurement of large numbers does not decide what counts as zero.
    scale = np.linalg.norm(full, axis=0)
    scaled = combinations * scale[:, None]
    return test_together(fit, (null_space((scaled / np.linalg.norm(scaled, axis=0)).T) * scale[:, None]).T)


def estimate_contrast(fit: Fit, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a contrast's effect (G,) and its standard error per unit of standard deviation (G,)."""
    directions = fit.model.directions(vector[None, :])
    unscaled = np.linalg.norm(fit.model.loadings(directions)[:, 0], axis=1)
    unscaled = np.broadcast_to(unscaled, len(fit.genes))
    effect = fit.projections @ directions[0]
    return np.where(np.isnan(unscaled), np.nan, effect), unscaled
