"""The patients of an outcome: their samples, what became of them, their covariates; and what makes them unusable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autocrine.design.pairs import PATIENT
from autocrine.design.selection import matching, no_column
from autocrine.problems import Findings, listed
from autocrine.prognosis.question import SURVIVAL, Outcome
from autocrine.spelling import text_of


@dataclass(frozen=True)
class Patients:
    """Patients with a known outcome, one sample each.

    Attributes
    ----------
    samples
        The samples, one of each patient.
    time, event
        Of survival: follow-up, and whether it ended with the event; else empty.
    response
        Of a response: its value; else empty.
    covariates
        Samples x coefficients: measurements as they are, of groups a column for each but the first.
    """

    samples: pd.Index
    time: np.ndarray
    event: np.ndarray
    response: np.ndarray
    covariates: pd.DataFrame

    @property
    def events(self) -> int:
        """How many patients had the event."""
        return int(self.event.sum())


def select_patients(
    sheet: pd.DataFrame, outcome: Outcome, cohort: str, findings: Findings, place: str = ""
) -> Patients | None:
    """Return the patients of an outcome.

    Parameters
    ----------
    sheet
        Samples x columns; float64 columns are measurements, all others groups.
    outcome
        What is asked.
    cohort
        Name of the cohort, whose `numeric` messages speak of.
    findings
        Receives all that makes the outcome unusable: columns that are not there or hold something else, times that are
        missing or negative, an event that nobody or not two values tell, patients with several samples, covariates
        that cannot be estimated. And a note where the sheet does not say who the patients are.
    place
        Added to the name of the outcome in messages where there are several cohorts.

    Returns
    -------
    The patients, or None where there is a problem.
    """
    where, before = f"config, outcomes.{outcome.name}{place}", len(findings.problems)
    keep = matching(sheet, outcome.samples, f"{where}.samples", findings)
    _check_columns(sheet, outcome, cohort, where, findings)
    if len(findings.problems) > before:
        return None
    selected = sheet[keep]
    if not len(selected):
        findings.problem(f"{where}.samples", "no sample has all of these values at once", "a wider selection")
        return None
    _check_patients(selected, where, findings)
    measured = [outcome.time] if outcome.kind == SURVIVAL else [outcome.value]
    _check_missing(selected, [*outcome.columns, *outcome.covariates], where, findings)
    if outcome.kind == SURVIVAL:
        negative = selected.index[selected[outcome.time] < 0]
        if len(negative):
            found = f'"{outcome.time}" is negative for {listed(negative)}'
            findings.problem(f"{where}.time", found, "the time from the sample to the event or to the last visit")
        elif len(selected) > 1 and selected[outcome.time].nunique() == 1:
            found = f'"{outcome.time}" is {selected[outcome.time].iat[0]:g} in all patients'
            findings.problem(f"{where}.time", found, "times that differ, or a response in place of survival")
        _check_event(selected, outcome, where, findings)
    elif selected[outcome.value].nunique() < 2:
        findings.problem(f"{where}.value", f'"{outcome.value}" is the same in all patients', "a response that differs")
    if len(findings.problems) > before:
        return None
    happened = selected[outcome.event].map(text_of) == outcome.happened if outcome.event else pd.Series(dtype=bool)
    covariates = _coefficients(selected, outcome, happened.to_numpy(), where, findings)
    if covariates is None:
        return None
    values, none = selected[measured[0]].to_numpy(dtype=float), np.empty(0)
    survival = outcome.kind == SURVIVAL
    return Patients(
        selected.index,
        values if survival else none,
        happened.to_numpy(dtype=bool),
        none if survival else values,
        covariates,
    )


def _check_columns(sheet: pd.DataFrame, outcome: Outcome, cohort: str, where: str, findings: Findings) -> None:
    """Tell of columns that are not there, that hold something else, or that have two parts to play."""
    for column in dict.fromkeys((*outcome.columns, *outcome.covariates)):
        if column not in sheet.columns:
            findings.problem(where, no_column(column), f"one of: {listed(sheet.columns)}")
    for key in ("time", "value"):
        column = getattr(outcome, key)
        if column in sheet.columns and not pd.api.types.is_float_dtype(sheet[column]):
            found = f'"{column}" holds groups, not a measurement'
            findings.problem(f"{where}.{key}", found, f'"{column}" under cohorts.{cohort}.numeric')
    if outcome.time and outcome.time == outcome.event:
        findings.problem(f"{where}.event", f'"{outcome.event}" is the time as well', "a column for each")
    for column in (*outcome.columns, PATIENT):
        if column in outcome.covariates:
            what = "says who the patients are" if column == PATIENT else "is the outcome itself"
            findings.problem(f"{where}.covariates", f'"{column}" {what}', "covariates known when the sample was taken")


def _check_patients(selected: pd.DataFrame, where: str, findings: Findings) -> None:
    """Tell of patients with several samples."""
    if PATIENT not in selected.columns:
        findings.note(f'{where}: the sheet has no column "{PATIENT}"; each sample is taken for a patient of its own')
        return
    nameless = selected.index[selected[PATIENT].isna()]
    if len(nameless):
        findings.problem(where, f'"{PATIENT}" is missing for {listed(nameless)}', "the patient of each sample")
    twice = [
        f"{patient} ({', '.join(map(str, samples))})"
        for patient, samples in selected.groupby(PATIENT, sort=False).groups.items()
        if len(samples) > 1
    ]
    if twice:
        findings.problem(
            f"{where}.samples",
            f"{len(twice)} patient{'s have' if len(twice) > 1 else ' has'} several samples: {listed(twice)}",
            "one sample of each patient, such as {timepoint: diagnosis}; cohorts.<name>.sum_by adds replicates up",
        )


def _check_missing(selected: pd.DataFrame, columns: Sequence[str], where: str, findings: Findings) -> None:
    for column in dict.fromkeys(columns):
        lacking = selected.index[selected[column].isna()]
        if len(lacking):
            found = f'"{column}" is missing for {listed(lacking)}'
            findings.problem(where, found, "a value, or a selection without these samples")


def _check_event(selected: pd.DataFrame, outcome: Outcome, where: str, findings: Findings) -> None:
    """Tell where the column of the event does not say yes or no."""
    values = list(dict.fromkeys(selected[outcome.event].dropna().map(text_of)))
    if len(values) > 2:
        found = f'"{outcome.event}" has {len(values)} values: {listed(values)}'
        findings.problem(f"{where}.event", found, "two: the event came, or follow-up ended without it")
    elif outcome.happened not in values:
        found = f'no patient has "{outcome.happened}" in "{outcome.event}": nobody has the event'
        findings.problem(f"{where}.event", found, f"the value that says that it came, one of: {listed(values)}")


def _coefficients(
    selected: pd.DataFrame, outcome: Outcome, happened: np.ndarray, where: str, findings: Findings
) -> pd.DataFrame | None:
    """Return the columns that covariates become, or None where one cannot be estimated."""
    before, columns, place = len(findings.problems), {}, f"{where}.covariates"
    for name in outcome.covariates:
        values = selected[name]
        if values.nunique() < 2:
            findings.problem(place, f'"{name}" is the same in all patients', "a covariate that differs, or none")
        elif pd.api.types.is_float_dtype(values):
            columns[name] = values.to_numpy(dtype=float)
        else:
            levels = sorted(values.map(str).unique())
            members = {level: (values.map(str) == level).to_numpy() for level in levels}
            without = [level for level in levels if happened.size and not happened[members[level]].any()]
            if without:
                found = f'nobody of {listed(without)} ("{name}") has the event, so that its hazard cannot be estimated'
                findings.problem(place, found, "another covariate, or groups put together")
            columns |= {f"{name} {level}": members[level].astype(float) for level in levels[1:]}
    table = pd.DataFrame(columns, index=selected.index, dtype=float)
    with_one = np.column_stack([np.ones(len(table)), table.to_numpy()])
    if len(findings.problems) == before and np.linalg.matrix_rank(with_one) < with_one.shape[1]:
        found = f"{listed(outcome.covariates)} cannot be distinguished in {len(table)} patients"
        findings.problem(place, found, "fewer covariates")
    return table if len(findings.problems) == before else None
