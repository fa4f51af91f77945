"""Genes of a species that is not bundled: a table or a GTF that the user gives."""

import lzma
import re
import zlib
from collections.abc import Iterator
from math import inf

import pandas as pd

from autocrine.input.genes import ENSEMBL, GeneTable
from autocrine.input.readers.content import bare_name, is_file, opened
from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.text import parse_rows, read_delimited
from autocrine.problems import Findings, listed

REQUIRED = ("gene_id", "gene_name")
OPTIONAL = ("entrez", "biotype", "chromosome", "aliases")
_ATTRIBUTE = re.compile(r'(\w+) "?([^";]*)"?')
# As Ensembl and GENCODE, FlyBase and NCBI call them.
_NAMES, _BIOTYPES = ("gene_name", "gene_symbol", "gene"), ("gene_biotype", "gene_type")


def is_gtf(path: str) -> bool:
    """Whether a file is a GTF, by its name."""
    return bare_name(path).lower().endswith(".gtf")


def read_own_genes(path: str, findings: Findings) -> GeneTable | None:
    """Read the genes of a species from a table or a GTF, packed or not.

    Parameters
    ----------
    path
        A GTF (`.gtf`, `.gtf.gz`): its lines of the feature "gene", or where it has none, all that name a gene. Or a
        table with the columns gene_id and gene_name (which may be empty) and, where they are known, entrez, biotype,
        chromosome and aliases ("|" between them).
    findings
        Receives every problem.

    Returns
    -------
    The genes, or None where there is a problem. Versions of Ensembl ids are taken off. Of genes that share a symbol
    the first in the file has it.
    """
    before = len(findings.problems)
    genes = _read_gtf(path, findings) if is_gtf(path) else _read_table(path, findings)
    if genes is None or len(findings.problems) > before:
        return None
    genes = (
        genes.reindex(columns=[*REQUIRED, *OPTIONAL], fill_value="").fillna("").apply(lambda column: column.str.strip())
    )
    genes["gene_id"] = [_unversioned(name) for name in genes["gene_id"]]
    genes = genes[genes["gene_id"] != ""].drop_duplicates("gene_id").reset_index(drop=True)
    if genes.empty:
        findings.problem(path, "no gene has an identifier", "a gene_id for each gene")
        return None
    named_before = (genes["gene_name"] != "") & genes["gene_name"].duplicated()
    return GeneTable(genes.assign(primary=named_before.map({True: "0", False: "1"})), {})


def check_own_genes(path: str, findings: Findings) -> None:
    """Tell before a run whether the genes can be read: a table whole, of a GTF its first gene."""
    if not is_gtf(path):
        read_own_genes(path, findings)
    else:
        _read_gtf(path, findings, most=1)


def check_holds(genes: GeneTable, path: str, counts: CountTable, findings: Findings) -> None:
    """Tell where none of the genes of the counts is in the table or GTF."""
    if not len(counts.values):
        return
    names = [str(name) for name in counts.values.index]
    lookup = genes.lookup
    if not any(lookup.find(name, "auto")[1] != "unmapped" for name in names):
        findings.problem(
            path,
            f"none of the {len(names):,} genes of the counts is in it: there {listed(names, 3)}, here "
            f"{listed(genes.genes['gene_id'], 3)}",
            "the annotation that the reads were counted with",
        )


def _unversioned(name: str) -> str:
    match = ENSEMBL.match(name)
    return match.group(1) + (match.group(2) or "") if match else name


def _read_table(path: str, findings: Findings) -> pd.DataFrame | None:
    text = read_delimited(path, findings)
    if text is None:
        return None
    lacking = [name for name in REQUIRED if name not in text.header]
    if lacking:
        more = f"{listed(REQUIRED)}, and {listed(OPTIONAL)} where they are known; or a GTF (.gtf, .gtf.gz)"
        findings.problem(path, f"columns of the gene table are missing: {listed(lacking)}", f"the columns {more}")
        return None
    return parse_rows(text, path, findings, dtype=str, keep_default_na=False)


def _read_gtf(path: str, findings: Findings, most: float = inf) -> pd.DataFrame | None:
    """Read a row per line that names a gene; genes without a line of their own are taken from their other lines."""
    genes: dict[str, tuple[str, str, str, str]] = {}
    own: dict[str, tuple[str, str, str, str]] = {}
    if not is_file(path, findings):
        return None
    try:
        for feature, chromosome, attributes in _gtf_lines(path):
            # Transcripts and exons are many, and are asked only as long as genes have no lines of their own.
            if own and feature != "gene":
                continue
            fields = dict(_ATTRIBUTE.findall(attributes))
            if not (gene := fields.get("gene_id", "")):
                continue
            name = next((fields[key] for key in _NAMES if fields.get(key)), "")
            biotype = next((fields[key] for key in _BIOTYPES if fields.get(key)), "")
            (own if feature == "gene" else genes).setdefault(gene, (gene, name, biotype, chromosome))
            if len(own or genes) >= most:
                break
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, lzma.LZMAError) as error:
        findings.problem(path, f"cannot be read: {error}", "a GTF file (.gtf, .gtf.gz)")
        return None
    found = own or genes
    if not found:
        findings.problem(
            path,
            "no line of it names a gene",
            'a GTF: nine columns with tabs between them, the last with gene_id "..."',
        )
        return None
    return pd.DataFrame(list(found.values()), columns=["gene_id", "gene_name", "biotype", "chromosome"])


def _gtf_lines(path: str) -> Iterator[tuple[str, str, str]]:
    """Yield feature, chromosome and attributes of each line."""
    with opened(path) as file:
        for line in file:
            text = line.decode("utf-8")
            cells = text.rstrip("\r\n").split("\t")
            if not text.startswith("#") and len(cells) >= 9:
                yield cells[2], cells[0], cells[8]
