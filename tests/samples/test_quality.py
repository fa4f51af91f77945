"""Sample quality, against scipy, a singular value decomposition and cases made by hand."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autocrine.samples.associations import associate
from autocrine.samples.quality import (
    check_sex,
    counts_per_million,
    find_components,
    flag_limits,
    flag_outliers,
    measure_levels,
    measure_samples,
    order_alike,
    sample_distances,
)

RANDOM = np.random.default_rng(7)


def test_metrics_are_those_counted_by_hand():
    counts = np.zeros((2, 150), dtype=int)
    counts[0, :120] = 2
    counts[1, :10] = 5
    metrics = measure_samples(counts, ["a", "b"], np.array([1.5, 0.5]))
    assert metrics["library_size"].tolist() == [240, 50]
    assert metrics["detected_genes"].tolist() == [120, 10]
    assert metrics["top_100_share"].tolist() == pytest.approx([200 / 240, 1.0])
    assert metrics["size_factor"].tolist() == [1.5, 0.5]


def test_distances_are_euclidean():
    vst = RANDOM.normal(size=(4, 30))
    square = sample_distances(vst, list("abcd"))
    assert square.loc["a", "c"] == pytest.approx(np.linalg.norm(vst[0] - vst[2]))
    assert (np.diag(square) == 0).all() and (square.to_numpy() == square.to_numpy().T).all()


@pytest.mark.parametrize(
    ("xist", "rps4y1", "ddx3y", "recorded", "by_genes", "flag"),
    [
        (50, 0, 0.1, "female", "female", ""),
        (0.2, 30, 9, "male", "male", ""),
        (50, 0, 0, "male", "female", "recorded male, genes say female"),
        (0, 20, 5, "female", "male", "recorded female, genes say male"),
        (30, 20, 20, "female", "both", "genes of both sexes: mixed samples?"),
        (0.1, 0.2, 0, "male", "unclear", ""),
        (50, 0, 0, None, "female", ""),
    ],
)
def test_sex_is_compared_with_the_sheet(xist, rps4y1, ddx3y, recorded, by_genes, flag):
    cpm = pd.DataFrame({"XIST": [xist], "RPS4Y1": [rps4y1], "DDX3Y": [ddx3y]}, index=["s"])
    result = check_sex(cpm, pd.DataFrame({"sex": [recorded]}, index=["s"])).iloc[0]
    assert result["sex_by_genes"] == by_genes and result["sex_flag"] == flag


def test_samples_of_one_patient_that_differ_in_sex_are_flagged():
    cpm = pd.DataFrame({"XIST": [50.0, 0.0, 50.0], "RPS4Y1": [0.0, 50.0, 0.0]}, index=list("abc"))
    flags = check_sex(cpm, pd.DataFrame({"patient": ["P1", "P1", "P2"]}, index=list("abc")))["sex_flag"]
    assert flags.tolist() == ["samples of patient P1 differ in sex"] * 2 + [""]


def test_sex_is_not_guessed_without_the_genes():
    result = check_sex(pd.DataFrame(index=["s"]), pd.DataFrame({"sex": ["male"]}, index=["s"]))
    assert result["sex_by_genes"].tolist() == ["XIST and RPS4Y1, DDX3Y not in the matrix"] and result[
        "sex_flag"
    ].tolist() == [""]


def test_the_sex_of_mice_is_read_from_genes_that_mice_have():
    sheet = pd.DataFrame({"sex": ["male", "female", "female"]}, index=list("abc"))
    cpm = pd.DataFrame({"Xist": [0.0, 50, 0.0], "Ddx3y": [20.0, 0, 0], "Eif2s3y": [5.0, 0, 12]}, index=list("abc"))
    result = check_sex(cpm, sheet, "mouse")
    assert result["sex_by_genes"].tolist() == ["male", "female", "male"] and result["y_cpm"].tolist() == [25, 0, 12]
    assert result["sex_flag"].tolist() == ["", "", "recorded female, genes say male"]
    lacking = check_sex(pd.DataFrame({"Xist": [1.0]}, index=["s"]), pd.DataFrame(index=["s"]), "mouse")
    assert lacking["sex_by_genes"].tolist() == ["Ddx3y, Eif2s3y not in the matrix"]
    fly = check_sex(pd.DataFrame(index=["s"]), pd.DataFrame({"sex": ["male"]}, index=["s"]), "other (c)")
    assert fly[["sex_by_genes", "sex_flag"]].to_numpy().tolist() == [
        ["no genes of the sexes are known of this species", ""]
    ]


@pytest.fixture
def even():
    """Twelve samples alike in everything, their distances, and their names."""
    names = [f"s{i}" for i in range(12)]
    metrics = pd.DataFrame(
        {
            "library_size": RANDOM.integers(9_500_000, 10_500_000, 12),
            "detected_genes": RANDOM.integers(14_800, 15_200, 12),
            "top_100_share": RANDOM.uniform(0.20, 0.22, 12),
        },
        index=names,
    )
    return metrics, RANDOM.normal(size=(12, 400))


def test_even_samples_are_not_flagged(even):
    metrics, vst = even
    assert (flag_outliers(metrics, sample_distances(vst, metrics.index)) == "").all()


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("library_size", 400_000, "400,000 counts, 0.04"),
        ("detected_genes", 3_000, "3,000 detected genes, 0.2 times the median"),
        ("top_100_share", 0.8, "80% of counts in 100 genes"),
    ],
)
def test_an_odd_sample_is_flagged_with_the_reason(even, column, value, words):
    metrics, vst = even
    metrics.loc["s3", column] = value
    flags = flag_outliers(metrics, sample_distances(vst, metrics.index))
    assert words in flags["s3"] and (flags.drop("s3") == "").all()


def test_a_sample_like_no_other_is_flagged_and_a_separate_group_is_not(even):
    metrics, vst = even
    vst[:4] += 9
    vst[7] += RANDOM.normal(0, 4, 400)
    flags = flag_outliers(metrics, sample_distances(vst, metrics.index))
    assert "nearest sample" in flags["s7"] and (flags.drop("s7") == "").all()


@pytest.mark.parametrize("column", ["library_size", "detected_genes", "top_100_share"])
def test_a_sample_is_flagged_just_beyond_the_limits_that_are_reported(even, column):
    metrics, vst = even
    metrics = metrics.astype(float)
    distances = sample_distances(vst, metrics.index)
    limits = flag_limits(metrics, distances).set_index("measure")
    assert list(limits.index) == ["library_size", "detected_genes", "top_100_share", "nearest"]
    assert limits.loc[column, "median"] == pytest.approx(metrics[column].median())
    for end, outwards in (("low", -1), ("high", 1)):
        for step, flagged in ((1e-6 * outwards, True), (-1e-6 * outwards, False)):
            # The sample nearest to that end goes on to it, so that the medians stay what they are.
            odd = (outwards * metrics[column]).idxmax()
            moved = metrics.copy()
            moved.loc[odd, column] = limits.loc[column, end] * (1 + step)
            assert (flag_outliers(moved, distances)[odd] != "") == flagged


def test_limits_of_log_expression_and_of_few_samples(even):
    _, vst = even
    levels = measure_levels(vst[:3], ["a", "b", "c"])
    limits = flag_limits(levels, sample_distances(vst[:3], levels.index))
    assert limits["measure"].tolist() == ["median_level", "level_iqr"]
    assert (limits["high"] - limits["median"]).min() >= 0.5


def test_similar_samples_are_neighbours(even):
    _, vst = even
    vst[1::2] += 5
    order = order_alike(sample_distances(vst, [f"s{i}" for i in range(12)]))
    assert sorted(order) == list(range(12)) and len(set(np.diff(order % 2)) - {0}) == 1
    assert order_alike(sample_distances(vst[:2], ["a", "b"])).tolist() == [0, 1]


def test_a_sample_given_twice_is_flagged(even):
    metrics, vst = even
    vst[5] = vst[2]
    flags = flag_outliers(metrics, sample_distances(vst, metrics.index))
    assert set(flags.index[flags != ""]) == {"s2", "s5"} and "the same" in flags["s2"]


def test_components_are_those_of_scanpy():
    import scanpy

    vst = RANDOM.normal(size=(9, 700)) * np.linspace(3, 0.1, 700)
    found = find_components(vst, [f"s{i}" for i in range(9)], most_variable=300, most=4)
    chosen = AnnData(np.ascontiguousarray(vst[:, np.sort(np.argsort(-vst.var(axis=0))[:300])]))
    scanpy.pp.pca(chosen, n_comps=4, svd_solver="arpack", dtype="float64")
    loadings = chosen.varm["PCs"]
    # The gene that weighs most has a positive weight.
    signs = np.sign(loadings[np.abs(loadings).argmax(axis=0), range(4)])
    assert found.scores.to_numpy() == pytest.approx(chosen.obsm["X_pca"] * signs, abs=1e-10)
    assert found.explained == pytest.approx(chosen.uns["pca"]["variance_ratio"], rel=1e-10)


def test_associations_are_those_of_scipy():
    names = [f"s{i}" for i in range(12)]
    scores = pd.DataFrame(RANDOM.normal(size=(12, 2)), index=names, columns=["PC1", "PC2"])
    sheet = pd.DataFrame(
        {"group": list("aaaabbbbcccc"), "age": RANDOM.normal(50, 9, 12), "id": names, "one": "x"}, names
    )
    found = associate(scores, sheet).set_index(["score", "column"])
    assert set(found.index.get_level_values("column")) == {"group", "age"}
    for name in scores:
        groups = [scores[name][sheet["group"] == level] for level in "abc"]
        assert found.loc[(name, "group"), "p_value"] == pytest.approx(stats.f_oneway(*groups).pvalue)
        line = stats.linregress(sheet["age"], scores[name])
        assert found.loc[(name, "age"), ["r_squared", "p_value"]].tolist() == pytest.approx(
            [line.rvalue**2, line.pvalue]
        )


def test_blank_cells_are_left_out_of_an_association():
    names = [f"s{i}" for i in range(8)]
    scores = pd.DataFrame({"PC1": [0.0, 1, 0, 1, 5, 6, 5, 100]}, index=names)
    sheet = pd.DataFrame({"group": ["a"] * 4 + ["b"] * 3 + [None]}, index=names)
    found = associate(scores, sheet).iloc[0]
    assert found["samples"] == 7
    assert found["p_value"] == pytest.approx(stats.f_oneway([0, 1, 0, 1], [5, 6, 5]).pvalue)


@settings(max_examples=25)
@given(order=st.permutations(range(6)))
def test_sample_order_does_not_matter(order):
    counts = np.random.default_rng(3).poisson(20, size=(6, 50))
    names = [f"s{i}" for i in range(6)]
    there = measure_samples(counts, names, np.ones(6))
    back = measure_samples(counts[list(order)], [names[i] for i in order], np.ones(6))
    pd.testing.assert_frame_equal(there, back.loc[names])


def test_counts_per_million_add_up():
    assert counts_per_million(np.array([[1, 3], [5, 5]])).tolist() == [[250_000, 750_000], [500_000, 500_000]]
