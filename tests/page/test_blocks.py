"""Numbers and names of all genes, as the page holds them."""

import base64
import gzip
import json
from dataclasses import replace

import numpy as np
import pandas as pd

from autocrine.design.forms.any_difference import AnyDifference
from autocrine.design.forms.trend import Trend
from autocrine.measure import COUNTS, LOG_EXPRESSION
from autocrine.page.blocks import (
    REGULATORS_SHOWN,
    SETS_SHOWN,
    pack_activities,
    pack_cohort,
    pack_contrast,
    pack_detection,
    pack_genes,
    pack_levels,
    pack_sets,
    shown_sets,
)
from autocrine.results.outcomes import without_unread
from tests.page.test_explorer import WORDS
from tests.page.test_payload import unpack


def read_json(block):
    return json.loads(gzip.decompress(base64.b64decode(block.text)))


def genes_table():
    return pd.DataFrame(
        {
            "gene_id": ["E2", "E1"],
            "base_mean": [0.0, 12.5],
            "log2_fc": [np.nan, -1.234],
            "ci_low": [np.nan, -2.25],
            "ci_high": [np.nan, -0.25],
            "p_value": [np.nan, 1e-200],
            "adj_p_value": [np.nan, 1e-190],
            "min_detectable_log2_fc": [np.nan, np.inf],
            "outcome": ["undetermined", "changed"],
            "status": ["all_zero", "tested"],
        }
    )


def test_a_gene_table_is_packed_in_the_order_of_the_matrix():
    blocks = pack_contrast(genes_table(), ["E1", "E2", "E3"], WORDS, [], 0.05)
    np.testing.assert_allclose(unpack(blocks["log2"]), [-1.234, np.nan, np.nan])
    # Intervals are those of the table.
    np.testing.assert_allclose(unpack(blocks["reach"]), [1.0, np.nan, np.nan], rtol=0.0011)
    np.testing.assert_allclose(unpack(blocks["p"]), [1e-200, np.nan, np.nan], rtol=0.001)
    assert unpack(blocks["detectable"])[0] == np.inf
    known = genes_table().assign(min_detectable_log2_fc=[np.nan, 1.7], ci_low=[np.nan, -2.5])
    blocks = {**blocks, **pack_contrast(known, ["E1", "E2", "E3"], WORDS, [], 0.05)}
    seen = unpack(blocks["detectable"]) * unpack(blocks["reach"])
    np.testing.assert_allclose(seen, [1.7, np.nan, np.nan], rtol=0.005)
    listed = read_json(blocks["verdicts"])
    verdicts = [listed[place] for place in unpack(blocks["verdict"]).astype(int)]
    assert [verdict["outcome"] for verdict in verdicts] == ["changed", "no read", "not in the matrix"]
    assert [verdict["side"] for verdict in verdicts] == ["down", "", ""]
    assert verdicts[0]["said"] == ["Lower in h, ", {"fold": "log2", "times": 1}, "."]
    assert verdicts[1]["said"] == ["No estimate: no read in any sample of this model."]


def test_what_was_not_read_has_no_numbers():
    """The tables have effect 0 and p 1, with an interval, by R DESeq2's convention."""
    unread = genes_table().assign(log2_fc=[np.nan, 0.0], p_value=[np.nan, 1.0], status=["all_zero", "unread"])
    unread["outcome"] = "undetermined"
    blocks = pack_contrast(without_unread(unread), ["E1", "E2"], WORDS, [], 0.05)
    assert all(np.isnan(unpack(blocks[name])).all() for name in ("log2", "reach", "p", "adj"))
    assert [said["outcome"] for said in read_json(blocks["verdicts"])] == ["no read in these groups", "no read"]


def test_effects_per_unit_of_a_wide_measurement_keep_their_size_and_sign():
    """Leukocytes reach from 4,000 to 140,000: steps of 0.001 would leave one value for all genes."""
    effects = [4.2e-5, -1.1e-5, 2.4e-5, 3e-7]
    table = pd.DataFrame(
        {
            "gene_id": ["E1", "E2", "E3", "E4"], "log2_fc": effects, "ci_low": np.array(effects) - 9e-6,
            "ci_high": np.array(effects) + 9e-6, "p_value": 0.01, "adj_p_value": 0.02, "min_detectable_log2_fc": 1e-5,
            "outcome": "changed", "status": "tested",
        }
    )  # fmt: skip
    blocks = pack_contrast(table, list(table["gene_id"]), WORDS, [], 0.05)
    np.testing.assert_allclose(unpack(blocks["log2"]), effects, rtol=0, atol=2e-8)
    np.testing.assert_allclose(unpack(blocks["detectable"]) * unpack(blocks["reach"]), 1e-5, rtol=0.005)


