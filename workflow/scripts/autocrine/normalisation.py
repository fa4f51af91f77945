"""From raw counts to scales on which samples can be compared."""

from typing import TYPE_CHECKING

import numpy as np

from autocrine.engine import estimate_size_factors, stabilise_variance

if TYPE_CHECKING:
    from anndata import AnnData


def size_factor_method(counts: np.ndarray) -> str:
    """Return "ratio", or "poscounts" where every gene has a zero, so that no median of ratios exists.

    `counts` is samples x genes. See Anders & Huber 2010 (ratio) and the DESeq2 vignette (poscounts).
    """
    return "ratio" if (counts > 0).all(axis=0).any() else "poscounts"


def counts_per_million(counts: np.ndarray) -> np.ndarray:
    """Return counts (samples x genes) per million counts of the sample."""
    return counts / counts.sum(axis=1, keepdims=True) * 1e6


def normalise(data: "AnnData", threads: int) -> "AnnData":
    """Put a cohort on comparable scales.

    Parameters
    ----------
    data
        The cohort: samples x genes, raw counts in X.
    threads
        For the kernels.

    Returns
    -------
    The same samples and genes with layers vst (variance stabilised, log2-like, blind to the design) and log_cpm
    (log2 of counts per million plus one), obs["size_factor"], and uns with data_origin and size_factor_method.
    """
    from anndata import AnnData

    counts = np.asarray(data.X)
    method = size_factor_method(counts)
    size_factors = estimate_size_factors(counts, method=method)
    vst = stabilise_variance(counts, size_factors=size_factors, threads=threads)
    return AnnData(
        obs=data.obs.assign(size_factor=size_factors),
        var=data.var,
        layers={"vst": vst, "log_cpm": np.log2(counts_per_million(counts) + 1)},
        uns={"data_origin": data.uns["data_origin"], "size_factor_method": method},
    )
