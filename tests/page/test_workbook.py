"""The workbook keeps names, numbers and gaps as they are, in sheets that Excel opens."""

import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrine.page.sheet_rows import LONGEST_TEXT, written_words
from autocrine.page.workbook import Sheet, sheet_names, write_workbook

ODD = ["SEPT2", "MARCH1", "1-Mar", "007", "1E5", "=1+1", "+A1", "-2", "@SUM(A1)", "http://a.b", "mailto:x@y", "<b>&",
       "Σ é 日", "NA", "TRUE", "x" * (LONGEST_TEXT + 5)]  # fmt: skip


@pytest.fixture
def table():
    values = [1.5, np.nan, np.inf, -np.inf, 1e-300, 123456.789, 0.0, *np.arange(len(ODD) - 7.0)]
    return pd.DataFrame({"gene_name": ODD, "value": values, "count": range(len(ODD)), "data_origin": "SIMULATED"})


def written(tmp_path, table, origin="SIMULATED"):
    path = tmp_path / "tables.xlsx"
    write_workbook(path, "A cohort", [Sheet("genes of m/c", "Every gene", lambda: table)], origin)
    return path


def test_text_stays_text_whatever_it_looks_like(table, tmp_path):
    book = openpyxl.load_workbook(written(tmp_path, table))
    page = book["genes of m_c"]
    cells = [row[0] for row in page.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == [*ODD[:-1], "x" * LONGEST_TEXT]
    assert {cell.data_type for cell in cells} == {"s"} and {cell.number_format for cell in cells} == {"@"}
    assert all(cell.hyperlink is None for cell in cells)


def test_numbers_are_numbers_and_gaps_are_empty(table, tmp_path):
    page = openpyxl.load_workbook(written(tmp_path, table))["genes of m_c"]
    values = [row[1].value for row in page.iter_rows(min_row=2)]
    assert values[:4] == [1.5, None, "inf", "-inf"]
    assert values[4:7] == pytest.approx([1e-300, 123457, 0], rel=1e-6)
    assert [row[2].value for row in page.iter_rows(min_row=2)] == list(range(len(ODD)))


def test_header_stays_in_view_and_filters(table, tmp_path):
    page = openpyxl.load_workbook(written(tmp_path, table))["genes of m_c"]
    assert page.freeze_panes == "A2"
    assert page.auto_filter.ref == f"A1:D{len(ODD) + 1}"
    assert [cell.value for cell in page[1]] == list(table.columns)


def test_first_sheet_says_what_the_others_are(table, tmp_path):
    page = openpyxl.load_workbook(written(tmp_path, table))["README"]
    rows = [[cell.value for cell in row] for row in page.iter_rows()]
    assert rows[0][0] == "A cohort"
    assert ["genes of m_c", "Every gene"] in rows


@pytest.mark.parametrize(("origin", "marked"), [("SIMULATED", True), ("measured", False)])
def test_simulated_is_marked_on_every_sheet(table, tmp_path, origin, marked):
    book = openpyxl.load_workbook(written(tmp_path, table, origin))
    assert any("SIMULATED" in str(cell.value) for row in book["README"].iter_rows() for cell in row) == marked
    for page in book:
        assert ("SIMULATED" in str(page.oddHeader.center.text)) == marked
        assert (page.sheet_properties.tabColor is not None) == marked


def test_empty_tables_have_a_header(tmp_path):
    page = openpyxl.load_workbook(written(tmp_path, pd.DataFrame(columns=["a", "b"])))["genes of m_c"]
    assert [cell.value for cell in page[1]] == ["a", "b"] and page.max_row == 1


def test_equal_tables_give_equal_files(table, tmp_path):
    assert written(tmp_path, table).read_bytes() == written(tmp_path, table).read_bytes()


@given(st.lists(st.text(max_size=50), max_size=30))
@settings(max_examples=50)
def test_sheet_names_are_those_that_excel_takes(titles):
    names = sheet_names(["README", *titles])
    assert len({name.casefold() for name in names}) == len(names) == len(titles) + 1
    for name in names:
        assert 1 <= len(name) <= 31 and not set(name) & set("[]:*?/\\") and name.strip("'") == name
        assert name.casefold() != "history"


def test_long_names_that_begin_alike_stay_apart():
    long = "lsc_followup_of_resistant_patients"
    assert sheet_names([f"{long} a", f"{long} b"]) == [long[:31], f"{long[:29]}~2"]


@given(st.lists(st.floats(allow_subnormal=False), min_size=1, max_size=20))
@settings(max_examples=50)
def test_numbers_keep_six_digits(values):
    written = [float(word or "nan") for word in written_words(pd.Series(values, dtype=float))]
    assert np.allclose(written, values, rtol=5.1e-6, atol=1e-290, equal_nan=True)


def test_sheets_share_their_texts_and_know_their_size(table, tmp_path):
    """What other readers take a cell for that names no place, and a text that another sheet has too."""
    path, other = tmp_path / "tables.xlsx", table[["value", "gene_name"]].iloc[::-1]
    write_workbook(path, "A cohort", [Sheet("one", "", lambda: table), Sheet("two", "", lambda: other)], "measured")
    for reading in (False, True):
        book = openpyxl.load_workbook(path, read_only=reading)
        sizes = {page.title: page.dimensions for page in book} if not reading else {}
        assert reading or (sizes["one"], sizes["two"]) == (f"A1:D{len(ODD) + 1}", f"A1:B{len(ODD) + 1}")
        first, second = ([cell.value for cell in row] for row in (book["one"][5], book["two"][len(ODD) - 2]))
        assert first[:2] == second[1::-1] == [ODD[3], "-inf"]
    texts = zipfile.ZipFile(path).read("xl/sharedStrings.xml").decode()
    assert texts.count("<t>007</t>") == 1
