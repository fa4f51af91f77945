"""From a sample sheet and a model's words to a design matrix and contrast vectors, checked before any fit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from autocrine.design.aliasing import explain_aliasing
from autocrine.design.blocks import check_blocks
from autocrine.design.contrasts import contrast_vectors, find_groups
from autocrine.design.forms.contrast import Contrast, Vectors
from autocrine.design.formula import TRANSFORMS, Formula, parse_formula, without_column
from autocrine.design.numbers_as_groups import numbers_as_groups
from autocrine.design.pairs import PATIENT, drop_incomplete
from autocrine.design.question import Model, Statistics
from autocrine.design.rows import Rows
from autocrine.design.selection import no_column, select_samples
from autocrine.design.spans import Span, find_spans, span_of_margin
from autocrine.design.spline import allows, find_knots, weigh_knots
from autocrine.design.weaknesses import NUISANCE
from autocrine.problems import Findings, listed
from autocrine.spelling import alike, shown_apart, text_of

# How the names of factors of unwanted variation begin among the coefficients.
FACTOR = "(unwanted "


@dataclass(frozen=True)
class Design:
    """What a fit needs to know about its samples.

    Attributes
    ----------
    selected
        The samples of the fit x the columns of the sheet and those that the model makes.
    formula
        The design.
    matrix
        Samples x coefficients, float64, full column rank.
    contrasts
        Contrast name -> vectors over the coefficients; effect = vector @ coefficients.
    groups
        Contrast name -> samples of each of its groups, in the order of the configuration.
    terms
        Column of the design -> positions in `matrix` of the coefficients that hold it.
    dropped
        Sample -> why it was left out of the fit.
    left_out
        Coefficients that the samples cannot tell from those before them, and that no contrast needs: with patients
        nested in response groups, the group's own effect.
    spans
        Contrast name -> how far its measurement reaches, of contrasts along one.
    blocks
        Per sample what it shares with those that vary together with it (`Model.random`); empty where none do.
    """

    selected: pd.DataFrame
    formula: Formula
    matrix: pd.DataFrame
    contrasts: Mapping[str, Vectors]
    groups: Mapping[str, tuple[list[str], ...]]
    terms: Mapping[str, list[int]]
    dropped: Mapping[str, str]
    left_out: tuple[str, ...] = ()
    spans: Mapping[str, Span] = field(default_factory=dict)
    blocks: tuple[str, ...] = ()

    def direction(self, contrast: Contrast) -> np.ndarray | None:
        """Return the vector of a contrast over the coefficients; None of one without direction."""
        return self.contrasts[contrast.name].main if contrast.directed else None

    def append(self, factors: pd.DataFrame) -> "Design":
        """Return the design with factors (samples x factors) as further coefficients, of which no contrast asks."""
        none = np.zeros(factors.shape[1])
        vectors = {
            name: asked.map(lambda vector: np.concatenate([vector, none])) for name, asked in self.contrasts.items()
        }
        return replace(self, matrix=self.matrix.join(factors), contrasts=vectors)

    def margin(self, contrast: Contrast, statistics: Statistics) -> float:
        """Return the equivalence margin of a contrast in the unit of its effect.

        That of an effect per unit of a measurement is stated for a span of it (`Statistics.margin_per`): per unit any
        effect of a wide measurement is small.
        """
        span = span_of_margin(contrast, self.spans)
        return statistics.equivalence_margin / (span.width(statistics.margin_per) if span else 1.0)


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
        that cannot be distinguished, too few samples.

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
        # Columns that are not there are reported at once, whatever the selection.
        for column in dict.fromkeys(variable.column for variable in formula.variables):
            if column not in sheet.columns and column not in model.groups:
                findings.problem(f"{where}.design", no_column(column), f"one of: {listed(sheet.columns)}")
        return None
    _check_names(selected, formula, model.random, where, findings)
    usable = _check_columns(selected, formula, where, findings)
    groups = find_groups(selected, formula, model, where, findings)
    if not usable:
        return None
    selected, dropped = drop_incomplete(selected, formula, model, groups, where, findings)
    if dropped:
        groups = find_groups(selected, formula, model, where, findings)
        # What is left may hold one group or too few values of a measurement.
        if not _check_columns(selected, formula, where, findings):
            return None
    data = _variables(selected, formula, model)
    matrix, rows, places = _model_matrix(data, formula)
    sound = {name: contrast for name, contrast in model.contrasts.items() if name in groups}
    vectors = contrast_vectors(rows, sound)
    for name, asked in vectors.items():
        if not all(vector.any() for vector in asked.all()):
            findings.problem(
                f"{where}.contrasts.{name}",
                f'the design "{model.design}" makes no difference between its groups',
                "a design that holds the compared columns and does not take them out again",
            )
    kept = independent_columns(matrix.to_numpy())
    lost = _lost(matrix, vectors) if len(kept) < matrix.shape[1] else []
    faulty = {column for name, contrast in model.contrasts.items() if name not in groups for column in contrast.columns}
    if lost or faulty:
        left = [name for name in vectors if name not in lost]
        rescued = _rescued(selected, formula, model, {name: sound[name] for name in lost})
        explain_aliasing(selected, formula, lost, left, faulty, rescued, where, findings)
    _check_room(matrix.iloc[:, kept], formula, model.unwanted_factors, where, findings)
    if model.random:
        check_blocks(selected, formula, model.random, where, findings)
    if len(findings.problems) > before:
        if numbers := numbers_as_groups(selected, formula, model.contrasts):
            findings.note(f"{where}.design: {numbers}")
        return None
    left_out = tuple(matrix.columns[[i for i in range(matrix.shape[1]) if i not in kept]])
    full = matrix.to_numpy()
    reduced = {name: asked.map(lambda vector: _on_columns(full, kept, vector)) for name, asked in vectors.items()}
    terms = {column: [kept.index(i) for i in held if i in kept] for column, held in places.items()}
    spans = find_spans(data, selected, formula, sound)
    blocks = tuple(map(str, selected[model.random])) if model.random else ()
    return Design(selected, formula, matrix.iloc[:, kept], reduced, groups, terms, dropped, left_out, spans, blocks)


def factor_names(number: int) -> list[str]:
    """Name the coefficients of factors: no column of a sheet can be written like that in a formula."""
    return [f"{FACTOR}{place})" for place in range(1, number + 1)]


def read_factors(design_table: pd.DataFrame) -> pd.DataFrame | None:
    """Return the factors, samples x factors, that a written design holds; None where it holds none."""
    names = [name for name in design_table.columns if name.startswith(FACTOR)]
    return design_table.set_index("sample")[names].astype(float) if names else None


def _check_columns(selected: pd.DataFrame, formula: Formula, where: str, findings: Findings) -> bool:
    """Tell which columns of the formula cannot be used; return whether all can."""
    before = len(findings.problems)
    for variable in formula.variables:
        column = variable.column
        if column not in selected.columns:
            findings.problem(f"{where}.design", no_column(column), f"one of: {listed(selected.columns)}")
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
            for levels in alike(values):
                findings.problem(
                    f"{where}.design",
                    f'"{column}" has groups that look alike: {listed(map(shown_apart, levels))}',
                    "one spelling",
                )
        if variable.transform and not numeric:
            findings.problem(
                f"{where}.design", f'{variable.label}: "{column}" holds groups', 'a column named under "numeric"'
            )
        elif variable.transform == "log2" and (values <= 0).any():
            findings.problem(f"{where}.design", f'{variable.label}: "{column}" holds zero or less', "positive numbers")
        elif variable.df and not allows(values, variable.df):
            findings.problem(
                f"{where}.design",
                f'{variable.label}: too many of the {len(values)} selected samples share a value of "{column}" '
                f"({values.nunique()} different ones)",
                "fewer degrees of freedom",
            )
        elif values.nunique() < 2:
            findings.problem(
                f"{where}.design",
                f'"{column}" is "{text_of(values.iloc[0])}" in all {len(values)} selected samples',
                "a design without it, or a wider selection",
            )
    return len(findings.problems) == before


def _check_names(selected: pd.DataFrame, formula: Formula, random: str, where: str, findings: Findings) -> None:
    """Tell of spellings that look alike in columns that say what belongs together, beside those of the formula."""
    held = {variable.column for variable in formula.variables}
    for column in dict.fromkeys([PATIENT, *NUISANCE, *filter(None, [random])]):
        if column in held or column not in selected.columns or pd.api.types.is_float_dtype(selected[column]):
            continue
        for levels in alike(selected[column].dropna()):
            found = f'"{column}" has groups that look alike: {listed(map(shown_apart, levels))}'
            findings.problem(where, found, "one spelling")


def _variables(selected: pd.DataFrame, formula: Formula, model: Model) -> pd.DataFrame:
    """Return the formula's variables as columns v0, v1, ...: floats, or categories with the reference level first."""
    references: dict[str, str] = {}
    for contrast in model.contrasts.values():
        references = {**contrast.baseline, **references}
    data = {}
    for i, variable in enumerate(formula.variables):
        values = selected[variable.column]
        if pd.api.types.is_float_dtype(values):
            data[f"v{i}"] = TRANSFORMS.get(variable.transform or "", lambda held: held)(values)
        else:
            first = references.get(variable.column)
            levels = sorted(values.unique(), key=lambda level: (level != first, level))
            data[f"v{i}"] = pd.Categorical(values, categories=levels)
    return pd.DataFrame(data, index=selected.index)


