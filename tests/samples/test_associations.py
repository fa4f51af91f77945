"""How far a column of the sheet goes together with a score of the samples."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.samples.associations import associate


def test_groups_are_compared_by_one_way_analysis_of_variance():
    random = np.random.default_rng(1)
    values, groups = random.normal(size=12), list("aabbccaabbcc")
    sheet = pd.DataFrame({"batch": groups}, index=[f"s{i}" for i in range(12)])
    found = associate(pd.DataFrame({"PC1": values}, sheet.index), sheet).iloc[0]
    parts = [values[np.array(groups) == level] for level in "abc"]
    assert found["p_value"] == pytest.approx(stats.f_oneway(*parts).pvalue)


def test_groups_of_one_mean_have_a_p_value_of_one_whatever_rounding_leaves():
    sheet = pd.DataFrame({"batch": list("aaabbb")}, index=[f"s{i}" for i in range(6)])
    for scale in (0.1, 0.3, 0.7, 1e-3, 7e5):
        values = np.array([0.1, 0.2, 0.6, 0.2, 0.6, 0.1]) * scale + scale / 3
        found = associate(pd.DataFrame({"PC1": values}, sheet.index), sheet).iloc[0]
        assert found["p_value"] == pytest.approx(1) and found["r_squared"] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("slope", [0.0, 0.4, -3.0])
def test_measurements_are_compared_by_linear_regression(slope):
    random = np.random.default_rng(2)
    age = random.normal(60, 12, size=9)
    sheet = pd.DataFrame({"age": age}, index=[f"s{i}" for i in range(9)])
    sheet.loc["s4", "age"] = np.nan
    scores = slope * age + random.normal(size=9)
    found = associate(pd.DataFrame({"PC1": scores}, sheet.index), sheet).iloc[0]
    there = np.arange(9) != 4
    expected = stats.linregress(age[there], scores[there])
    assert found["r_squared"] == pytest.approx(expected.rvalue**2, rel=1e-12) and found["samples"] == 8
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-8)


def test_two_values_say_nothing_of_a_measurement():
    sheet = pd.DataFrame({"age": [50.0, 60.0, np.nan]}, index=["a", "b", "c"])
    found = associate(pd.DataFrame({"PC1": [0.1, 0.7, 0.2]}, sheet.index), sheet).iloc[0]
    assert found["r_squared"] == pytest.approx(1) and np.isnan(found["p_value"])
