"""Every stage against R DESeq2 1.38.3 on the simulated sets (references of six digits)."""

import numpy as np
import pandas as pd
import pytest

from autocrine import engine
from autocrine.engine.model import fit_regression, make_model
from autocrine.engine.plan import make_plan

SIMULATED = [
    "two_v_two", "three_v_three", "four_v_four", "eight_v_eight", "twelve_batches", "thirty_pairs", "two_hundred",
    "three_levels", "covariate", "rising",
]  # fmt: skip
DIGITS = 1.2e-5


def close(found: pd.Series, expected: pd.Series, tolerance: float = DIGITS) -> None:
    """Equal to six digits, missing values in the same places."""
    pd.testing.assert_series_equal(found.isna(), expected.isna(), check_names=False)
    np.testing.assert_allclose(found.dropna(), expected.dropna(), rtol=tolerance, atol=tolerance / 10)


@pytest.mark.parametrize("name", SIMULATED)
def test_size_factors_and_trend(name, simulated, fitted):
    case, fit = simulated(name), fitted(name)
    np.testing.assert_allclose(fit.size_factors, np.array(case.fit["size_factors"].split(","), float), rtol=1e-12)
    assert fit.trend["fit_type"] == case.fit["fit_type"]
    if fit.trend["fit_type"] == "parametric":
        assert fit.trend["asymptotic"] == pytest.approx(float(case.fit["asymptotic"]), rel=1e-8)
        assert fit.trend["extra_poisson"] == pytest.approx(float(case.fit["extra_poisson"]), rel=1e-8)
    assert fit.prior_variance == pytest.approx(float(case.fit["prior_variance"]), rel=1e-8)


@pytest.mark.parametrize("name", SIMULATED)
def test_dispersions(name, simulated, fitted):
    case, genes = simulated(name), fitted(name).genes
    # below 1e-7 R's own likelihood is rounding noise: where its search ends there is arbitrary
    floor = case.genes["dispersion_gene"] < 1e-7
    assert (genes["dispersion_gene"][floor] < 1e-7).all()
    close(genes["dispersion_gene"][~floor], case.genes["dispersion_gene"][~floor])
    for column in ("base_mean", "dispersion_trend", "dispersion_map", "max_cooks"):
        close(genes[column], case.genes[column].astype(float))
    outlier = case.genes["dispersion_outlier"].isin([True, "True"])
    assert (genes["dispersion_outlier"] == outlier).all()
    replaced = case.genes["replaced"].isin([True, "True"])
    assert (genes["replaced"] == replaced).all()


@pytest.mark.parametrize("name", SIMULATED)
def test_wald(name, simulated, fitted):
    case, fit = simulated(name), fitted(name)
    found = engine.test_contrast(fit, case.contrast)
    adjusted, info = engine.adjust_p_values(found["p_value"], fit.genes["base_mean"], 0.05)
    close(found["log2_fc"], case.genes["log2_fc"])
    close(found["lfc_se"], case.genes["lfc_se"])
    close(found["p_value"], case.genes["p_value"], 2e-4)
    close(pd.Series(adjusted, found.index), case.genes["adj_p_value"], 2e-4)
    assert ((adjusted < 0.05) == (case.genes["adj_p_value"] < 0.05)).all()
    assert info["threshold"] == pytest.approx(float(case.fit["threshold"]), rel=1e-12)


@pytest.mark.parametrize("name", SIMULATED)
def test_likelihood_ratio(name, simulated, fitted):
    case = simulated(name)
    found = engine.test_nested(fitted(name), case.reduced)
    np.testing.assert_allclose(found["stat"], case.genes["lrt_stat"], rtol=2e-5, atol=1e-6)
    close(found["p_value"], case.genes["lrt_p_value"], 1e-4)
    assert (found["df"] == case.design.shape[1] - case.reduced.shape[1]).all()


def test_separated_genes_end_close_to_r():
    """All but one count of group b is zero, or all but one count at all: the likelihood has no finite maximum."""
    factors = np.array([
        0.8146902, 1.34102, 1.387856, 1.045873, 0.8472249, 0.9559835, 1.166508, 1.074471, 1.137164, 0.8009299, 1.253016,
        1.228302, 2.045616, 1.226905, 1.157537, 0.7636391, 0.692595, 0.5239267, 1.046765, 1.679978, 0.9499161,
        0.5214527, 1.054833, 0.9111951,
    ])  # fmt: skip
    one, few = np.zeros(24), np.zeros(24)
    one[17] = 300
    few[:12], few[20] = [10, 15, 2, 11, 10, 6, 1, 17, 3, 3, 19, 7], 300
    batch, condition = np.arange(24) % 3, np.arange(24) >= 12
    plan = make_plan(np.column_stack([np.ones(24), batch == 1, batch == 2, condition]))
    y, factors = np.array([one, few])[:, plan.sample_order], factors[plan.sample_order][None, :]
    fit = fit_regression(make_model(y, factors, plan, 1), np.array([24.0, 6.27023697900621]))
    found = plan.restore(fit.beta) / np.log(2)
    assert (fit.iterations == -1).all()
    # R stops on the flat part of the likelihood; we go on to its maximum between the bounds
    np.testing.assert_allclose(found[0, [0, 2, 3]], [-30.0, 18.52293, 18.62387], atol=2e-3)
    np.testing.assert_allclose(found[1], [2.25936, 0.82250, 8.42172, -5.37883], atol=2e-4)
    np.testing.assert_allclose(fit.deviance, [24.51176, 131.36058], rtol=1e-4)


@pytest.mark.parametrize("name", SIMULATED)
def test_poscounts(name, simulated):
    case = simulated(name)
    found = engine.estimate_size_factors(case.counts, "poscounts")
    np.testing.assert_allclose(found, np.array(case.fit["poscounts"].split(","), float), rtol=1e-12)


def test_numeric_contrasts(data, fitted):
    reference = pd.read_csv(data / "three_levels" / "numeric.tsv.gz", sep="\t", index_col=0)
    for prefix, weights in (("mean", [0, 0.5, 0.5]), ("numeric", [0, -1, 1])):
        found = engine.test_contrast(fitted("three_levels"), weights)
        close(found["log2_fc"], reference[f"{prefix}_log2_fc"])
        close(found["p_value"], reference[f"{prefix}_p_value"], 1e-4)


def test_normalisation_factors(data, simulated):
    case = simulated("three_v_three")
    reference = pd.read_csv(data / "three_v_three" / "factors.tsv.gz", sep="\t", index_col=0)
    g, s = np.arange(1, case.counts.shape[1] + 1)[None, :], np.arange(1, 7)[:, None]
    factors = np.exp(0.3 * np.sin(g * s) + 0.1 * s)
    factors /= np.exp(np.log(factors).mean(axis=0))
    fit = engine.fit_model(case.counts, case.design, normalization_factors=factors)
    found = engine.test_contrast(fit, case.contrast)
    close(fit.genes["base_mean"], reference["base_mean"])
    floor = reference["dispersion"] < 1e-7
    close(fit.genes["dispersion"][~floor], reference["dispersion"][~floor])
    close(found["log2_fc"], reference["log2_fc"])
    close(found["lfc_se"], reference["lfc_se"])
    close(found["p_value"], reference["p_value"], 1e-4)


def test_variance_stabilisation(data, simulated):
    case = simulated("four_v_four")
    reference = pd.read_csv(data / "four_v_four" / "vst.tsv.gz", sep="\t", index_col=0)
    found = engine.stabilise_variance(case.counts)
    np.testing.assert_allclose(found.T[: len(reference)], reference, rtol=1e-5)
