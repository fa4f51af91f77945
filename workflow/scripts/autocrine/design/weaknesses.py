"""What makes a comparison weak or misleading although it can be computed.

Sheets are samples x columns: float columns are measurements, all others groups, and values may be missing. A column or
sample that is asked for and is not there raises KeyError. Nothing given is changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.design.pairs import PATIENT, find_pairs, repeated_patients, repeated_samples
from autocrine.problems import Caution, listed, short_number

# Columns that say how and of whom a sample was taken; the first are never of interest unless they are compared.
TECHNICAL = ("batch", "tissue", "compartment", "state", "chemistry")
NUISANCE = (*TECHNICAL, "source", "sex")
FRACTION = "leukemic_fraction"
# How many cells a sum of cells has, and from which ratio of the largest to the smallest on it is reported.
CELLS, UNEVEN_CELLS = "cells", 5.0
# What became of the cells of a sample is what is asked about, and nothing to compare at the same value of.
RESULTS = ("viable_cells",)
# What a reader who does not know the sheet calls a column.
PLAIN_NAMES = {FRACTION: "leukaemic fraction"}

FEWEST_SAMPLES = 3
UNEVEN_SHARE = 0.5
UNEVEN_MEANS = 1.0
# Means of two samples are that far apart by chance too often.
UNEVEN_PAIRS = 3.0
_ROUNDING = 1e-9
Names = Sequence[str]
Groups = Sequence[Names]


def examine_contrast(
    selected: pd.DataFrame,
    design_columns: Names,
    contrast_columns: Names,
    groups: Groups,
    names: Names,
) -> list[Caution]:
    """Say what makes one contrast weak or misleading and what can be done about it.

    Parameters
    ----------
    selected
        Samples x columns, all samples of the model. Samples without a value are left out and counted in the words.
    design_columns
        The columns that the design holds.
    contrast_columns
        The columns that the contrast itself compares; they are not judged.
    groups
        The samples of each group of the contrast, two groups or more, the tested one first.
    names
        A word for each group.

    Returns
    -------
    What was found, without the name of the contrast. Batches and tissues that fully coincide with the groups are not
    among them: see `confounded`.
    """
    warnings: list[Caution] = []
    for column in selected.columns:
        if (
            column in RESULTS
            or column in contrast_columns
            or is_adjusted(selected, column, design_columns, contrast_columns)
        ):
            continue
        if column == PATIENT:
            warnings += _ignored_patients(selected, groups, names)
        elif is_float_dtype(selected[column]):
            warnings += _uneven_means(selected[column], groups, names)
            warnings += few_cells(selected[column], groups) if column == CELLS else []
        elif column in NUISANCE:
            warnings += _uneven_levels(selected[column], groups, names)
    return warnings


def small_groups(groups: Groups, names: Names) -> dict[str, list[str]]:
    """Return name -> samples of the groups of a contrast that hardly show how much their samples vary."""
    return {name: list(group) for group, name in zip(groups, names, strict=True) if len(group) < FEWEST_SAMPLES}


def describe_small_groups(small: Mapping[str, Sequence[str]]) -> str:
    """Say in a sentence which groups are small, however many they are."""
    held = [f"{name} ({listed(samples)})" for name, samples in small.items()]
    (first, samples), *more = small.items()
    words = f"{first} has only {counted(len(samples), 'sample')} ({listed(samples)})"
    if more:
        words = f"{len(held)} groups have fewer than {FEWEST_SAMPLES} samples: {listed(held)}"
    return (
        f"{words}, which hardly shows how much such samples vary; {FEWEST_SAMPLES} or more make a result that can be "
        "relied on"
    )


def confounded(selected: pd.DataFrame, contrast_columns: Names, groups: Groups, names: Names) -> dict[str, str]:
    """Find the technical columns that fully coincide with the groups of a contrast, whatever the design holds.

    It does where a group shares none of its levels with another group, unless each sample has a level of its own.

    Parameters
    ----------
    selected, contrast_columns, groups, names
        As in `examine_contrast`.

    Returns
    -------
    Column -> words that say which group holds which levels.
    """
    reasons = {}
    for column in TECHNICAL:
        if column in selected.columns and column not in contrast_columns and not is_float_dtype(selected[column]):
            levels = _spread(selected[column], groups)
            if levels.alone:
                reasons[column] = _coincidence_words(column, levels, names)
    return reasons


def tabulate_cells(selected: pd.DataFrame, columns: Names) -> pd.DataFrame:
    """Count the samples of each combination of levels that occurs.

    Parameters
    ----------
    selected
        Samples x columns.
    columns
        The columns to combine. Measurements and the patient are left out.

    Returns
    -------
    One row per combination, sorted: its levels (NaN where missing), "samples", and "patients" if the sheet names them.
    """
    keys = [column for column in dict.fromkeys(columns) if column != PATIENT and not is_float_dtype(selected[column])]
    # Without a column all samples are one combination. The counts get names of their own: a sheet may hold "samples".
    levels = selected[keys].astype(object) if keys else pd.DataFrame({"all": "all"}, index=selected.index)
    counted = [selected[PATIENT]] if PATIENT in selected.columns else []
    cells = levels.groupby(list(levels.columns), dropna=False)
    numbers = [cells.size(), *(part.groupby(cells.ngroup()).nunique().set_axis(cells.size().index) for part in counted)]
    table = pd.concat(numbers, axis=1).set_axis(["samples", "patients"][: len(numbers)], axis=1)
    for place, key in enumerate(keys):
        table.insert(place, key, table.index.get_level_values(place), allow_duplicates=True)
    return table.reset_index(drop=True)


@dataclass(frozen=True)
class _Levels:
    """How one column's levels are spread over the groups.

    `counts`: levels x groups; `linked`: the groups that shared levels join, directly or in steps; `missing`: how many
    samples have no value.
    """

    counts: pd.DataFrame
    linked: list[set[int]]
    missing: int

    @property
    def repeated(self) -> pd.Series:
        """Whether a level holds two samples or more: one that holds a single sample is but its name."""
        return self.counts.sum(axis=1) > 1

    @property
    def alone(self) -> list[int]:
        """The groups that cannot be distinguished from their levels, because no other group has any of these."""
        counts = len(self.linked) > 1 and self.repeated.any()
        return [min(block) for block in self.linked if len(block) == 1] if counts else []


def _spread(values: pd.Series, groups: Groups) -> _Levels:
    parts = [values.loc[list(group)].astype(object).dropna() for group in groups]
    levels = sorted(set().union(*parts), key=str)
    counts = pd.DataFrame({i: [int((part == level).sum()) for level in levels] for i, part in enumerate(parts)}, levels)
    linked: list[set[int]] = []
    for row in counts.to_numpy():
        held = set(np.flatnonzero(row).tolist())
        linked = [block for block in linked if not block & held] + [held.union(*(b for b in linked if b & held))]
    return _Levels(counts, sorted(linked, key=min), _missing(values, groups))


def _missing(values: pd.Series, groups: Groups) -> int:
    return int(values.loc[list(dict.fromkeys(sample for group in groups for sample in group))].isna().sum())


def is_adjusted(selected: pd.DataFrame, column: str, design_columns: Names, contrast_columns: Names) -> bool:
    """Whether the design holds a column, or a grouping that decides it as the patient decides the sex."""
    held = [other for other in design_columns if other in selected.columns and other not in contrast_columns]
    keys = [selected[other].astype(object) for other in held if not is_float_dtype(selected[other])]
    decided = (selected[column].groupby(key, dropna=False).nunique() <= 1 for key in keys)
    return column in design_columns or any(one.all() for one in decided)


def _uneven_levels(values: pd.Series, groups: Groups, names: Names) -> list[Caution]:
    """Tell of groups that are made up differently of a column's levels."""
    column, levels = str(values.name), _spread(values, groups)
    if levels.alone:
        found = Caution("coincident_column", _coincidence_words(column, levels, names))
        return [] if column in TECHNICAL else [found]
    totals = levels.counts.sum()
    known = [i for i in totals.index if totals[i]]
    shares = levels.counts.loc[levels.repeated, known] / totals[known]
    apart = (shares.max(axis=1) - shares.min(axis=1)).sort_values(ascending=False, kind="stable")
    if not len(known) > 1 or not (apart >= UNEVEN_SHARE - _ROUNDING).any():
        return []
    held = "; ".join(
        f"{level} holds " + joined(f"{levels.counts.at[level, i]} of {totals[i]} {names[i]}" for i in known)
        for level in apart.index[:3]
    )
    meaning, advice = "a difference between its levels would pass for an effect", f'add "{column}" to the design'
    if len(levels.linked) > 1:
        blocks = joined(f"({', '.join(names[i] for i in sorted(block))})" for block in levels.linked)
        meaning = f"no level is shared between {blocks}, and no design corrects that; compare changes within these only"
        advice = ""
    text = f"{column} is uneven and not in the design: {held}{ignored_words(column, levels.missing)}: {meaning}"
    return [Caution("uneven_levels", text, advice=advice)]


