"""Counts and sheets that a program gives as objects, brought to what the readers of files return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.input.readers.counts import CountTable, check_counts
from autocrine.input.readers.estimates import round_estimates
from autocrine.input.readers.h5ad import counts_of
from autocrine.input.readers.text import duplicated
from autocrine.input.sheet import check_sheet
from autocrine.problems import Findings, listed
from autocrine.spelling import text_of

if TYPE_CHECKING:
    from anndata import AnnData

# Columns that are measurements wherever they are, as in the workflow's sample sheets.
MEASUREMENTS = ("age", "leukemic_fraction", "cells", "cells_at_depth", "umi_per_cell", "genes_per_cell")
NAME_COLUMNS = ("gene_name", "gene_symbol", "gene_symbols", "symbol")


def read_objects(
    data: AnnData | pd.DataFrame,
    sheet: pd.DataFrame | None,
    layer: str,
    lengths: str | pd.DataFrame | None,
    numeric: Sequence[str],
    duplicate_genes: str,
    findings: Findings,
) -> tuple[CountTable | None, pd.DataFrame | None]:
    """Return checked counts and the checked sheet; None for what cannot be used.

    Parameters
    ----------
    data, sheet, layer, lengths, numeric, duplicate_genes
        See `autocrine.fit`.
    findings
        Receives every problem of counts, lengths, sheet and their samples.

    Raises
    ------
    TypeError
        Where the objects are of other kinds than these.
    """
    table, obs = _counts_and_sheet(data, sheet, layer, lengths, findings)
    checked = check_object_sheet(obs, numeric, findings)
    if table is not None and table.lengths is not None:
        table = round_estimates(table, "counts", findings)
    counts = None if table is None else check_counts(table, "counts", duplicate_genes, findings)
    if counts is not None and checked is not None:
        _check_samples(counts.values.columns, checked.index, findings)
    return counts, checked


def check_object_sheet(sheet: pd.DataFrame, numeric: Sequence[str], findings: Findings) -> pd.DataFrame | None:
    """Check a sheet, indexed by sample, as `read_objects` does; None where it cannot be used."""
    sheet = sheet.set_axis(sheet.columns.astype(str), axis=1)
    if twice := duplicated(list(sheet.columns)):
        findings.problem("sheet", f"columns appear twice: {listed(twice)}", "each column once")
        return None
    return check_sheet(_as_text(sheet), "sheet", {}, _measurements(sheet, numeric), findings)


def name_genes(counts: CountTable) -> pd.DataFrame:
    """Return gene_name and written of each gene."""
    written = counts.values.index.astype(str)
    column = next((name for name in NAME_COLUMNS if name in counts.annotation.columns), None)
    names = written if column is None else counts.annotation[column].fillna("").astype(str).to_numpy()
    names = np.where(np.asarray(names) == "", written, names)
    return pd.DataFrame({"gene_name": names, "written": written}, index=counts.values.index)


def _counts_and_sheet(
    data: AnnData | pd.DataFrame,
    sheet: pd.DataFrame | None,
    layer: str,
    lengths: str | pd.DataFrame | None,
    findings: Findings,
) -> tuple[CountTable | None, pd.DataFrame]:
    """Return counts as genes x samples and the sheet, indexed by sample, neither of them checked."""
    table: CountTable | None
    if isinstance(data, pd.DataFrame):
        if sheet is None:
            raise TypeError("a frame of counts needs a sheet: fit(counts, design, sheet)")
        if isinstance(lengths, str):
            raise TypeError("lengths of a frame of counts are a frame too")
        values = data.T.set_axis(data.index.astype(str), axis=1).set_axis(data.columns.astype(str), axis=0)
        table, obs = CountTable(values, pd.DataFrame(index=values.index)), sheet
    elif hasattr(data, "obs") and hasattr(data, "var"):
        # A view holds arrays of its own kinds, and what is still in its file those of HDF5.
        is_view = getattr(data, "is_view", False)
        if getattr(data, "isbacked", False):
            data = data.to_memory()
        # Also of one that was in its file: anndata 0.13 leaves its arrays views.
        if is_view:
            data = data.copy()
        read = counts_of(data, "counts", layer, findings, counted=lengths is None)
        table, obs = (None if read is None else read[0]), data.obs if sheet is None else sheet
        if table is not None and "dropped_pseudobulks" in data.uns.get("import", {}):
            table = replace(table, sums_of_cells=True)
    else:
        raise TypeError(f"counts are an AnnData object or a DataFrame of samples x genes, not {type(data).__name__}")
    if isinstance(lengths, str) and lengths not in data.layers:
        found = f'there is no layer "{lengths}". There are: {listed(data.layers)}'
        findings.problem("lengths", found, "the name of a layer")
        table = None
    elif lengths is not None and table is not None:
        held = data.to_df(layer=lengths) if isinstance(lengths, str) else lengths
        held = held.T.set_axis(held.index.astype(str), axis=1).set_axis(held.columns.astype(str), axis=0)
        table = _with_lengths(table, held, findings)
    return table, obs.set_axis(obs.index.astype(str), axis=0)


def _with_lengths(table: CountTable, lengths: pd.DataFrame, findings: Findings) -> CountTable | None:
    if twice := [*duplicated(list(lengths.index)), *duplicated(list(lengths.columns))]:
        findings.problem("lengths", f"{listed(twice)} appear twice", "each gene and each sample once")
        return None
    lacking = not table.values.index.isin(lengths.index).all() or not table.values.columns.isin(lengths.columns).all()
    if lacking:
        findings.problem("lengths", "not every gene and sample of the counts has a length", "a length for each count")
        return None
    return replace(table, lengths=lengths.loc[table.values.index, table.values.columns].astype(float))


def _measurements(obs: pd.DataFrame, numeric: Sequence[str]) -> list[str]:
    """Return the columns of a sheet that are measurements."""
    measured = [*numeric, *(name for name in MEASUREMENTS if name in obs.columns)]
    for name in obs.columns:
        if pd.api.types.is_float_dtype(obs[name]):
            held = obs[name].dropna()
            if len(held) and (held != np.rint(held)).any():
                measured.append(name)
    return list(dict.fromkeys(measured))


def _as_text(obs: pd.DataFrame) -> pd.DataFrame:
    """Return a sheet as the reader of files has it: text, a column for the sample, missing values empty."""
    text = {}
    for name in obs.columns.drop("sample", errors="ignore"):
        values = obs[name]
        if pd.api.types.is_float_dtype(values):
            numbers = values.to_numpy(dtype=float, na_value=np.nan)
            text[name] = [f"{value:.17g}" if value == value else "" for value in numbers]
        else:
            # As groups are called where they are asked for: 1.0 in a category is "1".
            text[name] = [text_of(value) if known else "" for value, known in zip(values, values.notna(), strict=True)]
    table = pd.DataFrame({"sample": obs.index.astype(str), **text})
    return table.set_axis(pd.RangeIndex(1, len(table) + 1), axis=0)


def _check_samples(counted: pd.Index, listed: pd.Index, findings: Findings) -> None:
    only = [list(map(str, one.difference(other)))[:8] for one, other in ((listed, counted), (counted, listed))]
    if any(only):
        findings.problem(
            "counts and sheet",
            f"the samples differ. Only in the sheet: {', '.join(only[0]) or 'none'}. Only in the counts: "
            f"{', '.join(only[1]) or 'none'}",
            "the same samples in both, spelled alike",
        )
