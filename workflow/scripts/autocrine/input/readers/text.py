"""Text as users have it: gzipped or not, with byte-order marks, foreign line ends, quotes and padded blanks."""

import csv
import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autocrine.input.readers.content import read_content
from autocrine.problems import Findings, listed

# What spreadsheets leave where a formula went wrong; "#N/A" is their word for what is not known.
SPREADSHEET_ERRORS = {"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!"}
# Cells that are parsed at a time: their frame is small beside the matrix. Fewer rows would cost time per column.
CELLS_AT_A_TIME, FEWEST_ROWS = 1_000_000, 1000
# No header has a line like that.
LONGEST_HEADER = 10_000_000
_VISIBLE = re.compile(r"\S")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


@dataclass(frozen=True)
class Text:
    """The decoded body of a delimited file.

    `header` holds the column names, stripped; `body` everything below it; `comments` the lines that began with "#"
    above it; `first_line` the line number (from 1) on which the body begins.
    """

    header: list[str]
    body: str
    separator: str
    comments: list[str]
    first_line: int


# What a first column of genes is called, in lower case.
_OF_GENES = ("gene", "genes", "gene_id", "gene_name", "gene_symbol", "geneid", "symbol", "ensembl", "ensembl_id", "id")
_NUMBER = re.compile(r"[-+]?[0-9]*[.,]?[0-9]+")


def read_delimited(path: str, findings: Findings, first: str = "gene_id") -> Text | None:
    """Read a delimited text file; oddities that do no harm are noted, others are problems.

    The separator is the one of tab, comma and semicolon that the header and the line below it have alike, else the
    first of them that the header has. A first column without a name, as R's `write.table` and `write.csv` leave it,
    gets the name `first`.
    """
    raw = read_content(path, findings)
    text = None if raw is None else decode(raw, path, findings)
    # Here and below a table of thousands of samples is held once, not as bytes, text and lines side by side.
    del raw
    if text is None:
        return None
    if "\r" in text:
        findings.note(f"{path}: line ends of Windows or old Mac were accepted")
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    skipped = len(text) - len(text.lstrip("\n"))
    comments, start = _comments(text, skipped)
    first_line, below = _line(text, start)
    if first_line.strip().strip('"').startswith("sep=") and below <= len(text):
        findings.note(f"{path}: the line {first_line.strip()} at its start was skipped")
        comments, start = [*comments, first_line], below
        first_line, below = _line(text, start)
    if not _VISIBLE.search(text, start):
        findings.problem(path, "the file is empty", "a header line and at least one row")
        return None
    if len(first_line) > LONGEST_HEADER:
        findings.problem(path, f"the first line has {len(first_line):,} letters", "a header line")
        return None
    second_line, _ = _line(text, below)
    separator = _separator(first_line, second_line)
    if separator == ";":
        findings.note(f"{path}: columns are separated by semicolons, which was accepted")
    if '"' in text:
        findings.note(f"{path}: quotes around values were removed")
        _check_quotes(text[start:].split("\n"), skipped + len(comments) + 1, path, findings)
    header = [name.strip() for name in _cells(first_line.lstrip("#"), separator)]
    if second_line.strip():
        row = _cells(second_line, separator)
        if len(row) == len(header) + 1 and not row[-1].strip():
            header.append("")
        elif len(row) == len(header) + 1 and header[0].lower() in _OF_GENES and _NUMBER.fullmatch(row[1].strip()):
            found = (
                f'the first line has {len(header)} names and the next {len(row)} cells, and "{header[0]}" names genes'
            )
            findings.problem(path, f"{found}: the last column has no name", "a name for each column")
            return None
        elif len(row) == len(header) + 1:
            header = [first, *header]
            findings.note(f'{path}: the first column has no name; it was read as "{first}"')
    if header and header[0] == "":
        header[0] = first
    return Text(header, text[below:], separator, comments, skipped + len(comments) + 2)


def padded_cells(text: Text) -> int:
    """Count the cells of a body that begin or end with blanks."""
    cells = (cell.strip('"') for line in text.body.split("\n") for cell in line.split(text.separator))
    return sum(cell != cell.strip() != "" for cell in cells)


