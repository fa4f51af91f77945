"""Verdicts: each kind where it is due, in pre-set families, with what was not seen; none replaces another."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from autocrine.adjustment import benjamini_hochberg, holm
from autocrine.claims.claims import Claim, Claims
from autocrine.claims.roles import Role
from autocrine.claims.verdicts import VERDICTS, judge_claims
from autocrine.design.forms import FORMS
from autocrine.design.question import words_of
from autocrine.problems import Caution
from tests.models import model_of

BOUND = {"lsc": [("m", "c")], "other": [("m", "d")]}
ROLES = {
    "lsc": Role("stem cells", "resistant against sensitive"),
    "other": Role("stem cells", "exposed against control"),
    "cd34": Role("CD34+ cells", "resistant against sensitive"),
}


def gene(symbol="BMP4", p=0.001, equivalence=1.0, effect=2.0, contrast="c", tier="primary", **more):
    """A row of the panel table."""
    return {
        "model": "m", "contrast": contrast, "symbol": symbol, "tier": tier, "log2_fc": effect, "moderated_se": 0.5,
        "ci_low": effect - 1, "ci_high": effect + 1, "p_value": p, "moderated_p_value": p,
        "df": 1e6, "equivalence_p_value": equivalence, "equivalence_margin": 1.0,
        "adj_p_value": p, "min_detectable_log2_fc": 1.5, "status": "tested", "reason": "", **more,
    }  # fmt: skip


def score(name="loop_BMP4", p=0.001, equivalence=1.0, effect=1.0, contrast="c", **more):
    """A row of the tests of scores, its columns called as the panel's."""
    return {
        "model": "m", "contrast": contrast, "score": name, "log2_fc": effect, "moderated_se": 0.2, "df": 8,
        "p_value": p, "equivalence_p_value": equivalence, "min_detectable_log2_fc": 0.9, "reason": "", **more,
    }  # fmt: skip


def claim(expected="up", gene="BMP4", role="lsc", **more):
    more.setdefault("id", "A")
    return Claim(statement="s", source="x", gene="" if "score" in more else gene, role=role, expected=expected, **more)


def judge(claims, rows=(), scores=(), bound=BOUND, margin=1.0, wording=None):
    panel = pd.DataFrame(list(rows) or [gene(symbol="NONE")])
    table = pd.DataFrame(list(scores) or [score(name="none")])
    return judge_claims(
        Claims("t", "c", "", ROLES, tuple(claims)), panel, table, bound, 0.05, margin, wording and {("m", "c"): wording}
    )


def verdict(one, *rows, **options):
    row = judge([one], rows, **options).iloc[0]
    return row["verdict"], row["words"]


# The four kinds


@pytest.mark.parametrize(
    ("expected", "row", "wanted", "words"),
    [
        ("up", gene(), "supported", "higher in the tested group"),
        ("up", gene(effect=-2.0), "contradicted", "lower in the tested group"),
        ("down", gene(effect=-2.0), "supported", "lower in the tested group"),
        ("down", gene(), "contradicted", "higher in the tested group"),
        ("differs", gene(effect=-2.0), "supported", "lower in the tested group"),
        ("up", gene(p=0.2), "inconclusive", "no difference is shown; a single test"),
        ("up", gene(p=0.2, equivalence=0.01), "inconclusive", "no difference is shown"),
        ("differs", gene(p=0.2, equivalence=0.01), "contradicted", "any change lies within log2 1"),
        ("differs", gene(p=0.2, equivalence=0.4), "inconclusive", "no difference is shown"),
        ("unchanged", gene(p=0.6, equivalence=0.01, effect=0.1), "supported", "any change lies within log2 1"),
        ("unchanged", gene(equivalence=0.01, effect=0.4), "supported", "any change lies within log2 1"),
        ("unchanged", gene(), "contradicted", "higher in the tested group, and not surely within log2 1"),
        (
            "unchanged",
            gene(p=0.6, equivalence=0.4),
            "inconclusive",
            "neither a change nor its absence within log2 1 is shown; a single test",
        ),
    ],
)  # fmt: skip
def test_each_verdict_is_given_where_it_is_due(expected, row, wanted, words):
    found = verdict(claim(expected), row)
    assert found[0] == wanted in VERDICTS and found[1].startswith(words)


@pytest.mark.parametrize("expected", ["up", "down", "differs", "unchanged"])
@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (2.34, "a single test would probably have found an effect of log2 2.3"),
        (2.199e-5, "a single test would probably have found an effect of log2 2.2e-05"),
        (np.inf, "at these counts no effect of any size would have been found reliably"),
        (np.nan, "which effect would have been found is not known"),
    ],
)
def test_every_inconclusive_verdict_says_what_would_have_been_seen(expected, limit, words):
    found = verdict(claim(expected), gene(p=0.6, equivalence=0.6, min_detectable_log2_fc=limit))
    assert found[0] == "inconclusive" and found[1].endswith(words)


