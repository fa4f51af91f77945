"""Sparse L D L' factor of X'WX over design groups, in the elimination order of the plan, of one gene or of eight."""

from __future__ import annotations

from autocrine.engine.kernels.compile import helper
from autocrine.engine.kernels.functions import log
from autocrine.engine.kernels.lanes import where_less


@helper
def group_sums(plan, values, out):
    """Write sums of ``values`` (per sample) over design groups into ``out``."""
    for g in range(out.shape[0]):
        total = 0.0
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            total += values[i]
        out[g] = total


@helper
def assemble(plan, group_weight, ridge, a):
    """Write the lower triangle of sum_k weight_k x_k x_k' + ridge I into ``a`` (flat), on the factor's pattern."""
    p = plan.fill_start.shape[0] - 1
    for k in range(p):
        a[k * p + k] = ridge
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            a[plan.fill_row[t] * p + k] = 0.0
    for g in range(group_weight.shape[0]):
        w = group_weight[g]
        for t in range(plan.product_start[g], plan.product_start[g + 1]):
            a[plan.product_target[t]] += w * plan.product_value[t]


@helper
def factorise(plan, a):
    """Factor in place: L below the diagonal, 1/D on it; returns 1 where D is positive, else 0."""
    p = plan.fill_start.shape[0] - 1
    sound = 1.0
    for k in range(p):
        d = a[k * p + k]
        sound = where_less(0.0, d, sound, 0.0)
        inverse = 1.0 / d
        a[k * p + k] = inverse
        stop = plan.fill_start[k + 1]
        for s in range(plan.fill_start[k], stop):
            j = plan.fill_row[s]
            v = a[j * p + k] * inverse
            for t in range(s, stop):
                i = plan.fill_row[t]
                a[i * p + j] -= a[i * p + k] * v
            a[j * p + k] = v
    return sound


@helper
def solve(plan, a, b):
    """Solve L D L' x = b in place."""
    p = b.shape[0]
    for k in range(p):
        v = b[k]
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            i = plan.fill_row[t]
            b[i] -= a[i * p + k] * v
    for k in range(p - 1, -1, -1):
        v = b[k] * a[k * p + k]
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            i = plan.fill_row[t]
            v -= a[i * p + k] * b[i]
        b[k] = v


@helper
def log_determinant(plan, a):
    """Logarithm of the determinant, from the factor."""
    p = plan.fill_start.shape[0] - 1
    out = 0.0
    product = 1.0
    for k in range(p):
        product *= a[k * p + k]
        # few enough factors not to leave the range of floats
        if k % 4 == 3:
            out -= log(product)
            product = 1.0
    return out - log(product)


@helper
def assemble_two(plan, weight_1, weight_2, a, b):
    """Write sum_k weight_k x_k x_k' for two sets of weights into ``a`` and ``b``."""
    p = plan.fill_start.shape[0] - 1
    for k in range(p):
        a[k * p + k] = 0.0
        b[k * p + k] = 0.0
        for t in range(plan.fill_start[k], plan.fill_start[k + 1]):
            a[plan.fill_row[t] * p + k] = 0.0
            b[plan.fill_row[t] * p + k] = 0.0
    for g in range(weight_1.shape[0]):
        w1 = weight_1[g]
        w2 = weight_2[g]
        for t in range(plan.product_start[g], plan.product_start[g + 1]):
            target = plan.product_target[t]
            a[target] += w1 * plan.product_value[t]
            b[target] += w2 * plan.product_value[t]


@helper
def inverse_trace(plan, a, b, z):
    """Trace of (L D L')^-1 B for a factor ``a`` and a matrix ``b`` on its pattern; ``z`` is work space.

    Only the entries of the inverse on the pattern are needed, and they follow from the last column back
    (Takahashi, Fagan and Chin 1973).
    """
    p = plan.fill_start.shape[0] - 1
    total = 0.0
    for j in range(p - 1, -1, -1):
        start = plan.fill_start[j]
        stop = plan.fill_start[j + 1]
        diagonal = a[j * p + j]
        for s in range(start, stop):
            i = plan.fill_row[s]
            value = 0.0
            for t in range(start, stop):
                k = plan.fill_row[t]
                value -= a[k * p + j] * (z[i * p + k] if i >= k else z[k * p + i])
            z[i * p + j] = value
            diagonal -= a[i * p + j] * value
            total += 2.0 * b[i * p + j] * value
        z[j * p + j] = diagonal
        total += b[j * p + j] * diagonal
    return total


@helper
def leverages(plan, a, work, out):
    """Write x_k' (L D L')^-1 x_k per design group into ``out``."""
    p = work.shape[0]
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
            v = work[j]
            total += v * v * a[j * p + j]
            for s in range(plan.fill_start[j], plan.fill_start[j + 1]):
                i = plan.fill_row[s]
                work[i] -= a[i * p + j] * v
        out[g] = total


@helper
def leverages_at_means(plan, factors, level, alpha, ridge, min_mu, scratch, out):
    """Write x_k' (X'WX + ridge I)^-1 x_k per design group into ``out``; returns 1 where that exists, else 0.

    W has the weights mu / (1 + alpha mu) at the means ``factors`` (n,) times ``level`` (K,), at least ``min_mu``.
    """
    group_w, work, a = scratch
    for g in range(out.shape[0]):
        total = 0.0 * alpha
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            mean = factors[i] * level[g]
            mu = where_less(mean, min_mu, min_mu, mean)
            total += mu / (1.0 + mu * alpha)
        group_w[g] = total
    assemble(plan, group_w, ridge, a)
    sound = factorise(plan, a)
    leverages(plan, a, work, out)
    return sound


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
    for k in range(out.shape[0]):
        out[k] = 0.0
    for g in range(group_weight.shape[0]):
        for t in range(plan.row_start[g], plan.row_start[g + 1]):
            out[plan.row_column[t]] += group_weight[g] * plan.row_value[t]
