"""Counts and sheet brought together, and the AnnData contract."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from autocrine.input.cohort import make_cohort
from autocrine.input.contract import cautions_of, lengths_of, scaling_of, sheet_of, tabulate_cautions
from autocrine.input.genes import GeneTable
from autocrine.input.importing import assemble, identity_warnings, read_cohort
from autocrine.input.species import KnownGenes
from autocrine.problems import Caution, Findings
from autocrine.samples.normalisation import normalise
from tests.conftest import REPOSITORY
from tests.input.readers.quantified import write_star

SCHEMA = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "samples.schema.yaml").read_text())
GENES = GeneTable(
    pd.DataFrame(
        [
            ("ENSG00000000001", "BMP4", "652", "protein-coding", "14", "BMP2B|ZYME", "1"),
            ("ENSG00000000002", "TWIST1", "7291", "protein-coding", "7", "CRS", "1"),
        ],
        columns=["gene_id", "gene_name", "entrez", "biotype", "chromosome", "aliases", "primary"],
    ),
    {},
)
KNOWN = KnownGenes(GENES)
PANEL = pd.DataFrame(
    {"symbol": ["TWIST1", "BMP4", "BCR::ABL1", "BMP2"], "ensembl": ["ENSG00000000002", "", "", "ENSG00000000009"],
     "group": ["emt", "ligand", "cml_fusion", "reference_gene"]}
)  # fmt: skip
DEFAULTS = {
    "simulated": False, "numeric": [], "exclude": {}, "gene_ids": "auto", "duplicate_genes": "error",
    "size_factors": {"method": "auto", "genes": "all"},
    "format": "auto", "layer": "X", "strandedness": "auto", "absent_genes": "error",
}  # fmt: skip


@pytest.fixture
def files(tmp_path):
    """Write counts and sheet with difficult names and return the cohort's entry."""
    head = "gene\tname\tb (2)\t1-a\tZ é\n"
    counts = head + "ENSG00000000001.5\tBMP4\t1\t2\t3\nCRS\t\t4\t5\t6\nBCR-ABL1\t\t0\t0\t1\nnew\tN1\t7\t8\t9\n"
    (tmp_path / "counts.tsv").write_text(counts, encoding="utf-8")
    (tmp_path / "samples.tsv").write_text("sample\tgroup\tage\n1-a\tr\t50\nZ é\ts\t\nb (2)\t\t60\n", encoding="utf-8")
    return {**DEFAULTS, "counts": str(tmp_path / "counts.tsv"), "samples": str(tmp_path / "samples.tsv")}


def read(entry):
    cohort, findings = make_cohort("c", entry), Findings()
    return cohort, read_cohort(cohort, SCHEMA, findings), findings


def test_contract(files, tmp_path):
    cohort, found, findings = read(files)
    data = assemble(found, cohort, KNOWN, PANEL, findings)
    assert not findings.problems
    assert list(data.obs_names) == ["1-a", "Z é", "b (2)"]
    assert list(data.var_names) == ["ENSG00000000001", "ENSG00000000002", "BCR::ABL1", "new"]
    assert data.X.tolist() == [[2, 5, 0, 8], [3, 6, 1, 9], [1, 4, 0, 7]]
    assert data.var["gene_name"].tolist() == ["BMP4", "TWIST1", "BCR::ABL1", "new"]
    assert data.var["panel"].tolist() == ["BMP4", "TWIST1", "BCR::ABL1", ""]
    assert data.var["mapping"].tolist() == ["ensembl", "alias", "fusion", "unmapped"]
    record = data.uns["import"]
    assert record["mapping"] == {"ensembl": 1, "alias": 1, "fusion": 1, "unmapped": 1}
    absent = record["panel_genes"]["gene_id"] == ""
    assert record["panel_genes"].loc[absent, "symbol"].tolist() == ["BMP2"]
    assert record["unresolved_names"]["written"].tolist() == ["CRS", "new"]
    assert data.uns["data_origin"] == "measured"
    data.write_h5ad(tmp_path / "x.h5ad")
    from anndata import read_h5ad

    back = read_h5ad(tmp_path / "x.h5ad")
    sheet = sheet_of(back.obs)
    assert sheet["group"].tolist() == ["r", "s", None]
    assert sheet["age"].tolist()[0] == 50.0 and np.isnan(sheet["age"].iloc[1])
    assert list(back.uns["import"]["unresolved_names"]["reason"]) == ["alias of TWIST1", "not in the gene table"]


