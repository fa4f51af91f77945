"""Running work over genes or samples on threads, with a fixed assignment of items to calls."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

_FEWEST_PER_CALL = 8
_WORTH_A_THREAD = 64


def for_chunks(work: Callable[[int, int], None], n_items: int, threads: int) -> None:
    """Call ``work(start, stop)`` over slices of genes (or samples), on several threads.

    What is computed of an item depends on no other, and is written to a row of its own, so the results do not depend
    on the number of threads or on the slices. More slices than threads even out items of unequal cost.

    Parameters
    ----------
    work : callable
        Takes a half-open range; must release the interpreter lock to gain from threads.
    n_items : int
        Number of items.
    threads : int
        Number of threads, at least 1.
    """
    if threads <= 1 or n_items < _WORTH_A_THREAD:
        work(0, n_items)
        return
    n_slices = min(8 * threads, n_items // _FEWEST_PER_CALL)
    edges = [n_items * k // n_slices for k in range(n_slices + 1)]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        # list() re-raises an error of a slice here instead of losing it
        list(pool.map(work, edges[:-1], edges[1:]))
