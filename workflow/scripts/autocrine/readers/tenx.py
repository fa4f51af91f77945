"""Counts in the layout of 10x Genomics (matrix.mtx, barcodes.tsv, genes.tsv or features.tsv), a barcode per sample."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from autocrine.problems import Findings, listed
from autocrine.readers.counts import CountTable, are_cells
from autocrine.readers.files import bare_name
from autocrine.readers.sparse import find_fault

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
    try:
        barcodes = _lines(homes["barcodes.tsv"])[0]
        rows = _lines(features)
        matrix = mmread(homes["matrix.mtx"])
    except (OSError, EOFError, ValueError, UnicodeDecodeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(
            folder, f"cannot be read as a 10x folder ({reason})", "files as CellRanger or STARsolo write them"
        )
        return None
    if matrix.shape != (len(rows), len(barcodes)):
        findings.problem(
            folder,
            f"the matrix is {matrix.shape[0]} x {matrix.shape[1]}, but there are {len(rows)} genes and {len(barcodes)} "
            "barcodes",
            "files of one run",
        )
        return None
    if are_cells(len(barcodes), "barcodes", folder, findings):
        return None
    if fault := find_fault(matrix):
        findings.problem(folder, f"the matrix is broken: {fault}", "files as CellRanger or STARsolo write them")
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


def _lines(path: str) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", header=None, dtype=str, keep_default_na=False, quoting=3, encoding="utf-8")
