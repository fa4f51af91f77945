"""Likelihood-ratio test of nested designs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from autocrine.engine.checks import check_design
from autocrine.engine.errors import ContrastError
from autocrine.engine.model import MIN_MEAN, Model, fit_regression, levels
from autocrine.engine.moderation import error_freedom
from autocrine.engine.plan import make_plan
from autocrine.engine.result import Fit
from autocrine.engine.threads import for_chunks


def test_nested(fit: Fit, reduced_design: pd.DataFrame) -> pd.DataFrame:
    """Test all coefficients that a smaller design leaves out.

    Twice the difference of the log likelihoods, at the dispersions of the full design, against the
    chi-square distribution (Love, Huber and Anders 2014). ``moderated_p_value`` takes the dispersions as estimated: the
    statistic at the moderated dispersions over the number of coefficients left out, against F. The degrees of freedom
    of its denominator are those of a standard error of whose square the dispersion has its average share over the
    samples (`autocrine.engine.moderation.error_freedom`).

    Parameters
    ----------
    fit : Fit
        The fit of the full design.
    reduced_design : DataFrame of shape (n, q)
        A design whose columns are combinations of the full design's, q < p.

    Returns
    -------
    DataFrame
        Per gene: ``stat``, ``df`` (coefficients left out), ``p_value``, ``freedom`` (of the denominator) and
        ``moderated_p_value``; NaN p for all-zero genes and count outliers.

    Raises
    ------
    ContrastError
        If the designs are not nested.
    DesignError
        If the reduced design is not valid by itself.
    """
    full = fit.design.to_numpy()
    reduced = check_design(reduced_design, fit.shape[0]).to_numpy()
    df = full.shape[1] - reduced.shape[1]
    remainder = reduced - full @ np.linalg.lstsq(full, reduced, rcond=None)[0]
    if df <= 0 or np.abs(remainder).max() > 1e-8 * max(np.abs(reduced).max(), 1.0):
        raise ContrastError("The reduced design must leave out columns of the full design and add nothing to it.")
    plan = make_plan(reduced)
    dispersion, own = (fit.genes[name].to_numpy()[fit.fitted] for name in ("dispersion", "dispersion_moderated"))
    statistic = fit_regression(fit.model.with_design(plan), dispersion).deviance - fit.deviance
    p = chdtrc(df, np.maximum(statistic, 0.0))
    large = fit_regression(fit.model, own)
    ratio = np.maximum(fit_regression(fit.model.with_design(plan), own).deviance - large.deviance, 0.0) / df
    freedom = error_freedom(fit.freedom, _dispersed(fit.model, large.beta, own))
    moderated = fdtrc(df, freedom, ratio)
    statistic[fit.emptied], p[fit.emptied], moderated[fit.emptied] = 0.0, 1.0, 1.0
    withheld = fit.genes["cooks_outlier"].to_numpy()[fit.fitted]
    p[withheld] = moderated[withheld] = np.nan
    out = pd.DataFrame(np.nan, index=fit.genes.index, columns=["stat", "df", "p_value", "freedom", "moderated_p_value"])
    out.iloc[fit.fitted] = np.column_stack([statistic, np.full(len(p), df), p, freedom, moderated])
    return out.assign(df=df)


def _dispersed(model: Model, beta: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    """Return the share (G,) of the variance of counts that is the dispersion's, over samples by their weights."""
    level, share = levels(model, beta), np.empty(len(beta))
    group = np.repeat(np.arange(model.plan.n_groups), model.plan.group_size)

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        mean = np.maximum(level[a:b][:, group] * factors, MIN_MEAN)
        weight = mean / (1 + dispersion[a:b, None] * mean)
        share[a:b] = dispersion[a:b] * (weight**2).sum(axis=1) / weight.sum(axis=1)

    for_chunks(work, len(beta), model.threads)
    return share
