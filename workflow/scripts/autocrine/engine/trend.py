"""The dispersion trend over mean counts: parametric, with a local regression where that fails."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autocrine.engine.local_regression import LocalRegression, fit_local_regression
from autocrine.engine.result import Remark

_MAX_PASSES = 10
_MAX_REWEIGHTS = 25
_MIN_POINTS = 10


@dataclass(frozen=True)
class Trend:
    """A fitted dispersion trend.

    Attributes
    ----------
    fit_type : {"parametric", "local", "mean"}
        How it was fitted.
    asymptotic, extra_poisson : float
        a0 and a1 of a0 + a1/mean; NaN for local fits; a1 = 0 for ``mean``.
    curve : LocalRegression or None
        The local fit of log dispersion over log mean.
    """

    fit_type: str
    asymptotic: float
    extra_poisson: float
    curve: LocalRegression | None = None

    def __call__(self, mean: np.ndarray) -> np.ndarray:
        """Trend dispersion at mean normalised counts."""
        if self.curve is not None:
            return np.exp(self.curve(np.log(mean)))
        return self.asymptotic + self.extra_poisson / mean


def fit_trend(mean: np.ndarray, dispersion: np.ndarray, min_dispersion: float, warnings: list[Remark]) -> Trend:
    """Fit the dispersion trend.

    a0 + a1/mean by Gamma regression with identity link, again and again without the genes whose ratio
    to the curve is outside [1e-4, 15], chosen anew at each pass, until the coefficients settle (Love,
    Huber and Anders 2014, "Dispersion trend"). Where that fails, local regression of log dispersion on
    log mean, weighted by the mean (manual of R DESeq2, estimateDispersions).

    Parameters
    ----------
    mean, dispersion : ndarray of shape (G,)
        Mean normalised counts and gene-wise dispersions.
    min_dispersion : float
        Lower bound of dispersions; genes below 100 times it do not enter.
    warnings : list of Remark
        Gets one for each departure from the parametric fit.

    Returns
    -------
    Trend
        The trend.
    """
    usable = dispersion > 100 * min_dispersion
    if not usable.any():
        text = "All gene-wise dispersions are at their lower bound: no trend can be fitted, and their mean is used"
        warnings.append(Remark("mean_dispersion", text))
        return Trend("mean", float(dispersion.mean()), 0.0)
    coefficients = _parametric(mean[usable], dispersion[usable])
    if coefficients is not None:
        return Trend("parametric", float(coefficients[0]), float(coefficients[1]))
    x = np.log(mean[usable])
    if len(np.unique(x)) >= _MIN_POINTS:
        text = "The parametric dispersion trend did not fit the data; a local regression was used instead"
        warnings.append(Remark("local_trend", text))
        return Trend("local", np.nan, np.nan, fit_local_regression(x, np.log(dispersion[usable]), mean[usable]))
    text = "The parametric dispersion trend did not fit and genes are too few for a local one; their mean is used"
    warnings.append(Remark("mean_dispersion", text))
    return Trend("mean", float(dispersion[usable].mean()), 0.0)


def _parametric(mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray | None:
    coefficients = np.array([0.1, 1.0])
    for _ in range(_MAX_PASSES + 1):
        ratio = dispersion / (coefficients[0] + coefficients[1] / mean)
        good = (ratio > 1e-4) & (ratio < 15)
        old = coefficients
        fitted = _gamma_regression(1.0 / mean[good], dispersion[good], old)
        if fitted is None or not (fitted > 0).all():
            return None
        coefficients = fitted
        if np.sum(np.log(coefficients / old) ** 2) < 1e-6:
            return coefficients
    return None


def _gamma_regression(x: np.ndarray, y: np.ndarray, start: np.ndarray) -> np.ndarray | None:
    """Identity-link Gamma regression of y on (1, x) by iteratively reweighted least squares.

    Steps that leave a fitted value not positive are halved; None where no valid fit is found. A regression that has not
    settled after 25 steps gives its last value, as R's glm does: on sparse counts the passes around it settle later.
    """
    if len(y) < 2:
        return None
    beta = start
    mu = beta[0] + beta[1] * x
    if not (mu > 0).all():
        return None
    deviance = _gamma_deviance(y, mu)
    for _ in range(_MAX_REWEIGHTS):
        w = 1.0 / mu**2
        sw, swx, swxx = w.sum(), (w * x).sum(), (w * x * x).sum()
        swy, swxy = (w * y).sum(), (w * x * y).sum()
        determinant = sw * swxx - swx * swx
        if not determinant > 0:
            return None
        new = np.array([swxx * swy - swx * swxy, sw * swxy - swx * swy]) / determinant
        mu = new[0] + new[1] * x
        halvings = 0
        while not (mu > 0).all():
            halvings += 1
            if halvings > _MAX_REWEIGHTS:
                return None
            new = 0.5 * (new + beta)
            mu = new[0] + new[1] * x
        beta = new
        old, deviance = deviance, _gamma_deviance(y, mu)
        if abs(deviance - old) / (0.1 + abs(deviance)) < 1e-8:
            break
    return beta


def _gamma_deviance(y: np.ndarray, mu: np.ndarray) -> float:
    return float(2 * np.sum((y - mu) / mu - np.log(y / mu)))
