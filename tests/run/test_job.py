"""What a job says that cannot go on."""

from types import SimpleNamespace

import pytest

from autocrine.problems import InputError, Problem
from autocrine.run.job import job


def test_a_job_that_finds_a_problem_does_not_say_that_nothing_was_run(tmp_path):
    """Other jobs have run before it, and their results are there."""
    asked = SimpleNamespace(log=[str(tmp_path / "job.log")])
    with pytest.raises(InputError) as raised, job(asked):
        raise InputError([Problem("sheet", "S1 is missing", "a row for S1")])
    assert str(raised.value).startswith("1 problem in the input. This job wrote nothing.\n  1. sheet: S1 is missing")
    assert raised.value.problems[0].expected == "a row for S1"
