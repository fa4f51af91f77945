"""Counts in the layout of 10x Genomics (matrix.mtx, barcodes.tsv, genes.tsv or features.tsv), a barcode per sample."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from autocrine.input.readers.content import bare_name, read_content
from autocrine.input.readers.counts import CountTable, are_cells
from autocrine.input.readers.sparse import find_fault
from autocrine.problems import Findings, listed

EXPRESSION = "Gene Expression"


def read_10x(files: Sequence[str], findings: Findings) -> CountTable | None:
    """Read one folder.

    Parameters
    ----------
    files
        Its files: matrix, barcodes, and genes (version 2) or features (from version 3), each gzipped or not.
    findings
        Receives every problem.

    Returns
    -------
    Counts, with the symbols as annotation; features other than genes are dropped, with the reason.
    """
    from scipy.io import mmread  # slow to import, and needed for this format alone

    homes = {bare_name(path): path for path in files}
    folder = str(Path(files[0]).parent)
    features = homes.get("features.tsv") or homes.get("genes.tsv")
    missing = [name for name in ("matrix.mtx", "barcodes.tsv") if name not in homes]
    missing += [] if features else ["features.tsv (or genes.tsv)"]
    if missing:
        findings.problem(folder, f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} missing", "all three files")
        return None
    content = {name: read_content(homes[name], findings) for name in ("matrix.mtx", "barcodes.tsv")}
    content["features"] = read_content(features, findings)
    if any(part is None for part in content.values()):
        return None
    try:
        barcodes = read_lines(content["barcodes.tsv"])[0]
        rows = read_lines(content["features"])
        if fault := _fault_of_head(content["matrix.mtx"], len(rows), len(barcodes)):
            findings.problem(homes["matrix.mtx"], fault, "files of one run, as CellRanger or STARsolo write them")
            return None
        matrix = mmread(io.BytesIO(content["matrix.mtx"]), spmatrix=False)
    except (OSError, EOFError, ValueError, OverflowError, MemoryError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(
            folder, f"cannot be read as a 10x folder ({reason})", "files as CellRanger or STARsolo write them"
        )
        return None
    if fault := find_fault(matrix):
        findings.problem(folder, f"the matrix is broken: {fault}", "files as CellRanger or STARsolo write them")
        return None
    if are_cells(matrix.T, barcodes, folder, findings):
        return None
    values = pd.DataFrame(
        matrix.toarray() if hasattr(matrix, "toarray") else np.asarray(matrix),
        index=pd.Index(rows[0], name="gene"),
        columns=barcodes,
    )
    annotation = pd.DataFrame(index=values.index)
    if 1 in rows:
        annotation["gene_name"] = rows[1].astype("string").to_numpy()
    genes = (rows[2] == EXPRESSION).to_numpy() if 2 in rows else np.ones(len(rows), dtype=bool)
    others = rows[~genes]
    dropped = {str(row[0]): f"a feature of the kind {row[2]}, not a gene" for row in others.to_dict("records")}
    return CountTable(values[genes], annotation[genes], dropped)


def read_sizes(start: bytes) -> tuple[tuple[int, int, int] | None, str]:
    """Return rows, columns and entries that the head of a matrix.mtx announces; or None and what is wrong with it."""
    lines = start.split(b"\n")
    if not lines[0].startswith(b"%%MatrixMarket matrix coordinate"):
        return None, "the first line is not that of a sparse matrix (%%MatrixMarket matrix coordinate ...)"
    sizes = next((line.split() for line in lines[1:] if line.strip() and not line.startswith(b"%")), [])
    if len(sizes) != 3 or not all(size.isdigit() for size in sizes):
        shown = b" ".join(sizes).decode("utf-8", "replace")[:60]
        return None, f'the line of sizes is "{shown}", not three whole numbers'
    rows, columns, entries = map(int, sizes)
    return (rows, columns, entries), ""


def fault_of_sizes(sizes: tuple[int, int, int], genes: int, barcodes: int) -> str:
    """Say where a matrix does not go with its genes and barcodes; "" where it does."""
    rows, columns, entries = sizes
    if (rows, columns) != (genes, barcodes):
        return f"the matrix is {rows:,} x {columns:,}, but there are {genes:,} genes and {barcodes:,} barcodes"
    return f"{entries:,} entries are announced, more than the file holds" if entries > rows * columns else ""


def _fault_of_head(matrix: bytes, genes: int, barcodes: int) -> str:
    """Say what is wrong with the head of a matrix, before memory is allocated for what it announces; "" for nothing."""
    sizes, fault = read_sizes(matrix[:100_000])
    if sizes is None:
        return fault
    # Each entry takes six bytes or more.
    short = f"{sizes[2]:,} entries are announced, more than the file holds" if 6 * sizes[2] > len(matrix) else ""
    return fault_of_sizes(sizes, genes, barcodes) or short


def read_lines(content: bytes) -> pd.DataFrame:
    """Return the columns of barcodes, genes or features, as text."""
    return pd.read_csv(io.BytesIO(content), sep="\t", header=None, dtype=str, keep_default_na=False, quoting=3)
