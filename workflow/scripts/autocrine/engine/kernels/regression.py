"""Negative binomial regression with a log link, gene by gene: iteratively reweighted least squares."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, i8, integers, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import (
    assemble,
    factorise,
    group_sums,
    linear_predictor,
    row_sum,
    solve,
)
from autocrine.engine.kernels.functions import lgamma, log, log1p, stirling

_LARGE_COEFFICIENT = 30.0
_TOLERANCE = 1e-8
_BOUND = 30.0 * math.log(2.0)
_NEWTON_STEPS = 200
_HALVINGS = 60
_HELD = 1e30


@helper
def log_likelihood_constant(y, alpha):
    """Sum of lgamma(y + 1/alpha) - lgamma(1/alpha) - lgamma(y + 1) over the samples of one gene."""
    r = 1.0 / alpha
    total = 0.0
    if r > 8.0:
        # differences of Stirling's series: free of the cancellation of two huge lgamma values
        base = stirling(r)
        if r > 1e5:
            for i in range(y.shape[0]):
                x = y[i] + r
                total += (r - 0.5) * log1p(y[i] * alpha) + y[i] * log(x) - y[i] + stirling(x) - base
        else:
            for i in range(y.shape[0]):
                x = y[i] + r
                total += (x - 0.5) * log(x) - (r - 0.5) * log(r) - y[i] + stirling(x) - base
    else:
        base = lgamma(r)
        for i in range(y.shape[0]):
            total += lgamma(y[i] + r) - base
    for i in range(y.shape[0]):
        total -= lgamma(y[i] + 1.0)
    return total


@helper
def start_coefficients(y, nf, plan, cross_factor, group_sum, beta):
    """Least squares of log(y/nf + 0.1) on the design."""
    for g in range(group_sum.shape[0]):
        total = 0.0
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            total += log(y[i] / nf[i] + 0.1)
        group_sum[g] = total
    row_sum(plan, group_sum, beta)
    solve(plan, cross_factor, beta)


@helper
def fitted_means(nf, plan, group_eta, min_mu, mu):
    """Write max(nf exp(eta), min_mu) per sample into ``mu``."""
    for g in range(group_eta.shape[0]):
        e = math.exp(group_eta[g])
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            mu[i] = max(nf[i] * e, min_mu)


@helper
def _minus_twice_log_likelihood(y, mu, log_mu, alpha, constant):
    r = 1.0 / alpha
    total = 0.0
    for i in range(y.shape[0]):
        # y log(mu alpha / (1 + mu alpha)) - log(1 + mu alpha)/alpha
        total += y[i] * log_mu[i] - (y[i] + r) * log(1.0 + mu[i] * alpha)
    return -2.0 * (constant + total)


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
    n = y.shape[1]
    p = beta.shape[1]
    n_groups = plan.group_start.shape[0] - 1
    mu = np.empty(n)
    log_mu = np.empty(n)
    w = np.empty(n)
    wz = np.empty(n)
    eta = np.empty(n_groups)
    group_w = np.empty(n_groups)
    group_wz = np.empty(n_groups)
    a = np.zeros(p * p)
    b = np.empty(p)
    gradient = np.empty(p)
    trial = np.empty(p)
    log_floor = math.log(min_mu)
    for gene in range(y.shape[0]):
        row = gene if nf.shape[0] > 1 else 0
        al = alpha[gene]
        constant = log_likelihood_constant(y[gene], al)
        log_al = math.log(al)
        y_sum = 0.0
        for i in range(n):
            y_sum += y[gene, i]
        constant += y_sum * log_al
        old = 1000.0
        dev = 1000.0
        count = 0
        ok = True
        if max_iterations == 0:
            for j in range(p):
                b[j] = beta[gene, j]
        else:
            start_coefficients(y[gene], nf[row], plan, cross_factor, group_w, b)
        while max_iterations > 0:
            linear_predictor(plan, b, eta)
            for g in range(n_groups):
                e = math.exp(eta[g])
                h = eta[g]
                for i in range(plan.group_start[g], plan.group_start[g + 1]):
                    m = nf[row, i] * e
                    low = m < min_mu
                    mu[i] = min_mu if low else m
                    log_mu[i] = log_floor if low else h + log_nf[row, i]
            if count > 0:
                dev = _minus_twice_log_likelihood(y[gene], mu, log_mu, al, constant)
                if not abs(dev - old) > _TOLERANCE * (abs(dev) + 0.1):
                    ok = np.isfinite(dev)
                    break
                old = dev
            if count >= max_iterations:
                ok = False
                break
            for i in range(n):
                t = 1.0 / (1.0 + mu[i] * al)
                w[i] = mu[i] * t
                wz[i] = w[i] * (log_mu[i] - log_nf[row, i]) + (y[gene, i] - mu[i]) * t
            group_sums(plan, w, group_w)
            group_sums(plan, wz, group_wz)
            assemble(plan, group_w, ridge, a)
            row_sum(plan, group_wz, b)
            if not factorise(plan, a):
                ok = False
                break
            solve(plan, a, b)
            count += 1
            for j in range(p):
                if not abs(b[j]) <= _LARGE_COEFFICIENT:
                    ok = False
            if not ok:
                break
        if not ok:
            start_coefficients(y[gene], nf[row], plan, cross_factor, group_w, b)
            work = (eta, group_w, group_wz, gradient, trial, a)
            ok = _bounded_newton(y[gene], nf[row], log_nf[row], al, plan, ridge, b, work)
            count = -1 if ok else -2
        # the likelihood that is reported has a floor under the means only after the bounded optimiser
        linear_predictor(plan, b, eta)
        fitted_means(nf[row], plan, eta, 0.0, mu)
        for g in range(n_groups):
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                log_mu[i] = eta[g] + log_nf[row, i]
                if count < 0 and mu[i] < min_mu:
                    mu[i] = min_mu
                    log_mu[i] = log_floor
        for j in range(p):
            beta[gene, j] = b[j]
        deviance[gene] = _minus_twice_log_likelihood(y[gene], mu, log_mu, al, constant)
        iterations[gene] = count


@helper
def error_of(plan, group_w, ridge, contrast, a, b, eta):
    """Return the standard error of a contrast from the weights of the design groups; see `contrast_error`."""
    assemble(plan, group_w, ridge, a)
    if not factorise(plan, a):
        return np.nan
    for j in range(b.shape[0]):
        b[j] = contrast[j]
    solve(plan, a, b)
    # b' A b group by group
    linear_predictor(plan, b, eta)
    total = 0.0
    for g in range(eta.shape[0]):
        total += group_w[g] * eta[g] * eta[g]
    return math.sqrt(total)


@kernel(types.void(matrix, matrix, vector, plan, f8, f8, vector, vector, vector))
def contrast_error(nf, beta, alpha, plan, ridge, min_mu, contrast, error, share):
    """Compute the standard error of a contrast per gene, and how much of its square is the dispersion's.

    c' (A + R)^-1 A (A + R)^-1 c with A = X'WX at the fitted means (floored at ``min_mu``) and R the
    ridge: the covariance of a ridge-penalised estimate (Love et al. 2014). The share is the derivative of the log of
    that without the ridge by the log of the dispersion, between 0 (counts vary as Poisson's) and 1.

    Parameters
    ----------
    nf : (G or 1, n) normalisation factors.
    beta : (G, p) coefficients, elimination order.
    alpha : (G,) dispersions.
    plan : PlanArrays.
    ridge, min_mu : as in the fit.
    contrast : (p,) in elimination order.
    error : (G,) out, natural-log standard error; NaN where the matrix is singular.
    share : (G,) out; NaN where the error is.
    """
    n = nf.shape[1]
    p = beta.shape[1]
    n_groups = plan.group_start.shape[0] - 1
    mu = np.empty(n)
    eta = np.empty(n_groups)
    group_w = np.empty(n_groups)
    of_dispersion = np.empty(n_groups)
    a = np.zeros(p * p)
    b = np.empty(p)
    for gene in range(beta.shape[0]):
        row = gene if nf.shape[0] > 1 else 0
        linear_predictor(plan, beta[gene], eta)
        fitted_means(nf[row], plan, eta, min_mu, mu)
        for g in range(n_groups):
            s = 0.0
            v = 0.0
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                w = mu[i] / (1.0 + mu[i] * alpha[gene])
                s += w
                v += w * w
            group_w[g] = s
            of_dispersion[g] = alpha[gene] * v
        error[gene] = error_of(plan, group_w, ridge, contrast, a, b, eta)
        share[gene] = np.nan
        if np.isfinite(error[gene]):
            s = 0.0
            v = 0.0
            for g in range(n_groups):
                s += group_w[g] * eta[g] * eta[g]
                v += of_dispersion[g] * eta[g] * eta[g]
            share[gene] = v / s
