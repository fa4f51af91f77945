"""Logits of few cells."""

import numpy as np
import pytest
from scipy.special import logit

from autocrine.cells.logits import logits, small_count_bias
from tests.cells.simulated import chance_positive

CELLS = np.array([30, 30, 80, 200, 600, 1500])
SHARES = np.array([0.001, 0.003, 0.01, 0.05, 0.3, 0.7, 0.95, 0.99, 0.999])


def drawn(depth, repeats, seed=1):
    """Return positives at depth 1000 and at a depth of their own for genes that are alike in all samples, many times.

    Cells have Poisson counts of each gene, at rates that give `SHARES` at their own depth.
    """
    random = np.random.default_rng(seed)
    rate = -np.log1p(-SHARES)
    expected, detected = (np.zeros((repeats, len(CELLS), len(SHARES))) for _ in range(2))
    for place, number in enumerate(CELLS):
        for repeat in range(repeats):
            counts = random.poisson(rate, (number, len(SHARES)))
            expected[repeat, place] = chance_positive(counts, depth, 1000).sum(axis=0)
            detected[repeat, place] = (counts > 0).sum(axis=0)
    true = -np.expm1(-rate * 1000 / depth)
    return expected, detected, true


@pytest.mark.parametrize("depth", [1000, 2500])
def test_without_their_bias_logits_of_few_and_many_cells_have_one_mean(depth):
    expected, detected, true = drawn(depth, 400)
    plain = np.mean([logits(held, CELLS) for held in expected], axis=0)
    # The share of all samples together is known here.
    bias = small_count_bias(CELLS[:, None] * true, CELLS, detected.mean(axis=0), CELLS)
    left = plain - bias - logit(true)
    error = np.std([logits(held, CELLS) for held in expected], axis=0) / 20
    assert np.abs(plain - logit(true))[0].max() > 1
    assert (np.abs(left) < 0.06 + 4 * error).all()


def test_cells_of_one_number_have_one_bias():
    expected, detected, _ = drawn(2500, 1)
    same = np.full(len(CELLS), 100.0)
    share, own = expected[0] / CELLS[:, None], detected[0].mean(axis=0) / CELLS.mean()
    bias = small_count_bias(share.mean(axis=0) * same[:, None], same, own * same[:, None], same)
    np.testing.assert_allclose(bias - bias[0], 0, atol=1e-9)


def test_many_cells_have_none():
    many = np.full(4, 1e6)
    bias = small_count_bias(SHARES * many[:, None], many, SHARES * many[:, None], many)
    assert np.abs(bias).max() < 1e-3


def test_genes_that_are_neither_rare_nor_common_have_no_small_count_bias():
    # Neither rare nor common genes: the positives are whole cells then.
    half = np.full((3, 2), 15.0)
    bias = small_count_bias(half, np.full(3, 30.0), half, np.full(3, 30.0))
    np.testing.assert_allclose(bias, 0, atol=0.02)
