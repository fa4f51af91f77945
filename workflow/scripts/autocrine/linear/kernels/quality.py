"""Scores and information for quality weights of samples."""

from __future__ import annotations

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, integers, kernel, matrix, vector
from autocrine.linear.kernels.regression import orthogonalise, whiten

# Residuals that are this part of a gene's values are rounding.
ROUNDING = 1e-14


@helper
def _solve_contrasts(information, score, part, lower, step):
    """Solve Z'AZ b = Z's and return Z b in ``step``, which sums to zero over samples.

    Z is the unit matrix of all groups but the last, whose row is -``part``, the sizes of the groups over its own.
    """
    m = score.shape[0] - 1
    for i in range(m):
        for j in range(i + 1):
            value = information[i, j] - part[j] * information[i, m] - part[i] * information[j, m]
            value += part[i] * part[j] * information[m, m]
            for k in range(j):
                value -= lower[i, k] * lower[j, k]
            lower[i, j] = np.sqrt(value) if i == j else value / lower[j, j]
    for i in range(m):
        value = score[i] - part[i] * score[m]
        for k in range(i):
            value -= lower[i, k] * step[k]
        step[i] = value / lower[i, i]
    total = 0.0
    for i in range(m - 1, -1, -1):
        value = step[i]
        for k in range(i + 1, m):
            value -= lower[k, i] * step[k]
        step[i] = value / lower[i, i]
        total += part[i] * step[i]
    step[m] = -total


@kernel(types.void(matrix, matrix, matrix, integers, f8, vector))
def gene_by_gene(y, basis, weights, group_of, prior_genes, log_variance):
    """Update the log variances of groups of samples by one step for each gene, in their order.

    Parameters
    ----------
    y : (G, n) values, NaN where missing.
    basis : (p, n) design.
    weights : (G or 1, n) prior weights.
    group_of : (n,) number of each sample's group.
    prior_genes : how many genes of equal variances are counted beforehand.
    log_variance : (k,) in and out.
    """
    p, n = basis.shape
    k = log_variance.shape[0]
    columns, triangle = np.empty((p + 1, n)), np.empty((p, p + 1))
    no_blocks = np.zeros(1, dtype=np.int64)
    combined = np.empty(n)
    information, lower = np.zeros((k, k)), np.empty((k, k))
    score, left, step = np.empty(k), np.empty(k), np.empty(k)
    for i in range(n):
        information[group_of[i], group_of[i]] += prior_genes
    part = np.empty(k)
    for g in range(k):
        part[g] = information[g, g] / information[k - 1, k - 1]
    for gene in range(y.shape[0]):
        row = gene if weights.shape[0] > 1 else 0
        for i in range(n):
            combined[i] = weights[row, i] * np.exp(-log_variance[group_of[i]])
        there = whiten(y[gene], basis, combined, no_blocks, 0.0, columns)
        whole = 0.0
        for i in range(n):
            whole += columns[p, i] * columns[p, i]
        freedom = there - orthogonalise(columns, triangle, p)
        square = 0.0
        for i in range(n):
            square += columns[p, i] * columns[p, i]
        if freedom < 2 or not square > ROUNDING * ROUNDING * whole:
            continue
        variance = square / freedom
        for g in range(k):
            score[g] = 0.0
            left[g] = 0.0
        for i in range(n):
            if np.isnan(y[gene, i]) or not weights[row, i] > 0.0:
                continue
            free = 1.0
            for j in range(p):
                free -= columns[j, i] * columns[j, i]
            score[group_of[i]] += columns[p, i] * columns[p, i] / variance - free
            left[group_of[i]] += free
        for g in range(k):
            information[g, g] += left[g]
            for other in range(k):
                information[g, other] -= left[g] * left[other] / freedom
        _solve_contrasts(information, score, part, lower, step)
        for g in range(k):
            log_variance[g] += step[g]


@kernel(types.void(matrix, matrix, matrix, vector, vector, matrix, integers))
def collect(y, basis, weights, sample_weights, score, information, counted):
    """Sum the scores of log variances of samples and their information over genes without missing values.

    Parameters
    ----------
    y : (G, n) values.
    basis : (p, n) design.
    weights : (G or 1, n) prior weights, positive.
    sample_weights : (n,) as they are now.
    score : (n,) out.
    information : (n, n) out, with the genes' own variances profiled out.
    counted : (1,) out, how many genes vary.
    """
    p, n = basis.shape
    columns, triangle = np.empty((p + 1, n)), np.empty((p, p + 1))
    no_blocks = np.zeros(1, dtype=np.int64)
    combined, own, total = np.empty(n), np.empty((n, n)), np.empty(n)
    for gene in range(y.shape[0]):
        row = gene if weights.shape[0] > 1 else 0
        for i in range(n):
            combined[i] = weights[row, i] * sample_weights[i]
        whiten(y[gene], basis, combined, no_blocks, 0.0, columns)
        whole = 0.0
        for i in range(n):
            whole += columns[p, i] * columns[p, i]
        freedom = n - orthogonalise(columns, triangle, p)
        square = 0.0
        for i in range(n):
            square += columns[p, i] * columns[p, i]
        if not square > ROUNDING * ROUNDING * whole:
            continue
        counted[0] += 1
        for i in range(n):
            for k in range(i, n):
                hat = 0.0
                for j in range(p):
                    hat += columns[j, i] * columns[j, k]
                own[i, k] = hat * hat
                own[k, i] = hat * hat
                if i == k:
                    score[i] += columns[p, i] * columns[p, i] / square * freedom - (1.0 - hat)
                    own[i, i] += 1.0 - 2.0 * hat
        everything = 0.0
        for i in range(n):
            total[i] = 0.0
            for k in range(n):
                total[i] += own[i, k]
            everything += total[i]
        for i in range(n):
            for k in range(n):
                information[i, k] += own[i, k] - total[i] * total[k] / everything
