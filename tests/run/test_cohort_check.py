"""What is checked of one cohort before the first job."""

import numpy as np
import pandas as pd
import pytest

from autocrine.problems import Findings
from autocrine.run.cohort_check import _check_profiles

RANDOM = np.random.default_rng(2)
ALIKE = RANDOM.gamma(2, 50, (800, 1)) * RANDOM.uniform(0.95, 1.05, (800, 2))
APART = ALIKE * np.where(np.arange(800)[:, None] % 40 == [0, 1], 50, 1)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (APART, ""),
        (ALIKE, "LSC has 0, normal has 0 markers of the 10 that are needed"),
        (APART[:400], "400 genes"),
    ],
)
def test_profiles_that_no_fraction_can_be_estimated_from_stop_before_the_run(values, words):
    """The job that estimates them stopped, after others had run."""
    findings = Findings()
    genes = [f"g{i}" for i in range(len(values))]
    _check_profiles(pd.DataFrame(values, genes, ["LSC", "normal"]), "r.tsv", findings)
    assert [problem.found for problem in findings.problems] == [words] * bool(words)
