"""The smallest effect a design finds: by formula, by simulation, and what must not change it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import polygamma
from scipy.stats import nct, t

from autocrine import engine
from autocrine.engine.power import detectable_effect


def shift_of(fit, alpha=0.05, power=0.8):
    """The noncentrality at which Student's t passes the level with the power, by the share of the dispersion."""
    shares, shifts = np.linspace(0.01, 1, 100), []
    for share in shares:
        variance = share**2 * polygamma(1, fit.freedom / 2)
        df = 2 * brentq(lambda half, variance=variance: polygamma(1, half) - variance, 1e-3, 1e6)
        shifts.append(brentq(lambda shift, df=df: nct.sf(t.isf(alpha / 2, df), df, shift) - power, 0, 50))
    return lambda share: np.interp(share, shares, shifts)


def two_groups(first: int, second: int) -> tuple[pd.DataFrame, np.ndarray]:
    design = pd.DataFrame({"Intercept": 1.0, "treated": np.repeat([0.0, 1.0], [first, second])})
    return design, np.array([0.0, 1.0])


def pairs(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    design = pd.DataFrame(np.tile(np.eye(n), (2, 1)), columns=[f"patient{i}" for i in range(n)])
    return design.assign(treated=np.repeat([0.0, 1.0], n)), np.r_[np.zeros(n), 1.0]


def covariate(n: int) -> tuple[pd.DataFrame, np.ndarray]:
    age = np.random.default_rng(1).uniform(20, 80, n)
    design = pd.DataFrame({"Intercept": 1.0, "age": age, "treated": np.arange(n) % 3 == 0}, dtype=float)
    return design, np.array([0.0, 1.0, 0.0])


def draw(random, mean: np.ndarray, dispersion: np.ndarray) -> np.ndarray:
    return random.poisson(random.gamma(1 / dispersion, mean * dispersion))


def with_genes(fit, mean, dispersion):
    """The fit, with other means and dispersions."""
    return replace(fit, genes=fit.genes.assign(base_mean=mean, dispersion_moderated=dispersion))


def fit_nothing(design: pd.DataFrame, genes: int = 300, seed: int = 0, **arguments):
    """A fit of genes without effects, of mean counts from below one to thousands."""
    random = np.random.default_rng(seed)
    mean = np.exp(random.normal(4, 2, genes))
    counts = draw(random, np.tile(mean, (len(design), 1)), 0.05 + 2 / mean)
    counts[0] += 1
    counts[:, 0] = 0
    return engine.fit_model(counts, design, **arguments)


def by_scan(design, factors, contrast, mean, dispersion, shift):
    """The same quantity of one gene with dense matrices: scan for the first change of sign, then refine."""
    origin = np.linalg.lstsq(design, np.ones(len(design)), rcond=None)[0]
    slope = np.linalg.solve(design.T @ design, contrast)
    slope /= contrast @ slope

    def shortfall(delta, sign):
        means = factors * np.exp(design @ (np.log(mean) * origin + sign * delta * slope))
        weights = means / (1 + dispersion * means)
        along = np.linalg.solve(design.T @ (weights[:, None] * design), contrast)
        share = (dispersion * weights**2 * (design @ along) ** 2).sum() / (contrast @ along)
        return delta - shift(share) * np.sqrt(contrast @ along)

    answers = []
    for sign in (1, -1):
        grid = np.geomspace(1e-3, 12, 400) / np.abs(design @ slope).max()
        above = np.flatnonzero([shortfall(delta, sign) > 0 for delta in grid])
        answers.append(brentq(shortfall, grid[above[0] - 1], grid[above[0]], (sign,)) if len(above) else np.inf)
    return max(answers) / np.log(2)


@pytest.mark.parametrize(("first", "second"), [(6, 6), (3, 9), (12, 5)])
def test_closed_form_of_two_groups(first, second):
    design, contrast = two_groups(first, second)
    n, share = first + second, second / (first + second)
    fit = fit_nothing(design, size_factors=np.ones(n))
    mean, dispersion = fit.genes["base_mean"].to_numpy(), fit.genes["dispersion_moderated"].to_numpy()
    found = detectable_effect(fit, contrast)
    seen = np.isfinite(found) & (mean > 1)
    assert seen.sum() > 200

    shift = shift_of(fit)

    def needed(delta):
        low, high = mean * np.exp(-share * delta), mean * np.exp((1 - share) * delta)
        variance = (1 / low + dispersion) / first + (1 / high + dispersion) / second
        return shift((dispersion / first + dispersion / second) / variance) * np.sqrt(variance)

    delta = found * np.log(2)
    # at the answer one direction is exactly found, and the other no worse
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        worse = np.maximum(needed(delta), needed(-delta))
    np.testing.assert_allclose(worse[seen], delta[seen], rtol=2e-3)
    assert np.isnan(found[0])


@pytest.mark.parametrize("make", [lambda: two_groups(4, 12), lambda: pairs(5), lambda: covariate(10)])
@pytest.mark.parametrize("kind", ["size_factors", "normalization_factors"])
def test_dense_matrices_agree(make, kind):
    design, contrast = make()
    random = np.random.default_rng(5)
    shape = (len(design), 60) if kind == "normalization_factors" else (len(design),)
    fit = fit_nothing(design, 60, **{kind: np.exp(random.normal(0, 0.4, shape))})
    found = detectable_effect(fit, contrast)
    factors = np.broadcast_to(fit.size_factors[:, None], fit.shape)
    factors = factors if fit.normalization_factors is None else fit.normalization_factors
    columns = zip(factors.T, fit.genes["base_mean"], fit.genes["dispersion_moderated"], strict=True)
    shift = shift_of(fit)
    expected = [by_scan(design.to_numpy(), f, contrast, m, d, shift) if m > 0 else np.nan for f, m, d in columns]
    np.testing.assert_allclose(found, expected, rtol=2e-3)
    assert np.isfinite(found).sum() > 40


@pytest.mark.parametrize(("name", "design", "contrast"), [("6v6", *two_groups(6, 6)), ("12v12", *two_groups(12, 12)),
                                                          ("8 pairs", *pairs(8))])  # fmt: skip
def test_simulated_effects_are_found_as_often_as_stated(name, design, contrast):
    random = np.random.default_rng(11)
    mean = np.repeat([20.0, 100.0, 1000.0], 1500)
    dispersion = 0.05 + 2 / mean
    factors = np.exp(random.normal(0, 0.25, len(design)))
    base = factors[:, None] * mean
    effect = detectable_effect(engine.fit_model(draw(random, base, dispersion), design, size_factors=factors), contrast)
    side = design["treated"].to_numpy() - 0.5
    change = effect * np.log(2) * random.choice([-1, 1], len(mean))
    counts = draw(random, base * np.exp(side[:, None] * change), dispersion)
    tests = engine.test_contrast(engine.fit_model(counts, design, size_factors=factors), contrast)
    power = (tests["moderated_p_value"] < 0.05).groupby(mean).mean()
    print(name, power.round(3).to_dict())
    assert power.between(0.74, 0.88).all(), power


def test_genes_of_few_counts_promise_nothing():
    design, contrast = two_groups(6, 6)
    fit = fit_nothing(design)
    found = detectable_effect(with_genes(fit, 0.3, 1.0), contrast)
    assert np.isnan(found[0]) and np.isinf(found[1:]).all()


def test_more_samples_counts_or_precision_find_smaller_effects():
    fits = [fit_nothing(two_groups(n, n)[0], size_factors=np.ones(2 * n)) for n in (4, 8, 30)]
    by_size = [detectable_effect(with_genes(fit, 50.0, 0.2), [0.0, 1.0])[1] for fit in fits]
    by_mean = [detectable_effect(with_genes(fits[1], mean, 0.2), [0.0, 1.0])[1] for mean in (5.0, 50.0, 500.0)]
    by_noise = [detectable_effect(with_genes(fits[1], 50.0, noise), [0.0, 1.0])[1] for noise in (1.0, 0.2, 0.01)]
    by_level = [detectable_effect(fits[1], [0.0, 1.0], level)[5] for level in (0.001, 0.01, 0.05)]
    by_power = [detectable_effect(fits[1], [0.0, 1.0], power=power)[5] for power in (0.95, 0.8, 0.5)]
    for answers in (by_size, by_mean, by_noise, by_level, by_power):
        assert answers[0] > answers[1] > answers[2] > 0


few = settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])


