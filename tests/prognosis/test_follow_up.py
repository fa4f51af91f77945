"""Curves of follow-up: R survival's shares."""

import numpy as np
import pandas as pd
import pytest

from autocrine.prognosis.follow_up import free_of_event, upper_half
from tests.conftest import REPOSITORY

REFERENCE = REPOSITORY / "tests" / "references" / "cox"


def test_shares_are_those_of_r_survival():
    patients = pd.read_csv(REFERENCE / "patients.tsv", sep="\t").query("set == 'tied'")
    expected = pd.read_csv(REFERENCE / "kaplan_meier.tsv", sep="\t")
    times, share = free_of_event(patients["time"].to_numpy(float), patients["event"].to_numpy(bool))
    assert times.tolist() == [0, *expected["time"]] and share[0] == 1
    assert share[1:] == pytest.approx(expected["share"].to_numpy(), abs=1e-11)


def test_alike_values_stay_together():
    assert upper_half(np.array([0.0, 0, 0, 2, 3])).tolist() == [False, False, False, True, True]
    assert not upper_half(np.ones(4)).any()
