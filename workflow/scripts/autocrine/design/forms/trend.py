"""A step from group to group, in a given order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.formula import Formula
from autocrine.design.rows import Rows


@dataclass(frozen=True)
class Trend(Contrast):
    """The slope over groups at equal steps, and each of the steps."""

    form = "trend"
    part = "step"
    in_steps = True
    fewest_groups = 3
    method = (
        "A trend is the slope over its groups at equal steps; that every step goes the same way is tested by the "
        "largest p-value of the steps; its equivalence is that of any two of its groups. "
    )

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        return {"groups": tuple(map(group, entry["trend"]))}

    @property
    def own_title(self) -> str:
        return " < ".join(self.group_names)

    @property
    def sides(self) -> tuple[str, str]:
        return self.group_names[-1], self.group_names[0]

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        """Return the slope over the groups, numbered 1, 2, 3, ..., and the steps."""
        means = [rows.of_group(group) for group in self.groups]
        place = np.arange(len(means)) - (len(means) - 1) / 2
        slope = sum(weight * mean for weight, mean in zip(place / (place**2).sum(), means, strict=True))
        steps = {
            f"{later} against {earlier}": after - before
            for (earlier, before), (later, after) in pairwise(zip(self.group_names, means, strict=True))
        }
        return Vectors(np.asarray(slope), steps)

    def levels(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the groups against the first: a gene that rises and falls again has no slope, and is not unchanged."""
        return list(np.cumsum([parts[0] * 0, *parts], axis=0))

    def unit(self, formula: Formula, others: Mapping[str, Contrast]) -> str:
        return f"step of {len(self.groups)} groups"

    @staticmethod
    def words_for(higher: str = "the last group", measurement: str = "", unit: str = "") -> Words:
        return Words(
            f"rises towards {higher}",
            f"falls towards {higher}",
            joint=" ",
            effect="log2 fold change per step",
            per=" per step",
        )

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        return f"{', '.join(sizes)}, a trend in this order"
