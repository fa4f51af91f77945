"""Where the cells of a cohort are, and the choices that reading and summing them needs."""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from glob import escape, glob, has_magic
from pathlib import Path
from typing import Any

from autocrine.input.readers.files import expand
from autocrine.problems import Findings, listed

SAMPLE = "{sample}"
# Files share a job up to so many bytes: reading them takes less time than starting a process.
MOST_BYTES = 100_000_000
# Keys of a cohort that say how counts of samples are read, which cells have no use for.
_OF_COUNTS = ("format", "probes", "lengths", "transcripts", "sum_by")


@dataclass(frozen=True)
class CellSource:
    """Single cells as the configuration describes them.

    Attributes
    ----------
    files
        Paths and patterns; "{sample}" in one stands for the name of a sample.
    sample_column
        Column that names the sample of each cell, where the path does not.
    raw
        Pattern of the matrices of all droplets, or None.
    label_column, label_file
        Column of the state of each cell, and the table that it is in (None: the files' own obs).
    states
        State -> the labels that it is made of; empty where each label is a state.
    fusion, only_fusion
        Column of the calls of the fusion, and the call that cells must have to be kept; None where they need none.
    quality
        "adaptive" or "given".
    doublets, doublet_column
        "mark", "remove" or "off"; column that marks them, or None.
    min_cells, min_counts, min_umi, min_genes
        What a pseudobulk and a cell must have at least.
    pairs
        Pairs of genes looked for in the same cells; None for those of the claims.
    picture
        "pca", "umap" or "off".
    """

    files: tuple[str, ...]
    sample_column: str | None = None
    raw: str | None = None
    label_column: str | None = None
    label_file: str | None = None
    states: Mapping[str, tuple[str, ...]] | None = None
    fusion: str | None = None
    only_fusion: str | None = None
    quality: str = "adaptive"
    doublets: str = "mark"
    doublet_column: str | None = None
    min_cells: int = 20
    min_counts: int = 20_000
    min_umi: int = 500
    min_genes: int = 200
    pairs: tuple[tuple[str, str], ...] | None = None
    picture: str = "pca"


@dataclass(frozen=True)
class Part:
    """One file of cells.

    Attributes
    ----------
    name
        Names the folder of what is made of it.
    path
        As it is opened: a file, or a 10x folder.
    files
        The files that are read: those inside a folder, or the one.
    sample
        The sample of all its cells; None where a column names them.
    raw
        The matrix of all droplets, as it is opened; None where none is given.
    raw_files
        The files of that.
    """

    name: str
    path: str
    files: tuple[str, ...]
    sample: str | None = None
    raw: str | None = None
    raw_files: tuple[str, ...] = ()


def make_cells(entry: Mapping[str, Any]) -> CellSource | None:
    """Turn the filled entry of a cohort into its cells; None of a cohort of counts."""
    if "cells" not in entry:
        return None
    given = dict(entry["cells"])
    files, labels = given.pop("files"), given.pop("labels", {})
    states, pairs = given.pop("states", None), given.pop("pairs", None)
    return CellSource(
        files=(files,) if isinstance(files, str) else tuple(files),
        label_column=labels.get("column"),
        label_file=labels.get("file"),
        states=None if states is None else {name: tuple(parts) for name, parts in states.items()},
        pairs=None if pairs is None else tuple((first, second) for first, second in pairs),
        **given,
    )


