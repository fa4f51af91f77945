"""What each cell is measured by, in one pass over blocks: its depth, its genes, and genes that are asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from autocrine.cells.blocks import MOST_BARCODES, Block, Cells, by_cells, check_block, tell_droplets
from autocrine.problems import Findings, InputError

# Fewer rows of more counts than any cell has are samples.
FEWEST_CELLS, MOST_UMI = 200, 200_000
# Droplets before cells were called have fewer, by the median.
FEWEST_UMI = 10


@dataclass(frozen=True)
class Measures:
    """What one pass tells of each cell.

    Attributes
    ----------
    depth, genes : ndarray of shape (cells,)
        Counts, and genes with a count, int64.
    of_set : ndarray of shape (cells,)
        Counts in a set of genes, int64.
    counts : csr_array of shape (cells, asked genes)
        Counts of single genes, int64.
    """

    depth: np.ndarray
    genes: np.ndarray
    of_set: np.ndarray
    counts: sparse.csr_array


def measure(
    cells: Cells,
    size: tuple[int, int],
    findings: Findings,
    genes: Sequence[int] = (),
    gene_set: np.ndarray | None = None,
) -> Measures:
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
    gene_set : ndarray of shape (genes,), optional
        Which genes have their counts added up, bool.
    """
    depth, detected, of_set = (np.zeros(cells.shape[0], dtype=np.int64) for _ in range(3))
    asked = np.asarray(genes, dtype=np.int64)
    single: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for block in _sound_blocks(cells, size, findings):
        rows = by_cells(block.counts)
        place = slice(block.first_cell, block.first_cell + rows.shape[0])
        columns = slice(block.first_gene, block.first_gene + rows.shape[1])
        values = rows.data.astype(np.int64)
        depth[place] += _row_sums(values, rows.indptr)
        # Files may store zeros, but hardly one does.
        stored = len(values) and values.min() > 0
        detected[place] += np.diff(rows.indptr) if stored else _row_sums((values > 0).astype(np.int64), rows.indptr)
        if gene_set is not None and gene_set[columns].any():
            of_set[place] += _row_sums(values * gene_set[columns][rows.indices], rows.indptr)
        inside = np.flatnonzero((asked >= columns.start) & (asked < columns.stop))
        if len(inside):
            held = rows[:, asked[inside] - columns.start].tocoo()
            # Files may hold few large counts as floating-point numbers.
            single.append((held.data.astype(np.int64), held.row + place.start, inside[held.col]))
    return Measures(depth, detected, of_set, _together(single, (cells.shape[0], len(asked))))


def measure_cells(
    cells: Cells, size: tuple[int, int], findings: Findings, genes: Sequence[int] = ()
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Measure depth and genes of each cell, and in which of them genes are detected; see `measure`.

    Returns
    -------
    depth : ndarray of shape (cells,)
        Counts of each cell, int64.
    detected : ndarray of shape (cells,)
        Genes of each cell, int64.
    positive : ndarray of shape (cells, len(genes))
        Whether each of `genes` has a count, bool.
    """
    found = measure(cells, size, findings, genes)
    return found.depth, found.genes, found.counts.toarray() > 0


def _together(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]], shape: tuple[int, int]) -> sparse.csr_array:
    """Put values with their rows and columns into one matrix."""
    if not parts:
        return sparse.csr_array(shape, dtype=np.int64)
    values, rows, columns = (np.concatenate(held) for held in zip(*parts, strict=True))
    return sparse.csr_array(sparse.coo_array((values, (rows, columns)), shape=shape))


def _sound_blocks(cells: Cells, size: tuple[int, int], findings: Findings) -> Iterator[Block]:
    """Return blocks up to the first that cannot be used, and tell of that."""
    try:
        for block in cells.blocks(*size):
            if not check_block(block, cells, findings):
                return
            yield block
    except InputError as error:
        for problem in error.problems:
            findings.problem(problem.where, problem.found, problem.expected)


def _row_sums(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Add whole numbers up per row, exactly."""
    running = np.concatenate([[0], np.cumsum(values)])
    return running[starts[1:]] - running[starts[:-1]]


def check_kind(depth: np.ndarray, cells: Cells, findings: Findings) -> None:
    """Tell of rows that are no cells, from their depth: samples, or droplets before cells were called."""
    if not are_samples(depth, cells.name, findings):
        check_droplets(depth, cells, findings)


def are_samples(depth: np.ndarray, where: str, findings: Findings) -> bool:
    """Whether rows are samples, not cells: few, with more counts than cells have. Findings receive a problem."""
    if len(depth) >= FEWEST_CELLS or float(np.median(depth)) <= MOST_UMI:
        return False
    found = f"these are samples, not cells: {len(depth)} rows, half of them with more than {MOST_UMI:,} counts"
    findings.problem(where, found, "cells here; sums of cells go to autocrine.fit as they are")
    return True


def check_droplets(depth: np.ndarray, cells: Cells, findings: Findings) -> None:
    """Tell of each file of all droplets of a run, before cells were called."""
    for name, place in cells.files():
        number = len(depth[place])
        if number > MOST_BARCODES and float(np.median(depth[place])) < FEWEST_UMI:
            tell_droplets(name, number, f"half of them with fewer than {FEWEST_UMI} counts", findings)
