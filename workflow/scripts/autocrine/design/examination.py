"""A design examined before the fit: what speaks against it, which samples it compares, what its terms cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.design.along import decided_by, examine_measurement, leading_samples
from autocrine.design.forms.contrast import Contrast, Vectors
from autocrine.design.matrix import Design
from autocrine.design.numbers_as_groups import numbers_as_groups
from autocrine.design.pairs import (
    PATIENT,
    compared_parts,
    find_pairs,
    loss_words,
    repeated_patients,
    repeated_samples,
    samples_by_value,
)
from autocrine.design.question import Model
from autocrine.design.term_costs import cost_of_terms
from autocrine.design.weaknesses import (
    PLAIN_NAMES,
    confounded,
    describe_small_groups,
    examine_contrast,
    repeated_caution,
    small_groups,
    tabulate_cells,
)
from autocrine.problems import Caution, Findings, listed

# A term that makes standard errors this many times larger is worth a word.
COSTLY = 2.0
FEWEST_DEGREES = 3


@dataclass(frozen=True)
class Examination:
    """What a reader should know of a design.

    Attributes
    ----------
    cautions
        None of them stops the run.
    samples
        A row per sample: sample, the columns of the design, patient and leukaemic fraction where the sheet has them,
        and for every contrast the group that the sample stands for in it ("" where it stands for none).
    cells
        The combinations of groups that occur in the design, each with its number of samples (and patients).
    costs
        A row per contrast and term of the design that the contrast does not ask about: contrast, term,
        estimable_without, se_ratio (standard error with the term over that without it, under equal variances).
    """

    cautions: tuple[Caution, ...]
    samples: pd.DataFrame
    cells: pd.DataFrame
    costs: pd.DataFrame


def examine_design(design: Design, model: Model, where: str, findings: Findings) -> Examination:
    """Examine a design that can be fitted.

    Parameters
    ----------
    design, model
        The design, and what was asked.
    where
        How messages name the model.
    findings
        Receives a problem where batch or tissue coincides with the compared groups, or decides the measurement, and the
        configuration does not accept that; and where samples of a patient would pass for different patients.

    Returns
    -------
    Cautions and tables.
    """
    cautions = [
        Caution("left_out", f"{sample} was left out: {reason}", samples=(str(sample),))
        for sample, reason in design.dropped.items()
    ]
    if (freedom := design.matrix.shape[0] - design.matrix.shape[1] - model.unwanted_factors) <= FEWEST_DEGREES:
        factors = f" with {model.unwanted_factors} unwanted factors" if model.unwanted_factors else ""
        degrees = f"{freedom} residual degree{'s' if freedom != 1 else ''} of freedom"
        text = (
            f'"{design.formula.text}"{factors} leaves {degrees}: '
            "how much samples vary is hardly measured, and results rest on what genes have in common"
        )
        cautions.append(Caution("few_degrees_of_freedom", text))
    if numbers := numbers_as_groups(design.selected, design.formula, model.contrasts):
        cautions.append(Caution("numbers_as_groups", numbers))
    contrasts_of: dict[Caution, list[str]] = {}
    costs, small = [], {}
    for name, contrast in model.contrasts.items():
        if name not in design.contrasts:
            # What is wrong with it was reported when the configuration was read.
            continue
        costs.append(_costs(design, name, design.contrasts[name]))
        found = _costly(costs[-1], contrast.measurement or "groups")
        if contrast.measurement:
            found += _along(design, model, contrast, where, findings)
        elif contrast.groups:
            if few := small_groups(design.groups[name], contrast.group_names):
                small[name] = few
            found += _compared(design, model, contrast, where, findings)
        # What is found of several contrasts is reported once.
        for caution in found:
            contrasts_of.setdefault(caution, []).append(name)
    if small:
        every = {group: samples for few in small.values() for group, samples in few.items()}
        samples = tuple(str(sample) for held in every.values() for sample in held)
        text = describe_small_groups(every)
        cautions.append(Caution("small_groups", text, contrasts=tuple(small), samples=samples))
    cautions += [replace(caution, contrasts=tuple(names)) for caution, names in contrasts_of.items()]
    return Examination(
        tuple(cautions),
        _samples(design, model),
        tabulate_cells(design.selected, design.formula.columns),
        pd.concat(costs, ignore_index=True) if costs else pd.DataFrame(),
    )


def _compared(design: Design, model: Model, contrast: Contrast, where: str, findings: Findings) -> list[Caution]:
    """Judge the groups of one contrast."""
    groups, names = design.groups[contrast.name], contrast.group_names
    columns = _behind(model, contrast.columns)
    found = examine_contrast(design.selected, design.formula.columns, columns, groups, names)
    if model.random == PATIENT:
        # The fit knows that samples of a patient are alike.
        found = [caution for caution in found if caution.kind not in ("ignored_pairs", "repeated_patients")]
    reasons = confounded(design.selected, columns, groups, names)
    found += _confounding(reasons, "groups that share a {}", model, f"{where}.contrasts.{contrast.name}", findings)
    found += _lone_levels(design, model, contrast)
    return found + _lone(design, groups, names) + _repeated(design, model, contrast, where, findings)


def _along(design: Design, model: Model, contrast: Contrast, where: str, findings: Findings) -> list[Caution]:
    """Judge the samples of a contrast along a measurement."""
    selected, held, column = design.selected, design.formula.columns, str(contrast.measurement)
    written = selected[column]
    values = np.log2(written) if design.formula.step_of(column) == "doubling" else written
    found = examine_measurement(selected, values, held, contrast.columns)
    ways = f"samples of one {{}} that differ in {column}"
    reasons = decided_by(selected, values, [*held, column])
    found += _confounding(reasons, ways, model, f"{where}.contrasts.{contrast.name}", findings)
    patients = selected[PATIENT] if PATIENT in held else None
    plain = {variable.transform for variable in design.formula.variables if variable.column == column} == {None}
    found += leading_samples(design.matrix, design.terms[column], column, patients, plain and bool((written > 0).all()))
    return found + _lone(design, *samples_by_value(written)) + _repeated(design, model, contrast, where, findings)


def _confounding(reasons: Mapping[str, str], way: str, model: Model, place: str, findings: Findings) -> list[Caution]:
    """Tell of columns that cannot be separated from what is compared; `way` is what would help, of a column."""
    found = []
    for column, reason in reasons.items():
        if column in model.accept_confounded:
            found.append(Caution("accepted_confounding", f"{reason} (accepted in the configuration)"))
        else:
            findings.problem(place, reason, f'{way.format(column)}, or "accept_confounded: [{column}]"')
    return found


def _lone_levels(design: Design, model: Model, contrast: Contrast) -> list[Caution]:
    """Tell of a group of one sample that no contrast names: often one that was misspelt."""
    found = []
    for column in contrast.columns:
        named = {group[column] for asked in model.contrasts.values() for group in asked.groups if column in group}
        if column in design.formula.columns and column != PATIENT:
            counts = design.selected[column].value_counts()
            lone = [str(level) for level in counts.index[counts == 1] if str(level) not in named]
            if lone and not is_float_dtype(design.selected[column]):
                held = listed(f'"{level}"' for level in lone)
                text = f"{column} {held} has one sample and no comparison: is it spelt right?"
                samples = design.selected.index[design.selected[column].astype(str).isin(lone)]
                found.append(Caution("lone_level", text, samples=tuple(map(str, samples))))
    return found


def _repeated(design: Design, model: Model, contrast: Contrast, where: str, findings: Findings) -> list[Caution]:
    """Judge patients with several samples in one group, or along a measurement: they are no further patients."""
    selected = design.selected
    if PATIENT not in selected.columns or PATIENT in contrast.columns or model.random == PATIENT:
        return []
    # Values of a curve are compared by all samples along it.
    along = next((column for column in contrast.columns if is_float_dtype(selected[column])), None)
    groups, names = compared_parts(selected, contrast, design.groups[contrast.name])
    pairs = find_pairs(selected, PATIENT, groups, names)
    within = PATIENT in design.formula.columns
    if within and len(pairs.complete) > 1:
        if not (repeated := repeated_patients(selected, groups, names)):
            return []
        where_held = f"at one {along}" if along else "in one group"
        text = f'a patient\'s samples {where_held} count as replicates: {listed(repeated)}; "sum_by" adds them up'
        return [Caution("counted_as_replicates", text, samples=repeated_samples(selected, groups))]
    if along:
        # Between patients a second sample is none of a further patient, whatever its value.
        groups, names = [list(selected.index)], [""]
    if not (repeated := repeated_patients(selected, groups, names)):
        return []
    if model.repeated_patients == "stop":
        ways = [
            f"one sample per patient{'' if along else ' and group'}",
            f'"sum_by: [{PATIENT}, ...]" in the cohort adds technical replicates up',
        ]
        ways += [f'"{PATIENT}" in the design compares within patients'] * (not within and len(pairs.complete) > 1)
        ways += [f'"random: {PATIENT}" in the model takes a patient\'s samples for alike'] * (not within)
        findings.problem(
            f"{where}.contrasts.{contrast.name}",
            f"repeated samples of a patient would pass for different patients: {listed(repeated)}",
            f'{"; ".join(ways)}; "repeated_patients: keep" in the model goes on, with p-values that are too small',
        )
    elif along:
        advice = f'"{PATIENT}" in the design, or ' * (not within and len(pairs.complete) > 1)
        return [repeated_caution(repeated, repeated_samples(selected, groups), f"{advice}one sample per patient")]
    return []


def _behind(model: Model, columns: tuple[str, ...]) -> list[str]:
    """Return the columns a contrast compares, with those of the sheet that a column made for the model rests on."""
    rests = [column for made in columns for asked in model.groups.get(made, {}).values() for column in asked]
    return list(dict.fromkeys([*columns, *rests]))


def _costs(design: Design, name: str, vectors: Vectors) -> pd.DataFrame:
    table = cost_of_terms(design.matrix, vectors.main, design.terms).rename_axis("term").reset_index()
    table.insert(0, "contrast", name)
    return table


def _costly(costs: pd.DataFrame, asked: str) -> list[Caution]:
    found = []
    for row in costs[costs["se_ratio"] >= COSTLY].itertuples():
        plain = PLAIN_NAMES.get(row.term, row.term)
        texts = {
            term: f"{asked} and {term} are hard to distinguish; with {term} in the design standard errors are "
            f"{row.se_ratio:.1f} times those without, and without it a difference of {term} would pass for an effect"
            for term in (row.term, plain)
        }
        found.append(Caution("costly_term", texts[row.term], plain="" if plain == row.term else texts[plain]))
    return found


def _lone(design: Design, groups: Sequence[Sequence[str]], names: Sequence[str]) -> list[Caution]:
    """Tell of patients who add nothing to a comparison within patients."""
    if PATIENT not in design.formula.columns:
        return []
    pairs = find_pairs(design.selected, PATIENT, groups, names)
    if not pairs.complete or not pairs.incomplete:
        return []
    text = (
        f'{loss_words(pairs)}. "incomplete_pairs" says what becomes of them (keep, drop or stop); a design '
        f'without "{PATIENT}" would use them, and compare between patients'
    )
    compared = design.selected.loc[list(dict.fromkeys(sample for group in groups for sample in group)), PATIENT]
    samples = compared.index[compared.isin(list(pairs.incomplete))]
    return [Caution("incomplete_pairs", text, samples=tuple(map(str, samples)))]


def _samples(design: Design, model: Model) -> pd.DataFrame:
    selected = design.selected
    shown = dict.fromkeys([*design.formula.columns, PATIENT, "leukemic_fraction"])
    table = selected[[column for column in shown if column in selected.columns]].copy()
    for name, contrast in model.contrasts.items():
        if contrast.groups:
            group_of = pd.Series("", index=selected.index)
            for words, samples in zip(contrast.group_names, design.groups[name], strict=True):
                group_of.loc[samples] = words
            table[f"in {name}"] = group_of
    return table.rename_axis("sample").reset_index()
