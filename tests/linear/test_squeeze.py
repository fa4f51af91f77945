"""Squeezed variances and the smooth lines: R's answers, and what must hold without them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.linear import VarianceError, squeeze_variances
from autocrine.linear.errors import ExpressionError
from autocrine.linear.lowess import lowess
from autocrine.linear.natural_spline import natural_spline

CASES = [
    "plain", "infinite", "infinite_trend", "zeros", "varied", "without", "trend", "trend_without", "ties", "constant",
    *(f"few_{n}" for n in (1, 2, 3, 5, 6, 29, 30)), *(f"few_trend_{n}" for n in (1, 2, 3, 5, 6, 29, 30)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_squeeze_is_limmas(case, answers):
    r = answers.table("squeeze", case)
    covariate = None if r["covariate"].isna().all() else r["covariate"]
    found = squeeze_variances(r["variance"], r["freedom"], covariate)
    np.testing.assert_allclose(found.posterior, r["posterior"], rtol=1e-12)
    np.testing.assert_allclose(found.prior, r["prior"], rtol=1e-12)
    np.testing.assert_allclose(found.prior_freedom, r["prior_freedom"].iloc[0], rtol=1e-12)


def test_squeeze_finds_a_known_prior():
    random = np.random.default_rng(7)
    true = 0.3 * 8 / random.chisquare(8, 200_000)
    found = squeeze_variances(true * random.chisquare(5, len(true)) / 5, 5)
    assert found.prior_freedom == pytest.approx(8, rel=0.02)
    assert found.prior[0] == pytest.approx(0.3, rel=0.01)
    np.testing.assert_array_equal(found.freedom, 5 + found.prior_freedom)
    # squeezed variances are nearer the truth than the sample's
    error = np.mean((np.log(found.posterior) - np.log(true)) ** 2)
    assert error < 0.6 * np.mean((np.log(true * random.chisquare(5, len(true)) / 5) - np.log(true)) ** 2)


def test_freedom_is_at_most_that_of_all_genes():
    assert squeeze_variances([1.0, 1.01, 0.99], 4).freedom == pytest.approx([12, 12, 12])


def test_gene_without_freedom_gets_the_prior():
    found = squeeze_variances([np.nan, 0.2, 0.5, 2.0, 3.0], [0, 3, 3, 3, 3])
    assert found.posterior[0] == found.prior[0] and found.freedom[0] == found.prior_freedom


@pytest.mark.parametrize(
    "variances, freedom, covariate, words",
    [
        ([[1.0]], 3, None, "one per gene"),
        ([1.0, np.inf], 3, None, "finite"),
        ([1.0, -1.0], 3, None, "not negative"),
        ([1.0, 2.0], [3, -1], None, "Degrees of freedom"),
        ([1.0, 2.0], 0, None, "No gene"),
        ([0.0, 0.0, 1.0], 3, None, "zero"),
        ([1.0, 2.0], 3, [1.0], "shape"),
        ([1.0, 2.0], 3, [1.0, np.nan], "missing"),
        ([1.0, 2.0], 3, [1.0, np.inf], "infinite"),
        ([1.0, 2.0], [3.0, 3.0, 3.0], None, "Degrees of freedom have"),
    ],
)
def test_wrong_variances(variances, freedom, covariate, words):
    with pytest.raises(VarianceError, match=words):
        squeeze_variances(variances, freedom, covariate)


@pytest.mark.parametrize("case", ["many", "narrow", "ties", "three", "line", "level"])
def test_lowess_is_rs(case, answers):
    r = answers.table("lowess", case)
    x, fitted = lowess(r["x"], r["y"], {"narrow": 0.05, "ties": 0.3}.get(case, 0.5))
    np.testing.assert_array_equal(x, r["sorted"])
    np.testing.assert_allclose(fitted, r["fitted"], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("x, y, span", [([], [], 0.5), ([1.0], [1.0, 2.0], 0.5), ([1.0, 2.0], [1.0, 2.0], 1.5)])
def test_wrong_points(x, y, span):
    with pytest.raises(ExpressionError):
        lowess(x, y, span)


def test_natural_splines_are_straight_beyond_their_ends_and_smooth_between():
    knots = np.array([0.0, 1.0, 2.5, 4.0])
    assert natural_spline(np.linspace(0, 4, 9), knots).shape == (9, 4)
    for outside in (np.linspace(-3, 0, 7), np.linspace(4, 9, 7)):
        assert np.abs(np.diff(natural_spline(outside, knots), n=2, axis=0)).max() < 1e-12
    step = 1e-4
    for knot in knots:
        around = natural_spline(knot + step * np.arange(-3, 4), knots)
        left, right = np.diff(around[:4], n=2, axis=0)[0], np.diff(around[3:], n=2, axis=0)[-1]
        assert np.abs(left - right).max() / step**2 < 0.05


def test_natural_splines_hold_the_line_and_the_constant():
    x = np.random.default_rng(1).normal(size=40)
    basis = natural_spline(x, np.quantile(x, [0, 0.3, 0.7, 1]))
    for y in (np.ones(40), x):
        assert np.abs(basis @ np.linalg.lstsq(basis, y, rcond=None)[0] - y).max() < 1e-12


def test_p_values_of_nothing_are_uniform():
    random = np.random.default_rng(3)
    true = 2.0 * 6 / random.chisquare(6, 20_000)
    values = random.normal(size=(6, len(true))) * np.sqrt(true)
    from autocrine import linear

    design = pd.DataFrame({"one": 1.0, "b": np.repeat([0.0, 1.0], 3)})
    p = linear.test_contrast(linear.fit_model(values, design), [0, 1])["p_value"]
    assert stats.kstest(p, "uniform").pvalue > 0.01
