"""The filter of low counts, against edgeR's answers and by itself."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrine.results.low_counts import expressed_genes, smallest_group

REFERENCES = Path(__file__).parents[1] / "references" / "filter_by_expr"
SETTINGS = pd.read_csv(REFERENCES / "settings.tsv", sep="\t", index_col="set")
ARGUMENTS = ["min_count", "min_total_count", "large_n", "min_prop"]


def read_set(name):
    table = pd.read_csv(REFERENCES / f"{name}.counts.tsv.gz", sep="\t", index_col="gene")
    design = pd.read_csv(REFERENCES / f"{name}.design.tsv", sep="\t", index_col="sample")
    return table.drop(columns="kept").T.to_numpy(), design.to_numpy(dtype=float), table["kept"].to_numpy() == 1


@pytest.mark.parametrize("name", SETTINGS.index)
def test_same_genes_as_edger(name):
    counts, design, kept = read_set(name)
    # a reference that keeps nearly all or nothing would show nothing
    assert 0.1 < kept.mean() < 0.95
    found = expressed_genes(counts, design, **SETTINGS.loc[name, ARGUMENTS].astype(float))
    np.testing.assert_array_equal(found, kept)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("two_unequal", 4), ("one_against_five", 1), ("pairs", 14 / 8), ("three_means", 3), ("dependent_columns", 3)],
)
def test_smallest_group(name, expected):
    assert smallest_group(read_set(name)[1]) == pytest.approx(expected)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), name=st.sampled_from(["two_unequal", "pairs", "covariate", "large"]))
def test_order_of_samples_and_genes_means_nothing(seed, name):
    counts, design, _ = read_set(name)
    random = np.random.default_rng(seed)
    samples, genes = random.permutation(counts.shape[0]), random.permutation(counts.shape[1])
    found = expressed_genes(counts[samples][:, genes], design[samples])
    np.testing.assert_array_equal(found, expressed_genes(counts, design)[genes])


@settings(max_examples=25)
@given(columns=st.permutations(range(3)), scale=st.floats(1e-3, 1e3))
def test_parametrisation_means_nothing(columns, scale):
    counts, design, _ = read_set("three_groups")
    other = design[:, columns] * scale
    np.testing.assert_array_equal(expressed_genes(counts, other), expressed_genes(counts, design))


def test_more_counts_never_lose_a_gene():
    counts, design, _ = read_set("two_unequal")
    for cut in (2.0, 5.0, 10.0, 20.0):
        kept = expressed_genes(counts, design, min_count=cut)
        assert not (kept & ~expressed_genes(counts, design, min_count=cut / 2)).any()


@pytest.mark.parametrize(
    ("counts", "design", "message"),
    [
        (np.ones((4, 3)), np.ones((3, 1)), r"same samples: their shapes are \(4, 3\) and \(3, 1\)"),
        (np.ones(4), np.ones((4, 1)), r"Counts must be samples x genes"),
        (np.ones((4, 3)), np.ones(4), r"the design samples x coefficients"),
        (np.array([[1, 2], [0, 0]]), np.ones((2, 1)), r"no counts at all: \[1\]"),
    ],
)
def test_what_cannot_be_filtered(counts, design, message):
    with pytest.raises(ValueError, match=message):
        expressed_genes(counts, design)
