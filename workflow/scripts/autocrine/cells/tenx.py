"""Cells as 10x Genomics and STARsolo hand them over: folders of matrix.mtx, and .h5 files of every CellRanger."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from autocrine.cells.mtx import MtxMatrix
from autocrine.input.readers.content import bare_name, is_file, opened, read_content
from autocrine.input.readers.tenx import EXPRESSION, fault_of_sizes, read_lines, read_sizes
from autocrine.problems import Findings, listed

MATRIX, BARCODES, FEATURES = "matrix.mtx", "barcodes.tsv", ("features.tsv", "genes.tsv")
_MEANT = "files of one run, as CellRanger or STARsolo write them"
# So much of a matrix is read to see its head; CellRanger writes a line of JSON there.
_HEAD = 100_000


@dataclass(frozen=True)
class TenX:
    """What one run holds.

    Attributes
    ----------
    barcodes : ndarray of shape (cells,)
        As the file spells them.
    features : DataFrame of shape (features, 2 or 3)
        id, name and, from CellRanger 3, kind of each row of the matrix.
    matrix : MtxMatrix or compressed matrix
        Counts, as cells x features.
    """

    barcodes: np.ndarray
    features: pd.DataFrame
    matrix: Any

    @property
    def genes(self) -> np.ndarray:
        """Which features are genes: all, where they have no kind."""
        if "kind" not in self.features:
            return np.ones(len(self.features), dtype=bool)
        return (self.features["kind"] == EXPRESSION).to_numpy()

    @property
    def dropped(self) -> dict[str, int]:
        """How many features there are of each other kind."""
        return dict(Counter(self.features["kind"][~self.genes])) if "kind" in self.features else {}

    @property
    def var(self) -> pd.DataFrame:
        """The genes, indexed by their ids."""
        held = self.features[self.genes]
        return pd.DataFrame({"gene_name": held["name"].to_numpy()}, index=pd.Index(held["id"].to_numpy(dtype=object)))


def is_tenx_folder(path: str) -> bool:
    """Whether a path is that of a folder, or of one matrix.mtx."""
    return Path(path).is_dir() or bare_name(path).endswith(MATRIX)


def read_folder(path: str, findings: Findings) -> TenX | None:
    """Read barcodes and features of a folder, and the head of its matrix.

    Parameters
    ----------
    path : str
        A folder with matrix.mtx, barcodes.tsv and features.tsv (genes.tsv before CellRanger 3), packed or not; or its
        matrix.mtx. What comes before ``matrix.mtx`` in that name, as in files of GEO, comes before the others too.
    findings : Findings
        Receives a problem where files are missing, damaged or of different runs.
    """
    files = _files(path, findings)
    if files is None or not is_file(files[MATRIX], findings):
        return None
    texts = []
    for name in (BARCODES, "features"):
        text = read_content(files[name], findings)
        if text is None:
            return None
        if not text.strip():
            findings.problem(files[name], "the file is empty", _MEANT)
            return None
        texts.append(text)
    try:
        barcodes, features = map(read_lines, texts)
    except (ValueError, pd.errors.ParserError) as error:
        findings.problem(path, f"cannot be read as a 10x folder ({error})", _MEANT)
        return None
    try:
        with opened(files[MATRIX]) as file:
            start = file.read(_HEAD)
    except (EOFError, OSError, ValueError) as error:
        findings.problem(files[MATRIX], f"the file is damaged ({error})", "the file copied or fetched anew")
        return None
    if not start.strip():
        findings.problem(files[MATRIX], "the file is empty", _MEANT)
        return None
    sizes, fault = read_sizes(start)
    if sizes is None or (fault := fault_of_sizes(sizes, len(features), len(barcodes))):
        findings.problem(files[MATRIX], fault, _MEANT)
        return None
    named = features.iloc[:, :3].set_axis(["id", "name", "kind"][: min(features.shape[1], 3)], axis=1)
    if "name" not in named:
        named["name"] = named["id"]
    return TenX(barcodes[0].to_numpy(dtype=object), named, MtxMatrix(files[MATRIX], *sizes))


def is_tenx_h5(handle: Any) -> bool:
    """Whether an open HDF5 file is one of CellRanger."""
    return "obs" not in handle and ("matrix" in handle or bool(_genomes(handle)))


def read_h5(handle: Any, path: str, findings: Findings) -> TenX | None:
    """Read barcodes and features of an open .h5 file of CellRanger; its counts stay where they are.

    CellRanger 3 and later have them in the group "matrix", earlier ones in a group with the name of the genome. Genes x
    cells by cell are cells x genes by row.
    """
    genomes = _genomes(handle)
    if "matrix" not in handle and len(genomes) > 1:
        found = f"genes of {len(genomes)} genomes, each with a matrix of its own ({listed(genomes)})"
        findings.problem(path, found, "counts of one genome, or the folder of one of them")
        return None
    try:
        group = handle["matrix" if "matrix" in handle else genomes[0]]
        if "features" in group:
            names = {"id": "id", "name": "name", "kind": "feature_type"}
            text = {new: group["features"][name].asstr()[...] for new, name in names.items()}
        else:
            text = {new: group[name].asstr()[...] for new, name in {"id": "genes", "name": "gene_names"}.items()}
        barcodes = group["barcodes"].asstr()[...]
        matrix = SimpleNamespace(format="csr", **{name: group[name] for name in ("data", "indices", "indptr")})
    except Exception as error:  # whatever a foreign HDF5 file makes the reader raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(path, f"cannot be read as a 10x .h5 file ({reason})", "a whole file as CellRanger writes it")
        return None
    return TenX(np.asarray(barcodes, dtype=object), pd.DataFrame(text, dtype=object), matrix)


def _genomes(handle: Any) -> list[str]:
    """Return the groups of CellRanger 2, one for each genome."""
    return [name for name, held in handle.items() if hasattr(held, "keys") and {"barcodes", "genes"} <= set(held)]


def _files(path: str, findings: Findings) -> dict[str, str] | None:
    """Return the three files of a folder, or tell which are missing."""
    folder, before = Path(path), ""
    if not folder.is_dir():
        before, folder = bare_name(path).removesuffix(MATRIX), folder.parent
    homes: dict[str, list[str]] = {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        homes.setdefault(bare_name(str(file)), []).append(str(file))
    features = next((name for name in FEATURES if before + name in homes), FEATURES[0])
    wanted = {MATRIX: before + MATRIX, BARCODES: before + BARCODES, "features": before + features}
    if missing := [name for name in wanted.values() if name not in homes]:
        inner = [str(file.parent.relative_to(folder)) for file in folder.glob("*/" + MATRIX + "*")]
        hint = f"all three files; there is a matrix in {listed(sorted(set(inner)), 3)}" if inner else "all three files"
        found = f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        findings.problem(path, found, hint if inner else f"{hint} (barcodes, features or genes, and matrix)")
        return None
    if twice := [name for name in wanted.values() if len(homes[name]) > 1]:
        findings.problem(path, f"{listed(twice)} is there packed and unpacked", "one of both")
        return None
    return {name: homes[held][0] for name, held in wanted.items()}
