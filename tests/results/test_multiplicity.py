"""Families of p-values, and the outcomes that they decide."""

import numpy as np
import pandas as pd
import pytest

from autocrine.results.multiplicity import adjust_panel
from autocrine.results.outcomes import OUTCOMES, decide_outcomes


def test_four_outcomes():
    changed = np.array([0.01, 0.01, 0.5, 0.5, np.nan])
    equivalent = np.array([0.5, 0.01, 0.01, 0.5, np.nan])
    found = decide_outcomes(changed, equivalent, 0.05).tolist()
    assert found == ["changed", "small_change", "equivalent", "undetermined", "undetermined"]
    assert set(found) == set(OUTCOMES)


def test_families_of_a_panel():
    table = pd.DataFrame(
        {"moderated_p_value": [0.012, 0.02, 0.03, np.nan], "equivalence_p_value": [0.9, 0.9, 0.001, np.nan]}
    )
    found = adjust_panel(table, np.array([True, False, True, True]), 0.05)
    assert found["primary_adj_p_value"].tolist() == pytest.approx([0.024, np.nan, 0.03, np.nan], nan_ok=True)
    assert found["panel_adj_p_value"].tolist() == pytest.approx([0.03, 0.03, 0.03, np.nan], nan_ok=True)
    assert found["outcome"].tolist() == ["changed", "changed", "small_change", "undetermined"]
    assert found["family"].str.contains("Holm").tolist() == [True, False, True, True]


def test_a_panel_gene_far_down_the_genome_wide_list_keeps_its_own_family():
    """The same p-value decides or does not by what was asked beforehand."""
    table = pd.DataFrame({"moderated_p_value": [0.004, *np.linspace(0.1, 1, 99)], "equivalence_p_value": 1.0})
    primary = np.arange(100) < 5
    found = adjust_panel(table, primary, 0.05)
    assert found["outcome"].iloc[0] == "changed" and found["panel_adj_p_value"].iloc[0] > 0.05
