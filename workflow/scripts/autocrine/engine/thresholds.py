"""Tests of a log fold change against a threshold instead of zero."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr

from autocrine.engine.errors import ContrastError


def test_threshold(
    log2_fc: ArrayLike, lfc_se: ArrayLike, threshold: float, alternative: str, freedom: ArrayLike | None = None
) -> pd.DataFrame:
    """Wald test of a log2 fold change against a threshold, from the contrast's own estimate and error.

    ``greaterAbs2014``: |log2FC| > threshold, twice the smaller tail (the default of R DESeq2 before 1.44).
    ``greaterAbs``: the same question, the sum of both tails (its default since; TREAT of McCarthy and Smyth 2009,
    Bioinformatics 25:765), smaller by half far from zero. ``lessAbs``: |log2FC| < threshold, the larger of the two
    one-sided p-values (equivalence). ``greater``: log2FC > threshold; ``less``: log2FC < -threshold (Love, Huber and
    Anders 2014, "Hypothesis tests with thresholds"; manual of R DESeq2, results). The estimate enters as one number, so
    the answer does not depend on the reference level.

    Parameters
    ----------
    log2_fc, lfc_se : array_like of shape (G,)
        Contrast estimate and standard error, log2 scale.
    threshold : float
        Threshold on the log2 scale, non-negative (positive for ``lessAbs``).
    alternative : {"greaterAbs2014", "greaterAbs", "lessAbs", "greater", "less"}
        What is to be shown.
    freedom : float or array_like of shape (G,), optional
        Degrees of freedom of Student's t (`Fit.freedom`), of all genes or of each; the normal distribution without
        them, as in R DESeq2.

    Returns
    -------
    DataFrame
        ``stat`` and ``p_value``, NaN where the input is NaN.
    """
    index = log2_fc.index if isinstance(log2_fc, pd.Series) else None
    estimate = np.asarray(log2_fc, dtype=np.float64)
    error = np.asarray(lfc_se, dtype=np.float64)
    if not np.isfinite(threshold) or threshold < 0 or (alternative == "lessAbs" and threshold == 0):
        raise ContrastError("The threshold must be a finite log2 fold change, not negative; positive for lessAbs.")

    def tail(stat: np.ndarray) -> np.ndarray:
        return ndtr(stat) if freedom is None else stdtr(freedom, stat)

    with np.errstate(divide="ignore", invalid="ignore"):
        if alternative in ("greaterAbs2014", "greaterAbs"):
            near, far = (threshold - np.abs(estimate)) / error, -(threshold + np.abs(estimate)) / error
            stat = np.sign(estimate) * np.maximum(-near, 0)
            p = tail(near) + tail(far) if alternative == "greaterAbs" else np.minimum(1.0, 2 * tail(near))
        elif alternative == "lessAbs":
            above = (estimate + threshold) / error
            below = (threshold - estimate) / error
            p = np.maximum(tail(-above), tail(-below))
            stat = np.maximum(np.minimum(above, below), 0)
        elif alternative == "greater":
            raw = (estimate - threshold) / error
            stat, p = np.maximum(raw, 0), tail(-raw)
        elif alternative == "less":
            raw = (estimate + threshold) / error
            stat, p = np.minimum(raw, 0), tail(raw)
        else:
            raise ContrastError(
                f"The alternative must be greaterAbs2014, greaterAbs, lessAbs, greater or less, not {alternative}."
            )
    return pd.DataFrame({"stat": stat, "p_value": p}, index=index)
