"""Tests of living cells of several genes are adjusted as the panel is, and read by that."""

import numpy as np
import pandas as pd
import pytest

from autocrine.adjustment import benjamini_hochberg, holm
from autocrine.results.survivor_families import adjust_survivors

GENES = ["A", "B", "C", "D"]


def of_genes(p_values, logs=(-0.5, -1.5, 1.0), **more):
    """Return tests of genes: symbol -> p-values of positives, negatives and difference."""
    rows = [
        {"model": "m", "contrast": "c", "symbol": symbol, "what": what, "log_ratio": log, "p_value": p_value,
         "reading": "selection", "reason": "", **more}
        for symbol, values in p_values.items()
        for what, log, p_value in zip(("positives", "negatives", "difference"), logs, values, strict=True)
    ]  # fmt: skip
    return pd.DataFrame(rows)


P_VALUES = {"A": (0.01, 0.001, 0.012), "B": (0.03, 0.002, 0.02), "C": (0.04, 0.003, 0.03), "D": (0.4, 0.01, 0.2)}


def test_families_are_those_of_the_panel_for_each_row_of_a_gene():
    found = adjust_survivors(of_genes(P_VALUES), {"A", "B"}, 0.05).pivot(index="symbol", columns="what")
    family = found["family"]["difference"]
    assert family.tolist() == ["primary (Holm)"] * 2 + ["panel (Benjamini-Hochberg)"] * 2
    difference = np.array([P_VALUES[gene][2] for gene in GENES])
    wanted = [*holm(difference[:2]), *benjamini_hochberg(difference)[2:]]
    assert found["adj_p_value"]["difference"].tolist() == pytest.approx(wanted)
    # The larger of positives' own p-value and that of the difference.
    both = np.maximum([P_VALUES[gene][0] for gene in GENES], difference)
    wanted = [*holm(both[:2]), *benjamini_hochberg(both)[2:]]
    assert found["adj_p_value"]["positives"].tolist() == pytest.approx(wanted)


def test_a_reading_needs_every_part_after_adjustment():
    found = adjust_survivors(of_genes(P_VALUES), set(GENES), 0.05).drop_duplicates("symbol").set_index("symbol")
    # 0.012 x 4 is sure of A; 0.02 x 3 of B is not.
    assert found["adj_reading"].tolist() == ["selection", "no_rise", "no_rise", "no_rise"]
    assert set(found["reading"]) == {"selection"}
    alone = adjust_survivors(of_genes({"B": P_VALUES["B"]}), {"B"}, 0.05)
    assert set(alone["adj_reading"]) == {"selection"}
    undecided = adjust_survivors(of_genes({"A": (0.04, 0.001, 0.001), "B": (0.04, 0.001, 0.001)}), {"A", "B"}, 0.05)
    assert set(undecided["adj_reading"]) == {"selection_or_induction"}


def test_comparisons_are_apart_and_genes_without_a_test_count_for_nothing():
    first = of_genes({"A": P_VALUES["A"], "B": P_VALUES["B"]})
    other = first.assign(contrast="d")
    untested = pd.DataFrame([{"model": "m", "contrast": "c", "symbol": "E", "what": "difference", "p_value": np.nan,
                              "log_ratio": np.nan, "reason": "too few"}])  # fmt: skip
    found = adjust_survivors(pd.concat([first, other, untested], ignore_index=True), set("ABE"), 0.05)
    alone = adjust_survivors(first, {"A", "B"}, 0.05)
    for contrast in "cd":
        rows = found[(found["contrast"] == contrast) & (found["reason"] == "")]
        assert rows["adj_p_value"].tolist() == alone["adj_p_value"].tolist()
    last = found.iloc[-1]
    assert np.isnan(last["adj_p_value"]) and last["adj_reading"] == ""


def test_where_cells_were_not_counted_selection_and_induction_are_not_distinguished():
    found = adjust_survivors(of_genes({"A": (np.nan, np.nan, 0.001)}, logs=(np.nan, np.nan, 1.0)), {"A"}, 0.05)
    assert set(found["adj_reading"]) == {"selection_or_induction"}
    assert found["adj_p_value"].isna().tolist() == [True, True, False]


def test_no_test_at_all_is_an_empty_table():
    found = adjust_survivors(of_genes(P_VALUES).iloc[:0], {"A"}, 0.05)
    assert found.empty and {"adj_p_value", "family", "adj_reading"} <= set(found)
