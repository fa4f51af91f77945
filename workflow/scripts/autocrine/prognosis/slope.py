"""The slope of a response along one value beside covariates: least squares by statsmodels."""

from dataclasses import dataclass

import numpy as np
from scipy import special


@dataclass(frozen=True)
class Slope:
    """A slope in units of the response per unit of the value, its standard error, and residual degrees of freedom."""

    estimate: float
    se: float
    df: int

    @property
    def p_value(self) -> float:
        """Two-sided, that the slope is 0 (Student's t)."""
        return float(2 * special.stdtr(self.df, -abs(self.estimate) / self.se))

    def interval(self, alpha: float) -> tuple[float, float]:
        """Return the ends of the interval with confidence 1 - alpha."""
        reach = special.stdtrit(self.df, 1 - alpha / 2) * self.se
        return self.estimate - reach, self.estimate + reach


def fit_slope(response: np.ndarray, value: np.ndarray, covariates: np.ndarray) -> Slope:
    """Fit a response by one value and covariates (patients x covariates).

    Returns
    -------
    The slope with the error of ordinary least squares.

    Raises
    ------
    ValueError
        If the value is a combination of the covariates, or nothing is left to estimate an error from.
    """
    from statsmodels.regression.linear_model import OLS  # needed by one job alone

    columns = np.column_stack([np.ones(len(value)), value, covariates])
    if np.linalg.matrix_rank(columns) < columns.shape[1]:
        raise ValueError("the value is a combination of the covariates")
    if len(value) <= columns.shape[1]:
        raise ValueError("no degree of freedom is left")
    fit = OLS(response, columns).fit()
    if not fit.bse[1] > 1e-12 * abs(fit.params[1]):
        raise ValueError("the response is a combination of value and covariates")
    return Slope(float(fit.params[1]), float(fit.bse[1]), int(fit.df_resid))
