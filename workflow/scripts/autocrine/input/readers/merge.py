"""Several count tables of one cohort become one, gene by gene."""

from collections.abc import Mapping

import pandas as pd

from autocrine.input.readers.counts import CountTable, without_version
from autocrine.input.readers.text import duplicated
from autocrine.problems import Findings, listed


def merge_tables(
    tables: Mapping[str, CountTable],
    absent_genes: str,
    findings: Findings,
    record: Mapping[str, pd.DataFrame] | None = None,
) -> CountTable | None:
    """Put the samples of several tables side by side.

    Parameters
    ----------
    tables
        Path -> its table, values as read.
    absent_genes
        What becomes of genes that are in some of the tables only: "error", "drop" or "zero" (no read was seen).
    findings
        Receives samples that are in two files, and genes that are not in all.
    record
        What else is known of the reading.

    Returns
    -------
    One table, genes in the order of the first; or None where the tables do not fit.
    """
    parts = list(tables.values())
    dropped = {row: reason for part in parts for row, reason in part.dropped.items()}
    record = dict(record or {})
    for part in parts:
        record |= part.record
    before = len(findings.problems)
    _check_samples(tables, findings)
    first = parts[0].values.index
    if all(part.values.index.equals(first) for part in parts):
        kept = None
    else:
        kept = _common_genes(tables, absent_genes, dropped, findings)
    if len(findings.problems) > before:
        return None

    values = [part.values if kept is None else part.values.reindex(kept, fill_value=0) for part in parts]
    annotation = parts[0].annotation if kept is None else _join_annotation(parts, kept)
    return CountTable(
        values=pd.concat(values, axis=1).rename_axis(index="gene"),
        annotation=annotation,
        dropped=dropped,
        record=record,
    )


def _check_samples(tables: Mapping[str, CountTable], findings: Findings) -> None:
    homes: dict[str, list[str]] = {}
    for path, table in tables.items():
        for name in table.values.columns:
            homes.setdefault(str(name), []).append(path)
    for name, paths in homes.items():
        if len(paths) > 1:
            findings.problem(listed(dict.fromkeys(paths), 4), f'sample "{name}" appears twice', "each sample once")


def _common_genes(
    tables: Mapping[str, CountTable], absent_genes: str, dropped: dict[str, str], findings: Findings
) -> pd.Index | None:
    """Return the genes of the merged table where the tables list different ones, or others orders of them."""
    for path, table in tables.items():
        twice = duplicated([str(gene) for gene in table.values.index])
        if twice:
            findings.problem(
                path,
                f"gene identifiers appear in several rows: {listed(twice)}",
                "each gene once, so that the files can be brought together",
            )
            return None
    union = pd.Index(dict.fromkeys(gene for table in tables.values() for gene in table.values.index), name="gene")
    lacking = {path: union.difference(table.values.index, sort=False) for path, table in tables.items()}
    partial = pd.Index(dict.fromkeys(gene for genes in lacking.values() for gene in genes))
    if partial.empty:
        return union
    words = "; ".join(f"{path} lacks {listed(genes, 3)}" for path, genes in lacking.items() if len(genes))
    what = f"{len(partial)} of {len(union)} genes are in some of the files only"
    plain = [without_version(str(gene)) for gene in partial]
    if twice := duplicated(plain):
        findings.problem(
            listed(tables, 3),
            f"the Ensembl id has another version in another file for {len(twice)} of the genes: {listed(twice, 3)}",
            "counts of one annotation, or ids without versions",
        )
        return None
    if len(partial) == len(union):
        findings.problem(listed(tables, 3), "no gene is in all of the files", "counts of one annotation")
        return None
    if absent_genes == "error":
        findings.problem(
            listed(tables, 3),
            f"{what}: {words}",
            'counts of one annotation; or "absent_genes: drop" to leave these genes out, "zero" to count them as 0',
        )
        return None
    if absent_genes == "zero":
        findings.note(f"{what}; they were counted as 0 where they are absent: {words}")
        return union
    findings.note(f"{what} and were left out: {words}")
    for gene in partial:
        homes = [path for path, genes in lacking.items() if gene in genes]
        dropped[str(gene)] = f"absent from {listed(homes, 3)}"
    return union.difference(partial, sort=False)


def _join_annotation(parts: list[CountTable], genes: pd.Index) -> pd.DataFrame:
    joined = pd.DataFrame(index=genes)
    for part in parts:
        joined = joined.combine_first(part.annotation.reindex(genes))
    return joined.loc[genes]
