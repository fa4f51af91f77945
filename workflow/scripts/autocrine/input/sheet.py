"""The sample sheet: one row per sample, checked against its schema, every value as written."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.input.readers.text import (
    SPREADSHEET_ERRORS,
    duplicated,
    padded_cells,
    parse_rows,
    read_delimited,
)
from autocrine.problems import Findings, listed
from autocrine.spelling import alike, bare, shown_apart

# What spreadsheets and people write for "not known". "none" is not among them: it may be a group.
MISSING = ("", "NA", "N/A", "n/a", "#N/A", "nan", "NaN", "NULL", "null", "-", ".")
RESERVED = ("_index", "size_factor", "data_origin", "samples", "patients")
# Never measurements, though they may be numbered.
GROUPS = ("sample", "patient", "sex", "batch", "tissue", "compartment", "state", "chemistry")
# By these names columns are checked whatever the design is: pairs, repeated samples, coinciding batches, fractions.
WATCHED = (*GROUPS[1:], "source", "age", "leukemic_fraction", "viable_cells")


def read_sheet(path: str, schema: Mapping[str, Any], numeric: Sequence[str], findings: Findings) -> pd.DataFrame | None:
    """Read and check a sample sheet.

    Parameters
    ----------
    path
        Delimited text with a header.
    schema
        JSON Schema of one row; columns it does not name are free.
    numeric
        Further columns that hold measurements.
    findings
        Receives every problem, each naming line, sample and column.

    Returns
    -------
    Samples x columns, indexed by sample name; measurements as float64, everything else as text, missing values as NaN
    or None. None where the sheet cannot be used at all.
    """
    text = read_delimited(path, findings, "sample")
    if text is None:
        return None
    twice = duplicated(text.header)
    if twice:
        findings.problem(path, f"columns appear twice: {listed(twice)}", "each column once")
        return None
    sheet = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if sheet is None:
        return None
    sheet = sheet.fillna("")
    stripped = sheet.apply(lambda column: column.str.strip())
    padded = padded_cells(text)
    if padded:
        findings.note(f"{path}: blanks around {padded} value{'s' if padded != 1 else ''} were removed")
    return check_sheet(stripped, path, schema, numeric, findings)


def check_sheet(
    sheet: pd.DataFrame, path: str, schema: Mapping[str, Any], numeric: Sequence[str], findings: Findings
) -> pd.DataFrame | None:
    """Check a table of text cells with a "sample" column; see `read_sheet` for parameters and result."""
    if "sample" not in sheet.columns:
        near = [
            name for name in sheet.columns if name.lower().replace("_", " ") in ("sample id", "sample name", "sample")
        ]
        numbers = sheet.iloc[:, 1:].apply(pd.to_numeric, errors="coerce").notna().to_numpy()
        if numbers.size > 100 and numbers.mean() > 0.9:
            findings.problem(path, "this is a table of numbers: the counts?", "the sample sheet, a row for each sample")
            return None
        findings.problem(
            path,
            f'there is no column "sample"; found: {listed(sheet.columns)}',
            f'"{near[0]}" renamed to "sample"' if near else 'a column "sample" with the names as in the count matrix',
        )
        return None
    for names in alike(sheet.columns):
        findings.problem(path, f"columns look alike: {listed(map(shown_apart, names))}", "names that differ in more")
    others = {name: _meant(name) for name in sheet.columns}
    if others := {name: meant for name, meant in others.items() if meant and meant not in sheet.columns}:
        found = f"the columns {listed(others)} are not read as {listed(others.values())}"
        findings.warn(
            "other_case", f"{found}, and are passed over by the checks of these; rename those that are meant", path
        )
    for name in (name for name in RESERVED if name in sheet.columns):
        findings.problem(path, f'the column name "{name}" is taken', "another name")
    sheet = sheet.astype(object).where(~sheet.isin(MISSING), None)
    sheet = sheet[sheet.notna().any(axis=1)]
    if sheet.empty:
        findings.problem(path, "the sheet has no rows", "one row per sample")
        return None
    nameless = sheet.index[sheet["sample"].isna()]
    for row in nameless:
        findings.problem(f"{path}, line {row}", "the sample has no name", "a name as in the count matrix")
    sheet = sheet.drop(index=nameless)
    for name in duplicated(list(sheet["sample"])):
        rows = sheet.index[sheet["sample"] == name]
        findings.problem(path, f'sample "{name}" appears in lines {listed(rows)}', "each sample once")
    if named := [column for column in numeric if column in GROUPS]:
        findings.problem(path, f"named as numeric: {listed(named)}, which hold groups or names", "other columns")
        numeric = [column for column in numeric if column not in GROUPS]
    for column in numeric:
        if column not in sheet.columns:
            findings.problem(path, f'the numeric column "{column}" is not there', f"one of: {listed(sheet.columns)}")
    properties = schema.get("properties", {})
    measured = [
        column for column in sheet.columns if column in numeric or properties.get(column, {}).get("type") == "number"
    ]
    table = sheet.copy()
    faults = _Faults(path)
    for column in sheet.columns:
        for row, cell in sheet[column].dropna().items():
            if cell.upper() in SPREADSHEET_ERRORS or (cell.startswith("=") and column != "sample"):
                faults.add(
                    column, cell, "a value: this is a formula or error of a spreadsheet", row, sheet.at[row, "sample"]
                )
    for column in measured:
        table[column] = _numbers(sheet, column, faults)
    for column in (name for name in table.columns if "enum" in properties.get(name, {})):
        table[column] = _in_words_of(properties[column], table[column], path, findings)
    checker: Any = _checker(schema) if schema else None
    for row, record in zip(table.index, table.to_dict("records"), strict=True) if checker else ():
        given = {key: value for key, value in record.items() if value is not None and value == value}
        for error in checker.iter_errors(given):
            column = str(error.path[0]) if error.path else ""
            expected = f"one of: {listed(error.validator_value)}" if error.validator == "enum" else error.message
            if error.validator == "maximum" and error.instance <= 100 and error.validator_value == 1:
                expected = "a share from 0 to 1 (a percentage divided by 100)"
            faults.add(column, error.instance, expected, row, record["sample"])
    faults.report(findings)
    for column in measured:
        table[column] = _stand_ins(sheet[column], table[column])
    return table.drop_duplicates("sample").set_index("sample")


def _meant(name: str) -> str:
    """Return the watched name that a column is easily taken for; empty where there is none."""
    return next((known for known in WATCHED if known != name and bare(known) == bare(name)), "")


def _checker(schema: Mapping[str, Any]) -> Any:
    # A notebook brings no schema, and then needs no jsonschema.
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)


class _Faults:
    """Wrong cells, reported once per column and value however many samples have it."""

    def __init__(self, path: str):
        self.path = path
        self.places: dict[tuple[str, str, str], list[str]] = {}

    def add(self, column: str, found: object, expected: str, row: int, sample: str) -> None:
        self.places.setdefault((column, f"{found}", expected), []).append(f'line {row} (sample "{sample}")')

    def report(self, findings: Findings) -> None:
        for (column, found, expected), places in self.places.items():
            findings.problem(f'{self.path}, column "{column}"', f'found "{found}" in {listed(places, 3)}', expected)


def _numbers(sheet: pd.DataFrame, column: str, faults: _Faults) -> pd.Series:
    """Turn a text column into float64; cells that are no finite numbers are faults."""
    values = pd.to_numeric(sheet[column], errors="coerce").astype(float)
    wrong = (values.isna() & sheet[column].notna()) | np.isinf(values)
    for row in sheet.index[wrong]:
        cell = sheet.at[row, column]
        expected = "a decimal point instead of the comma" if "," in cell else "a number, or nothing where it is unknown"
        faults.add(column, cell, expected, row, sheet.at[row, "sample"])
    return values.mask(wrong)


def _stand_ins(cells: pd.Series, values: pd.Series) -> pd.Series:
    """Return numbers in place of wrong cells, which stop the run: in what is checked until then none is missing."""
    wrong = values.isna() & cells.notna()
    meant = pd.to_numeric(cells.str.replace(",", "."), errors="coerce").astype(float)
    known = values.fillna(meant.where(np.isfinite(meant)))
    # Where no number can be read they differ, or there would be one value in all samples.
    other = known.median() if known.notna().any() else pd.Series(np.arange(1.0, len(cells) + 1), cells.index)
    return values.mask(wrong, known.fillna(other))


def _in_words_of(described: Mapping[str, Any], values: pd.Series, path: str, findings: Findings) -> pd.Series:
    """Return values in the words of the schema: those in another case and synonyms are read, with a note."""
    known = {word.casefold(): word for word in described["enum"]} | dict(described.get("synonyms", {}))
    read = values.map(lambda value: None if value is None else known.get(value.casefold(), value))
    changed = sorted(
        {f'"{old}" was read as {new}' for old, new in zip(values, read, strict=True) if old != new and old is not None}
    )
    if changed:
        findings.note(f'{path}, column "{values.name}": {listed(changed)}')
    return read
