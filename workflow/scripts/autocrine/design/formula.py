"""Design formulas: a small closed grammar. Nothing in a formula or a sheet is ever evaluated as code."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

TRANSFORMS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "log2": np.log2,
    "center": lambda values: values - values.mean(),
    "scale": lambda values: (values - values.mean()) / values.std(ddof=1),
}
SPLINE = "spline"
# More than that follow single samples rather than a change.
MOST_DF = 10
SD = "standard deviation"
# What a design may make of a column, as users write it.
CALLS = [*(f"{name}()" for name in TRANSFORMS), f"{SPLINE}(column, 3)"]
_TOKEN = re.compile(
    r"\s*(?:(?P<quoted>`[^`]+`)|(?P<call>(?P<transform>[A-Za-z_]\w*)\(\s*(?:`(?P<tick>[^`]+)`|(?P<plain>[^\W\d][\w.]*))"
    r"\s*(?:,\s*(?P<df>\d+)\s*)?\))|(?P<name>[^\W\d][\w.]*)|(?P<number>\d+)|(?P<operator>[-+:*()]))"
)


@dataclass(frozen=True)
class Variable:
    """One variable of a formula: a sheet column, or a named transform of one; `df` columns of a spline."""

    column: str
    transform: str | None = None
    df: int | None = None

    @property
    def label(self) -> str:
        """The variable as the user wrote it, without backticks."""
        return self.written(self.column)

    def written(self, name: str) -> str:
        """Write the variable with the column called `name`."""
        more = "" if self.df is None else f", {self.df}"
        return f"{self.transform}({name}{more})" if self.transform else name


@dataclass(frozen=True)
class Formula:
    """A parsed formula.

    `variables` in order of first appearance; `template` is the right-hand side with `v0`, `v1`, ... in their place (of
    a spline with its columns, `(v1_1 + v1_2)`), so that a formula library meets nothing but names of ours, digits and
    operators.
    """

    text: str
    variables: tuple[Variable, ...]
    template: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The sheet columns that the formula uses, each once."""
        return tuple(dict.fromkeys(variable.column for variable in self.variables))

    def variable_of(self, name: str) -> Variable:
        """Return the variable of a name in the template: v0, or v1_2, a column of a spline."""
        return self.variables[int(name[1:].split("_")[0])]

    def holds_curve(self, column: str) -> bool:
        """Whether the formula holds a column as a spline and in no other way."""
        return {variable.transform for variable in self.variables if variable.column == column} == {SPLINE}

    def step_of(self, column: str) -> str:
        """Name what a measurement is counted in as the design holds it: "doubling", "standard deviation" or "unit"."""
        transforms = {variable.transform for variable in self.variables if variable.column == column}
        return "doubling" if transforms == {"log2"} else SD if transforms == {"scale"} else "unit"

    def unit_of(self, column: str) -> str:
        """Say what one unit of a measurement is as the design holds it: of `log2(dose)` a doubling of dose."""
        return f"{self.step_of(column)} of {column}"


def parse_formula(text: str) -> Formula:
    """Parse a design formula such as "~ sex + scale(age) + response".

    Raises
    ------
    ValueError
        With a sentence that names the part that is not understood.
    """
    if not text.lstrip().startswith("~"):
        raise ValueError('a design begins with "~"')
    rest = text.lstrip()[1:]
    variables: list[Variable] = []
    parts: list[str] = []
    at = 0
    while rest[at:].strip():
        match = _TOKEN.match(rest, at)
        if not match:
            raise ValueError(
                f'"{rest[at:].strip()}" is not understood: a design holds column names (in backticks where they hold '
                f"blanks or signs), + - : *, brackets, 0 or 1, and {', '.join(CALLS)}"
            )
        at = match.end()
        if match["number"]:
            if match["number"] not in ("0", "1"):
                raise ValueError(f'"{match["number"]}" is not understood: only 0 and 1 may stand for the intercept')
            parts.append(match["number"])
        elif match["operator"]:
            parts.append(match["operator"])
        else:
            variable = _variable(match)
            if variable not in variables:
                variables.append(variable)
            name = f"v{variables.index(variable)}"
            columns = range(1, (variable.df or 0) + 1)
            parts.append(f"({' + '.join(f'{name}_{column}' for column in columns)})" if columns else name)
    if not variables:
        raise ValueError("the design names no column")
    _check_order(parts)
    return Formula(text.strip(), tuple(variables), " ".join(parts))


def without_column(formula: Formula, column: str) -> str | None:
    """Return the formula without any term that holds a column, or None where no term would be left."""
    from formulaic import Formula as Terms

    terms = [[factor.expr for factor in term.factors] for term in Terms(formula.template)]
    held = [[formula.variable_of(name) for name in term] for term in terms if term != ["1"]]
    words = [":".join(map(_written, term)) for term in held if column not in {variable.column for variable in term}]
    if not words:
        return None
    return "~ " + " + ".join(([] if ["1"] in terms else ["0"]) + list(dict.fromkeys(words)))


def with_column(formula: Formula, column: str) -> str:
    """Return the formula with a column as a further term."""
    return f"~ {_written(Variable(column))} + ({formula.text.lstrip()[1:].strip()})"


def _written(variable: Variable) -> str:
    return variable.written(write_column(variable.column))


def write_column(name: str) -> str:
    """Write the name of a column as a formula has it: in backticks where it holds blanks or signs."""
    return name if re.fullmatch(r"[^\W\d][\w.]*", name) else f"`{name}`"


def _variable(match: re.Match[str]) -> Variable:
    if match["call"]:
        column, transform = match["tick"] or match["plain"], match["transform"]
        if transform not in (*TRANSFORMS, SPLINE):
            raise ValueError(f'"{transform}()" is not known: {", ".join(CALLS)}')
        if transform != SPLINE and match["df"]:
            raise ValueError(f"{transform}() takes a column and nothing else")
        if transform == SPLINE and not 2 <= int(match["df"] or 0) <= MOST_DF:
            wanted = f"{SPLINE}() takes a column and its degrees of freedom, 2 to {MOST_DF}"
            raise ValueError(f"{wanted}: {SPLINE}({column}, 3)")
        return Variable(column, transform, int(match["df"]) if match["df"] else None)
    return Variable(match["quoted"][1:-1] if match["quoted"] else match["name"])


def _check_order(parts: list[str]) -> None:
    """Refuse operators without a term on each side and brackets that do not close."""
    depth, want_term = 0, True
    for part in parts:
        if part == "(" and want_term:
            depth += 1
        elif part == ")" and not want_term and depth:
            depth -= 1
        elif part == "-" and want_term:
            continue
        elif part in "+-:*" and not want_term:
            want_term = True
        elif part not in "+-:*()" and want_term:
            want_term = False
        else:
            raise ValueError(f'"{part}" is in the wrong place')
    if want_term or depth:
        raise ValueError("the design ends too early" if want_term else "a bracket is not closed")
