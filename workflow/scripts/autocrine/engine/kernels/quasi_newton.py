"""Dispersion of one gene by bounded quasi-Newton steps, as L-BFGS-B takes them in one dimension.

PyDESeq2 minimises with scipy's L-BFGS-B, which stops where the likelihood gains less than 2e-9 of itself: short of the
minimum by up to some 1e-4 of the dispersion. To give its numbers, the steps are those of the algorithm (Byrd, Lu,
Nocedal and Zhu 1995, SIAM J Sci Comput 16:1190; in one dimension its matrix is the last secant) with the line search of
More and Thuente (1994, ACM TOMS 20:286).
"""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, flags, helper, integers, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import assemble, factorise, group_sums, leverages
from autocrine.engine.kernels.functions import lgamma, log
from autocrine.engine.kernels.lanes import LANES, as_floats, empty_lanes, lanes_of_one, put_lane, put_number
from autocrine.engine.kernels.profile import evaluate_posterior, profile_scratch
from autocrine.engine.kernels.standard_errors import square_of_error

_GRADIENT_TOLERANCE = 1e-5
_GAIN_TOLERANCE = 2.2204460492503131e-09
_EPSILON = 2.220446049250313e-16
_MOST_ITERATIONS = 15000
_MOST_SEARCHES = 20
_DECREASE, _CURVATURE, _WIDTH = 1e-3, 0.9, 0.1


@helper
def _cubic(one, f_one, d_one, other, f_other, d_other, beside):
    """Return what the minimum of the cubic through two points and their slopes needs: theta and its root."""
    theta = 3.0 * (f_one - f_other) / (other - one) + d_one + d_other
    s = max(abs(theta), abs(d_one), abs(d_other))
    inside = (theta / s) ** 2 - (d_one / s) * (d_other / s)
    return theta, s * math.sqrt(max(0.0, inside) if beside else inside)


@helper
def _step(stx, fx, dx, sty, fy, dy, stp, fp, dp, bracketed, low, high):
    """Return the next trial step and the interval that holds a minimum (the four cases of More and Thuente)."""
    opposite = dp * (dx / abs(dx)) < 0.0
    if fp > fx:
        theta, gamma = _cubic(stx, fx, dx, stp, fp, dp, False)
        if stp < stx:
            gamma = -gamma
        r = ((gamma - dx) + theta) / (((gamma - dx) + gamma) + dp)
        cubic = stx + r * (stp - stx)
        quadratic = stx + ((dx / ((fx - fp) / (stp - stx) + dx)) / 2.0) * (stp - stx)
        new = cubic if abs(cubic - stx) < abs(quadratic - stx) else cubic + (quadratic - cubic) / 2.0
        bracketed = True
    elif opposite:
        theta, gamma = _cubic(stx, fx, dx, stp, fp, dp, False)
        if stp > stx:
            gamma = -gamma
        r = ((gamma - dp) + theta) / (((gamma - dp) + gamma) + dx)
        cubic = stp + r * (stx - stp)
        secant = stp + (dp / (dp - dx)) * (stx - stp)
        new = cubic if abs(cubic - stp) > abs(secant - stp) else secant
        bracketed = True
    elif abs(dp) < abs(dx):
        theta, gamma = _cubic(stx, fx, dx, stp, fp, dp, True)
        if stp > stx:
            gamma = -gamma
        r = ((gamma - dp) + theta) / ((gamma + (dx - dp)) + gamma)
        if r < 0.0 and gamma != 0.0:
            cubic = stp + r * (stx - stp)
        elif stp > stx:
            cubic = high
        else:
            cubic = low
        secant = stp + (dp / (dp - dx)) * (stx - stp)
        if bracketed:
            new = cubic if abs(cubic - stp) < abs(secant - stp) else secant
            limit = stp + 0.66 * (sty - stp)
            new = min(limit, new) if stp > stx else max(limit, new)
        else:
            new = cubic if abs(cubic - stp) > abs(secant - stp) else secant
            new = max(low, min(high, new))
    elif bracketed:
        theta, gamma = _cubic(stp, fp, dp, sty, fy, dy, False)
        if stp > sty:
            gamma = -gamma
        r = ((gamma - dp) + theta) / (((gamma - dp) + gamma) + dy)
        new = stp + r * (sty - stp)
    elif stp > stx:
        new = high
    else:
        new = low
    if fp > fx:
        sty, fy, dy = stp, fp, dp
    else:
        if opposite:
            sty, fy, dy = stx, fx, dx
        stx, fx, dx = stp, fp, dp
    return stx, fx, dx, sty, fy, dy, new, bracketed


