"""The report: what its page shows, gathered from tables and records, and the page itself."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

TOP_GENES = 25
# A status in a table cell; the panel's `reason` says it in full.
STATUS_WORDS = {
    "tested": "tested",
    "absent": "not in the matrix",
    "all_zero": "no read",
    "outlier": "outlying count",
    "filtered": "too low to test",
    "not_converged": "not converged",
}


def summarise_contrast(genes: pd.DataFrame, alpha: float) -> dict[str, Any]:
    """Count what one contrast found.

    Returns
    -------
    genes (rows), tested (with adjusted p-value), up and down (adjusted p-value below alpha), statuses (name -> genes)
    and top (the genes with the smallest adjusted p-values, at most `TOP_GENES`).
    """
    changed = genes[genes["adj_p_value"] < alpha]
    return {
        "genes": len(genes),
        "tested": int((genes["status"] == "tested").sum()),
        "up": int((changed["log2_fc"] > 0).sum()),
        "down": int((changed["log2_fc"] < 0).sum()),
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
    return (
        f'{fit["samples"]} samples were fitted with the design "{fit["design"]}" '
        f"({len(fit['coefficients'])} coefficients, {fit['residual_degrees_of_freedom']} residual degrees of freedom). "
        f"Size factors: {method[fit['size_factor_method']]}. Negative binomial dispersions ({trend['fit_type']} trend) "
        f"and coefficients were estimated by {engine}. Effects are log2 fold changes with "
        f"{1 - alpha:.0%} Wald intervals; p-values of Wald tests were adjusted by Benjamini and Hochberg after "
        f"independent filtering at a false discovery rate of {alpha:g}. A difference is called equivalent to none "
        f"by two one-sided tests against |log2 fold change| = {margin:g}.{left_out}"
    )


def embed_svg(svg: bytes) -> Markup:
    """Return an SVG as a data address for an <img>, in which no script of it can run."""
    return Markup("data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii"))


def format_number(value: Any, digits: int = 2) -> str:
    """Write a number for a reader: thousands separated, small ones with few digits, missing ones as a dash."""
    if value is None or value != value:
        return "–"
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
    return environment.from_string(template).render(style=Markup(style), words=STATUS_WORDS, **content)


def primary_rows(panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the primary genes, each with its row of every contrast in the order of `contrasts`."""
    primary = panel[panel["tier"] == "primary"]
    rows = []
    for symbol, found in primary.groupby("symbol", sort=False):
        by_contrast = found.set_index(["model", "contrast"]).to_dict("index")
        rows.append({"symbol": symbol, "cells": [by_contrast[pair] for pair in contrasts]})
    return rows
