"""Variance of the prior of log dispersions around the trend."""

from __future__ import annotations

import numpy as np
from scipy.special import polygamma

from autocrine.engine.prior_simulation import match_simulation

_MAD_SCALE = 1.4826
_FLOOR = 0.25
_FEW_DEGREES_OF_FREEDOM = 3


def estimate_prior_variance(
    dispersion: np.ndarray, trend: np.ndarray, residual_df: int, min_dispersion: float
) -> tuple[float, float]:
    """Estimate the prior variance of log dispersions.

    The squared scaled median absolute deviation of the log residuals of genes well above the lower
    bound, minus what sampling alone gives, trigamma(df/2); at three residual degrees of freedom or
    fewer by matching simulated residuals; at least 0.25 (Love, Huber and Anders 2014, "Dispersion
    prior").

    Parameters
    ----------
    dispersion, trend : ndarray of shape (G,)
        Gene-wise dispersions and trend at their means.
    residual_df : int
        Samples minus coefficients.
    min_dispersion : float
        Lower bound of dispersions; genes below 100 times it are left out.

    Returns
    -------
    prior_variance, residual_variance : float
        The prior's variance, and the residual spread.
    """
    use = dispersion >= 100 * min_dispersion
    if not use.any():
        return _FLOOR, 0.0
    residual = np.log(dispersion[use]) - np.log(trend[use])
    spread = float((_MAD_SCALE * np.median(np.abs(residual - np.median(residual)))) ** 2)
    if residual_df <= _FEW_DEGREES_OF_FREEDOM:
        variance = match_simulation(residual, residual_df)
    else:
        variance = spread - float(polygamma(1, residual_df / 2))
    return max(variance, _FLOOR), spread
