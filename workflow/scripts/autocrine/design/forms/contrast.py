"""What every form of contrast has to say: what it asks of the coefficients, and the words for its answer."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from autocrine.design.formula import Formula
from autocrine.design.rows import Rows
from autocrine.problems import Findings, shown


@dataclass(frozen=True)
class Vectors:
    """What one contrast asks of the coefficients.

    Attributes
    ----------
    main
        The effect: vector @ coefficients. Of a contrast without direction the last of its parts.
    parts
        In words -> vector: what the contrast consists of, such as the steps of a trend.
    values
        Of a curve: the values of the measurement at which the parts are its heights against its mean over the samples.
    """

    main: np.ndarray
    parts: Mapping[str, np.ndarray] = field(default_factory=dict)
    values: tuple[float, ...] = ()

    def map(self, change: Callable[[np.ndarray], np.ndarray]) -> "Vectors":
        """Return the same with every vector changed."""
        parts = {words: change(vector) for words, vector in self.parts.items()}
        return Vectors(change(self.main), parts, self.values)

    def all(self) -> list[np.ndarray]:
        """Return every vector."""
        return [self.main, *self.parts.values()]


@dataclass(frozen=True)
class Words:
    """Words for the effects of a contrast.

    Attributes
    ----------
    above, below
        What is said of an effect above and below zero.
    joint
        What comes between the name of something and `above` or `below`: " is ", " " or ": ".
    change
        What an effect is.
    alike
        What is said where it is as good as none, up to the margin.
    effect
        What an axis of effects is called.
    per
        What a fold change is per, behind the number.
    at
        What comes before the name of a highest or lowest level.
    """

    above: str
    below: str
    joint: str = " is "
    change: str = "change"
    alike: str = "As good as unchanged: any change is smaller than"
    effect: str = "log2 fold change"
    per: str = ""
    at: str = "in"


@dataclass(frozen=True)
class Contrast(ABC):
    """A question to one fit. Each form of question is a class in a file of its own.

    Attributes
    ----------
    name
        As the configuration calls it.
    title
        In words.
    roles
        The comparisons of a claims file that this one stands for.
    groups
        The compared groups, each named by the same sheet columns (column -> value).
    difference
        Names of two other contrasts of the model.
    measurement
        The sheet column of a measurement that expression may change with.
    form
        The name of the form.
    keys
        The keys of the configuration that say what it asks, beside title and role.
    directed
        Whether the effect has two sides. A contrast without direction is tested by a likelihood ratio, and its effect
        is the largest difference between two of its levels.
    part, first_part
        What parts are called in columns (log2_fc_step_1), and the number of the first.
    in_steps
        Whether the parts follow each other, so that they can all go the same way.
    fewest_groups
        How many groups it needs.
    scaled
        Whether the effect is per unit of the measurement, so that the margin depends on how far it reaches.
    subtractable
        Whether it can be one of the two contrasts of a difference.
    tested_first
        Whether the tested group is named before the reference.
    method
        What the methods say of the form.
    """

    name: str
    title: str = ""
    roles: tuple[str, ...] = ()
    groups: tuple[Mapping[str, str], ...] = ()
    difference: tuple[str, ...] = ()
    measurement: str | None = None

    form: ClassVar[str]
    keys: ClassVar[tuple[str, ...]]
    directed: ClassVar[bool] = True
    part: ClassVar[str] = ""
    first_part: ClassVar[int] = 1
    in_steps: ClassVar[bool] = False
    fewest_groups: ClassVar[int] = 0
    scaled: ClassVar[bool] = False
    subtractable: ClassVar[bool] = False
    tested_first: ClassVar[bool] = False
    method: ClassVar[str] = ""

    @classmethod
    @abstractmethod
    def read(cls, entry: Mapping[str, Any], group: Callable[[Any], dict[str, str]]) -> dict[str, Any]:
        """Return the fields `groups`, `difference` or `measurement` of an entry of the configuration.

        `group` turns a named group into column -> value.
        """

    @classmethod
    def ask(cls, column: str, groups: Sequence[str]) -> dict[str, Any]:
        """Return the entry of the configuration that asks this of a column and its groups."""
        return {"factor": column, cls.form: list(groups)}

    @property
    @abstractmethod
    def own_title(self) -> str:
        """The title where the configuration gives none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The sheet columns that name the groups, or the measurement."""
        named = dict.fromkeys(column for group in self.groups for column in group)
        return (self.measurement,) if self.measurement else tuple(named)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The groups in words."""
        if self.measurement:
            return f"higher {self.measurement}", f"lower {self.measurement}"
        return tuple(self.difference) or tuple(", ".join(group.values()) for group in self.groups)

    @property
    def sides(self) -> tuple[str, str]:
        """Where expression is higher for a positive effect, and where for a negative one, in words."""
        return self.group_names[0], self.group_names[1]

    @property
    def baseline(self) -> Mapping[str, str]:
        """The group whose levels are the reference of the design; empty where there is none."""
        return self.groups[0] if self.groups else {}

    @property
    def group_roles(self) -> tuple[str, ...]:
        """What messages call each of the groups."""
        return (self.form,) * len(self.groups)

    @property
    def reach(self) -> float:
        """How many units of the effect lie between the outermost groups, whose difference the margin is about."""
        return 1.0

    def check(self, others: Mapping[str, "Contrast"], where: str, findings: Findings) -> None:
        """Tell what makes no sense, whatever the samples; `others` are the contrasts of the model."""
        for i, group in enumerate(self.groups):
            if group in self.groups[:i]:
                name = ", ".join(group.values())
                findings.problem(where, f'"{name}" is compared with itself', "different groups")
            if set(group) != set(self.groups[0]):
                findings.problem(
                    where,
                    f"{shown(self.groups[0])} and {shown(group)} are named by different columns",
                    "the same columns for every group",
                )

    def check_formula(self, formula: Formula, where: str, findings: Findings) -> None:
        """Tell where a design cannot answer a question along the measurement."""
        if self.measurement not in formula.columns:
            found = f'the design "{formula.text}" does not hold "{self.measurement}"'
            meant = [variable.column for variable in formula.variables if variable.label == self.measurement]
            right = f'the column alone, "{meant[0]}"' if meant else f'"{self.measurement}" in the design'
            findings.problem(where, found, right)

    @abstractmethod
    def vectors(self, rows: Rows, others: Mapping[str, Vectors]) -> Vectors:
        """Return the vectors over the columns of the design; `others` are those of the contrasts to subtract."""

    def levels(self, parts: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the height of every level, from vectors or effects of the parts; none where there are two groups."""
        return []

    def level_names(self, parts: Sequence[str]) -> Sequence[str]:
        """Return the names of the levels, from those of the parts."""
        return self.group_names

    def unit(self, formula: Formula) -> str:
        """Return what an effect is per: a unit of a measurement, a step of a trend; empty between two groups."""
        return ""

    def words(self, unit: str) -> Words:
        """Return the words for the effects, per `unit`."""
        return self.words_for(self.sides[0], self.measurement or "", unit)

    @staticmethod
    @abstractmethod
    def words_for(higher: str = "", measurement: str = "the measurement", unit: str = "unit") -> Words:
        """Return the words for effects of this form; the defaults where no more is known than the form.

        `higher` is where expression is higher for a positive effect; see `sides`.
        """

    @abstractmethod
    def compared(self, sizes: Sequence[str], samples: int, titles: Sequence[str], unit: str) -> str:
        """Say what is compared with what.

        `sizes` are the groups with their numbers of samples ("3 resistant"), `samples` the number of all of them,
        `titles` those of the contrasts of a difference.
        """
