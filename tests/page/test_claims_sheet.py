"""The sheet of claims has each effect in the unit of its row, and explains its own columns."""

import numpy as np
import pandas as pd
import pytest

from autocrine.column_descriptions import explain
from autocrine.columns import CLAIMS, CLAIMS_SHEET
from autocrine.page.claims_sheet import explain_claims, in_own_units

UNITS = {
    "log2": "log2", "standard deviations": "standard deviations", "": "",
    "log2 odds ratio of the share": "odds ratio of the share", "log2 ratio of survivors": "ratio of survivors",
    "log2 odds ratio": "odds ratio",
}  # fmt: skip


def claims():
    table = pd.DataFrame({name: "" for name in CLAIMS.names}, index=range(len(UNITS)))
    numbers = {"log2_fc": 2.0, "ci_low": -1.0, "ci_high": np.inf, "min_detectable_log2_fc": 1.5, "margin": 1.0}
    return table.assign(unit=list(UNITS), **numbers, composition_log2_fc=0.5)


def test_effects_are_in_the_unit_of_their_row():
    found = in_own_units(claims())
    assert found["unit"].tolist() == list(UNITS.values())
    for name, as_log, as_ratio in (("effect", 2, 4), ("effect_ci_low", -1, 0.5), ("effect_ci_high", np.inf, np.inf),
                                   ("min_detectable_effect", 1.5, 2**1.5), ("margin", 1, 2)):  # fmt: skip
        assert found[name].tolist() == pytest.approx([as_log] * 3 + [as_ratio] * 3), name
    # What is only of genes stays a fold change by name.
    assert (found["composition_log2_fc"] == 0.5).all() and not {"log2_fc", "min_detectable_log2_fc"} & set(found)
    names = list(found)
    assert len(names) == len(CLAIMS.names) and names.index("effect") == names.index("unit") + 1


def test_what_was_not_tested_stays_missing():
    table = claims().assign(log2_fc=np.nan)
    assert in_own_units(table)["effect"].isna().all()


def test_every_column_of_the_sheet_is_explained():
    rows = explain(["claims.tsv", "panel.tsv"], lambda _: ["claim", "log2_fc", "ci_low", "unit", "data_origin"])
    explained = explain_claims(pd.DataFrame(rows, columns=["table", "column", "type", "meaning"]))
    assert explained.loc[explained["table"] == "claims.tsv", "column"].tolist() == [
        "claim", "effect", "effect_ci_low", "unit", "data_origin"
    ]  # fmt: skip
    assert explained.loc[explained["table"] == "panel.tsv", "column"].tolist()[1:3] == ["log2_fc", "ci_low"]
    unit = explained.query("table == 'claims.tsv' and column == 'unit'").iloc[0]
    assert (unit["type"], unit["meaning"]) == ("text", CLAIMS_SHEET["unit"].meaning)
    assert set(CLAIMS_SHEET) <= set(CLAIMS.names)
