"""Claims on single cells: their evidence, verdicts and words; a cohort without cells says that it needs them."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import stdtr

from autocrine.adjustment import holm
from autocrine.claims.claims import Claim, Claims, claimed_pairs
from autocrine.claims.of_cells import COLUMNS, UNITS, CellTables, cell_evidence, note_doublets, without_doublets
from autocrine.claims.roles import Role
from autocrine.claims.verdicts import judge_claims
from autocrine.design.forms import FORMS
from autocrine.design.forms.two_groups import TwoGroups

BOUND = {"tki": [("m", "c")]}
ROLES = {"tki": Role("CD34+ cells", "imatinib against none")}
ODDS = {
    "odds_ratio": 4.0, "ci_low": 2.0, "ci_high": 8.0, "log_odds_ratio": np.log(4), "log_odds_error": 0.3, "stat": 4.6,
    "df": 6.0, "p_value": 0.004, "adj_p_value": 0.01, "equivalence_p_value": 0.98, "detectable_odds_ratio": 2.5,
    "equivalence_margin": np.log(2), "reason": "",
}  # fmt: skip
WORDS = TwoGroups.words_for("imatinib", "untreated")
PAIR = {"ligand": "BMP4", "receptor": "BMPR1B", "patients": 5, "doublets": np.nan}
COMPARED = {"model": "m", "contrast": "c", "state": "LSC"}


def tables(share=(), difference=(), state=(), pair=(), positives=0.5, negatives=0.2):
    """Return the tables of one comparison, with some values changed."""
    shares = {"symbol": "BMPR1B", "fraction_tested": 0.2, "fraction_reference": 0.05, "ambient": "above"}
    living = {**COMPARED, "symbol": "BMPR1B", "reading": "selection", "obstacle": "", "reason": ""}
    ratio = {"ratio": 4.0, "ci_low": 2.0, "ci_high": 8.0, "log_ratio": np.log(4), "log_error": 0.3, "stat": 4.6}
    more = {"df": 6.0, "p_value": 0.004, "detectable_ratio": 2.5}
    return CellTables(
        pd.DataFrame([{**COMPARED, **shares, **ODDS, **dict(share)}]),
        pd.DataFrame(
            [
                {**living, "what": "positives", "ratio": positives},
                {**living, "what": "negatives", "ratio": negatives},
                {**living, "what": "difference", **ratio, **more, **dict(difference)},
            ]
        ),
        pd.DataFrame([{**COMPARED, "share_tested": 0.3, "share_reference": 0.1, **ODDS, **dict(state)}]),
        pd.DataFrame(
            [
                {
                    **COMPARED,
                    "ligand": "BMP4",
                    "receptor": "BMPR1B",
                    "patients": 5,
                    "doublets": np.nan,
                    **ODDS,
                    **dict(pair),
                }
            ]
        ),
    )


def claim(expected="up", **about):
    return Claim(id="A", statement="s", source="x", role="tki", expected=expected, **about)


def judge(*claims, of_cells=None, several=False, cells=None, words=WORDS):
    none = {"model": "m", "contrast": "c", "p_value": np.nan, "reason": "", "log2_fc": np.nan}
    panel = pd.DataFrame([{**none, "symbol": "X", "moderated_p_value": np.nan, "equivalence_margin": 1.0}])
    scores = pd.DataFrame([{**none, "score": "y"}])
    words = {("m", "c"): words}
    evidence = None if of_cells is None else cell_evidence(of_cells)
    held = Claims("t", "c", "", ROLES, tuple(claims))
    return judge_claims(held, panel, scores, BOUND, 0.05, 1.0, words, None, cells, several, evidence)


ABOUT = {
    "fraction": "BMPR1B",
    "survivors": "BMPR1B",
    "codetection": ("BMP4", "BMPR1B"),
    "abundance": "LSC",
}


@pytest.mark.parametrize("kind", ABOUT)
def test_a_cohort_without_cells_needs_them(kind):
    row = judge(claim(**{kind: ABOUT[kind]})).iloc[0]
    assert (row["verdict"], row["obstacle"], row["words"]) == ("not_testable", "no_cells", "this needs single cells")
    assert (row["of_cells"], row["unit"]) == (kind, UNITS[kind])
    pooled = judge(claim(**{kind: ABOUT[kind]}), several=True).iloc[0]
    assert pooled["words"] == "claims on cells are not put together over cohorts"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("fraction", "the share of cells with BMPR1B is {} (20.0% against 5.0% of the cells; odds ratio 4, 2 to 8)"),
        (
            "survivors",
            "the share of cells with BMPR1B is {}; living cells with BMPR1B fell less than those without "
            "(to 0.5 times, those without to 0.2 times)",
        ),
        (
            "codetection",
            "BMP4 and BMPR1B are seen in the same cells more often than depth and state explain "
            "(odds ratio 4, 2 to 8, 5 patients)",
        ),
        ("abundance", "the share of LSC is {} (30.0% against 10.0% of the cells; odds ratio 4, 2 to 8)"),
    ],
)
def test_verdicts_and_their_words(kind, words):
    row = judge(claim(**{kind: ABOUT[kind]}), of_cells=tables()).iloc[0]
    higher = TwoGroups.words_for("imatinib", "untreated").above
    assert (row["verdict"], row["words"]) == ("supported", words.format(higher))
    # log2 of an odds ratio of 4.
    assert row["log2_fc"] == pytest.approx(2.0) and row["family"] == "cells (Holm)"
    contrary = judge(claim("down", **{kind: ABOUT[kind]}), of_cells=tables()).iloc[0]
    assert contrary["verdict"] == "contradicted"
    weak = {"p_value": 0.3}
    made = tables(share=weak, difference=weak, state=weak, pair=weak)
    open_ = judge(claim(**{kind: ABOUT[kind]}), of_cells=made).iloc[0]
    assert open_["verdict"] == "inconclusive"
    ratio = "a ratio of survivors" if kind == "survivors" else "an odds ratio"
    assert open_["words"] == f"no difference is shown; a single test would probably have found {ratio} of 2.5"


def test_the_share_of_a_state_is_said_of_all_cells():
    found = judge(claim(abundance="LSC"), claim(fraction="BMPR1B"), of_cells=tables(), cells={"m": "stem cells"})
    assert found["own_cells"].tolist() == ["", "stem cells"]
    assert [words.startswith("in stem cells") for words in found["words"]] == [False, True]


def test_a_larger_share_is_no_survival_where_cells_were_not_counted_or_grew():
    not_counted = tables(difference={"reading": "selection_or_induction", "obstacle": "no_viable_cells"})
    row = judge(claim(survivors="BMPR1B"), of_cells=not_counted).iloc[0]
    assert (row["verdict"], row["obstacle"]) == ("not_testable", "not_counted")
    assert "selection or induction is not known" in row["words"]
    grew = tables(difference={"reading": "induction"}, positives=2.0)
    row = judge(claim(survivors="BMPR1B"), of_cells=grew).iloc[0]
    assert row["verdict"] == "inconclusive" and "more living cells with BMPR1B than before" in row["words"]
    # The share itself is larger all the same.
    assert judge(claim(fraction="BMPR1B"), of_cells=grew)["verdict"].iat[0] == "supported"


def test_a_smaller_share_of_living_cells_is_a_finding_too():
    """Whether cells survive or begin to show a gene is asked of a rise alone; a fall left every claim open."""
    fell = {"log_ratio": -np.log(4), "ratio": 0.25, "reading": "no_rise"}
    made = tables(difference=fell, positives=0.05, negatives=0.4)
    judged = judge(*(claim(expected, survivors="BMPR1B") for expected in ("up", "down", "differs")), of_cells=made)
    assert judged["verdict"].tolist() == ["contradicted", "supported", "supported"]
    words = "the share of cells with BMPR1B is lower in imatinib (living cells with BMPR1B to 0.05 times, "
    assert set(judged["words"]) == {f"{words}those without to 0.4 times)"}


@pytest.mark.parametrize(
    ("form", "log2", "side"),
    [
        ("any_difference", np.nan, "differs among the groups"),
        ("trend", 1.0, "rises towards late"),
        ("per_unit", -1.0, "falls with age"),
        ("difference", 1.0, ": the first change lies above the second"),
    ],
)
def test_words_go_with_the_form_of_the_comparison(form, log2, side):
    asked = {"trend": ("late",), "per_unit": ("", "age", "year")}.get(form, ())
    shares = {"log_odds_ratio": log2, "fraction_tested": np.nan, "fraction_reference": np.nan}
    of_cells = tables(share=shares)
    row = judge(claim("differs", fraction="BMPR1B"), of_cells=of_cells, words=FORMS[form].words_for(*asked)).iloc[0]
    joint = "" if side.startswith(":") else " "
    assert row["words"].startswith(f"the share of cells with BMPR1B{joint}{side} (")


def test_the_margin_is_the_one_that_was_tested():
    """Several groups are alike where any two are, so a margin of a claim is not tested; a slope's is per unit."""
    several = tables(share={"equivalence_margin": np.nan, "equivalence_p_value": 0.001, "p_value": 0.6})
    judged = judge(*(claim("unchanged", fraction="BMPR1B", margin=one) for one in (0.1, None)), of_cells=several)
    assert judged["obstacle"].tolist() == ["no_own_margin", ""]
    assert judged["verdict"].tolist() == ["not_testable", "supported"]
    tenfold = {"equivalence_margin": 10 * np.log(2), "equivalence_p_value": 0.001, "p_value": 0.07}
    slope = tables(share=tenfold | {"log_odds_ratio": 3 * np.log(2), "log_odds_error": 1.5 * np.log(2)})
    judged = judge(*(claim("unchanged", fraction="BMPR1B", margin=one) for one in (0.1, None)), of_cells=slope)
    assert judged["margin"].tolist() == pytest.approx([1.0, 10.0])
    assert judged["equivalence_p_value"].tolist() == pytest.approx([stdtr(6, 2 / 1.5), 0.001])
    assert judged["words"][1] == "any change lies within an odds ratio of 1,024"


