"""The leukaemic fraction of samples estimated from expression, where a reference of pure profiles is given."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from autocrine.seeds import SEEDS

# Markers of a profile: so many times as high there as in any other, and so high, and the clearest of them.
LEAST_RATIO, LEAST_CPM, MOST_MARKERS, FEWEST_MARKERS = 3.0, 10.0, 50, 10
# Below so many reads of markers a sample says nothing.
FEWEST_READS = 500
# How much of a sample's markers the profiles account for: the weights before they are brought to a sum of one.
LEAST_EXPLAINED, MOST_EXPLAINED = 0.6, 1.6
# What the range is widened by, at both ends, for each unit that they miss one by.
WIDENED = 0.1
DRAWS = 200
# Of the row that holds the sum, against all others together.
HEAVY = 10.0


@dataclass(frozen=True)
class Fractions:
    """Estimated fractions of one profile.

    Attributes
    ----------
    table
        Per sample: fraction_low, fraction_estimate, fraction_high, explained, marker_reads, reason.
    draws
        Samples x draws, with genes drawn anew: from all markers (`share_...`), from those of the profile alone
        (`own_...`) and from those of the others alone (`rest_...`).
    markers
        Profile -> its markers.
    """

    table: pd.DataFrame
    draws: pd.DataFrame
    markers: dict[str, list[str]]


def find_markers(profiles: pd.DataFrame, left_out: Sequence[str] = ()) -> dict[str, list[str]]:
    """Find the genes by which profiles are distinguished.

    Parameters
    ----------
    profiles
        Genes x profiles, per million.
    left_out
        Genes that are asked about: the fraction must not be made of them.

    Returns
    -------
    Profile -> genes at `LEAST_CPM` or more that are `LEAST_RATIO` times as high (with 1 added to both) as in any other
    profile; the `MOST_MARKERS` of the largest ratio.
    """
    usable = profiles.drop(index=[gene for gene in left_out if gene in profiles.index])
    values, markers = usable.to_numpy(), {}
    for place, name in enumerate(usable.columns):
        own, others = values[:, place], np.delete(values, place, axis=1).max(axis=1)
        ratio = (own + 1) / (others + 1)
        fit = np.flatnonzero((own >= LEAST_CPM) & (ratio >= LEAST_RATIO))
        best = fit[np.argsort(-ratio[fit], kind="stable")][:MOST_MARKERS]
        markers[str(name)] = [str(gene) for gene in usable.index[best]]
    return markers


def estimate_fractions(
    counts: np.ndarray, samples: Sequence[str], profiles: pd.DataFrame, leukemic: str, left_out: Sequence[str] = ()
) -> Fractions:
    """Estimate what share of the RNA of each sample is that of the leukaemic profile.

    The expression of a mixture is the sum of those of its parts, each times its share. The shares are non-negative
    least squares (Lawson and Hanson 1974) over the markers of all profiles, brought to a sum of one. Each gene is
    divided by its mean over the profiles, since errors of expression grow with it. For the range the markers of each
    profile are drawn anew, and 95 % of three estimates are taken, from the lowest to the highest end: from all markers;
    from those of the leukaemic profile alone; and from those of the others alone, the latter two with a sum of one.
    Where the model holds the three agree. The second holds where part of a sample is in no profile, the third where
    leukaemic cells express their markers at another level than the reference. Both ends are moved outward by `WIDENED`
    times what the weights miss a sum of one by.

    Parameters
    ----------
    counts
        Samples x genes, raw, or per length of the genes where the profiles are; the genes are those of the profiles.
    samples
        Their names.
    profiles
        Genes x profiles, on one linear scale, at least two.
    leukemic
        The profile whose share is estimated.
    left_out
        Genes that are no markers.

    Returns
    -------
    The fractions. `reason` says why a sample has none: few reads of the markers, or markers that the profiles do not
    account for. They are shares of RNA: cells that hold more of it count for more.

    Raises
    ------
    ValueError
        If a profile has fewer than `FEWEST_MARKERS` markers.
    """
    per_million = profiles / profiles.sum(axis=0) * 1e6
    markers = find_markers(per_million, left_out)
    if few := [f"{name} has {len(genes)}" for name, genes in markers.items() if len(genes) < FEWEST_MARKERS]:
        raise ValueError(f"{', '.join(few)} markers of the {FEWEST_MARKERS} that are needed")
    places = [per_million.index.get_indexer(genes) for genes in markers.values()]
    library = np.maximum(counts.sum(axis=1), 1)
    scale = per_million.to_numpy().mean(axis=1)
    design = per_million.to_numpy() / np.maximum(scale, 1e-12)[:, None]
    observed = counts / library[:, None] * 1e6 / np.maximum(scale, 1e-12)
    own = list(per_million.columns).index(leukemic)
    chosen = np.concatenate(places)
    random = np.random.default_rng(SEEDS["leukaemic fractions"])
    drawn = [np.concatenate([random.choice(genes, len(genes)) for genes in places]) for _ in range(DRAWS)]
    weights = _weights(design[chosen], observed[:, chosen])
    again = np.stack([_weights(design[genes], observed[:, genes]) for genes in drawn])
    mine = [np.isin(genes, places[own]) for genes in drawn]
    families = {"share": _share(again, own)}
    for kind, kept in (("own", mine), ("rest", [~part for part in mine])):
        parts = [genes[part] for genes, part in zip(drawn, kept, strict=True)]
        families[kind] = np.stack([_weights(design[genes], observed[:, genes], 1.0)[:, own] for genes in parts])
    ends = np.stack([np.quantile(values, [0.025, 0.975], axis=0) for values in families.values()])
    estimate, explained = _share(weights, own), weights.sum(axis=1)
    wider = WIDENED * np.abs(explained - 1)
    reads = counts[:, np.unique(chosen)].sum(axis=1)
    reason = np.select(
        [reads < FEWEST_READS, (explained < LEAST_EXPLAINED) | (explained > MOST_EXPLAINED)],
        [
            f"fewer than {FEWEST_READS} reads of the markers",
            "the profiles of the reference do not account for its markers",
        ],
        "",
    )
    sound = reason == ""
    table = pd.DataFrame(
        {
            "fraction_low": np.where(
                sound, np.maximum(np.minimum(ends[:, 0].min(axis=0), estimate) - wider, 0), np.nan
            ),
            "fraction_estimate": np.where(sound, estimate, np.nan),
            "fraction_high": np.where(
                sound, np.minimum(np.maximum(ends[:, 1].max(axis=0), estimate) + wider, 1), np.nan
            ),
            "explained": explained,
            "marker_reads": reads,
            "reason": reason,
        },
        index=pd.Index(samples, name="sample"),
    )
    names = [f"{kind}_{i + 1}" for kind in families for i in range(DRAWS)]
    values = np.concatenate(list(families.values())).T
    draws = pd.DataFrame(np.where(sound[:, None], values, np.nan), index=table.index, columns=names)
    return Fractions(table, draws, markers)


def _weights(design: np.ndarray, observed: np.ndarray, total: float | None = None) -> np.ndarray:
    """Return non-negative weights of the profiles, samples x profiles; with this sum, where one is given."""
    from scipy.optimize import nnls

    if total is not None:
        # A row that outweighs all others holds the sum (Haskell and Hanson 1981).
        heavy = HEAVY * max(np.abs(design).sum(), 1.0)
        design = np.vstack([design, np.full(design.shape[1], heavy)])
        observed = np.column_stack([observed, np.full(len(observed), heavy * total)])
    return np.stack([nnls(design, sample)[0] for sample in observed])


def _share(weights: np.ndarray, own: int) -> np.ndarray:
    """Return the share of one profile in weights (... x profiles); none of what has no weight at all."""
    total = weights.sum(axis=-1)
    return np.where(total > 0, weights[..., own] / np.where(total > 0, total, 1), 0.0)
