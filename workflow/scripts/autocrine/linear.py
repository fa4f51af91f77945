"""One value per sample (a score) tested by ordinary least squares, with the design and the contrasts of the genes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from autocrine.config import Contrast
from autocrine.contrasts import Vectors, restrict_design
from autocrine.design import Design

COLUMNS = (
    "estimate", "se", "ci_low", "ci_high", "stat", "df", "p_value", "equivalence_p_value", "min_detectable",
)  # fmt: skip
# Residuals smaller than this part of a score are rounding, and no measure of how much samples vary.
ROUNDING = 1e-10


@dataclass(frozen=True)
class LeastSquares:
    """Several scores fitted with one design of full column rank.

    Attributes
    ----------
    scores
        Names of the scores.
    coefficients
        Coefficients x scores; NaN for a score that is missing in a sample.
    residual_squares
        Sum of squared residuals per score; NaN where no variation is left beside the design.
    unscaled
        (X'X)^-1: the covariance of the coefficients per unit of residual variance.
    freedom
        Residual degrees of freedom.
    """

    scores: pd.Index
    coefficients: np.ndarray
    residual_squares: np.ndarray
    unscaled: np.ndarray
    freedom: int


def test_values(
    values: pd.DataFrame,
    design: Design,
    contrast: Contrast,
    alpha: float,
    margin: float | None = None,
    power: float = 0.8,
) -> pd.DataFrame:
    """Estimate and test one contrast for every score.

    Parameters
    ----------
    values
        Samples x scores; further samples than those of the design are ignored.
    design
        Design of the model, as the genes were fitted with it.
    contrast
        One of the model's contrasts, of any form.
    alpha
        Intervals have the confidence 1 - alpha.
    margin
        A smaller absolute effect counts as none; in units of the score. None: no test of equivalence.
    power
        Chance to find an effect of the size `min_detectable`.

    Returns
    -------
    Per score, in the order of `values`: the columns `COLUMNS`, then those that the form adds. `estimate` is in units of
    the score (of a trend per step, of a measurement per unit of it), `stat` is Student's t with `df` residual degrees
    of freedom, `equivalence_p_value` the larger of two one-sided tests against the margin (Schuirmann 1987, J
    Pharmacokinet Biopharm 15:657), `min_detectable` the absolute effect that a test at the level alpha finds with the
    given power, if samples vary as these do (noncentral t).

    With several groups, in a trend or a test of any difference, equivalence is that of any two of them.

    A trend adds step_p_value and its steps (estimate_step_1, ...), a test of any difference df_groups, lowest, highest
    and every group's effect against the first (estimate_group_2, ...), with the meaning they have for genes (see
    `autocrine.differential.estimate_effects`). There `stat` is F with `df_groups` and `df` degrees of freedom and
    `estimate` the largest difference between two groups, without error, interval and `min_detectable`.

    A score that is missing in a sample, or that does not vary beside the design, has no test: NaN.

    Raises
    ------
    KeyError
        If the design has samples that `values` lacks.
    ValueError
        If not 0 < alpha < power < 1, if the margin is not above 0, or if the design leaves no residual degree of
        freedom.
    """
    if not 0 < alpha < power < 1:
        raise ValueError(f"alpha must be above 0 and below power, which is below 1, not {alpha} and {power}")
    if margin is not None and not margin > 0:
        raise ValueError(f"the margin must be above 0, not {margin}")
    fit, vectors = fit_values(values, design.matrix), design.contrasts[contrast.name]

    def test(vector: np.ndarray) -> pd.DataFrame:
        return _student(fit, vector, alpha, margin, power)

    if contrast.form == "any_difference":
        smaller = restrict_design(design.matrix, list(vectors.parts.values()))
        return _any_difference(fit, fit_values(values, smaller), vectors, contrast.group_names, test)
    tested = test(vectors.main)
    if not vectors.parts:
        return tested
    # A score that rises and falls again has no slope and is anything but unchanged: the margin holds for any two.
    levels = np.cumsum([vectors.main * 0, *vectors.parts.values()], axis=0)
    alike = _between_any_two(levels, test)
    return tested.assign(equivalence_p_value=alike).join(_steps([test(vector) for vector in vectors.parts.values()]))


# pytest takes every function called test_... that a test module imports for a test.
test_values.__test__ = False


def fit_values(values: pd.DataFrame, matrix: pd.DataFrame) -> LeastSquares:
    """Fit every column of `values` (samples x scores) with a design matrix (samples x coefficients, full rank).

    Raises
    ------
    KeyError
        If `values` lacks samples of the matrix.
    ValueError
        If there are no more samples than coefficients.
    """
    if lacking := [str(sample) for sample in matrix.index if sample not in values.index]:
        raise KeyError(f"no scores for the samples {', '.join(lacking)}")
    design, observed = matrix.to_numpy(dtype=float), values.loc[matrix.index].to_numpy(dtype=float)
    freedom = design.shape[0] - design.shape[1]
    if freedom < 1:
        raise ValueError(f"{design.shape[0]} samples leave nothing to measure the variation with beside the design")
    # QR rather than the normal equations: patients' columns and measurements make designs of very different scales.
    basis, triangle = np.linalg.qr(design)
    inverse = np.linalg.inv(triangle)
    projected = basis.T @ observed
    squares = ((observed - basis @ projected) ** 2).sum(axis=0)
    rounding = ROUNDING**2 * (observed**2).sum(axis=0)
    return LeastSquares(
        scores=values.columns,
        coefficients=inverse @ projected,
        residual_squares=np.where(squares > rounding, squares, np.nan),
        unscaled=inverse @ inverse.T,
        freedom=freedom,
    )


def detectable_shift(freedom: int, alpha: float, power: float) -> float:
    """Return the effect, in standard errors, that a two-sided t test at the level alpha finds with the given power."""
    critical = stats.t.isf(alpha / 2, freedom)

    def lacking(shift: float) -> float:
        # The chance of a significant result on the wrong side is left out: it is below alpha / 2, and no finding.
        return power - stats.nct.sf(critical, freedom, shift)

    upper = critical + 1.0
    while lacking(upper) > 0:
        upper *= 2
    return float(brentq(lacking, 0.0, upper))


def _student(fit: LeastSquares, vector: np.ndarray, alpha: float, margin: float | None, power: float) -> pd.DataFrame:
    """Estimate and test one vector; see `test_values` for the columns."""
    estimate = vector @ fit.coefficients
    error = np.sqrt(fit.residual_squares / fit.freedom * (vector @ fit.unscaled @ vector))
    stat = estimate / error
    reach = stats.t.isf(alpha / 2, fit.freedom) * error
    equivalence = np.full(len(estimate), np.nan)
    if margin is not None:
        # |estimate| against the nearer margin is the larger of the two one-sided p-values.
        equivalence = stats.t.cdf((np.abs(estimate) - margin) / error, fit.freedom)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": error,
            "ci_low": estimate - reach,
            "ci_high": estimate + reach,
            "stat": stat,
            "df": fit.freedom,
            "p_value": 2 * stats.t.sf(np.abs(stat), fit.freedom),
            "equivalence_p_value": equivalence,
            "min_detectable": detectable_shift(fit.freedom, alpha, power) * error,
        },
        index=fit.scores,
    )


def _steps(steps: list[pd.DataFrame]) -> pd.DataFrame:
    """Tell whether all steps of a trend go one way (intersection-union test; Berger 1982, Technometrics 24:295)."""
    signs = np.sign([step["estimate"] for step in steps])
    largest = np.max([step["p_value"] for step in steps], axis=0)
    alike = np.abs(signs.sum(axis=0)) == len(steps)
    together = np.where(alike | np.isnan(largest), largest, 1.0)
    return _numbered(steps, "step", 1).assign(step_p_value=together)


def _any_difference(
    fit: LeastSquares,
    smaller: LeastSquares,
    vectors: Vectors,
    names: Sequence[str],
    test: Callable[[np.ndarray], pd.DataFrame],
) -> pd.DataFrame:
    """Test whether any two groups differ: the F test of the design against the design without their differences."""
    against_first = list(vectors.parts.values())
    freed = smaller.freedom - fit.freedom
    stat = (smaller.residual_squares - fit.residual_squares) / freed / (fit.residual_squares / fit.freedom)
    others = [test(vector) for vector in against_first]
    effects = np.array([np.zeros(len(fit.scores)), *(other["estimate"] for other in others)])
    known, words = ~np.isnan(effects).any(axis=0), np.array(names, dtype=object)
    table = pd.DataFrame(np.nan, index=fit.scores, columns=list(COLUMNS)).assign(
        estimate=effects.max(axis=0) - effects.min(axis=0),
        stat=stat,
        df=fit.freedom,
        p_value=stats.f.sf(stat, freed, fit.freedom),
        equivalence_p_value=_between_any_two([vectors.main * 0, *against_first], test),
        df_groups=freed,
        lowest=np.where(known, words[np.argmin(np.nan_to_num(effects), axis=0)], ""),
        highest=np.where(known, words[np.argmax(np.nan_to_num(effects), axis=0)], ""),
    )
    return table.join(_numbered(others, "group", 2))


def _between_any_two(levels: Sequence[np.ndarray], test: Callable[[np.ndarray], pd.DataFrame]) -> np.ndarray:
    """Return the p-value of the equivalence of all groups: the largest over any two of them."""
    return np.max([test(two - one)["equivalence_p_value"] for one, two in combinations(levels, 2)], axis=0)


def _numbered(parts: list[pd.DataFrame], what: str, first: int) -> pd.DataFrame:
    """Set the effects of a contrast's parts side by side: estimate_step_1, ci_low_step_1, and so on."""
    shown = ["estimate", "ci_low", "ci_high", "p_value"]
    return pd.concat([part[shown].add_suffix(f"_{what}_{number}") for number, part in enumerate(parts, first)], axis=1)
