"""Pearson residuals of a fit, and the degrees of freedom that they are expected to have."""

from __future__ import annotations

import math

from numba import types

from autocrine.engine.kernels.compile import f8, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import leverages_at_means
from autocrine.engine.kernels.lanes import LANES, as_floats, empty_lanes, put_lane, put_number, put_row, where_less


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
    n_genes, n = y.shape
    n_groups = level.shape[1]
    p = plan.fill_start.shape[0] - 1
    lever = empty_lanes(n_groups)
    scratch = empty_lanes(n_groups), empty_lanes(p), empty_lanes(p * p)
    counts, factors, levels = empty_lanes(n), empty_lanes(n), empty_lanes(n_groups)
    dispersions = empty_lanes(1)
    results = empty_lanes(2)
    for first in range(0, n_genes, LANES):
        for lane in range(LANES):
            gene = min(first + lane, n_genes - 1)
            put_lane(counts, lane, y[gene])
            put_row(factors, lane, nf, gene)
            put_lane(levels, lane, level[gene])
            put_number(dispersions, lane, alpha[gene])
        al = dispersions[0]
        sound = leverages_at_means(plan, factors, levels, al, ridge, min_mu, scratch, lever)
        total = 0.0 * al
        expected = 0.0 * al
        for g in range(n_groups):
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                m = factors[i] * levels[g]
                f = where_less(m, min_mu, min_mu, m)
                h = lever[g] * f / (1.0 + f * al)
                e = counts[i] - m
                total += where_less(m, least, 0.0, e * e / (m + al * m * m))
                expected += where_less(m, least, 0.0, (1.0 - h) / (1.0 + al * h))
        results[0] = where_less(0.5, sound, total, math.nan)
        results[1] = where_less(0.5, sound, expected, math.nan)
        for lane in range(min(LANES, n_genes - first)):
            square[first + lane] = as_floats(results)[lane]
            freedom[first + lane] = as_floats(results)[LANES + lane]