def test_samples_of_one_table_only_are_named_both_ways(files, tmp_path):
    (tmp_path / "samples.tsv").write_text("sample\n1-a\nZ é\nB (2)\n", encoding="utf-8")
    _, _, findings = read(files)
    text = str(findings.problems[0])
    assert "Only in the sheet: B (2). Only in the counts: b (2)" in text
    assert "samples.tsv and" in text


def test_excluded_samples_are_left_out_and_said(files):
    cohort, found, findings = read({**files, "exclude": {"Z é": "RNA degraded"}})
    assert list(found.sheet.index) == ["1-a", "b (2)"] == list(found.counts.values.columns)
    assert "sample Z é was left out: RNA degraded" in findings.notes
    record = assemble(found, cohort, KNOWN, PANEL, Findings()).uns["import"]
    assert record["excluded_samples"].to_dict("records") == [{"sample": "Z é", "reason": "RNA degraded"}]


def test_excluding_every_sample_is_reported(files):
    _, _, findings = read({**files, "exclude": dict.fromkeys(["1-a", "Z é", "b (2)"], "bad")})
    assert "no sample is left" in str(findings.problems[0])


def test_annotation_columns_named_like_ours_are_kept_beside_them(files, tmp_path):
    text = "symbol\tgene_id\tpanel\tb (2)\t1-a\tZ é\nBMP4\tX1\tp\t1\t2\t3\nTWIST1\tX2\tq\t4\t6\t9\n"
    (tmp_path / "counts.tsv").write_text(text, encoding="utf-8")
    cohort, found, _ = read(files)
    var = assemble(found, cohort, KNOWN, PANEL, Findings()).var
    assert var["input_gene_id"].tolist() == ["X1", "X2"] and var["input_panel"].tolist() == ["p", "q"]
    assert var["panel"].tolist() == ["BMP4", "TWIST1"]


def test_names_that_differ_in_spelling_only_are_pointed_out(files, tmp_path):
    (tmp_path / "samples.tsv").write_text("sample\n01.a\nZ e\u0301\nB (02)\n", encoding="utf-8")
    _, found, findings = read(files)
    (problem,) = map(str, findings.problems)
    assert '"01.a" and "1-a"' in problem and '"B (02)" and "b (2)"' in problem
    assert "differ in case, signs, leading zeros or accents only" in problem
    # What is asked of them is checked as if they were there.
    assert list(found.sheet.index) == ["01.a", "Z e\u0301", "B (02)"]


def test_samples_that_differ_are_the_only_problem_of_sums_and_of_samples_left_out(files, tmp_path):
    (tmp_path / "samples.tsv").write_text("sample\tpatient\nX\tP1\nb (2)\tP1\n1-a\tP2\nZ é\tP2\n", encoding="utf-8")
    _, found, findings = read({**files, "sum_by": ["patient"], "exclude": {"Z é": "?"}})
    assert [problem.found.split(".")[0] for problem in findings.problems] == ["the samples differ"]
    (tmp_path / "samples.tsv").write_text("sample\tpatient\nX\tP1\nY\tP1\n", encoding="utf-8")
    _, _, findings = read({**files, "sum_by": ["patient"]})
    assert [problem.found.split(".")[0] for problem in findings.problems] == ["the samples differ"]
    (tmp_path / "samples.tsv").write_text("sample\nX\nb (2)\n1-a\nZ é\n", encoding="utf-8")
    _, found, findings = read({**files, "exclude": {"Z é": "?"}})
    assert len(findings.problems) == 1 and "Z é" not in found.counts.values and found.sheet.index[0] == "X"


