"""One group against another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.rows import Rows


@dataclass(frozen=True)
class TwoGroups(Contrast):
    """The first group against the second."""

    form = "two_groups"
    keys = ("factor", "tested", "reference")
    subtractable = True
    tested_first = True
    fewest_groups = 2

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        return {"groups": (group(entry["tested"]), group(entry["reference"]))}

    @classmethod
    def ask(cls, column: str, groups: Sequence[str]) -> dict[str, Any]:
        return {"factor": column, "tested": groups[0], "reference": groups[1]}

    @property
    def own_title(self) -> str:
        return " against ".join(self.group_names)

    @property
    def baseline(self) -> Mapping[str, str]:
        return self.groups[-1]

    @property
    def group_roles(self) -> tuple[str, ...]:
        return "tested", "reference"

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        tested, reference = (rows.of_group(group) for group in self.groups)
        return Vectors(tested - reference)

    @staticmethod
    def words_for(higher: str = "the tested group", measurement: str = "", unit: str = "") -> Words:
        return Words(f"higher in {higher}", f"lower in {higher}")

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        return " against ".join(sizes)
