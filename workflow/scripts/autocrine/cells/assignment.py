"""Which sample and state each cell of a cohort is of, and which cells are left out for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.fusion import fusion_calls
from autocrine.cells.label_tables import labels_of_cells
from autocrine.cells.labels import words_of
from autocrine.cells.states import map_states
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from autocrine.input.cell_source import CellSource

# Why a cell is in no sum, beside the reasons of `autocrine.cells.states`.
EXCLUDED, NO_SAMPLE, OTHER_FUSION = "sample left out", "no sample", "fusion not {}"


def assign_cells(
    cells: pd.DataFrame,
    source: CellSource,
    labels: pd.DataFrame | None,
    samples: pd.Index,
    excluded: Mapping[str, str],
    where: str,
    findings: Findings,
) -> pd.DataFrame | None:
    """Say of each cell which sample and state it is of, its call of the fusion, and why it is left out.

    Parameters
    ----------
    cells : DataFrame of shape (cells, columns)
        Indexed by barcode: ``sample``, and the columns of the files' own tables that `source` names.
    source : CellSource
        Where labels and calls are.
    labels : DataFrame, optional
        The table of labels, as `read_labels` returns it.
    samples : Index
        Samples of the sheet.
    excluded : mapping of str to str
        Samples that the configuration leaves out.
    where : str
        The cohort in the configuration, for messages.
    findings : Findings
        Receives every problem.

    Returns
    -------
    DataFrame of shape (cells, columns), or None where there is a problem
        Indexed as `cells`: sample, state (where cells have labels), fusion (where they have calls), reason ("" of a
        cell that is kept).
    """
    before = len(findings.problems)
    held = cells
    if labels is not None:
        matched = labels_of_cells(cells, "sample", labels, f"{source.label_file}", findings)
        if matched is None:
            return None
        held = matched.assign(sample=cells["sample"])
    sample = words_of(held["sample"])
    # A missing name is None, whatever kind of text pandas would make of the column.
    found = pd.Series(sample.to_numpy(dtype=object), cells.index, dtype=object).to_frame("sample")
    reason = np.where(sample.isna(), NO_SAMPLE, np.where(sample.isin(list(excluded)), EXCLUDED, "")).astype(object)
    _check_samples(sample, samples, excluded, where, findings)
    for what, column in (("labels.column", source.label_column), ("fusion", source.fusion)):
        if column is not None and column not in held.columns:
            place = source.label_file or "the files' obs"
            right = f"one of: {listed(name for name in held.columns if name != 'sample')}"
            findings.problem(f"{where}.cells.{what}", f'there is no column "{column}" in {place}', right)
    if len(findings.problems) > before:
        return None
    if source.label_column is not None:
        labels_given = held[source.label_column]
        states = source.states or {str(label): (str(label),) for label in words_of(labels_given).dropna().unique()}
        mapped = map_states(labels_given, states, f"{where}.cells.states", findings)
        if mapped is None:
            return None
        found["state"] = mapped["state"]
        reason = np.where(reason == "", mapped["reason"].to_numpy(dtype=object), reason)
    if source.fusion is not None:
        place = f"{source.label_file or 'cells'}, column {source.fusion}"
        calls = fusion_calls(held[source.fusion], place, findings)
        if calls is None:
            return None
        found["fusion"] = calls.to_numpy(dtype=object)
        if source.only_fusion is not None:
            other = (calls != source.only_fusion).to_numpy() & (reason == "")
            reason = np.where(other, OTHER_FUSION.format(source.only_fusion), reason)
    return None if len(findings.problems) > before else found.assign(reason=reason)


def _check_samples(
    of_cell: pd.Series, samples: pd.Index, excluded: Mapping[str, str], where: str, findings: Findings
) -> None:
    """Tell which samples have cells and no row, or a row and no cells."""
    with_cells = set(of_cell.dropna().unique())
    unknown = [name for name in excluded if name not in with_cells | set(samples)]
    if unknown:
        findings.problem(f"{where}.exclude", f"there is no sample {listed(unknown)}", "names of samples")
    only_sheet = [name for name in samples if name not in with_cells and name not in excluded]
    only_cells = [name for name in sorted(with_cells) if name not in set(samples) and name not in excluded]
    if only_sheet or only_cells:
        found = f"Only in the sheet: {listed(only_sheet, 20)}. Only with cells: {listed(only_cells, 20)}"
        right = 'the same samples in both, spelled alike; samples to leave out belong under "exclude"'
        findings.problem(f"{where}.cells", f"the samples differ. {found}", right)


def assigned_groups(assigned: pd.DataFrame) -> pd.DataFrame:
    """Count the cells that are kept per sample and state.

    Returns
    -------
    DataFrame: sample, state (where cells have one), cells; sorted.
    """
    kept = assigned[assigned["reason"] == ""]
    keys = [name for name in ("sample", "state") if name in kept.columns]
    return kept.groupby(keys, sort=True, observed=True).size().rename("cells").reset_index()
