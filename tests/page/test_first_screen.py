"""The first screen: pictures of claims to scale, caveats in few words, and what changed most."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine.design.forms.any_difference import AnyDifference
from autocrine.design.forms.per_unit import PerUnit
from autocrine.design.spans import Span
from autocrine.page.first_screen import (
    FARTHEST,
    SHOWN,
    TOP_GENES,
    WIDE,
    list_caveats,
    mark_claims,
    name_caveats,
    top_findings,
)
from autocrine.page.gene_words import GeneWords
from tests.page.test_explorer import STATISTICS, WORDS

CLAIM = {
    "verdict": "supported", "unit": "log2", "log2_fc": 1.0, "ci_low": 0.5, "ci_high": 1.5, "margin": 1.0,
    "min_detectable_log2_fc": 0.9, "own_cells": "", "population": "stem cells", "one_sample_words": "",
    "second_words": "", "composition_flag": "", "doublets_verdict": "", "contrary_words": "", "sensitivity_other": 0,
    "sensitivity_fits": 9, "model": "m", "contrast": "c",
}  # fmt: skip


def marks(*rows):
    files = [{"rows": [CLAIM | row for row in rows]}]
    mark_claims(files)
    return [row.get("mark") for row in files[0]["rows"]]


def test_claims_of_a_unit_share_a_scale_and_what_is_beyond_is_cut():
    first, second, other = marks({}, {"log2_fc": -2.0, "ci_low": -9.0, "ci_high": 0.1}, {"unit": "odds", "margin": 2.0})
    assert first["x"] == pytest.approx(WIDE / 2 + SHOWN / FARTHEST, abs=0.06)
    assert first["low"] < first["x"] < first["high"] and first["band"] == pytest.approx([51, 81])
    assert (first["side"], second["side"], second["cut"]) == ("up", "", [True, False])
    assert second["low"] == WIDE / 2 - SHOWN
    # Another unit has its own.
    assert other["x"] == pytest.approx(WIDE / 2 + SHOWN / 2.1, abs=0.06)


def test_claims_of_a_comparison_with_small_effects_share_a_scale_of_their_own():
    """Per day an interval had no width beside the claims about two groups."""
    small = {"contrast": "trend", "log2_fc": 4e-4, "ci_low": 2e-4, "ci_high": 6e-4, "margin": 6.7e-4}
    usual, first, second = marks({}, small, small | {"log2_fc": -2e-4, "ci_low": -5e-4, "ci_high": 1e-4})
    assert usual == marks({})[0]
    assert first["x"] == pytest.approx(WIDE / 2 + SHOWN * 4 / (6.7 * 1.05), abs=0.06)
    assert first["low"] == pytest.approx(WIDE / 2 + SHOWN * 2 / (6.7 * 1.05), abs=0.06)
    assert first["side"] == "up" and second["x"] < WIDE / 2 and first["band"] == second["band"]
    zero = marks(small | dict.fromkeys(("log2_fc", "ci_low", "ci_high", "margin"), 0.0))[0]
    assert (zero["x"], zero["low"]) == (WIDE / 2, WIDE / 2)


def test_only_inconclusive_claims_show_what_would_have_been_seen():
    decided, open_, far = marks(
        {}, {"verdict": "inconclusive"}, {"verdict": "inconclusive", "min_detectable_log2_fc": np.inf}
    )
    assert decided["seen"] is None and far["seen"] is None
    assert open_["seen"][0] < WIDE / 2 < open_["seen"][1]
    nothing, untested = marks({"log2_fc": np.nan, "unit": np.nan}, {"verdict": "not_testable"})
    assert nothing is None and untested is None
    bare = marks({"ci_low": np.nan, "ci_high": np.nan, "margin": np.nan})[0]
    assert (bare["low"], bare["high"], bare["band"], bare["side"]) == (None, None, None, "")


def test_caveats_are_named_in_few_words_and_warnings_by_number():
    assert list_caveats(CLAIM | {"sensitivity_other": np.nan, "own_cells": "Stem cells"}, []) == []
    row = CLAIM | {"own_cells": "progenitors", "one_sample_words": "x", "second_words": "x", "composition_flag": "x",
                   "doublets_verdict": "x", "contrary_words": "x", "sensitivity_other": 3.0}  # fmt: skip
    assert list_caveats(row, [2, 5]) == [
        "other cells", "one sample decides", "another method differs", "leukaemic fraction", "likely doublets",
        "evidence against", "another outcome in 3 of 9 changed fits", "warnings 2, 5",
    ]  # fmt: skip
    files = [{"rows": [dict(CLAIM), CLAIM | {"verdict": "not_testable"}]}]
    name_caveats(files, [{"touches": ["x/y"]}, {"touches": ["m/c"]}])
    assert [row["caveats"] for row in files[0]["rows"]] == [["warning 2"], []]


def genes(adjusted):
    count = len(adjusted)
    return pd.DataFrame(
        {
            "gene_id": [f"E{i}" for i in range(count)], "gene_name": ["", *[f"G{i}" for i in range(1, count)]],
            "log2_fc": [(-1.0) ** i for i in range(count)], "p_value": np.array(adjusted) / 10, "adj_p_value": adjusted,
            "moderated_p_value": np.array(adjusted) / 10, "moderated_adj_p_value": adjusted, "status": "tested",
            "min_detectable_log2_fc": 1.0, "ci_low": -0.5, "ci_high": 0.5,
        }
    )  # fmt: skip


def sets():
    rows = [("S1", 0.001, 2.0, ""), ("S2", 0.002, -2.0, ""), ("S3", 0.0001, 3.0, "S1"), ("S4", 0.9, 0.1, "")]
    table = pd.DataFrame(rows, columns=["gene_set", "adj_p_value", "stat", "folded_into"])
    return table.assign(p_value=table["adj_p_value"], status="tested")


def test_what_changed_most_is_what_the_list_calls():
    adjusted = [0.02, 0.001, 0.5, *[0.03] * 8]
    found = top_findings(genes(adjusted), sets(), WORDS, STATISTICS)
    assert [gene["name"] for gene in found["genes"]][:2] == ["G1", "E0"] and len(found["genes"]) == TOP_GENES
    assert [gene["side"] for gene in found["genes"]][:2] == ["down", "up"]
    assert found["sets"] == [{"name": "S1", "side": "up"}, {"name": "S2", "side": "down"}] and found["needed"] == ""
    assert found["digits"] == 2
    per_unit = top_findings(genes(adjusted).assign(ci_low=-0.04, ci_high=0.02), sets(), WORDS, STATISTICS)
    assert per_unit["digits"] == 4
    sideless = top_findings(genes(adjusted), sets(), replace(WORDS, form=AnyDifference), STATISTICS)
    assert {gene["side"] for gene in sideless["genes"]} == {"differs"}


def test_where_nothing_is_called_it_is_said_what_would_have_been_seen():
    found = top_findings(genes([0.9, 0.8]), sets().head(0), WORDS, STATISTICS)
    assert found["genes"] == found["sets"] == []
    assert (
        found["needed"] == "For half of the tested genes, a single test would probably have found a change of 2.0-fold."
    )
    span = Span("age", "unit of age", 20.0, 70.5, 12.0, 50.5, "unit")
    slope = GeneWords(PerUnit, PerUnit.words_for("", "age", "unit of age"), span, "2.0-fold")
    table = genes([0.9, 0.8]).assign(min_detectable_log2_fc=0.035)
    per_unit = top_findings(table, sets().head(0), slope, STATISTICS)
    assert per_unit["needed"].endswith("found a change of 1.025-fold per unit of age (3.4-fold from 20 to 70.50).")
    assert per_unit["per"] == " per unit of age" and found["per"] == ""
    unknown = genes([0.9, 0.8]).assign(min_detectable_log2_fc=np.nan)
    assert top_findings(unknown, pd.DataFrame(), WORDS, STATISTICS)["needed"] == ""
