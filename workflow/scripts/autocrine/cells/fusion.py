"""Which cells carry the fusion, by calls that were made elsewhere, and the leukaemic share of each sample and state."""

from __future__ import annotations

import numpy as np
import pandas as pd

from autocrine.cells.labels import words_of
from autocrine.problems import Findings, listed

POSITIVE, NEGATIVE, UNKNOWN = "positive", "negative", "unknown"
CALLS = (POSITIVE, NEGATIVE, UNKNOWN)


def fusion_calls(values: pd.Series, where: str, findings: Findings) -> pd.Series | None:
    """Return the call of each cell.

    Parameters
    ----------
    values : Series of shape (cells,)
        "positive", "negative" or "unknown"; nothing is "unknown". Where the fusion was not seen in a cell that was read
        too shallowly to tell, the call is unknown, not negative.
    where : str
        How messages call the column.
    findings : Findings
        Receives any other value, and a column without a call; then the result is None.
    """
    words = words_of(values).fillna(UNKNOWN)
    counted = words.value_counts()
    if other := [f'"{value}" ({count:,} cells)' for value, count in counted.items() if value not in CALLS]:
        findings.problem(where, f"calls of the fusion are {listed(other)}", f"one of {', '.join(CALLS)}")
        return None
    if set(counted.index) <= {UNKNOWN}:
        findings.problem(where, "no cell has a call of the fusion", f"{POSITIVE} or {NEGATIVE} where it is known")
        return None
    return pd.Series(words.to_numpy(dtype=object), index=values.index)


def leukemic_fractions(cells: pd.DataFrame, calls: pd.Series) -> pd.DataFrame:
    """Return the share of cells with the fusion among those with a call, per sample and state.

    Parameters
    ----------
    cells : DataFrame of shape (cells, columns)
        ``sample`` and, where there are states, ``state``; where ``kept`` (bool) is there, only kept cells count. Cells
        without sample or state do not.
    calls : Series of shape (cells,)
        As `fusion_calls` returns them, in the order of `cells`.

    Returns
    -------
    DataFrame
        A row per sample and state, sorted: sample, state, positive, negative, unknown (cells), leukemic_fraction =
        positive / (positive + negative), NaN where no cell has a call.
    """
    keys = [name for name in ("sample", "state") if name in cells.columns]
    table = pd.DataFrame({name: words_of(cells[name]) for name in keys})
    counted = calls.to_numpy()[:, None] == np.array(CALLS, dtype=object)
    table[list(CALLS)] = counted.astype(np.int64)
    if "kept" in cells.columns:
        table = table[cells["kept"].to_numpy(dtype=bool)]
    found = table.dropna(subset=keys).groupby(keys, sort=True)[list(CALLS)].sum().reset_index()
    called = (found[POSITIVE] + found[NEGATIVE]).to_numpy()
    share = np.where(called > 0, found[POSITIVE] / np.maximum(called, 1), np.nan)
    return found.assign(leukemic_fraction=share)
