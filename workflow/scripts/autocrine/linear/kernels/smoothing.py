"""Lowess of many points, and its line read at many places."""

from __future__ import annotations

import numpy as np
from numba import types

from autocrine.engine.kernels.compile import exact_helper, f8, i8, integers, kernel, matrix, vector


@exact_helper
def _local_line(x, y, at, first, last, robustness, weights):
    """Value of the local line at ``at``, and whether any point has weight; neighbours are first to last."""
    n = x.shape[0]
    width = x[n - 1] - x[0]
    reach = max(at - x[first], x[last] - at)
    total, end = 0.0, first
    for j in range(first, n):
        distance = abs(x[j] - at)
        weights[j] = 0.0
        if distance <= 0.999 * reach:
            weights[j] = robustness[j]
            if distance > 0.001 * reach:
                ratio = distance / reach
                cube = 1.0 - ratio * ratio * ratio
                weights[j] *= cube * cube * cube
            total += weights[j]
        elif x[j] > at:
            break
        end = j + 1
    if total <= 0.0:
        return 0.0, False
    centre = 0.0
    for j in range(first, end):
        weights[j] /= total
        centre += weights[j] * x[j]
    slope = 0.0
    if reach > 0.0:
        spread = 0.0
        for j in range(first, end):
            spread += weights[j] * (x[j] - centre) * (x[j] - centre)
        if np.sqrt(spread) > 0.001 * width:
            slope = (at - centre) / spread
    value = 0.0
    for j in range(first, end):
        value += weights[j] * (slope * (x[j] - centre) + 1.0) * y[j]
    return value, True


@exact_helper
def _smooth_once(x, y, neighbours, delta, robustness, weights, fitted):
    """Fit a line at points that are more than ``delta`` apart and join them."""
    n = x.shape[0]
    first, last = 0, neighbours - 1
    done, i = -1, 0
    while done < n - 1:
        while last < n - 1 and x[i] - x[first] > x[last + 1] - x[i]:
            first += 1
            last += 1
        value, found = _local_line(x, y, x[i], first, last, robustness, weights)
        fitted[i] = value if found else y[i]
        if done >= 0:
            width = x[i] - x[done]
            for j in range(done + 1, i):
                part = (x[j] - x[done]) / width
                fitted[j] = part * fitted[i] + (1.0 - part) * fitted[done]
        done = i
        cut = x[done] + delta
        i = done + 1
        while i < n and x[i] <= cut:
            if x[i] == x[done]:
                fitted[i] = fitted[done]
                done = i
            i += 1
        i = max(done + 1, i - 1)


@kernel(types.void(vector, vector, i8, i8, f8, vector))
def smooth(x, y, neighbours, passes, delta, fitted):
    """Lowess with robustifying passes.

    Parameters
    ----------
    x, y : (n,) points, x ascending.
    neighbours : points that each line rests on, at least 2.
    passes : robustifying passes after the first.
    delta : points closer than this to the last fitted one are interpolated.
    fitted : (n,) out.
    """
    n = x.shape[0]
    robustness, weights = np.ones(n), np.empty(n)
    residual, size = np.empty(n), np.empty(n)
    for done in range(passes + 1):
        _smooth_once(x, y, neighbours, delta, robustness, weights, fitted)
        if done == passes:
            break
        total = 0.0
        for j in range(n):
            residual[j] = abs(y[j] - fitted[j])
            size[j] = residual[j]
            total += residual[j]
        size.sort()
        # six times the median
        scale = 3.0 * (size[n // 2] + size[(n - 1) // 2])
        if scale < 1e-7 * (total / n):
            break
        for j in range(n):
            if residual[j] <= 0.001 * scale:
                robustness[j] = 1.0
            elif residual[j] <= 0.999 * scale:
                ratio = residual[j] / scale
                robustness[j] = (1.0 - ratio * ratio) * (1.0 - ratio * ratio)
            else:
                robustness[j] = 0.0


@kernel(types.void(matrix, matrix, vector, vector, vector, integers, f8, matrix))
def inverse_fourth_power(coefficients, design, shift, x, y, start, step, weights):
    """Read a line at the fitted values of a regression and take its value to the power -4.

    Parameters
    ----------
    coefficients : (G, p).
    design : (p, n).
    shift : (n,) added to the fitted values of each sample.
    x, y : (k,) corners of the line, x ascending without ties; beyond them the line is level.
    start : (m,) for each cell of width ``step`` from x[0] on, the last corner not beyond its left end.
    step : width of a cell.
    weights : (G, n) out.
    """
    n, p, k = design.shape[1], design.shape[0], x.shape[0]
    level = np.empty(n)
    for gene in range(coefficients.shape[0]):
        for i in range(n):
            level[i] = shift[i]
        for j in range(p):
            b = coefficients[gene, j]
            for i in range(n):
                level[i] += b * design[j, i]
        for i in range(n):
            at = level[i]
            if at <= x[0]:
                value = y[0]
            elif at >= x[k - 1]:
                value = y[k - 1]
            else:
                corner = start[min(np.int64((at - x[0]) / step), start.shape[0] - 1)]
                while x[corner] > at:
                    corner -= 1
                while x[corner + 1] < at:
                    corner += 1
                value = y[corner] + (y[corner + 1] - y[corner]) * ((at - x[corner]) / (x[corner + 1] - x[corner]))
            square = value * value
            weights[gene, i] = 1.0 / (square * square)