def test_cells_that_ambient_rna_could_show_support_nothing():
    row = judge(claim(fraction="BMPR1B"), of_cells=tables(share={"ambient": "not_above"})).iloc[0]
    assert row["verdict"] == "inconclusive" and "ambient RNA alone could show" in row["words"]
    row = judge(claim(fraction="BMPR1B"), of_cells=tables(share={"ambient": "not_known"})).iloc[0]
    assert row["verdict"] == "supported" and row["words"].endswith("; ambient RNA not known)")


def test_another_state_and_a_missing_test_give_the_reason():
    row = judge(claim(fraction="BMPR1B", state="MSC"), of_cells=tables()).iloc[0]
    assert (row["verdict"], row["words"]) == ("not_testable", "nothing tests BMPR1B in MSC here")
    untested = tables(share={"p_value": np.nan, "log_odds_ratio": np.nan, "reason": "not detected at this depth"})
    row = judge(claim(fraction="BMPR1B"), of_cells=untested).iloc[0]
    assert (row["obstacle"], row["words"]) == ("no_estimate", "not detected at this depth")


def test_claims_on_cells_are_a_family_of_their_own():
    made = tables(share={"p_value": 0.03}, pair={"p_value": 0.02})
    judged = judge(claim(fraction="BMPR1B"), claim(codetection=("BMP4", "BMPR1B")), of_cells=made)
    assert judged["claims_adj_p_value"].tolist() == holm(np.array([0.03, 0.02])).tolist()


