"""Negative binomial dispersions given the means: maxima of the profile likelihood, of eight genes side by side."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, integers, kernel, matrix, plan, vector
from autocrine.engine.kernels.lanes import LANES, as_floats, empty_lanes, lanes_of_one, put_lane, put_number
from autocrine.engine.kernels.profile import evaluate_posterior, profile_scratch

_SUFFICIENT = 1e-4
_GROWTH = 1.1
_HALVE_EVERY = 5
_MAX_STEPS = 100
_TOLERANCE = 1e-6
_LOWEST_LOG = -30.0
_HIGHEST_LOG = 10.0
_GRID_POINTS = 20
# What a search holds: the log dispersion to be tried next, the best one with its likelihood and slope, the likelihood
# at the start, the step factor, and numbers of proposals and of accepted ones.
_NEXT, _BEST, _VALUE, _SLOPE, _FIRST, _FACTOR, _STEPS, _ACCEPTED = range(8)
_STATE = 8


@helper
def _begin(s, start):
    """Begin a gradient ascent in log alpha with backtracking that stops when a step gains less than 1e-6.

    Proposals must meet the Armijo condition. The step factor starts at 1, is halved on rejection and
    at every fifth acceptance and grows by a tenth at others, to 1 at most; it ends below ``lowest``.
    On flat likelihoods where this stops is the estimate, so the search itself is part of the method.
    """
    s[_NEXT] = s[_BEST] = start
    s[_FACTOR] = 1.0
    s[_STEPS] = s[_ACCEPTED] = 0.0


@helper
def _advance(s, value, slope, lowest):
    """Take value and slope at the log dispersion that was tried; returns whether there is one to try next."""
    if s[_STEPS] == 0.0:
        s[_FIRST] = s[_VALUE] = value
        s[_SLOPE] = slope
    elif value >= s[_VALUE] + s[_FACTOR] * _SUFFICIENT * s[_SLOPE] * s[_SLOPE]:
        s[_ACCEPTED] += 1.0
        gain = value - s[_VALUE]
        s[_BEST] = s[_NEXT]
        # a step out below does not count as a gain: if it is the first, the start is kept
        if s[_BEST] < lowest and not gain < _TOLERANCE:
            return False
        s[_VALUE] = value
        if gain < _TOLERANCE:
            return False
        s[_SLOPE] = slope
        s[_FACTOR] = min(s[_FACTOR] * _GROWTH, 1.0)
        if s[_ACCEPTED] % _HALVE_EVERY == 0.0:
            s[_FACTOR] *= 0.5
    else:
        s[_FACTOR] *= 0.5
    if s[_STEPS] == _MAX_STEPS:
        return False
    s[_STEPS] += 1.0
    proposal = s[_BEST] + s[_FACTOR] * s[_SLOPE]
    if proposal < _LOWEST_LOG:
        s[_FACTOR] = (_LOWEST_LOG - s[_BEST]) / s[_SLOPE]
    if proposal > _HIGHEST_LOG:
        s[_FACTOR] = (_HIGHEST_LOG - s[_BEST]) / s[_SLOPE]
    s[_NEXT] = s[_BEST] + s[_FACTOR] * s[_SLOPE]
    return True


@helper
def _means(nf, level, min_mu, plan, mu):
    for g in range(level.shape[0]):
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            mu[i] = max(nf[i] * level[g], min_mu)


@helper
def _best_of_grid(low, step, counts, means, plan, centre, prior_precision, scratch, x, results):
    """Best of 20 points of a grid, for a gene that is in all lanes."""
    best = low
    top = -np.inf
    points, values = as_floats(x), as_floats(results)
    for k in range(0, _GRID_POINTS, LANES):
        for lane in range(LANES):
            points[lane] = low + (k + lane) * step
        results[0], results[1] = evaluate_posterior(counts, means, x[0], plan, centre, prior_precision, scratch)
        for lane in range(min(LANES, _GRID_POINTS - k)):
            if values[lane] > top:
                top = values[lane]
                best = points[lane]
    return best


@kernel(types.void(matrix, matrix, matrix, vector, f8, f8, f8, plan, vector, f8, vector, integers))
def fit_dispersions(
    y, nf, level, start, min_dispersion, max_dispersion, min_mu, plan, prior_mean, prior_precision, dispersion, steps
):
    """Maximise the Cox-Reid adjusted profile (posterior) likelihood of each gene's log dispersion.

    Parameters
    ----------
    y : (G, n) counts, samples in plan order.
    nf : (G or 1, n) normalisation factors.
    level : (G, K) fitted mean per design group at normalisation factor 1.
    start : (G,) dispersions to start from.
    min_dispersion, max_dispersion : bounds.
    min_mu : floor of the means.
    plan : PlanArrays.
    prior_mean, prior_precision : (G,) centre and 1/variance of the normal prior of log alpha;
        precision 0 for no prior.
    dispersion : (G,) out.
    steps : (G,) out, proposals of the line search; negative where the grid search took over.
    """
    n_genes, n = y.shape
    scratch = profile_scratch(plan)
    mu = np.empty(n)
    low = math.log(min_dispersion)
    high = math.log(max_dispersion)
    lowest = math.log(min_dispersion / 10.0)
    counts, means, centre = lanes_of_one(n), lanes_of_one(n), lanes_of_one(1)
    x, results = empty_lanes(1), empty_lanes(2)
    tried, values = as_floats(x), as_floats(results)
    searches = np.empty((LANES, _STATE))
    genes = np.full(LANES, -1)
    loaded = 0
    searching = 0
    while True:
        # a lane whose search is over takes the next gene
        for lane in range(LANES):
            if genes[lane] < 0 and loaded < n_genes:
                genes[lane] = loaded
                _means(nf[loaded if nf.shape[0] > 1 else 0], level[loaded], min_mu, plan, mu)
                put_lane(counts, lane, y[loaded])
                put_lane(means, lane, mu)
                put_number(centre, lane, prior_mean[loaded])
                _begin(searches[lane], math.log(start[loaded]))
                loaded += 1
                searching += 1
            tried[lane] = searches[lane, _NEXT] if genes[lane] >= 0 else 0.0
        if searching == 0:
            break
        results[0], results[1] = evaluate_posterior(counts, means, x[0], plan, centre[0], prior_precision, scratch)
        for lane in range(LANES):
            gene = genes[lane]
            if gene < 0 or _advance(searches[lane], values[lane], values[LANES + lane], lowest):
                continue
            s = searches[lane]
            found = min(math.exp(s[_BEST]), max_dispersion)
            count = int(s[_STEPS])
            settled = count < _MAX_STEPS
            if prior_precision == 0.0:
                # a gain below one millionth of the likelihood is no gain, and a search over at once no search
                if s[_VALUE] < s[_FIRST] + 1e-6 * abs(s[_FIRST]):
                    found = start[gene]
                settled = settled and count > 1
            grid = not settled and (prior_precision > 0.0 or found > 10.0 * min_dispersion)
            steps[gene] = -count if grid else count
            dispersion[gene] = min(max(found, min_dispersion), max_dispersion)
            genes[lane] = -1
            searching -= 1
    step = (high - low) / (_GRID_POINTS - 1)
    fine = 2.0 * step / (_GRID_POINTS - 1)
    for gene in range(n_genes):
        if steps[gene] < 0:
            _means(nf[gene if nf.shape[0] > 1 else 0], level[gene], min_mu, plan, mu)
            for lane in range(LANES):
                put_lane(counts, lane, y[gene])
                put_lane(means, lane, mu)
            middle = prior_mean[gene]
            best = _best_of_grid(low, step, counts, means, plan, middle, prior_precision, scratch, x, results)
            best = _best_of_grid(best - step, fine, counts, means, plan, middle, prior_precision, scratch, x, results)
            dispersion[gene] = min(max(math.exp(best), min_dispersion), max_dispersion)
