"""Cox's model of one value beside covariates: its likelihood by statsmodels, and what is read from it."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

# Beyond this log hazard ratio per standard deviation the likelihood is taken to rise for ever: e^15 is no hazard ratio.
FARTHEST = 15.0
# At a maximum the slope is nil and the likelihood curved; where it rises for ever the curvature of no effect is lost.
LARGEST_SLOPE, LEAST_CURVED = 1e-4, 1e-4


class NoMaximumError(ValueError):
    """The likelihood has no maximum: some value or covariate parts those with the event from all others."""


@dataclass(frozen=True)
class Point:
    """The likelihood at one coefficient, all others at their best: log, slope and information (of that coefficient)."""

    coefficient: float
    log_likelihood: float
    slope: float
    information: float


class CoxModel:
    """A proportional hazards model of one value, ties by Efron (1977, J Am Stat Assoc 72:557).

    Parameters
    ----------
    time
        Follow-up of each patient, to the event or to the end of observation.
    event
        Whether it ended with the event.
    value
        What is tested. It is scaled inside; all that is returned is per unit of it.
    covariates
        Patients x covariates, which may be none.

    Raises
    ------
    ValueError
        If the value is the same in all patients.
    """

    def __init__(self, time: np.ndarray, event: np.ndarray, value: np.ndarray, covariates: np.ndarray):
        self.time, self.event = np.asarray(time, dtype=float), np.asarray(event, dtype=float)
        self.scale = float(np.std(value, ddof=1))
        if not self.scale > 0:
            raise ValueError("the value is the same in all patients")
        self.value = (np.asarray(value, dtype=float) - np.mean(value)) / self.scale
        spread = covariates.std(axis=0, ddof=1) if covariates.size else np.ones(covariates.shape[1])
        self.covariates = (covariates - covariates.mean(axis=0)) / spread
        self._whole = self._model(np.column_stack([self.value, self.covariates]))

    def best(self) -> Point:
        """Return the likelihood at its maximum.

        Raises
        ------
        NoMaximumError
            If there is none.
        """
        return self._point(_maximise(self._whole))

    def at(self, coefficient: float) -> Point:
        """Return the likelihood at one coefficient of the value; see `best`."""
        scaled = coefficient * self.scale
        others = np.empty(0)
        if self.covariates.shape[1]:
            others = _maximise(self._model(self.covariates, scaled * self.value))
        return self._point(np.r_[scaled, others])

    def _model(self, columns: np.ndarray, offset: np.ndarray | None = None) -> Any:
        from statsmodels.duration.hazard_regression import PHReg  # needed by one job alone

        return PHReg(self.time, columns, status=self.event, ties="efron", offset=offset)

    def _point(self, parameters: np.ndarray) -> Point:
        information = -self._whole.hessian(parameters)
        slope = self._whole.score(parameters)[0]
        # What the covariates do not know already (the Schur complement).
        own = information[0, 0]
        if len(parameters) > 1:
            own -= information[0, 1:] @ np.linalg.solve(information[1:, 1:], information[1:, 0])
        return Point(
            parameters[0] / self.scale,
            float(self._whole.loglike(parameters)),
            float(slope) * self.scale,
            float(own) * self.scale**2,
        )


def _maximise(model: Any) -> np.ndarray:
    """Return the coefficients at the maximum of a likelihood."""
    with warnings.catch_warnings():
        # What they warn of is found below.
        warnings.simplefilter("ignore")
        try:
            found = np.asarray(model.fit(disp=0, skip_hessian=True).params)
        except np.linalg.LinAlgError as error:
            raise NoMaximumError("the likelihood has no maximum") from error
        far = not np.isfinite(found).all() or np.abs(found).max() > FARTHEST
        if far or not np.abs(model.score(found)).max() < LARGEST_SLOPE:
            raise NoMaximumError("the likelihood has no maximum")
        curved = np.diag(model.hessian(found)) / np.diag(model.hessian(np.zeros_like(found)))
    if not curved.min() > LEAST_CURVED:
        raise NoMaximumError("the likelihood has no maximum")
    return found


def wald_test(best: Point, coefficient: float = 0.0) -> float:
    """Return the two-sided p-value that the coefficient is what is given, by the distance of its estimate."""
    return float(special.chdtrc(1, (best.coefficient - coefficient) ** 2 * best.information))


def detectable_effect(null: Point, alpha: float, power: float) -> float:
    """Return the log hazard ratio that a test would find with this power (Schoenfeld 1983, Biometrics 39:499).

    By the information of no effect: of one value without covariates about its variance times the number of events.
    """
    return float((special.ndtri(1 - alpha / 2) + special.ndtri(power)) / np.sqrt(null.information))