def test_a_direction_that_the_paper_does_not_state_gets_an_effect_and_no_verdict():
    row = judge([claim("not_stated")], [gene()]).iloc[0]
    assert row["verdict"] == "not_testable" and "states no direction" in row["words"]
    assert row["log2_fc"] == 2.0 and row["family"] == "" and np.isnan(row["claims_adj_p_value"])


def test_what_counts_cannot_test_says_why_and_has_no_numbers():
    row = judge([Claim("A", "s", "x", testable=False, reason="Counts are not protein.")], [gene()]).iloc[0]
    assert (row["verdict"], row["words"]) == ("not_testable", "Counts are not protein.")
    assert np.isnan(row["log2_fc"]) and row["model"] == ""


# None replaces another


def test_a_comparison_of_other_cells_never_answers():
    """The cohort has stem cells only; what is said of CD34+ cells stays open, whatever they show."""
    found = judge([claim(role="cd34")], [gene()]).iloc[0]
    assert found["verdict"] == "not_testable"
    assert found["words"] == "no comparison of this cohort is about CD34+ cells: resistant against sensitive"
    assert np.isnan(found["log2_fc"]) and found["contrast"] == ""


def test_the_fusion_is_its_own_row_or_not_testable():
    rows = [
        gene("BCR::ABL1", p=np.nan, effect=np.nan, equivalence=np.nan, status="absent", reason="absent"),
        gene("BCR", p=0.5, equivalence=0.001),
        gene("ABL1", p=0.5, equivalence=0.001),
    ]
    found = verdict(claim("unchanged", gene="BCR::ABL1"), *rows)
    assert found == (
        "not_testable",
        "there is no row of fusion reads, and counts of BCR or ABL1 never replace it",
    )
    rows[0] = gene("BCR::ABL1", p=0.5, equivalence=0.001)
    assert verdict(claim("unchanged", gene="BCR::ABL1"), *rows)[0] == "supported"


def test_a_gene_without_a_test_says_why():
    row = gene(p=np.nan, status="all_zero", reason="no read in any sample of this model")
    assert verdict(claim("unchanged"), row) == ("not_testable", "no read in any sample of this model")


def test_a_score_that_cannot_be_made_says_why():
    lost = score(p=np.nan, effect=np.nan, reason="BMP4: absent from the count matrix")
    assert verdict(claim(score="loop_BMP4"), scores=[lost])[1] == "BMP4: absent from the count matrix"
    assert verdict(claim(score="mine"), scores=[lost])[1] == "this cohort has no such score"


def test_what_prevents_a_test_has_a_word_for_programs():
    """It goes with every claim that is not testable, and with no other."""
    one = {"highest": "", "lowest": ""}
    absent = gene("BCR::ABL1", p=np.nan, effect=np.nan, equivalence=np.nan, status="absent", reason="absent", **one)
    several = gene("ID2", contrast="d", highest="r", lowest="s", moderated_se=np.nan, equivalence=np.nan)
    none = "no single orthologue in mouse: none is known"
    mouse = gene("MYC", p=np.nan, effect=np.nan, equivalence=np.nan, status="no_single_orthologue", reason=none, **one)
    rows = [gene(**one), gene("ID1", p=np.nan, reason="no read", **one), several, absent, mouse]
    asked = {
        "": claim(), "no_expectation": claim("not_stated"), "no_comparison": claim(role="cd34"),
        "no_single_orthologue": claim("unchanged", "MYC"), "not_in_panel": claim(gene="GATA2"),
        "no_score": claim(score="mine"), "no_estimate": claim(gene="ID1"), "no_fusion_reads": claim(gene="BCR::ABL1"),
        "no_direction": claim(gene="ID2", role="other"),
        "no_own_margin": claim("unchanged", "ID2", "other", margin=0.5),
        "no_equivalence": claim("unchanged", "ID2", "other"),
        "untestable": Claim("A", "s", "x", testable=False, reason="Counts are not protein."),
    }  # fmt: skip
    found = judge(list(asked.values()), rows)
    assert found["obstacle"].tolist() == list(asked)
    assert found.set_index("obstacle")["words"][["no_single_orthologue", "not_in_panel"]].tolist() == [
        none, "the panel of this cohort does not hold the gene"
    ]  # fmt: skip
    assert ((found["verdict"] == "not_testable") == (found["obstacle"] != "")).all()


