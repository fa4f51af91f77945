"""Remake docs/reliability.md: what the checks answer to hostile and mistaken inputs, and what faults do to a run.

Usage: python benchmarks/reliability.py (a quarter of an hour, as root for the lost drive), with the environment of the
tests. The attacks are those of tests/hostile/cases, each on a small sound study in a process of its own; the faults
are those of faults.py.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT), str(ROOT / "benchmarks")]

import faults  # noqa: E402
from tests.hostile.harness import BYTES, SECONDS, answers, read_attacks  # noqa: E402

HEAD = f"""# Reliability

## Hostile and mistaken inputs

Made by `python benchmarks/reliability.py` from the attacks in `tests/hostile/cases`, which `make test` repeats one by
one. Each is done to a small sound study, and the checks that a run makes before its first job are made in a process of
its own, bounded to {SECONDS} s and {BYTES / 2**30:.0f} GB. *Rightly accepted* are controls that must pass, such as
counts in a .zst file. *Wrongly answered* are those that are accepted though wrong, refused though right, or refused
without the words that the case asks for. *Crashed* has no answer in words, or none within the bounds.

"""


FAULTS = """
## Faults

The study of the template (six samples, one model), run with two cores. Each row is a run, or many, that met a fault,
and what the next run made of it.

| fault | what became of it |
| --- | --- |
"""


def main(folder: Path, output: Path) -> int:
    """Write the page; return 1 where an attack was answered wrongly."""
    rows = []
    for asked, answer in answers(folder, read_attacks()):
        said = asked.outcome == "any" or all(words in answer.said(asked.outcome) for words in asked.says)
        meant = (
            {"any"} if asked.outcome == "any" else {asked.outcome, *(["noted"] if asked.outcome == "accepted" else [])}
        )
        right = not answer.fault and said and (asked.outcome == "any" or answer.outcome in meant)
        rows.append(
            {
                "class": asked.kind,
                "attack": asked.title,
                "outcome": "crashed" if answer.fault else answer.outcome if right else "wrong",
                "seconds": answer.seconds,
                "megabytes": answer.memory / 2**20,
            }
        )
    table = pd.DataFrame(rows)
    met = "".join(f"| {row} |\n" for row in faults.measure(folder / "faults"))
    output.write_text(HEAD + describe(table) + FAULTS + met, encoding="utf-8")
    wrong = table[table["outcome"].isin(["crashed", "wrong"])]
    print("\n".join(wrong["attack"]))
    return int(len(wrong) > 0)


def describe(table: pd.DataFrame) -> str:
    """Return the table by class, with all attacks in the last row."""
    columns = ["refused", "warned", "noted", "accepted", "wrong", "crashed"]
    head = ["class", "attacks", "refused", "warned of", "noted", "rightly accepted", "wrongly answered", "crashed"]
    lines = ["| " + " | ".join([*head, "median s", "longest s", "most MB"]) + " |", "| --- " * 11 + "|"]
    for name, part in [*table.groupby("class", sort=True), ("all", table)]:
        counts = [str((part["outcome"] == outcome).sum()) for outcome in columns]
        times = [f"{part['seconds'].median():.1f}", f"{part['seconds'].max():.1f}", f"{part['megabytes'].max():.0f}"]
        lines.append("| " + " | ".join([str(name), str(len(part)), *counts, *times]) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "reliability.md")
    with tempfile.TemporaryDirectory() as made:
        sys.exit(main(Path(made), parser.parse_args().output))
