"""Effects of any size come through a page on the side of zero where they are, and so do their intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.page.payload import pack_numbers
from autocrine.page.rounding import (
    LOG2_STEP,
    MOST_STEPS,
    REACH_STEP,
    SHARE_OF_REACH,
    SMALL_REACH,
    find_step,
    half_of,
    round_effects,
    round_reach,
    round_table,
)
from tests.page.test_payload import unpack


def slopes(scale, number=300, seed=1):
    """Return a gene table with effects and intervals of a size, some of which barely hold or leave out zero."""
    random = np.random.default_rng(seed)
    reach = scale * random.lognormal(0, 0.3, number)
    effects = reach * random.normal(0, 2, number)
    near = number // 3
    effects[:near] = reach[:near] * (1 + random.normal(0, 1e-3, near)) * random.choice([-1, 1], near)
    ids = [f"E{i}" for i in range(number)]
    return pd.DataFrame({"gene_id": ids, "log2_fc": effects, "ci_low": effects - reach, "ci_high": effects + reach})


def sides(low, high):
    return (np.asarray(low) > 0).astype(int) - (np.asarray(high) < 0)


@pytest.mark.parametrize("scale", [8e-6, 5e-4, 0.02, 0.7, 5.0])
def test_effects_of_any_unit_are_those_of_the_table_and_intervals_hold_zero_where_the_table_has_it(scale):
    table = slopes(scale)
    rounded = round_table(table)
    read = unpack(pack_numbers(rounded["log2"], rounded.attrs["step"], signed=True))
    reach = unpack(pack_numbers(rounded["reach"], REACH_STEP, logarithmic=True))
    step = LOG2_STEP if scale >= SMALL_REACH else scale * SHARE_OF_REACH
    np.testing.assert_allclose(read, table["log2_fc"], rtol=0, atol=step * 0.6)
    np.testing.assert_allclose(reach, half_of(table), rtol=0.02)
    np.testing.assert_array_equal(sides(read - reach, read + reach), sides(table["ci_low"], table["ci_high"]))


def test_steps_follow_the_intervals_and_are_no_coarser_than_for_two_groups():
    assert find_step([0.8, 1.0, np.nan, np.inf, 0.0], LOG2_STEP) == LOG2_STEP
    assert find_step([], LOG2_STEP) == find_step([np.nan], LOG2_STEP) == LOG2_STEP
    assert find_step([1e-5, 2e-5, 3e-5], LOG2_STEP) == pytest.approx(8e-8)
    # Not coarser than for two groups, whatever is usual.
    assert find_step([0.2], LOG2_STEP) == pytest.approx(8e-4) and find_step([0.2], 1e-5) == 1e-5
    # A gene far away still has a code.
    assert find_step([1e-12], LOG2_STEP, [np.nan, -20.0]) == 20.0 / MOST_STEPS
    pack_numbers([-20.0, 20.0], find_step([1e-12], LOG2_STEP, [20.0]), signed=True)


@given(st.lists(st.tuples(st.floats(-3, 3), st.floats(1e-6, 3)), min_size=1, max_size=30), st.floats(-2, 2))
def test_no_rounding_takes_an_effect_that_is_clear_over_zero(rows, about):
    effects, reach = np.array(rows).T
    shown = round_effects(effects, reach, 0.02, about)
    assert (np.abs(shown - effects) <= 0.0301).all()
    held = round_reach(effects, reach, shown, 0.02)
    np.testing.assert_array_equal(sides(shown - held, shown + held), sides(effects - reach, effects + reach))


def test_what_has_no_interval_stays_without():
    table = pd.DataFrame(
        {"gene_id": ["a", "b", "c"], "log2_fc": [1.2345, np.nan, 2.0], "ci_low": [np.nan, np.nan, -np.inf],
         "ci_high": [np.nan, np.nan, np.inf]}
    )  # fmt: skip
    rounded = round_table(table)
    np.testing.assert_allclose(rounded["log2"], [1.234, np.nan, 2.0], atol=1e-12)
    np.testing.assert_array_equal(rounded["reach"], [np.nan, np.nan, np.inf])
    assert round_reach([0.0], [0.0], [0.0], 0.1)[0] == 0.0
