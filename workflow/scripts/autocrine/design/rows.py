"""Rows of a design matrix for samples that nobody has: what contrasts are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

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
    known
        Mean rows of groups that were built before.
    """

    data: pd.DataFrame
    formula: Formula
    build: Callable[[pd.DataFrame], np.ndarray]
    known: Mapping[frozenset[tuple[str, str]], np.ndarray] = field(default_factory=dict)

    def of_groups(self, groups: Sequence[Mapping[str, str]]) -> Rows:
        """Return these rows with the mean rows of groups built together, which takes as long as one of them alone."""
        distinct = {frozenset(group.items()): group for group in groups}
        if not distinct:
            return self
        grids = [self._grid(group) for group in distinct.values()]
        built = self.build(pd.concat(grids, ignore_index=True))
        ends = np.cumsum([len(grid) for grid in grids])
        means = [part.mean(axis=0) for part in np.split(built, ends[:-1])]
        return replace(self, known=dict(zip(distinct, means, strict=True)))

    def of_group(self, group: Mapping[str, str]) -> np.ndarray:
        """Return the mean row of a group: column -> level, or the value of a measurement.

        All variables that the group does not name are held at the combinations that the samples have, each counted
        once; without interactions they cancel in a contrast.
        """
        known = self.known.get(frozenset(group.items()))
        return self.build(self._grid(group)).mean(axis=0) if known is None else known

    def _grid(self, group: Mapping[str, str]) -> pd.DataFrame:
        """Return the combinations of variables that a group is taken at; see `of_group`."""
        asked = {place: level for column, level in group.items() for place in self.places(column)}
        others = self.data.drop(columns=list(asked)).drop_duplicates()
        grid = others if len(others.columns) else pd.DataFrame(index=[0])
        fixed = {
            place: pd.Categorical([level] * len(grid), categories=self.data[place].cat.categories)
            if isinstance(self.data[place].dtype, pd.CategoricalDtype)
            else float(level)
            for place, level in asked.items()
        }
        return grid.assign(**fixed)[list(self.data.columns)]

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
