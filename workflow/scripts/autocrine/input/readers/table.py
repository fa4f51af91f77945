"""Count tables in delimited text: genes in rows, samples in columns, text columns as annotation."""

import re
from collections.abc import Collection
from dataclasses import replace
from pathlib import PurePath

import pandas as pd

from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.files import possible_names
from autocrine.input.readers.text import Text, duplicated, parse_rows, read_delimited
from autocrine.problems import Findings, listed

# The first column of featureCounts tables.
FEATURECOUNTS = "Geneid"
# GEO's uniformly processed counts: Entrez ids, one column per GSM accession.
NCBI = ("GeneID", r"GSM\d+")
ANNOTATION = {
    "gene_id", "gene_name", "gene_symbol", "symbol", "gene", "description", "gene_description", "biotype",
    "gene_biotype", "gene_type", "entrez", "entrezid", "entrez_id", "entrezgene", "chr", "chrom", "chromosome",
    "seqname", "start", "end", "strand", "length", "gene_length", "width",
}  # fmt: skip
NOT_GENES = {
    "__no_feature", "__ambiguous", "__too_low_aQual", "__not_aligned", "__alignment_not_unique",
    "no_feature", "ambiguous", "too_low_aQual", "not_aligned", "alignment_not_unique",
    "N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous",
}  # fmt: skip


def read_table(path: str, samples: Collection[str] | None, findings: Findings) -> CountTable | None:
    """Read a count table from .tsv, .csv or featureCounts output, gzipped or not.

    Parameters
    ----------
    path
        Delimited text; the first column holds the gene identifiers.
    samples
        Sample names of the sheet. A column with one of these names holds counts; of the others, text columns and those
        with well-known names (gene_name, Length, ...) are annotation, and the rest are samples the sheet lacks.
    findings
        Receives every problem and note.

    Returns
    -------
    The table with values as read (not yet checked to be counts), or None where it cannot be read.
    """
    text = read_delimited(path, findings)
    if text is None:
        return None
    twice = duplicated(text.header)
    if twice:
        findings.problem(path, f"column names appear twice: {listed(twice)}", "each sample once")
        return None
    header = _sample_names(text, samples or (), path, findings)
    if duplicated(header):
        return None
    if len(header) < 2:
        findings.problem(path, "the table has one column only", "gene identifiers and one column per sample")
        return None
    if header[0] == NCBI[0] and all(re.fullmatch(NCBI[1], name) for name in header[1:]):
        findings.note(f"{path}: read as counts that NCBI made of a GEO series (GSM samples, Entrez ids of genes)")
    frame = parse_rows(
        replace(text, header=header),
        path,
        findings,
        dtype={header[0]: str},
        keep_default_na=False,
        na_values={name: ["", "NA", "NaN", "nan"] for name in header[1:]},
    )
    if frame is None:
        return None
    genes = frame.pop(header[0]).str.strip()
    frame.index = pd.Index(genes, name="gene")
    special = genes.isin(NOT_GENES).to_numpy()
    dropped = {name: "a summary line of the counting program, not a gene" for name in genes[special]}
    # Each selection is a copy of the matrix.
    frame = frame[~special] if special.any() else frame
    known = set(samples or ())
    annotation = [name for name in frame.columns if name not in known and _is_annotation(frame[name])]
    unusual = [name for name in annotation if name.lower() not in ANNOTATION]
    if unusual:
        findings.note(f"{path}: columns of text were read as annotation of the genes: {listed(unusual)}")
    return CountTable(
        values=frame.drop(columns=annotation) if annotation else frame,
        annotation=frame[annotation].astype("string"),
        dropped=dropped,
    )


def _is_annotation(column: pd.Series) -> bool:
    """Whether a column that the sheet does not name describes genes: a well-known name, or text throughout."""
    if str(column.name).lower() in ANNOTATION:
        return True
    return not pd.api.types.is_numeric_dtype(column) and pd.to_numeric(column, errors="coerce").notna().mean() < 0.5


def _sample_names(text: Text, samples: Collection[str], path: str, findings: Findings) -> list[str]:
    """Return the header; featureCounts' paths of alignment files become sample names where the sheet has those.

    Programs that write one folder per sample give all alignment files one name: then the folder names the sample, and,
    where a table has one sample only, the table and its folder may.
    """
    if not text.header or text.header[0] != FEATURECOUNTS:
        return text.header
    counted = [name for name in text.header[1:] if name.lower() not in ANNOTATION]
    by_folder = len({PurePath(name.replace("\\", "/")).name for name in counted}) == 1
    of_table = possible_names(path, PurePath(path.removesuffix(".gz")).suffix) if len(counted) == 1 else []
    names, renamed = [], []
    for name in text.header:
        if name not in counted:
            names.append(name)
            continue
        written = PurePath(name.replace("\\", "/"))
        file = written.name
        # STAR ends its files in Aligned.sortedByCoord.out.bam and the like.
        bare = file.split(".")[0].removesuffix("Aligned").removesuffix("_")
        candidates = [file, file.removesuffix(".bam").removesuffix(".sam"), file.split(".")[0], bare]
        candidates += [written.parent.name, *of_table] if by_folder else []
        match = next((c for c in candidates if c in samples), name) if name not in samples else name
        if match != name:
            renamed.append(f"{name} as {match}")
        names.append(match)
    twice = duplicated(names)
    if twice:
        findings.problem(
            path,
            f"several columns are of one sample: {listed(renamed, 6)}",
            "a column per sample, named by its own file",
        )
    elif renamed:
        findings.note(f"{path}: featureCounts columns were read by the names of files or folders: {listed(renamed, 3)}")
    return names
