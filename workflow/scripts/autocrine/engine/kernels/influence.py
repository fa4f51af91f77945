"""Cook's distances and the robust dispersions they are measured with."""

from __future__ import annotations

import math

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, flags, helper, integers, kernel, matrix, plan, vector
from autocrine.engine.kernels.elimination import leverages_at_means
from autocrine.engine.kernels.lanes import LANES, empty_lanes, put_lane, put_number, put_row, take_lane, where_less
from autocrine.engine.kernels.normalise import normalise


@helper
def _select(values, left, right, k):
    """Reorder values[left..right] so that no value before k is larger and none after k smaller (Hoare 1961)."""
    while right > left:
        pivot = values[(left + right) // 2]
        i = left
        j = right
        while i <= j:
            while values[i] < pivot:
                i += 1
            while values[j] > pivot:
                j -= 1
            if i <= j:
                kept = values[i]
                values[i] = values[j]
                values[j] = kept
                i += 1
                j -= 1
        if k <= j:
            right = j
        elif k >= i:
            left = i
        else:
            return


@helper
def _trimmed_mean(values, n, ratio):
    """Mean of the first ``n`` values without the ``ratio`` smallest and largest; reorders them."""
    cut = int(np.floor(n * ratio))
    if cut > 0:
        _select(values, 0, n - 1, cut)
        _select(values, cut, n - 1, n - cut - 1)
    total = 0.0
    for i in range(cut, n - cut):
        total += values[i]
    return total / (n - 2 * cut)


@helper
def _trimmed_variance(values, start, stop, work, ratio, scale):
    n = stop - start
    for i in range(n):
        work[i] = values[start + i]
    centre = _trimmed_mean(work, n, ratio)
    for i in range(n):
        work[i] = (work[i] - centre) * (work[i] - centre)
    return scale * _trimmed_mean(work, n, ratio)


@kernel(types.void(matrix, matrix, plan, f8, vector))
def robust_dispersions(y, nf, plan, floor, out):
    """Method-of-moments dispersion from trimmed within-cell variances, at least ``floor``.

    Cells are the distinct design rows with three or more samples; without any, all samples form one.
    """
    n = y.shape[1]
    n_groups = plan.group_start.shape[0] - 1
    q = np.empty(n)
    work = np.empty(n)
    for gene in range(y.shape[0]):
        mean = normalise(y[gene], nf[gene if nf.shape[0] > 1 else 0], q)
        variance = -1.0
        for g in range(n_groups):
            start = plan.group_start[g]
            stop = plan.group_start[g + 1]
            size = stop - start
            if size < 3:
                continue
            ratio, scale = 1.0 / 3.0, 2.04
            if size >= 23.5:
                ratio, scale = 1.0 / 8.0, 1.51
            elif size >= 3.5:
                ratio, scale = 1.0 / 4.0, 1.86
            variance = max(variance, _trimmed_variance(q, start, stop, work, ratio, scale))
        if variance < 0.0:
            variance = _trimmed_variance(q, 0, n, work, 1.0 / 8.0, 1.51)
        out[gene] = max((variance - mean) / (mean * mean), floor)


@kernel(
    types.void(
        matrix, matrix, matrix, vector, vector, plan, f8, f8, flags, flags, f8, vector, vector, flags, integers, matrix
    )
)
def cooks_distances(
    y,
    nf,
    level,
    alpha,
    robust,
    plan,
    ridge,
    min_mu,
    counted,
    fixed,
    cutoff,
    largest,
    largest_fixed,
    exceeds,
    larger,
    out,
):
    """Cook's distance of every sample for every gene, reduced to what the caller needs.

    (y - mu)^2/(mu + robust mu^2)/p * h/(1 - h)^2 with the leverages h of the weighted fit.

    Parameters
    ----------
    level : (G, K) fitted mean per design group at normalisation factor 1, not floored.
    alpha : (G,) dispersions of the fit.
    robust : (G,) dispersions for the residuals' variance.
    counted, fixed : (K,) which design groups count for ``largest`` and for ``largest_fixed``.
    cutoff : distance above which a count is an outlier.
    largest, largest_fixed : (G,) out, maximum over the samples of these groups; NaN if there are none.
    exceeds : (G,) out, whether any sample at all is above the cutoff.
    larger : (G,) out, number of samples with more counts than the sample of the largest distance.
    out : (G, n) or (0, n) out, all distances if wanted.
    """
    n_genes, n = y.shape
    p = plan.fill_start.shape[0] - 1
    n_groups = level.shape[1]
    lever = empty_lanes(n_groups)
    scratch = empty_lanes(n_groups), empty_lanes(p), empty_lanes(p * p)
    counts, factors, levels = empty_lanes(n), empty_lanes(n), empty_lanes(n_groups)
    dispersions, variances, distances = empty_lanes(1), empty_lanes(1), empty_lanes(n)
    d = np.empty(n)
    for first in range(0, n_genes, LANES):
        for lane in range(LANES):
            gene = min(first + lane, n_genes - 1)
            put_lane(counts, lane, y[gene])
            put_row(factors, lane, nf, gene)
            put_lane(levels, lane, level[gene])
            put_number(dispersions, lane, alpha[gene])
            put_number(variances, lane, robust[gene])
        al = dispersions[0]
        sound = leverages_at_means(plan, factors, levels, al, ridge, min_mu, scratch, lever)
        for g in range(n_groups):
            for i in range(plan.group_start[g], plan.group_start[g + 1]):
                m = factors[i] * levels[g]
                f = where_less(m, min_mu, min_mu, m)
                h = lever[g] * f / (1.0 + f * al)
                e = counts[i] - m
                distance = e * e / (m + variances[0] * m * m) / float(p) * h / ((1.0 - h) * (1.0 - h))
                distances[i] = where_less(0.5, sound, distance, math.nan)
        for lane in range(min(LANES, n_genes - first)):
            gene = first + lane
            take_lane(distances, lane, d)
            best = -1.0
            where = 0
            top = -1.0
            top_fixed = -1.0
            for g in range(n_groups):
                for i in range(plan.group_start[g], plan.group_start[g + 1]):
                    if d[i] > best:
                        best = d[i]
                        where = i
                    if counted[g]:
                        top = max(top, d[i])
                    if fixed[g]:
                        top_fixed = max(top_fixed, d[i])
            count = 0
            for i in range(n):
                if y[gene, i] > y[gene, where]:
                    count += 1
            largest[gene] = top if top >= 0.0 else np.nan
            largest_fixed[gene] = top_fixed if top_fixed >= 0.0 else np.nan
            exceeds[gene] = best > cutoff
            larger[gene] = count
            if out.shape[0] > 0:
                for i in range(n):
                    out[gene, i] = d[i]
