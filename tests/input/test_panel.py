"""The panel: found by id or by an unambiguous name, and never without a value or a reason."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.genes import GeneTable, read_gene_table
from autocrine.input.panel import check_panel_names, find_panel_genes, keep_first, read_panel
from autocrine.problems import Findings
from autocrine.results.panel import STATUS_REASONS, detection, tabulate_panel
from tests.conftest import REPOSITORY

PANEL = pd.DataFrame(
    {
        "symbol": ["BMP4", "TWIST1", "TWIN", "BCR::ABL1", "BMP2"],
        "ensembl": ["E1", "E2", "", "", "E9"],
        "role": "r", "group": "g", "tier": "primary",
    }
)  # fmt: skip

GENES = GeneTable(
    pd.DataFrame(
        [("E1", "BMP4", "652", "protein-coding", "14", "BMP2B", "1"), ("E2", "TWIST1", "7291", "", "7", "", "1")],
        columns=["gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary"],
    ),
    {"SIP1": "means ZEB2 or GEMIN2"},
)


def test_bundled_panel_is_complete():
    findings = Findings()
    panel = read_panel(str(REPOSITORY / "resources" / "panels" / "bmp.tsv"), findings)
    assert not findings.problems
    assert len(panel) == 227
    assert panel.loc[panel["tier"] == "primary", "symbol"].tolist() == ["BMP2", "BMP4", "BMPR1B", "TWIST1", "BCR::ABL1"]
    assert (panel["source"] != "").all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("symbol\trole\nA\tx\n", "columns are missing: ensembl, group, tier"),
        ("symbol\tensembl\trole\tgroup\ttier\nA\t\t\t\t\nA\t\t\t\t\n", "symbols appear twice: A"),
        ("symbol\tensembl\trole\tgroup\ttier\n", "the panel has no genes"),
        ("symbol\tensembl\trole\tgroup\ttier\tstatus\nA\t\t\t\t\tx\n", "taken by results: status"),
        ("symbol\tensembl\trole\tgroup\ttier\n\tE1\t\t\t\n", "1 rows have no symbol"),
        ("symbol\tensembl\trole\tgroup\ttier\nA\tE1.1\t\t\t\nB\tE1\t\t\t\n", "Ensembl ids appear twice: E1"),
        ("symbol\tensembl\trole\tgroup\ttier\nBCR-ABL1\tE1\t\t\t\n", "a fusion has the id of one gene: BCR-ABL1"),
        (
            "symbol\tensembl\trole\tgroup\ttier\nA\t\t\t\tPrimary\nB\t\t\t\tvip\nC\t\t\t\tprimary\n",
            'tiers that are none: "Primary" (A), "vip" (B)',
        ),
    ],
)
def test_broken_panels_are_reported(tmp_path, text, words):
    (tmp_path / "panel.tsv").write_text(text)
    findings = Findings()
    read_panel(str(tmp_path / "panel.tsv"), findings)
    assert words in str(findings.problems[0])


def test_a_row_with_another_genes_identifier_is_reported():
    """BMP4 with the identifier of BMP2 would show the values of BMP2 as those of BMP4."""
    genes = read_gene_table(*(str(REPOSITORY / "resources" / "genes" / name)
                              for name in ("human_grch38.tsv.gz", "refused_aliases.tsv")))  # fmt: skip
    rows = {
        "BMP4": "ENSG00000125845", "BMP2": "ENSG00000125845.9", "ALK6": "ENSG00000138696", "own": "ENSG00000138696",
        "Bmp4": "ENSMUSG00000021835", "BMPR1A": "", "BCR::ABL1": "",
    }  # fmt: skip
    findings = Findings()
    check_panel_names(pd.DataFrame({"symbol": list(rows), "ensembl": list(rows.values())}), "p.tsv", genes, findings)
    messages = [str(problem) for problem in findings.problems]
    assert len(messages) == 2
    assert [*map(str, findings.warnings)] == [
        "p.tsv: 1 of its genes are no human genes of the bundled table: Bmp4 (ENSMUSG00000021835)"
    ]
    assert messages[0].startswith('p.tsv, row "BMP4": ENSG00000125845 is BMP2 and BMP4 is ENSG00000125378')
    assert messages[1].startswith('p.tsv, row "own": ENSG00000138696 is BMPR1B')
    bundled = read_panel(str(REPOSITORY / "resources" / "panels" / "bmp.tsv"), findings)
    check_panel_names(bundled, "bmp.tsv", genes, findings)
    assert len(findings.problems) == 2


def test_a_gene_under_two_names_is_reported():
    """It counted twice in its family, and the report ended in a ValueError after the whole run."""
    genes = read_gene_table(*(str(REPOSITORY / "resources" / "genes" / name)
                              for name in ("human_grch38.tsv.gz", "refused_aliases.tsv")))  # fmt: skip
    for rows in (
        {"ALK6": "", "BMPR1B": "ENSG00000138696.12", "BMP4": ""},
        {"BMPR1B": "ENSG00000138696", "ALK6": "", "BMP4": ""},
        {"ALK6": "", "BMPR1B": "", "BMP4": ""},
    ):
        findings = Findings()
        panel = pd.DataFrame({"symbol": list(rows), "ensembl": list(rows.values())})
        check_panel_names(panel, "p.tsv", genes, findings)
        (problem,) = map(str, findings.problems)
        assert "are one gene, ENSG00000138696 -> one row for it" in " ".join(problem.split())
        var = pd.DataFrame({"gene_name": ["BMPR1B"]}, index=["ENSG00000138696"])
        # Whatever names there are, two rows of a panel are never one row of the counts.
        found = keep_first(panel, find_panel_genes(panel, var, genes))
        assert found["gene_id"].tolist() == ["ENSG00000138696", None, None]
        assert found["reason"][1] == f"its row of the count matrix is that of {panel['symbol'][0]}"


def test_names_of_a_panels_own_scores_are_checked(tmp_path):
    path, findings = tmp_path / "panel.tsv", Findings()
    rows = [("A", "fine_1"), ("B", ""), ("C", "loop_BMP9"), ("D", "two words"), ("E", "1st")]
    lines = [f"{symbol}\t\tr\tg\tsecondary\t{score}" for symbol, score in rows]
    path.write_text("\n".join(["symbol\tensembl\trole\tgroup\ttier\tscore", *lines]) + "\n")
    read_panel(str(path), findings)
    assert [p.found for p in findings.problems] == ["names of scores that cannot be used: loop_BMP9, two words, 1st"]


def test_genes_are_found_by_id_by_what_the_symbol_means_and_by_name():
    var = pd.DataFrame(
        {"gene_name": ["BMP4", "TWIST1", "TWIN", "TWIN", "BCR::ABL1", "TWIST1", "OWN"]},
        index=["E1", "E7", "E3", "E4", "BCR::ABL1", "E2", "X1"],
    )
    panel = pd.concat(
        [PANEL, pd.DataFrame({"symbol": ["BMP2B", "bmp4", "OWN", "SIP1", "V"], "ensembl": ["", "", "", "", "E7.12"]})],
        ignore_index=True,
    )
    found = find_panel_genes(panel, var, GENES)
    assert found["gene_id"].tolist() == ["E1", "E2", None, "BCR::ABL1", None, "E1", None, "X1", None, "E7"]
    assert found["reason"].tolist() == [
        "", "", "2 rows of the count matrix have this name", "", STATUS_REASONS["absent"], "",
        "no gene is known by this name", "", "the name is refused: means ZEB2 or GEMIN2", "",
    ]  # fmt: skip


def test_detection_counts_what_is_seen():
    counts = np.array([[0, 10], [4, 20], [1, 0]])
    seen = detection(counts, np.array([1000, 2000, 1000]))
    assert seen["median_count"].tolist() == [1, 10]
    assert seen["samples_with_counts"].tolist() == [2, 2]
    assert seen["mean_cpm"].tolist() == pytest.approx([(0 + 2000 + 1000) / 3, (10000 + 10000 + 0) / 3])


def test_every_row_has_a_value_or_a_reason():
    statuses = ["tested", "filtered", "outlier", "not_converged", "all_zero"]
    genes = pd.DataFrame(
        {
            "gene_id": ["E1", "E2", "E3", "BCR::ABL1", "E5"],
            "gene_name": "x",
            "log2_fc": [1.0, 0.5, 0.1, 0.2, np.nan],
            "p_value": [0.001, 0.5, np.nan, 0.5, np.nan],
            "moderated_p_value": [0.001, 0.5, np.nan, 0.5, np.nan],
            "adj_p_value": [0.01, np.nan, np.nan, np.nan, np.nan],
            "equivalence_p_value": [0.6, 0.001, np.nan, 0.5, np.nan],
            "outcome": "undetermined",
            "equivalence_margin": 1.0,
            "status": statuses,
            "data_origin": "measured",
        }
    )
    counts = pd.DataFrame(np.arange(15).reshape(3, 5), columns=genes["gene_id"])
    found = pd.DataFrame({"gene_id": ["E1", "E2", "E3", "BCR::ABL1", None], "reason": ["", "", "", "", "why"]}).assign(
        status=""
    )
    table = tabulate_panel(PANEL, found, genes, counts, 0.05)
    assert table["symbol"].tolist() == PANEL["symbol"].tolist()
    assert table["status"].tolist() == ["tested", "filtered", "outlier", "not_converged", "absent"]
    assert table["reason"].tolist() == ["", *(STATUS_REASONS[name] for name in table["status"][1:4]), "why"]
    assert table["samples_with_counts"].tolist()[:4] == [2, 3, 3, 3] and pd.isna(table["samples_with_counts"].iloc[4])
    assert table.loc[0, "median_count"] == 5


def test_a_panel_of_which_nothing_is_there_still_makes_a_table():
    genes = pd.DataFrame(
        {
            "gene_id": ["E5"],
            "gene_name": ["x"],
            "log2_fc": [1.0],
            "adj_p_value": [0.1],
            "status": "tested",
            "p_value": [0.1],
            "moderated_p_value": [0.1],
            "equivalence_p_value": [0.1],
            "outcome": "undetermined",
            "equivalence_margin": 1.0,
        }
    )
    counts = pd.DataFrame({"E5": [1, 2, 3]})
    table = tabulate_panel(
        PANEL, pd.DataFrame({"gene_id": [None] * 5, "reason": list("abcde"), "status": "absent"}), genes, counts, 0.05
    )
    assert table["reason"].tolist() == list("abcde") and (table["status"] == "absent").all()
