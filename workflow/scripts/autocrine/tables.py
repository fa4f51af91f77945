"""Tables at the edge: tab-separated, deterministic, written whole or not at all."""

import gzip
import hashlib
import io
import json
import os
import re
import secrets
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

# Columns of our tables that hold names: never numbers, never missing.
NAMES = {
    "sample", "gene_id", "gene_name", "symbol", "ensembl", "entrez", "model", "contrast", "component", "column",
    "role", "group", "tier", "status", "reason", "outlier_flag", "sex_flag", "sex_by_genes", "data_origin",
    "outcome", "genome_wide_outcome", "family", "highest", "lowest", "composition_reason", "composition_flag",
    "one_sample", "one_sample_words", "contrary_words", "warnings",
    "error", "way", "factor", "in_fit", "sensitivity_words", "kind", "variant", "patient", "title", "claim",
    "statement", "gene", "score", "population", "comparison", "expected", "verdict", "words", "caveat", "source",
    "genes", "gene_1", "gene_2", "warning", "gene_set", "genes_hit", "description", "unit", "file", "cohort",
    "cohort_title", "cohort_names", "evidence", "form", "left_out", "written", "own_cells",
}  # fmt: skip


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 checksum of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: str | Path, write: Callable[[Path], None]) -> None:
    """Call `write` with a temporary neighbour of `path`, then put it in place in one step.

    A job that is killed leaves no half-written file under the final name. Two jobs that write the same file, on
    two nodes or after a snakemake that was killed without its jobs, do not meet: each has a neighbour of its own.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        write(temporary)
        # A network file system may tell only now that it has no room left.
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Whether a file has a name under which `write_whole` writes: what a killed job leaves."""
    return re.match(r"\.[0-9a-f]{8}\.", path.name) is not None


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text whole."""
    write_whole(path, lambda file: file.write_text(text, encoding="utf-8"))


def write_table(path: str | Path, table: pd.DataFrame, data_origin: str | pd.Series) -> None:
    """Write a table as TSV (gzipped where the name ends in .gz), numbers to ten digits, missing values as "NA".

    A last column `data_origin` says "SIMULATED" or "measured" in every row; where rows differ in it, it is a column.
    """
    body = io.StringIO()
    table.assign(data_origin=data_origin).to_csv(
        body, sep="\t", index=False, na_rep="NA", float_format="%.10g", lineterminator="\n"
    )
    raw = body.getvalue().encode("utf-8")
    if str(path).endswith(".gz"):
        raw = gzip.compress(raw, compresslevel=6, mtime=0)
    write_whole(path, lambda file: file.write_bytes(raw))


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table that `write_table` wrote; names stay as written, even "007" and "NA".

    Raises
    ------
    ValueError
        With the path, where the file is damaged.
    """
    try:
        with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf-8") as file:
            columns = file.readline().rstrip("\n").split("\t")
        names = [name for name in columns if name in NAMES]
        numbers = {name: ["NA"] for name in columns if name not in NAMES}
        return pd.read_csv(
            path, sep="\t", dtype=dict.fromkeys(names, str), na_values=numbers, keep_default_na=False, low_memory=False
        )
    except (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError, pd.errors.ParserError) as error:
        raise ValueError(f"{path} is damaged ({error}): delete it to have it made again") from error


def write_json(path: str | Path, values: dict[str, Any]) -> None:
    """Write a dictionary as indented JSON; arrays become lists, numbers that are none become null."""
    write_text(path, json.dumps(_plain(values), indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _plain(value: Any) -> Any:
    """Turn numpy's types into Python's, and NaN, which JSON lacks, into None."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
