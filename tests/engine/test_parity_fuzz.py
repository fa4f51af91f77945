"""Random designs on real counts, with R DESeq2's frozen answers (benchmarks/parity_fuzz.py)."""

import sys

import numpy as np
import pandas as pd
import pytest

# One gene of this design ends at a dispersion of 4e-6 here and of 1e-8 in R, on the flat part of its likelihood, so it
# enters one prior and not the other (docs/parity.md). Calls are the same.
OTHER_PRIOR = (1, 9)
# Counts are thinned by numpy's binomial draws, which are others since 2.5: R's answers are to those before.
pytestmark = pytest.mark.skipif(
    tuple(map(int, np.__version__.split(".")[:2])) >= (2, 5),
    reason="frozen with the binomial draws of numpy before 2.5",
)


@pytest.fixture(scope="module")
def frozen(repository, shared):
    """Return the benchmark, and R's answers by design: trend and genes."""
    shared("data")
    sys.path.insert(0, str(repository / "benchmarks"))
    import parity_fuzz

    folder = repository / "tests" / "references" / "parity_fuzz"
    fits = pd.read_csv(folder / "fits.tsv", sep="\t").set_index(["seed", "number"])
    table = pd.read_csv(folder / "genes.tsv.gz", sep="\t")
    genes = {design: part.set_index("gene") for design, part in table.groupby(["seed", "number"])}
    return parity_fuzz, fits, genes


def test_all_frozen_designs_have_an_answer(frozen):
    benchmark, fits, _ = frozen
    assert list(fits.index) == benchmark.FROZEN and len(fits) == 20


@pytest.mark.parametrize("place", range(20))
def test_random_design(place, frozen):
    benchmark, fits, genes = frozen
    seed, number = benchmark.FROZEN[place]
    ours, fit = benchmark.solve(benchmark.make_problem(number, seed)[1])
    r_fit, r = fits.loc[(seed, number)], genes[(seed, number)]
    assert fit.trend["fit_type"] == r_fit["fit_type"]
    if r_fit["fit_type"] == "parametric":
        assert fit.trend["asymptotic"] == pytest.approx(r_fit["asymptotic"], rel=1e-5)
        assert fit.trend["extra_poisson"] == pytest.approx(r_fit["extra_poisson"], rel=1e-5)
    called = ours["adj_p_value"] < benchmark.ALPHA
    assert sorted(ours.index[called]) == sorted(r.index[r["adj_p_value"] < benchmark.ALPHA])
    if (seed, number) == OTHER_PRIOR:
        return
    assert fit.prior_variance == pytest.approx(r_fit["prior_variance"], rel=1e-5)
    ours = ours.loc[r.index]
    assert (ours["p_value"].isna() == r["p_value"].isna()).all()
    for column in ("log2_fc", "lfc_se", "p_value"):
        difference = np.abs(ours[column] - r[column]) / (1e-3 + np.abs(r[column]))
        assert np.nanpercentile(difference, 95) < 1e-4, column
