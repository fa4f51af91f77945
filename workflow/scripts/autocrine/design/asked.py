"""Contrasts as programs ask for them: a column with its groups, or a mapping as in the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from autocrine.design.forms.any_difference import AnyDifference
from autocrine.design.forms.contrast import Contrast
from autocrine.design.forms.per_unit import PerUnit
from autocrine.design.forms.spline import Spline
from autocrine.design.forms.trend import Trend
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.design.question import form_of, make_contrast
from autocrine.problems import listed
from autocrine.spelling import text_of


@dataclass(frozen=True)
class Asked:
    """What is asked of the groups of a column, beyond two of them; made by `trend`, `per_unit` and the like."""

    form: type[Contrast]
    groups: tuple[str, ...] = ()


def trend(*groups: str) -> Asked:
    """Ask for a step from group to group, in the order given: three groups or more."""
    return Asked(Trend, groups)


def any_difference(*groups: str) -> Asked:
    """Ask whether any two groups differ (likelihood-ratio test): those given, or all of the column."""
    return Asked(AnyDifference, groups)


def per_unit() -> Asked:
    """Ask for the change per unit of a measurement."""
    return Asked(PerUnit)


def spline() -> Asked:
    """Ask for a smooth change along a measurement (likelihood ratio) that the design holds as ``spline(age, 3)``."""
    return Asked(Spline)


def ask_contrasts(
    contrast: Mapping[str, Any] | None,
    column: Mapping[str, Any],
    named: Mapping[str, Contrast],
    selected: pd.DataFrame,
) -> dict[str, Contrast]:
    """Return the contrasts that a question needs, itself as the last.

    Parameters
    ----------
    contrast : mapping or None
        A contrast as in the configuration.
    column : mapping
        In its place one column with what is asked of it: two groups, or what `trend` and the like return.
    named : mapping of str to Contrast
        Contrasts that a difference may name.
    selected : DataFrame
        Samples x columns, for the groups of a column.

    Raises
    ------
    TypeError
        Where not one contrast is asked, or not as contrasts are asked.
    """
    if (contrast is None) == (not column) or len(column) > 1:
        raise TypeError('name one contrast: test(timepoint=("follow_up", "diagnosis")), or a contrast as a mapping')
    if contrast is not None:
        keys = form_of(contrast).keys
        if unknown := set(contrast) - {*keys, "title", "role"}:
            raise TypeError(f"{', '.join(sorted(unknown))}: a contrast of this form has {', '.join(keys)}")
        parts = contrast.get("difference", ())
        if any(isinstance(part, Mapping) for part in parts):
            made = {f"part {number}": make_contrast(f"part {number}", part) for number, part in enumerate(parts, 1)}
            return {**made, "difference": make_contrast("difference", {**contrast, "difference": list(made)})}
        if unnamed := [part for part in parts if part not in named]:
            raise KeyError(f"there is no contrast {listed(unnamed)}; named in fit: {list(named)}")
        return {**{part: named[part] for part in parts}, "contrast": make_contrast("contrast", contrast)}
    ((name, asked),) = column.items()
    if not isinstance(asked, Asked):
        if isinstance(asked, str) or len(asked) != 2:
            raise TypeError(f'{name}: name two groups, as in {name}=("tested", "reference"), or a form such as trend()')
        asked = Asked(TwoGroups, tuple(asked))
    groups = asked.groups
    if asked.form is AnyDifference and not groups and name in selected:
        groups = tuple(dict.fromkeys(selected[name].dropna().sort_values().map(text_of)))
    if len(groups) < (fewest := asked.form.fewest_groups):
        raise TypeError(f"{name}: {asked.form.form} needs {fewest} groups or more")
    return {name: make_contrast(name, asked.form.ask(name, groups))}
