"""How matrices of cells are in memory and in HDF5 files, read in blocks: compressed by rows or columns, or dense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import sparse

from autocrine.input.readers.sparse import find_fault


def layout_of(matrix: Any) -> str:
    """Return "csr", "csc", "dense", or what else the matrix says that it is."""
    if hasattr(matrix, "format"):
        return str(matrix.format)
    if hasattr(matrix, "attrs") and not hasattr(matrix, "shape"):
        kind = matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format", b""))
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        return kind.removesuffix("_matrix")
    return "dense"


def part_of(matrix: Any, name: str) -> Any:
    """Return indptr, indices or data of a compressed matrix in memory or on the disk."""
    return getattr(matrix, name) if hasattr(matrix, name) else matrix[name]


def first_values(matrix: Any, most: int) -> np.ndarray:
    """Return some values of a matrix, to see what it holds."""
    dense = layout_of(matrix) == "dense"
    return np.asarray(matrix[:50]).ravel()[:most] if dense else np.asarray(part_of(matrix, "data")[:most])


def read_blocks(
    matrix: Any, shape: tuple[int, int], cells_at_once: int, values_at_once: int
) -> Iterator[tuple[int, int, Any]]:
    """Read a matrix in blocks of rows, or of columns where it is stored by columns (CSC).

    Parameters
    ----------
    matrix : array, sparse matrix, h5py Dataset or Group
        Cells x genes.
    shape : (int, int)
        Its rows and columns.
    cells_at_once, values_at_once : int
        As `Cells.blocks` takes them.

    Yields
    ------
    First row, first column and the block, CSR or CSC with the stored type of values.
    """
    layout, (n, width) = layout_of(matrix), shape
    if layout == "dense":
        step = max(1, min(cells_at_once, values_at_once // max(width, 1)))
        for start in range(0, n, step):
            yield start, 0, sparse.csr_array(np.asarray(matrix[start : start + step]))
        return
    starts = np.asarray(part_of(matrix, "indptr")[...], dtype=np.int64)
    stored, places = part_of(matrix, "data"), part_of(matrix, "indices")
    lines, across = (n, width) if layout == "csr" else (width, n)
    make = sparse.csr_array if layout == "csr" else sparse.csc_array
    most = cells_at_once if layout == "csr" else lines
    for first, last in spans(starts, most, values_at_once):
        low, high = starts[first], starts[last]
        size = (last - first, across) if layout == "csr" else (across, last - first)
        read = np.asarray(places[low:high])
        # Indices of any width become narrow ones, but for those that would turn into others.
        narrow = not len(read) or (read.min() >= 0 and read.max() <= np.iinfo(np.int32).max)
        width_of = np.int32 if narrow else np.int64
        # Set one by one, since a constructor would look at all indices.
        block = make(size, dtype=stored.dtype)
        block.indptr = (starts[first : last + 1] - low).astype(width_of)
        block.indices, block.data = read.astype(width_of, copy=False), np.asarray(stored[low:high])
        yield (0, first, block) if layout == "csc" else (first, 0, block)


def spans(starts: np.ndarray, most: int, values: int) -> Iterator[tuple[int, int]]:
    """Return first and last + 1 of lines that together hold no more than so many values, at least one line."""
    first, lines = 0, len(starts) - 1
    while first < lines:
        last = int(np.searchsorted(starts, starts[first] + values, side="right")) - 1
        last = min(max(last, first + 1), first + most, lines)
        yield first, last
        first = last


def fault_of_matrix(matrix: Any, shape: tuple[int, int]) -> str:
    """Say what is wrong with the shape and the row pointers of a matrix; empty where nothing is."""
    layout = layout_of(matrix)
    if layout == "dense":
        return "" if tuple(matrix.shape) == shape else f"it has the shape {tuple(matrix.shape)}"
    starts = np.asarray(part_of(matrix, "indptr")[...])
    stored, places = (len(part_of(matrix, name)) for name in ("data", "indices"))
    lines = shape[0] if layout == "csr" else shape[1]
    if len(starts) != lines + 1 or starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] != places:
        return "its rows do not follow one another (indptr)"
    return "" if stored == places else f"{places} indices for {stored} values"


def fault_of_block(block: Any) -> str:
    """Say what is wrong with the indices of a block, whose row pointers are sound."""
    places, size = block.indices, block.shape[1] if block.format == "csr" else block.shape[0]
    if not len(places):
        return ""
    if places.min() >= 0 and places.max() < size:
        rising = places[1:] > places[:-1]
        starts = block.indptr[1:-1]
        rising[starts[(starts > 0) & (starts < len(places))] - 1] = True
        if rising.all():
            return ""
    # Only what is not sorted needs the slower look.
    return find_fault(block)
