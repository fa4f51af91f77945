"""Margins of effects per unit: over which span they hold, and that a wide measurement makes no effect small."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.design.spans import Span
from autocrine.problems import Findings
from autocrine.results.fitting import base_means, fit_counts
from autocrine.results.gene_table import tabulate_genes
from tests.models import model_of

STATISTICS = Statistics(alpha=0.05, equivalence_margin=0.5, power=0.8)
SHEET = pd.DataFrame(
    {"age": [20.0, 30, 40, 50, 60, 70, 80, 90], "dose": [1.0, 2, 4, 8, 1, 2, 4, 8]}, index=[f"S{i}" for i in range(8)]
)


def design_of(text, contrasts):
    model = model_of(text, contrasts)
    return build_design(SHEET, model, "", Findings()), model


@pytest.mark.parametrize(
    ("text", "column", "sd", "reach", "words"),
    [
        ("~ age", "age", np.std(SHEET["age"], ddof=1), 70, "per standard deviation of age (24.5 units)"),
        ("~ scale(age)", "age", 1.0, 70 / np.std(SHEET["age"], ddof=1), "per standard deviation of age"),
        ("~ log2(dose)", "dose", np.std([0, 1, 2, 3] * 2, ddof=1), 3, "per standard deviation of dose (1.2 doublings)"),
    ],
)
def test_a_span_is_in_units_of_the_effect(text, column, sd, reach, words):
    design, model = design_of(text, {"c": {"per_unit": column}})
    span, contrast = design.spans["c"], model.contrasts["c"]
    assert (span.sd, span.range) == (pytest.approx(sd), pytest.approx(reach)) and span.describe_per("sd") == words
    assert (span.lowest, span.highest) == (SHEET[column].min(), SHEET[column].max())
    for per, width in (("sd", sd), ("range", reach), ("unit", 1.0)):
        assert design.margin(contrast, replace(STATISTICS, margin_per=per)) == pytest.approx(0.5 / width)


def test_a_span_is_counted_in_its_step_whatever_its_unit_is_called():
    span = Span("dose", "tenfold step of dose", 1.0, 8.0, 1.2, 3.0, "doubling")
    assert span.describe() == "dose reaches from 1 to 8, 3 doublings"
    assert span.describe_per("sd") == "per standard deviation of dose (1.2 doublings)"
    assert replace(span, step="standard deviation").describe_per("sd") == "per standard deviation of dose"


def test_a_gene_that_falls_450_fold_over_the_range_is_not_small():
    """Per year it falls by log2 0.126, which is less than any margin that is said per unit."""
    random = np.random.default_rng(14)
    mean = random.lognormal(5, 1, 500)[None, :] * np.ones((8, 1))
    mean[:, 0] = 2000 * 450 ** (-(SHEET["age"].to_numpy() - 20) / 70)
    mean[:, 1] = 5000
    counts = pd.DataFrame(random.poisson(random.gamma(400, mean / 400)), SHEET.index, [f"g{i}" for i in range(500)])
    design, model = design_of("~ age", {"c": {"per_unit": "age"}})
    fit, scaling = fit_counts(counts, design.matrix, STATISTICS)
    named = {"gene_name": counts.columns, "written": counts.columns}
    var = pd.DataFrame({**named, "base_mean": base_means(counts, scaling.factors)}, counts.columns)
    for per, falls in (("sd", "changed"), ("range", "changed"), ("unit", "small_change")):
        asked = replace(STATISTICS, margin_per=per)
        table, _ = tabulate_genes(fit, design, model.contrasts["c"], var, asked)
        assert table["outcome"].tolist()[:2] == [falls, "equivalent"], per
        assert table["equivalence_margin"].tolist() == [design.margin(model.contrasts["c"], asked)] * 500