@few
@given(seed=st.integers(0, 10_000), shuffle=st.permutations(range(9)))
def test_reference_level_sample_order_and_names_mean_nothing(seed, shuffle):
    level = np.repeat(["a", "b", "c"], [2, 3, 4])
    designs = [pd.DataFrame({x: (level == x).astype(float) for x in "abc"})]
    designs += [designs[0].assign(**{x: 1.0}) for x in "abc"]
    # c against b in group means, then with each group as the reference
    contrasts = [[0, -1, 1], [0, -1, 1], [0, 0, 1], [0, -1, 0]]
    random = np.random.default_rng(seed)
    mean = np.exp(random.normal(4, 2, 100))
    counts = draw(random, np.tile(mean, (9, 1)), 0.05 + 2 / mean) + 1
    fit = engine.fit_model(counts, designs[0])
    expected = detectable_effect(fit, contrasts[0])
    assert np.isfinite(expected).sum() > 50
    order = list(shuffle)
    for design, contrast in zip(designs, contrasts, strict=True):
        other = engine.fit_model(counts[order], design.iloc[order].set_axis(["x", "y", "z"], axis=1))
        # the fits agree to their own precision; the answer is compared at the same means and dispersions
        other = with_genes(other, fit.genes["base_mean"], fit.genes["dispersion_moderated"])
        np.testing.assert_allclose(detectable_effect(other, contrast), expected, rtol=1e-6)
        # the other way round the search climbs another path, and ends as close as its tolerance
        turned = detectable_effect(other, -np.array(contrast))
        np.testing.assert_allclose(turned[mean > 20], expected[mean > 20], rtol=1e-3)


