"""What a test allows to be said of a gene: four outcomes, since "not significant" is not "unchanged"."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

# What a fit made of a gene.
STATUSES = ("tested", "filtered", "unread", "low_counts", "outlier", "not_converged", "all_zero")
OUTCOMES = ("changed", "equivalent", "small_change", "undetermined")
# The same for a reader.
OUTCOME_WORDS = {
    "changed": "changed",
    "equivalent": "equivalent: any change lies within the margin",
    "small_change": "changed, but by less than the margin",
    "undetermined": "undetermined: neither a change nor its absence is shown",
}

# The columns of a gene table, p-value and adjusted p-value, that make the genome-wide list of `statistics.calls`.
CALLED = {"deseq2": ("p_value", "adj_p_value"), "moderated": ("moderated_p_value", "moderated_adj_p_value")}

# What the steps of a trend show beside its slope, which a rise and a larger fall make as well.
STEPS = ("", "at every step", "not surely at every step", "steps in different directions")

UNSEEN = "no read in the compared groups, outlying counts aside"
# Of effects of a paper, of which 0 is an estimate: papers round.
PUBLISHED_STATUS = "published"


def unseen(effect: np.ndarray, p_value: np.ndarray, status: Any = "") -> np.ndarray:
    """Tell the genes without a read in the compared groups: effect 0 and p 1 by a convention of DESeq2, no estimate.

    Effects whose `status` (one, or one per gene) is that of a published table are estimates all the same.
    """
    return (effect == 0) & (p_value == 1) & (np.asarray(status, dtype=object) != PUBLISHED_STATUS)


def without_unread(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of genes for a page: without numbers of what was not read, of which tables have a convention.

    `table` has status, and the numbers of `genes.tsv.gz` or `panel.tsv`. Its mean count and margin stay.
    """
    numbers = table.select_dtypes("number").columns.drop(["base_mean", "equivalence_margin"], errors="ignore")
    unread = table["status"] == "unread"
    return table.assign(**{name: table[name].where(~unread) for name in numbers}) if unread.any() else table


def decide_outcomes(adj_p_value: np.ndarray, equivalence_adj_p_value: np.ndarray, alpha: float) -> np.ndarray:
    """Combine the test of a difference with the test of equivalence.

    Parameters
    ----------
    adj_p_value, equivalence_adj_p_value
        Adjusted p-values of the same genes; missing ones decide nothing.
    alpha
        Below it a test has decided.

    Returns
    -------
    One of `OUTCOMES` per gene: a difference alone is "changed", equivalence alone "equivalent", both "small_change",
    neither "undetermined" (Lakens 2017, Soc Psychol Personal Sci 8:355).
    """
    changed, equivalent = adj_p_value < alpha, equivalence_adj_p_value < alpha
    return np.select(
        [changed & equivalent, changed, equivalent], ["small_change", "changed", "equivalent"], "undetermined"
    )


def genome_wide(table: pd.DataFrame, calls: str) -> pd.DataFrame:
    """Return a gene table whose p_value and adj_p_value are those of the list that `statistics.calls` names."""
    p_value, adjusted = CALLED[calls]
    return table.assign(p_value=table[p_value], adj_p_value=table[adjusted])


def describe_disagreement(row: Mapping[str, Any], calls: str) -> str:
    """Say what the genome-wide list makes of a panel gene where that is not what its own family makes of it.

    Parameters
    ----------
    row
        A gene of `panel.tsv`: outcome, genome_wide_outcome and the adjusted p-values.
    calls
        Which list is the genome-wide one; see `CALLED`.

    Returns
    -------
    A sentence; empty where both agree, and where nothing was tested.
    """
    other, p_value = row["genome_wide_outcome"], row[CALLED[calls][1]]
    if pd.isna(row["p_value"]) or other == row["outcome"]:
        return ""
    words = other.replace("_", " ")
    if pd.isna(p_value):
        return f"Among all genes: {words}; its counts are too low for that list."
    if other == "equivalent":
        return f"Among all genes: {words} (adjusted p of equivalence {row['equivalence_adj_p_value']:.2g})."
    return f"Among all genes: {words} (adjusted p {p_value:.2g})."


def describe_lists(found: Mapping[str, int], calls: str, linear: bool = False) -> str:
    """Say in a line how many genes either genome-wide list calls, and why they differ.

    `found` counts the genes of "deseq2" and "moderated", and `calls` says which of them is the list shown. Of linear
    models both are the same.
    """
    if linear:
        return f"By the moderated t test of linear models {found['moderated']:,} genes are called."
    shown = {"deseq2": "R DESeq2's test", "moderated": "the t test"}
    other = "moderated" if calls == "deseq2" else "deseq2"
    return (
        f"By {shown[calls]}, shown here, {found[calls]:,} genes are called; by {shown[other]} "
        f"{found[other]:,}. R takes the dispersion of a gene as known, which calls too many genes with few samples, "
        f"and overstates it at low counts; the t test corrects both, and what is said of panel genes, claims and "
        f"intervals rests on it."
    )


def describe_steps(table: pd.DataFrame, adjusted: str, alpha: float) -> np.ndarray:
    """Tell what the steps of a trend show.

    Parameters
    ----------
    table
        Genes x columns; a trend has log2_fc_step_1, log2_fc_step_2, ...
    adjusted
        The column of a trend's adjusted p-values: that all steps of a gene go the same way.
    alpha
        Below it a test has decided.

    Returns
    -------
    Places in `STEPS`, of which the first stands for genes without steps.
    """
    steps = table.filter(regex=r"^log2_fc_step_\d+$").to_numpy(dtype=float)
    if not steps.shape[1]:
        return np.zeros(len(table), dtype=int)
    opposite = (steps > 0).any(axis=1) & (steps < 0).any(axis=1)
    known = np.isfinite(steps).all(axis=1)
    return np.select([~known, opposite, table[adjusted].to_numpy(dtype=float) < alpha], [0, 3, 1], 2)
