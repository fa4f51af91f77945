"""Works that a page cites: as a line of references, and as BibTeX."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from autocrine import __version__

# Signs that mean something else to TeX.
SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "&%$#_{}"})


@dataclass(frozen=True)
class Work:
    """An article.

    Attributes
    ----------
    authors
        "Love MI, Huber W"; the last may be "et al".
    title, journal, year, volume, pages
        As a list of references has them; pages may be empty, or the number of an article.
    doi
        If it is known.
    """

    authors: str
    title: str
    journal: str
    year: int
    volume: str
    pages: str = ""
    doi: str = ""

    @property
    def text(self) -> str:
        """The work as a line of a list of references."""
        pages = f":{self.pages}" if self.pages else ""
        return f"{self.authors}. {self.title}. {self.journal} {self.year};{self.volume}{pages}."

    @property
    def key(self) -> str:
        """By which BibTeX names it: the first author, the year, the first word of the title."""
        first, word = self.authors.split(",")[0].rsplit(" ", 1)[0], re.split(r"[\W_]+", self.title)[0]
        plain = unicodedata.normalize("NFKD", f"{first}{self.year}{word.lower()}")
        return re.sub(r"[^A-Za-z0-9]", "", plain)

    @property
    def bibtex(self) -> str:
        """The work as an entry of BibTeX."""
        return _entry(
            "article",
            self.key,
            author=" and ".join(map(_author, self.authors.split(", "))),
            title=f"{{{self.title.translate(SIGNS)}}}",
            journal=self.journal.translate(SIGNS),
            year=str(self.year),
            volume=self.volume,
            pages=self.pages.replace("-", "--"),
            doi=self.doi,
        )


# The paper whose questions the panel asks.
ASKED = Work(
    "Grockowiak E, et al", "Immature CML cells implement a BMP autocrine loop to escape TKI treatment", "Blood", 2017,
    "130", "2860-2871", "10.1182/blood-2017-08-801019",
)  # fmt: skip


def write_bibtex(works: Iterable[Work]) -> str:
    """Return BibTeX of the workflow itself, of the paper whose questions it asks, and of works, by their keys."""
    own = _entry(
        "software",
        "autocrine",
        author="{The autocrine maintainers}",
        title="{autocrine: differential expression of CML stem cells with a targeted report on the BMP pathway}",
        version=__version__,
        year="2026",
    )
    others = sorted({ASKED, *works}, key=lambda work: work.key)
    return "\n\n".join([own, *(work.bibtex for work in others)]) + "\n"


def _author(name: str) -> str:
    if name == "et al":
        return "others"
    surname, initials = name.rsplit(" ", 1)
    return f"{surname}, {' '.join(f'{letter}.' for letter in initials)}"


def _entry(kind: str, key: str, **fields: str) -> str:
    lines = ",\n".join(f"  {name} = {{{text}}}" for name, text in fields.items() if text)
    return f"@{kind}{{{key},\n{lines}\n}}"
