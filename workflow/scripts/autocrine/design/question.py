"""What is asked: a model is a design with its contrasts, and statistics are the thresholds of every answer."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

from autocrine.design.forms import FORMS
from autocrine.design.forms.contrast import Contrast, Words
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.design.formula import parse_formula
from autocrine.problems import Findings
from autocrine.spelling import text_of


@dataclass(frozen=True)
class Model:
    """A design, fitted once to a selection of samples, and its contrasts.

    `groups` are columns made for the model (column -> group -> sheet column -> values); `incomplete_pairs` says what
    becomes of patients without a partner sample, `repeated_patients` of those with several in a group;
    `accept_confounded` names columns whose full overlap with the compared groups the user knows of; `unwanted_factors`
    is the number of factors that the fit holds beside the design, and `unwanted_from` what they are estimated from
    (`autocrine.samples.unwanted`); `random` is the column whose values name samples that vary together ("": none);
    `cells` says which cells the samples are ("": as the sheet has it).
    """

    name: str
    title: str
    samples: Mapping[str, tuple[str, ...]]
    design: str
    contrasts: Mapping[str, Contrast]
    groups: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    incomplete_pairs: str = "keep"
    repeated_patients: str = "stop"
    accept_confounded: tuple[str, ...] = ()
    unwanted_factors: int = 0
    unwanted_from: str = "residuals"
    random: str = ""
    cells: str = ""


@dataclass(frozen=True)
class Statistics:
    """Thresholds and choices that every result states."""

    alpha: float
    equivalence_margin: float
    power: float
    low_count_filter: str = "none"
    calls: str = "deseq2"
    set_correlation: str = "estimated"
    margin_per: str = "sd"
    threshold_test: str = "greaterAbs2014"


def check_statistics(alpha: float, equivalence_margin: float, power: float, findings: Findings) -> Statistics:
    """Return thresholds that a caller gives; those that are none are reported."""
    given = {"alpha": alpha, "power": power, "equivalence_margin": equivalence_margin}
    numbers = {name: value if isinstance(value, Real) else math.nan for name, value in given.items()}
    for name, fits, right in (
        ("alpha", 0 < numbers["alpha"] < 1, "a number above 0 and below 1"),
        ("power", 0 < numbers["power"] < 1, "a number above alpha and below 1"),
        ("equivalence_margin", 0 < numbers["equivalence_margin"] < math.inf, "a finite number above 0"),
    ):
        if not fits:
            findings.problem(name, f"{given[name]!r}", right)
    if 0 < numbers["power"] <= numbers["alpha"] < 1:
        findings.problem("power", f"{power!r}, and alpha is {alpha!r}", "a number above alpha and below 1")
    return Statistics(alpha, equivalence_margin, power)


def make_model(name: str, entry: Mapping[str, Any]) -> Model:
    """Turn one filled entry of `models` into a model."""
    contrasts = {key: make_contrast(key, item) for key, item in entry["contrasts"].items()}
    return Model(
        name=name,
        title=entry.get("title", name),
        samples=_conditions(entry["samples"]),
        design=entry["design"].strip(),
        contrasts=contrasts,
        groups={
            column: {str(group): _conditions(asked) for group, asked in made.items()}
            for column, made in entry["groups"].items()
        },
        incomplete_pairs=entry["incomplete_pairs"],
        repeated_patients=entry["repeated_patients"],
        accept_confounded=tuple(entry["accept_confounded"]),
        unwanted_factors=entry["unwanted_factors"],
        unwanted_from=entry["unwanted_from"],
        random=entry["random"],
        cells=entry.get("cells", ""),
    )


def _conditions(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return column -> values to keep, from a value or a list of values each."""
    return {column: tuple(str(text_of(value)) for value in _each(kept)) for column, kept in entry.items()}


def _each(kept: Any) -> Iterable[Any]:
    return kept if isinstance(kept, Iterable) and not isinstance(kept, str) else [kept]


def form_of(entry: Mapping[str, Any]) -> type[Contrast]:
    """Return the form that an entry of `contrasts` asks in."""
    return FORMS[next((key for key in FORMS if key in entry), TwoGroups.form)]


def make_contrast(name: str, entry: Mapping[str, Any]) -> Contrast:
    """Turn one entry of `contrasts` into a contrast."""

    def group(named: Any) -> dict[str, str]:
        named = named if isinstance(named, Mapping) else {entry["factor"]: named}
        return {column: str(text_of(value)) for column, value in named.items()}

    form = form_of(entry)
    role = entry.get("role", ())
    roles = (role,) if isinstance(role, str) else tuple(role)
    contrast = form(name, roles=roles, **form.read(entry, group))
    return replace(contrast, title=entry.get("title", contrast.own_title))


def check_contrast(contrast: Contrast, model: Model, findings: Findings) -> None:
    """Tell what makes no sense of a contrast, whatever the samples: groups compared with themselves and the like."""
    contrast.check(model.contrasts, f"config, models.{model.name}.contrasts.{contrast.name}", findings)


def unit_of(contrast: Contrast, model: Model) -> str:
    """Return what an effect is per: a unit of a measurement, a step of a trend; empty between two groups."""
    return contrast.unit(parse_formula(model.design))


def words_of(contrast: Contrast, model: Model) -> Words:
    """Return the words for a contrast, with the names of its groups or of its measurement."""
    return contrast.words(unit_of(contrast, model))
