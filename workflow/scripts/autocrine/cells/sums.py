"""Counts of cells summed per sample and state, in two passes over blocks of cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE
from autocrine.cells.copies import check_copies
from autocrine.cells.joined import open_all
from autocrine.cells.labels import label_cells
from autocrine.cells.losses import writable
from autocrine.cells.measure import check_kind, measure_cells
from autocrine.cells.passes import join_sums, sum_part
from autocrine.cells.settled import settle
from autocrine.problems import Findings

if TYPE_CHECKING:
    from anndata import AnnData


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
        Raw counts, cells x genes: an object (CSR, CSC or dense), an .h5ad file, or an .h5 file or folder of CellRanger
        or STARsolo (or the path of its matrix.mtx), which is never read as a whole. Or a mapping: name of each sample
        -> its object, file or folder, all with the same genes. Features that are no genes, such as antibodies, are
        left out.
    sample : str
        Column of ``obs`` that names the sample of each cell; of a mapping it is made of the names.
    state : str, optional
        Column of ``obs`` that names the state (type) of each cell. Without it all cells of a sample are summed.
    layer : str
        Where the raw counts are: ``"X"``, ``"raw"`` or the name of a layer.
    labels : DataFrame, optional
        Further columns of the cells, such as the state, indexed by barcode; with a column of samples where barcodes of
        several are in it. A cell without label has no state.
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
          one), ``features_dropped`` (kind and number of features that are no genes), ``state_source``,
          ``min_cells``, ``min_counts``, ``min_umi``.

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
        findings.raise_if_any()
        check_copies(cells.obs.index.astype(str), pseudobulks, depth, genes, cells.name, findings)
        findings.raise_if_any()
        settled = settle(pseudobulks, depth, genes, limits, cells.name, findings)
        findings.raise_if_any()
        assert settled is not None  # or a problem was raised
        # The last one is that of the cells without pseudobulk.
        of_cell = np.append(settled.places(pseudobulks.groups), -1)[pseudobulks.of_cell]
        sums = join_sums([sum_part(cells, of_cell, depth, settled, size)], settled, cells.name, findings)
        findings.raise_if_any()
        assert sums is not None  # or a problem was raised
        features = pd.DataFrame({"kind": list(cells.dropped), "features": list(cells.dropped.values())})
    sums.uns["import"]["features_dropped"] = writable(features.astype({"kind": object, "features": np.int64}))
    sums.uns["import"]["state_source"] = "" if state is None else f"column {state}"
    return sums
