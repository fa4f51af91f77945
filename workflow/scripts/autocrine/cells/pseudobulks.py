"""The sheet of the sums of cells: a row per sample and state, with what is known of the sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autocrine.problems import Findings, listed

# Columns that a row of sums has beside those of its sample's row in the sheet; those that are measurements.
SPECIMEN, STATE = "specimen", "state"
MEASURED = ("cells", "cells_before_quality", "umi_per_cell", "doublet_share")
FRACTION = "leukemic_fraction"


def check_sheet_columns(sheet: pd.DataFrame, path: str, with_states: bool, findings: Findings) -> None:
    """Tell of columns of the sheet of samples whose names the sums of cells need."""
    taken = [name for name in (SPECIMEN, *([STATE] if with_states else []), *MEASURED) if name in sheet.columns]
    if taken:
        found = f"the columns {listed(taken)} are made for sums of cells"
        findings.problem(path, found, "other names, or a sheet without them")


def name_rows(groups: pd.DataFrame) -> list[str]:
    """Return the name of each sum: the sample, and the state behind a dot."""
    keys: Sequence[str] = [name for name in ("sample", STATE) if name in groups.columns]
    return [".".join(row) for row in groups[keys].astype(str).itertuples(index=False)]


def check_names(groups: pd.DataFrame, where: str, findings: Findings) -> None:
    """Tell of samples and states of which two sums would have one name: S1 with x.LSC, and S1.x with LSC."""
    names = pd.Series(name_rows(groups), groups.index)
    for name in names[names.duplicated()].unique():
        rows = groups[names == name].astype(str)
        meant = listed(f"state {row.state} of sample {row.sample}" for row in rows.itertuples())
        findings.problem(
            where, f'sums of cells would both be called "{name}": {meant}', "other names of samples or states"
        )


def warn_of_lost_samples(samples: Sequence[str], groups: pd.DataFrame, where: str, findings: Findings) -> None:
    """Warn of samples of the sheet of which no sum of cells is left."""
    there = set(groups["sample"].astype(str))
    if lost := [str(sample) for sample in samples if str(sample) not in there]:
        text = f"no sum of cells is left of {listed(lost)}: too few of their cells or counts were kept"
        findings.warn("lost_samples", text, where, lost)


def donors_of(sheet: pd.DataFrame) -> pd.Series:
    """Return the patient of each row of a sheet; a sample that names none is one of its own."""
    patient = sheet["patient"].replace("", None)
    return patient.fillna(sheet.get(SPECIMEN, pd.Series(sheet.index, sheet.index))).astype(str)


def pseudobulk_sheet(sheet: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Return the sheet with a row for each sum of cells.

    Parameters
    ----------
    sheet : DataFrame
        A row per sample.
    groups : DataFrame
        A row per sum: ``sample``, ``state`` (where there are states), and measurements of it.

    Returns
    -------
    DataFrame
        Indexed by the names of the sums: specimen (the sample), the columns of `sheet`, patient (the sample where the
        sheet has none), state, and the measurements of `groups` as float64.
    """
    rows = sheet.loc[groups["sample"]].set_axis(name_rows(groups), axis=0)
    rows.insert(0, SPECIMEN, groups["sample"].to_numpy())
    if "patient" not in rows.columns:
        rows["patient"] = rows[SPECIMEN]
    if STATE in groups.columns:
        rows[STATE] = groups[STATE].to_numpy(dtype=object)
    for name in groups.columns.drop(["sample", STATE], errors="ignore"):
        if name == FRACTION and FRACTION in rows.columns:
            # What was measured of the sample is not replaced by what its cells say.
            continue
        rows[name] = groups[name].to_numpy(dtype=float)
    rows.index.name = None
    return rows


def sheet_of_specimens(rows: pd.DataFrame, pseudobulks: pd.DataFrame) -> pd.DataFrame:
    """Return the sheet with a row for each sample, from that with a row for each sum of cells.

    A leukaemic fraction that is that of the cells of each sum becomes that of all kept cells of the sample
    (`pseudobulks`: `autocrine.cells.decisions.tabulate_pseudobulks`).
    """
    own = [STATE, *MEASURED]
    sheet = rows.drop_duplicates(SPECIMEN).set_index(SPECIMEN)
    sheet = sheet.drop(columns=own, errors="ignore").rename_axis(None)
    if FRACTION in sheet.columns:
        names = pseudobulks["sample"] + np.where(pseudobulks["state"] == "", "", "." + pseudobulks["state"])
        of_sums = pseudobulks[FRACTION].set_axis(names).reindex(rows.index)
        if of_sums.notna().any() and np.allclose(rows[FRACTION], of_sums, equal_nan=True):
            calls = pseudobulks.groupby("sample")[["fusion_positive", "fusion_negative"]].sum().reindex(sheet.index)
            sheet[FRACTION] = calls["fusion_positive"] / calls.sum(axis=1)
    return sheet
