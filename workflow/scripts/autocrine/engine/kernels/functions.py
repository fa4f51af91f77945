"""Logarithm and gamma-function pieces without branches, so that loops over samples become vector code."""

from __future__ import annotations

import math

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from autocrine.engine.kernels.compile import exact_helper, inlined


@intrinsic
def _bits(typing_context, value):
    """Return the bit pattern of a float64 as int64."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic
def _from_bits(typing_context, value):
    """Return the float64 that has this int64 bit pattern."""

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


_SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
_ONE_BITS = 0x3FF0000000000000
_MANTISSA = 0x000FFFFFFFFFFFFF
_TWO_52_BITS = 0x4330000000000000
_TWO_52_AND_BIAS = 4503599627370496.0 + 1023.0
_LN2_HIGH = 0.693147180369123816490
_LN2_LOW = 1.90821492927058770002e-10


@exact_helper
def log(x):
    """Natural logarithm of a positive, normal number, to about one unit in the last place.

    x = 2^e m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s), s = (m - 1)/(m + 1), |s| < 0.172,
    by its Taylor series. The exponent is turned into a float by the 2^52 trick, as AVX2 has no
    conversion of 64-bit integers.
    """
    u = _bits(x) + (_ONE_BITS - _SQRT_HALF_BITS)
    e = _from_bits(((u >> 52) & 0x7FF) | _TWO_52_BITS) - _TWO_52_AND_BIAS
    m = _from_bits((u & _MANTISSA) + _SQRT_HALF_BITS)
    f = m - 1.0
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
                        + z * (1.0 / 13.0 + z * (1.0 / 15.0 + z * (1.0 / 17.0 + z * (1.0 / 19.0 + z / 21.0))))
                    )
                )
            )
        )
    )
    # 2s = f - s f keeps the leading term exact
    return e * _LN2_HIGH + (f - (s * f - 2.0 * s * tail) + e * _LN2_LOW)


@inlined
def stirling(x):
    """Remainder of Stirling's series: lgamma(x) - [(x - 1/2) log x - x + log(2 pi)/2], x >= 8."""
    w = 1.0 / x
    z = w * w
    return w * (
        1.0 / 12.0
        - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z * (1.0 / 1680.0 - z * (1.0 / 1188.0 - z * (691.0 / 360360.0)))))
    )


@inlined
def lgamma(x):
    """Logarithm of Gamma(x) for x > 0, by the recurrence up to x + 8 and Stirling's series."""
    # x (x + 7) and so on pair up to x (x + 7) + 0, 6, 10, 12
    a = x * (x + 7.0)
    product = a * (a + 6.0) * (a + 10.0) * (a + 12.0)
    s = x + 8.0
    return (s - 0.5) * log(s) - s + 0.91893853320467274178 + stirling(s) - log(product)


@inlined
def digamma(x):
    """psi(x) - log(x + 8) for x > 0, by the recurrence up to x + 8 and the asymptotic series.

    The logarithm is left to the caller, who can merge several into one.
    """
    # 1/(x + k) + 1/(x + 7 - k) has the numerator 2 x + 7 for every k
    a0 = x * (x + 7.0)
    a1 = a0 + 6.0
    a2 = a0 + 10.0
    a3 = a0 + 12.0
    low = a0 * a1
    high = a2 * a3
    reciprocals = (2.0 * x + 7.0) * ((a0 + a1) * high + (a2 + a3) * low) / (low * high)
    w = 1.0 / (x + 8.0)
    z = w * w
    series = z * (1.0 / 12.0 - z * (1.0 / 120.0 - z * (1.0 / 252.0 - z * (1.0 / 240.0 - z / 132.0))))
    return -0.5 * w - series - reciprocals


@inlined
def log1p(x):
    """log(1 + x), exact to rounding also for tiny x (scalar; used only near zero dispersion)."""
    return math.log1p(x)
