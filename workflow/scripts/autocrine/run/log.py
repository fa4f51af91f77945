"""One log per job: where it ran, everything it printed, and the cause of a failure on the last line."""

import os
import signal
import socket
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path


class EndedFromOutsideError(Exception):
    """Somebody asked the job to end."""


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Send what a job prints to `path`; its first line says where and when, after an error its last the cause."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    out, err = sys.stdout, sys.stderr
    before = signal.signal(signal.SIGTERM, _end)
    with open(path, "w", encoding="utf-8", buffering=1) as file:
        sys.stdout = sys.stderr = file
        print(f"Began {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC on {_place()}")
        try:
            with warnings.catch_warnings():
                # anndata announces changes to come; they say nothing about the user's data.
                warnings.simplefilter("ignore", FutureWarning)
                yield
        except BaseException as error:
            words = " ".join(str(error).split())
            cause = f"Failed: {type(error).__name__}" + (f": {words}" if words else "")
            traceback.print_exc(file=file)
            print(cause, file=file)
            print(f"{cause}\nDetails are in {path} ({_place()})", file=err)
            raise
        finally:
            sys.stdout, sys.stderr = out, err
            signal.signal(signal.SIGTERM, before)


def _place() -> str:
    """Name this machine, and the job of the cluster this is."""
    job = os.environ.get("SLURM_JOB_ID")
    return f"node {socket.gethostname()}, " + (f"Slurm job {job}" if job else f"process {os.getpid()}")


def _end(*_: object) -> None:
    """Turn the signal of `kill`, `scancel` and a time limit into an error, so that the log tells of it."""
    raise EndedFromOutsideError("asked to end (SIGTERM): cancelled, out of time, or the node is being emptied")
