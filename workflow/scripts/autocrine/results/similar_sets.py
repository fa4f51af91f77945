"""Sets that hold mostly the same genes, folded under the clearest of them, so that one finding is shown once."""

import numpy as np
import pandas as pd

# Two sets are alike where the genes that they share are at least this part of the genes of either (Jaccard index).
LEAST_SHARED = 0.5
_ROWS = 512


def similar_pairs(
    owner: np.ndarray, place: np.ndarray, sets: int, least: float = LEAST_SHARED
) -> tuple[np.ndarray, np.ndarray]:
    """Find all pairs of sets whose Jaccard index is at least `least` (above 0).

    Parameters
    ----------
    owner, place
        Number of the set and of the gene, side by side; see `autocrine.results.gene_sets.members_of`.
    sets
        How many sets there are.

    Returns
    -------
    The sets alike to each one, as in a sparse matrix: `starts` (one more than there are sets) and the `others`.
    """
    # Sets are read in the plan of every run, and importing this takes a sixth of a second.
    from scipy.sparse import csr_matrix

    ones = np.ones(len(owner), dtype=np.float32)
    member = csr_matrix((ones, (owner, place)), shape=(sets, int(place.max(initial=0)) + 1))
    size = np.bincount(owner, minlength=sets)
    # By size, since sets that are alike have similar ones; a part of the rows at a time, since memory is bounded so.
    order = np.argsort(size, kind="stable")
    ordered, sizes = member[order], size[order]
    firsts, seconds = [], []
    for first in range(0, sets, _ROWS):
        rows = ordered[first : first + _ROWS]
        last = int(np.searchsorted(sizes, sizes[min(first + _ROWS, sets) - 1] / least, side="right"))
        shared = (rows @ ordered[first:last].T).tocoo()
        one, other = shared.row + first, shared.col + first
        alike = (shared.data >= least * (sizes[one] + sizes[other] - shared.data)) & (one < other)
        firsts.append(order[one[alike]])
        seconds.append(order[other[alike]])
    one, other = (np.concatenate([*parts, np.zeros(0, dtype=int)]).astype(int) for parts in (firsts, seconds))
    one, other = np.concatenate([one, other]), np.concatenate([other, one])
    by_first = np.lexsort((other, one))
    return np.concatenate([[0], np.cumsum(np.bincount(one, minlength=sets))]), other[by_first]


def fold_sets(tested: pd.DataFrame, pairs: tuple[np.ndarray, np.ndarray]) -> pd.DataFrame:
    """Fold every set into the clearest one that is alike to it and changes to the same side.

    The sets are gone through from the smallest p-value on. One that is not folded yet stands for all that are alike to
    it and come later; what is folded stands for nothing, so that no chain of sets brings unlike ones together.

    Parameters
    ----------
    tested
        Result of `autocrine.results.gene_sets.test_sets`: gene_set, status, score and p_value.
    pairs
        Result of `similar_pairs` for the same sets, in the same order.

    Returns
    -------
    `tested` with folded_into (the set that stands for this one, "" where it stands for itself) and similar_sets (how
    many are folded into it; missing where it is folded or was not tested).
    """
    starts, others = pairs
    usable = (tested["status"] == "tested").to_numpy() & tested["p_value"].notna().to_numpy()
    side = np.sign(tested["score"].to_numpy(dtype=float))
    strength = -tested["score"].abs().to_numpy(dtype=float)
    places = np.arange(len(tested))
    order = np.lexsort((places, strength, tested["p_value"].to_numpy(dtype=float)))
    of, done = np.full(len(tested), -1), ~usable
    for number in order[usable[order]]:
        if done[number]:
            continue
        done[number] = True
        alike = others[starts[number] : starts[number + 1]]
        alike = alike[~done[alike] & (side[alike] == side[number])]
        of[alike], done[alike] = number, True
    names = tested["gene_set"].to_numpy(dtype=object)
    folded = of >= 0
    count = np.bincount(of[folded], minlength=len(tested)).astype(float)
    return tested.assign(
        folded_into=np.where(folded, names[of], ""), similar_sets=np.where(usable & ~folded, count, np.nan)
    )
