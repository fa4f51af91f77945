"""What depends on the design alone, worked out once: groups of equal rows and a sparse elimination order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class PlanArrays(NamedTuple):
    """The arrays every kernel takes; columns are in elimination order, rows are design groups.

    Samples are sorted by design group; ``group_start`` (K + 1,) says where each begins. ``row_start``
    (K + 1,), ``row_column``, ``row_value`` hold the distinct rows in compressed form. ``fill_start``
    (p + 1,), ``fill_row`` list, per column of the factor, the rows below the diagonal that can be
    non-zero.
    ``reach_start`` (K + 1,), ``reach_column`` list, per group, the columns that a triangular solve with
    that group's row touches. ``product_start`` (K + 1,), ``product_target``, ``product_value`` list the
    entries of x x', lower triangle, as positions in a flat p x p matrix and their values.
    """

    group_start: np.ndarray
    row_start: np.ndarray
    row_column: np.ndarray
    row_value: np.ndarray
    fill_start: np.ndarray
    fill_row: np.ndarray
    reach_start: np.ndarray
    reach_column: np.ndarray
    product_start: np.ndarray
    product_target: np.ndarray
    product_value: np.ndarray


@dataclass(frozen=True)
class DesignPlan:
    """A design matrix prepared for the kernels.

    Attributes
    ----------
    matrix : ndarray of shape (n, p)
        The design.
    order : ndarray of shape (p,)
        ``order[k]`` is the design column eliminated k-th.
    sample_order : ndarray of shape (n,)
        Sample indices sorted by design group; the kernels see samples in this order.
    group_size : ndarray of shape (K,)
        Samples per distinct design row.
    group_rows : ndarray of shape (K, p)
        The distinct design rows, original column order.
    arrays : PlanArrays
        The index arrays for the kernels.
    """

    matrix: np.ndarray
    order: np.ndarray
    sample_order: np.ndarray
    group_size: np.ndarray
    group_rows: np.ndarray
    arrays: PlanArrays

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return self.matrix.shape[0]

    @property
    def n_coefficients(self) -> int:
        """Number of design columns."""
        return self.matrix.shape[1]

    @property
    def n_groups(self) -> int:
        """Number of distinct design rows."""
        return self.group_rows.shape[0]

    @property
    def saturated(self) -> bool:
        """Whether there are as many distinct rows as columns, so that fitted means are group means."""
        return self.n_groups == self.n_coefficients

    def permute(self, vectors: np.ndarray) -> np.ndarray:
        """Reorder the last axis from design order to elimination order."""
        return np.ascontiguousarray(vectors[..., self.order])

    def restore(self, vectors: np.ndarray) -> np.ndarray:
        """Reorder the last axis from elimination order back to design order."""
        out = np.empty_like(vectors)
        out[..., self.order] = vectors
        return out


def make_plan(matrix: np.ndarray) -> DesignPlan:
    """Prepare a design matrix.

    Dummy columns of patients or batches never meet in one sample, so in X'WX they only touch the
    columns shared by all. Eliminating them first (minimum degree; George and Liu 1989, SIAM Rev 31:1)
    keeps the factor sparse: its cost falls from p^3 to about p for paired designs. Samples
    with equal rows share linear predictor and leverage, so these are worked out once per group.

    Parameters
    ----------
    matrix : ndarray of shape (n, p)
        Full-rank design.

    Returns
    -------
    DesignPlan
        The prepared design.
    """
    matrix = np.ascontiguousarray(matrix, dtype=np.float64)
    group_rows, group, size = np.unique(matrix, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    sample_order = np.argsort(group, kind="stable")

    nonzero = group_rows != 0
    order, fill = _minimum_degree(nonzero)
    permuted = group_rows[:, order]

    row_column: list[int] = []
    row_start, row_value = [0], []
    reach_start, reach_column = [0], []
    product_start, product_target, product_value = [0], [], []
    p = permuted.shape[1]
    for row in permuted:
        columns = np.flatnonzero(row)
        row_column.extend(columns)
        row_value.extend(row[columns])
        row_start.append(len(row_column))
        for position, column in enumerate(columns):
            below = columns[position:]
            product_target.extend(below * p + column)
            product_value.extend(row[below] * row[column])
        product_start.append(len(product_target))
        reach: set[int] = set()
        pending: list[int] = columns.tolist()
        while pending:
            reached = pending.pop()
            if reached not in reach:
                reach.add(reached)
                pending.extend(fill[reached])
        reach_column.extend(sorted(reach))
        reach_start.append(len(reach_column))
    fill_start = np.concatenate([[0], np.cumsum([len(rows) for rows in fill])])
    fill_row = [row for rows in fill for row in rows]

    def index(values: object) -> np.ndarray:
        return np.ascontiguousarray(values, dtype=np.int64)

    arrays = PlanArrays(
        group_start=index(np.concatenate([[0], np.cumsum(size)])),
        row_start=index(row_start),
        row_column=index(row_column),
        row_value=np.ascontiguousarray(row_value, dtype=np.float64),
        fill_start=index(fill_start),
        fill_row=index(fill_row),
        reach_start=index(reach_start),
        reach_column=index(reach_column),
        product_start=index(product_start),
        product_target=index(product_target),
        product_value=np.ascontiguousarray(product_value, dtype=np.float64),
    )
    return DesignPlan(matrix, order, sample_order, size, group_rows, arrays)


def _minimum_degree(nonzero: np.ndarray) -> tuple[np.ndarray, list[list[int]]]:
    """Greedy minimum-degree order of the columns and the pattern of the Cholesky factor."""
    p = nonzero.shape[1]
    neighbours = [set(np.flatnonzero(nonzero[nonzero[:, j]].any(axis=0))) - {j} for j in range(p)]
    remaining, order, patterns = set(range(p)), [], []
    while remaining:
        pivot = min(remaining, key=lambda j: (len(neighbours[j]), -j))
        remaining.discard(pivot)
        order.append(pivot)
        patterns.append(set(neighbours[pivot]))
        for j in neighbours[pivot]:
            neighbours[j] |= neighbours[pivot]
            neighbours[j] -= {j, pivot}
    position = {int(column): k for k, column in enumerate(order)}
    fill = [sorted(position[int(j)] for j in pattern) for pattern in patterns]
    return np.asarray(order, dtype=np.int64), fill
