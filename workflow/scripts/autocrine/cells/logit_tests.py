"""Contrasts of logits of samples, by least squares: what shares of cells of any kind are compared with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from autocrine import linear
from autocrine.adjustment import benjamini_hochberg
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.parts import test_pairs
from autocrine.design.question import Statistics

# Columns of the tests of logits -> what they are called where they are of ratios.
AS_RATIOS = {
    "odds_ratio": "ratio",
    "ci_low": "ci_low",
    "ci_high": "ci_high",
    "log_odds_ratio": "log_ratio",
    "log_odds_error": "log_error",
    "stat": "stat",
    "df": "df",
    "p_value": "p_value",
    "equivalence_p_value": "equivalence_p_value",
    "detectable_odds_ratio": "detectable_ratio",
}


def test_logits(
    values: pd.DataFrame, design: Design, contrast: Contrast, statistics: Statistics, moderated: bool = False
) -> tuple[pd.DataFrame, float]:
    """Fit logits and test a contrast of the samples.

    Parameters
    ----------
    values : DataFrame of shape (samples, G)
        Natural logits, or logarithms, of genes or states; samples as in the design.
    design, contrast, statistics
        What is asked (`autocrine.cells.asking`).
    moderated : bool
        Whether the variances are squeezed towards a curve over the mean logit; it takes many genes.

    Returns
    -------
    tests : DataFrame
        A row per column of `values`: odds_ratio, ci_low, ci_high, log_odds_ratio, log_odds_error, stat, df, p_value,
        adj_p_value (Benjamini and Hochberg), plain_p_value (own variances), equivalence_p_value,
        detectable_odds_ratio, equivalence_margin; see `autocrine.cells.test_fractions`.
    prior_freedom : float
        Degrees of freedom that the prior of the variances lends; 0 where they are not squeezed.

    Raises
    ------
    autocrine.EngineError
        Where the values cannot be fitted.
    """
    blocks: dict[str, Any] = {}
    if design.blocks:
        found = linear.estimate_block_correlation(values, design.matrix, design.blocks)
        blocks = {"blocks": design.blocks, "correlation": found.consensus}
    fit = linear.fit_model(values, design.matrix, trend=moderated, **blocks)
    own = {"variance": fit.genes["residual_variance"], "df": fit.genes["residual_df"]}
    plain = replace(fit, genes=fit.genes.assign(**own))
    used = fit if moderated else plain
    vectors = design.contrasts[contrast.name]
    margin = design.margin(contrast, statistics)
    pairs = test_pairs(
        contrast.levels(list(vectors.parts.values())), lambda vector: _one(used, vector, statistics, margin)
    )
    if contrast.directed:
        table = _one(used, vectors.main, statistics, margin)
        table["plain_p_value"] = linear.test_contrast(plain, vectors.main)["p_value"]
    else:
        joint = _independent(np.array(list(vectors.parts.values())))
        tested = linear.test_together(used, joint)
        table = _one(used, vectors.main, statistics, margin).assign(
            **dict.fromkeys(_EFFECTS, np.nan), stat=tested["stat"], df=tested["freedom"], p_value=tested["p_value"]
        )
        table["plain_p_value"] = linear.test_together(plain, joint)["p_value"]
    table["equivalence_margin"] = np.nan if pairs or not contrast.directed else margin
    if pairs:
        table["equivalence_p_value"] = np.max([pair["equivalence_p_value"] for pair in pairs], axis=0)
    elif not contrast.directed:
        table["equivalence_p_value"] = np.nan
    table.insert(list(table).index("p_value") + 1, "adj_p_value", benjamini_hochberg(table["p_value"].to_numpy()))
    return table, fit.prior_freedom if moderated else 0.0


# pytest takes every function called test_... that a test module imports for a test.
test_logits.__test__ = False  # type: ignore[attr-defined]


_EFFECTS = ("odds_ratio", "ci_low", "ci_high", "log_odds_ratio", "log_odds_error", "detectable_odds_ratio")


def _one(fit: linear.Fit, vector: np.ndarray, statistics: Statistics, margin: float) -> pd.DataFrame:
    """Test one vector."""
    tested = linear.test_contrast(fit, vector)
    effect, error, freedom = (tested[name].to_numpy() for name in ("log2_fc", "lfc_se", "df"))
    reach = stdtrit(freedom, 1 - statistics.alpha / 2) * error
    shift = linear.detectable_effect(fit, vector, statistics.alpha, statistics.power)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        columns = {
            "odds_ratio": np.exp(effect),
            "ci_low": np.exp(effect - reach),
            "ci_high": np.exp(effect + reach),
            "log_odds_ratio": effect,
            "log_odds_error": error,
            "stat": tested["stat"].to_numpy(),
            "df": freedom,
            "p_value": tested["p_value"].to_numpy(),
            "plain_p_value": np.nan,
            # |effect| against the nearer margin is the larger of the two one-sided p-values.
            "equivalence_p_value": stdtr(freedom, (np.abs(effect) - margin) / error),
            "detectable_odds_ratio": np.exp(shift),
        }
    return pd.DataFrame(columns, index=tested.index)


def _independent(vectors: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of what vectors (K, p) span: together they ask the same."""
    _, sizes, rows = np.linalg.svd(vectors, full_matrices=False)
    return rows[sizes > 1e-9 * sizes[0]]
