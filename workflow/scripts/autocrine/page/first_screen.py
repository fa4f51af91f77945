"""The first screen: a small picture of each claim, its caveats in few words; without claims, what changed most."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.design.question import Statistics
from autocrine.page.gene_words import GeneWords
from autocrine.page.render import USUAL_DIGITS, find_digits
from autocrine.page.rounding import half_of
from autocrine.results.outcomes import CALLED

# Width of a picture and of what it shows, in pixels.
WIDE, SHOWN = 132, 60
# Effects are shown up to here at the most; what goes further ends in an arrow.
FARTHEST = 4.0
TOP_GENES, TOP_SETS = 6, 3
EFFECT = ("log2_fc", "ci_low", "ci_high")


def mark_claims(files: Sequence[Mapping[str, Any]]) -> None:
    """Give every tested claim a `mark`, its small picture: None where it has no effect.

    Claims of one unit share a scale; those of a comparison whose effects are all small, as per day, have one of their
    own. A mark has the places (in pixels) of the effect `x`, of its interval `low` and
    `high`, whether these are cut, of the margin's `band`, of what a single test would have found (`seen`), and the
    `side` of an effect whose interval leaves out zero.
    """
    tested = [row for file in files for row in file["rows"] if row["verdict"] != "not_testable"]
    scales: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    # Of a claim without an effect the unit may be missing, which equals nothing.
    for key, rows in _grouped(tested, "unit", "model", "contrast").items():
        small = find_digits([row[name] for row in rows for name in EFFECT]) > USUAL_DIGITS
        scales.setdefault(key if small else key[:1], []).extend(rows)
    for key, rows in scales.items():
        reach = _reach(rows, 0.5 if len(key) == 1 else 0.0)
        for row in rows:
            row["mark"] = _mark(row, reach) if np.isfinite(row["log2_fc"]) else None


def _grouped(rows: Sequence[dict[str, Any]], *names: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(str(row[name]) for name in names), []).append(row)
    return groups


def _reach(rows: Sequence[Mapping[str, Any]], least: float) -> float:
    numbers = np.array([row[name] for row in rows for name in (*EFFECT, "margin")], dtype=float)
    known = np.abs(numbers[np.isfinite(numbers)])
    return float(min(max(known.max(initial=0) * 1.05, least), FARTHEST)) or 1.0


def _mark(row: Mapping[str, Any], reach: float) -> dict[str, Any]:
    def place(value: float) -> float:
        return round(WIDE / 2 + float(np.clip(value / reach, -1, 1)) * SHOWN, 1)

    low, high, margin = float(row["ci_low"]), float(row["ci_high"]), float(row["margin"])
    seen = float(row["min_detectable_log2_fc"]) if row["verdict"] == "inconclusive" else np.nan
    return {
        "x": place(row["log2_fc"]),
        "low": place(low) if np.isfinite(low) else None,
        "high": place(high) if np.isfinite(high) else None,
        "cut": [bool(low < -reach), bool(high > reach)],
        "band": [place(-margin), place(margin)] if np.isfinite(margin) else None,
        "seen": [place(-seen), place(seen)] if np.isfinite(seen) and seen <= reach else None,
        "side": "up" if low > 0 else "down" if high < 0 else "",
    }


def list_caveats(row: Mapping[str, Any], numbers: Sequence[int]) -> list[str]:
    """Name in few words the objections to a claim; its row in the claims in full has the sentences.

    Parameters
    ----------
    row
        Of `claims.tsv`.
    numbers
        Of the warnings that touch its comparison.
    """
    other = row.get("sensitivity_other")
    caveats = [
        "other cells" if row["own_cells"] and row["own_cells"].lower() != row["population"].lower() else "",
        "one sample decides" if row["one_sample_words"] else "",
        "another method differs" if row["second_words"] else "",
        "leukaemic fraction" if row["composition_flag"] else "",
        "likely doublets" if row["doublets_verdict"] else "",
        "evidence against" if row["contrary_words"] else "",
        f"another outcome in {other:.0f} of {row['sensitivity_fits']:.0f} changed fits"
        if other and other == other
        else "",
        f"warning{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}" if numbers else "",
    ]
    return [text for text in caveats if text]


def name_caveats(files: Sequence[Mapping[str, Any]], warnings: Sequence[Mapping[str, Any]]) -> None:
    """Give every tested claim its `caveats` (see `list_caveats`); `warnings` have the comparisons that each touches."""
    for file in files:
        for row in file["rows"]:
            key = f"{row['model']}/{row['contrast']}"
            numbers = [place for place, warning in enumerate(warnings, 1) if key in warning["touches"]]
            row["caveats"] = list_caveats(row, numbers) if row["verdict"] != "not_testable" else []


def top_findings(table: pd.DataFrame, sets: pd.DataFrame, words: GeneWords, statistics: Statistics) -> dict[str, Any]:
    """Return what changed most in a comparison.

    Parameters
    ----------
    table
        Its gene table.
    sets
        Its rows of `gene_sets.tsv.gz`.
    words
        How its effects are put in words.
    statistics
        Which list decides, and at which level.

    Returns
    -------
    The clearest `genes` that are called (name, gene_id, log2_fc, side), the clearest `sets` that are (name, side) and
    are folded into no other, and where no gene is called `needed`: the change that half of the tested genes would have
    shown, in words. And with how many `digits` its effects are written, and what they are `per`.
    """
    p_value, adjusted = CALLED[statistics.calls]
    called = table[table[adjusted] < statistics.alpha].sort_values([p_value, "gene_id"]).head(TOP_GENES)
    genes = [
        {
            "name": row["gene_name"] or row["gene_id"], "gene_id": row["gene_id"], "log2_fc": row["log2_fc"],
            "side": words.side(row["log2_fc"] > 0),
        }
        for row in called.to_dict("records")
    ]  # fmt: skip
    known = table.loc[table["status"] == "tested", "min_detectable_log2_fc"].dropna()
    needed = ""
    if not genes and len(known) and np.isfinite(detectable := float(known.median())):
        change = words.describe_change(detectable)
        needed = f"For half of the tested genes, a single test would probably have found a change of {change}."
    found = sets
    if len(sets):
        found = sets[
            (sets["status"] == "tested") & (sets["adj_p_value"] < statistics.alpha) & (sets["folded_into"] == "")
        ]
        found = found.sort_values(["adj_p_value", "p_value", "gene_set"]).head(TOP_SETS)
    shown = [{"name": row["gene_set"], "side": words.side(row["stat"] > 0)} for row in found.to_dict("records")]
    digits = find_digits(float(half_of(table).median()))
    return {"genes": genes, "sets": shown, "needed": needed, "digits": digits, "per": words.words.per}
