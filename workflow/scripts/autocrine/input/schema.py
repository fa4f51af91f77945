"""Checked YAML: read within bounds, what a schema finds wrong in words, keys that appear twice, and defaults."""

import copy
import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import yaml
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from autocrine.input.readers.content import read_content
from autocrine.input.readers.text import decode
from autocrine.input.source import hide_secrets
from autocrine.problems import Findings, listed, shown

# libyaml reads the schema of a configuration in a fifth of the time; not every installation has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Far beyond any configuration; unfolding aliases and checks take time with each value.
MOST_LETTERS, MOST_DEPTH, MOST_VALUES = 5_000_000, 50, 200_000
# Bounds of a number, in words.
LIMITS = {
    "exclusiveMinimum": "above", "minimum": "of at least", "exclusiveMaximum": "below", "maximum": "of at most",
}  # fmt: skip


def _is_finite(checker: Any, value: Any) -> bool:
    """Whether a value is a finite number: `.nan` passes every bound, and `.inf` all but one."""
    return Draft202012Validator.TYPE_CHECKER.is_type(value, "number") and math.isfinite(value)


# Numbers of YAML that are none are of no type.
Validator = validators.extend(
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("number", _is_finite)
)


def parse_yaml(text: str) -> Any:
    """Return what a YAML text holds, plain values only; raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=_LOADER)


def read_yaml(path: str, findings: Findings) -> Any:
    """Read a YAML file of the user, within bounds.

    Parameters
    ----------
    path
        Of the file, in UTF-8.
    findings
        Receives every problem: no file, other encodings, faults of form with their line, aliases that hold themselves
        or unfold to far more than is written, more depth or length than any configuration has, and keys that occur
        twice (the last would win without a message).

    Returns
    -------
    Its content, or None where it cannot be used.
    """
    raw = read_content(path, findings)
    text = None if raw is None else decode(raw, path, findings)
    if text is None:
        return None
    if len(text) > MOST_LETTERS:
        findings.problem(path, f"{len(text):,} letters of YAML", f"at most {MOST_LETTERS:,}")
        return None
    try:
        depth = 0
        for event in yaml.parse(text, Loader=_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_DEPTH:
                line = event.start_mark.line + 1
                findings.problem(f"{path}, line {line}", f"lists in lists, more than {MOST_DEPTH} deep", "fewer")
                return None
        root = yaml.compose(text, Loader=_LOADER)
        if root is not None and not _is_bounded(root, path, findings):
            return None
        content = parse_yaml(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else path
        said = " ".join(str(getattr(error, "problem", None) or error).split())
        findings.problem(
            where, f"this is no YAML: {said}", "keys, a colon and a blank, values; indented by blanks alike"
        )
        return None
    except (ValueError, TypeError) as error:
        # A date such as 2020-13-45, or a list as a key.
        findings.problem(path, f"a value cannot be read: {error}", "values in quotes where they are words")
        return None
    if root is not None:
        _find_duplicate_keys(root, "", path, findings)
    return content


def _is_bounded(root: yaml.Node, path: str, findings: Findings) -> bool:
    """Whether aliases unfold to a bounded size; tells where they do not, or hold themselves."""
    sizes: dict[int, int | None] = {}

    def size(node: yaml.Node) -> int:
        if id(node) in sizes:
            held = sizes[id(node)]
            if held is None:
                raise RecursionError(node.start_mark.line + 1)
            return held
        sizes[id(node)] = None
        parts = [] if isinstance(node, yaml.ScalarNode) else node.value
        parts = [part for pair in parts for part in pair] if isinstance(node, yaml.MappingNode) else parts
        sizes[id(node)] = total = 1 + sum(map(size, parts))
        return total

    try:
        unfolded = size(root)
    except RecursionError as error:
        findings.problem(
            f"{path}, line {error.args[0]}", "an alias (*) is part of what it names", "aliases without a loop"
        )
        return False
    if unfolded > MOST_VALUES:
        findings.problem(path, f"its aliases (*) unfold to {unfolded:,} values", f"at most {MOST_VALUES:,}")
    return unfolded <= MOST_VALUES


def _find_duplicate_keys(node: yaml.Node, key: str, path: str, findings: Findings) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _find_duplicate_keys(item, key, path, findings)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, list[int]] = {}
    for name, value in node.value:
        lines.setdefault(str(name.value), []).append(name.start_mark.line + 1)
        _find_duplicate_keys(value, f"{key}.{name.value}" if key else str(name.value), path, findings)
    for name, places in lines.items():
        if len(places) > 1:
            full = f"{key}.{name}" if key else name
            findings.problem(path, f'the key "{full}" appears in lines {listed(places)}', "each key once")


def with_defaults(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return a copy of a valid configuration in which the schema's defaults are filled in where a key was left out."""
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


