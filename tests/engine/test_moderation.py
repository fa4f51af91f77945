"""Tests that take the dispersions as estimated: against the equation, the distributions and each other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.special import polygamma

from autocrine import engine
from autocrine.engine.model import compute_pearson, levels
from autocrine.engine.moderation import error_freedom, prior_freedom, recentre


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


def test_pearson_residuals_and_what_they_are_expected_to_be(simulated):
    """With dense matrices; samples that are zero where the fit has zero are in neither sum."""
    case = simulated("three_levels")
    counts = case.counts.copy()
    counts.loc[case.samples["condition"] == "a", counts.columns[0]] = 0
    fit = engine.fit_model(counts, case.design)
    model, design = fit.model, fit.design.to_numpy()
    dispersion = fit.genes["dispersion"].to_numpy()[fit.fitted]
    beta = fit.coefficients.to_numpy()[fit.fitted]
    found = compute_pearson(model, levels(model, model.plan.permute(beta)), dispersion)
    y = np.empty((len(counts), model.n_genes))
    y[model.plan.sample_order] = model.y.T
    mean = np.exp(design @ beta.T) * fit.size_factors[:, None]
    for gene in [0, *range(1, model.n_genes, 100)]:
        floored = np.maximum(mean[:, gene], 0.5)
        weight = floored / (1 + dispersion[gene] * floored)
        inverse = np.linalg.inv(design.T @ (weight[:, None] * design))
        leverage = weight * np.einsum("ip,pq,iq->i", design, inverse, design)
        seen = mean[:, gene] >= 0.01
        square = (y[:, gene] - mean[:, gene]) ** 2 / (mean[:, gene] + dispersion[gene] * mean[:, gene] ** 2)
        assert found.square[gene] == pytest.approx(square[seen].sum(), rel=1e-6)
        expected = ((1 - leverage) / (1 + dispersion[gene] * leverage))[seen].sum()
        assert found.freedom[gene] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("size", [2, 4, 10])
def test_residuals_are_as_large_as_expected_under_the_true_dispersion(size):
    """Also at low counts, where their mean is not the residual degrees of freedom."""
    random = np.random.default_rng(3)
    design = pd.DataFrame({"Intercept": 1.0, "group": np.repeat([0.0, 1.0], size)})
    for mean, dispersion in ((5, 0.25), (20, 0.4), (500, 0.1)):
        counts = random.negative_binomial(1 / dispersion, 1 / (1 + dispersion * mean), (2 * size, 4000))
        fit = engine.fit_model(counts, design, size_factors=np.ones(2 * size))
        level = levels(fit.model, fit.model.plan.permute(fit.coefficients.to_numpy()[fit.fitted]))
        pearson = compute_pearson(fit.model, level, np.full(fit.model.n_genes, dispersion))
        assert pearson.square.sum() / pearson.freedom.sum() == pytest.approx(1, abs=0.04)


def test_the_trend_is_lowered_as_far_as_residuals_say_and_never_raised():
    random, genes = np.random.default_rng(4), 4000
    mean = np.sort(random.lognormal(4, 1.5, genes))
    freedom = np.full(genes, 6.0)

    def lower(too_large, prior_variance=1e-4):
        """The factors where the trend is so many times the dispersion that made the counts, by a strong prior."""
        trend = np.full(genes, 0.3)
        variance = (1 + mean * trend / too_large) / (1 + mean * trend)
        return recentre(mean, trend, variance * random.chisquare(6, genes), freedom, 6, prior_variance)(mean)

    assert np.median(lower(2.0)) == pytest.approx(0.5, rel=0.1)
    assert lower(0.5) == pytest.approx(1.0)
    # Where the samples say more than the prior, a dispersion follows the trend less.
    assert (lower(2.0, 2.0)[mean > 100] > 0.6).all()
    few = slice(0, 199)
    assert recentre(mean[few], mean[few], mean[few], freedom[few], 6, 0.3)(mean[few]) == pytest.approx(1.0)


def test_intervals_hold_the_truth_at_low_counts_too():
    """R's trend is too high there, so that its errors are too large: 98 % held, where 95 % are promised."""
    random, size = np.random.default_rng(5), 4
    design = pd.DataFrame({"Intercept": 1.0, "group": np.repeat([0.0, 1.0], size)})
    held, wide = [], []
    for _ in range(3):
        mean = np.repeat([5.0, 20.0, 1000.0], 2000) * random.lognormal(0, 0.3, 6000)
        dispersion = (0.05 + 1 / mean) * random.lognormal(0, 0.3, 6000)
        counts = random.poisson(random.gamma(1 / dispersion, mean * dispersion, (2 * size, 6000)))
        fit = engine.fit_model(counts, design)
        found = engine.test_contrast(fit, [0.0, 1.0])
        held.append(found["log2_fc"].abs() <= stats.t.isf(0.025, found["df"]) * found["moderated_se"])
        wide.append(found["log2_fc"].abs() <= stats.t.isf(0.025, fit.freedom) * found["lfc_se"])
    kept, before = (np.mean(each, axis=0).reshape(3, 2000).mean(axis=1) for each in (held, wide))
    assert before[0] > 0.97
    assert (np.abs(kept - 0.953) < 0.011).all(), kept


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