# One gene's search between two evaluations, as a row of floats.
_FIELDS = (
    "point", "x", "value", "slope", "curvature", "pairs", "iteration", "searching", "end", "direction", "start_slope",
    "longest", "step", "bracketed", "first_stage", "width", "width_before", "stx", "fx", "gx", "sty", "fy", "gy",
    "step_low", "step_high", "searches", "updated", "lost",
)  # fmt: skip
(
    _POINT, _X, _VALUE, _SLOPE, _CURVED, _PAIRS, _ITERATION, _SEARCHING, _END, _DIRECTION, _START_SLOPE, _LONGEST,
    _STEP, _BRACKETED, _FIRST_STAGE, _WIDTH_NOW, _WIDTH_BEFORE, _STX, _FX, _GX, _STY, _FY, _GY, _LOW, _HIGH, _SEARCHES,
    _UPDATED, _LOST,
) = range(len(_FIELDS))  # fmt: skip
STATE = len(_FIELDS)
CONTINUES, CONVERGED, FAILED = 0, 1, 2


@helper
def begin(s, start, low, high):
    """Prepare the search of one gene; `s[0]` is the point to evaluate first."""
    s[:] = 0.0
    s[_X] = max(low, min(high, start))
    s[_POINT] = s[_X]
    s[_CURVED] = 1.0


@helper
def _begin_line(s, low, high):
    """Choose a direction from where the search is; return whether it goes down."""
    s[_END] = max(low, min(high, s[_X] - s[_SLOPE] / s[_CURVED]))
    if s[_PAIRS] > 0.0:
        # The algorithm takes a pair into its matrix at the next step that ends between the bounds. A pair whose next
        # step ends on one is never taken in; the matrix of a later step between them is singular, and it begins anew.
        on_bound = s[_END] == low or s[_END] == high
        if on_bound:
            s[_LOST] = max(s[_LOST], s[_UPDATED])
        elif s[_LOST] == 1.0:
            s[_CURVED], s[_PAIRS], s[_LOST] = 1.0, 0.0, 0.0
            s[_END] = max(low, min(high, s[_X] - s[_SLOPE]))
    s[_UPDATED] = 0.0
    direction = s[_END] - s[_X]
    s[_DIRECTION] = direction
    s[_START_SLOPE] = s[_SLOPE] * direction
    longest = 1.0
    if s[_ITERATION] > 0.0:
        longest = 1e10
        space = (low - s[_X]) if direction < 0.0 else (high - s[_X])
        if direction != 0.0 and abs(direction * longest) > abs(space):
            longest = space / direction
    s[_LONGEST] = longest
    s[_STEP] = 1.0
    s[_BRACKETED], s[_FIRST_STAGE] = 0.0, 1.0
    s[_WIDTH_NOW], s[_WIDTH_BEFORE] = longest, 2.0 * longest
    s[_STX], s[_FX], s[_GX] = 0.0, s[_VALUE], s[_START_SLOPE]
    s[_STY], s[_FY], s[_GY] = 0.0, s[_VALUE], s[_START_SLOPE]
    s[_LOW], s[_HIGH] = 0.0, 5.0
    s[_SEARCHES] = 0.0
    s[_SEARCHING] = 1.0
    s[_POINT] = s[_END]
    return s[_START_SLOPE] < 0.0


@helper
def _begin_again(s, low, high):
    """After a failed line: forget the curvature and try once more, or give up where there was none."""
    if s[_PAIRS] == 0.0:
        return FAILED
    s[_CURVED], s[_PAIRS], s[_LOST] = 1.0, 0.0, 0.0
    return CONTINUES if _begin_line(s, low, high) else FAILED


