"""The structure of sparse matrices is checked before they are unfolded: broken ones crash or change counts."""

import h5py
import numpy as np
import pytest
from anndata import AnnData
from scipy import sparse

from autocrine.input.readers.h5ad import read_h5ad
from autocrine.input.readers.sparse import find_fault
from autocrine.problems import Findings

COUNTS = np.array([[0, 3, 5], [2, 0, 7]])


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix])
def test_sound_matrices_have_no_fault(kind):
    assert find_fault(kind(COUNTS)) == "" and find_fault(COUNTS) == ""
    unsorted = sparse.csr_matrix((np.array([5, 3]), np.array([2, 1]), np.array([0, 2, 2])), shape=(2, 3))
    assert find_fault(unsorted) == ""


def test_coordinates_are_checked():
    twice = sparse.coo_matrix((np.array([1, 2]), (np.array([0, 0]), np.array([1, 1]))), shape=(2, 3))
    assert find_fault(twice) == "1 values appear twice"


@pytest.mark.parametrize(
    ("part", "place", "value", "words"),
    [
        ("indices", 1, 1_000_000, "an index of 1000000 where the matrix ends at 2"),
        ("indices", 1, -3, "an index of -3 where the matrix ends at 2"),
        ("indices", 1, 1, "1 values appear twice"),
        ("indptr", 1, 9, "rows do not follow one another"),
    ],
)
def test_a_hostile_file_neither_ends_the_process_nor_changes_a_count(tmp_path, part, place, value, words):
    path = tmp_path / "x.h5ad"
    AnnData(sparse.csr_matrix(COUNTS.astype(np.float32))).write_h5ad(path)
    with h5py.File(path, "r+") as file:
        file["X"][part][place] = value
    findings = Findings()
    assert read_h5ad(str(path), "X", findings) is None
    (message,) = [str(problem) for problem in findings.problems]
    assert message.startswith(str(path)) and words in message
