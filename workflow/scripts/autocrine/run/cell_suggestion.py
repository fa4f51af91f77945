"""A first entry of single cells: where the files are, and which of their columns say what, by their headers."""

import os
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from autocrine.cells.blocks import Cells, looks_counted, open_cells
from autocrine.cells.fusion import CALLS, UNKNOWN
from autocrine.cells.labels import words_of
from autocrine.input.cell_source import SAMPLE, CellSource, find_parts
from autocrine.input.readers.content import PACKED_ENDINGS
from autocrine.input.readers.files import TENX
from autocrine.input.readers.text import parse_rows, read_delimited
from autocrine.input.sheet import MISSING
from autocrine.problems import Findings, listed

ENDINGS = (".h5ad", ".h5")
# Folders below the one that is named: S1/outs/filtered_feature_bc_matrix, S1/Solo.out/Gene/filtered,
# run/outs/per_sample_outs/S1/count/sample_filtered_feature_bc_matrix.
DEEPEST = 6
# Of CellRanger, beside its matrices.
NO_MATRIX = "molecule_info.h5"
# Headers of so many files are looked at; the check reads all.
MOST_FILES = 20
# A table with more rows than that is none of samples, where no sheet says what the samples are.
MOST_SAMPLES = 500
# Names of columns with the states of cells, the likeliest first; clusters have no names that a reader knows.
LABELS = (
    r"cell.?type", r"annot", r"cell.?state|^state$", r"label", r"population|compartment|lineage", r"^type$",
    r"cluster|leiden|louvain",
)  # fmt: skip
MOST_LABELS = 60
OF_FUSION, OF_DOUBLETS = r"bcr|abl|fusion", r"doublet|dblfinder"
DOUBLET_WORDS = {"true", "false", "doublet", "singlet", "yes", "no", "0", "1"}
# Of the samples of the sheet and of a column, at least so many are in both.
LEAST_SHARED = 0.5


@dataclass(frozen=True)
class CellSuggestion:
    """Single cells as a cohort of the configuration.

    Attributes
    ----------
    entry
        What the cohort has beside its sheet: `cells`, and `layer` where X holds no counts.
    notes
        What was seen, in words.
    """

    entry: Mapping[str, Any]
    notes: tuple[str, ...]


def suggest_cells(
    paths: Sequence[str], samples: Collection[str], label_file: str | None, findings: Findings
) -> CellSuggestion | None:
    """Describe files of single cells as an entry of `cohorts`.

    Parameters
    ----------
    paths
        Files, 10x folders, folders of either, or a path with "{sample}".
    samples
        Those of the sheet; none where there is no sheet.
    label_file
        A table of cells with their labels, or None.
    findings
        Receives what speaks against cells that these surely are.

    Returns
    -------
    None where the files are counts of samples, or there is a problem.
    """
    named = next((path for path in paths if SAMPLE in path), None)
    found = [] if named else [file for path in paths for file in _cell_files(path)]
    if not (named or found):
        return None
    pattern, raw = (named, None) if named else _patterns(found, samples)
    files = [pattern] if pattern else [file for file in found if not _is_raw(file)] or found
    obs, layer = _read_headers(files, findings if named else Findings())
    if obs is None or (not named and not _are_cells(obs, samples)):
        return None
    if not samples:
        findings.problem(files[0], "these are single cells", "a sample sheet behind them, with a row for each sample")
        return None
    columns: dict[str, Any] = {}
    if pattern is None:
        chosen = _sample_column(obs, samples)
        if chosen is None:
            right = "{sample} in the path, or a column with the samples of the sheet"
            found_in = f"nothing says which sample its cells are of; columns: {listed(obs.columns.drop(SAMPLE))}"
            findings.problem(files[0], found_in, right)
            return None
        columns["sample_column"] = chosen
    sample = obs[columns["sample_column"]] if columns else obs[SAMPLE]
    table = obs if label_file is None else _read_labels(label_file, findings)
    if table is None:
        return None
    of_table = sample if table is obs else table["sample"] if "sample" in table else pd.Series("", table.index)
    rest = table.drop(columns=[SAMPLE, "sample", "barcode", *columns.values()], errors="ignore")
    label, notes = _label_column(rest, of_table)
    if label is not None:
        columns["labels"] = ({"file": label_file} if label_file else {}) | {"column": label}
    elif label_file:
        findings.problem(label_file, f"no column holds labels of cells: {listed(rest.columns)}", "such as cell_type")
        return None
    fusion = _fusion_column(rest)
    if fusion is not None:
        columns["fusion"] = fusion
    doublets = next((name for name in obs.columns if _marks_doublets(str(name), obs[name])), None)
    if doublets is not None:
        columns["doublet_column"] = str(doublets)
    where: dict[str, Any] = {"files": files[0] if len(files) == 1 else files} | ({"raw": raw} if raw else {})
    entry: dict[str, Any] = {"cells": where | columns}
    return CellSuggestion(entry if layer == "X" else entry | {"layer": layer}, tuple(notes))


def _cell_files(path: str) -> list[str]:
    """Return the files and 10x folders of cells that a path stands for, also those some folders below it."""
    if _is_run(path) or (Path(path).is_file() and path.endswith(ENDINGS)):
        return [path]
    if not Path(path).is_dir():
        return []
    files = []
    for folder, below, names in os.walk(path):
        depth = len(Path(folder).relative_to(path).parts)
        below[:] = sorted(below) if depth < DEEPEST else []
        if depth and _is_run(folder):
            files.append(folder)
        files += [
            str(Path(folder) / name)
            for name in sorted(names)
            if name.endswith(ENDINGS) and not name.endswith(NO_MATRIX)
        ]
    return files


