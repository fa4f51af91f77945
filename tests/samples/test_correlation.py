"""Correlations within and over groups, against closed forms, cohorts of known truth and what must not matter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autocrine.samples.correlation import COLUMNS, PAIRS, correlate, detectable_correlation
from autocrine.seeds import SEEDS

seeds = st.integers(0, 2**32 - 1)
NUMBERS = [name for name in COLUMNS if name not in ("gene_1", "gene_2", "kind", "group", "warning", "reason")]


def cohort(r=0.0, shift=0.0, sizes=(12, 15), seed=4, other_shift=None):
    """Two genes with a correlation r within groups, whose levels differ by `shift` (and `other_shift`) per group."""
    random = np.random.default_rng(seed)
    label = np.repeat([f"g{i}" for i in range(len(sizes))], sizes)
    names = [f"s{i}" for i in range(len(label))]
    level = np.repeat(np.arange(len(sizes)), sizes)
    x = random.normal(size=len(label))
    y = r * x + np.sqrt(1 - r**2) * random.normal(size=len(label))
    values = pd.DataFrame(
        {"BMP4": x + shift * level, "TWIST1": y + (shift if other_shift is None else other_shift) * level}, index=names
    )
    return values, pd.Series(label, index=names)


def row(table, kind, group=""):
    found = table[(table["kind"] == kind) & (table["group"] == group)]
    assert len(found) == 1
    return found.iloc[0]


def pair(values, groups=None, covariates=None, **entry):
    return correlate(values, groups, covariates, pairs=[("BMP4", "TWIST1")], **entry)


def test_within_a_group_it_is_pearson_and_spearman_with_fisher_intervals():
    values, groups = cohort(0.6)
    table = pair(values, groups, alpha=0.1)
    assert list(table.columns) == list(COLUMNS)
    assert table["kind"].tolist() == ["within", "within", "within_pooled", "partial", "pooled"]
    for label, members in values.groupby(groups):
        found = row(table, "within", label)
        expected = stats.pearsonr(members["BMP4"], members["TWIST1"])
        interval = expected.confidence_interval(0.9)
        assert found["pearson"] == pytest.approx(expected.statistic)
        assert found["p_value"] == pytest.approx(expected.pvalue)
        assert (found["pearson_ci_low"], found["pearson_ci_high"]) == pytest.approx((interval.low, interval.high))
        assert found["spearman"] == pytest.approx(stats.spearmanr(members).statistic)
        assert found["spearman_ci_low"] < found["spearman"] < found["spearman_ci_high"]
        assert found["n"] == len(members)


def test_groups_have_in_common_the_weighted_mean_of_fishers_z():
    values, groups = cohort(0.6)
    table = pair(values, groups)
    r = np.array([row(table, "within", label)["pearson"] for label in ("g0", "g1")])
    z, error = (9 * np.arctanh(r[0]) + 12 * np.arctanh(r[1])) / 21, 1 / np.sqrt(21)
    found = row(table, "within_pooled")
    assert found["pearson"] == pytest.approx(np.tanh(z))
    assert found["pearson_ci_low"] == pytest.approx(np.tanh(z - stats.norm.ppf(0.975) * error))
    assert found["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z) / error))
    assert found["n"] == 27 and found["min_detectable"] == pytest.approx(detectable_correlation(24))


def test_a_partial_correlation_is_the_first_order_formula():
    values, _ = cohort(0.5, sizes=(20,))
    random = np.random.default_rng(1)
    age = pd.DataFrame({"age": 50 + 5 * values["BMP4"] + random.normal(0, 5, 20)}, index=values.index)
    found = row(pair(values, None, age), "partial")
    xy, xz, yz = (np.corrcoef(a, b)[0, 1] for a, b in (
        (values["BMP4"], values["TWIST1"]), (values["BMP4"], age["age"]), (values["TWIST1"], age["age"])))  # fmt: skip
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    assert found["pearson"] == pytest.approx(expected)
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(abs(expected) * np.sqrt(17 / (1 - expected**2)), 17))
    reach = stats.norm.ppf(0.975) / np.sqrt(20 - 1 - 3)
    assert found["pearson_ci_high"] == pytest.approx(np.tanh(np.arctanh(expected) + reach))


def test_a_covariate_behind_both_genes_is_taken_out():
    values, groups = cohort(0.0, sizes=(30, 30))
    behind = np.random.default_rng(9).normal(size=60)
    values = values.add(3 * behind, axis=0)
    batch = np.where(behind > 0, "b1", "b2")
    table = pair(values, groups, pd.DataFrame({"fraction": behind, "batch": batch}, index=values.index))
    assert row(table, "within_pooled")["pearson"] > 0.8
    found = row(table, "partial")
    assert found["pearson_ci_low"] < 0 < found["pearson_ci_high"] and found["permutation_p_value"] > 0.05
    assert found["min_detectable"] == pytest.approx(detectable_correlation(60 - 3))


def test_levels_of_groups_make_a_correlation_that_is_not_there():
    values, groups = cohort(0.0, shift=5.0, sizes=(15, 15))
    table = pair(values, groups)
    pooled = row(table, "pooled")
    assert pooled["pearson"] > 0.7 and pooled["p_value"] < 1e-4
    assert pooled["warning"].startswith("Misleading: over all samples r is ")
    assert "only the first" in pooled["warning"] or "opposite sign" in pooled["warning"]
    # Exchanged within groups, the samples show that levels alone make this correlation.
    assert pooled["permutation_p_value"] > 0.05
    assert row(table, "within_pooled")["p_value"] > 0.05 and row(table, "partial")["p_value"] > 0.05
    assert (table.loc[table["kind"] != "pooled", "warning"] == "").all()


def test_levels_of_groups_turn_a_correlation_round():
    values, groups = cohort(-0.9, shift=6.0, sizes=(15, 15))
    table = pair(values, groups)
    assert row(table, "pooled")["pearson"] > 0.5
    assert row(table, "pooled")["warning"].endswith("of the opposite sign; the groups' levels make the difference.")
    assert row(table, "within_pooled")["pearson"] < -0.7 and row(table, "within_pooled")["permutation_p_value"] < 0.002
    assert row(table, "partial")["pearson"] < -0.7


def test_levels_of_groups_hide_a_correlation():
    values, groups = cohort(0.7, shift=3.0, sizes=(20, 20), other_shift=-0.9)
    pooled = row(pair(values, groups), "pooled")
    assert pooled["pearson_ci_low"] < 0 < pooled["pearson_ci_high"]
    assert pooled["warning"].startswith("Misleading") and "only the second" in pooled["warning"]


def test_groups_of_one_level_are_no_reason_to_warn():
    values, groups = cohort(0.8, sizes=(20, 20))
    table = pair(values, groups)
    assert (table["warning"] == "").all() and (table["p_value"] < 0.01).all()
    one = pair(values.iloc[:20], groups.iloc[:20])
    assert row(one, "pooled")["pearson"] == pytest.approx(row(one, "within", "g0")["pearson"])
    assert row(one, "pooled")["pearson"] == pytest.approx(row(one, "within_pooled")["pearson"])
    assert row(one, "pooled")["permutation_p_value"] == row(one, "within", "g0")["permutation_p_value"]


def test_without_groups_there_is_the_pooled_row_alone():
    values, _ = cohort(0.8)
    table = pair(values)
    assert table["kind"].tolist() == ["pooled"] and table["warning"].tolist() == [""]
    assert table["permutation_p_value"].iloc[0] < 0.005


def test_few_samples_and_flat_genes_have_reasons_instead_of_numbers():
    values, groups = cohort(0.5, sizes=(3, 5, 6))
    values.loc[groups == "g1", "TWIST1"] = 2.0
    table = pair(values, groups)
    assert row(table, "within", "g0")["reason"] == "3 samples: too few"
    assert row(table, "within", "g1")["reason"] == "TWIST1 does not vary"
    shown = [name for name in NUMBERS if name not in ("n", "min_detectable")]
    assert table[table["reason"] != ""][shown].isna().all(axis=None)
    common, only = row(table, "within_pooled"), row(table, "within", "g2")
    assert common["pearson"] == pytest.approx(only["pearson"]) and common["n"] == 6
    tiny = pair(values.iloc[:3], groups.iloc[:3])
    assert (tiny["reason"] != "").all() and tiny[shown].isna().all(axis=None)


def test_covariates_that_leave_nothing_have_a_reason():
    values, groups = cohort(0.5, sizes=(5, 5))
    own = pd.DataFrame({"patient": values.index}, index=values.index)
    assert row(pair(values, groups, own), "partial")["reason"].startswith("10 samples for 9 columns")
    same = pd.DataFrame({"twist": values["TWIST1"] * 3 + 1}, index=values.index)
    reason = row(pair(values, groups, same), "partial")["reason"]
    assert reason == "TWIST1 does not vary beside groups and covariates"


def test_gaps_are_left_out_and_absent_genes_named():
    values, groups = cohort(0.5)
    values.loc["s0", "BMP4"] = np.nan
    groups["s1"] = None
    covariates = pd.DataFrame({"age": [np.nan if i == 2 else float(i % 7) for i in range(27)]}, index=values.index)
    table = correlate(values, groups, covariates)
    first = table[(table["gene_1"] == "BMP4") & (table["gene_2"] == "TWIST1")]
    assert (
        row(first, "within", "g0")["n"] == 10 and row(first, "pooled")["n"] == 25 and row(first, "partial")["n"] == 24
    )
    assert len(table) == 6 * 5 and len(PAIRS) == 6
    absent = table[(table["gene_1"] == "BMPR1B") & (table["gene_2"] == "BMP2")]
    assert set(absent["reason"]) == {"not in the count matrix: BMPR1B, BMP2"}
    assert absent["kind"].tolist() == first["kind"].tolist()


def test_samples_of_one_patient_are_not_tested_as_if_of_several():
    values, groups = cohort(r=0.9, sizes=(8, 8))
    each = pd.Series([f"P{n}" for n in range(16)], values.index)
    pd.testing.assert_frame_equal(pair(values, groups, patients=each), pair(values, groups))
    table = pair(values, groups, patients=pd.Series([f"P{n % 8}" for n in range(16)], values.index))
    tests = ["p_value", "permutation_p_value", "pearson_ci_low", "spearman_ci_high", "min_detectable"]
    over = table["kind"] != "within"
    assert over.sum() == 3 and table.loc[over, tests].isna().all(axis=None) and table["pearson"].notna().all()
    assert table.loc[over, "warning"].str.startswith("Samples of one patient").all()
    assert table.loc[~over, tests].notna().all(axis=None)
    assert pair(values, groups, patients=pd.Series("P", values.index))[tests].isna().all(axis=None)


def test_groups_without_any_sample_known_are_no_error():
    values, groups = cohort(0.5)
    table = pair(values, pd.Series(None, index=groups.index, dtype=object))
    assert set(table["kind"]) == {"within_pooled", "partial", "pooled"} and (table["reason"] != "").all()


def test_permutation_agrees_with_the_exact_test_of_all_orders():
    values, _ = cohort(0.8, sizes=(7,), seed=2)
    x, y = values["BMP4"].to_numpy(), values["TWIST1"].to_numpy()
    exact = stats.permutation_test(
        (y,),
        lambda moved: np.corrcoef(x, moved)[0, 1],
        permutation_type="pairings",
        n_resamples=np.inf,
        vectorized=False,
    )
    found = row(pair(values, permutations=20_000), "pooled")["permutation_p_value"]
    assert found == pytest.approx(exact.pvalue, abs=0.01)


def test_permutation_p_values_hold_their_level_within_groups_of_different_levels():
    below = {"within_pooled": 0, "partial": 0, "pooled": 0}
    for seed in range(200):
        values, groups = cohort(0.0, shift=2.0, sizes=(8, 8), seed=seed)
        table = pair(values, groups, permutations=199)
        for kind in below:
            below[kind] += row(table, kind)["permutation_p_value"] <= 0.05
    assert all(count <= 20 for count in below.values()) and all(count >= 2 for count in below.values())


@pytest.mark.parametrize(("n", "r"), [(10, 0.79), (20, 0.59), (140, 0.23)])
def test_the_smallest_correlation_that_n_samples_show(n, r):
    assert round(detectable_correlation(n), 2) == r
    assert np.isnan(detectable_correlation(3)) and detectable_correlation(n, power=0.9) > detectable_correlation(n)


def test_the_detectable_correlation_is_found_as_often_as_said():
    random, r = np.random.default_rng(3), detectable_correlation(20)
    x, noise = random.normal(size=(2, 4000, 20))
    y = r * x + np.sqrt(1 - r**2) * noise
    found = stats.pearsonr(x, y, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.03)


@settings(max_examples=15)
@given(seeds)
def test_order_and_names_do_not_matter(seed):
    values, groups = cohort(0.4, shift=1.0, seed=seed % 1000)
    covariates = pd.DataFrame({"age": values["BMP4"] ** 2, "batch": ["a", "b", "c"] * 9}, index=values.index)
    first = pair(values, groups, covariates)
    order = np.random.default_rng(seed).permutation(len(values))
    names = {name: f"x{i}" for i, name in enumerate(reversed(values.index))}
    moved = [part.iloc[order].rename(index=names) for part in (values, groups, covariates)]
    moved[1] = moved[1].map({"g0": "z", "g1": "a"})
    moved[2]["batch"] = moved[2]["batch"].map({"a": "3", "b": "1", "c": "2"})
    second = pair(*moved)
    for kind, label, other in (("within", "g0", "z"), ("within", "g1", "a"), *(
        (kind, "", "") for kind in ("within_pooled", "partial", "pooled"))):  # fmt: skip
        one, two = row(first, kind, label), row(second, kind, other)
        assert two[NUMBERS].astype(float).tolist() == pytest.approx(one[NUMBERS].astype(float).tolist())


@settings(max_examples=15)
@given(seeds, st.floats(0.01, 100), st.floats(-20, 20))
def test_units_do_not_matter_and_a_turned_scale_turns_the_sign(seed, unit, origin):
    values, groups = cohort(0.4, shift=1.0, seed=seed % 1000)
    age = pd.DataFrame({"age": values["BMP4"] ** 2}, index=values.index)
    first = pair(values, groups, age)
    scaled = values.assign(BMP4=values["BMP4"] * unit + origin)
    second = pair(scaled, groups, age * unit + origin)
    assert second[NUMBERS].to_numpy() == pytest.approx(first[NUMBERS].to_numpy(), rel=1e-5, abs=1e-6)
    turned = pair(values.assign(TWIST1=-values["TWIST1"]), groups, age)
    assert turned["pearson"].to_numpy() == pytest.approx(-first["pearson"].to_numpy())
    assert turned["spearman_ci_low"].to_numpy() == pytest.approx(-first["spearman_ci_high"].to_numpy())
    assert turned["p_value"].to_numpy() == pytest.approx(first["p_value"].to_numpy())


def test_results_do_not_depend_on_chance_or_on_the_other_pairs():
    values, groups = cohort(0.4)
    values["BMP2"] = np.random.default_rng(SEEDS["permutations of correlations"]).normal(size=len(values))
    several = correlate(values, groups, pairs=[("BMP4", "BMP2"), ("BMP4", "TWIST1")])
    alone = pair(values, groups)
    pd.testing.assert_frame_equal(several.iloc[5:].reset_index(drop=True), alone)


def test_a_perfect_correlation_is_no_error():
    values, groups = cohort(1.0)
    table = pair(values, groups)
    assert table["pearson"].to_numpy() == pytest.approx(np.ones(5))
    assert (table["pearson_ci_low"] > 0.99).all() and (table["p_value"] < 1e-10).all()
    assert (table["permutation_p_value"] == 1 / 2001).all()


def test_what_makes_no_sense_is_refused():
    values, groups = cohort()
    with pytest.raises(ValueError, match="correlates with itself"):
        correlate(values, groups, pairs=[("BMP4", "BMP4")])
    with pytest.raises(ValueError, match="groups lack the samples s26"):
        pair(values, groups.iloc[:26])
    with pytest.raises(ValueError, match="the same name"):
        pair(pd.concat([values, values], axis=1), groups)
