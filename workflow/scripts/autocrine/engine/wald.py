"""Wald tests of contrasts of a fitted model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr

from autocrine.engine.checks import check_contrast
from autocrine.engine.model import Model, compute_errors
from autocrine.engine.moderation import error_freedom
from autocrine.engine.result import Fit


def test_contrast(fit: Fit, contrast: ArrayLike) -> pd.DataFrame:
    """Test a contrast of coefficients against zero.

    Estimate over standard error against the normal distribution (Love, Huber and Anders 2014, "Wald
    test"). Genes with no counts in any sample of the compared groups get log2 fold change 0 and p 1;
    so do genes that have only zeros left after outliers were replaced. p is NaN for genes that are all
    zero and for those with a count outlier.

    ``moderated_p_value`` is Student's t test of the same estimate. The normal distribution takes the dispersion as
    known, which with few samples calls too much; t takes it as estimated, with n - p degrees of freedom of the samples
    and d0 that its prior lends (the argument of Smyth 2004, Stat Appl Genet Mol Biol 3:3, for shrunken variances), and
    more as far as the error rests on counting alone (`autocrine.engine.moderation.error_freedom`). Its error,
    ``moderated_se``, rests on dispersions without the bias of the trend at low counts
    (`autocrine.engine.lowering`).

    Parameters
    ----------
    fit : Fit
        A fitted model.
    contrast : array_like of shape (p,)
        Weights over the design's columns.

    Returns
    -------
    DataFrame
        Per gene: ``log2_fc``, ``lfc_se`` (log2), ``stat``, ``p_value``, ``moderated_se`` (log2), ``df``,
        ``moderated_p_value``.

    Raises
    ------
    ContrastError
        If the contrast does not fit the design.
    """
    weights = check_contrast(contrast, fit.design.columns)
    model = fit.model
    names = ("log2_fc", "lfc_se", "stat", "p_value", "moderated_se", "df", "moderated_p_value")
    beta = fit.coefficients.to_numpy()[fit.fitted]
    dispersion, own = (fit.genes[name].to_numpy()[fit.fitted] for name in ("dispersion", "dispersion_moderated"))
    effect = beta @ weights / np.log(2)
    if fit.engine == "pydeseq2":
        from autocrine.engine.audit import wald_with_pydeseq2

        se, z, p = wald_with_pydeseq2(fit, weights)
    else:
        se = compute_errors(model, model.plan.permute(beta), dispersion, model.plan.permute(weights)).error / np.log(2)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = effect / se
        p = 2 * ndtr(-np.abs(z))
        empty = _all_zero_in_contrast(model, weights)
        effect[empty], z[empty], p[empty] = 0.0, 0.0, 1.0
    found = compute_errors(model, model.plan.permute(beta), own, model.plan.permute(weights))
    moderated_se, df = found.error / np.log(2), error_freedom(fit.freedom, found.share)
    for values, missing in ((effect, 0.0), (se, 0.0), (z, 0.0), (p, 1.0), (moderated_se, 0.0)):
        values[fit.emptied] = missing
    p[fit.genes["cooks_outlier"].to_numpy()[fit.fitted]] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        moderated = np.where(p == 1, 1.0, 2 * stdtr(df, -np.abs(effect / moderated_se)))
    moderated[np.isnan(p)] = np.nan
    out = np.full((len(fit.genes), len(names)), np.nan)
    out[fit.fitted] = np.column_stack([effect, se, z, p, moderated_se, df, moderated])
    return pd.DataFrame(out, index=fit.genes.index, columns=list(names))


def _all_zero_in_contrast(model: Model, weights: np.ndarray) -> np.ndarray:
    """Genes without counts in the samples that the contrast compares."""
    involved = compared_groups(model.plan.group_rows, weights)
    if involved.all():
        return np.zeros(model.n_genes, dtype=bool)
    samples = np.repeat(involved, model.plan.group_size)
    return ~np.any(model.y[:, samples], axis=1)


def compared_groups(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Which design groups a contrast compares.

    Where the contrast is the difference of two levels of a factor, these are all rows of the two
    levels: found from pairs of rows that differ by exactly the contrast in the indicator columns
    (covariates aside), extended to the rows that agree with the pairs in the columns the pairs share. A
    column that is added to the contrast's, such as a batch in which no two rows make a pair, does not count.
    For any other contrast that sets columns against each other they are the rows that load on them;
    a contrast of one sign (an average, a slope) compares all rows.

    Parameters
    ----------
    rows : ndarray of shape (K, p)
        Distinct design rows.
    weights : ndarray of shape (p,)
        The contrast.

    Returns
    -------
    ndarray of shape (K,)
        A mask.
    """
    loading = np.any(rows[:, weights != 0] != 0, axis=1)
    if not (weights.min() < 0 < weights.max()):
        loading[:] = True
    indicator = np.all(np.isin(rows, (-1.0, 0.0, 1.0)), axis=0)
    if not indicator[weights != 0].all():
        return loading
    difference = weights[indicator]
    if (difference != np.round(difference)).any():
        return loading
    flags, difference = rows[:, indicator].astype(np.int8), difference.astype(np.int64)
    # A partner is looked up by its contents: to compare all pairs of rows takes the square of their number in memory.
    there = {row.tobytes() for row in flags}
    partners = flags - difference
    names = [row.tobytes() for row in partners.astype(np.int8)]
    fits = (np.abs(partners) <= 1).all(axis=1)
    tested = np.array([bool(fit) and name in there for fit, name in zip(fits, names, strict=True)])
    if not tested.any():
        return loading
    found = {name for name, held in zip(names, tested, strict=True) if held}
    reference = np.array([row.tobytes() in found for row in flags])
    involved, added = np.zeros(len(rows), dtype=bool), _added_columns(flags, difference)
    for side in (flags[tested], flags[reference]):
        shared = (side == side[0]).all(axis=0) & ~added
        involved |= (flags[:, shared] == side[0][shared]).all(axis=1)
    return involved


def _added_columns(flags: np.ndarray, difference: np.ndarray) -> np.ndarray:
    """Which columns hold together with a column of the contrast and have no interaction with it.

    Those of other levels of the contrast's own factor never hold where it does; one that interacts with it has a column
    for both.
    """
    added, columns = np.zeros(flags.shape[1], dtype=bool), {column.tobytes() for column in flags.T}
    for own in np.flatnonzero(difference):
        both = flags * flags[:, [own]]
        held = both.any(axis=0) & [column.tobytes() not in columns for column in both.T]
        added |= held
    added[difference != 0] = False
    return added
