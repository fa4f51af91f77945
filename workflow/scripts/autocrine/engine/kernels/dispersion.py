"""Negative binomial dispersion of one gene given its means: profile likelihood and its maximum."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, integers, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import (
    assemble,
    assemble_two,
    factorise,
    group_sums,
    inverse_trace,
    log_determinant,
)
from autocrine.engine.kernels.functions import digamma, lgamma, log, log1p, stirling

_TINY_DISPERSION = 1e-5
_SUFFICIENT = 1e-4
_GROWTH = 1.1
_HALVE_EVERY = 5
_MAX_STEPS = 100
_TOLERANCE = 1e-6
_LOWEST_LOG = -30.0
_HIGHEST_LOG = 10.0
_GRID_POINTS = 20


@helper
def profile_log_likelihood(y, mu, log_alpha, plan, prior_mean, prior_precision, w, w1, a):
    """Cox-Reid adjusted log likelihood plus log prior, without terms free of the dispersion."""
    alpha = math.exp(log_alpha)
    r = 1.0 / alpha
    total = 0.0
    if r > 8.0:
        base = stirling(r)
        if alpha < _TINY_DISPERSION:
            for i in range(y.shape[0]):
                x = y[i] + r
                total += (
                    (r - 0.5) * log1p(y[i] * alpha)
                    + y[i] * log(x)
                    - y[i]
                    + stirling(x)
                    - base
                    - y[i] * log(mu[i] + r)
                    - r * log1p(mu[i] * alpha)
                )
        else:
            log_r = log(r)
            for i in range(y.shape[0]):
                x = y[i] + r
                total += (x - 0.5) * log(x) - y[i] + stirling(x) - base - x * log(mu[i] + r) + 0.5 * log_r
    else:
        base = lgamma(r) - r * math.log(r)
        for i in range(y.shape[0]):
            x = y[i] + r
            total += lgamma(x) - base - x * log(mu[i] + r)
    for i in range(y.shape[0]):
        w[i] = mu[i] / (1.0 + mu[i] * alpha)
    group_sums(plan, w, w1)
    assemble(plan, w1, 0.0, a)
    if not factorise(plan, a):
        return -np.inf
    distance = log_alpha - prior_mean
    return total - 0.5 * log_determinant(plan, a) - 0.5 * prior_precision * distance * distance


@helper
def slope_of_profile(y, mu, log_alpha, plan, prior_mean, prior_precision, w, w1, w2, a, b, inverse):
    """Differentiate the above by log alpha."""
    alpha = math.exp(log_alpha)
    r = 1.0 / alpha
    total = 0.0
    if r < 16.0:
        psi_r = digamma(r)
        for i in range(y.shape[0]):
            x = y[i] + r
            t = 1.0 / (mu[i] + r)
            total += log((x + 8.0) * t * (r / (r + 8.0))) + digamma(x) - psi_r + (mu[i] - y[i]) * t
    else:
        # differences of the asymptotic series, each free of cancellation between r and y + r
        zr = alpha * alpha
        tail_r = zr * (1.0 / 12.0 - zr * (1.0 / 120.0 - zr * (1.0 / 252.0 - zr / 240.0)))
        if alpha < _TINY_DISPERSION:
            for i in range(y.shape[0]):
                total += log1p(y[i] * alpha) - log1p(mu[i] * alpha)
        else:
            for i in range(y.shape[0]):
                total += log((y[i] + r) / (mu[i] + r))
        for i in range(y.shape[0]):
            v = 1.0 / (y[i] + r)
            z = v * v
            tail = z * (1.0 / 12.0 - z * (1.0 / 120.0 - z * (1.0 / 252.0 - z / 240.0)))
            total += 0.5 * y[i] * alpha * v - tail + tail_r + (mu[i] - y[i]) / (mu[i] + r)
    for i in range(y.shape[0]):
        w[i] = mu[i] / (1.0 + mu[i] * alpha)
    group_sums(plan, w, w1)
    for i in range(y.shape[0]):
        w[i] *= w[i]
    group_sums(plan, w, w2)
    assemble_two(plan, w1, w2, a, b)
    if not factorise(plan, a):
        return np.nan
    cox_reid = inverse_trace(plan, a, b, inverse)
    return -r * total + 0.5 * alpha * cox_reid - prior_precision * (log_alpha - prior_mean)


@helper
def _line_search(y, mu, start, lowest, plan, prior_mean, prior_precision, scratch):
    """Gradient ascent in log alpha with backtracking, stopping when a step gains less than 1e-6.

    Proposals must meet the Armijo condition. The step factor starts at 1, is halved on rejection and
    at every fifth acceptance and grows by a tenth at others, to 1 at most; it ends below ``lowest``.
    On flat likelihoods where this stops is the estimate, so the search itself is part of the method.
    Returns the end, the number of proposals, and the likelihoods at start and end.
    """
    w, w1, w2, a, b, inverse = scratch
    x = start
    factor = 1.0
    first = profile_log_likelihood(y, mu, x, plan, prior_mean, prior_precision, w, w1, a)
    value = first
    slope = slope_of_profile(y, mu, x, plan, prior_mean, prior_precision, w, w1, w2, a, b, inverse)
    accepted = 0
    steps = 0
    while steps < _MAX_STEPS:
        steps += 1
        proposal = x + factor * slope
        if proposal < _LOWEST_LOG:
            factor = (_LOWEST_LOG - x) / slope
        if proposal > _HIGHEST_LOG:
            factor = (_HIGHEST_LOG - x) / slope
        proposal = x + factor * slope
        new = profile_log_likelihood(y, mu, proposal, plan, prior_mean, prior_precision, w, w1, a)
        if new >= value + factor * _SUFFICIENT * slope * slope:
            accepted += 1
            gain = new - value
            x = proposal
            # a step out below does not count as a gain: if it is the first, the start is kept
            if x < lowest and not gain < _TOLERANCE:
                break
            value = new
            if gain < _TOLERANCE:
                break
            slope = slope_of_profile(y, mu, x, plan, prior_mean, prior_precision, w, w1, w2, a, b, inverse)
            factor = min(factor * _GROWTH, 1.0)
            if accepted % _HALVE_EVERY == 0:
                factor *= 0.5
        else:
            factor *= 0.5
    return x, steps, first, value


@helper
def _grid_search(y, mu, low, high, plan, prior_mean, prior_precision, w, w1, a):
    """Best of 20 points between the bounds, then of 20 points around the best."""
    step = (high - low) / (_GRID_POINTS - 1)
    best = low
    top = -np.inf
    for k in range(_GRID_POINTS):
        x = low + k * step
        value = profile_log_likelihood(y, mu, x, plan, prior_mean, prior_precision, w, w1, a)
        if value > top:
            top = value
            best = x
    low = best - step
    fine = 2.0 * step / (_GRID_POINTS - 1)
    top = -np.inf
    for k in range(_GRID_POINTS):
        x = low + k * fine
        value = profile_log_likelihood(y, mu, x, plan, prior_mean, prior_precision, w, w1, a)
        if value > top:
            top = value
            best = x
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
    n = y.shape[1]
    p = plan.fill_start.shape[0] - 1
    n_groups = level.shape[1]
    mu = np.empty(n)
    w1 = np.empty(n_groups)
    w = np.empty(n)
    a = np.zeros(p * p)
    scratch = (w, w1, np.empty(n_groups), a, np.zeros(p * p), np.zeros(p * p))
    low = math.log(min_dispersion)
    high = math.log(max_dispersion)
    lowest = math.log(min_dispersion / 10.0)
    for gene in range(y.shape[0]):
        row = gene if nf.shape[0] > 1 else 0
        for g in range(n_groups):
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                mu[i] = max(nf[row, i] * level[gene, g], min_mu)
        centre = prior_mean[gene]
        x, count, before, after = _line_search(
            y[gene], mu, math.log(start[gene]), lowest, plan, centre, prior_precision, scratch
        )
        value = min(math.exp(x), max_dispersion)
        settled = count < _MAX_STEPS
        if prior_precision == 0.0:
            # a gain below one millionth of the likelihood is no gain, and a search over at once no search
            if after < before + 1e-6 * abs(before):
                value = start[gene]
            settled = settled and count > 1
        if not settled and (prior_precision > 0.0 or value > 10.0 * min_dispersion):
            value = math.exp(_grid_search(y[gene], mu, low, high, plan, centre, prior_precision, w, w1, a))
            count = -count
        dispersion[gene] = min(max(value, min_dispersion), max_dispersion)
        steps[gene] = count
