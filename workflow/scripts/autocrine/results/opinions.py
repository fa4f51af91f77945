"""What other methods say beside the first: how far they agree, and where the panel's outcomes differ."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from autocrine.results.effect_words import write_effect
from autocrine.results.multiplicity import adjust_panel

# The other methods and their names; a prefix of columns is the key.
METHODS = {"voom": "voom", "pydeseq2": "PyDESeq2"}
# What is kept of them per gene.
KEPT = ("log2_fc", "lfc_se", "ci_low", "ci_high", "df", "p_value", "equivalence_p_value")


def measure_agreement(genes: pd.DataFrame, second: pd.DataFrame, alpha: float, called: str) -> dict[str, float]:
    """Count how far another method agrees with the first on one contrast.

    Parameters
    ----------
    genes
        The gene table.
    second
        Rows of one method from `autocrine.results.second_opinion.ask_second`.
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
    joined = second.set_index("gene_id")[["log2_fc", "adj_p_value"]].add_prefix("second_").join(
        first[["log2_fc", called]]
    )  # fmt: skip
    joined = joined.dropna(subset=["log2_fc", "second_log2_fc"])
    ours, theirs = joined[called] < alpha, joined["second_adj_p_value"] < alpha
    known = len(joined) > 2
    return {
        "genes": len(joined),
        "correlation": float(np.corrcoef(joined["log2_fc"], joined["second_log2_fc"])[0, 1]) if known else np.nan,
        "both": int((ours & theirs).sum()),
        "first": int((ours & ~theirs).sum()),
        "second": int((~ours & theirs).sum()),
    }


def describe_agreement(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Say how far the other methods agree with the list that is shown, or why one says nothing.

    `found` holds for each method that was asked what `measure_agreement` returns, or the `reason` why there is none.
    """
    sentences = []
    for method, seen in found.items():
        if reason := seen.get("reason"):
            sentences.append(f"{METHODS[method]} has no answer: {reason.removesuffix('.')}.")
        elif seen.get("genes"):
            called = seen["both"] + seen["second"]
            sentences.append(
                f"By {METHODS[method]} {called:,.0f} genes are called, {seen['both']:,.0f} of them here too; "
                f"{seen['first']:,.0f} that it tested are called here alone."
            )
            if pd.notna(seen["correlation"]):
                sentences.append(f"Effects of {seen['genes']:,.0f} genes correlate with {seen['correlation']:.3f}.")
    return " ".join(sentences)


def join_panel(panel: pd.DataFrame, second: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Say what the other methods say of the panel genes of one contrast, in the same families of tests.

    Parameters
    ----------
    panel
        The panel's rows of the contrast: gene_id, tier, outcome and p_value.
    second
        From `autocrine.results.second_opinion.ask_second`: method, gene_id and `KEPT`.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per row and method of `METHODS` `voom_log2_fc`, ... (`KEPT`), `voom_adj_p_value` (of a difference, in the family
    that decides for the gene) and `voom_outcome` ("" without an estimate), and so on; then `second_words`: which of
    them do not share the outcome, and what they say, else "".
    """
    primary, parts = (panel["tier"] == "primary").to_numpy(), []
    words = pd.Series([[] for _ in panel.index], panel.index, dtype=object)
    for method, name in METHODS.items():
        of_method = second[second["method"] == method].set_index("gene_id")[list(KEPT)].astype(float)
        found = of_method.reindex(panel["gene_id"]).set_index(panel.index)
        judged = adjust_panel(found, primary, alpha, "p_value")
        adjusted = np.where(primary, judged["primary_adj_p_value"], judged["panel_adj_p_value"])
        there = found["p_value"].notna()
        outcome = judged["outcome"].where(there, "")
        for row in panel.index[there & (outcome != panel["outcome"]) & panel["p_value"].notna()]:
            words[row].append(
                f"{name} ({outcome[row].replace('_', ' ')}, log2 {write_effect(found.at[row, 'log2_fc'])})"
            )
        parts.append(found.assign(adj_p_value=adjusted, outcome=outcome).add_prefix(f"{method}_"))
    return pd.concat(parts, axis=1).assign(second_words=[not_shared("outcome", outcomes) for outcomes in words])


def with_second(panel: pd.DataFrame, method: str) -> pd.DataFrame:
    """Return a panel's table with the numbers of another method in the place of the first's, for verdicts."""
    taken = {name: panel[f"{method}_{name}"] for name in KEPT}
    return panel.assign(**taken, moderated_p_value=taken["p_value"])


def not_shared(what: str, methods: list[str]) -> str:
    """Say that methods, each with what it says instead, do not share an outcome or a verdict; "" where all do."""
    return f"this {what} is not shared by {' and '.join(methods)}" if methods else ""
