"""The workbook keeps names, numbers and gaps as they are, in sheets that Excel opens."""

import zipfile
from fnmatch import fnmatchcase

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrine.columns import side_by_side_sheet
from autocrine.page.sheet_rows import LONGEST_TEXT, written_words
from autocrine.page.sheets import (
    by_evidence,
    explain_sheet,
    join_changed_fits,
    select_genes,
    select_panel,
    side_by_side,
)
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


def test_numbers_are_shown_by_what_they_are(tmp_path):
    table = pd.DataFrame(
        {
            "gene_name": ["A", "B"],
            "base_mean": [12345.678, np.inf],
            "log2_fc": [-1.23456789, np.nan],
            "adj_p_value": [0.04, 1e-40],
            "samples": [3.0, np.nan],
            "dispersion": [2e-5, 3e-4],
        }
    )
    page = openpyxl.load_workbook(written(tmp_path, table))["genes of m_c"]
    assert [cell.number_format for cell in page[2]] == ["@", "#,##0.0", "0.000", "0.00E+00", "#,##0", "0.00E+00"]
    # What a cell holds keeps six digits, and a word in a column of numbers is text.
    assert page["C2"].value == -1.23457 and (page["B3"].value, page["B3"].number_format) == ("inf", "@")


def test_comparisons_are_side_by_side_clearest_first():
    def genes(effects, adjusted, outcomes):
        return pd.DataFrame(
            {"gene_id": list("abcd"), "gene_name": list("ABCD"), "log2_fc": effects, "adj_p_value": adjusted,
             "moderated_adj_p_value": 1 - np.array(adjusted), "outcome": outcomes}
        )  # fmt: skip

    tables = [
        (
            "m/one",
            genes([1, 2, 3, 0], [0.5, 0.01, np.nan, 0.9], ["undetermined", "changed", "undetermined", "equivalent"]),
        ),
        ("n/two", genes([-1, -2, 1, 0], [0.001, 0.2, np.nan, 0.8], ["small_change"] + ["undetermined"] * 3)),
    ]
    panel = pd.DataFrame({"gene_id": ["c", "c", "x"], "tier": ["primary", "primary", "secondary"]})
    shown = side_by_side(iter(tables), panel, "adj_p_value")
    assert list(shown["gene_id"]) == ["a", "b", "c"] and list(shown["changed"]) == [1, 1, 0]
    assert list(shown["tier"]) == ["", "", "primary"]
    assert shown.loc[0, ["m/one log2_fc", "n/two adj_p_value", "smallest_adj_p_value"]].tolist() == [1, 0.001, 0.001]
    other = side_by_side(iter(tables), panel, "moderated_adj_p_value")
    assert other.loc[0, ["gene_id", "smallest_moderated_adj_p_value"]].tolist() == ["a", 0.5]
    for adjusted, sheet in (("adj_p_value", shown), ("moderated_adj_p_value", other)):
        explained = explain_sheet("all comparisons", side_by_side_sheet(adjusted))
        assert list(explained["column"][:5]) == list(sheet.columns[:5])
        assert list(explained["column"][5:]) == ["* log2_fc", f"* {adjusted}"]
        assert all(any(fnmatchcase(name, pattern) for pattern in explained["column"]) for name in sheet)


@pytest.mark.parametrize(
    ("calls", "shown", "first"),
    [
        ("deseq2", ["p_value", "adj_p_value"], "b"),
        ("moderated", ["moderated_p_value", "moderated_adj_p_value"], "a"),
    ],
)
def test_sheets_show_the_test_that_makes_the_outcomes(calls, shown, first):
    lists = {"p_value": [0.2, 0.1], "adj_p_value": [0.3, 0.3], "moderated_p_value": [0.1, 0.2],
             "moderated_adj_p_value": [0.4, 0.4]}  # fmt: skip
    genes = pd.DataFrame({"gene_id": ["a", "b"], "written": ["a", "b"], "log2_fc": [1.0, 2.0], **lists, "outcome": ""})
    table = select_genes(genes, calls)
    assert list(table) == ["gene_id", "log2_fc", *shown, "outcome"] and table["gene_id"].iat[0] == first
    of_panel = select_panel(genes, calls)
    assert [name for name in of_panel if name in lists] == list(dict.fromkeys(
        name for name in lists if name in (*shown, "moderated_p_value")
    ))  # fmt: skip
    assert of_panel["gene_id"].iat[0] == "a"


def test_changed_fits_of_models_are_joined_and_sorting_by_evidence_puts_the_untested_last():
    fits = {
        "m": pd.DataFrame({"gene_id": ["a", "b"], "variant": "v", "p_value": [0.5, 0.1]}),
        "n": pd.DataFrame({"gene_id": ["a", "z"], "variant": "w", "p_value": [np.nan, 0.2]}),
    }
    joined = join_changed_fits(fits, {"a": "A"})
    assert joined[["model", "symbol", "variant"]].to_numpy().tolist() == [["m", "A", "v"], ["n", "A", "w"]]
    table = pd.DataFrame({"first": [np.nan, 0.3, np.nan, 0.01], "second": [0.2, 0.001, np.nan, 0.9]})
    assert list(by_evidence(table, ["first", "second"]).index) == [3, 0, 1, 2]
