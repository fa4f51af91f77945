"""Running a kernel over genes on threads, with a fixed assignment of genes to calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor


def for_gene_chunks(work: Callable[[int, int], None], n_genes: int, threads: int) -> None:
    """Call ``work(start, stop)`` over slices of genes, on several threads.

    Kernels treat genes one by one and write to disjoint rows, so the results do not depend on the
    number of threads or on the slices. More slices than threads even out genes of unequal cost.

    Parameters
    ----------
    work : callable
        Takes the half-open range of genes; must release the interpreter lock to gain from threads.
    n_genes : int
        Number of genes.
    threads : int
        Number of threads, at least 1.
    """
    if threads <= 1 or n_genes < 64:
        work(0, n_genes)
        return
    n_slices = min(8 * threads, n_genes // 8)
    edges = [n_genes * k // n_slices for k in range(n_slices + 1)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        # list() re-raises an error of a slice here instead of losing it
        list(pool.map(work, edges[:-1], edges[1:]))
