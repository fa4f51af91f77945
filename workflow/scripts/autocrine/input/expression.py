"""Expression on a log scale as its authors published it, and the checks that it is that."""

from dataclasses import replace

import numpy as np
import pandas as pd

from autocrine.input.readers.counts import CountTable, check_names, first_cells, read_numbers, same_columns
from autocrine.problems import Findings, listed

# Log2 of any array or of counts per million stays below; values above are on the scale of the measurement.
LARGEST = 30.0
# Of a sample's values this share of whole numbers makes counts of them.
MOST_WHOLE = 0.99
# Medians of samples that differ by more, log2, were not made comparable.
MOST_SHIFT = 1.0
# Medians of genes are as often below zero as above, and hardly differ, where each gene was centred.
CENTRED, ONE = 0.05, 0.05
FEWEST_GENES = 50


def check_expression(table: CountTable, where: str, findings: Findings) -> CountTable | None:
    """Check that a matrix (genes x samples) is expression on a log2 scale, and take it as it is.

    Parameters
    ----------
    table
        Values as read.
    where
        How messages name it.
    findings
        Receives a problem for text, infinite values, counts, values that are on no log scale or were scaled gene by
        gene; a note of rows with missing values, which are left out; a warning where samples were not made comparable
        or genes were centred.

    Returns
    -------
    The table with values as float64 and without rows that lack values; None where there is a problem.
    """
    before = len(findings.problems)
    if table.values.empty:
        genes, samples = table.values.shape
        findings.problem(where, f"no values: {genes} genes and {samples} samples", "log2 expression")
        return None
    check_names(table.values, where, findings)
    numbers = read_numbers(table.values, where, findings, "log2 expression", missing_allowed=True)
    if numbers is None or len(findings.problems) > before:
        return None
    if np.isinf(numbers).any():
        cells = first_cells(table.values, np.isinf(numbers))
        findings.problem(where, f"infinite values: {cells}", "log2 expression; log2(x + 1) has no infinite values")
        return None
    lacking = np.isnan(numbers).any(axis=1)
    if lacking.mean() > 0.5:
        found = f"{lacking.sum():,} of {len(lacking):,} rows lack values in some samples"
        findings.problem(where, found, "a matrix that is complete for most genes")
        return None
    values, names = numbers[~lacking], table.values.columns
    _check_scale(values, names, where, findings)
    if len(findings.problems) > before:
        return None
    dropped = dict.fromkeys(map(str, table.values.index[lacking]), "values are missing in some samples")
    if dropped:
        findings.note(f"{where}: {len(dropped):,} rows lack values in some samples and were left out")
    return replace(
        table,
        values=pd.DataFrame(values, table.values.index[~lacking], names),
        annotation=table.annotation[~lacking],
        dropped={**table.dropped, **dropped},
    )


def _check_scale(values: np.ndarray, samples: pd.Index, where: str, findings: Findings) -> None:
    top, whole = values.max(), (values == np.rint(values)).mean()
    if whole > MOST_WHOLE and top > LARGEST and values.min() >= 0:
        findings.problem(where, f"whole numbers from {values.min():g} to {top:g}: counts?", '"measure: counts"')
        return
    if whole > MOST_WHOLE and len(values) >= FEWEST_GENES:
        findings.problem(where, f"whole numbers from {values.min():g} to {top:g}", "log2 expression, not rounded")
        return
    if len(values) >= FEWEST_GENES:
        if alike := same_columns(values, list(map(str, samples))):
            findings.problem(
                where, f"samples with identical values: {listed(alike)}", "each sample once, under one name"
            )
        if (flat := np.ptp(values, axis=0) == 0).any():
            found = f"every gene has one value in {listed(map(str, samples[flat]))}"
            findings.problem(where, found, "samples that were measured")
        if alike or flat.any():
            return
    if top > LARGEST:
        found = f"values up to {top:,.6g}, which no log2 of expression reaches"
        findings.problem(where, found, "log2 of these values; log2(x + 1) where some are zero")
        return
    if len(values) < FEWEST_GENES or len(samples) < 3:
        return
    spread = values.std(axis=1, ddof=1)
    varies = spread > 0
    if varies.any() and np.median(np.abs(spread[varies] - 1)) < ONE and abs(np.median(values)) < 0.2:
        findings.problem(
            where,
            "every gene has a standard deviation of about 1: z-scores, in which all genes change alike",
            "log2 expression before it was scaled",
        )
        return
    if abs(np.median(np.median(values, axis=1))) < CENTRED and (values < 0).mean() > 0.3:
        findings.warn(
            "centred_expression",
            "the values of every gene lie about zero: effects are right, but how high a gene is expressed is not known",
            where,
        )
    medians = np.median(values, axis=0)
    if (shift := np.ptp(medians)) > MOST_SHIFT:
        far = samples[np.abs(medians - np.median(medians)) > MOST_SHIFT / 2]
        findings.warn(
            "uneven_samples",
            f"medians of samples differ by {shift:.1f} (log2), most in {listed(map(str, far))}: were the samples made "
            "comparable? Values are taken as they are",
            where,
            tuple(map(str, far)),
        )
