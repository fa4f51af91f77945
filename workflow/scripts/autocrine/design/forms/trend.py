"""A step from group to group, in a given order and, if asked for, at given distances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.formula import Formula
from autocrine.design.rows import Rows
from autocrine.problems import Findings, listed


@dataclass(frozen=True)
class Trend(Contrast):
    """The slope over groups, and each of the steps from one to the next.

    Attributes
    ----------
    places
        Where the groups lie, as the days of a follow-up; 1, 2, 3, ... when empty.
    place_unit
        What the places count, such as "day".
    """

    places: tuple[float, ...] = ()
    place_unit: str = ""

    form = "trend"
    keys = ("factor", "trend", "places", "place_unit")
    part = "step"
    in_steps = True
    fewest_groups = 3
    method = (
        "A trend is the slope over its groups, at equal steps where no places are given; that every step goes the same "
        "way is tested by the largest p-value of the steps; its equivalence is that of any two of its groups. "
    )

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        places = tuple(map(float, entry.get("places", ())))
        return {
            "groups": tuple(map(group, entry["trend"])),
            "places": places,
            "place_unit": entry.get("place_unit", "unit" if places else ""),
        }

    @property
    def own_title(self) -> str:
        return " < ".join(self.group_names)

    @property
    def sides(self) -> tuple[str, str]:
        return self.group_names[-1], self.group_names[0]

    def check(self, others: Mapping[str, Contrast], where: str, findings: Findings) -> None:
        super().check(others, where, findings)
        if self.places and len(self.places) != len(self.groups):
            found = f"{len(self.places)} places of {len(self.groups)} groups"
            findings.problem(f"{where}.places", found, "a number for each group of the trend")
        elif not np.isfinite(self.places).all() or any(later <= earlier for earlier, later in pairwise(self.places)):
            found = f"{listed(f'{place:g}' for place in self.places)} do not rise"
            findings.problem(f"{where}.places", found, "finite numbers that rise from group to group")

    @property
    def reach(self) -> float:
        return self.places[-1] - self.places[0] if self.places else float(len(self.groups) - 1)

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        """Return the slope over the groups at their places, and the steps."""
        means = [rows.of_group(group) for group in self.groups]
        place = np.array(self.places or range(len(means)), dtype=float)
        place -= place.mean()
        slope = sum(weight * mean for weight, mean in zip(place / (place**2).sum(), means, strict=True))
        steps = {
            f"{later} against {earlier}": after - before
            for (earlier, before), (later, after) in pairwise(zip(self.group_names, means, strict=True))
        }
        return Vectors(np.asarray(slope), steps)

    def levels(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the groups against the first: a gene that rises and falls again has no slope, and is not unchanged."""
        return list(np.cumsum([parts[0] * 0, *parts], axis=0))

    def unit(self, formula: Formula) -> str:
        return self.place_unit or f"step of {len(self.groups)} groups"

    def words(self, unit: str) -> Words:
        return self.words_for(self.sides[0], unit=self.place_unit or "step")

    @staticmethod
    def words_for(higher: str = "the last group", measurement: str = "", unit: str = "step") -> Words:
        return Words(
            f"rises towards {higher}",
            f"falls towards {higher}",
            joint=" ",
            effect=f"log2 fold change per {unit}",
            per=f" per {unit}",
        )

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        at = f" at {', '.join(f'{place:g}' for place in self.places)} ({unit})" if self.places else ""
        return f"{', '.join(sizes)}, a trend in this order{at}"