def test_observed_effect_does_not_enter():
    design, contrast = two_groups(6, 6)
    fit = fit_nothing(design)
    other = replace(fit, coefficients=fit.coefficients * 0 + 7.0, model=replace(fit.model, y=fit.model.y * 0))
    np.testing.assert_array_equal(detectable_effect(other, contrast), detectable_effect(fit, contrast))
    # a gene with nothing in one group is as good as its mean and dispersion say
    counts = np.random.default_rng(3).poisson(100, (12, 200))
    counts[:6, 0], counts[6:, 0] = 0, 200
    fit = engine.fit_model(counts, design, size_factors=np.ones(12))
    fit = with_genes(fit, fit.genes["base_mean"], 0.1)
    found = detectable_effect(fit, contrast)
    assert abs(engine.test_contrast(fit, contrast)["log2_fc"].iloc[0]) > 5
    assert found[0] == pytest.approx(np.median(found), rel=0.02)


def test_audit_engine_gives_the_same():
    design, contrast = two_groups(5, 5)
    fit = fit_nothing(design, engine="pydeseq2")
    found = detectable_effect(fit, contrast)
    rows = zip(fit.genes["base_mean"], fit.genes["dispersion_moderated"], strict=True)
    shift = shift_of(fit)
    expected = [
        by_scan(design.to_numpy(), fit.size_factors, contrast, m, d, shift) if m > 0 else np.nan for m, d in rows
    ]
    np.testing.assert_allclose(found, expected, rtol=2e-3)


def test_refusals():
    design, contrast = two_groups(3, 3)
    fit = fit_nothing(design)
    for alpha, power in ((0.0, 0.8), (0.05, 1.0), (0.3, 0.2), (np.nan, 0.8)):
        with pytest.raises(engine.EngineError, match="level must be above 0"):
            detectable_effect(fit, contrast, alpha, power)
    with pytest.raises(engine.ContrastError):
        detectable_effect(fit, [1.0])
