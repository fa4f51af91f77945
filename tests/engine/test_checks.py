"""Guards: each wrong input is named in a sentence; odd genes are recorded, never raised."""

import numpy as np
import pandas as pd
import pytest

from autocrine import engine

DESIGN = pd.DataFrame({"Intercept": 1.0, "b": [0.0, 0, 0, 1, 1, 1]})
COUNTS = np.random.RandomState(0).poisson(30, (6, 50))


def broken(**change) -> pd.DataFrame:
    return DESIGN.assign(**change)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        (COUNTS.astype(float) + 0.5, "whole numbers"),
        (COUNTS - 100, "negative"),
        (COUNTS[0], "samples x genes"),
        (np.where(COUNTS > 40, np.nan, COUNTS.astype(float)), "missing"),
        (np.where(np.arange(6)[:, None] == 2, 0, COUNTS), "no counts at all: 2"),
        (pd.DataFrame(COUNTS[:, :2], columns=["g", "g"]), "repeat"),
        (pd.DataFrame({"g": ["x", "1", "2", "3", "4", "5"]}), "not numbers"),
    ],
)
def test_counts(counts, message):
    with pytest.raises(engine.CountsError, match=message):
        engine.fit_model(counts, DESIGN)


@pytest.mark.parametrize(
    ("design", "error", "message"),
    [
        (broken(c=[1.0, 1, 1, 0, 0, 0]), "DesignError", "column c is a combination of Intercept, b"),
        (broken(c=0.0), "DesignError", "zero for every sample: c"),
        (broken(c=[np.nan, 0, 1, 0, 1, 0]), "DesignError", "missing or infinite values in: c"),
        (DESIGN.iloc[:5], "DesignError", "5 rows, but there are 6 samples"),
        (DESIGN[[]], "DesignError", "no columns"),
        (pd.DataFrame(np.eye(6)), "ReplicationError", "6 coefficients for 6 samples"),
        (broken(c=["x"] * 6), "DesignError", "not numbers"),
        (DESIGN.to_numpy(), "DesignError", "DataFrame"),
    ],
)
def test_design(design, error, message):
    with pytest.raises(getattr(engine, error), match=message):
        engine.fit_model(COUNTS, design)


def test_sample_names_must_agree():
    counts = pd.DataFrame(COUNTS, index=list("abcdef"))
    with pytest.raises(engine.DesignError, match="another order"):
        engine.fit_model(counts, DESIGN.set_axis(list("abcdfe")))
    with pytest.raises(engine.DesignError, match="row names"):
        engine.fit_model(counts, DESIGN.set_axis(list("uvwxyz")))


def test_factors_and_contrasts():
    with pytest.raises(engine.SizeFactorError, match="positive"):
        engine.fit_model(COUNTS, DESIGN, size_factors=[1, 1, 1, 1, 1, 0])
    with pytest.raises(engine.SizeFactorError, match="shape"):
        engine.fit_model(COUNTS, DESIGN, normalization_factors=np.ones((6, 3)))
    with pytest.raises(engine.SizeFactorError, match="poscounts"):
        engine.estimate_size_factors(np.eye(6, dtype=int) + np.eye(6, k=1, dtype=int))
    fit = engine.fit_model(COUNTS, DESIGN)
    with pytest.raises(engine.ContrastError, match="2 columns"):
        engine.test_contrast(fit, [1.0])
    with pytest.raises(engine.ContrastError, match="zero everywhere"):
        engine.shrink_contrast(fit, [0.0, 0.0])
    with pytest.raises(engine.ContrastError, match="leave out"):
        engine.test_nested(fit, pd.DataFrame({"other": [0.0, 1, 0, 1, 0, 1]}))
    with pytest.raises(engine.ContrastError, match="alternative"):
        engine.test_threshold([1.0], [1.0], 1.0, "two")
    with pytest.raises(engine.ContrastError, match="positive for lessAbs"):
        engine.test_threshold([1.0], [1.0], 0.0, "lessAbs")
    assert issubclass(engine.ReplicationError, ValueError)


def test_odd_genes_are_recorded_not_raised():
    counts = COUNTS.copy()
    counts[:, 0] = 0
    counts[:, 1] = [0, 0, 0, 0, 0, 1]
    counts[:, 2] = [0, 0, 0, 0, 0, 2_000_000_000]
    counts[:, 3] = 7
    counts[:, 4] = [0, 0, 0, 900, 1000, 1100]
    fit = engine.fit_model(counts, DESIGN)
    found = engine.test_contrast(fit, [0.0, 1.0])
    shrunken = engine.shrink_contrast(fit, [0.0, 1.0])
    assert fit.genes["all_zero"].tolist() == [True] + [False] * 49
    assert found.loc[0].isna().all() and shrunken.loc[0].isna().all()
    assert np.isfinite(found.drop(index=0)[["log2_fc", "lfc_se"]]).all(axis=None)
    assert found.loc[4, "log2_fc"] > 8


@pytest.mark.parametrize("counts", [np.full((6, 20), 10), np.full((6, 1), 3), np.arange(1, 7)[:, None] * [[1, 2, 3]]])
def test_degenerate_matrices_end(counts):
    fit = engine.fit_model(counts, DESIGN, size_factors=np.ones(6))
    found = engine.test_contrast(fit, [0.0, 1.0])
    adjusted, _ = engine.adjust_p_values(found["p_value"], fit.genes["base_mean"], 0.05)
    assert np.isfinite(found["lfc_se"]).all() and np.isfinite(adjusted).all()


def test_all_zero_matrix_and_constant_genes():
    with pytest.raises(engine.CountsError, match="no counts at all"):
        engine.fit_model(np.zeros((6, 4), dtype=int), DESIGN)
