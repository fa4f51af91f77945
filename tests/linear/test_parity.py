"""Simulated sets against R limma 3.54.1: every answer to every gene (make_reference.R)."""

import numpy as np
import pandas as pd
import pytest
from tests.linear.agreement import RELATIVE, agrees, agrees_in_all

from autocrine import linear

LAST = [0.0, 0.0, 0.0, 1.0]
HALF = np.linspace(0.5, 2, 12)
GROUPS = [1, 2, 1, 2, 2, 1, 1, 1, 1, 2, 2, 1]
UNEVEN = [1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5]


def f_agrees(fit, r, reduced):
    tested = linear.test_nested(fit, reduced)
    agrees(tested["stat"], r["f_stat"])
    if "f_p_value" in r:
        agrees(tested["p_value"], r["f_p_value"])


@pytest.fixture(scope="module")
def sizes(answers):
    return answers.samples("library_sizes")


def test_voom(answers, counts, design):
    found = linear.voom(counts, design)
    agrees(found.expression, answers.matrix("expression", "voom"))
    agrees(found.weights, answers.matrix("weights", "voom"))
    fit = linear.fit_model(found.expression, design, weights=found.weights)
    assert np.isfinite(fit.prior_freedom)
    agrees_in_all(fit, answers.genes("voom"), LAST)
    f_agrees(fit, answers.genes("voom"), design[["Intercept", "batch2"]])
    # R with a design in which the contrast is a coefficient, so that its error is not approximate.
    agrees_in_all(fit, answers.genes("voom_c_minus_b"), [0, 0, -1, 1])


@pytest.mark.parametrize(
    "case, options",
    [
        ("voom_library", {"span": 0.3}),
        ("voom_sample_weights", {"weights": HALF}),
        ("voom_block", {"correlation": 0.3}),
    ],
)
def test_voom_options(case, options, answers, counts, design, sizes, blocks):
    if "correlation" in options:
        options = options | {"blocks": blocks}
    agrees(linear.voom(counts, design, library_sizes=sizes, **options).weights, answers.matrix("weights", case))


def test_voom_for_trend(answers, counts, design, sizes):
    found = linear.voom(counts, design, library_sizes=sizes, span=0.3)
    fit = linear.fit_model(found.expression, design, weights=found.weights, trend=True)
    agrees_in_all(fit, answers.genes("voom_trend"), LAST)


def test_voom_with_blocks(answers, counts, design, sizes, blocks):
    found = linear.voom(counts, design, library_sizes=sizes, blocks=blocks, correlation=0.3)
    between = linear.estimate_block_correlation(found.expression, design, blocks, weights=found.weights)
    agrees(between.consensus, answers.numbers("voom_block")["consensus"])
    agrees(between.genes, answers.genes("voom_block_correlation")["stat"])
    fit = linear.fit_model(
        found.expression, design, weights=found.weights, blocks=blocks, correlation=between.consensus
    )
    agrees_in_all(fit, answers.genes("voom_block"), LAST)


@pytest.mark.parametrize("method", ["gene_by_gene", "reml"])
def test_voom_with_quality_weights(method, answers, counts, design, sizes):
    found = linear.voom_with_quality_weights(counts, design, library_sizes=sizes, method=method)
    case = f"quality_{method.replace('_', '')}"
    agrees(found.sample_weights, answers.samples(case))
    agrees(found.weights, answers.matrix("weights", case))


@pytest.mark.parametrize(
    "case, options",
    [
        ("plain", {}),
        ("trend", {"trend": True}),
        ("array_weighted", {"weights": HALF}),
        ("block", {"correlation": 0.4}),
        ("block_negative", {"correlation": -0.3}),
    ],
)
def test_arrays(case, options, answers, arrays, design, blocks):
    if "correlation" in options:
        options = options | {"blocks": blocks}
    fit, r = linear.fit_model(arrays, design, **options), answers.genes(case)
    agrees_in_all(fit, r, LAST)
    f_agrees(fit, r, design[["Intercept"]])


