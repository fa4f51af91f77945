"""What a fit holds: enough to test any contrast of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from autocrine.engine.model import Model
from autocrine.engine.moderation import moderated_freedom


class Remark(NamedTuple):
    """What a reader of the results should know of a fit: its kind, for programs, and words."""

    kind: str
    text: str


@dataclass(frozen=True)
class Fit:
    """A fitted model.

    Attributes
    ----------
    shape : (int, int)
        Samples and genes.
    design : DataFrame of shape (n, p)
        The design.
    size_factors : ndarray of shape (n,)
        One factor per sample (ones where normalisation factors are used).
    normalization_factors : ndarray of shape (n, G) or None
        Factors per sample and gene, if given.
    coefficients : DataFrame of shape (G, p)
        Natural-log coefficients; NaN for all-zero genes.
    genes : DataFrame
        Per gene: base_mean, base_var, all_zero, dispersion_gene, dispersion_trend, dispersion_map,
        dispersion, dispersion_moderated (that of the moderated tests, `autocrine.engine.lowering`),
        dispersion_outlier, converged, max_cooks, cooks_outlier, replaced.
    trend : dict
        fit_type, asymptotic, extra_poisson.
    prior_variance : float
        Variance of the prior of log dispersions.
    warnings : list of Remark
        What a reader of the results should know.
    model : Model
        Counts (outliers replaced) of the genes that are not all zero, for the tests.
    fitted : ndarray
        Positions of these genes.
    deviance : ndarray
        Minus twice their log likelihood.
    emptied : ndarray
        Which of them had nothing left after outliers were replaced.
    engine : {"parity", "pydeseq2"}
        Which code made the fit.
    """

    shape: tuple[int, int]
    design: pd.DataFrame
    size_factors: np.ndarray
    normalization_factors: np.ndarray | None
    coefficients: pd.DataFrame
    genes: pd.DataFrame
    trend: dict[str, Any]
    prior_variance: float
    warnings: list[Remark]
    model: Model = field(repr=False)
    fitted: np.ndarray = field(repr=False)
    deviance: np.ndarray = field(repr=False)
    emptied: np.ndarray = field(repr=False)
    engine: str = "parity"

    @property
    def freedom(self) -> float:
        """Degrees of freedom of a dispersion: n - p of the samples, and those that the prior lends."""
        samples, coefficients = self.design.shape
        return moderated_freedom(samples - coefficients, self.prior_variance)

    def of_genes(self, genes: Sequence[object]) -> Fit:
        """Return the fit of some genes, to test them alone; their dispersions still rest on all genes.

        Parameters
        ----------
        genes : sequence of length g
            Names as in the index of ``genes``, in the order wanted, none twice.

        Returns
        -------
        Fit
            The same fit with the tables and the model of these genes.

        Raises
        ------
        KeyError
            If a gene was not fitted.
        """
        chosen = find_genes(genes, self.genes.index)
        rows, fitted = find_rows(chosen, self.fitted)
        factors = self.normalization_factors
        return replace(
            self,
            shape=(self.shape[0], len(chosen)),
            normalization_factors=None if factors is None else factors[:, chosen],
            coefficients=self.coefficients.iloc[chosen],
            genes=self.genes.iloc[chosen],
            model=self.model.subset(rows),
            fitted=fitted,
            deviance=self.deviance[rows],
            emptied=self.emptied[rows],
        )


def find_genes(genes: Sequence[object], names: pd.Index) -> np.ndarray:
    """Return the positions of genes among the names, or raise KeyError."""
    chosen = names.get_indexer(genes)
    if (chosen < 0).any():
        raise KeyError(f"not among the genes of the fit: {list(np.asarray(genes, dtype=object)[chosen < 0][:3])}")
    return chosen


def find_rows(chosen: np.ndarray, fitted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which fitted genes are chosen, as rows of the model, and which of the chosen are fitted."""
    place = np.full(max(chosen.max(initial=0), fitted.max(initial=0)) + 1, -1)
    place[fitted] = np.arange(len(fitted))
    rows = place[chosen]
    return rows[rows >= 0], np.flatnonzero(rows >= 0)
