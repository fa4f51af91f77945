"""Which cells of a cohort are kept, by all that is known of them, and what became of each sample and state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.assignment import NO_SAMPLE
from autocrine.cells.labels import words_of
from autocrine.cells.quality import REASONS, group_of, judge_quality
from autocrine.cells.settled import Settled
from autocrine.cells.states import NO_LABEL, NOT_ASKED
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from autocrine.input.cell_source import CellSource

DOUBLET = "doublet"
# What a column of doublets may say; a cell of which it says nothing is taken for none.
_YES = {"true", "doublet", "multiplet", "1", "yes", "1.0"}
_NO = {"false", "singlet", "negative", "0", "no", "0.0"}
# Why a cell was left out, in words.
WORDS = {
    "few_umi": "fewer counts than min_umi",
    "few_genes": "fewer genes than min_genes",
    "outlying_umi": "counts far from those of the other cells",
    "outlying_genes": "genes far from those of the other cells",
    "high_mito": "a high share of mitochondrial counts",
    DOUBLET: "likely a doublet",
}


def decide_cells(cells: pd.DataFrame, assigned: pd.DataFrame, source: CellSource) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put together what is known of each cell, and say whether and why it is left out.

    Parameters
    ----------
    cells : DataFrame of shape (cells, columns)
        Indexed by barcode: depth, genes, mito_share, and doublet_score or the column of doublets, if there is one.
    assigned : DataFrame of shape (cells, columns)
        As `assign_cells` returns it.
    source : CellSource
        The choices.

    Returns
    -------
    decided : DataFrame of shape (cells, columns)
        sample, state, fusion (where there are any), depth, genes, mito_share, doublet_score (where there is one),
        doublet (bool), reason (in words, "" of a kept cell), kept (bool).
    limits : DataFrame
        The limits of quality, as `judge_quality` returns them; without rows where cells are taken as they come.
    """
    measured = cells[[name for name in ("depth", "genes", "mito_share", "doublet_score") if name in cells.columns]]
    # By place: samples of one file may share barcodes.
    decided = assigned.drop(columns="reason").assign(**{name: measured[name].to_numpy() for name in measured})
    decided["doublet"] = find_doublets(cells, source)
    reason = assigned["reason"].to_numpy(dtype=object).copy()
    # Of cells that are looked at: a call of the fusion does not make a cell sound or broken.
    known = ~np.isin(reason, [NO_SAMPLE, NO_LABEL, NOT_ASKED])
    judged, limits = judge_quality(
        decided[known].rename(columns={"depth": "umi"}),
        source.min_umi if source.quality == "adaptive" else 0,
        source.min_genes if source.quality == "adaptive" else 0,
    )
    if source.quality == "adaptive":
        why = judged.map(lambda kind: WORDS.get(kind, kind)).to_numpy(dtype=object)
        reason[known] = np.where(why != "", why, reason[known])
    else:
        limits = limits.iloc[:0]
    if source.doublets == "remove":
        reason[(reason == "") & decided["doublet"].to_numpy()] = WORDS[DOUBLET]
    return decided.assign(reason=reason, kept=reason == ""), limits


def find_doublets(cells: pd.DataFrame, source: CellSource) -> np.ndarray:
    """Return which cells are doublets, by the column of the user or by what was marked; nowhere true if none is."""
    if source.doublets == "off":
        return np.zeros(len(cells), dtype=bool)
    if source.doublet_column is not None:
        return words_of(cells[source.doublet_column]).str.lower().isin(_YES).to_numpy(dtype=bool)
    if "doublet" in cells.columns:
        return cells["doublet"].to_numpy(dtype=bool)
    return np.zeros(len(cells), dtype=bool)


def check_doublets(values: pd.Series, where: str, findings: Findings) -> None:
    """Tell of a column of doublets that says neither yes nor no of some cells, such as one of scores."""
    words = words_of(values).dropna()
    if unknown := sorted(set(words[~words.str.lower().isin(_YES | _NO)])):
        found = f'"{values.name}" says neither doublet nor singlet: {listed(unknown, 4)}'
        findings.problem(where, found, f"one of: {listed(sorted(_YES | _NO), 12)}")


