"""Salmon and RSEM: estimates become counts with lengths, rounded, with a note; what does not fit is reported."""

import numpy as np
import pandas as pd
import pytest

from autocrine.input.readers.quantification import read_rsem, read_salmon
from autocrine.problems import Findings
from tests.input.readers.quantified import GENES, summed, transcripts_of, write_rsem, write_salmon, write_text


@pytest.fixture
def salmon(tmp_path):
    """Two samples, with what their files hold, and the table of transcripts."""
    tables = {name: write_salmon(tmp_path / name, seed) for seed, name in enumerate(("S1", "Zelle Ä 2"), 1)}
    transcripts = write_text(tmp_path / "tx2gene.tsv", transcripts_of(GENES).to_csv(sep="\t", index=False))
    return tmp_path, tables, transcripts


def read(folder, transcripts, names=("S1", "Zelle Ä 2")):
    findings = Findings()
    paths = [str(folder / name / "quant.sf") for name in names]
    return read_salmon(paths, None if transcripts is None else str(transcripts), names, findings), findings


def test_counts_and_lengths_are_those_of_the_definition(salmon):
    folder, tables, transcripts = salmon
    table, findings = read(folder, transcripts)
    assert not findings.problems and not findings.warnings
    assert list(table.values.columns) == list(tables)
    for name, written in tables.items():
        expected = summed(written)
        found = table.values.loc[GENES, name]
        assert found.tolist() == np.rint(expected["count"]).tolist()
        seen = expected["length"].notna()
        np.testing.assert_allclose(table.lengths.loc[GENES, name][seen], expected["length"][seen], rtol=1e-10)
    assert (table.lengths > 0).all(axis=None)
    assert table.annotation.loc[GENES[3], "gene_name"] == "G3"
    note = next(note for note in findings.notes if "rounded to whole numbers" in note)
    assert "Their average transcript lengths enter the normalisation" in note
    rounding = table.record["rounding"]
    assert rounding["estimated"].iloc[0] == pytest.approx(tables["S1"]["NumReads"].sum())
    assert rounding["rounded"].tolist() == table.values.sum().tolist()


def test_the_length_of_a_gene_without_reads_is_that_of_the_other_samples(tmp_path):
    """As tximport: the geometric mean over samples that saw the gene; where none did, the mean of its transcripts."""
    write_text(tmp_path / "tx2gene.tsv", "transcript_id\tgene_id\nT1\tA\nT2\tA\nT3\tB\nT4\tB\nT5\tC\n")
    seen = {"S1": ([900, 100, 10], [50, 50, 0]), "S2": ([0, 0, 10], [0, 0, 0]), "S3": ([300, 0, 10], [30, 0, 0])}
    for sample, ((one, two, other), (tpm_one, tpm_two, _)) in seen.items():
        rows = [("T1", 1000, tpm_one, one), ("T2", 2000, tpm_two, two), ("T3", 500, 0, 0), ("T4", 700, 0, 0)]
        rows.append(("T5", 800, 20, other))
        body = "\n".join(f"{name}\t{length + 100}\t{length}\t{tpm}\t{reads}" for name, length, tpm, reads in rows)
        write_text(tmp_path / sample / "quant.sf", f"Name\tLength\tEffectiveLength\tTPM\tNumReads\n{body}\n")
    table, findings = read(tmp_path, tmp_path / "tx2gene.tsv", tuple(seen))
    assert not findings.problems
    assert table.values.loc["A"].tolist() == [1000, 0, 300] and table.values.loc["B"].tolist() == [0, 0, 0]
    assert table.lengths.loc["A"].tolist() == pytest.approx([1500, (1500 * 1000) ** 0.5, 1000], rel=1e-12)
    assert table.lengths.loc["B"].tolist() == pytest.approx([600] * 3, rel=1e-12)
    assert table.lengths.loc["C"].tolist() == pytest.approx([800] * 3, rel=1e-12)


def test_versions_bars_and_a_table_without_header(salmon):
    folder, tables, transcripts = salmon
    expected, _ = read(folder, transcripts)
    bare = transcripts_of(GENES)
    bare["transcript_id"] = bare["transcript_id"].str.split(".").str[0]
    write_text(transcripts, bare.to_csv(sep="\t", index=False, header=False))
    found, findings = read(folder, transcripts)
    assert found.values.equals(expected.values) and found.lengths.equals(expected.lengths)
    assert any("without their versions" in note for note in findings.notes)
    for name, table in tables.items():
        barred = table.assign(Name=table["Name"] + "|ENSG|-|protein_coding|")
        write_text(folder / name / "quant.sf", barred.to_csv(sep="\t", index=False))
    found, _ = read(folder, transcripts)
    assert found.values.equals(expected.values)


