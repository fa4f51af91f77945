"""What the page says of other methods: beside each gene and claim, and how far they agree on each comparison."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.page.render import find_digits, format_number
from autocrine.results.opinions import METHODS

# What a reader should know of each.
WHAT = {
    "voom": "linear models of log counts, weighted by how surely each count is known (as R limma's voom). It shares no "
    "model with the results of this page, which rest on negative binomial models of the counts themselves",
    "pydeseq2": "a Python program that follows DESeq2, with its own fit and tests. It takes the scatter of a gene as "
    "known and calls more genes where samples are few: a change that it alone sees is weaker evidence than one that "
    "all see",
}


def describe_opinions(row: Mapping[str, Any]) -> list[str]:
    """Say what the other methods make of a panel gene or claim: a sentence for each that has an answer.

    `row` is of `panel.tsv` or `claims.tsv`: its outcome or verdict, and that of each method with effect and interval.
    """
    what = "verdict" if "verdict" in row else "outcome"
    sentences = []
    for method, name in METHODS.items():
        said = row.get(f"{method}_{what}") or ""
        if not isinstance(said, str) or not said:
            continue
        low, high = row.get(f"{method}_ci_low", np.nan), row.get(f"{method}_ci_high", np.nan)
        effect = row[f"{method}_log2_fc"]
        digits = find_digits([effect, low, high])
        reach = "" if np.isnan(low) else f" ({format_number(low, digits)} to {format_number(high, digits)})"
        # Of what was not read nothing is shown that another could share.
        also = "also " if said == row[what] and row.get("status") != "unread" else ""
        sentences.append(f"{name}: {also}{said.replace('_', ' ')}, log2 {format_number(effect, digits)}{reach}.")
    return sentences


def describe_shared(claims: Sequence[Mapping[str, Any]]) -> str:
    """Say how many verdicts on claims about genes each other method shares; "" where none could judge one.

    `claims` are rows of `claims.tsv`.
    """
    parts = []
    for method, name in METHODS.items():
        judged = [row for row in claims if isinstance(row.get(f"{method}_verdict"), str) and row[f"{method}_verdict"]]
        if judged:
            shared = sum(row["verdict"] == row[f"{method}_verdict"] for row in judged)
            one = f"{name} {'shares' if shared else 'does not share'} the one verdict on a gene that it could judge"
            many = f"{name} shares {shared} of the {len(judged)} verdicts on genes that it could judge"
            parts.append(one if len(judged) == 1 else many)
    return "; ".join(parts) + "." * bool(parts)


def tabulate_agreement(
    contrasts: Sequence[tuple[str, str]], fits: Mapping[str, Mapping[str, Any]], panel: pd.DataFrame
) -> list[list[dict[str, Any]]]:
    """Gather how far each other method agrees with what is shown.

    Parameters
    ----------
    contrasts
        (model, contrast), in the order of the page.
    fits
        Model -> record of its fit.
    panel
        `panel.tsv`.

    Returns
    -------
    Per comparison a row for each method that was asked: its name and `what` it is, `reason` why it says nothing (or
    ""), genes that both tested, the correlation of their effects, genes called by both, here alone (`first`) and there
    alone (`second`), and of the panel genes that both judged how many there are (`judged`) and share their outcome
    (`shared`). Empty where nobody was asked.
    """
    per_comparison = []
    for model, contrast in contrasts:
        rows = []
        of_contrast = panel[(panel["model"] == model) & (panel["contrast"] == contrast) & panel["p_value"].notna()]
        for method, found in fits[model]["contrasts"][contrast]["second_opinion"].items():
            judged = of_contrast[of_contrast[f"{method}_outcome"].astype(object).fillna("") != ""]
            shared = int((judged[f"{method}_outcome"] == judged["outcome"]).sum())
            method_words = {"name": METHODS[method], "what": WHAT[method], "reason": ""}
            rows.append({**method_words, **found, "judged": len(judged), "shared": shared})
        per_comparison.append(rows)
    return per_comparison if any(per_comparison) else []


def beside_each_other(primary: pd.DataFrame) -> pd.DataFrame:
    """Return the primary genes with a row for each method: the one that is shown, and the others.

    Parameters
    ----------
    primary
        Rows of `panel.tsv` of the tier "primary".

    Returns
    -------
    The same columns. `model` is the comparison ("model/contrast") and `contrast` the method, "" for the one that is
    shown; effect, interval, p-value and outcome are the method's. A method without an estimate has no row.
    """
    key = primary["model"] + "/" + primary["contrast"]
    parts = [primary.assign(model=key, contrast="")]
    for method in METHODS:
        there = primary[f"{method}_outcome"].astype(object).fillna("") != ""
        taken = {name: primary[f"{method}_{name}"] for name in ("log2_fc", "ci_low", "ci_high", "p_value", "outcome")}
        found = primary.assign(
            model=key, contrast=method, primary_adj_p_value=primary[f"{method}_adj_p_value"], **taken
        )
        parts.append(found[there])
    return pd.concat(parts, ignore_index=True)