def _is_run(folder: str) -> bool:
    """Whether a folder holds a matrix of 10x."""
    return any((Path(folder) / f"{TENX[0]}{packed}").is_file() for packed in ("", *PACKED_ENDINGS))


def _is_raw(path: str) -> bool:
    """Whether a path is of the matrices of all droplets, by what programs call them."""
    return re.search(r"(?<![A-Za-z0-9])raw(?![A-Za-z0-9])", "/".join(Path(path).parts[-2:])) is not None


def _patterns(files: Sequence[str], samples: Collection[str]) -> tuple[str | None, str | None]:
    """Return the path with "{sample}" that stands for most files, and that of droplets; None where there is none."""
    counted = Counter(pattern for file in files if (pattern := _with_place(file, samples)))
    ranked = sorted(counted, key=lambda pattern: (-counted[pattern], "filtered" not in pattern, len(pattern), pattern))
    cells = next((pattern for pattern in ranked if not _is_raw(pattern)), None)
    raw = next((pattern for pattern in ranked if _is_raw(pattern)), None)
    same = cells is not None and raw is not None and counted[raw] == counted[cells]
    return cells, raw if same else None


def _with_place(path: str, samples: Collection[str]) -> str | None:
    """Return a path with "{sample}" where the name of a sample occurs as a whole, the longest first."""
    for sample in sorted(samples, key=len, reverse=True):
        place = rf"(?<![A-Za-z0-9]){re.escape(sample)}(?![A-Za-z0-9])"
        if re.search(place, path):
            return re.sub(place, SAMPLE, path)
    return None


def _read_headers(files: Sequence[str], findings: Findings) -> tuple[pd.DataFrame | None, str]:
    """Return what the first files say of their cells, with the sample that the path names, and the layer of counts."""
    tables, layer = [], "X"
    for part in find_parts(CellSource(tuple(files)))[:MOST_FILES]:
        with open_cells(part.path, "X", findings) as cells:
            if cells is None:
                return None, layer
            layer = layer if tables else _layer_of_counts(cells)
            tables.append(cells.obs.assign(**{SAMPLE: part.sample or ""}))
    return pd.concat(tables, join="inner"), layer


def _layer_of_counts(cells: Cells) -> str:
    """Return the first layer whose first values are counts; X where none has such."""
    # A file of 10x holds nothing else.
    if not cells.others or looks_counted(cells.matrix):
        return "X"
    return next((name for name, matrix in cells.others.items() if looks_counted(matrix)), "X")


def _are_cells(obs: pd.DataFrame, samples: Collection[str]) -> bool:
    """Whether the rows of files are cells and not the samples of the sheet."""
    if not samples:
        return len(obs) > MOST_SAMPLES
    return len(obs) > len(samples) and not set(obs.index.astype(str)) & set(samples)


def _sample_column(obs: pd.DataFrame, samples: Collection[str]) -> str | None:
    """Return the column whose values are most like the samples of the sheet; None where none is."""
    best, most = None, LEAST_SHARED
    for name in obs.columns.drop(SAMPLE):
        values = set(words_of(obs[name]).dropna())
        shared = len(values & set(samples)) / len(values | set(samples))
        if shared > most or (best is None and shared == most):
            best, most = str(name), shared
    return best


def _label_column(table: pd.DataFrame, sample: pd.Series) -> tuple[str | None, list[str]]:
    """Return the column with the states of cells, and what is to be said of it."""
    fit = {}
    for name in table.columns:
        words = words_of(table[name])
        within = words.groupby(sample.to_numpy()).nunique()
        if 2 <= words.nunique() <= MOST_LABELS and (within > 1).any() and not _marks_doublets(str(name), table[name]):
            fit[str(name)] = words
    for expression in LABELS:
        for name in (name for name in fit if re.search(expression, name, re.IGNORECASE)):
            levels = sorted(fit[name].dropna().unique())
            notes = [f"Labels of cells ({name}): {listed(levels, 30)}. Each is a state; to join some: "
                     "states: {LSC: [HSC, MPP], ...} under cells."]  # fmt: skip
            if expression == LABELS[-1]:
                notes.append(f"Warning: {name} are clusters; nothing says which cells they are.")
            return name, notes
    return None, ["No column was found that holds the types of cells: all cells of a sample are one sum."]


def _fusion_column(table: pd.DataFrame) -> str | None:
    """Return the column with calls of the fusion, by its values; of several one that is called so."""
    fit = []
    for name in table.columns:
        values = set(words_of(table[name]).dropna())
        if values - {UNKNOWN} and values <= set(CALLS):
            fit.append(str(name))
    return next((name for name in fit if re.search(OF_FUSION, name, re.IGNORECASE)), next(iter(fit), None))


def _marks_doublets(name: str, values: pd.Series) -> bool:
    """Whether a column says which cells are doublets; a score of them does not."""
    if not re.search(OF_DOUBLETS, name, re.IGNORECASE):
        return False
    return {word.lower() for word in words_of(values).dropna().unique()} <= DOUBLET_WORDS


def _read_labels(path: str, findings: Findings) -> pd.DataFrame | None:
    """Read a table of cells with all its columns."""
    text = read_delimited(path, findings, "barcode")
    table = None if text is None else parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if table is None:
        return None
    return table.astype(object).where(~table.isin(MISSING), None)
