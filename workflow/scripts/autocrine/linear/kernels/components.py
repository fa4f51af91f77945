"""Two variance components per gene, by scoring of squared residual effects."""

from __future__ import annotations

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, helper, i8, integers, kernel, matrix, vector

# Variances below this part of the largest count as that much in the weights of a step.
_FLOOR = 1e-3
_MOST_DAMPING = 1e15


@helper
def _deviance(square, size, within, between):
    total = 0.0
    for i in range(square.shape[0]):
        mean = within + size[i] * between
        if mean < 0.0:
            return np.inf
        total += square[i] / mean + np.log(mean)
    return 2.0 * total


@helper
def _start(square, size):
    """Least squares of the squares on 1 and their sizes, or their mean where that is negative somewhere."""
    m = square.shape[0]
    mean, centre = square.mean(), size.mean()
    spread, product = 0.0, 0.0
    for i in range(m):
        spread += (size[i] - centre) * (size[i] - centre)
        product += (size[i] - centre) * square[i]
    slope = product / spread if spread > 0.0 else 0.0
    for i in range(m):
        if mean + slope * (size[i] - centre) < 0.0:
            return mean, 0.0
    return mean - slope * centre, slope


@kernel(types.void(matrix, matrix, integers, f8, i8, vector))
def correlations(squares, sizes, counts, tolerance, max_steps, out):
    """Find the correlation within blocks of every gene.

    The squared effect i is a chi-square variable of one degree of freedom times within + size i * between, a Gamma
    regression with identity link. Steps of Fisher scoring are damped as by Levenberg and Marquardt: damping is doubled
    until the deviance does not rise, and divided by ten after a step that needed no doubling.

    Parameters
    ----------
    squares : (G, m) squared effects, the first ``counts`` of each gene.
    sizes : (G or 1, m) eigenvalues that belong to them.
    counts : (G,); 0 leaves a gene out.
    tolerance : of the score times the step.
    max_steps : steps at most.
    out : (G,) out, between / (between + within); NaN for a gene that is left out.
    """
    for gene in range(squares.shape[0]):
        m = counts[gene]
        if m == 0:
            out[gene] = np.nan
            continue
        square = squares[gene, :m]
        size = sizes[gene if sizes.shape[0] > 1 else 0, :m]
        within, between = _start(square, size)
        deviance = _deviance(square, size, within, between)
        damping = -1.0
        for _ in range(max_steps):
            largest = 0.0
            for i in range(m):
                mean = within + size[i] * between
                largest = max(largest, mean * mean)
            i00, i01, i11, s0, s1 = 0.0, 0.0, 0.0, 0.0, 0.0
            for i in range(m):
                mean = within + size[i] * between
                weight = 1.0 / max(mean * mean, _FLOOR * largest)
                i00 += weight
                i01 += weight * size[i]
                i11 += weight * size[i] * size[i]
                s0 += weight * (square[i] - mean)
                s1 += weight * (square[i] - mean) * size[i]
            if damping < 0.0:
                damping = (i00 + i11) / 4.0
            tries, stuck = 0, False
            step0, step1 = 0.0, 0.0
            while True:
                tries += 1
                a, d = i00 + damping, i11 + damping
                determinant = a * d - i01 * i01
                step0 = (d * s0 - i01 * s1) / determinant
                step1 = (a * s1 - i01 * s0) / determinant
                after = _deviance(square, size, within + step0, between + step1)
                if after <= deviance:
                    break
                damping *= 2.0
                if not damping <= _MOST_DAMPING * max(i00, i11):
                    stuck = True
                    break
            if stuck:
                break
            within += step0
            between += step1
            deviance = after
            if tries == 1:
                damping /= 10.0
            if s0 * step0 + s1 * step1 < tolerance:
                break
        out[gene] = between / (within + between)
