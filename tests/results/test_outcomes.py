"""What the steps of a trend show; outcomes themselves are tested with the families that decide them."""

import numpy as np
import pandas as pd

from autocrine.results.outcomes import STEPS, describe_steps


def test_steps_are_described_by_their_signs_and_their_test():
    steps = np.array([[1.0, 2.0], [1.0, 2.0], [-1.0, 2.0], [0.0, 2.0], [np.nan, 1.0], [-1.0, -0.1]])
    table = pd.DataFrame(steps, columns=["log2_fc_step_1", "log2_fc_step_2"])
    table["adjusted"] = [0.01, 0.2, 1.0, 1.0, np.nan, 0.04]
    assert [STEPS[place] for place in describe_steps(table, "adjusted", 0.05)] == [
        "at every step",
        "not surely at every step",
        "steps in different directions",
        # A step without a read goes nowhere, which is no other direction.
        "not surely at every step",
        "",
        "at every step",
    ]
    assert describe_steps(table[["adjusted"]], "adjusted", 0.05).tolist() == [0] * 6
