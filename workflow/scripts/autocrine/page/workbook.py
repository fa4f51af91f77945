"""The tables of a cohort as one spreadsheet file, in which every name stays what it is."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import xlsxwriter

LONGEST_NAME, LONGEST_TEXT, WIDEST = 31, 32_767, 42
# Excel keeps this name for itself.
RESERVED = {"history"}
SIMULATED_COLOUR = "#A84600"


@dataclass(frozen=True)
class Sheet:
    """One table: a title, what it holds in a sentence, and how it is read when its turn comes."""

    title: str
    about: str
    read: Callable[[], pd.DataFrame]


def write_workbook(path: str | Path, title: str, sheets: Sequence[Sheet], data_origin: str) -> None:
    """Write the sheets, after a first one that says what each of them is.

    Parameters
    ----------
    path
        Of the .xlsx file.
    title
        The cohort in words.
    sheets
        In their order. Tables are read and written one by one and row by row, so that only one is ever in memory.
    data_origin
        "SIMULATED" is written into the first sheet, above each printed page, and colours the tabs.

    Notes
    -----
    Text is written as text, whatever it looks like: SEPT2 becomes no date, and what begins with = + - or @ no formula.
    Text longer than a cell can hold is cut. A missing number is an empty cell; an infinite one the word inf.
    """
    names = sheet_names(["README", *(sheet.title for sheet in sheets)])
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    # A fixed date: equal tables give equal files.
    book.set_properties({"title": title, "keywords": data_origin, "created": datetime(2000, 1, 1)})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        "text": book.add_format({"num_format": "@"}),
        "mark": book.add_format({"bold": True, "font_color": SIMULATED_COLOUR}),
    }
    pages = [_add_sheet(book, name, data_origin) for name in names]
    _write_readme(pages[0], formats, title, list(zip(names[1:], sheets, strict=True)), data_origin)
    for page, sheet in zip(pages[1:], sheets, strict=True):
        write_sheet(page, sheet.read(), formats)
    book.close()


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


def write_sheet(page, table: pd.DataFrame, formats: dict) -> None:
    """Write a table below a header that stays in view, each column with a filter and with room for what it holds."""
    columns = [_cells(table[name]) for name in table]
    for place, (name, cells) in enumerate(zip(table, columns, strict=True)):
        longest = max(map(len, map(str, [name, *cells[:200]])))
        page.set_column(place, place, min(longest + 2, WIDEST))
        page.write_string(0, place, name, formats["head"])
    text = formats["text"]
    for row, cells in enumerate(zip(*columns, strict=True), 1):
        for place, cell in enumerate(cells):
            if cell.__class__ is float or cell.__class__ is int:
                page.write_number(row, place, cell)
            elif cell:
                page.write_string(row, place, cell, text)
    page.freeze_panes(1, 0)
    if len(table.columns):
        page.autofilter(0, 0, len(table), len(table.columns) - 1)


def _cells(column: pd.Series) -> list:
    """Return numbers as Python's, text as text, and an empty text for what is missing."""
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = round_to_digits(column.to_numpy()) if column.dtype.kind == "f" else column.to_numpy()
        if np.isfinite(values).all():
            return values.tolist()
        return [value if np.isfinite(value) else "" if np.isnan(value) else str(value) for value in values.tolist()]
    return ["" if pd.isna(value) else str(value)[:LONGEST_TEXT] for value in column]


def round_to_digits(values: np.ndarray, digits: int = 6) -> np.ndarray:
    """Round to significant digits, which halves the file; what is no number stays."""
    size = np.abs(values, where=np.isfinite(values), out=np.ones_like(values))
    places = digits - 1 - np.floor(np.log10(size, where=size > 0, out=np.zeros_like(values))).clip(-300, 300 - digits)
    # Half of the shift before and half after: 10 ** 310 would be infinite.
    scale = 10.0 ** (places / 2)
    return np.round(values * scale * scale) / scale / scale


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
