"""What the forms of contrasts make of their parts."""

import numpy as np
import pandas as pd

from autocrine.design.parts import extremes, side_by_side, steps_together, test_pairs


def test_steps_of_one_direction_have_their_largest_p_value_and_others_one():
    effects = [[1.0, -1.0, 1.0, np.nan], [2.0, -0.5, -1.0, np.nan]]
    p_values = [[0.01, 0.2, 0.01, np.nan], [0.04, 0.1, 0.02, 0.5]]
    np.testing.assert_array_equal(steps_together(effects, p_values), [0.04, 0.2, 1.0, np.nan])


def test_extremes_are_named_where_every_effect_is_known():
    found = extremes([[0.0, 0.0, 0.0], [1.0, -2.0, np.nan], [3.0, -1.0, 1.0]], ["a", "b", "c"])
    np.testing.assert_array_equal(found["difference"], [3.0, 2.0, np.nan])
    assert found["lowest"].tolist() == ["a", "b", ""] and found["highest"].tolist() == ["c", "a", ""]


def test_every_pair_is_tested_once_the_later_against_the_earlier():
    levels = [np.array([0.0, 0.0]), np.array([1.0, 0.0]), np.array([0.0, 1.0])]
    found = test_pairs(levels, lambda vector: pd.DataFrame([vector]))
    assert [part.iloc[0].tolist() for part in found] == [[1.0, 0.0], [0.0, 1.0], [-1.0, 1.0]]


def test_parts_are_side_by_side_with_their_numbers():
    parts = [pd.DataFrame({"effect": [number], "other": [0]}) for number in (1, 2)]
    assert list(side_by_side(parts, ["effect"], "group", 2)) == ["effect_group_2", "effect_group_3"]
