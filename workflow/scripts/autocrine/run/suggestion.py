"""A first configuration for counts and a sample sheet: the comparisons that the sheet allows, each one checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import shorten
from typing import Any

import pandas as pd
import yaml

from autocrine.design.examination import examine_design
from autocrine.design.formula import write_column
from autocrine.design.matrix import build_design
from autocrine.design.pairs import PATIENT, find_pairs
from autocrine.design.question import make_model
from autocrine.problems import Findings, listed

# Columns that say how and of whom a sample was taken; they may adjust a comparison and are rarely one.
NUISANCE = ("batch", "sex", "source", "tissue", "run", "lane", "plate", "date", "centre", "center", "site")
# Columns that divide samples into kinds, each of which is compared by itself.
KINDS = ("state", "compartment", "cell_type", "cell_line", "tissue", "arm")
# What is compared first, where the sheet has it.
ASKED = ("response", "exposure", "treatment", "timepoint", "time", "condition", "group", "genotype", "status", "stage")
# How people call the group that others are compared with.
REFERENCES = (
    "control", "ctrl", "ctl", "untreated", "untrt", "vehicle", "dmso", "mock", "normal", "healthy", "wt", "wild_type",
    "wildtype", "wild-type", "sensitive", "diagnosis", "baseline", "before", "pre", "none", "no", "0", "d0", "t0", "0h",
    "unexposed", "scramble", "sicontrol", "sictrl", "reference", "negative", "neg",
)  # fmt: skip
MOST_GROUPS, MOST_MODELS, MOST_SPLITS, FEWEST_FREEDOM = 6, 8, 3, 3
FEWEST_VALUES = 6
MOST_REASONS = 3
# `autocrine check` says the whole of a long note.
LONGEST_NOTE = 240
OPTIONS = {
    "samples": {}, "groups": {}, "incomplete_pairs": "keep", "repeated_patients": "stop", "accept_confounded": [],
    "unwanted_factors": 0, "unwanted_from": "residuals", "random": "",
}  # fmt: skip


@dataclass(frozen=True)
class Suggestion:
    """A model that can be fitted, as an entry of `models`, with what speaks against it."""

    name: str
    entry: Mapping[str, Any]
    cautions: tuple[str, ...] = field(default=())


def find_measurements(sheet: pd.DataFrame) -> list[str]:
    """Return the columns of a sheet of text that are numbers of many sizes, and so hardly groups."""
    measured = []
    for name in sheet.columns:
        if name.lower() in (*NUISANCE, PATIENT) or pd.api.types.is_float_dtype(sheet[name]):
            continue
        values = sheet[name].dropna()
        numbers = pd.to_numeric(values, errors="coerce")
        if len(values) and numbers.notna().all() and numbers.nunique() >= FEWEST_VALUES:
            measured.append(str(name))
    return measured


def suggest_models(sheet: pd.DataFrame) -> list[Suggestion]:
    """Suggest comparisons that the samples can answer.

    Parameters
    ----------
    sheet
        Samples x columns; float64 columns are measurements, all others groups.

    Returns
    -------
    Models whose designs are estimable and leave at least three residual degrees of freedom where that is possible:
    within patients where there are pairs, else with batch and sex where the samples can tell them from the comparison;
    one for each kind of cell where a patient has several.
    """
    found: list[Suggestion] = []
    for column in _candidates(sheet):
        found += _suggest_parts(sheet, column, {})
    found = found[:MOST_MODELS]
    names = _unlike(model.name for model in found)
    return [replace(model, name=name) for model, name in zip(found, names, strict=True)]


def write_configuration(
    name: str,
    cohort: Mapping[str, Any],
    models: Sequence[Suggestion],
    notes: Iterable[str] = (),
    columns: Iterable[str] = (),
) -> str:
    """Return a commented configuration as YAML.

    Parameters
    ----------
    name, cohort
        The cohort, as an entry of `cohorts`.
    models
        Suggested models; a commented example where there is none.
    notes
        What was seen while reading, as comments.
    columns
        The columns of the sheet, for the comments.
    """
    lines = ["# Suggested by `autocrine init`: read it, change what you mean otherwise, then `autocrine check` and"]
    lines += ["# `autocrine run`. Every key is described in config/README.md.", *(f"# {note}" for note in notes), ""]
    lines += ["cohorts:", f"  {_scalar(name)}:", *_entries(cohort, 4)]
    lines += [
        "    # title: The cohort in words",
        "    # exclude: {S7: RNA degraded}       # samples to leave out, with a reason",
    ]
    lines += ["", f"# The sheet has the columns: {', '.join(columns)}.", "models:"]
    for model in models:
        lines += [
            f"  {_scalar(model.name)}:",
            *(f"    # Note: {shorten(caution, LONGEST_NOTE, placeholder=' ...')}" for caution in model.cautions),
        ]
        lines += [line for line in _entries({k: v for k, v in model.entry.items() if k != "contrasts"}, 4)]
        lines += ["    contrasts:"]
        lines += [f"      {_scalar(key)}: {_flow(contrast)}" for key, contrast in model.entry["contrasts"].items()]
    if not models:
        lines += [
            "  # No comparison was found that these samples can answer. One looks like this:",
            "  my_model:",
        ]
        lines += ["    design: ~ COLUMN", "    contrasts:"]
        lines += ["      a_vs_b: {factor: COLUMN, tested: A, reference: B}"]
    lines += [
        "",
        "# What else a configuration may hold, with its defaults:",
        "# panel: my_panel.tsv                 # the genes that are asked about; the bundled BMP panel when left out",
        "# claims: [my_claims.yaml]            # what a paper says, to be judged; [] for none",
        "# gene_sets: [my_sets.gmt]            # [] for none",
        "# sensitivity: true                   # fits with one thing changed, which take most of the time",
        "# statistics: {alpha: 0.05, equivalence_margin: 1.0, power: 0.8}",
    ]
    return "\n".join(lines) + "\n"


def _groups(sheet: pd.DataFrame) -> list[str]:
    """Return the columns that divide the samples into a few groups of two or more, one of those that divide alike."""
    columns, seen = [], set()
    # What is asked stays rather than what goes with it: then it is said that the two cannot be distinguished.
    ordered = sorted(sheet.columns, key=lambda name: str(name).lower() in (*NUISANCE, *KINDS))
    for name in ordered:
        if pd.api.types.is_float_dtype(sheet[name]) or name == PATIENT:
            continue
        sizes = sheet[name].value_counts()
        places = tuple(pd.factorize(sheet[name])[0])
        if 2 <= len(sizes) <= MOST_GROUPS and (sizes >= 2).sum() >= 2 and places not in seen:
            columns.append(str(name))
            seen.add(places)
    return [str(name) for name in sheet.columns if str(name) in columns]


def _candidates(sheet: pd.DataFrame) -> list[str]:
    """Return the columns that may be compared, the likeliest first: by their name, then by a group called control."""
    columns = _groups(sheet)
    lower = {name: name.lower() for name in columns}
    free = [name for name in columns if lower[name] not in (*NUISANCE, *KINDS)]
    asked = [name for known in ASKED for name in free if lower[name] == known]
    referred = [name for name in free if name not in asked and any(map(_is_reference, sheet[name].dropna().unique()))]
    if asked or referred:
        return [*asked, *referred]
    worded = [name for name in free if not sheet[name].dropna().str.fullmatch(r"[\d.]+").all()]
    return worded or free or columns


def _suggest_parts(
    sheet: pd.DataFrame, column: str, samples: Mapping[str, str], against: list[str] | None = None
) -> list[Suggestion]:
    """Suggest a comparison for every kind of cell, and where patients have several samples of it, for each occasion.

    `against` receives why there is none.
    """
    selected = _selected(sheet, samples)
    others = [name for name in _groups(selected) if name not in samples and name != column]
    kinds = [name for name in others if name.lower() in KINDS]
    if not kinds:
        whole = _suggest(sheet, column, samples, against)
        if whole:
            return [whole]
        kinds = [name for name in others if name.lower() in ASKED]
    parts: list[Suggestion] = []
    if kinds and len(samples) < MOST_SPLITS:
        for level in selected[kinds[0]].dropna().unique():
            parts += _suggest_parts(sheet, column, {**samples, kinds[0]: str(level)}, against)
    elif kinds and against is not None:
        against.append(f"more than {MOST_SPLITS} columns divide the samples into kinds")
    return parts


def _selected(sheet: pd.DataFrame, samples: Mapping[str, str]) -> pd.DataFrame:
    for name, level in samples.items():
        sheet = sheet[sheet[name] == level]
    return sheet


def _suggest(
    sheet: pd.DataFrame, column: str, samples: Mapping[str, str], against: list[str] | None = None
) -> Suggestion | None:
    """Suggest one model that compares the groups of a column, with the best design that holds.

    `against` receives what stands against the simplest.
    """
    selected = _selected(sheet, samples)
    sizes = selected[column].value_counts()
    levels = sorted(sizes.index[sizes >= 2])
    if len(levels) < 2:
        if against is not None:
            among = f" among {listed(f'{name} {level}' for name, level in samples.items())}" if samples else ""
            against.append(f"no two groups have two samples or more{among}")
        return None
    reference = min(levels, key=lambda level: (_place(level), level))
    tested = [level for level in levels if level != reference]
    names = _unlike(_name(f"{level}_vs_{reference}", column) for level in tested)
    contrasts = {
        name: {"factor": column, "tested": level, "reference": reference}
        for name, level in zip(names, tested, strict=True)
    }
    kinds = dict.fromkeys([*samples.values(), column])
    name = _name("_".join(kinds), column)
    for freedom in (FEWEST_FREEDOM, 1):
        for terms in _designs(selected, column, levels):
            # Pairs are worth more than degrees of freedom.
            least = 1 if PATIENT in terms else freedom
            entry = {**({"samples": dict(samples)} if samples else {}), "design": _formula([*terms, column])}
            entry["contrasts"] = contrasts
            cautions = _examine(sheet, name, entry, least, None if terms else against)
            if cautions is not None:
                return Suggestion(name, entry, tuple(cautions))
    return None


def _formula(columns: Iterable[str]) -> str:
    return f"~ {' + '.join(map(write_column, columns))}"


def explain_none(sheet: pd.DataFrame) -> list[str]:
    """Say why `suggest_models` found no comparison: what stands against the likeliest column, or that there is none."""
    candidates = _candidates(sheet)
    if not candidates:
        return [f"no column divides the samples into 2 to {MOST_GROUPS} groups, two of them of two samples or more"]
    against: list[str] = []
    _suggest_parts(sheet, candidates[0], {}, against)
    return [f"{candidates[0]}: {text}" for text in dict.fromkeys(against)][:MOST_REASONS]


def _designs(selected: pd.DataFrame, column: str, levels: Sequence[str]) -> list[list[str]]:
    """Return the terms beside the comparison to try, the most careful first."""
    designs = []
    if PATIENT in selected.columns and column != PATIENT:
        groups = [list(selected.index[selected[column] == level]) for level in levels]
        if len(find_pairs(selected, PATIENT, groups, list(levels)).complete) > 1:
            designs.append([PATIENT])
    adjusting = [
        name
        for name in _groups(selected)
        if name != column and name.lower() not in KINDS and selected[name].notna().all()
    ]
    # Batches and the like before what may be of interest by itself.
    adjusting.sort(key=lambda name: name.lower() not in NUISANCE)
    designs += [adjusting[:end] for end in range(len(adjusting), 0, -1)]
    designs += [[name] for name in adjusting[1:]]
    return [*designs, []]


def _examine(
    sheet: pd.DataFrame, name: str, entry: Mapping[str, Any], freedom: int, against: list[str] | None
) -> list[str] | None:
    """Return what speaks against a model that can be fitted; None where it cannot, and `against` receives why."""
    findings = Findings()
    filled = {**OPTIONS, **entry}
    model = make_model(name, {**filled, "samples": dict(filled["samples"])})
    design = build_design(sheet, model, name, findings)
    enough = design is not None and design.matrix.shape[0] - design.matrix.shape[1] >= freedom
    cautions = examine_design(design, model, name, findings).cautions if design is not None and enough else ()
    if against is not None:
        against += [problem.found for problem in findings.problems]
    return [caution.text for caution in cautions] if enough and not findings.problems else None


def _is_reference(level: object) -> bool:
    return _place(str(level)) < len(REFERENCES)


def _place(level: str) -> int:
    """Return how likely a group is the one that others are compared with; less is likelier."""
    bare = str(level).strip().lower().replace(" ", "_")
    return REFERENCES.index(bare) if bare in REFERENCES else len(REFERENCES)


def _name(text: str, column: str) -> str:
    """Turn words into a name that the configuration allows for models and contrasts."""
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter in "_-") else "_" for letter in text)
    return plain if plain[:1].isalpha() else _name(f"{column}_{plain}" if column[:1].isalpha() else f"m_{plain}", "")


def _unlike(names: Iterable[str]) -> list[str]:
    """Return names that differ in more than case: letters of other alphabets are all written as "_"."""
    taken: list[str] = []
    for name in names:
        free, number = name, 1
        while free.lower() in [other.lower() for other in taken]:
            number += 1
            free = f"{name}_{number}"
        taken.append(free)
    return taken


def _scalar(value: Any) -> str:
    return (
        yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6).removesuffix("\n...\n").strip()
    )


def _flow(entry: Mapping[str, Any]) -> str:
    return yaml.safe_dump(entry, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6).strip()


def _entries(entry: Mapping[str, Any], indent: int) -> list[str]:
    blanks = " " * indent
    lines = []
    for key, value in entry.items():
        # So many keys are not read in one line.
        if key == "cells" and isinstance(value, Mapping):
            lines += [f"{blanks}{key}:", *_entries(value, indent + 2)]
        else:
            lines.append(f"{blanks}{key}: {_flow(value) if isinstance(value, Mapping) else _scalar(value)}")
    return lines
