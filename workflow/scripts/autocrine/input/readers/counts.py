"""Raw counts as read, and the checks that they are counts."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from autocrine.input.readers.text import SPREADSHEET_ERRORS, duplicated
from autocrine.problems import Findings, listed

# What programs write where a gene has no name. As an alias, "NA" would even be resolved to a gene.
NO_NAMES = {"", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "-", "."}
# A release of Ensembl counts the changes of a gene behind its identifier.
_ENSEMBL_VERSION = re.compile(r"(?<=[0-9]{11})\.[0-9]+$")
# Of more samples than this it is asked whether they are cells before their matrix is unfolded in memory.
MANY_SAMPLES = 5000
# No sequencing run has more reads of a gene in a sample.
LARGEST = 1e9
# What distinguishes cells from samples: barcodes as names, or many columns of few reads in which most genes have none.
BARCODE = re.compile(r"^(?:[\w.:#-]+[_:#-])?[ACGT]{12,}(?:-\d+)?(?:[_-]\w+)?$")
FEWEST_CELLS, MOST_READS, LEAST_ZEROS = 30, 50_000, 0.8
# Totals of samples that differ by less than this share were made equal.
EQUAL_TOTALS, LEAST_TOTAL = 1e-3, 1e5
# Fewer rows may look like anything.
FEWEST_GENES = 50
# Fewer genes than this share of what other samples have is worth a word.
FEW_GENES = 0.1
_TOTALS = {"total", "totals", "grand total", "sum", "sums", "column sum", "column sums", "library size"}


def is_no_name(name: str) -> bool:
    """Whether the name of a row says that there is none: empty, unknown, or an error of a spreadsheet."""
    return name in NO_NAMES or name.upper() in SPREADSHEET_ERRORS


@dataclass(frozen=True)
class CountTable:
    """Counts and what was beside them.

    Attributes
    ----------
    values
        Genes x samples; index and columns as written in the file.
    annotation
        Genes x text columns beside the counts.
    dropped
        Row names that are no genes, each with the reason.
    merged
        Gene identifiers whose rows were summed, each with the number of rows.
    lengths
        Average lengths of the transcripts, like `values`, where the counts are estimates that have them.
    record
        What else is known of the reading: name -> table.
    left_out
        Samples that were to be left out and whose files were not read.
    sums_of_cells
        Whether the samples are known to be sums of cells, of which some have few counts.
    """

    values: pd.DataFrame
    annotation: pd.DataFrame
    dropped: dict[str, str] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)
    lengths: pd.DataFrame | None = None
    record: dict[str, pd.DataFrame] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    sums_of_cells: bool = False

    def of_samples(self, samples: Sequence[str]) -> "CountTable":
        """Return the table of some samples, in the order given; names that appear twice keep both columns."""
        values, lengths = self.values, self.lengths
        if list(values.columns) == list(samples):
            return self
        # One selection, since each is a copy of the matrix.
        unique = values.columns.is_unique
        values = values[list(samples)] if unique else values.loc[:, values.columns.isin(list(samples))]
        return replace(self, values=values, lengths=None if lengths is None else lengths[list(values.columns)])


def check_counts(table: CountTable, path: str, duplicate_genes: str, findings: Findings) -> CountTable | None:
    """Check that every value is a whole number of at least zero and that every gene appears once.

    Returns the table with int64 values, or None where there is a problem. `duplicate_genes` is "error" or "sum".
    """
    before = len(findings.problems)
    values = table.values
    if values.empty:
        findings.problem(path, f"no counts: {values.shape[0]} genes and {values.shape[1]} samples", "counts")
        return None
    check_names(values, path, findings)
    numbers = read_numbers(values, path, findings, "whole numbers from 0 up")
    if numbers is not None:
        _check_values(numbers, values, path, table.sums_of_cells, findings)
    table, versions = _without_versions(table)
    values = table.values
    twice = [name for name in duplicated([str(name) for name in values.index]) if not is_no_name(name)]
    if twice and duplicate_genes == "error":
        findings.problem(
            path,
            f"{len(twice)} gene identifier{'s appear' if len(twice) != 1 else ' appears'} in several rows: "
            f"{listed(twice)}{f' (in several versions: {listed(versions)})' if versions else ''}",
            'each gene once; or "duplicate_genes: sum" in the config to add their rows up',
        )
    if numbers is None or len(findings.problems) > before:
        return None
    whole = all(kind == np.int64 for kind in values.dtypes.unique())
    checked = values if whole else pd.DataFrame(numbers.astype(np.int64), index=values.index, columns=values.columns)
    if not twice:
        return replace(table, values=checked)
    if table.lengths is not None:
        findings.problem(
            path, "rows of one gene cannot be added up where the genes have transcript lengths", "each gene once"
        )
        return None
    rows = checked.index.value_counts()
    return replace(
        table,
        values=checked.groupby(level=0, sort=False).sum(),
        annotation=table.annotation[~table.annotation.index.duplicated()],
        merged={str(gene): int(rows[gene]) for gene in twice},
    )


def without_version(name: str) -> str:
    """Return an Ensembl identifier without its version; any other name as it is."""
    return _ENSEMBL_VERSION.sub("", name) if name.startswith("ENS") else name


def one_name_for_versions(names: Sequence[str]) -> list[str]:
    """Call all versions of one Ensembl identifier like the first of them."""
    first: dict[str, str] = {}
    return [first.setdefault(without_version(name), name) for name in names]


def _without_versions(table: CountTable) -> tuple[CountTable, list[str]]:
    """Give rows of one gene that differ in the version of its Ensembl identifier one name; return these names too."""
    written = [str(name) for name in table.values.index]
    named = one_name_for_versions(written)
    if named == written:
        return table, []
    values, annotation = (frame.set_axis(named, axis=0) for frame in (table.values, table.annotation))
    versions = dict.fromkeys(one for one, name in zip(named, written, strict=True) if one != name)
    return replace(table, values=values, annotation=annotation), list(versions)


def check_names(values: pd.DataFrame, path: str, findings: Findings) -> None:
    """Tell which rows have no name, and which samples appear twice."""
    nameless = [str(name) for name in values.index if is_no_name(str(name))]
    if nameless:
        findings.problem(
            path,
            f"{len(nameless)} row{'s' if len(nameless) != 1 else ''} without a gene name"
            + (f" ({listed(sorted(set(nameless) - {''}))})" if any(nameless) else ""),
            "an identifier of its own for each row",
        )
    samples = duplicated([str(name) for name in values.columns])
    if samples:
        findings.problem(path, f"samples appear twice: {listed(samples)}", "each sample once")


def are_cells(values: Any, names: Sequence[str], where: str, findings: Findings) -> bool:
    """Tell where many samples look like cells, before a matrix of cells is unfolded in memory; fewer are checked later.

    `values` are samples x genes, a sparse matrix whose structure is sound, or an array.
    """
    if len(names) <= MANY_SAMPLES or values is None or not np.issubdtype(values.dtype, np.number):
        return False
    totals = np.asarray(values.sum(axis=1), dtype=float).ravel()
    counted = values.count_nonzero() if hasattr(values, "toarray") else np.count_nonzero(values)
    zeros = 1 - counted / max(1, np.prod(values.shape))
    seen = _seen_of_cells([str(name) for name in names], totals, zeros)
    if not seen and zeros > LEAST_ZEROS:
        # Of plates every cell may have as many reads as a sample.
        seen = f"{zeros:.0%} of the counts of {len(names):,} samples are 0"
    if seen:
        _tell_cells(seen, where, findings)
    return bool(seen)


def _seen_of_cells(names: Sequence[str], totals: np.ndarray, zeros: float, sums_of_cells: bool = False) -> str:
    """Say by what samples look like cells: their names, or few reads each and most genes without any; else nothing."""
    barcodes = [name for name in names if BARCODE.match(name)]
    if len(names) >= FEWEST_CELLS and np.median(totals) < MOST_READS and zeros > LEAST_ZEROS and not sums_of_cells:
        return f"half of the {len(names)} samples have at most {np.median(totals):,.0f} reads, and most genes none"
    if len(barcodes) > len(names) / 2:
        return f"{len(barcodes)} of {len(names)} samples are called like barcodes ({listed(barcodes, 2)})"
    return ""


def _tell_cells(seen: str, where: str, findings: Findings) -> None:
    meant = "counts of cells summed per patient and kind of cell; cells of one patient are no replicates"
    findings.problem(where, f"these are cells, not samples: {seen}", meant)


def describe_values(values: np.ndarray, of_samples: bool = True) -> str:
    """Say in words what a matrix of numbers that are no raw counts looks like.

    `values` is any array of numbers, missing values as NaN. Of samples, not of cells, expression can be used as it is.
    """
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return "no numbers at all"
    top = float(finite.max())
    if (finite == np.rint(finite)).all():
        gaps = f", {values.size - finite.size} missing" if finite.size < values.size else ""
        return f"whole numbers from {finite.min():g} to {top:g}{gaps}"
    text = f"values up to {top:.3g} with decimals"
    advice = ' Of log2 expression say "measure: log_expression".' if of_samples else ""
    if finite.min() < 0:
        return f"{text} and below zero: log-scale, centred or scaled?{advice}"
    if top < 30:
        return f"{text}: log-scale?{advice}"
    if values.ndim == 2:
        sums = np.nansum(values, axis=0)
        if np.allclose(sums, 1e6, rtol=0.02):
            return f"{text}, each sample adding up to a million: CPM or TPM?"
        if sums.min() > 0 and sums.max() / sums.min() < 1.001:
            return f"{text}, each sample adding up to {sums.mean():.6g}: normalised?"
    return f"{text}: estimated or normalised counts?"


def read_numbers(
    values: pd.DataFrame, path: str, findings: Findings, meant: str, missing_allowed: bool = False
) -> np.ndarray | None:
    """Return the values as float64, or tell which cells are text or, unless that is allowed, missing.

    `meant` says what would be right. A matrix of int64 is returned as it is: the same numbers, and no copy.
    """
    if not missing_allowed and (values.dtypes == np.int64).all():
        return values.to_numpy()
    what = "values" if missing_allowed else "counts"
    logical = [str(name) for name, kind in values.dtypes.items() if pd.api.types.is_bool_dtype(kind)]
    if logical:
        findings.problem(path, f"TRUE and FALSE where {what} should be: sample {listed(logical)}", meant)
        return None
    plain = all(pd.api.types.is_numeric_dtype(kind) for kind in values.dtypes.unique())
    numbers = (values if plain else values.apply(pd.to_numeric, errors="coerce")).to_numpy(dtype=float)
    missing = values.isna().to_numpy()
    text = np.isnan(numbers) & ~missing
    if text.any():
        findings.problem(path, f"text where {what} should be: {first_cells(values, text)}", meant)
    if missing.any() and not missing_allowed:
        findings.problem(path, f"missing values: {first_cells(values, missing)}", "a count; 0 where no read was seen")
    return None if text.any() or (missing.any() and not missing_allowed) else numbers


def _check_values(
    numbers: np.ndarray, values: pd.DataFrame, path: str, sums_of_cells: bool, findings: Findings
) -> None:
    infinite = ~np.isfinite(numbers)
    if infinite.any():
        findings.problem(path, f"infinite values: {first_cells(values, infinite)}", "whole numbers from 0 up")
        return
    huge = numbers > LARGEST
    if huge.any():
        findings.problem(path, f"values beyond any sequencing run: {first_cells(values, huge)}", "counts of reads")
        return
    decimals = np.zeros(numbers.shape, dtype=bool)
    for place, column in enumerate(numbers.T):
        decimals[:, place] = column != np.rint(column)
    if decimals.any():
        findings.problem(
            path,
            f"{describe_values(numbers)} First: {first_cells(values, decimals)}",
            "raw counts, whole numbers from 0 up; nothing is rounded or un-logged silently. For estimates of salmon or "
            'RSEM name their own files, or the matrix of their lengths under "lengths" in the config',
        )
    negative = numbers < 0
    if negative.any():
        findings.problem(path, f"negative values: {first_cells(values, negative)}", "whole numbers from 0 up")
    if not decimals.any() and not negative.any():
        empty = [str(name) for name, total in zip(values.columns, numbers.sum(axis=0), strict=True) if total == 0]
        _check_kind(numbers, values, path, sums_of_cells, findings)
        if empty:
            findings.problem(path, f"no read at all in sample {listed(empty)}", "at least one count per sample")
        elif numbers.shape[1] > 1 and (np.ptp(numbers, axis=1) > 0).sum() < 2:
            findings.problem(path, "fewer than two genes differ between the samples", "a matrix of many genes")


def _check_kind(numbers: np.ndarray, values: pd.DataFrame, path: str, sums_of_cells: bool, findings: Findings) -> None:
    """Tell of whole numbers that are no raw counts of samples: cells, normalised or copied columns, a row of totals."""
    names, totals = [str(name) for name in values.columns], numbers.sum(axis=0)
    if seen := _seen_of_cells(names, totals, float((numbers == 0).mean()), sums_of_cells):
        _tell_cells(seen, path, findings)
        return
    enough = len(numbers) >= FEWEST_GENES
    alike = same_columns(numbers, names) if enough else []
    if alike:
        findings.problem(path, f"samples with identical counts: {listed(alike)}", "each sample once, under one name")
    # By columns, since twice the matrix is a matrix more in memory.
    rows = numbers.sum(axis=1)
    several = enough and len(names) > 2
    summed = np.array([several and (2 * column == rows).all() for column in numbers.T], dtype=bool)
    if summed.any():
        seen = f"the counts of {listed(np.array(names)[summed])} are the sum of others in every gene"
        findings.problem(path, seen, "columns of samples only")
    total = numbers.any(axis=1) & enough
    for column, sum_of_column in zip(numbers.T, totals, strict=True):
        total &= 2 * column == sum_of_column
    called = np.array([str(name).lower().replace("_", " ") in _TOTALS for name in values.index], dtype=bool)
    sums = [str(name) for name in values.index[total | called]]
    if sums:
        findings.problem(path, f"a row of totals among the genes: {listed(sums)}", "rows of genes only")
    elif enough and len(names) > 2 and totals.mean() >= LEAST_TOTAL and np.ptp(totals) < EQUAL_TOTALS * totals.mean():
        seen = f"all samples add up to {totals.mean():,.0f}: rounded CPM or TPM, or counts made equal"
        findings.problem(path, seen, "raw counts, as the counting program wrote them")
    elif len(numbers) >= 1000 and numbers.max() <= 30 and (numbers > 0).mean() > 0.3:
        seen = f"no value of {len(numbers):,} genes is above {numbers.max():g}: rounded logarithms?"
        findings.problem(path, seen, "raw counts, as the counting program wrote them")
    detected = (numbers > 0).sum(axis=0)
    poor = (detected < FEW_GENES * np.median(detected)) & enough
    if poor.any():
        words = listed(f"{name} ({count:,})" for name, count in zip(np.array(names)[poor], detected[poor], strict=True))
        text = f"few genes have any read in {words}; the others have {np.median(detected):,.0f}"
        findings.warn("poor_samples", text, path, np.array(names)[poor])


def same_columns(numbers: np.ndarray, names: list[str]) -> list[str]:
    """Name the samples (columns) whose values are the same in every gene (row)."""
    groups: dict[bytes, list[str]] = {}
    for name, column in zip(names, numbers.T, strict=True):
        groups.setdefault(hashlib.sha256(column.tobytes()).digest(), []).append(name)
    return [" = ".join(held) for held in groups.values() if len(held) > 1]


def first_cells(values: pd.DataFrame, wrong: np.ndarray, most: int = 3) -> str:
    """Describe the first cells of `values` (genes x samples) marked in `wrong`, as 'gene X, sample Y: "1.5"'."""
    rows, columns = np.nonzero(wrong)
    cells = [
        f'gene {values.index[r]}, sample {values.columns[c]}: "{values.iat[r, c]}"'
        for r, c in zip(rows[:most], columns[:most], strict=True)
    ]
    return "; ".join(cells) + (f" and {len(rows) - most} more" if len(rows) > most else "")