def test_excluding_an_unknown_sample_is_reported(files):
    _, _, findings = read({**files, "exclude": {"Z": "?"}})
    assert "there is no sample Z" in str(findings.problems[0])


def test_the_sheet_is_returned_where_the_counts_are_wrong(files, tmp_path):
    (tmp_path / "counts.tsv").write_text("gene\tb (2)\t1-a\tZ é\nA\t1.5\t2\t3\n", encoding="utf-8")
    _, found, findings = read(files)
    assert found.counts is None and len(found.sheet) == 3 and len(findings.problems) == 1


def test_another_species_is_refused_until_the_configuration_names_it(files, tmp_path):
    rows = "".join(f"ENSMUSG0000000000{i}\tn{i}\t{i}\t2\t{3 * i}\n" for i in range(9))
    (tmp_path / "counts.tsv").write_text(f"gene\tname\tb (2)\t1-a\tZ é\n{rows}", encoding="utf-8")
    cohort, found, findings = read(files)
    assemble(found, cohort, KNOWN, PANEL, findings)
    (message,) = [str(problem) for problem in findings.problems]
    assert (
        message.startswith("config, cohorts.c.species: 9 of 9 names are identifiers of mouse")
        and "species: mouse" in message
    )
    cohort, found, findings = read({**files, "species": "other"})
    data = assemble(found, cohort, KNOWN, PANEL, findings)
    assert not findings.problems
    # Of a few genes, none of the panel; nothing of another species.
    assert not any(caution.kind == "unknown_names" for caution in cautions_of(data))
    assert (data.var["mapping"] == "written").all() and (data.var["gene_id"] == data.var["written"]).all()
    assert data.uns["species"] == "other (c)"


