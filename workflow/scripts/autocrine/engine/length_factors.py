"""Normalisation factors per gene and sample, from average transcript lengths."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_factors
from autocrine.engine.size_factors import estimate_size_factors


def estimate_length_factors(
    counts: ArrayLike | pd.DataFrame,
    lengths: ArrayLike,
    method: str = "ratio",
    control_genes: ArrayLike | None = None,
    threads: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Estimate what to divide counts by where the average length of a gene's transcripts differs between samples.

    A gene that turns to a longer isoform gets more reads at the same expression (Soneson, Love and Robinson 2015,
    F1000Research 4:1521). The factors are those of R DESeq2 for the assay ``avgTxLength`` (manual,
    estimateSizeFactors): lengths over their geometric mean in the gene, times size factors estimated from counts
    divided by these, and all of a gene scaled to the geometric mean 1, so that means stay on the scale of counts.

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Counts, rounded where they are estimates.
    lengths : array_like of shape (n, G)
        Average transcript lengths, positive.
    method, control_genes, threads
        See ``estimate_size_factors``.

    Returns
    -------
    size_factors : ndarray of shape (n,)
        What is left to sequencing depth.
    factors : ndarray of shape (n, G)
        Normalisation factors.

    Raises
    ------
    SizeFactorError, CountsError
        If lengths are missing or not positive, or as ``estimate_size_factors``.
    """
    logs = np.log(check_factors(lengths, np.shape(counts), "Average transcript lengths"))
    logs -= logs.mean(axis=0)
    size_factors = estimate_size_factors(counts, method, control_genes, threads, log_offsets=logs)
    logs += np.log(size_factors)[:, None]
    logs -= logs.mean(axis=0)
    return size_factors, np.exp(logs)
