"""Raw counts and everything that is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.input.readers.counts import CountTable, check_counts, describe_values
from autocrine.problems import Findings


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
def test_what_is_no_count_is_reported_with_its_cell(values, words):
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


def test_a_sample_that_appears_twice_is_reported():
    values = pd.DataFrame([[1, 2], [3, 5]], index=["G1", "G2"], columns=["S1", "S1"])
    findings = Findings()
    assert check_counts(CountTable(values, pd.DataFrame(index=values.index)), "x", "error", findings) is None
    assert "samples appear twice: S1" in str(findings.problems[0])


def test_whole_numbers_written_with_decimals_are_counts():
    table, problems = checked({"A": [1.0, 2.0, 1e5], "B": ["4", "5", "6"]})
    assert not problems
    assert table.values.to_numpy().tolist() == [[1, 4], [2, 5], [100000, 6]]
    assert table.values.dtypes.unique().tolist() == [np.dtype("int64")]


def matrix(samples=4, genes=2000, mean=60.0, names=None):
    random = np.random.default_rng(3)
    level = random.lognormal(np.log(mean), 1.5, genes)
    values = random.poisson(random.gamma(5, level / 5, (samples, genes)).T * random.uniform(0.6, 1.6, samples))
    return pd.DataFrame(values, [f"g{i}" for i in range(genes)], names or [f"S{i}" for i in range(samples)])


def messages_on(values):
    findings = Findings()
    check_counts(CountTable(values, pd.DataFrame(index=values.index)), "c.tsv", "error", findings)
    return [str(problem) for problem in findings.problems], [*map(str, findings.warnings)]


def test_counts_of_samples_pass_without_a_word():
    assert messages_on(matrix()) == ([], [])
    assert messages_on(matrix(60, names=[f"TCGA-AB-{i:04}-03A" for i in range(60)])) == ([], [])


@pytest.mark.parametrize(
    "names",
    [
        ["AAACCTGAGAAACCAT-1", "AAACCTGAGAAACCGC-1", "AAACCTGAGAAACCTA-1", "AAACCTGAGAAACGAG-1"],
        ["PW030-701_CGCCAGAGCGCA_0", "PW030-701_AGCTTTACTGCG_1", "PW030-701_CGCCAGAGCGCT_0", "b"],
        ["sample1:ACGTACGTACGTACGT", "sample1:ACGTACGTACGTACGA", "sample2_ACGTACGTACGTACGC", "x#ACGTACGTACGTACGG-2"],
    ],
)
def test_barcodes_are_cells_whatever_their_number(names):
    problems, _ = messages_on(matrix(names=names))
    assert len(problems) == 1 and "these are cells, not samples" in problems[0] and "summed per patient" in problems[0]


def test_cells_without_barcodes_are_recognised_by_their_reads():
    problems, _ = messages_on(matrix(40, 3000, mean=0.05))
    assert len(problems) == 1 and "these are cells, not samples: half of the 40 samples have at most" in problems[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.assign(S3=m["S0"]), "samples with identical counts: S0 = S3"),
        (lambda m: pd.concat([m, m.sum().to_frame("Total").T]), "a row of totals among the genes: Total"),
        (lambda m: pd.concat([m, m.sum().to_frame("alle").T]), "a row of totals among the genes: alle"),
        (lambda m: (m / m.sum() * 1e6).round().astype(int), "rounded CPM or TPM, or counts made equal"),
        (lambda m: np.log2(m + 1).round().astype(int), "rounded logarithms?"),
        (lambda m: m.replace(m.iat[5, 1], 10**15), "values beyond any sequencing run: gene g5, sample S1"),
    ],
)
def test_whole_numbers_that_are_no_raw_counts_are_reported(change, words):
    problems, _ = messages_on(change(matrix()))
    assert len(problems) == 1 and words in problems[0]


def test_a_sample_with_few_genes_is_warned_of():
    values = matrix()
    values.iloc[100:, 2] = 0
    problems, warnings = messages_on(values)
    assert not problems and len(warnings) == 1 and "few genes have any read in S2 (" in warnings[0]


def test_duplicate_genes_are_summed_only_when_asked():
    table, problems = checked({"A": [1, 2, 3]}, genes=("G1", "G2", "G1"))
    assert table is None and "1 gene identifier appears in several rows: G1" in problems[0]
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


def test_versions_of_one_identifier_are_one_gene():
    genes = ("ENSG00000116985.4", "ENSG00000000003.1", "ENSG00000116985.3", "ENSG00000182378.1_PAR_Y")
    _, problems = checked({"A": [7, 1, 2, 3]}, genes=genes)
    assert "1 gene identifier appears in several rows: ENSG00000116985.4 (in several versions" in problems[0]
    table, problems = checked({"A": [7, 1, 2, 3]}, genes=genes, duplicate_genes="sum")
    assert not problems and table.merged == {"ENSG00000116985.4": 2}
    assert table.values["A"].to_dict() == {genes[1]: 1, genes[0]: 9, genes[3]: 3} and len(table.annotation) == 3
    assert set(table.annotation.index) == set(table.values.index)
    # Names that only look alike are not.
    _, problems = checked({"A": [1, 2, 3]}, genes=("RP11.1", "RP11.2", "ENSG00000182378.1"))
    assert not problems
