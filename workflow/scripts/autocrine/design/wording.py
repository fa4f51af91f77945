"""How an effect is told, by the form of its contrast: what lies above zero, and what counts as no change."""

from dataclasses import dataclass

from autocrine.design.formula import parse_formula
from autocrine.design.question import Contrast, Model


@dataclass(frozen=True)
class Wording:
    """Words for the effects of a contrast.

    Attributes
    ----------
    above, below
        What is said of an effect above and below zero.
    change
        What an effect is.
    joint
        What stands between the name of something and `above` or `below`.
    """

    above: str = "higher on the tested side"
    below: str = "lower on the tested side"
    change: str = "change"
    joint: str = " is "


# Where no more is known than the form.
WORDINGS = {
    "two_groups": Wording(),
    "any_difference": Wording(),
    "trend": Wording("rises along the groups", "falls along the groups", joint=" "),
    "difference": Wording(
        "the first change lies above the second",
        "the first change lies below the second",
        "difference of the changes",
        ": ",
    ),
    "per_unit": Wording("rises with the measurement", "falls with the measurement", "change per unit", " "),
}


def wording_of(contrast: Contrast, model: Model) -> Wording:
    """Return the words for a contrast, with the names of its groups or of its measurement."""
    if contrast.form == "two_groups":
        side = contrast.sides[0]
        return Wording(f"higher in {side}", f"lower in {side}")
    if contrast.form == "per_unit":
        column = contrast.per_unit
        return Wording(
            f"rises with {column}", f"falls with {column}", f"change per {unit_of_effect(contrast, model)}", " "
        )
    return WORDINGS[contrast.form]


def unit_of_effect(contrast: Contrast, model: Model) -> str:
    """Return what an effect is per: a unit of a measurement, a step of a trend; empty between two groups."""
    if contrast.difference:
        return unit_of_effect(model.contrasts[contrast.difference[0]], model)
    if contrast.per_unit:
        return parse_formula(model.design).unit_of(contrast.per_unit)
    return f"step of {len(contrast.groups)} groups" if contrast.form == "trend" else ""
