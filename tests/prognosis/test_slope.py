"""Slopes of a response: scipy's numbers, a covariate by residuals, and what leaves no slope."""

import numpy as np
import pytest
from scipy import stats

from autocrine.prognosis.slope import fit_slope


def test_without_covariates_it_is_the_regression_of_scipy():
    random = np.random.default_rng(1)
    value = random.normal(size=12)
    response = 2 - 0.5 * value + random.normal(size=12)
    fit, expected = fit_slope(response, value, np.empty((12, 0))), stats.linregress(value, response)
    assert (fit.estimate, fit.se, fit.p_value) == pytest.approx((expected.slope, expected.stderr, expected.pvalue))
    assert fit.df == 10
    low, high = fit.interval(0.05)
    reach = stats.t.ppf(0.975, 10) * expected.stderr
    assert (low, high) == pytest.approx((expected.slope - reach, expected.slope + reach))


def test_a_covariate_counts_as_if_it_were_taken_out_of_both():
    """The theorem of Frisch, Waugh and Lovell."""
    random = np.random.default_rng(2)
    age = random.normal(size=20)
    value, response = random.normal(size=20) + age, random.normal(size=20) - 2 * age
    apart = [part - np.polyval(np.polyfit(age, part, 1), age) for part in (value, response)]
    fit = fit_slope(response, value, age[:, None])
    assert fit.estimate == pytest.approx(stats.linregress(*apart).slope)
    assert fit.df == 17


def test_size_is_that_of_students_t():
    random = np.random.default_rng(3)
    p = [fit_slope(random.normal(size=6), random.normal(size=6), np.empty((6, 0))).p_value for _ in range(400)]
    assert stats.kstest(p, "uniform").pvalue > 0.001


@pytest.mark.parametrize(
    ("value", "response", "covariates", "said"),
    [
        ([1, 2, 3, 4], [1, 0, 1, 0], [[2], [4], [6], [8]], "combination of the covariates"),
        ([1, 2], [1, 0], np.empty((2, 0)), "no degree of freedom"),
        ([1, 2, 3, 4], [2, 4, 6, 8], np.empty((4, 0)), "combination of value and covariates"),
    ],
)
def test_what_leaves_no_slope_is_said(value, response, covariates, said):
    with pytest.raises(ValueError, match=said):
        fit_slope(np.array(response, dtype=float), np.array(value, dtype=float), np.array(covariates, dtype=float))
