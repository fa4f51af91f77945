"""Normalisation factors from average transcript lengths, against R DESeq2's treatment of the assay avgTxLength."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autocrine import engine

FOLDER = Path(__file__).parents[1] / "references" / "transcript_lengths"
# R was set to write twelve digits.
WRITTEN = 1e-10


@pytest.fixture(scope="module")
def reference():
    return pd.read_csv(FOLDER / "genes.tsv.gz", sep="\t", index_col="gene")


@pytest.fixture(scope="module")
def sizes():
    return pd.read_csv(FOLDER / "factors.tsv", sep="\t", index_col="sample")


def part(reference, what):
    """Return samples x genes of one kind of column."""
    return reference.filter(like=f"{what} s").set_axis([f"s{i}" for i in range(1, 9)], axis=1).T


@pytest.fixture(scope="module")
def counts(reference):
    return part(reference, "count")


@pytest.fixture(scope="module")
def lengths(reference):
    return part(reference, "length").to_numpy()


def centred(factors):
    return factors / np.exp(np.log(factors).mean())


def test_factors_are_those_of_r(reference, counts, lengths, sizes):
    size_factors, factors = engine.estimate_length_factors(counts, lengths)
    np.testing.assert_allclose(factors, part(reference, "factor"), rtol=WRITTEN)
    np.testing.assert_allclose(centred(size_factors), sizes["ratio"], rtol=WRITTEN)
    np.testing.assert_allclose(np.log(factors).mean(axis=0), 0, atol=1e-12)


def test_control_genes_and_genes_with_zeros(counts, lengths, sizes):
    found, _ = engine.estimate_length_factors(counts, lengths, control_genes=np.arange(100))
    np.testing.assert_allclose(centred(found), sizes["control"], rtol=WRITTEN)
    spoiled = counts.to_numpy().copy()
    spoiled[np.arange(500) % 8, np.arange(500)] = 0
    found, _ = engine.estimate_length_factors(spoiled, lengths, method="poscounts")
    np.testing.assert_allclose(centred(found), sizes["poscounts"], rtol=WRITTEN)


def test_equal_lengths_leave_size_factors_as_they_are(counts):
    found, factors = engine.estimate_length_factors(counts, np.full(counts.shape, 1500.0))
    np.testing.assert_allclose(found, engine.estimate_size_factors(counts), rtol=1e-12)
    np.testing.assert_allclose(factors, np.tile(centred(found)[:, None], counts.shape[1]), rtol=1e-12)


def test_the_fit_is_that_of_r(reference, counts, lengths):
    _, factors = engine.estimate_length_factors(counts, lengths)
    design = pd.DataFrame({"Intercept": 1.0, "b": np.repeat([0.0, 1.0], 4)}, index=counts.index)
    fit = engine.fit_model(counts, design, normalization_factors=factors)
    test = engine.test_contrast(fit, np.array([0.0, 1.0]))
    np.testing.assert_allclose(fit.genes["base_mean"], reference["base_mean"], rtol=1e-9)
    np.testing.assert_allclose(fit.genes["dispersion"], reference["dispersion"], rtol=1e-3)
    np.testing.assert_allclose(test["log2_fc"], reference["log2_fc"], atol=1e-4)
    both = test["p_value"].notna() & reference["p_value"].notna()
    assert (test["p_value"].notna() == reference["p_value"].notna()).all() and both.sum() > 450
    np.testing.assert_allclose(test["p_value"][both], reference["p_value"][both], rtol=5e-3)


def test_variance_stabilisation_is_that_of_r(reference, counts, lengths):
    _, factors = engine.estimate_length_factors(counts, lengths)
    found = engine.stabilise_variance(counts, normalization_factors=factors)
    np.testing.assert_allclose(found, part(reference, "vst"), atol=2e-4)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_lengths_that_are_none_are_reported(counts, lengths, wrong):
    spoiled = lengths.copy()
    spoiled[2, 3] = wrong
    with pytest.raises(engine.SizeFactorError, match="Average transcript lengths must be positive"):
        engine.estimate_length_factors(counts, spoiled)
