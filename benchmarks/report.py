"""Turn measurements into docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
from datetime import date
from importlib.metadata import version
from pathlib import Path

OWN_SECTIONS = ("\n## Speed\n", "\n## Parity with R DESeq2 ")
HEADINGS = {
    "parity": "this engine", "pydeseq2": "PyDESeq2", "deseq2": "R DESeq2", "glmgampoi": "R glmGamPoi",
    "edger": "R edgeR", "voom": "R limma-voom",
}  # fmt: skip
# Run fewer times, as a run takes minutes.
SLOW = ("pydeseq2", "deseq2", "glmgampoi", "edger")
# At so few genes, starting takes most of the time.
FEW = 2_000
PEERS = [engine for engine in HEADINGS if engine != "parity"]


def write_report(
    out: Path, speed: dict, few: dict, parity: dict, n_genes: int, repeats: dict[str, int], threads: int, note: str
) -> None:
    """Write the page.

    Parameters
    ----------
    out : Path
        Page to write.
    speed, few, parity : dict
        What ``speed.measure`` returned for ``n_genes`` and for FEW genes, and what ``parity.compare`` did.
    n_genes, repeats, threads
        How the speed was measured.
    note : str
        A sentence on the circumstances.
    """
    parts = [
        "# Benchmarks\n",
        "Speed and parity are remade by one command, `python benchmarks/run.py`; other sections name theirs. What is "
        "computed is described in [statistics.md](statistics.md).\n",
        _conditions(speed, n_genes, repeats, threads, note),
        "## Speed\n",
        "Seconds for fit, Wald test and adjusted p-values; in brackets how many times longer than this engine. "
        "Loading of libraries and data is left out. The tests of the engines are not the same: voom is a linear model "
        "of weighted log counts, edgeR (`glmQLFit`) and glmGamPoi test by quasi-likelihood; only PyDESeq2 and R DESeq2 "
        "fit the model this engine fits.\n",
        _speed_table(speed, "seconds"),
        "Seconds of whole processes, from the start of Python or R (with the kernels of this engine compiled by an "
        f"earlier run), reading counts included; at the end of {FEW:,} genes, where starting is most of it:\n",
        _speed_table(speed | {f"{name}, {FEW:,} genes": row for name, row in few.items()}, "whole"),
        "Peak memory in GB (of the main process; the worker processes of PyDESeq2 come on top):\n",
        _memory_table(speed),
        "## Parity with R DESeq2 1.38.3\n",
        "Calls are genes with adjusted p below 0.05; a changed call is one that is in one list but not in the other. "
        "log2 FC and adjusted p: 99th percentile of the absolute difference over genes; SE: of the relative "
        "difference; trend: the larger relative difference of the two coefficients. The references of real sets "
        "hold ten digits and those of simulated sets six, so differences near 1e-10 and 1e-6 are their rounding.\n",
        _parity_table(parity),
        _apart(parity),
    ]
    out.write_text("\n".join(parts) + (sections_of_others(out.read_text()) if out.exists() else ""))


def sections_of_others(page: str) -> str:
    """Return the sections of the page that other commands measure, each with the line before it."""
    sections = re.findall(r"\n## .*?(?=\n## |\Z)", page, re.DOTALL)
    return "".join(section for section in sections if not section.startswith(OWN_SECTIONS))


def _conditions(speed: dict, n_genes: int, repeats: dict[str, int], threads: int, note: str) -> str:
    packages = ("pydeseq2", "numba", "numpy", "scipy", "pandas")
    # Engines in R say their version.
    r = {e: row[e]["version"] for row in speed.values() for e in PEERS if row.get(e) and "version" in row[e]}
    fewer = f" ({repeats['deseq2']} of {', '.join(HEADINGS[e] for e in SLOW)})"
    slow = "" if repeats["deseq2"] == repeats["parity"] else fewer
    lines = [
        f"Date: {date.today().isoformat()}. Machine: {_processor()}, {os.cpu_count()} cores, {_memory()} GB. "
        f"Python {platform.python_version()}, " + ", ".join(f"{p} {version(p)}" for p in packages) + ".",
        f"R: {_r_version()}; "
        + "; ".join(
            f"{HEADINGS[e].removeprefix('R ')} {r.get(e, 'absent or not run')}" for e in PEERS if e != "pydeseq2"
        )
        + ".",
        f"Simulated sets of {n_genes:,} genes; {threads} threads for this engine, {threads} processes for PyDESeq2; "
        f"medians of {repeats['parity']} runs{slow}, each in a process of its own, the engines taking turns. {note}\n",
    ]
    return "\n".join(lines)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _speed_table(speed: dict, kind: str) -> str:
    rows = []
    for name, row in speed.items():
        ours = statistics.median(row["parity"][kind])
        cells = [f"{name} (n = {row['samples']})", f"{ours:.2f}"]
        for engine in PEERS:
            measured = row.get(engine)
            if measured is None:
                cells.append(_without(row, engine))
                continue
            seconds = statistics.median(measured[kind])
            cells.append(f"{seconds:.{2 if seconds < 1 else 1}f} ({seconds / ours:.1f}x)")
        rows.append(cells)
    return _table(["design", *HEADINGS.values()], rows)


def _without(row: dict, engine: str) -> str:
    return "absent" if engine in row else "not run"


def _memory_table(speed: dict) -> str:
    rows = [
        [name, *(f"{max(row[e]['peak_gb']):.2f}" if row.get(e) else _without(row, e) for e in HEADINGS)]
        for name, row in speed.items()
    ]
    return _table(["design", *HEADINGS.values()], rows)


def _parity_table(parity: dict) -> str:
    rows = []
    for name, row in parity.items():
        if row is None:
            rows.append([name, "absent", *[""] * 9])
            continue
        trend = "local" if row["trend"] is None else f"{row['trend']:.0e}"
        rows.append([
            name, f"{row['genes']:,}", str(row["residual_df"]), f"{row['r_calls']:,}", str(row["changed"]),
            str(row.get("default_changed", "not run")), f"{row['log2_fc']:.0e}", f"{row['lfc_se']:.0e}",
            f"{row['adj_p_value']:.0e}", f"{row['size_factors']:.0e}", trend,
        ])  # fmt: skip
    head = ["set", "genes", "residual df", "R's calls", "changed", "changed by default PyDESeq2", "log2 FC", "SE",
            "adjusted p", "size factors", "trend"]  # fmt: skip
    return _table(head, rows)


def _apart(parity: dict) -> str:
    lines = [
        "Genes whose log2 fold change differs by more than 0.001 (ours, R's). All have design cells without any count, "
        "so that the likelihood has no finite maximum: R's general optimiser stops on its flat part.\n"
    ]
    found = [
        f"- {name}: {gene} ({ours:.4f}, {theirs:.4f})"
        for name, row in parity.items() if row
        for gene, (ours, theirs) in row["apart"].items()
    ]  # fmt: skip
    return "\n".join([*lines, *(found or ["- none"])]) + "\n"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 1e9:.0f}"


def _r_version() -> str:
    try:
        done = subprocess.run(["Rscript", "-e", "cat(R.version.string)"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "absent"
    return done.stdout.strip()
