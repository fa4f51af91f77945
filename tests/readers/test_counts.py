"""Raw counts and everything that is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.problems import Findings
from autocrine.readers.counts import CountTable, check_counts, describe_values


def checked(columns, genes=("G1", "G2", "G3"), duplicate_genes="error"):
    values = pd.DataFrame(columns, index=list(genes))
    table = CountTable(values, pd.DataFrame({"note": list("abcde")[: len(genes)]}, index=list(genes)))
    findings = Findings()
    return check_counts(table, "counts.tsv", duplicate_genes, findings), [str(p) for p in findings.problems]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([0.5, 17.3, 3], ["values up to 17.3 with decimals: log-scale?", 'gene G1, sample B: "0.5"']),
        ([-1.2, 0.4, 0.9], ["below zero: log-scale, centred or scaled?"]),
        ([1500.5, 3, 4], ["estimated or normalised counts?"]),
        ([3, -2, 4], ["negative values", 'gene G2, sample B: "-2"']),
        ([3, None, 4], ["missing values", "gene G2, sample B"]),
        ([3, "x", 4], ["text where counts should be", 'gene G2, sample B: "x"']),
        ([3, np.inf, 4], ["infinite values"]),
        ([0, 0, 0], ["no read at all in sample B"]),
        ([True, False, True], ["TRUE and FALSE where counts should be: sample B"]),
        ([3, 1e19, 4], ["values beyond any sequencing run", "gene G2, sample B"]),
        ([1, 2, 4], ["fewer than two genes differ between the samples"]),
    ],
)
def test_what_is_no_count_is_told_with_its_cell(values, words):
    table, problems = checked({"A": [1, 2, 3], "B": values})
    assert table is None
    for word in words:
        assert any(word in problem for problem in problems), problems


def test_several_faults_come_together():
    _, problems = checked({"A": [1, 2, "x"], "B": [None, 2, 3]}, genes=("G1", "G1", ""))
    text = "\n".join(problems)
    for words in ("text where", "missing values", "1 row without a gene name", "in several rows: G1"):
        assert words in text


def test_rows_called_na_are_nameless_and_never_summed():
    table, problems = checked({"A": [1, 2, 3], "B": [4, 5, 9]}, genes=("NA", "G2", "NA"), duplicate_genes="sum")
    assert table is None and "2 rows without a gene name (NA)" in problems[0]


def test_a_sample_that_stands_there_twice_is_told():
    values = pd.DataFrame([[1, 2], [3, 5]], index=["G1", "G2"], columns=["S1", "S1"])
    findings = Findings()
    assert check_counts(CountTable(values, pd.DataFrame(index=values.index)), "x", "error", findings) is None
    assert "samples stand there twice: S1" in str(findings.problems[0])


def test_whole_numbers_written_with_decimals_are_counts():
    table, problems = checked({"A": [1.0, 2.0, 1e5], "B": ["4", "5", "6"]})
    assert not problems
    assert table.values.to_numpy().tolist() == [[1, 4], [2, 5], [100000, 6]]
    assert table.values.dtypes.unique().tolist() == [np.dtype("int64")]


def test_duplicate_genes_are_summed_only_when_asked():
    table, problems = checked({"A": [1, 2, 3]}, genes=("G1", "G2", "G1"))
    assert table is None and "1 gene identifier stands in several rows: G1" in problems[0]
    table, problems = checked({"A": [1, 2, 3]}, genes=("G1", "G2", "G1"), duplicate_genes="sum")
    assert not problems and table.merged == {"G1": 2}
    assert table.values["A"].to_dict() == {"G1": 4, "G2": 2}
    assert table.annotation["note"].to_dict() == {"G1": "a", "G2": "b"}


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.array([[1.0, 5.0]]), "whole numbers from 1 to 5"),
        (np.array([[400000.5, 250000.25], [599999.5, 749999.75]]), "CPM or TPM?"),
        (np.array([[40.5, 20.25], [39.5, 59.75]]), "adding up to 80: normalised?"),
        (np.array([[np.nan]]), "no numbers at all"),
    ],
)
def test_values_are_described(values, words):
    assert words in describe_values(values)


@given(st.lists(st.lists(st.integers(0, 10**9), min_size=3, max_size=3).filter(any), min_size=1, max_size=4))
def test_counts_pass_unchanged(columns):
    columns = [[*column, 2 * i, 5 - i] for i, column in enumerate(columns)]
    names = [f"S{i}" for i in range(len(columns))]
    table, problems = checked(dict(zip(names, columns, strict=True)), genes=("G1", "G2", "G3", "G4", "G5"))
    assert not problems
    assert table.values.to_numpy().T.tolist() == columns
