"""Weighted and blocked least squares, gene by gene, on the whitened design."""

from __future__ import annotations

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import f8, flags, helper, integers, kernel, matrix, vector

# Of a column that the ones before it explain, no more than this part is left (the tolerance of R's lm.fit).
_DEPENDENT = 1e-7
# A square that keeps less than this part of itself costs products of columns too many digits.
_ILL_CONDITIONED = 1e-4


@helper
def whiten(y, basis, weights, block_start, correlation, columns):
    """Fill columns (p + 1, n) with the whitened design and response; return the number of values that are there.

    A missing value is a row of zeros. With blocks the rows are multiplied by the symmetric square root of the inverse
    of the correlation of the values that are there.
    """
    p, n = basis.shape
    there = 0
    for i in range(n):
        present = not np.isnan(y[i]) and weights[i] > 0.0
        there += present
        root = np.sqrt(weights[i]) if present else 0.0
        for j in range(p):
            columns[j, i] = root * basis[j, i]
        columns[p, i] = root * y[i] if present else 0.0
    if correlation == 0.0:
        return there
    scale = 1.0 / np.sqrt(1.0 - correlation)
    for b in range(block_start.shape[0] - 1):
        first, last = block_start[b], block_start[b + 1]
        size = 0
        for i in range(first, last):
            size += not np.isnan(y[i]) and weights[i] > 0.0
        if size == 0:
            continue
        taken = (1.0 - np.sqrt((1.0 - correlation) / (1.0 + (size - 1) * correlation))) / size
        for j in range(p + 1):
            total = 0.0
            for i in range(first, last):
                total += columns[j, i]
            for i in range(first, last):
                present = not np.isnan(y[i]) and weights[i] > 0.0
                columns[j, i] = scale * (columns[j, i] - taken * total) if present else 0.0
    return there


@helper
def orthogonalise(columns, triangle, counted):
    """Make the first ``counted`` columns orthonormal, take them out of all later ones, and return their rank.

    Modified Gram-Schmidt. A column that depends on those before it becomes zero.
    """
    m, n = columns.shape
    rank = 0
    for j in range(counted):
        before = 0.0
        for k in range(j):
            before += triangle[k, j] * triangle[k, j]
        square = 0.0
        for i in range(n):
            square += columns[j, i] * columns[j, i]
        if not square > _DEPENDENT * _DEPENDENT * (before + square):
            columns[j] = 0.0
            triangle[j] = 0.0
            continue
        rank += 1
        length = np.sqrt(square)
        triangle[j, j] = length
        for i in range(n):
            columns[j, i] /= length
        for k in range(j + 1, m):
            product = 0.0
            for i in range(n):
                product += columns[j, i] * columns[k, i]
            triangle[j, k] = product
            for i in range(n):
                columns[k, i] -= product * columns[j, i]
    return rank


@helper
def _factorise(columns, triangle, counted):
    """Fill the triangle from products of columns (Cholesky); False where that would cost digits."""
    m, n = columns.shape
    for j in range(counted):
        for k in range(j, m):
            product = 0.0
            for i in range(n):
                product += columns[j, i] * columns[k, i]
            triangle[j, k] = product
        whole = triangle[j, j]
        for i in range(j):
            taken = triangle[i, j]
            for k in range(j, m):
                triangle[j, k] -= taken * triangle[i, k]
        if not triangle[j, j] > _ILL_CONDITIONED * whole:
            return False
        length = np.sqrt(triangle[j, j])
        for k in range(j, m):
            triangle[j, k] /= length
    return True


@helper
def _solve_back(triangle, p, coefficients):
    """Solve Rb = z, with z the last column beside the triangle."""
    for j in range(p - 1, -1, -1):
        value = triangle[j, p]
        for k in range(j + 1, p):
            value -= triangle[j, k] * coefficients[k]
        coefficients[j] = value / triangle[j, j]


@kernel(types.void(matrix, matrix, matrix, integers, f8, matrix, vector, integers, flags))
def regress(y, basis, weights, block_start, correlation, coefficients, square, there, dependent):
    """Least squares of every gene.

    Parameters
    ----------
    y : (G, n) values, NaN where missing, samples of a block side by side.
    basis : (p, n) design.
    weights : (G or 1, n); a value with weight 0 is missing.
    block_start : (B + 1,) first sample of each block, and n.
    correlation : of two values of a block.
    coefficients : (G, p) out; NaN for a dependent gene.
    square : (G,) out, residual sum of squares on the whitened scale.
    there : (G,) out, number of values.
    dependent : (G,) out, whether the design is not of full rank on the values that are there.
    """
    p, n = basis.shape
    columns, triangle = np.empty((p + 1, n)), np.empty((p, p + 1))
    for gene in range(y.shape[0]):
        row = gene if weights.shape[0] > 1 else 0
        there[gene] = whiten(y[gene], basis, weights[row], block_start, correlation, columns)
        dependent[gene] = False
        if _factorise(columns, triangle, p):
            _solve_back(triangle, p, coefficients[gene])
            for j in range(p):
                b = coefficients[gene, j]
                for i in range(n):
                    columns[p, i] -= b * columns[j, i]
        elif orthogonalise(columns, triangle, p) == p:
            _solve_back(triangle, p, coefficients[gene])
        else:
            dependent[gene] = True
            coefficients[gene] = np.nan
        total = 0.0
        for i in range(n):
            total += columns[p, i] * columns[p, i]
        square[gene] = total


@kernel(types.void(matrix, matrix, matrix, integers, f8, matrix, types.Array(f8, 3, "C")))
def loadings(y, basis, weights, block_start, correlation, directions, out):
    """Solve R'z = c for every gene and direction c, with R the triangle of the gene's whitened design.

    The product of two such z is the covariance of two effects per unit of variance. The arguments are those of
    `regress`; ``directions`` is (K, p) and ``out`` (G, K, p), NaN for a dependent gene.
    """
    p, n = basis.shape
    columns, triangle = np.empty((p + 1, n)), np.empty((p, p + 1))
    for gene in range(y.shape[0]):
        row = gene if weights.shape[0] > 1 else 0
        whiten(y[gene], basis, weights[row], block_start, correlation, columns)
        if not _factorise(columns[:p], triangle, p) and orthogonalise(columns[:p], triangle, p) < p:
            out[gene] = np.nan
            continue
        for k in range(directions.shape[0]):
            for j in range(p):
                value = directions[k, j]
                for before in range(j):
                    value -= triangle[before, j] * out[gene, k, before]
                out[gene, k, j] = value / triangle[j, j]
