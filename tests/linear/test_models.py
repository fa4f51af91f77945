"""What must hold without R: statsmodels' numbers, refits, known truth, and the interface that both engines share."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy import stats as distributions
from statsmodels.regression import linear_model as statsmodels
from tests.engine.conftest import make_design

from autocrine import engine, linear
from autocrine.linear import warm

LAST = [0.0, 0.0, 0.0, 1.0]


def covariance_of(weights, blocks, correlation):
    """Covariance per unit of variance of the values of one gene."""
    same = np.asarray(blocks)[:, None] == np.asarray(blocks)
    matrix = np.where(same, correlation, 0.0)
    np.fill_diagonal(matrix, 1.0)
    return matrix / np.sqrt(np.outer(weights, weights))


def test_each_gene_is_the_generalised_regression_of_its_values(gappy, design, precision, blocks):
    fit = linear.fit_model(gappy, design, weights=precision, blocks=blocks, correlation=0.4)
    contrast = np.array([0.2, 0, -1, 1])
    tested = linear.test_contrast(fit, contrast)
    joint = linear.test_together(fit, [[0, 0, 1, 0], contrast])
    complete = fit.coefficients.index[fit.coefficients.notna().all(axis=1)]
    for gene in complete[::8]:
        there = gappy[gene].notna().to_numpy()
        sigma = covariance_of(precision[gene].to_numpy(), blocks, 0.4)[np.ix_(there, there)]
        theirs = statsmodels.GLS(gappy.loc[there, gene].to_numpy(), design.to_numpy()[there], sigma=sigma).fit()
        np.testing.assert_allclose(fit.coefficients.loc[gene], theirs.params, rtol=1e-9)
        genes = fit.genes.loc[gene]
        assert genes["residual_df"] == theirs.df_resid
        if theirs.df_resid > 0:
            assert genes["residual_variance"] == pytest.approx(theirs.scale, rel=1e-9)
        unscaled = np.asarray(theirs.normalized_cov_params)
        error = np.sqrt(contrast @ unscaled @ contrast * genes["variance"])
        assert tested.loc[gene, "lfc_se"] == pytest.approx(error, rel=1e-9)
        rows = np.array([[0, 0, 1, 0], contrast])
        effects = rows @ theirs.params
        f = effects @ np.linalg.solve(rows @ unscaled @ rows.T, effects) / 2 / genes["variance"]
        assert joint.loc[gene, "stat"] == pytest.approx(f, rel=1e-9)


def test_contrasts_that_the_values_determine_are_tested_without_the_others(arrays, design):
    """All values of group c are missing: b against a is what it is without these samples, c has no answer."""
    values = arrays.copy()
    values.loc[design["c"] == 1, values.columns[:20]] = np.nan
    fit = linear.fit_model(values, design)
    lost, kept = values.columns[:20], values.columns[20:]
    rest = (design["c"] == 0).to_numpy()
    alone = linear.fit_model(arrays.loc[rest, lost], design.loc[rest, ["Intercept", "batch2", "b"]])
    assert fit.coefficients.loc[lost, "c"].isna().all() and fit.coefficients.loc[kept, "c"].notna().all()
    np.testing.assert_allclose(fit.coefficients.loc[lost, "b"], alone.coefficients["b"], rtol=1e-9)
    np.testing.assert_allclose(fit.genes.loc[lost, "residual_variance"], alone.genes["residual_variance"], rtol=1e-9)
    scale = np.sqrt(fit.genes.loc[lost, "variance"] / alone.genes["variance"])
    ours, theirs = linear.test_contrast(fit, [0, 0, 1, 0]), linear.test_contrast(alone, [0, 0, 1])
    np.testing.assert_allclose(ours.loc[lost, "lfc_se"], theirs["lfc_se"] * scale, rtol=1e-9)
    assert linear.test_contrast(fit, LAST).loc[lost, "p_value"].isna().all()
    assert linear.test_together(fit, [[0, 0, 1, 0], LAST]).loc[lost, "p_value"].isna().all()
    assert np.isnan(linear.detectable_effect(fit, LAST)[:20]).all()
    assert "undetermined" in [remark.kind for remark in fit.warnings]


def test_one_contrast_together_is_the_square_of_t(arrays, design, precision):
    fit = linear.fit_model(arrays, design, weights=precision)
    one, many = linear.test_contrast(fit, LAST), linear.test_together(fit, [LAST])
    np.testing.assert_allclose(many["stat"], one["stat"] ** 2, rtol=1e-10)
    np.testing.assert_allclose(many["p_value"], one["p_value"], rtol=1e-8)


def test_blocks_of_one_and_no_correlation_change_nothing(arrays, design, precision):
    plain = linear.fit_model(arrays, design, weights=precision)
    for options in ({"blocks": range(12), "correlation": 0.7}, {"blocks": [1] * 12, "correlation": 0.0}):
        fit = linear.fit_model(arrays, design, weights=precision, **options)
        pd.testing.assert_frame_equal(fit.coefficients, plain.coefficients, rtol=1e-10)


def test_order_of_samples_does_not_matter(gappy, design, precision, blocks):
    order = np.random.default_rng(2).permutation(12)
    first = linear.fit_model(gappy, design, weights=precision, blocks=blocks, correlation=0.4)
    second = linear.fit_model(
        gappy.iloc[order],
        design.iloc[order],
        weights=precision.to_numpy()[order],
        blocks=np.asarray(blocks)[order],
        correlation=0.4,
    )
    ours, theirs = linear.test_contrast(first, LAST), linear.test_contrast(second, LAST)
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9, atol=1e-12)


def test_weight_of_zero_is_a_missing_value(arrays, gappy, design):
    zero = gappy.notna().to_numpy().astype(float)
    ours, theirs = linear.fit_model(arrays, design, weights=zero), linear.fit_model(gappy, design)
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients, rtol=1e-9)
    np.testing.assert_allclose(ours.genes["variance"], theirs.genes["variance"], rtol=1e-9)
    kept = np.ones(12)
    kept[3] = 0
    ours = linear.fit_model(arrays, design, weights=kept)
    theirs = linear.fit_model(arrays.drop(index=arrays.index[3]), design.drop(index=design.index[3]))
    np.testing.assert_allclose(ours.coefficients, theirs.coefficients, rtol=1e-9)


def test_threads_and_choice_of_genes_do_not_matter(gappy, design, precision):
    fit = linear.fit_model(gappy, design, weights=precision)
    both = linear.fit_model(gappy, design, weights=precision, threads=2)
    pd.testing.assert_frame_equal(linear.test_contrast(fit, LAST), linear.test_contrast(both, LAST))
    chosen = ["g030", "g007", "g100"]
    some = linear.test_contrast(fit.of_genes(chosen), LAST)
    pd.testing.assert_frame_equal(some, linear.test_contrast(fit, LAST).loc[chosen])
    with pytest.raises(KeyError):
        fit.of_genes(["g030", "nobody"])


def test_measurement_of_large_numbers(arrays, design):
    """Age in years to the third power beside the groups: coefficients of numpy's own least squares."""
    age = np.linspace(20, 80, 12)[np.random.default_rng(1).permutation(12)]
    wide = design.assign(age=age, cube=age**3)
    fit = linear.fit_model(arrays, wide)
    theirs = np.linalg.lstsq(wide.to_numpy(), arrays.to_numpy(), rcond=None)[0].T
    np.testing.assert_allclose(fit.coefficients, theirs, rtol=1e-7)
    nested = linear.test_nested(fit, design)
    together = linear.test_together(fit, np.eye(6)[4:])
    np.testing.assert_allclose(nested["stat"], together["stat"], rtol=1e-7)


