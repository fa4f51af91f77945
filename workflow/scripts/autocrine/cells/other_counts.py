"""What else the counts of sums of cells could be, to see whether an answer rests on them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from autocrine.seeds import SEEDS

EQUAL_CELLS, WITHOUT_DOUBLETS = "equal_cells", "without_doublets"


def other_counts(
    counts: pd.DataFrame, sheet: pd.DataFrame, doublets: np.ndarray | None
) -> dict[str, tuple[str, pd.DataFrame]]:
    """Return other counts of the same sums of cells.

    Parameters
    ----------
    counts : DataFrame of shape (samples, genes)
        Sums of cells.
    sheet : DataFrame
        Its column ``cells`` says how many cells each sum has; of other samples it has none.
    doublets : ndarray of shape (samples, genes), optional
        Counts of likely doublets among them.

    Returns
    -------
    dict of str to (str, DataFrame)
        Name -> words and counts: "equal_cells", each count thinned at random (binomial, with a seed) as if every sum
        had as few cells as the smallest; "without_doublets". Empty of samples that are no sums of cells.
    """
    if "cells" not in sheet.columns or "specimen" not in sheet.columns:
        return {}
    cells = sheet.loc[counts.index, "cells"].to_numpy(dtype=float)
    fewest = cells.min()
    found = {}
    if fewest < cells.max():
        random = np.random.default_rng(SEEDS["cells thinned to the fewest"])
        thinned = random.binomial(counts.to_numpy(), (fewest / cells)[:, None])
        words = f"every sample thinned to the fewest cells ({fewest:.0f})"
        found[EQUAL_CELLS] = (words, pd.DataFrame(thinned, counts.index, counts.columns))
    if doublets is not None and np.asarray(doublets).any():
        left = counts - np.asarray(doublets)
        found[WITHOUT_DOUBLETS] = ("without likely doublets", left)
    return found
