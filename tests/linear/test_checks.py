"""Wrong input: an error of its own kind and a sentence that says what is wrong."""

import numpy as np
import pandas as pd
import pytest

from autocrine import linear
from autocrine.engine import ContrastError, CountsError, DesignError, EngineError, ReplicationError, SizeFactorError

LAST = [0.0, 0.0, 0.0, 1.0]


def spoil(frame, value):
    out = frame.astype(float).copy()
    out.iloc[1, 2] = value
    return out


def only(frame, places):
    """Return the values of some samples, the others missing."""
    out = frame.copy()
    out.iloc[[place for place in range(len(frame)) if place not in places]] = np.nan
    return out


def fails(error, words):
    return pytest.raises(error, match=words)


def test_expression(arrays, design):
    with fails(linear.ExpressionError, "infinite in places, for example of gene g003"):
        linear.fit_model(spoil(arrays, np.inf), design)
    with fails(linear.ExpressionError, "samples x genes"):
        linear.fit_model(arrays.iloc[:, 0].to_numpy(), design)
    with fails(linear.ExpressionError, "not a number"):
        linear.fit_model(arrays.astype(object).assign(g003="many"), design)
    with fails(linear.ExpressionError, "repeat"):
        linear.fit_model(arrays.set_axis(["g"] * arrays.shape[1], axis=1), design)


def test_design(arrays, design):
    with fails(DesignError, "11 rows"):
        linear.fit_model(arrays, design.iloc[:-1])
    with fails(DesignError, "not of full rank"):
        linear.fit_model(arrays, design.assign(twice=design["b"] + design["c"]))
    with fails(DesignError, "another order"):
        linear.fit_model(arrays, design.iloc[::-1])
    with fails(DesignError, "infinite"):
        linear.fit_model(arrays, design.assign(b=np.inf))
    with fails(ReplicationError, "3 samples"):
        linear.fit_model(arrays.iloc[:3], pd.DataFrame(np.eye(3), arrays.index[:3], list("abc")))
    with fails(ReplicationError, "no variance"):
        linear.fit_model(only(arrays, [0, 1, 4, 8]), design)
    # the only samples of group c have no weight
    with fails(DesignError, "zero for every sample: c"):
        linear.fit_model(arrays, design, weights=1 - design["c"])


def test_weights(arrays, design, precision):
    with fails(linear.WeightsError, "shape"):
        linear.fit_model(arrays, design, weights=np.ones(11))
    with fails(linear.WeightsError, "shape"):
        linear.fit_model(arrays, design, weights=precision.T)
    for value in (-1.0, np.nan, np.inf):
        with fails(linear.WeightsError, "finite and not negative"):
            linear.fit_model(arrays, design, weights=spoil(precision, value))
    with fails(linear.WeightsError, "not a number"):
        linear.fit_model(arrays, design, weights=["heavy"] * 12)


def test_blocks(arrays, design, blocks):
    for options in ({"blocks": blocks}, {"correlation": 0.5}):
        with fails(linear.BlockError, "Blocks need their correlation"):
            linear.fit_model(arrays, design, **options)
    with fails(linear.BlockError, "12 samples"):
        linear.fit_model(arrays, design, blocks=blocks[:-1], correlation=0.5)
    with fails(linear.BlockError, "no block"):
        linear.fit_model(arrays, design, blocks=[None, *blocks[1:]], correlation=0.5)
    with fails(linear.BlockError, "above -0.2"):
        linear.fit_model(arrays, design, blocks=[1] * 6 + [2] * 6, correlation=-0.2)
    for value in (1.0, np.nan):
        with fails(linear.BlockError, "below 1"):
            linear.fit_model(arrays, design, blocks=blocks, correlation=value)
    with fails(linear.BlockError, "two samples"):
        linear.estimate_block_correlation(arrays, design, range(12))
    with fails(linear.BlockError, "already has the blocks"):
        linear.estimate_block_correlation(arrays, design, ["a"] * 4 + ["b"] * 4 + ["c"] * 4)
    with fails(linear.BlockError, "No gene"):
        linear.estimate_block_correlation(only(arrays, range(4)), design, blocks)
    with fails(EngineError, "trimmed"):
        linear.estimate_block_correlation(arrays, design, blocks, trim=0.5)


def test_tests(arrays, design):
    fit = linear.fit_model(arrays, design)
    with fails(ContrastError, "shape"):
        linear.test_contrast(fit, [1.0])
    with fails(ContrastError, "zero everywhere"):
        linear.test_contrast(fit, np.zeros(4))
    with fails(ContrastError, "combination"):
        linear.test_together(fit, [LAST, [0, 0, 1, 0], [0, 0, 1, 1]])
    with fails(ContrastError, "leave out"):
        linear.test_nested(fit, design)
    with fails(ContrastError, "leave out"):
        linear.test_nested(fit, design[["Intercept"]].assign(age=np.arange(12.0)))
    for alpha, power in ((0.5, 0.4), (0.0, 0.8), (0.05, 1.0)):
        with fails(EngineError, "level"):
            linear.detectable_effect(fit, LAST, alpha, power)
    with fails(EngineError, "threads"):
        linear.fit_model(arrays, design, threads=0)
    with fails(linear.VarianceError, "covariate"):
        linear.fit_model(arrays, design, trend=np.ones(5))


def test_counts(counts, design):
    with fails(CountsError, "negative"):
        linear.voom(spoil(counts, -1), design)
    with fails(CountsError, "missing"):
        linear.voom(spoil(counts, np.nan), design)
    with fails(linear.ExpressionError, "infinite"):
        linear.voom(spoil(counts, np.inf), design)
    with fails(CountsError, "two genes"):
        linear.voom(counts.iloc[:, :4], design, library_sizes=np.full(12, 1e5))
    with fails(SizeFactorError, "Library sizes"):
        linear.voom(counts, design, library_sizes=np.zeros(12))
    with fails(SizeFactorError, "Library sizes"):
        linear.voom(counts, design, library_sizes=np.ones(3))
    empty = counts.copy()
    empty.iloc[3] = 0
    with fails(SizeFactorError, "Library sizes"):
        linear.voom(empty, design)
    with fails(linear.ExpressionError, "span"):
        linear.voom(counts, design, span=0)


def test_quality_weights(arrays, design):
    with fails(EngineError, "method"):
        linear.estimate_array_weights(arrays, design, method="REML")
    with fails(EngineError, "prior genes"):
        linear.estimate_array_weights(arrays, design, prior_genes=0)
    with fails(linear.BlockError, "12 samples"):
        linear.estimate_array_weights(arrays, design, groups=[1, 2])
    gaps = arrays.copy()
    gaps.iloc[0] = np.nan
    with fails(EngineError, "without missing"):
        linear.estimate_array_weights(gaps, design, method="reml")
    # Nothing to compare with: as R, all weights are 1.
    small = pd.DataFrame({"one": 1.0, "x": [0.0, 1.0, 1.0]}, arrays.index[:3])
    np.testing.assert_array_equal(linear.estimate_array_weights(arrays.iloc[:3], small), 1.0)
    np.testing.assert_array_equal(linear.estimate_array_weights(arrays.iloc[:, :1], design), 1.0)
