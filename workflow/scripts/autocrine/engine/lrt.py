"""Likelihood-ratio test of nested designs."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc

from autocrine.engine.checks import check_design
from autocrine.engine.errors import ContrastError
from autocrine.engine.model import fit_regression
from autocrine.engine.plan import make_plan
from autocrine.engine.result import Fit


def test_nested(fit: Fit, reduced_design: pd.DataFrame) -> pd.DataFrame:
    """Test all coefficients that a smaller design leaves out.

    Twice the difference of the log likelihoods, at the dispersions of the full design, against the
    chi-square distribution (Love, Huber and Anders 2014). ``moderated_p_value`` takes the dispersions as estimated: the
    statistic over the number of coefficients left out, against F with the degrees of freedom of the fit
    (`Fit.freedom`) in its denominator.

    Parameters
    ----------
    fit : Fit
        The fit of the full design.
    reduced_design : DataFrame of shape (n, q)
        A design whose columns are combinations of the full design's, q < p.

    Returns
    -------
    DataFrame
        Per gene: ``stat``, ``df`` (coefficients left out), ``p_value``, ``freedom`` and ``moderated_p_value``; NaN p
        for all-zero genes and count outliers.

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
    dispersion = fit.genes["dispersion"].to_numpy()[fit.fitted]
    small = fit_regression(fit.model.with_design(make_plan(reduced)), dispersion)
    statistic = small.deviance - fit.deviance
    p = chdtrc(df, np.maximum(statistic, 0.0))
    statistic[fit.emptied], p[fit.emptied] = 0.0, 1.0
    p[fit.genes["cooks_outlier"].to_numpy()[fit.fitted]] = np.nan
    out = pd.DataFrame({"stat": np.nan, "df": df, "p_value": np.nan}, index=fit.genes.index)
    out.iloc[fit.fitted, 0] = statistic
    out.iloc[fit.fitted, 2] = p
    moderated = pd.Series(fdtrc(df, fit.freedom, np.maximum(out["stat"], 0.0) / df), out.index)
    freedom = np.where(out["stat"].isna(), np.nan, fit.freedom)
    return out.assign(freedom=freedom, moderated_p_value=moderated.where(out["p_value"].notna()))
