"""Dispersions of the moderated tests: residuals against dense matrices, the trend against the truth of simulations."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine import engine
from autocrine.engine.lowering import lower_trend, moderate_dispersions
from autocrine.engine.model import compute_pearson, levels


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
    drawn, freedom, trend = random.chisquare(6, genes), np.full(genes, 6.0), np.full(genes, 0.3)

    def lower(too_large):
        """The factors where the trend is so many times the dispersion that made the counts."""
        variance = mean + mean**2 * trend / too_large
        lowering = lower_trend(mean, trend, lambda assumed: (variance * drawn / (mean + assumed * mean**2), freedom))
        return lowering, lowering(mean)

    for too_large in (2.0, 4.0):
        assert np.median(lower(too_large)[1]) == pytest.approx(1 / too_large, rel=0.1)
    assert lower(0.5)[1] == pytest.approx(1.0)
    lowering, factor = lower(2.0)

    def follow(residual, prior_variance):
        none = np.zeros(genes, dtype=bool)
        return moderate_dispersions(trend, none, mean, trend, lowering, residual, prior_variance) / trend

    # A strong prior is followed; where the samples say more than the prior, a dispersion follows the trend less.
    assert follow(6, 1e-4) == pytest.approx(factor, rel=0.01)
    assert (follow(6, 2.0)[mean > 100] > factor[mean > 100] * 1.1).all()
    all_ = np.ones(genes, dtype=bool)
    assert (moderate_dispersions(trend, all_, mean, trend, lowering, 6, 0.3) == trend).all()
    few = slice(0, 199)
    unchanged = lower_trend(mean[few], trend[few], lambda assumed: (drawn[few] / 10, freedom[few]))
    assert unchanged(mean[few]) == pytest.approx(1.0)


def pairs(patients):
    """Return the design of patients with two samples each, the difference of the two in the last column."""
    patient = np.tile(np.eye(patients), (2, 1))[:, 1:]
    columns = np.column_stack([np.ones(2 * patients), patient, np.repeat([0.0, 1.0], patients)])
    return pd.DataFrame(columns, columns=[f"c{i}" for i in range(patients + 1)])


def groups(size):
    return pd.DataFrame({"Intercept": 1.0, "group": np.repeat([0.0, 1.0], size)})


@pytest.mark.parametrize(
    ("design", "most"),
    [(groups(2), 0.966), (groups(3), 0.966), (groups(4), 0.966), (pairs(3), 0.975), (pairs(8), 0.966)],
    ids=["2 v 2", "3 v 3", "4 v 4", "3 pairs", "8 pairs"],
)
def test_intervals_hold_the_truth_at_low_counts_too(design, most):
    """R's trend is too high there, by 70 % (4 v 4) to 270 % (2 v 2), so that its errors are too large."""
    random = np.random.default_rng(5)
    held, wide = [], []
    for _ in range(3):
        mean = np.repeat([5.0, 20.0, 1000.0], 2000) * random.lognormal(0, 0.3, 6000)
        dispersion = (0.05 + 1 / mean) * random.lognormal(0, 0.3, 6000)
        depth = 2 ** random.uniform(-1, 1, len(design))
        nuisance = design.to_numpy()[:, :-1] @ random.normal(0, 0.3, (design.shape[1] - 1, 6000))
        scaled = mean * depth[:, None] * 2**nuisance
        counts = random.poisson(random.gamma(1 / dispersion, scaled * dispersion))
        fit = engine.fit_model(counts, design, size_factors=depth)
        found = engine.test_contrast(fit, np.eye(design.shape[1])[-1])
        held.append(found["log2_fc"].abs() <= stats.t.isf(0.025, found["df"]) * found["moderated_se"])
        wide.append(found["log2_fc"].abs() <= stats.t.isf(0.025, fit.freedom) * found["lfc_se"])
    kept, before = (np.mean(each, axis=0).reshape(3, 2000).mean(axis=1) for each in (held, wide))
    # 95 % are promised; the Monte-Carlo error of 6,000 genes is 0.3 %.
    assert before[0] > 0.975
    assert ((kept > 0.942) & (kept < most)).all(), kept
