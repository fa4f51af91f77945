"""The smallest effect that a design can be expected to find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import nctdtrinc, stdtrit

from autocrine.engine.checks import check_contrast
from autocrine.engine.errors import EngineError
from autocrine.engine.model import Model, compute_errors
from autocrine.engine.moderation import error_freedom
from autocrine.engine.result import Fit

_TOLERANCE = 1e-3
_MAX_STEPS = 40
_FIRST_STEP = 0.5
# a sample's mean may move by a factor of 2^30, the bound of the fit's coefficients
_LARGEST_CHANGE = 30.0 * np.log(2.0)
# values at given points of the functions with given indices
_Function = Callable[[np.ndarray, np.ndarray], np.ndarray]


def detectable_effect(fit: Fit, contrast: ArrayLike, alpha: float = 0.05, power: float = 0.8) -> np.ndarray:
    """Find, per gene, the fold change that a single moderated test would find with a given power.

    From the mean normalised count, the dispersion of the moderated tests, the factors and the design; what the gene did
    in these samples does not enter. The means that go with an effect delta are exp(log(base_mean) + delta x'b/(c'b))
    times the factors, with x a row of the design X and b = (X'X)^-1 c: for two groups delta times the distance of the
    group indicator from its average. The effect sought is delta = k SE(delta), with k the shift of a noncentral t that
    passes the two-sided level alpha with the power, of the degrees of freedom of SE(delta)
    (`autocrine.engine.moderation.error_freedom`), and SE(delta)^2 = c'(X'WX)^-1 c with the weights W = mu/(1 +
    dispersion mu) at these means (the usual sample-size argument; see Hart et al. 2013, J Comput Biol 20:970). The
    answer is the larger of those for a rise and for a fall: an effect that takes counts from the smaller group is
    harder to see.

    The means have no floor here, unlike those of the Wald test: with one, genes of few counts look better than they
    are. Where the error grows faster than the effect that empties a group, no effect reaches the power and the
    answer is infinite; the test may all the same call a gene of which a small group has nothing left.

    In simulations (groups of 3 to 12, 8 and 30 pairs, three trends of dispersion) effects of the size stated for a
    power of 0.8 were found in 73 to 87 % of cases at mean counts of 20 and more, and in 72 to 95 % at 3 to 10 (the
    upper end is the easier direction with unequal groups, 97 % at 3). Below that the answer can promise too much: at 2
    it was 69 to 97 %, at 1 39 to 86 %, the least with pairs.

    Parameters
    ----------
    fit : Fit
        A fitted model, of either engine.
    contrast : array_like of shape (p,)
        Weights over the design's columns. For a contrast that is not zero in a gene without effects (an average
        of group means) the answer is the distance from its value there. The constant is projected on the design
        if it is not in its span.
    alpha : float
        Two-sided level of the one test; smaller where the answer is to allow for many tests.
    power : float
        Chance to find the effect, above ``alpha``.

    Returns
    -------
    ndarray of shape (G,)
        Absolute log2 fold change (per unit of the contrast), infinite where no effect is large enough, NaN for
        genes without counts.

    Raises
    ------
    ContrastError
        If the contrast does not fit the design.
    EngineError
        If not 0 < alpha < power < 1.
    """
    weights = check_contrast(contrast, fit.design.columns)
    if not 0 < alpha < power < 1:
        raise EngineError(f"The level must be above 0 and below the power, which is below 1, not {alpha} and {power}.")
    table = fit.genes.iloc[fit.fitted]
    mean, dispersion = table["base_mean"].to_numpy(), table["dispersion_moderated"].to_numpy()
    known = np.flatnonzero((mean > 0) & np.isfinite(dispersion))
    mean, dispersion = mean[known], dispersion[known]

    design = fit.design.to_numpy()
    origin, direction = _path(design, weights)
    limit = _LARGEST_CHANGE / np.abs(design @ direction).max()
    plan, shift = fit.model.plan, _shift(fit.freedom, alpha, power)
    level, weights = np.log(mean), plan.permute(weights)

    def shortfall(sign: float) -> _Function:
        path = np.stack([plan.permute(origin), sign * plan.permute(direction)])

        def at(delta: np.ndarray, genes: np.ndarray) -> np.ndarray:
            beta = np.column_stack([level[genes], delta]) @ path
            model = _with_factors(fit.model, known[genes])
            # Neither ridge nor floor: both would pass for information that samples without counts lack.
            expected = compute_errors(model, beta, dispersion[genes], weights, bounded=False)
            return delta - shift(expected.share) * expected.error

        return at

    out = np.full(len(fit.genes), np.nan)
    out[fit.fitted[known]] = _solve_both(shortfall(1.0), shortfall(-1.0), len(known), limit) / np.log(2)
    return out


def _shift(freedom: float, alpha: float, power: float) -> Callable[[np.ndarray], np.ndarray]:
    """Effect, in standard errors, that a t test finds with the power, as a function of the dispersion's share in them.

    A result on the wrong side is no finding. Between 65 shares the answer is interpolated, to 1e-4 of itself.
    """
    shares = np.linspace(0, 1, 65)
    of_error = error_freedom(freedom, shares)
    shifts = nctdtrinc(of_error, 1 - power, stdtrit(of_error, 1 - alpha / 2))
    return lambda share: np.interp(share, shares, shifts)


def _path(design: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients (p,) of the constant, and those of an effect of one along the contrast."""
    inverse = np.linalg.pinv(design)
    direction = inverse @ (inverse.T @ weights)
    return inverse.sum(axis=1), direction / (weights @ direction)


def _with_factors(model: Model, genes: np.ndarray) -> Model:
    """Return the model with the factors of some genes; counts are not needed and stay as they are."""
    if model.factors.shape[0] == 1:
        return model
    return replace(model, factors=model.factors[genes], log_factors=model.log_factors[genes])


def _solve_both(rise: _Function, fall: _Function, n: int, limit: float) -> np.ndarray:
    """Smallest points (n,) from which neither function is negative; infinite without one below ``limit``.

    Where rise and fall are alike, as with equal groups, the second costs one evaluation.
    """
    every = np.arange(n)
    at_zero = rise(np.zeros(n), every)
    root = _smallest_root(rise, every, at_zero, -_FIRST_STEP * at_zero, limit)
    finite = np.flatnonzero(np.isfinite(root))
    value = fall(root[finite], finite)
    harder = finite[~(value > -0.1 * _TOLERANCE * root[finite])]
    root[harder] = _smallest_root(fall, harder, at_zero[harder], root[harder], limit)
    return root


def _smallest_root(
    function: _Function, index: np.ndarray, at_zero: np.ndarray, now: np.ndarray, limit: float
) -> np.ndarray:
    """Smallest positive root of concave functions that are negative at zero; infinite without one below ``limit``.

    ``function`` takes points and says which functions they are for; ``index`` lists those to solve, with their
    values at zero and a first point that is not beyond a second root. Secants through points on the left of the
    root of a concave function meet zero on its left too, so the steps climb towards the root without passing it,
    and where a function falls before it was positive it has no root.
    """
    root, place = np.full(len(index), np.inf), np.arange(len(index))
    before, value_before = np.zeros(len(index)), at_zero
    for _ in range(_MAX_STEPS):
        value = function(now, index[place])
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (value - value_before) / (now - before)
            following = np.where(slope > 0, now - value / slope, np.inf)
        done = np.abs(following - now) < _TOLERANCE * now
        root[place[done]] = following[done]
        going = ~done & (following <= limit)
        place, before, value_before, now = place[going], now[going], value[going], following[going]
        if len(place) == 0:
            break
    return root
