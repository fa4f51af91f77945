"""Which pseudobulk each cell belongs to: its sample and its state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from autocrine.cells.pseudobulks import check_names
from autocrine.problems import Findings, listed
from autocrine.spelling import alike, shown_apart, text_of

# Columns that the sums have of their own.
OWN = ("sample", "state", "cells", "umi_per_cell", "genes_per_cell", "cells_at_depth")
# The state of all cells where no states were given.
ALL_CELLS = "all cells"


@dataclass(frozen=True)
class Labels:
    """Pseudobulks and their cells.

    Attributes
    ----------
    groups : DataFrame
        A row per pseudobulk, sorted by sample and state: ``sample`` and, where states were given, ``state``.
    of_cell : ndarray of shape (cells,)
        Row of `groups` of each cell; -1 of a cell that belongs to none.
    unlabelled : DataFrame
        Cells that belong to none: sample, state, reason, cells (their number).
    """

    groups: pd.DataFrame
    of_cell: np.ndarray
    unlabelled: pd.DataFrame

    @property
    def names(self) -> pd.Index:
        """Name of each pseudobulk: the sample, and the state behind a dot."""
        return pd.Index(self.groups.agg(".".join, axis=1), dtype=object)

    @property
    def states(self) -> np.ndarray:
        """State of each pseudobulk; "all cells" where no states were given."""
        if "state" not in self.groups:
            return np.full(len(self.groups), ALL_CELLS, dtype=object)
        return self.groups["state"].to_numpy(dtype=object)


def label_cells(
    obs: pd.DataFrame,
    sample: str,
    state: str | None,
    where: str,
    findings: Findings,
    left_out: np.ndarray | None = None,
) -> Labels | None:
    """Sort cells into pseudobulks.

    Parameters
    ----------
    obs : DataFrame of shape (cells, columns)
        What is known of each cell.
    sample, state : str
        Columns of `obs`; without a state all cells of a sample are one pseudobulk.
    where : str
        How messages call the cells.
    findings : Findings
        Receives columns that are not there, names that look alike, and barcodes that appear twice in a sample.
    left_out : ndarray of shape (cells,), optional
        Why a cell belongs to no pseudobulk, as text; empty of a cell that does.

    Returns
    -------
    Labels, or None where there is a problem.
    """
    before = len(findings.problems)
    asked = {"sample": sample} | ({} if state is None else {"state": state})
    for what, column in asked.items():
        if column not in obs.columns:
            findings.problem(f"{where}, obs", f'there is no column "{column}"', f"{what}: one of {listed(obs.columns)}")
    if len(findings.problems) > before:
        return None
    words = pd.DataFrame({what: words_of(obs[column]) for what, column in asked.items()})
    for what, column in asked.items():
        for names in alike(words[what].dropna().unique()):
            found = f'column "{column}" has names that look alike: {listed(map(shown_apart, names))}'
            findings.problem(f"{where}, obs", found, "one spelling")
        if words[what].isna().all():
            findings.problem(f"{where}, obs", f'column "{column}" is empty', f"the {what} of each cell")
    if len(findings.problems) > before:
        return None
    labelled = words.notna().all(axis=1).to_numpy()
    reasons = np.full(len(obs), "", dtype=object) if left_out is None else left_out
    known = labelled & (reasons == "")
    groups = words[known].drop_duplicates().sort_values(list(asked), ignore_index=True)
    check_names(groups, f"{where}, obs", findings)
    if len(findings.problems) > before:
        return None
    of_cell = np.full(len(obs), -1)
    keys = pd.MultiIndex.from_frame(groups) if len(asked) > 1 else pd.Index(groups["sample"])
    wanted = pd.MultiIndex.from_frame(words[known]) if len(asked) > 1 else pd.Index(words.loc[known, "sample"])
    of_cell[known] = keys.get_indexer(wanted)
    barcodes = pd.DataFrame({"sample": words["sample"].to_numpy(), "barcode": obs.index.astype(str)})
    twice = barcodes.duplicated().to_numpy() & labelled
    if twice.any():
        some = [f"{row.barcode} in {row.sample}" for row in barcodes[twice].head(3).itertuples()]
        found = f"{twice.sum():,} barcodes appear twice in a sample: {listed(some)}"
        findings.problem(f"{where}, obs", found, "each cell once")
        return None
    return Labels(groups, of_cell, _unlabelled(words[~known], reasons[~known]))


def constant_columns(obs: pd.DataFrame, of_cell: np.ndarray, groups: int) -> pd.DataFrame:
    """Return what is the same in all cells of each pseudobulk (groups x columns), such as patient and treatment.

    Parameters
    ----------
    obs : DataFrame of shape (cells, columns)
        What is known of each cell.
    of_cell : ndarray of shape (cells,)
        Pseudobulk of each cell, -1 for none; each of the `groups` has a cell.
    """
    inside = np.flatnonzero(of_cell >= 0)
    label = of_cell[inside]
    first = np.zeros(groups, dtype=np.int64)
    # Written from the back, the first cell of each pseudobulk stays.
    first[label[::-1]] = inside[::-1]
    kept = {}
    for name in obs.columns:
        if name in OWN:
            continue
        codes = pd.factorize(obs[name])[0]
        if (codes[inside] == codes[first][label]).all():
            values = obs[name].iloc[first]
            numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
            kept[str(name)] = values.to_numpy() if numeric else values.astype(object).to_numpy()
    return pd.DataFrame(kept, index=pd.RangeIndex(groups))


def varying_columns(obs: pd.DataFrame, constant: pd.DataFrame) -> list[str]:
    """Return the columns of cells that are not the same in each pseudobulk, given those that are."""
    return [str(name) for name in obs.columns if name not in OWN and str(name) not in constant.columns]


def words_of(values: pd.Series) -> pd.Series:
    """Return names as text without blanks around them, numbered from 0; None where there is none."""
    kinds = pd.Categorical(values)
    # The last one is that of the code -1, which no value has.
    words = np.array([*(str(text_of(kind)).strip() or None for kind in kinds.categories), None], dtype=object)
    return pd.Series(words[kinds.codes], dtype=object)


def _unlabelled(words: pd.DataFrame, reasons: np.ndarray) -> pd.DataFrame:
    """Count the cells that belong to no pseudobulk; one that was left out may have no state for that reason."""
    held = words.reindex(columns=["sample", "state"]).astype(object).where(lambda cell: cell.notna(), "")
    held["reason"] = np.where(reasons != "", reasons, np.where(held["sample"] == "", "no sample", "no state"))
    counted = held.groupby(["sample", "state", "reason"], sort=True).size().rename("cells").reset_index()
    return counted.astype({"sample": object, "state": object, "reason": object, "cells": np.int64})
