"""Adjusted p-values, against closed forms and against independent implementations of the same rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autocrine.adjustment import benjamini_hochberg, holm, strictness

P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(float("nan"))), min_size=1, max_size=30)


def test_holm_by_hand():
    # Holm 1979: 3 x 0.01, then 2 x 0.02, then 0.04, never falling.
    assert holm(np.array([0.02, np.nan, 0.01, 0.04])) == pytest.approx([0.04, np.nan, 0.03, 0.04], nan_ok=True)


@given(values=P_VALUES)
def test_adjusted_values_keep_order_gaps_and_bounds(values):
    p_values = np.array(values)
    there = ~np.isnan(p_values)
    for adjusted in (holm(p_values), benjamini_hochberg(p_values)):
        assert (np.isnan(adjusted) == ~there).all()
        assert (adjusted[there] >= p_values[there]).all() and (adjusted[there] <= 1).all()
        order = np.argsort(p_values[there], kind="stable")
        assert (np.diff(adjusted[there][order]) >= 0).all()
    assert (holm(p_values)[there] >= benjamini_hochberg(p_values)[there] - 1e-15).all()


@given(values=P_VALUES)
def test_benjamini_hochberg_is_that_of_scipy_to_the_last_bit(values):
    p_values = np.array(values)
    there = ~np.isnan(p_values)
    if there.any():
        of_scipy = stats.false_discovery_control(p_values[there], method="bh")
        assert (benjamini_hochberg(p_values)[there] == of_scipy).all()


@given(values=P_VALUES)
def test_holm_decides_as_the_closed_test_of_bonferroni(values):
    """Holm rejects the i-th smallest if and only if all up to it pass alpha over what is left of the family."""
    p_values = np.array(values)
    ordered = np.sort(p_values[~np.isnan(p_values)])
    rejected = 0
    while rejected < len(ordered) and ordered[rejected] * (len(ordered) - rejected) <= 0.05:
        rejected += 1
    assert (holm(p_values) <= 0.05).sum() == rejected


def test_strictness_is_what_adjusting_multiplied_by():
    p_values = np.array([0.01, 0.0, np.nan, 0.4])
    assert strictness(p_values, holm(p_values)).tolist() == pytest.approx([2.0, 1.0, 1.0, 1.0])
    assert strictness([0.01], [np.nan]).tolist() == [1.0]
