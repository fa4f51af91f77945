"""Remake docs/benchmarks.md: the speed table and the parity table.

Usage: python benchmarks/run.py (all of it: about an hour and a half, most of it other engines), or with --quick for
a small run that only shows that everything works. Engines that are not installed are reported absent.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from parity import compare, read_cases  # noqa: E402
from report import FEW, SLOW, write_report  # noqa: E402
from simulate import DESIGNS  # noqa: E402
from speed import ENGINES, measure  # noqa: E402


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="threads of our engine, processes of PyDESeq2")
    parser.add_argument("--genes", type=int, default=20_000, help="genes per simulated set")
    parser.add_argument("--repeats", type=int, default=5, help="runs of each engine")
    parser.add_argument("--slow-repeats", type=int, help="runs of all but this engine and voom; as many unless given")
    parser.add_argument("--work", type=Path, help="keep measurements here; a second run continues from them")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "benchmarks.md", help="the page to write")
    parser.add_argument("--note", default="", help="a sentence for the page, such as what else the machine was doing")
    parser.add_argument("--quick", action="store_true", help="500 genes, two designs, no slow engine")
    options = parser.parse_args()
    designs, genes = list(DESIGNS), options.genes
    slow = options.repeats if options.slow_repeats is None else options.slow_repeats
    if options.quick:
        designs, genes, slow = designs[:2], 500, 0
    work = options.work or Path(tempfile.mkdtemp(prefix="benchmarks-"))
    work.mkdir(parents=True, exist_ok=True)

    repeats = {engine: slow if engine in SLOW else options.repeats for engine in ENGINES}
    speed = measure(work / f"{genes} genes", designs, genes, repeats, options.threads)
    few = measure(
        work / f"{FEW} genes", designs[:3], FEW, repeats | dict.fromkeys(("pydeseq2", "deseq2"), 0), options.threads
    )
    store = work / "parity.json"
    parity = json.loads(store.read_text()) if store.exists() else {}
    for name, case in read_cases().items():
        if name not in parity:
            parity[name] = None if case is None else compare(case, options.threads, with_default=slow > 0)
            store.write_text(json.dumps(parity, indent=1))
    write_report(options.out, speed, few, parity, genes, repeats, options.threads, options.note)


if __name__ == "__main__":
    main()
