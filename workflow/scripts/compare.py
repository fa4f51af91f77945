"""Say what changed between two runs: `snakemake compare`, or `python workflow/scripts/compare.py OLD NEW`."""

import argparse
import filecmp
import json
import sys
from pathlib import Path

import pandas as pd

from autocrine.problems import listed
from autocrine.run.changes import (
    COLUMNS,
    compare_claims,
    compare_ledgers,
    compare_meta,
    compare_panels,
    compare_pooled_claims,
    describe,
)
from autocrine.run.ledger import read_crate
from autocrine.run.records import LEDGER
from autocrine.tables import read_table, write_whole

SUMMARY = "summary"


def main(old, new, table=None):
    """Print what changed and, where asked for, write every change as a table; return the exit status.

    Both folders are results of a cohort, or both hold those of several.
    """
    old, new = Path(old), Path(new)
    if table:
        # A refused comparison must not leave the answer of an earlier one.
        Path(table).unlink(missing_ok=True)
    wrong = [text for folder in (old, new) if (text := why_no_run(folder))]
    if not wrong and is_run(old) != is_run(new):
        said = "one holds the results of a cohort, the other those of several"
        wrong = [f"{old} and {new}: {said}; two of a kind are needed, such as before/results and results"]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 2
    try:
        parts, notes = ({new.resolve().name: compare_cohort(old, new)}, []) if is_run(old) else compare_all(old, new)
    except (ValueError, KeyError) as error:
        print(f"The results cannot be read: {error}. Are both made by this workflow?", file=sys.stderr)
        return 2
    print("\n".join([text for text, _ in parts.values()] + notes), end="")
    if table:
        found = [rows.assign(cohort=name) for name, (_, rows) in parts.items() if len(rows)]
        changes = pd.concat(found or [pd.DataFrame(columns=[*COLUMNS, "cohort"])])
        content = changes.to_csv(sep="\t", index=False, na_rep="NA", lineterminator="\n")
        write_whole(table, lambda file: file.write_text(content, encoding="utf-8"))
    return 0


def is_run(folder):
    """Whether a folder holds the results of one cohort."""
    return (folder / "panel.tsv").is_file()


def cohorts_in(folder):
    """Return the names of the cohorts whose results are in a folder."""
    return sorted(path.parent.name for path in folder.glob("*/panel.tsv"))


def why_no_run(folder):
    """Say why there is nothing to compare in a folder, or nothing."""
    if not folder.is_dir():
        return f"{folder}: there is no such folder"
    if not is_run(folder) and not cohorts_in(folder):
        return f"{folder}: no results of a cohort: there is no panel.tsv in it, nor in a folder of it as in results/"
    return ""


def compare_all(old, new):
    """Return name -> text and table of each cohort, and of the summary, that both folders hold; and what one lacks."""
    parts, there = {}, [cohorts_in(old), cohorts_in(new)]
    for name in there[1]:
        if name in there[0]:
            parts[name] = compare_cohort(old / name, new / name)
    pooled = [(folder / SUMMARY / "meta_analysis.tsv").is_file() for folder in (old, new)]
    if all(pooled):
        kinds = {"claims.tsv": compare_pooled_claims, "meta_analysis.tsv": compare_meta}
        parts[SUMMARY] = _compare(old / SUMMARY, new / SUMMARY, kinds)
    own = [names + [SUMMARY] * summed for names, summed in zip(there, pooled, strict=True)]
    lone = [[name for name in own[i] if name not in own[1 - i]] for i in (0, 1)]
    return parts, [f"Only in {(old, new)[i]}: {', '.join(lone[i])}\n" for i in (0, 1) if lone[i]]


def compare_cohort(old, new):
    """Return text and table of what changed in one cohort."""
    return _compare(old, new, {"claims.tsv": compare_claims, "panel.tsv": compare_panels})


def _compare(old, new, tables):
    notes, parts = [f"{old} -> {new}"], []
    for name, how in {LEDGER: compare_ledgers, **tables}.items():
        lacking = [str(folder) for folder in (old, new) if not (folder / name).is_file()]
        if len(lacking) == 1 or (lacking and name == LEDGER):
            notes.append(f"Not compared: {name} is not in {' and '.join(lacking)}.")
        if not lacking:
            read = _read_ledger if name == LEDGER else read_table
            parts.append(how(read(old / name), read(new / name)))
    if others := _other_tables(old, new, tables):
        notes.append(f"Tables that differ and are not compared row by row: {listed(others, 12)}.")
    changes = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return describe(changes, notes), changes


def _other_tables(old, new, compared):
    """Name the tables in both folders that differ, but for those that are compared."""
    found = []
    for path in sorted([*new.rglob("*.tsv"), *new.rglob("*.tsv.gz")]):
        name = str(path.relative_to(new))
        before = old / name
        if name not in compared and before.is_file() and not filecmp.cmp(before, path, shallow=False):
            found.append(name)
    return found


def _read_ledger(path):
    return read_crate(json.loads(path.read_text(encoding="utf-8")))


def _read_arguments():
    parser = argparse.ArgumentParser(
        prog="compare.py",
        description="What changed for every claim and panel gene between two runs, and what of their inputs.",
    )
    parser.add_argument("old", type=Path, help="the earlier results: of a cohort (before/results/demo) or of all")
    parser.add_argument("new", type=Path, help="the later ones (results/demo, or results)")
    parser.add_argument("--table", type=Path, help="write every change to this file (.tsv)")
    return vars(parser.parse_args())


if __name__ == "__main__":
    if "snakemake" not in globals():
        sys.exit(main(**_read_arguments()))
    if not snakemake.params.old:
        sys.exit("Compare with which results? Say it by --config compare_with=FOLDER, a copy of the results of a run.")
    sys.exit(main(snakemake.params.old, snakemake.params.new, snakemake.log[0]))
