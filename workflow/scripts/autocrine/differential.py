"""What a fit says in the project's words: every gene with a reason for each gap, and a record of what was applied."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from autocrine.config import Contrast, Model, Statistics
from autocrine.contrasts import Vectors, restrict_design
from autocrine.design import Design
from autocrine.engine import (
    adjust_p_values,
    detectable_effect,
    shrink_contrast,
    test_contrast,
    test_nested,
    test_threshold,
)
from autocrine.examine import Examination
from autocrine.multiplicity import benjamini_hochberg
from autocrine.normalisation import Scaling
from autocrine.outcomes import CALLED, OUTCOMES, decide_outcomes, unseen
from autocrine.selection import cells_of

GENE_COLUMNS = (
    "gene_id", "gene_name", "written", "base_mean", "log2_fc", "lfc_se", "ci_low", "ci_high", "log2_fc_shrunken",
    "lfc_se_shrunken", "stat", "p_value", "adj_p_value", "df", "moderated_p_value", "moderated_adj_p_value",
    "equivalence_margin", "equivalence_p_value", "equivalence_adj_p_value", "threshold_p_value",
    "threshold_adj_p_value", "min_detectable_log2_fc", "dispersion", "max_cooks", "outcome", "status",
)  # fmt: skip

# What decides the numbers, of a fit or of what is made beside it; their versions go into the record.
PACKAGES = ("pydeseq2", "numba", "numpy", "scipy", "pandas", "anndata", "formulaic", "pytximport")
STATUSES = ("tested", "filtered", "low_counts", "outlier", "not_converged", "all_zero")


def estimate_effects(fit, design: Design, contrast: Contrast, statistics: Statistics) -> pd.DataFrame:
    """Estimate and test one contrast for every gene of a fit.

    Parameters
    ----------
    fit
        `autocrine.engine.Fit` of the model.
    design
        What was fitted.
    contrast
        The question.
    statistics
        Thresholds.

    Returns
    -------
    Per gene, in the order of the fit: log2_fc, lfc_se, ci_low, ci_high, stat, p_value, df, moderated_p_value,
    equivalence_p_value and threshold_p_value. Effects are log2 fold changes. p_value and threshold_p_value (of an
    absolute effect beyond the margin of `Design.margin`, by `Statistics.threshold_test`) are R DESeq2's and rest on the
    normal distribution. What is said of named genes rests on Student's t of `df` degrees of freedom
    (`autocrine.engine.Fit.freedom`): moderated_p_value, intervals of confidence 1 - alpha, and equivalence, the larger
    of two one-sided p-values against the margin (Schuirmann 1987, J Pharmacokinet Biopharm 15:657), which is 1 without
    a read in the compared groups.

    A trend adds its steps (log2_fc_step_1, ...) and step_p_value: that all steps go the same way, the largest of their
    moderated p-values (intersection-union test; Berger 1982, Technometrics 24:295), or 1 where they do not.

    With several groups equivalence is that of any two of them, the largest of their p-values, and `threshold` that some
    two differ by more than the margin, the smallest after Bonferroni.

    A test of any difference is a likelihood-ratio test. It has no single effect: log2_fc is the largest difference
    between two of its groups, named by `lowest` and `highest`, without error or interval; every group's effect against
    the first is added (log2_fc_group_2, ...).
    """
    vectors = design.contrasts[contrast.name]
    statistics = replace(statistics, equivalence_margin=design.margin(contrast, statistics))
    if contrast.form == "any_difference":
        return _any_difference(fit, design, contrast, vectors, statistics)
    effects = _wald(fit, vectors.main, statistics)
    if contrast.form == "trend":
        steps = [_wald(fit, vector, statistics) for vector in vectors.parts.values()]
        signs = np.sign([step["log2_fc"] for step in steps])
        largest = np.max([step["moderated_p_value"] for step in steps], axis=0)
        effects["step_p_value"] = np.where(np.abs(signs.sum(axis=0)) == len(steps), largest, largest * 0 + 1)
        # A gene that rises and falls again has no slope and is anything but unchanged: the margin holds for any two.
        levels = np.cumsum([vectors.main * 0, *vectors.parts.values()], axis=0)
        effects = effects.assign(**_between_any_two(fit, levels, statistics)).join(_numbered(steps, "step", 1))
    return effects


def tabulate_genes(
    fit, design: Design, contrast: Contrast, var: pd.DataFrame, statistics: Statistics
) -> tuple[pd.DataFrame, dict]:
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
    The table in the order of `var` with the columns `GENE_COLUMNS`, then those that the form of the contrast adds, and
    a summary of the filtering with the number of genes per status and outcome. Difference: Benjamini and Hochberg after
    independent filtering; equivalence, threshold and steps: Benjamini and Hochberg over the genes that have a p-value.
    `statistics.calls` says whether R's or the moderated p-values make status and outcome.
    Shrunken effects carry a Cauchy prior fitted to all genes (Zhu, Ibrahim and Love 2019); no test rests on them.
    """
    effects, genes, alpha = estimate_effects(fit, design, contrast, statistics), fit.genes, statistics.alpha
    means = genes["base_mean"].to_numpy()
    adjusted, filtering = adjust_p_values(effects["p_value"].to_numpy(), means, alpha)
    table = effects.assign(
        adj_p_value=adjusted,
        equivalence_margin=design.margin(contrast, statistics),
        moderated_adj_p_value=adjust_p_values(effects["moderated_p_value"].to_numpy(), means, alpha)[0],
        equivalence_adj_p_value=benjamini_hochberg(effects["equivalence_p_value"].to_numpy()),
        threshold_adj_p_value=benjamini_hochberg(effects["threshold_p_value"].to_numpy()),
        dispersion=genes["dispersion"],
        max_cooks=genes["max_cooks"],
        log2_fc_shrunken=np.nan,
        lfc_se_shrunken=np.nan,
        min_detectable_log2_fc=np.nan,
    )
    if contrast.form != "any_difference":
        vector = design.contrasts[contrast.name].main
        shrunken = shrink_contrast(fit, vector)
        table[list(shrunken.columns)] = shrunken
        table["min_detectable_log2_fc"] = detectable_effect(fit, vector, alpha, statistics.power)
    if contrast.form == "trend":
        table["step_adj_p_value"] = benjamini_hochberg(effects["step_p_value"].to_numpy())
    called = CALLED[statistics.calls][1]
    table["status"] = _status(genes, table, called)
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


