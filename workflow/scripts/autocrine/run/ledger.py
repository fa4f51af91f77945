"""The ledger of a run: what went in, what came out and with which versions, as RO-Crate metadata."""

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from autocrine import __version__
from autocrine.run.records import name_inputs
from autocrine.tables import sha256_of

# Beside those that a fit records: what reads, draws and writes.
PACKAGES = ("snakemake", "scanpy", "matplotlib", "jinja2", "jsonschema", "xlsxwriter", "rocrate")
OF_SUMMARY = ("snakemake", "numpy", "pandas", "scipy", "matplotlib", "jinja2", "jsonschema", "rocrate")
# Of the folder of the workflow, what is no part of the code.
NO_CODE = {"__pycache__", "node_modules"}
# Process Run Crate, Workflow Run Crate and Workflow RO-Crate: identifier -> name and version.
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
# The main file of the workflow, as a crate has to hold it, below the folder of the results.
WORKFLOW = "records/Snakefile"
MIT = "https://spdx.org/licenses/MIT"
# The words of RO-Crate for what is known of the code.
CODE = {"softwareVersion": "version", "identifier": "commit", "sha256": "files"}


def describe_file(path: str | Path, name: str) -> dict[str, Any]:
    """Return name, size and SHA-256 of a file."""
    return {"name": name, "size": Path(path).stat().st_size, "sha256": sha256_of(path)}


def installed_versions(recorded: Sequence[Mapping[str, str]], packages: Sequence[str] = PACKAGES) -> dict[str, str]:
    """Return the versions of Python and of packages: those that the fits recorded, and of `packages` that are here.

    Where fits were made with different versions, all are named.
    """
    found: dict[str, list[str]] = {"python": [platform.python_version()]}
    for versions in recorded:
        for package, number in versions.items():
            found.setdefault(package, []).append(number)
    for package in packages:
        try:
            found.setdefault(package, []).append(version(package))
        except PackageNotFoundError:
            continue
    return {package: " and ".join(dict.fromkeys(numbers)) for package, numbers in sorted(found.items())}


def describe_code(folder: str | Path, hosted: str = "") -> dict[str, str]:
    """Say which code it is.

    Parameters
    ----------
    folder
        Where the workflow is.
    hosted
        Repository and version, where its files were fetched one by one from elsewhere.

    Returns
    -------
    `version` of the workflow; the `commit` (with a word where tracked files of the workflow or its resources differ),
    or `hosted`; and one SHA-256 of all `files` of the workflow. The commit is empty where the folder is in no
    repository (a copy, a container, no git), the checksum where not all files are here: nothing is guessed.
    """
    if hosted:
        return {"version": __version__, "commit": hosted, "files": ""}
    return {"version": __version__, "commit": _commit(Path(folder)), "files": _checksum(Path(folder))}


