"""Logarithm and gamma-function pieces without branches, so that loops over samples become vector code."""

from __future__ import annotations

import math

from autocrine.engine.kernels.compile import exact_helper, helper
from autocrine.engine.kernels.lanes import power_of_two, split, where_less

_LN2_HIGH = 0.693147180369123816490
_LN2_LOW = 1.90821492927058770002e-10
_ROUNDS = 6755399441055744.0  # 1.5 x 2^52: adding and taking it away rounds
_LARGEST_EXPONENT = 709.0
HALF_LOG_TWO_PI = 0.91893853320467274178
# Below, gamma functions are taken at x + 8, from where their asymptotic series hold.
SHIFT = 8.0
# Products over so many samples, of ratios or of shifts, stay in the range of floats.
SAMPLES_PER_LOG = 16
_INVERSE_FACTORIALS = tuple(1.0 / math.factorial(k) for k in range(12, -1, -1))


@exact_helper
def log(x):
    """Natural logarithm of a positive, normal number, to about one unit in the last place."""
    e, m = split(x)
    return _log_of_parts(e, m - 1.0)


@exact_helper
def log_ratio(ratio, difference):
    """Return log of ``ratio``, to full precision near one; ``difference`` is by how much it is more than one."""
    e, m = split(ratio)
    return _log_of_parts(e, where_less(e * e, 0.5, difference, m - 1.0))


@exact_helper
def _log_of_parts(e, f):
    """log(2^e (1 + f)) with 1 + f in [sqrt(1/2), sqrt(2)): 2 atanh(s), s = f/(2 + f), by its Taylor series."""
    s = f / (2.0 + f)
    z = s * s
    tail = z * (
        1.0 / 3.0
        + z
        * (
            1.0 / 5.0
            + z
            * (
                1.0 / 7.0
                + z
                * (
                    1.0 / 9.0
                    + z
                    * (
                        1.0 / 11.0
                        + z * (1.0 / 13.0 + z * (1.0 / 15.0 + z * (1.0 / 17.0 + z * (1.0 / 19.0 + z * (1.0 / 21.0)))))
                    )
                )
            )
        )
    )
    # 2s = f - s f keeps the leading term exact
    return e * _LN2_HIGH + (f - (s * f - 2.0 * s * tail) + e * _LN2_LOW)


@exact_helper
def exp(x):
    """Exponential, to about one unit in the last place: 2^k exp(r), |r| <= log(2)/2, by its Taylor series."""
    k = (x * (1.0 / math.log(2.0)) + _ROUNDS) - _ROUNDS
    k = where_less(k, -1022.0, -1022.0, where_less(1023.0, k, 1023.0, k))
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    series = 1.0 / 6227020800.0
    for inverse in _INVERSE_FACTORIALS:
        series = series * r + inverse
    return where_less(_LARGEST_EXPONENT, x, math.inf, series * power_of_two(k))


@helper
def stirling(x):
    """Remainder of Stirling's series: lgamma(x) - [(x - 1/2) log x - x + log(2 pi)/2], x >= 8."""
    w = 1.0 / x
    z = w * w
    return w * (
        1.0 / 12.0
        - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z * (691.0 / 360360.0)))))
    )


@helper
def shifts(x):
    """Return Gamma(x + 8)/Gamma(x) and psi(x + 8) - psi(x): product and sum of reciprocals of x, ..., x + 7."""
    # x + k and x + 7 - k pair up: their product is x (x + 7) + 0, 6, 10, 12, the sum of both 2 x + 7
    a0 = x * (x + 7.0)
    a1 = a0 + 6.0
    a2 = a0 + 10.0
    a3 = a0 + 12.0
    low = a0 * a1
    high = a2 * a3
    product = low * high
    return product, (2.0 * x + 7.0) * ((a0 + a1) * high + (a2 + a3) * low) / product


@helper
def digamma_series(z):
    """Return log(x) - 1/(2 x) - psi(x) from z = 1/x^2, x >= 8."""
    return z * (1.0 / 12.0 - z * (1.0 / 120.0 - z * (1.0 / 252.0 - z * (1.0 / 240.0 - z * (1.0 / 132.0)))))


@helper
def lgamma(x):
    """Logarithm of Gamma(x) for x > 0, by the recurrence up to x + 8 and Stirling's series."""
    product, _ = shifts(x)
    s = x + SHIFT
    return (s - 0.5) * log(s) - s + HALF_LOG_TWO_PI + stirling(s) - log(product)


@helper
def log1p(x):
    """log(1 + x), exact to rounding also for tiny x (scalar; used only near zero dispersion)."""
    return math.log1p(x)
