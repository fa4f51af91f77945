"""Time and memory of sums of cells of large generated files; `benchmarks/cells.py` writes them into docs/cells.md."""

from __future__ import annotations

import functools
import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from anndata.io import write_elem
from scipy import sparse

ROOT = Path(__file__).resolve().parents[1]
SEED = 20261128


def draw_large(number: int, genes: int) -> Iterator[sparse.csr_array]:
    """Return cells of about 1,000 genes each, 5,000 at a time. SIMULATED."""
    random = np.random.default_rng(SEED)
    for first in range(0, number, 5000):
        places = np.cumsum(random.integers(1, 39, (min(5000, number - first), 1050)), axis=1, dtype=np.int32)
        there = places < genes
        values = random.geometric(0.6, places.shape).astype(np.float32)[there]
        starts = np.concatenate([[0], np.cumsum(there.sum(axis=1))])
        yield sparse.csr_array((values, places[there], starts), shape=(len(places), genes))


def write_large(
    path: Path, number: int, genes: int = 20_000, samples: int = 20, layout: str = "csr", compression: str | None = None
) -> int:
    """Write cells as an .h5ad file, in parts where it is CSR; return the number of stored values."""
    random = np.random.default_rng(SEED)
    parts = draw_large(number, genes)
    if layout == "csc":
        parts = iter([sparse.csc_array(sparse.vstack(list(parts), format="csr"))])
    end, starts = 0, [np.zeros(1, dtype=np.int64)]
    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        group = file.create_group("X")
        kind = {"encoding-type": f"{layout}_matrix", "encoding-version": "0.1.0", "shape": [number, genes]}
        group.attrs.update(kind)
        for name, width in (("data", "f4"), ("indices", "i4")):
            chunks = {"maxshape": (None,), "chunks": (1 << 18,), "compression": compression}
            group.create_dataset(name, (0,), dtype=width, **chunks)
        for part in parts:
            last = end + part.nnz
            for name in ("data", "indices"):
                group[name].resize((last,))
                group[name][end:last] = getattr(part, name)
            starts.append(part.indptr[1:].astype(np.int64) + end)
            end = last
        group["indptr"] = np.concatenate(starts)
        obs = pd.DataFrame(index=[f"c{place}" for place in range(number)])
        obs["sample"] = pd.Categorical([f"S{place % samples}" for place in range(number)])
        obs["state"] = pd.Categorical(random.choice(["LSC", "GMP", "MSC"], number))
        write_elem(file, "obs", obs)
        write_elem(file, "var", pd.DataFrame(index=[f"g{place}" for place in range(genes)]))
    return end


def write_folder(folder: Path, number: int, genes: int = 20_000, by_gene: bool = False) -> int:
    """Write cells as a folder of 10x, its entries sorted by cell or by gene; return the number of stored values."""
    folder.mkdir()
    parts = list(draw_large(number, genes))
    stored, first = sum(part.nnz for part in parts), 0
    if by_gene:
        parts = [sparse.csc_array(sparse.vstack(parts, format="csr"))]
    with gzip.open(folder / "matrix.mtx.gz", "wb", compresslevel=6) as file:
        file.write(f"%%MatrixMarket matrix coordinate integer general\n{genes} {number} {stored}\n".encode())
        for part in parts:
            shown = part.tocoo()
            table = pd.DataFrame(
                {"gene": shown.col + 1, "cell": shown.row + 1 + first, "count": shown.data.astype(int)}
            )
            file.write(table.to_csv(sep=" ", header=False, index=False).encode())
            first += part.shape[0]
    ids = (f"g{place}" for place in range(genes))
    features = "".join(f"{name}\t{name}\tGene Expression\n" for name in ids)
    barcodes = "".join(f"c{place}-1\n" for place in range(number))
    for name, text in (("features", features), ("barcodes", barcodes)):
        (folder / f"{name}.tsv.gz").write_bytes(gzip.compress(text.encode()))
    return stored


_TIMED = """
import sys, time
sys.path.insert(0, sys.argv[2])
import anndata, scipy.sparse
from autocrine.cells import passes, sums
times = []
def timed(call):
    def run(*given):
        start = time.process_time()
        found = call(*given)
        times.append(time.process_time() - start)
        return found
    return run
sums.measure_cells, passes._sum_blocks = timed(sums.measure_cells), timed(passes._sum_blocks)
start = time.process_time()
if sys.argv[1].endswith(".h5ad"):
    sums.sum_cells(sys.argv[1], "sample", "state")
else:
    sums.sum_cells({"S1": sys.argv[1]}, "sample")
whole = time.process_time() - start
# Of this process alone: what getrusage tells begins with the peak of the one that started it.
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(*times, whole, int(peak) / 1024)
"""


# The same sums and detected cells in memory, the usual way.
_SCANPY = """
import sys, time
import anndata, scanpy
start = time.process_time()
scanpy.get.aggregate(anndata.read_h5ad(sys.argv[1]), ["sample", "state"], ["sum", "count_nonzero"])
whole = time.process_time() - start
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("nan nan", whole, int(peak) / 1024)
"""


def measure_time(words: str, number: int, name: str, write: Callable[[Path, int], int], program: str = _TIMED) -> dict:
    """Time both passes over a generated file, in a process of its own; a million cells take 8 GB of disk."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        stored = write(path, number)
        command = [sys.executable, "-c", program, str(path), str(ROOT / "workflow" / "scripts")]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        first, second, whole, peak = map(float, printed)
    return {
        "file": words,
        "cells": f"{number:,}",
        "stored values": f"{stored:,}",
        "first pass, s": "" if np.isnan(first) else f"{first:.1f}",
        "second pass, s": "" if np.isnan(second) else f"{second:.1f}",
        "`sum_cells`, s": f"{whole:.1f}",
        "peak memory, MB": f"{peak:.0f}",
    }


def measure_times(plain: Sequence[int]) -> pd.DataFrame:
    """Time files of each kind, the plain ones with so many cells each."""
    rows = [measure_time("`.h5ad`, CSR, plain", number, "cells.h5ad", write_large) for number in plain]
    rows.append(measure_time("the same, by scanpy's `get.aggregate`", 100_000, "cells.h5ad", write_large, _SCANPY))
    packed = functools.partial(write_large, compression="gzip")
    by_gene = functools.partial(write_large, layout="csc", compression="gzip")
    rows.append(measure_time("`.h5ad`, CSR, gzip", 100_000, "cells.h5ad", packed))
    rows.append(measure_time("`.h5ad`, CSC, gzip", 100_000, "cells.h5ad", by_gene))
    rows.append(measure_time("10x `matrix.mtx.gz`", 20_000, "run", write_folder))
    unsorted = functools.partial(write_folder, by_gene=True)
    rows.append(measure_time("10x `matrix.mtx.gz`, by gene", 20_000, "run", unsorted))
    return pd.DataFrame(rows)


TIME = """## Time and memory

Generated files of 20,000 genes, with about 1,000 of them in each cell; processor seconds of one core. `.h5ad` files
have 20 samples of three states, cells mixed; the folder of 10x is one sample. Its entries are sorted by cell, as
CellRanger and STARsolo write them; one in another order, here by gene, is held as a whole while it is read. scanpy's
`get.aggregate` makes the sums and the detected cells of a file that is in memory, without those at equal depth.

{time}

Time grows with the stored values, memory by 170 MB from 100,000 to 1,000,000 cells: 10,000,000 cells with 1,000 values
each would take ten times the processor time of 1,000,000, which is over six minutes, in as many jobs as there are
files.

"""
