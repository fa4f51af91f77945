"""How far a run is: jobs that are done and that run, and the time that is left by the times of earlier runs."""

import json
import logging
import shutil
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from autocrine.tables import write_text

# Of each rule so many of its latest times are kept.
KEPT = 9
# Where no line can be changed, a line is written when so much of the work is done since the last, or after so long.
SHARE, SECONDS = 0.1, 60.0


class Durations:
    """Seconds that jobs of each rule took in earlier runs.

    Parameters
    ----------
    store
        JSON file that keeps them between runs; one that is missing or damaged is begun anew.
    """

    def __init__(self, store: str | Path) -> None:
        self.store = Path(store)
        try:
            held = json.loads(self.store.read_text(encoding="utf-8"))
            self.known = {str(rule): [float(one) for one in times][-KEPT:] for rule, times in held.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            self.known = {}

    def add(self, rule: str, seconds: float) -> None:
        """Keep the time of a job."""
        self.known[rule] = [*self.known.get(rule, []), round(seconds, 2)][-KEPT:]

    def of(self, rule: str) -> float | None:
        """Return the median time of a rule; of one that never ran the median of all, or None where none ever ran."""
        if rule in self.known:
            return statistics.median(self.known[rule])
        medians = [statistics.median(times) for times in self.known.values()]
        return statistics.median(medians) if medians else None

    def save(self) -> None:
        """Write them down; a folder that cannot be written to costs the estimate of the next run only."""
        with suppress(OSError):
            write_text(self.store, json.dumps(self.known, indent=0) + "\n")


def seconds_left(
    waiting: Mapping[str, int], running: Mapping[str, list[float]], times: Durations, cores: int
) -> float | None:
    """Estimate the seconds until all jobs are done.

    Parameters
    ----------
    waiting
        Rule -> number of jobs that have not begun.
    running
        Rule -> seconds that each of its running jobs has taken.
    times
        Of earlier jobs.
    cores
        Jobs that run side by side.

    Returns
    -------
    The work that is left over the cores, and no less than the longest job that is left; None where no time is known.
    """
    left = []
    for rule, number in waiting.items():
        left += [times.of(rule)] * number
    for rule, taken in running.items():
        expected = times.of(rule)
        left += [None if expected is None else max(expected - one, 0.0) for one in taken]
    known = [one for one in left if one is not None]
    return max(sum(known) / max(cores, 1), max(known, default=0.0)) if len(known) == len(left) else None


def in_words(seconds: float) -> str:
    """Write a time to the precision that an estimate has: "20 s", "3 min", "1 h 10 min"."""
    if seconds < 90:
        return f"{max(10, 10 * round(seconds / 10))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, rest = divmod(10 * round(minutes / 10), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


class Progress(logging.Handler):
    """Shows how far a run is, by what snakemake logs of its jobs (the attribute `event` of its records).

    Parameters
    ----------
    stream
        Where to write. On a terminal one line changes; elsewhere lines follow each other, now and then.
    times
        Of earlier runs; it receives those of this one.
    cores
        Jobs that run side by side.
    jobs
        Rule -> number of jobs to be done; what is called "total" is none.
    clock
        Seconds that only grow.
    """

    def __init__(
        self,
        stream: TextIO,
        times: Durations,
        cores: int,
        jobs: Mapping[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(logging.INFO)
        self.stream, self.times, self.cores, self.clock = stream, times, cores, clock
        self.waiting = {rule: int(number) for rule, number in jobs.items() if rule != "total"}
        self.running: dict[int, tuple[str, str, float]] = {}
        self.total, self.done = sum(self.waiting.values()), 0
        self.shown = (-1.0, float("-inf"))
        self.changing = stream.isatty()

    def emit(self, record: logging.LogRecord) -> None:
        """Take in what a record says of jobs; what others write of warnings gets a line of its own."""
        try:
            take = getattr(self, f"_{getattr(record, 'event', None)}", None)
            if take is not None:
                take(record)
            elif record.levelno >= logging.WARNING:
                self._clear()
        except Exception:
            self.handleError(record)

    def line(self) -> str:
        """Say what is done, what runs and how long it will take."""
        now = self.clock()
        running: dict[str, list[float]] = {}
        for rule, _, begun in self.running.values():
            running.setdefault(rule, []).append(now - begun)
        left = seconds_left(self.waiting, running, self.times, self.cores)
        parts = [f"{self.done} of {self.total} jobs done"]
        if left is not None and self.done < self.total:
            parts.append(f"about {in_words(left)} left")
        parts += list(dict.fromkeys(what for _, what, _ in self.running.values()))
        return "; ".join(parts)

    def _job_info(self, record: Any) -> None:
        rule = record.rule_name
        self.waiting[rule] = max(self.waiting.get(rule, 0) - 1, 0)
        self.running[record.jobid] = (rule, record.rule_msg or rule.replace("_", " "), self.clock())
        self._show()

    def _job_finished(self, record: Any) -> None:
        rule, _, begun = self.running.pop(record.job_id, ("", "", 0.0))
        if rule:
            self.times.add(rule, self.clock() - begun)
        self.done += 1
        self._show()
        if self.done >= self.total:
            self.times.save()
            if self.changing:
                self.stream.write("\n")
                self.stream.flush()

    def _job_error(self, record: Any) -> None:
        self.running.pop(record.jobid, None)
        self._clear()
        self.times.save()

    def _show(self) -> None:
        now, share = self.clock(), self.done / max(self.total, 1)
        if self.changing:
            # A line that is wider than the terminal would not be written over.
            width = shutil.get_terminal_size().columns - 1
            line = self.line()
            self.stream.write("\r\x1b[K" + (line if len(line) <= width else f"{line[: width - 1]}…"))
        elif share >= self.shown[0] + SHARE or now >= self.shown[1] + SECONDS or self.done == self.total:
            self.shown = (share, now)
            self.stream.write(f"{self.line()}\n")
        self.stream.flush()

    def _clear(self) -> None:
        if self.changing:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
