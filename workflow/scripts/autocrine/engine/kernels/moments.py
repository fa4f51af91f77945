"""Means, variances and rough dispersions of each gene, in one pass."""

from __future__ import annotations

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import linear_predictor, row_sum, solve
from autocrine.engine.kernels.normalise import normalise


@kernel(types.void(matrix, matrix, plan, vector, vector, vector, vector, matrix))
def moments(y, nf, plan, cross_factor, mean, variance, rough, level):
    """Mean and variance of normalised counts, dispersion from residuals of a linear fit, fitted levels.

    Parameters
    ----------
    y : (G, n) counts, samples in plan order.
    nf : (G or 1, n) normalisation factors.
    plan : PlanArrays.
    cross_factor : (p * p,) factor of X'X.
    mean, variance : (G,) out, of y/nf, variance with n - 1.
    rough : (G,) out, sum of ((q - m)^2 - m)/m^2 over n - p with m the linear fit floored at 1.
    level : (G, K) out, linear fit per design group.
    """
    n = y.shape[1]
    p = plan.fill_start.shape[0] - 1
    n_groups = level.shape[1]
    q = np.empty(n)
    sums = np.empty(n_groups)
    beta = np.empty(p)
    for gene in range(y.shape[0]):
        m = normalise(y[gene], nf[gene if nf.shape[0] > 1 else 0], q)
        square = 0.0
        for i in range(n):
            square += (q[i] - m) * (q[i] - m)
        mean[gene] = m
        variance[gene] = square / (n - 1)
        for g in range(n_groups):
            s = 0.0
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                s += q[i]
            sums[g] = s
        row_sum(plan, sums, beta)
        solve(plan, cross_factor, beta)
        linear_predictor(plan, beta, level[gene])
        total = 0.0
        for g in range(n_groups):
            f = max(level[gene, g], 1.0)
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                total += ((q[i] - f) * (q[i] - f) - f) / (f * f)
        rough[gene] = total / (n - p)
