"""Effects and tests of one contrast, for every gene of a fit."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from autocrine import engine
from autocrine.design.contrasts import restrict_design
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.parts import extremes, side_by_side, steps_together, test_pairs
from autocrine.design.question import Statistics
from autocrine.results.engines import engine_of, unread

# What is shown of each part of a contrast.
OF_PARTS = ("log2_fc", "ci_low", "ci_high", "moderated_p_value")


def estimate_effects(fit, design: Design, contrast: Contrast, statistics: Statistics) -> pd.DataFrame:
    """Estimate and test one contrast for every gene of a fit.

    Parameters
    ----------
    fit
        `autocrine.engine.Fit` of the model, or `autocrine.linear.Fit`.
    design
        What was fitted.
    contrast
        The question.
    statistics
        Thresholds.

    Returns
    -------
    Per gene, in the order of the fit: log2_fc, lfc_se, ci_low, ci_high, stat, p_value, moderated_se, df,
    moderated_p_value, equivalence_p_value and threshold_p_value. Effects are log2 fold changes. p_value and
    threshold_p_value (of an absolute effect beyond the margin of `Design.margin`, by `Statistics.threshold_test`) are R
    DESeq2's and rest on the normal distribution. What is said of named genes rests on the error moderated_se and
    Student's t of `df` degrees of freedom (`autocrine.engine.test_contrast`): moderated_p_value, intervals of
    confidence 1 - alpha, and equivalence, the larger of two one-sided p-values against the margin (Schuirmann 1987, J
    Pharmacokinet Biopharm 15:657), which is 1 without a read in the compared groups.

    A trend adds its steps (log2_fc_step_1, ...) and step_p_value: that all steps go the same way, the largest of their
    moderated p-values (intersection-union test; Berger 1982, Technometrics 24:295), or 1 where they do not.

    With several groups equivalence is that of any two of them, the largest of their p-values, and `threshold` that some
    two differ by more than the margin, the smallest after Bonferroni.

    A contrast without direction is tested by a likelihood ratio. It has no single effect: log2_fc is the largest
    difference between two of its levels, named by `lowest` and `highest`, without error or interval; its parts are
    added (of any difference every group's effect against the first, log2_fc_group_2, ...).
    """
    vectors = design.contrasts[contrast.name]
    statistics = replace(statistics, equivalence_margin=design.margin(contrast, statistics))
    parts = [_wald(fit, vector, statistics) for vector in vectors.parts.values()]
    if contrast.directed:
        effects = _wald(fit, vectors.main, statistics)
    else:
        ends = extremes(
            contrast.levels([part["log2_fc"].to_numpy() for part in parts]), contrast.level_names(list(vectors.parts))
        )
        effects = _nested(fit, design, list(vectors.parts.values()), ends["difference"])
    if contrast.in_steps:
        effects["step_p_value"] = steps_together(
            [part["log2_fc"] for part in parts], [part["moderated_p_value"] for part in parts]
        )
    if levels := contrast.levels(list(vectors.parts.values())):
        effects = effects.assign(**_between_any_two(fit, levels, statistics))
    if not contrast.directed:
        effects = effects.assign(lowest=ends["lowest"], highest=ends["highest"])
    return effects.join(side_by_side(parts, OF_PARTS, contrast.part, contrast.first_part)) if parts else effects


def _wald(fit, vector: np.ndarray, statistics: Statistics) -> pd.DataFrame:
    """Estimate and test one vector; see `estimate_effects` for the columns."""
    tested = engine_of(fit).test_contrast(fit, vector)
    effect, error, own, freedom = (tested[name].to_numpy() for name in ("log2_fc", "lfc_se", "moderated_se", "df"))
    usable = tested["p_value"].notna().to_numpy()
    reach = stdtrit(freedom, 1 - statistics.alpha / 2) * own
    margin, against = statistics.equivalence_margin, {}
    # The test beyond the margin is R's; that within it is what we say of genes.
    for name, asked in (
        ("equivalence", (own, margin, "lessAbs", freedom)),
        ("threshold", (error, margin, statistics.threshold_test, None)),
    ):
        p_value = engine.test_threshold(effect, *asked)["p_value"]
        against[f"{name}_p_value"] = np.where(usable, p_value, np.nan)
    # Nothing was measured there, so nothing is shown to be alike.
    against["equivalence_p_value"][unread(fit, tested)] = 1.0
    return tested.assign(ci_low=effect - reach, ci_high=effect + reach, **against)


def _nested(fit, design: Design, vectors: Sequence[np.ndarray], largest: np.ndarray) -> pd.DataFrame:
    """Test all vectors at once by likelihood ratio; `largest` is given as the effect."""
    tested = engine_of(fit).test_nested(fit, restrict_design(design.matrix, vectors))
    return pd.DataFrame(
        {
            "log2_fc": largest,
            "lfc_se": np.nan,
            "ci_low": np.nan,
            "ci_high": np.nan,
            "stat": tested["stat"],
            "p_value": tested["p_value"],
            "moderated_se": np.nan,
            "df": tested["freedom"],
            "moderated_p_value": tested["moderated_p_value"],
        },
        index=tested.index,
    )


def _between_any_two(fit, levels: Sequence[np.ndarray], statistics: Statistics) -> dict[str, np.ndarray]:
    """Test equivalence of all levels, and a difference beyond the margin between some two; see `estimate_effects`."""
    pairs = test_pairs(levels, lambda vector: _wald(fit, vector, statistics))
    smallest = np.min([pair["threshold_p_value"] for pair in pairs], axis=0)
    return {
        "equivalence_p_value": np.max([pair["equivalence_p_value"] for pair in pairs], axis=0),
        "threshold_p_value": np.minimum(len(pairs) * smallest, 1),
    }
