"""Technical replicates are added up by a key of the sheet, and never two specimens."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.readers.counts import CountTable
from autocrine.input.replicates import sum_replicates
from autocrine.problems import Findings

SHEET = pd.DataFrame(
    {
        "patient": ["P1", "P1", "P1", "P2"],
        "timepoint": ["before", "before", "after", "before"],
        "lane": ["1", "2", "1", "1"],
        "age": [50.0, 52.0, 50.0, 60.0],
        "note": [None, "x", None, None],
    },
    index=["a", "b", "c", "d"],
)
COUNTS = CountTable(
    pd.DataFrame([[1, 2, 4, 8], [0, 5, 1, 1]], ["G", "H"], list("abcd")), pd.DataFrame(index=["G", "H"])
)


def summed(keys, sheet=SHEET, counts=COUNTS):
    findings = Findings()
    return sum_replicates(counts, sheet, keys, "config, cohorts.c.sum_by", findings), findings


def test_counts_of_one_specimen_are_added_up():
    (table, sheet), findings = summed(["patient", "timepoint"])
    assert list(table.values.columns) == list(sheet.index) == ["P1_before", "c", "d"]
    assert np.array_equal(table.values, [[3, 4, 8], [5, 1, 1]]) and table.values.dtypes.eq("int64").all()
    assert sheet.loc["P1_before"].to_dict() == {
        "patient": "P1",
        "timepoint": "before",
        "lane": "1+2",
        "age": 51.0,
        "note": "x",
    }
    assert sheet["age"].dtype == float and pd.isna(sheet.at["c", "note"])
    assert [*map(str, findings.warnings)] == [
        "config, cohorts.c.sum_by: samples that were added up differ in lane; their values are joined by +"
    ]
    assert findings.notes == ["samples that agree in patient, timepoint were added up, 4 to 3: P1_before of a, b"]


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["nope"], "there is no column nope"),
        (["age"], '"age" is a measurement'),
        (["note"], '"note" is missing for a, c, d'),
    ],
)
def test_keys_that_name_no_specimen(keys, words):
    result, findings = summed(keys)
    assert result is None and words in str(findings.problems[0])


def test_names_must_stay_apart():
    sheet = SHEET.assign(patient=["P", "P", "P_1", "P_1"], timepoint=["1_x", "1_x", "x", "x"])
    result, findings = summed(["patient", "timepoint"], sheet)
    assert result is None and "two specimens would be called P_1_x" in str(findings.problems[0])


def test_estimates_with_lengths_are_refused():
    lengths = COUNTS.values.astype(float)
    result, findings = summed(["patient"], counts=CountTable(COUNTS.values, COUNTS.annotation, lengths=lengths))
    assert result is None and "transcript lengths" in str(findings.problems[0])
