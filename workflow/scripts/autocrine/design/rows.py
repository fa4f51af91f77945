"""Rows of a design matrix for samples that nobody has: what contrasts are made of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autocrine.design.formula import Formula


@dataclass(frozen=True)
class Rows:
    """A design that can be asked for the row of any combination of its variables.

    Attributes
    ----------
    data
        Samples x variables of the formula (v0, v1, ...), as the design matrix was built from.
    formula
        The design.
    build
        Turns such a table into rows of the design matrix.
    """

    data: pd.DataFrame
    formula: Formula
    build: Callable[[pd.DataFrame], np.ndarray]

    def of_group(self, group: Mapping[str, str]) -> np.ndarray:
        """Return the mean row of a group: column -> level, or the value of a measurement.

        All variables that the group does not name are held at the combinations that the samples have, each counted
        once; without interactions they cancel in a contrast.
        """
        asked = {place: level for column, level in group.items() for place in self.places(column)}
        others = self.data.drop(columns=list(asked)).drop_duplicates()
        grid = others if len(others.columns) else pd.DataFrame(index=[0])
        fixed = {
            place: pd.Categorical([level] * len(grid), categories=self.data[place].cat.categories)
            if isinstance(self.data[place].dtype, pd.CategoricalDtype)
            else float(level)
            for place, level in asked.items()
        }
        return self.build(grid.assign(**fixed)).mean(axis=0)

    def per_unit(self, column: str) -> np.ndarray:
        """Return the effect of one unit more of a measurement as the formula has it: log2(dose) counts doublings."""
        more = self.data.copy()
        for place in self.places(column):
            more[place] = more[place] + 1.0
        return (self.build(more) - self.build(self.data)).mean(axis=0)

    def at(self, held: Mapping[str, float]) -> np.ndarray:
        """Return the mean row of the samples with variables held at values (v0 -> value, as the data has them)."""
        return self.build(self.data.assign(**held)).mean(axis=0)

    def places(self, column: str) -> Sequence[str]:
        """Return the names of the variables of a column: v0, ..."""
        return [f"v{i}" for i, variable in enumerate(self.formula.variables) if variable.column == column]