def check_cells_entry(name: str, entry: Mapping[str, Any], findings: Findings) -> bool:
    """Tell what a cohort lacks or has too much of, between counts and cells; return whether it can be used."""
    where, before = f"config, cohorts.{name}", len(findings.problems)
    if "cells" not in entry:
        if "counts" not in entry:
            found = "neither counts nor cells are named"
            findings.problem(where, found, '"counts" with raw counts of samples, or "cells" with files of single cells')
        return len(findings.problems) == before
    if "counts" in entry:
        findings.problem(
            where, "it has both counts and cells", "one of them: the counts of cells are summed from cells"
        )
    used = [key for key in _OF_COUNTS if entry.get(key) not in (None, "auto", [])]
    if used:
        findings.problem(where, f"{listed(used)}: for counts of samples, not for cells", "nothing of these keys")
    if entry.get("measure", "counts") != "counts":
        findings.problem(f"{where}.measure", "cells are counted", '"counts"')
    cells = entry["cells"]
    files = [cells["files"]] if isinstance(cells["files"], str) else cells["files"]
    named = [SAMPLE in path for path in files]
    if any(named) and cells.get("sample_column"):
        found = "the paths name the samples with {sample}, and sample_column too"
        findings.problem(f"{where}.cells", found, "one of them")
    if not all(named) and not cells.get("sample_column"):
        nameless = [path for path in files if SAMPLE not in path]
        found = f"nothing says which sample the cells of {listed(nameless)} are of"
        right = "{sample} in the path where each file is one sample, or sample_column for files of several"
        findings.problem(f"{where}.cells.files", found, right)
    if cells.get("raw") and (SAMPLE not in cells["raw"] or not all(named)):
        right = "{sample} in this path and in those of files: ambient RNA is that of one run"
        findings.problem(f"{where}.cells.raw", f'found "{cells["raw"]}"', right)
    if cells.get("states") and not cells.get("labels"):
        findings.problem(
            f"{where}.cells.states", "there are no labels that they could be made of", '"labels" beside it'
        )
    labels: dict[str, list[str]] = {}
    for state, parts in (cells.get("states") or {}).items():
        for label in parts:
            labels.setdefault(label, []).append(state)
    for label, states in labels.items():
        if len(states) > 1:
            found = f'the label "{label}" is in {listed(states)}'
            findings.problem(f"{where}.cells.states", found, "each label in one state")
    if cells.get("only_fusion") and not cells.get("fusion"):
        found = "nothing says where the calls of the fusion are"
        findings.problem(f"{where}.cells.only_fusion", found, '"fusion", the column of its calls')
    if cells.get("doublet_column") and cells.get("doublets") == "off":
        findings.problem(
            f"{where}.cells.doublet_column", 'no doublet is looked for (doublets: "off")', "mark or remove"
        )
    return len(findings.problems) == before


def find_parts(cells: CellSource) -> tuple[Part, ...]:
    """Return the files of a cohort of cells, each with its sample where the path names it, sorted by name.

    A path that matches nothing is a part too, so that it can be reported.
    """
    found: dict[str, str | None] = {}
    for pattern in cells.files:
        if SAMPLE in pattern:
            found |= _with_samples(pattern)
        elif has_magic(pattern) and not Path(pattern).exists():
            found |= dict.fromkeys(sorted(glob(pattern)) or [pattern])
        else:
            found[pattern] = None
    raw = _with_samples(cells.raw) if cells.raw else {}
    of_sample = {sample: path for path, sample in raw.items()}
    names = _names([sample or _stem(path) for path, sample in found.items()])
    parts = []
    for (path, sample), name in zip(found.items(), names, strict=True):
        droplets = of_sample.get(sample) if cells.raw and sample is not None else None
        raw_files = () if droplets is None else _files(droplets)
        parts.append(Part(name, path, _files(path), sample, droplets, raw_files))
    return tuple(sorted(parts, key=lambda part: part.name))


def batches_of(parts: Sequence[Part]) -> dict[str, tuple[Part, ...]]:
    """Put files together that one job reads: those of a large one alone, small ones with their neighbours.

    Returns
    -------
    Name of each batch (that of its first file) -> its files, which are together below `MOST_BYTES` or one.
    """
    batches: list[list[Part]] = []
    held = 0
    for part in parts:
        size = sum(os.path.getsize(file) for file in part.files if os.path.exists(file))
        if not batches or held + size > MOST_BYTES:
            batches.append([])
            held = 0
        batches[-1].append(part)
        held += size
    return {batch[0].name: tuple(batch) for batch in batches}


def _with_samples(pattern: str) -> dict[str, str | None]:
    """Return path -> sample of what a pattern with "{sample}" matches; the pattern and None where nothing does."""
    pieces = pattern.split(SAMPLE)
    # The same name wherever it is; within one folder or file name.
    expression = re.escape(pieces[0]) + "(?P<sample>[^/]+?)"
    expression += "(?P=sample)".join(map(re.escape, pieces[1:]))
    matches = {}
    for path in sorted(glob("*".join(map(escape, pieces)))):
        if match := re.fullmatch(expression, path):
            matches[path] = match["sample"]
    return matches or {pattern: None}


def _files(path: str) -> tuple[str, ...]:
    return tuple(expand(path))


def _stem(path: str) -> str:
    return Path(path).name.partition(".")[0] or "cells"


def _names(wanted: Sequence[str]) -> list[str]:
    """Return names of folders, each another one, also on disks that do not tell cases apart."""
    taken: set[str] = set()
    names = []
    for name in wanted:
        bare = re.sub(r"[^\w.+-]", "_", name, flags=re.ASCII).lstrip(".") or "cells"
        candidate, number = bare, 1
        while candidate.casefold() in taken:
            number += 1
            candidate = f"{bare}_{number}"
        taken.add(candidate.casefold())
        names.append(candidate)
    return names