def tabulate_pseudobulks(decided: pd.DataFrame, settled: Settled, source: CellSource) -> pd.DataFrame:
    """Count what became of the cells of each sample and state.

    Returns
    -------
    DataFrame
        A row per sample and state ("" where cells have none), sorted: sample, state, cells_before_quality (with sample
        and state), cells (kept), kept_share, counts, umi_per_cell, genes_per_cell, doublets (among the kept; missing
        where none was looked for), doublet_share, fusion_positive, fusion_negative (kept cells; missing without calls),
        leukemic_fraction
        (positive / (positive + negative)), common_depth (0 where it takes no part), cells_at_depth, status
        ("summed" or why it is not).
    """
    groups = group_of(decided)
    held = groups.assign(
        kept=decided["kept"].to_numpy(dtype=bool),
        depth=decided["depth"].to_numpy(dtype=np.int64),
        genes=decided["genes"].to_numpy(dtype=np.int64),
        doublet=decided["doublet"].to_numpy(dtype=bool),
        scored=decided["doublet_score"].notna().to_numpy() if "doublet_score" in decided.columns else False,
        quality=decided["reason"].isin(["", *(WORDS[reason] for reason in REASONS)]).to_numpy(),
    )
    with_fusion = "fusion" in decided.columns
    for call in ("positive", "negative"):
        held[call] = (decided["fusion"] == call).to_numpy() if with_fusion else False
    held = held[held["sample"] != ""]
    if "state" in decided.columns:
        held = held[held["state"] != ""]
    by = ["sample", "state"]
    kept = held[held["kept"]].groupby(by, sort=True)
    table = held.groupby(by, sort=True).agg(cells_before_quality=("kept", "size")).reset_index()
    sums = kept.agg(
        cells=("kept", "size"), counts=("depth", "sum"), genes=("genes", "sum"), doublets=("doublet", "sum"),
        fusion_positive=("positive", "sum"), fusion_negative=("negative", "sum"),
    )  # fmt: skip
    table = table.join(sums, on=by).fillna({name: 0 for name in sums.columns})
    with np.errstate(invalid="ignore", divide="ignore"):
        table["kept_share"] = table["cells"] / table["cells_before_quality"]
        table["umi_per_cell"] = table["counts"] / table["cells"]
        table["genes_per_cell"] = table["genes"] / table["cells"]
        table["doublet_share"] = table["doublets"] / table["cells"]
        called = table["fusion_positive"] + table["fusion_negative"]
        table["leukemic_fraction"] = table["fusion_positive"] / called
    if not with_fusion:
        table[["fusion_positive", "fusion_negative", "leukemic_fraction"]] = np.nan
    if source.doublets == "off" or source.doublet_column is None:
        # Of a sample with few or very many cells none was looked for.
        looked = held.groupby("sample")["scored"].any() & (source.doublets != "off")
        table.loc[~table["sample"].map(looked).to_numpy(dtype=bool), ["doublets", "doublet_share"]] = np.nan
    summed = settled.groups.assign(state=settled.groups.get("state", ""))
    summed = summed[[*by, "common_depth", "cells_at_depth"]]
    table = table.merge(summed, on=by, how="left")
    lost = settled.lost[settled.lost["left_out_of"] != "fractions"].set_index(["sample", "state"])["reason"]
    keys = pd.MultiIndex.from_frame(table[by])
    table["status"] = lost.reindex(keys).fillna("summed").to_numpy(dtype=object)
    absent = (table["status"] == "summed") & table["common_depth"].isna()
    table.loc[absent, "status"] = "no cell is kept"
    table["common_depth"] = table["common_depth"].clip(lower=0)
    order = [
        *by, "cells_before_quality", "cells", "kept_share", "counts", "umi_per_cell", "genes_per_cell", "doublets",
        "doublet_share", "fusion_positive", "fusion_negative", "leukemic_fraction", "common_depth", "cells_at_depth",
        "status",
    ]  # fmt: skip
    return table[order].fillna({"common_depth": 0, "cells_at_depth": 0})
