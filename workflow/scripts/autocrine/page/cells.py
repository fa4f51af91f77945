"""What the report shows of single cells: what became of them, and what was tested of them, from their tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.cells.other_counts import WITHOUT_DOUBLETS
from autocrine.claims.of_cells import CODETECTION, FRACTION, INDUCTION, NOT_COUNTED, SELECTION, SURVIVORS
from autocrine.design.question import Model, Statistics

# As the tables have them; the tests of cells themselves need more than a page does.
TESTED, NO_RISE = "tested", "no_rise"
# `lost.tsv` has this in place of counts of cells that were left out one by one.
ONE_BY_ONE = -1
BOUNDED = "bounded"
NO_AMBIENT = {
    "no_raw": "no droplets without cells were given",
    "no_haemoglobin": "no haemoglobin, by which it is measured, is in the droplets",
    "no_other_cells": "all states make haemoglobin, by which it is measured",
}
# More genes are left to the tables.
MOST_GENES = 12


def choose_genes(panel: pd.DataFrame, claims: pd.DataFrame | None) -> list[str]:
    """Choose the genes whose cells are shown: the primary ones, and those of claims on cells.

    Parameters
    ----------
    panel : DataFrame
        symbol and tier of panel genes, in several rows each or in one.
    claims : DataFrame or None
        `claims.tsv`.
    """
    primary = list(dict.fromkeys(panel.loc[panel["tier"] == "primary", "symbol"]))
    asked: list[str] = []
    if claims is not None:
        of_genes = claims[claims["of_cells"].isin([FRACTION, SURVIVORS, CODETECTION])]
        asked = [gene for subject in of_genes["cells_subject"] for gene in str(subject).split(" + ")]
    return list(dict.fromkeys([*primary, *asked]))[:MOST_GENES]


def describe_cells(
    tables: Mapping[str, pd.DataFrame],
    models: Mapping[str, Model],
    genes: Sequence[str],
    statistics: Statistics,
) -> dict[str, Any]:
    """Gather what the section on cells shows.

    Parameters
    ----------
    tables
        Name -> the table: pseudobulks, lost, unequal_losses, ambient, detection, survivors, composition, codetection,
        makers.
    models
        The models of the cohort.
    genes
        Those that are shown; see `choose_genes`.
    statistics
        Thresholds.

    Returns
    -------
    states, samples (rows with a cell per state), dropped, left_out, losses, ambient (per sample the upper limit of the
    ambient share of its counts), fractions, survivors, pairs, composition and makers, each a list or mapping that may
    be empty; ambient_unknown, why no limit is known.
    """
    alpha = statistics.alpha
    comparisons = [
        {"model": name, "contrast": contrast.name, "title": titled(model, contrast.title, len(models))}
        for name, model in models.items()
        for contrast in model.contrasts.values()
    ]
    sums, ambient = tables["pseudobulks"], tables["ambient"]
    bounded = ambient[ambient["kind"] == BOUNDED]
    return {
        "states": list(dict.fromkeys(sorted(sums["state"]))),
        "samples": _samples(sums),
        "dropped": _dropped(tables["lost"]),
        "left_out": _left_out(tables["lost"]),
        "losses": describe_losses(tables["unequal_losses"], models),
        "ambient": dict(zip(bounded["sample"], bounded["contamination_upper"], strict=True)),
        "ambient_unknown": "; ".join(words for kind, words in NO_AMBIENT.items() if kind in set(ambient["obstacle"])),
        "fractions": _per_comparison(comparisons, tables["detection"], lambda rows: _fractions(rows, genes, alpha)),
        "survivors": _per_comparison(
            comparisons, tables["survivors"], lambda rows: _survivors(rows, genes, statistics.alpha)
        ),
        "pairs": _pairs(tables["codetection"], models, statistics),
        "composition": _composition(comparisons, tables["composition"], alpha),
        "makers": summarise_makers(tables["makers"]),
    }


def describe_losses(losses: pd.DataFrame, models: Mapping[str, Model]) -> list[dict[str, Any]]:
    """Return warnings of groups that lost cells unequally, as `autocrine.page.sections.gather_warnings` has them."""
    warnings = []
    for (model, contrast), rows in losses.groupby(["model", "contrast"], sort=False):
        asked = models[str(model)]
        for row in rows.to_dict("records"):
            of = f" of {row['state']}" if row["state"] else ""
            text = (
                f"{row['group_low']} kept {row['kept_low']:.0%} of its cells{of}, {row['group_high']} "
                f"{row['kept_high']:.0%}: losing cells unequally makes a difference in shares by itself"
            )
            where = f"{asked.title}, {asked.contrasts[str(contrast)].title}"
            warnings.append({"where": where, "text": text, "touches": [f"{model}/{contrast}"]})
    return warnings


def living_words(rows: Mapping[str, Mapping[str, Any]], gene: str, alpha: float) -> str:
    """Say what living cells tell of a gene, from the rows "positives", "negatives" and "difference" of `survivors.tsv`.

    The words rest on the p-values that are adjusted over the genes.

    "cells with BMPR1B fell to 0.51 times, those without to 0.19 times: selection".
    """
    row = rows["difference"]
    if row["reason"]:
        return str(row["reason"])
    ratios = [rows.get(what, {}).get("ratio", np.nan) for what in ("positives", "negatives")]
    if row["adj_reading"] == NO_RISE and row["adj_p_value"] < alpha and row["ratio"] < 1:
        counted = f": those with it to {ratios[0]:.2f} times, those without to {ratios[1]:.2f} times"
        return f"the share of cells with {gene} fell{counted if np.isfinite(ratios).all() else ''}"
    if row["adj_reading"] == NO_RISE:
        return f"no larger share of cells with {gene} is shown"
    if row["obstacle"] == NOT_COUNTED or not np.isfinite(ratios).all():
        words = "living cells were not counted in every sample (viable_cells): selection or induction is not known"
        return f"the share rose; {words}"
    with_gene, without = (f"{'fell' if ratio < 1 else 'grew'} to {ratio:.2f} times" for ratio in ratios)
    if (ratios[0] < 1) == (ratios[1] < 1):
        without = f"to {ratios[1]:.2f} times"
    changed = f"cells with {gene} {with_gene}, those without {without}"
    if row["adj_reading"] in (SELECTION, INDUCTION):
        return f"{changed}: {row['adj_reading']}"
    return f"{changed}: selection or induction is not known"


def pair_words(row: Mapping[str, Any], statistics: Statistics) -> str:
    """Say whether two genes are seen in the same cells, and no more than that."""
    pair = f"{row['ligand']} and {row['receptor']}"
    if row["status"] != TESTED:
        return str(row["reason"] or row["status"])
    if more := _answer(row, "", statistics):
        return f"{pair} are seen in the same cells {more} often than depth and state explain"
    if row["equivalence_p_value"] < statistics.alpha:
        within = f"within an odds ratio of {2**statistics.equivalence_margin:.2g}"
        return f"{pair} are seen in the same cells about as often as depth and state explain ({within})"
    return (
        f"it is not shown that {pair} are seen in the same cells more or less often than depth and state explain; a "
        f"single test would probably have found an odds ratio of {row['detectable_odds_ratio']:.2g}"
    )


def doublet_words(row: Mapping[str, Any], statistics: Statistics) -> str:
    """Say what becomes of a pair without likely doublets, where the answer is another; "" elsewhere.

    The answer is whether two genes are seen in the same cells more often, less often, or neither is shown.
    """
    own = _answer(row, "", statistics)
    other = _answer(row, f"_{WITHOUT_DOUBLETS}", statistics)
    status = row[f"status_{WITHOUT_DOUBLETS}"]
    if not status or other == own:
        return ""
    start = f"without likely doublets ({row['doublets']:,.0f} cells)"
    if status != TESTED:
        return f"{start} there is no test: {status}"
    odds = f"odds ratio {row[f'odds_ratio_{WITHOUT_DOUBLETS}']:.2g}"
    return f"{start} {f'they are seen {other} often' if other else 'this is not shown'} ({odds})"


def _answer(row: Mapping[str, Any], ending: str, statistics: Statistics) -> str:
    """Return "more" or "less" where that is shown of a pair, else ""."""
    if not row[f"adj_p_value{ending}"] < statistics.alpha:
        return ""
    return "more" if row[f"odds_ratio{ending}"] > 1 else "less"


def summarise_makers(makers: pd.DataFrame) -> list[dict[str, Any]]:
    """Summarise over samples which states make each gene.

    Returns
    -------
    Per gene `gene` and `rows`, the state that makes most of it first: state, samples (with a count of the gene), share
    (mean over these of the state's share of the counts of the gene), low and high (the least and the largest),
    cell_share and count_share (means of its shares of the cells and of all counts).
    """
    described = []
    for gene, rows in makers.groupby("gene", sort=False):
        made = rows[rows["share"].notna()]
        if made.empty:
            described.append({"gene": gene, "rows": []})
            continue
        # A sample without the cells of a state would have the others make all of it.
        states = made.groupby("sample")["state"].transform("nunique")
        by = made[states == states.max()].groupby("state", sort=True)
        table = by["share"].agg(samples="size", share="mean", low="min", high="max")
        table = table.join(by[["cell_share", "count_share"]].mean()).reset_index()
        described.append({"gene": gene, "rows": table.sort_values("share", ascending=False).to_dict("records")})
    return described


def titled(model: Model, contrast: str, models: int) -> str:
    """Name a comparison; with its model where there are several."""
    return f"{model.title}: {contrast}" if models > 1 or model.title != contrast else contrast


def _samples(sums: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the samples in the order of the table, each with its row of each state."""
    return [
        {"sample": sample, "cells": rows.set_index("state").to_dict("index"), "rows": rows.to_dict("records")}
        for sample, rows in sums.groupby("sample", sort=False)
    ]


def _dropped(lost: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the sums that were left out, of all or of shares alone."""
    return lost[lost["counts"] != ONE_BY_ONE].to_dict("records")


def _left_out(lost: pd.DataFrame) -> list[dict[str, Any]]:
    """Count the cells that were left out one by one, by reason, the most frequent first."""
    single = lost[lost["counts"] == ONE_BY_ONE].groupby("reason", sort=True)["cells"].sum()
    ordered = single.sort_values(ascending=False, kind="stable")
    return [{"reason": reason, "cells": int(cells)} for reason, cells in ordered.items()]


def _per_comparison(
    comparisons: Sequence[Mapping[str, str]], table: pd.DataFrame, describe: Callable[[pd.DataFrame], list]
) -> list[dict]:
    """Describe the rows of each comparison; those without any row are left out."""
    described = []
    for asked in comparisons:
        rows = table[(table["model"] == asked["model"]) & (table["contrast"] == asked["contrast"])]
        if len(records := describe(rows)):
            state = next((state for state in rows["state"] if state), "")
            described.append({**asked, "state": state, "rows": records})
    return described


def _fractions(rows: pd.DataFrame, genes: Sequence[str], alpha: float) -> list[dict[str, Any]]:
    """Return a row per shown gene; `called` is whether its share differs after adjustment over all genes."""
    # Of contrasts that do not compare two groups there are other columns.
    two = ["fraction_tested", "fraction_reference", "own_depth_tested", "own_depth_reference"]
    rows = rows.reindex(columns=[*rows.columns, *(name for name in two if name not in rows.columns)])
    found = rows.drop_duplicates("symbol").set_index("symbol")
    return [
        {"symbol": gene, **found.loc[gene].to_dict(), "called": bool(found.loc[gene, "adj_p_value"] < alpha)}
        for gene in genes
        if gene in found.index
    ]


def _survivors(rows: pd.DataFrame, genes: Sequence[str], alpha: float) -> list[dict[str, Any]]:
    """Return a row per shown gene: the three tests by what they are of, and what they say in words."""
    described = []
    for gene in genes:
        found = rows[rows["symbol"] == gene].set_index("what").to_dict("index")
        if "difference" in found:
            described.append({"symbol": gene, **found, "words": living_words(found, gene, alpha)})
    return described


def _pairs(pairs: pd.DataFrame, models: Mapping[str, Model], statistics: Statistics) -> list[dict[str, Any]]:
    """Return a row per model and pair; the samples of a model are one, so that its contrasts say the same."""
    first = pairs.drop_duplicates(["model", "ligand", "receptor"])
    return [
        {
            **row,
            "title": models[row["model"]].title,
            "called": bool(_answer(row, "", statistics)),
            "words": "; ".join(filter(None, [pair_words(row, statistics), doublet_words(row, statistics)])),
        }
        for row in first.to_dict("records")
    ]


def _composition(comparisons: Sequence[Mapping[str, str]], table: pd.DataFrame, alpha: float) -> list[dict[str, Any]]:
    """Return the tests of states of each comparison, once for models that differ in their state only."""
    described: dict[tuple, dict[str, Any]] = {}
    for asked in comparisons:
        rows = table[(table["model"] == asked["model"]) & (table["contrast"] == asked["contrast"])]
        rows = rows.drop(columns=["model", "contrast"]).assign(
            called=rows["adj_p_value"].fillna(rows["p_value"]) < alpha
        )
        if rows.empty:
            continue
        key = tuple(map(str, rows.to_numpy().ravel()))
        described.setdefault(key, {"titles": [], "rows": rows.to_dict("records")})["titles"].append(asked["title"])
    return [{"title": "; ".join(part["titles"]), "rows": part["rows"]} for part in described.values()]
