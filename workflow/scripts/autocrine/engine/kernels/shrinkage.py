"""Posterior modes of coefficients under a Cauchy prior on one of them."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, flags, helper, i8, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import assemble, factorise, linear_predictor, row_sum, solve


@helper
def _objective(y, nf, alpha, plan, beta, shrunk, scale, wide, eta):
    """Negative log posterior without constants."""
    r = 1.0 / alpha
    linear_predictor(plan, beta, eta)
    total = 0.0
    for g in range(eta.shape[0]):
        e = math.exp(eta[g])
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            total += (y[i] + r) * math.log1p(nf[i] * e * alpha) - y[i] * eta[g]
    for j in range(beta.shape[0]):
        if j == shrunk:
            total += math.log1p((beta[j] / scale) ** 2)
        else:
            total += 0.5 * (beta[j] / wide) ** 2
    return total


@helper
def _newton(y, nf, alpha, plan, beta, shrunk, scale, wide, scratch):
    """Descend to a local minimum of the negative log posterior from ``beta``, in place."""
    eta, group_w, group_s, gradient, trial, a = scratch
    p = beta.shape[0]
    value = _objective(y, nf, alpha, plan, beta, shrunk, scale, wide, eta)
    for _ in range(200):
        linear_predictor(plan, beta, eta)
        for g in range(eta.shape[0]):
            e = math.exp(eta[g])
            w = 0.0
            s = 0.0
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                mu = nf[i] * e
                t = 1.0 / (1.0 + mu * alpha)
                w += (1.0 + y[i] * alpha) * mu * t * t
                s += (y[i] - mu) * t
            group_w[g] = w
            group_s[g] = s
        row_sum(plan, group_s, gradient)
        square = beta[shrunk] * beta[shrunk]
        curvature = 2.0 * (scale * scale - square) / ((scale * scale + square) ** 2)
        # outside its scale the prior is not convex; the steepest convex bound still gives descent
        for attempt in range(2):
            assemble(plan, group_w, 0.0, a)
            for j in range(p):
                if j == shrunk:
                    a[j * p + j] += curvature if attempt == 0 else 2.0 / (scale * scale + square)
                else:
                    a[j * p + j] += 1.0 / (wide * wide)
            if factorise(plan, a):
                break
        for j in range(p):
            if j == shrunk:
                gradient[j] -= 2.0 * beta[j] / (scale * scale + square)
            else:
                gradient[j] -= beta[j] / (wide * wide)
        size = 0.0
        for j in range(p):
            trial[j] = gradient[j]
        solve(plan, a, trial)
        for j in range(p):
            size += gradient[j] * trial[j]
        if not np.isfinite(size):
            return value, False
        if size < 1e-12:
            return value, True
        factor = 1.0
        for _ in range(40):
            for j in range(p):
                gradient[j] = beta[j] + factor * trial[j]
            new = _objective(y, nf, alpha, plan, gradient, shrunk, scale, wide, eta)
            if new <= value - 1e-4 * factor * size or abs(new - value) <= 1e-13 * abs(value):
                break
            factor *= 0.5
        settled = not new < value - 1e-12 * abs(value)
        if new <= value:
            for j in range(p):
                beta[j] = gradient[j]
            value = new
        if settled:
            return value, True
    return value, False


@kernel(types.void(matrix, matrix, vector, plan, matrix, i8, f8, f8, vector, vector, flags))
def shrink_coefficient(y, nf, alpha, plan, start, shrunk, scale, wide, estimate, error, converged):
    """Posterior mode and curvature error of one coefficient per gene.

    Parameters
    ----------
    y, nf, alpha, plan : as in the fit.
    start : (G, p) maximum likelihood coefficients, elimination order.
    shrunk : position of the coefficient with the Cauchy prior.
    scale : scale of the Cauchy prior.
    wide : standard deviation of the normal prior of the other coefficients.
    estimate, error : (G,) out, natural-log mode and standard error.
    converged : (G,) out.
    """
    p = start.shape[1]
    n_groups = plan.group_start.shape[0] - 1
    a = np.zeros(p * p)
    scratch = (np.empty(n_groups), np.empty(n_groups), np.empty(n_groups), np.empty(p), np.empty(p), a)
    from_mle = np.empty(p)
    from_zero = np.empty(p)
    unit = np.empty(p)
    for gene in range(y.shape[0]):
        row = gene if nf.shape[0] > 1 else 0
        for j in range(p):
            from_mle[j] = start[gene, j]
            from_zero[j] = start[gene, j]
        from_zero[shrunk] = 0.0
        value_1, ok_1 = _newton(y[gene], nf[row], alpha[gene], plan, from_mle, shrunk, scale, wide, scratch)
        value_0, ok_0 = _newton(y[gene], nf[row], alpha[gene], plan, from_zero, shrunk, scale, wide, scratch)
        # the posterior can have two modes, near zero and near the likelihood's; the higher one is taken
        first = ok_1 and (value_1 <= value_0 or not ok_0)
        best = from_mle if first else from_zero
        eta, group_w = scratch[0], scratch[1]
        linear_predictor(plan, best, eta)
        for g in range(n_groups):
            e = math.exp(eta[g])
            w = 0.0
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                mu = nf[row, i] * e
                t = 1.0 / (1.0 + mu * alpha[gene])
                w += (1.0 + y[gene, i] * alpha[gene]) * mu * t * t
            group_w[g] = w
        assemble(plan, group_w, 0.0, a)
        square = best[shrunk] * best[shrunk]
        for j in range(p):
            if j == shrunk:
                a[j * p + j] += 2.0 * (scale * scale - square) / ((scale * scale + square) ** 2)
            else:
                a[j * p + j] += 1.0 / (wide * wide)
        converged[gene] = ok_1 or ok_0
        estimate[gene] = best[shrunk]
        if factorise(plan, a):
            for j in range(p):
                unit[j] = 0.0
            unit[shrunk] = 1.0
            solve(plan, a, unit)
            error[gene] = math.sqrt(unit[shrunk])
        else:
            error[gene] = np.nan
            converged[gene] = False
