"""What a fit of linear models holds: enough to test any contrast of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from autocrine.engine.result import Remark, find_genes
from autocrine.linear.model import Model


@dataclass(frozen=True)
class Fit:
    """Linear models of all genes with squeezed variances.

    Attributes
    ----------
    shape : (int, int)
        Samples and genes.
    design : DataFrame of shape (n, p)
        The design.
    coefficients : DataFrame of shape (G, p)
        Coefficients on the scale of the values; NaN where the values of a gene do not determine one.
    genes : DataFrame
        Per gene: mean_expression (mean of the values that are there), residual_variance, residual_df, prior_variance,
        variance (squeezed) and df (of the squeezed variance).
    prior_freedom : float
        Degrees of freedom that the prior of variances lends; may be infinite.
    correlation : float
        Of two values of a block; 0 without blocks.
    warnings : list of Remark
        What a reader of the results should know.
    model : Model
        Values and weights, for the tests.
    projections : ndarray of shape (G, p)
        Coefficients of the model's basis.
    read : ndarray of shape (G, n) or None
        Where values are logs of counts, which counts are above 0: a contrast of groups without a read is 0.
    """

    shape: tuple[int, int]
    design: pd.DataFrame
    coefficients: pd.DataFrame
    genes: pd.DataFrame
    prior_freedom: float
    correlation: float
    warnings: list[Remark]
    model: Model = field(repr=False)
    projections: np.ndarray = field(repr=False)
    read: np.ndarray | None = field(default=None, repr=False)

    @property
    def freedom(self) -> np.ndarray:
        """Degrees of freedom (G,) of the moderated tests: the gene's own and those that the prior lends."""
        return self.genes["df"].to_numpy()

    def of_genes(self, genes: Sequence[object]) -> Fit:
        """Return the fit of some genes, to test them alone; their variances still rest on all genes.

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
        return replace(
            self,
            shape=(self.shape[0], len(chosen)),
            coefficients=self.coefficients.iloc[chosen],
            genes=self.genes.iloc[chosen],
            model=self.model.subset(chosen),
            projections=self.projections[chosen],
            read=None if self.read is None else self.read[chosen],
        )