def test_transcripts_without_a_gene_are_recorded_and_many_reads_on_them_warned_of(salmon):
    folder, tables, transcripts = salmon
    whole = transcripts_of(GENES)
    write_text(transcripts, whole[whole["gene_id"] != GENES[7]].to_csv(sep="\t", index=False))
    table, findings = read(folder, transcripts)
    assert GENES[7] not in table.values.index and len(table.values) == 39
    lost = table.record["unmapped_transcripts"].set_index("sample")
    gone = tables["S1"]["Name"].isin(whole.loc[whole["gene_id"] == GENES[7], "transcript_id"])
    assert lost.loc["S1", "transcripts"] == 2
    assert lost.loc["S1", "reads"] == pytest.approx(tables["S1"].loc[gone, "NumReads"].sum())
    write_text(transcripts, whole[whole["gene_id"].isin(GENES[:30])].to_csv(sep="\t", index=False))
    _, findings = read(folder, transcripts)
    assert "20 of 80 transcripts have no gene there" in str(findings.warnings[0])


def test_salmon_without_a_table_of_transcripts_is_reported(salmon):
    folder, _, _ = salmon
    table, findings = read(folder, None)
    assert table is None
    assert 'the key "transcripts" in the config' in str(findings.problems[0])


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("transcript_id\tgene_id\nENSMUST1\tENSMUSG1\n", "none of the transcripts of the quantification is there"),
        ("transcript_id\nENST1\n", "the table has one column"),
        (None, "transcripts belong to several genes: ENST"),
    ],
)
def test_a_table_of_transcripts_that_does_not_fit_is_reported(salmon, table, words):
    folder, _, transcripts = salmon
    if table is None:
        twice = transcripts_of(GENES)
        twice = pd.concat([twice, twice.head(1).assign(gene_id="ENSG9")])
        table = twice.to_csv(sep="\t", index=False)
    found, findings = read(folder, write_text(transcripts, table))
    assert found is None and words in str(findings.problems[0])


def test_samples_of_two_indices_and_broken_files_are_reported(salmon):
    folder, tables, transcripts = salmon
    path = folder / "Zelle Ä 2" / "quant.sf"
    for change, words in (
        (lambda t: t.iloc[:-1], "the rows are not those of"),
        (lambda t: t.iloc[::-1], "the rows are in another order than in"),
        (lambda t: t.drop(columns="NumReads"), "columns are missing: NumReads"),
        (lambda t: t.assign(TPM="nan"), "80 rows hold no numbers"),
        (lambda t: t.assign(NumReads=-1.0), "no estimates of counts: gene ENSG"),
    ):
        write_text(path, change(tables["Zelle Ä 2"]).to_csv(sep="\t", index=False))
        table, findings = read(folder, transcripts)
        assert table is None and words in str(findings.problems[0]), words
    path.unlink()
    table, findings = read(folder, transcripts)
    assert table is None and "cannot be read" in str(findings.problems[0])


def test_a_renamed_file_is_reported(salmon):
    folder, _, transcripts = salmon
    path = (folder / "S1" / "quant.sf").rename(folder / "S1.txt")
    findings = Findings()
    assert read_salmon([str(path)], str(transcripts), ["S1"], findings) is None
    assert "a name that ends in .sf" in str(findings.problems[0])


def test_rsem_genes(tmp_path):
    names = ["S1", "b (2)"]
    written = {name: write_rsem(tmp_path / f"{name}.genes.results", i) for i, name in enumerate(names)}
    findings = Findings()
    table = read_rsem([str(tmp_path / f"{name}.genes.results") for name in names], names, findings)
    assert not findings.problems and list(table.values.columns) == names
    for name in names:
        assert table.values[name].tolist() == np.rint(written[name]["expected_count"]).tolist()
        assert table.lengths[name].tolist() == np.maximum(written[name]["effective_length"], 1).tolist()
    assert any("rounded to whole numbers" in note for note in findings.notes)


def test_names_that_rsem_appended_become_names(tmp_path):
    write_rsem(tmp_path / "S1.genes.results.gz", 1, [f"{gene}.3_BMP{i}" for i, gene in enumerate(GENES)])
    table = read_rsem([str(tmp_path / "S1.genes.results.gz")], None, Findings())
    assert list(table.values.index) == [f"{gene}.3" for gene in GENES] == list(table.lengths.index)
    assert table.annotation["gene_name"].tolist()[:2] == ["BMP0", "BMP1"] and list(table.values.columns) == ["S1"]


def test_isoforms_in_place_of_genes_are_reported(tmp_path):
    for name in ("S1.isoforms.results", "S2.genes.results"):
        write_rsem(tmp_path / name, 1, isoforms=True)
        findings = Findings()
        assert read_rsem([str(tmp_path / name)], None, findings) is None
        assert "these are RSEM's isoforms\n     -> the file <sample>.genes.results" in str(findings.problems[0])
