"""The table of a contrast: every gene, with a reason for each gap."""

from typing import Any

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg
from autocrine.columns import GENE_COLUMNS
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.question import Statistics
from autocrine.results.effects import estimate_effects
from autocrine.results.engines import adjust, diagnostics, engine_of, shrink, unread
from autocrine.results.outcomes import CALLED, OUTCOMES, STATUSES, decide_outcomes


def tabulate_genes(
    fit: Any, design: Design, contrast: Contrast, var: pd.DataFrame, statistics: Statistics
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Tabulate every gene of one contrast.

    Parameters
    ----------
    fit, design, contrast, statistics
        See `estimate_effects`.
    var
        All genes, indexed by gene_id, with gene_name, written (the name in the counts) and base_mean (mean normalised
        count). Those that are not among the fit's were left out for low counts.

    Returns
    -------
    The table in the order of `var` with the columns `autocrine.columns.GENE_COLUMNS`, then those that the form of
    the contrast adds, and a summary of the filtering with the number of genes per status and outcome. Difference:
    Benjamini and Hochberg after independent filtering; equivalence, threshold and steps: Benjamini and Hochberg
    over the genes that have a p-value. `statistics.calls` says whether R's or the moderated p-values make status
    and outcome. Shrunken effects carry a Cauchy prior fitted to all genes (Zhu, Ibrahim and Love 2019); no test
    rests on them.
    """
    effects, genes, alpha = estimate_effects(fit, design, contrast, statistics), diagnostics(fit), statistics.alpha
    adjusted, filtering = adjust(fit, effects["p_value"].to_numpy(), alpha)
    table = effects.assign(
        adj_p_value=adjusted,
        equivalence_margin=design.margin(contrast, statistics),
        moderated_adj_p_value=adjust(fit, effects["moderated_p_value"].to_numpy(), alpha)[0],
        equivalence_adj_p_value=benjamini_hochberg(effects["equivalence_p_value"].to_numpy()),
        threshold_adj_p_value=benjamini_hochberg(effects["threshold_p_value"].to_numpy()),
        dispersion=genes["dispersion"],
        max_cooks=genes["max_cooks"],
        log2_fc_shrunken=np.nan,
        lfc_se_shrunken=np.nan,
        min_detectable_log2_fc=np.nan,
    )
    if (vector := design.direction(contrast)) is not None:
        if (shrunken := shrink(fit, vector)) is not None:
            table[list(shrunken.columns)] = shrunken
        detectable = engine_of(fit).detectable_effect(fit, vector, alpha, statistics.power)
        # It rests on the mean of all samples, also where those that are compared have no read.
        table["min_detectable_log2_fc"] = np.where(unread(fit, effects), np.nan, detectable)
    if contrast.in_steps:
        table["step_adj_p_value"] = benjamini_hochberg(effects["step_p_value"].to_numpy())
    called = CALLED[statistics.calls][1]
    table["status"] = np.where(unread(fit, effects), "unread", _status(genes, table, called))
    table = table.set_axis(genes.index.astype(str)).reindex(var.index)
    table["status"] = table["status"].fillna(
        pd.Series(np.where(var["base_mean"] > 0, "low_counts", "all_zero"), var.index)
    )
    table["outcome"] = decide_outcomes(table[called].to_numpy(), table["equivalence_adj_p_value"].to_numpy(), alpha)
    table["gene_id"] = var.index
    table[["gene_name", "written", "base_mean"]] = var[["gene_name", "written", "base_mean"]]
    counted = {name: int((table["status"] == name).sum()) for name in STATUSES}
    outcomes = {name: int((table["outcome"] == name).sum()) for name in OUTCOMES}
    columns = [*GENE_COLUMNS, *(name for name in table.columns if name not in GENE_COLUMNS)]
    return table[columns].reset_index(drop=True), {**filtering, "status": counted, "outcome": outcomes}


def _status(genes: pd.DataFrame, table: pd.DataFrame, called: str) -> np.ndarray:
    return np.select(
        [
            genes["all_zero"].to_numpy(dtype=bool),
            table["p_value"].isna() & genes["cooks_outlier"].to_numpy(dtype=bool),
            ~genes["converged"].to_numpy(dtype=bool) | table["p_value"].isna(),
            table[called].isna(),
        ],
        ["all_zero", "outlier", "not_converged", "filtered"],
        "tested",
    )
