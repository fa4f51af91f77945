"""Calls of the fusion, and the leukaemic share of samples and states."""

import numpy as np
import pandas as pd

from autocrine.cells.fusion import fusion_calls, leukemic_fractions
from autocrine.problems import Findings


def test_nothing_is_unknown():
    findings = Findings()
    calls = fusion_calls(pd.Series(["positive", None, "negative", " unknown", ""], list("abcde")), "obs", findings)
    assert calls.to_dict() == dict(zip("abcde", ["positive", "unknown", "negative", "unknown", "unknown"], strict=True))
    assert not findings.problems


def test_shares_leave_unknown_cells_out_and_are_those_of_a_table():
    random = np.random.default_rng(4)
    cells = pd.DataFrame({"sample": random.choice(["a", "b"], 300), "state": random.choice(["LSC", "MSC"], 300)})
    cells["kept"] = random.random(300) < 0.8
    cells.loc[:9, "state"] = None
    calls = pd.Series(random.choice(["positive", "negative", "unknown"], 300))
    calls[(cells["sample"] == "b") & (cells["state"] == "MSC")] = "unknown"
    found = leukemic_fractions(cells, calls)
    kept = cells[cells["kept"]].assign(call=calls).dropna()
    wanted = pd.crosstab([kept["sample"], kept["state"]], kept["call"])
    assert found[["sample", "state"]].to_numpy().tolist() == [list(key) for key in wanted.index]
    for call in ("positive", "negative", "unknown"):
        assert found[call].tolist() == wanted[call].tolist()
    share = wanted["positive"] / (wanted["positive"] + wanted["negative"])
    np.testing.assert_array_equal(found["leukemic_fraction"], share.to_numpy())
    assert np.isnan(found["leukemic_fraction"].iloc[-1]) and found["leukemic_fraction"].iloc[0] > 0
    # Without states a sample is one row.
    whole = leukemic_fractions(cells[["sample"]], calls)
    assert whole["positive"].sum() == (calls == "positive").sum() and len(whole) == 2