def _wald(fit, vector: np.ndarray, statistics: Statistics) -> pd.DataFrame:
    """Estimate and test one vector; see `estimate_effects` for the columns."""
    tested = test_contrast(fit, vector)
    effect, error = tested["log2_fc"].to_numpy(), tested["lfc_se"].to_numpy()
    usable = tested["p_value"].notna().to_numpy()
    reach = stdtrit(fit.freedom, 1 - statistics.alpha / 2) * error
    margin, against = statistics.equivalence_margin, {}
    # The test beyond the margin is R's; that within it is what we say of genes.
    for name, alternative, freedom in (
        ("equivalence", "lessAbs", fit.freedom),
        ("threshold", statistics.threshold_test, None),
    ):
        p_value = test_threshold(effect, error, margin, alternative, freedom)["p_value"]
        against[f"{name}_p_value"] = np.where(usable, p_value, np.nan)
    # Nothing was measured there, so nothing is shown to be alike.
    against["equivalence_p_value"][unseen(effect, tested["p_value"].to_numpy())] = 1.0
    return tested.assign(ci_low=effect - reach, ci_high=effect + reach, **against)


def _any_difference(fit, design: Design, contrast: Contrast, vectors: Vectors, statistics: Statistics) -> pd.DataFrame:
    """Test whether any two groups differ; see `estimate_effects`."""
    against_first = list(vectors.parts.values())
    tested = test_nested(fit, restrict_design(design.matrix, against_first))
    others = [_wald(fit, vector, statistics) for vector in against_first]
    effects = np.array([np.zeros(len(tested)), *(other["log2_fc"] for other in others)])
    known = ~np.isnan(effects).any(axis=0)
    names = np.array(contrast.group_names, dtype=object)
    table = pd.DataFrame(
        {
            "log2_fc": effects.max(axis=0) - effects.min(axis=0),
            "lfc_se": np.nan,
            "ci_low": np.nan,
            "ci_high": np.nan,
            "stat": tested["stat"],
            "p_value": tested["p_value"],
            "df": tested["freedom"],
            "moderated_p_value": tested["moderated_p_value"],
            **_between_any_two(fit, [vectors.main * 0, *against_first], statistics),
            "lowest": np.where(known, names[np.argmin(np.nan_to_num(effects), axis=0)], ""),
            "highest": np.where(known, names[np.argmax(np.nan_to_num(effects), axis=0)], ""),
        },
        index=tested.index,
    )
    return table.join(_numbered(others, "group", 2))