def test_a_curve_is_packed_gene_by_gene_where_there_is_one():
    curve = {f"{name}_value_{place}": [np.nan, number * place] for place in (1, 2)
             for name, number in (("log2_fc", 1.0), ("ci_low", 0.5), ("ci_high", 2.0))}  # fmt: skip
    blocks = pack_contrast(genes_table().assign(**curve), ["E1", "E2"], WORDS, [30.0, 40.0], 0.05)
    np.testing.assert_allclose(unpack(blocks["curve"]), [1, 2, np.nan, np.nan])
    np.testing.assert_allclose(unpack(blocks["curveReach"]), [0.75, 1.5, np.nan, np.nan])
    assert "curve" not in pack_contrast(genes_table(), ["E1"], WORDS, [], 0.05)


def test_steps_of_a_trend_are_described_with_the_outcome():
    steps = {"log2_fc_step_1": [np.nan, -3.0], "log2_fc_step_2": [np.nan, 0.5], "step_adj_p_value": [np.nan, 1.0]}
    blocks = pack_contrast(
        genes_table().assign(**steps), ["E1", "E2"], replace(WORDS, form=Trend, words=Trend.words_for("h")), [], 0.05
    )
    verdict = read_json(blocks["verdicts"])[int(unpack(blocks["verdict"])[0])]
    assert verdict["said"][-1] == " per step, steps in different directions."


def test_a_gene_answers_to_its_names_and_to_what_the_matrix_calls_it():
    var = pd.DataFrame(
        {
            "gene_name": ["BMPR1B", ""],
            "entrez": ["658", ""],
            "biotype": ["protein-coding", ""],
            "written": ["ALK-6", "odd"],
            "input_gene_name": ["BMPR1B", "odd"],
        },
        index=["E1", "odd"],
    )
    names = read_json(pack_genes(var, {"E1": "CDw293|ALK-6"}))
    assert names["aliases"] == ["ALK-6|CDw293", ""] and names["ids"] == ["E1", "odd"]
    assert [names["biotypes"][i] for i in names["biotype"]] == ["protein-coding", ""]
    without = read_json(pack_genes(var.drop(columns="input_gene_name"), {}))
    assert without["aliases"] == ["ALK-6", ""]


def test_the_clearest_sets_are_shown_and_none_where_nothing_was_tested():
    table = pd.DataFrame(
        {
            "model": "m",
            "contrast": "a",
            "gene_set": [f"S{i}" for i in range(SETS_SHOWN + 5)],
            "status": "tested",
            "adj_p_value": np.linspace(0.9, 0.001, SETS_SHOWN + 5),
            "p_value": 0.5,
            "size": 7.0,
            "stat": 1.23456,
            "share_up": 0.5,
            "genes_hit": "A, B",
            "file": "sets.gmt",
            "nes": [np.nan, *np.linspace(-2, 2, SETS_SHOWN + 4)],
            "leading_edge": [np.nan, *[12.0] * (SETS_SHOWN + 4)],
            "leading_edge_genes": "A, B, C",
            "folded_into": ["S64", "S64", *[""] * (SETS_SHOWN + 3)],
            "similar_sets": [np.nan, np.nan, *[0.0] * (SETS_SHOWN + 2), 2.0],
        }
    )
    words = {("m", "a"): WORDS, ("m", "b"): WORDS, ("m", "c"): replace(WORDS, form=AnyDifference)}
    first, second, third = read_json(pack_sets(table, words, 0.05))
    assert second == {"said": "No sets were tested: too few or too many of their genes were tested.", "top": []}
    assert third["said"] == "No sets were tested: this comparison has no direction." and len(first["top"]) == SETS_SHOWN
    found = int((table["adj_p_value"] < 0.05).sum())
    assert first["said"] == (
        f"{found} of {SETS_SHOWN + 5} sets have an adjusted p-value below 0.05. Sets that share half of their genes or "
        f"more are listed under the clearest of them; {SETS_SHOWN} are shown, the clearest first."
    )
    assert first["top"][0]["similar"] == 2 and first["top"][0]["names"] == ["S0", "S1"]
    assert first["top"][0]["nes"] == 2 and first["top"][0]["edge"] == 12 and first["top"][0]["leading"] == "A, B, C"
    assert {"S0", "S1"}.isdisjoint(shown["name"] for shown in first["top"])
    assert first["top"][0]["name"] == f"S{SETS_SHOWN + 4}" and first["top"][0]["size"] == 7
    assert [shown["side"] for shown in first["top"]] == ["up"] * found + [""] * (SETS_SHOWN - found)
    assert read_json(pack_sets(table.head(0), {("m", "a"): WORDS}, 0.05)) == [second]
    # Those whose genes travel are those that are shown, of any comparison.
    assert shown_sets(table) == [(one["file"], one["name"]) for one in first["top"]]
    assert shown_sets(pd.DataFrame(columns=["status", "file"])) == []


