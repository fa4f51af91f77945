"""Time one Python engine on one data set, in a process of its own; prints one line of JSON.

Usage: python worker.py ENGINE FOLDER THREADS, with FOLDER holding counts.npy and samples.tsv.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts"), str(ROOT / "benchmarks")]

from simulate import make_design  # noqa: E402

ALPHA = 0.05


def with_parity(counts: np.ndarray, design: pd.DataFrame, threads: int) -> np.ndarray:
    """Fit, test the last coefficient, adjust: adjusted p-values of the parity engine."""
    from autocrine import engine

    fit = engine.fit_model(counts, design, threads=threads)
    found = engine.test_contrast(fit, np.eye(design.shape[1])[-1])
    return engine.adjust_p_values(found["p_value"], fit.genes["base_mean"], ALPHA)[0]


def with_pydeseq2(counts: np.ndarray, design: pd.DataFrame, threads: int) -> np.ndarray:
    """Return the adjusted p-values of PyDESeq2 as its own documentation runs it."""
    from pydeseq2.dds import DeseqDataSet
    from pydeseq2.ds import DeseqStats

    samples = [f"s{i}" for i in range(len(counts))]
    frame = pd.DataFrame(counts, index=samples, columns=[f"g{j}" for j in range(counts.shape[1])])
    design = design.set_axis(samples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sheet = pd.DataFrame({"sample": samples}, index=samples)
        dds = DeseqDataSet(counts=frame, metadata=sheet, design=design, n_cpus=threads, quiet=True)
        dds.deseq2()
        contrast = np.eye(design.shape[1])[-1]
        stats = DeseqStats(dds, contrast=contrast, alpha=ALPHA, n_cpus=threads, quiet=True)
        stats.summary()
    return stats.results_df["padj"].to_numpy()


ENGINES = {"parity": with_parity, "pydeseq2": with_pydeseq2}


def main() -> None:
    """Load, warm up, run, report."""
    name, folder, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    counts = np.load(folder / "counts.npy").astype(np.int64)
    design = make_design(pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str))
    if name == "parity":
        # few genes first, which loads the compiled kernels that the design needs
        with_parity(counts[:, :200], design, 1)
    else:
        import pydeseq2.ds  # noqa: F401
    start = time.perf_counter()
    adjusted = ENGINES[name](counts, design, threads)
    seconds = time.perf_counter() - start
    calls = int((adjusted < ALPHA).sum())
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"seconds": seconds, "calls": calls, "peak_gb": own / 1e6}))


if __name__ == "__main__":
    main()
