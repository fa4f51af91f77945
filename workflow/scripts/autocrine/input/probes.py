"""Probes of arrays: which gene each measures, and one row per gene."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from autocrine.input.readers.counts import CountTable, one_name_for_versions
from autocrine.input.readers.text import parse_rows, read_delimited
from autocrine.problems import Findings, listed

HIGHEST_MEAN, MEDIAN = "highest_mean", "median"
# Columns of annotation files (GEO platforms, Bioconductor exports), in the order in which they are looked for.
PROBE_COLUMNS = ("probe", "probe_id", "probeid", "id", "probeset_id", "probe set id", "probe_set_id")
GENE_COLUMNS = (
    "ensembl", "ensembl_id", "gene_id", "gene symbol", "gene_symbol", "symbol", "gene", "ilmn_gene", "entrez",
    "entrez_gene_id", "entrez_id", "gene id",
)  # fmt: skip
# Between the genes of a probe that measures several.
SEVERAL = re.compile(r"\s*(?:///|//|;|\|)\s*")
NO_GENE = ("", "---", "-", "NA", "N/A", "null")
# Fewer rows than this share in the table: it is of another array.
LEAST_KNOWN = 0.5
# Names of Affymetrix, Illumina and Agilent probes, and those of custom files that are genes with an ending.
PROBES = re.compile(r"^(?:\w+_at|AFFX-.*|ILMN_\d+|A_\d\d_P\d+)$")
CUSTOM = re.compile(r"^(ENS[A-Z]*G\d{11}|\d+)(?:\.\d+)?_at$")


def read_probes(path: str, findings: Findings) -> dict[str, str] | None:
    """Read which gene each probe measures.

    Parameters
    ----------
    path
        Text with a column of probes and one of genes, found by their names (`PROBE_COLUMNS`, `GENE_COLUMNS`), else the
        first two. Annotation tables of GEO platforms are read as they are.
    findings
        Receives what cannot be read.

    Returns
    -------
    Probe -> gene as written, "" where it has none or several; None where there is a problem.
    """
    text = read_delimited(path, findings, "probe")
    if text is None:
        return None
    if len(text.header) < 2:
        findings.problem(path, "the table has one column only", "a column of probes and one of genes")
        return None
    frame = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if frame is None:
        return None
    lower = {name.lower(): name for name in reversed(frame.columns)}
    probe = next((lower[name] for name in PROBE_COLUMNS if name in lower), frame.columns[0])
    gene = next((lower[name] for name in GENE_COLUMNS if name in lower and lower[name] != probe), None)
    gene = gene or next(name for name in frame.columns if name != probe)
    rows = pd.Series(frame[gene].fillna("").str.strip().to_numpy(), frame[probe].fillna("").str.strip())
    rows = rows[rows.index != ""]
    several = rows.groupby(level=0).nunique()
    if (disagree := several.index[several > 1]).any():
        # A table with a line for each gene of a probe.
        rows.loc[disagree] = ""
    return {str(name): _single(written) for name, written in rows[~rows.index.duplicated()].items()}


def _single(written: str) -> str:
    genes = {name for name in SEVERAL.split(written) if name not in NO_GENE}
    return genes.pop() if len(genes) == 1 else ""


def name_genes(
    table: CountTable, probes: dict[str, str] | None, path: str, choice: str, where: str, findings: Findings
) -> CountTable | None:
    """Bring rows of probes to one row per gene.

    Parameters
    ----------
    table
        Log expression, rows are probes; or genes, where `probes` is None.
    probes, path
        Probe -> gene, and where that is written.
    choice
        Of several rows of a gene, "highest_mean" takes the one that is highest on average, "median" their median in
        each sample.
    where
        How messages name the values.
    findings
        Receives a problem where the rows are probes without a table, or the table is of another array; a note of what
        was left out and what was brought together.

    Returns
    -------
    The table with a row per gene; None where there is a problem.
    """
    names = [str(name) for name in table.values.index]
    if probes is None:
        custom = [CUSTOM.match(name) for name in names]
        if all(custom):
            findings.note(f"{where}: the ending _at of names was left out: they are genes of a custom array file")
            genes = pd.Series([match[1] for match in custom if match], dtype=object)
        elif np.mean([bool(PROBES.match(name)) for name in names]) > LEAST_KNOWN:
            found = f"rows are probes of an array ({listed(names[:3])}), not genes"
            findings.problem(where, found, 'a table of the genes of the probes under "probes" in the config')
            return None
        else:
            genes = pd.Series(one_name_for_versions(names), dtype=object)
    else:
        known = np.array([name in probes for name in names])
        if known.mean() < LEAST_KNOWN:
            others = [name for name, there in zip(names, known, strict=True) if not there]
            findings.problem(
                path,
                f"{known.sum():,} of the {len(names):,} rows of {where} are in it: rows are called like "
                f"{listed(others[:2])}, its probes like {listed(list(probes)[:2])}",
                "the table of the array that was used",
            )
            return None
        genes = pd.Series([probes.get(name, "") for name in names], dtype=object)
        if (none := int((genes == "").sum())) == len(names):
            findings.problem(path, "no probe has a single gene in it", "a column of genes, such as gene_symbol")
            return None
        if none:
            findings.note(f"{path}: {none:,} of {len(names):,} probes have no gene, or several, and were left out")
    return _collapse(table, genes, choice, where, findings)


def _collapse(table: CountTable, genes: pd.Series, choice: str, where: str, findings: Findings) -> CountTable:
    """Keep one row per gene; rows without a gene go."""
    kept = (genes != "").to_numpy()
    dropped = dict.fromkeys(map(str, table.values.index[~kept]), "a probe without a gene, or with several")
    values, annotation, named = table.values[kept], table.annotation[kept], genes[kept].to_numpy()
    rows = pd.Series(named).value_counts()
    several = rows[rows > 1]
    if len(several):
        how = "the one with the highest mean" if choice == HIGHEST_MEAN else "their median in each sample"
        findings.note(f"{where}: genes with several rows, of which {how} was taken: {len(several):,}")
    if choice == MEDIAN:
        values = values.groupby(named, sort=False).median()
        annotation = annotation[~pd.Index(named).duplicated()].set_axis(values.index)
    else:
        order = np.argsort(-values.mean(axis=1).to_numpy(), kind="stable")
        first = np.sort(order[~pd.Index(named[order]).duplicated()])
        values = values.iloc[first].set_axis(pd.Index(named[first], name="gene"))
        annotation = annotation.iloc[first].set_axis(values.index)
    merged = {str(gene): int(number) for gene, number in several.items()}
    return replace(table, values=values, annotation=annotation, dropped={**table.dropped, **dropped}, merged=merged)