def test_contrast_of_two_groups(answers, arrays, design):
    agrees_in_all(linear.fit_model(arrays, design), answers.genes("plain_contrast"), [0, 0.3, -1, 1])


def test_trend_over_another_covariate(answers, arrays, design):
    fit = linear.fit_model(arrays, design, trend=arrays.iloc[0])
    agrees_in_all(fit, answers.genes("trend_covariate"), LAST)


@pytest.mark.parametrize("case", ["weighted", "zero"])
def test_weights_per_value(case, answers, arrays, design):
    weights = answers.matrix("weights", "arrays" if case == "weighted" else "zero")
    agrees_in_all(linear.fit_model(arrays, design, weights=weights), answers.genes(case), LAST)


def test_missing_values(answers, gappy, design, precision, blocks):
    agrees_in_all(linear.fit_model(gappy, design), answers.genes("missing"), LAST)
    present = gappy.iloc[:, 1:]
    agrees_in_all(linear.fit_model(present, design, trend=True), answers.genes("missing_trend"), LAST)
    agrees_in_all(linear.fit_model(gappy, design, weights=precision), answers.genes("missing_weighted"), LAST)
    fit = linear.fit_model(gappy, design, weights=precision, blocks=blocks, correlation=0.4)
    agrees_in_all(fit, answers.genes("block_missing_weighted"), LAST)


def test_margins_and_power(answers, arrays, design):
    fit, r = linear.fit_model(arrays, design, trend=True), answers.genes("margins")
    tested = linear.test_contrast(fit, LAST)
    beyond = linear.test_threshold(tested["log2_fc"], tested["lfc_se"], 0.4, "greaterAbs", fit.freedom)
    agrees(beyond["stat"], r["stat"])
    agrees(beyond["p_value"], r["p_value"])
    within = linear.test_threshold(tested["log2_fc"], tested["lfc_se"], 0.4, "lessAbs", fit.freedom)
    agrees(within["p_value"], r["within"])
    agrees(linear.detectable_effect(fit, LAST), r["detectable"])


@pytest.mark.parametrize(
    "case, options",
    [
        ("reml", {}),
        ("reml_long", {"tolerance": 1e-26, "max_steps": 500}),
        ("gene_by_gene", {"method": "gene_by_gene"}),
        ("weighted", {"weights": True}),
        ("weighted_reml", {"weights": True, "method": "reml"}),
        ("missing", {"missing": True}),
        ("missing_reml", {"missing": True, "method": "reml"}),
        ("groups", {"groups": GROUPS}),
        ("groups_gene_by_gene", {"groups": GROUPS, "method": "gene_by_gene"}),
        ("prior", {"prior_genes": 100}),
    ],
)
def test_array_weights(case, options, answers, arrays, gappy, design, precision):
    values = gappy if options.pop("missing", False) else arrays
    if options.pop("weights", False):
        options["weights"] = precision
    agrees(linear.estimate_array_weights(values, design, **options), answers.samples(case))


@pytest.mark.parametrize("case", ["even", "uneven", "missing", "weighted"])
def test_block_correlation(case, answers, arrays, gappy, design, precision, blocks):
    found = linear.estimate_block_correlation(
        gappy if case in ("missing", "weighted") else arrays,
        design[["Intercept", "batch2"]],
        blocks if case == "even" else UNEVEN,
        weights=precision if case == "weighted" else None,
    )
    agrees(found.consensus, answers.numbers(f"correlation_{case}")["consensus"])
    r = answers.genes(f"correlation_{case}")["stat"].reindex(arrays.columns)
    np.testing.assert_allclose(found.genes, r, rtol=RELATIVE, atol=1e-10)


def test_frames_and_arrays_give_the_same(arrays, design):
    framed = linear.test_contrast(linear.fit_model(arrays, design), LAST)
    bare = linear.test_contrast(linear.fit_model(arrays.to_numpy(), design), LAST)
    pd.testing.assert_frame_equal(framed.reset_index(drop=True), bare)
