"""Size factors: one scaling factor per sample."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_counts
from autocrine.engine.errors import SizeFactorError
from autocrine.engine.threads import for_chunks


def estimate_size_factors(
    counts: ArrayLike | pd.DataFrame,
    method: str = "ratio",
    control_genes: ArrayLike | None = None,
    threads: int = 1,
    log_offsets: np.ndarray | None = None,
) -> np.ndarray:
    """Estimate size factors by the median of ratios to a reference sample.

    ``ratio``: the reference is the geometric mean over samples, of genes without zeros (Anders and
    Huber 2010, Genome Biol 11:R106, eq. 5). ``poscounts``: the n-th root of the product of the
    non-zero counts, for data where every gene has a zero; the factors are then scaled to geometric
    mean 1 (manual of R DESeq2, estimateSizeFactors).

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Raw counts.
    method : {"ratio", "poscounts"}
        The reference.
    control_genes : array_like, optional
        Positions or a mask of the genes to take medians over.
    threads : int
        Threads.
    log_offsets : ndarray of shape (n, G), optional
        Logarithms of what the counts are divided by before their ratios are taken, centred per gene. The reference
        sample stays that of the counts, as in R (seen from its answers for ``poscounts``; else it is the same).

    Returns
    -------
    ndarray of shape (n,)
        Size factors.

    Raises
    ------
    SizeFactorError
        If no gene can be used; for ``ratio``, if every gene has a zero.
    CountsError
        If the counts are not non-negative whole numbers.
    """
    values, genes, samples = check_counts(counts)
    if method not in ("ratio", "poscounts"):
        raise SizeFactorError(f"The size factor method must be ratio or poscounts, not {method}.")
    keep = np.ones(len(genes), dtype=bool)
    if control_genes is not None:
        keep[:] = False
        keep[np.asarray(control_genes)] = True
    if control_genes is not None:
        values, log_offsets = values[:, keep], None if log_offsets is None else log_offsets[:, keep]
    factors = _median_of_ratios(values, method, threads, log_offsets)
    if lacking := np.flatnonzero(np.isnan(factors)).tolist():
        names = [f"number {place + 1}" if samples is None else str(samples[place]) for place in lacking[:8]]
        shown = ", ".join(names) + (" ..." if len(lacking) > len(names) else "")
        raise SizeFactorError(f"No gene that size factors rest on has a positive count in these samples: {shown}.")
    return factors if method == "ratio" else factors / np.exp(np.mean(np.log(factors)))


def _median_of_ratios(values: np.ndarray, method: str, threads: int, log_offsets: np.ndarray | None) -> np.ndarray:
    n = values.shape[0]
    usable = (values > 0).all(axis=0) if method == "ratio" else values.any(axis=0)
    if method == "ratio" and not usable.any():
        raise SizeFactorError(
            "Every gene has a zero count in some sample, so the median of ratios has no reference; "
            "use the method poscounts."
        )
    logs = np.empty((n, int(usable.sum())))
    factors = np.empty(n)

    def take_logs(start: int, stop: int) -> None:
        for i in range(start, stop):
            np.log(np.maximum(values[i, usable], 1), out=logs[i])

    def take_medians(start: int, stop: int) -> None:
        for i in range(start, stop):
            ratio = logs[i] - reference if log_offsets is None else logs[i] - reference - log_offsets[i, usable]
            # a zero count has no ratio; only poscounts gets here with one
            ratio = ratio if method == "ratio" else ratio[values[i, usable] > 0]
            factors[i] = np.exp(np.median(ratio)) if len(ratio) else np.nan

    for_chunks(take_logs, n, threads)
    reference = logs.mean(axis=0)
    for_chunks(take_medians, n, threads)
    return factors
