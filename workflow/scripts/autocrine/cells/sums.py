"""Counts of cells summed per sample and state, in two passes over blocks of cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE, Cells, by_cells
from autocrine.cells.depth import common_depths
from autocrine.cells.joined import open_all
from autocrine.cells.labels import Labels, constant_columns, label_cells
from autocrine.cells.losses import FRACTIONS, as_lost, drop_small
from autocrine.cells.measure import check_kind, measure_cells
from autocrine.cells.positives import from_whole, whole_chances
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData


# Sums of fewer genes can be the same by chance.
FEWEST_GENES = 50


def sum_cells(
    data: AnnData | str | Path | Mapping[str, AnnData | str | Path],
    sample: str,
    state: str | None = None,
    *,
    layer: str = "X",
    labels: pd.DataFrame | None = None,
    min_cells: int = 20,
    min_counts: int = 20_000,
    min_umi: int = 500,
    cells_at_once: int = CELLS_AT_ONCE,
    values_at_once: int = VALUES_AT_ONCE,
) -> AnnData:
    """Sum the counts of cells per sample and state, with the cells in which each gene is detected.

    The counts are read twice, in blocks: first the depth of each cell, then the sums. All sums are of whole numbers, so
    the result is the same to the last bit whatever the size of blocks, the order of cells and the layout of the matrix.

    The share of cells in which a gene is detected grows with the depth of the cells. So that samples can be compared,
    the number of positive cells is also given at one depth for all samples of a state, T: the 10 % quantile of the
    depth of its shallowest sample. A cell with x counts of a gene among L >= T counts is positive at depth T with the
    chance 1 - (1 - T / L)^x; cells below T take no part. Nothing is drawn at random.

    Parameters
    ----------
    data : AnnData, str, Path, or mapping of str to them
        Raw counts, cells x genes: an object, or an .h5ad or 10x .h5 file (of CellRanger 3 or later), which is never
        read as a whole. CSR, CSC or dense. Or a mapping: name of each sample -> its object or file, all with the same
        genes.
    sample : str
        Column of ``obs`` that names the sample of each cell; of a mapping it is made of the names.
    state : str, optional
        Column of ``obs`` that names the state (type) of each cell. Without it all cells of a sample are summed.
    layer : str
        Where the raw counts are: ``"X"``, ``"raw"`` or the name of a layer.
    labels : DataFrame, optional
        Further columns of the cells, such as the state, indexed by barcode; with a column of samples where barcodes of
        several stand in it. A cell without label has no state.
    min_cells, min_counts : int
        A pseudobulk of fewer cells or counts is left out, and listed.
    min_umi : int
        The least common depth. A sample in which more than 10 % of the cells of a state have fewer counts takes no part
        in the fractions of that state, and is listed.
    cells_at_once, values_at_once : int
        Cells and stored values of a block at most: memory against time.

    Returns
    -------
    AnnData
        A row per sample and state, called ``{sample}.{state}``, sorted; genes as in `data`.

        - ``X``: sums of counts, int64.
        - ``layers["detected"]``: cells with a count, int64. ``layers["expected"]``: cells that would have one at the
          common depth, float64; NaN in a sample that is too shallow.
        - ``obs``: sample, state, cells, umi_per_cell (mean), genes_per_cell (mean), cells_at_depth (cells of depth T
          and more, of which `expected` tells; 0 in a sample that is too shallow), and the columns of `data` that are
          the same in all cells of each pseudobulk.
        - ``uns["import"]``: ``depth`` (per state the common depth, how many samples take part, which is the shallowest,
          and the depth without it), ``dropped_pseudobulks`` and ``cells_dropped`` with reasons (`lost` shows both in
          one), ``state_source``, ``min_cells``, ``min_counts``, ``min_umi``.

    Raises
    ------
    autocrine.InputError
        If the file, its counts or the columns cannot be used, or no pseudobulk is large enough.
    ValueError
        If a limit is below 1.
    """
    limits = {"min_cells": min_cells, "min_counts": min_counts, "min_umi": min_umi}
    for name, limit in {**limits, "cells_at_once": cells_at_once, "values_at_once": values_at_once}.items():
        if limit < 1:
            raise ValueError(f"{name} must be at least 1, not {limit}")
    findings = Findings()
    with open_all(data, sample, layer, labels, findings) as cells:
        findings.raise_if_any()
        assert cells is not None  # or a problem was raised
        pseudobulks = label_cells(cells.obs, sample, state, cells.name, findings)
        findings.raise_if_any()
        assert pseudobulks is not None  # or a problem was raised
        size = (cells_at_once, values_at_once)
        depth, genes, _ = measure_cells(cells, size, findings)
        findings.raise_if_any()
        check_kind(depth, cells, findings)
        number, total = (_per_group(pseudobulks, values) for values in (None, depth))
        kept, dropped = drop_small(pseudobulks.groups, number, total, min_cells, min_counts)
        if not kept.any():
            reasons = [f"{name}: {reason}" for name, reason in zip(pseudobulks.names, dropped["reason"], strict=True)]
            findings.problem(cells.name, f"no pseudobulk is large enough ({listed(reasons)})", "more cells or counts")
        findings.raise_if_any()
        pseudobulks = _only(pseudobulks, kept)
        number, total, seen = (_per_group(pseudobulks, values) for values in (None, depth, genes))
        depths, shallow = common_depths(depth, pseudobulks.of_cell, pseudobulks.names, pseudobulks.states, min_umi)
        common = _common_of_groups(pseudobulks, depths, shallow)
        sums, detected, whole = _sum_blocks(cells, pseudobulks, depth, common, size)
        _check_twice(sums, pseudobulks, cells, findings)
        findings.raise_if_any()
        columns = constant_columns(cells.obs, pseudobulks.of_cell, len(pseudobulks.groups))
        var = cells.var.copy()
    takes_part = common < np.iinfo(np.int64).max
    deep = np.zeros(len(depth), dtype=bool)
    inside = pseudobulks.of_cell >= 0
    deep[inside] = depth[inside] >= common[pseudobulks.of_cell[inside]]
    obs = pseudobulks.groups.assign(
        cells=number,
        umi_per_cell=total / number,
        genes_per_cell=seen / number,
        cells_at_depth=_per_group(pseudobulks, deep.astype(np.int64)),
    )
    expected = from_whole(whole)
    expected[~takes_part] = np.nan
    reasons = [f"10 % of the cells have {low} counts or fewer, below {min_umi}" for low in shallow.values()]
    at = ~takes_part
    too_shallow = as_lost(pseudobulks.groups[at], number[at], total[at], FRACTIONS, reasons)
    record = {
        "depth": depths,
        "dropped_pseudobulks": _writable(pd.concat([dropped, too_shallow], ignore_index=True)),
        "cells_dropped": _writable(pseudobulks.unlabelled),
        "state_source": "" if state is None else f"column {state}",
        **limits,
    }
    return _assemble(sums, detected, expected, obs.join(columns).set_axis(pseudobulks.names), var, record)


def _sum_blocks(
    cells: Cells, labels: Labels, depth: np.ndarray, common: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sums, detected cells and whole chances of expected ones, pseudobulks x genes (the second pass)."""
    shape = (len(labels.groups), cells.shape[1])
    sums, detected, whole = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for block in cells.blocks(*size):
        label = labels.of_cell[block.first_cell : block.first_cell + block.counts.shape[0]]
        rows, label, order = _sorted_by_label(by_cells(block.counts), label)
        if not len(label):
            continue
        present, first = np.unique(label, return_index=True)
        starts = rows.indptr[np.append(first, len(label))].astype(np.int64)
        counts = rows.data.astype(np.int64)
        cell = np.repeat(np.arange(len(label)), np.diff(rows.indptr))
        own_depth = depth[block.first_cell + order]
        chances = whole_chances(counts, cell, own_depth, common[label])
        genes = slice(block.first_gene, block.first_gene + rows.shape[1])
        # Rows of one pseudobulk follow one another: taken for one row, their values are added up when it is unfolded.
        for into, values in ((sums, counts), (detected, (counts > 0).astype(np.int64)), (whole, chances)):
            merged = sparse.csr_array((values, rows.indices, starts), shape=(len(present), rows.shape[1]))
            into[present, genes] += merged.toarray()
    return sums, detected, whole


