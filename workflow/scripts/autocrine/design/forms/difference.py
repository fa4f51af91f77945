"""One contrast minus another of the same model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autocrine.design.forms.contrast import Contrast, Vectors, Words
from autocrine.design.rows import Rows
from autocrine.problems import Findings, listed


@dataclass(frozen=True)
class Difference(Contrast):
    """The first of two contrasts minus the second."""

    form = "difference"
    keys = ("difference",)
    method = "A difference of two changes was tested as a contrast of its own. "

    @classmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        return {"difference": tuple(entry["difference"])}

    @property
    def own_title(self) -> str:
        return " minus ".join(self.difference)

    def check(self, others: Mapping[str, Contrast], where: str, findings: Findings) -> None:
        # Slopes along two measurements have no common unit, and along one measurement a model has one slope.
        plain = [name for name, other in others.items() if other.subtractable]
        for name in self.difference:
            if name not in plain:
                asked = others[name].measurement if name in others else None
                why = (
                    f", but a change along {asked}: slopes along two measurements have no common unit" if asked else ""
                )
                findings.problem(
                    f"{where}.difference",
                    f'"{name}" is no comparison of two groups of this model{why}',
                    f"two of: {listed(plain)}",
                )

    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        first, second = (others[part].main for part in self.difference)
        return Vectors(first - second)

    @staticmethod
    def words_for(higher: str = "", measurement: str = "", unit: str = "") -> Words:
        return Words(
            "the first change lies above the second",
            "the first change lies below the second",
            joint=": ",
            change="difference of the changes",
            alike="The two changes are as good as the same: they differ by less than",
            effect="log2, difference of two changes",
        )

    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        return f"the difference of two comparisons: {' minus '.join(titles)}"
