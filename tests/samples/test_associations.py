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