def _model_matrix(data: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, Rows, dict[str, list[int]]]:
    """Return the model matrix with readable names, what makes rows of it from further data, and columns' places."""
    from formulaic import model_matrix

    knots = {
        f"v{i}": find_knots(data[f"v{i}"], variable.df) for i, variable in enumerate(formula.variables) if variable.df
    }
    built = model_matrix(formula.template, _coded(data, knots), context={})
    matrix = pd.DataFrame(np.asarray(built, dtype=float), index=data.index)
    matrix.columns = [_coefficient_name(name, formula, data, knots) for name in built.columns]

    def build(further: pd.DataFrame) -> np.ndarray:
        return np.asarray(built.model_spec.get_model_matrix(_coded(further, knots)), dtype=float)

    terms: dict[str, list[int]] = {column: [] for column in formula.columns}
    for term, places in built.model_spec.term_indices.items():
        held = {formula.variable_of(f.expr).column for f in term.factors if f.expr != "1"}
        for column in held:
            terms[column] += places
    return matrix, Rows(data, formula, build), terms


def _coded(data: pd.DataFrame, knots: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return the data with levels numbered, so that a level's text can never be taken for a part of a formula.

    Variables with `knots` become the columns of their spline, v1_1, v1_2, ...
    """
    coded = data.copy()
    for name in data.columns:
        if isinstance(data[name].dtype, pd.CategoricalDtype):
            numbers = [str(i) for i in range(len(data[name].cat.categories))]
            coded[name] = data[name].cat.rename_categories(numbers)
        elif name in knots:
            basis = weigh_knots(data[name].to_numpy(), knots[name])[:, 1:]
            coded = coded.drop(columns=name).assign(**{f"{name}_{i}": column for i, column in enumerate(basis.T, 1)})
    return coded


def _coefficient_name(name: str, formula: Formula, data: pd.DataFrame, knots: Mapping[str, np.ndarray]) -> str:
    """Turn "v1[T.1]:v0[T.0]" into "response[resistant]:sex[male]", and "v2_1" into "spline(age, 3)[45]"."""

    def part(match: re.Match[str]) -> str:
        variable, (column, level) = f"v{match[1]}", match.group(2, 3)
        label = formula.variable_of(variable).label
        if column is not None:
            return f"{label}[{knots[variable][int(column)]:.6g}]"
        return label if level is None else f"{label}[{data[variable].cat.categories[int(level)]}]"

    return re.sub(r"v(\d+)(?:_(\d+))?(?:\[(?:T\.)?(\d+)\])?", part, name)


# What is left of a column that the columns before it explain, in parts of its length; rounding leaves less.
_ROUNDING = 1e-11


def independent_columns(matrix: np.ndarray) -> list[int]:
    """Return the columns that add something to those before them.

    By orthogonalisation, in each step twice, which keeps the basis orthogonal to rounding (Giraud et al. 2005, Comput
    Math Appl 50:1069): the rank of every leading part would take the fourth power of the number of patients.
    """
    lengths = np.linalg.norm(matrix, axis=0)
    if matrix.shape[0] >= matrix.shape[1] and lengths.all():
        # What is left of each column after those before it is the diagonal.
        whole = np.abs(np.diagonal(np.linalg.qr(matrix / lengths, mode="r")))
        if (whole > _ROUNDING).all():
            return list(range(matrix.shape[1]))
    basis = np.zeros((matrix.shape[1], matrix.shape[0]))
    kept: list[int] = []
    for column in np.flatnonzero(lengths):
        left = matrix[:, column] / lengths[column]
        for _ in range(2):
            left = left - (basis[: len(kept)] @ left) @ basis[: len(kept)]
        if (size := np.linalg.norm(left)) > _ROUNDING:
            basis[len(kept)] = left / size
            kept.append(int(column))
    return kept


def estimable(matrix: np.ndarray, vector: np.ndarray) -> bool:
    """Whether the samples determine vector @ coefficients: whether the vector is a combination of design rows."""
    return bool(np.allclose(np.linalg.lstsq(matrix.T, vector, rcond=None)[0] @ matrix, vector, atol=1e-8))


def _lost(matrix: pd.DataFrame, vectors: Mapping[str, Vectors]) -> list[str]:
    """Return the contrasts that the samples do not determine."""
    full = matrix.to_numpy()
    return [name for name, asked in vectors.items() if not all(estimable(full, vector) for vector in asked.all())]


def _rescued(
    selected: pd.DataFrame, formula: Formula, model: Model, lost: Mapping[str, Contrast]
) -> dict[str, list[str]]:
    """Return for each column that the lost contrasts do not ask about which of them could be estimated without it."""
    asked = {column for contrast in lost.values() for column in contrast.columns}
    rescued: dict[str, list[str]] = {}
    for column in formula.columns if lost else ():
        text = without_column(formula, column) if column not in asked else None
        plain = {name: contrast for name, contrast in lost.items() if not contrast.difference}
        if not text or not plain:
            continue
        smaller = parse_formula(text)
        # An interaction goes with each of its columns, and what is asked may stand in it alone.
        plain = {name: contrast for name, contrast in plain.items() if set(contrast.columns) <= set(smaller.columns)}
        data = _variables(selected, smaller, model)
        matrix, rows, _ = _model_matrix(data, smaller)
        still = _lost(matrix, contrast_vectors(rows, plain))
        if names := [name for name in plain if name not in still]:
            rescued[column] = names
    return rescued


def express(vector: np.ndarray, matrix: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Express an estimable contrast of one design in the coefficients of another one that spans the same space.

    Weights that are whole numbers but for rounding become so: which samples a contrast compares is read from them, and
    would else depend on the version of numpy.
    """
    weights = np.linalg.lstsq(matrix.T, vector, rcond=None)[0]
    changed = weights @ into
    whole = np.round(changed) + 0.0
    return np.where(np.abs(changed - whole) < 1e-10, whole, changed)


def _on_columns(matrix: np.ndarray, kept: list[int], vector: np.ndarray) -> np.ndarray:
    """Express an estimable contrast in the coefficients of the columns that are kept."""
    if len(kept) == matrix.shape[1]:
        return vector
    return express(vector, matrix, matrix[:, kept])


def _check_room(matrix: pd.DataFrame, formula: Formula, unwanted: int, where: str, findings: Findings) -> None:
    # The columns are those that add something to others.
    rank = matrix.shape[1]
    asked = f'"{formula.text}" asks for {matrix.shape[1]} coefficients of {len(matrix)} samples, which leaves'
    if len(matrix) <= rank:
        findings.problem(
            f"{where}.design", f"{asked} nothing to measure the variation with", "more samples or fewer terms"
        )
    elif len(matrix) <= rank + unwanted:
        left = len(matrix) - rank
        findings.problem(
            f"{where}.unwanted_factors",
            f"{asked} {left} residual degree{'' if left == 1 else 's'} of freedom; {unwanted} factors would leave none",
            f"{left - 1} factors or fewer" if left > 1 else "no factors",
        )