def _within(schema: Mapping[str, Any], meaning: str) -> str:
    """Say which numbers a schema allows, such as "a number above 0 and below 0.5", and what they mean."""
    limits = [f"{words} {schema[name]}" for name, words in LIMITS.items() if name in schema]
    kind = "a whole number" if schema.get("type") == "integer" else "a number"
    return ". ".join(filter(None, (f"{kind} {' and '.join(limits)}" if limits else "", meaning.rstrip("."))))


def report_schema_error(error: ValidationError, place: str, findings: Findings) -> None:
    """Turn one schema error into words that name the key in `place`, what was found and what would be right.

    Passwords of addresses are not shown.
    """
    error.instance = hide_secrets(error.instance)
    key = "".join(f" (entry {part + 1})" if isinstance(part, int) else f".{part}" for part in error.absolute_path)[1:]
    where = f"{place}, {key}" if key else place
    meaning = error.schema.get("description", "") if isinstance(error.schema, Mapping) else ""
    if "propertyNames" in error.absolute_schema_path:
        findings.problem(where, f'the name "{_shortened(error.instance)}" cannot be used', meaning)
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
    elif error.validator == "maxLength":
        found = f"{len(error.instance):,} letters: {error.instance[:40]}..."
        findings.problem(where, found, f"at most {error.validator_value:,} letters")
    elif error.validator == "pattern":
        findings.problem(where, f'found "{error.instance}"', meaning)
    elif error.validator in ("minProperties", "minItems") and error.instance:
        findings.problem(where, f"only {len(error.instance)} here: {shown(error.instance)}", meaning)
    elif error.validator in ("minProperties", "minItems", "minLength"):
        findings.problem(where, "nothing is written here", meaning)
    elif isinstance(error.instance, float) and not math.isfinite(error.instance):
        findings.problem(where, f"found {error.instance}, which is not a finite number", _within(error.schema, meaning))
    elif error.validator in LIMITS:
        findings.problem(where, f"found {error.instance}", _within(error.schema, meaning))
    elif error.instance is None:
        findings.problem(where, "nothing is written after this key", meaning)
    elif error.validator == "anyOf" and (inner := _of_meant_form(error)):
        for part in inner:
            report_schema_error(part, place, findings)
    else:
        findings.problem(where, error.message.replace(" is not valid under any of the given schemas", ""), meaning)


def _shortened(word: Any) -> str:
    """Return a word on one line, cut where it is long."""
    text = str(word).replace("\n", "\\n")
    return text if len(text) <= 60 else f"{text[:60]}..."


def _of_meant_form(error: ValidationError) -> list[ValidationError]:
    """Return what is wrong with the one of several forms that has the right type, if only one has."""
    forms: dict[Any, list[ValidationError]] = {}
    for part in error.context or ():
        forms.setdefault(part.relative_schema_path[0], []).append(part)
    meant = [parts for parts in forms.values() if not any(p.validator == "type" and not p.relative_path for p in parts)]
    return meant[0] if len(meant) == 1 else []
