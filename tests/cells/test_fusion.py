"""Calls of the fusion."""

import pandas as pd

from autocrine.cells.fusion import fusion_calls
from autocrine.problems import Findings


def test_nothing_is_unknown():
    findings = Findings()
    calls = fusion_calls(pd.Series(["positive", None, "negative", " unknown", ""], list("abcde")), "obs", findings)
    assert calls.to_dict() == dict(zip("abcde", ["positive", "unknown", "negative", "unknown", "unknown"], strict=True))
    assert not findings.problems
