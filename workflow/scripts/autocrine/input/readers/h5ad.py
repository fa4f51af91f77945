"""Counts in an .h5ad file: samples x genes in X, in raw or in a layer."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.input.readers.counts import CountTable, are_cells, describe_values
from autocrine.input.readers.sparse import find_fault
from autocrine.problems import Findings

if TYPE_CHECKING:
    from anndata import AnnData


def read_h5ad(
    path: str, layer: str, findings: Findings, counted: bool = True
) -> tuple[CountTable, pd.DataFrame] | None:
    """Read counts and sample table from an .h5ad file.

    Parameters
    ----------
    path
        AnnData file with samples in rows.
    layer
        "X", "raw", or the name of a layer.
    findings
        Receives a problem that says what each place of the file holds where the named one holds no counts.
    counted
        Whether counts are looked for; else any numbers are taken.

    Returns
    -------
    The count table (genes x samples) and the file's obs table as text with a "sample" column; or None.
    """
    from anndata import read_h5ad as read

    try:
        data = read(path)
    except Exception as error:  # whatever a foreign HDF5 file makes the reader raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        findings.problem(path, f"cannot be read as an .h5ad file ({reason})", "a file that anndata.read_h5ad opens")
        return None
    return counts_of(data, path, layer, findings, counted)


def counts_of(
    data: "AnnData", path: str, layer: str, findings: Findings, counted: bool = True
) -> tuple[CountTable, pd.DataFrame] | None:
    """Take counts and sample table out of an AnnData object, which messages call `path`; see `read_h5ad`."""
    places = {"X": data.X, **({"raw": data.raw.X} if data.raw is not None else {}), **dict(data.layers)}
    if faults := [f"{name}: {fault}" for name, values in places.items() if (fault := find_fault(values))]:
        findings.problem(path, f"a sparse matrix is broken: {'; '.join(faults)}", "a file as anndata writes it")
        return None
    if are_cells(places.get(layer), data.obs_names, path, findings):
        return None
    held = {name: _describe(values) for name, values in places.items()}
    counts = [name for name, values in places.items() if _are_counts(values)]
    there = "; ".join(f"{name}: {text}" for name, text in held.items())
    if layer not in places:
        findings.problem(path, f'there is no layer "{layer}". The file holds {there}', "the name of one of these")
        return None
    if layer not in counts and (counted or places[layer] is None):
        hint = f'"layer: {counts[0]}" in the config of this cohort' if counts else "a file with raw counts"
        findings.problem(path, f"{layer} holds no raw counts. The file holds {there}", hint)
        return None
    genes = data.raw.var if layer == "raw" else data.var
    values = pd.DataFrame(
        _dense(places[layer]).T,
        index=pd.Index(genes.index.astype(str), name="gene"),
        columns=data.obs_names.astype(str),
    )
    annotation = pd.DataFrame(
        {str(name): genes[name].astype("string").to_numpy() for name in genes.columns}, index=values.index
    )
    sheet = data.obs.astype(object).where(data.obs.notna(), "").astype(str)
    sheet = sheet.drop(columns="sample", errors="ignore")
    sheet.insert(0, "sample", data.obs_names.astype(str))
    sheet.index = pd.RangeIndex(1, len(sheet) + 1)
    return CountTable(values, annotation), sheet


def _dense(values: object) -> np.ndarray:
    return values.toarray() if hasattr(values, "toarray") else np.asarray(values)


def _stored(values: object) -> np.ndarray:
    """Return the stored numbers of a dense or sparse matrix (a sparse one stores no zeros)."""
    return values.data if hasattr(values, "toarray") else np.asarray(values)


def _are_counts(values: object) -> bool:
    if values is None:
        return False
    stored = _stored(values)
    return bool(np.issubdtype(stored.dtype, np.number) and (stored >= 0).all() and (stored == np.rint(stored)).all())


def _describe(values: object) -> str:
    if values is None:
        return "nothing"
    stored = _stored(values)
    return describe_values(stored.astype(float)) if np.issubdtype(stored.dtype, np.number) else "text"
