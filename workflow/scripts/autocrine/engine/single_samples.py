"""What a contrast says without one sample after the other, for designs of any size."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtr

from autocrine.engine.checks import check_contrast
from autocrine.engine.model import compute_errors, fit_regression, make_model
from autocrine.engine.moderation import error_freedom
from autocrine.engine.plan import make_plan
from autocrine.engine.result import Fit

# A sample that a coefficient has nearly for itself cannot be left out of it.
ALONE = 0.95
# One sample of so many does not decide; leaving each out would take long.
LEAST_SAY = 0.01
COLUMNS = ["sample", "gene", "log2_fc", "moderated_p_value"]


def without_each_sample(fit: Fit, contrast: ArrayLike) -> pd.DataFrame:
    """Estimate and test a contrast as if one sample after the other had not been measured.

    Coefficients are those of the other samples. The dispersion stays that of the whole fit, the standard error is that
    of the whole design at these coefficients, and one degree of freedom is taken off. Unlike an analysis without the
    sample this asks nothing more of the design, so that it answers with two samples a group as well.

    Parameters
    ----------
    fit : Fit
        A fit of the genes that are asked about (`Fit.of_genes`); time grows with genes times samples.
    contrast : array_like of shape (p,)
        Weights over the design's columns.

    Returns
    -------
    DataFrame
        Per sample and gene: ``sample`` (its place in the design), ``gene``, ``log2_fc``, ``moderated_p_value``. Samples
        with less than a hundredth of the weight in the contrast, those that a coefficient rests on alone, and genes
        without an estimate have no row.
    """
    weights = check_contrast(contrast, fit.design.columns)
    design = fit.design.to_numpy()
    inverse = np.linalg.pinv(design)
    leverage = np.einsum("ip,pi->i", design, inverse)
    say = np.abs(weights @ inverse)
    asked = np.flatnonzero((say**2 > LEAST_SAY * (say**2).sum()) & (leverage < ALONE))
    model, plan = fit.model, fit.model.plan
    known = np.flatnonzero(~fit.emptied & np.isfinite(fit.genes["dispersion"].to_numpy()[fit.fitted]))
    model = model.subset(known)
    dispersion, own = (fit.genes[name].to_numpy()[fit.fitted][known] for name in ("dispersion", "dispersion_moderated"))
    place_of = np.argsort(plan.sample_order)
    parts: list[pd.DataFrame] = []
    for sample in plan.sample_order[np.isin(plan.sample_order, asked)]:
        others = make_plan(np.delete(design, sample, axis=0))
        places = np.delete(place_of, sample)[others.sample_order]
        rest = make_model(model.y[:, places], model.factors[:, places], others, model.threads)
        beta = others.restore(fit_regression(rest, dispersion).beta)
        found = compute_errors(model, plan.permute(beta), own, plan.permute(weights))
        freedom = error_freedom(max(fit.freedom - 1, 1.0), found.share)
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(freedom, -np.abs(beta @ weights / found.error))
        parts.append(
            pd.DataFrame(
                {
                    "sample": sample,
                    "gene": fit.genes.index[fit.fitted[known]],
                    "log2_fc": beta @ weights / np.log(2),
                    "moderated_p_value": p_value,
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
