"""What linear models say of the contrasts of a fit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine import EngineError, any_difference, fit, linear
from autocrine.claims.verdicts import compare_verdicts
from autocrine.page.figures.contrast import draw_second_opinion
from autocrine.results.linear_fits import fit_weighted_counts
from autocrine.results.opinions import describe_agreement, join_panel, measure_agreement, with_second
from autocrine.results.second_opinion import ask_second

STAGES = ["a"] * 5 + ["b"] * 5 + ["c"] * 5


@pytest.fixture(scope="module")
def study():
    """Three groups of five; the first thirty genes are fourfold higher in b, the last is hardly counted."""
    random = np.random.default_rng(7)
    sheet = pd.DataFrame({"stage": STAGES}, index=[f"s{i}" for i in range(15)])
    mean = random.uniform(40, 2000, 600) * np.where(
        (sheet["stage"] == "b").to_numpy()[:, None] & (np.arange(600) < 30), 4, 1
    )
    depth = random.uniform(0.6, 1.6, 15)[:, None]
    counts = random.negative_binomial(20, 20 / (20 + mean * depth))
    counts[:, -1] = 0
    counts[0, -1] = 2
    return fit(pd.DataFrame(counts, sheet.index, [f"g{i}" for i in range(600)]), "~ stage", sheet)


def ask(study, **asked):
    analysis, contrast = study._asked(None, asked)
    opinion = fit_weighted_counts(analysis.counts, analysis.design, analysis.scaling, ["g599"], 1)
    return ask_second(opinion, analysis.design, contrast, analysis.statistics), study.test(**asked)


def test_it_is_voom_on_library_sizes_in_proportion_to_the_size_factors(study):
    second, genes = ask(study, stage=("b", "a"))
    analysis = study.analysis
    sizes = study.size_factors.to_numpy() * (analysis.counts.sum(axis=1) / study.size_factors.to_numpy()).mean()
    kept = list(second["gene_id"])
    weighed = linear.voom(analysis.counts[kept], analysis.design.matrix, library_sizes=sizes)
    expected = linear.test_contrast(
        linear.fit_model(weighed.expression, analysis.design.matrix, weights=weighed.weights), np.array([0.0, 1, 0])
    )
    np.testing.assert_allclose(second["log2_fc"], expected["log2_fc"])
    np.testing.assert_allclose(second["p_value"], expected["p_value"])
    assert kept[-1] == "g599" and len(kept) == 600
    called = set(second["gene_id"][second["outcome"] == "changed"])
    assert {f"g{i}" for i in range(30)} <= called and len(called) <= 36
    agreement = measure_agreement(genes, second, 0.05, "adj_p_value")
    assert agreement["correlation"] > 0.95 and agreement["both"] >= 30 and agreement["genes"] == 600


def test_a_test_without_direction_is_f(study):
    second, genes = ask(study, stage=("b", "a"))
    assert (second["p_value"][30:-1] < 0.05).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.0475 / 569))
    second, genes = ask(study, stage=any_difference())
    assert (second["p_value"][:30] < 1e-4).all() and second["ci_low"].isna().all()
    np.testing.assert_allclose(second["log2_fc"][:30], genes["log2_fc"][:30], atol=0.15)


def test_a_design_that_leaves_nothing_has_no_second_opinion(study):
    analysis, contrast = study._asked(None, {"stage": ("b", "a")})
    few = analysis.counts.iloc[[0, 5, 10]]
    design = analysis.design
    small = replace(design, matrix=design.matrix.loc[few.index])
    scaling = replace(analysis.scaling, size_factors=np.ones(3), factors=np.ones((3, 1)))
    with pytest.raises(EngineError, match="freedom") as caught:
        fit_weighted_counts(few, small, scaling, [], 1)
    assert str(caught.value) in describe_agreement({"reason": str(caught.value)}) and describe_agreement({}) == ""
    empty = ask_second(None, design, contrast, analysis.statistics)
    assert empty.empty and measure_agreement(study.test(stage=("b", "a")), empty, 0.05, "adj_p_value")["genes"] == 0
    assert describe_agreement(measure_agreement(study.test(stage=("b", "a")), empty, 0.05, "adj_p_value")) == ""


def test_agreement_counts_genes_that_both_tested():
    genes = pd.DataFrame(
        {"gene_id": list("abcde"), "log2_fc": [1.0, 2, 3, np.nan, 0], "adj_p_value": [0.01, 0.01, 0.9, 0.01, np.nan]}
    )
    second = pd.DataFrame(
        {"gene_id": list("abcdx"), "log2_fc": [2.0, 4, 6, 1, 1], "adj_p_value": [0.01, 0.5, 0.01, 0.01, 0.01]}
    )
    found = measure_agreement(genes, second, 0.05, "adj_p_value")
    assert found == {"genes": 3, "correlation": pytest.approx(1.0), "both": 1, "first": 1, "second": 1}
    assert describe_agreement(found) == (
        "Linear models (voom) call 2 genes, 1 of them called here too; 1 called here they do not call. Effects of 3 "
        "genes correlate with 1.000."
    )
    drawn = draw_second_opinion(genes, second, {"a"}, 0.05, "title")
    assert len(drawn.axes[0].collections[-1].get_offsets()) == 1
    assert "no linear models" in [
        t.get_text() for t in draw_second_opinion(genes, second[:0], set(), 0.05, "").axes[0].texts
    ]


def test_the_panel_says_where_the_outcome_is_another():
    panel = pd.DataFrame(
        {"gene_id": ["a", "b", "c", ""], "tier": ["primary", "", "", ""], "p_value": [0.001, 0.5, 0.001, np.nan],
         "outcome": ["changed", "undetermined", "changed", "undetermined"]}
    )  # fmt: skip
    second = pd.DataFrame(
        {"gene_id": ["a", "b"], "log2_fc": [2.0, 0.1], "lfc_se": 0.2, "ci_low": 0.0, "ci_high": 1.0, "df": 8.0,
         "p_value": [0.001, 0.6], "equivalence_p_value": [0.9, 0.001]}
    )  # fmt: skip
    found = join_panel(panel, second, 0.05)
    assert found["second_outcome"].tolist() == ["changed", "equivalent", "", ""]
    assert found["second_words"].tolist() == ["", "linear models (voom) say equivalent, log2 0.10", "", ""]
    taken = with_second(panel.join(found).assign(log2_fc=9.0, moderated_p_value=0.5))
    assert taken["log2_fc"][:2].tolist() == [2.0, 0.1] and taken["moderated_p_value"][1] == 0.6


def test_a_verdict_that_is_not_shared_says_so():
    first = pd.DataFrame(
        {"gene": ["A", "B", "", "D"], "verdict": ["supported", "inconclusive", "supported", "not_testable"]}
    )
    second = first.assign(verdict=["supported", "supported", "supported", "supported"])
    found = compare_verdicts(first, second)
    assert found["second_verdict"].tolist() == ["supported", "supported", "", ""]
    assert found["second_words"].tolist() == ["", "on linear models (voom): supported", "", ""]
