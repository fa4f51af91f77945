"""Sparse Cholesky of X'WX over design groups, in the elimination order of the plan."""

from __future__ import annotations

import math

from autocrine.engine.kernels.compile import helper


@helper
def assemble(plan, group_weight, ridge, a):
    """Write the lower triangle of sum_k weight_k x_k x_k' + ridge I into ``a``, on the factor's pattern."""
    p = a.shape[0]
    for k in range(p):
        a[k, k] = ridge
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            a[plan.fill_row[t], k] = 0.0
    for g in range(group_weight.shape[0]):
        w = group_weight[g]
        for s in range(plan.row_start[g], plan.row_start[g + 1]):
            c = plan.row_column[s]
            v = w * plan.row_value[s]
            for t in range(s, plan.row_start[g + 1]):
                a[plan.row_column[t], c] += v * plan.row_value[t]


@helper
def factorise(plan, a):
    """Cholesky factor in place; returns False where the matrix is not positive definite."""
    p = a.shape[0]
    for k in range(p):
        d = a[k, k]
        if not d > 0.0:
            return False
        d = math.sqrt(d)
        a[k, k] = d
        start = plan.fill_start[k]
        stop = plan.fill_start[k + 1]
        for t in range(start, stop):
            a[plan.fill_row[t], k] /= d
        for s in range(start, stop):
            j = plan.fill_row[s]
            v = a[j, k]
            for t in range(s, stop):
                i = plan.fill_row[t]
                a[i, j] -= a[i, k] * v
    return True


@helper
def solve(plan, a, b):
    """Solve L L' x = b in place."""
    p = a.shape[0]
    for k in range(p):
        b[k] /= a[k, k]
        v = b[k]
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            i = plan.fill_row[t]
            b[i] -= a[i, k] * v
    for k in range(p - 1, -1, -1):
        v = b[k]
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            i = plan.fill_row[t]
            v -= a[i, k] * b[i]
        b[k] = v / a[k, k]


@helper
def log_determinant(a):
    """Logarithm of the determinant, from the factor."""
    out = 0.0
    for k in range(a.shape[0]):
        out += math.log(a[k, k])
    return 2.0 * out


@helper
def leverages(plan, a, work, out):
    """Write x_k' (L L')^-1 x_k per design group into ``out``."""
    for g in range(out.shape[0]):
        start = plan.reach_start[g]
        stop = plan.reach_start[g + 1]
        for t in range(start, stop):
            work[plan.reach_column[t]] = 0.0
        for t in range(plan.row_start[g], plan.row_start[g + 1]):
            work[plan.row_column[t]] = plan.row_value[t]
        total = 0.0
        for t in range(start, stop):
            j = plan.reach_column[t]
            v = work[j] / a[j, j]
            total += v * v
            for s in range(plan.fill_start[j], plan.fill_start[j + 1]):
                i = plan.fill_row[s]
                work[i] -= a[i, j] * v
        out[g] = total


@helper
def linear_predictor(plan, beta, out):
    """Write x_k' beta per design group into ``out``."""
    for g in range(out.shape[0]):
        total = 0.0
        for t in range(plan.row_start[g], plan.row_start[g + 1]):
            total += plan.row_value[t] * beta[plan.row_column[t]]
        out[g] = total


@helper
def row_sum(plan, group_weight, out):
    """Write sum_k weight_k x_k into ``out``."""
    out[:] = 0.0
    for g in range(group_weight.shape[0]):
        for t in range(plan.row_start[g], plan.row_start[g + 1]):
            out[plan.row_column[t]] += group_weight[g] * plan.row_value[t]
