"""What makes a change along a measurement weak or misleading although it can be computed.

Sheets are samples x columns, as in `autocrine.design.weaknesses`. The values of the measurement are as the design holds
them (of log2(dose) the logarithms), one per sample and none missing.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.design.pairs import PATIENT
from autocrine.design.weaknesses import (
    CELLS,
    NUISANCE,
    PLAIN_NAMES,
    RESULTS,
    TECHNICAL,
    UNEVEN_MEANS,
    UNEVEN_SHARE,
    counted,
    few_cells,
    ignored_words,
    is_adjusted,
    joined,
)
from autocrine.problems import Caution, listed, short_number

# From this part of the variance on a column decides a measurement: with both in a design, standard errors of the slope
# are 1 / sqrt(1 - 0.99) = 10 times those without the column.
DECIDED = 0.99
# The limits of uneven groups as parts of the variance: of two groups of one size, means d standard deviations apart
# make d^2 / (d^2 + 4) (Cohen 1988, Statistical Power Analysis, 2.2), and shares that differ by s make s^2.
UNEVEN_MEASUREMENT = UNEVEN_MEANS**2 / (UNEVEN_MEANS**2 + 4)
UNEVEN_COLUMN = UNEVEN_SHARE**2
# A leverage above this is to be avoided (Huber 1981, Robust Statistics, 7.2): one sample weighs more than all others.
LEADING = 0.5
# The outermost samples of a curve always have much leverage. With this part of what it can have at most, a direction of
# the curve is that of one sample: without it its variance is 1 / (1 - 0.98) = 50 times as large.
LEADING_CURVE = 0.98
FEWEST_VALUES = 6
_ROUNDING = 1e-9


def decided_by(selected: pd.DataFrame, values: pd.Series, left_out: Sequence[str]) -> dict[str, str]:
    """Find the technical columns that decide a measurement: batches of one value each.

    Parameters
    ----------
    selected
        Samples x columns, all samples of the model.
    values
        The measurement; its name is that of its column.
    left_out
        Columns that are not judged: those of the design (a slope is then one within their levels, or cannot be
        estimated) and the measurement.

    Returns
    -------
    Column -> words that say which level has which values.
    """
    reasons = {}
    for column in TECHNICAL:
        held = column in selected.columns and column not in left_out
        if held and not is_float_dtype(selected[column]) and _explained(values, selected[column]) >= DECIDED:
            reasons[column] = _decided_words(selected, values, column)
    return reasons


def examine_measurement(
    selected: pd.DataFrame, values: pd.Series, design_columns: Sequence[str], contrast_columns: Sequence[str]
) -> list[Caution]:
    """Say which columns go with a measurement and are not in the design.

    Parameters
    ----------
    selected, values
        As in `decided_by`.
    design_columns
        The columns that the design holds.
    contrast_columns
        The measurement; it is not judged.

    Returns
    -------
    What was found, without the name of the contrast. Batches and the like that decide the measurement are not among
    them: see `decided_by`.
    """
    found = []
    for column in selected.columns:
        if column == PATIENT or column in RESULTS or column in contrast_columns:
            continue
        if is_adjusted(selected, column, design_columns, contrast_columns):
            continue
        if is_float_dtype(selected[column]):
            found += _correlated(values, selected[column])
            found += few_cells(selected[column], [list(selected.index)]) if column == CELLS else []
        elif column in NUISANCE:
            found += _uneven(selected, values, column)
    return found


def leading_samples(
    matrix: pd.DataFrame, places: Sequence[int], measurement: str, patients: pd.Series | None, skewed: bool
) -> list[Caution]:
    """Tell where one sample decides a slope, or one direction of a curve.

    Parameters
    ----------
    matrix
        Samples x coefficients.
    places
        The columns of the measurement in it.
    measurement
        Its name.
    patients
        The patient of each sample, where the design compares within patients: of two samples both have the same part.
    skewed
        Whether the advice may be to take logarithms.

    Notes
    -----
    The part of a sample is its leverage on the columns of the measurement after the rest of the design is taken out of
    them. Of one column r this is r_i^2 / sum(r^2), its part of the sum of squares that the slope rests on. Of a curve
    it is taken as a part of the most that it can be, which is 1 less its leverage on the rest.
    """
    held = matrix.to_numpy(dtype=float)
    rest, own = np.delete(held, places, axis=1), held[:, list(places)]
    own = own / np.linalg.norm(own, axis=0)
    left = own - rest @ np.linalg.lstsq(rest, own, rcond=1e-10)[0] if rest.shape[1] else own
    directions, sizes, _ = np.linalg.svd(left, full_matrices=False)
    directions = directions[:, sizes > _ROUNDING]
    if not directions.shape[1]:
        return []
    curve = directions.shape[1] > 1
    parts = pd.Series((directions**2).sum(axis=1), index=matrix.index)
    # Parts of several directions would add up in a patient: of a curve they are given by sample.
    whole = patients if patients is not None and not curve else pd.Series(matrix.index, index=matrix.index)
    noun = "sample" if whole is not patients else PATIENT
    if curve and rest.shape[1]:
        basis, lengths, _ = np.linalg.svd(rest / np.linalg.norm(rest, axis=0), full_matrices=False)
        room = 1 - (basis[:, lengths > _ROUNDING] ** 2).sum(axis=1)
        # A sample with a column of its own has no room, and no part.
        parts = parts / np.where(room > _ROUNDING, room, 1.0)
    shares = parts.groupby(whole, sort=False).sum()
    first, most = shares.idxmax(), float(shares.max())
    if most <= (LEADING_CURVE if curve else LEADING):
        return []
    if curve:
        more = f"without it, its variance is more than {1 / (1 - LEADING_CURVE):.0f} times as large"
        what = f"one direction of the curve along {measurement} rests on {noun} {first} ({more})"
    else:
        what = f"the slope along {measurement} rests on {noun} {first}, with {most:.0%} of the sum of squares"
    text = f"{what}: whatever else is unlike there would pass for an effect of {measurement}"
    advice = f"compare with a fit without this {noun}{f', or take log2({measurement})' if skewed else ''}"
    samples = tuple(map(str, whole.index[whole == first]))
    return [Caution("leading_sample", text, samples=samples, advice=advice)]


def _explained(values: pd.Series, levels: pd.Series) -> float:
    """Return the adjusted R^2 of a measurement on a column; 0 where the column is no grouping of the samples."""
    known = levels.notna()
    held, of = values[known], levels[known].astype(object)
    freedom = len(held) - of.nunique()
    if of.nunique() < 2 or freedom < 1 or not _varies(held):
        return 0.0
    within = float(((held - held.groupby(of).transform("mean")) ** 2).sum())
    return 1 - (within / freedom) / float(held.var(ddof=1))


def _decided_words(selected: pd.DataFrame, values: pd.Series, column: str) -> str:
    name, levels = str(values.name), selected[column].astype(object)
    spread = selected[name].groupby(levels).agg(["min", "max", "size"]).sort_values("min", kind="stable")
    reach = [
        short_number(low, 4) if low == high else f"{short_number(low, 4)} to {short_number(high, 4)}"
        for low, high in spread[["min", "max"]].to_numpy()
    ]
    held = listed(
        (
            f"{column} {level} has {name} {values} ({size})"
            for level, values, size in zip(spread.index, reach, spread["size"], strict=True)
        ),
        4,
    )
    missing = ignored_words(column, int(levels.isna().sum()))
    return (
        f"{column} decides {name}: {held}{missing}: every change with {name} may just as well be a difference of "
        f"{column}, and no design can separate them"
    )


def _uneven(selected: pd.DataFrame, values: pd.Series, column: str) -> list[Caution]:
    """Tell of a column whose levels have different means of the measurement."""
    part, name = _explained(values, selected[column]), str(values.name)
    if part >= DECIDED:
        found = Caution("coincident_column", _decided_words(selected, values, column))
        return [] if column in TECHNICAL else [found]
    if part < UNEVEN_COLUMN - _ROUNDING:
        return []
    levels = selected[column].astype(object)
    means = selected[name].groupby(levels).agg(["mean", "size"]).sort_values("mean", kind="stable")
    held = joined(f"{short_number(row['mean'])} in {level} ({row['size']:.0f})" for level, row in means.iterrows())
    text = (
        f"{column} is uneven along {name} and not in the design: the mean of {name} is {held}"
        f"{ignored_words(column, int(levels.isna().sum()))}: a difference between its levels would pass for an effect"
    )
    return [Caution("uneven_levels", text, advice=f'add "{column}" to the design')]


def _correlated(values: pd.Series, other: pd.Series) -> list[Caution]:
    """Tell of another measurement that rises or falls with the one that is asked about."""
    known = other.dropna()
    asked = values.loc[known.index]
    if len(known) < FEWEST_VALUES or not _varies(known) or not _varies(asked):
        return []
    correlation, column = float(np.corrcoef(asked, known)[0, 1]), str(other.name)
    if correlation**2 < UNEVEN_MEASUREMENT - _ROUNDING:
        return []
    plain = PLAIN_NAMES.get(column, column)
    texts = {
        name: f"{name} {'rises' if correlation > 0 else 'falls'} with {values.name} and is not in the design: their "
        f"correlation over {counted(len(known), 'sample')} is {correlation:.2f}"
        for name in (column, plain)
    }
    advice = f'add "{column}" to the design to compare at the same {column}'
    return [Caution("uneven_means", texts[column], advice=advice, plain="" if plain == column else texts[plain])]


def _varies(values: pd.Series) -> bool:
    """Whether values differ by more than rounding."""
    return bool(values.std(ddof=1) > _ROUNDING * values.abs().max())
