"""Odds ratios within strata."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from autocrine.cells.strata import common_odds, depth_bins


@pytest.mark.parametrize("seed", range(4))
def test_ratio_and_variance_are_those_of_statsmodels(seed):
    random = np.random.default_rng(seed)
    stratum = random.integers(0, 12, 900)
    one = random.random(900) < 0.1 + 0.03 * stratum
    other = random.random(900) < 0.15 + 0.02 * stratum + 0.1 * one
    tables = [
        np.array([[(one & other & at).sum(), (one & ~other & at).sum()],
                  [(~one & other & at).sum(), (~one & ~other & at).sum()]])
        for at in (stratum == number for number in range(12))
    ]  # fmt: skip
    wanted = StratifiedTable([table.astype(float) for table in tables])
    found = common_odds(one, other, stratum)
    assert found.log_odds_ratio == pytest.approx(wanted.logodds_pooled, rel=1e-12)
    assert np.sqrt(found.variance) == pytest.approx(wanted.logodds_pooled_se, rel=1e-12)
    assert found.both == (one & other).sum()
    wanted = sum(table[0].sum() * table[:, 0].sum() / table.sum() for table in tables)
    assert found.expected == pytest.approx(wanted, rel=1e-12)


def test_empty_corners_have_no_finite_ratio():
    one = np.array([True, True, False, False])
    at = np.zeros(4, dtype=int)
    assert common_odds(one, ~one, at).log_odds_ratio == -np.inf
    assert common_odds(one, one, at).log_odds_ratio == np.inf
    assert np.isnan(common_odds(one, np.zeros(4, dtype=bool), at).log_odds_ratio)
    assert np.isnan(common_odds(one[:0], one[:0], at[:0]).log_odds_ratio)


def test_bins_hold_alike_many_cells_and_do_not_depend_on_their_order():
    random = np.random.default_rng(2)
    depth = random.permutation(np.arange(1000))
    bins = depth_bins(depth, 10)
    assert np.bincount(bins).tolist() == pytest.approx([100] * 10, abs=1)
    order = random.permutation(1000)
    assert (depth_bins(depth[order], 10) == bins[order]).all()
    assert np.diff(bins[np.argsort(depth)]).min() >= 0
    # Cells of one depth are in one bin.
    assert len(set(depth_bins(np.repeat([5, 9], 50), 10))) == 2
