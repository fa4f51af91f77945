"""What each cell is measured by, in one pass over blocks: its depth, its genes, and genes that are asked about."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autocrine.cells.blocks import Cells, by_cells, check_block
from autocrine.problems import Findings

# Fewer rows of more counts than any cell has are samples.
FEWEST_CELLS, MOST_UMI = 200, 200_000
# More barcodes with hardly a count are droplets of a run before cells were called.
MOST_BARCODES, FEWEST_UMI = 200_000, 10


def measure_cells(
    cells: Cells, size: tuple[int, int], findings: Findings, genes: Sequence[int] = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure each cell, and check every count.

    Parameters
    ----------
    cells : Cells
        Counts.
    size : (int, int)
        Most cells and values of a block.
    findings : Findings
        Receives a problem where values are no counts; then the rest is not read.
    genes : sequence of int
        Places of genes that are looked at one by one.

    Returns
    -------
    depth : ndarray of shape (cells,)
        Counts of each cell, int64.
    detected : ndarray of shape (cells,)
        Genes of each cell, int64.
    positive : ndarray of shape (cells, len(genes))
        Whether each of `genes` has a count, bool.
    """
    depth, detected = (np.zeros(cells.shape[0], dtype=np.int64) for _ in range(2))
    asked = np.asarray(genes, dtype=np.int64)
    positive = np.zeros((cells.shape[0], len(asked)), dtype=bool)
    for block in cells.blocks(*size):
        if not check_block(block, cells, findings):
            break
        rows = by_cells(block.counts)
        place = slice(block.first_cell, block.first_cell + rows.shape[0])
        depth[place] += _row_sums(rows.data.astype(np.int64), rows.indptr)
        # Files may store zeros, but hardly one does.
        stored = len(rows.data) and rows.data.min() > 0
        detected[place] += np.diff(rows.indptr) if stored else _row_sums((rows.data > 0).astype(np.int64), rows.indptr)
        inside = np.flatnonzero((asked >= block.first_gene) & (asked < block.first_gene + rows.shape[1]))
        if len(inside):
            held = rows[:, asked[inside] - block.first_gene].toarray() > 0
            positive[place, inside] = held
    return depth, detected, positive


def _row_sums(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Add whole numbers up per row, exactly."""
    running = np.concatenate([[0], np.cumsum(values)])
    return running[starts[1:]] - running[starts[:-1]]


def check_kind(depth: np.ndarray, cells: Cells, findings: Findings) -> None:
    """Tell of rows that are no cells, from their depth: samples, or droplets before cells were called."""
    middle = float(np.median(depth))
    if len(depth) < FEWEST_CELLS and middle > MOST_UMI:
        found = f"these are samples, not cells: {len(depth)} rows, half of them with more than {MOST_UMI:,} counts"
        findings.problem(cells.name, found, "cells here; sums of cells go to autocrine.fit as they are")
    elif len(depth) > MOST_BARCODES and middle < FEWEST_UMI:
        found = f"unfiltered droplets: {len(depth):,} barcodes, half of them with fewer than {FEWEST_UMI} counts"
        findings.problem(cells.name, found, "barcodes of cells, as filtered matrices hold them")
