"""Which samples a model uses, and the groups that it makes of them beyond the columns of the sheet."""

from collections.abc import Mapping

import pandas as pd

from autocrine.design.question import Model
from autocrine.problems import Findings, listed
from autocrine.spelling import alike, shown_apart, text_of


def select_samples(sheet: pd.DataFrame, model: Model, where: str, findings: Findings) -> pd.DataFrame | None:
    """Return the rows of the sheet that a model uses, with the columns that it makes.

    Parameters
    ----------
    sheet
        Samples x columns; float64 columns are measurements, all others groups.
    model
        Its `samples` and `groups`.
    where
        How messages name the model.
    findings
        Receives columns and values that are not there, and samples that belong to none or to several of the groups.

    Returns
    -------
    The selected samples, or None where there is a problem.
    """
    before = len(findings.problems)
    keep = matching(sheet, model.samples, f"{where}.samples", findings)
    if len(findings.problems) > before:
        return None
    if not keep.any():
        findings.problem(f"{where}.samples", "no sample has all of these values at once", "a wider selection")
        return None
    selected = sheet[keep]
    made = {
        column: _made_column(selected, groups, f"{where}.groups.{column}", findings)
        for column, groups in model.groups.items()
    }
    for column in made:
        if column in sheet.columns:
            findings.problem(f"{where}.groups", f'the sample sheet has a column "{column}" already', "another name")
    return selected.assign(**made) if len(findings.problems) == before else None


# Columns of the sheet that say which cells a sample is, the first that is there.
CELLS = ("compartment", "cell_type", "cell_line", "tissue")


def cells_of(selected: pd.DataFrame, model: Model) -> str:
    """Say in words which cells the samples of a model are; "" where neither configuration nor sheet does."""
    if model.cells:
        return model.cells
    column = next((name for name in CELLS if name in selected.columns and selected[name].notna().any()), None)
    return "" if column is None else listed(sorted({str(value) for value in selected[column].dropna()}), 3)


def no_column(column: str) -> str:
    """Say that the sheet lacks a column."""
    return f'the sample sheet has no column "{column}"'


def matching(sheet: pd.DataFrame, asked: Mapping[str, tuple[str, ...]], where: str, findings: Findings) -> pd.Series:
    """Return which samples have one of the asked values in every asked column."""
    keep = pd.Series(True, index=sheet.index)
    for column, values in asked.items():
        if column not in sheet.columns:
            findings.problem(where, no_column(column), f"one of: {listed(sheet.columns)}")
            continue
        present = set(sheet[column].dropna().map(text_of))
        for value in values:
            if value not in present:
                findings.problem(f"{where}.{column}", f'no sample has "{value}"', f"one of: {listed(sorted(present))}")
        for words in alike([*values, *sorted(present)]):
            if len(lost := [word for word in words if word in present and word not in values]) < len(words):
                findings.problem(
                    f"{where}.{column}",
                    f"{listed(map(shown_apart, lost))} of the sheet would be left out, and looks like "
                    + listed(shown_apart(word) for word in words if word in values),
                    "one spelling, or both in the selection",
                )
        keep &= sheet[column].map(text_of).isin(values)
    return keep


def _made_column(
    selected: pd.DataFrame, groups: Mapping[str, Mapping[str, tuple[str, ...]]], where: str, findings: Findings
) -> pd.Series:
    """Return the group of each sample."""
    before = len(findings.problems)
    members = pd.DataFrame(
        {group: matching(selected, asked, f"{where}.{group}", findings) for group, asked in groups.items()}
    )
    if len(findings.problems) == before:
        for group in members.columns[~members.any()]:
            findings.problem(f"{where}.{group}", "no selected sample has all of these values at once", "other values")
        count = members.sum(axis=1)
        for words, wrong in (("none", count == 0), ("more than one", count > 1)):
            if wrong.any():
                names = list(selected.index[wrong])
                findings.problem(
                    where,
                    f"{len(names)} selected samples belong to {words} of the groups: {listed(names)}",
                    'one group for each sample that "samples" selects',
                )
    return members.idxmax(axis=1)