def test_detectable_effects_are_found_with_the_power(design):
    """Variances drawn as the model has them; effects of the size stated are found in the stated part of tests."""
    random = np.random.default_rng(5)
    n_genes, power = 20_000, 0.8
    true = 0.5 * 6 / random.chisquare(6, n_genes)
    noise = random.normal(size=(12, n_genes)) * np.sqrt(true)
    stated = linear.detectable_effect(linear.fit_model(noise, design), LAST, power=power)
    unscaled = np.sqrt(np.linalg.inv(design.T @ design)[3, 3])
    # the gene's own error is what it is measured with, so the power at the true one is that of the shift
    shift = stated / np.sqrt(linear.fit_model(noise, design).genes["variance"].to_numpy()) / unscaled
    effect = shift * np.sqrt(true) * unscaled
    moved = noise + np.outer(design["c"], effect)
    tested = linear.test_contrast(linear.fit_model(moved, design), LAST)
    found = ((tested["p_value"] < 0.05) & (tested["stat"] > 0)).mean()
    assert found == pytest.approx(power, abs=0.02)


def test_quality_weights_find_the_samples_that_vary(design):
    random = np.random.default_rng(8)
    variance = np.exp(np.linspace(-1, 1, 12))
    values = random.normal(size=(12, 5000)) * np.sqrt(variance)[:, None] * random.gamma(3, size=5000)
    for method, tolerance in (("reml", 0.08), ("gene_by_gene", 0.2)):
        weights = linear.estimate_array_weights(values, design, method=method)
        np.testing.assert_allclose(np.log(weights), -np.log(variance), atol=tolerance)


