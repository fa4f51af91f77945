"""A method for pertpy: the interface of its differential-expression methods, with R DESeq2's answers."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
from pertpy.tools._differential_gene_expression import LinearModelBase

from autocrine.engine import CountsError, adjust_p_values, fit_model, shrink_contrast, test_contrast

__all__ = ["Autocrine"]


class Autocrine(LinearModelBase):  # type: ignore[misc]  # pertpy brings no types
    """Negative binomial models with R DESeq2's answers, for pertpy.

    Use it as ``pertpy.tl.PyDESeq2``: ``Autocrine(adata, design="~ condition")``, ``fit()``,
    ``test_contrasts(model.contrast("condition", "control", "treated"))``, or ``Autocrine.compare_groups(...)``.
    Claims on named genes, equivalence and checks of sheets and designs are those of `autocrine.fit`.
    """

    def _check_counts(self) -> None:
        values = self.data.data if hasattr(self.data, "toarray") else np.asarray(self.data)
        if not np.issubdtype(values.dtype, np.number) or not np.isfinite(values).all():
            raise CountsError("Counts must be finite numbers.")
        if (values < 0).any() or (values != np.rint(values)).any():
            raise CountsError("Counts must be whole numbers from 0 up: raw counts, neither normalised nor logarithms.")

    def fit(self, threads: int | None = None, **kwargs: Any) -> None:
        """Fit the design.

        Parameters
        ----------
        threads : int, optional
            All processors when left out.
        **kwargs
            See `autocrine.engine.fit_model`: size_factors, normalization_factors, size_factor_method, control_genes.
        """
        counts = self.data.toarray() if hasattr(self.data, "toarray") else np.asarray(self.data)
        design = pd.DataFrame(np.asarray(self.design, dtype=float), self.adata.obs_names)
        if hasattr(self.design, "columns"):
            design.columns = list(map(str, self.design.columns))
        frame = pd.DataFrame(counts, self.adata.obs_names, self.adata.var_names)
        self.model = fit_model(frame, design, threads=threads or os.cpu_count() or 1, **kwargs)
        self._fitted = True

    def _test_single_contrast(
        self, contrast: Any, alpha: float = 0.05, *, lfc_shrink: bool = False, **kwargs: Any
    ) -> pd.DataFrame:
        """Test a contrast of every gene, the clearest first.

        Parameters
        ----------
        contrast
            Vector over the columns of the design.
        alpha
            The level that independent filtering is tuned to.
        lfc_shrink
            Adds ``log_fc_shrunken`` and ``lfc_se_shrunken``.

        Returns
        -------
        DataFrame
            variable, base_mean, log_fc (log2), lfc_se, stat, p_value and adj_p_value (R DESeq2's), df,
            moderated_p_value and moderated_adj_p_value (Student's t, the dispersion taken as estimated).
        """
        if not self.is_fitted:
            raise ValueError("The model is not fitted yet: call fit() first.")
        vector = np.asarray(contrast, dtype=float)
        tested, means = test_contrast(self.model, vector), self.model.genes["base_mean"].to_numpy()
        table = tested.rename(columns={"log2_fc": "log_fc"}).assign(
            adj_p_value=adjust_p_values(tested["p_value"].to_numpy(), means, alpha)[0],
            moderated_adj_p_value=adjust_p_values(tested["moderated_p_value"].to_numpy(), means, alpha)[0],
        )
        table.insert(0, "base_mean", means)
        if lfc_shrink:
            shrunken = shrink_contrast(self.model, vector)
            table["log_fc_shrunken"] = shrunken["log2_fc_shrunken"].to_numpy()
            table["lfc_se_shrunken"] = shrunken["lfc_se_shrunken"].to_numpy()
        return table.rename_axis("variable").sort_values("p_value", kind="stable").reset_index()
