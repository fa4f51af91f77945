"""Standard errors of contrasts, of eight genes side by side."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import assemble, factorise, linear_predictor, solve
from autocrine.engine.kernels.functions import exp
from autocrine.engine.kernels.lanes import LANES, as_floats, empty_lanes, put_lane, put_number, put_row, where_less


@helper
def square_of_error(plan, group_w, ridge, contrast, a, b, eta):
    """Return the variance of a contrast from the weights of the design groups; see `contrast_error`.

    Of one gene, or of eight; NaN where the matrix is singular. ``eta`` receives what the contrast weighs each group by.
    """
    assemble(plan, group_w, ridge, a)
    sound = factorise(plan, a)
    for j in range(b.shape[0]):
        b[j] = contrast[j]
    solve(plan, a, b)
    # b' A b group by group
    linear_predictor(plan, b, eta)
    total = 0.0
    for g in range(eta.shape[0]):
        total += group_w[g] * eta[g] * eta[g]
    return where_less(0.5, sound, total, math.nan)


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
    n_genes, p = beta.shape
    n = nf.shape[1]
    n_groups = plan.group_start.shape[0] - 1
    eta, group_w, of_dispersion = empty_lanes(n_groups), empty_lanes(n_groups), empty_lanes(n_groups)
    a, b, work = empty_lanes(p * p), empty_lanes(p), empty_lanes(p)
    factors, dispersions = empty_lanes(n), empty_lanes(1)
    results = empty_lanes(2)
    values = as_floats(results)
    for first in range(0, n_genes, LANES):
        for lane in range(LANES):
            gene = min(first + lane, n_genes - 1)
            if first == 0 or nf.shape[0] > 1:
                put_row(factors, lane, nf, gene)
            put_lane(b, lane, beta[gene])
            put_number(dispersions, lane, alpha[gene])
        al = dispersions[0]
        linear_predictor(plan, b, eta)
        for g in range(n_groups):
            e = exp(eta[g])
            s = 0.0 * al
            v = 0.0 * al
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                mean = factors[i] * e
                mu = where_less(mean, min_mu, min_mu, mean)
                w = mu / (1.0 + mu * al)
                s += w
                v += w * w
            group_w[g] = s
            of_dispersion[g] = al * v
        square = square_of_error(plan, group_w, ridge, contrast, a, work, eta)
        part = 0.0 * al
        for g in range(n_groups):
            part += of_dispersion[g] * eta[g] * eta[g]
        results[0] = square
        results[1] = part / square
        for lane in range(min(LANES, n_genes - first)):
            error[first + lane] = math.sqrt(values[lane])
            share[first + lane] = values[LANES + lane] if np.isfinite(values[lane]) else np.nan
