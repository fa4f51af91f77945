"""From raw counts to scales on which samples can be compared."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.engine import estimate_length_factors, estimate_size_factors, stabilise_variance
from autocrine.input.contract import measure_of
from autocrine.measure import LOG_EXPRESSION

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True)
class Scaling:
    """What counts are divided by.

    Attributes
    ----------
    method
        How size factors were estimated; see `size_factor_method`.
    size_factors
        One per sample.
    factors
        Samples x 1, the size factors; or samples x genes where transcript lengths are known.
    chosen
        The number of genes that size factors rest on, where not all were to; else 0.
    """

    method: str
    size_factors: np.ndarray
    factors: np.ndarray
    chosen: int = 0

    @classmethod
    def none(cls, samples: int) -> "Scaling":
        """Return the scaling of values that are comparable as they are."""
        return cls("none", np.ones(samples), np.ones((samples, 1)))

    @property
    def per_gene(self) -> bool:
        """Whether genes have factors of their own."""
        return self.factors.shape[1] > 1


def estimate_scaling(
    counts: np.ndarray,
    lengths: np.ndarray | None = None,
    method: str | None = None,
    control_genes: np.ndarray | None = None,
    threads: int = 1,
) -> Scaling:
    """Estimate what to divide counts by.

    Parameters
    ----------
    counts
        Samples x genes, raw.
    lengths
        Average transcript lengths, samples x genes, where they are known.
    method
        "ratio" or "poscounts"; chosen by `size_factor_method` when left out.
    control_genes
        Mask of the genes to take size factors from; all genes, when left out.
    threads
        For the kernels.
    """
    method = method or size_factor_method(counts if control_genes is None else counts[:, control_genes])
    chosen = 0 if control_genes is None else int(np.count_nonzero(control_genes))
    if lengths is None:
        size_factors = estimate_size_factors(counts, method, control_genes, threads)
        return Scaling(method, size_factors, size_factors[:, None], chosen)
    return Scaling(method, *estimate_length_factors(counts, lengths, method, control_genes, threads), chosen)


def size_factor_method(counts: np.ndarray) -> str:
    """Return "ratio", or "poscounts" where every gene has a zero, so that no median of ratios exists.

    `counts` is samples x genes. See Anders & Huber 2010 (ratio) and the DESeq2 vignette (poscounts).
    """
    return "ratio" if (counts > 0).all(axis=0).any() else "poscounts"


def log_per_million(counts: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return log2 of normalised counts per million, plus one.

    Counts (samples x genes) are divided by factors (samples x 1, or samples x genes), and all samples by the same
    number: a million-th of the geometric mean of the samples' sums. A library's own sum would let a few very high genes
    move all others of their sample; the size factors of the engine do not (Anders and Huber 2010).
    """
    normalised = counts / factors
    library = np.exp(np.log(normalised.sum(axis=1)).mean())
    return np.log2(normalised / library * 1e6 + 1)


def normalise(
    data: "AnnData",
    threads: int,
    lengths: pd.DataFrame | None = None,
    method: str | None = None,
    control_genes: Collection[str] = (),
) -> "AnnData":
    """Put a cohort on comparable scales.

    Parameters
    ----------
    data
        The cohort: samples x genes, raw counts or log expression in X.
    threads
        For the kernels.
    lengths
        Average transcript lengths, samples x genes, where they are known.
    method, control_genes
        How size factors are estimated; see `estimate_scaling`. Names of genes; all, when empty.

    Returns
    -------
    The same samples and genes with layers vst (variance stabilised, log2-like, blind to the design) and log_cpm
    (`log_per_million`), obs["size_factor"], and uns with data_origin, measure and size_factor_method. Both layers rest
    on counts divided by size factors or, where the cohort has transcript lengths, by the factors that these give. Log
    expression is taken as it is: both layers are the values, and size factors 1.
    """
    from anndata import AnnData

    measure = measure_of(data)
    if measure == LOG_EXPRESSION:
        values = np.asarray(data.X)
        return AnnData(
            obs=pd.DataFrame(data.obs).assign(size_factor=1.0),
            var=data.var,
            layers={"vst": values.copy(), "log_cpm": values.copy()},
            uns={"data_origin": data.uns["data_origin"], "measure": measure, "size_factor_method": "none"},
        )
    counts = np.asarray(data.X)
    control = data.var_names.isin(list(control_genes)) if len(control_genes) else None
    scaling = estimate_scaling(counts, None if lengths is None else lengths.to_numpy(), method, control, threads)
    given = {"normalization_factors": scaling.factors} if scaling.per_gene else {"size_factors": scaling.size_factors}
    return AnnData(
        obs=pd.DataFrame(data.obs).assign(size_factor=scaling.size_factors),
        var=data.var,
        layers={
            "vst": stabilise_variance(counts, **given, threads=threads),
            "log_cpm": log_per_million(counts, scaling.factors),
        },
        uns={"data_origin": data.uns["data_origin"], "measure": measure, "size_factor_method": scaling.method},
    )
