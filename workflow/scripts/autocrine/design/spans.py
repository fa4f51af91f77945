"""How far a measurement reaches in the samples of a fit: an effect per unit is large or small only over such a span."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from autocrine.design.forms.contrast import Contrast
from autocrine.design.formula import SD, Formula
from autocrine.problems import short_number

# What the equivalence margin of an effect per unit is stated for; see `Statistics.margin_per`.
SPANS = ("sd", "range", "unit")


@dataclass(frozen=True)
class Span:
    """How far one measurement reaches.

    Attributes
    ----------
    column
        The measurement in the sample sheet.
    unit
        What one unit of its effect is, in words: "unit of age", "doubling of dose".
    lowest, highest
        Its least and largest value, as the sheet has them.
    sd, range
        Standard deviation and largest difference in units of the effect: for log2(dose), doublings.
    step
        What these units are counted in: "unit", "doubling" or "standard deviation".
    """

    column: str
    unit: str
    lowest: float
    highest: float
    sd: float
    range: float
    step: str

    def width(self, per: str) -> float:
        """Return how many units of the effect one of `SPANS` is."""
        return {"sd": self.sd, "range": self.range, "unit": 1.0}[per]

    def describe(self) -> str:
        """Say how far the measurement reaches."""
        low, high = (short_number(end, 4) for end in (self.lowest, self.highest))
        return f"{self.column} reaches from {low} to {high}, {self._units('range')}"

    def describe_per(self, per: str) -> str:
        """Say which span a margin holds for."""
        if per == "unit":
            return f"per {self.unit}"
        if per == "range":
            return f"over the range of {self.column} ({self._units(per)})"
        return f"per {SD} of {self.column}{'' if self.step == SD else f' ({self._units(per)})'}"

    def _units(self, per: str) -> str:
        return f"{short_number(self.width(per))} {self.step}s"


def find_spans(
    data: pd.DataFrame, selected: pd.DataFrame, formula: Formula, contrasts: Mapping[str, Contrast]
) -> dict[str, Span]:
    """Return the span of the measurement of each contrast along one.

    Parameters
    ----------
    data
        Samples x variables of the formula (v0, v1, ...), as the design matrix was built from.
    selected
        The same samples x columns of the sheet.
    formula
        The design.
    contrasts
        The model's contrasts.
    """
    spans = {}
    for name, contrast in contrasts.items():
        if contrast.measurement:
            places = [i for i, variable in enumerate(formula.variables) if variable.column == contrast.measurement]
            # In more than one form in a design (dose and its logarithm), the form that reaches furthest.
            entered = [data[f"v{i}"].to_numpy(dtype=float) for i in places]
            written = selected[contrast.measurement].to_numpy(dtype=float)
            spans[name] = Span(
                contrast.measurement,
                formula.unit_of(contrast.measurement),
                float(written.min()),
                float(written.max()),
                max(float(np.std(values, ddof=1)) for values in entered),
                max(float(np.ptp(values)) for values in entered),
                formula.step_of(contrast.measurement),
            )
    return spans


def read_spans(records: Mapping[str, Mapping[str, Any]]) -> dict[str, Span]:
    """Return the spans that the record of a fit holds of its contrasts."""
    return {name: Span(**record["measurement"]) for name, record in records.items() if record["measurement"]}


def span_of_margin(contrast: Contrast, spans: Mapping[str, Span]) -> Span | None:
    """Return the span that the margin of a contrast holds for; None where it is not per unit of a measurement."""
    return spans.get(contrast.name) if contrast.scaled else None
