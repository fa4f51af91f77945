"""Cox-Reid adjusted profile likelihood of the dispersions of eight genes, and its slope."""

from __future__ import annotations

import math

from autocrine.engine.kernels.compile import helper
from autocrine.engine.kernels.elimination import assemble_two, factorise, inverse_trace, log_determinant
from autocrine.engine.kernels.functions import (
    SAMPLES_PER_LOG,
    SHIFT,
    digamma_series,
    exp,
    log,
    log_ratio,
    shifts,
    stirling,
)
from autocrine.engine.kernels.lanes import any_less, empty_lanes, where_less


@helper
def profile_scratch(plan):
    """Return the work space of `evaluate_profile`."""
    n_groups = plan.group_start.shape[0] - 1
    p = plan.fill_start.shape[0] - 1
    return empty_lanes(n_groups), empty_lanes(n_groups), empty_lanes(p * p), empty_lanes(p * p), empty_lanes(p * p)


@helper
def evaluate_profile(counts, means, log_alpha, plan, scratch):
    """Compute the likelihood without terms free of the dispersion, and its derivative by log alpha.

    With r = 1/alpha and x = y + r a sample adds lgamma(x) - lgamma(r) + r log r - x log(mu + r), which is
    x log(x/(mu + r)) and small terms: there is no cancellation, however small the dispersion. The logarithm is that
    of the derivative too.

    Parameters
    ----------
    counts, means : lanes of shape (n,), samples in plan order.
    log_alpha : lanes.
    plan : PlanArrays.
    scratch : from `profile_scratch`.

    Returns
    -------
    value, slope : lanes; minus infinity and NaN where the design is singular at these means.
    """
    w1, w2, a, b, inverse = scratch
    r = exp(-1.0 * log_alpha)
    alpha = exp(log_alpha)
    # log Gamma(r) and psi(r), and what a sample holds of them
    scale = where_less(r, SHIFT, 1.0, alpha)
    far = where_less(r, SHIFT, r + SHIFT, r)
    v = 1.0 / far
    of_value = -1.0 * stirling(far)
    of_slope = digamma_series(v * v)
    if any_less(r, SHIFT):
        product, reciprocals = shifts(r)
        log_far = log(far)
        near = SHIFT - (far - 0.5) * log_far + log(product) - r * log_alpha
        of_value += where_less(r, SHIFT, near, 0.0)
        of_slope += where_less(r, SHIFT, 0.5 * v + reciprocals - log_alpha - log_far, 0.0)
    value = 0.0 * r
    slope = 0.0 * r
    whole = 1.0 + 0.0 * r
    parts = 1.0 + 0.0 * r
    for g in range(plan.group_start.shape[0] - 1):
        group_1 = 0.0 * r
        group_2 = 0.0 * r
        for i in range(plan.group_start[g], plan.group_start[g + 1]):
            y = counts[i]
            mu = means[i]
            x = y + r
            s = x
            shift = 0.0 * r
            if any_less(x, SHIFT):
                product, reciprocals = shifts(x)
                shift = where_less(x, SHIFT, SHIFT, 0.0)
                s = x + shift
                power = s * s
                power *= power
                parts *= where_less(x, SHIFT, product / (power * power), 1.0)
                slope -= where_less(x, SHIFT, reciprocals, 0.0)
            # both reciprocals by one division
            q = mu + r
            both = 1.0 / (q * s)
            t = both * s
            u = both * q
            logarithm = log_ratio(s * t, (y - mu + shift) * t)
            value += x * logarithm - y - shift + stirling(s) + of_value
            whole *= s * scale
            correction = where_less(r, SHIFT, -0.5 * u, 0.5 * y * alpha * u)
            slope += logarithm + correction - digamma_series(u * u) + (mu - y) * t + of_slope
            weight = r * mu * t
            group_1 += weight
            group_2 += weight * weight
            if i % SAMPLES_PER_LOG == SAMPLES_PER_LOG - 1:
                value -= 0.5 * log(whole) + log(parts)
                whole = 1.0 + 0.0 * r
                parts = 1.0 + 0.0 * r
        w1[g] = group_1
        w2[g] = group_2
    value -= 0.5 * log(whole) + log(parts)
    assemble_two(plan, w1, w2, a, b)
    sound = factorise(plan, a)
    value -= 0.5 * log_determinant(plan, a)
    cox_reid = inverse_trace(plan, a, b, inverse)
    slope = 0.5 * alpha * cox_reid - r * slope
    return where_less(0.5, sound, value, -math.inf), where_less(0.5, sound, slope, math.nan)


@helper
def evaluate_posterior(counts, means, log_alpha, plan, centre, prior_precision, scratch):
    """Return log posteriors of eight genes, with normal priors of log alpha around ``centre``, and their slopes."""
    distance = log_alpha - centre
    value, slope = evaluate_profile(counts, means, log_alpha, plan, scratch)
    return value - 0.5 * prior_precision * distance * distance, slope - prior_precision * distance
