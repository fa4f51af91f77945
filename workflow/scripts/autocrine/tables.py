"""Tables at the edge: tab-separated, deterministic, written whole or not at all."""

import csv
import gzip
import hashlib
import io
import json
import os
import re
import secrets
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autocrine.columns import BOOLEAN, INTEGER, MISSING_NUMBER, NUMBER, TEXT, table_at


def sha256_of(path: str | Path) -> str:
    """Return the SHA-256 checksum of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: str | Path, write: Callable[[Path], object]) -> None:
    """Call `write` with a temporary neighbour of `path`, then put it in place in one step.

    A job that is killed leaves no half-written file under the final name. Two jobs that write the same file, on
    two nodes or after a snakemake that was killed without its jobs, do not meet: each has a neighbour of its own.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{secrets.token_hex(4)}.{path.name}")
    try:
        write(temporary)
        # A network file system may tell only now that it is full.
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
    """Write a table as TSV (gzipped where the name ends in .gz), numbers to ten digits.

    A missing number is written as `NA`, a missing text as nothing. A last column `data_origin` says "SIMULATED" or
    "measured" in every row; where rows differ in it, it is a column.

    Raises
    ------
    ValueError
        If `autocrine.columns` does not say what a column is.
    """
    table, body = table.assign(data_origin=data_origin), io.StringIO()
    about = table_at(path)
    parts = {name: about.column(name) for name in table}
    if unknown := [name for name, part in parts.items() if part is None]:
        raise ValueError(f"{Path(path).name}: no type and meaning of {unknown} in autocrine/columns/")
    texts = [name for name, part in parts.items() if part and part.type == TEXT]
    table[texts] = table[texts].astype(object).where(table[texts].notna(), "")
    writer = csv.writer(body, delimiter="\t", lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*(_written(column) for _, column in table.items()), strict=True))
    raw = body.getvalue().encode("utf-8")
    if str(path).endswith(".gz"):
        # A quarter of the time of level 6, for a twelfth more bytes.
        raw = gzip.compress(raw, compresslevel=2, mtime=0)
    write_whole(path, lambda file: file.write_bytes(raw))


def _written(column: pd.Series) -> list[Any]:
    """Return the cells of a column as `DataFrame.to_csv` would write them, which asks a function about each number.

    All numbers of a column are formatted in one call here: a fifth of the time, and tables are a third of a fit's.
    """
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "f":
        values = column.to_numpy()
        cells = ("%.10g\n" * len(values) % tuple(values.tolist())).split("\n")[:-1]
    else:
        cells = column.astype(object).tolist()
    for place in np.flatnonzero(column.isna().to_numpy()):
        cells[place] = MISSING_NUMBER
    return cells


def read_header(path: str | Path) -> list[str]:
    """Return the names of the columns of a table that `write_table` wrote."""
    with (gzip.open if str(path).endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as file:
        return next(csv.reader(file, delimiter="\t"), [])


def read_table(path: str | Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read a table that `write_table` wrote, or a few columns; each has the type that `autocrine.columns` gives it.

    Text stays as written, even "007", "true" and "NA"; a missing text is empty, a missing number NaN.

    Raises
    ------
    ValueError
        With the path, where the file is damaged or lacks a column.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    kinds = {TEXT: pa.string(), NUMBER: pa.float64(), INTEGER: pa.int64(), BOOLEAN: pa.bool_()}
    about = table_at(path)
    try:
        wanted = read_header(path) if columns is None else list(columns)
        # A column of older results that is described no more is text.
        types = {name: kinds[column.type if (column := about.column(name)) else TEXT] for name in wanted}
        table = arrow.read_csv(
            path,
            parse_options=arrow.ParseOptions(delimiter="\t", newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                include_columns=wanted, column_types=types, null_values=[MISSING_NUMBER], strings_can_be_null=False
            ),
        )
    except (FileNotFoundError, PermissionError):
        raise
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error, pa.ArrowInvalid, KeyError) as error:
        raise ValueError(f"{path} is damaged ({error}): delete it to have it made again") from error
    return table.to_pandas()


def read_json(path: str | Path) -> Any:
    """Read a record that `write_json` wrote."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


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
