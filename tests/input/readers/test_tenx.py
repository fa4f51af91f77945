"""The layout of 10x Genomics with a barcode per sample."""

import itertools

import numpy as np
import pandas as pd
import pytest

from autocrine.input.readers.tenx import read_10x
from autocrine.problems import Findings
from tests.input.readers.quantified import GENES, write_10x, write_text


@pytest.fixture
def counts():
    random = np.random.default_rng(4)
    return pd.DataFrame(random.poisson(3, (40, 3)), index=GENES, columns=["S1", "Zelle Ä", "b (2)"])


def read(folder):
    findings = Findings()
    return read_10x([str(path) for path in sorted(folder.iterdir())], findings), findings


@pytest.mark.parametrize(("version", "gz"), [(2, False), (3, True), (3, False), (2, True)])
def test_layouts_of_all_versions(tmp_path, counts, version, gz):
    write_10x(tmp_path / "Ordner mit ä", counts, version, gz)
    table, findings = read(tmp_path / "Ordner mit ä")
    assert not findings.problems
    assert (table.values.to_numpy() == counts.to_numpy()).all()
    assert list(table.values.index) == GENES and list(table.values.columns) == list(counts.columns)
    assert table.annotation["gene_name"].iloc[0] == f"name of {GENES[0]}"


def test_features_that_are_no_genes_are_dropped_with_the_reason(tmp_path, counts):
    write_10x(tmp_path, counts, gz=False)
    path = tmp_path / "features.tsv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], "CD3\tCD3\tAntibody Capture"]) + "\n")
    table, _ = read(tmp_path)
    assert len(table.values) == 39 and table.dropped == {"CD3": "a feature of the kind Antibody Capture, not a gene"}


@pytest.mark.parametrize("name", ["matrix.mtx.gz", "barcodes.tsv.gz", "features.tsv.gz"])
def test_a_missing_file_is_named(tmp_path, counts, name):
    write_10x(tmp_path, counts)
    (tmp_path / name).unlink()
    table, findings = read(tmp_path)
    assert table is None and f"{name.removesuffix('.gz')}" in str(findings.problems[0])
    assert "missing" in str(findings.problems[0])


def test_files_that_do_not_belong_together_and_damaged_ones_are_reported(tmp_path, counts):
    write_10x(tmp_path, counts)
    write_text(tmp_path / "barcodes.tsv.gz", "S1\n")
    table, findings = read(tmp_path)
    assert table is None and "the matrix is 40 x 3, but there are 40 genes and 1 barcodes" in str(findings.problems[0])
    write_text(tmp_path / "matrix.mtx.gz", "not a matrix\n")
    table, findings = read(tmp_path)
    assert table is None and "the first line is not that of a sparse matrix" in str(findings.problems[0])


BARCODES = ["".join(letters) + "-1" for letters in itertools.islice(itertools.product("ACGT", repeat=12), 5001)]


@pytest.mark.parametrize(("cells", "value"), [(BARCODES, 90_000), ([f"c{i}" for i in range(5001)], 1)])
def test_cells_are_no_samples(tmp_path, cells, value):
    counts = pd.DataFrame(0, index=GENES[:10], columns=cells)
    counts.iloc[0] = value
    write_10x(tmp_path, counts)
    table, findings = read(tmp_path)
    assert table is None and "these are cells, not samples" in str(findings.problems[0])


def test_samples_are_samples_whatever_their_number(tmp_path):
    samples = [f"sample_{i}" for i in range(5001)]
    write_10x(tmp_path, pd.DataFrame(7, index=GENES[:10], columns=samples))
    table, findings = read(tmp_path)
    assert not findings.problems and table.values.shape == (10, 5001)
