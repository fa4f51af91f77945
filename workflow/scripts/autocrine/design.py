"""From a sample sheet and a model's words to a design matrix and contrast vectors, checked before any fit."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from autocrine.config import Contrast, Model
from autocrine.formula import TRANSFORMS, Formula, parse_formula
from autocrine.problems import Findings, listed


@dataclass(frozen=True)
class Design:
    """What a fit needs to know about its samples.

    Attributes
    ----------
    matrix
        Samples x coefficients, float64, full column rank.
    contrasts
        Contrast name -> vector over the coefficients; effect = vector @ coefficients.
    groups
        Contrast name -> (samples of the tested group, samples of the reference group).
    """

    matrix: pd.DataFrame
    contrasts: Mapping[str, np.ndarray]
    groups: Mapping[str, tuple[list[str], list[str]]]


def select_samples(sheet: pd.DataFrame, model: Model, where: str, findings: Findings) -> pd.DataFrame | None:
    """Return the rows of the sheet that a model uses; a column or value that is not there is a problem."""
    keep = pd.Series(True, index=sheet.index)
    wrong = False
    for column, values in model.samples.items():
        if column not in sheet.columns:
            findings.problem(f"{where}.samples", _no_column(column, sheet), f"one of: {listed(sheet.columns)}")
            wrong = True
            continue
        present = sheet[column].dropna().map(_text)
        for value in values:
            if value not in set(present):
                findings.problem(
                    f"{where}.samples.{column}", f'no sample has "{value}"', f"one of: {listed(sorted(set(present)))}"
                )
                wrong = True
        keep &= sheet[column].map(_text).isin(values)
    if wrong:
        return None
    if not keep.any():
        findings.problem(f"{where}.samples", "no sample has all of these values at once", "a wider selection")
        return None
    return sheet[keep]


def build_design(sheet: pd.DataFrame, model: Model, where: str, findings: Findings) -> Design | None:
    """Build the design matrix of one model and the vector of each of its contrasts.

    Parameters
    ----------
    sheet
        Samples x columns; float64 columns are measurements, all others groups.
    model
        Selection, formula and contrasts.
    where
        How messages name the model, e.g. "config, models.lsc_response".
    findings
        Receives every problem: unknown columns and levels, missing values, groups of fewer than two samples, columns
        that cannot be told apart, too few samples.

    Returns
    -------
    The design, or None where there is a problem.
    """
    before = len(findings.problems)
    try:
        formula = parse_formula(model.design)
    except ValueError as error:
        findings.problem(f"{where}.design", f'"{model.design}": {error}', 'for example "~ sex + response"')
        return None
    selected = select_samples(sheet, model, where, findings)
    if selected is None:
        return None
    usable = _check_columns(selected, formula, where, findings)
    groups = {
        name: found
        for name, contrast in model.contrasts.items()
        if (found := _groups(selected, formula, contrast, f"{where}.contrasts.{name}", findings)) is not None
    }
    if not usable:
        return None
    data = _variables(selected, formula, model)
    matrix, spec = _model_matrix(data, formula)
    _check_rank(selected, data, matrix, spec, formula, where, findings)
    if len(findings.problems) > before:
        return None
    contrasts = {name: _contrast_vector(data, formula, spec, contrast) for name, contrast in model.contrasts.items()}
    return Design(matrix, contrasts, groups)


def _text(value: object) -> str | None:
    if value is None or value != value:
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)


def _no_column(column: str, sheet: pd.DataFrame) -> str:
    return f'the sample sheet has no column "{column}"'


def _check_columns(selected: pd.DataFrame, formula: Formula, where: str, findings: Findings) -> bool:
    """Tell which columns of the formula cannot be used; return whether all can."""
    before = len(findings.problems)
    for variable in formula.variables:
        column = variable.column
        if column not in selected.columns:
            findings.problem(f"{where}.design", _no_column(column, selected), f"one of: {listed(selected.columns)}")
            continue
        values = selected[column]
        lacking = list(selected.index[values.isna()])
        if lacking:
            findings.problem(
                f"{where}.design",
                f'"{column}" is missing for {len(lacking)} of the {len(values)} selected samples: {listed(lacking)}',
                "a value for each, or a selection or design without them",
            )
            continue
        numeric = pd.api.types.is_float_dtype(values)
        if variable.transform and not numeric:
            findings.problem(
                f"{where}.design", f'{variable.label}: "{column}" holds groups', 'a column named under "numeric"'
            )
        elif variable.transform == "log2" and (values <= 0).any():
            findings.problem(f"{where}.design", f'{variable.label}: "{column}" holds zero or less', "positive numbers")
        elif values.nunique() < 2:
            findings.problem(
                f"{where}.design",
                f'"{column}" is "{_text(values.iloc[0])}" in all {len(values)} selected samples',
                "a design without it, or a wider selection",
            )
    return len(findings.problems) == before


def _groups(
    selected: pd.DataFrame, formula: Formula, contrast: Contrast, where: str, findings: Findings
) -> tuple[list[str], list[str]] | None:
    """Return the samples of both groups of a contrast, or tell what is wrong with it."""
    factor = contrast.factor
    if factor not in selected.columns:
        findings.problem(where, _no_column(factor, selected), f"one of: {listed(selected.columns)}")
        return None
    if factor not in {variable.column for variable in formula.variables}:
        findings.problem(where, f'the design "{formula.text}" does not hold "{factor}"', f'"{factor}" in the design')
        return None
    if pd.api.types.is_float_dtype(selected[factor]):
        findings.problem(where, f'"{factor}" is a measurement, not a group', "a factor with groups")
        return None
    members = {}
    for role, level in (("tested", contrast.tested), ("reference", contrast.reference)):
        samples = list(selected.index[selected[factor] == level])
        if not samples:
            levels = selected[factor].value_counts().sort_index()
            there = listed(f"{name} ({count} samples)" for name, count in levels.items())
            findings.problem(
                where, f'{role}: "{factor}" is "{level}" in none of the selected samples', f"one of: {there}"
            )
        elif len(samples) < 2:
            findings.problem(
                where, f'{role}: only one selected sample ({samples[0]}) has "{factor}" = "{level}"', "two or more"
            )
        members[role] = samples
    return None if any(len(samples) < 2 for samples in members.values()) else (members["tested"], members["reference"])


def _variables(selected: pd.DataFrame, formula: Formula, model: Model) -> pd.DataFrame:
    """Return the formula's variables as columns v0, v1, ...: floats, or categories with the reference level first."""
    references = {contrast.factor: contrast.reference for contrast in model.contrasts.values()}
    data = {}
    for i, variable in enumerate(formula.variables):
        values = selected[variable.column]
        if pd.api.types.is_float_dtype(values):
            data[f"v{i}"] = TRANSFORMS[variable.transform](values) if variable.transform else values
        else:
            first = references.get(variable.column)
            levels = sorted(values.unique(), key=lambda level: (level != first, level))
            data[f"v{i}"] = pd.Categorical(values, categories=levels)
    return pd.DataFrame(data, index=selected.index)