@helper
def advance(s, value, slope, low, high):
    """Take the value and slope at `s[0]`; return whether the search goes on there, has converged or failed."""
    if s[_SEARCHING] == 0.0:
        s[_VALUE], s[_SLOPE] = value, slope
        if abs(max(low, min(high, s[_X] - slope)) - s[_X]) <= _GRADIENT_TOLERANCE:
            return CONVERGED
        return CONTINUES if _begin_line(s, low, high) else FAILED
    if not (np.isfinite(value) and np.isfinite(slope)):
        return _begin_again(s, low, high)
    s[_SEARCHES] += 1.0
    step, direction, start_slope = s[_STEP], s[_DIRECTION], s[_START_SLOPE]
    along = slope * direction
    test = _DECREASE * start_slope
    allowed = s[_VALUE] + step * test
    if s[_FIRST_STAGE] == 1.0 and value <= allowed and along >= 0.0:
        s[_FIRST_STAGE] = 0.0
    bracketed = s[_BRACKETED] == 1.0
    found = bracketed and (step <= s[_LOW] or step >= s[_HIGH] or s[_HIGH] - s[_LOW] <= _WIDTH * s[_HIGH])
    found = found or (step == s[_LONGEST] and value <= allowed and along <= test)
    found = found or (step == 0.0 and (value > allowed or along >= test))
    found = found or (value <= allowed and abs(along) <= _CURVATURE * -start_slope)
    if found:
        before, slope_before = s[_VALUE], s[_SLOPE]
        s[_X], s[_VALUE], s[_SLOPE] = s[_POINT], value, slope
        s[_ITERATION] += 1.0
        if abs(max(low, min(high, s[_X] - slope)) - s[_X]) <= _GRADIENT_TOLERANCE:
            return CONVERGED
        if before - value <= _GAIN_TOLERANCE * max(abs(before), abs(value), 1.0):
            return CONVERGED
        if s[_ITERATION] >= _MOST_ITERATIONS:
            return FAILED
        change, scale = slope - slope_before, 1.0 if step == 1.0 else step
        product = (along - start_slope) * scale
        if product > _EPSILON * -start_slope * scale:
            s[_CURVED] = change * change / product
            s[_PAIRS] += 1.0
            s[_UPDATED] = 1.0
        return CONTINUES if _begin_line(s, low, high) else _begin_again(s, low, high)
    if s[_SEARCHES] >= _MOST_SEARCHES:
        return _begin_again(s, low, high)
    if s[_FIRST_STAGE] == 1.0 and value <= s[_FX] and value > allowed:
        stx, fx, gx, sty, fy, gy, new, bracketed = _step(
            s[_STX], s[_FX] - s[_STX] * test, s[_GX] - test, s[_STY], s[_FY] - s[_STY] * test, s[_GY] - test,
            step, value - step * test, along - test, bracketed, s[_LOW], s[_HIGH],
        )  # fmt: skip
        fx, fy, gx, gy = fx + stx * test, fy + sty * test, gx + test, gy + test
    else:
        stx, fx, gx, sty, fy, gy, new, bracketed = _step(
            s[_STX], s[_FX], s[_GX], s[_STY], s[_FY], s[_GY], step, value, along, bracketed, s[_LOW], s[_HIGH]
        )
    if bracketed:
        if abs(sty - stx) >= 0.66 * s[_WIDTH_BEFORE]:
            new = stx + 0.5 * (sty - stx)
        s[_WIDTH_BEFORE] = s[_WIDTH_NOW]
        s[_WIDTH_NOW] = abs(sty - stx)
        s[_LOW], s[_HIGH] = min(stx, sty), max(stx, sty)
    else:
        s[_LOW], s[_HIGH] = new + 1.1 * (new - stx), new + 4.0 * (new - stx)
    new = max(0.0, min(s[_LONGEST], new))
    if bracketed and (new <= s[_LOW] or new >= s[_HIGH] or s[_HIGH] - s[_LOW] <= _WIDTH * s[_HIGH]):
        new = stx
    s[_STX], s[_FX], s[_GX], s[_STY], s[_FY], s[_GY] = stx, fx, gx, sty, fy, gy
    s[_BRACKETED], s[_STEP] = (1.0 if bracketed else 0.0), new
    s[_POINT] = s[_END] if new == 1.0 else new * direction + s[_X]
    return CONTINUES


@kernel(types.void(matrix, vector, f8, f8))
def begin_searches(states, start, low, high):
    """Prepare the searches of (G,) genes; `states` is (G, STATE), its first column the points to evaluate."""
    for gene in range(states.shape[0]):
        begin(states[gene], start[gene], low, high)


@kernel(types.void(matrix, integers, vector, vector, f8, f8, integers))
def advance_searches(states, genes, value, slope, low, high, ended):
    """Take values and slopes of the searches `genes`; write into `ended` how each goes on."""
    for place in range(genes.shape[0]):
        ended[place] = advance(states[genes[place]], value[place], slope[place], low, high)


