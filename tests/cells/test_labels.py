"""Which pseudobulk a cell belongs to."""

import numpy as np
import pandas as pd

from autocrine.cells.labels import constant_columns, label_cells
from autocrine.problems import Findings

OBS = pd.DataFrame(
    {
        "run": ["b", "a", "b", None, "a", " "],
        "state": pd.Categorical(["x", "y", "x", "x", None, "y"]),
        "patient": ["B", "A", "B", "C", "A", "A"],
        "batch": [1, 2, 3, 1, 2, 2],
        "dose": [np.nan, 1.5, np.nan, 2, 1.5, 0],
    },
    index=list("abcdef"),
)


def test_cells_are_sorted_by_sample_and_state_and_the_others_counted():
    findings = Findings()
    labels = label_cells(OBS, "run", "state", "cells", findings)
    assert not findings.problems
    assert labels.groups.to_dict("records") == [{"sample": "a", "state": "y"}, {"sample": "b", "state": "x"}]
    assert labels.of_cell.tolist() == [1, 0, 1, -1, -1, -1] and list(labels.names) == ["a.y", "b.x"]
    found = labels.unlabelled.set_index("reason")["cells"]
    assert found["no state"].sum() == 1 and found["no sample"].sum() == 2


def test_only_what_is_the_same_in_all_cells_is_kept():
    labels = label_cells(OBS, "run", None, "cells", Findings())
    held = constant_columns(OBS, labels.of_cell, 2)
    # The batch differs within b, the state within a; a dose that is nowhere known is the same.
    assert list(held.columns) == ["run", "patient", "dose"]
    assert held["patient"].tolist() == ["A", "B"] and held["dose"].iloc[0] == 1.5 and np.isnan(held["dose"].iloc[1])


def test_samples_that_are_numbers_are_names():
    labels = label_cells(OBS, "batch", None, "cells", Findings())
    assert list(labels.names) == ["1", "2", "3"]
