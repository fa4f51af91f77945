"""Whether any two of several groups differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.rows import Rows


@dataclass(frozen=True)
class AnyDifference(Contrast):
    """Several groups by likelihood ratio against the design without them."""

    form = "any_difference"
    keys = ("factor", "any_difference")
    directed = False
    part = "group"
    first_part = 2
    fewest_groups = 2
    method = (
        "Any difference among groups was tested by likelihood ratio against the design without them, their equivalence "
        "by that of any two. "
    )

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        return {"groups": tuple(map(group, entry["any_difference"]))}

    @property
    def own_title(self) -> str:
        return f"any difference among {', '.join(self.group_names)}"

    @property
    def sides(self) -> tuple[str, str]:
        return "the highest group", "the lowest group"

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        """Return the further groups against the first."""
        names, (first, *further) = self.group_names, [rows.of_group(group) for group in self.groups]
        parts = {f"{name} against {names[0]}": mean - first for name, mean in zip(names[1:], further, strict=True)}
        return Vectors(further[-1] - first, parts)

    def levels(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the groups against the first."""
        return [parts[0] * 0, *parts]

    @staticmethod
    def words_for(higher: str = "", measurement: str = "", unit: str = "") -> Words:
        differs = "differs among the groups"
        return Words(
            differs,
            differs,
            joint=" ",
            effect="log2, highest against lowest group",
            per=" between the highest and the lowest",
        )

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        return f"{', '.join(sizes)}, any difference"