def test_unchanged_is_an_odds_ratio_within_the_margin():
    alike = {"log_odds_ratio": 0.05, "equivalence_p_value": 0.01, "p_value": 0.7}
    row = judge(claim("unchanged", fraction="BMPR1B"), of_cells=tables(share=alike)).iloc[0]
    assert (row["verdict"], row["words"]) == ("supported", "any change lies within an odds ratio of 2")


SINGLE = {
    "doublets": 40.0, "status_without_doublets": "tested", "patients_without_doublets": 4,
    **{f"{name}_without_doublets": ODDS[name] for name in
       ("odds_ratio", "ci_low", "ci_high", "log_odds_ratio", "log_odds_error", "df", "p_value", "equivalence_p_value",
        "detectable_odds_ratio")},
}  # fmt: skip


def judged(made, *claims):
    """Return claims with what likely doublets do to them."""
    single = without_doublets(made)
    return note_doublets(judge(*claims, of_cells=made), None if single is None else judge(*claims, of_cells=single))


def test_a_verdict_that_rests_on_likely_doublets_says_so():
    asked = claim(codetection=("BMP4", "BMPR1B"))
    gone = {"odds_ratio": 1.2, "ci_low": 0.8, "ci_high": 1.8, "log_odds_ratio": np.log(1.2), "p_value": 0.4}
    made = tables(pair=SINGLE | {f"{name}_without_doublets": value for name, value in gone.items()})
    row = judged(made, asked).iloc[0]
    assert (row["verdict"], row["doublets_verdict"]) == ("supported", "inconclusive")
    assert (
        row["doublets_words"] == "no difference is shown; a single test would probably have found an odds ratio of 2.5"
    )
    opposite = tables(
        pair=SINGLE | {"odds_ratio_without_doublets": 0.25, "log_odds_ratio_without_doublets": -np.log(4)}
    )
    row = judged(opposite, asked).iloc[0]
    assert row["doublets_verdict"] == "contradicted" and "4 patients" in row["doublets_words"]
    few = tables(pair=SINGLE | {"status_without_doublets": "too few cells", "p_value_without_doublets": np.nan})
    row = judged(few, asked).iloc[0]
    assert (row["doublets_verdict"], row["doublets_words"]) == ("not_testable", "too few cells")


def test_nothing_is_said_of_likely_doublets_where_the_verdict_stays_or_none_is_marked():
    asked = claim(codetection=("BMP4", "BMPR1B"))
    assert judged(tables(pair=SINGLE), asked)["doublets_verdict"].tolist() == [""]
    assert without_doublets(tables()) is None and judged(tables(), asked)["doublets_words"].tolist() == [""]
    # Another claim of the family may have another adjusted p-value; doublets are no matter of it.
    made = tables(share={"p_value": 0.03}, pair=SINGLE | {"p_value_without_doublets": 0.9})
    found = judged(made, claim(fraction="BMPR1B"), asked)
    assert found["doublets_verdict"].tolist() == ["", "inconclusive"]


def test_evidence_has_one_form():
    evidence = cell_evidence(tables())
    assert tuple(evidence.columns) == COLUMNS
    assert evidence["subject"].tolist() == ["BMPR1B", "BMPR1B", "LSC", "BMP4 + BMPR1B"]
    assert np.allclose(evidence["ci_high"], 3.0) and np.allclose(evidence["moderated_se"], 0.3 / np.log(2))


def test_pairs_of_claims_are_each_asked_once(tmp_path):
    path = tmp_path / "claims.yaml"
    path.write_text("claims: [{codetection: [A, B]}, {gene: A}, {codetection: [A, B]}, {codetection: [C, D]}]")
    assert claimed_pairs([path, path]) == [("A", "B"), ("C", "D")]
