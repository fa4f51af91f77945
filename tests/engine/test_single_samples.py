"""A contrast without one sample after the other."""

import numpy as np
import pandas as pd
import pytest

from autocrine import engine


def two_groups(first: int, second: int) -> pd.DataFrame:
    names = [f"s{i}" for i in range(first + second)]
    return pd.DataFrame({"Intercept": 1.0, "b": np.repeat([1.0, 0.0], [first, second])}, names)


def background(n: int, genes: int = 300) -> np.ndarray:
    random = np.random.default_rng(4)
    mean = random.lognormal(3, 1.5, genes)
    return random.poisson(random.gamma(5, mean / 5, (n, genes)))


def test_in_groups_it_is_the_mean_of_the_others():
    counts, design = background(8), two_groups(4, 4)
    fit = engine.fit_model(counts, design, size_factors=np.ones(8))
    table = engine.without_each_sample(fit, [0.0, 1.0])
    assert sorted(table["sample"].unique()) == list(range(8))
    for sample in (0, 6):
        kept = np.delete(counts, sample, axis=0)
        group = np.delete(design["b"].to_numpy(), sample) > 0
        means = np.array([kept[part].mean(axis=0) for part in (group, ~group)])
        # From a mean of one on no mean is at its lower bound.
        seen = np.flatnonzero((means > 1).all(axis=0))
        found = table[table["sample"] == sample].set_index("gene")["log2_fc"]
        np.testing.assert_allclose(found[seen], np.log2(means[0, seen] / means[1, seen]), atol=1e-5)


def test_pairs_rest_on_the_other_patients():
    design = pd.DataFrame(np.tile(np.eye(4), (2, 1)), columns=[f"p{i}" for i in range(4)])
    design["later"] = np.repeat([0.0, 1.0], 4)
    counts = background(8) + 20
    fit = engine.fit_model(counts, design, size_factors=np.ones(8))
    table = engine.without_each_sample(fit, [0.0] * 4 + [1.0])
    # Without one of its samples a patient says nothing of the change: as without the patient.
    rest = [0, 1, 2, 4, 5, 6]
    fewer = engine.fit_model(counts[rest], design.iloc[rest].drop(columns="p3"), size_factors=np.ones(6))
    without = engine.test_contrast(fewer, [0.0] * 3 + [1.0])["log2_fc"]
    for sample in (3, 7):
        found = table[table["sample"] == sample].set_index("gene")["log2_fc"]
        assert (found - without).abs().median() < 0.03


def test_a_single_count_decides_with_two_a_group():
    counts, design = background(4), two_groups(2, 2)
    counts[:, 0] = [261, 3, 0, 0]
    counts[:, 1] = [260, 240, 12, 15]
    fit = engine.fit_model(counts, design, size_factors=np.ones(4)).of_genes([0, 1])
    table = engine.without_each_sample(fit, [0.0, 1.0]).pivot(index="gene", columns="sample", values="log2_fc")
    whole = engine.test_contrast(fit, [0.0, 1.0])["log2_fc"]
    assert table.loc[0, 0] < whole[0] - 4 and table.loc[0, 1] > whole[0]
    assert (table.loc[1] - whole[1]).abs().max() < 0.3


def test_samples_without_a_say_and_samples_alone_have_no_row():
    design = pd.DataFrame({"a": [1.0, 1, 1, 0, 0, 0, 0], "b": [0.0, 0, 0, 1, 1, 1, 0], "alone": [0.0] * 6 + [1.0]})
    fit = engine.fit_model(background(7), design, size_factors=np.ones(7))
    assert sorted(engine.without_each_sample(fit, [1.0, -1.0, 0.0])["sample"].unique()) == list(range(6))
    assert sorted(engine.without_each_sample(fit, [1.0, 0.0, -1.0])["sample"].unique()) == [0, 1, 2]
    with pytest.raises(engine.ContrastError):
        engine.without_each_sample(fit, [1.0])
