"""Estimates by salmon and RSEM: counts of genes, with the average lengths of their transcripts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.estimates import round_estimates
from autocrine.input.readers.files import RSEM, SALMON, name_samples
from autocrine.input.readers.text import parse_rows, read_delimited
from autocrine.problems import Findings, listed

# How the programs call their files.
ENDINGS = {"NumReads": (".sf", ".sf.gz"), "expected_count": (".results", ".results.gz")}
SALMON_COLUMNS = ("Name", "EffectiveLength", "TPM", "NumReads")
RSEM_COLUMNS = ("gene_id", "effective_length", "TPM", "expected_count")
# Above this share of a sample's reads on transcripts without a gene the table is likely of another annotation.
MOST_UNMAPPED = 0.05


def read_salmon(
    paths: Sequence[str], transcripts: str | None, samples: Collection[str] | None, findings: Findings
) -> CountTable | None:
    """Read one quant.sf per sample and bring transcripts to genes.

    Parameters
    ----------
    paths
        quant.sf files, gzipped or not.
    transcripts
        Table of the transcripts' genes: transcript, gene and, if there is a third column, the gene's name.
    samples
        Sample names of the sheet.
    findings
        Receives every problem, and notes of what was left out, stripped and rounded.

    Returns
    -------
    Rounded counts with average transcript lengths (Soneson, Love and Robinson 2015); `record` holds the rounding and
    the reads on transcripts without a gene.
    """
    where = listed(paths, 2)
    if transcripts is None:
        findings.problem(
            where,
            "salmon counts transcripts, and nothing says which gene each belongs to",
            'the key "transcripts" in the config of the cohort: a table with the columns transcript_id and gene_id',
        )
    frames = _read_same_rows(paths, SALMON_COLUMNS, findings)
    if frames is None or transcripts is None:
        return None
    genes = _read_transcripts(transcripts, frames[paths[0]]["Name"], findings)
    if genes is None:
        return None
    ids = genes.ids
    mapping = genes.table[genes.table["transcript_id"].isin(ids)]
    names = name_samples(paths, SALMON, samples)
    gene = ids.map(mapping.set_index("transcript_id")["gene_id"])
    unmapped = gene.isna()
    lost = _lost_reads(frames, unmapped.to_numpy(), names)
    table = _sum_transcripts(frames, names, gene, {"unmapped_transcripts": lost})
    if unmapped.any():
        share = (lost["reads"] / lost["all_reads"]).max()
        text = (
            f"{int(unmapped.sum())} of {len(ids)} transcripts have no gene there and were left out, with {share:.1%} "
            "of the reads of a sample at the most"
        )
        if share > MOST_UNMAPPED:
            findings.warn("unmapped_transcripts", text, transcripts)
        else:
            findings.note(f"{transcripts}: {text}")
    if "gene_name" in mapping:
        named = mapping.drop_duplicates("gene_id").set_index("gene_id")["gene_name"]
        table.annotation["gene_name"] = named.reindex(table.values.index).astype("string")
    return round_estimates(table, where, findings)


def read_rsem(paths: Sequence[str], samples: Collection[str] | None, findings: Findings) -> CountTable | None:
    """Read one genes.results per sample; see `read_salmon` for parameters and result.

    Effective lengths below 1, which RSEM writes for genes too short for a fragment, count as 1. Names that RSEM
    appended to the ids (`--append-names`) become the names of the genes.
    """
    frames = _read_same_rows(paths, RSEM_COLUMNS, findings)
    if frames is None:
        return None
    genes = pd.Index(frames[paths[0]]["gene_id"], name="gene")
    names = name_samples(paths, RSEM, samples)
    held = {column: _across(frames, column) for column in ("expected_count", "effective_length")}
    values, lengths = (pd.DataFrame(matrix, genes, list(names)) for matrix in held.values())
    table = CountTable(values, pd.DataFrame(index=genes), lengths=lengths.clip(lower=1.0))
    parts = table.values.index.to_series().str.extract(r"^(ENS[A-Z]*G\d+(?:\.\d+)?(?:_PAR_Y)?)_(.+)$")
    if parts.notna().all(axis=None):
        for frame in (table.values, table.lengths, table.annotation):
            frame.index = pd.Index(parts[0], name="gene")
        table.annotation["gene_name"] = parts[1].astype("string").to_numpy()
    return round_estimates(table, listed(paths, 2), findings)


def _read_same_rows(paths: Sequence[str], columns: Sequence[str], findings: Findings) -> dict[str, pd.DataFrame] | None:
    """Return the asked columns of each file, if all files hold them, with the same rows in the same order."""
    frames = {path: _read_columns(path, columns, findings) for path in paths}
    if any(frame is None for frame in frames.values()):
        return None
    start, first = next(iter(frames.items()))
    for path, frame in frames.items():
        if frame[columns[0]].equals(first[columns[0]]):
            continue
        ours, theirs = set(first[columns[0]]), set(frame[columns[0]])
        words = (
            f"the rows are in another order than in {start}"
            if ours == theirs and len(first) == len(frame)
            else f"the rows are not those of {start}: it lacks {listed(sorted(ours - theirs), 3)} and has besides "
            f"{listed(sorted(theirs - ours), 3)}"
        )
        findings.problem(path, words, "every sample quantified with the same index")
        return None
    return frames


def _read_columns(path: str, columns: Sequence[str], findings: Findings) -> pd.DataFrame | None:
    text = read_delimited(path, findings)
    if text is None:
        return None
    endings = ENDINGS[columns[-1]]
    if not path.endswith(endings):
        findings.problem(
            path, "the file has another name than the program gave it", f"a name that ends in {endings[0]}"
        )
        return None
    missing = [name for name in columns if name not in text.header]
    isoforms = "gene_id" in columns and text.header[0] == "transcript_id"
    if missing or isoforms:
        findings.problem(
            path,
            "these are RSEM's isoforms" if isoforms else f"columns are missing: {listed(missing)}",
            "the file <sample>.genes.results beside it" if isoforms else f"a file with {listed(columns)}",
        )
        return None
    frame = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if frame is None:
        return None
    frame = frame[list(columns)].reset_index(drop=True)
    numbers = frame[list(columns[1:])].apply(pd.to_numeric, errors="coerce")
    wrong = ~np.isfinite(numbers.to_numpy()).all(axis=1)
    if wrong.any():
        findings.problem(
            path,
            f"{wrong.sum()} row{'s hold' if wrong.sum() > 1 else ' holds'} no numbers, first "
            f'"{frame.iloc[:, 0][wrong].iloc[0]}"',
            f"numbers under {listed(columns[1:])}",
        )
        return None
    twice = frame[columns[0]].duplicated()
    if twice.any():
        findings.problem(path, f"rows appear twice: {listed(frame[columns[0]][twice].unique(), 3)}", "each once")
        return None
    return frame.assign(**numbers.astype(float))


@dataclass(frozen=True)
class _Transcripts:
    """The genes of transcripts, the ids of a quantification as they are looked up there, and whether versions went."""

    table: pd.DataFrame
    ids: pd.Series
    stripped: bool


def _read_transcripts(path: str, written: pd.Series, findings: Findings) -> _Transcripts | None:
    """Read the table of transcripts, which may lack a header, and match it with the ids of a quantification."""
    text = read_delimited(path, findings)
    if text is None:
        return None
    if len(text.header) < 2:
        findings.problem(path, "the table has one column", "the columns transcript_id and gene_id")
        return None
    ids = written.str.split("|").str[0]
    known = set(ids) | set(ids.str.split(".").str[0])
    names = ["transcript_id", "gene_id", "gene_name"][: len(text.header)]
    names += [f"column {place}" for place in range(4, len(text.header) + 1)]
    lower = [name.lower() for name in text.header]
    if {"transcript_id", "gene_id"} <= set(lower):
        names = lower
    headless = text.header[0] in known or text.header[0].split(".")[0] in known
    body = f"{text.separator.join(text.header)}\n{text.body}" if headless else text.body
    text = replace(text, header=names, body=body, first_line=text.first_line - headless)
    table = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if table is None:
        return None
    table = table[[name for name in ("transcript_id", "gene_id", "gene_name") if name in table]].drop_duplicates()
    table = table[(table["transcript_id"] != "") & (table["gene_id"] != "")]
    stripped = False
    if not ids.isin(table["transcript_id"]).mean() > 0.5:
        bare, ours = ids.str.split(".").str[0], table["transcript_id"].str.split(".").str[0]
        if bare.isin(ours).mean() > ids.isin(table["transcript_id"]).mean():
            ids, stripped = bare, True
            table = table.assign(transcript_id=ours).drop_duplicates()
            findings.note(f"{path}: transcripts were matched without their versions")
    if not ids.isin(table["transcript_id"]).any():
        findings.problem(
            path,
            f"none of the transcripts of the quantification is there; it has {listed(ids, 2)}, the table "
            f"{listed(table['transcript_id'], 2)}",
            "the transcripts of the annotation that the index was made of",
        )
        return None
    table = table.drop_duplicates(["transcript_id", "gene_id"])
    twice = table.loc[table["transcript_id"].duplicated(), "transcript_id"]
    twice = twice[twice.isin(ids)]
    if len(twice):
        findings.problem(path, f"transcripts belong to several genes: {listed(twice.unique(), 3)}", "one gene for each")
        return None
    return _Transcripts(table, ids, stripped)


def _lost_reads(frames: Mapping[str, pd.DataFrame], unmapped: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    rows = []
    for frame, name in zip(frames.values(), names, strict=True):
        reads = frame["NumReads"].to_numpy()
        rows.append((name, int(unmapped.sum()), float(reads[unmapped].sum()), float(reads.sum())))
    return pd.DataFrame(rows, columns=["sample", "transcripts", "reads", "all_reads"])


def _across(frames: Mapping[str, pd.DataFrame], column: str) -> np.ndarray:
    """Return one column of all files as rows x samples."""
    return np.column_stack([frame[column].to_numpy() for frame in frames.values()])


def _sum_transcripts(
    frames: Mapping[str, pd.DataFrame], names: Sequence[str], gene: pd.Series, record: dict[str, pd.DataFrame]
) -> CountTable:
    """Sum the reads of each gene's transcripts, and average their effective lengths by abundance.

    By the definitions of Soneson, Love and Robinson (2015, F1000Research 4:1521). Where no transcript of a gene was
    seen in a sample its length there is the geometric mean over the samples that saw it; where none did, the mean of
    its transcripts in all samples. `gene` names the gene of each row, missing for those that are left out.
    """
    grouped = gene[gene.notna()]
    reads, tpm, length = (
        pd.DataFrame(_across(frames, column), gene.index, list(names)).loc[grouped.index]
        for column in ("NumReads", "TPM", "EffectiveLength")
    )
    counts, abundance = reads.groupby(grouped, sort=False).sum(), tpm.groupby(grouped, sort=False).sum()
    lengths = (tpm * length).groupby(grouped, sort=False).sum() / abundance.where(abundance > 0)
    seen = np.exp(np.log(lengths).mean(axis=1))
    never = length.mean(axis=1).groupby(grouped, sort=False).mean()
    typical = seen.fillna(never)
    lengths = lengths.apply(lambda column: column.fillna(typical))
    for frame in (counts, lengths):
        frame.index = pd.Index(frame.index.astype(str), name="gene")
    return CountTable(counts, pd.DataFrame(index=counts.index), lengths=lengths, record=record)
