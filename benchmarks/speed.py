"""The speed table: every engine on the simulated designs, each in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from simulate import DESIGNS, simulate

HERE = Path(__file__).resolve().parent
ENGINES = ("parity", "pydeseq2", "deseq2", "voom")


def measure(folder: Path, designs: list[str], n_genes: int, repeats: dict[str, int], threads: int) -> dict:
    """Time all engines on all designs; what is done already is kept in ``folder/speed.json``.

    Parameters
    ----------
    folder : Path
        Work folder.
    designs : list of str
        Keys of ``DESIGNS``.
    n_genes : int
        Genes per set.
    repeats : dict
        Repeats per engine; 0 leaves an engine out.
    threads : int
        Threads of our engine, processes of PyDESeq2.

    Returns
    -------
    dict
        ``results[design][engine]`` with seconds, calls, peak_gb; ``cold`` for a whole process of ours.
    """
    store = folder / "speed.json"
    results = json.loads(store.read_text()) if store.exists() else {}
    for name in designs:
        row = results.setdefault(name, {})
        wanted = [e for e in ENGINES if e not in row and repeats[e] > 0]
        if not wanted and "cold" in row:
            continue
        _write(folder, name, n_genes)
        row["samples"] = len(next(iter(DESIGNS[name].values())))
        for engine in wanted:
            row[engine] = _run(engine, folder, repeats[engine], threads)
            store.write_text(json.dumps(results, indent=1))
        start = time.perf_counter()
        _run("parity", folder, 1, threads)
        row["cold"] = time.perf_counter() - start
        store.write_text(json.dumps(results, indent=1))
    return results


def _write(folder: Path, name: str, n_genes: int) -> None:
    counts, samples = simulate(name, n_genes)
    np.save(folder / "counts.npy", counts)
    counts.astype("<i4").tofile(folder / "counts.bin")
    samples.to_csv(folder / "samples.tsv", sep="\t", index=False)


def _run(engine: str, folder: Path, repeats: int, threads: int) -> dict | None:
    """Run one worker; None where R or a package is absent."""
    if engine in ("parity", "pydeseq2"):
        command = [sys.executable, str(HERE / "worker.py"), engine, str(folder), str(repeats), str(threads)]
    elif shutil.which("Rscript"):
        command = ["Rscript", str(HERE / "worker.R"), engine, str(folder), str(repeats)]
    else:
        return None
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        if "there is no package" in done.stderr:
            return None
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
