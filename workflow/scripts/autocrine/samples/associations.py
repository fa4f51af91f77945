"""What the columns of a sample sheet explain of scores of the samples: components, factors."""

import numpy as np
import pandas as pd
from scipy import special


def associate(scores: pd.DataFrame, sheet: pd.DataFrame) -> pd.DataFrame:
    """Test each column of scores (samples x scores) against each column of a sheet.

    Groups by one-way analysis of variance, measurements by linear regression; `r_squared` is the share of the
    score's variance that the column explains. Columns with one value, or with a value of its own for each sample,
    are left out.

    Returns
    -------
    One row per score and column: score, column, samples, r_squared, p_value.
    """
    rows = []
    for column in sheet.columns:
        given = sheet[column].notna() & (sheet[column].astype(str) != "")
        values = sheet.loc[given, column]
        numeric = pd.api.types.is_float_dtype(values)
        distinct = values.nunique()
        if distinct < 2 or (not numeric and distinct >= len(values)):
            continue
        for name, held in scores.loc[values.index].items():
            r_squared, p_value = _explained(held.to_numpy(), values, numeric)
            rows.append((name, column, len(values), r_squared, p_value))
    return pd.DataFrame(rows, columns=["score", "column", "samples", "r_squared", "p_value"])


def _explained(scores: np.ndarray, values: pd.Series, numeric: bool) -> tuple[float, float]:
    """Return the share of the scores' variance that the values explain, and the p-value of the F test."""
    total = ((scores - scores.mean()) ** 2).sum()
    if total == 0:
        return float("nan"), float("nan")
    if numeric:
        # As scipy.stats.linregress, which takes a second to import.
        r_squared, between = float(np.corrcoef(values.to_numpy(dtype=float), scores)[0, 1] ** 2), 1
    else:
        groups = [scores[(values == level).to_numpy()] for level in values.unique()]
        within = sum(((group - group.mean()) ** 2).sum() for group in groups)
        # Where the groups' means are alike, rounding may leave less than nothing between them.
        r_squared, between = float(max(1 - within / total, 0.0)), len(groups) - 1
    residual = len(scores) - between - 1
    if residual == 0:
        return r_squared, float("nan")
    f = np.inf if r_squared >= 1 else r_squared / between / ((1 - r_squared) / residual)
    return r_squared, float(special.fdtrc(between, residual, f))