def test_any_difference_has_no_direction_and_can_still_differ():
    row = gene(highest="resistant", lowest="sensitive", moderated_se=np.nan, ci_low=np.nan, ci_high=np.nan)
    assert verdict(claim("up"), row) == (
        "not_testable",
        "the comparison asks whether there is any difference, which has no direction",
    )
    assert verdict(claim("differs"), row) == ("supported", "highest in resistant, lowest in sensitive")
    assert verdict(claim("up"), gene(highest=""))[0] == "supported"


@pytest.mark.parametrize(
    ("design", "contrast", "words"),
    [
        ("~ response", {"factor": "response", "tested": "resistant", "reference": "sensitive"},
         ["lower in resistant", "any change lies within log2 1"]),
        ("~ log2(dose)", {"per_unit": "dose"},
         ["falls with dose", "any change per doubling of dose lies within log2 1"]),
        ("~ response", {"difference": ["a", "b"]},
         ["the first change lies below the second", "any difference of the changes lies within log2 1"]),
    ],
)  # fmt: skip
def test_words_are_those_of_the_contrast(design, contrast, words):
    """Two changes that are alike are not two genes that are unchanged."""
    two = {"factor": "response", "tested": "resistant", "reference": "sensitive"}
    model = model_of(design, {"a": two, "b": two, "c": contrast})
    wording = words_of(model.contrasts["c"], model)
    asked = [claim(), claim("unchanged", gene="ID1", id="B")]
    rows = [gene(effect=-2.0), gene(symbol="ID1", p=0.6, equivalence=0.01, effect=0.1)]
    assert judge(asked, rows, wording=wording)["words"].tolist() == words
    loop = judge([claim(score="loop_BMP4")], [gene()], [score()], wording=wording)["words"][0]
    joint = ": the first" if "difference" in contrast else " rises with dose" if "dose" in design else " is higher in"
    assert loop.startswith(f"co-expression of ligand and receptor{joint}")


def test_what_no_test_can_show_unchanged_is_not_testable():
    row = gene(equivalence=np.nan)
    assert verdict(claim("unchanged"), row)[0] == "not_testable" and verdict(claim(), row)[0] == "supported"


def test_a_loop_score_says_co_expressed_and_no_verdict_says_autocrine():
    table = judge(
        [
            claim(score="loop_BMP4", id="A"),
            claim(score="loop_BMP4", expected="down", id="B"),
            claim(score="loop_BMP4", expected="unchanged", id="C"),
            *(claim(expected, id=f"{expected}") for expected in ("up", "down", "unchanged", "differs", "not_stated")),
        ],
        [gene()],
        [score()],
    )
    assert table["words"].str.startswith("co-expression of ligand and receptor is higher").sum() == 3
    assert not table["words"].str.contains("autocrine|active|feeds", case=False).any()


@pytest.mark.parametrize(
    ("receptor", "wanted", "words"),
    [
        (
            {},
            "supported",
            "co-expression of ligand and receptor is higher in the tested group (BMP4 log2 2.00, BMPR1B log2",
        ),
        ({"p": 0.3}, "inconclusive", "the mean of ligand and receptor is higher in the tested group"),
        ({"effect": -1.0}, "inconclusive", "the mean of ligand and receptor is higher in the tested group"),
        ({"p": 1.0, "effect": 0.0}, "not_testable", "BMPR1B: no read in the compared groups, outlying counts aside"),
        ({"p": np.nan, "effect": np.nan, "reason": "absent"}, "not_testable", "BMPR1B: absent"),
    ],
)
def test_a_loop_is_raised_where_ligand_and_receptor_are(receptor, wanted, words):
    """The mean of the two rises by the ligand alone as well."""
    loop = claim(score="loop_BMP4_BMPR1B")
    found = verdict(loop, gene(), gene("BMPR1B", **receptor), scores=[score("loop_BMP4_BMPR1B")])
    assert found[0] == wanted and found[1].startswith(words)
    if wanted == "inconclusive":
        assert found[1].endswith("but not surely BMPR1B by itself")


def test_what_is_no_estimate_gets_no_verdict():
    unread = gene(p=1.0, effect=0.0, equivalence=0.001)
    for expected in ("up", "unchanged", "differs"):
        assert verdict(claim(expected), unread) == (
            "not_testable",
            "no read in the compared groups, outlying counts aside",
        )
    doubtful = gene(status="not_converged", reason="the fit did not converge: read with care")
    assert verdict(claim(), doubtful) == ("not_testable", "the fit did not converge: read with care")


