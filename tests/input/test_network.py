"""Networks are read as decoupler and OmniPath write them, and all faults are reported together, each with its line."""

import gzip

import pandas as pd
import pytest

from autocrine.input.genes import GeneTable
from autocrine.input.network import check_targets, read_network
from autocrine.problems import Findings

GENES = GeneTable(
    pd.DataFrame(
        [("ENSG00000125968", "ID1", "3397", "", "20", "ID", "1")],
        columns=["gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary"],
    ),
    {},
)
EDGES = [("MYC", "TERT", 1.0), ("MYC", "CDKN1A", -1.0)]


def read(tmp_path, text, name="network.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    findings = Findings()
    network = read_network(str(path), findings)
    found = [(problem.found, problem.expected) for problem in findings.problems]
    return network, found, [note.removeprefix(f"{path}: ") for note in findings.notes]


@pytest.mark.parametrize(
    "text",
    [
        # decoupler: CollecTRI, DoRothEA; with and without the index of a frame.
        "source,target,weight,resources,references,sign_decision\nMYC,TERT,1.0,a;b,1;2,PMID\nMYC,CDKN1A,-1.0,a,3,PMID\n",
        ",source,confidence,target,weight\n0,MYC,A,TERT,1.0\n1,MYC,A,CDKN1A,-1.0\n",
        # R packages dorothea and progeny.
        "tf\tconfidence\ttarget\tmor\nMYC\tA\tTERT\t1\nMYC\tA\tCDKN1A\t-1\n",
        "gene\tpathway\tweight\tp.value\nTERT\tMYC\t1\t0.1\nCDKN1A\tMYC\t-1\t0.2\n",
        # OmniPath: UniProt ids beside symbols, and signs as flags.
        "source\ttarget\tsource_genesymbol\ttarget_genesymbol\tis_stimulation\tis_inhibition\tconsensus_stimulation\t"
        "consensus_inhibition\nP01106\tO14746\tMYC\tTERT\t1\t1\t1\t0\nP01106\tP38936\tMYC\tCDKN1A\t1\t1\t0\t1\n",
        '"source_genesymbol","target_genesymbol","is_stimulation","is_inhibition"\n"MYC","TERT",True,False\n'
        '"MYC","CDKN1A",False,True\n',
        # By hand, with blanks and other case.
        "Regulator,Target,Sign\r\n MYC , TERT ,1\r\nMYC,CDKN1A,-1\r\n",
    ],
)
@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())])
def test_files_of_other_programs_are_read(tmp_path, text, pack):
    network, found, _ = read(tmp_path, pack(text))
    assert found == []
    assert list(network.itertuples(index=False, name=None)) == EDGES


def test_every_fault_is_reported_at_once_each_kind_together(tmp_path):
    text = (
        "source,target,weight\nMYC,TERT,1\nMYC,NCL,0\nMYC,NPM1,up\n,ODC1,1\nMYC,,1\nMYC,TERT,-1\nMYC,1-Mar,1\n"
        "MYC,CAD,\nMYC,LDHA,inf\n"
    )
    _, found, _ = read(tmp_path, text)
    assert [words for words, _ in found] == [
        '4 weights are 0 or no number: "0" in line 3, "up" in line 4, "" in line 9, "inf" in line 10',
        "edges without a regulator or target: line 5, line 6",
        "1 gene symbol was changed by a spreadsheet: 1-Mar (was MARCHF1 or MTARC1?)",
        "1 edge appears with different weights: MYC -> TERT (1 in line 2, -1 in line 7)",
    ]
    assert all(right for _, right in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the file is empty"),
        ("source,target,weight\n", "the network has no edges"),
        ("a,b,c\n1,2,3\n", "no column of regulators, targets, weights: the header has a, b, c"),
        ("source,target,effect\nMYC,TERT,1\n", "no column of weights: the header has source, target, effect"),
        (
            "source,target,is_stimulation,is_inhibition\nMYC,TERT,yes,no\n",
            "cells that are neither true nor false in is_stimulation, is_inhibition",
        ),
        ("source,target,weight\nMYC,TERT,1,1,1\n", "line 2"),
        (b"source,target,weight\nMYC,\xff,1\n", "is not UTF-8 text"),
    ],
)
def test_what_is_no_network_is_reported(tmp_path, text, words):
    _, found, _ = read(tmp_path, text)
    assert len(found) == 1 and words in found[0][0], found


def test_what_is_left_out_is_noted(tmp_path):
    flags = "source,target,is_stimulation,is_inhibition\nMYC,TERT,1,0\nMYC,NCL,1,1\nMYC,CAD,0,0\nMYC,TERT,1,0\n"
    network, found, notes = read(tmp_path, flags)
    assert found == [] and len(network) == 1
    assert notes == [
        "2 edges that stimulate and inhibit, or neither, have no sign and were left out",
        "edges that appear twice count once: 1",
        "1 of 1 regulators not tested, with fewer than 5 targets",
    ]


def test_a_model_of_all_genes_is_noted_with_how_to_cut_it(tmp_path):
    rows = "".join(f"G{i},MAPK,{i - 0.5},0.1\n" for i in range(2001))
    _, found, notes = read(tmp_path, f"gene,pathway,weight,p_value\n{rows}")
    assert found == [] and notes == [
        "MAPK has more than 2,000 targets; all are used; keep those with the smallest p_value (100 to 500 are usual) "
        "for a sharper answer"
    ]


@pytest.mark.parametrize(
    ("targets", "reported"),
    [
        (["ID1", "x"], 0),
        (["ID", "x"], 0),
        (["3397"], 0),
        (["ENSG00000125968.7"], 0),
        (["P01106", "ENSG00000000000"], 1),
    ],
)
def test_a_network_without_a_known_target_is_reported(targets, reported):
    findings = Findings()
    network = pd.DataFrame({"regulator": "A", "target": targets, "weight": 1.0})
    check_targets(network, "network.csv", [GENES], findings)
    assert len(findings.problems) == reported
    if reported:
        assert findings.problems[0].found == "none of its 2 targets is a known gene: P01106, ENSG00000000000"
