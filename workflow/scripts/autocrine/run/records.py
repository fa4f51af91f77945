"""What each job read and wrote, by checksum: the record beside its results, and what no longer agrees with records."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autocrine.problems import Findings
from autocrine.run.checksums import Checksums
from autocrine.tables import is_temporary, sha256_of

RECORDS, LEDGER = "records", "ro-crate-metadata.json"
# What snakemake leaves in a folder that is an output.
STAMP = ".snakemake_timestamp"


def _find_home() -> Path:
    """Return the folder that holds workflow/ and resources/: of the clone, or where the wheel puts it."""
    clone, installed = Path(__file__).resolve().parents[4], Path(sys.prefix).resolve() / "share" / "autocrine"
    return installed if not (clone / "workflow").is_dir() and (installed / "workflow").is_dir() else clone


# The folder of the workflow: its code is one checksum in a record, what it brings in resources/ one for each file.
HOME = _find_home()
CODE, RESOURCES = HOME / "workflow", HOME / "resources"


class ChangedInputError(RuntimeError):
    """A file is not what it was when the run was planned, or when another job read or wrote it."""


@dataclass(frozen=True)
class Change:
    """A file that does not agree with the records: its path, what is wrong, and the job that wrote or read it."""

    path: str
    state: str
    job: str = ""

    def __str__(self) -> str:
        return f"{self.path}: {self.state}" + (f" ({self.job})" if self.job else "")


def files_in(paths: Iterable[str | Path]) -> list[Path]:
    """Return the files among paths, and those within the folders among them, without snakemake's own."""
    found = []
    for path in map(Path, paths):
        found += sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return [path for path in dict.fromkeys(found) if path.name != STAMP]


def name_inputs(paths: Sequence[str | Path]) -> list[str]:
    """Name the files that a run read: no folder of a machine is named, and no two files share a name.

    A relative path is its own name; of a path from the root it is the shortest end that no other of them has.
    """
    parts = [Path(path).parts for path in dict.fromkeys(map(str, paths))]

    def name(path: Path) -> str:
        if not path.is_absolute():
            return str(path)
        ends = (path.parts[-length:] for length in range(1, len(path.parts)))
        free = (end for end in ends if sum(other[-len(end) :] == end for other in parts) == 1)
        return str(Path(*next(free, path.parts)))

    return [name(Path(path)) for path in paths]


def describe_job(
    record: str | Path, job: str, read: Iterable[str], made: Iterable[str], data_origin: str
) -> dict[str, Any]:
    """Return what a job read and wrote.

    Parameters
    ----------
    record
        Path that the record will have, `results/{cohort}/records/{job}.json`.
    job
        Name of the job.
    read, made
        Paths of its inputs and outputs; a folder means the files in it.
    data_origin
        "SIMULATED" or "measured".

    Returns
    -------
    `job`; `data_origin`; SHA-256 by name of `given` files (of the user, and those that the workflow brings), of
    `results` that other jobs wrote, and of the files `made`, the names of results relative to the folder of the cohort;
    and `code`, one checksum of the workflow's files that the job used. There is no date in it and no folder of a
    machine: equal runs have equal records.
    """
    folder = Path(os.path.abspath(record)).parents[1]
    given, results, code = [], {}, {}
    for path in files_in(read):
        # Links are not followed: results may be linked to another disk, file by file.
        whole = Path(os.path.abspath(path))
        if folder.parent in whole.parents:
            results[os.path.relpath(whole, folder)] = sha256_of(path)
        elif ".snakemake" in path.parts:
            # A copy of what an address gave: its name may hold a password, and its contents are what the job made.
            continue
        elif CODE in whole.resolve().parents:
            code[whole.resolve().relative_to(CODE).as_posix()] = sha256_of(path)
        else:
            given.append(path)
    names = name_inputs([_of_workflow(path) for path in given])
    lines = "".join(f"{checksum}  {name}\n" for name, checksum in sorted(code.items()))
    return {
        "job": job,
        "data_origin": data_origin,
        "code": hashlib.sha256(lines.encode()).hexdigest(),
        "given": {name: sha256_of(path) for name, path in sorted(zip(names, given, strict=True))},
        "results": dict(sorted(results.items())),
        "made": {
            os.path.relpath(os.path.abspath(path), folder): sha256_of(path)
            for path in files_in(made)
            if Path(path) != Path(record)
        },
    }


def _of_workflow(path: Path) -> str:
    """Name a file of resources/ as in the workflow's folder; any other stays as it was written."""
    whole = path.resolve()
    return whole.relative_to(HOME).as_posix() if RESOURCES in whole.parents else str(path)


def check_contents(planned: Mapping[str, str], read: Iterable[str]) -> None:
    """Compare inputs with the checksums they had when the run was planned.

    Raises
    ------
    ChangedInputError
        Where one differs: the run would mix two states of it.
    """
    for path in read:
        if path in planned and sha256_of(path) != planned[path]:
            raise ChangedInputError(f"{path} was changed while the run went on. Start the run again")


