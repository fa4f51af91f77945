"""Contrasts: from named groups, differences and measurements to vectors over the coefficients of a design."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from autocrine.config import Contrast, Model
from autocrine.formula import Formula
from autocrine.problems import Findings, listed

Rows = Callable[[pd.DataFrame], np.ndarray]


def find_groups(
    selected: pd.DataFrame, formula: Formula, model: Model, where: str, findings: Findings
) -> dict[str, tuple[list[str], list[str]]]:
    """Find the samples that each contrast compares, and tell what is wrong with it.

    Parameters
    ----------
    selected
        The sheet's rows that the model uses; float64 columns are measurements.
    formula
        The model's design.
    model
        Its contrasts.
    where
        How messages name the model.
    findings
        Receives unknown columns and levels, and groups of fewer than two samples.

    Returns
    -------
    Contrast name -> (samples on the tested side, samples on the reference side), of the contrasts that are sound. For
    a measurement these are the samples above and not above its median.
    """
    groups: dict[str, tuple[list[str], list[str]]] = {}
    for name, contrast in model.contrasts.items():
        place = f"{where}.contrasts.{name}"
        if contrast.per_unit:
            found = _halves(selected, formula, contrast.per_unit, place, findings)
        elif contrast.difference:
            continue
        else:
            sides = [
                _members(selected, formula, group, role, place, findings)
                for role, group in (("tested", contrast.tested), ("reference", contrast.reference))
            ]
            found = (sides[0], sides[1]) if sides[0] is not None and sides[1] is not None else None
        if found is not None:
            groups[name] = found
    for name, contrast in model.contrasts.items():
        if contrast.difference and all(part in groups for part in contrast.difference):
            first, second = (groups[part] for part in contrast.difference)
            groups[name] = (first[0] + first[1], second[0] + second[1])
    return {name: groups[name] for name in model.contrasts if name in groups}


def contrast_vectors(
    data: pd.DataFrame, formula: Formula, rows: Rows, contrasts: Mapping[str, Contrast]
) -> dict[str, np.ndarray]:
    """Build the vector of each contrast: the difference between two mean rows of the design.

    All variables that a contrast does not name are held at the combinations that the samples have, each counted once;
    without interactions they cancel.

    Parameters
    ----------
    data
        Samples x variables of the formula (v0, v1, ...), as the design matrix was built from.
    formula
        The design.
    rows
        Turns such a table into rows of the design matrix.
    contrasts
        The model's contrasts, all of them sound.

    Returns
    -------
    Contrast name -> vector over the columns of the design matrix.
    """
    vectors = {}
    for name, contrast in contrasts.items():
        if contrast.per_unit:
            vectors[name] = _slope(data, formula, rows, contrast.per_unit)
        elif not contrast.difference:
            vectors[name] = _mean_row(data, formula, rows, contrast.tested) - _mean_row(
                data, formula, rows, contrast.reference
            )
    for name, contrast in contrasts.items():
        if contrast.difference:
            vectors[name] = vectors[contrast.difference[0]] - vectors[contrast.difference[1]]
    return {name: np.where(np.abs(vectors[name]) < 1e-12, 0.0, vectors[name]) for name in contrasts}


def _members(selected, formula: Formula, group: Mapping[str, str], role: str, where: str, findings: Findings):
    """Return the samples of one group, or None after telling why there is no such group."""
    before = len(findings.problems)
    keep = pd.Series(True, index=selected.index)
    for column, level in group.items():
        if column not in selected.columns:
            findings.problem(where, f'the sample sheet has no column "{column}"', f"one of: {listed(selected.columns)}")
        elif column not in formula.columns:
            findings.problem(
                where, f'the design "{formula.text}" does not hold "{column}"', f'"{column}" in the design'
            )
        elif pd.api.types.is_float_dtype(selected[column]):
            findings.problem(where, f'"{column}" is a measurement, not a group', '"per_unit" for its effect')
        elif not (selected[column] == level).any():
            levels = selected[column].value_counts().sort_index()
            there = listed(f"{name} ({count} samples)" for name, count in levels.items())
            findings.problem(
                where, f'{role}: "{column}" is "{level}" in none of the selected samples', f"one of: {there}"
            )
        else:
            keep &= selected[column] == level
    if len(findings.problems) > before:
        return None
    samples = list(selected.index[keep])
    words = " and ".join(f'"{column}" = "{level}"' for column, level in group.items())
    if not samples:
        findings.problem(where, f"{role}: no selected sample has {words} at once", "groups that have samples")
    elif len(samples) == 1:
        findings.problem(where, f"{role}: only one selected sample ({samples[0]}) has {words}", "two or more")
    return samples if len(samples) > 1 else None


def _halves(selected, formula: Formula, column: str, where: str, findings: Findings):
    if column not in formula.columns:
        findings.problem(where, f'the design "{formula.text}" does not hold "{column}"', f'"{column}" in the design')
    elif column in selected.columns and not pd.api.types.is_float_dtype(selected[column]):
        findings.problem(where, f'"{column}" holds groups', '"factor", "tested" and "reference", or it under "numeric"')
    elif column in selected.columns:
        above = selected[column] > selected[column].median()
        return list(selected.index[above]), list(selected.index[~above])
    return None


def _places(formula: Formula, column: str) -> list[str]:
    return [f"v{i}" for i, variable in enumerate(formula.variables) if variable.column == column]


def _mean_row(data: pd.DataFrame, formula: Formula, rows: Rows, group: Mapping[str, str]) -> np.ndarray:
    asked = {place: level for column, level in group.items() for place in _places(formula, column)}
    others = data.drop(columns=list(asked)).drop_duplicates()
    grid = others if len(others.columns) else pd.DataFrame(index=[0])
    fixed = {
        place: pd.Categorical([level] * len(grid), categories=data[place].cat.categories)
        for place, level in asked.items()
    }
    return rows(grid.assign(**fixed)).mean(axis=0)


def _slope(data: pd.DataFrame, formula: Formula, rows: Rows, column: str) -> np.ndarray:
    """Return the effect of one unit more of the column as it stands in the formula: log2(dose) counts doublings."""
    more = data.copy()
    for place in _places(formula, column):
        more[place] = more[place] + 1.0
    return (rows(more) - rows(data)).mean(axis=0)
