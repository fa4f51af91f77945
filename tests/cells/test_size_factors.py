"""Size factors of sums of few cells."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

import autocrine
from autocrine import cells
from autocrine.engine.size_factors import estimate_size_factors
from autocrine.problems import InputError


def pseudobulks(few, seed, genes=15_000, many=300, umi=2000):
    """Return sums of eight samples, the first of few cells, and their true size factors. SIMULATED."""
    random = np.random.default_rng(seed)
    share = random.lognormal(0, 2.2, genes)
    cells_of = np.array([few] + [many] * 7)
    true = cells_of * random.lognormal(np.log(umi), 0.2, 8)
    noise = random.gamma(20, 1 / 20, (8, genes))
    counts = random.poisson(share / share.sum() * noise * true[:, None])
    obs = pd.DataFrame({"group": list("abababab")}, index=[f"s{place}" for place in range(8)])
    return AnnData(counts, obs, pd.DataFrame(index=[f"g{place}" for place in range(genes)])), true


def bias(counts, true, **method):
    """Return log2 of the first size factor over the true one, the others' mean being right."""
    log = np.log2(estimate_size_factors(counts, **method) / true)
    return log[0] - log[1:].mean()


@pytest.mark.parametrize("few", [10, 20, 50, 100])
def test_a_small_sum_is_taken_for_what_it_is(few):
    found = []
    for seed in range(5):
        sums, true = pseudobulks(few, seed)
        places = sums.var_names.get_indexer(cells.size_factor_genes(sums))
        found.append([bias(sums.X, true, method="poscounts", control_genes=places), bias(sums.X, true)])
    chosen, plain = np.mean(found, axis=0)
    assert abs(chosen) <= 0.05 and abs(plain) > abs(chosen)
    # The reason for the choice: without it a sum of 20 cells seems a quarter deeper than it is.
    assert few > 20 or plain > 0.2


def test_the_fit_takes_them_by_name():
    sums, true = pseudobulks(20, 9, genes=2000)
    genes = cells.size_factor_genes(sums)
    fitted = autocrine.fit(sums, "~ group", size_factor_method="poscounts", size_factor_genes=genes)
    log = np.log2(fitted.size_factors.to_numpy() / true)
    assert abs(log[0] - log[1:].mean()) < 0.1


def test_too_few_counts_are_reported():
    sums, _ = pseudobulks(300, 1, genes=50)
    sums.X[0] = 0
    sums.X[0, :3] = 10
    with pytest.raises(InputError, match=r"expected counts in s0 \(30 counts\)"):
        cells.size_factor_genes(sums)
