"""States that a cohort asks for, made of labels."""

import numpy as np
import pandas as pd

from autocrine.cells.labels import label_cells
from autocrine.cells.settled import labels_of
from autocrine.cells.states import map_states
from autocrine.problems import Findings

LABELS = pd.Series(pd.Categorical(["HSC", "stroma", None, "MPP", " HSC", "B cell"]), index=list("abcdef"))
STATES = {"LSC": ["HSC", "MPP", "LMPP"], "MSC": "stroma"}


def test_labels_become_states_and_what_is_left_has_a_reason():
    findings = Findings()
    found = map_states(LABELS, STATES, "cells.states", findings)
    assert not findings.problems and findings.notes == ["cells.states: no cell has the label LMPP"]
    assert found["state"].tolist() == ["LSC", "MSC", None, "LSC", "LSC", None] and list(found.index) == list("abcdef")
    assert found["reason"].tolist() == ["", "", "no state", "", "", "state not asked for"]


def test_reasons_are_counted_among_the_cells_that_are_left_out():
    found = map_states(LABELS, STATES, "cells.states", Findings()).assign(sample="P1", kept=list("111101"))
    found["kept"] = found["kept"] == "1"
    found.loc["e", "reason"] = "few genes"
    findings = Findings()
    labels = labels_of(found, "cells", findings)
    assert not findings.problems and labels.of_cell.tolist() == [0, 1, -1, 0, -1, -1]
    counted = labels.unlabelled.set_index("reason")["cells"].to_dict()
    assert counted == {"few genes": 1, "no state": 1, "state not asked for": 1}
    # Without reasons the words are those of any table.
    plain = label_cells(found, "sample", "state", "cells", Findings())
    assert plain.unlabelled.set_index("reason")["cells"].to_dict() == {"no state": 2}


def test_numbers_as_labels_are_names():
    found = map_states(pd.Series([1, 2, np.nan]), {"LSC": ["1"], "rest": [2]}, "cells.states", Findings())
    assert found["state"].tolist() == ["LSC", "rest", None]
