"""Probes of arrays become genes: one row each, by the table of the array that was used."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.probes import HIGHEST_MEAN, MEDIAN, name_genes, read_probes
from autocrine.input.readers.counts import CountTable
from autocrine.problems import Findings

ROWS = ["1000_at", "1001_at", "1002_f_at", "1003_s_at", "1004_at"]
VALUES = pd.DataFrame(np.arange(10.0).reshape(5, 2), ROWS, ["a", "b"])
TABLE = CountTable(VALUES, pd.DataFrame(index=VALUES.index))
GENES = {"1000_at": "ABL1", "1001_at": "KLF9", "1002_f_at": "ABL1", "1003_s_at": "", "1004_at": "ABL1"}


def named(probes, choice=HIGHEST_MEAN, table=TABLE):
    findings = Findings()
    return name_genes(table, probes, "probes.tsv", choice, "matrix", findings), findings


def test_of_several_probes_the_highest_or_their_median():
    found, findings = named(GENES)
    assert found.values.T.to_dict("list") == {"KLF9": [2.0, 3.0], "ABL1": [8.0, 9.0]}
    assert found.merged == {"ABL1": 3} and list(found.dropped) == ["1003_s_at"]
    assert "1 of 5 probes have no gene, or several" in findings.notes[0] and "highest mean" in findings.notes[1]
    found, findings = named(GENES, MEDIAN)
    assert found.values.T.to_dict("list") == {"ABL1": [4.0, 5.0], "KLF9": [2.0, 3.0]}
    assert "their median in each sample" in findings.notes[1]


def test_a_table_of_another_array_stops():
    found, findings = named({"ILMN_1": "ABL1", "ILMN_2": "KLF9", "1000_at": "X"})
    assert found is None
    text = " ".join(str(findings.problems[0]).split())
    assert "1 of the 5 rows of matrix are in it: rows are called like 1001_at, 1002_f_at" in text
    assert "its probes like ILMN_1, ILMN_2 -> the table of the array that was used" in text


def test_probes_without_a_table_stop_and_custom_files_need_none():
    found, findings = named(None)
    assert found is None and 'a table of the genes of the probes under "probes"' in str(findings.problems[0])
    names = ["ENSG00000097007_at", "ENSG00000119138.5_at", "687_at"]
    custom = CountTable(VALUES[:3].set_axis(names), pd.DataFrame(index=names))
    found, _ = named(None, table=custom)
    assert list(found.values.index) == ["ENSG00000097007", "ENSG00000119138", "687"]
    genes = CountTable(VALUES.set_axis(list("ABCDE")), pd.DataFrame(index=list("ABCDE")))
    assert list(named(None, table=genes)[0].values.index) == list("ABCDE")


@pytest.mark.parametrize(
    "text",
    [
        "probe\tgene\n1000_at\tABL1\n1001_at\t\n1002_at\tA /// B\n",
        # As GEO has it: comments above, other columns between, several genes by ///.
        "#ID = Affymetrix Probe Set ID\nID\tACC\tGene Symbol\n1000_at\tX\tABL1\n1001_at\tX\t---\n1002_at\tX\tA /// B\n",
        "PROBEID,SYMBOL\n1000_at,ABL1\n1001_at,NA\n1002_at,A\n1002_at,B\n",
    ],
)
def test_tables_of_probes_as_they_come(text, tmp_path):
    path, findings = tmp_path / "probes.txt", Findings()
    path.write_text(text)
    assert read_probes(str(path), findings) == {"1000_at": "ABL1", "1001_at": "", "1002_at": ""}
    assert not findings.problems


def test_a_table_of_one_column_is_reported(tmp_path):
    path, findings = tmp_path / "probes.txt", Findings()
    path.write_text("probe\n1000_at\n")
    assert read_probes(str(path), findings) is None and "one column only" in str(findings.problems[0])


def test_versions_of_one_gene_are_rows_of_one_gene():
    genes = ["ENSG00000116985.4", "ENSG00000000003.1", "ENSG00000116985.3", "A.1", "A.2"]
    values = VALUES.set_axis(genes)
    found, _ = named(None, table=CountTable(values, pd.DataFrame(index=values.index)))
    assert list(found.values.index) == [genes[1], genes[0], "A.1", "A.2"] and found.merged == {genes[0]: 2}
