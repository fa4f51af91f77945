"""A sketch: a few cells of each sample and state, with the counts of all their genes, for a picture of the cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from autocrine.cells.blocks import Block, by_cells
from autocrine.seeds import SEEDS

if TYPE_CHECKING:
    from anndata import AnnData

# Most cells of a sample and state, and of all together: a picture of more is no clearer.
MOST_OF_EACH, MOST = 200, 20_000
# The column of cells.h5ad that marks them.
SKETCHED = "sketched"


def choose_sketch(
    of_cell: np.ndarray, barcodes: Sequence[str], most_of_each: int = MOST_OF_EACH, most: int = MOST
) -> np.ndarray:
    """Draw cells of each sample and state, the same number of each where it has so many.

    Parameters
    ----------
    of_cell : ndarray of shape (cells,)
        Number of the sample and state of each cell, -1 for none.
    barcodes : sequence of str
        Names of the cells. Those of a sample and state differ, so that the draw does not depend on the order of cells.
    most_of_each, most : int
        Most cells of a sample and state, and of all.

    Returns
    -------
    ndarray of shape (cells,), bool
        Which cells are drawn.
    """
    inside = np.flatnonzero(of_cell >= 0)
    names = np.asarray(barcodes, dtype=str)[inside]
    order = inside[np.lexsort((names, of_cell[inside]))]
    lots = np.random.default_rng(SEEDS["sketch of cells"]).random(len(order))
    label = of_cell[order]
    drawn = order[np.lexsort((lots, label))]
    # The place of each cell among those of its sample and state, in the order of the lots.
    label = of_cell[drawn]
    place = np.arange(len(drawn)) - np.searchsorted(label, label, side="left")
    groups = max(len(np.unique(label)), 1)
    picked = np.zeros(len(of_cell), dtype=bool)
    picked[drawn[place < min(most_of_each, max(most // groups, 1))][:most]] = True
    return picked


class Gathering:
    """The counts of some cells, gathered from the blocks of a file while it is read for its sums."""

    def __init__(self, picked: np.ndarray, genes: int) -> None:
        """Take which cells of the file are asked for, and how many genes it has."""
        self._place = np.where(picked, np.cumsum(picked) - 1, -1)
        self._shape = (int(picked.sum()), genes)
        self._parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def take(self, block: Block) -> None:
        """Keep what a block holds of them."""
        place = self._place[block.first_cell : block.first_cell + block.counts.shape[0]]
        wanted = np.flatnonzero(place >= 0)
        if len(wanted):
            rows = by_cells(block.counts)[wanted]
            cell = np.repeat(place[wanted], np.diff(rows.indptr))
            self._parts.append((cell, rows.indices + block.first_gene, rows.data.astype(np.int32)))

    def counts(self) -> Any:
        """Return the counts, cells x genes, CSR, int32, in the order of the file."""
        cell, gene, value = (
            np.concatenate([np.empty(0, dtype=np.int32), *(part[kind] for part in self._parts)]) for kind in range(3)
        )
        found = sparse.coo_array((value, (cell, gene)), shape=self._shape).tocsr()
        found.eliminate_zeros()
        return sparse.csr_matrix(found.astype(np.int32))


def join_sketches(parts: Sequence[AnnData]) -> AnnData:
    """Put the sketches of files together, sorted by sample, state and barcode, so that the order of files changes none.

    Parameters
    ----------
    parts : sequence of AnnData
        Cells x genes, with barcode, sample and state in obs; all of the same genes, as `join_sums` has checked.
    """
    import anndata

    together = anndata.concat(parts, merge="same")
    order = together.obs[["sample", "state", "barcode"]].astype(str).reset_index(drop=True)
    together = together[order.sort_values(list(order), kind="stable").index.to_numpy()].copy()
    together.obs_names = pd.RangeIndex(together.n_obs).astype(str)
    return together
