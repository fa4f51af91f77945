"""Counts of any kind: every way in ends here, as one table."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pandas as pd

from autocrine.input.readers.content import is_file
from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.estimates import join_lengths, round_estimates
from autocrine.input.readers.files import KINDS, ONE_SAMPLE, expand, kind_of, name_samples
from autocrine.input.readers.h5ad import read_h5ad
from autocrine.input.readers.merge import merge_tables
from autocrine.input.readers.quantification import read_rsem, read_salmon
from autocrine.input.readers.series_matrix import read_series_matrix
from autocrine.input.readers.star import read_star
from autocrine.input.readers.table import read_table
from autocrine.input.readers.tenx import read_10x
from autocrine.input.source import Source, without_secrets
from autocrine.measure import COUNTS
from autocrine.problems import Findings, listed

# The kinds that may hold expression on a log scale.
EXPRESSION = ("table", "h5ad", "series_matrix")


def read_counts(
    source: Source, samples: Collection[str] | None, findings: Findings, exclude: Collection[str] = ()
) -> tuple[CountTable | None, pd.DataFrame | None]:
    """Read counts of any kind.

    Parameters
    ----------
    source
        Where and how.
    samples
        Sample names of the sheet, if there is one.
    findings
        Receives every problem, and the note of what the files were taken for.
    exclude
        Samples that are left out. Where each file holds one, theirs are not read: they may be what is wrong.

    Returns
    -------
    The table (not yet checked to be counts), and the tables of samples that .h5ad files and series matrices hold; None
    for what there is not.
    """
    files = _find(source, findings)
    if not files:
        return None, None
    kinds = {path: kind_of(path) if source.format == "auto" else source.format for path in files}
    found = list(dict.fromkeys(kinds.values()))
    if len(found) > 1:
        words = "; ".join(f"{KINDS[kind]}: {listed([p for p in files if kinds[p] == kind], 3)}" for kind in found)
        findings.problem(source.where, f"files of several kinds: {words}", "counts of one kind for each cohort")
        return None, None
    kind = found[0]
    _check_choices(source, kind, findings)
    # Samples that the sheet lacks may be known by what is left out.
    known = None if samples is None else [*samples, *exclude]
    files, left_out = _without(exclude, files, kind, known)
    if kind != "table" or len(files) > 1:
        findings.note(f"{source.where}: read as {KINDS[kind]} ({len(files)} file{'s' if len(files) > 1 else ''})")
    if kind == "h5ad":
        read = {path: read_h5ad(path, source.layer, findings, source.measure == COUNTS) for path in files}
        if any(pair is None for pair in read.values()):
            return None, None
        obs = pd.concat([sheet for _, sheet in read.values()], ignore_index=True).fillna("")
        tables = {path: table for path, (table, _) in read.items()}
        return _merged(tables, source, findings), obs.set_axis(pd.RangeIndex(1, len(obs) + 1))
    if kind in ONE_SAMPLE:
        table = _read_one_sample_each(files, kind, source, samples, findings)
        return None if table is None else replace(table, left_out=left_out), None
    if kind == "10x":
        folders = dict.fromkeys(str(Path(path).parent) for path in files)
        tables = {
            folder: read_10x([path for path in files if str(Path(path).parent) == folder], findings)
            for folder in folders
        }
        return _merged(tables, source, findings), None
    if kind == "series_matrix":
        series = {path: read_series_matrix(path, findings) for path in files}
        if any(pair is None for pair in series.values()):
            return None, None
        obs = pd.concat([sheet for _, sheet in series.values()], ignore_index=True).fillna("")
        tables = {path: table for path, (table, _) in series.items()}
        return _merged(tables, source, findings), obs.set_axis(pd.RangeIndex(1, len(obs) + 1))
    table = _merged({path: read_table(path, known, findings) for path in files}, source, findings)
    if table is None or source.lengths is None:
        return table, None
    lengths = read_table(source.lengths, known, findings)
    table = None if lengths is None else join_lengths(table, lengths, source.where, source.lengths, findings)
    return None if table is None else round_estimates(table, source.where, findings), None


def _without(
    exclude: Collection[str], files: list[str], kind: str, known: Collection[str] | None
) -> tuple[list[str], tuple[str, ...]]:
    """Return the files without those of samples that are left out, and these samples; all where none would stay."""
    if kind not in ONE_SAMPLE:
        return files, ()
    names = name_samples(files, ONE_SAMPLE[kind], known or exclude)
    kept = [path for path, name in zip(files, names, strict=True) if name not in exclude]
    return (kept, tuple(name for name in names if name in exclude)) if kept else (files, ())


def _read_one_sample_each(
    files: list[str], kind: str, source: Source, samples: Collection[str] | None, findings: Findings
) -> CountTable | None:
    if kind == "star":
        return read_star(files, source.strandedness, samples, source.absent_genes, findings)
    if kind == "salmon":
        return read_salmon(files, source.transcripts, samples, findings)
    return read_rsem(files, samples, findings)


def _find(source: Source, findings: Findings) -> list[str]:
    files = []
    for path in source.paths:
        if path.startswith(("http://", "https://", "ftp://")):
            findings.problem(
                without_secrets(path), "an address in the place of a path", "counts: {url: ..., sha256: ...}"
            )
            continue
        there = expand(path)
        if not there:
            folder = Path(path).is_dir()
            findings.problem(
                path,
                "there is no count file in this folder" if folder else "no file matches this pattern",
                "ReadsPerGene.out.tab, quant.sf, genes.results, matrix.mtx or tables of counts (.tsv, .csv, .txt)"
                if folder
                else "a path or a pattern of files that exist, relative to the run folder",
            )
        files += there
    # One that is missing stands for itself: a pipe or a device must not be opened to tell.
    return [path for path in dict.fromkeys(files) if is_file(path, findings)]


def _merged(tables: dict[str, CountTable | None], source: Source, findings: Findings) -> CountTable | None:
    if any(table is None for table in tables.values()):
        return None
    if len(tables) == 1:
        return next(iter(tables.values()))
    return merge_tables(tables, source.absent_genes, findings)


def _check_choices(source: Source, kind: str, findings: Findings) -> None:
    """Tell of choices that these counts have no use for: they were meant for something."""
    given = {
        "strandedness": (source.strandedness != "auto", "star"),
        "transcripts": (source.transcripts is not None, "salmon"),
        "lengths": (source.lengths is not None, "table"),
    }
    if source.measure != COUNTS and kind not in EXPRESSION:
        findings.problem(
            source.where,
            f"these are {KINDS[kind]}, which hold counts, and the config says log_expression",
            '"measure: counts", or a table, an AnnData file or a series matrix',
        )
    for key, (there, needed) in given.items():
        if there and kind != needed:
            findings.problem(
                source.where,
                f'the config gives "{key}", but these are {KINDS[kind]}',
                f'"{key}" for {KINDS[needed]} only',
            )
