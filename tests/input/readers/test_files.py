"""Which files a path stands for, and what they are taken for."""

import gzip

import pytest

from autocrine.input.readers.files import STAR, expand, expand_all, kind_of, name_samples
from tests.input.readers.quantified import write_text


def touch(folder, *names):
    for name in names:
        write_text(folder / name, "")
    return folder


def inside(folder, path):
    return [str(file).removeprefix(f"{folder}/") for file in expand(str(path))]


def test_a_file_stands_for_itself_even_if_it_is_not_there(tmp_path):
    assert expand(str(tmp_path / "none.tsv")) == [str(tmp_path / "none.tsv")]
    odd = touch(tmp_path, "a [1]*.tsv") / "a [1]*.tsv"
    assert expand(str(odd)) == [str(odd)]


def test_a_pattern_stands_for_what_it_matches_and_a_folder_for_its_count_files(tmp_path):
    folder = touch(tmp_path / "Läufe [neu] 1", "b.tsv", "a.csv.gz", "notes.md", "x.txt.summary", "below/c.tsv")
    assert inside(folder, folder) == ["a.csv.gz", "b.tsv"]
    assert inside(folder, folder.parent / "L*" / "*.tsv") == ["b.tsv"]
    assert expand(str(tmp_path / "*.none")) == []
    assert expand_all([str(folder), str(folder / "b.tsv")]) == expand(str(folder))


def test_files_of_a_program_are_found_below_and_tables_beside_them_are_not_theirs(tmp_path):
    star = touch(tmp_path / "star", "S2/ReadsPerGene.out.tab", "S1_ReadsPerGene.out.tab.gz", "S1_SJ.out.tab", "log.txt")
    assert inside(star, star) == ["S1_ReadsPerGene.out.tab.gz", "S2/ReadsPerGene.out.tab"]
    salmon = touch(tmp_path / "salmon", "S1/quant.sf", "S2/quant.sf", "S1/lib_format_counts.json", "tx2gene.tsv")
    assert inside(salmon, salmon) == ["S1/quant.sf", "S2/quant.sf"] and inside(salmon, salmon / "S1") == ["S1/quant.sf"]
    rsem = touch(tmp_path / "rsem", "S1.genes.results", "S1.isoforms.results")
    assert inside(rsem, rsem) == ["S1.genes.results"]
    mixed = touch(tmp_path / "mixed", "S1/quant.sf", "S2_ReadsPerGene.out.tab")
    assert len(expand(str(mixed))) == 2
    tenx = touch(tmp_path / "10x", "matrix.mtx.gz", "barcodes.tsv.gz", "features.tsv.gz", "web_summary.html")
    assert sorted(inside(tenx, tenx)) == ["barcodes.tsv.gz", "features.tsv.gz", "matrix.mtx.gz"]
    assert expand(str(tenx / "matrix.mtx.gz")) == expand(str(tenx))


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("x.h5ad", "", "h5ad"),
        ("S1.ReadsPerGene.out.tab.gz", "", "star"),
        ("renamed.tab", "N_unmapped\t1\t2\t3\n", "star"),
        ("quant.sf", "", "salmon"),
        ("S1.txt", "Name\tLength\tEffectiveLength\tTPM\tNumReads\n", "salmon"),
        ("S1.genes.results", "", "rsem"),
        ("S1.txt", "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM\n", "rsem"),
        ("matrix.mtx", "", "10x"),
        ("barcodes.tsv.gz", "", "10x"),
        ("counts.tsv", "gene\tS1\n", "table"),
        ("counts.tsv.gz", "gene\tS1\n", "table"),
        ("none", None, "table"),
    ],
)
def test_kinds(tmp_path, name, text, kind):
    if text is not None:
        write_text(tmp_path / name, text)
    assert kind_of(str(tmp_path / name)) == kind


def test_a_damaged_file_is_left_to_its_reader(tmp_path):
    (tmp_path / "x.tsv.gz").write_bytes(gzip.compress(b"gene\tS1\n" * 999)[:-20])
    assert kind_of(str(tmp_path / "x.tsv.gz")) == "table"


@pytest.mark.parametrize(
    ("path", "ending", "samples", "name"),
    [
        ("run/S1_ReadsPerGene.out.tab", STAR, None, "S1"),
        ("run/S1.ReadsPerGene.out.tab.gz", STAR, None, "S1"),
        ("S 1/ReadsPerGene.out.tab", STAR, None, "S 1"),
        ("S1/lane2_ReadsPerGene.out.tab", STAR, ["S1"], "S1"),
        ("S1_quant/quant.sf", "quant.sf", None, "S1"),
        ("S1_quant/quant.sf", "quant.sf", ["S1_quant"], "S1_quant"),
        ("salmon.S1/quant.sf.gz", "quant.sf", ["S1"], "S1"),
        ("S1.quant.sf", "quant.sf", None, "S1"),
    ],
)
def test_names_of_samples(tmp_path, path, ending, samples, name):
    assert name_samples([str(tmp_path / path)], ending, samples) == [name]


def test_a_link_is_named_by_its_own_folder(tmp_path):
    """Staged inputs and annexed files point into a store whose folders name nothing."""
    write_text(tmp_path / "store" / "ab12" / "quant.sf", "Name\n")
    (tmp_path / "S1").mkdir()
    (tmp_path / "S1" / "quant.sf").symlink_to(tmp_path / "store" / "ab12" / "quant.sf")
    assert name_samples([str(tmp_path / "S1" / "quant.sf")], "quant.sf", None) == ["S1"]
