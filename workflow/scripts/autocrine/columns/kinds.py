"""What a table and its columns are: name, type and meaning."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain

TEXT, NUMBER, INTEGER, BOOLEAN = "text", "number", "integer", "boolean"
# A missing number is written as this; a missing text as nothing, so that a group may be called NA.
MISSING_NUMBER = "NA"


@dataclass(frozen=True)
class Columns:
    """Columns of one type that are explained together; `*` in a name stands for what differs: a step, a cohort."""

    names: tuple[str, ...]
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A table: the end of its path below `results/`, what its rows are, and its columns in their order.

    `others` is the type of columns that the input decides (None: there are none), such as those of a panel.
    """

    path: str
    rows: str
    columns: tuple[Columns, ...]
    others: str | None = None
    others_meaning: str = field(default="")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns that always have this name, in order."""
        return tuple(name for name in chain.from_iterable(part.names for part in self.columns) if "*" not in name)

    def column(self, name: str) -> Columns | None:
        """Return what a column is, or None where the table has no such column."""
        for part in self.columns:
            if name in part.names or any("*" in known and fnmatchcase(name, known) for known in part.names):
                return part
        return Columns((name,), self.others, self.others_meaning) if self.others else None


def _text(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), TEXT, meaning)


def _number(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), NUMBER, meaning)


def _integer(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), INTEGER, meaning)


def _boolean(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), BOOLEAN, meaning)
