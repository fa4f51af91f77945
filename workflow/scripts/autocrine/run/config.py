"""The configuration: a checked dictionary becomes typed, frozen settings with every default filled in."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autocrine.design.question import Model, Statistics, check_contrast, make_model
from autocrine.input.cell_source import check_cells_entry
from autocrine.input.cohort import Cohort, has_obs, make_cohort
from autocrine.input.published import Published, make_published
from autocrine.input.schema import Validator, report_schema_error, with_defaults
from autocrine.input.species import OTHER
from autocrine.problems import Findings, listed
from autocrine.prognosis.question import Outcome, make_outcome
from autocrine.results.opinions import METHODS


@dataclass(frozen=True)
class Settings:
    """Everything the configuration decides."""

    cohorts: Mapping[str, Cohort]
    models: Mapping[str, Model]
    panel: str | None
    claims: tuple[str, ...] | None
    gene_sets: tuple[str, ...] | None
    networks: tuple[str, ...]
    engine: str
    sensitivity: bool
    second_opinion: tuple[str, ...]
    statistics: Statistics
    accept_changed: tuple[str, ...]
    published: Mapping[str, Published] = field(default_factory=dict)
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

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
        report_schema_error(error, "config", findings)
    filled = with_defaults(_sound_part(config, validator), schema)
    if not filled.get("cohorts") or not filled.get("models"):
        return None
    usable = {name: check_cells_entry(name, entry, findings) for name, entry in filled["cohorts"].items()}
    filled["cohorts"] = {name: entry for name, entry in filled["cohorts"].items() if usable[name]}
    if not filled["cohorts"]:
        return None
    models = {name: make_model(name, entry) for name, entry in filled["models"].items()}
    outcomes = {name: make_outcome(name, entry) for name, entry in filled["outcomes"].items()}
    cohorts = {
        name: make_cohort(name, entry, list(models), list(outcomes)) for name, entry in filled["cohorts"].items()
    }
    published = {name: make_published(name, entry) for name, entry in filled["published"].items()}
    everything = [*cohorts, *published]
    for kind, named in (
        ("cohorts", cohorts), ("models", models), ("outcomes", outcomes), ("published", everything),
    ):  # fmt: skip
        _check_cases(f"config, {kind}", named, findings)
    for name in published.keys() & cohorts.keys():
        findings.problem(f"config, published.{name}", "there is a cohort of this name", "a name of its own")
    for cohort in cohorts.values():
        for kind, names in (("model", cohort.models), ("outcome", cohort.outcomes)):
            known = config.get(f"{kind}s") or {}
            for name in names:
                if name not in known:
                    findings.problem(
                        f"config, cohorts.{cohort.name}.{kind}s",
                        f'there is no {kind} "{name}"',
                        f"one of: {listed(known)}",
                    )
        if cohort.samples is None and (cohort.cells is not None or not has_obs(cohort)):
            findings.problem(
                f"config, cohorts.{cohort.name}",
                'the key "samples" is missing',
                "the path of the sample sheet (only .h5ad files and series matrices of samples can do without one)",
            )
        _check_species(cohort, findings)
    for model in models.values():
        _check_cases(f"config, models.{model.name}.contrasts", model.contrasts, findings)
        for contrast in model.contrasts.values():
            check_contrast(contrast, model, findings)
    known = {
        name: replace(
            cohort,
            models=tuple(model for model in cohort.models if model in models),
            outcomes=tuple(outcome for outcome in cohort.outcomes if outcome in outcomes),
        )
        for name, cohort in cohorts.items()
    }
    return Settings(
        cohorts=known,
        models=models,
        panel=filled.get("panel"),
        claims=None if filled.get("claims") is None else tuple(filled["claims"]),
        gene_sets=None if filled.get("gene_sets") is None else tuple(filled["gene_sets"]),
        networks=tuple(filled["networks"]),
        engine=filled["engine"],
        sensitivity=filled["sensitivity"],
        second_opinion=_methods_of(filled["second_opinion"]),
        statistics=Statistics(**filled["statistics"]),
        accept_changed=tuple(filled["accept_changed"]),
        published=published,
        outcomes=outcomes,
    )


def _methods_of(asked: bool | list[str]) -> tuple[str, ...]:
    """Return the methods that are asked for a second opinion, in the order of the report."""
    return tuple(method for method in METHODS if asked is True or (asked and method in asked))


def _check_species(cohort: Cohort, findings: Findings) -> None:
    """Tell of keys that only another species has."""
    for key, value in (("genes", cohort.genes), ("species_name", cohort.species_name)):
        if value is not None and cohort.species != OTHER:
            found = f"the genes of {cohort.species} are bundled"
            findings.problem(
                f"config, cohorts.{cohort.name}.{key}", found, f'"species: other" beside it, or no "{key}"'
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
