"""What is compared with what, in a sentence: groups, measurements, what the design allows for."""

from collections.abc import Mapping
from typing import Any

from autocrine.design.formula import parse_formula
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Contrast, Model, Statistics
from autocrine.design.spans import Span, widest_span


def describe_comparison(model: Model, contrast: Contrast, records: Mapping[str, Any], statistics: Statistics) -> str:
    """Say in a sentence what is compared with what, how many samples, and what the design allows for.

    Of a measurement it says how far it reaches, and over which span the equivalence margin holds.

    Parameters
    ----------
    model, contrast
        As configured.
    records
        The contrasts in the record of the fit: their groups with their samples, and their measurements.
    statistics
        Thresholds.
    """
    groups = records[contrast.name]["groups"]
    sizes = [f"{len(samples)} {name}" for name, samples in groups.items()]
    formula = parse_formula(model.design)
    if contrast.form == "per_unit":
        measured = {sample for samples in groups.values() for sample in samples}
        what = f"the effect of one {formula.unit_of(contrast.per_unit)} in {len(measured)} samples"
    elif contrast.form == "difference":
        titles = [model.contrasts[name].title for name in contrast.difference]
        what = f"the difference of two comparisons: {' minus '.join(titles)}"
    elif contrast.form == "two_groups":
        what = " against ".join(sizes)
    else:
        what = f"{', '.join(sizes)}, {'a trend in this order' if contrast.form == 'trend' else 'any difference'}"
    asked = set(contrast.columns) | {
        column for name in contrast.difference for column in model.contrasts[name].columns
    }  # fmt: skip
    others = [column for column in formula.columns if column not in asked and column != PATIENT]
    within = ", compared within patients" if PATIENT in formula.columns else ""
    adjusted = f", adjusted for {' and '.join(others)}" if others else ""
    spans, asked_span = spans_of(contrast, records, statistics)
    reach = "".join(f"; {span.describe()}" for span in spans)
    margin = f"; the margin of log2 {statistics.equivalence_margin:g} holds {asked_span}" if asked_span else ""
    return f"{what}{within}{adjusted}{reach}{margin}"


def spans_of(contrast: Contrast, records: Mapping[str, Any], statistics: Statistics) -> tuple[list[Span], str]:
    """Return how far the measurements of a contrast reach, and over which span its margin holds; none and ""."""
    told = {name: records[name]["measurement"] for name in (contrast.name, *contrast.difference)}
    spans = {name: Span(**span) for name, span in told.items() if span}
    widest = widest_span(contrast, spans, statistics.margin_per)
    return list(spans.values()), widest.describe_per(statistics.margin_per) if widest else ""
