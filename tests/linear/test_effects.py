"""`autocrine.results.effects` takes a fit of linear models where it takes one of counts."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.models import model_of

from autocrine import linear
from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.problems import Findings
from autocrine.results import effects

STATISTICS = Statistics(alpha=0.05, equivalence_margin=0.5, power=0.8, threshold_test="greaterAbs")


@pytest.fixture
def estimate(arrays):
    """Estimate a contrast of groups a, b and c with the tests of linear models."""
    sheet = pd.DataFrame({"group": np.repeat(["a", "b", "c"], 4)}, index=arrays.index)

    def of(contrast):
        model, findings = model_of("~ group", {"asked": contrast}), Findings()
        design = build_design(sheet, model, "", findings)
        findings.raise_if_any()
        fit = linear.fit_model(arrays, design.matrix, trend=True)
        return fit, design, effects.estimate_effects(fit, design, model.contrasts["asked"], STATISTICS)

    return of


def test_two_groups(estimate):
    fit, design, table = estimate({"factor": "group", "tested": "c", "reference": "a"})
    tested = linear.test_contrast(fit, design.contrasts["asked"].main)
    pd.testing.assert_frame_equal(table[list(tested)], tested)
    upper = stats.t.sf((tested["log2_fc"] + 0.5) / tested["lfc_se"], fit.freedom)
    lower = stats.t.cdf((tested["log2_fc"] - 0.5) / tested["lfc_se"], fit.freedom)
    np.testing.assert_allclose(table["equivalence_p_value"], np.maximum(upper, lower), rtol=1e-9)
    reach = stats.t.isf(0.025, fit.freedom) * tested["lfc_se"]
    np.testing.assert_allclose(table["ci_high"] - tested["log2_fc"], reach, rtol=1e-9)


@pytest.mark.parametrize("kind", ["trend", "any_difference"])
def test_several_groups(estimate, kind):
    fit, design, table = estimate({"factor": "group", kind: ["a", "b", "c"]})
    parts = list(design.contrasts["asked"].parts.values())
    if kind == "any_difference":
        joint = linear.test_together(fit, parts)
        np.testing.assert_allclose(table["stat"], joint["stat"], rtol=1e-9)
        np.testing.assert_allclose(table["moderated_p_value"], joint["p_value"], rtol=1e-9)
    else:
        steps = [linear.test_contrast(fit, vector) for vector in parts]
        together = np.sign(steps[0]["log2_fc"]) == np.sign(steps[1]["log2_fc"])
        expected = np.where(together, np.maximum(steps[0]["p_value"], steps[1]["p_value"]), 1.0)
        np.testing.assert_allclose(table["step_p_value"], expected, rtol=1e-9)
    assert table["equivalence_p_value"].between(0, 1).all()