def _between_any_two(fit, levels: Sequence[np.ndarray], statistics: Statistics) -> dict[str, np.ndarray]:
    """Test equivalence of all groups, and a difference beyond the margin between some two; see `estimate_effects`."""
    pairs = [_wald(fit, two - one, statistics) for one, two in combinations(levels, 2)]
    smallest = np.min([pair["threshold_p_value"] for pair in pairs], axis=0)
    return {
        "equivalence_p_value": np.max([pair["equivalence_p_value"] for pair in pairs], axis=0),
        "threshold_p_value": np.minimum(len(pairs) * smallest, 1),
    }


def _numbered(parts: list[pd.DataFrame], what: str, first: int) -> pd.DataFrame:
    """Set the effects of a contrast's parts side by side: log2_fc_step_1, ci_low_step_1, and so on."""
    shown = ["log2_fc", "ci_low", "ci_high", "moderated_p_value"]
    return pd.concat([part[shown].add_suffix(f"_{what}_{number}") for number, part in enumerate(parts, first)], axis=1)


def record_fit(
    fit,
    model: Model,
    design: Design,
    examination: Examination,
    summaries: Mapping[str, Mapping[str, Any]],
    scaling: Scaling,
    statistics: Statistics,
    engine: str,
    warnings: Sequence[str] = (),
) -> dict[str, Any]:
    """Record what was applied, for the report's methods and for whoever repeats the analysis.

    Parameters
    ----------
    fit
        `autocrine.engine.Fit` of the model.
    model, design
        What was asked, and the matrix and groups it became.
    examination
        What stands against the design.
    summaries
        Contrast name -> what else is known of it: the filtering of `tabulate_genes`, the effect of composition.
    scaling
        What counts were divided by.
    statistics
        Thresholds.
    engine
        Which inference was used.
    warnings
        What stands against the input.

    Returns
    -------
    Plain values: design, samples, size factors, trend, contrasts with their samples and filtering, versions.
    """
    return {
        "model": model.name,
        "own_cells": cells_of(design.selected, model),
        "design": model.design,
        "coefficients": list(design.matrix.columns),
        "left_out": list(design.left_out),
        "unwanted_factors": model.unwanted_factors,
        "unwanted_from": model.unwanted_from,
        "dropped_samples": dict(design.dropped),
        "samples": len(design.matrix),
        "residual_degrees_of_freedom": design.matrix.shape[0] - design.matrix.shape[1],
        "size_factor_method": scaling.method,
        "size_factor_genes": scaling.chosen,
        "size_factors": dict(zip(design.matrix.index, scaling.size_factors, strict=True)),
        "transcript_lengths": scaling.per_gene,
        "trend": fit.trend,
        "prior_variance": fit.prior_variance,
        "moderated_degrees_of_freedom": fit.freedom,
        "engine": engine,
        "contrasts": {
            name: {
                "higher": contrast.sides[0],
                "lower": contrast.sides[1],
                "form": contrast.form,
                "equivalence_margin": design.margin(contrast, statistics),
                "measurement": asdict(design.spans[name]) if name in design.spans else None,
                "groups": dict(zip(contrast.group_names, design.groups[name], strict=True)),
                "vector": design.contrasts[name].main,
                "parts": dict(design.contrasts[name].parts),
                **summaries[name],
            }
            for name, contrast in model.contrasts.items()
        },
        "warnings": [
            *({"about": "input", "contrasts": [], "text": text} for text in warnings),
            *({"about": "model", **asdict(caution)} for caution in examination.cautions),
            *({"about": "model", "contrasts": [], "text": text.removesuffix(".")} for text in fit.warnings),
        ],
        "cells": examination.cells.astype(object).to_dict("records"),
        "costs": examination.costs.to_dict("records"),
        "versions": {package: version(package) for package in PACKAGES},
    }


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
