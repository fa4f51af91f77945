"""How far a run is: what is shown on a terminal and in a file, and the time that is left."""

import io
import json
import logging

import pytest

from autocrine.run.progress import KEPT, Durations, Progress, in_words, seconds_left


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def logged(event, level=logging.INFO, **what):
    record = logging.LogRecord("snakemake", level, __file__, 1, "", None, None)
    vars(record).update(what, event=event)
    return record


def shown(stream, tmp_path, times=None, jobs=None):
    """Run two jobs of one rule, ten seconds each, and one of another that fails; return the handler."""
    clock, kept = Clock(), Durations(tmp_path / "seconds.json")
    for rule, seconds in (times or {}).items():
        kept.add(rule, seconds)
    progress = Progress(stream, kept, 1, jobs or {"fit": 2, "plot": 1, "total": 3}, clock)
    for job in (1, 2):
        progress.handle(logged("job_info", jobid=job, rule_name="fit", rule_msg=f"fitting {job}"))
        clock.now += 10
        progress.handle(logged("job_finished", job_id=job))
    progress.handle(logged("job_info", jobid=3, rule_name="plot", rule_msg=None))
    return progress


def test_a_terminal_has_one_line_that_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    stream = Terminal()
    progress = shown(stream, tmp_path, {"fit": 12.0, "plot": 300.0})
    lines = stream.getvalue().split("\r\x1b[K")
    assert lines[1] == "0 of 3 jobs done; about 5 min left; fitting 1"
    assert lines[-1] == "2 of 3 jobs done; about 5 min left; plot"
    assert "\n" not in stream.getvalue()
    progress.handle(logged("job_finished", job_id=3))
    assert stream.getvalue().endswith("3 of 3 jobs done\n")


def test_a_line_is_not_wider_than_the_terminal(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    shown(stream, tmp_path)
    assert max(map(len, stream.getvalue().split("\r\x1b[K"))) == 19


def test_a_file_has_few_lines(tmp_path):
    stream = io.StringIO()
    progress = Progress(stream, Durations(tmp_path / "seconds.json"), 2, {"fit": 100, "total": 100}, Clock())
    for job in range(100):
        progress.handle(logged("job_info", jobid=job, rule_name="fit", rule_msg="fitting"))
        progress.handle(logged("job_finished", job_id=job))
    lines = stream.getvalue().splitlines()
    assert 10 <= len(lines) <= 12 and lines[-1] == "100 of 100 jobs done"
    assert "\r" not in stream.getvalue()


def test_a_warning_has_a_line_of_its_own(tmp_path):
    stream = Terminal()
    progress = shown(stream, tmp_path)
    progress.handle(logged(None, logging.WARNING))
    assert stream.getvalue().endswith("\r\x1b[K")


def test_times_are_kept_also_of_a_run_that_failed(tmp_path):
    progress = shown(Terminal(), tmp_path)
    progress.handle(logged("job_error", logging.ERROR, jobid=3))
    assert json.loads((tmp_path / "seconds.json").read_text()) == {"fit": [10.0, 10.0]}
    kept = Durations(tmp_path / "seconds.json")
    for _ in range(20):
        kept.add("fit", 30.0)
    assert kept.known["fit"] == [30.0] * KEPT and kept.of("never ran") == 30.0


@pytest.mark.parametrize("written", ["", "[]", '{"fit": 3}', '{"fit": ["x"]}'])
def test_a_damaged_file_of_times_is_begun_anew(tmp_path, written):
    (tmp_path / "seconds.json").write_text(written)
    assert Durations(tmp_path / "seconds.json").of("fit") is None


def test_the_time_left_is_the_work_over_the_cores_and_no_less_than_the_longest_job(tmp_path):
    times = Durations(tmp_path / "seconds.json")
    times.add("fit", 10.0)
    times.add("plot", 4.0)
    assert seconds_left({"fit": 3, "plot": 2}, {"fit": [4.0, 15.0]}, times, 2) == (30 + 8 + 6 + 0) / 2
    assert seconds_left({"fit": 1}, {}, times, 8) == 10
    assert seconds_left({"fit": 1}, {}, Durations(tmp_path / "none.json"), 8) is None


def test_times_in_words():
    assert [in_words(seconds) for seconds in (0, 44, 100, 3540, 4000, 7300)] == [
        "10 s", "40 s", "2 min", "59 min", "1 h 10 min", "2 h",
    ]  # fmt: skip
