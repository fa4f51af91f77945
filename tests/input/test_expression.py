"""Log expression is taken as it is, and values that cannot be log expression are reported."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.expression import check_expression
from autocrine.input.readers.counts import CountTable, check_counts
from autocrine.problems import Findings

RANDOM = np.random.default_rng(5)
LEVELS = RANDOM.normal(7, 2, (300, 1)) + RANDOM.normal(0, 0.4, (300, 6))


def table(values):
    frame = pd.DataFrame(values, [f"g{i}" for i in range(len(values))], [f"s{i}" for i in range(values.shape[1])])
    return CountTable(frame, pd.DataFrame(index=frame.index))


def checked(values):
    findings = Findings()
    return check_expression(table(values), "file", findings), findings


def test_values_stay_as_they_are_and_rows_that_lack_some_go():
    values = LEVELS.copy()
    values[3, 1] = np.nan
    found, findings = checked(values)
    assert not findings.problems and not findings.warnings
    assert (found.values.to_numpy() == np.delete(LEVELS, 3, axis=0)).all()
    assert found.dropped == {"g3": "values are missing in some samples"}
    assert "1 rows lack values" in findings.notes[0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (RANDOM.poisson(400, (300, 6)).astype(float), 'counts? -> "measure: counts"'),
        (2**LEVELS, "which no log2 of expression reaches -> log2 of these values"),
        ((LEVELS - LEVELS.mean(1, keepdims=True)) / LEVELS.std(1, ddof=1, keepdims=True), "z-scores"),
        (np.rint(LEVELS), "log2 expression, not rounded"),
        (np.column_stack([LEVELS, LEVELS[:, 1]]), "samples with identical values: s1 = s6"),
        (np.column_stack([LEVELS, np.full(300, 7.0)]), "every gene has one value in s6"),
        (LEVELS[:0], "no values: 0 genes and 6 samples"),
        (np.where(np.arange(300)[:, None] < 2, np.inf, LEVELS), "infinite values: gene g0, sample s0"),
        (np.where(RANDOM.random((300, 6)) < 0.3, np.nan, LEVELS), "rows lack values in some samples"),
    ],
)
def test_what_is_no_log_expression_stops(values, words):
    found, findings = checked(values)
    assert found is None and len(findings.problems) == 1
    assert words in " ".join(str(findings.problems[0]).split())


def test_text_is_reported_with_its_place():
    frame = table(LEVELS).values.astype(object)
    frame.iloc[2, 4] = "null"
    findings = Findings()
    assert check_expression(CountTable(frame, pd.DataFrame(index=frame.index)), "file", findings) is None
    assert 'text where values should be: gene g2, sample s4: "null"' in str(findings.problems[0])


def test_samples_that_were_not_made_comparable_and_centred_genes_are_warned_of():
    _, findings = checked(LEVELS + np.array([0, 0, 0, 0, 0, 2.0]))
    assert [(one.kind, one.samples) for one in findings.warnings] == [("uneven_samples", ("s5",))]
    _, findings = checked(LEVELS - np.median(LEVELS, axis=1, keepdims=True))
    assert [one.kind for one in findings.warnings] == ["centred_expression"]


def test_log_expression_called_counts_says_what_to_write():
    findings = Findings()
    assert check_counts(table(LEVELS), "file", "error", findings) is None
    assert '"measure: log_expression"' in str(findings.problems[0])
