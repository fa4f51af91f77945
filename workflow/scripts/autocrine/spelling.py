"""Words that people take for the same and programs do not: by case, blanks, accents, letters of other scripts."""

import re
import unicodedata
from collections.abc import Iterable

# Letters of Cyrillic and Greek that look like Latin ones (Unicode's confusables, those on common keyboards).
_LOOKS_LIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеѕіјорсхуԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονρυιχϲ",
    "ABESIJKMHOPCTXYaesijopcxydqwABEZHIKMNOPTYXovpuixc",
)


def bare(word: str) -> str:
    """Return what is left of a word without case, accents, foreign scripts and what joins its parts.

    Signs at an end stay ("CD34+" and "CD34-"), and so do those between digits ("1.5" and "15").
    """
    plain = unicodedata.normalize("NFKD", word.translate(_LOOKS_LIKE)).casefold()
    # Accents, and what has no width.
    plain = "".join(letter for letter in plain if unicodedata.category(letter) not in ("Mn", "Cf"))
    return re.sub(r"(?<=[^\W\d_])[\s_./-]+(?=[^\W_])|(?<=[^\W_])[\s_./-]+(?=[^\W\d_])", "", plain.strip())


def alike(words: Iterable[str]) -> list[list[str]]:
    """Return the groups of different words that are easily taken for each other, in the order given."""
    groups: dict[str, list[str]] = {}
    for word in dict.fromkeys(words):
        groups.setdefault(bare(word), []).append(word)
    return [group for group in groups.values() if len(group) > 1]


def shown_apart(word: str) -> str:
    """Show a word with its unusual letters named, so that it can be distinguished from another that looks the same."""
    strange = [letter for letter in dict.fromkeys(word) if not (" " <= letter <= "~")]
    names = [unicodedata.name(letter, f"U+{ord(letter):04X}").lower() for letter in strange]
    return f'"{word}"' + (f" (with {', '.join(names)})" if names else "")


def text_of(value: object) -> str | None:
    """Return a cell of the sheet as the user wrote it, None where nothing is known."""
    if value is None or value != value:
        return None
    # All digits, so that two values never have one text.
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)
