"""GEO series matrix files: expression of all samples of a series, with what its authors said of the samples."""

import re
from itertools import count

import pandas as pd

from autocrine.input.readers.content import read_content
from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.text import Text, decode, parse_rows
from autocrine.problems import Findings, listed

FIRST = "!Series_"
BEGIN, END = "!series_matrix_table_begin", "!series_matrix_table_end"
_SAMPLE, _TITLE, _CHARACTERISTIC = "!Sample_geo_accession", "!Sample_title", "!Sample_characteristics_ch1"


def read_series_matrix(path: str, findings: Findings) -> tuple[CountTable, pd.DataFrame] | None:
    """Read a series matrix.

    Parameters
    ----------
    path
        The file, packed or not.
    findings
        Receives what cannot be read.

    Returns
    -------
    The values as read (genes or probes x GSM accessions), and a table of the samples: sample (the accession), title,
    and a column per characteristic that is written as "name: value".
    """
    raw = read_content(path, findings)
    text = None if raw is None else decode(raw, path, findings)
    if text is None:
        return None
    head, begin, rest = text.replace("\r\n", "\n").partition(f"{BEGIN}\n")
    body, end, _ = rest.partition(END)
    if not begin or not end:
        lacking = BEGIN if not begin else END
        findings.problem(path, f"there is no line {lacking}", "a whole series matrix, as GEO has it")
        return None
    if body.count("\n") < 2:
        found = "the table is empty: the series has its values elsewhere, in supplementary files perhaps"
        findings.problem(path, found, "a series matrix with values, or the matrix that the authors deposited")
        return None
    first_line, _, below = body.partition("\n")
    header = [name.strip().strip('"') for name in first_line.split("\t")]
    line = head.count("\n") + 3
    # As they are written: identifiers of genes may be numbers, which one without any would make fractions of.
    converters = {header[0]: str.strip}
    rows = parse_rows(Text(header, below, "\t", [], line), path, findings, converters=converters)
    if rows is None:
        return None
    # Newer versions of pandas take an empty name for a missing one.
    names = pd.Index(rows.pop(header[0]).fillna("").astype(object), name="gene")
    values = rows.set_axis(names, axis=0)
    return CountTable(values, pd.DataFrame(index=values.index)), _samples(head, list(values.columns), path, findings)


def _samples(head: str, names: list[str], path: str, findings: Findings) -> pd.DataFrame:
    rows = [[cell.strip().strip('"') for cell in line.split("\t")] for line in head.split("\n") if line]
    said: dict[str, list[list[str]]] = {}
    for key, *cells in rows:
        said.setdefault(key, []).append(cells)
    sheet = pd.DataFrame({"sample": names})
    accession = said.get(_SAMPLE, [names])[0]
    if accession != names:
        findings.problem(path, "the accessions above the table are not those of its columns", "an unchanged file")
        return sheet
    if _TITLE in said and len(said[_TITLE][0]) == len(names):
        sheet["title"] = said[_TITLE][0]
    several: dict[str, str] = {}
    for cells in said.get(_CHARACTERISTIC, []):
        # The lines are not ordered by characteristic: each cell says what it is.
        for place, cell in enumerate(cells[: len(names)]):
            key, colon, value = cell.partition(":")
            if colon:
                column = re.sub(r"\W+", "_", key.strip().lower()).strip("_") or "characteristic"
                if column in ("sample", "title"):
                    # The accession stays the name of a sample, and its title the title.
                    column = f"{column}_characteristic"
                value, first = value.strip(), column
                # A characteristic that is given again with another value has a column of its own.
                for number in count(2):
                    if column not in sheet:
                        sheet[column] = ""
                    if sheet.loc[place, column] in ("", value):
                        break
                    column = f"{first}_{number}"
                    several.setdefault(first, column)
                sheet.loc[place, column] = value or sheet.loc[place, column]
    if several:
        text = f"samples have several values of {listed(several)}; the later ones are in {listed(several.values())}"
        findings.warn("several_values", text, path)
    found = [name for name in sheet.columns if name != "sample"]
    findings.note(f"{path}: what GEO knows of the samples was read as columns of the sheet: {listed(found, 12)}")
    return sheet
