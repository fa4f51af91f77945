"""Which cells carry the fusion, by calls that were made elsewhere."""

from __future__ import annotations

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
