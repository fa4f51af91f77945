"""One log per job, with the cause of a failure on its last line."""

import sys

import pytest

from autocrine.log import logged


def test_prints_go_to_the_log(tmp_path, capsys):
    with logged(str(tmp_path / "deep" / "job.log")):
        print("working")
        print("careful", file=sys.stderr)
    assert (tmp_path / "deep" / "job.log").read_text() == "working\ncareful\n"
    assert capsys.readouterr().out == ""


def test_the_last_line_is_the_cause(tmp_path, capsys):
    with pytest.raises(ValueError, match="counts are negative"), logged(str(tmp_path / "job.log")):
        raise ValueError("counts are negative")
    assert (tmp_path / "job.log").read_text().splitlines()[-1] == "Failed: ValueError: counts are negative"
    assert "counts are negative" in capsys.readouterr().err