def _coincidence_words(column: str, levels: _Levels, names: Names) -> str:
    held = [
        f"{name} has {column} "
        + listed((f"{level} ({count})" for level, count in levels.counts[i].items() if count), 4)
        for i, name in enumerate(names)
        if levels.counts[i].any()
    ]
    alone = joined(names[i] for i in levels.alone)
    shared = f"no {column} is shared" if len(names) == 2 else f"no other group shares a {column} with {alone}"
    missing = ignored_words(column, levels.missing)
    return (
        f"{column} coincides with the groups: {'; '.join(held)}{missing}: {shared}, so every "
        f"difference may just as well be one of {column}, and no design can separate them; "
        f"compare samples that share a {column}"
    )


def _uneven_means(values: pd.Series, groups: Groups, names: Names) -> list[Caution]:
    """Tell of a measurement whose means lie a standard deviation or more apart; of several groups, the two furthest.

    Where a group has two samples they must be three standard deviations apart, since two differ by chance.
    """
    column = str(values.name)
    parts = [values.loc[list(group)].dropna().to_numpy(dtype=float) for group in groups]
    pairs = combinations([i for i, part in enumerate(parts) if len(part) > 1], 2)
    least = {(i, j): UNEVEN_PAIRS if min(len(parts[i]), len(parts[j])) == 2 else UNEVEN_MEANS for i, j in pairs}
    apart = {(i, j): _standardised(parts[i], parts[j]) for i, j in least}
    distances = {pair: distance for pair, distance in apart.items() if distance >= least[pair] - _ROUNDING}
    if not distances:
        return []
    distance = max(distances.values())
    first, second = max(distances, key=distances.__getitem__)
    means = joined(f"{short_number(parts[i].mean())} in {names[i]} ({len(parts[i])} samples)" for i in (first, second))
    size = f"{distance:.1f}" if distance < 100 else "over 100"
    ends = (parts[first], parts[second], names[first], names[second])
    composition = _composition_words(*ends) if column == FRACTION and len(groups) == 2 else ""
    missing, plain = _missing(values, groups), PLAIN_NAMES.get(column, column)
    texts = {
        name: f"{name} differs and is not in the design: its mean is {means}, {size} standard deviations apart"
        f"{ignored_words(name, missing)}{composition}"
        for name in (column, plain)
    }
    advice = f'add "{column}" to the design to compare at the same {column}'
    return [Caution("uneven_means", texts[column], advice=advice, plain="" if plain == column else texts[plain])]


