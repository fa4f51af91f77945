"""From a sample sheet and a model's words to a design matrix and contrast vectors, checked before any fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from autocrine.config import Model
from autocrine.contrasts import Rows, contrast_vectors, find_groups
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
    left_out
        Coefficients that the samples cannot tell from those before them, and that no contrast needs: with patients
        nested in response groups, the group's own effect.
    """

    matrix: pd.DataFrame
    contrasts: Mapping[str, np.ndarray]
    groups: Mapping[str, tuple[list[str], list[str]]]
    left_out: tuple[str, ...] = ()


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
    groups = find_groups(selected, formula, model, where, findings)
    if not usable:
        return None
    data = _variables(selected, formula, model)
    matrix, rows = _model_matrix(data, formula)
    sound = {name: contrast for name, contrast in model.contrasts.items() if name in groups}
    vectors = contrast_vectors(data, formula, rows, sound)
    for name, vector in vectors.items():
        if not vector.any():
            findings.problem(
                f"{where}.contrasts.{name}",
                f'the design "{model.design}" makes no difference between its groups',
                "a design that holds the compared columns and does not take them out again",
            )
    kept = _independent_columns(matrix.to_numpy())
    lost = [name for name, vector in vectors.items() if not _estimable(matrix.to_numpy(), vector)]
    _explain(selected, formula, model, lost, groups, where, findings)
    _check_room(matrix.iloc[:, kept], formula, where, findings)
    if len(findings.problems) > before:
        return None
    left_out = tuple(matrix.columns[[i for i in range(matrix.shape[1]) if i not in kept]])
    reduced = {name: _on_columns(matrix.to_numpy(), kept, vector) for name, vector in vectors.items()}
    return Design(matrix.iloc[:, kept], reduced, groups, left_out)


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
        if not numeric:
            alike = values.drop_duplicates().groupby(values.drop_duplicates().str.casefold()).agg(list)
            for levels in alike[alike.str.len() > 1]:
                findings.problem(
                    f"{where}.design",
                    f'"{column}" has groups that differ in case only: {listed(levels)}',
                    "one spelling",
                )
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


def _variables(selected: pd.DataFrame, formula: Formula, model: Model) -> pd.DataFrame:
    """Return the formula's variables as columns v0, v1, ...: floats, or categories with the reference level first."""
    references: dict[str, str] = {}
    for contrast in model.contrasts.values():
        references = {**contrast.reference, **references}
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


def _model_matrix(data: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, Rows]:
    """Return the model matrix with readable coefficient names, and what makes rows of it from further data."""
    from formulaic import model_matrix

    built = model_matrix(formula.template, _coded(data), context={})
    matrix = pd.DataFrame(np.asarray(built, dtype=float), index=data.index)
    matrix.columns = [_coefficient_name(name, formula, data) for name in built.columns]

    def rows(further: pd.DataFrame) -> np.ndarray:
        return np.asarray(built.model_spec.get_model_matrix(_coded(further)), dtype=float)

    return matrix, rows


def _coded(data: pd.DataFrame) -> pd.DataFrame:
    """Return the data with levels numbered, so that a level's text can never be taken for a part of a formula."""
    coded = data.copy()
    for name in data.columns:
        if isinstance(data[name].dtype, pd.CategoricalDtype):
            numbers = [str(i) for i in range(len(data[name].cat.categories))]
            coded[name] = data[name].cat.rename_categories(numbers)
    return coded


def _coefficient_name(name: str, formula: Formula, data: pd.DataFrame) -> str:
    """Turn "v1[T.1]:v0[T.0]" into "response[resistant]:sex[male]"."""

    def part(match: re.Match[str]) -> str:
        label = formula.variables[int(match[1])].label
        return label if match[2] is None else f"{label}[{data[f'v{match[1]}'].cat.categories[int(match[2])]}]"

    return re.sub(r"v(\d+)(?:\[(?:T\.)?(\d+)\])?", part, name)


def _independent_columns(matrix: np.ndarray) -> list[int]:
    """Return the columns that add something to those before them."""
    kept: list[int] = []
    for column in range(matrix.shape[1]):
        if np.linalg.matrix_rank(matrix[:, [*kept, column]]) > len(kept):
            kept.append(column)
    return kept


def _estimable(matrix: np.ndarray, vector: np.ndarray) -> bool:
    """Whether the samples determine vector @ coefficients: whether the vector is a combination of design rows."""
    return bool(np.allclose(np.linalg.lstsq(matrix.T, vector, rcond=None)[0] @ matrix, vector, atol=1e-8))


def _on_columns(matrix: np.ndarray, kept: list[int], vector: np.ndarray) -> np.ndarray:
    """Express an estimable contrast in the coefficients of the columns that are kept."""
    if len(kept) == matrix.shape[1]:
        return vector
    weights = np.linalg.lstsq(matrix.T, vector, rcond=None)[0]
    reduced = weights @ matrix[:, kept]
    return np.where(np.abs(reduced) < 1e-10, 0.0, reduced)


def _check_room(matrix: pd.DataFrame, formula: Formula, where: str, findings: Findings) -> None:
    if len(matrix) <= np.linalg.matrix_rank(matrix.to_numpy()):
        findings.problem(
            f"{where}.design",
            f'"{formula.text}" asks for {matrix.shape[1]} coefficients of {len(matrix)} samples, which leaves nothing '
            "to measure the variation with",
            "more samples or fewer terms",
        )


def _explain(selected, formula: Formula, model: Model, lost: list[str], groups, where: str, findings: Findings) -> None:
    """Say in words why contrasts are lost; of those that are not sound in themselves, only what their columns share."""
    faulty = {
        column
        for name, contrast in model.contrasts.items()
        if name not in groups
        for column in (*contrast.tested, *contrast.reference)
    }
    reasons = {
        pair: text for pair, text in _inseparable_pairs(selected, formula).items() if lost or faulty.intersection(pair)
    }
    if lost and not reasons:
        reasons = {(): "terms of the design carry the same information between them"}
    for text in reasons.values():
        ending = f". Lost by it: {listed(lost)}" if lost else ""
        findings.problem(f"{where}.design", f'"{formula.text}": {text}{ending}', "a design that leaves one of them out")


def _inseparable_pairs(selected: pd.DataFrame, formula: Formula) -> dict[tuple[str, ...], str]:
    """Say for each pair of grouping columns whose levels fall apart into separate blocks which goes with which.

    Two factors of an additive design can be told apart if and only if every level of the one is linked to every level
    of the other through shared samples.
    """
    factors = [column for column in formula.columns if not pd.api.types.is_float_dtype(selected[column])]
    reasons: dict[tuple[str, ...], str] = {}
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
            reasons[first, second] = f"{'; '.join(parts)}; so {first} and {second} cannot be told apart"
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
