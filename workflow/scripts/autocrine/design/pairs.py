"""Pairs: which patients can be compared with themselves, and what becomes of those who cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from autocrine.design.forms.contrast import Contrast
from autocrine.design.formula import Formula
from autocrine.design.question import Model
from autocrine.problems import Findings, listed
from autocrine.spelling import text_of

PATIENT = "patient"


@dataclass(frozen=True)
class Pairs:
    """The patients of one contrast.

    Attributes
    ----------
    complete
        Patients with samples in at least two of its groups.
    incomplete
        Patient -> what there is of them, in words, e.g. "only tumour (T7)".
    """

    complete: tuple[str, ...]
    incomplete: Mapping[str, str]


def samples_by_value(values: pd.Series) -> tuple[list[list[str]], list[str]]:
    """Return the samples of each value of a measurement, and a name for each value: "days 30"."""
    held = [(str(text_of(value)), list(part.index)) for value, part in values.groupby(values)]
    return [samples for _, samples in held], [f"{values.name} {value}" for value, _ in held]


def compared_parts(
    selected: pd.DataFrame, contrast: Contrast, groups: Sequence[Sequence[str]]
) -> tuple[Sequence[Sequence[str]], Sequence[str]]:
    """Return the samples that a contrast compares, and a name for each part: its groups, or values of a measurement."""
    return samples_by_value(selected[contrast.measurement]) if contrast.measurement else (groups, contrast.group_names)


def find_pairs(selected: pd.DataFrame, block: str, groups: Sequence[Sequence[str]], names: Sequence[str]) -> Pairs:
    """Find which patients a contrast can compare with themselves.

    Parameters
    ----------
    selected
        Samples x columns.
    block
        The column that names the patient. Samples without a value belong to no patient.
    groups
        The samples of each group of the contrast, two groups or more.
    names
        A word for each group.

    Returns
    -------
    The patients in the order of the sheet. A sample that is in two groups makes no pair with itself.
    """
    members = members_of(selected, block, groups)
    complete, incomplete = [], {}
    for patient in selected[block].dropna().unique():
        held = {i: samples[patient] for i, samples in enumerate(members) if patient in samples}
        samples = list(dict.fromkeys(sample for part in held.values() for sample in part))
        if len(held) > 1 and len(samples) > 1:
            complete.append(patient)
        elif held:
            noun = "sample" if len(samples) == 1 else "samples"
            incomplete[patient] = f"only {' and '.join(names[i] for i in held)} ({noun} {listed(samples)})"
    return Pairs(tuple(complete), incomplete)


def members_of(selected: pd.DataFrame, block: str, groups: Sequence[Sequence[str]]) -> list[dict[str, list[str]]]:
    """Return for each group its patients with their samples there."""
    parts = [selected.loc[list(group), block].astype(object).dropna() for group in groups]
    return [{patient: list(one.index) for patient, one in part.groupby(part, sort=False)} for part in parts]


def repeated_patients(selected: pd.DataFrame, groups: Sequence[Sequence[str]], names: Sequence[str]) -> list[str]:
    """Name the patients with several samples in one group of a contrast: "P1 3 times in resistant (S1, S2, S3)".

    A group without a name is not named.
    """
    if PATIENT not in selected.columns:
        return []
    return [
        f"{patient} {len(samples)} times{f' in {names[i]}' if names[i] else ''} ({listed(samples)})"
        for i, held in enumerate(members_of(selected, PATIENT, groups))
        for patient, samples in held.items()
        if len(samples) > 1
    ]


def repeated_samples(selected: pd.DataFrame, groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the samples of the patients that `repeated_patients` names."""
    parts = members_of(selected, PATIENT, groups)
    held = [samples for part in parts for samples in part.values() if len(samples) > 1]
    return tuple(dict.fromkeys(str(sample) for samples in held for sample in samples))


def loss_words(pairs: Pairs) -> str:
    """Say which patients add nothing to a comparison within patients; "" where every patient adds to it."""
    total = len(pairs.complete) + len(pairs.incomplete)
    who = listed(f"{patient} has {words}" for patient, words in pairs.incomplete.items())
    words = f"no comparison within patients for {len(pairs.incomplete)} of {total} patients: {who}"
    return words if pairs.incomplete else ""


def drop_incomplete(
    selected: pd.DataFrame,
    formula: Formula,
    model: Model,
    groups: Mapping[str, tuple[list[str], ...]],
    where: str,
    findings: Findings,
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Leave out, or refuse, patients without a partner sample, where the configuration says so.

    Parameters
    ----------
    selected
        The samples of the model.
    formula, model
        Its design and choices; nothing is done unless the design holds `PATIENT`.
    groups
        Samples of each group of each sound contrast.
    where
        How messages name the model.
    findings
        Receives a problem that names the patients where `incomplete_pairs` is "stop".

    Returns
    -------
    The samples that are kept, and sample -> reason of those that are not. A patient who is complete in one of the
    contrasts is kept.
    """
    if PATIENT not in formula.columns or model.incomplete_pairs == "keep":
        return selected, {}
    within = [
        find_pairs(selected, PATIENT, *compared_parts(selected, contrast, groups[name]))
        for name, contrast in model.contrasts.items()
        if (contrast.groups or contrast.measurement) and name in groups
    ]
    complete = {patient for pairs in within for patient in pairs.complete}
    lone = {
        patient: words for pairs in within for patient, words in pairs.incomplete.items() if patient not in complete
    }
    if not lone or not complete:
        return selected, {}
    text = listed(f"{patient}: {words}" for patient, words in lone.items())
    if model.incomplete_pairs == "stop":
        findings.problem(
            f"{where}.incomplete_pairs",
            f"{len(lone)} patient{'s have' if len(lone) > 1 else ' has'} no sample to be compared with: {text}",
            'their samples, or "keep" or "drop" instead of "stop"',
        )
        return selected, {}
    gone = selected.index[selected[PATIENT].isin(list(lone))]
    reasons = {
        sample: f"no partner sample: {selected.at[sample, PATIENT]} has {lone[selected.at[sample, PATIENT]]}"
        for sample in gone
    }
    return selected.drop(index=gone), reasons
