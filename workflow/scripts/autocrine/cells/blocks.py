"""Counts of cells in blocks, from AnnData objects, .h5ad files and those of 10x, never holding all cells of a file."""

from __future__ import annotations

import lzma
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autocrine.cells.stored import fault_of_block, fault_of_matrix, first_values, layout_of, part_of, read_blocks
from autocrine.cells.tenx import TenX, is_tenx_folder, is_tenx_h5, read_folder, read_h5
from autocrine.input.readers.content import is_file, packing
from autocrine.input.readers.counts import describe_values
from autocrine.problems import Findings, InputError, Problem, listed

if TYPE_CHECKING:
    from anndata import AnnData

# What one block holds at most: more values are hardly read faster, and take more memory.
CELLS_AT_ONCE, VALUES_AT_ONCE = 5_000, 2_000_000
# More barcodes with hardly a count are droplets of a run before cells were called.
MOST_BARCODES = 200_000
# From here on single precision no longer tells one count from the next.
LARGEST_FLOAT = 2**24
# Only so many numbers are looked at to say what a matrix holds instead of counts.
_LOOKED_AT = 100_000
# What 10x and the makers of multi-modal files call features that are no genes, in these columns of var.
_KIND_COLUMNS = ("feature_types", "feature_type")
_NO_GENES = {
    *("antibody capture", "peaks", "crispr guide capture", "multiplexing capture", "antigen capture", "custom"),
    *("vdj", "vdj-t", "vdj-b", "adt", "hto", "atac", "protein", "multiplexing tag capture"),
}
# The beginning of a file, which says what it is.
_START = 64
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
        Where it is.
    others : mapping of str to array, sparse matrix, h5py Dataset or Group
        What else the file holds of the same shape, which may be the counts where `matrix` is not.
    genes : ndarray of shape (columns,), optional
        Which columns of the matrix are genes, where not all are.
    dropped : dict of str to int
        Kind of features that are no genes -> how many of them are left out.
    """

    name: str
    obs: pd.DataFrame
    var: pd.DataFrame
    matrix: Any
    layer: str
    others: dict[str, Any]
    genes: np.ndarray | None = None
    dropped: dict[str, int] = field(default_factory=dict)

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

        Raises
        ------
        InputError
            Where the file is damaged, at the block that cannot be read.
        """
        for block in self._stored(cells_at_once, values_at_once):
            # A broken block is left as it is: to choose columns of it is not safe, and `check_block` tells of it.
            whole = self.genes is None or fault_of_block(block.counts)
            yield block if whole else replace(block, counts=by_cells(block.counts)[:, self.genes])

    def _stored(self, cells_at_once: int, values_at_once: int) -> Iterator[Block]:
        """Read all columns of the matrix in blocks."""
        try:
            if layout_of(self.matrix) == "mtx":
                for first, counts in self.matrix.blocks(cells_at_once, values_at_once):
                    yield Block(first, 0, counts, self.name)
            else:
                for cell, gene, counts in read_blocks(self.matrix, self._size, cells_at_once, values_at_once):
                    yield Block(cell, gene, counts, self.name)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            meant = "the file copied or fetched anew"
            raise InputError([Problem(self.source, f"the file is damaged ({reason})", meant)]) from error

    @property
    def source(self) -> str:
        """The file that the counts are in, or how messages call them."""
        return str(getattr(self.matrix, "path", self.name))

    @property
    def _size(self) -> tuple[int, int]:
        """Rows and columns of the matrix."""
        return len(self.obs), len(self.var) if self.genes is None else len(self.genes)

    def files(self) -> Iterator[tuple[str, slice]]:
        """Return the name of each file, and which cells are its."""
        yield self.name, slice(0, self.shape[0])

    def fault(self) -> str:
        """Say what is wrong with the shape and the row pointers of the matrix; empty where nothing is."""
        # The head of a matrix.mtx was compared with its barcodes and genes.
        return "" if layout_of(self.matrix) == "mtx" else fault_of_matrix(self.matrix, self._size)


@contextmanager
def open_cells(
    data: AnnData | str | Path, layer: str, findings: Findings, droplets: bool = False
) -> Iterator[Cells | None]:
    """Open an AnnData object, an .h5ad file, or a folder or .h5 file of 10x, to be read in blocks.

    Parameters
    ----------
    data : AnnData, str or Path
        Cells x genes, or the file or folder that holds them, of which the counts stay on the disk. A folder has
        matrix.mtx, barcodes.tsv and features.tsv or genes.tsv; instead of it its matrix.mtx can be named. Features that
        are no genes, such as antibodies and peaks, are left out.
    layer : str
        Where the raw counts are: ``"X"``, ``"raw"`` or the name of a layer; a 10x file holds nothing else.
    findings : Findings
        Receives a problem where the file cannot be read or the layer is not there; then the cells are None.
    droplets : bool
        Whether all droplets of a run are wanted, and not its cells.
    """
    with _opened(data, layer, findings) as cells:
        if cells is not None and not droplets and _are_droplets(cells):
            tell_droplets(cells.name, cells.shape[0], "most of them with no gene or one", findings)
            cells = None
        yield cells


@contextmanager
def _opened(data: AnnData | str | Path, layer: str, findings: Findings) -> Iterator[Cells | None]:
    """Open what holds cells, or droplets; see `open_cells`."""
    if isinstance(data, str | Path) or getattr(data, "isbacked", False):
        path = str(data if isinstance(data, str | Path) else data.filename)
        if is_tenx_folder(path):
            yield _of_tenx(read_folder(path, findings), path, layer, findings)
            return
        handle = _open_file(path, findings)
        if handle is None:
            yield None
            return
        with handle:
            if is_tenx_h5(handle):
                yield _of_tenx(read_h5(handle, path, findings), path, layer, findings)
            else:
                yield _of_file(handle, path, layer, findings)
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
    if fault := fault_of_block(block.counts):
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
        found = (
            f"{cells.layer} holds {describe_values(values[:_LOOKED_AT].astype(float), of_samples=False)} First: {where}"
        )
    counted = [name for name, other in cells.others.items() if looks_counted(other)]
    hint = f'{_MEANT}; layer="{counted[0]}" holds such' if counted else _MEANT
    findings.problem(block.source, found, hint)
    return False


