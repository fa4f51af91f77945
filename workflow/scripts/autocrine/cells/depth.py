"""The depth at which cells of different samples can be compared."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd

# Share of the cells of a sample that may lie below the common depth.
BELOW = 0.1


def common_depths(
    depth: np.ndarray,
    of_cell: np.ndarray,
    names: pd.Index,
    states: np.ndarray,
    floor: int,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Find the common depth of each state: the 10 % quantile of the depth of its shallowest sample.

    Parameters
    ----------
    depth : ndarray of shape (cells,)
        Counts of each cell.
    of_cell : ndarray of shape (cells,)
        Pseudobulk of each cell; -1 for none.
    names, states : sequences of length S
        Name and state of each pseudobulk.
    floor : int
        The least common depth. A pseudobulk that would force the depth below it takes no part.

    Returns
    -------
    depths : DataFrame
        A row per state: state, depth (0 where no sample reaches the floor), samples (that take part), shallowest (the
        sample that decides), depth_without_shallowest (0 without another one).
    shallow : dict of str to int
        Pseudobulk that takes no part -> its 10 % quantile.
    """
    sorted_cells = np.argsort(of_cell, kind="stable")
    ends = np.searchsorted(of_cell[sorted_cells], np.arange(len(names) + 1))
    # The depth of a cell, not one between two, so that it is a whole number.
    quantiles = np.array(
        [int(np.quantile(depth[sorted_cells[start:stop]], BELOW, method="lower")) for start, stop in pairwise(ends)],
        dtype=np.int64,
    )
    rows: list[dict[str, object]] = []
    shallow: dict[str, int] = {}
    for state in sorted(set(states)):
        members = np.flatnonzero(states == state)
        low = [place for place in members if quantiles[place] < floor]
        shallow |= {str(names[place]): int(quantiles[place]) for place in low}
        left = sorted((place for place in members if place not in low), key=lambda place: (quantiles[place], place))
        reached = [int(quantiles[place]) for place in left]
        rows.append(
            {
                "state": state,
                "depth": reached[0] if left else 0,
                "samples": len(left),
                "shallowest": str(names[left[0]]) if left else "",
                "depth_without_shallowest": reached[1] if len(left) > 1 else 0,
            }
        )
    return pd.DataFrame(rows), shallow
