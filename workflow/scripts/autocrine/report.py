"""The report: what its page shows, gathered from tables and records, and the page itself."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from autocrine.outcomes import OUTCOME_WORDS

TOP_GENES = 25
TOP_SETS = 15
# A status in a table cell; the panel's `reason` says it in full.
STATUS_WORDS = {
    "tested": "tested",
    "absent": "not in the matrix",
    "all_zero": "no read",
    "outlier": "outlying count",
    "filtered": "too low to test",
    "low_counts": "too low to fit",
    "not_converged": "not converged",
}


# What the forms of contrasts add to the methods.
FORM_METHODS = {
    "trend": (
        "A trend is the slope over its groups at equal steps; that every step goes the same way is tested by the "
        "largest p-value of the steps. "
    ),
    "any_difference": "Any difference among groups was tested by likelihood ratio against the design without them. ",
    "difference": "A difference of two changes was tested as a contrast of its own. ",
}


def summarise_contrast(genes: pd.DataFrame, alpha: float) -> dict[str, Any]:
    """Count what one contrast found.

    Returns
    -------
    genes (rows), tested (with adjusted p-value), up and down (adjusted p-value below alpha), equivalent, statuses
    (name -> genes) and top (the genes with the smallest adjusted p-values, at most `TOP_GENES`).
    """
    changed = genes[genes["adj_p_value"] < alpha]
    return {
        "genes": len(genes),
        "tested": int((genes["status"] == "tested").sum()),
        "up": int((changed["log2_fc"] > 0).sum()),
        "down": int((changed["log2_fc"] < 0).sum()),
        "equivalent": int(genes["outcome"].isin(["equivalent", "small_change"]).sum()),
        "statuses": {str(name): int(count) for name, count in genes["status"].value_counts().items()},
        "top": changed.sort_values(["p_value", "gene_id"]).head(TOP_GENES).to_dict("records"),
    }


def describe_method(fit: Mapping[str, Any]) -> str:
    """Say in a paragraph what was done for one model, from the values that were applied."""
    trend = fit["trend"]
    method = {"ratio": "median of ratios", "poscounts": "median of ratios over positive counts"}
    engine = (
        "autocrine's kernels, which follow the rules of R DESeq2 (Love, Huber and Anders 2014)"
        if fit["engine"] == "parity"
        else f"PyDESeq2 {fit['versions']['pydeseq2']}"
    )
    left_out = (
        f" Coefficients that these samples cannot tell from the others and that no comparison needs were left out: "
        f"{', '.join(fit['left_out'])}."
        if fit["left_out"]
        else ""
    )
    margin, alpha = fit["statistics"]["equivalence_margin"], fit["statistics"]["alpha"]
    forms = {contrast["form"] for contrast in fit["contrasts"].values()}
    asked = "".join(words for form, words in FORM_METHODS.items() if form in forms)
    filtered = (
        "Genes with low counts were left out before the fit by the rule of edgeR's filterByExpr, panel genes excepted. "
        if fit["statistics"]["low_count_filter"] == "filterByExpr"
        else ""
    )
    return (
        f'{fit["samples"]} samples were fitted with the design "{fit["design"]}" '
        f"({len(fit['coefficients'])} coefficients, {fit['residual_degrees_of_freedom']} residual degrees of freedom). "
        f"Size factors: {method[fit['size_factor_method']]}. {filtered}Negative binomial dispersions "
        f"({trend['fit_type']} trend) and coefficients were estimated by {engine}. Effects are log2 fold changes with "
        f"{1 - alpha:.0%} Wald intervals and Wald tests. {asked}Genome-wide p-values were adjusted by Benjamini and "
        f"Hochberg after independent filtering at a false discovery rate of {alpha:g}; those of panel genes by "
        f"Benjamini and Hochberg within the panel, and those of the primary genes by Holm among themselves. A gene is "
        f"called equivalent where two one-sided tests show its effect to lie within log2 {margin:g}, adjusted in the "
        f"same families. The detectable effect is that which a single test at {alpha:g} would find with a power of "
        f"{fit['statistics']['power']:.0%}, from the gene's mean, its dispersion and the design.{left_out}"
    )


def embed_svg(svg: bytes) -> Markup:
    """Return an SVG as a data address for an <img>, in which no script of it can run."""
    return Markup("data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii"))


def format_number(value: Any, digits: int = 2) -> str:
    """Write a number for a reader: thousands separated, small ones with few digits, missing ones as a dash."""
    if value is None or value != value:
        return "–"
    if abs(value) == float("inf"):
        return "∞"
    if isinstance(value, int) or (float(value).is_integer() and abs(value) >= 1000):
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{digits}f}"


def format_p_value(value: Any) -> str:
    """Write a p-value for a reader."""
    if value is None or value != value:
        return "–"
    return f"{value:.1e}" if value < 0.001 else f"{value:.3f}"


def render(template: str, style: str, **content: Any) -> str:
    """Fill the page's template; every value is escaped.

    Parameters
    ----------
    template
        Jinja2 source of the page.
    style
        CSS, put into the page as it is.
    content
        What the template names; a name it lacks is an error.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["number"] = format_number
    environment.filters["p_value"] = format_p_value
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment.from_string(template).render(
        style=Markup(style), words=STATUS_WORDS, outcome_words=OUTCOME_WORDS, **content
    )


def summarise_sets(gene_sets: pd.DataFrame, alpha: float) -> list[dict[str, Any]]:
    """Return per comparison how many sets were tested and found (adjusted p-value below alpha), and the clearest."""
    parts = []
    for (model, contrast), table in gene_sets.groupby(["model", "contrast"], sort=False):
        tested = table[table["status"] == "tested"]
        top = tested.sort_values(["p_value", "gene_set"]).head(TOP_SETS)
        found = int((tested["adj_p_value"] < alpha).sum())
        parts.append({"model": model, "contrast": contrast, "tested": len(tested), "found": found,
                      "top": top.to_dict("records")})  # fmt: skip
    return parts


def primary_rows(panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the primary genes, each with its row of every contrast in the order of `contrasts`."""
    primary = panel[panel["tier"] == "primary"]
    rows = []
    for symbol, found in primary.groupby("symbol", sort=False):
        by_contrast = found.set_index(["model", "contrast"]).to_dict("index")
        rows.append({"symbol": symbol, "cells": [by_contrast[pair] for pair in contrasts]})
    return rows
