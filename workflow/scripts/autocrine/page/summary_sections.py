"""What the page over all cohorts shows, gathered from its tables."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, isfinite, log10
from typing import Any

import numpy as np
import pandas as pd

from autocrine.cohorts.pooling import STRATUM
from autocrine.cohorts.verdicts import stratum_name
from autocrine.design.forms import FORMS
from autocrine.page.cohort_genes import name_stratum
from autocrine.page.render import USUAL_DIGITS, find_digits
from autocrine.results.outcomes import PUBLISHED_STATUS, unseen

# A column for each of more cohorts than these would not be read.
MOST_COLUMNS = 12
KIND_WORDS = {
    "bulk": "bulk counts",
    "cells": "single cells, summed",
    "arrays": "log expression (arrays)",
    "published": "published table",
    "all": "all kinds",
}
# What stands for a verdict where there is no room for its word.
SIGNS = {"supported": "+", "contradicted": "−", "inconclusive": "?", "not_testable": "·"}
# Small forests show effects up to here at most; what goes further ends in an arrow.
WIDEST = 6


def choose_layout(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how the page shows so many cohorts: choices of kind and species, and whether each has a column of words.

    `rows` are those of `cohort_rows`.
    """
    return {
        "kind_words": KIND_WORDS,
        "signs": SIGNS,
        "choices": {name: list(dict.fromkeys(row[name] for row in rows)) for name in ("kind", "species")},
        "many": len(rows) > MOST_COLUMNS,
        "most_columns": MOST_COLUMNS,
    }


