"""What a fit says in the project's words: every gene with a reason for each gap, and a record of what was applied."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from autocrine.config import Model, Statistics
from autocrine.design import Design
from autocrine.engine import adjust_p_values, shrink_contrast, test_contrast, test_threshold

GENE_COLUMNS = (
    "gene_id", "gene_name", "base_mean", "log2_fc", "lfc_se", "ci_low", "ci_high", "log2_fc_shrunken",
    "lfc_se_shrunken", "stat", "p_value", "adj_p_value",
    "equivalence_p_value", "equivalence_adj_p_value", "threshold_p_value", "threshold_adj_p_value",
    "min_detectable_log2_fc", "dispersion", "max_cooks", "status",
)  # fmt: skip

# What decides the numbers; their versions go into the record.
PACKAGES = ("pydeseq2", "numba", "numpy", "scipy", "pandas", "anndata", "formulaic")
STATUSES = ("tested", "filtered", "outlier", "not_converged", "all_zero")


def tabulate_genes(fit, contrast: np.ndarray, var: pd.DataFrame, statistics: Statistics) -> tuple[pd.DataFrame, dict]:
    """Tabulate every gene of one contrast.

    Parameters
    ----------
    fit
        `autocrine.engine.Fit` of the model.
    contrast
        Vector over the coefficients.
    var
        Genes in the order of the fit, indexed by gene_id, with gene_name.
    statistics
        Thresholds.

    Returns
    -------
    The table in the order of `var` with the columns `GENE_COLUMNS`, and a summary of the filtering with the number of
    genes per status. Effects are log2 fold changes; intervals are Wald intervals of confidence 1 - alpha. Equivalence
    is the larger of two one-sided p-values against the margin (Schuirmann 1987) and `threshold` the test of an absolute
    effect beyond it, both adjusted by Benjamini and Hochberg over the genes that have one. Shrunken effects carry a
    Cauchy prior fitted to all genes (Zhu, Ibrahim and Love 2019); no test rests on them. The minimal detectable effect
    is (z[1 - alpha/2] + z[power]) x lfc_se, for a single test at alpha.
    """
    tested = test_contrast(fit, contrast)
    genes = fit.genes
    alpha, margin = statistics.alpha, statistics.equivalence_margin
    adjusted, filtering = adjust_p_values(tested["p_value"].to_numpy(), genes["base_mean"].to_numpy(), alpha)
    effect, error = tested["log2_fc"].to_numpy(), tested["lfc_se"].to_numpy()
    reach = stats.norm.isf(alpha / 2)
    usable = tested["p_value"].notna().to_numpy()
    equivalence = np.where(usable, test_threshold(effect, error, margin, "lessAbs")["p_value"], np.nan)
    threshold = np.where(usable, test_threshold(effect, error, margin, "greaterAbs")["p_value"], np.nan)
    table = pd.DataFrame(
        {
            "gene_id": var.index.to_numpy(),
            "gene_name": var["gene_name"].to_numpy(),
            "base_mean": genes["base_mean"].to_numpy(),
            "log2_fc": effect,
            "lfc_se": error,
            "ci_low": effect - reach * error,
            "ci_high": effect + reach * error,
            **{name: values.to_numpy() for name, values in shrink_contrast(fit, contrast).items()},
            "stat": tested["stat"].to_numpy(),
            "p_value": tested["p_value"].to_numpy(),
            "adj_p_value": adjusted,
            "equivalence_p_value": equivalence,
            "equivalence_adj_p_value": _benjamini_hochberg(equivalence),
            "threshold_p_value": threshold,
            "threshold_adj_p_value": _benjamini_hochberg(threshold),
            "min_detectable_log2_fc": (reach + stats.norm.ppf(statistics.power)) * error,
            "dispersion": genes["dispersion"].to_numpy(),
            "max_cooks": genes["max_cooks"].to_numpy(),
        }
    )
    table["status"] = _status(genes, table)
    counted = {name: int((table["status"] == name).sum()) for name in STATUSES}
    return table[list(GENE_COLUMNS)], {**filtering, "status": counted}


def record_fit(
    fit, model: Model, design: Design, filtering: Mapping[str, dict], method: str, engine: str
) -> dict[str, Any]:
    """Record what was applied, for the report's methods and for whoever repeats the analysis.

    Parameters
    ----------
    fit
        `autocrine.engine.Fit` of the model.
    model, design
        What was asked, and the matrix and groups it became.
    filtering
        Contrast name -> summary of `tabulate_genes`.
    method
        How size factors were estimated.
    engine
        Which inference was used.

    Returns
    -------
    Plain values: design, samples, size factors, trend, contrasts with their samples and filtering, versions.
    """
    return {
        "model": model.name,
        "design": model.design,
        "coefficients": list(design.matrix.columns),
        "left_out": list(design.left_out),
        "samples": len(design.matrix),
        "residual_degrees_of_freedom": design.matrix.shape[0] - design.matrix.shape[1],
        "size_factor_method": method,
        "size_factors": dict(zip(design.matrix.index, fit.size_factors, strict=True)),
        "trend": fit.trend,
        "prior_variance": fit.prior_variance,
        "engine": engine,
        "contrasts": {
            name: {
                "higher": contrast.sides[0],
                "lower": contrast.sides[1],
                "tested_samples": design.groups[name][0],
                "reference_samples": design.groups[name][1],
                "vector": design.contrasts[name],
                "filtering": filtering[name],
            }
            for name, contrast in model.contrasts.items()
        },
        "warnings": list(fit.warnings),
        "versions": {package: version(package) for package in PACKAGES},
    }


def _status(genes: pd.DataFrame, table: pd.DataFrame) -> np.ndarray:
    return np.select(
        [
            genes["all_zero"].to_numpy(dtype=bool),
            table["p_value"].isna() & genes["cooks_outlier"].to_numpy(dtype=bool),
            ~genes["converged"].to_numpy(dtype=bool) | table["p_value"].isna(),
            table["adj_p_value"].isna(),
        ],
        ["all_zero", "outlier", "not_converged", "filtered"],
        "tested",
    )


def _benjamini_hochberg(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for the false discovery rate over those that are there."""
    adjusted = np.full(p_values.shape, np.nan)
    there = ~np.isnan(p_values)
    if there.any():
        adjusted[there] = stats.false_discovery_control(p_values[there], method="bh")
    return adjusted
