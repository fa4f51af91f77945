"""Effects of genes in several cohorts put together: common and random effects, and how much they disagree.

Effects and variances are arrays whose last axis is the cohorts; axes before it are genes, or whatever else is asked at
once. A cohort without an estimate has NaN, and weighs nothing.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

# Fewer cohorts say too little of how cohorts differ: they are shown side by side and not pooled.
FEWEST_COHORTS = 4
# Numbers that are held at once while variances between cohorts are sought: few enough for the cache of a processor.
HELD = 100_000


@dataclass(frozen=True)
class Common:
    """The estimate if all cohorts had one effect, and the test that they have (Cochran's Q)."""

    effect: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    q: np.ndarray
    q_p_value: np.ndarray


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

    effect: np.ndarray
    se: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray
    p_value: np.ndarray
    equivalence_p_value: np.ndarray
    tau2: np.ndarray
    tau2_paule_mandel: np.ndarray
    i2: np.ndarray
    hk_factor: np.ndarray
    predicted_low: np.ndarray
    predicted_high: np.ndarray


def common_effect(effects: np.ndarray, variances: np.ndarray, alpha: float) -> Common:
    """Estimate one effect behind all cohorts, by inverse variances, with its normal interval.

    Parameters
    ----------
    effects, variances
        Shape (..., cohorts); the variances are taken as known. One cohort at least has an estimate.
    alpha
        The interval has the confidence 1 - alpha.

    Returns
    -------
    Arrays of shape (...). Of one cohort there is no `q_p_value`.
    """
    y, v, known = _known(effects, variances)
    k, weights = known.sum(axis=-1), known / v
    effect, se = _mean(y, weights), weights.sum(axis=-1) ** -0.5
    reach = -special.ndtri(alpha / 2) * se
    q = (weights * (y - effect[..., None]) ** 2).sum(axis=-1)
    q_p_value = np.where(k > 1, special.chdtrc(np.maximum(k - 1, 1), q), np.nan)[()]
    return Common(effect, se, effect - reach, effect + reach, q, q_p_value)


def random_effects(effects: np.ndarray, variances: np.ndarray, alpha: float, margin: ArrayLike) -> Pooled:
    """Estimate the mean of the effects of cohorts that differ.

    Parameters
    ----------
    effects, variances
        Shape (..., cohorts), three estimates or more in each; the variances are taken as known.
    alpha
        Intervals have the confidence 1 - alpha.
    margin
        An absolute effect below it counts as none; one for all, or of shape (...).

    Returns
    -------
    Arrays of shape (...). The between-cohort variance is that of restricted maximum likelihood (Viechtbauer 2005). The
    error of the mean is that of Hartung and Knapp (2001) and Sidik and Jonkman (2002) with the ad hoc rule of Knapp and
    Hartung (2003): it is never smaller than without the factor, since few cohorts that agree by chance would otherwise
    look surer than each of them (Roever, Knapp and Friede 2015). I2 is that of Higgins and Thompson (2002) from tau2;
    the prediction interval that of Higgins, Thompson and Spiegelhalter (2009), from t with k - 2 degrees of freedom.
    """
    y, v, known = _known(effects, variances)
    k = known.sum(axis=-1)
    tau2 = reml_tau2(effects, variances)
    weights = known / (v + tau2[..., None])
    effect = _mean(y, weights)
    hk_factor = (weights * (y - effect[..., None]) ** 2).sum(axis=-1) / (k - 1)
    se = np.sqrt(np.maximum(hk_factor, 1.0) / weights.sum(axis=-1))
    reach = -special.stdtrit(k - 1, alpha / 2) * se
    ahead = -special.stdtrit(k - 2, alpha / 2) * np.sqrt(tau2 + se**2)
    return Pooled(
        effect=effect,
        se=se,
        ci_low=effect - reach,
        ci_high=effect + reach,
        p_value=2 * special.stdtr(k - 1, -np.abs(effect) / se),
        equivalence_p_value=special.stdtr(k - 1, (np.abs(effect) - margin) / se),
        tau2=tau2,
        tau2_paule_mandel=paule_mandel_tau2(effects, variances),
        i2=tau2 / (tau2 + typical_variance(np.where(known, v, np.nan))),
        hk_factor=hk_factor,
        predicted_low=effect - ahead,
        predicted_high=effect + ahead,
    )


def reml_tau2(effects: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Estimate the variance between cohorts by restricted maximum likelihood.

    Fisher scoring (Viechtbauer 2005, J Educ Behav Stat 30:261): with P the projection W - W1(1'W1)^-1 1'W, a step is
    (y'PPy - tr P) / tr PP. Steps that lower the likelihood are halved; a variance below zero counts as zero. Cohorts of
    very different size can give the likelihood two maxima, so it begins at the likeliest of the unweighted moment
    estimate (Hedges and Olkin 1985) and a grid. statsmodels has no such estimator.

    Parameters
    ----------
    effects, variances
        Shape (..., cohorts), three estimates or more in each.

    Returns
    -------
    Shape (...).
    """
    y, v, known, unit = _in_units(effects, variances)
    tau2, height = np.empty(len(y)), np.empty(len(y))
    for part in _parts(np.arange(len(y)), y.shape[1]):
        tau2[part], height[part] = _likeliest_start(y[part], v[part], known[part])
    # Few rows need many steps: those that still move are taken together.
    rows = np.arange(len(y))
    for _ in range(500):
        moved = []
        for part in _parts(rows, y.shape[1]):
            far, tau2[part], height[part] = _scoring_step(tau2[part], height[part], y[part], v[part], known[part])
            moved.append(far)
        rows = rows[np.concatenate(moved) > 1e-10 * (1 + tau2[rows])]
        if not len(rows):
            break
    return _as_asked(tau2 * unit, effects)


def _likeliest_start(y: np.ndarray, v: np.ndarray, known: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of rows x cohorts, in units of the mean variance, where the search for tau2 begins, and its likelihood."""
    low = np.where(known, v, np.inf).min(axis=1)
    span = np.where(known, y, -np.inf).max(axis=1) - np.where(known, y, np.inf).min(axis=1)
    k = known.sum(axis=1)
    moment = _squares(y, known * 1.0) / (k - 1) - (v * known).sum(axis=1) / k
    starts = [np.maximum(0.0, moment), np.zeros(len(y)), *np.geomspace(low / 10, span**2 + low, 40)]
    tau2, height = starts[0], _restricted_likelihood(starts[0], y, v, known)
    for start in starts[1:]:
        reached = _restricted_likelihood(start, y, v, known)
        better = reached > height
        tau2, height = np.where(better, start, tau2), np.where(better, reached, height)
    return tau2, height


def _scoring_step(
    tau2: np.ndarray, height: np.ndarray, y: np.ndarray, v: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how far a step goes that does not lower the likelihood, where it ends, and the likelihood there."""
    weights = known / (v + tau2[:, None])
    squared = weights * weights
    total, squares, cubes = weights.sum(axis=1), squared.sum(axis=1), (squared * weights).sum(axis=1)
    trace, trace_2 = total - squares / total, squares - 2 * cubes / total + (squares / total) ** 2
    residual = weights * (y - _mean(y, weights)[:, None])
    step = ((residual * residual).sum(axis=1) - trace) / trace_2
    further, reached, rows = tau2.copy(), height.copy(), np.arange(len(y))
    for _ in range(60):
        asked = np.maximum(0.0, tau2[rows] + step[rows])
        likelihood = _restricted_likelihood(asked, y[rows], v[rows], known[rows])
        enough = likelihood >= height[rows]
        further[rows[enough]], reached[rows[enough]] = asked[enough], likelihood[enough]
        rows = rows[~enough]
        if not len(rows):
            break
        step[rows] /= 2
    return np.abs(further - tau2), further, reached


def paule_mandel_tau2(effects: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Estimate the variance between cohorts as that at which Q is what it should be, k - 1 (Paule and Mandel 1982).

    Q is a convex falling function of the variance, so Newton's steps from 0 come to its root from below, without a
    bound (DerSimonian and Kacker 2007, Contemp Clin Trials 28:105). Shapes are those of `reml_tau2`.
    """
    y, v, known, unit = _in_units(effects, variances)
    tau2, rows, wanted = np.zeros(len(y)), np.arange(len(y)), known.sum(axis=1) - 1
    for _ in range(500):
        steps = []
        for part in _parts(rows, y.shape[1]):
            weights = known[part] / (v[part] + tau2[part, None])
            excess = _squares(y[part], weights) - wanted[part]
            falls = _squares(y[part], weights, weights * weights)
            steps.append(np.where(excess > 0, excess / np.where(falls > 0, falls, 1.0), 0.0))
            tau2[part] += steps[-1]
        rows = rows[np.concatenate(steps) > 1e-14 * (1 + tau2[rows])]
        if not len(rows):
            break
    return _as_asked(tau2 * unit, effects)


def typical_variance(variances: np.ndarray) -> np.ndarray:
    """Return the variance within a typical cohort (Higgins and Thompson 2002, Stat Med 21:1539)."""
    known = np.isfinite(variances)
    weights = known / np.where(known, variances, 1.0)
    total = weights.sum(axis=-1)
    return (known.sum(axis=-1) - 1) * total / (total**2 - (weights**2).sum(axis=-1))


def _known(effects: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, variances (0 and 1 where there is no estimate), and where there is one."""
    known = np.isfinite(effects) & np.isfinite(variances)
    return np.where(known, effects, 0.0), np.where(known, variances, 1.0), known


def _in_units(effects: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return effects, variances and what is known as rows x cohorts in units of the mean variance, and these units.

    Then nothing depends on the scale of the effects.
    """
    y, v, known = (part.reshape(-1, part.shape[-1]) for part in _known(effects, variances))
    unit = (v * known).sum(axis=1) / known.sum(axis=1)
    return y / np.sqrt(unit)[:, None], v / unit[:, None], known, unit


def _parts(rows: np.ndarray, cohorts: int) -> list[np.ndarray]:
    """Return rows in parts of `HELD` numbers at most."""
    size = max(1, HELD // cohorts)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def _as_asked(of_rows: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Return a number of each row in the shape of what was asked; of one row a number, as numpy's functions do."""
    shaped: np.ndarray = of_rows.reshape(np.shape(effects)[:-1])
    return shaped[()]


def _mean(effects: np.ndarray, weights: np.ndarray) -> np.ndarray:
    mean: np.ndarray = (weights * effects).sum(axis=-1) / weights.sum(axis=-1)
    return mean


def _squares(effects: np.ndarray, weights: np.ndarray, of: np.ndarray | None = None) -> np.ndarray:
    """Return the sum of squares about the weighted mean, weighted by `of` or by the same weights."""
    apart = effects - _mean(effects, weights)[..., None]
    return np.asarray(((weights if of is None else of) * apart * apart).sum(axis=-1))


def _restricted_likelihood(
    tau2: np.ndarray, effects: np.ndarray, variances: np.ndarray, known: np.ndarray
) -> np.ndarray:
    """Return the restricted log likelihood of rows x cohorts but for constants."""
    spread = variances + tau2[:, None]
    weights = known / spread
    total = weights.sum(axis=1)
    apart = effects - ((weights * effects).sum(axis=1) / total)[:, None]
    squares = (weights * apart * apart).sum(axis=1)
    return np.asarray((-(known * np.log(spread)).sum(axis=1) - np.log(total) - squares) / 2)
