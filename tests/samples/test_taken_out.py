"""Values with a column taken out are those of R limma 3.54.1; what cannot be taken out is said before the run."""

import numpy as np
import pandas as pd
import pytest

from autocrine.problems import Findings
from autocrine.samples.taken_out import check_taken_out, take_out

VALUES = np.array([[1, 2, 4, 3, 6, 8], [2, 2, 1, 5, 7, 3], [9, 4, 5, 1, 0, 2]], dtype=float).T


def test_groups_are_taken_out_as_by_limmas_remove_batch_effect():
    limma = [
        [3.5, 10 / 3, 6],
        [4.5, 10 / 3, 1],
        [4.5, 4 / 3, 5.5],
        [3.5, 16 / 3, 1.5],
        [3, 16 / 3, 2.5],
        [5, 4 / 3, 4.5],
    ]
    found = take_out(VALUES, pd.Series(["a", "a", "b", "b", "c", "c"]))
    np.testing.assert_allclose(found, limma, atol=1e-9)


def test_a_measurement_leaves_no_slope_and_the_mean():
    age = pd.Series([30.0, 35, 41, 50, 62, 70])
    found = take_out(VALUES, age)
    np.testing.assert_allclose(found.mean(axis=0), VALUES.mean(axis=0))
    np.testing.assert_allclose(np.polyfit(age, found, 1)[0], 0, atol=1e-12)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("bach", 'the sample sheet has no column "bach"'),
        ("sex", '"sex" is missing for b'),
        ("arm", '"arm" is the same in all samples'),
        ("batch", ""),
        (None, ""),
    ],
)
def test_what_cannot_be_taken_out_is_reported(column, words):
    sheet = pd.DataFrame({"batch": ["1", "2"], "sex": ["f", None], "arm": ["x", "x"]}, index=["a", "b"])
    findings = Findings()
    check_taken_out("c", column, sheet, findings)
    messages = [str(problem) for problem in findings.problems]
    assert (words in messages[0] and "cohorts.c.show_without" in messages[0]) if words else not messages