def _checksum(folder: Path) -> str:
    """Return the SHA-256 of the names and checksums of all files."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        name = path.relative_to(folder)
        if path.is_file() and not NO_CODE & set(name.parts):
            digest.update(f"{sha256_of(path)}  {name.as_posix()}\n".encode())
    return digest.hexdigest()


def _commit(folder: Path) -> str:
    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=30, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    # A repository around a copy that it does not hold says nothing of the copy.
    commit = git("rev-parse", "HEAD") if git("ls-files", "--error-unmatch", "Snakefile") else None
    edited = commit and git("status", "--porcelain", "--untracked-files=no", "--", ".", "../resources")
    return f"{commit} with edits" if edited else commit or ""


def describe_run(
    folder: Path,
    read: Sequence[str],
    made: Sequence[str | Path],
    recorded: Mapping[str, str],
    accepted: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """Return the record of a run that ends now, for `make_crate`.

    Parameters
    ----------
    folder
        Of the results; the crate describes what is in it.
    read, made
        Paths of the files that the run read, and made in that folder.
    recorded
        Path -> SHA-256 of what the jobs wrote (`records.recorded_checksums`).
    accepted
        Paths of results that were changed by hand, and that the configuration accepts.
    more
        What else the record holds.
    """
    outputs = []
    for path in map(Path, made):
        file = {
            "name": str(path.relative_to(folder)),
            "size": path.stat().st_size,
            "sha256": recorded[os.path.normpath(path)],
        }
        if os.path.normpath(path) in map(os.path.normpath, accepted):
            file |= {"sha256": sha256_of(path), "description": "changed by hand and accepted (accept_changed)"}
        outputs.append(file)
    return {
        **more,
        # Nothing depends on the ledger, so the time in it makes nothing run again.
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "inputs": [describe_file(path, name) for path, name in zip(read, name_inputs(read), strict=True)],
        "outputs": outputs,
    }


def make_crate(record: Mapping[str, Any]) -> dict[str, Any]:
    """Write the record of a run as RO-Crate metadata of the profile Workflow Run Crate.

    Parameters
    ----------
    record
        subject ("the cohort demo"), title, data_origin, finished (ISO time), config (a dictionary), code (see
        `describe_code`), versions, seeds, workflow (`WORKFLOW` as `describe_file` describes it), and inputs and outputs
        (see `describe_file`), outputs named relative to the crate.

    Returns
    -------
    JSON-LD. One action has the inputs, configuration and seeds as objects and the outputs as results; its instrument is
    the main file of the workflow, which requires this software, Python and the packages.
    """
    from rocrate.model.contextentity import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms["sha256"] = "https://schema.org/sha256"

    def entity(identifier: str, kind: str, **properties: Any) -> ContextEntity:
        return crate.add(ContextEntity(crate, identifier, properties={"@type": kind, **properties}))

    def checked(file: Mapping[str, Any]) -> dict[str, Any]:
        said = {"description": file["description"]} if "description" in file else {}
        return {"name": file["name"], "contentSize": str(file["size"]), "sha256": file["sha256"], **said}

    crate.name = f"autocrine: {record['title']}"
    crate.description = f"Results of {record['subject']}; the data are {record['data_origin']}."
    crate.root_dataset["datePublished"] = record["finished"]
    crate.root_dataset["keywords"] = record["data_origin"]
    crate.root_dataset["license"] = entity(
        "#licence-of-results", "CreativeWork", name="Of results and data: ask who made them. Of the workflow: MIT."
    )
    packages = [
        entity(f"#package-{name}", "SoftwareApplication", name=name, softwareVersion=number)
        for name, number in record["versions"].items()
    ]
    code = record["code"]
    software = entity("#autocrine", "SoftwareApplication", name="autocrine", softwareRequirements=packages)
    for place, name in CODE.items():
        if code[name]:
            software[place] = code[name]
    licence = entity(MIT, "CreativeWork", name="MIT License")
    properties = checked(record["workflow"]) | {"name": "autocrine", "version": code["version"]}
    workflow = crate.add_workflow(dest_path=WORKFLOW, properties=properties, main=True, lang="snakemake")
    workflow["softwareRequirements"] = software
    workflow["license"] = licence
    # After the workflow, which replaces what the crate conforms to.
    crate.root_dataset["conformsTo"] = [
        entity(identifier, "CreativeWork", name=name, version=number) for identifier, (name, number) in PROFILES.items()
    ]
    inputs = [
        entity(f"#input-{place}", "CreativeWork", **checked(file)) for place, file in enumerate(record["inputs"], 1)
    ]
    settings = json.dumps(record["config"], sort_keys=True, ensure_ascii=False)
    asked = [entity("#config", "PropertyValue", name="configuration", value=settings)]
    asked += [
        entity(f"#seed-{place}", "PropertyValue", name=name, value=seed)
        for place, (name, seed) in enumerate(record["seeds"].items(), 1)
    ]
    outputs = [
        crate.add_file(dest_path=file["name"], properties=checked(file) | {"encodingFormat": _format(file["name"])})
        for file in record["outputs"]
    ]
    details = {
        "name": f"autocrine on {record['subject']}",
        "description": "The configuration with all defaults is the object #config.",
        "endTime": record["finished"],
    }
    action = crate.add_action(workflow, "#run", object=[*inputs, *asked], result=outputs, properties=details)
    crate.root_dataset["mentions"] = action
    return crate.metadata.generate()


def read_crate(crate: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return what decides a run, from its metadata: inputs, configuration, seeds, versions and code, name -> value.

    Keys of the configuration are dotted; inputs have their checksums.
    """
    found: dict[str, dict[str, str]] = {kind: {} for kind in ("input", "config", "seed", "version", "code")}
    for item in crate["@graph"]:
        name = item["@id"].removeprefix("#")
        if name.startswith("input-"):
            found["input"][item["name"]] = item["sha256"]
        elif name == "config":
            found["config"] = dict(_flat(json.loads(item["value"])))
        elif name.startswith("seed-"):
            found["seed"][item["name"]] = str(item["value"])
        elif name.startswith("package-"):
            found["version"][item["name"]] = item["softwareVersion"]
        elif name == "autocrine":
            found["code"] = {name: item[place] for place, name in CODE.items() if place in item}
    return found


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    if isinstance(value, dict) and value:
        return [pair for key in value for pair in _flat(value[key], f"{name}.{key}" if name else str(key))]
    return [(name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))]


def _format(name: str) -> str:
    kinds = {
        ".tsv": "text/tab-separated-values",
        ".gz": "application/gzip",
        ".h5ad": "application/x-hdf5",
        ".json": "application/json",
        ".pdf": "application/pdf",
        ".svg": "image/svg+xml",
        ".html": "text/html",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    return kinds.get(Path(name).suffix, "application/octet-stream")
