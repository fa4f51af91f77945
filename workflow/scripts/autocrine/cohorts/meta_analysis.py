"""Effects of one gene in several cohorts put together: common and random effects, and how much they disagree."""

from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

# Fewer cohorts say too little of how cohorts differ: they are shown side by side and not pooled.
FEWEST_COHORTS = 4


@dataclass(frozen=True)
class Common:
    """The estimate if all cohorts had one effect, and the test that they have (Cochran's Q)."""

    effect: float
    se: float
    ci_low: float
    ci_high: float
    q: float
    q_p_value: float


@dataclass(frozen=True)
class Pooled:
    """The mean of the effects that cohorts have, each its own, and how these differ.

    Attributes
    ----------
    effect, se, ci_low, ci_high, p_value
        Mean, its error after Knapp and Hartung, interval and two-sided test from t with k - 1 degrees of freedom.
    equivalence_p_value
        The larger of two one-sided p-values that the mean lies within the margin.
    tau2, tau2_paule_mandel
        Variance of the effects between cohorts by REML, and by another method, to see how far it depends on that.
    i2
        Share of the total variance that lies between cohorts.
    hk_factor
        What the error was multiplied by, squared, before it was kept from falling below 1.
    predicted_low, predicted_high
        Where the effect of a further cohort is expected.
    """

    effect: float
    se: float
    ci_low: float
    ci_high: float
    p_value: float
    equivalence_p_value: float
    tau2: float
    tau2_paule_mandel: float
    i2: float
    hk_factor: float
    predicted_low: float
    predicted_high: float


def common_effect(effects: np.ndarray, variances: np.ndarray, alpha: float) -> Common:
    """Estimate one effect behind all cohorts, by inverse variances, with its normal interval.

    Parameters
    ----------
    effects, variances
        Of each cohort; the variances are taken as known.
    alpha
        The interval has the confidence 1 - alpha.
    """
    weights = 1 / variances
    effect, se = _mean(effects, weights), weights.sum() ** -0.5
    reach = float(stats.norm.isf(alpha / 2) * se)
    q = float((weights * (effects - effect) ** 2).sum())
    q_p_value = stats.chi2.sf(q, len(effects) - 1) if len(effects) > 1 else np.nan
    return Common(effect, float(se), effect - reach, effect + reach, q, float(q_p_value))


def random_effects(effects: np.ndarray, variances: np.ndarray, alpha: float, margin: float) -> Pooled:
    """Estimate the mean of the effects of cohorts that differ.

    Parameters
    ----------
    effects, variances
        Of each cohort, three or more; the variances are taken as known.
    alpha
        Intervals have the confidence 1 - alpha.
    margin
        An absolute effect below it counts as none.

    Returns
    -------
    The between-cohort variance is that of restricted maximum likelihood (Viechtbauer 2005). The error of the mean is
    that of Hartung and Knapp (2001) and Sidik and Jonkman (2002) with the ad hoc rule of Knapp and Hartung (2003): it
    is never smaller than without the factor, since few cohorts that agree by chance would otherwise look surer than
    each of them (Roever, Knapp and Friede 2015). I2 is that of Higgins and Thompson (2002) from tau2; the prediction
    interval that of Higgins, Thompson and Spiegelhalter (2009), from t with k - 2 degrees of freedom.
    """
    k = len(effects)
    tau2 = reml_tau2(effects, variances)
    weights = 1 / (variances + tau2)
    effect = _mean(effects, weights)
    hk_factor = float((weights * (effects - effect) ** 2).sum() / (k - 1))
    se = float(np.sqrt(max(hk_factor, 1.0) / weights.sum()))
    reach = float(stats.t.isf(alpha / 2, k - 1) * se)
    ahead = float(stats.t.isf(alpha / 2, k - 2) * np.sqrt(tau2 + se**2))
    return Pooled(
        effect=effect,
        se=se,
        ci_low=effect - reach,
        ci_high=effect + reach,
        p_value=float(2 * stats.t.sf(abs(effect) / se, k - 1)),
        equivalence_p_value=float(stats.t.sf((margin - abs(effect)) / se, k - 1)),
        tau2=tau2,
        tau2_paule_mandel=paule_mandel_tau2(effects, variances),
        i2=tau2 / (tau2 + typical_variance(variances)),
        hk_factor=hk_factor,
        predicted_low=effect - ahead,
        predicted_high=effect + ahead,
    )