def duplicated(names: list[str]) -> list[str]:
    """Return the names that occur more than once, in order of first occurrence; blanks are no names."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
    return [name for name, times in seen.items() if times > 1 and name]


def decode(raw: bytes, path: str, findings: Findings) -> str | None:
    """Return text of UTF-8, or UTF-16 where a byte-order mark says so; anything else is a problem, with its line."""
    encoding = "utf-8"
    for mark, named in _MARKS:
        if raw.startswith(mark):
            raw, encoding = raw[len(mark) :], named
            findings.note(f"{path}: a byte-order mark at the start of the file was accepted")
            break
    try:
        text = raw.decode(encoding)
        if "\0" in text:
            line = text[: text.index("\0")].count("\n") + 1
            findings.problem(path, f"a zero byte in line {line}: this is no text", "the file saved as UTF-8 text")
            return None
        return text
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        findings.problem(
            path, f"byte 0x{raw[error.start]:02x} in line {line} is not UTF-8 text", "the file saved as UTF-8"
        )
        return None


def _separator(header: str, below: str) -> str:
    """Return what separates the cells: a title may hold a tab, and a value a comma."""
    there = [mark for mark in "\t,;" if mark in header]
    # R leaves the row names without a header cell.
    alike = [mark for mark in there if below.count(mark) - header.count(mark) in (0, 1)]
    return (alike or there or ["\t"])[0]


def _cells(line: str, separator: str) -> list[str]:
    """Return the cells of one line; quotes are understood in lines of a length that a table may have."""
    return next(csv.reader([line], delimiter=separator)) if len(line) < 100_000 else line.split(separator)


def _line(text: str, start: int) -> tuple[str, int]:
    """Return the line that begins at a place, and where the next one would begin."""
    end = text.find("\n", start)
    end = len(text) if end < 0 else end
    return text[start:end], end + 1


def _comments(text: str, start: int) -> tuple[list[str], int]:
    """Return the leading "#" lines, and where the lines below them begin.

    A header in disguise, as wide as the line below it, is none of them.
    """
    comments: list[str] = []
    while start < len(text):
        line, following = _line(text, start)
        below, _ = _line(text, following)
        if not line.startswith("#"):
            break
        if below and not below.startswith("#") and any(line.count(m) == below.count(m) > 0 for m in "\t,;"):
            break
        comments.append(line)
        start = following
    return comments, start


def parse_rows(text: Text, path: str, findings: Findings, **options: Any) -> pd.DataFrame | None:
    """Parse the rows below the header with `pandas.read_csv`; a row wider than the header is a problem, never cut.

    Columns without a name are dropped where they are empty, and a problem where they hold something. The index counts
    lines of the file.
    """
    blank = [f"column {place} (no name)" for place in range(1, len(text.header) + 1)]
    names = [name or blank[place] for place, name in enumerate(text.header)]
    options = {"sep": text.separator, "names": names, "index_col": False, "skipinitialspace": True, **options}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            warnings.simplefilter("error", pd.errors.DtypeWarning)
            frame = _by_pieces(text.body, names, options)
            if frame is None:
                # A column has text in some pieces only, and its cells are to be as they are written in all.
                content = io.BytesIO(text.body.encode())
                frame = pd.read_csv(content, skip_blank_lines=False, low_memory=False, **options)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        findings.problem(path, _width_fault(text) or str(error), "as many cells in each row as column names")
        return None
    for name in set(names) & set(blank):
        if (frame[name].isna() | (frame[name].astype(str).str.strip() == "")).all():
            frame = frame.drop(columns=name)
        else:
            findings.problem(path, f"{name} holds values", "a name for each column")
    frame.index = frame.index + text.first_line
    empty = frame.iloc[:, 0].isna() | (frame.iloc[:, 0].astype(str).str.strip() == "")
    empty &= frame.iloc[:, 1:].replace("", None).isna().all(axis=1) if empty.any() else False
    return frame[~empty] if empty.any() else frame


class _Letters:
    """A text as a file of bytes, encoded piece by piece: nothing holds it twice."""

    def __init__(self, text: str) -> None:
        self.text, self.place = text, 0

    def read(self, size: int = -1) -> bytes:
        start = self.place
        self.place = len(self.text) if size < 0 else min(len(self.text), start + size)
        return self.text[start : self.place].encode()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(1 << 18):
            yield piece


def _by_pieces(body: str, names: list[str], options: dict[str, Any]) -> pd.DataFrame | None:
    """Parse rows piece by piece, columns of whole numbers into one matrix that is held once.

    Returns None where a column is of another type in one piece than in another.
    """
    rows = max(FEWEST_ROWS, CELLS_AT_A_TIME // len(names))
    lines = body.count("\n") + (not body.endswith("\n"))
    pieces: list[pd.DataFrame] = []
    whole, matrix, done = [], np.empty((0, 0), dtype=np.int64), 0
    reading = pd.read_csv(_Letters(body), skip_blank_lines=False, low_memory=False, chunksize=rows, **options)
    with reading:
        for piece in reading:
            if not pieces:
                whole = [name for name in names if piece[name].dtype == np.int64]
                # Each column in one stretch, as pandas holds them.
                matrix = np.empty((len(whole), lines), dtype=np.int64)
            numbers, others = piece[whole], piece.drop(columns=whole)
            if any(kind != np.int64 for kind in numbers.dtypes) or (
                pieces and (others.dtypes != pieces[0].dtypes).any()
            ):
                return None
            matrix[:, done : done + len(piece)] = numbers.to_numpy().T
            done += len(piece)
            pieces.append(others)
    if not pieces:
        return None
    others = pd.concat(pieces)
    frame = pd.DataFrame(matrix[:, :done].T, index=others.index, columns=whole, copy=False)
    for place, name in enumerate(names):
        if name in others:
            frame.insert(place, name, others[name])
    return frame


def _check_quotes(lines: list[str], first: int, path: str, findings: Findings) -> None:
    """Tell of lines with a quote that is opened and not closed: it would swallow the lines that follow."""
    odd = [first + i for i, line in enumerate(lines) if line.count('"') % 2]
    if odd:
        findings.problem(
            path, f'a quote (") is opened and not closed in line {listed(odd)}', "quotes in pairs, or none"
        )


def _width_fault(text: Text) -> str:
    """Say which row is wider than the header."""
    for line, row in enumerate(text.body.split("\n"), text.first_line):
        if (cells := len(_cells(row, text.separator)) if row else 0) > len(text.header):
            return f"line {line} has {cells} cells, the header {len(text.header)}"
    return ""
