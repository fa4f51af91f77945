"""What a contrast says without one sample after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtr

from autocrine.engine.checks import check_contrast
from autocrine.engine.single_samples import ALONE, COLUMNS, LEAST_SAY
from autocrine.linear.result import Fit


def without_each_sample(fit: Fit, contrast: ArrayLike) -> pd.DataFrame:
    """Estimate and test a contrast as if one sample after the other had not been measured.

    The value of the sample counts as missing. The variance stays that of the whole fit, and one degree of freedom is
    taken off. As `autocrine.engine.without_each_sample`, for linear models.

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
        whose other values do not determine the contrast have no row.
    """
    vector = check_contrast(contrast, fit.design.columns)
    design, model = fit.design.to_numpy(), fit.model
    inverse = np.linalg.pinv(design)
    leverage = np.einsum("ip,pi->i", design, inverse)
    say = np.abs(vector @ inverse)
    asked = np.flatnonzero((say**2 > LEAST_SAY * (say**2).sum()) & (leverage < ALONE))
    direction = model.directions(vector[None, :])
    spread, freedom, parts = np.sqrt(fit.genes["variance"].to_numpy()), np.maximum(fit.freedom - 1, 1.0), []
    for place in np.flatnonzero(np.isin(model.sample_order, asked)):
        values = model.values.copy()
        values[:, place] = np.nan
        without = replace(model, values=values)
        effect = without.regress().projections @ direction[0]
        error = spread * np.linalg.norm(without.loadings(direction)[:, 0], axis=1)
        known = np.isfinite(error) & (error > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = 2 * stdtr(freedom, -np.abs(effect / error))
        part = {"gene": fit.genes.index, "log2_fc": effect, "moderated_p_value": p_value}
        parts.append(pd.DataFrame({"sample": model.sample_order[place], **part})[known])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)