def test_regulators_of_the_questions_come_first_also_where_they_were_not_tested():
    count = REGULATORS_SHOWN + 10
    table = pd.DataFrame(
        {
            "model": "m",
            "contrast": "a",
            "file": "net.csv",
            "regulator": ["MYC", "SMAD1", "FEW", *[f"R{i:02d}" for i in range(count - 3)]],
            "status": ["tested", "too_few", "too_few", *["tested"] * (count - 3)],
            "adj_p_value": [0.9, np.nan, np.nan, *np.linspace(0.9, 0.001, count - 3)],
            "p_value": [0.8, np.nan, np.nan, *[0.5] * (count - 3)],
            "rotation_p_value": 0.25,
            "share_agreeing": 0.5,
            "size": 9.0,
            "stat": [-1.0, np.nan, np.nan, *[-2.34567] * (count - 3)],
            "targets_hit": "A, B",
        }
    )
    words = {("m", "a"): WORDS, ("m", "b"): replace(WORDS, form=AnyDifference)}
    first, second = read_json(pack_activities(table, words, 0.05))
    assert second == {"said": "No regulators were tested: this comparison has no direction.", "top": []}
    called = int((table["adj_p_value"] < 0.05).sum())
    assert called > 1 and first["said"] == (
        f"{called} of {count - 2} regulators have an adjusted p-value below 0.05; not tested, with fewer than five "
        f"targets among the genes: 2. {REGULATORS_SHOWN} are shown, those of the questions of this report first."
    )
    assert [one["name"] for one in first["top"][:3]] == ["SMAD1", "MYC", f"R{count - 4}"]
    assert first["top"][0]["stat"] is None and first["top"][0]["side"] == ""
    assert first["top"][2]["side"] == "down" and first["top"][2]["stat"] == -2.35
    assert "FEW" not in {one["name"] for one in first["top"]}
    assert read_json(pack_activities(table.head(0), {("m", "b"): words["m", "b"]}, 0.05)) == [second]


def test_levels_come_back_and_no_count_has_no_number():
    levels = np.array([[0.0, 5.123, 0.0], [0.0, 6.0, 2.5], [0.0, 0.0, 12.75]])
    blocks = pack_levels(levels, COUNTS)
    read = unpack(blocks["levelBase"])[:, None] + unpack(blocks["level"]).reshape(3, 3)
    np.testing.assert_array_equal(np.isnan(read), levels.T == 0)
    np.testing.assert_allclose(np.nan_to_num(read), levels.T, atol=0.0101)
    # Of log expression zero is a level like others, and what is missing stays so.
    logs = np.array([[-1.5, np.nan], [0.0, np.nan]])
    blocks = pack_levels(logs, LOG_EXPRESSION)
    read = unpack(blocks["levelBase"])[:, None] + unpack(blocks["level"]).reshape(2, 2)
    np.testing.assert_allclose(read, logs.T, atol=0.0101)


def test_levels_of_many_samples_are_rounded_further(monkeypatch):
    monkeypatch.setattr("autocrine.page.blocks.MANY_LEVELS", 3)
    levels = np.array([[5.123, 6.0], [2.5, 12.75]])
    blocks = pack_levels(levels, COUNTS)
    read = unpack(blocks["levelBase"])[:, None] + unpack(blocks["level"]).reshape(2, 2)
    np.testing.assert_allclose(read, levels.T, atol=0.1001)
    assert np.abs(read - levels.T).max() > 0.0501


def test_models_share_their_means():
    var = pd.DataFrame(
        {key: ["x", "y"] for key in ("gene_name", "entrez", "biotype", "written", "input_gene_name")}, ["E1", "E2"]
    )
    tables = {("m", "a"): genes_table(), ("m", "b"): genes_table(), ("n", "a"): genes_table()}
    words = dict.fromkeys(tables, WORDS)
    no_sets, no_curves = pd.DataFrame(columns=["status"]), {pair: [] for pair in tables}
    blocks = pack_cohort(var, {}, np.zeros((3, 2)), tables, no_sets, words, no_curves, 0.05)
    assert {"m0.mean", "m1.mean", "c2.log2", "names", "level", "sets"} <= set(blocks) and "m2.mean" not in blocks
    assert blocks["level"].form["length"] == 6
    detected = pack_detection(np.array([[0.0, 1.0], [0.0, 0.0], [0.0, 2.0]]), COUNTS)
    np.testing.assert_allclose(unpack(detected["counted"]), [0, 2])
    np.testing.assert_allclose(unpack(detected["average"]), [np.nan, 4 / 3], rtol=0.001)
    np.testing.assert_allclose(unpack(blocks["m0.mean"]), [12.5, np.nan], rtol=0.001)
