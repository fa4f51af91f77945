"""What is wrong with the input: collected while checking, shown to the user all at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing to correct: where it is, what was found there, what would be right."""

    where: str
    found: str
    expected: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.found}" + (f"\n     -> {self.expected}" if self.expected else "")


@dataclass(frozen=True)
class Caution:
    """What speaks against results without stopping the run: a record until it is shown.

    Attributes
    ----------
    kind
        What it is, for programs: "small_groups", "uneven_levels" and so on.
    text
        The finding in words, with columns as the sheet calls them.
    about
        "input" or "model".
    where
        The file or entry that it is about, where the words need it.
    contrasts
        Those of the model that it is about; all, when empty.
    samples
        Those that it names.
    advice
        How the design could be changed, in words, for whoever runs the analysis.
    plain
        The finding for a reader who does not know the sheet, where that is not `text`.
    """

    kind: str
    text: str
    about: str = "model"
    where: str = ""
    contrasts: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    advice: str = ""
    plain: str = ""

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "Caution":
        """Return what was written as a record of plain values, as `dataclasses.asdict` makes it."""
        named = {name: tuple(map(str, record[name])) for name in ("contrasts", "samples")}
        return cls(**{**record, **named})

    @property
    def words(self) -> str:
        """The finding, with its place and advice."""
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.text}" + (f"; {self.advice}" if self.advice else "")

    @property
    def for_reader(self) -> str:
        """The finding for a reader of the results, who can change neither sheet nor design."""
        place = f"{self.where}: " if self.where else ""
        return place + (self.plain or self.text)

    def touches(self, contrasts: Iterable[str]) -> bool:
        """Whether it is about one of the contrasts: one itself and those it is made of."""
        return not self.contrasts or any(name in self.contrasts for name in contrasts)

    def __str__(self) -> str:
        if not self.contrasts:
            return self.words
        named = replace(self, where=", ".join(self.contrasts), contrasts=()).words
        return f"{self.where}: {named}" if self.where else named


class InputError(ValueError):
    """The input cannot be used. Its message lists every problem found, numbered, and says what was done so far."""

    def __init__(self, problems: Iterable[Problem], done: str = "Nothing was run and nothing was written."):
        self.problems = list(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the input. {done}"
        super().__init__("\n".join([head, *(f"{i:>3}. {problem}" for i, problem in enumerate(self.problems, 1))]))


@dataclass
class Findings:
    """What one check found: problems stop the run, warnings do not, notes are accepted; the reader is shown all."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Caution] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def problem(self, where: str, found: str, expected: str = "") -> None:
        """Record something that stops the run; the same thing found on two ways is shown once."""
        problem = Problem(where, found, expected)
        if problem not in self.problems:
            self.problems.append(problem)

    def warn(self, kind: str, text: str, where: str = "", samples: Iterable[str] = ()) -> None:
        """Record something of the input that does not stop the run but speaks against results; see `Caution`."""
        self.warnings.append(Caution(kind, text, "input", where, samples=tuple(map(str, samples))))

    def note(self, text: str) -> None:
        """Record something that was accepted and that the reader should know."""
        self.notes.append(text)

    def add(self, other: "Findings") -> None:
        """Record what another check found."""
        for problem in other.problems:
            self.problem(problem.where, problem.found, problem.expected)
        self.warnings += other.warnings
        self.notes += other.notes

    def raise_if_any(self) -> None:
        """Raise `InputError` with every problem recorded so far, if there is one."""
        if self.problems:
            raise InputError(self.problems)


def short_number(value: float, digits: int = 3) -> str:
    """Write a number with a few digits that count, and never as a power of ten where it is large."""
    return f"{value:,.0f}" if 10**digits <= abs(value) < 1e15 else f"{value:.{digits}g}"


def listed(names: Iterable[object], most: int = 8) -> str:
    """Write names as prose, e.g. "a, b and 12 more", so that a message stays readable."""
    texts = [str(name) for name in names]
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    return ", ".join(texts) if texts else "none"


def shown(entry: Any) -> str:
    """Show a part of the configuration on one line, as YAML would write it."""
    if isinstance(entry, Mapping):
        return "{" + ", ".join(f"{key}: {shown(value)}" for key, value in entry.items()) + "}"
    if isinstance(entry, list):
        return "[" + ", ".join(shown(item) for item in entry) + "]"
    return str(entry)
