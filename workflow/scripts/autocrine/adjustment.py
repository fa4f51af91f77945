"""Adjusting p-values for the number of questions asked; missing p-values count as no question."""

import numpy as np
from numpy.typing import ArrayLike


def benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for the false discovery rate (Benjamini and Hochberg 1995); NaN stays NaN."""
    # As scipy.stats.false_discovery_control, which takes half a second to import and twenty times as long for a panel.
    adjusted = np.full(p_values.shape, np.nan)
    there = np.flatnonzero(~np.isnan(p_values))
    order = there[np.argsort(p_values[there])]
    steps = p_values[order] * (len(order) / np.arange(1.0, len(order) + 1))
    adjusted[order] = np.minimum.accumulate(steps[::-1])[::-1].clip(0.0, 1.0)
    return adjusted


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for any false positive at all (Holm 1979, Scand J Stat 6:65); NaN stays NaN."""
    adjusted = np.full(p_values.shape, np.nan)
    there = np.flatnonzero(~np.isnan(p_values))
    order = there[np.argsort(p_values[there], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def strictness(p_values: ArrayLike, adjusted: ArrayLike) -> np.ndarray:
    """Return by how much adjusting multiplied each p-value; 1 where a p-value is zero or there is none."""
    p_values, adjusted = np.asarray(p_values, dtype=float), np.asarray(adjusted, dtype=float)
    there = (p_values > 0) & ~np.isnan(adjusted)
    return np.divide(adjusted, p_values, out=np.ones_like(p_values), where=there)