def few_cells(values: pd.Series, groups: Groups) -> list[Caution]:
    """Tell of sums of cells of which one has a fraction of the cells of another: it varies more than the others."""
    held = values.loc[[sample for group in groups for sample in group]].dropna()
    if held.empty or held.max() < UNEVEN_CELLS * held.min():
        return []
    few, many = held.idxmin(), held.idxmax()
    text = (
        f"sums rest on very different numbers of cells, from {held.min():.0f} in {few} to {held.max():.0f} in {many}: "
        "those of few cells vary more than the model assumes"
    )
    advice = 'look at the changed fit "every sample thinned to the fewest cells"'
    return [Caution("uneven_cells", text, samples=(str(few), str(many)), advice=advice)]


def _standardised(first: np.ndarray, second: np.ndarray) -> float:
    """Return the distance of two means in standard deviations within the groups."""
    distance = abs(first.mean() - second.mean())
    within = np.sqrt((first.var(ddof=1) + second.var(ddof=1)) / 2)
    rounding = _ROUNDING * max(np.abs(first).max(), np.abs(second).max())
    if within > rounding:
        return distance / within
    return float("inf") if distance > rounding else 0.0


def _composition_words(tested: np.ndarray, reference: np.ndarray, tested_name: str, reference_name: str) -> str:
    """Say what the fractions of two groups alone do to a gene of leukaemic cells; at most one group has none of them.

    By how much is computed by `autocrine.samples.composition`, which knows the whole design.
    """
    if not tested.any() or not reference.any():
        without = reference_name if tested.any() else tested_name
        return (
            f"; {without} has no leukaemic cells, so composition alone would leave a gene of leukaemic cells silent "
            f"there"
        )
    higher = tested_name if tested.mean() > reference.mean() else reference_name
    return f"; composition alone would make genes of leukaemic cells higher in {higher}"


