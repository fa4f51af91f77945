"""Technical replicates of one specimen added up before anything else sees them."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.input.readers.counts import CountTable
from autocrine.problems import Findings, listed


def sum_replicates(
    table: CountTable, sheet: pd.DataFrame, keys: Sequence[str], where: str, findings: Findings
) -> tuple[CountTable, pd.DataFrame] | None:
    """Add up the counts of samples that agree in some columns of the sheet.

    Parameters
    ----------
    table
        Counts, genes x samples, in the order of the sheet.
    sheet
        Samples x columns.
    keys
        Columns that together say what one specimen is, such as patient and timepoint.
    where
        How messages name the setting.
    findings
        Receives a note of what was added up; a problem where a key is no column, is a measurement or lacks a value, or
        where counts are estimates whose transcript lengths cannot be added up.

    Returns
    -------
    Counts and sheet with one sample for each combination of values. A sample that is alone keeps its name; others
    are called by their values, joined by "_". Measurements are averaged, and texts that differ joined by "+". None
    where there is a problem.
    """
    before = len(findings.problems)
    if unknown := [key for key in keys if key not in sheet.columns]:
        findings.problem(where, f"there is no column {listed(unknown)}", f"one of: {listed(sheet.columns)}")
        return None
    for key in keys:
        if is_float_dtype(sheet[key]):
            findings.problem(where, f'"{key}" is a measurement', "columns of groups, such as patient and timepoint")
        elif lacking := list(sheet.index[sheet[key].isna()]):
            findings.problem(where, f'"{key}" is missing for {listed(lacking)}', "a value for each sample")
    if table.lengths is not None:
        findings.problem(
            where,
            "the counts are estimates with transcript lengths, which cannot be added up",
            "the reads merged before",
        )
    if len(findings.problems) > before:
        return None
    made = sheet.groupby(list(keys), sort=False, dropna=False).ngroup()
    groups = [list(sheet.index[made == place]) for place in range(int(made.max()) + 1)]
    names = [
        samples[0] if len(samples) == 1 else "_".join(str(sheet.at[samples[0], key]) for key in keys)
        for samples in groups
    ]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        findings.problem(where, f"two specimens would be called {listed(twice)}", "values that distinguish them")
        return None
    values = pd.DataFrame(
        {name: table.values[samples].sum(axis=1) for name, samples in zip(names, groups, strict=True)},
        index=table.values.index,
    )
    rows = [{column: _together(sheet.loc[samples, column]) for column in sheet.columns} for samples in groups]
    summed = pd.DataFrame(rows, index=pd.Index(names, name=sheet.index.name), columns=sheet.columns)
    for column in sheet.columns:
        summed[column] = summed[column].astype(sheet[column].dtype)
    added = [f"{name} of {listed(samples)}" for name, samples in zip(names, groups, strict=True) if len(samples) > 1]
    findings.note(
        f"samples that agree in {listed(keys)} were added up, {sheet.shape[0]} to {len(names)}: "
        + (listed(added) or "none agree")
    )
    texts = [column for column in sheet.columns if column not in keys and not is_float_dtype(sheet[column])]
    if joined := [column for column in texts if (sheet[column].groupby(made).nunique() > 1).any()]:
        text = f"samples that were added up differ in {listed(joined)}; their values are joined by +"
        findings.warn("uneven_replicates", text, where)
    return replace(table, values=values), summed


def _together(values: pd.Series) -> object:
    """Return what is said of several samples of one specimen in one column."""
    if is_float_dtype(values):
        return values.mean()
    known = list(dict.fromkeys(values.dropna()))
    return None if not known else known[0] if len(known) == 1 else "+".join(known)
