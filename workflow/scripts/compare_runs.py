"""Say what changed between two runs of a cohort: `python workflow/scripts/compare_runs.py OLD NEW [--table FILE]`."""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from autocrine.comparison import compare_claims, compare_ledgers, compare_panels, describe
from autocrine.ledger import LEDGER, read_crate
from autocrine.tables import read_table, write_whole


def main(arguments=None):
    """Print what changed and, where asked for, write every change as a table; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="compare_runs.py",
        description="What changed for every claim and panel gene between two runs, and what of their inputs.",
    )
    parser.add_argument("old", type=Path, help="the earlier results of a cohort, such as before/results/demo")
    parser.add_argument("new", type=Path, help="the later ones, such as results/demo")
    parser.add_argument("--table", type=Path, help="write every change to this file (.tsv)")
    asked = parser.parse_args(arguments)
    wrong = [text for folder in (asked.old, asked.new) if (text := why_no_run(folder))]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 2
    try:
        changes, notes = compare(asked.old, asked.new)
    except (ValueError, KeyError) as error:
        print(f"The results cannot be read: {error}. Are both made by this workflow?", file=sys.stderr)
        return 2
    print(describe(changes, notes), end="")
    if asked.table:
        text = changes.to_csv(sep="\t", index=False, na_rep="NA", lineterminator="\n")
        write_whole(asked.table, lambda file: file.write_text(text, encoding="utf-8"))
    return 0


def why_no_run(folder):
    """Say why a folder is no run, or nothing."""
    if not folder.is_dir():
        return f"{folder}: there is no such folder"
    if not (folder / "panel.tsv").is_file():
        cohorts = sorted(path.parent.name for path in folder.glob("*/panel.tsv"))
        hint = f"; it holds the runs of {', '.join(cohorts)}: name one of them" if cohorts else ""
        return f"{folder}: not the results of a cohort (it has no panel.tsv){hint}"
    return ""


def compare(old, new):
    """Return all changes, and what could not be compared."""
    notes, parts = [f"{old} -> {new}"], []
    names = (LEDGER, compare_ledgers, _read_ledger), ("claims.tsv", compare_claims, read_table)
    for name, how, read in (*names, ("panel.tsv", compare_panels, read_table)):
        lacking = [str(folder) for folder in (old, new) if not (folder / name).is_file()]
        if len(lacking) == 1 or (lacking and name == LEDGER):
            notes.append(f"Not compared: {name} is not in {' and '.join(lacking)}.")
        if not lacking:
            parts.append(how(read(old / name), read(new / name)))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True), notes


def _read_ledger(path):
    return read_crate(json.loads(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
