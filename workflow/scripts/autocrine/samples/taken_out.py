"""A column of the sheet taken out of the values of samples, for the eye only: no test rests on what is left."""

import numpy as np
import pandas as pd

from autocrine.problems import Findings, listed


def take_out(values: np.ndarray, column: pd.Series) -> np.ndarray:
    """Take the differences that a column explains out of values, by least squares.

    Parameters
    ----------
    values
        Samples x genes, on a log scale.
    column
        Of the same samples: groups, or a measurement (float64), without missing values.

    Returns
    -------
    Values of the same shape. Of groups the mean of each becomes the mean of all groups' means; of a measurement its
    slope is removed. As R limma's removeBatchEffect without a design.
    """
    if pd.api.types.is_float_dtype(column):
        centred = column.to_numpy() - column.mean()
        return values - np.outer(centred, centred @ values / (centred @ centred))
    levels, groups = np.unique(column.to_numpy(dtype=str), return_inverse=True)
    means = np.array([values[groups == number].mean(axis=0) for number in range(len(levels))])
    return values - means[groups] + means.mean(axis=0)


def check_taken_out(name: str, column: str | None, sheet: pd.DataFrame, findings: Findings) -> None:
    """Tell where the column that a cohort is to be shown without cannot be taken out."""
    where = f"config, cohorts.{name}.show_without"
    if column is None:
        return
    if column not in sheet.columns:
        findings.problem(where, f'the sample sheet has no column "{column}"', f"one of: {listed(sheet.columns)}")
    elif sheet[column].isna().any():
        lacking = listed(sheet.index[sheet[column].isna()])
        findings.problem(where, f'"{column}" is missing for {lacking}', "a value for each sample")
    elif sheet[column].nunique() < 2:
        findings.problem(where, f'"{column}" is the same in all samples', "a column with two values or more")
