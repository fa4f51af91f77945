"""How much precision each term of a design costs a contrast: closed forms."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.term_costs import cost_of_terms


def crossed(*columns):
    return np.column_stack([np.ones(len(columns[0])), *columns])


def test_a_balanced_term_costs_nothing():
    group, batch = np.array([0, 0, 1, 1, 0, 0, 1, 1.0]), np.array([0, 1, 0, 1, 0, 1, 0, 1.0])
    cost = cost_of_terms(crossed(batch, group), np.array([0, 0, 1.0]), {"batch": [1], "group": [2], "none": []})
    assert list(cost.index) == ["batch", "none"]
    assert cost["se_ratio"].tolist() == pytest.approx([1, 1])
    assert cost["estimable_without"].tolist() == [True, True]


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
def test_a_correlated_term_costs_what_its_correlation_says(scale):
    group = np.repeat([0.0, 1.0], 10)
    covariate = 1000 + (group + np.random.default_rng(1).normal(size=20)) * scale
    ratio = 1 / np.sqrt(1 - np.corrcoef(group, covariate)[0, 1] ** 2)
    cost = cost_of_terms(pd.DataFrame(crossed(covariate, group)), np.array([0, 0, 1.0]), {"age": np.array([1])})
    assert cost.at["age", "se_ratio"] == pytest.approx(ratio, rel=1e-5)


def test_a_term_that_carries_the_mean_leaves_it_behind():
    group, batch = np.repeat([0.0, 1.0], 4), np.array([0, 1, 1, 1, 0, 0, 0, 1.0])
    treated = cost_of_terms(crossed(batch, group), np.array([0, 0, 1.0]), {"batch": [1]})
    cells = np.column_stack([1 - batch, batch, group])
    pd.testing.assert_frame_equal(cost_of_terms(cells, np.array([0, 0, 1.0]), {"batch": [0, 1]}), treated)
    assert treated.at["batch", "se_ratio"] == pytest.approx(1 / np.sqrt(1 - 0.25))


def test_a_term_that_takes_up_the_contrast():
    group = np.repeat([0.0, 1.0], 3)
    cost = cost_of_terms(
        crossed(group, np.arange(6.0) % 3, group), np.array([0, 0, 0, 1.0]), {"batch": [1], "age": [2]}
    )
    assert cost["estimable_without"].tolist() == [True, False]
    assert cost["se_ratio"].isna().all()


def test_patients_without_a_pair_cost_their_samples():
    # Three pairs and six single samples. With patients the six say nothing: variance 2/3, against 1/6 + 1/6 without.
    patient = np.array([0, 1, 2, 3, 4, 5, 0, 1, 2, 6, 7, 8])
    matrix = np.column_stack([np.eye(9)[patient], np.repeat([0.0, 1.0], 6)])
    cost = cost_of_terms(matrix, np.eye(10)[9], {"patient": np.arange(9)})
    assert cost.at["patient", "se_ratio"] == pytest.approx(np.sqrt((2 / 3) / (2 / 6)))


def test_no_terms_give_an_empty_table():
    cost = cost_of_terms(np.ones((3, 1)), np.ones(1), {"mean": [0]})
    assert cost.empty
    assert cost.index.dtype == object
    assert cost.dtypes.tolist() == [np.dtype(bool), np.dtype(float)]