def test_rows_of_another_species_are_left_out_of_all_that_follows_where_that_is_asked(files, tmp_path):
    """Counts, lengths and reference genes are those of the patient; the record says what was dropped, and its share."""
    rows = ["ENSG00000000001\t10.4\t5\t9", "ENSG00000000002\t8\t7\t6"]
    rows += [f"ENSMUSG0000000000{i}\t{i}\t2\t1" for i in range(1, 7)]
    head = "gene\tb (2)\t1-a\tZ é\n"
    (tmp_path / "counts.tsv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "lengths.tsv").write_text(head + "\n".join(rows).replace("\t0", "\t1") + "\n", encoding="utf-8")
    entry = {**files, "lengths": str(tmp_path / "lengths.tsv")}
    cohort, found, findings = read(entry)
    kept = assemble(found, cohort, KNOWN, PANEL, findings)
    assert kept.shape == (3, 8) and not findings.problems
    assert any(caution.kind == "mixed_species" for caution in cautions_of(kept))
    cohort, found, findings = read({**entry, "other_species": "drop"})
    data = assemble(found, cohort, KNOWN, PANEL, findings)
    assert list(data.var_names) == ["ENSG00000000001", "ENSG00000000002"] and not findings.problems
    assert (kept.X[:, :2] == data.X).all() and (lengths_of(data) == lengths_of(kept).iloc[:, :2]).all(axis=None)
    assert data.uns["import"]["genes"] == 2 and len(data.uns["import"]["dropped_rows"]) == 6
    assert set(data.uns["import"]["dropped_rows"]["reason"]) == {"gene of mouse"}
    assert any("6 of 8 names (75.0%) are genes of mouse" in note for note in data.uns["import"]["notes"])
    assert not any(caution.kind == "mixed_species" for caution in cautions_of(data))


def test_estimates_keep_their_lengths_through_selection_and_file(files, tmp_path):
    head = "gene\tb (2)\t1-a\tZ é\n"
    (tmp_path / "counts.tsv").write_text(head + "CRS\t1.2\t2.4\t3.6\nBMP4\t10.4\t5\t0\n", encoding="utf-8")
    (tmp_path / "lengths.tsv").write_text(head + "CRS\t100\t200\t300\nBMP4\t7\t8\t9\n", encoding="utf-8")
    entry = {**files, "lengths": str(tmp_path / "lengths.tsv"), "exclude": {"1-a": "degraded"}}
    cohort, found, findings = read(entry)
    assert not findings.problems
    data = assemble(found, cohort, KNOWN, PANEL, findings)
    data.write_h5ad(tmp_path / "x.h5ad")
    from anndata import read_h5ad

    back = read_h5ad(tmp_path / "x.h5ad")
    assert back.X.tolist() == [[4, 0], [1, 10]]
    lengths = lengths_of(back)
    assert lengths.loc["Z é"].tolist() == [300.0, 9.0] and lengths.loc["b (2)"].tolist() == [100.0, 7.0]
    assert list(lengths.columns) == list(back.var_names) == ["ENSG00000000002", "ENSG00000000001"]
    assert back.uns["import"]["rounding"]["estimated"].tolist() == pytest.approx([11.6, 7.4, 3.6])
    cohort, found, findings = read(files)
    assert "nothing is rounded or un-logged silently" in str(findings.problems[0]) and found.counts is None


def test_genes_with_lengths_are_never_added_up(files, tmp_path):
    head = "gene\tb (2)\t1-a\tZ é\n"
    (tmp_path / "counts.tsv").write_text(head + "CRS\t1\t2\t3\nCRS\t10\t5\t0\n", encoding="utf-8")
    entry = {**files, "lengths": files["counts"], "duplicate_genes": "sum"}
    _, found, findings = read(entry)
    assert found.counts is None and "genes appear twice" in str(findings.problems[0])


def test_counts_at_an_address_wait_for_the_fetch(files):
    entry = {**files, "counts": {"url": "https://host/x.tsv", "sha256": "a" * 64}}
    _, found, findings = read(entry)
    assert found.counts is None and len(found.sheet) == 3 and not findings.problems
    assert "checked when they have been fetched" in findings.notes[0]


def test_a_cohort_without_any_sample_table_is_reported(files):
    """The name says .h5ad, so that no sheet was asked for; the counts are a table."""
    _, found, findings = read({**files, "samples": None, "format": "table"})
    assert found.sheet is None and len(findings.problems) == 1
    assert 'the key "samples" is missing, and the counts carry no sample table' in str(findings.problems[0])


def test_a_sample_may_be_left_out_whose_file_was_not_read(tmp_path):
    for seed, name in enumerate(("S1", "S2", "S3"), 1):
        write_star(tmp_path / f"{name}_ReadsPerGene.out.tab", seed, 0.7 if name == "S3" else 0.02)
    places = {"counts": str(tmp_path / "*.out.tab"), "samples": str(tmp_path / "samples.tsv")}
    for sheet in ("S1\tr\nS2\ts\nS3\ts\n", "S1\tr\nS2\ts\n"):
        (tmp_path / "samples.tsv").write_text(f"sample\tgroup\n{sheet}", encoding="utf-8")
        _, found, findings = read({**DEFAULTS, **places, "exclude": {"S3": "degraded"}})
        assert not findings.problems
        assert list(found.counts.values.columns) == ["S1", "S2"] == list(found.sheet.index)
        assert "sample S3 was left out: degraded" in findings.notes


@pytest.fixture
def spiked(tmp_path):
    """Ten genes and six spike-ins, of which three samples hold a twofold, fourfold and eightfold amount of genes."""
    rows = ["gene\ta\tb\tc"]
    rows += [f"ENSG0000000000{i}\t{20 * (i + 1)}\t{40 * (i + 1)}\t{80 * (i + 1)}" for i in range(8)]
    rows += [f"ERCC-0000{i}\t{50 * (i + 1)}\t{50 * (i + 1)}\t{50 * (i + 1)}" for i in range(6)]
    (tmp_path / "counts.tsv").write_text("\n".join([*rows, "zero\t0\t1\t0"]) + "\n", encoding="utf-8")
    (tmp_path / "samples.tsv").write_text("sample\tgroup\na\tr\nb\ts\nc\ts\n", encoding="utf-8")
    return {**DEFAULTS, "counts": str(tmp_path / "counts.tsv"), "samples": str(tmp_path / "samples.tsv")}


def test_size_factors_rest_on_spike_ins_where_asked(spiked):
    asked = {"size_factors": {"method": "ratio", "genes": "ERCC-"}}
    cohort, found, findings = read({**spiked, **asked})
    data = assemble(found, cohort, KNOWN, PANEL, findings)
    assert not findings.problems
    choice = scaling_of(data)
    assert choice["method"] == "ratio" and choice["control_genes"] == tuple(f"ERCC-0000{i}" for i in range(6))
    np.testing.assert_allclose(normalise(data, 1, **choice).obs["size_factor"], 1)
    cohort, found, findings = read(spiked)
    plain = assemble(found, cohort, KNOWN, PANEL, findings)
    assert scaling_of(plain) == {"method": None, "control_genes": ()}
    np.testing.assert_allclose(normalise(plain, 1).obs["size_factor"], [0.5, 1, 2])


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "auto", "genes": "ERC-"}, 'genes "ERC-": no gene of the counts is called like that'),
        ({"method": "auto", "genes": "zero"}, 'genes "zero": 1 of 1 genes are counted'),
        ({"method": "auto", "genes": "ENSG00000000001"}, "5 or more"),
        ({"method": "poscounts", "genes": "reference_genes"}, 'genes "reference_genes": '),
    ],
)
def test_genes_that_give_no_size_factors_are_reported_before_the_run(spiked, asked, words):
    cohort, found, findings = read({**spiked, "size_factors": asked})
    if not findings.problems:
        assemble(found, cohort, KNOWN, PANEL, findings)
    (message,) = [str(problem) for problem in findings.problems]
    assert "config, cohorts.c.size_factors" in message and words in message


