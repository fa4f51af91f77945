"""Threshold tests, filtering, shrinkage, stabilisation and the small pieces under them."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import norm

from autocrine import engine
from autocrine.engine.filtering import lowess
from autocrine.engine.local_regression import fit_local_regression
from autocrine.engine.plan import make_plan
from autocrine.engine.wald import compared_groups


def test_the_sum_of_both_tails_is_limmas_treat():
    """R limma 3.54.1, treat(fit, lfc = 1) with coefficients and standard errors as given and 1e12 df."""
    fold, se = [0.2, 1.0, 1.3, -2.0, 4, -0.9], [0.5, 0.5, 0.8, 0.4, 1.0, 0.3]
    limma = [0.953398244225, 0.500031671242, 0.355850370817, 0.00620966532582, 0.00135018468321, 0.630558659938]
    found = engine.test_threshold(fold, se, 1.0, "greaterAbs")["p_value"]
    np.testing.assert_allclose(found, limma, rtol=1e-10)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 1.0, 3.0])
def test_the_size_of_either_test_at_the_threshold_is_its_level(threshold):
    """Closed form: effects at the threshold with error 1 are beyond a critical value c with P(|Z + T| > c)."""
    estimates = np.linspace(-12, 12, 200_001)
    density = norm.pdf(estimates, loc=threshold) * (estimates[1] - estimates[0])
    sizes = {}
    for alternative in ("greaterAbs2014", "greaterAbs"):
        p_value = engine.test_threshold(estimates, np.ones_like(estimates), threshold, alternative)["p_value"]
        sizes[alternative] = density[p_value < 0.05].sum()
    # The newer one has the size it promises at any threshold; the older one half of it far from zero.
    assert sizes["greaterAbs"] == pytest.approx(0.05, abs=1e-4)
    assert 0.0249 < sizes["greaterAbs2014"] < 0.05


def test_threshold_identities():
    fold, se = np.array([-3.0, -1.0, 0.0, 0.4, 2.5, np.nan]), np.array([0.5, 0.3, 0.2, 0.9, 1.0, 1.0])
    for alternative in ("greaterAbs2014", "greaterAbs"):
        at_zero = engine.test_threshold(fold, se, 0.0, alternative)
        np.testing.assert_allclose(at_zero["p_value"], 2 * ndtr(-np.abs(fold / se)))
    greater = engine.test_threshold(fold, se, 0.5, "greater")
    less = engine.test_threshold(-fold, se, 0.5, "less")
    np.testing.assert_allclose(greater["p_value"], less["p_value"])
    np.testing.assert_allclose(greater["stat"], -less["stat"])
    equal = engine.test_threshold(fold, se, 1.0, "lessAbs")
    parts = ndtr(-(fold + 1) / se), ndtr(-(1 - fold) / se)
    np.testing.assert_allclose(equal["p_value"], np.maximum(*parts))


def test_benjamini_hochberg_without_low_means():
    p = np.array([0.01, 0.02, 0.03, 0.04, 0.05])
    adjusted, info = engine.adjust_p_values(p, np.full(5, 10.0), 0.05)
    np.testing.assert_allclose(adjusted, 0.05)
    assert info["threshold"] == 10.0
    adjusted, _ = engine.adjust_p_values([np.nan, np.nan], [0.0, 1.0], 0.05)
    assert np.isnan(adjusted).all()


def test_filter_leaves_out_genes_of_low_mean():
    rng = np.random.RandomState(3)
    mean = np.sort(np.exp(rng.normal(3, 2, 4000)))
    p = rng.uniform(size=4000)
    p[3000:3600] **= 8
    adjusted, info = engine.adjust_p_values(p, mean, 0.05)
    assert info["threshold"] > np.quantile(mean, 0.2)
    assert np.isnan(adjusted[mean < info["threshold"]]).all()
    assert not np.isnan(adjusted[mean >= info["threshold"]]).any()


def test_lowess_keeps_lines_and_survives_outliers():
    x = np.linspace(0, 1, 50)
    np.testing.assert_allclose(lowess(x, 2 + 3 * x), 2 + 3 * x, atol=1e-12)
    y = 2 + 3 * x + np.random.RandomState(0).normal(0, 0.3, 50)
    y[20] += 4
    assert abs(lowess(x, y)[20] - (2 + 3 * x[20])) < 0.5


def test_local_regression_keeps_quadratics_inside_and_beyond():
    x = np.linspace(0, 5, 80)
    curve = fit_local_regression(x, 1 + x - 0.3 * x**2, np.ones(80))
    at = np.linspace(-1, 6, 30)
    np.testing.assert_allclose(curve(at), 1 + at - 0.3 * at**2, atol=1e-10)


@pytest.mark.parametrize(
    ("contrast", "expected"),
    [
        ([0, 1, 0, 0], ["ax", "ay", "bx", "by"]),
        ([0, -1, 1, 0], ["bx", "by", "cx", "cy"]),
        ([0, 0, 0, 1], ["ax", "ay", "bx", "by", "cx", "cy"]),
        ([0, -1, 2, 0], ["bx", "by", "cx", "cy"]),
        ([0, 0.5, 0.5, 0], ["ax", "ay", "bx", "by", "cx", "cy"]),
    ],
)
def test_compared_groups(contrast, expected):
    names = ["ax", "ay", "bx", "by", "cx", "cy"]
    rows = np.array([[1, n[0] == "b", n[0] == "c", n[1] == "y"] for n in names], dtype=float)
    found = compared_groups(rows, np.array(contrast, dtype=float))
    assert [n for n, involved in zip(names, found, strict=True) if involved] == expected


@pytest.mark.parametrize("interaction", [False, True])
def test_a_batch_without_a_pair_is_compared_and_the_other_level_of_an_interaction_is_not(interaction):
    """Its samples were left out, and a gene that only they have read got effect 0 and p 1, where R estimates it."""
    names = ["s1", "r1", "s2m", "r2m", "s3", "r3m"]
    rows = [[1, n[1] == "2", n[1] == "3", n.endswith("m"), n[0] == "r"] for n in names]
    if interaction:
        rows = [[*row, row[1] * row[4]] for row in rows]
    rows = np.array(rows, dtype=float)
    found = compared_groups(rows, np.eye(rows.shape[1])[4])
    expected = [n for n in names if not (interaction and n[1] == "2")]
    assert [n for n, involved in zip(names, found, strict=True) if involved] == expected


def _compared_pair_by_pair(rows, weights):
    """The definition of `compared_groups`, by comparing every row with every other."""
    loading = np.any(rows[:, weights != 0] != 0, axis=1) | (not weights.min() < 0 < weights.max())
    indicator = np.all(np.isin(rows, (-1.0, 0.0, 1.0)), axis=0)
    flags, difference = rows[:, indicator], weights[indicator]
    pairs = [(i, j) for i, one in enumerate(flags) for j, two in enumerate(flags) if (one - two == difference).all()]
    if not indicator[weights != 0].all() or not pairs:
        return loading
    own = difference != 0
    added = np.zeros(flags.shape[1], dtype=bool)
    for place in np.flatnonzero(~own):
        products = [flags[:, place] * flags[:, other] for other in np.flatnonzero(own)]
        known = [any((product == column).all() for column in flags.T) for product in products]
        added[place] = any(product.any() and not there for product, there in zip(products, known, strict=True))
    involved = np.zeros(len(rows), dtype=bool)
    for side in zip(*pairs, strict=True):
        shared = (flags[list(side)] == flags[side[0]]).all(axis=0) & ~added
        involved |= (flags[:, shared] == flags[side[0]][shared]).all(axis=1)
    return involved


@given(data=st.data())
def test_compared_groups_are_those_found_pair_by_pair(data):
    width = data.draw(st.integers(1, 4))
    row = st.lists(st.sampled_from([-1.0, 0.0, 1.0, 0.0, 1.0, 0.5]), min_size=width, max_size=width)
    rows = np.array(data.draw(st.lists(row, min_size=1, max_size=8)))
    some = rows[data.draw(st.integers(0, len(rows) - 1))] - rows[data.draw(st.integers(0, len(rows) - 1))]
    weights = data.draw(st.one_of(st.just(some), row.map(np.array)))
    assert (compared_groups(rows, weights) == _compared_pair_by_pair(rows, weights)).all()


def test_compared_groups_of_a_thousand_pairs_take_little_memory():
    patients = np.kron(np.ones((2, 1)), np.eye(1000)[:, 1:])
    rows = np.column_stack([np.ones(2000), patients, np.repeat([0.0, 1.0], 1000)])
    weights = np.eye(1001)[-1]
    tracemalloc.start()
    try:
        compared_groups(rows, weights)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Every row against every other would take 2000 * 2000 * 1001 bytes at least.
    assert peak < 10 * rows.nbytes


def test_patients_are_eliminated_first():
    patients = np.kron(np.ones((2, 1)), np.eye(6)[:, 1:])
    design = np.column_stack([np.ones(12), patients, np.repeat([0.0, 1.0], 6)])
    plan = make_plan(design)
    # a dense factor would have p (p - 1)/2 = 21 entries below the diagonal
    assert len(plan.arrays.fill_row) <= 12
    np.testing.assert_array_equal(plan.restore(plan.permute(design)), design)


def test_shrinkage_pulls_towards_zero_and_keeps_large_effects(simulated, fitted):
    case = simulated("eight_v_eight")
    fit = fitted("eight_v_eight")
    raw = engine.test_contrast(fit, case.contrast)
    small = engine.shrink_contrast(fit, case.contrast)
    seen = raw["log2_fc"].notna() & (raw["log2_fc"] != 0)
    # a group without any counts has no finite raw fold change: where that stops is a matter of its floor
    one_sided = [(case.counts[case.samples["condition"] == level] == 0).all() for level in ("a", "b")]
    finite = seen & ~(one_sided[0] | one_sided[1])
    assert (small["log2_fc_shrunken"].abs()[finite] <= raw["log2_fc"].abs()[finite] + 1e-3).all()
    strong = seen & (raw["stat"].abs() > 12)
    ratio = small["log2_fc_shrunken"][strong] / raw["log2_fc"][strong]
    assert strong.any() and (ratio > 0.9).all()


@pytest.mark.parametrize(
    ("name", "columns", "coefficient"),
    [("single_factor", ["condition"], 1), ("multi_factor", ["group", "condition"], 2),
     ("continuous", ["group", "condition", "measurement"], 3)],
)  # fmt: skip
def test_shrinkage_against_apeglm(name, columns, coefficient, shared):
    root = shared("data/pydeseq2_r_oracles")
    source = root / ("tests/data/continuous" if name == "continuous" else "datasets/synthetic")
    counts = pd.read_csv(source / "test_counts.csv", index_col=0).T
    samples = pd.read_csv(source / "test_metadata.csv", index_col=0)
    design = pd.DataFrame({"Intercept": 1.0}, index=samples.index)
    for column in columns:
        values = samples[column]
        design[column] = values if values.dtype.kind == "f" else (values == values.max()).astype(float)
    contrast = np.eye(design.shape[1])[coefficient]
    fit = engine.fit_model(counts, design)
    expected = pd.read_csv(root / "tests/data" / name / "r_test_lfc_shrink_res.csv", index_col=0)
    found = engine.shrink_contrast(fit, contrast)
    # apeglm's optimiser stops within some 1e-4 of the mode
    np.testing.assert_allclose(found["log2_fc_shrunken"], expected["log2FoldChange"], atol=4e-4)
    np.testing.assert_allclose(found["lfc_se_shrunken"], expected["lfcSE"], rtol=4e-4)
    if name == "single_factor":
        for file, given in (("r_vst.csv", None), ("r_vst_with_design.csv", design)):
            stabilised = pd.read_csv(root / "tests/data" / name / file, index_col=0)
            np.testing.assert_allclose(engine.stabilise_variance(counts, design=given).T, stabilised, rtol=1e-9)


def test_local_trend_stabilises_without_closed_form(simulated):
    case = simulated("rising")
    found = engine.stabilise_variance(case.counts)
    assert np.isfinite(found).all()
    top = case.counts.to_numpy().argmax(axis=0)[0]
    assert found[top, 0] == found[:, 0].max()


def test_audit_mode_runs_pydeseq2(simulated):
    case = simulated("four_v_four")
    fit = engine.fit_model(case.counts, case.design, engine="pydeseq2")
    found = engine.test_contrast(fit, case.contrast)
    assert fit.engine == "pydeseq2" and fit.trend["fit_type"] in ("parametric", "mean")
    both = found["log2_fc"].notna() & (case.genes["log2_fc"].abs() < 5)
    assert np.median(np.abs(found["log2_fc"] - case.genes["log2_fc"])[both]) < 1e-3
    assert list(fit.genes.columns) == list(engine.fit_model(case.counts, case.design).genes.columns)


def test_import_is_light():
    code = "import sys, autocrine.engine; print([m for m in ('numba', 'pydeseq2', 'pandas') if m in sys.modules])"
    scripts = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
    done = subprocess.run([sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
