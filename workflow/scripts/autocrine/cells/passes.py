"""The two passes over one file of cells, and the sums of files put together: what a workflow runs as a job per file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE, Block, Cells, by_cells
from autocrine.cells.gene_names import mitochondrial
from autocrine.cells.joined import same_genes
from autocrine.cells.labels import constant_columns, varying_columns
from autocrine.cells.losses import writable
from autocrine.cells.measure import check_droplets, measure
from autocrine.cells.positives import from_whole, whole_chances
from autocrine.cells.settled import Settled
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData

SIZE = (CELLS_AT_ONCE, VALUES_AT_ONCE)
# Sums of fewer genes can be the same by chance.
FEWEST_GENES = 50


def measure_file(
    cells: Cells, size: tuple[int, int], findings: Findings, genes: Sequence[int] = ()
) -> tuple[pd.DataFrame, sparse.csr_array] | None:
    """Measure the cells of one file: the first pass.

    Parameters
    ----------
    cells : Cells
        Counts, as `open_cells` gives them.
    size : (int, int)
        Most cells and values of a block.
    findings : Findings
        Receives a problem where values are no counts, or rows are droplets before cells were called.
    genes : sequence of int
        Places of genes whose counts are asked for.

    Returns
    -------
    None where there is a problem, else

    measured : DataFrame of shape (cells, columns), int64
        Indexed by ``barcode``, in the order of the file: ``depth`` (counts), ``genes`` (with a count), ``mito`` (counts
        of mitochondrial genes; -1 where no gene has such a name).
    counts : csr_array of shape (cells, len(genes))
        Counts of `genes`, int64.
    """
    before = len(findings.problems)
    of_mito = mitochondrial(cells.var)
    found = measure(cells, size, findings, genes, of_mito)
    if len(findings.problems) == before:
        check_droplets(found.depth, cells, findings)
    if len(findings.problems) > before:
        return None
    table = {"depth": found.depth, "genes": found.genes, "mito": found.of_set if of_mito.any() else found.of_set - 1}
    return pd.DataFrame(table, index=pd.Index(cells.obs.index.astype(str), name="barcode")), found.counts


def sum_file(
    cells: Cells,
    decided: pd.DataFrame,
    settled: Settled,
    size: tuple[int, int],
    findings: Findings,
    watch: Callable[[Block], None] | None = None,
) -> AnnData | None:
    """Sum the cells of one file: the second pass.

    Parameters
    ----------
    cells : Cells
        Counts, as `open_cells` gives them.
    decided : DataFrame of shape (cells, columns)
        What is known of the cells, in the order of the file and indexed by their barcodes: ``depth`` as `measure_file`
        returns it, ``sample``, ``state`` where there are states, ``kept`` (bool) where cells were left out, and
        ``doublet`` (bool) where some are marked.
    settled : Settled
        What was decided for the whole cohort.
    size : (int, int)
        Most cells and values of a block.
    findings : Findings
        Receives a problem where the cells are not those that were measured; then the result is None.
    watch : callable, optional
        Is shown every block, so that the file need not be read again for something else.

    Returns
    -------
    AnnData, as `sum_part` returns it.
    """
    barcodes = pd.Index(cells.obs.index.astype(str))
    if not barcodes.equals(pd.Index(decided.index.astype(str))):
        found = f"its {len(barcodes):,} cells are not the {len(decided):,} that were measured, in their order"
        findings.problem(cells.name, found, "the file as it was when its cells were measured")
        return None
    marked = decided["doublet"].to_numpy(dtype=bool) if "doublet" in decided.columns else None
    depth = decided["depth"].to_numpy(dtype=np.int64)
    return sum_part(cells, settled.of_cells(decided), depth, settled, size, marked, watch)


def sum_part(
    cells: Cells,
    of_cell: np.ndarray,
    depth: np.ndarray,
    settled: Settled,
    size: tuple[int, int] = SIZE,
    marked: np.ndarray | None = None,
    watch: Callable[[Block], None] | None = None,
) -> AnnData:
    """Sum cells per pseudobulk: those of one file, or of all.

    Parameters
    ----------
    cells : Cells
        Counts, which were checked in the first pass.
    of_cell, depth : ndarray of shape (cells,)
        Row of ``settled.groups`` of each cell, -1 for none; its counts.
    settled : Settled
        What was decided for the whole cohort.
    size : (int, int)
        Most cells and values of a block.
    marked : ndarray of shape (cells,), optional
        Cells whose counts are summed apart as well, such as doublets, bool.
    watch : callable, optional
        Is shown every block.

    Returns
    -------
    AnnData
        A row per pseudobulk that has cells here, int64: ``X`` (sums), ``layers["doublets"]`` (those of `marked` cells,
        where there are any), ``layers["detected"]`` (cells with a count),
        ``layers["whole"]`` (expected ones at the common depth, in whole multiples of 2^-40); ``obs``: sample, state,
        and the columns of the cells that are the same in each pseudobulk; ``uns``: ``varying`` (columns that are not),
        ``file`` (its name).
    """
    from anndata import AnnData

    # Only pseudobulks of these cells have rows.
    present, own = np.unique(of_cell[of_cell >= 0], return_inverse=True)
    local = np.full(len(of_cell), -1)
    local[of_cell >= 0] = own
    common = settled.groups["common_depth"].to_numpy(dtype=np.int64)[present]
    beyond = np.iinfo(np.int64).max
    apart = marked if marked is not None and marked[of_cell >= 0].any() else None
    common = np.where(common < 0, beyond, common)
    layers = _sum_blocks(cells, local, depth, common, len(present), size, apart, watch)
    sums = layers.pop("sums")
    columns = constant_columns(cells.obs, local, len(present))
    keys = settled.keys.iloc[present].reset_index(drop=True)
    obs = keys.join(columns).set_axis(pd.Index(keys.agg(".".join, axis=1), dtype=object))
    uns = {"file": cells.name, "varying": np.array(varying_columns(cells.obs, columns), dtype=object)}
    return AnnData(sums, obs, cells.var.copy(), layers=layers, uns=uns)


def join_sums(parts: Sequence[AnnData], settled: Settled, where: str, findings: Findings) -> AnnData | None:
    """Put the sums of files together; all are whole numbers, so the order of the files changes no bit.

    Parameters
    ----------
    parts : sequence of AnnData
        As `sum_part` returns them, of all files of a cohort.
    settled : Settled
        What was decided for the cohort.
    where : str
        How messages call the cells.
    findings : Findings
        Receives a problem where genes differ, where the parts are not all cells that were measured, and where samples
        have the same counts; then the result is None.

    Returns
    -------
    AnnData, as `sum_cells` returns it, without what that adds to ``uns["import"]``.
    """
    var = parts[0].var
    if not same_genes([(str(part.uns["file"]), part.var_names) for part in parts], findings):
        return None
    sums, detected, whole, doublets = (np.zeros((len(settled.groups), len(var)), dtype=np.int64) for _ in range(4))
    for part in parts:
        rows = settled.places(part.obs)
        for into, held in (
            (sums, part.X),
            (detected, part.layers["detected"]),
            (whole, part.layers["whole"]),
            (doublets, part.layers.get("doublets", 0)),
        ):
            into[rows] += held
    groups = settled.groups
    names = pd.Index(settled.keys.agg(".".join, axis=1), dtype=object)
    total = groups["counts"].to_numpy(dtype=np.int64)
    if (wrong := sums.sum(axis=1) != total).any():
        found = f"the sums of its files are not all counts that were measured ({listed(names[wrong])})"
        findings.problem(where, found, "the sums of all files, each once")
        return None
    if twice := _alike(sums, names):
        findings.problem(where, f"the same counts in several samples: {listed(twice)}", "each sample once")
        return None
    number = groups["cells"].to_numpy(dtype=np.int64)
    obs = settled.keys.assign(
        cells=number,
        umi_per_cell=total / number,
        genes_per_cell=groups["genes"].to_numpy(dtype=np.int64) / number,
        cells_at_depth=groups["cells_at_depth"].to_numpy(dtype=np.int64),
    )
    expected = from_whole(whole)
    expected[(groups["common_depth"] < 0).to_numpy()] = np.nan
    joined = _assemble(sums, detected, expected, obs.set_axis(names).join(_shared_columns(parts, names)), var, settled)
    if doublets.any():
        joined.layers["doublets"] = doublets
    return joined


def _sum_blocks(
    cells: Cells,
    of_cell: np.ndarray,
    depth: np.ndarray,
    common: np.ndarray,
    groups: int,
    size: tuple[int, int],
    marked: np.ndarray | None,
    watch: Callable[[Block], None] | None,
) -> dict[str, np.ndarray]:
    """Return sums, detected cells, whole chances of expected ones, and sums of marked cells: pseudobulks x genes."""
    names = ("sums", "detected", "whole", *(() if marked is None else ("doublets",)))
    layers = {name: np.zeros((groups, cells.shape[1]), dtype=np.int64) for name in names}
    for block in cells.blocks(*size):
        if watch is not None:
            watch(block)
        label = of_cell[block.first_cell : block.first_cell + block.counts.shape[0]]
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
        values = {"sums": counts, "detected": (counts > 0).astype(np.int64), "whole": chances}
        if marked is not None:
            values["doublets"] = counts * marked[block.first_cell + order][cell]
        # Rows of one pseudobulk follow one another: taken for one row, their values are added up when it is unfolded.
        for name, held in values.items():
            merged = sparse.csr_array((held, rows.indices, starts), shape=(len(present), rows.shape[1]))
            layers[name][present, genes] += merged.toarray()
    return layers


def _sorted_by_label(rows: sparse.csr_array, label: np.ndarray) -> tuple[sparse.csr_array, np.ndarray, np.ndarray]:
    """Return the cells of a block that have a pseudobulk, sorted by it, with their labels and places."""
    order = np.argsort(label, kind="stable")
    order = order[np.searchsorted(label[order], 0) :]
    whole = len(order) == len(label) and (np.diff(label) >= 0).all()
    return (rows if whole else rows[order]), label[order], order


def _alike(sums: np.ndarray, names: pd.Index) -> list[str]:
    """Return samples with the same sums: a file that was named twice."""
    if sums.shape[1] < FEWEST_GENES:
        return []
    same: dict[bytes, list[str]] = {}
    for name, row in zip(names, sums, strict=True):
        same.setdefault(row.tobytes(), []).append(str(name))
    return [" = ".join(held) for held in same.values() if len(held) > 1]


def _shared_columns(parts: Sequence[AnnData], names: pd.Index) -> pd.DataFrame:
    """Return the columns of the cells that are the same in each pseudobulk, over all files."""
    varying = {str(name) for part in parts for name in np.asarray(part.uns["varying"], dtype=object)}
    tables = [part.obs.drop(columns=["sample", "state"], errors="ignore") for part in parts]
    if not tables[1:]:
        return tables[0].reindex(names)
    held = {}
    for name in dict.fromkeys(name for table in tables for name in table.columns):
        if name in varying:
            continue
        # A file without the column says nothing of its cells.
        values = pd.concat([table[name] if name in table else table.assign(**{name: np.nan})[name] for table in tables])
        codes = pd.Series(pd.factorize(values)[0], values.index)
        if (codes.groupby(level=0).nunique() == 1).all():
            held[name] = values[~values.index.duplicated()].reindex(names)
    return pd.DataFrame(held, index=names)


def _assemble(
    sums: np.ndarray,
    detected: np.ndarray,
    expected: np.ndarray,
    obs: pd.DataFrame,
    var: pd.DataFrame,
    settled: Settled,
) -> AnnData:
    from anndata import AnnData

    record = {
        "depth": writable(settled.depths),
        "dropped_pseudobulks": writable(settled.lost),
        "cells_dropped": writable(settled.unlabelled),
        **settled.limits,
    }
    return AnnData(sums, obs, var.copy(), layers={"detected": detected, "expected": expected}, uns={"import": record})
