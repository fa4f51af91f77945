"""What the page over all cohorts shows, gathered from its tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from autocrine.strata import STRATUM


def claim_rows(claims: pd.DataFrame, cohorts: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """Return title -> rows: what a claim says, and verdict and words per cohort (`cells`) and pooled (`pooled`)."""
    pooled = [name.removeprefix("pooled_verdict_") for name in claims if name.startswith("pooled_verdict_")]
    files: dict[str, list[dict[str, Any]]] = {}
    for row in claims.fillna("").to_dict("records"):
        cells = [{"verdict": row[f"verdict_{name}"], "words": _brief(row[f"words_{name}"])} for name in cohorts]
        together = [
            {"stratum": name.replace("_", ", "), "verdict": row[f"pooled_verdict_{name}"],
             "words": _brief(row[f"pooled_words_{name}"])}
            for name in pooled
        ]  # fmt: skip
        answered = any(cell["verdict"] != "not_testable" for cell in cells)
        files.setdefault(row["title"], []).append({**row, "cells": cells, "pooled": together, "answered": answered})
    return files


def _brief(words: str) -> str:
    """Shorten the most frequent reason, whose comparison stands in the first column already."""
    return "no such comparison" if words.startswith("no comparison of th") else words


def strata(effects: pd.DataFrame, meta: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one entry per comparison and kind of cohorts: its words, its cohorts, and a row per gene.

    A gene's row has `cells` (an effect per cohort, in the order of `cohorts`), `meta` (all cohorts together) and
    `without` (the same without each cohort).
    """
    parts = []
    together = {key: found for key, found in meta.groupby(STRATUM, sort=False)}
    for key, found in effects.groupby(STRATUM, sort=False):
        first, pooled = found.iloc[0], together[key]
        cohorts = list(dict.fromkeys(found["cohort"]))
        cells = found.set_index(["symbol", "cohort"]).to_dict("index")
        main = pooled[pooled["left_out"] == ""].set_index("symbol").to_dict("index")
        left = pooled[pooled["left_out"] != ""].groupby("symbol")
        without = {symbol: rows.to_dict("records") for symbol, rows in left}
        genes = [
            {"symbol": symbol, "tier": main[symbol]["tier"], "meta": main[symbol], "without": without.get(symbol, []),
             "cells": [cells[symbol, cohort] for cohort in cohorts]}
            for symbol in main
        ]  # fmt: skip
        names = ["role", "population", "comparison", "evidence", "data_origin", "form", "unit"]
        titles = dict(zip(found["cohort"], found["cohort_title"], strict=True))
        parts.append({**first[names].to_dict(), "cohorts": [titles[name] for name in cohorts], "genes": genes,
                      "pooled": bool(pooled["log2_fc"].notna().any())})  # fmt: skip
    return parts


def cohort_rows(cohorts: Mapping[str, Mapping[str, Any]], effects: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the cohorts, state before prediction, each with how many of its comparisons take a role."""
    taken = effects.drop_duplicates(["cohort", "role"])["cohort"].value_counts()
    rows = [{"name": name, "roles": int(taken.get(name, 0)), **entry} for name, entry in cohorts.items()]
    return sorted(rows, key=lambda row: row["evidence"] == "prediction")
