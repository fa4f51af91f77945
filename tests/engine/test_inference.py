"""PyDESeq2's own numbers from compiled kernels, against its default inference on the same counts."""

import warnings

import numpy as np
import pandas as pd
import pytest
from pydeseq2.dds import DeseqDataSet
from pydeseq2.default_inference import DefaultInference
from pydeseq2.ds import DeseqStats

from autocrine import Inference


@pytest.fixture(scope="module")
def counts():
    """12 samples x 250 genes that vary enough for their dispersions to lie between the bounds."""
    random = np.random.default_rng(3)
    mean = np.tile(random.lognormal(5, 1.5, 250), (12, 1))
    mean[:6, :50] *= 3
    values = random.poisson(random.gamma(3, mean / 3))
    return pd.DataFrame(values, [f"s{i}" for i in range(12)], [f"g{i}" for i in range(250)])


SHEET = pd.DataFrame(
    {"patient": [f"P{i % 6}" for i in range(12)], "group": ["b"] * 6 + ["a"] * 6}, [f"s{i}" for i in range(12)]
)


def solve(counts, inference, design="~patient + group"):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = DeseqDataSet(counts=counts, metadata=SHEET, design=design, inference=inference, quiet=True)
        data.deseq2()
        stats = DeseqStats(data, contrast=["group", "b", "a"], inference=inference, quiet=True)
        stats.summary()
    return data, stats.results_df


class Watched(DefaultInference):
    """Keeps what it was asked and what it answered."""

    def __init__(self):
        super().__init__(n_cpus=1)
        self.kept = {}

    def irls(self, **asked):
        found = super().irls(**asked)
        self.kept.setdefault("irls", (asked, found))
        return found

    def alpha_mle(self, **asked):
        step = "posterior" if asked.get("prior_reg") else "likelihood"
        found = super().alpha_mle(**asked)
        self.kept.setdefault(step, (asked, found))
        return found


@pytest.fixture(scope="module")
def both(counts):
    watched = Watched()
    return solve(counts, watched), solve(counts, Inference(n_cpus=1)), watched.kept


def test_regressions_are_those_of_the_default_inference(both):
    asked, theirs = both[2]["irls"]
    fixed = {name: _read_only(value) for name, value in asked.items()}
    for one, other in zip(Inference(n_cpus=1).irls(**fixed), theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-8, atol=1e-8)


def _read_only(value):
    """Arrays as pandas 3 hands them out."""
    if isinstance(value, np.ndarray):
        value = value.copy()
        value.flags.writeable = False
    return value


@pytest.mark.parametrize("step", ["likelihood", "posterior"])
def test_dispersions_are_those_of_the_default_inference(both, step):
    """But for genes whose search there ends in the rounding of its likelihood, so that a coarse grid takes over."""
    asked, (theirs, converged) = both[2][step]
    ours, _ = Inference(n_cpus=1).alpha_mle(**{name: _read_only(value) for name, value in asked.items()})
    apart = np.abs(ours / theirs - 1)
    assert (apart > 1e-6).mean() < 0.02
    # Rounding may cost a search that converges its last step.
    assert (apart[converged.astype(bool)] < 1e-5).all()
    np.testing.assert_allclose(ours, theirs, rtol=2e-3)


def test_results_are_those_of_the_default_inference(both):
    (theirs, table), (ours, ours_table), _ = both
    np.testing.assert_allclose(ours.varm["LFC"], theirs.varm["LFC"], atol=1e-6)
    assert np.nanmedian(np.abs(ours.layers["cooks"] / theirs.layers["cooks"] - 1)) < 1e-5
    for column in table:
        np.testing.assert_allclose(ours_table[column], table[column], rtol=1e-5, atol=1e-6, err_msg=column)
    assert ((ours_table["padj"] < 0.05) == (table["padj"] < 0.05)).all()


def test_threads_change_nothing(counts, both):
    _, (ours, table), _ = both
    again, again_table = solve(counts, Inference(n_cpus=2))
    pd.testing.assert_frame_equal(again_table, table)
    assert (again.var["dispersions"] == ours.var["dispersions"]).all()


def test_where_rounding_decides_the_search_is_done_as_it_is_written(counts):
    """Counts without overdispersion: the likelihood is flat towards zero, and its terms cancel."""
    random = np.random.default_rng(1)
    y = random.poisson(200, (8, 60)).astype(float)
    design = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
    mu = np.where(design[:, 1:] == 1, y[4:].mean(axis=0), y[:4].mean(axis=0))
    asked = (y, design, mu, np.full(60, 1e-8), 1e-8, 10.0)
    theirs, converged = DefaultInference(n_cpus=1).alpha_mle(*asked)
    ours, ours_converged = Inference(n_cpus=1).alpha_mle(*asked)
    assert (ours_converged == converged).all()
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
    asked = (*asked[:3], np.full(60, 1e-6), 1e-8, 10.0, 1.5, True, True)
    theirs, _ = DefaultInference(n_cpus=1).alpha_mle(*asked)
    ours, _ = Inference(n_cpus=1).alpha_mle(*asked)
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("alternative", [None, "greaterAbs", "lessAbs", "greater", "less"])
def test_every_alternative_of_the_wald_test(counts, both, alternative):
    (data, _), _, _ = both
    genes = slice(0, 20)
    design = data.obsm["design_matrix"].to_numpy(dtype=float)
    beta = data.varm["LFC"].to_numpy()[genes]
    mu = np.exp(design @ beta.T) * np.asarray(data.obs["size_factors"])[:, None]
    contrast = np.zeros(design.shape[1])
    contrast[-1] = 1
    asked = {
        "design_matrix": design, "disp": data.var["dispersions"].to_numpy()[genes], "lfc": beta, "mu": mu,
        "ridge_factor": np.diag(np.full(design.shape[1], 1e-6)), "contrast": contrast,
        "lfc_null": 0.0 if alternative is None else 0.5, "alt_hypothesis": alternative,
    }  # fmt: skip
    theirs = DefaultInference(n_cpus=1).wald_test(**asked)
    fixed = {name: _read_only(value) for name, value in asked.items()}
    for one, other in zip(Inference(n_cpus=1).wald_test(**fixed), theirs, strict=True):
        np.testing.assert_allclose(np.ravel(one), np.ravel(other), rtol=1e-9, atol=1e-12)


def test_genes_that_diverge_go_to_the_default_inference(counts):
    only = counts.copy()
    only.iloc[:6, 0] = 0
    only.iloc[6:, 0] = [900, 1200, 800, 950, 1000, 1100]
    (theirs, table), (ours, ours_table) = (
        solve(only, kind(n_cpus=1), "~group") for kind in (DefaultInference, Inference)
    )
    np.testing.assert_allclose(ours.varm["LFC"].iloc[0], theirs.varm["LFC"].iloc[0], rtol=1e-6)
    np.testing.assert_allclose(ours_table["pvalue"], table["pvalue"], rtol=1e-5, atol=1e-9)