@pytest.mark.parametrize(("steps", "words"), [(0.01, ""), (1.0, ", not surely at every step")])
def test_a_trend_rises_and_says_whether_at_every_step(steps, words):
    found = verdict(claim(), gene(log2_fc_step_1=-1.0, step_p_value=steps), wording=FORMS["trend"].words_for())
    assert found == ("supported", f"rises towards the last group{words}")


def test_the_p_value_beside_a_verdict_is_the_one_that_decided():
    rows = [gene(p=1e-9, equivalence=0.9), gene("TWIST1", p=0.8, equivalence=1e-6)]
    claims = [claim("unchanged", id="A"), claim("differs", gene="TWIST1", id="B"), claim("up", gene="TWIST1", id="C")]
    table = judge(claims, rows).set_index("claim")
    assert table["verdict"].tolist() == ["contradicted", "contradicted", "inconclusive"]
    decided = [
        table.loc["A", "claims_adj_p_value"],
        table.loc["B", "claims_equivalence_adj_p_value"],
        table.loc["C", "claims_adj_p_value"],
    ]
    assert table["verdict_p_value"].tolist() == decided and max(decided[:2]) < 1e-5


# Families and margins


def test_families_are_holm_for_primary_genes_and_scores_and_bh_for_the_others():
    p_values = [0.001, 0.02, 0.03, 0.01, 0.04, 0.2]
    rows = [gene(f"G{n}", p=p, tier="primary" if n < 2 else "secondary") for n, p in enumerate(p_values) if n != 2]
    claims = [claim(gene=f"G{n}", id=f"C{n}") for n in range(6) if n != 2]
    claims += [
        claim(score="loop_BMP4", id="C2"),
        claim(role="cd34", id="none"),
        claim("not_stated", gene="G0", id="ns"),
    ]
    table = judge(claims, [*rows, gene("BMP4")], [score(p=p_values[2])]).set_index("claim")
    assert table.loc[["C0", "C1", "C2"], "claims_adj_p_value"].tolist() == pytest.approx(holm(np.array(p_values[:3])))
    others = table.loc[["C3", "C4", "C5"], "claims_adj_p_value"]
    assert others.tolist() == pytest.approx(benjamini_hochberg(np.array(p_values[3:])))
    assert table.loc[["none", "ns"], "claims_adj_p_value"].isna().all()


def test_equivalence_is_a_family_of_the_claims_that_it_can_decide():
    rows = [gene(f"G{n}", p=0.5, equivalence=0.02) for n in range(4)]
    claims = [
        claim(expected, gene=f"G{n}", id=expected) for n, expected in enumerate(("up", "down", "differs", "unchanged"))
    ]
    table = judge(claims, rows).set_index("claim")["claims_equivalence_adj_p_value"]
    assert table[["differs", "unchanged"]].tolist() == [0.04, 0.04] and table[["up", "down"]].isna().all()


def test_a_margin_of_the_claim_takes_the_place_of_the_configurations():
    row = gene(p=0.5, effect=0.2, equivalence=0.9, moderated_se=0.1)
    assert verdict(claim("unchanged"), row)[0] == "inconclusive"
    table = judge([claim("unchanged", margin=0.5)], [row]).iloc[0]
    assert table["verdict"] == "supported" and table["words"] == "any change lies within log2 0.5"
    assert table["margin"] == 0.5 and table["equivalence_p_value"] == pytest.approx(stats.t.cdf(-3, 1e6))


def test_the_margin_of_a_claim_on_a_measurement_holds_over_the_same_span_as_the_configurations():
    row = gene(p=0.5, effect=0.02, moderated_se=0.01, equivalence_margin=0.1)
    table = judge([claim("unchanged", margin=0.5)], [row]).iloc[0]
    assert table["margin"] == 0.05 and table["equivalence_p_value"] == pytest.approx(stats.t.cdf(-3, 1e6))
    assert table["words"] == "any change lies within log2 0.05"


def test_effects_against_a_claim_are_named_beside_its_verdict():
    asked = claim(
        gene="TWIST1", beside={"ID1": "up", "ID2": "up", "ID3": "down", "bmp_smad_targets": "up", "GONE": "up"}
    )
    rows = [gene("TWIST1"), gene("ID1", p=0.01, effect=-1.2), gene("ID2", p=0.06, effect=-1), gene("ID3", p=1e-4)]
    scores = [score("bmp_smad_targets", p=1e-4, effect=-0.9)]
    found = judge([asked], rows, scores=scores).iloc[0]
    # ID2 is not significant, and ID3 goes against the claim by going up.
    assert found["verdict"] == "supported"
    assert found["contrary_words"] == (
        "ID1 goes down (log2 -1.20), ID3 goes up (log2 2.00), bmp_smad_targets goes down (-0.90 standard deviations)"
    )
    rows[0] = gene("TWIST1", effect=-2.0)
    assert judge([asked], rows, scores=scores).iloc[0][["verdict", "contrary_words"]].tolist() == ["contradicted", ""]


