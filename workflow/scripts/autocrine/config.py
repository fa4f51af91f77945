"""The configuration: a checked dictionary becomes typed, frozen settings with every default filled in."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from autocrine.problems import Findings, listed


@dataclass(frozen=True)
class Cohort:
    """One count matrix with its sample sheet."""

    name: str
    title: str
    counts: str
    samples: str | None
    layer: str
    simulated: bool
    models: tuple[str, ...]
    numeric: tuple[str, ...]
    exclude: Mapping[str, str]
    gene_ids: str
    duplicate_genes: str

    @property
    def data_origin(self) -> str:
        """The word that every output of this cohort carries."""
        return "SIMULATED" if self.simulated else "measured"


@dataclass(frozen=True)
class Contrast:
    """A comparison, in one of three forms.

    Two groups, each named by the same sheet columns (`tested`, `reference`: column -> value); the difference of two
    other contrasts of the model (`difference`: their names); or the effect of a measurement (`per_unit`: its column).
    """

    name: str
    title: str
    tested: Mapping[str, str] = field(default_factory=dict)
    reference: Mapping[str, str] = field(default_factory=dict)
    difference: tuple[str, ...] = ()
    per_unit: str | None = None

    @property
    def sides(self) -> tuple[str, str]:
        """Where expression is higher for a positive effect, and where for a negative one, in words."""
        if self.difference:
            return self.difference[0], self.difference[1]
        if self.per_unit:
            return f"higher {self.per_unit}", f"lower {self.per_unit}"
        return ", ".join(self.tested.values()), ", ".join(self.reference.values())


@dataclass(frozen=True)
class Model:
    """A design, fitted once to a selection of samples, and its contrasts."""

    name: str
    title: str
    samples: Mapping[str, tuple[str, ...]]
    design: str
    contrasts: Mapping[str, Contrast]


@dataclass(frozen=True)
class Statistics:
    """Thresholds that every result states."""

    alpha: float
    equivalence_margin: float
    power: float


@dataclass(frozen=True)
class Settings:
    """Everything the configuration decides."""

    cohorts: Mapping[str, Cohort]
    models: Mapping[str, Model]
    panel: str | None
    engine: str
    statistics: Statistics

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
    validator = Draft202012Validator(schema)
    for error in sorted(validator.iter_errors(config), key=lambda e: [str(p) for p in e.path]):
        _tell(error, findings)
    filled = with_defaults(_sound_part(config, validator), schema)
    if not filled.get("cohorts") or not filled.get("models"):
        return None
    models = {name: make_model(name, entry) for name, entry in filled["models"].items()}
    cohorts = {name: make_cohort(name, entry, list(models)) for name, entry in filled["cohorts"].items()}
    for cohort in cohorts.values():
        for name in cohort.models:
            if name not in config["models"]:
                findings.problem(
                    f"config, cohorts.{cohort.name}.models",
                    f'there is no model "{name}"',
                    f"one of: {listed(config['models'])}",
                )
        if cohort.samples is None and not cohort.counts.endswith(".h5ad"):
            findings.problem(
                f"config, cohorts.{cohort.name}",
                'the key "samples" is missing',
                "the path of the sample sheet (only an .h5ad file can do without one)",
            )
    for model in models.values():
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
        engine=filled["engine"],
        statistics=Statistics(**filled["statistics"]),
    )


def find_duplicate_keys(text: str, path: str, findings: Findings) -> None:
    """Tell of keys that stand twice in a YAML file: the last would win without a word."""

    def walk(node: yaml.Node, key: str) -> None:
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                walk(item, key)
        if not isinstance(node, yaml.MappingNode):
            return
        lines: dict[str, list[int]] = {}
        for name, value in node.value:
            lines.setdefault(str(name.value), []).append(name.start_mark.line + 1)
            walk(value, f"{key}.{name.value}" if key else str(name.value))
        for name, places in lines.items():
            if len(places) > 1:
                full = f"{key}.{name}" if key else name
                findings.problem(path, f'the key "{full}" stands in lines {listed(places)}', "each key once")

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return  # snakemake, which reads the file first, has told of it
    if root is not None:
        walk(root, "")


def _sound_part(config: Mapping[str, Any], validator: Draft202012Validator) -> dict[str, Any]:
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


def with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a copy of a valid configuration in which the schema's defaults stand where a key was left out."""
    if not isinstance(value, Mapping):
        return copy.deepcopy(value)
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    filled = {
        key: with_defaults(item, properties.get(key, others if isinstance(others, Mapping) else {}))
        for key, item in value.items()
    }
    for key, part in properties.items():
        if key not in filled and "default" in part:
            filled[key] = with_defaults(part["default"], part)
    return filled


