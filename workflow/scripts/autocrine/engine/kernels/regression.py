"""Negative binomial regression with a log link by iteratively reweighted least squares, of eight genes side by side."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, i8, integers, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import (
    assemble,
    factorise,
    linear_predictor,
    row_sum,
    solve,
)
from autocrine.engine.kernels.functions import (
    HALF_LOG_TWO_PI,
    SAMPLES_PER_LOG,
    SHIFT,
    exp,
    log,
    log1p,
    log_ratio,
    shifts,
    stirling,
)
from autocrine.engine.kernels.lanes import (
    LANES,
    any_less,
    as_floats,
    empty_lanes,
    lanes_of_one,
    put_lane,
    put_number,
    put_row,
    take_lane,
    where_less,
)

_LARGE_COEFFICIENT = 30.0
_TOLERANCE = 1e-8
_BOUND = 30.0 * math.log(2.0)
_NEWTON_STEPS = 200
_HALVINGS = 60
_HELD = 1e30


@helper
def _likelihood_constant(counts, alpha):
    """Sum over samples of lgamma(y + r) - lgamma(r) - lgamma(y + 1) + y log(alpha), r = 1/alpha, of eight genes.

    The difference of the first two is taken between Stirling's series, at arguments of eight or more, so that it is
    free of the cancellation of two huge values.
    """
    r = 1.0 / alpha
    log_alpha = log(alpha)
    far = where_less(r, SHIFT, r + SHIFT, r)
    of_r = -1.0 * stirling(far)
    if any_less(r, SHIFT):
        product, _ = shifts(r)
        of_r += where_less(r, SHIFT, log(product), 0.0)
    total = 0.0 * r
    parts = 1.0 + 0.0 * r
    factorial_parts = 1.0 + 0.0 * r
    n = counts.shape[0]
    for i in range(n):
        y = counts[i]
        x = y + r
        s = x
        z = y + 1.0
        f = z
        if any_less(where_less(x, z, x, z), SHIFT):
            product, _ = shifts(x)
            parts *= where_less(x, SHIFT, product, 1.0)
            s = x + where_less(x, SHIFT, SHIFT, 0.0)
            product, _ = shifts(z)
            factorial_parts *= where_less(z, SHIFT, product, 1.0)
            f = z + where_less(z, SHIFT, SHIFT, 0.0)
        more = s - far
        total += more * log(s) + (far - 0.5) * log_ratio(s / far, more / far) - more + stirling(s) + of_r
        total += y * log_alpha - ((f - 0.5) * log(f) - f + HALF_LOG_TWO_PI + stirling(f))
        if i % SAMPLES_PER_LOG == SAMPLES_PER_LOG - 1 or i == n - 1:
            total += log(factorial_parts) - log(parts)
            parts = 1.0 + 0.0 * r
            factorial_parts = 1.0 + 0.0 * r
    return total


@helper
def _start_coefficients(counts, factors, plan, cross_factor, group_sum, b):
    """Write least squares of log(y/nf + 0.1) on the design into ``b``, of eight genes."""
    for g in range(group_sum.shape[0]):
        total = 0.0 * counts[0]
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            total += log(counts[i] / factors[i] + 0.1)
        group_sum[g] = total
    row_sum(plan, group_sum, b)
    solve(plan, cross_factor, b)


@helper
def _reweight(counts, factors, log_factors, alpha, plan, min_mu, log_floor, b, scratch):
    """Take the means at coefficients ``b``: weights and weighted responses per group, of eight genes.

    Returns the sum of y log(mu) - (y + 1/alpha) log(1 + mu alpha), of means of at least ``min_mu``.
    """
    eta, group_w, group_wz = scratch
    r = 1.0 / alpha
    linear_predictor(plan, b, eta)
    total = 0.0 * r
    for g in range(eta.shape[0]):
        e = exp(eta[g])
        sum_w = 0.0 * r
        sum_wz = 0.0 * r
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            y = counts[i]
            log_nf = log_factors[i]
            mean = factors[i] * e
            mu = where_less(mean, min_mu, min_mu, mean)
            log_mu = where_less(mean, min_mu, log_floor, eta[g] + log_nf)
            u = 1.0 + mu * alpha
            total += y * log_mu - (y + r) * log(u)
            t = 1.0 / u
            w = mu * t
            sum_w += w
            sum_wz += w * (log_mu - log_nf) + (y - mu) * t
        group_w[g] = sum_w
        group_wz[g] = sum_wz
    return total


@helper
def _penalised_likelihood(y, nf, log_nf, alpha, plan, ridge, beta, group_eta):
    r = 1.0 / alpha
    total = 0.0
    linear_predictor(plan, beta, group_eta)
    for g in range(group_eta.shape[0]):
        e = math.exp(group_eta[g])
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            total += y[i] * (group_eta[g] + log_nf[i]) - (y[i] + r) * log1p(nf[i] * e * alpha)
    for j in range(beta.shape[0]):
        total -= 0.5 * ridge * beta[j] * beta[j]
    return total


@helper
def _bounded_newton(y, nf, log_nf, alpha, plan, ridge, beta, work):
    """Maximise the penalised likelihood with all coefficients between -30 and 30 on the log2 scale.

    For the few genes where reweighting diverges: the likelihood is concave, so Newton steps with
    halving reach its maximum; coefficients held at a bound are left out of the step. ``beta`` is the
    start and is overwritten.
    """
    group_eta, group_w, group_s, gradient, trial, a = work
    p = beta.shape[0]
    for j in range(p):
        beta[j] = min(max(beta[j], -_BOUND), _BOUND)
    value = _penalised_likelihood(y, nf, log_nf, alpha, plan, ridge, beta, group_eta)
    for _ in range(_NEWTON_STEPS):
        linear_predictor(plan, beta, group_eta)
        for g in range(group_eta.shape[0]):
            e = math.exp(group_eta[g])
            w = 0.0
            s = 0.0
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                m = nf[i] * e
                t = 1.0 / (1.0 + m * alpha)
                w += (1.0 + y[i] * alpha) * m * t * t
                s += (y[i] - m) * t
            group_w[g] = w
            group_s[g] = s
        row_sum(plan, group_s, gradient)
        assemble(plan, group_w, ridge, a)
        for j in range(p):
            gradient[j] -= ridge * beta[j]
            if (beta[j] >= _BOUND and gradient[j] > 0.0) or (beta[j] <= -_BOUND and gradient[j] < 0.0):
                gradient[j] = 0.0
                a[j * p + j] += _HELD
        if not factorise(plan, a):
            return False
        solve(plan, a, gradient)
        factor = 1.0
        new = -np.inf
        for _ in range(_HALVINGS):
            for j in range(p):
                trial[j] = min(max(beta[j] + factor * gradient[j], -_BOUND), _BOUND)
            new = _penalised_likelihood(y, nf, log_nf, alpha, plan, ridge, trial, group_eta)
            if new >= value:
                break
            factor *= 0.5
        if not new >= value:
            break
        gain = new - value
        for j in range(p):
            beta[j] = trial[j]
        value = new
        if gain < 1e-11 * (abs(value) + 0.1):
            break
    return np.isfinite(value)


@kernel(types.void(matrix, matrix, matrix, vector, plan, vector, f8, f8, i8, matrix, vector, integers))
def fit_coefficients(
    y, nf, log_nf, alpha, plan, cross_factor, ridge, min_mu, max_iterations, beta, deviance, iterations
):
    """Fit one regression per gene by iteratively reweighted least squares.

    Weights mu/(1 + alpha mu), means floored at ``min_mu`` inside the iteration, a small ridge on all
    coefficients, convergence when minus twice the log likelihood changes by less than 1e-8 of itself
    (Love, Huber and Anders 2014, Genome Biol 15:550, "Methods").

    Parameters
    ----------
    y : (G, n) counts, samples in plan order.
    nf, log_nf : (G or 1, n) normalisation factors and their logarithms.
    alpha : (G,) dispersions.
    plan : PlanArrays.
    cross_factor : (p * p,) factor of X'X.
    ridge : penalty on the natural-log scale.
    min_mu : floor of the means.
    max_iterations : after so many the bounded optimiser takes over; 0 to take ``beta`` as it is.
    beta : (G, p) in (for 0 iterations) and out, natural-log coefficients in elimination order.
    deviance : (G,) out, minus twice the log likelihood at the fit.
    iterations : (G,) out; -1 where the bounded optimiser was needed, -2 where that failed too.
    """
    n_genes, n = y.shape
    p = beta.shape[1]
    n_groups = plan.group_start.shape[0] - 1
    log_floor = math.log(min_mu)
    scratch = empty_lanes(n_groups), empty_lanes(n_groups), empty_lanes(n_groups)
    _, group_w, group_wz = scratch
    a, b, new = empty_lanes(p * p), lanes_of_one(p), empty_lanes(p)
    counts, factors, log_factors, dispersions = lanes_of_one(n), lanes_of_one(n), lanes_of_one(n), lanes_of_one(1)
    results = empty_lanes(2)
    values = as_floats(results)
    constant = np.empty(n_genes)
    # the part of the likelihood that stays, and where to start: eight genes at a time
    for first in range(0, n_genes, LANES):
        for lane in range(LANES):
            gene = min(first + lane, n_genes - 1)
            put_lane(counts, lane, y[gene])
            put_row(factors, lane, nf, gene)
            put_number(dispersions, lane, alpha[gene])
        results[0] = _likelihood_constant(counts, dispersions[0])
        if max_iterations > 0:
            _start_coefficients(counts, factors, plan, cross_factor, group_w, b)
        for lane in range(min(LANES, n_genes - first)):
            constant[first + lane] = values[lane]
            if max_iterations > 0:
                take_lane(b, lane, beta[first + lane])
    genes = np.full(LANES, -1)
    old = np.empty(LANES)
    loaded = 0
    fitting = 0
    while max_iterations > 0:
        # a lane whose gene is fitted takes the next one
        for lane in range(LANES):
            if genes[lane] < 0 and loaded < n_genes:
                genes[lane] = loaded
                put_lane(counts, lane, y[loaded])
                put_row(factors, lane, nf, loaded)
                put_lane(log_factors, lane, log_nf[loaded if nf.shape[0] > 1 else 0])
                put_number(dispersions, lane, alpha[loaded])
                put_lane(b, lane, beta[loaded])
                iterations[loaded] = 0
                loaded += 1
                fitting += 1
        if fitting == 0:
            break
        results[0] = _reweight(counts, factors, log_factors, dispersions[0], plan, min_mu, log_floor, b, scratch)
        assemble(plan, group_w, ridge, a)
        row_sum(plan, group_wz, new)
        results[1] = factorise(plan, a)
        solve(plan, a, new)
        for lane in range(LANES):
            gene = genes[lane]
            if gene < 0:
                continue
            ok = True
            over = False
            if iterations[gene] > 0:
                dev = -2.0 * (constant[gene] + values[lane])
                before = old[lane] if iterations[gene] > 1 else 1000.0
                over = not abs(dev - before) > _TOLERANCE * (abs(dev) + 0.1)
                ok = np.isfinite(dev)
                old[lane] = dev
            if not over:
                take_lane(new, lane, beta[gene])
                put_lane(b, lane, beta[gene])
                ok = ok and iterations[gene] < max_iterations and values[LANES + lane] > 0.5
                for j in range(p):
                    ok = ok and abs(beta[gene, j]) <= _LARGE_COEFFICIENT
                iterations[gene] += 1
            if over or not ok:
                iterations[gene] = iterations[gene] if ok else -1
                genes[lane] = -1
                fitting -= 1
    # for the few genes where that diverges the bounded optimiser takes over, from the same start
    work = np.empty(n_groups), np.empty(n_groups), np.empty(n_groups), np.empty(p), np.empty(p), np.zeros(p * p)
    for gene in range(n_genes):
        if max_iterations == 0:
            iterations[gene] = 0
        elif iterations[gene] < 0:
            row = gene if nf.shape[0] > 1 else 0
            put_lane(counts, 0, y[gene])
            put_lane(factors, 0, nf[row])
            _start_coefficients(counts, factors, plan, cross_factor, group_w, b)
            take_lane(b, 0, beta[gene])
            ok = _bounded_newton(y[gene], nf[row], log_nf[row], alpha[gene], plan, ridge, beta[gene], work)
            iterations[gene] = -1 if ok else -2
    # the likelihood that is reported has a floor under the means only after the bounded optimiser
    floor = empty_lanes(1)
    for first in range(0, n_genes, LANES):
        for lane in range(LANES):
            gene = min(first + lane, n_genes - 1)
            put_lane(counts, lane, y[gene])
            put_row(factors, lane, nf, gene)
            put_lane(log_factors, lane, log_nf[gene if nf.shape[0] > 1 else 0])
            put_number(dispersions, lane, alpha[gene])
            put_lane(b, lane, beta[gene])
            put_number(floor, lane, min_mu if iterations[gene] < 0 else -1.0)
        results[0] = _reweight(counts, factors, log_factors, dispersions[0], plan, floor[0], log_floor, b, scratch)
        for lane in range(min(LANES, n_genes - first)):
            deviance[first + lane] = -2.0 * (constant[first + lane] + values[lane])