def read_records(folder: str | Path) -> dict[Path, dict[str, Any]]:
    """Return path -> record of the jobs that wrote the folder of a cohort; one that cannot be read is left out."""
    found = {}
    for path in sorted(Path(folder, RECORDS).glob("*.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(record, dict) and {"job", "given", "results", "made"} <= set(record):
            found[path] = record
    return found


def check_results(
    folders: Iterable[str | Path], accepted: Iterable[str], checksums: Checksums, findings: Findings
) -> None:
    """Find results that were changed since their jobs wrote them: no run builds on them unless `accepted`.

    A file that is missing is made again, so it is no problem.

    Parameters
    ----------
    folders
        Of cohorts, and of the summary.
    accepted
        Paths that the configuration names under `accept_changed`.
    checksums
        Those remembered from earlier runs.
    findings
        Receives a problem for each file.
    """
    accepted = {os.path.normpath(path) for path in accepted}
    for folder in map(Path, folders):
        for change in _compare(folder, read_records(folder), checksums):
            if change.state == CHANGED and change.path not in accepted:
                findings.problem(
                    change.path,
                    f"{CHANGED} by {change.job}",
                    "the file as that job wrote it: delete it to have it made again. To build on it as it is: "
                    f"--config 'accept_changed=[{change.path}]'",
                )


MISSING = "missing"
CHANGED = "changed since it was written"
FOREIGN = "no job of this configuration wrote it"
UNREADABLE = "a record that cannot be read"
LEFT = "left by a job that was killed while it wrote; nothing reads it, and it may be deleted"
OTHER_STATE = "changed after another job read it"
OTHER_THAN_LEDGER = "not what the ledger says, though the record of its job agrees"


def _compare(folder: Path, records: Mapping[Path, Mapping[str, Any]], checksums: Checksums) -> Iterator[Change]:
    for record in records.values():
        for name, checksum in record["made"].items():
            path = folder / name
            if not path.is_file():
                yield Change(os.path.normpath(path), MISSING, record["job"])
            elif checksums.of(path) != checksum:
                yield Change(os.path.normpath(path), CHANGED, record["job"])


def verify_folder(folder: str | Path, expected: Iterable[str], checksums: Checksums) -> list[Change]:
    """Compare the folder of a cohort, or of the summary, with the records of its jobs.

    Parameters
    ----------
    folder
        The folder.
    expected
        Paths of the records of the jobs that the configuration asks for.
    checksums
        Those remembered from earlier runs.

    Returns
    -------
    Each file that is missing or changed, that a job read in another state than it has now, that is not what the ledger
    says, or that no job of the configuration wrote; and each record that is missing or cannot be read.
    """
    folder = Path(folder)
    wanted = [Path(os.path.normpath(path)) for path in expected]
    readable = read_records(folder)
    records = {path: record for path, record in readable.items() if Path(os.path.normpath(path)) in wanted}
    found = [Change(str(path), MISSING) for path in wanted if not path.is_file()]
    found += list(_compare(folder, records, checksums))
    reported = {change.path for change in found}
    for record in records.values():
        for name, checksum in record["results"].items():
            path = os.path.normpath(folder / name)
            if path not in reported and Path(path).is_file() and checksums.of(path) != checksum:
                reported.add(path)
                found.append(Change(path, OTHER_STATE, record["job"]))
    for name, checksum in _of_ledger(folder).items():
        path = os.path.normpath(folder / name)
        if path not in reported and Path(path).is_file() and checksums.of(path) != checksum:
            found.append(Change(path, OTHER_THAN_LEDGER))
    known = {os.path.normpath(folder / name) for record in records.values() for name in record["made"]}
    known |= {os.path.normpath(path) for path in records}
    for path in files_in([folder]):
        name = os.path.normpath(path)
        if name not in known:
            state = UNREADABLE if Path(name) in wanted else LEFT if is_temporary(path) else FOREIGN
            found.append(Change(name, state))
    return found


def _of_ledger(folder: Path) -> dict[str, str]:
    """Return name -> SHA-256 of the files of a ledger; nothing where there is none that can be read."""
    try:
        crate = json.loads((folder / LEDGER).read_text(encoding="utf-8"))
        return {item["@id"]: item["sha256"] for item in crate["@graph"] if item["@type"] == "File" and "sha256" in item}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def verify_inputs(folder: str | Path, given: Iterable[str], checksums: Checksums) -> list[Change]:
    """Return the files of the user and of resources/ whose contents are not what the jobs of a cohort read.

    Parameters
    ----------
    folder
        Of the cohort.
    given
        Paths of the files that the configuration names and the workflow brings.
    checksums
        Those remembered from earlier runs.
    """
    paths = {_of_workflow(Path(path)): path for path in given}
    found: dict[str, Change] = {}
    for record in read_records(folder).values():
        for name, checksum in record["given"].items():
            # A record holds the end of a path from the root.
            ends = [path for whole, path in paths.items() if whole == name or whole.endswith(f"/{name}")]
            if not ends:
                found.setdefault(name, Change(name, "read by the run, but not in the configuration"))
            elif not any(Path(path).is_file() and checksums.of(path) == checksum for path in ends):
                found.setdefault(name, Change(ends[0], "changed since the run read it"))
    return list(found.values())


def recorded_checksums(folder: str | Path, accepted: Iterable[str]) -> dict[str, str]:
    """Return path -> SHA-256 of what the jobs of a cohort wrote, for its ledger.

    Raises
    ------
    ChangedInputError
        Where a file is not what its job wrote, or was not when another job read it, unless it was accepted.
    """
    folder, accepted = Path(folder), {os.path.normpath(path) for path in accepted}
    records = read_records(folder)
    made = {name: checksum for record in records.values() for name, checksum in record["made"].items()}
    for record in records.values():
        for name, checksum in [*record["results"].items(), *record["made"].items()]:
            path = os.path.normpath(folder / name)
            now = sha256_of(path) if name in record["made"] and Path(path).is_file() else checksum
            if path not in accepted and (now != checksum or made.get(name, checksum) != checksum):
                raise ChangedInputError(f"{path} was changed after a job wrote it. Delete it to have it made again")
    return {os.path.normpath(folder / name): checksum for name, checksum in made.items()}
