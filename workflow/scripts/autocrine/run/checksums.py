"""Checksums of files, remembered while a file's size, dates and inode stay what they were."""

import json
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

from autocrine.tables import sha256_of, write_text

# A file may change twice within one tick of a clock, so what was written this recently is not remembered.
SETTLED_NS = 2_000_000_000


class Checksums:
    """SHA-256 of files; a file is read again where its size, a date of it or its inode differs.

    The date of the last change of the inode is among them: programs can set the date of a file back, but not that one.

    Parameters
    ----------
    store
        JSON file that remembers them between runs; one that is missing or damaged is begun anew.
    """

    def __init__(self, store: str | Path) -> None:
        self.store = Path(store)
        self.changed = False
        try:
            known = json.loads(self.store.read_text(encoding="utf-8"))
            self.known = {str(path): list(entry) for path, entry in known.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            self.known = {}

    def of(self, path: str | Path) -> str:
        """Return the SHA-256 of a file in hexadecimal digits; OSError where it cannot be read."""
        state, settled = _state_of(path)
        known = self.known.get(str(path))
        if known and known[:-1] == state:
            return known[-1]
        found = sha256_of(path)
        if settled:
            self.known[str(path)] = [*state, found]
            self.changed = True
        return found

    def save(self) -> None:
        """Write what is new to the store; a folder that cannot be written to costs time only."""
        if self.changed:
            with suppress(OSError):
                write_text(self.store, json.dumps(self.known, indent=0) + "\n")
            self.changed = False


def read_once(checksum: Callable[..., Awaitable[str | None]]) -> Callable[..., Awaitable[str | None]]:
    """Let snakemake's checksum of a file read the file again only where it differs from when it was last read.

    Snakemake 9.27 asks for the checksums of all inputs of a finished job once for every output of the job, and starts
    no other job meanwhile. Jobs that draw have fifty outputs.

    Parameters
    ----------
    checksum
        The method of snakemake's files.

    Returns
    -------
    Callable
        The method with a memory; given one of these, the same again.
    """
    if vars(checksum).get("reads_once"):
        return checksum
    known: dict[tuple[Any, ...], tuple[list[int], str | None]] = {}

    @wraps(checksum)
    async def remembered(file: Any, *arguments: Any, **named: Any) -> str | None:
        if file.is_storage:
            return await checksum(file, *arguments, **named)
        try:
            state, settled = _state_of(file)
        except OSError:
            return await checksum(file, *arguments, **named)
        asked = str(file), arguments, tuple(sorted(named.items()))
        if asked in known and known[asked][0] == state:
            return known[asked][1]
        found = await checksum(file, *arguments, **named)
        if settled:
            known[asked] = state, found
        return found

    vars(remembered)["reads_once"] = True
    return remembered


def _state_of(path: str | Path) -> tuple[list[int], bool]:
    """Return size, dates, inode and device of a file, and whether it has not just been written; OSError without it."""
    now = os.stat(path)
    state = [now.st_size, now.st_mtime_ns, now.st_ctime_ns, now.st_ino, now.st_dev]
    return state, time.time_ns() - max(now.st_mtime_ns, now.st_ctime_ns) > SETTLED_NS
