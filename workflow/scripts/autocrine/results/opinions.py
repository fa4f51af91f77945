"""What a second method says beside the first: how far they agree, and where the panel's outcomes differ."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from autocrine.results.multiplicity import adjust_panel

# What is kept of the second method per gene, and what the panel calls it.
KEPT = ("log2_fc", "lfc_se", "ci_low", "ci_high", "df", "p_value", "equivalence_p_value")
PREFIX = "second_"


def measure_agreement(genes: pd.DataFrame, second: pd.DataFrame, alpha: float, called: str) -> dict[str, float]:
    """Count how far two methods agree on one contrast.

    Parameters
    ----------
    genes
        The gene table.
    second
        From `autocrine.results.second_opinion.ask_second`.
    alpha
        A gene is called below it.
    called
        The column of adjusted p-values that makes the list of the gene table.

    Returns
    -------
    genes (that both tested), correlation (Pearson's, of their effects), both, first and second (called by both, and by
    one alone).
    """
    first = genes.set_index("gene_id")
    joined = second.set_index("gene_id")[["log2_fc", "adj_p_value"]].add_prefix(PREFIX).join(first[["log2_fc", called]])
    joined = joined.dropna(subset=["log2_fc", f"{PREFIX}log2_fc"])
    ours, theirs = joined[called] < alpha, joined[f"{PREFIX}adj_p_value"] < alpha
    known = len(joined) > 2
    return {
        "genes": len(joined),
        "correlation": float(np.corrcoef(joined["log2_fc"], joined[f"{PREFIX}log2_fc"])[0, 1]) if known else np.nan,
        "both": int((ours & theirs).sum()),
        "first": int((ours & ~theirs).sum()),
        "second": int((~ours & theirs).sum()),
    }


def describe_agreement(found: Mapping[str, Any]) -> str:
    """Say how far the second method agrees with the list that is shown, or why it says nothing.

    `found` is from `measure_agreement`, or holds the `reason` why there is none; of one that was not asked for it is
    empty, and so is the sentence.
    """
    if reason := found.get("reason"):
        return f"There is no second opinion: {reason.removesuffix('.')}."
    if not found.get("genes"):
        return ""
    called = found["both"] + found["second"]
    alike = f" Effects of {found['genes']:,.0f} genes correlate with {found['correlation']:.3f}."
    return (
        f"Linear models (voom) call {called:,.0f} genes, {found['both']:,.0f} of them called here too; "
        f"{found['first']:,.0f} called here they do not call.{alike if np.isfinite(found['correlation']) else ''}"
    )


def join_panel(panel: pd.DataFrame, second: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Say what the second method says of the panel genes of one contrast, in the same families of tests.

    Parameters
    ----------
    panel
        The panel's rows of the contrast: gene_id, tier, outcome.
    second
        From `autocrine.results.second_opinion.ask_second`.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per row `second_log2_fc`, ... (`KEPT`), `second_outcome` ("" without an estimate) and `second_words`: what it
    says where that is another outcome, else "".
    """
    found = second.set_index("gene_id")[list(KEPT)].reindex(panel["gene_id"]).set_index(panel.index)
    judged = adjust_panel(found, (panel["tier"] == "primary").to_numpy(), alpha, "p_value")["outcome"]
    there = found["p_value"].notna()
    outcome = judged.where(there, "")
    differs = there & (outcome != panel["outcome"]) & panel["p_value"].notna()
    words = [
        describe_second(other, effect) if unlike else ""
        for other, effect, unlike in zip(outcome, found["log2_fc"], differs, strict=True)
    ]
    return found.add_prefix(PREFIX).assign(second_outcome=outcome, second_words=words)


def with_second(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel's table with the numbers of the second method in the place of the first's, for verdicts."""
    taken = {name: panel[f"{PREFIX}{name}"] for name in KEPT}
    return panel.assign(**taken, moderated_p_value=taken["p_value"])


def describe_second(outcome: str, effect: float) -> str:
    """Say what linear models make of a gene where they do not share its outcome."""
    size = f"{effect:.2f}" if abs(effect) >= 0.1 else f"{effect:.2g}"
    return f"linear models (voom) say {outcome.replace('_', ' ')}, log2 {size}"