def make_cohort(name: str, entry: Mapping[str, Any], models: Sequence[str] = ()) -> Cohort:
    """Turn one filled entry of `cohorts` into a cohort; `models` are those it has unless it names its own."""
    return Cohort(
        name=name,
        title=entry.get("title", name),
        counts=entry["counts"],
        samples=entry.get("samples"),
        layer=entry["layer"],
        simulated=entry["simulated"],
        models=tuple(entry.get("models", models)),
        numeric=tuple(entry["numeric"]),
        exclude={str(sample): reason for sample, reason in entry["exclude"].items()},
        gene_ids=entry["gene_ids"],
        duplicate_genes=entry["duplicate_genes"],
    )


def make_model(name: str, entry: Mapping[str, Any]) -> Model:
    """Turn one filled entry of `models` into a model."""
    contrasts = {key: _make_contrast(key, item) for key, item in entry["contrasts"].items()}
    return Model(
        name=name,
        title=entry.get("title", name),
        samples={
            column: tuple(str(v) for v in (kept if isinstance(kept, list) else [kept]))
            for column, kept in entry["samples"].items()
        },
        design=entry["design"].strip(),
        contrasts=contrasts,
    )


def _make_contrast(name: str, entry: Mapping[str, Any]) -> Contrast:
    def group(role: str) -> dict[str, str]:
        named = entry.get(role, {})
        named = named if isinstance(named, Mapping) else {entry["factor"]: named}
        return {column: str(value) for column, value in named.items()}

    contrast = Contrast(
        name, "", group("tested"), group("reference"), tuple(entry.get("difference", ())), entry.get("per_unit")
    )
    words = {True: "{} minus {}", False: "{} against {}"}[bool(contrast.difference)].format(*contrast.sides)
    return replace(
        contrast, title=entry.get("title", f"per unit of {contrast.per_unit}" if contrast.per_unit else words)
    )


def _check_contrast(contrast: Contrast, model: Model, findings: Findings) -> None:
    where = f"config, models.{model.name}.contrasts.{contrast.name}"
    if contrast.tested and contrast.tested == contrast.reference:
        findings.problem(
            where, f'"{contrast.sides[0]}" is compared with itself', "two different groups as tested and reference"
        )
    if set(contrast.tested) != set(contrast.reference):
        findings.problem(
            where,
            f"tested is named by {listed(contrast.tested)}, reference by {listed(contrast.reference)}",
            "the same columns for both",
        )
    plain = [name for name, other in model.contrasts.items() if not other.difference]
    for name in contrast.difference:
        if name not in plain:
            findings.problem(
                f"{where}.difference", f'"{name}" is no other contrast of this model', f"two of: {listed(plain)}"
            )


def _shown(entry: Any) -> str:
    """Show a part of the configuration on one line, as YAML would write it."""
    if isinstance(entry, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(value)}" for key, value in entry.items()) + "}"
    return str(entry)


def _tell(error: ValidationError, findings: Findings) -> None:
    """Turn one schema error into words that name the key, what was found and what would be right."""
    key = ".".join(str(part) for part in error.absolute_path)
    where = f"config, {key}" if key else "config"
    meaning = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    if "propertyNames" in error.absolute_schema_path:
        expected = 'letters, digits, "_" or "-", beginning with a letter; "summary" and "figures" are taken'
        findings.problem(where, f'the name "{error.instance}" cannot be used', expected)
    elif error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for name in sorted(str(n) for n in error.instance if n not in known):
            near = get_close_matches(name, known, n=1)
            hint = f'"{near[0]}"? ' if near else ""
            findings.problem(where, f'the key "{name}" is unknown', f"{hint}Known here: {', '.join(known)}")
    elif error.validator == "oneOf":
        findings.problem(where, f"this is no contrast: {_shown(error.instance)}", meaning)
    elif error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance and f"'{name}'" in error.message:
                meaning = error.schema["properties"][name].get("description", "")
                findings.problem(where, f'the key "{name}" is missing', meaning)
    elif error.validator == "enum":
        findings.problem(where, f"found {error.instance!r}", f"one of: {listed(error.validator_value)}")
    elif isinstance(error.instance, bool):
        findings.problem(where, f"found {error.instance}", "text; quote yes, no, true and false to keep them as words")
    elif error.validator == "pattern":
        findings.problem(where, f'found "{error.instance}"', meaning)
    elif error.validator in ("minProperties", "minItems", "minLength"):
        findings.problem(where, "nothing is written here", meaning)
    elif error.instance is None:
        findings.problem(where, "nothing is written after this key", meaning)
    else:
        findings.problem(where, error.message.replace(" is not valid under any of the given schemas", ""), meaning)
