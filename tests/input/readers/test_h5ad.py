"""Counts in .h5ad files."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from autocrine.input.readers.h5ad import read_h5ad
from autocrine.problems import Findings

COUNTS = np.array([[0, 3, 5], [2, 0, 7]])


def write(path, x, **parts):
    obs = pd.DataFrame({"response": ["r", "s"], "age": [50.0, np.nan]}, index=["1-a", "b c"])
    var = pd.DataFrame({"symbol": ["A", "B", "C"]}, index=["ENSG1", "ENSG2", "ENSG3"])
    data = AnnData(x, obs=obs, var=var, layers=parts.get("layers"))
    if "raw" in parts:
        data.raw = AnnData(parts["raw"], obs=obs, var=var)
    data.write_h5ad(path)
    return str(path)


@pytest.mark.parametrize(
    ("layer", "parts"),
    [
        ("X", {"x": COUNTS}),
        ("X", {"x": COUNTS.astype(np.float32)}),
        ("X", {"x": sparse.csr_matrix(COUNTS)}),
        ("raw", {"x": np.log1p(COUNTS), "raw": COUNTS}),
        ("counts", {"x": np.log1p(COUNTS), "layers": {"counts": sparse.csr_matrix(COUNTS)}}),
    ],
)
def test_counts_are_read_from_the_named_place(tmp_path, layer, parts):
    findings = Findings()
    table, sheet = read_h5ad(write(tmp_path / "x.h5ad", **parts), layer, findings)
    assert not findings.problems
    assert (table.values.to_numpy() == COUNTS.T).all()
    assert list(table.values.columns) == ["1-a", "b c"]
    assert table.annotation["symbol"].tolist() == ["A", "B", "C"]
    assert sheet.to_dict("list") == {"sample": ["1-a", "b c"], "response": ["r", "s"], "age": ["50.0", ""]}


def test_a_file_without_counts_in_x_says_what_it_holds(tmp_path):
    path = write(tmp_path / "x.h5ad", np.log1p(COUNTS), raw=COUNTS, layers={"scaled": COUNTS - 2.5})
    findings = Findings()
    assert read_h5ad(path, "X", findings) is None
    message = str(findings.problems[0])
    for words in (
        "X holds no raw counts",
        "X: values up to 2.08 with decimals: log-scale?",
        "raw: whole numbers from 0 to 7",
        "scaled: values up to 4.5",
        '"layer: raw"',
    ):
        assert words in message


def test_an_unknown_layer_is_reported(tmp_path):
    findings = Findings()
    assert read_h5ad(write(tmp_path / "x.h5ad", COUNTS), "counts", findings) is None
    assert 'there is no layer "counts". The file holds X: whole numbers' in str(findings.problems[0])


def test_what_is_no_h5ad_file_is_reported(tmp_path):
    (tmp_path / "x.h5ad").write_text("gene\tS1\n")
    findings = Findings()
    assert read_h5ad(str(tmp_path / "x.h5ad"), "X", findings) is None
    assert "cannot be read as an .h5ad file" in str(findings.problems[0])


def test_cells_are_reported_before_their_matrix_is_made_dense(tmp_path):
    cells = AnnData(sparse.csr_matrix((5001, 3), dtype=np.float32))
    cells.write_h5ad(tmp_path / "cells.h5ad")
    findings = Findings()
    assert read_h5ad(str(tmp_path / "cells.h5ad"), "X", findings) is None
    assert "these are cells, not samples: half of the 5001 samples have at most 0 reads" in str(findings.problems[0])


def test_samples_are_samples_whatever_their_number(tmp_path):
    values = sparse.csr_matrix(np.full((5001, 3), 20_000, dtype=np.float32))
    AnnData(values).write_h5ad(tmp_path / "samples.h5ad")
    findings = Findings()
    table, _ = read_h5ad(str(tmp_path / "samples.h5ad"), "X", findings)
    assert not findings.problems and table.values.shape == (3, 5001)


def test_cells_of_plates_have_as_many_reads_as_samples(tmp_path):
    """Whole-transcript counts: half a million reads a cell, and most genes without any."""
    values = np.zeros((5001, 10), dtype=np.float32)
    values[:, 0] = 500_000
    AnnData(sparse.csr_matrix(values)).write_h5ad(tmp_path / "plates.h5ad")
    findings = Findings()
    assert read_h5ad(str(tmp_path / "plates.h5ad"), "X", findings) is None
    assert "90% of the counts of 5,001 samples are 0" in str(findings.problems[0])