def _sorted_by_label(rows: Any, label: np.ndarray) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return the cells of a block that have a pseudobulk, sorted by it, with their labels and places."""
    order = np.argsort(label, kind="stable")
    order = order[np.searchsorted(label[order], 0) :]
    whole = len(order) == len(label) and (np.diff(label) >= 0).all()
    return (rows if whole else rows[order]), label[order], order


def _per_group(labels: Labels, values: np.ndarray | None) -> np.ndarray:
    """Add values of cells up per pseudobulk, exactly; without values count the cells."""
    inside = labels.of_cell >= 0
    label, size = labels.of_cell[inside], len(labels.groups)
    if values is None:
        return np.bincount(label, minlength=size)
    # Sums of whole numbers below 2^53 are exact in double precision.
    return np.rint(np.bincount(label, weights=values[inside], minlength=size)).astype(np.int64)


def _only(labels: Labels, kept: np.ndarray) -> Labels:
    """Return the labels of some pseudobulks."""
    place = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    return Labels(labels.groups[kept].reset_index(drop=True), place[labels.of_cell], labels.unlabelled)


def _common_of_groups(labels: Labels, depths: pd.DataFrame, shallow: dict[str, int]) -> np.ndarray:
    """Return the common depth of each pseudobulk; beyond every cell in one that is too shallow."""
    of_state = dict(zip(depths["state"], depths["depth"], strict=True))
    beyond = np.iinfo(np.int64).max
    common = [
        beyond if name in shallow else of_state[state] for name, state in zip(labels.names, labels.states, strict=True)
    ]
    return np.array(common, dtype=np.int64)


def _check_twice(sums: np.ndarray, labels: Labels, cells: Cells, findings: Findings) -> None:
    """Tell of samples with the same sums: a file that was named twice."""
    if sums.shape[1] < FEWEST_GENES:
        return
    same: dict[bytes, list[str]] = {}
    for name, row in zip(labels.names, sums, strict=True):
        same.setdefault(row.tobytes(), []).append(str(name))
    if twice := [" = ".join(names) for names in same.values() if len(names) > 1]:
        findings.problem(cells.name, f"the same counts in several samples: {listed(twice)}", "each sample once")


def _writable(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table that anndata can write, also where it has no row."""
    return table.set_axis(table.index.astype(str), axis=0)


def _assemble(
    sums: np.ndarray,
    detected: np.ndarray,
    expected: np.ndarray,
    obs: pd.DataFrame,
    var: pd.DataFrame,
    record: dict[str, Any],
) -> AnnData:
    from anndata import AnnData

    record["depth"] = _writable(record["depth"])
    return AnnData(sums, obs, var, layers={"detected": detected, "expected": expected}, uns={"import": record})
