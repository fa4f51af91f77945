"""A smooth change along a measurement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.formula import SPLINE, Formula
from autocrine.design.rows import Rows
from autocrine.design.spline import find_knots, weigh_knots
from autocrine.problems import Findings


@dataclass(frozen=True)
class Spline(Contrast):
    """The curve that the design holds of a measurement, by likelihood ratio against the design without it."""

    form = "spline"
    keys = ("spline",)
    directed = False
    part = "value"
    method = (
        "A smooth change along a measurement is a natural cubic spline with knots at even quantiles of the samples, "
        "tested by likelihood ratio against the design without it; its equivalence is that of any two of its heights "
        "at the knots and halfway between them. "
    )

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        return {"measurement": entry["spline"]}

    @classmethod
    def ask(cls, column: str, groups: Sequence[str]) -> dict[str, Any]:
        return {"spline": column}

    @property
    def own_title(self) -> str:
        return f"smooth change with {self.measurement}"

    @property
    def sides(self) -> tuple[str, str]:
        return "the highest point of the curve", "the lowest point of the curve"

    def check_formula(self, formula: Formula, where: str, findings: Findings) -> None:
        super().check_formula(formula, where, findings)
        held = [variable for variable in formula.variables if variable.column == self.measurement]
        if held and (len(held) > 1 or not formula.holds_curve(str(self.measurement))):
            found = f"the design holds {' and '.join(variable.label for variable in held)}"
            wanted = f"{SPLINE}({self.measurement}, 3) in its place, with as many degrees of freedom"
            findings.problem(where, found, f"{wanted} as the change may need")

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        """Return the heights at the knots and halfway between them, against the mean over the samples."""
        (place,) = rows.places(str(self.measurement))
        measured = rows.data[place].to_numpy(dtype=float)
        knots = find_knots(measured, rows.formula.variable_of(place).df or 1)
        values = np.insert(knots, range(1, len(knots)), (knots[1:] + knots[:-1]) / 2)
        # The curve is linear in its heights at the knots: no other row of the design is needed.
        at_knots = np.array([rows.at({place: knot}) for knot in knots])
        heights = (weigh_knots(values, knots) - weigh_knots(measured, knots).mean(axis=0)) @ at_knots
        names = next(
            names
            for names in ([f"{self.measurement} {value:.{digits}g}" for value in values] for digits in range(3, 18))
            if len(set(names)) == len(values)
        )
        parts = dict(zip(names, heights, strict=True))
        return Vectors(heights[-1] - heights[0], parts, tuple(map(float, values)))

    def levels(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        return list(parts)

    def level_names(self, parts: Sequence[str]) -> Sequence[str]:
        return parts

    @staticmethod
    def words_for(higher: str = "", measurement: str = "the measurement", unit: str = "") -> Words:
        changes = f"changes with {measurement}"
        return Words(
            changes,
            changes,
            joint=" ",
            effect="log2, highest against lowest point of the curve",
            per=" between the highest and the lowest point of its curve",
            at="at",
        )

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        return f"a smooth change with {self.measurement} in {samples} samples"
