"""The configuration: a checked dictionary becomes typed, frozen settings with every default filled in."""

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autocrine.problems import Findings, listed
from autocrine.schema import Validator, shown, tell_schema_error, with_defaults
from autocrine.source import Download, Source, make_download, make_source


@dataclass(frozen=True)
class Cohort:
    """Counts with their sample sheet.

    `source` says where the counts stand; it has no paths while they are at the address of `download` only.
    `size_factor_method` is "auto", "ratio" or "poscounts"; `size_factor_genes` "all", "reference_genes", or how the
    names of the genes begin that size factors rest on. `show_without` is a column that further pictures take out.
    """

    name: str
    title: str
    source: Source
    download: Download | None
    samples: str | None
    simulated: bool
    models: tuple[str, ...]
    numeric: tuple[str, ...]
    exclude: Mapping[str, str]
    gene_ids: str
    duplicate_genes: str
    size_factor_method: str
    size_factor_genes: str
    evidence: str = "state"
    show_without: str | None = None
    species: str = "human"
    sum_by: tuple[str, ...] = ()

    @property
    def data_origin(self) -> str:
        """The word that every output of this cohort carries."""
        return "SIMULATED" if self.simulated else "measured"


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
    (`autocrine.unwanted`); `cells` says which cells the samples are ("": as the sheet has it).
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


@dataclass(frozen=True)
class Settings:
    """Everything the configuration decides."""

    cohorts: Mapping[str, Cohort]
    models: Mapping[str, Model]
    panel: str | None
    claims: tuple[str, ...] | None
    gene_sets: tuple[str, ...] | None
    engine: str
    sensitivity: bool
    statistics: Statistics
    accept_changed: tuple[str, ...]

    def fits(self) -> Iterator[tuple[Cohort, Model]]:
        """Yield each cohort with each model that is fitted on it."""
        for cohort in self.cohorts.values():
            for name in cohort.models:
                yield cohort, self.models[name]


def read_settings(config: Mapping[str, Any], schema: Mapping[str, Any], findings: Findings) -> Settings | None:
    """Check a configuration against its schema and turn it into settings.

    Parameters
    ----------
    config
        The configuration as read from YAML.
    schema
        JSON Schema (draft 2020-12) with the defaults.
    findings
        Receives every problem, each naming the key, what was found and what would be right.

    Returns
    -------
    The settings of all that is sound, so that its files can still be checked; None where nothing is.
    """
    if not isinstance(config, Mapping):
        findings.problem(
            "config", "this is no configuration: it has no keys", "cohorts and models, see config/README.md"
        )
        return None
    validator = Validator(schema)
    for error in sorted(validator.iter_errors(config), key=lambda e: [str(p) for p in e.path]):
        tell_schema_error(error, "config", findings)
    filled = with_defaults(_sound_part(config, validator), schema)
    if not filled.get("cohorts") or not filled.get("models"):
        return None
    models = {name: make_model(name, entry) for name, entry in filled["models"].items()}
    cohorts = {name: make_cohort(name, entry, list(models)) for name, entry in filled["cohorts"].items()}
    for kind, named in (("cohorts", cohorts), ("models", models)):
        _check_cases(f"config, {kind}", named, findings)
    for cohort in cohorts.values():
        for name in cohort.models:
            if name not in config["models"]:
                findings.problem(
                    f"config, cohorts.{cohort.name}.models",
                    f'there is no model "{name}"',
                    f"one of: {listed(config['models'])}",
                )
        if cohort.samples is None and not _has_obs(cohort):
            findings.problem(
                f"config, cohorts.{cohort.name}",
                'the key "samples" is missing',
                "the path of the sample sheet (only .h5ad files can do without one)",
            )
    for model in models.values():
        _check_cases(f"config, models.{model.name}.contrasts", model.contrasts, findings)
        for contrast in model.contrasts.values():
            _check_contrast(contrast, model, findings)
    known = {
        name: replace(cohort, models=tuple(model for model in cohort.models if model in models))
        for name, cohort in cohorts.items()
    }
    return Settings(
        cohorts=known,
        models=models,
        panel=filled.get("panel"),
        claims=None if filled.get("claims") is None else tuple(filled["claims"]),
        gene_sets=None if filled.get("gene_sets") is None else tuple(filled["gene_sets"]),
        engine=filled["engine"],
        sensitivity=filled["sensitivity"],
        statistics=Statistics(**filled["statistics"]),
        accept_changed=tuple(filled["accept_changed"]),
    )


def _check_cases(where: str, names: Iterable[str], findings: Findings) -> None:
    """Tell of names that differ in case only: on many disks their results would have one folder."""
    known: dict[str, str] = {}
    for name in names:
        if (other := known.setdefault(name.casefold(), name)) != name:
            findings.problem(where, f'"{other}" and "{name}" differ in case only', "names that differ in more")


def _sound_part(config: Mapping[str, Any], validator: Validator) -> dict[str, Any]:
    """Return a copy without unknown keys and without the cohorts, models, contrasts and values that are wrong."""
    sound = copy.deepcopy(dict(config))
    while (error := next(validator.iter_errors(sound), None)) is not None:
        path = list(error.absolute_path)
        if error.validator == "additionalProperties":
            part = error.instance
            for name in [name for name in part if name not in error.schema.get("properties", {})]:
                del part[name]
            continue
        if "propertyNames" in error.absolute_schema_path:
            path.append(error.instance)
        if not path:
            return {}
        # A whole contrast, model or cohort falls with a wrong part of it; elsewhere only the value.
        path = path[:4] if path[0] == "models" and path[2:3] == ["contrasts"] and len(path) > 3 else path[:2]
        part = sound
        for key in path[:-1]:
            part = part[key]
        del part[path[-1]]
    return sound


def make_cohort(name: str, entry: Mapping[str, Any], models: Sequence[str] = ()) -> Cohort:
    """Turn one filled entry of `cohorts` into a cohort; `models` are those it has unless it names its own."""
    return Cohort(
        name=name,
        title=entry.get("title", name),
        source=make_source(entry),
        download=make_download(entry["counts"]),
        samples=entry.get("samples"),
        simulated=entry["simulated"],
        models=tuple(entry.get("models", models)),
        numeric=tuple(entry["numeric"]),
        exclude={str(sample): reason for sample, reason in entry["exclude"].items()},
        gene_ids=entry["gene_ids"],
        duplicate_genes=entry["duplicate_genes"],
        size_factor_method=entry["size_factors"]["method"],
        size_factor_genes=entry["size_factors"]["genes"],
        evidence=entry.get("evidence", "state"),
        show_without=entry.get("show_without"),
        species=entry.get("species", "human"),
        sum_by=tuple(entry.get("sum_by", ())),
    )


def _has_obs(cohort: Cohort) -> bool:
    """Whether the counts are .h5ad files, whose obs tables can serve as sheet."""
    names = [cohort.download.name] if cohort.download else list(cohort.source.paths)
    return all("h5ad" in (cohort.source.format, name.rpartition(".")[2]) for name in names)


def make_model(name: str, entry: Mapping[str, Any]) -> Model:
    """Turn one filled entry of `models` into a model."""
    contrasts = {key: _make_contrast(key, item) for key, item in entry["contrasts"].items()}
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


def _make_contrast(name: str, entry: Mapping[str, Any]) -> Contrast:
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


def _check_contrast(contrast: Contrast, model: Model, findings: Findings) -> None:
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
