"""The tables of a cohort as one spreadsheet file, in which every name stays what it is."""

import io
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_range

from autocrine.page.sheet_rows import FORMATS, TEXT_STYLE, Strings, number_format, write_rows, written_words

LONGEST_NAME, WIDEST = 31, 42
# Excel keeps this name for itself.
RESERVED = {"history"}
SIMULATED_COLOUR = "#A84600"
# Of zlib. 6, which it takes unasked, makes files 3 % larger, 9 takes four times as long.
PACKING = 7


@dataclass(frozen=True)
class Sheet:
    """One table: a title, what it holds in a sentence, and how it is read when its turn comes."""

    title: str
    about: str
    read: Callable[[], pd.DataFrame]


@dataclass(frozen=True)
class _Body:
    """A table that is ready for its sheet: names, widths and formats of its columns, its rows as packed XML."""

    names: list[str]
    widths: list[int]
    shown: list[str]
    count: int
    packed: bytes


def write_workbook(path: str | Path, title: str, sheets: Sequence[Sheet], data_origin: str) -> None:
    """Write the sheets, after a first one that says what each of them is.

    Parameters
    ----------
    path
        Of the .xlsx file.
    title
        The cohort in words.
    sheets
        In their order. Tables are read one by one, so that only one is ever in memory.
    data_origin
        "SIMULATED" is written into the first sheet, above each printed page, and colours the tabs.

    Notes
    -----
    Text is written as text, whatever it looks like: SEPT2 becomes no date, and what begins with = + - or @ no formula.
    Text longer than a cell can hold is cut. Numbers have six significant digits and a format by their column. A missing
    number is an empty cell; an infinite one the word inf. xlsxwriter makes the book with the headers; the rows are put
    in afterwards (`autocrine.page.sheet_rows`).
    """
    strings = Strings()
    bodies = [_make_body(sheet.read(), strings) for sheet in sheets]
    names, made = sheet_names(["README", *(sheet.title for sheet in sheets)]), io.BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    # A fixed date: equal tables give equal files.
    book.set_properties({"title": title, "keywords": data_origin, "created": datetime(2000, 1, 1)})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "mark": book.add_format({"bold": True, "font_color": SIMULATED_COLOUR}),
        **{kind: book.add_format({"num_format": pattern}) for kind, pattern in FORMATS.items()},
    }
    pages = [_add_sheet(book, name, data_origin) for name in names]
    # xlsxwriter numbers texts in the order in which they come, also those that another takes the cell of.
    for text in strings.numbers:
        pages[0].write_string(0, 0, text)
    _write_readme(pages[0], formats, title, list(zip(names[1:], sheets, strict=True)), data_origin)
    for page, body in zip(pages[1:], bodies, strict=True):
        _write_head(page, body, formats)
    book.close()
    _fill_in(path, made, bodies)


def sheet_names(titles: Sequence[str]) -> list[str]:
    """Return names that Excel accepts: 31 letters, no brackets, colons, stars or slashes, and each once."""
    taken, names = set(RESERVED), []
    for title in titles:
        plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", "_", title).strip(" '")[:LONGEST_NAME].strip(" '") or "sheet"
        name, count = plain, 1
        while name.casefold() in taken:
            count += 1
            name = f"{plain[: LONGEST_NAME - len(str(count)) - 1]}~{count}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _make_body(table: pd.DataFrame, strings: Strings) -> _Body:
    """Write the rows of a table, below a header."""
    widths = [min(max(map(len, [name, *written_words(column[:200])])) + 2, WIDEST) for name, column in table.items()]
    packed = zlib.compress(write_rows(table, strings).encode("utf-8"), level=1)
    shown = [number_format(str(name), column) for name, column in table.items()]
    return _Body(list(table), widths, shown, len(table), packed)


def _write_head(page, body: _Body, formats: dict) -> None:
    """Write a header that stays in view, each column with a filter and with room for what it holds."""
    for place, (name, width, shown) in enumerate(zip(body.names, body.widths, body.shown, strict=True)):
        page.set_column(place, place, width, formats.get(shown))
        page.write_string(0, place, name, formats["head"])
    page.freeze_panes(1, 0)
    if body.names:
        page.autofilter(0, 0, body.count, len(body.names) - 1)


def _fill_in(path: str | Path, made: io.BytesIO, bodies: Sequence[_Body]) -> None:
    """Write the book that xlsxwriter made, with the rows of its sheets but the first put in."""
    with ZipFile(made) as book, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=PACKING) as out:
        # The first sheet has texts and a header of other styles: the third row is text.
        style = re.search(rb'<c r="A3" s="(\d+)"', book.read("xl/worksheets/sheet1.xml"))[1]
        sheets = {f"xl/worksheets/sheet{place}.xml": body for place, body in enumerate(bodies, 2)}
        for part in book.infolist():
            content = book.read(part)
            if (body := sheets.get(part.filename)) and body.count and body.names:
                rows = zlib.decompress(body.packed)
                for kind, number in {TEXT_STYLE: style, **_styles(content, body)}.items():
                    rows = rows.replace(b' s="%s"' % kind.encode(), b' s="%s"' % number)
                size = xl_range(0, 0, body.count, len(body.names) - 1).encode()
                content = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="%s"' % size, content, count=1)
                before, after = content.split(b"</sheetData>")
                content = b"".join([before, rows, b"</sheetData>", after])
            out.writestr(part, content, ZIP_DEFLATED, PACKING)


def _styles(sheet: bytes, body: _Body) -> dict[str, bytes]:
    """Return the numbers of the styles of a sheet's columns by the format of their numbers."""
    styled = re.findall(rb'<col min="(\d+)" max="\d+" [^>]*?style="(\d+)"', sheet)
    return {body.shown[int(place) - 1]: number for place, number in styled}


def _add_sheet(book, name: str, data_origin: str):
    page = book.add_worksheet(name)
    if data_origin == "SIMULATED":
        page.set_tab_color(SIMULATED_COLOUR)
        page.set_header("&C&B&KA84600SIMULATED")
    return page


def _write_readme(page, formats: dict, title: str, sheets: list[tuple[str, Sheet]], data_origin: str) -> None:
    simulated = "SIMULATED: these data were made by a program; nothing about the disease follows from them."
    page.set_column(0, 0, LONGEST_NAME + 2)
    page.set_column(1, 1, 110)
    page.write_string(0, 0, title, formats["head"])
    if data_origin == "SIMULATED":
        page.write_string(1, 0, simulated, formats["mark"])
    page.write_string(
        2, 0, 'An empty cell is a missing value; the sheet "columns" explains every column.', formats["text"]
    )
    page.write_string(4, 0, "sheet", formats["head"])
    page.write_string(4, 1, "what it holds", formats["head"])
    for row, (name, sheet) in enumerate(sheets, 5):
        page.write_string(row, 0, name, formats["text"])
        page.write_string(row, 1, sheet.about, formats["text"])
