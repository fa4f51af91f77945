"""What is wrong with the input: collected while checking, told to the user all at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands, what was found there, what would be right."""

    where: str
    found: str
    expected: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.found}" + (f"\n     -> {self.expected}" if self.expected else "")


@dataclass(frozen=True)
class Caution:
    """What stands against results of a model without stopping the run.

    `contrasts` are those that it is about; all of the model's, when empty.
    """

    text: str
    contrasts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{', '.join(self.contrasts)}: {self.text}" if self.contrasts else self.text


def touches(warning: Mapping[str, Any], contrasts: Iterable[str]) -> bool:
    """Whether a warning in the record of a fit is about one of the contrasts: one itself and those it is made of."""
    return not warning["contrasts"] or any(name in warning["contrasts"] for name in contrasts)


class InputError(ValueError):
    """The input cannot be used. Its message lists every problem found, numbered."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        count = len(self.problems)
        head = f"{count} problem{'s' if count != 1 else ''} in the input. Nothing was run and nothing was written."
        super().__init__("\n".join([head, *(f"{i:>3}. {problem}" for i, problem in enumerate(self.problems, 1))]))


@dataclass
class Findings:
    """What one check found: problems stop the run, warnings do not, notes are accepted; the reader is shown all."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def problem(self, where: str, found: str, expected: str = "") -> None:
        """Record something that stops the run; the same thing found on two ways is told once."""
        problem = Problem(where, found, expected)
        if problem not in self.problems:
            self.problems.append(problem)

    def warn(self, text: str) -> None:
        """Record something that does not stop the run but stands against a result."""
        self.warnings.append(text)

    def note(self, text: str) -> None:
        """Record something that was accepted and that the reader should know."""
        self.notes.append(text)

    def raise_if_any(self) -> None:
        """Raise `InputError` with every problem recorded so far, if there is one."""
        if self.problems:
            raise InputError(self.problems)


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
