"""Enrichment scores of ranked genes: the running sum, its normalised height and the leading edge. They describe."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd

from autocrine.seeds import SEEDS

# Random sets of each of these sizes, of which the mean score is taken; sizes between are interpolated. They are the
# same whatever sets a file has, so that the score of a set does not depend on others. Larger sets are not tested.
DRAWS, LARGEST = 500, 500
SIZES = np.unique(np.geomspace(1, LARGEST, 20).round().astype(int))
EDGE_SHOWN = 10


def score_enrichment(
    statistic: np.ndarray, members: tuple[np.ndarray, np.ndarray], sets: int, names: Sequence[str]
) -> pd.DataFrame:
    """Score how far the genes of each set are at one end of the ranked genes (Subramanian et al. 2005).

    Along the genes, from the highest statistic to the lowest, a sum rises at genes of the set by the share that they
    have of the set's absolute statistics, and falls at all others by equal parts (PNAS 102:15545, with the weight 1).
    The enrichment score is its largest deviation from 0, the leading edge are the genes of the set up to it, or from
    it on where it is negative. The normalised score divides by the mean score of random sets of that size and sign. A
    p-value from such sets would take genes as independent, which those of a set are not; none is given.

    Parameters
    ----------
    statistic
        Signed statistic of every gene; genes without one (NaN, infinite) take no part. Of equal ones the first is
        higher.
    members
        (number of the set, place of the gene), side by side; see `autocrine.results.gene_sets.members_of`.
    sets
        How many sets there are.
    names
        What every gene is to be called.

    Returns
    -------
    A row per set: enrichment_score (-1 to 1), nes, leading_edge (number of genes), leading_edge_genes (names of the
    strongest of them, at most `EDGE_SHOWN`, commas between them). No numbers for sets without genes, or with all; no
    nes for those of more than `LARGEST` genes.
    """
    known = np.isfinite(statistic)
    ranked = np.argsort(-np.where(known, statistic, -np.inf), kind="stable")[: known.sum()]
    rank = np.full(len(statistic), -1)
    rank[ranked] = np.arange(len(ranked))
    owner, place = members[0], rank[members[1]]
    owner, place = owner[place >= 0], place[place >= 0]
    size = np.bincount(owner, minlength=sets)
    usable = (size > 0) & (size < len(ranked))
    kept = np.flatnonzero(usable[owner])
    # One sort of whole numbers; a sort by two keys takes four times as long.
    place = np.sort(owner[kept].astype(np.int64) * len(ranked) + place[kept]) % max(len(ranked), 1)
    strength, size = np.abs(statistic[ranked]), size[usable]
    height, reached = running_sums(strength, place, size)
    edge, edge_names, starts = [], [], np.cumsum(size) - size
    called = np.array(names, dtype=object)[ranked]
    for one, last, start, count in zip(height.tolist(), reached.tolist(), starts.tolist(), size.tolist(), strict=True):
        there = place[start : start + last + 1] if one > 0 else place[start + last : start + count][::-1]
        there = there if one == one else there[:0]  # without a score there is no edge
        edge.append(len(there))
        edge_names.append(", ".join(called[there[:EDGE_SHOWN]]))
    found = {
        "enrichment_score": height, "nes": height / _expected(strength, size, height), "leading_edge": edge,
        "leading_edge_genes": edge_names,
    }  # fmt: skip
    table = pd.DataFrame(found, index=np.flatnonzero(usable)).reindex(range(sets))
    return table.assign(leading_edge_genes=table["leading_edge_genes"].fillna(""))


def running_sums(strength: np.ndarray, place: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest deviation of the running sum of every set, and at which of its genes it is reached.

    Parameters
    ----------
    strength
        Absolute statistic of the ranked genes.
    place
        Ranks (from 0) of the genes of the sets, one set after another, ascending within each.
    size
        Genes per set: at least one, not all.
    """
    if not len(size):
        return np.zeros(0), np.zeros(0, dtype=int)
    starts = np.cumsum(size) - size
    weight = strength[place]
    within = np.arange(len(place)) - np.repeat(starts, size)
    total = np.add.reduceat(weight, starts)
    # Sums of one set alone, so that they are exact whatever comes before it.
    running = np.cumsum(weight)
    risen = running - np.repeat(running[starts] - weight[starts], size)
    # Where all statistics of a set are 0 there is no score.
    with np.errstate(invalid="ignore", divide="ignore"):
        share = 1 / total
        fallen = (place - within) / np.repeat(len(strength) - size, size)
        after = risen * np.repeat(share, size) - fallen
        before = after - weight * np.repeat(share, size)
    top, bottom = np.maximum.reduceat(after, starts), np.minimum.reduceat(before, starts)
    height = np.where(top >= -bottom, top, bottom)
    at = np.where(np.repeat(top >= -bottom, size), after, before) == np.repeat(height, size)
    first = np.minimum.reduceat(np.where(at, within, len(place)), starts)
    return height, np.where(np.isfinite(height), first, 0)


def random_scores(strength: np.ndarray, size: int, draws: np.ndarray) -> np.ndarray:
    """Return the scores of random sets of one size; `draws` (sets x genes or more) holds ranks in random order."""
    place = np.sort(draws[:, :size], axis=1).ravel()
    return running_sums(strength, place, np.full(len(draws), size))[0]


@cache
def draw_ranks(genes: int, most: int, draws: int = DRAWS) -> np.ndarray:
    """Draw ranks without replacement, draws x most; the first m of each row are a random set of m genes."""
    random = np.random.default_rng(SEEDS["random gene sets"])
    return np.array([random.choice(genes, most, replace=False) for _ in range(draws)], dtype=np.int32)


def _expected(strength: np.ndarray, size: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Return the absolute mean score of random sets of each size with the sign of the score."""
    sizes = SIZES[: np.searchsorted(SIZES, len(strength))]
    if not len(size) or not len(sizes):
        return np.full(len(size), np.nan)
    draws = draw_ranks(len(strength), int(sizes[-1]))
    means = []
    for one in sizes:
        scores = random_scores(strength, int(one), draws)
        signed = (scores[scores > 0], -scores[scores < 0])
        means.append([part.mean() if len(part) else np.nan for part in signed])
    up, down = (np.interp(np.log(size), np.log(sizes), column, right=np.nan) for column in np.array(means).T)
    return np.where(height > 0, up, down)
