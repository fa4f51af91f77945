"""Which sums there will be, and at which depth: decided from the measures of all cells, without their counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autocrine.cells.copies import check_copies
from autocrine.cells.depth import common_depths
from autocrine.cells.labels import Labels, label_cells, words_of
from autocrine.cells.losses import FRACTIONS, as_lost, drop_small, writable
from autocrine.cells.measure import are_samples
from autocrine.problems import Findings, listed

LIMITS = {"min_cells": 20, "min_counts": 20_000, "min_umi": 500}
# The common depth of a pseudobulk that is too shallow: no cell reaches it.
NO_DEPTH = -1


@dataclass(frozen=True)
class Settled:
    """The pseudobulks that are summed, and what was decided about the others.

    Attributes
    ----------
    groups : DataFrame
        A row per pseudobulk, sorted by sample and state: sample, state (where there are states), cells, counts, genes
        (sums over its cells), common_depth (-1 of one that is too shallow for fractions), cells_at_depth (0 there).
    depths : DataFrame
        A row per state, as `common_depths` returns it.
    lost : DataFrame
        Pseudobulks that are left out of all, or of the fractions, with the columns of `lost`.
    unlabelled : DataFrame
        Cells that belong to none: sample, state, reason, cells.
    limits : dict of str to int
        min_cells, min_counts, min_umi.
    """

    groups: pd.DataFrame
    depths: pd.DataFrame
    lost: pd.DataFrame
    unlabelled: pd.DataFrame
    limits: dict[str, int]

    def record(self) -> dict[str, Any]:
        """Return all of it as tables that `.h5ad` can hold; `of_record` reads it back."""
        tables = {"groups": self.groups, "depths": self.depths, "lost": self.lost, "unlabelled": self.unlabelled}
        return {name: writable(table) for name, table in tables.items()} | {"limits": dict(self.limits)}

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Settled:
        """Return what `record` wrote, as read from a file."""
        tables = {
            name: pd.DataFrame(record[name]).reset_index(drop=True)
            for name in ("groups", "depths", "lost", "unlabelled")
        }
        for table in tables.values():
            for name in table.columns.intersection(["sample", "state"]):
                table[name] = table[name].astype(object)
        return cls(**tables, limits={name: int(value) for name, value in record["limits"].items()})

    @property
    def keys(self) -> pd.DataFrame:
        """Sample and, where there are states, state of each pseudobulk."""
        return self.groups[[name for name in ("sample", "state") if name in self.groups]]

    def places(self, cells: pd.DataFrame) -> np.ndarray:
        """Return the row of `groups` of each cell, of which sample and state are given; -1 of one that is in no sum."""
        keys = self.keys
        wanted, known = (pd.MultiIndex.from_frame(table) for table in (cells[list(keys)], keys))
        return np.asarray(known.get_indexer(wanted), dtype=np.int64)

    def of_cells(self, decided: pd.DataFrame) -> np.ndarray:
        """Return the row of `groups` of each cell that is summed, -1 of the others.

        Of each cell are given sample, state where there are states, and ``kept`` (bool) where cells were left out.
        """
        of_cell = self.places(pd.DataFrame({name: words_of(decided[name]) for name in self.keys}))
        return np.where(decided["kept"].to_numpy(dtype=bool), of_cell, -1) if "kept" in decided.columns else of_cell


def settle(
    labels: Labels,
    depth: np.ndarray,
    genes: np.ndarray,
    limits: Mapping[str, int],
    where: str,
    findings: Findings,
) -> Settled | None:
    """Decide which pseudobulks are summed, and the common depth of each state.

    Parameters
    ----------
    labels : Labels
        Pseudobulks of all cells of a cohort.
    depth, genes : ndarray of shape (cells,)
        Counts and genes of each cell.
    limits : mapping of str to int
        min_cells, min_counts, min_umi as `sum_cells` takes them.
    where : str
        How messages call the cells.
    findings : Findings
        Receives a problem where no pseudobulk is large enough; then the result is None.
    """
    number, total = (_per_group(labels, values) for values in (None, depth))
    kept, dropped = drop_small(labels.groups, number, total, limits["min_cells"], limits["min_counts"])
    if not kept.any():
        reasons = [f"{name}: {reason}" for name, reason in zip(labels.names, dropped["reason"], strict=True)]
        findings.problem(where, f"no pseudobulk is large enough ({listed(reasons)})", "more cells or counts")
        return None
    labels = _only(labels, kept)
    number, total, seen = (_per_group(labels, values) for values in (None, depth, genes))
    depths, shallow = common_depths(depth, labels.of_cell, labels.names, labels.states, limits["min_umi"])
    common = _common_of_groups(labels, depths, shallow)
    deep = np.zeros(len(depth), dtype=bool)
    inside = labels.of_cell >= 0
    own = common[labels.of_cell[inside]]
    deep[inside] = (own >= 0) & (depth[inside] >= own)
    groups = labels.groups.assign(
        cells=number,
        counts=total,
        genes=seen,
        common_depth=common,
        cells_at_depth=_per_group(labels, deep.astype(np.int64)),
    )
    at = common < 0
    floor = limits["min_umi"]
    reasons = [f"10 % of the cells have {low} counts or fewer, below {floor}" for low in shallow.values()]
    too_shallow = as_lost(labels.groups[at], number[at], total[at], FRACTIONS, reasons)
    lost = pd.concat([dropped, too_shallow], ignore_index=True)
    return Settled(groups, depths, lost, labels.unlabelled, {name: limits[name] for name in LIMITS})


def settle_cells(
    measured: pd.DataFrame,
    limits: Mapping[str, int],
    where: str,
    findings: Findings,
    samples: Sequence[str] | None = None,
) -> Settled | None:
    """Decide the sums of a cohort from a table of its cells.

    Parameters
    ----------
    measured : DataFrame of shape (cells, columns)
        Cells of all files, indexed by barcode: ``depth`` and ``genes`` as `measure_file` returns them, ``sample``,
        and, where they were given, ``state``, ``kept`` (bool) and ``reason`` (of a cell that is not kept or has no
        state).
    limits, where, findings
        As `settle` takes them. Findings receive rows that are samples, and samples with the same cells, too.
    samples : sequence of str, optional
        Those that there should be, of the sheet; see `check_samples`.

    Returns
    -------
    Settled, or None where there is a problem.
    """
    before = len(findings.problems)
    labels = labels_of(measured, where, findings)
    if labels is None:
        return None
    depth, genes = (measured[name].to_numpy(dtype=np.int64) for name in ("depth", "genes"))
    if are_samples(depth, where, findings):
        return None
    check_copies(pd.Index(measured.index.astype(str)), labels, depth, genes, where, findings)
    if samples is not None:
        check_samples(labels, samples, where, findings)
    if len(findings.problems) > before:
        return None
    return settle(labels, depth, genes, limits, where, findings)


def labels_of(decided: pd.DataFrame, where: str, findings: Findings) -> Labels | None:
    """Sort a table of cells into pseudobulks: sample, and state, kept and reason where the table has them."""
    state = "state" if "state" in decided.columns else None
    given = "reason" in decided.columns
    reasons = words_of(decided["reason"]) if given else pd.Series(None, range(len(decided)), dtype=object)
    out = np.zeros(len(decided), dtype=bool)
    if "kept" in decided.columns:
        out |= ~decided["kept"].to_numpy(dtype=bool)
        reasons = reasons.fillna("not kept")
    # A state may be missing for a reason that is known.
    lacking = out if state is None else out | words_of(decided[state]).isna().to_numpy() & given
    left_out = reasons.fillna("").where(lacking, "").to_numpy(dtype=object)
    return label_cells(decided, "sample", state, where, findings, left_out)


def check_samples(labels: Labels, samples: Sequence[str], where: str, findings: Findings) -> None:
    """Tell of samples of the sheet of which no cell is left, and of cells whose sample is not in the sheet.

    Parameters
    ----------
    labels : Labels
        Pseudobulks of the cells.
    samples : sequence of str
        Those of the sheet.
    where : str
        How messages call the cells.
    findings : Findings
        Receives a problem for each of both.
    """
    there, left = set(labels.groups["sample"]), labels.unlabelled
    seen = there | set(left["sample"]) - {""}
    lost = [str(sample) for sample in samples if sample not in there]
    if lost:
        emptied = []
        for sample in lost:
            why = left[left["sample"] == sample].groupby("reason", sort=True)["cells"].sum()
            reasons = ", ".join(f"{reason} {number:,}" for reason, number in why.items())
            emptied.append(f"{sample} ({reasons or 'not in the files'})")
        findings.problem(where, f"no cell is left of {listed(emptied)}", "cells of each sample of the sheet")
    if others := sorted(seen - set(map(str, samples))):
        findings.problem(where, f"cells of samples that the sheet does not have: {listed(others)}", "a row for each")


def _per_group(labels: Labels, values: np.ndarray | None) -> np.ndarray:
    """Add values of cells up per pseudobulk, exactly; without values count the cells."""
    inside = labels.of_cell >= 0
    label, size = labels.of_cell[inside], len(labels.groups)
    if values is None:
        return np.bincount(label, minlength=size)
    # Sums of whole numbers below 2^53 are exact in double precision.
    return np.rint(np.bincount(label, weights=values[inside], minlength=size)).astype(np.int64)


def _only(labels: Labels, kept: np.ndarray) -> Labels:
    """Return the labels of some pseudobulks."""
    place = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    return Labels(labels.groups[kept].reset_index(drop=True), place[labels.of_cell], labels.unlabelled)


def _common_of_groups(labels: Labels, depths: pd.DataFrame, shallow: dict[str, int]) -> np.ndarray:
    """Return the common depth of each pseudobulk; `NO_DEPTH` of one that is too shallow."""
    of_state = dict(zip(depths["state"], depths["depth"], strict=True))
    common = [
        NO_DEPTH if name in shallow else of_state[state]
        for name, state in zip(labels.names, labels.states, strict=True)
    ]
    return np.array(common, dtype=np.int64)