def reml_tau2(effects: np.ndarray, variances: np.ndarray) -> float:
    """Estimate the variance between cohorts by restricted maximum likelihood.

    Fisher scoring (Viechtbauer 2005, J Educ Behav Stat 30:261): with P the projection W - W1(1'W1)^-1 1'W, a step is
    (y'PPy - tr P) / tr PP. Steps that lower the likelihood are halved; a variance below zero counts as zero. Cohorts of
    very different size can give the likelihood two maxima, so it begins at the likeliest of the unweighted moment
    estimate (Hedges and Olkin 1985) and a grid. statsmodels has no such estimator.
    """
    # In units of the mean variance, so that nothing depends on the scale of the effects.
    unit = variances.mean()
    y, v = effects / np.sqrt(unit), variances / unit
    grid = np.geomspace(v.min() / 10, np.ptp(y) ** 2 + v.min(), 40)
    starts = [max(0.0, np.var(y, ddof=1) - v.mean()), 0.0, *grid]
    heights = [_restricted_likelihood(start, y, v) for start in starts]
    tau2, height = starts[int(np.argmax(heights))], max(heights)
    for _ in range(500):
        weights = 1 / (v + tau2)
        total, squares, cubes = (float((weights**power).sum()) for power in (1, 2, 3))
        trace, trace_2 = total - squares / total, squares - 2 * cubes / total + (squares / total) ** 2
        residual = weights * (y - _mean(y, weights))
        step = (float((residual**2).sum()) - trace) / trace_2
        for _ in range(60):
            further = max(0.0, tau2 + step)
            reached = _restricted_likelihood(further, y, v)
            if reached >= height:
                break
            step /= 2
        else:
            further, reached = tau2, height
        moved, tau2, height = abs(further - tau2), further, reached
        if moved <= 1e-10 * (1 + tau2):
            break
    return float(tau2 * unit)


def paule_mandel_tau2(effects: np.ndarray, variances: np.ndarray) -> float:
    """Estimate the variance between cohorts as that at which Q is what it should be, k - 1 (Paule and Mandel 1982)."""
    unit = variances.mean()
    y, v = effects / np.sqrt(unit), variances / unit

    def excess(tau2: float) -> float:
        weights = 1 / (v + tau2)
        return float((weights * (y - _mean(y, weights)) ** 2).sum()) - (len(y) - 1)

    if excess(0.0) <= 0:
        return 0.0
    # Q falls with tau2, and is below k - 1 where tau2 is the whole sum of squares.
    highest = float(((y - y.mean()) ** 2).sum()) + 1
    return float(optimize.brentq(excess, 0.0, highest, xtol=1e-14) * unit)


def typical_variance(variances: np.ndarray) -> float:
    """Return the variance within a typical cohort (Higgins and Thompson 2002, Stat Med 21:1539)."""
    weights = 1 / variances
    return float((len(weights) - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum()))


def _mean(effects: np.ndarray, weights: np.ndarray) -> float:
    return float((weights * effects).sum() / weights.sum())


def _restricted_likelihood(tau2: float, effects: np.ndarray, variances: np.ndarray) -> float:
    """Return the restricted log likelihood but for constants."""
    weights = 1 / (variances + tau2)
    squares = float((weights * (effects - _mean(effects, weights)) ** 2).sum())
    return (np.log(weights).sum() - np.log(weights.sum()) - squares) / 2
