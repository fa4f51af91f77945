"""Pearson residuals of a fit, and the degrees of freedom that they are expected to have."""

from __future__ import annotations

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import assemble, factorise, leverages, weigh_groups


@kernel(types.void(matrix, matrix, matrix, vector, plan, f8, f8, f8, vector, vector))
def pearson_sums(y, nf, level, alpha, plan, ridge, min_mu, least, square, freedom):
    """Sum squared Pearson residuals per gene, and what they are expected to sum to.

    (y - mu)^2 / (mu + alpha mu^2) has the expectation (1 - h) / (1 + alpha h), to first order in the leverage h of the
    weighted fit: 1 - h as for any linear model, the rest since the fitted mean enters a variance that is convex in it.

    Parameters
    ----------
    y : (G, n) counts.
    nf : (G or 1, n) normalisation factors.
    level : (G, K) fitted mean per design group at normalisation factor 1, not floored.
    alpha : (G,) dispersions.
    plan : PlanArrays.
    ridge, min_mu : as in the fit.
    least : samples whose fitted mean is smaller are left out of both sums: zeros fitted as zeros do not vary.
    square, freedom : (G,) out, the two sums; NaN where the matrix is singular.
    """
    n_groups = level.shape[1]
    p = plan.fill_start.shape[0] - 1
    group_w = np.empty(n_groups)
    lever = np.empty(n_groups)
    work = np.empty(p)
    a = np.zeros(p * p)
    for gene in range(y.shape[0]):
        row = gene if nf.shape[0] > 1 else 0
        weigh_groups(plan, nf[row], level[gene], alpha[gene], min_mu, group_w)
        assemble(plan, group_w, ridge, a)
        if not factorise(plan, a):
            square[gene] = np.nan
            freedom[gene] = np.nan
            continue
        leverages(plan, a, work, lever)
        total = 0.0
        expected = 0.0
        for g in range(n_groups):
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                m = nf[row, i] * level[gene, g]
                if m >= least:
                    f = max(m, min_mu)
                    h = lever[g] * f / (1.0 + f * alpha[gene])
                    e = y[gene, i] - m
                    total += e * e / (m + alpha[gene] * m * m)
                    expected += (1.0 - h) / (1.0 + alpha[gene] * h)
        square[gene] = total
        freedom[gene] = expected