def test_median_of_ratios_without_a_gene_in_every_sample_is_reported_before_the_run(spiked, tmp_path):
    text = "gene\ta\tb\tc\ng1\t0\t3\t5\ng2\t4\t0\t5\ng3\t4\t1\t0\n"
    (tmp_path / "counts.tsv").write_text(text, encoding="utf-8")
    _, _, findings = read({**spiked, "size_factors": {"method": "ratio", "genes": "all"}})
    (message,) = [str(problem) for problem in findings.problems]
    assert "every gene has a zero in some sample" in message and "poscounts" in message


@pytest.mark.parametrize("many", [0, 2])
def test_warnings_about_the_input_come_back_from_a_file(tmp_path, many):
    """Names of samples may hold any sign that could come between them."""
    import anndata

    cautions = [
        Caution("poor_samples", 'few genes in S "1", a', "input", "counts.tsv", samples=('S "1", a', "b | c", "é")),
        Caution("few_genes", "the counts hold 9 genes only", "input"),
    ][:many]
    data = anndata.AnnData(np.zeros((1, 1)), uns={"import": {"warnings": tabulate_cautions(cautions)}})
    data.write_h5ad(tmp_path / "c.h5ad")
    assert cautions_of(anndata.read_h5ad(tmp_path / "c.h5ad")) == cautions


@pytest.mark.parametrize("measure", ["counts", "log_expression"])
def test_warnings_of_names_speak_of_what_the_matrix_holds(measure):
    mapped = pd.DataFrame({"mapping": ["unmapped", "unmapped"]})
    found = pd.DataFrame({"gene_id": [None, None, "ENSG1"], "status": ["absent", "absent", "found"]})
    panel = pd.DataFrame({"symbol": ["A", "B", "C"]})
    cohort = SimpleNamespace(measure=measure, species="human")
    messages = [caution.text for caution in identity_warnings(mapped, found, cohort, panel)]
    assert len(messages) == 3 and any("2 of the 3 panel genes are missing from the data" in text for text in messages)
    of_counts = [text for text in messages if "counts" in text or "size factors" in text]
    assert len(of_counts) == (measure == "counts")
