"""What was left out on the way from cells to sums, always with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from anndata import AnnData

COLUMNS = ["sample", "state", "cells", "counts", "left_out_of", "reason"]
ALL, FRACTIONS = "sums and fractions", "fractions"


def lost(sums: AnnData) -> pd.DataFrame:
    """List what was left out: cells without sample or state, small pseudobulks, samples too shallow for fractions.

    Parameters
    ----------
    sums : AnnData
        As `sum_cells` returns them.

    Returns
    -------
    DataFrame
        sample, state ("" where none were given), cells, counts (-1 of cells without sample or state), left_out_of
        ("sums and fractions", "fractions"), reason.
    """
    record = sums.uns["import"]
    cells = record["cells_dropped"].assign(counts=-1, left_out_of=ALL)
    table = pd.concat([record["dropped_pseudobulks"][COLUMNS], cells[COLUMNS]], ignore_index=True)
    return table.astype({"cells": np.int64, "counts": np.int64})


def drop_small(
    groups: pd.DataFrame, cells: np.ndarray, counts: np.ndarray, min_cells: int, min_counts: int
) -> tuple[np.ndarray, pd.DataFrame]:
    """Find pseudobulks of too few cells or counts.

    Parameters
    ----------
    groups : DataFrame of shape (S, 1 or 2)
        Sample and state of each pseudobulk.
    cells, counts : ndarray of shape (S,)
        Their cells and counts.
    min_cells, min_counts : int
        Fewer are too few.

    Returns
    -------
    kept : ndarray of shape (S,)
        Which stay.
    dropped : DataFrame
        The others, with the columns of `lost`.
    """
    few_cells, few_counts = cells < min_cells, counts < min_counts
    reasons = [
        f"{n} cells, fewer than {min_cells}" if few else f"{total:,} counts, fewer than {min_counts:,}"
        for n, total, few in zip(cells, counts, few_cells, strict=True)
    ]
    table = as_lost(groups, cells, counts, ALL, reasons)
    kept = ~(few_cells | few_counts)
    return kept, table[~kept].reset_index(drop=True)


def as_lost(
    groups: pd.DataFrame, cells: np.ndarray, counts: np.ndarray, left_out_of: str, reasons: list[str]
) -> pd.DataFrame:
    """Return pseudobulks as rows of `lost`."""
    table = groups.reindex(columns=["sample", "state"]).astype(object).fillna("")
    table = table.assign(cells=np.asarray(cells, dtype=np.int64), counts=np.asarray(counts, dtype=np.int64))
    return table.assign(left_out_of=pd.Series(left_out_of, table.index, dtype=object), reason=reasons)[COLUMNS]


def writable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table that anndata can write, also where it has no row."""
    return table.set_axis(table.index.astype(str), axis=0)
