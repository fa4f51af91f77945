"""The effect of one unit more of a measurement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.formula import SPLINE, Formula
from autocrine.design.rows import Rows
from autocrine.problems import Findings


@dataclass(frozen=True)
class PerUnit(Contrast):
    """The slope along a measurement as the design holds it."""

    form = "per_unit"
    keys = ("per_unit",)
    scaled = True

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        return {"measurement": entry["per_unit"]}

    @classmethod
    def ask(cls, column: str, groups: Sequence[str]) -> dict[str, Any]:
        return {"per_unit": column}

    @property
    def own_title(self) -> str:
        return f"change with {self.measurement}"

    def check_formula(self, formula: Formula, where: str, findings: Findings) -> None:
        super().check_formula(formula, where, findings)
        held = [variable.label for variable in formula.variables if variable.column == self.measurement]
        if len(held) > 1:
            found = f"the design holds {' and '.join(held)}, whose units differ"
            findings.problem(where, found, f'"{self.measurement}" in one form')
        for variable in formula.variables:
            if variable.column == self.measurement and variable.df:
                found = f'the design holds {variable.label}, and a curve has no effect per unit of "{self.measurement}"'
                findings.problem(where, found, f'"{self.measurement}" without {SPLINE}() in the design')

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        return Vectors(rows.per_unit(str(self.measurement)))

    def unit(self, formula: Formula) -> str:
        return formula.unit_of(str(self.measurement))

    @staticmethod
    def words_for(higher: str = "", measurement: str = "the measurement", unit: str = "unit") -> Words:
        return Words(
            f"rises with {measurement}",
            f"falls with {measurement}",
            joint=" ",
            change=f"change per {unit}",
            effect=f"log2 fold change per {unit}",
            per=f" per {unit}",
        )

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        return f"the effect of one {unit} in {samples} samples"
