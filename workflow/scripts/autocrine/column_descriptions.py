"""What is known of columns, written out: for programs (Data Package), for readers (Markdown, rows of the workbook)."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from autocrine.columns import BOOLEAN, INTEGER, MISSING_NUMBER, NUMBER, SUMMARY_CLAIMS, TABLES, TEXT, table_at

# The types as Table Schema (frictionless) calls them.
SCHEMA_TYPES = {TEXT: "string", NUMBER: "number", INTEGER: "integer", BOOLEAN: "boolean"}


def describe_package(name: str, title: str, headers: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Describe tables as a Data Package (frictionless), by which programs read and validate them.

    Parameters
    ----------
    name, title
        Of the cohort.
    headers
        Path of each file, from the folder of the package -> its columns.

    Returns
    -------
    The package, with a Table Schema for each file.
    """
    resources = []
    for path, header in headers.items():
        table = table_at(path)
        fields = [
            {"name": column, "type": SCHEMA_TYPES[part.type], "description": part.meaning}
            for column in header
            if (part := table.column(column))
        ]
        compression = {"compression": "gz"} if path.endswith(".gz") else {}
        resources.append(
            {
                "name": re.sub(r"[^a-z0-9._/-]", "_", path.lower()),
                "path": path,
                "profile": "tabular-data-resource",
                "format": "tsv",
                "encoding": "utf-8",
                **compression,
                "description": table.rows,
                "dialect": {"delimiter": "\t"},
                "schema": {"fields": fields, "missingValues": [MISSING_NUMBER]},
            }
        )
    return {
        "profile": "tabular-data-package",
        "name": re.sub(r"[^a-z0-9._/-]", "_", name.lower()),
        "title": title,
        "resources": resources,
    }


def explain(paths: Iterable[str], header_of: Callable[[str], Sequence[str]]) -> list[tuple[str, str, str, str]]:
    """List table, column, type and meaning of every column of some files, each table once."""
    rows = {}
    for path in paths:
        table = table_at(path)
        for name in header_of(path):
            if part := table.column(name):
                rows[PurePath(path).name, name] = (part.type, part.meaning)
    return [(*key, *described) for key, described in rows.items()]


def document() -> str:
    """Return docs/tables.md: every table with its columns."""
    parts = [
        "# Tables",
        "Every table that a run writes below `results/`. Generated from `workflow/scripts/autocrine/columns/`: "
        "`make docs` writes it anew. `*` stands for what differs from run to run, such as the number of a step.",
    ]
    for table in TABLES:
        rows = [
            f"| {', '.join(f'`{name}`' for name in part.names)} | {part.type} | {part.meaning} |"
            for part in table.columns
        ]
        if table.others:
            rows.append(f"| all others | {table.others} | {table.others_meaning} |")
        title = PurePath(table.path).name if table is not SUMMARY_CLAIMS else table.path
        text = f"`{table.path}`: {table.rows}."
        parts += [f"## {title}", text, "\n".join(["| column | type | meaning |", "| --- | --- | --- |", *rows])]
    return "\n\n".join(parts) + "\n"
