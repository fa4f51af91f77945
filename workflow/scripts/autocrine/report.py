"""The report: what its page shows, gathered from tables and records, and the page itself."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from autocrine.config import Model
from autocrine.explorer import STATUS_WORDS
from autocrine.outcomes import OUTCOME_WORDS
from autocrine.panel_groups import name_group, order_groups

TOP_GENES = 25


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
    text = f"{value:.{digits}f}"
    return text if float(text) else text.lstrip("-")


def format_p_value(value: Any) -> str:
    """Write a p-value for a reader."""
    if value is None or value != value:
        return "–"
    return f"{value:.1e}" if value < 0.001 else f"{value:.3f}"


def shade(log2_fc: float, largest: float = 4.0) -> str:
    """Return the class of a heatmap cell: "s-10" (lowest) over "s0" to "s10" (highest); "none" without an estimate."""
    if log2_fc is None or log2_fc != log2_fc:
        return "none"
    return f"s{round(max(-1.0, min(1.0, log2_fc / largest)) * 10)}"


def group_panel(panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the groups of the panel in their biological order, each with its genes and their row of every contrast.

    Returns
    -------
    Per group its heading and genes: symbol, gene_id, role, tier, and cells in the order of `contrasts`.
    """
    groups = []
    for group in order_groups(list(panel["group"])):
        genes = []
        for symbol, rows in panel[panel["group"] == group].groupby("symbol", sort=False):
            cells = rows.set_index(["model", "contrast"]).to_dict("index")
            first = rows.iloc[0]
            genes.append(
                {
                    "symbol": symbol,
                    "gene_id": first["gene_id"],
                    "role": first["role"],
                    "tier": first["tier"],
                    "cells": [cells.get(pair) for pair in contrasts],
                }
            )
        groups.append({"heading": name_group(group), "genes": genes})
    return groups


def gather_warnings(
    record: Mapping[str, Any],
    quality: Sequence[Mapping[str, Any]],
    fits: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, Model],
) -> list[dict[str, str]]:
    """Gather what a reader should know before the answers.

    Parameters
    ----------
    record
        What the import recorded: warnings.
    quality
        Rows of the quality table, with outlier_flag and sex_flag.
    fits
        Model -> record of its fit: warnings, each beginning with the names of the contrasts that it is about.
    models
        The models of the cohort.

    Returns
    -------
    where and text of each; samples first, since a wrong sample spoils every comparison.
    """
    told = [{"where": "Input", "text": text} for text in record["warnings"]]
    for row in quality:
        told += [{"where": row["sample"], "text": row[flag]} for flag in ("sex_flag", "outlier_flag") if row[flag]]
    for name, fit in fits.items():
        for text in fit["warnings"]:
            told.append({"where": models[name].title, "text": _with_titles(text, models[name])})
    return told


def _with_titles(text: str, model: Model) -> str:
    """Put the titles of contrasts where a warning begins with their names; one that is all there is goes unnamed."""
    names, _, rest = text.partition(": ")
    listed = names.split(", ")
    if not all(name in model.contrasts for name in listed):
        return text
    titles = ", ".join(model.contrasts[name].title for name in listed)
    return rest if len(model.contrasts) == 1 else f"{titles}: {rest}"


def script_hash(script: str) -> str:
    """Return the source expression by which a content security policy allows this script and no other."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") + "'"


def render(templates: Mapping[str, str], first: str, style: str, scripts: Sequence[str], **content: Any) -> str:
    """Fill the page's templates; every value is escaped.

    Parameters
    ----------
    templates
        Name -> Jinja2 source; they may include one another by name.
    first
        Name of the template of the page.
    style
        CSS, put into the page as it is.
    scripts
        Scripts, put into the page as they are. The page's policy allows these and no others.
    content
        What the templates name; a name that is lacking is an error.

    Raises
    ------
    ValueError
        If a script holds what would end its element.
    """
    if any("</script" in script.lower() or "<!--" in script for script in scripts):
        raise ValueError("a script holds </script or <!--, which would end it early")
    environment = Environment(
        loader=DictLoader(dict(templates)), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["number"] = format_number
    environment.filters["p_value"] = format_p_value
    environment.filters["shade"] = shade
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment.get_template(first).render(
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        script_hashes=Markup(" ".join(map(script_hash, scripts))),
        words=STATUS_WORDS,
        outcome_words=OUTCOME_WORDS,
        **content,
    )


def primary_rows(panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the primary genes, each with its row of every contrast in the order of `contrasts`."""
    primary = panel[panel["tier"] == "primary"]
    rows = []
    for symbol, found in primary.groupby("symbol", sort=False):
        by_contrast = found.set_index(["model", "contrast"]).to_dict("index")
        rows.append(
            {"symbol": symbol, "gene_id": found["gene_id"].iloc[0], "cells": [by_contrast[pair] for pair in contrasts]}
        )
    return rows
