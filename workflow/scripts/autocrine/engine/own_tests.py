"""PyDESeq2 from end to end, its own fit and its own tests, as another method beside `autocrine.engine.fit_model`."""

from __future__ import annotations

import warnings as python_warnings
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.audit import run_driver
from autocrine.engine.checks import check_contrast, check_counts, check_design, check_factors
from autocrine.engine.errors import EngineError


@dataclass(frozen=True)
class OwnFit:
    """What PyDESeq2 fitted, to be tested by PyDESeq2.

    Attributes
    ----------
    genes : Index
        Gene names.
    columns : Index
        Coefficients of the design.
    threads : int
        Threads.
    dds : DeseqDataSet
        PyDESeq2's own object.
    """

    genes: pd.Index
    columns: pd.Index
    threads: int
    dds: Any = field(repr=False)

    def test(self, contrast: ArrayLike, alpha: float = 0.05) -> pd.DataFrame:
        """Test a contrast with PyDESeq2's ``DeseqStats``.

        Parameters
        ----------
        contrast : array_like of shape (p,)
            Weights over the design's columns.
        alpha : float
            The false discovery rate that its independent filtering is tuned to.

        Returns
        -------
        DataFrame
            Per gene ``log2_fc``, ``lfc_se`` (log2), ``p_value`` (Wald test, normal distribution; NaN for all-zero genes
            and count outliers) and ``adj_p_value`` (Benjamini and Hochberg after PyDESeq2's independent filtering).

        Raises
        ------
        EngineError
            If PyDESeq2 ends with an error, with its words.
        """
        from pydeseq2.ds import DeseqStats

        from autocrine.engine.inference import Inference

        weights = check_contrast(contrast, self.columns)

        def ask() -> pd.DataFrame:
            stats = DeseqStats(
                self.dds, contrast=weights, alpha=alpha, inference=Inference(n_cpus=self.threads), quiet=True
            )
            stats.summary()
            return stats.results_df

        found = _guarded(ask)
        names = {"log2FoldChange": "log2_fc", "lfcSE": "lfc_se", "pvalue": "p_value", "padj": "adj_p_value"}
        return found[list(names)].rename(columns=names).set_axis(self.genes).astype(float)


def fit_own(
    counts: ArrayLike | pd.DataFrame, design: pd.DataFrame, size_factors: ArrayLike, threads: int = 1
) -> OwnFit:
    """Fit counts with PyDESeq2's driver, at the speed of `autocrine.engine.inference.Inference`.

    Unlike ``fit_model(..., engine="pydeseq2")``, whose tests are this package's, the tests and adjusted p-values are
    PyDESeq2's too (Muzellec et al. 2023, Bioinformatics 39:btad547).

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Raw counts, samples in rows.
    design : DataFrame of shape (n, p)
        Full-rank design.
    size_factors : array_like of shape (n,)
        Size factors; PyDESeq2 takes them as they are.
    threads : int
        Threads; results do not depend on their number.

    Returns
    -------
    OwnFit
        The fit.

    Raises
    ------
    EngineError
        If the input cannot be fitted, or PyDESeq2 ends with an error, with the reason.
    """
    values, genes, samples = check_counts(counts)
    design = check_design(design, values.shape[0], samples)
    factors = check_factors(size_factors, (values.shape[0],), "Size factors")
    threads = max(int(threads), 1)
    dds, _ = _guarded(lambda: run_driver(values, design, factors, None, threads))
    return OwnFit(genes, design.columns, threads, dds)


def _guarded(ask: Any) -> Any:
    """Return what PyDESeq2 answers; its errors, of whatever kind, become an `EngineError`."""
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            return ask()
    except EngineError:
        raise
    except Exception as error:
        said = str(error).strip().split("\n")[0].removesuffix(".")
        raise EngineError(f"PyDESeq2 ended with {type(error).__name__}: {said}.") from error