def test_where_nothing_differs_effects_against_a_claim_are_rarer_than_promised():
    random, asked = np.random.default_rng(14), claim(beside=dict.fromkeys(["G0", "G1", "G2", "G3"], "up"))
    contrary = 0
    for effects in random.standard_normal((400, 4)):
        rows = [gene(f"G{i}", p=2 * stats.norm.sf(abs(e)), effect=e) for i, e in enumerate(effects)]
        contrary += judge([asked], [gene(), *rows]).iloc[0]["contrary_words"] != ""
    assert contrary <= stats.binom.ppf(0.999, 400, 0.025)


def test_warnings_of_a_comparison_are_in_its_row():
    claims = Claims("t", "c", "", ROLES, (claim(), claim(role="other", id="B")))
    panel = pd.DataFrame([gene(), gene(contrast="d")])
    cautions = [Caution("a", "few samples"), Caution("b", "uneven batch", advice='add "batch" to the design')]
    judged = judge_claims(claims, panel, pd.DataFrame([score()]), BOUND, 0.05, 1.0, None, {("m", "c"): cautions})
    assert judged["warnings"].tolist() == ['few samples | uneven batch; add "batch" to the design', ""]


def test_the_margin_of_a_score_is_tested_with_its_degrees_of_freedom():
    table = judge([claim("unchanged", score="lsc", margin=0.8)], scores=[score("lsc", p=0.3, effect=0.1)]).iloc[0]
    assert table["equivalence_p_value"] == pytest.approx(stats.t.cdf((0.1 - 0.8) / 0.2, 8))
    assert table["words"] == "any change lies within 0.8 standard deviations"


@pytest.mark.parametrize("more", [{"highest": "a", "lowest": "b", "lfc_se": np.nan}, {"log2_fc_step_1": 0.3}])
def test_a_margin_of_its_own_needs_two_groups(more):
    found = verdict(claim("unchanged", margin=0.5), gene(**more))
    assert found[0] == "not_testable" and "needs a comparison of two groups" in found[1]


# What does not count

P_VALUES = st.floats(1e-6, 1.0)


@given(st.lists(st.tuples(P_VALUES, P_VALUES, st.floats(-3, 3), st.booleans()), min_size=1, max_size=7), st.randoms())
def test_the_order_of_claims_has_no_say(values, random):
    expected = ("up", "down", "unchanged", "differs")
    rows = [
        gene(f"G{n}", p=p, equivalence=q, effect=effect, tier="primary" if strict else "secondary")
        for n, (p, q, effect, strict) in enumerate(values)
    ]
    claims = [claim(expected[n % 4], gene=f"G{n}", id=f"C{n}") for n in range(len(values))]
    one = judge(claims, rows).set_index("claim")
    random.shuffle(claims)
    pd.testing.assert_frame_equal(judge(claims, rows[::-1]).set_index("claim").loc[one.index], one)


@given(P_VALUES, P_VALUES, st.floats(-3, 3), st.sampled_from(["up", "down", "unchanged", "differs"]))
def test_swapping_the_groups_swaps_the_directions(p, equivalence, effect, expected):
    mirrored = {"up": "down", "down": "up"}.get(expected, expected)
    one = verdict(claim(expected), gene(p=p, equivalence=equivalence, effect=effect or 1.0))
    two = verdict(claim(mirrored), gene(p=p, equivalence=equivalence, effect=-(effect or 1.0)))
    assert one[0] == two[0]


def test_a_verdict_names_the_cohorts_own_cells():
    claims = Claims("t", "c", "", ROLES, (claim(), claim(id="B", gene="OTHER")))
    panel, population = pd.DataFrame([gene()]), ROLES["lsc"].population

    def words(cells):
        table = pd.DataFrame([score()])
        return judge_claims(claims, panel, table, BOUND, 0.05, 1.0, cells={"m": cells}).set_index("claim")

    assert words(population.upper()).at["A", "words"].startswith(f"in {population.upper()}: higher")
    borrowed = words("K562 cells")
    assert borrowed.at["A", "words"].startswith(f"in K562 cells, while the claim is about {population}: higher")
    assert borrowed.at["A", "own_cells"] == "K562 cells"
    assert borrowed.at["B", "verdict"] == "not_testable" and not borrowed.at["B", "words"].startswith("in ")
    assert words("").at["A", "words"] == "higher in the tested group"
