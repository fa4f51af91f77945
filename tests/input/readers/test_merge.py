"""Several tables of one cohort become one, gene by gene."""

import pandas as pd
import pytest

from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.merge import merge_tables
from autocrine.problems import Findings


def table(counts, genes, **annotation):
    values = pd.DataFrame(counts, index=pd.Index(genes, name="gene"))
    return CountTable(values, pd.DataFrame(annotation, index=values.index), {"__no_feature": "no gene"})


def merge(tables, absent="error"):
    findings = Findings()
    return merge_tables(tables, absent, findings), findings


def test_rows_are_matched_by_gene_not_by_place():
    tables = {
        "a": table({"S1": [1, 2, 3]}, ["A", "B", "C"], symbol=["x", "", "z"]),
        "b": table({"S2": [30, 10, 20], "S3": [33, 11, 22]}, ["C", "A", "B"]),
    }
    merged, findings = merge(tables)
    assert not findings.problems
    assert merged.values.loc["A"].tolist() == [1, 10, 11] and merged.values.loc["C"].tolist() == [3, 30, 33]
    assert list(merged.values.index) == ["A", "B", "C"] and merged.annotation.loc["C", "symbol"] == "z"
    assert merged.dropped == {"__no_feature": "no gene"}


def test_genes_of_some_files_only():
    tables = {"a": table({"S1": [1, 2]}, ["A", "B"]), "b": table({"S2": [5, 6]}, ["B", "C"])}
    merged, findings = merge(tables)
    assert merged is None
    assert "2 of 3 genes are in some of the files only: a lacks C; b lacks A" in str(findings.problems[0])
    assert '"absent_genes: drop"' in str(findings.problems[0])
    merged, findings = merge(tables, "drop")
    assert merged.values.to_dict("list") == {"S1": [2], "S2": [5]}
    assert merged.dropped["A"] == "absent from b" and "were left out" in findings.notes[0]
    merged, findings = merge(tables, "zero")
    assert merged.values.to_dict("list") == {"S1": [1, 2, 0], "S2": [0, 5, 6]}
    assert (merged.values.dtypes == "int64").all() and "counted as 0" in findings.notes[0]


@pytest.mark.parametrize("absent", ["error", "drop", "zero"])
def test_versions_of_one_id_and_files_of_other_genes_stop_whatever_is_asked(absent):
    """A gene became two rows, each with zeros for the samples of the other file."""
    ids = ["ENSG00000125378", "ENSG00000125845"]
    tables = {"a": table({"S1": [1, 2]}, [f"{ids[0]}.5", ids[1]]), "b": table({"S2": [5, 6]}, [f"{ids[0]}.6", ids[1]])}
    merged, findings = merge(tables, absent)
    assert merged is None and "another version in another file for 1 of the genes" in str(findings.problems[0])
    merged, findings = merge({"a": table({"S1": [1]}, ["A"]), "b": table({"S2": [5]}, ["B"])}, absent)
    assert merged is None and "no gene is in all of the files" in str(findings.problems[0])


def test_a_sample_in_two_files_is_reported_with_both():
    tables = {"a": table({"S1": [1]}, ["A"]), "b": table({"S1": [1]}, ["A"])}
    merged, findings = merge(tables)
    assert merged is None and str(findings.problems[0]).startswith('a, b: sample "S1" appears twice')


@pytest.mark.parametrize("other", [["A", "A", "B"], ["A", "B", "A"]])
def test_genes_that_appear_twice(other):
    tables = {"a": table({"S1": [1, 2, 3]}, ["A", "A", "B"]), "b": table({"S2": [1, 2, 3]}, other)}
    merged, findings = merge(tables)
    if other == ["A", "A", "B"]:  # the same rows in both files: `duplicate_genes` decides later
        assert merged.values.shape == (3, 2)
    else:
        assert merged is None and "gene identifiers appear in several rows: A" in str(findings.problems[0])
