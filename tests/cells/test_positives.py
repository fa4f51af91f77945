"""Chances that a cell stays positive when it is thinned."""

import numpy as np
import pytest
from scipy.stats import hypergeom

from autocrine.cells.positives import from_whole, whole_chances


def chance_positive(counts, depth, common):
    """Return chances of one cell for each count."""
    counts, depth, common = np.broadcast_arrays(np.atleast_1d(counts).astype(np.int64), depth, common)
    return from_whole(whole_chances(counts, np.arange(len(counts)), depth, common))


def test_one_count_stays_with_the_share_of_the_depth():
    assert chance_positive(1, 2000, 500).tolist() == [0.25]
    assert chance_positive([0, 1, 2], 1000, 1000).tolist() == [0, 1, 1]


def test_a_cell_that_is_not_as_deep_takes_no_part():
    assert chance_positive([5, 5], [499, 500], 500).tolist() == [0, 1]


@pytest.mark.parametrize("depth", [1000, 5000])
def test_it_is_the_chance_of_drawing_without_return_up_to_the_order_of_the_share(depth):
    counts = np.arange(0, 31)
    exact = hypergeom.sf(0, depth, counts, 500)
    assert np.abs(chance_positive(counts, depth, 500) - exact).max() < 30 / depth / 2


def test_thinning_at_random_gives_it_on_average():
    random = np.random.default_rng(3)
    drawn = random.multivariate_hypergeometric([3, 997], 400, size=20_000)[:, 0] > 0
    assert abs(drawn.mean() - chance_positive(3, 1000, 400)[0]) < 4 * np.sqrt(0.25 / 20_000)


def test_whole_chances_are_the_chances_rounded_to_forty_bits():
    random = np.random.default_rng(4)
    depth, common = random.integers(300, 9000, 50), random.integers(200, 3000, 50)
    cell, counts = random.integers(0, 50, 4000), random.geometric(0.2, 4000)
    whole = whole_chances(counts, cell, depth, common)
    assert whole.dtype == np.int64 and counts.max() > 10
    wanted = 1 - np.where(depth >= common, 1 - common / depth, 1.0)[cell] ** counts
    assert np.abs(from_whole(whole) - wanted).max() < 2.0**-40
    order = random.permutation(4000)
    assert (whole_chances(counts[order], cell[order], depth, common) == whole[order]).all()


def test_a_count_of_zero_that_is_stored_has_no_chance():
    assert whole_chances(np.array([0, 1]), np.array([0, 0]), np.array([10]), np.array([5])).tolist() == [0, 2**39]