@kernel(types.void(matrix, matrix, vector, vector, f8, f8, f8, plan, vector, vector, flags))
def minimise_dispersions(y, mu, start, prior_mean, prior_precision, low, high, plan, out, lowest, converged):
    """Minimise the negative Cox-Reid adjusted log likelihood of each gene's log dispersion at given means.

    Parameters
    ----------
    y, mu : (G, n) counts and means, samples in plan order.
    start : (G,) log dispersions to start from.
    prior_mean : (G,) centre of the normal prior of log dispersions.
    prior_precision : 1/variance of the prior; 0 for none.
    low, high : bounds of log dispersions.
    plan : PlanArrays.
    out : (G,) out, log dispersions.
    lowest : (G,) out, the lowest log dispersion that was tried.
    converged : (G,) out.
    """
    n_genes, n = y.shape
    scratch = profile_scratch(plan)
    counts, means, centre = lanes_of_one(n), lanes_of_one(n), lanes_of_one(1)
    x, results = empty_lanes(1), empty_lanes(2)
    tried, values = as_floats(x), as_floats(results)
    searches = np.empty((LANES, STATE))
    constant = np.empty(LANES)
    genes = np.full(LANES, -1)
    loaded = 0
    searching = 0
    while True:
        # a lane whose search is over takes the next gene
        for lane in range(LANES):
            if genes[lane] < 0 and loaded < n_genes:
                genes[lane] = loaded
                put_lane(counts, lane, y[loaded])
                put_lane(means, lane, mu[loaded])
                put_number(centre, lane, prior_mean[loaded])
                constant[lane] = 0.0
                for i in range(n):
                    constant[lane] += lgamma(y[loaded, i] + 1.0) - y[loaded, i] * log(mu[loaded, i])
                begin(searches[lane], start[loaded], low, high)
                lowest[loaded] = searches[lane, _POINT]
                loaded += 1
                searching += 1
            tried[lane] = searches[lane, _POINT] if genes[lane] >= 0 else 0.0
        if searching == 0:
            break
        results[0], results[1] = evaluate_posterior(counts, means, x[0], plan, centre[0], prior_precision, scratch)
        for lane in range(LANES):
            gene = genes[lane]
            if gene < 0:
                continue
            lowest[gene] = min(lowest[gene], tried[lane])
            state = advance(searches[lane], constant[lane] - values[lane], -values[LANES + lane], low, high)
            if state != CONTINUES:
                out[gene], converged[gene] = searches[lane, _X], state == CONVERGED
                genes[lane] = -1
                searching -= 1


@kernel(types.void(matrix, vector, plan, f8, matrix))
def hat_diagonals(mu, alpha, plan, ridge, out):
    """Write w x' (X'WX + ridge)^-1 x of each gene and sample, with w = mu / (1 + alpha mu).

    Parameters
    ----------
    mu : (G, n) means, samples in plan order.
    alpha : (G,) dispersions.
    plan : PlanArrays.
    ridge : penalty on the natural-log scale.
    out : (G, n) out.
    """
    p = plan.fill_start.shape[0] - 1
    n_groups = plan.group_start.shape[0] - 1
    w = np.empty(mu.shape[1])
    group_w = np.empty(n_groups)
    lever = np.empty(n_groups)
    work = np.empty(p)
    a = np.zeros(p * p)
    for gene in range(mu.shape[0]):
        for i in range(mu.shape[1]):
            w[i] = mu[gene, i] / (1.0 + mu[gene, i] * alpha[gene])
        group_sums(plan, w, group_w)
        assemble(plan, group_w, ridge, a)
        if not factorise(plan, a):
            for i in range(mu.shape[1]):
                out[gene, i] = np.nan
            continue
        leverages(plan, a, work, lever)
        for g in range(n_groups):
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                out[gene, i] = w[i] * lever[g]


@kernel(types.void(matrix, vector, plan, f8, vector, vector))
def error_at_means(mu, alpha, plan, ridge, contrast, error):
    """Compute the standard error of a contrast per gene at given means; see `standard_errors.contrast_error`.

    Parameters
    ----------
    mu : (G, n) means, samples in plan order.
    alpha : (G,) dispersions.
    plan : PlanArrays.
    ridge : penalty on the natural-log scale.
    contrast : (p,) in elimination order.
    error : (G,) out, natural-log standard error; NaN where the matrix is singular.
    """
    p = plan.fill_start.shape[0] - 1
    n_groups = plan.group_start.shape[0] - 1
    w = np.empty(mu.shape[1])
    group_w = np.empty(n_groups)
    eta = np.empty(n_groups)
    a = np.zeros(p * p)
    b = np.empty(p)
    for gene in range(mu.shape[0]):
        for i in range(mu.shape[1]):
            w[i] = mu[gene, i] / (1.0 + mu[gene, i] * alpha[gene])
        group_sums(plan, w, group_w)
        error[gene] = math.sqrt(square_of_error(plan, group_w, ridge, contrast, a, b, eta))
