"""Checked YAML: what a schema finds wrong in words, keys that stand twice, and defaults."""

import copy
import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from autocrine.problems import Findings, listed

# libyaml reads the schema of a configuration in a fifth of the time; not every installation has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _is_finite(checker: Any, value: Any) -> bool:
    """Whether a value is a number to reckon with: `.nan` passes every bound, and `.inf` all but one."""
    return Draft202012Validator.TYPE_CHECKER.is_type(value, "number") and math.isfinite(value)


# Numbers of YAML that are none are of no type.
Validator = validators.extend(
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_finite)
)


def parse_yaml(text: str) -> Any:
    """Return what a YAML text holds, plain values only; raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=_LOADER)


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
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError:
        return  # snakemake, which reads the file first, has told of it
    if root is not None:
        walk(root, "")


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


def shown(entry: Any) -> str:
    """Show a part of the configuration on one line, as YAML would write it."""
    if isinstance(entry, Mapping):
        return "{" + ", ".join(f"{key}: {shown(value)}" for key, value in entry.items()) + "}"
    if isinstance(entry, list):
        return "[" + ", ".join(shown(item) for item in entry) + "]"
    return str(entry)


def tell_schema_error(error: ValidationError, place: str, findings: Findings) -> None:
    """Turn one schema error into words that name the key in `place`, what was found and what would be right."""
    key = "".join(f" (entry {part + 1})" if isinstance(part, int) else f".{part}" for part in error.absolute_path)[1:]
    where = f"{place}, {key}" if key else place
    meaning = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    if "propertyNames" in error.absolute_schema_path:
        findings.problem(where, f'the name "{error.instance}" cannot be used', meaning)
    elif error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for name in sorted(str(n) for n in error.instance if n not in known):
            near = get_close_matches(name, known, n=1)
            hint = f'"{near[0]}"? ' if near else ""
            findings.problem(where, f'the key "{name}" is unknown', f"{hint}Known here: {', '.join(known)}")
    elif error.validator == "oneOf":
        findings.problem(where, f"this fits none of the forms: {shown(error.instance)}", meaning)
    elif error.validator == "required":
        for name in error.validator_value:
            if name not in error.instance and f"'{name}'" in error.message:
                meaning = error.schema.get("properties", {}).get(name, {}).get("description", meaning)
                findings.problem(where, f'the key "{name}" is missing', meaning)
    elif error.validator == "enum":
        findings.problem(where, f"found {error.instance!r}", f"one of: {listed(error.validator_value)}")
    elif isinstance(error.instance, bool):
        findings.problem(where, f"found {error.instance}", "text; quote yes, no, true and false to keep them as words")
    elif error.validator == "pattern":
        findings.problem(where, f'found "{error.instance}"', meaning)
    elif error.validator in ("minProperties", "minItems") and error.instance:
        findings.problem(where, f"only {len(error.instance)} here: {shown(error.instance)}", meaning)
    elif error.validator in ("minProperties", "minItems", "minLength"):
        findings.problem(where, "nothing is written here", meaning)
    elif isinstance(error.instance, float) and not math.isfinite(error.instance):
        findings.problem(where, f"found {error.instance}, which is no number to reckon with", meaning)
    elif error.instance is None:
        findings.problem(where, "nothing is written after this key", meaning)
    elif error.validator == "anyOf" and (inner := _of_meant_form(error)):
        for part in inner:
            tell_schema_error(part, place, findings)
    else:
        findings.problem(where, error.message.replace(" is not valid under any of the given schemas", ""), meaning)


def _of_meant_form(error: ValidationError) -> list[ValidationError]:
    """Return what is wrong with the one of several forms that has the right type, if only one has."""
    forms: dict[Any, list[ValidationError]] = {}
    for part in error.context or ():
        forms.setdefault(part.relative_schema_path[0], []).append(part)
    meant = [parts for parts in forms.values() if not any(p.validator == "type" and not p.relative_path for p in parts)]
    return meant[0] if len(meant) == 1 else []
