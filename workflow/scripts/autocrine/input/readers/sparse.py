"""Sparse matrices as they are in files: nothing of their structure is taken on trust."""

from typing import Any

import numpy as np


def find_fault(matrix: Any) -> str:
    """Say what is wrong with the structure of a sparse matrix; empty where nothing is, and for any other array.

    An index beyond the matrix can end the process or change a neighbour's count when the matrix is unfolded, and values
    that appear twice are added up without a message.

    Parameters
    ----------
    matrix
        A scipy sparse matrix (compressed or of coordinates), or an array.
    """
    if not hasattr(matrix, "toarray"):
        return ""
    if matrix.format == "coo":
        rows, columns = np.asarray(matrix.row, dtype=np.int64), np.asarray(matrix.col, dtype=np.int64)
        for places, size in ((rows, matrix.shape[0]), (columns, matrix.shape[1])):
            if len(places) and (places.min() < 0 or places.max() >= size):
                return f"an index of {_beyond(places, size)} where the matrix ends at {size - 1}"
        keys = rows * matrix.shape[1] + columns
        twice = len(keys) - len(np.unique(keys))
        return f"{twice} values appear twice" if twice else ""
    if matrix.format not in ("csr", "csc"):
        return f"a sparse matrix of the kind {matrix.format}"
    lines, size = matrix.shape if matrix.format == "csr" else matrix.shape[::-1]
    starts, places = np.asarray(matrix.indptr, dtype=np.int64), np.asarray(matrix.indices, dtype=np.int64)
    if len(starts) != lines + 1 or starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] != len(places):
        return "its rows do not follow one another (indptr)"
    if len(places) != len(matrix.data):
        return f"{len(places)} indices for {len(matrix.data)} values"
    if len(places) and (places.min() < 0 or places.max() >= size):
        return f"an index of {_beyond(places, size)} where the matrix ends at {size - 1}"
    keys = np.repeat(np.arange(lines), np.diff(starts)) * size + places[: starts[-1]]
    twice = len(keys) - len(np.unique(keys))
    return f"{twice} values appear twice" if twice else ""


def _beyond(places: np.ndarray, size: int) -> int:
    """Return the first index that is beyond the matrix."""
    return int(places[(places < 0) | (places >= size)][0])
