"""Contrasts: from named groups, differences and measurements to vectors over the coefficients of a design."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autocrine.design.forms.contrast import Contrast, Vectors
from autocrine.design.formula import SPLINE, Formula
from autocrine.design.question import Model
from autocrine.design.rows import Rows
from autocrine.problems import Findings, listed
from autocrine.spelling import text_of


def find_groups(
    selected: pd.DataFrame, formula: Formula, model: Model, where: str, findings: Findings
) -> dict[str, tuple[list[str], ...]]:
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
    Contrast name -> samples of each of its groups, of the contrasts that are sound. For a measurement these are the
    samples above and not above its median (where none is above: at it and below); for a difference those of its first
    and of its second contrast.
    """
    groups: dict[str, tuple[list[str], ...]] = {}
    for name, contrast in model.contrasts.items():
        place = f"{where}.contrasts.{name}"
        if contrast.measurement:
            # A measurement divides nobody: its halves only say which samples have more of it.
            before = len(findings.problems)
            contrast.check_formula(formula, place, findings)
            halves = _halves(selected, contrast.measurement, place, findings)
            if halves and len(findings.problems) == before:
                groups[name] = halves
            continue
        found = [
            _members(selected, formula, group, role, place, findings)
            for role, group in zip(contrast.group_roles, contrast.groups, strict=True)
        ]
        sound = [samples for samples in found if samples]
        if sound and len(sound) == len(found):
            groups[name] = tuple(sound)
    for name, contrast in model.contrasts.items():
        if contrast.difference and all(part in groups for part in contrast.difference):
            groups[name] = tuple(
                list(dict.fromkeys(sample for group in groups[part] for sample in group))
                for part in contrast.difference
            )
    return {name: groups[name] for name in model.contrasts if name in groups}


def contrast_vectors(rows: Rows, contrasts: Mapping[str, Contrast]) -> dict[str, Vectors]:
    """Build the vectors of each contrast from rows of the design.

    Parameters
    ----------
    rows
        The design.
    contrasts
        The model's contrasts, all of them sound.

    Returns
    -------
    Contrast name -> vectors over the columns of the design matrix.
    """
    rows = rows.of_groups([group for contrast in contrasts.values() for group in contrast.groups])
    vectors: dict[str, Vectors] = {}
    # A difference needs the vectors of what it subtracts.
    for name in sorted(contrasts, key=lambda name: bool(contrasts[name].difference)):
        vectors[name] = contrasts[name].vectors(rows, vectors)
    return {name: vectors[name].map(_without_dust) for name in contrasts}


def restrict_design(matrix: pd.DataFrame, vectors: Sequence[np.ndarray]) -> pd.DataFrame:
    """Return the design under the hypothesis that all of some contrasts are zero.

    Parameters
    ----------
    matrix
        Samples x coefficients.
    vectors
        The contrasts, over the coefficients.

    Returns
    -------
    Samples x fewer coefficients: the combinations of columns of `matrix` that the hypothesis leaves free. A column that
    no contrast holds stays as it is, so that patients' columns stay simple.
    """
    held = np.array(vectors, dtype=float)
    pivots: list[int] = []
    for row in range(len(held)):
        column = int(np.argmax(np.abs(held[row])))
        if abs(held[row, column]) < 1e-10:
            continue
        held[row] /= held[row, column]
        for other in range(len(held)):
            if other != row:
                held[other] -= held[other, column] * held[row]
        pivots.append(column)
    rows = [row for row in range(len(held)) if np.abs(held[row]).max() > 1e-10]
    free = [column for column in range(matrix.shape[1]) if column not in pivots]
    values = matrix.to_numpy()
    kept = {matrix.columns[c]: values[:, c] - values[:, pivots] @ held[rows][:, c] for c in free}
    return pd.DataFrame(kept, index=matrix.index)


def _without_dust(vector: np.ndarray) -> np.ndarray:
    return np.where(np.abs(vector) < 1e-12, 0.0, vector)


def _members(
    selected: pd.DataFrame, formula: Formula, group: Mapping[str, str], role: str, where: str, findings: Findings
) -> list[str] | None:
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
        elif pd.api.types.is_float_dtype(selected[column]) and not formula.holds_curve(column):
            ways = (
                '"per_unit" for its effect, "groups" in the model, which makes groups of its values, or '
                f"{SPLINE}({column}, 3) in the design, whose curve can be compared at its values"
            )
            findings.problem(where, f'"{column}" is a measurement, not a group', ways)
        elif not (held := _holds(selected[column], level)).any():
            levels = selected[column].value_counts().sort_index()
            there = listed(f"{text_of(name)} ({count} sample{'s' * (count > 1)})" for name, count in levels.items())
            findings.problem(
                where, f'{role}: "{column}" is "{level}" in none of the selected samples', f"one of: {there}"
            )
        else:
            keep &= held
    if len(findings.problems) > before:
        return None
    samples = list(selected.index[keep])
    words = " and ".join(f'"{column}" = "{level}"' for column, level in group.items())
    if not samples:
        findings.problem(where, f"{role}: no selected sample has {words} at once", "groups that have samples")
    elif len(samples) == 1:
        findings.problem(where, f"{role}: only one selected sample ({samples[0]}) has {words}", "two or more")
    return samples if len(samples) > 1 else None


def _holds(values: pd.Series, level: str) -> pd.Series:
    """Return which samples have a level; of a measurement its number, however it is written."""
    if not pd.api.types.is_float_dtype(values):
        return values == level
    try:
        return values == float(level)
    except ValueError:
        return pd.Series(False, index=values.index)


def _halves(selected: pd.DataFrame, column: str, where: str, findings: Findings) -> tuple[list[str], list[str]] | None:
    if column in selected.columns and not pd.api.types.is_float_dtype(selected[column]):
        findings.problem(where, f'"{column}" holds groups', '"factor", "tested" and "reference", or it under "numeric"')
    elif column in selected.columns:
        median = selected[column].median()
        above = selected[column] > median if (selected[column] > median).any() else selected[column] >= median
        return list(selected.index[above]), list(selected.index[~above])
    return None
