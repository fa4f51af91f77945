"""Which outcomes of panel genes rest on one sample, whatever the number of samples."""

import numpy as np
import pandas as pd

from autocrine.columns import ONE_SAMPLE
from autocrine.results.effect_words import write_effect
from autocrine.results.multiplicity import panel_strictness

COLUMNS = tuple(name for part in ONE_SAMPLE for name in part.names)


def find_decisive_samples(panel: pd.DataFrame, without: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Find for each panel gene of one contrast the sample without which its outcome would be another.

    Parameters
    ----------
    panel
        The panel's rows of the contrast: gene_id, log2_fc, outcome, moderated_p_value, equivalence_margin and the
        adjusted p-values of both families (`autocrine.results.multiplicity.adjust_panel`).
    without
        Rows of the contrast: gene_id, sample, log2_fc and moderated_p_value as if the sample had not been measured.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per row of `panel` the columns `COLUMNS`: the sample ("" for none), the log2 fold change without it, and both in
    words. A change rests on a sample where without it less than half of the effect is left, or the other direction, and
    no change is shown any more (its p-value adjusted by as much as the gene's own is). An equivalence does where
    without it the effect lies beyond the margin.
    """
    groups = {gene: rows for gene, rows in without.groupby("gene_id", sort=False)}
    rows = zip(panel.to_dict("records"), panel_strictness(panel), strict=True)
    found = [_decisive(row, strict, groups.get(row["gene_id"]), alpha) for row, strict in rows]
    return pd.DataFrame(found, columns=list(COLUMNS), index=panel.index)


def _decisive(gene: dict, strictness: float, without: pd.DataFrame | None, alpha: float) -> tuple[str, float, str]:
    """Return the sample that decides, the effect without it, and words; see `find_decisive_samples`."""
    none = "", np.nan, ""
    if without is None or not len(without):
        return none
    effect, outcome = gene["log2_fc"], gene["outcome"]
    left, p_value = without["log2_fc"].to_numpy(), without["moderated_p_value"].to_numpy()
    if outcome in ("changed", "small_change"):
        size = left * np.sign(effect)
        decides = (size < abs(effect) / 2) & ~(p_value * strictness < alpha)
        place = int(np.argmin(size))
        words = "no change is shown"
    elif outcome == "equivalent":
        decides, place = np.abs(left) > gene["equivalence_margin"], int(np.argmax(np.abs(left)))
        words = "it would lie beyond the margin"
    else:
        return none
    if not decides[place]:
        return none
    sample = str(without["sample"].iloc[place])
    found, main = write_effect(left[place], beside=effect), write_effect(effect, beside=left[place])
    text = f"without {sample} the effect is log2 {found} instead of {main}, and {words}"
    return sample, float(left[place]), f"rests on one sample: {text}"