def reml_score(values, design, weights, prior):
    """Derivatives of the likelihood by the log variance of each sample, of all genes and the prior's."""
    root = np.sqrt(weights)
    q, _ = np.linalg.qr(design.to_numpy() * root[:, None])
    scaled = values.to_numpy() * root[:, None]
    squares = (scaled - q @ (q.T @ scaled)) ** 2
    left = 1 - (q**2).sum(axis=1)
    free = len(design) - design.shape[1]
    score = (squares / squares.sum(axis=0) * free).sum(axis=1) - squares.shape[1] * left + prior * (weights - 1)
    return score - score.mean()


def test_quality_weights_solve_their_equations(arrays, design):
    """R's tolerance ends before the root. Further steps go on to it; both are R's with that tolerance (test_parity)."""
    scores = {}
    for tolerance in (1e-5, 1e-26):
        weights = linear.estimate_array_weights(arrays, design, tolerance=tolerance, max_steps=500)
        scores[tolerance] = np.abs(reml_score(arrays, design, weights, 10)).max()
    assert scores[1e-26] < 1e-9 < 1e-3 < scores[1e-5] < 1


def test_correlations_within_blocks_are_of_greatest_likelihood(arrays, design, blocks):
    """The profile likelihood of restricted maximum likelihood, searched by scipy."""
    found = linear.estimate_block_correlation(arrays, design[["Intercept", "batch2"]], blocks)
    q = np.linalg.qr(design[["Intercept", "batch2"]].to_numpy(), mode="complete")[0][:, 2:]
    same = (np.asarray(blocks)[:, None] == np.asarray(blocks)).astype(float)
    differences = []
    for gene in arrays.columns[::4]:
        z = q.T @ arrays[gene].to_numpy()

        def deviance(rho, z=z):
            matrix = q.T @ (rho * same + (1 - rho) * np.eye(12)) @ q
            return np.linalg.slogdet(matrix)[1] + len(z) * np.log(z @ np.linalg.solve(matrix, z))

        best = optimize.minimize_scalar(deviance, bounds=(-0.99, 0.99), method="bounded", options={"xatol": 1e-9})
        differences.append(abs(found.genes[gene] - np.clip(best.x, -0.99, 0.99)))
    assert np.quantile(differences, 0.9) < 1e-3


def test_consensus_finds_a_known_correlation():
    random = np.random.default_rng(4)
    blocks = np.repeat(range(8), 2)
    values = np.sqrt(0.3) * random.normal(size=(8, 3000))[blocks] + np.sqrt(0.7) * random.normal(size=(16, 3000))
    design = pd.DataFrame({"one": 1.0, "x": np.tile([0.0, 1.0], 8)})
    # The mean of inverse tangents of eight pairs' correlations is a little off 0.3.
    assert linear.estimate_block_correlation(values, design, blocks).consensus == pytest.approx(0.3, abs=0.03)


