"""What is compared with what, in a sentence: groups, measurements, what the design allows for."""

from collections.abc import Mapping, Sequence

from autocrine.design.forms.contrast import Contrast
from autocrine.design.formula import parse_formula
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Model, Statistics, unit_of
from autocrine.design.spans import Span, span_of_margin


def describe_comparison(
    model: Model,
    contrast: Contrast,
    groups: Mapping[str, Sequence[str]],
    spans: Mapping[str, Span],
    statistics: Statistics,
) -> str:
    """Say in a sentence what is compared with what, how many samples, and what the design allows for.

    Of a measurement it says how far it reaches, and over which span the equivalence margin holds.

    Parameters
    ----------
    model, contrast
        As configured.
    groups
        The contrast's groups in words, each with its samples.
    spans
        How far measurements reach, by contrast.
    statistics
        Thresholds.
    """
    sizes = [f"{len(samples)} {name}" for name, samples in groups.items()]
    samples = len({sample for members in groups.values() for sample in members})
    titles = [model.contrasts[name].title for name in contrast.difference]
    what = contrast.compared(sizes, samples, titles, unit_of(contrast, model))
    formula = parse_formula(model.design)
    asked = {column for name in contrast.difference for column in model.contrasts[name].columns}
    others = [column for column in formula.columns if column not in {*contrast.columns, *asked, PATIENT}]
    within = ", compared within patients" if PATIENT in formula.columns else ""
    adjusted = f", adjusted for {' and '.join(others)}" if others else ""
    reach = f"; {spans[contrast.name].describe()}" if contrast.name in spans else ""
    span = span_of_margin(contrast, spans)
    margin = (
        f"; the margin of log2 {statistics.equivalence_margin:g} holds {span.describe_per(statistics.margin_per)}"
        if span
        else ""
    )
    return f"{what}{within}{adjusted}{reach}{margin}"
