"""Tests that take the dispersions as estimated: against the equation, the distributions and each other."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import polygamma

from autocrine import engine
from autocrine.engine.moderation import prior_freedom


@pytest.mark.parametrize("variance", [1e-3, 0.25, 0.8, 1.0, 4.0, 8.0, 50.0])
def test_the_prior_lends_as_much_as_it_knows(variance):
    freedom = prior_freedom(variance)
    assert polygamma(1, freedom / 2) == pytest.approx(variance, rel=1e-9)
    # A variance of that many degrees of freedom has a logarithm that varies as the prior says.
    if freedom > 1:
        drawn = np.log(np.random.default_rng(1).chisquare(freedom, 200_000))
        assert drawn.var() == pytest.approx(variance, rel=0.05)


def test_the_statistic_is_compared_with_t(simulated, fitted):
    case, fit = simulated("three_v_three"), fitted("three_v_three")
    found = engine.test_contrast(fit, case.contrast)
    known = found["p_value"].notna() & (found["p_value"] < 1)
    assert fit.freedom == pytest.approx(4 + prior_freedom(fit.prior_variance))
    assert set(found.loc[known, "df"]) == {fit.freedom}
    expected = 2 * stats.t.sf(found["stat"].abs(), fit.freedom)
    np.testing.assert_allclose(found["moderated_p_value"][known], expected[known], rtol=1e-10)
    assert (found["moderated_p_value"][known] > found["p_value"][known]).all()
    assert (found["moderated_p_value"].isna() == found["p_value"].isna()).all()


def test_genes_without_a_read_in_the_compared_groups_stay_at_one(simulated):
    case = simulated("three_levels")
    counts = case.counts.copy()
    counts.loc[case.samples["condition"] != "a", counts.columns[0]] = 0
    fit = engine.fit_model(counts, case.design)
    first = engine.test_contrast(fit, case.contrast).iloc[0]
    assert first["p_value"] == first["moderated_p_value"] == 1


def test_one_coefficient_left_out_is_f_of_the_likelihood_ratio(simulated, fitted):
    case, fit = simulated("eight_v_eight"), fitted("eight_v_eight")
    found = engine.test_nested(fit, case.reduced)
    known = found["p_value"].notna() & (found["stat"] > 0)
    expected = stats.f.sf(found["stat"] / found["df"], found["df"], fit.freedom)
    np.testing.assert_allclose(found["moderated_p_value"][known], expected[known], rtol=1e-10)


def test_threshold_tests_take_t_where_asked():
    effect, error = np.array([0.2, -1.5]), np.array([0.3, 0.4])
    for alternative in ("greaterAbs2014", "greaterAbs", "lessAbs", "greater", "less"):
        far = engine.test_threshold(effect, error, 1.0, alternative, freedom=1e7)["p_value"]
        normal = engine.test_threshold(effect, error, 1.0, alternative)["p_value"]
        np.testing.assert_allclose(far, normal, rtol=1e-3)
    alike = engine.test_threshold(effect, error, 1.0, "lessAbs", freedom=5.0)["p_value"]
    np.testing.assert_allclose(alike, stats.t.cdf((np.abs(effect) - 1) / error, 5), rtol=1e-10)
