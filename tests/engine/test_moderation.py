"""Tests that take the dispersions as estimated: against the equation, the distributions and each other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.special import polygamma

from autocrine import engine
from autocrine.engine.moderation import error_freedom, prior_freedom


@pytest.mark.parametrize("variance", [1e-3, 0.25, 0.8, 1.0, 4.0, 8.0, 50.0])
def test_the_prior_lends_as_much_as_it_knows(variance):
    freedom = prior_freedom(variance)
    assert polygamma(1, freedom / 2) == pytest.approx(variance, rel=1e-9)
    # A variance of that many degrees of freedom has a logarithm that varies as the prior says.
    if freedom > 1:
        drawn = np.log(np.random.default_rng(1).chisquare(freedom, 200_000))
        assert drawn.var() == pytest.approx(variance, rel=0.05)


def test_the_effect_over_its_moderated_error_is_compared_with_t(simulated, fitted):
    """Error and degrees of freedom with dense matrices, gene by gene."""
    case, fit = simulated("three_v_three"), fitted("three_v_three")
    found = engine.test_contrast(fit, case.contrast)
    known = found["p_value"].notna() & (found["p_value"] < 1)
    assert fit.freedom == pytest.approx(4 + prior_freedom(fit.prior_variance))
    expected = 2 * stats.t.sf((found["log2_fc"] / found["moderated_se"]).abs(), found["df"])
    np.testing.assert_allclose(found["moderated_p_value"][known], expected[known], rtol=1e-10)
    assert (found["moderated_p_value"].isna() == found["p_value"].isna()).all()
    assert (found["moderated_se"][known] <= found["lfc_se"][known] * (1 + 1e-12)).all()
    design, contrast = fit.design.to_numpy(), np.asarray(case.contrast, dtype=float)
    means = np.maximum(np.exp(design @ fit.coefficients.to_numpy().T) * fit.size_factors[:, None], 0.5)
    for gene in np.flatnonzero(known)[::50]:
        dispersion, mean = fit.genes["dispersion_moderated"].iloc[gene], means[:, gene]
        weight = mean / (1 + dispersion * mean)
        along = np.linalg.solve(design.T @ (weight[:, None] * design), contrast)
        share = (dispersion * weight**2 * (design @ along) ** 2).sum() / (contrast @ along)
        assert found["moderated_se"].iloc[gene] == pytest.approx(np.sqrt(contrast @ along) / np.log(2), rel=1e-4)
        variance = share**2 * polygamma(1, fit.freedom / 2)
        assert polygamma(1, found["df"].iloc[gene] / 2) == pytest.approx(variance, rel=1e-4)


def test_an_error_that_counting_makes_has_more_degrees_of_freedom():
    found = error_freedom(9.0, [1.0, 0.5, 0.1, 0.0, np.nan])
    assert found[0] == pytest.approx(9) and np.isnan(found[4])
    assert (np.diff(found[:4]) > 0).all() and found[3] > 1e5
    # A sum of a known part and a scaled chi-square of 200 degrees of freedom.
    drawn = 0.5 + 0.5 * np.random.default_rng(1).chisquare(200, 400_000) / 200
    assert polygamma(1, error_freedom(200.0, [0.5]) / 2) == pytest.approx(np.log(drawn).var(), rel=0.03)


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
    # At dispersions that are not changed, the statistic is R's.
    same = replace(fit, genes=fit.genes.assign(dispersion_moderated=fit.genes["dispersion"]))
    tested = engine.test_nested(same, case.reduced)
    expected = stats.f.sf(tested["stat"] / tested["df"], tested["df"], tested["freedom"])
    np.testing.assert_allclose(tested["moderated_p_value"][known], expected[known], rtol=1e-6)
    # One coefficient has the degrees of freedom of its t test, but for weights that differ between the groups.
    if case.reduced.shape[1] == case.design.shape[1] - 1:
        of_t = engine.test_contrast(fit, case.contrast)["df"]
        assert np.median(found["freedom"][known] / of_t[known]) == pytest.approx(1, abs=0.02)


def test_threshold_tests_take_t_where_asked():
    effect, error = np.array([0.2, -1.5]), np.array([0.3, 0.4])
    for alternative in ("greaterAbs2014", "greaterAbs", "lessAbs", "greater", "less"):
        far = engine.test_threshold(effect, error, 1.0, alternative, freedom=1e7)["p_value"]
        normal = engine.test_threshold(effect, error, 1.0, alternative)["p_value"]
        np.testing.assert_allclose(far, normal, rtol=1e-3)
    alike = engine.test_threshold(effect, error, 1.0, "lessAbs", freedom=5.0)["p_value"]
    np.testing.assert_allclose(alike, stats.t.cdf((np.abs(effect) - 1) / error, 5), rtol=1e-10)
