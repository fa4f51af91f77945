"""What is asked: a model is a design with its contrasts, and statistics are the thresholds of every answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autocrine.problems import Findings, listed, shown


@dataclass(frozen=True)
class Contrast:
    """A question to one fit.

    Attributes
    ----------
    form
        "two_groups": the first group against the second. "trend": a step from group to group, in this order.
        "any_difference": whether any two of the groups differ. "difference": one contrast minus another.
        "per_unit": the effect of a measurement.
    groups
        The groups of the first three forms, each named by the same sheet columns (column -> value).
    difference
        Names of two other contrasts of the model.
    per_unit
        The column of the measurement.
    roles
        The comparisons of a claims file that this one stands for.
    """

    name: str
    title: str
    form: str
    groups: tuple[Mapping[str, str], ...] = ()
    difference: tuple[str, ...] = ()
    per_unit: str | None = None
    roles: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The sheet columns that name the groups, or the measurement."""
        named = dict.fromkeys(column for group in self.groups for column in group)
        return (self.per_unit,) if self.per_unit else tuple(named)

    @property
    def group_names(self) -> tuple[str, ...]:
        """The groups in words."""
        if self.per_unit:
            return f"higher {self.per_unit}", f"lower {self.per_unit}"
        return tuple(self.difference) or tuple(", ".join(group.values()) for group in self.groups)

    @property
    def sides(self) -> tuple[str, str]:
        """Where expression is higher for a positive effect, and where for a negative one, in words."""
        if self.form == "any_difference":
            return "the highest group", "the lowest group"
        names = self.group_names
        return (names[-1], names[0]) if self.form == "trend" else (names[0], names[1])


@dataclass(frozen=True)
class Model:
    """A design, fitted once to a selection of samples, and its contrasts.

    `groups` are columns made for the model (column -> group -> sheet column -> values); `incomplete_pairs` says what
    becomes of patients without a partner sample, `repeated_patients` of those with several in a group;
    `accept_confounded` names columns whose full overlap with the compared groups the user knows of; `unwanted_factors`
    is the number of factors that the fit holds beside the design, and `unwanted_from` what they are estimated from
    (`autocrine.samples.unwanted`); `cells` says which cells the samples are ("": as the sheet has it).
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
        cells=entry.get("cells", ""),
    )


def _conditions(entry: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Return column -> values to keep, from a value or a list of values each."""
    return {
        column: tuple(str(value) for value in (kept if isinstance(kept, list) else [kept]))
        for column, kept in entry.items()
    }


def make_contrast(name: str, entry: Mapping[str, Any]) -> Contrast:
    """Turn one entry of `contrasts` into a contrast."""

    def group(named: Any) -> dict[str, str]:
        named = named if isinstance(named, Mapping) else {entry["factor"]: named}
        return {column: str(value) for column, value in named.items()}

    if "per_unit" in entry:
        contrast = Contrast(name, f"change with {entry['per_unit']}", "per_unit", per_unit=entry["per_unit"])
    elif "difference" in entry:
        contrast = Contrast(name, "{} minus {}".format(*entry["difference"]), "difference")
        contrast = replace(contrast, difference=tuple(entry["difference"]))
    else:
        form = next((form for form in ("trend", "any_difference") if form in entry), "two_groups")
        asked = entry[form] if form in entry else [entry["tested"], entry["reference"]]
        contrast = Contrast(name, "", form, tuple(group(named) for named in asked))
        words = {
            "trend": " < ".join(contrast.group_names),
            "any_difference": f"any difference among {', '.join(contrast.group_names)}",
            "two_groups": " against ".join(contrast.group_names),
        }
        contrast = replace(contrast, title=words[form])
    role = entry.get("role", ())
    roles = (role,) if isinstance(role, str) else tuple(role)
    return replace(contrast, title=entry.get("title", contrast.title), roles=roles)


def check_contrast(contrast: Contrast, model: Model, findings: Findings) -> None:
    """Tell what makes no sense of a contrast, whatever the samples: groups compared with themselves and the like."""
    where = f"config, models.{model.name}.contrasts.{contrast.name}"
    for i, group in enumerate(contrast.groups):
        if group in contrast.groups[:i]:
            name = ", ".join(group.values())
            findings.problem(where, f'"{name}" is compared with itself', "different groups")
        if set(group) != set(contrast.groups[0]):
            findings.problem(
                where,
                f"{shown(contrast.groups[0])} and {shown(group)} are named by different columns",
                "the same columns for every group",
            )
    plain = [name for name, other in model.contrasts.items() if other.form in ("two_groups", "per_unit")]
    forms = {model.contrasts[name].form for name in contrast.difference if name in plain}
    if len(forms) > 1:
        said = f"{listed(contrast.difference)}: one compares groups, the other is per unit of a measurement"
        findings.problem(f"{where}.difference", said, "two comparisons of groups, or two per unit")
    for name in contrast.difference:
        if name not in plain:
            findings.problem(
                f"{where}.difference",
                f'"{name}" is no comparison of two groups, or per unit, of this model',
                f"two of: {listed(plain)}",
            )
