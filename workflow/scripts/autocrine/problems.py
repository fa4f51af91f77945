"""What is wrong with the input: collected while checking, told to the user all at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem:
    """One thing to mend: where it stands, what was found there, what would be right."""

    where: str
    found: str
    expected: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.found}" + (f"\n     -> {self.expected}" if self.expected else "")


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
