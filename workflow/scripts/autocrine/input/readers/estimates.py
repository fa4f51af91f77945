"""Estimated counts with the average lengths of their transcripts: rounded, and said."""

from dataclasses import replace

import numpy as np
import pandas as pd

from autocrine.input.readers.counts import CountTable, first_cells
from autocrine.problems import Findings, listed


def round_estimates(table: CountTable, path: str, findings: Findings) -> CountTable | None:
    """Round estimated counts to whole numbers, as R's DESeqDataSetFromTximport does, and say what it changes.

    Parameters
    ----------
    table
        Estimates, with lengths.
    path
        Where they are.
    findings
        Receives estimates and lengths that cannot be such, and the note that counts were rounded.

    Returns
    -------
    The table with whole numbers and `record["rounding"]`: per sample the sums before and after. None where there is a
    problem.
    """
    before = len(findings.problems)
    values = table.values.apply(pd.to_numeric, errors="coerce")
    lengths = table.lengths.apply(pd.to_numeric, errors="coerce")
    numbers, sizes = values.to_numpy(dtype=float), lengths.to_numpy(dtype=float)
    wrong = ~np.isfinite(numbers) | (numbers < 0)
    if wrong.any():
        findings.problem(path, f"no estimates of counts: {first_cells(table.values, wrong)}", "numbers from 0 up")
    wrong = ~np.isfinite(sizes) | (sizes <= 0)
    if wrong.any():
        findings.problem(path, f"no lengths: {first_cells(table.lengths, wrong)}", "an average length above 0")
    if len(findings.problems) > before:
        return None
    rounded = np.rint(numbers)
    sums = pd.DataFrame(
        {"sample": [str(name) for name in values.columns], "estimated": numbers.sum(0), "rounded": rounded.sum(0)}
    )
    change = (sums["rounded"] - sums["estimated"]).abs()
    most = int(change.argmax())
    findings.note(
        f"{path}: estimated counts were rounded to whole numbers, as the model needs them; the sum of a sample changes "
        f"by {change[most]:.1f} of {sums['estimated'][most]:,.0f} reads at the most ({sums['sample'][most]}). Their "
        "average transcript lengths enter the normalisation"
    )
    counts = pd.DataFrame(rounded.astype(np.int64), index=values.index, columns=values.columns)
    return replace(table, values=counts, lengths=lengths.astype(float), record={**table.record, "rounding": sums})


def join_lengths(
    counts: CountTable, lengths: CountTable, path: str, where: str, findings: Findings
) -> CountTable | None:
    """Give a table of estimated counts the lengths of another table, which must have the same genes and samples.

    `where` is the path of the lengths, `path` that of the counts.
    """
    for what, ours, theirs in (
        ("genes", counts.values.index, lengths.values.index),
        ("samples", counts.values.columns, lengths.values.columns),
    ):
        if not ours.is_unique or not theirs.is_unique:
            findings.problem(f"{path} and {where}", f"{what} appear twice", f"each of the {what} once")
            return None
        missing = ours.difference(theirs, sort=False)
        if len(missing):
            findings.problem(where, f"{what} of {path} are missing: {listed(missing)}", f"the same {what} in both")
            return None
    return replace(counts, lengths=lengths.values.loc[counts.values.index, counts.values.columns])
