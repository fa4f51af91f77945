"""Counts of cells in blocks, from AnnData objects, .h5ad and 10x .h5 files, never holding all cells of a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

from autocrine.input.readers.counts import describe_values
from autocrine.input.readers.sparse import find_fault
from autocrine.input.readers.tenx import EXPRESSION
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData

# What one block holds at most: more values are hardly read faster, and take more memory.
CELLS_AT_ONCE, VALUES_AT_ONCE = 5_000, 2_000_000
# From here on single precision no longer tells one count from the next.
LARGEST_FLOAT = 2**24
# Only so many numbers are looked at to say what a matrix holds instead of counts.
_LOOKED_AT = 100_000
_MEANT = "raw counts of cells, whole numbers from 0 up"


@dataclass(frozen=True)
class Block:
    """Counts of some cells in some genes.

    Attributes
    ----------
    first_cell, first_gene : int
        Where the block begins in the file.
    counts : csr_array of shape (cells, genes)
        The counts as they are stored; their type is the file's.
    source : str
        How messages call what it is of.
    """

    first_cell: int
    first_gene: int
    counts: Any
    source: str = "cells"


@dataclass(frozen=True)
class Cells:
    """Counts of cells that can be read in blocks, as often as needed.

    Attributes
    ----------
    name : str
        How messages call them.
    obs : DataFrame of shape (cells, columns)
        What is known of each cell.
    var : DataFrame of shape (genes, columns)
        What is known of each gene.
    matrix : array, sparse matrix, h5py Dataset or Group
        Cells x genes.
    layer : str
        Where it stands.
    others : mapping of str to array, sparse matrix, h5py Dataset or Group
        What else the file holds of the same shape, which may be the counts where `matrix` is not.
    genes : ndarray of shape (columns,), optional
        Which columns of the matrix are genes, where not all are.
    """

    name: str
    obs: pd.DataFrame
    var: pd.DataFrame
    matrix: Any
    layer: str
    others: dict[str, Any]
    genes: np.ndarray | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Cells and genes."""
        return len(self.obs), len(self.var)

    def blocks(self, cells_at_once: int = CELLS_AT_ONCE, values_at_once: int = VALUES_AT_ONCE) -> Iterator[Block]:
        """Read all counts in blocks: of cells, or of genes where the matrix is stored by genes (CSC).

        Parameters
        ----------
        cells_at_once : int
            Most cells of a block of cells.
        values_at_once : int
            Most stored values of a block, or zeros and others of a dense matrix; one row or column may hold more.
        """
        for block in self._stored(cells_at_once, values_at_once):
            # A broken block is left as it is: to choose columns of it is not safe, and `check_block` tells of it.
            whole = self.genes is None or _fault(block.counts)
            yield block if whole else replace(block, counts=by_cells(block.counts)[:, self.genes])

    def _stored(self, cells_at_once: int, values_at_once: int) -> Iterator[Block]:
        """Read all columns of the matrix in blocks."""
        layout, (n, width) = _layout(self.matrix), self._size
        if layout == "dense":
            step = max(1, min(cells_at_once, values_at_once // max(width, 1)))
            for start in range(0, n, step):
                yield Block(start, 0, sparse.csr_array(np.asarray(self.matrix[start : start + step])), self.name)
            return
        starts = np.asarray(_part(self.matrix, "indptr")[...], dtype=np.int64)
        stored, places = _part(self.matrix, "data"), _part(self.matrix, "indices")
        lines, across = (n, width) if layout == "csr" else (width, n)
        make = sparse.csr_array if layout == "csr" else sparse.csc_array
        most = cells_at_once if layout == "csr" else lines
        for first, last in _spans(starts, most, values_at_once):
            low, high = starts[first], starts[last]
            shape = (last - first, across) if layout == "csr" else (across, last - first)
            read = np.asarray(places[low:high])
            # Indices of any width become narrow ones, but for those that would turn into others.
            narrow = not len(read) or (read.min() >= 0 and read.max() <= np.iinfo(np.int32).max)
            width_of = np.int32 if narrow else np.int64
            # Set one by one, since a constructor would look at all indices.
            block = make(shape, dtype=stored.dtype)
            block.indptr = (starts[first : last + 1] - low).astype(width_of)
            block.indices, block.data = read.astype(width_of, copy=False), np.asarray(stored[low:high])
            place = (0, first) if layout == "csc" else (first, 0)
            yield Block(*place, block, self.name)

    @property
    def _size(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        return len(self.obs), len(self.var) if self.genes is None else len(self.genes)

    def fault(self) -> str:
        """Say what is wrong with the shape and the row pointers of the matrix; empty where nothing is."""
        layout = _layout(self.matrix)
        if layout == "dense":
            return "" if tuple(self.matrix.shape) == self._size else f"it has the shape {tuple(self.matrix.shape)}"
        starts = np.asarray(_part(self.matrix, "indptr")[...])
        stored, places = (len(_part(self.matrix, name)) for name in ("data", "indices"))
        lines = self._size[0] if layout == "csr" else self._size[1]
        if len(starts) != lines + 1 or starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] != places:
            return "its rows do not follow one another (indptr)"
        return "" if stored == places else f"{places} indices for {stored} values"


@contextmanager
def open_cells(data: AnnData | str | Path, layer: str, findings: Findings) -> Iterator[Cells | None]:
    """Open an AnnData object, an .h5ad file or a 10x .h5 file (from CellRanger 3), to be read in blocks.

    Parameters
    ----------
    data : AnnData, str or Path
        Cells x genes, or the file that holds them. Of a file the counts stay on the disk.
    layer : str
        Where the raw counts are: ``"X"``, ``"raw"`` or the name of a layer; a 10x file holds nothing else.
    findings : Findings
        Receives a problem where the file cannot be read or the layer is not there; then the cells are None.
    """
    if isinstance(data, str | Path) or getattr(data, "isbacked", False):
        path = str(data if isinstance(data, str | Path) else data.filename)
        handle = _open_file(path, findings)
        if handle is None:
            yield None
            return
        with handle:
            tenx = "matrix" in handle and "obs" not in handle
            yield (_of_tenx if tenx else _of_file)(handle, path, layer, findings)
    else:
        yield _of_object(data, layer, findings)


def by_cells(counts: Any) -> Any:
    """Return counts as rows of cells (CSR)."""
    return counts if counts.format == "csr" else counts.tocsr()


def check_block(block: Block, cells: Cells, findings: Findings) -> bool:
    """Tell where a block is broken or holds no raw counts; return whether it can be used.

    Parameters
    ----------
    block : Block
        As `Cells.blocks` gives it.
    cells : Cells
        What it is a part of.
    findings : Findings
        Receives one problem, with the first cell and gene that it is about.
    """
    if fault := _fault(block.counts):
        findings.problem(block.source, f"{cells.layer} is broken: {fault}", "a file as anndata writes it")
        return False
    values = block.counts.data
    if not (np.issubdtype(values.dtype, np.integer) or np.issubdtype(values.dtype, np.floating)):
        found = f"{cells.layer} holds values of the type {values.dtype}"
        findings.problem(block.source, found, _MEANT)
        return False
    if not len(values) or _are_counts(values):
        return True
    wrong = ~np.isfinite(values) | (values < 0) | (values != np.rint(values)) | (values > LARGEST_FLOAT)
    place = int(np.flatnonzero(wrong)[0])
    shown = block.counts.tocoo()
    # Compressed matrices and coordinates hold their values in the same order.
    cell, gene = block.first_cell + int(shown.row[place]), block.first_gene + int(shown.col[place])
    where = f"cell {cells.obs.index[cell]}, gene {cells.var.index[gene]}: {values[place]:.6g}"
    value = values[place]
    if np.isfinite(value) and value > LARGEST_FLOAT:
        found = f"{cells.layer} holds a count beyond any cell ({where}); single precision ends at {LARGEST_FLOAT:,}"
    elif not np.isfinite(value):
        found = f"{cells.layer} holds missing or infinite values ({where})"
    elif value < 0:
        found = f"{cells.layer} holds negative values ({where})"
    else:
        found = f"{cells.layer} holds {describe_values(values[:_LOOKED_AT].astype(float))} First: {where}"
    counted = [name for name, other in cells.others.items() if _looks_counted(other)]
    hint = f'{_MEANT}; layer="{counted[0]}" holds such' if counted else _MEANT
    findings.problem(block.source, found, hint)
    return False


def _are_counts(values: np.ndarray) -> bool:
    if values.min() < 0 or not values.max() <= LARGEST_FLOAT:
        return False
    return bool(np.issubdtype(values.dtype, np.integer) or (values == np.rint(values)).all())


def _looks_counted(matrix: Any) -> bool:
    """Whether the first values of a matrix are counts."""
    values = matrix[:50].ravel() if _layout(matrix) == "dense" else _part(matrix, "data")[:_LOOKED_AT]
    values = np.asarray(values)
    return bool(len(values) and np.issubdtype(values.dtype, np.number) and values.any() and _are_counts(values))


def _fault(block: Any) -> str:
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


def _spans(starts: np.ndarray, most: int, values: int) -> Iterator[tuple[int, int]]:
    """Return first and last + 1 of lines that together hold no more than so many values, at least one line."""
    first, lines = 0, len(starts) - 1
    while first < lines:
        last = int(np.searchsorted(starts, starts[first] + values, side="right")) - 1
        last = min(max(last, first + 1), first + most, lines)
        yield first, last
        first = last


def _layout(matrix: Any) -> str:
    """Return "csr", "csc" or "dense"."""
    if hasattr(matrix, "format"):
        return str(matrix.format)
    if hasattr(matrix, "attrs") and not hasattr(matrix, "shape"):
        kind = matrix.attrs.get("encoding-type", matrix.attrs.get("h5sparse_format", b""))
        kind = kind.decode() if isinstance(kind, bytes) else str(kind)
        return kind.removesuffix("_matrix")
    return "dense"


def _part(matrix: Any, name: str) -> Any:
    """Return indptr, indices or data of a compressed matrix in memory or on the disk."""
    return getattr(matrix, name) if hasattr(matrix, name) else matrix[name]


def _of_object(data: AnnData, layer: str, findings: Findings) -> Cells | None:
    if not (hasattr(data, "obs") and hasattr(data, "var")):
        raise TypeError(f"cells are an AnnData object or the path of an .h5ad file, not {type(data).__name__}")
    places = {"X": data.X, **dict(data.layers)}
    genes = {}
    if data.raw is not None:
        places["raw"], genes["raw"] = data.raw.X, data.raw.var
    places = {name: matrix for name, matrix in places.items() if matrix is not None}
    return _chosen("cells", data.obs, data.var, genes, places, layer, findings)


def _open_file(path: str, findings: Findings) -> Any:
    import h5py  # anndata brings it

    try:
        return h5py.File(path, "r")
    except OSError as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(path, f"cannot be read as an .h5ad file ({reason})", "a whole file as anndata writes it")
        return None


def _of_file(handle: Any, path: str, layer: str, findings: Findings) -> Cells | None:
    from anndata.io import read_elem

    try:
        obs, var = read_elem(handle["obs"]), read_elem(handle["var"])
        places = {name: handle[name] for name in ("X",) if name in handle}
        places |= {name: handle["layers"][name] for name in handle.get("layers", {})}
        genes = {}
        if "raw" in handle and "X" in handle["raw"]:
            places["raw"], genes["raw"] = handle["raw"]["X"], read_elem(handle["raw"]["var"])
    except Exception as error:  # whatever a foreign HDF5 file makes the reader raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(path, f"cannot be read as an .h5ad file ({reason})", "a whole file as anndata writes it")
        return None
    return _chosen(path, obs, var, genes, places, layer, findings)


def _of_tenx(handle: Any, path: str, layer: str, findings: Findings) -> Cells | None:
    """Return what a 10x file holds: genes x cells by cell, which are cells x genes by row."""
    group = handle["matrix"]
    try:
        text = {name: group["features"][name].asstr()[...] for name in ("id", "name", "feature_type")}
        barcodes = group["barcodes"].asstr()[...]
        matrix = SimpleNamespace(format="csr", **{name: group[name] for name in ("data", "indices", "indptr")})
    except Exception as error:  # whatever a foreign HDF5 file makes the reader raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(path, f"cannot be read as a 10x .h5 file ({reason})", "a whole file of CellRanger 3 or later")
        return None
    if layer != "X":
        findings.problem(path, f'there is no layer "{layer}" in a 10x file', 'layer="X"')
        return None
    genes = text["feature_type"] == EXPRESSION
    var = pd.DataFrame({"gene_name": text["name"][genes]}, index=text["id"][genes].astype(object))
    obs = pd.DataFrame(index=barcodes.astype(object))
    return _sound(Cells(path, obs, var, matrix, layer, {}, None if genes.all() else genes), findings)


def _chosen(
    name: str,
    obs: pd.DataFrame,
    var: pd.DataFrame,
    genes: dict[str, pd.DataFrame],
    places: dict[str, Any],
    layer: str,
    findings: Findings,
) -> Cells | None:
    """Return the cells of one layer, or tell why there are none."""
    if layer not in places:
        findings.problem(name, f'there is no layer "{layer}"', f"one of: {listed(places)}")
        return None
    kind = _layout(places[layer])
    if kind not in ("csr", "csc", "dense"):
        findings.problem(name, f"{layer} is a matrix of the kind {kind}", "CSR, CSC or dense")
        return None
    others = {other: matrix for other, matrix in places.items() if other != layer}
    return _sound(Cells(name, obs, genes.get(layer, var), places[layer], layer, others), findings)


def _sound(cells: Cells, findings: Findings) -> Cells | None:
    """Return cells, or tell why they cannot be read."""
    if 0 in cells.shape:
        found = f"there are {cells.shape[0]} cells and {cells.shape[1]} genes"
        findings.problem(cells.name, found, "cells x genes")
        return None
    if fault := cells.fault():
        findings.problem(cells.name, f"{cells.layer} is broken: {fault}", "a file as anndata or CellRanger writes it")
        return None
    return cells