def claim_rows(claims: pd.DataFrame, cohorts: Sequence[str], meta: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return title -> rows: what a claim says, and verdict and words per cohort (`cells`) and pooled (`pooled`).

    `claims` and `meta` are the tables of the summary; of `meta` the kinds of cohorts are taken.
    """
    kinds = meta[["evidence", "origin", "species"]].drop_duplicates().itertuples(index=False)
    pooled = {stratum_name(*kind): name_stratum(*kind) for kind in kinds}
    pooled = {name: words for name, words in pooled.items() if f"pooled_verdict_{name}" in claims}
    files: dict[str, list[dict[str, Any]]] = {}
    for row in claims.astype(object).fillna("").to_dict("records"):
        cells = [_cell(row, "", name) for name in cohorts]
        together = [{"stratum": words, **_cell(row, "pooled_", name)} for name, words in pooled.items()]
        answered = any(cell["verdict"] != "not_testable" for cell in cells)
        files.setdefault(row["title"], []).append({**row, "cells": cells, "pooled": together, "answered": answered})
    return files


def _cell(row: Mapping[str, Any], prefix: str, name: str) -> dict[str, str]:
    """Return a verdict with its words; the comparison that the most frequent reason names is beside the claim."""
    none = row[f"{prefix}obstacle_{name}"] == "no_comparison"
    words = "no such comparison" if none else row[f"{prefix}words_{name}"]
    return {"verdict": row[f"{prefix}verdict_{name}"], "words": words}


def strata(effects: pd.DataFrame, meta: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per comparison and kind of cohorts: its words, its cohorts, and a row per gene.

    `published` tells which cohorts are published tables. A gene's row has `cells` (an effect per cohort, in the order
    of `cohorts`), `meta` (all cohorts together), `without` (the same without each cohort), and `forest` (see
    `forest_marks`) on a scale from -`reach` to `reach` with a band of the `margin`. Effects have
    a `colour`: "up", "down" or "differs" (no direction) of what changed, "within" of what did by less than the margin
    or surely stays within it.
    """
    parts = []
    together = {key: found for key, found in meta.groupby(STRATUM, sort=False)}
    for key, found in effects.groupby(STRATUM, sort=False):
        first, pooled = found.iloc[0], together[key]
        cohorts = list(dict.fromkeys(found["cohort"]))
        found = _shown(found)
        cells = found.set_index(["symbol", "cohort"]).to_dict("index")
        main = _shown(pooled[pooled["left_out"] == ""]).set_index("symbol").to_dict("index")
        left = pooled[pooled["left_out"] != ""].groupby("symbol")
        without = {symbol: rows.to_dict("records") for symbol, rows in left}
        reach = _reach(found)
        genes = []
        for symbol, row in main.items():
            own = [cells[symbol, cohort] for cohort in cohorts]
            genes.append({"symbol": symbol, "tier": row["tier"], "meta": row, "without": without.get(symbol, []),
                          "cells": own, "forest": forest_marks(own, row, reach)})  # fmt: skip
        names = ["role", "population", "comparison", "evidence", "origin", "species", "form", "unit"]
        published = set(found.loc[found["data_origin"] != found["origin"], "cohort"])
        titles = dict(zip(found["cohort"], found["cohort_title"], strict=True))
        parts.append({**first[names].to_dict(), "cohorts": [titles[name] for name in cohorts],
                      "published": [name in published for name in cohorts], "genes": genes, "reach": reach,
                      "margin": _margin(found, reach),
                      "pooled": bool(pooled["log2_fc"].notna().any())})  # fmt: skip
    return parts


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Add the colours, and take away the effect of genes that no read speaks of: it is zero by a convention."""
    rows = rows.copy()
    nothing = unseen(
        rows["log2_fc"].to_numpy(dtype=float), rows["p_value"].to_numpy(dtype=float), rows.get("status", "")
    )
    rows.loc[nothing, ["log2_fc", "ci_low", "ci_high"]] = np.nan
    direction = np.where(
        rows["form"].map(lambda form: FORMS[form].directed), np.where(rows["log2_fc"] > 0, "up", "down"), "differs"
    )
    within = rows["outcome"].isin(["small_change", "equivalent"])
    return rows.assign(colour=np.where(rows["outcome"] == "changed", direction, np.where(within, "within", "")))


def _reach(effects: pd.DataFrame) -> float:
    """Return a whole log2 fold change that nearly all intervals stay within; of small ones, as per day, one digit."""
    # What has no interval, as any difference among groups, has its effect.
    bounds = effects[["log2_fc", "ci_low", "ci_high"]].abs().max(axis=1).dropna()
    most = float(bounds.quantile(0.95)) if len(bounds) else 1.0
    if find_digits(most) > USUAL_DIGITS:
        unit = 10.0 ** floor(log10(most))
        return float(f"{ceil(most / unit) * unit:.1g}")
    return min(WIDEST, max(1, ceil(most)))


def _margin(effects: pd.DataFrame, reach: float) -> float:
    """Return the margin that the band of the small forests shows, the smallest of the cohorts.

    It is 0, no band, where it holds between the outermost of several groups and effects are per day.
    """
    if reach < 1 and not FORMS[effects["form"].iloc[0]].scaled:
        return 0.0
    return float(effects["equivalence_margin"].min())


def forest_marks(
    cells: Sequence[Mapping[str, Any]], together: Mapping[str, Any], reach: float
) -> list[dict[str, Any] | None]:
    """Return what a small forest of one gene shows: a mark per cohort, and one of the mean where there is one.

    Parameters
    ----------
    cells
        Effects of the cohorts, rows of `effects.tsv`.
    together
        The row of `meta_analysis.tsv`; `common_...` are shown where nothing is pooled and two cohorts or more have an
        estimate.
    reach
        The scale goes from -reach to reach.

    Returns
    -------
    Per mark `low`, `at` and `high` between -1 and 1, whether it goes on `below` and `above` the scale, its `colour`,
    and its `shape`: "cohort", "published", "pooled" or "common". None where there is no estimate.
    """
    names = ("log2_fc", "ci_low", "ci_high")
    marks = [
        _mark(
            *(cell[name] for name in names),
            reach,
            cell["colour"],
            "published" if cell.get("status") == PUBLISHED_STATUS else "cohort",
        )
        for cell in cells
    ]
    if isfinite(together["log2_fc"]):
        marks.append(_mark(*(together[name] for name in names), reach, "", "pooled"))
    elif together["cohorts"] > 1:
        marks.append(_mark(*(together[f"common_{name}"] for name in names), reach, "", "common"))
    return marks


def _mark(effect: float, low: float, high: float, reach: float, colour: str, shape: str) -> dict[str, Any] | None:
    if not isfinite(effect):
        return None
    # An effect without an interval, as of any difference among groups, is a point.
    ends = [end if isfinite(end) else effect for end in (low, high)]
    low, at, high = (float(np.clip(value / reach, -1, 1)) for value in (ends[0], effect, ends[1]))
    return {"low": low, "at": at, "high": high, "below": ends[0] < -reach, "above": ends[1] > reach,
            "colour": colour, "shape": shape}  # fmt: skip


def cohort_rows(
    cohorts: Mapping[str, Mapping[str, Any]], effects: pd.DataFrame, published: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Return the cohorts, state before prediction, each with how many of its comparisons take a role.

    `published` is the table of that name; a cohort of it has its row as `published`, others None.
    """
    by_cohort = {} if published is None else published.set_index("cohort").to_dict("index")
    taken = effects.drop_duplicates(["cohort", "role"])["cohort"].value_counts()
    rows = [
        {"name": name, "roles": int(taken.get(name, 0)), "published": by_cohort.get(name), **entry}
        for name, entry in cohorts.items()
    ]
    return sorted(rows, key=lambda row: row["evidence"] == "prediction")