def _ignored_patients(selected: pd.DataFrame, groups: Groups, names: Names) -> list[Caution]:
    """Tell of patients with several samples, which a design without patients takes for as many patients."""
    pairs = find_pairs(selected, PATIENT, groups, names)
    ignored = ignored_words(PATIENT, _missing(selected[PATIENT], groups))
    warnings = []
    if len(pairs.complete) > 1:
        groups_held = "both groups" if len(groups) == 2 else "at least two of the groups"
        others = len(pairs.incomplete)
        rest = f" ({counted(others, 'patient')} in one group only would add nothing to that)" if others else ""
        text = (
            f"{len(pairs.complete)} patients have samples in {groups_held}{ignored}, and the design ignores that; "
            f'"{PATIENT}" in the design would compare within patients{rest}'
        )
        warnings.append(Caution("ignored_pairs", text))
    repeated = repeated_patients(selected, groups, names)
    if repeated:
        # Where each patient is in one group only, patients in the design would take up the whole comparison.
        advice = f'"{PATIENT}" in the design, or ' if pairs.complete else ""
        samples, remedy = repeated_samples(selected, groups), f"{advice}one sample per patient and group"
        warnings.append(repeated_caution(repeated, samples, remedy, ignored))
    return warnings


def repeated_caution(repeated: Names, samples: tuple[str, ...], remedy: str, ignored: str = "") -> Caution:
    """Say that repeated samples of patients, as `repeated_patients` names them, count as those of different ones."""
    text = (
        f"the design takes repeated samples of a patient for different patients: {listed(repeated)}{ignored}, so "
        f"p-values come out too small; {remedy} would correct that"
    )
    return Caution("repeated_patients", text, samples=samples)


def ignored_words(column: str, missing: int) -> str:
    """Say how many samples lack a value; "" where none does."""
    return f" ({counted(missing, 'sample')} without {column} left out)" if missing else ""


def counted(count: int, noun: str) -> str:
    """Write a number with its noun: "1 sample", "2 samples"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def joined(parts: Iterable[str]) -> str:
    """Write parts as prose: "a, b and c"."""
    *most, last = list(parts)
    return f"{', '.join(most)} and {last}" if most else last
