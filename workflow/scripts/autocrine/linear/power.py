"""The smallest effect that a design can be expected to find."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import nctdtr, nctdtrinc, ndtri, stdtrit

from autocrine.engine.checks import check_contrast
from autocrine.engine.errors import EngineError
from autocrine.linear.contrast import estimate_contrast
from autocrine.linear.result import Fit

# Beyond it Student's t is the normal distribution to one part in a million.
_MANY = 1e6
_STEP = 1e-4


def detectable_effect(fit: Fit, contrast: ArrayLike, alpha: float = 0.05, power: float = 0.8) -> np.ndarray:
    """Find, per gene, the effect that a single moderated test would find with a given power.

    The gene's standard error times the shift of a noncentral t of its degrees of freedom that passes the two-sided
    level with the power; a significant result on the wrong side is no finding. The variance is the squeezed one, so
    what the gene did in these samples enters through it.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    contrast : array_like of shape (p,)
        Weights over the design's columns.
    alpha : float
        Two-sided level of the one test; smaller where the answer is to allow for many tests.
    power : float
        Chance to find the effect, above ``alpha``.

    Returns
    -------
    ndarray of shape (G,)
        Absolute effect, on the scale of the values; NaN where a gene's values do not determine the contrast.

    Raises
    ------
    ContrastError
        If the contrast does not fit the design.
    EngineError
        If not 0 < alpha < power < 1.
    """
    vector = check_contrast(contrast, fit.design.columns)
    if not 0 < alpha < power < 1:
        raise EngineError(f"The level must be above 0 and below the power, which is below 1, not {alpha} and {power}.")
    _, unscaled = estimate_contrast(fit, vector)
    kinds, kind_of = np.unique(fit.freedom, return_inverse=True)
    return _shift(kinds, alpha, power)[kind_of] * np.sqrt(fit.genes["variance"].to_numpy()) * unscaled


def _shift(freedom: np.ndarray, alpha: float, power: float) -> np.ndarray:
    """Effects, in standard errors, that t tests find with the power."""
    # The normal distribution at the end of the scale, which the noncentral t does not reach.
    few = np.minimum(freedom, _MANY)
    limit = stdtrit(few, 1 - alpha / 2)
    shift = nctdtrinc(few, 1 - power, limit)
    # scipy's inverse ends eight digits from the root; a step of Newton's method goes on.
    slope = (nctdtr(few, shift + _STEP, limit) - nctdtr(few, shift - _STEP, limit)) / (2 * _STEP)
    shift -= (nctdtr(few, shift, limit) - (1 - power)) / slope
    return np.where(freedom < _MANY, shift, ndtri(1 - alpha / 2) + ndtri(power))