def _are_counts(values: np.ndarray) -> bool:
    if values.min() < 0 or not values.max() <= LARGEST_FLOAT:
        return False
    return bool(np.issubdtype(values.dtype, np.integer) or (values == np.rint(values)).all())


def looks_counted(matrix: Any) -> bool:
    """Whether the first values of a matrix are counts."""
    values = first_values(matrix, _LOOKED_AT)
    return bool(len(values) and np.issubdtype(values.dtype, np.number) and values.any() and _are_counts(values))


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

    if not is_file(path, findings):
        return None
    with open(path, "rb") as file:
        start = file.read(_START)
    meant = "a whole .h5ad file, or .h5 or folder of 10x"
    if not start:
        findings.problem(path, "the file is empty", meant)
    elif kind := packing(start):
        findings.problem(path, f"cannot be read as an HDF5 file: it is packed ({kind})", f"{meant}, unpacked")
    elif start.startswith(b"version https://git-lfs"):
        found = "cannot be read as an HDF5 file: this is a pointer of Git LFS, not the file itself"
        findings.problem(path, found, "the file, fetched by `git lfs pull`")
    else:
        try:
            return h5py.File(path, "r")
        except OSError as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            findings.problem(path, f"cannot be read as an HDF5 file ({reason})", meant)
    return None


def _of_file(handle: Any, path: str, layer: str, findings: Findings) -> Cells | None:
    from anndata.io import read_elem

    try:
        obs, var = read_elem(handle["obs"]), read_elem(handle["var"])
        places = {name: handle[name] for name in ("X",) if name in handle}
        places |= {name: handle["layers"][name] for name in handle.get("layers", {})}
        genes = {}
        raw = handle.get("raw")
        # anndata.io.write_elem writes an empty value where there is no raw.
        if hasattr(raw, "keys") and "X" in raw:
            places["raw"], genes["raw"] = raw["X"], read_elem(raw["var"])
    except Exception as error:  # whatever a foreign HDF5 file makes the reader raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(path, f"cannot be read as an .h5ad file ({reason})", "a whole file as anndata writes it")
        return None
    return _chosen(path, obs, var, genes, places, layer, findings)


def _of_tenx(run: TenX | None, path: str, layer: str, findings: Findings) -> Cells | None:
    """Return the cells of a run, without features that are no genes."""
    if run is None:
        return None
    if layer != "X":
        findings.problem(path, f'there is no layer "{layer}" in a 10x file', 'layer="X"')
        return None
    obs, genes = pd.DataFrame(index=pd.Index(run.barcodes, dtype=object)), run.genes
    chosen = None if genes.all() else genes
    return _sound(Cells(path, obs, run.var, run.matrix, layer, {}, chosen, run.dropped), findings)


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
    kind = layout_of(places[layer])
    if kind not in ("csr", "csc", "dense"):
        findings.problem(name, f"{layer} is a matrix of the kind {kind}", "CSR, CSC or dense")
        return None
    others = {other: matrix for other, matrix in places.items() if other != layer}
    features = genes.get(layer, var)
    chosen, dropped = _features(features)
    if chosen is None:
        return _sound(Cells(name, obs, features, places[layer], layer, others), findings)
    if not chosen.any():
        found = f"there is no gene, only {listed(f'{count:,} of {kind}' for kind, count in dropped.items())}"
        findings.problem(f"{name}, var", found, "counts of genes")
        return None
    return _sound(Cells(name, obs, features[chosen], places[layer], layer, others, chosen, dropped), findings)


def _features(var: pd.DataFrame) -> tuple[np.ndarray | None, dict[str, int]]:
    """Return which features are genes, None for all, and how many there are of each other kind."""
    column = next((name for name in _KIND_COLUMNS if name in var.columns), None)
    if column is None:
        return None, {}
    kinds = var[column].astype(str)
    others = kinds.str.casefold().isin(_NO_GENES).to_numpy()
    return (~others, dict(Counter(kinds[others]))) if others.any() else (None, {})


def _sound(cells: Cells, findings: Findings) -> Cells | None:
    """Return cells, or tell why they cannot be read."""
    if 0 in cells.shape:
        found = f"there are {cells.shape[0]} cells and {cells.shape[1]} genes"
        findings.problem(cells.name, found, "cells x genes")
        return None
    try:
        fault = cells.fault()
    except OSError as error:
        findings.problem(cells.name, f"the file is damaged ({error})", "the file copied or fetched anew")
        return None
    if fault:
        findings.problem(cells.name, f"{cells.layer} is broken: {fault}", "a file as anndata or CellRanger writes it")
        return None
    return cells


def _are_droplets(cells: Cells) -> bool:
    """Tell droplets from cells by the row pointers alone, where most have hardly a gene."""
    if cells.shape[0] <= MOST_BARCODES or layout_of(cells.matrix) != "csr":
        return False
    return float(np.median(np.diff(np.asarray(part_of(cells.matrix, "indptr")[...])))) <= 1


def tell_droplets(where: str, number: int, words: str, findings: Findings) -> None:
    """Tell of a matrix of all droplets of a run."""
    found = f"unfiltered droplets: {number:,} barcodes, {words}"
    findings.problem(where, found, "barcodes of cells, as filtered matrices hold them (filtered_feature_bc_matrix)")
