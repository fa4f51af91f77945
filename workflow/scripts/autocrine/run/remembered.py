"""Checks of cohorts that passed, remembered by the contents of all that they rest on."""

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autocrine.input.cohort import Cohort
from autocrine.problems import Caution, Findings
from autocrine.run.checksums import Checksums
from autocrine.run.cohort_check import CohortCheck, check_cohort, files_of
from autocrine.run.config import Settings
from autocrine.tables import write_text

# Those that were used last are kept.
MOST = 5000
# Packages that decide what a check finds.
PACKAGES = ("formulaic", "numpy", "pandas", "scipy")


class RememberedChecks:
    """Checks of cohorts, each made once for the same contents.

    Only checks without a problem are remembered. What several runs write at the same time is whole, and that of one of
    them; what is lost is checked again.

    Parameters
    ----------
    store
        JSON file that keeps them between runs; one that is missing or damaged is begun anew.
    checksums
        Of files.
    code
        The library files that the checks are made with: with others, nothing is remembered.
    """

    def __init__(self, store: str | Path, checksums: Checksums, code: Iterable[str | Path]) -> None:
        self.store = Path(store)
        self.checksums = checksums
        self.code = [*map(checksums.of, code), *map(version, PACKAGES)]
        self.changed = False
        try:
            self.known = dict(json.loads(self.store.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            self.known = {}

    def check(self, cohort: Cohort, settings: Settings, samples_schema: dict[str, Any]) -> CohortCheck:
        """Return what `check_cohort` finds, from memory where it is known."""
        key = self._key(cohort, settings, samples_schema)
        if key in self.known and (held := _read(self.known[key])) is not None:
            # The last in the file is the last that was used.
            self.known[key] = self.known.pop(key)
            return held
        found = check_cohort(cohort, settings, samples_schema)
        # A file may change while it is checked.
        if key and not found.findings.problems and self._key(cohort, settings, samples_schema) == key:
            self.known[key] = _record(found)
            self.changed = True
        return found

    def save(self) -> None:
        """Write what is new to the store; a folder that cannot be written to costs time only."""
        if self.changed:
            kept = dict(list(self.known.items())[-MOST:])
            with suppress(OSError):
                write_text(self.store, json.dumps(kept) + "\n")
            self.changed = False

    def _key(self, cohort: Cohort, settings: Settings, samples_schema: dict[str, Any]) -> str:
        """Return a digest of all that decides the check of a cohort; empty where a file of it cannot be read."""
        try:
            files = [(path, self._checksum(path)) for path in files_of(cohort)]
        except (OSError, ValueError):
            return ""
        asked = (
            cohort,
            [settings.models[name] for name in cohort.models],
            [settings.outcomes[name] for name in cohort.outcomes],
            settings.statistics,
            settings.engine,
            len(settings.cohorts) > 1,
            samples_schema,
        )
        return hashlib.sha256(repr((self.code, asked, files)).encode()).hexdigest()

    def _checksum(self, path: str) -> str:
        # Whoever opens a pipe waits, and a device has no end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise OSError(f"{path} is no file")
        return self.checksums.of(path)


def _record(found: CohortCheck) -> dict[str, Any]:
    return {
        "outline": found.outline,
        "samples": found.samples,
        "states": None if found.states is None else list(found.states),
        "notes": found.findings.notes,
        "warnings": [asdict(caution) for caution in found.findings.warnings],
    }


def _read(record: Any) -> CohortCheck | None:
    """Return the check of a record; None of one that is damaged."""
    try:
        warnings = [Caution.of_record(caution) for caution in record["warnings"]]
        notes, outline = list(map(str, record["notes"])), list(map(str, record["outline"]))
        states = None if record["states"] is None else tuple(map(str, record["states"]))
        return CohortCheck(Findings([], warnings, notes), outline, dict(record["samples"]), states)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None