def _model_matrix(data: pd.DataFrame, formula: Formula):
    """Return the model matrix with readable coefficient names, and formulaic's specification of it."""
    from formulaic import model_matrix

    built = model_matrix(formula.template, data, context={})
    matrix = pd.DataFrame(np.asarray(built, dtype=float), index=data.index)
    matrix.columns = [_coefficient_name(name, formula) for name in built.columns]
    return matrix, built.model_spec


def _coefficient_name(name: str, formula: Formula) -> str:
    """Turn "v1[T.resistant]:v0[T.male]" into "response[resistant]:sex[male]"."""
    parts = []
    for part in name.split(":v"):
        part = part if part.startswith("v") or part == "Intercept" else f"v{part}"
        head, bracket, level = part.partition("[")
        label = formula.variables[int(head[1:])].label if head.startswith("v") else head
        parts.append(f"{label}{bracket}{level.removeprefix('T.')}")
    return ":".join(parts)


def _contrast_vector(data: pd.DataFrame, formula: Formula, spec, contrast: Contrast) -> np.ndarray:
    """Return the difference between the design rows of the two groups.

    All other variables are held at the combinations that the samples have, each counted once; in a design without
    interactions with the factor they cancel.
    """
    i = next(i for i, variable in enumerate(formula.variables) if variable.column == contrast.factor)
    others = data.drop(columns=f"v{i}")
    grid = others.drop_duplicates() if len(others.columns) else pd.DataFrame(index=[0])
    rows = []
    for level in (contrast.tested, contrast.reference):
        asked = grid.copy()
        asked[f"v{i}"] = pd.Categorical([level] * len(asked), categories=data[f"v{i}"].cat.categories)
        rows.append(np.asarray(spec.get_model_matrix(asked), dtype=float).mean(axis=0))
    vector = rows[0] - rows[1]
    return np.where(np.abs(vector) < 1e-12, 0.0, vector)


