"""Two runs of a cohort compared: what went in, and what became of every claim and panel gene."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from autocrine.columns import CHANGES

COLUMNS = [name for name in CHANGES.names if name != "cohort"]
# Relative: below it two numbers are the same, written and read again.
SAME = 1e-6
# Below it an effect, an error or a limit is zero but for rounding. P-values are compared however small.
ZERO = 1e-12
INPUTS = {"input": "file", "config": "key", "seed": "seed", "version": "package", "code": "code"}
# Lines of each part of the text; the table holds all.
MOST_LINES = 25
# More genes of one comparison that came or went are written in one line.
SEVERAL = 5


def compare_ledgers(old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return what differs between the ledgers of two runs (see `autocrine.run.ledger.read_crate`), by `COLUMNS`."""
    rows = []
    for kind in INPUTS:
        for name in dict.fromkeys([*old[kind], *new[kind]]):
            before, after = old[kind].get(name), new[kind].get(name)
            if before != after:
                change = "appeared" if before is None else "disappeared" if after is None else "changed"
                rows.append((kind, "", "", name, change, INPUTS[kind], before or "", after or ""))
    return pd.DataFrame(rows, columns=COLUMNS)


def compare_claims(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return claims whose verdict differs, and those that only one run has; `claims.tsv` of both."""
    return _compare(old, new, "claim", ["title", "claim"], ("verdict",))


def compare_panels(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return panel genes whose outcome, status or numbers differ, or that only one run has; `panel.tsv` of both."""
    return _compare(old, new, "gene", ["model", "contrast", "symbol"], ("outcome", "status"))


def compare_pooled_claims(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return claims whose pooled verdict differs; `claims.tsv` of two summaries."""
    return _compare(_pooled_verdicts(old), _pooled_verdicts(new), "claim", ["title", "model", "claim"], ("verdict",))


def _pooled_verdicts(claims: pd.DataFrame) -> pd.DataFrame:
    """Return a row per claim and kind of cohorts (`model`) that its effects were pooled over."""
    pooled = [name for name in claims if name.startswith("pooled_verdict_")]
    long = claims.melt(["title", "claim"], pooled, "model", "verdict")
    long["model"] = long["model"].str.removeprefix("pooled_verdict_")
    return long[long["verdict"].fillna("") != ""]


def compare_meta(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return panel genes whose effects over cohorts differ; `meta_analysis.tsv` of both.

    The role takes the place of a contrast; the kind of cohorts, of contrast and of unit that of a model.
    """
    tables = []
    for table in (old, new):
        main = table[table["left_out"] == ""]
        # Results of earlier versions are all of people.
        species = main["species"] if "species" in main else pd.Series("human", main.index)
        kind = (
            main["evidence"]
            + " "
            + species.where(species != "human", "")
            + " "
            + main.get("origin", main["data_origin"])
        )
        kind = (kind + " " + main["form"] + " " + main["unit"]).str.split().str.join(" ")
        tables.append(main.assign(model=kind, contrast=main["role"]))
    return _compare(*tables, "gene", ["model", "contrast", "symbol"], ("outcome",))


def _compare(old: pd.DataFrame, new: pd.DataFrame, kind: str, key: list[str], words: tuple[str, ...]) -> pd.DataFrame:
    """Return a row per word and number that differs, and one per row that only one of the tables has."""
    numbers = [
        name
        for name in old.columns.intersection(new.columns, sort=False)
        if pd.api.types.is_numeric_dtype(old[name]) and pd.api.types.is_numeric_dtype(new[name]) and name not in key
    ]
    # Of one type, although a table may be empty.
    old, new = (table.astype(dict.fromkeys(key, object)) for table in (old, new))
    both = old.merge(new, on=key, how="outer", suffixes=("_old", "_new"), indicator=True, sort=False)
    place = {name: both[name] if name in key else "" for name in ("model", "contrast")}
    subjects = pd.DataFrame({"kind": kind, **place, "name": both[key[-1]]}, index=both.index)
    for name in ("model", "contrast"):
        if name not in key and f"{name}_new" in both:
            subjects[name] = both[f"{name}_new"].fillna(both[f"{name}_old"])
    parts = [pd.DataFrame(columns=COLUMNS)]
    for side, change in (("left_only", "disappeared"), ("right_only", "appeared")):
        there = subjects[both["_merge"] == side]
        parts.append(there.assign(change=change, field="", old="", new=""))
    shared = both["_merge"] == "both"
    for field in (*words, *numbers):
        if f"{field}_old" not in both:
            continue
        before, after = both[f"{field}_old"], both[f"{field}_new"]
        differ = shared & (_differ(before, after, field) if field in numbers else before != after)
        parts.append(subjects[differ].assign(change="changed", field=field, old=before[differ], new=after[differ]))
    found = pd.concat([part for part in parts if len(part)] or parts)
    return found.rename_axis("row").sort_values("row", kind="stable").reset_index(drop=True)[COLUMNS]


def _differ(old: pd.Series, new: pd.Series, field: str) -> np.ndarray:
    """Say which numbers of a column differ."""
    if "p_value" in field:
        return differing(old, new)
    return differing(*(values.mask(values.abs() < ZERO, 0.0) for values in (old, new)))


def differing(old: pd.Series, new: pd.Series) -> np.ndarray:
    """Say which numbers differ by more than rounding; two missing ones are the same."""
    before, after = old.to_numpy(dtype=float), new.to_numpy(dtype=float)
    return ~np.isclose(before, after, rtol=SAME, atol=1e-300, equal_nan=True)


def describe(changes: pd.DataFrame, notes: list[str]) -> str:
    """Say in text what changed: what went in first, then verdicts, outcomes and the largest changes of effects."""
    lines = [*notes]
    titles = {"input": "Input files", "config": "Configuration", "seed": "Seeds", "version": "Versions", "code": "Code"}
    for kind, title in titles.items():
        found = changes[changes["kind"] == kind]
        lines += _section(title, [_said(row) for row in found.to_dict("records")])
    words = changes[changes["field"].isin(["verdict", "outcome", "status"]) | (changes["field"] == "")]
    for kind, title in (("claim", "Verdicts"), ("gene", "Outcomes of panel genes")):
        lines += _section(title, _lines_of(words[words["kind"] == kind]))
    effects = changes[(changes["kind"] == "gene") & (changes["field"] == "log2_fc")]
    moved = (effects["new"].astype(float) - effects["old"].astype(float)).abs().sort_values(ascending=False)
    lines += _section("Effects of panel genes, largest changes first",
                      [_said(row) for row in effects.loc[moved.index].to_dict("records")])  # fmt: skip
    listed = words["kind"].isin(["claim", "gene"]).sum() + len(effects)
    others = changes["kind"].isin(["claim", "gene"]).sum() - listed
    if others:
        lines += ["", f"Further numbers that differ: {others} (p-values, intervals and others; see the table)"]
    if len(lines) == len(notes):
        lines.append("No claim, no panel gene and no input changed.")
    return "\n".join(lines) + "\n"


def _lines_of(rows: pd.DataFrame) -> list[str]:
    """Say each change, but in one line where a comparison came or went with all its genes."""
    key = ["model", "contrast", "change"]
    whole = (rows["change"] != "changed") & (rows.groupby(key)["name"].transform("size") > SEVERAL)
    gone = [
        f"{len(part)} genes in {contrast} of {model}: {change}"
        for (model, contrast, change), part in rows[whole].groupby(key, sort=False)
    ]
    return gone + [_said(row) for row in rows[~whole].to_dict("records")]


def _section(title: str, lines: list[str]) -> list[str]:
    if not lines:
        return []
    rest = [f"  ... and {len(lines) - MOST_LINES} more, in the table"] if len(lines) > MOST_LINES else []
    return ["", f"{title} ({len(lines)})", *(f"  {line}" for line in lines[:MOST_LINES]), *rest]


def _said(row: Mapping) -> str:
    where = f"{row['name']} in {row['contrast']} of {row['model']}" if row["model"] else str(row["name"])
    if row["change"] != "changed":
        return f"{where}: {row['change']}"
    old, new = (_short(row[side], row["kind"]) for side in ("old", "new"))
    return f"{where}: {old} -> {new}"


def _short(value: object, kind: str) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    text = str(value).replace("_", " ") if kind in ("claim", "gene") else str(value)
    return text[:12] if kind == "input" else text
