"""Scores tested by least squares, against closed forms and what must not matter."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from autocrine.design.matrix import build_design
from autocrine.problems import Findings
from autocrine.samples import least_squares as linear
from autocrine.samples.scores import loop_scores
from tests.models import model_of

R_VS_S = {"factor": "response", "tested": "r", "reference": "s"}
ORDER = ["diagnosis", "sensitive", "resistant"]
STAGES = {
    "rise": {"factor": "stage", "trend": ORDER},
    "fall": {"factor": "stage", "trend": ORDER[::-1]},
    "any": {"factor": "stage", "any_difference": ORDER},
}
seeds = st.integers(0, 2**32 - 1)


def cohort(seed=3):
    """Eight patients in two response groups, each at two times; two scores, the first of which differs."""
    random = np.random.default_rng(seed)
    rows = [(f"p{i}", "r" if i < 4 else "s", time) for i in range(8) for time in ("dx", "fu")]
    sheet = pd.DataFrame(rows, columns=["patient", "response", "timepoint"], index=[f"s{i}" for i in range(16)])
    sheet["age"] = random.uniform(30, 70, 16)
    later = np.where(sheet["response"] == "r", "resistant", "sensitive")
    sheet["stage"] = np.where(sheet["timepoint"] == "dx", "diagnosis", later)
    values = pd.DataFrame(random.normal(size=(16, 2)), index=sheet.index, columns=["up", "flat"])
    values["up"] += 2 * (sheet["response"] == "r") + 1.5 * (sheet["timepoint"] == "fu")
    return sheet, values


def results(sheet, values, design, contrasts, name=None, alpha=0.05, margin=1.0, **entry):
    model = model_of(design, contrasts, **entry)
    findings = Findings()
    built = build_design(sheet, model, "config, models.m", findings)
    assert built is not None, [str(problem) for problem in findings.problems]
    contrast = model.contrasts[name or next(iter(contrasts))]
    return linear.test_values(values, built, contrast, alpha, margin)


def test_two_groups_are_welchs_test_with_one_sample_less():
    sheet, values = cohort()
    sheet = sheet.drop(columns="patient")
    keep = sheet.index[:13]
    found = results(sheet.loc[keep], values, "~ response", {"c": R_VS_S}, alpha=0.1)
    high, low = (values.loc[keep][sheet.loc[keep, "response"] == group] for group in "rs")
    parts = [group.var(ddof=1) / (len(group) - 1) for group in (high, low)]
    df = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / (len(high) - 1) + parts[1] ** 2 / (len(low) - 1))
    effect, error = (high.mean() - low.mean()).to_numpy(), np.sqrt(sum(parts)).to_numpy()
    assert list(found.columns) == list(linear.COLUMNS) and list(found.index) == ["up", "flat"]
    assert found["estimate"].to_numpy() == pytest.approx(effect)
    assert found["df"].to_numpy() == pytest.approx(df.to_numpy())
    assert found["stat"].to_numpy() == pytest.approx(effect / error)
    assert found["p_value"].to_numpy() == pytest.approx(2 * stats.t.sf(np.abs(effect / error), df))
    assert found["ci_high"].to_numpy() == pytest.approx(effect + stats.t.isf(0.05, df) * error)
    assert set(found["error"]) == {"welch"}
    # Welch's own statistic, by scipy, has n in place of n - 1.
    welch = stats.ttest_ind(high.to_numpy()[:5], low.to_numpy()[:5], equal_var=False)
    ten = results(sheet.loc[[*high.index[:5], *low.index[:5]]], values, "~ response", {"c": R_VS_S})
    assert ten["stat"].to_numpy() == pytest.approx(welch.statistic * np.sqrt(4 / 5))
    assert ten["df"].to_numpy() == pytest.approx(welch.df)


def test_patients_in_the_design_make_the_paired_t_test():
    sheet, values = cohort()
    contrast = {"c": {"factor": "timepoint", "tested": "fu", "reference": "dx"}}
    found = results(sheet, values, "~ patient + timepoint", contrast)
    after, before = (values[sheet["timepoint"] == time].to_numpy() for time in ("fu", "dx"))
    expected = stats.ttest_rel(after, before)
    assert found["p_value"].to_numpy() == pytest.approx(expected.pvalue)
    assert found["stat"].to_numpy() == pytest.approx(expected.statistic)
    assert found["df"].tolist() == [7, 7] and set(found["error"]) == {"pooled"}


def test_a_difference_of_changes_is_welchs_test_of_the_changes():
    sheet, values = cohort()
    in_group = {
        group: {
            "tested": {"response": group, "timepoint": "fu"},
            "reference": {"response": group, "timepoint": "dx"},
        }
        for group in ("r", "s")
    }
    contrasts = {**in_group, "between": {"difference": ["r", "s"]}}
    found = results(sheet, values, "~ patient + timepoint + timepoint:response", contrasts, "between")
    change = values[sheet["timepoint"] == "fu"].to_numpy() - values[sheet["timepoint"] == "dx"].to_numpy()
    expected = stats.ttest_ind(change[:4], change[4:], equal_var=False)
    assert found["stat"].to_numpy() == pytest.approx(expected.statistic * np.sqrt(3 / 4))
    assert found["df"].to_numpy() == pytest.approx(expected.df)
    assert found["estimate"].to_numpy() == pytest.approx(change[:4].mean(axis=0) - change[4:].mean(axis=0))


def test_variances_of_groups_are_without_bias_beside_covariates():
    random = np.random.default_rng(8)
    sheet, _ = cohort()
    sheet = sheet.drop(columns="patient")
    model = model_of("~ timepoint + scale(age) + response", {"c": R_VS_S})
    built = build_design(sheet, model, "", Findings())
    spread = np.where(sheet["response"] == "r", 3.0, 1.0)
    noise = pd.DataFrame(random.normal(size=(16, 20000)) * spread[:, None], index=sheet.index)
    found = linear.test_values(noise, built, model.contrasts["c"], 0.05)
    true = found["estimate"].var()
    # The jackknife's factor for groups of eight is 8 / 7.
    assert (found["se"] ** 2).mean() == pytest.approx(true * 8 / 7, rel=0.03)
    assert 0.03 < (found["p_value"] < 0.05).mean() < 0.05


def test_a_measurement_is_the_regression_line_with_the_error_of_the_jackknife():
    sheet, values = cohort()
    sheet = sheet.drop(columns="patient")
    found = results(sheet, values, "~ age", {"c": {"per_unit": "age"}})

    noise = np.random.default_rng(5).normal(size=(16, 4000))
    both = np.hstack([values.to_numpy(), noise])
    every = np.polyfit(sheet["age"], both, 1)[0]
    left = [np.polyfit(np.delete(sheet["age"], i), np.delete(both, i, axis=0), 1)[0] for i in range(16)]
    variance = ((np.array(left) - every) ** 2).sum(axis=0)
    assert found["estimate"].to_numpy() == pytest.approx(every[:2])
    assert (found["se"] ** 2).to_numpy() == pytest.approx(variance[:2])
    # The expected degrees of freedom of a sum of squares: 2 mean^2 / variance, here by simulation.
    assert found["df"].iloc[0] == pytest.approx(2 * variance[2:].mean() ** 2 / variance[2:].var(), rel=0.08)
    assert found["df"].iloc[0] < 14 and set(found["error"]) == {"hc3"}


def test_a_group_of_one_gets_the_pooled_error():
    _, values = cohort()
    chosen = values.iloc[[0, 8, 10, 12]]
    matrix = pd.DataFrame({"Intercept": 1.0, "one": [1.0, 0, 0, 0]}, chosen.index)
    fit = linear.fit_values(chosen, matrix)
    classes = [[np.array([0])], [np.array([i]) for i in (1, 2, 3)]]
    variance, freedom, how = linear.estimate_errors(fit, np.array([0.0, 1.0]), classes)
    assert how == "pooled" and freedom.tolist() == [2, 2]
    assert variance == pytest.approx(chosen.iloc[1:].var(ddof=1).to_numpy() * (1 + 1 / 3))


@pytest.mark.parametrize(
    ("groups", "batches", "error", "size"),
    [
        # Two in each of four groups and a batch leave variances of their own 1.2 degrees of freedom.
        ("AABBCCDD", "xyxyxyxy", "pooled", (0.04, 0.06)),
        ("AABBCC", "xyxyxy", "pooled", (0.04, 0.06)),
        ("AAABBBCCC", "xyyxxyxyy", "welch", (0.004, 0.05)),
        ("AAAABBBBCCCCDDDD", "xyxy" * 4, "welch", (0.01, 0.05)),
    ],
)
def test_few_samples_beside_shared_covariates_have_an_error_of_use(groups, batches, error, size):
    sheet = pd.DataFrame({"group": list(groups), "batch": list(batches)}, index=[f"S{i}" for i in range(len(groups))])
    random = np.random.default_rng(3)
    values = pd.DataFrame(random.normal(size=(len(groups), 4000)), sheet.index)
    asked = {"c": {"factor": "group", "tested": "A", "reference": "B"}}
    found = results(sheet, values, "~ batch + group", asked)
    assert set(found["error"]) == {error} and (found["df"] >= 1).all() and (found["se"] > 0.005).all()
    assert (found["ci_high"] - found["ci_low"]).max() < 40 and found["min_detectable"].notna().all()
    assert size[0] < (found["p_value"] < 0.05).mean() < size[1]


def test_groups_of_one_size_share_an_error_that_is_wrong_as_often_as_said():
    sheet = pd.DataFrame({"group": list("AABBCCDD"), "batch": list("xyxyxyxy")}, index=[f"S{i}" for i in range(8)])
    spread = np.where(sheet["group"] == "A", np.sqrt(6), 1.0)[:, None]
    values = pd.DataFrame(np.random.default_rng(5).normal(size=(8, 8000)) * spread, sheet.index)
    found = results(sheet, values, "~ batch + group", {"c": {"factor": "group", "tested": "A", "reference": "B"}})
    assert 0.09 < (found["p_value"] < 0.05).mean() < 0.125


@pytest.mark.parametrize("design", ["~ group", "~ batch + group"])
def test_two_samples_against_many_have_an_error_of_their_own(design):
    sheet = pd.DataFrame({"group": ["A"] * 2 + ["B"] * 12, "batch": list("xy" * 7)}, index=[f"S{i}" for i in range(14)])
    random = np.random.default_rng(4)
    spread = np.where(sheet["group"] == "A", np.sqrt(6), 1.0)[:, None]
    values = pd.DataFrame(random.normal(size=(14, 4000)) * spread, sheet.index)
    found = results(sheet, values, design, {"c": {"factor": "group", "tested": "A", "reference": "B"}})
    assert set(found["error"]) == {"welch"} and (found["p_value"] < 0.05).mean() < 0.09
    assert (found["df"] >= 1).all() and (found["ci_high"] - found["ci_low"]).max() < 400
    pooled = stats.ttest_ind(values[sheet["group"] == "A"], values[sheet["group"] == "B"]).pvalue
    assert (pooled < 0.05).mean() > 0.15


def test_a_smaller_group_that_varies_more_keeps_the_level():
    random = np.random.default_rng(2)
    sheet = pd.DataFrame({"response": ["s"] * 12 + ["r"] * 4}, index=[f"s{i}" for i in range(16)])
    dispersion = np.where(sheet["response"] == "r", 0.6, 0.1)[:, None]
    genes = {}
    for gene in ("BMP4", "BMPR1A", "BMPR1B", "BMPR2", "ACVR2A", "ACVR2B"):
        counts = random.poisson(random.gamma(1 / dispersion, 200 * dispersion, (16, 4000)))
        genes[gene] = np.log2(counts + 1)
    frames = (pd.DataFrame({gene: levels[:, i] for gene, levels in genes.items()}, sheet.index) for i in range(4000))
    values = pd.concat([loop_scores(frame).values["loop_BMP4"] for frame in frames], axis=1, keys=range(4000))
    found = results(sheet, values, "~ response", {"c": R_VS_S})
    assert (found["p_value"] < 0.05).mean() < 0.06
    pooled = stats.ttest_ind(values[sheet["response"] == "r"], values[sheet["response"] == "s"]).pvalue
    assert (pooled < 0.05).mean() > 0.15


def test_any_difference_is_that_of_the_most_different_pair():
    sheet, values = cohort()
    sheet = sheet.drop(columns="patient")
    found = results(sheet, values, "~ stage", STAGES, "any")
    pairs = {"a": ORDER[:2], "b": ORDER[::2], "c": ORDER[1:]}
    asked = {name: {"factor": "stage", "tested": two, "reference": one} for name, (one, two) in pairs.items()}
    single = [results(sheet, values, "~ stage", asked, name) for name in pairs]
    smallest = np.min([one["p_value"] for one in single], axis=0)
    assert found["p_value"].to_numpy() == pytest.approx(np.minimum(3 * smallest, 1))
    assert found["stat"].to_numpy() == pytest.approx(np.max([one["stat"].abs() for one in single], axis=0), rel=0.2)
    means = pd.DataFrame([values[sheet["stage"] == stage].mean() for stage in ORDER], index=ORDER)
    assert found["estimate"].to_numpy() == pytest.approx(np.ptp(means.to_numpy(), axis=0))
    assert found["lowest"].tolist() == means.idxmin().tolist()
    assert found["highest"].tolist() == means.idxmax().tolist()
    assert found[["se", "ci_low", "ci_high", "min_detectable"]].isna().all(axis=None)
    resistant = (means.loc["resistant"] - means.loc["diagnosis"]).to_numpy()
    assert found["estimate_group_3"].to_numpy() == pytest.approx(resistant)


def test_a_trend_is_a_slope_that_shows_its_steps():
    sheet, values = cohort()
    values["steps"] = sheet["stage"].map({"diagnosis": 0.0, "sensitive": 2.0, "resistant": 5.0}) + values["flat"] / 10
    values["bent"] = sheet["stage"].map({"diagnosis": 0.0, "sensitive": 5.0, "resistant": 2.0}) + values["flat"] / 10
    rise = results(sheet, values, "~ stage", STAGES, "rise")
    fall = results(sheet, values, "~ stage", STAGES, "fall")
    means = values.groupby(sheet["stage"]).mean().loc[ORDER].to_numpy()
    assert rise["estimate"].to_numpy() == pytest.approx((means[2] - means[0]) / 2)
    assert rise["estimate_step_2"].to_numpy() == pytest.approx(means[2] - means[1])
    steps = rise[["p_value_step_1", "p_value_step_2"]].max(axis=1)
    assert rise.loc["steps", "step_p_value"] == steps["steps"] < 0.001
    assert rise.loc["bent", "step_p_value"] == 1.0 and rise.loc["bent", "p_value"] < 0.001
    assert fall["estimate"].to_numpy() == pytest.approx(-rise["estimate"].to_numpy())
    assert fall["step_p_value"].to_numpy() == pytest.approx(rise["step_p_value"].to_numpy())


def test_equivalence_is_two_one_sided_tests():
    sheet, values = cohort()
    found = results(sheet, values, "~ response", {"c": R_VS_S}, margin=0.8)
    above = stats.t.sf((found["estimate"] + 0.8) / found["se"], found["df"])
    below = stats.t.cdf((found["estimate"] - 0.8) / found["se"], found["df"])
    assert found["equivalence_p_value"].to_numpy() == pytest.approx(np.maximum(above, below))
    without = results(sheet, values, "~ response", {"c": R_VS_S}, margin=None)
    assert without["equivalence_p_value"].isna().all()


def test_equivalence_and_the_interval_agree():
    sheet, values = cohort()
    found = results(sheet, values / 4, "~ response", {"c": R_VS_S}, alpha=0.1, margin=0.8)
    inside = (found["ci_low"] > -0.8) & (found["ci_high"] < 0.8)
    assert (inside == (found["equivalence_p_value"] < 0.05)).all() and inside["flat"]


@pytest.mark.parametrize(("size", "effect"), [(17, 1.0), (26, 0.8), (64, 0.5), (393, 0.2)])
def test_the_detectable_effect_is_that_of_power_tables(size, effect):
    # Cohen 1988, table 2.4: samples per group for two-sided .05 and power .80.
    # Below one degree of freedom scipy's inverse does not end.
    assert linear.detectable_shift(np.array([0.08, 0.9]), 0.05, 0.8).tolist() == [np.inf, np.inf]
    shift = linear.detectable_shift(2 * size - 2, 0.05, 0.8)
    assert shift * np.sqrt(2 / size) == pytest.approx(effect, rel=0.012)


def test_a_detectable_effect_is_found_as_often_as_said():
    random = np.random.default_rng(11)
    sheet = pd.DataFrame({"response": ["r"] * 10 + ["s"] * 10}, index=[f"s{i}" for i in range(20)])
    null = results(sheet, pd.DataFrame(random.normal(size=(20, 3000)), index=sheet.index), "~ response", {"c": R_VS_S})
    effect = null["min_detectable"].median()
    values = pd.DataFrame(random.normal(size=(20, 3000)), index=sheet.index)
    found = results(sheet, values + effect * (sheet[["response"]] == "r").to_numpy(), "~ response", {"c": R_VS_S})
    assert (found["p_value"] < 0.05).mean() == pytest.approx(0.8, abs=0.03)
    # The jackknife's error is a little too large where groups vary alike.
    assert 0.03 < (null["p_value"] < 0.05).mean() < 0.05


@settings(max_examples=20)
@given(seeds)
def test_order_names_and_further_samples_do_not_matter(seed):
    sheet, values = cohort(seed)
    contrasts = {"c": R_VS_S}
    first = results(sheet, values, "~ timepoint + response", contrasts)
    order = np.random.default_rng(seed).permutation(16)
    names = {name: f"x{i}" for i, name in enumerate(reversed(sheet.index))}
    moved = values.iloc[order].rename(index=names)
    moved.loc["unknown"] = 100.0
    second = results(sheet.iloc[order].rename(index=names), moved, "~ timepoint + response", contrasts)
    pd.testing.assert_frame_equal(first, second, rtol=1e-8)
    pd.testing.assert_frame_equal(first, results(sheet, values.iloc[:, ::-1], "~ timepoint + response", contrasts).loc[
        ["up", "flat"]], rtol=1e-8)  # fmt: skip


@settings(max_examples=20)
@given(seeds, st.floats(0.01, 100), st.floats(-100, 100))
def test_units_scale_effects_and_leave_p_values(seed, unit, origin):
    sheet, values = cohort(seed)
    first = results(sheet, values, "~ age + response", {"c": R_VS_S}, margin=0.7)
    second = results(sheet, values * unit + origin, "~ age + response", {"c": R_VS_S}, margin=0.7 * unit)
    scaled = ["estimate", "se", "ci_low", "ci_high", "min_detectable"]
    others = ["stat", "p_value", "equivalence_p_value"]
    assert second[scaled].to_numpy() == pytest.approx(unit * first[scaled].to_numpy(), rel=1e-5, abs=1e-7 * unit)
    assert second[others].to_numpy() == pytest.approx(first[others].to_numpy(), rel=1e-5, abs=1e-7)


@settings(max_examples=20)
@given(seeds)
def test_the_reference_level_turns_the_sign_only(seed):
    sheet, values = cohort(seed)
    first = results(sheet, values, "~ timepoint * response", {"c": R_VS_S})
    turned = {"c": {"factor": "response", "tested": "s", "reference": "r"}}
    second = results(sheet, values, "~ timepoint * response", turned)
    assert second["estimate"].to_numpy() == pytest.approx(-first["estimate"].to_numpy())
    assert second["ci_low"].to_numpy() == pytest.approx(-first["ci_high"].to_numpy())
    kept = ["se", "p_value", "equivalence_p_value", "min_detectable"]
    assert second[kept].to_numpy() == pytest.approx(first[kept].to_numpy())
    shuffled = {"any": {"factor": "stage", "any_difference": ["resistant", "diagnosis", "sensitive"]}}
    one, two = (results(sheet, values, "~ stage", asked, "any") for asked in (STAGES, shuffled))
    same = ["estimate", "stat", "p_value", "equivalence_p_value", "lowest", "highest"]
    pd.testing.assert_frame_equal(one[same], two[same], rtol=1e-8)


def test_two_groups_of_any_difference_are_the_t_test():
    sheet, values = cohort()
    any_of_two = results(sheet, values, "~ age + response", {"c": {"factor": "response", "any_difference": ["s", "r"]}})
    plain = results(sheet, values, "~ age + response", {"c": R_VS_S})
    assert any_of_two["stat"].to_numpy() == pytest.approx(np.abs(plain["stat"].to_numpy()))
    kept = ["p_value", "equivalence_p_value", "df"]
    assert any_of_two[kept].to_numpy() == pytest.approx(plain[kept].to_numpy())


@pytest.mark.parametrize("name", ["rise", "any"])
def test_scores_without_values_or_variation_have_no_test(name):
    sheet, values = cohort()
    values["constant"], values["partly"] = 4.2, values["up"].where(values.index != "s3")
    values["exact"] = sheet["stage"].map({"diagnosis": 0.1, "sensitive": 0.2, "resistant": 0.7})
    found = results(sheet, values, "~ stage", STAGES, name)
    assert found.loc[["constant", "partly", "exact"], "p_value"].isna().all()
    assert found.loc[["up", "flat"], "p_value"].notna().all()
    assert found.loc["exact", "estimate"] == pytest.approx({"rise": 0.3, "any": 0.6}[name])
    assert np.isnan(found.loc["partly", "estimate"])


def test_what_cannot_be_computed_is_refused():
    sheet, values = cohort()
    with pytest.raises(KeyError, match="no scores for the samples s15"):
        results(sheet, values.iloc[:15], "~ response", {"c": R_VS_S})
    with pytest.raises(ValueError, match="margin must be above 0"):
        results(sheet, values, "~ response", {"c": R_VS_S}, margin=-1.0)
    with pytest.raises(ValueError, match="below power"):
        results(sheet, values, "~ response", {"c": R_VS_S}, alpha=0.9)
    with pytest.raises(ValueError, match="leave nothing"):
        linear.fit_values(values, pd.DataFrame(np.eye(16), index=values.index))


def test_blocks_of_one_are_the_sandwich_hc2_and_whole_blocks_keep_the_level():
    """With blocks of one, CR2 is HC2; with correlated samples it holds its level where plain errors do not."""
    random = np.random.default_rng(8)
    sheet = pd.DataFrame({"response": ["r", "s"] * 6}, index=[f"s{i}" for i in range(12)])
    values = pd.DataFrame(random.normal(size=(12, 2)), sheet.index, ["one", "two"])
    design = np.column_stack([np.ones(12), (sheet["response"] == "r").astype(float)])
    rows = [np.array([i]) for i in range(12)]
    fitted = linear.fit_values(values, pd.DataFrame(design, sheet.index))
    fitted = replace(fitted, blocks=tuple(rows))
    variance, _, how = linear.estimate_errors(fitted, np.array([0.0, 1.0]), None)
    hat = design @ np.linalg.inv(design.T @ design) @ design.T
    weights = design @ np.linalg.inv(design.T @ design) @ [0, 1]
    expected = ((weights**2 / (1 - np.diag(hat)))[:, None] * fitted.residuals**2).sum(axis=0)
    assert how == "cr2" and variance == pytest.approx(expected)

    sheet = pd.DataFrame({"patient": np.repeat([f"p{i}" for i in range(12)], 3)}, index=[f"s{i}" for i in range(36)])
    sheet["response"] = np.where(pd.factorize(sheet["patient"])[0] % 2 == 0, "r", "s")
    own = random.normal(size=(12, 2000))[pd.factorize(sheet["patient"])[0]]
    values = pd.DataFrame(own + random.normal(0, 0.5, (36, 2000)), sheet.index, [f"v{i}" for i in range(2000)])
    found = results(sheet, values, "~ response", {"c": R_VS_S}, random="patient")
    assert set(found["error"]) == {"cr2"} and 0.035 < (found["p_value"] < 0.05).mean() < 0.065
    plain = results(sheet, values, "~ response", {"c": R_VS_S}, repeated_patients="keep")
    assert (plain["p_value"] < 0.05).mean() > 0.15
