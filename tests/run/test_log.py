"""One log per job, with the cause of a failure on its last line."""

import os
import re
import signal
import socket
import sys

import pytest

from autocrine.run.log import EndedFromOutsideError, logged


def test_prints_go_to_the_log(tmp_path, capsys):
    with logged(str(tmp_path / "deep" / "job.log")):
        print("working")
        print("careful", file=sys.stderr)
    assert (tmp_path / "deep" / "job.log").read_text().splitlines()[1:] == ["working", "careful"]
    assert capsys.readouterr().out == ""


def test_the_last_line_is_the_cause(tmp_path, capsys):
    with pytest.raises(ValueError, match="counts are negative"), logged(str(tmp_path / "job.log")):
        raise ValueError("counts are negative")
    assert (tmp_path / "job.log").read_text().splitlines()[-1] == "Failed: ValueError: counts are negative"
    assert "counts are negative" in capsys.readouterr().err


def test_a_cause_of_several_lines_is_one_line(tmp_path):
    with pytest.raises(ValueError), logged(str(tmp_path / "job.log")):
        raise ValueError("two problems:\n  first\n  second")
    last = (tmp_path / "job.log").read_text().splitlines()[-1]
    assert last == "Failed: ValueError: two problems: first second"


@pytest.mark.parametrize(("job", "words"), [(None, "process {}"), ("17", "Slurm job 17")])
def test_the_first_line_is_the_place(tmp_path, monkeypatch, job, words):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    if job:
        monkeypatch.setenv("SLURM_JOB_ID", job)
    with logged(str(tmp_path / "job.log")):
        pass
    where = re.escape(f" UTC on node {socket.gethostname()}, {words.format(os.getpid())}")
    assert re.fullmatch(r"Began \d{4}-\d\d-\d\d \d\d:\d\d:\d\d" + where + "\n", (tmp_path / "job.log").read_text())


def test_a_job_that_is_asked_to_end_says_so(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(EndedFromOutsideError), logged(str(tmp_path / "job.log")):
        os.kill(os.getpid(), signal.SIGTERM)
    assert "asked to end (SIGTERM)" in (tmp_path / "job.log").read_text().splitlines()[-1]
    assert signal.getsignal(signal.SIGTERM) is before