def test_voom_weights_are_the_precision_of_log_counts():
    """Counts of negative binomials: the variance of a log count is near (1/mean + dispersion) / log(2)^2."""
    random = np.random.default_rng(6)
    mean = np.exp(random.uniform(np.log(30), np.log(3000), 4000))
    shape = 1 / 0.04
    counts = random.poisson(random.gamma(shape, mean / shape, size=(20, 4000)))
    design = pd.DataFrame({"one": 1.0, "x": np.repeat([0.0, 1.0], 10)})
    found = linear.voom(counts, design)
    expected = np.log(2) ** 2 / (1 / mean + 0.04)
    ratio = np.asarray(found.weights).mean(axis=0) / expected
    # the square root of a standard deviation is on average below that of the variance, so all weights are a little high
    assert 1.0 < np.median(ratio) < 1.1
    assert np.quantile(np.abs(ratio / np.median(ratio) - 1), 0.95) < 0.15


def test_both_engines_say_the_same_things(counts, design):
    ours = linear.fit_model(linear.voom(counts, design).expression, design)
    theirs = engine.fit_model(counts, design)
    assert list(linear.test_contrast(ours, LAST)) == list(engine.test_contrast(theirs, LAST))
    reduced = design[["Intercept", "batch2"]]
    assert list(linear.test_nested(ours, reduced)) == list(engine.test_nested(theirs, reduced))
    assert ours.shape == theirs.shape and list(ours.coefficients) == list(theirs.coefficients)
    assert len(linear.detectable_effect(ours, LAST)) == len(engine.detectable_effect(theirs, LAST))
    assert set(dir(linear)) >= {"Fit", "fit_model", "test_contrast", "test_nested", "test_threshold"}
    with pytest.raises(AttributeError):
        _ = linear.nothing
    kernels = {path.stem for path in (Path(linear.__file__).parent / "kernels").glob("*.py")} - {"__init__"}
    assert kernels == set(warm._MODULES)
    linear.warm_up()


def test_frames_of_any_layout_give_the_same(arrays):
    """Fortran or C order, integers, and a design with other names of rows than the values have."""
    sheet = pd.DataFrame({"group": np.repeat(["a", "b"], 6)}, index=arrays.index)
    design = make_design(sheet, ["group"], {})
    first = linear.fit_model(arrays, design).coefficients
    pd.testing.assert_frame_equal(first, linear.fit_model(pd.DataFrame(np.asfortranarray(arrays),
        arrays.index, arrays.columns), design).coefficients)  # fmt: skip
    whole = (arrays * 10).round().astype(int)
    np.testing.assert_allclose(
        linear.fit_model(whole, design).coefficients, linear.fit_model(whole.astype(float), design).coefficients
    )


def test_no_difference_gives_uniform_p_values_with_blocks():
    random = np.random.default_rng(11)
    blocks = np.repeat(range(6), 2)
    values = 0.6 * random.normal(size=(6, 8000))[blocks] + 0.8 * random.normal(size=(12, 8000))
    design = pd.DataFrame({"one": 1.0, "x": np.repeat([0.0, 1.0], 6)})
    rho = linear.estimate_block_correlation(values, design, blocks).consensus
    fit = linear.fit_model(values, design, blocks=blocks, correlation=rho)
    p = linear.test_contrast(fit, [0, 1])["p_value"]
    assert (p < 0.05).mean() == pytest.approx(0.05, abs=0.012)
    ignored = linear.test_contrast(linear.fit_model(values, design), [0, 1])["p_value"]
    assert (ignored < 0.05).mean() > 0.07
    assert distributions.kstest(p, "uniform").statistic < 0.03


def test_genes_whose_blocks_are_in_their_design_have_no_correlation(arrays, design):
    """What is left of the first gene has a block for each group; R gives rounding there, 0.99 or none."""
    values = arrays.copy()
    blocks = np.array([1, 1, 1, 1, 2, 2, 2, 3, 3, 4, 5, 5])
    values.iloc[7:, 0] = np.nan
    found = linear.estimate_block_correlation(values, design[["Intercept", "b"]], blocks)
    assert np.isnan(found.genes.iloc[0]) and found.genes.iloc[1:].notna().all()
    whole = linear.estimate_block_correlation(arrays.iloc[:, 1:], design[["Intercept", "b"]], blocks)
    assert found.consensus == pytest.approx(whole.consensus, rel=1e-12)
