"""Which sample and state each cell of a cohort is of, and which cells are left out for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.joined import match_labels
from autocrine.cells.labels import words_of
from autocrine.problems import Findings, listed
from autocrine.spelling import bare

if TYPE_CHECKING:
    from autocrine.input.cell_source import CellSource

# Why a cell is in no sum, where its sample, its label or its fusion says so.
EXCLUDED, NO_SAMPLE, NO_LABEL, NO_STATE = "sample left out", "no sample", "no label", "label of no state"
NO_FUSION = "fusion not {}"
CALLS = ("positive", "negative", "unknown")


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
        Where labels and calls stand.
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
        matched = match_labels(cells.index, words_of(cells["sample"]), labels, f"{source.label_file}", findings)
        if matched is None:
            return None
        held = matched.assign(sample=cells["sample"])
    found = pd.DataFrame({"sample": words_of(held["sample"]).to_numpy()}, index=cells.index)
    reason = np.where(found["sample"].isna(), NO_SAMPLE, "").astype(object)
    reason[found["sample"].isin(list(excluded)).to_numpy()] = EXCLUDED
    _check_samples(found["sample"], samples, excluded, where, findings)
    for what, column in (("labels", source.label_column), ("fusion", source.fusion)):
        if column is not None and column not in held.columns:
            place = source.label_file or "the files' obs"
            right = f"one of: {listed(name for name in held.columns if name != 'sample')}"
            findings.problem(f"{where}.cells.{what}", f'there is no column "{column}" in {place}', right)
    if len(findings.problems) > before:
        return None
    if source.label_column is not None:
        label = words_of(held[source.label_column]).to_numpy()
        state = _states(label, source, f"{where}.cells", findings)
        lacking = pd.isna(label)
        reason[(reason == "") & lacking] = NO_LABEL
        reason[(reason == "") & pd.isna(state)] = NO_STATE
        found["state"] = state
    if source.fusion is not None:
        call = words_of(held[source.fusion]).str.lower().fillna("unknown")
        if wrong := sorted(set(call) - set(CALLS)):
            found_words = f'column "{source.fusion}" holds {listed(wrong)}'
            findings.problem(f"{where}.cells.fusion", found_words, f"one of: {listed(CALLS)}")
        found["fusion"] = call.to_numpy()
        if source.only_fusion is not None:
            other = (call != source.only_fusion).to_numpy()
            reason[(reason == "") & other] = NO_FUSION.format(source.only_fusion)
    return None if len(findings.problems) > before else found.assign(reason=reason)


def _states(label: np.ndarray, source: CellSource, where: str, findings: Findings) -> np.ndarray:
    """Return the state of each cell; None where its label is in none."""
    if source.states is None:
        return label
    of_label = {part: state for state, parts in source.states.items() for part in parts}
    known = set(pd.unique(label[~pd.isna(label)]))
    for state, parts in source.states.items():
        if not known & set(parts):
            near = [other for part in parts for other in known if bare(other) == bare(part)]
            right = f"{listed(near)}?" if near else f"labels of the cells: {listed(sorted(known), 20)}"
            findings.problem(f"{where}.states.{state}", f"no cell has a label of {listed(parts)}", right)
    return np.array(pd.Series(label, dtype=object).map(of_label).astype(object).where(lambda one: one.notna(), None))


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