def _check_rank(selected, data, matrix, spec, formula, where, findings: Findings) -> None:
    rank = np.linalg.matrix_rank(matrix.to_numpy())
    if rank < matrix.shape[1]:
        reasons = _reasons_for_aliasing(selected, formula)
        if not reasons:
            involved = _involved_terms(matrix.to_numpy(), spec, formula, rank)
            reasons = [f"{listed(involved)} carry the same information between them and cannot be told apart"]
        for reason in reasons:
            findings.problem(f"{where}.design", f'"{formula.text}": {reason}', "a design that leaves one of them out")
    elif len(matrix) <= matrix.shape[1]:
        findings.problem(
            f"{where}.design",
            f'"{formula.text}" asks for {matrix.shape[1]} coefficients of {len(matrix)} samples, which leaves nothing '
            "to measure the variation with",
            "more samples or fewer terms",
        )


def _involved_terms(matrix: np.ndarray, spec, formula: Formula, rank: int) -> list[str]:
    """Return the terms whose removal costs less rank than they have columns."""
    involved = []
    for term, columns in spec.term_indices.items():
        rest = np.delete(matrix, columns, axis=1)
        if rank - np.linalg.matrix_rank(rest) < len(columns) and str(term) != "1":
            involved.append(_coefficient_name(str(term), formula))
    return involved


def _reasons_for_aliasing(selected: pd.DataFrame, formula: Formula) -> list[str]:
    """Say for each pair of grouping columns whose levels fall apart into separate blocks which goes with which.

    Two factors of an additive design can be told apart if and only if every level of the one is linked to every level
    of the other through shared samples.
    """
    factors = [column for column in formula.columns if not pd.api.types.is_float_dtype(selected[column])]
    reasons = []
    for first, second in combinations(factors, 2):
        if selected[first].nunique() < selected[second].nunique():
            first, second = second, first
        blocks = _blocks(selected[first], selected[second])
        if len(blocks) > 1:
            parts = [
                f"{first} {listed(sorted(ones), 4)} {'hold' if len(ones) > 1 else 'holds'} only "
                f"{second} {listed(sorted(twos), 4)}"
                for ones, twos in blocks[:4]
            ]
            reasons.append(f"{'; '.join(parts)}; so {first} and {second} cannot be told apart")
    return reasons


def _blocks(first: pd.Series, second: pd.Series) -> list[tuple[set[str], set[str]]]:
    """Group the levels of two columns into blocks that share no sample with one another."""
    blocks: list[tuple[set[str], set[str]]] = []
    for one, two in sorted(set(zip(first, second, strict=True))):
        linked = [block for block in blocks if one in block[0] or two in block[1]]
        merged = ({one}.union(*(b[0] for b in linked)), {two}.union(*(b[1] for b in linked)))
        blocks = [block for block in blocks if block not in linked] + [merged]
    # Blocks that hold the same level of the second column only differ in the first: one line for all of them.
    joined: dict[frozenset[str], set[str]] = {}
    for ones, twos in blocks:
        joined.setdefault(frozenset(twos), set()).update(ones)
    return [(ones, set(twos)) for twos, ones in joined.items()]
