"""Eight genes side by side: functions against scipy's and closed forms, and lanes that know nothing of each other."""

import ctypes
import sys
from dataclasses import replace

import numba
import numpy as np
import pytest
from scipy.special import gammaln

from autocrine.engine.kernels import functions
from autocrine.engine.kernels.lanes import LANES, as_lanes, empty_lanes, put_lane
from autocrine.engine.kernels.profile import evaluate_posterior, profile_scratch
from autocrine.engine.model import compute_moments, compute_robust_dispersion, make_model
from autocrine.engine.plan import make_plan
from autocrine.engine.stages import estimate_genewise

TINY_TO_HUGE = np.geomspace(1e-12, 1e12, 4001)
NEAR_ONE = 1 + np.linspace(-0.3, 0.3, 1999)


def one_and_eight(function, x):
    """Return a helper's values, asked for one number at a time and for eight at once."""

    @numba.njit
    def ask(x, single, side_by_side):
        for i in range(len(x)):
            single[i] = function(x[i])
        for i in range(len(x) // LANES):
            as_lanes(side_by_side)[i] = function(as_lanes(x)[i])

    x = np.resize(x, len(x) // LANES * LANES)
    single, side_by_side = np.empty_like(x), np.empty_like(x)
    ask(x, single, side_by_side)
    return x, single, side_by_side


@pytest.mark.parametrize(
    ("name", "reference", "x", "error"),
    [
        ("log", np.log, np.concatenate([TINY_TO_HUGE, NEAR_ONE]), 4e-16),
        ("exp", np.exp, np.linspace(-700, 709, 4001), 6e-16),
        ("lgamma", gammaln, TINY_TO_HUGE[TINY_TO_HUGE > 1e-6], 1e-14),
    ],
)
def test_functions_are_those_of_scipy_for_one_number_and_for_eight(name, reference, x, error):
    x, single, side_by_side = one_and_eight(getattr(functions, name), x)
    np.testing.assert_allclose(single, reference(x), rtol=error, atol=error)
    np.testing.assert_allclose(side_by_side, reference(x), rtol=error, atol=error)


def test_exponentials_beyond_the_range_of_floats_are_infinite_and_zero():
    _, single, side_by_side = one_and_eight(
        functions.exp, np.array([710.0, 1e4, np.inf, 709.0, -750.0, -1e4, -np.inf, 0.0])
    )
    np.testing.assert_array_equal(single, side_by_side)
    assert np.isinf(single[:3]).all()
    assert np.isfinite(single[3])
    assert (single[4:6] < 1e-300).all()


@numba.njit
def posterior_of(y, mu, log_alpha, centre, precision, plan, value, slope):
    n = y.shape[1]
    counts, means = empty_lanes(n), empty_lanes(n)
    for lane in range(LANES):
        put_lane(counts, lane, y[lane])
        put_lane(means, lane, mu[lane])
    at, around = as_lanes(log_alpha)[0], as_lanes(centre)[0]
    found = evaluate_posterior(counts, means, at, plan, around, precision, profile_scratch(plan))
    as_lanes(value)[0], as_lanes(slope)[0] = found


def expected_posterior(y, mu, log_alpha, centre, precision, design):
    """Return the posterior of one gene; lgamma(y + r) - lgamma(r) is a sum of y logarithms for whole y."""
    alpha = np.exp(log_alpha)
    total = (
        sum(np.log1p(np.arange(count) * alpha).sum() for count in y) - ((y + 1 / alpha) * np.log1p(mu * alpha)).sum()
    )
    weighted = design.T * (mu / (1 + alpha * mu)) @ design
    return total - 0.5 * np.linalg.slogdet(weighted)[1] - 0.5 * precision * (log_alpha - centre) ** 2


@pytest.mark.parametrize("precision", [0.0, 0.8])
@pytest.mark.parametrize("log_alpha", [-29.0, -18.0, -11.0, -4.0, -2.1, -1.0, 0.5, 3.0, 9.0])
def test_likelihood_and_slope_at_any_dispersion(log_alpha, precision):
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(40), np.repeat([0.0, 1.0], 20), rng.normal(size=40)])
    plan = make_plan(design)
    mu = np.exp(rng.normal(2, 2, (LANES, 40)))
    y = rng.poisson(mu * rng.gamma(3, 1 / 3, (LANES, 40))).astype(float)
    at = log_alpha + np.linspace(-0.2, 0.2, LANES)
    centre = rng.normal(-2, 1, LANES)
    value, slope = np.empty(LANES), np.empty(LANES)
    order = plan.sample_order
    y, mu = np.ascontiguousarray(y[:, order]), np.ascontiguousarray(mu[:, order])
    posterior_of(y, mu, at, centre, precision, plan.arrays, value, slope)
    step = 1e-4
    for lane in range(LANES):

        def expected(x, lane=lane):
            return expected_posterior(y[lane], mu[lane], x, centre[lane], precision, design[order])

        assert value[lane] == pytest.approx(expected(at[lane]), rel=1e-12, abs=1e-9)
        change = (expected(at[lane] + step) - expected(at[lane] - step)) / (2 * step)
        assert slope[lane] == pytest.approx(change, rel=1e-5, abs=1e-4)


def test_a_gene_does_not_depend_on_those_beside_it():
    rng = np.random.default_rng(4)
    y = rng.poisson(np.exp(rng.normal(3, 2, (203, 1))) * rng.gamma(2, 0.5, (203, 8))).astype(float)
    y = y[y.any(axis=1)]
    plan = make_plan(np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)]))
    factors = np.exp(rng.normal(0, 0.2, (1, 8)))

    def fit(genes):
        return estimate_genewise(make_model(y[genes], factors, plan, 1)).dispersion

    together, order = fit(np.arange(len(y))), rng.permutation(len(y))
    np.testing.assert_array_equal(fit(order), together[order])
    np.testing.assert_array_equal(np.concatenate([fit([gene]) for gene in range(20)]), together[:20])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes the C library's next block for granted")
def test_sums_do_not_depend_on_where_arrays_lie():
    # A kernel's work space gets the block that was freed last: here one that follows the factors at once.
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.restype, libc.free.argtypes = None, [ctypes.c_void_p]
    rng = np.random.default_rng(0)
    counts, factors = rng.negative_binomial(3, 0.02, (40, 12)).astype(float), rng.uniform(0.5, 2, (1, 12))
    plan = make_plan(np.column_stack([np.ones(12), np.repeat([0.0, 1.0], 6)]))

    def ask(factors):
        model = replace(make_model(counts, factors, plan, 1), factors=factors)
        return compute_moments(model).mean.tobytes(), compute_robust_dispersion(model).tobytes()

    found, tried = {ask(factors)}, 0
    for size in range(96, 480, 16):
        # the first ones fill holes that are anywhere
        for block, next_block in [(libc.malloc(8 * 12), libc.malloc(size)) for _ in range(200)][-3:]:
            if 0 < next_block - block < 256:
                here = np.ctypeslib.as_array((ctypes.c_double * 12).from_address(block)).reshape(1, 12)
                here[:] = factors
                libc.free(next_block)
                found.add(ask(here))
                tried += 1
    assert tried > 0
    assert len(found) == 1
