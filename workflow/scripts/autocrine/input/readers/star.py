"""Counts by STAR: one ReadsPerGene.out.tab per sample, with a column for each way a library can be stranded."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import pandas as pd

from autocrine.input.readers.counts import CountTable
from autocrine.input.readers.files import STAR, name_samples
from autocrine.input.readers.merge import merge_tables
from autocrine.input.readers.text import parse_rows, read_delimited
from autocrine.problems import Findings, listed

# The columns after the gene, in their order (STAR manual, "Counting number of reads per gene").
STRANDS = ("unstranded", "forward", "reverse")
SUMMARY = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
# Of reads on genes, which share lies on their own strand: nearly all, nearly none, or half.
STRANDED, UNSTRANDED = 0.8, (0.4, 0.6)


def read_star(
    paths: Sequence[str], strandedness: str, samples: Collection[str] | None, absent_genes: str, findings: Findings
) -> CountTable | None:
    """Read one file per sample and take the column that fits the libraries.

    Parameters
    ----------
    paths
        ReadsPerGene.out.tab files.
    strandedness
        One of `STRANDS`, or "auto" to tell it from the totals of the columns.
    samples
        Sample names of the sheet.
    absent_genes
        See `merge_tables`.
    findings
        Receives every problem, the note of which column was read, and a warning where the totals speak against it.

    Returns
    -------
    Counts, with `record["star"]`: per sample the summary lines, the share of reads on the gene's own strand, what this
    says of the library, and the column read.
    """
    names = name_samples(paths, STAR, samples)
    columns = [_read_columns(path, findings) for path in paths]
    if any(table is None for table in columns):
        return None
    counts = [table.drop(index=list(SUMMARY), errors="ignore") for table in columns]
    record = pd.DataFrame(
        [{row: int(table.loc[row, "unstranded"]) for row in SUMMARY if row in table.index} for table in columns]
    )
    record.insert(0, "sample", names)
    record["forward_share"] = [_forward_share(table) for table in counts]
    record["detected"] = [_strandedness(share) for share in record["forward_share"]]
    chosen = _choose(record, strandedness, paths, findings)
    if chosen is None:
        return None
    record["strandedness"] = chosen
    tables = [
        CountTable(
            table[[chosen]].set_axis([name], axis=1),
            pd.DataFrame(index=table.index),
            dict.fromkeys((row for row in SUMMARY if row in whole.index), "a summary line of STAR, not a gene"),
        )
        for name, table, whole in zip(names, counts, columns, strict=True)
    ]
    return merge_tables(dict(zip(paths, tables, strict=True)), absent_genes, findings, {"star": record})


def _read_columns(path: str, findings: Findings) -> pd.DataFrame | None:
    text = read_delimited(path, findings)
    if text is None:
        return None
    if len(text.header) != 4:
        findings.problem(
            path,
            f"the first line has {len(text.header)} cells",
            "four columns as STAR --quantMode GeneCounts writes them: gene, unstranded, forward, reverse",
        )
        return None
    # The files have no header: what was taken for it is their first line.
    line = "\t".join(text.header)
    text = replace(text, header=["gene", *STRANDS], body=f"{line}\n{text.body}", first_line=text.first_line - 1)
    frame = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if frame is None:
        return None
    frame = frame.set_index("gene")
    numbers = frame.apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna().any(axis=1) | (numbers < 0).any(axis=1) | (numbers % 1 != 0).any(axis=1)
    if wrong.any():
        gene = frame.index[wrong][0]
        findings.problem(
            path,
            f'{wrong.sum()} row{"s hold" if wrong.sum() > 1 else " holds"} no counts, first "{gene}": '
            + ", ".join(frame.loc[frame.index == gene].iloc[0]),
            "whole numbers from 0 up",
        )
        return None
    if not set(SUMMARY) & set(frame.index):
        findings.note(f"{path}: the summary lines of STAR (N_unmapped, ...) are not there")
    return numbers.astype("int64")


def _forward_share(table: pd.DataFrame) -> float:
    forward, reverse = table["forward"].sum(), table["reverse"].sum()
    return float(forward / (forward + reverse)) if forward + reverse else float("nan")


def _strandedness(share: float) -> str:
    if share >= STRANDED:
        return "forward"
    if share <= 1 - STRANDED:
        return "reverse"
    return "unstranded" if UNSTRANDED[0] <= share <= UNSTRANDED[1] else "unclear"


def _choose(record: pd.DataFrame, strandedness: str, paths: Sequence[str], findings: Findings) -> str | None:
    where = listed(paths, 2)
    said = "; ".join(
        f"{kind}: {listed([f'{s.sample} ({s.forward_share:.0%})' for s in part.itertuples()], 4)}"
        for kind, part in record.groupby("detected", sort=False)
    )
    detected = set(record["detected"])
    if strandedness != "auto":
        findings.note(f"{where}: the column of {strandedness} libraries was read, as the config says")
        if detected != {strandedness}:
            text = (
                f"strandedness is {strandedness} in the config, but by the share of reads on the genes' own strand the "
                f"libraries are {said}"
            )
            others = record.loc[record["detected"] != strandedness, "sample"]
            findings.warn("strandedness", text, where, others)
        return strandedness
    if len(detected) == 1 and "unclear" not in detected:
        chosen = detected.pop()
        shares = record["forward_share"]
        findings.note(
            f"{where}: read as {chosen} libraries, since {shares.min():.0%} to {shares.max():.0%} of the reads lie on "
            "the genes' own strand"
        )
        return chosen
    findings.problem(
        where,
        "the samples do not agree on one strandedness, by the share of reads on the genes' own strand. " + said,
        '"strandedness: unstranded", "forward" or "reverse" in the config, or the samples of one library kind only',
    )
    return None
