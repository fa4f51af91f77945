"""The scores of a cohort, tested in every comparison like genes, and how the genes of the loop go together."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg, strictness
from autocrine.design.matrix import build_design
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Model, Statistics
from autocrine.problems import Findings
from autocrine.results.outcomes import decide_outcomes
from autocrine.samples.composition import compare_with_composition, composition_effect
from autocrine.samples.correlation import correlate
from autocrine.samples.least_squares import test_values
from autocrine.samples.scores import LOOP_PREFIX, Scores

CONSTANT = "it does not vary beside the design"
LOOP_UNIT, SET_UNIT = "loop (log2)", "gene set (standard deviations)"


def test_scores(
    scores: Scores,
    sheet: pd.DataFrame,
    models: Mapping[str, Model],
    statistics: Statistics,
    factors: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Test every score in every comparison with the designs of the genes.

    Parameters
    ----------
    scores
        Of all samples of the cohort.
    sheet
        Samples x columns.
    models
        The models of the cohort.
    statistics
        Thresholds; the margin (see `Design.margin`) is one of log2 and holds for loop scores only.
    factors
        Model -> factors of unwanted variation that its fit holds, samples x factors.

    Returns
    -------
    A row per model, contrast and score: unit, genes, estimate, se, interval, stat, df, p_value, adj_p_value (Benjamini
    and Hochberg over the scores of the contrast), equivalence_p_value, equivalence_margin, min_detectable, outcome, the
    columns of `autocrine.samples.composition` for loop scores, and reason where there is no test.
    """
    parts = []
    for name, model in models.items():
        design = build_design(sheet, model, f"config, models.{name}", Findings())
        if factors and name in factors:
            design = design.append(factors[name])
        for contrast in model.contrasts.values():
            table = pd.concat(
                [
                    test_values(
                        scores.values[_of(scores, unit)], design, contrast, statistics.alpha, margin, statistics.power
                    ).assign(equivalence_margin=np.nan if margin is None else margin)
                    for unit, margin in ((LOOP_UNIT, design.margin(contrast, statistics)), (SET_UNIT, None))
                ]
            )
            table = table.rename_axis("score").reset_index()
            table["adj_p_value"] = benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
            table["outcome"] = decide_outcomes(
                table["adj_p_value"].to_numpy(),
                benjamini_hochberg(table["equivalence_p_value"].to_numpy(dtype=float)),
                statistics.alpha,
            )
            alone = composition_effect(
                design.selected, design.matrix, design.direction(contrast), design.groups[contrast.name]
            )
            effects = table.rename(columns={"estimate": "log2_fc", "se": "moderated_se"})
            loops = table["score"].isin(_of(scores, LOOP_UNIT))
            beside = compare_with_composition(
                effects[loops],
                *alone,
                statistics.alpha,
                statistics.power,
                strictness(table.loc[loops, "p_value"], table.loc[loops, "adj_p_value"]),
            )
            table = table.join(beside).assign(model=name, contrast=contrast.name)
            parts.append(table)
    tests = pd.concat(parts, ignore_index=True)
    tests["unit"] = np.where(tests["score"].isin(_of(scores, LOOP_UNIT)), LOOP_UNIT, SET_UNIT)
    tests["genes"] = tests["score"].map({score: ", ".join(genes) for score, genes in scores.genes.items()})
    why = [scores.reasons.get(score, CONSTANT) for score in tests["score"]]
    tests["reason"] = np.where(tests["p_value"].isna(), why, "")
    first = ["model", "contrast", "score", "unit", "genes"]
    return tests[[*first, *(column for column in tests.columns if column not in first)]]


# pytest takes every function called test_... that a test module imports for a test.
test_scores.__test__ = False


def correlate_models(
    values: pd.DataFrame, sheet: pd.DataFrame, models: Mapping[str, Model], alpha: float
) -> pd.DataFrame:
    """Correlate the genes of the loop in the samples of every model.

    Parameters
    ----------
    values
        Samples x panel symbols, on a log scale.
    sheet
        Samples x columns.
    models
        The models of the cohort.
    alpha
        Intervals have the confidence 1 - alpha.

    Returns
    -------
    The rows of `autocrine.samples.correlation.correlate` with a column model before them. Groups are those
    that the model's contrasts compare; covariates what else its design holds, but for patients: where one has several
    samples, there is no test.
    """
    parts = []
    for name, model in models.items():
        design = build_design(sheet, model, f"config, models.{name}", Findings())
        selected, asked = design.selected, {column for c in model.contrasts.values() for column in c.columns}
        compared = [c for c in selected.columns if c in asked and not pd.api.types.is_float_dtype(selected[c])]
        groups = selected[compared].agg(", ".join, axis=1) if compared else None
        others = [c for c in design.formula.columns if c not in asked and c != PATIENT]
        covariates, patients = selected[others] if others else None, selected.get(PATIENT)
        found = correlate(values.loc[selected.index], groups, covariates, patients, alpha=alpha)
        found.insert(0, "model", name)
        parts.append(found)
    return pd.concat(parts, ignore_index=True)


def _of(scores: Scores, unit: str) -> list[str]:
    """Return the names of the scores in one unit."""
    return [name for name in scores.values.columns if name.startswith(LOOP_PREFIX) == (unit == LOOP_UNIT)]
