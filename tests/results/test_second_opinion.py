"""What other methods say of the contrasts of a fit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine import EngineError, any_difference, engine, fit, linear, trend
from autocrine.claims.verdicts import compare_verdicts
from autocrine.page.figures.contrast import draw_second_opinion
from autocrine.results.linear_fits import fit_weighted_counts
from autocrine.results.opinions import describe_agreement, join_panel, measure_agreement, with_second
from autocrine.results.second_opinion import NO_DIRECTION, Others, ask_second, fit_others

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


def ask(study, methods=("voom",), **asked):
    analysis, contrast = study._asked(None, asked)
    others = fit_others(methods, analysis, "parity", "counts", 1)
    second, reasons = ask_second(others, analysis.design, contrast, analysis.statistics)
    return second, study.test(**asked), reasons


def test_it_is_voom_on_library_sizes_in_proportion_to_the_size_factors(study):
    second, genes, _ = ask(study, stage=("b", "a"))
    analysis = study.analysis
    sizes = study.size_factors.to_numpy() * (analysis.counts.sum(axis=1) / study.size_factors.to_numpy()).mean()
    kept = list(second["gene_id"])
    weighed = linear.voom(analysis.counts[kept], analysis.design.matrix, library_sizes=sizes)
    expected = linear.test_contrast(
        linear.fit_model(weighed.expression, analysis.design.matrix, weights=weighed.weights), np.array([0.0, 1, 0])
    )
    np.testing.assert_allclose(second["log2_fc"], expected["log2_fc"])
    np.testing.assert_allclose(second["p_value"], expected["p_value"])
    # The last one has two reads in all, too few for weights.
    assert kept == [f"g{i}" for i in range(599)]
    called = set(second["gene_id"][second["outcome"] == "changed"])
    assert {f"g{i}" for i in range(30)} <= called and len(called) <= 36
    agreement = measure_agreement(genes, second, 0.05, "adj_p_value")
    assert agreement["correlation"] > 0.95 and agreement["both"] >= 30 and agreement["genes"] == 599


def test_a_test_without_direction_is_f(study):
    second, genes, _ = ask(study, stage=("b", "a"))
    assert (second["p_value"][30:] < 0.05).mean() == pytest.approx(0.05, abs=4 * np.sqrt(0.0475 / 569))
    second, genes, _ = ask(study, stage=any_difference())
    assert (second["p_value"][:30] < 1e-4).all() and second["ci_low"].isna().all()
    np.testing.assert_allclose(second["log2_fc"][:30], genes["log2_fc"][:30], atol=0.15)


def test_a_design_that_leaves_nothing_has_no_second_opinion(study):
    analysis, contrast = study._asked(None, {"stage": ("b", "a")})
    few = analysis.counts.iloc[[0, 5, 10]]
    design = analysis.design
    small = replace(design, matrix=design.matrix.loc[few.index])
    scaling = replace(analysis.scaling, size_factors=np.ones(3), factors=np.ones((3, 1)))
    with pytest.raises(EngineError, match="freedom") as caught:
        fit_weighted_counts(few, small, scaling, 1)
    assert str(caught.value) in describe_agreement({"voom": {"reason": str(caught.value)}})
    assert describe_agreement({}) == ""
    others = fit_others(["voom", "pydeseq2"], replace(analysis, counts=few, design=small, scaling=scaling), "parity",
                        "counts", 1)  # fmt: skip
    assert not others.fits and all("could not be fitted" in reason for reason in others.reasons.values())
    empty, reasons = ask_second(Others({}, {"voom": "why"}), design, contrast, analysis.statistics)
    assert empty.empty and reasons == {"voom": "why"}
    found = measure_agreement(study.test(stage=("b", "a")), empty, 0.05, "adj_p_value")
    assert found["genes"] == 0 and describe_agreement({"voom": found}) == ""


def test_agreement_counts_genes_that_both_tested():
    genes = pd.DataFrame(
        {"gene_id": list("abcde"), "log2_fc": [1.0, 2, 3, np.nan, 0], "adj_p_value": [0.01, 0.01, 0.9, 0.01, np.nan]}
    )
    second = pd.DataFrame(
        {"gene_id": list("abcdx"), "log2_fc": [2.0, 4, 6, 1, 1], "adj_p_value": [0.01, 0.5, 0.01, 0.01, 0.01]}
    )
    found = measure_agreement(genes, second, 0.05, "adj_p_value")
    assert found == {"genes": 3, "correlation": pytest.approx(1.0), "both": 1, "first": 1, "second": 1}
    assert describe_agreement({"pydeseq2": found, "voom": {"reason": "it cannot."}}) == (
        "By PyDESeq2 2 genes are called, 1 of them here too; 1 that it tested are called here alone. Effects of 3 "
        "genes correlate with 1.000. voom has no answer: it cannot."
    )
    alone = measure_agreement(genes[:1], second, 0.05, "adj_p_value") | {"correlation": None}
    assert (
        describe_agreement({"voom": alone})
        == "By voom 1 genes are called, 1 of them here too; 0 that it tested are called here alone."
    )
    asked = {"voom": "", "pydeseq2": "it cannot"}
    drawn = draw_second_opinion(genes, second.assign(method="voom"), asked, {"a"}, 0.05, "title")
    voom, other = drawn.axes
    assert len(voom.collections[-1].get_offsets()) == 1 and voom.get_title("left") == "voom: r = 1.000"
    assert [t.get_text() for t in voom.get_legend().get_texts()] == [
        "called by neither (0)", "called by both (1)", "called by voom alone (1)", "called here alone (1)",
    ]  # fmt: skip
    assert [t.get_text() for t in other.texts] == ["PyDESeq2 has no answer: it cannot"]
    nobody = draw_second_opinion(genes, second[:0].assign(method=""), {}, set(), 0.05, "")
    assert [t.get_text() for t in nobody.axes[0].texts] == ["no other method was asked"]


def test_the_panel_says_where_the_outcome_is_another():
    panel = pd.DataFrame(
        {"gene_id": ["a", "b", "c", ""], "tier": ["primary", "", "", ""], "p_value": [0.001, 0.5, 0.001, np.nan],
         "outcome": ["changed", "undetermined", "changed", "undetermined"]}
    )  # fmt: skip
    voom = pd.DataFrame(
        {"gene_id": ["a", "b"], "log2_fc": [2.0, 0.1], "lfc_se": 0.2, "ci_low": 0.0, "ci_high": 1.0, "df": 8.0,
         "p_value": [0.001, 0.6], "equivalence_p_value": [0.9, 0.001], "method": "voom"}
    )  # fmt: skip
    other = voom.assign(method="pydeseq2", gene_id=["b", "c"], log2_fc=[0.03, 1.0], p_value=[0.01, 0.03])
    found = join_panel(panel, pd.concat([voom, other]), 0.05)
    assert found["voom_outcome"].tolist() == ["changed", "equivalent", "", ""]
    assert found["pydeseq2_outcome"].tolist() == ["", "changed", "small_change", ""]
    assert found["second_words"].tolist() == [
        "",
        "this outcome is not shared by voom (equivalent, log2 0.10) and PyDESeq2 (changed, log2 0.03)",
        "this outcome is not shared by PyDESeq2 (small change, log2 1.00)",
        "",
    ]
    # The one primary gene is alone in its family, the two others share theirs (Benjamini and Hochberg).
    np.testing.assert_allclose(found["voom_adj_p_value"], [0.001, 0.6, np.nan, np.nan])
    np.testing.assert_allclose(found["pydeseq2_adj_p_value"], [np.nan, 0.02, 0.03, np.nan])
    taken = with_second(panel.join(found).assign(log2_fc=9.0, moderated_p_value=0.5), "voom")
    assert taken["log2_fc"][:2].tolist() == [2.0, 0.1] and taken["moderated_p_value"][1] == 0.6
    nothing = join_panel(panel, voom[:0], 0.05)
    assert (nothing["voom_outcome"] == "").all() and (nothing["second_words"] == "").all()


def test_a_verdict_that_is_not_shared_says_so():
    first = pd.DataFrame(
        {"gene": ["A", "B", "", "D", "E"],
         "verdict": ["supported", "inconclusive", "supported", "not_testable", "supported"],
         "log2_fc": 1.0, "ci_low": 0.5, "ci_high": 1.5}
    )  # fmt: skip
    voom = first.assign(verdict="supported", log2_fc=2.0)
    other = first.assign(verdict=["supported", "contradicted", "supported", "supported", "not_testable"])
    found = compare_verdicts(first, {"voom": voom, "pydeseq2": other})
    assert found["voom_verdict"].tolist() == ["supported", "supported", "", "", "supported"]
    assert found["pydeseq2_verdict"].tolist() == ["supported", "contradicted", "", "", ""]
    np.testing.assert_allclose(found["voom_log2_fc"], [2, 2, np.nan, np.nan, 2])
    assert found["second_words"].tolist() == [
        "", "this verdict is not shared by voom (supported) and PyDESeq2 (contradicted)", "", "", "",
    ]  # fmt: skip


def test_pydeseq2_answers_with_its_own_test_and_normal_intervals(study):
    second, genes, reasons = ask(study, ("pydeseq2",), stage=("b", "a"))
    assert reasons == {} and set(second["method"]) == {"pydeseq2"} and len(second) == 600
    # R's parity engine fits the same model, so effects and errors are near; the intervals are 1.96 errors wide.
    kept = genes["base_mean"].to_numpy() > 50
    np.testing.assert_allclose(second["log2_fc"][kept], genes["log2_fc"][kept], atol=0.02)
    np.testing.assert_allclose(second["lfc_se"][kept], genes["lfc_se"][kept], rtol=0.2)
    np.testing.assert_allclose(second["ci_high"] - second["ci_low"], 2 * 1.959964 * second["lfc_se"], rtol=1e-6)
    own = engine.fit_own(study.analysis.counts, study.analysis.design.matrix, study.size_factors)
    expected = own.test([0, 1, 0])
    np.testing.assert_array_equal(second["adj_p_value"], expected["adj_p_value"])
    assert np.isposinf(second["df"][0]) and {f"g{i}" for i in range(30)} <= set(
        second["gene_id"][second["outcome"] == "changed"]
    )


def test_equivalence_along_a_trend_is_that_of_any_two_groups(study):
    second, _, _ = ask(study, ("pydeseq2",), stage=trend("a", "b", "c"))
    own = engine.fit_own(study.analysis.counts, study.analysis.design.matrix, study.size_factors)
    pairs = [own.test(vector) for vector in ([0, 1, 0], [0, 0, 1], [0, -1, 1])]
    margin = study.analysis.statistics.equivalence_margin
    within = [
        engine.test_threshold(pair["log2_fc"], pair["lfc_se"], margin, "lessAbs")["p_value"] for pair in pairs
    ]  # fmt: skip
    np.testing.assert_allclose(second["equivalence_p_value"][:-1], np.max(within, axis=0)[:-1])


def test_what_a_method_cannot_do_is_reported(study):
    analysis = study.analysis
    second, _, reasons = ask(study, ("voom", "pydeseq2"), stage=any_difference())
    assert reasons == {"pydeseq2": NO_DIRECTION} and set(second["method"]) == {"voom"}
    methods = ("voom", "pydeseq2")

    def reasons_of(first="parity", measure="counts", **changed):
        return dict(fit_others(methods, replace(analysis, **changed), first, measure, 1).reasons)

    assert set(reasons_of(measure="log_expression").values()) == {
        "it takes counts, and these values are log expression"
    }  # fmt: skip
    blocks = replace(analysis.design, blocks=("p",) * 15)
    assert reasons_of(design=blocks) == {
        "voom": "the results shown are its own", "pydeseq2": "it has no model of samples that vary together",
    }  # fmt: skip
    lengths = replace(analysis.scaling, factors=np.ones(analysis.counts.shape))
    assert reasons_of(scaling=lengths) == {"pydeseq2": "it cannot use transcript lengths"}
    assert reasons_of("pydeseq2") == {"pydeseq2": "the results shown rest on its fit already"}
