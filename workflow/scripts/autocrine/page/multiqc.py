"""Sections for a MultiQC report: samples, comparisons and verdicts of a cohort as its custom content (`*_mqc.json`)."""

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from autocrine.columns import INTEGER, NUMBER, table_at
from autocrine.design.forms import FORMS

PARENT = {
    "parent_id": "autocrine",
    "parent_name": "autocrine",
    "parent_description": "Differential expression, and what it says of named genes.",
}
QUALITY = (
    "library_size", "detected_genes", "median_level", "level_iqr", "top_100_share", "size_factor", "sex_by_genes",
    "sex_flag", "outlier_flag",
)  # fmt: skip
# Of genes of a comparison, in the order and colours in which they are drawn.
CATEGORIES = {
    "above": ("changed, effect above zero", "#d55e00"),
    "below": ("changed, effect below zero", "#0072b2"),
    "differs": ("changed, without direction", "#7b3f98"),
    "small_change": ("changed by less than the margin", "#999933"),
    "equivalent": ("equivalent", "#009e73"),
    "undetermined": ("undetermined", "#c8ccd2"),
    "no_test": ("no test", "#eceef1"),
}
VERDICTS = {"supported": "#009e73", "contradicted": "#aa3377", "inconclusive": "#c8ccd2", "not_testable": "#eceef1"}


def quality_section(quality: pd.DataFrame, cohort: str, title: str, data_origin: str) -> dict[str, Any]:
    """Return the section of samples.

    Parameters
    ----------
    quality
        `quality.tsv`, a row per sample.
    cohort, title, data_origin
        Name and title of the cohort; "measured" or "SIMULATED", which the section says.

    Returns
    -------
    A table in the form of MultiQC's custom content: sample -> column -> value, without columns and values that are
    missing. Names and texts are escaped, since MultiQC takes them for HTML.
    """
    about = table_at("quality.tsv")
    shown = [name for name in QUALITY if name in quality and (quality[name].notna() & (quality[name] != "")).any()]
    headers = {}
    for name in shown:
        part = about.column(name)
        assert part is not None
        headers[name] = {"title": name.replace("_", " "), "description": escape(part.meaning)}
        if part.type in (NUMBER, INTEGER):
            whole = part.type == INTEGER or quality[name].max() >= 1000
            headers[name]["format"] = "{:,.0f}" if whole else "{:,.3f}"
    rows = {
        escape(str(row["sample"])): {name: _plain(row[name]) for name in shown if _is_there(row[name])}
        for _, row in quality.iterrows()
    }
    return _section("quality", cohort, f"Samples of {title}", data_origin, "table", rows, headers=headers)


def comparisons_section(
    counts: Mapping[str, Mapping[str, int]], cohort: str, title: str, data_origin: str
) -> dict[str, Any]:
    """Return the section of comparisons: how many genes have which outcome.

    Parameters
    ----------
    counts
        Model and contrast -> what `count_genes` says of its table.
    cohort, title, data_origin
        As of `quality_section`.
    """
    rows = {escape(name): dict(counted) for name, counted in counts.items()}
    categories = {key: {"name": label, "color": colour} for key, (label, colour) in CATEGORIES.items()}
    above = ", ".join(form.words_for().above for form in FORMS.values() if form.directed)
    about = (
        "Genes of each comparison by outcome; the report of the cohort has the genes. What an effect above zero is "
        f"depends on the comparison: {above}."
    )
    return _section(
        "comparisons", cohort, f"Comparisons of {title}", data_origin, "bargraph", rows, about, categories=categories
    )


def claims_section(claims: pd.DataFrame, cohort: str, title: str, data_origin: str) -> dict[str, Any]:
    """Return the section of verdicts: how many claims of each file have which (`claims.tsv`)."""
    rows = {
        escape(str(name)): {verdict: int((of_file["verdict"] == verdict).sum()) for verdict in VERDICTS}
        for name, of_file in claims.groupby("title", sort=False)
    }
    categories = {key: {"name": key.replace("_", " "), "color": colour} for key, colour in VERDICTS.items()}
    about = "Claims of each file by verdict; the report of the cohort has the evidence."
    return _section("claims", cohort, f"Claims on {title}", data_origin, "bargraph", rows, about, categories=categories)


def count_genes(table: pd.DataFrame) -> dict[str, int]:
    """Count the genes of a comparison (`genes.tsv.gz`) by `CATEGORIES`.

    A contrast without direction has no standard error.
    """
    tested = table["status"] == "tested"
    changed = tested & (table["outcome"] == "changed")
    directed = bool(table["lfc_se"].notna().any())
    above, below = changed & directed & (table["log2_fc"] > 0), changed & directed & (table["log2_fc"] < 0)
    counted = {
        "above": above,
        "below": below,
        "differs": changed & ~above & ~below,
        **{
            outcome: tested & (table["outcome"] == outcome)
            for outcome in ("small_change", "equivalent", "undetermined")
        },
        "no_test": ~tested,
    }
    return {name: int(rows.sum()) for name, rows in counted.items()}


def _section(
    what: str,
    cohort: str,
    name: str,
    data_origin: str,
    plot: str,
    rows: Mapping[str, Any],
    about: str = "",
    **more: Any,
) -> dict[str, Any]:
    identifier = f"autocrine_{what}_{cohort}"
    description = f"{about} The data are {data_origin}.".strip()
    pconfig: dict[str, Any] = {"id": f"{identifier}_plot", "title": f"autocrine: {_heading(name)}"}
    if plot == "bargraph":
        pconfig["ylab"] = "genes" if what == "comparisons" else what
    return {
        "id": identifier, **PARENT, "section_name": _heading(name), "description": escape(description),
        "plot_type": plot, "pconfig": pconfig, **more, "data": dict(rows),
    }  # fmt: skip


def _heading(name: str) -> str:
    """Return a title without signs of tags: MultiQC undoes escapes of headings in its navigation."""
    return escape(name.replace("<", "‹").replace(">", "›"), quote=False)


def _is_there(value: Any) -> bool:
    return bool(pd.notna(value)) and value != ""


def _plain(value: Any) -> Any:
    return escape(value) if isinstance(value, str) else float(value)
