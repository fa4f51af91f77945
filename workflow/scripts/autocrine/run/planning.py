"""What snakemake 9.27 works out again and again while it plans, worked out once."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any


def know_parameters(functions: Iterable[Any]) -> None:
    """Write down the parameters of functions of a rule where snakemake looks before it asks for their signatures.

    It asks anew in each job; a study of two hundred cohorts of five models has 4,800.

    Parameters
    ----------
    functions
        Callables, those in snakemake's annotated strings among them; anything else is passed over.
    """
    for value in functions:
        held = getattr(value, "_file", value)
        function = getattr(held, "callable", held)
        if callable(function) and not hasattr(function, "_overwrite_params"):
            # Methods and what is built in take no note, and some of these have no signature.
            with suppress(AttributeError, TypeError, ValueError):
                function._overwrite_params = inspect.signature(function).parameters


def remember_producers(match_producers: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """Let snakemake's index of outputs look for the rules that make a file once, not once for each job that reads it.

    Parameters
    ----------
    match_producers
        The method of the index.

    Returns
    -------
    Callable
        The method with a memory, which ends with its index; given one of these, the same again.
    """
    if vars(match_producers).get("remembers"):
        return match_producers

    @wraps(match_producers)
    def remembered(index: Any, target: str) -> Any:
        known = vars(index).setdefault("known_producers", {})
        if target not in known:
            known[target] = match_producers(index, target)
        return known[target]

    vars(remembered)["remembers"] = True
    return remembered


def note_inputs(
    expand: Callable[..., Sequence[Any]], wanted: Callable[[Any], bool]
) -> tuple[Callable[..., Sequence[Any]], Callable[[Any], list[Any]]]:
    """Keep which inputs of each job of a rule are `wanted`, when snakemake finds its inputs.

    Parameters
    ----------
    expand
        The method of the rule: wildcards -> inputs, and more of them.
    wanted
        Whether an input is to be kept.

    Returns
    -------
    expand, inputs_of
        The method in place of the rule's, and wildcards -> the wanted inputs of this job; they are found anew where
        snakemake did not ask for them.
    """
    noted: dict[tuple[Any, ...], list[Any]] = {}

    @wraps(expand)
    def expand_and_note(wildcards: Any, *arguments: Any, **named: Any) -> Sequence[Any]:
        found = expand(wildcards, *arguments, **named)
        noted[_key(wildcards)] = [file for file in found[0] if wanted(file)]
        return found

    def inputs_of(wildcards: Any) -> list[Any]:
        key = _key(wildcards)
        if key not in noted:
            expand_and_note(wildcards)
        return noted[key]

    return expand_and_note, inputs_of


def _key(wildcards: Any) -> tuple[Any, ...]:
    return tuple(sorted(wildcards.items()))
