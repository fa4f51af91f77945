"""Blocks: samples of a patient that vary together, described by a correlation instead of by terms of the design."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.design.formula import Formula
from autocrine.problems import Findings, listed

# With fewer blocks of two samples or more the correlation is hardly known.
FEWEST_BLOCKS = 3


def check_blocks(selected: pd.DataFrame, formula: Formula, column: str, where: str, findings: Findings) -> None:
    """Tell where a column cannot say which samples vary together.

    Parameters
    ----------
    selected
        The samples of the fit x columns.
    formula
        The design.
    column
        The column that `random` names.
    where
        How messages name the model.
    findings
        Receives an unknown column, a measurement, missing values, a column of the design, and too few blocks of two
        samples or more.
    """
    place, meant = f"{where}.random", "a column that names the patient of every sample"
    if column not in selected.columns:
        findings.problem(place, f'the sample sheet has no column "{column}"', f"one of: {listed(selected.columns)}")
    elif is_float_dtype(selected[column]):
        findings.problem(place, f'"{column}" is a measurement', meant)
    elif (lacking := selected[column].isna() | (selected[column] == "")).any():
        found = f'"{column}" is missing for {listed(selected.index[lacking])}'
        findings.problem(place, found, "a value for every sample; a name of its own for a sample that is alone")
    elif column in formula.columns:
        found = f'"{column}" is in the design "{formula.text}" too'
        findings.problem(place, found, "either; in the design it compares within patients alone")
    else:
        sizes = selected[column].value_counts()
        several = int((sizes > 1).sum())
        if several < FEWEST_BLOCKS:
            noun = "value" if several == 1 else "values"
            found = f'{several} {noun} of "{column}" ({len(sizes)} in all) have two samples or more'
            right = f"{FEWEST_BLOCKS} or more, to measure how alike they are; without repeated samples leave random out"
            findings.problem(place, found, right)


def whitening(blocks: Sequence[str], correlation: float) -> np.ndarray:
    """Return the matrix (samples x samples) that makes samples of equal variance and correlated blocks independent.

    Its square is the inverse of the matrix of correlations: 1 of a sample with itself, and that of two of a block.
    """
    labels = np.asarray(blocks, dtype=object)
    alike = (labels[:, None] == labels[None, :]).astype(float)
    size = alike.sum(axis=1)
    shrunken = 1 - np.sqrt((1 - correlation) / (1 + (size - 1) * correlation))
    return (np.eye(len(labels)) - alike * (shrunken / size)[:, None]) / np.sqrt(1 - correlation)
