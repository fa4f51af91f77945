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
ENGINES = ("parity", "pydeseq2", "deseq2", "glmgampoi", "edger", "voom")


def measure(folder: Path, designs: list[str], n_genes: int, repeats: dict[str, int], threads: int) -> dict:
    """Time all engines on all designs; what is done already is kept in ``folder/speed.json``.

    Every round runs each engine once, so that a slow spell of the machine meets all of them.

    Parameters
    ----------
    folder : Path
        Work folder.
    designs : list of str
        Keys of ``DESIGNS``.
    n_genes : int
        Genes per set.
    repeats : dict
        Runs per engine; 0 leaves an engine out.
    threads : int
        Threads of our engine, processes of PyDESeq2.

    Returns
    -------
    dict
        ``results[design][engine]`` with seconds, seconds of the whole process and peak_gb of every run, and calls;
        None for an engine that is absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "speed.json"
    results = json.loads(store.read_text()) if store.exists() else {}
    for name in designs:
        row = results.setdefault(name, {"samples": len(next(iter(DESIGNS[name].values())))})
        written = False
        for done in range(max(repeats.values())):
            for engine in ENGINES:
                if done >= repeats[engine] or (
                    engine in row and (not row[engine] or len(row[engine]["seconds"]) > done)
                ):
                    continue
                if not written:
                    _write(folder, name, n_genes)
                    written = True
                start = time.perf_counter()
                found = _run(engine, folder, threads)
                if found is not None:
                    found["whole"] = time.perf_counter() - start
                row[engine] = _joined(row.get(engine), found)
                store.write_text(json.dumps(results, indent=1))
    return results


def _joined(before: dict | None, found: dict | None) -> dict | None:
    """Add one run to the earlier ones of the same engine."""
    if found is None:
        return None
    return found | {key: [*(before[key] if before else []), found[key]] for key in ("seconds", "whole", "peak_gb")}


def _write(folder: Path, name: str, n_genes: int) -> None:
    counts, samples = simulate(name, n_genes)
    np.save(folder / "counts.npy", counts)
    counts.astype("<i4").tofile(folder / "counts.bin")
    samples.to_csv(folder / "samples.tsv", sep="\t", index=False)


def _run(engine: str, folder: Path, threads: int) -> dict | None:
    """Run one worker once; None where R or a package is absent."""
    if engine in ("parity", "pydeseq2"):
        command = [sys.executable, str(HERE / "worker.py"), engine, str(folder), str(threads)]
    elif shutil.which("Rscript"):
        command = ["Rscript", str(HERE / "worker.R"), engine, str(folder)]
    else:
        return None
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        if "there is no package" in done.stderr:
            return None
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
