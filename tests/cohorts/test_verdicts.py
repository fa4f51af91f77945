"""Cohorts side by side: verdicts stay those of each cohort, and page and pictures show what there is."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine.claims.claims import Claim, Claims
from autocrine.claims.of_cells import subject_words
from autocrine.claims.roles import Role
from autocrine.cohorts.pooling import align_effects, pool_effects
from autocrine.cohorts.verdicts import judge_pooled, tabulate_claims
from autocrine.page.figures.forest import draw_forest
from autocrine.page.figures.style import save
from autocrine.page.pictures import pack_svg
from autocrine.page.render import render
from autocrine.page.summary_sections import choose_layout, claim_rows, cohort_rows, forest_marks, strata
from tests.cohorts.test_pooling import GENES, ROLES, member, panel_of, pooled
from tests.conftest import REPOSITORY

CLAIMS = Claims("T", "c", "", {name: Role(*words) for name, words in ROLES.items()}, (
    Claim("C1", "BMP4 is up", "s", gene="BMP4", role="lsc", expected="up"),
    Claim("C2", "BMP4 is unchanged", "s", gene="BMP4", role="lsc", expected="unchanged"),
    Claim("C3", "BMP4 is up in stroma", "s", gene="BMP4", role="msc", expected="up"),
    Claim("C4", "the score is up", "s", score="loop", role="lsc", expected="up"),
    Claim("C5", "protein is up", "s", testable=False, reason="Counts do not show protein."),
))  # fmt: skip


def judged_by(name, verdicts):
    rows = [{"title": "T", "claim": claim.id, "statement": claim.statement, "gene": claim.gene, "score": claim.score,
             "of_cells": claim.of_cells, "cells_subject": claim.cells_subject, "population": "", "comparison": "",
             "expected": claim.expected, "verdict": verdict,
             "words": f"{name} says", "obstacle": "no_estimate" if verdict == "not_testable" else ""}
            for claim, verdict in zip(CLAIMS.claims, verdicts, strict=True)]  # fmt: skip
    return pd.DataFrame(rows)


def test_verdicts_are_side_by_side_and_pooled_ones_need_four():
    members = [member(f"c{i}") for i in range(4)]
    _, meta = pooled(members, [panel_of(value, 0.1) for value in (2.0, 2.1, 2.2, 2.3)])
    verdicts = ["supported", "contradicted", "not_testable", "inconclusive", "not_testable"]
    table = tabulate_claims(
        members, [judged_by(m.name, verdicts) for m in members], judge_pooled([CLAIMS], meta, 0.05, 1.0)
    )
    assert table["verdict_c2"].tolist() == verdicts and set(table["words_c3"]) == {"c3 says"}
    assert table["pooled_verdict_state"].tolist() == ["supported", "contradicted", *["not_testable"] * 3]
    assert "no comparison of these cohorts" in table["pooled_words_state"][2]
    assert table["pooled_words_state"][3].startswith("scores are not pooled")
    _, few = pooled(members[:3], [panel_of(2.0)] * 3)
    assert list(judge_pooled([CLAIMS], few, 0.05, 1.0)) == ["title", "claim"]


def test_a_claim_that_no_comparison_stands_for_is_known_by_its_obstacle_and_not_by_its_words():
    """Of words nothing is replaced: a population that is called after this cohort keeps its name."""
    roles = {name: Role(words[0] + " of this cohort", words[1]) for name, words in ROLES.items()}
    claims = Claims(
        CLAIMS.title, "c", "", {**roles, "msc": Role("stroma of this cohort", "a against b")}, CLAIMS.claims
    )
    members = [member(f"c{i}") for i in range(4)] + [member("s", origin="SIMULATED")]
    _, meta = pooled(members, [panel_of(value, 0.1) for value in (2.0, 2.1, 2.2, 2.3, 2.4)])
    judged = judge_pooled([claims], meta, 0.05, 1.0)
    assert judged["pooled_obstacle_state"].tolist() == ["", "", "no_comparison", "no_estimate", "untestable"]
    words = "no comparison of these cohorts is about stroma of this cohort: a against b"
    assert judged["pooled_words_state"][2] == words
    own = judged_by("c", ["supported", "contradicted", *["not_testable"] * 3])
    own = own.assign(obstacle=["", "", "no_comparison", "no_estimate", "untestable"])
    own.loc[3, "words"] = "no comparison of that kind was tested"
    table = tabulate_claims(members, [own] * 5, judged)
    rows = claim_rows(table, ["c0"], meta)["T"]
    assert [row["cells"][0]["words"] for row in rows[2:]] == [
        "no such comparison", "no comparison of that kind was tested", "c says",
    ]  # fmt: skip
    assert [cell["words"] for cell in rows[2]["pooled"]] == ["no such comparison"]


def test_kinds_of_cohorts_are_named_in_words():
    members = [member(f"c{i}") for i in range(4)] + [member(f"s{i}", origin="SIMULATED") for i in range(4)]
    _, meta = pooled(members, [panel_of(2.0 + i / 10, 0.1) for i in range(8)])
    table = tabulate_claims(
        members, [judged_by(m.name, ["supported"] * 5) for m in members], judge_pooled([CLAIMS], meta, 0.05, 1.0)
    )
    row = claim_rows(table, ["c0"], meta)["T"][0]
    assert [cell["stratum"] for cell in row["pooled"]] == ["state", "state, SIMULATED"]


def test_without_claims_the_table_has_its_columns_and_no_rows():
    _, meta = pooled([member("a", roles=()), member("b", roles=())], [panel_of(1.0)] * 2)
    table = tabulate_claims([member("a"), member("b")], [], judge_pooled([], meta, 0.05, 1.0))
    assert table.empty and "expected" in table and claim_rows(table, [], meta) == {}


def test_a_role_asked_in_two_ways_gets_no_pooled_verdict():
    members = [member(f"c{i}") for i in range(4)] + [member(f"t{i}", form="trend") for i in range(4)]
    _, meta = pooled(members, [panel_of(2.0, 0.1)] * 8)
    found = judge_pooled([CLAIMS], meta, 0.05, 1.0)
    assert found["pooled_words_state"][0] == "the comparison was asked in different ways"


def test_a_pooled_trend_is_described_as_a_trend_and_never_called_unchanged():
    """The margin holds between any two groups of a trend, which no pooled slope tests."""
    members = [member(f"c{i}", form="trend") for i in range(4)]
    _, meta = pooled(members, [panel_of(value, 0.02) for value in (0.10, 0.11, 0.12, 0.13)])
    found = judge_pooled([CLAIMS], meta, 0.05, 1.0)
    assert found["pooled_words_state"][0] == "rises towards the last group"
    assert found["pooled_verdict_state"][1] == "not_testable"


def test_a_pooled_slope_says_what_it_is_per_and_a_margin_of_the_claim_is_tested_by_its_error():
    members = [member(f"c{i}", form="per_unit", unit="day") for i in range(4)]
    _, meta = pooled(members, [panel_of(value, 0.02) for value in (0.10, 0.11, 0.12, 0.13)])
    own = replace(CLAIMS, claims=(replace(CLAIMS.claims[1], margin=0.5), replace(CLAIMS.claims[1], id="C2b")))
    found = judge_pooled([own], meta, 0.05, 1.0).set_index("claim")
    row = meta[(meta["symbol"] == "BMP4") & (meta["left_out"] == "")].iloc[0]
    assert found["pooled_verdict_state"].tolist() == ["supported"] * 2
    assert found.loc["C2", "pooled_words_state"] == "any change per day lies within log2 0.5"
    assert row["lfc_se"] > 0


def test_a_pooled_slope_is_held_against_the_margin_of_its_own_gene():
    """Of several cohorts the margin is the smallest of those that have the gene."""
    members = [member(f"c{i}", form="per_unit", unit="day") for i in range(4)]
    _, meta = pooled(members, [panel_of(value, 0.02) for value in (0.10, 0.11, 0.12, 0.13)])
    meta.loc[meta["symbol"] != "BMP4", "equivalence_margin"] = 0.25
    found = judge_pooled([replace(CLAIMS, claims=(CLAIMS.claims[1],))], meta, 0.05, 1.0)
    assert found["pooled_words_state"].tolist() == ["any change per day lies within log2 1"]


@pytest.fixture
def odd():
    """Five cohorts of one role, a simulated one and a predicting one, with titles that try to be markup."""
    title = "<script>alert(1)</script>\"' $x_1$"
    members = [*(member(f"c{i}", title=f"{title} {i}") for i in range(5)), member("s", origin="SIMULATED"),
               member("p", "prediction"), member("n", roles=())]  # fmt: skip
    panels = [panel_of(value, 0.1 * (i + 1)) for i, value in enumerate((1.0, 2.0, -1.0, 9.0, 1.5, 2.0, 2.0, 2.0))]
    panels[1].loc[0, ["log2_fc", "lfc_se", "ci_low", "ci_high", "reason"]] = [np.nan, np.nan, np.nan, np.nan, "absent"]
    return members, *pooled(members, panels)


def drawn(path):
    text = path.read_text(encoding="utf-8")
    ET.fromstring(text)
    return text, [words.strip() for words in re.findall(r"<text[^>]*>([^<]*)</text>", text)]


def test_forest_draws_every_cohort_and_what_is_pooled(odd, tmp_path):
    _, effects, meta = odd
    of_gene = effects["symbol"] == "BMP4"
    save(draw_forest(effects[of_gene], meta[meta["symbol"] == "BMP4"]), tmp_path / "f.svg", "measured")
    text, words = drawn(tmp_path / "f.svg")
    assert len(re.findall('id="effect', text)) == 6 and "absent" in words
    assert len(re.findall('id="pooled', text)) == len(re.findall('id="prediction', text)) == 1
    assert any("SIMULATED" in line for line in words) and any("prediction" in line for line in words)
    assert any(line.startswith("9.00") for line in words)


def test_forest_of_few_only_describes(tmp_path):
    effects, meta = pooled([member("a"), member("b")], [panel_of(1.0), panel_of(2.0)])
    of_gene = effects["symbol"] == "BMP4"
    save(draw_forest(effects[of_gene], meta[meta["symbol"] == "BMP4"]), tmp_path / "f.svg", "measured")
    text, words = drawn(tmp_path / "f.svg")
    assert 'id="common' in text and 'id="pooled' not in text
    assert "common effect, 2 cohorts (describes)" in words


def test_forest_gives_each_unit_a_scale_of_its_own():
    """Effects per day were points on the zero line of the scale of two groups."""
    slopes = [panel_of(value) for value in (1.0, 2.0)]
    for panel in slopes:
        panel[["log2_fc", "lfc_se", "ci_low", "ci_high", "equivalence_margin"]] *= 1e-4
    members = [member("a"), member("b"), *(member(name, form="per_unit", unit="day") for name in "cd")]
    effects, meta = pooled(members, [panel_of(1.0), panel_of(2.0), *slopes])
    found = effects[effects["symbol"] == "BMP4"]
    figure = draw_forest(found, meta[meta["symbol"] == "BMP4"])
    assert [axis.get_xlabel() for axis in figure.axes] == ["log2 fold change", "log2 fold change per day"]
    for axis, unit in zip(figure.axes, ("", "day"), strict=True):
        drawn_at = [line.get_xdata()[0] for line in axis.lines if line.get_gid() == "effect"]
        assert drawn_at == found.loc[found["unit"] == unit, "log2_fc"].tolist() and len(drawn_at) == 2
        low, high = axis.get_xlim()
        assert high - low < 6 * max(drawn_at)


def page_of(members, effects, meta, judged):
    claims = tabulate_claims(members, judged, judge_pooled([CLAIMS], meta, 0.05, 1.0))
    entries = {
        m.name: {
            "title": m.title,
            "evidence": m.evidence,
            "data_origin": m.data_origin,
            "species": m.species,
            "measure": "log_expression" if m.name.startswith("p") else "counts",
            "kind": "arrays" if m.name.startswith("p") else "bulk",
        }
        for m in members
    }
    rows = cohort_rows(entries, effects)
    folder = REPOSITORY / "workflow" / "report"
    return render(
        templates={path.name: path.read_text(encoding="utf-8") for path in (folder / "summary").glob("*.j2")},
        first="summary.html.j2",
        scripts=[],
        style=(folder / "summary.css").read_text(encoding="utf-8"),
        dark="",
        licences={},
        forms="",
        blocks={},
        explorer={
            "roles": [{"role": role, "said": role} for role in effects["role"].unique()],
            **{"genes": 3, "carried": 3, "rounded": 0.0025, "confidence": "95%"},
        },
        **choose_layout(rows),
        cohorts=rows,
        claims=claim_rows(claims, [row["name"] for row in rows], meta),
        citations={"T": "<i>cited</i>"},
        strata=strata(effects, meta),
        forests={"BMP4": pack_svg(b'<svg width="3pt" height="6pt"/>')} if (effects["tier"] == "primary").any() else {},
        statistics={"alpha": 0.05, "equivalence_margin": 1.0},
    )


def test_small_forests_of_every_panel_gene_show_its_numbers_to_scale():
    """Marks are where their numbers are; a mean is drawn only where there is one, and the long run into arrows."""
    members = [member(name) for name in "abcd"]
    _, meta = pooled(members, panels := [panel_of(value) for value in (1.0, -1.5, 2.0, 30.0)])
    effects = align_effects(members, panels, ROLES)
    (part,) = strata(effects, meta)
    assert [gene["symbol"] for gene in part["genes"]] == GENES and part["reach"] == 6
    forest = part["genes"][0]["forest"]
    assert [mark["shape"] for mark in forest] == ["cohort"] * 4 + ["pooled"]
    assert [mark["at"] * 6 for mark in forest[:4]] == pytest.approx([1.0, -1.5, 2.0, 6.0])
    assert (forest[1]["low"] * 6, forest[1]["high"] * 6) == pytest.approx((-1.5 - 1.96 * 0.3, -1.5 + 1.96 * 0.3))
    assert [mark["above"] for mark in forest[:4]] == [False, False, False, True]
    assert [mark["colour"] for mark in forest[:4]] == ["up", "down", "up", "up"]
    nothing = {"log2_fc": np.nan, "ci_low": np.nan, "ci_high": np.nan, "colour": ""}
    one = {**nothing, "log2_fc": 0.5}
    alone = {**nothing, "cohorts": 1}
    assert forest_marks([nothing, one], alone, 1.0)[0] is None
    assert [mark["shape"] for mark in forest_marks([one], alone, 1.0)] == ["cohort"]
    few = {**nothing, "cohorts": 2, "common_log2_fc": 0.2, "common_ci_low": 0.1, "common_ci_high": 0.3}
    assert [mark["shape"] for mark in forest_marks([one, one], few, 1.0)] == ["cohort", "cohort", "common"]
    page = page_of(members, effects, meta, [judged_by(m.name, ["not_testable"] * 5) for m in members])
    assert page.count('<svg class="marks"') == len(GENES) and page.count("<circle") == 4 * len(GENES)


def test_roles_without_claims_are_pooled_too():
    """Four cohorts, no file of claims: nothing to judge, but effects to put together."""
    _, meta = pooled([member(f"c{i}") for i in range(4)], [panel_of(1.0)] * 4)
    assert meta["log2_fc"].notna().any()
    assert judge_pooled([], meta, 0.05, 1.0).columns.tolist() == ["title", "claim"]
    assert tabulate_claims([], [], judge_pooled([], meta, 0.05, 1.0)).empty


def test_a_forest_without_intervals_shows_its_effects_to_scale():
    panel = panel_of(2.5).assign(ci_low=np.nan, ci_high=np.nan, outcome="changed")
    members = [member("a", form="any_difference"), member("b", form="any_difference")]
    effects, meta = pooled(members, [panel, panel])
    (part,) = strata(effects, meta)
    assert part["reach"] == 3
    assert {(mark["colour"], mark["above"]) for gene in part["genes"] for mark in gene["forest"]} == {
        ("differs", False)
    }


def test_a_gene_without_reads_has_no_mark_anywhere(tmp_path):
    """Its effect is zero by a convention; a mark at zero would look like an answer."""
    panels = [panel_of(1.0), panel_of(1.0)]
    panels[1].loc[0, ["log2_fc", "ci_low", "ci_high", "p_value"]] = [0.0, -6.8, 6.8, 1.0]
    members = [member("a"), member("b")]
    effects = align_effects(members, panels, {"lsc": ("", "a name")})
    meta = pool_effects(effects, 0.05)
    (part,) = strata(effects, meta)
    assert part["reach"] == 2 and part["genes"][0]["forest"] == [part["genes"][0]["forest"][0], None]
    page = page_of(members, effects, meta, [])
    assert page.count("no read in the compared groups, outlying counts aside") == 1 and "6.8" not in page
    of_gene = effects["symbol"] == "BMP4"
    save(draw_forest(effects[of_gene], meta[meta["symbol"] == "BMP4"]), tmp_path / "f.svg", "measured")
    text, words = drawn(tmp_path / "f.svg")
    assert len(re.findall('id="effect', text)) == 1 and "no read in the compared groups, outlying counts aside" in words
    assert "a name" in words


def test_page_without_claims_or_primary_genes_says_what_it_shows():
    members = [member("a"), member("b")]
    effects, meta = pooled(members, [panel_of(1.0).assign(tier="secondary")] * 2)
    page = page_of(members, effects, meta, [])
    assert "The panel names no primary gene" in page and "No comparison" not in page
    assert "a name that comparisons of the same kind share" in page and "claims it stands for" not in page


def test_page_shows_names_as_text_and_asks_for_nothing(odd):
    members, effects, meta = odd
    verdicts = ["supported", "contradicted", "not_testable", "inconclusive", "not_testable"]
    page = page_of(members, effects, meta, [judged_by(m.name, verdicts) for m in members])
    assert "<script>" not in page and "&lt;script&gt;" in page and "<i>cited" not in page
    assert "default-src 'none'" in page and "http" not in re.sub(r'http-equiv="', "", page)
    assert page.count("SIMULATED") > 3 and "(prediction)" in page and "Pooled (state)" in page
    assert "Counts do not show protein" not in page or "no cohort can test" in page


def test_page_of_cohorts_that_answer_nothing_says_so():
    members = [member("a", roles=()), member("b", roles=())]
    effects, meta = pooled(members, [panel_of(1.0)] * 2)
    page = page_of(members, effects, meta, [judged_by(m.name, ["not_testable"] * 5) for m in members])
    assert "No cohort answers any of these claims" in page and "No comparison has a role" in page
    assert "Nothing is pooled" in page and "SIMULATED" not in page


def test_claims_on_cells_have_the_name_of_what_they_are_about():
    members = [member("a"), member("b")]
    effects, meta = pooled(members, [panel_of(1.0)] * 2)
    verdicts = ["supported", "contradicted", "not_testable", "inconclusive", "not_testable"]
    of_cells = {"gene": "", "score": "", "of_cells": "survivors", "cells_subject": "BMPR1B"}
    judged = [judged_by(m.name, verdicts) for m in members]
    for table in judged:
        table.loc[0, list(of_cells)] = list(of_cells.values())
    assert subject_words("survivors", "BMPR1B") in page_of(members, effects, meta, judged)


def test_many_cohorts_have_signs_and_counts_in_place_of_columns_of_words():
    members = [member(f"c{number:02}") for number in range(13)]
    verdicts = ["supported", "contradicted", "not_testable", "inconclusive", "not_testable"]
    judged = [judged_by(each.name, verdicts) for each in members]
    page = page_of(members, *pooled(members, [panel_of(1.0)] * 13), judged)
    assert page.count('<table class="matrix"') == 1
    assert re.findall(r'data-count="supported"[^>]*>(\d+) \+', page)[:2] == ["13", "0"]
    # Panel genes have what is taken together; a cohort's effects are looked up in the page.
    assert '<svg class="marks"' not in page and "Of more than 12 cohorts" in page
    few = page_of(members[:2], *pooled(members[:2], [panel_of(1.0)] * 2), judged[:2])
    assert '<table class="matrix"' not in few and '<svg class="marks"' in few
