"""Activities of regulators: whether the targets of each change as its signed edges say, more than all other genes."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr

from autocrine.adjustment import benjamini_hochberg
from autocrine.input.orthologues import NO_ORTHOLOGUE
from autocrine.input.species import HUMAN, MOUSE, KnownGenes
from autocrine.results.gene_sets import NAMES_SHOWN, find_names
from autocrine.results.rotation import Effects, rotate_sets

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# What is shown first, in this order: the regulators of the BMP loop, of TKI response and of its target.
FIRST = ("SMAD1", "SMAD5", "SMAD1/5", "STAT5A", "STAT5B", "STAT5", "MYC", "TWIST1")


def resolve_network(
    network: pd.DataFrame, var: pd.DataFrame, known: KnownGenes, left_out: Collection[str], species: str = HUMAN
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find the rows of the count matrix that the targets of a network are.

    Parameters
    ----------
    network
        regulator, target and weight, as `autocrine.input.network.read_network` returns them. Targets are named as genes
        of sets are; regulators are names, and need not be in the matrix.
    var
        Genes of the matrix, indexed by gene_id, with gene_name.
    known
        The tables of genes.
    left_out
        Gene_ids that are nobody's target: the primary genes, of which claims are made.
    species
        Whose genes those of the matrix are: "human", "mouse" or "other".

    Returns
    -------
    The regulators in the order of the file, with targets_written, targets_absent (known, but not in the matrix),
    targets_unknown (no gene is meant, or several, or the names of one gene have contrary signs),
    targets_left_out and, in mice, targets_no_single_orthologue; and the edges: regulator, gene_id and weight, of
    several names of one gene the mean.
    """
    found = find_names(sorted(set(network["target"])), var, known, species).set_index("symbol")
    edges = network.join(found[["gene_id", "status"]], on="target")
    there = edges["gene_id"].notna()
    dropped = there & edges["gene_id"].isin(set(left_out))
    signs = np.sign(edges["weight"]).groupby([edges["regulator"], edges["gene_id"]]).transform("nunique")
    contrary = there & ~dropped & (signs > 1)
    kept = edges[there & ~dropped & ~contrary]
    counts = {
        "targets_written": pd.Series(True, edges.index),
        "targets_absent": edges["status"] == "absent",
        "targets_unknown": (edges["status"] == "unknown") | contrary,
        "targets_left_out": dropped,
    } | ({"targets_no_single_orthologue": edges["status"] == NO_ORTHOLOGUE} if species == MOUSE else {})
    by = edges["regulator"]
    regulators = pd.DataFrame({name: part.groupby(by, sort=False).sum().astype(int) for name, part in counts.items()})
    merged = kept.groupby(["regulator", "gene_id"], sort=False)["weight"].mean().reset_index()
    return regulators.rename_axis("regulator").reset_index(), merged


def test_activities(
    statistics: Sequence[pd.Series],
    regulators: pd.DataFrame,
    edges: pd.DataFrame,
    effects: Sequence[Effects],
    *,
    least: int = 5,
    correlation: float | None = None,
) -> list[pd.DataFrame]:
    """Test whether the statistics of genes go with the weights that a regulator has for them (a competitive test).

    The score is Student's t of the slope of the statistic on the weights over all genes, a gene that is no target
    having the weight 0 (the univariate linear model, ULM, of decoupler; Badia-i-Mompel et al. 2022, Bioinformatics
    Advances 2:vbac016). It takes genes as independent. `p_value` allows for targets that go together, as CAMERA (Wu
    and Smyth 2012) does for sets: the weighted sum of the statistics of the targets varies more, by the factor by
    which the same sum of independent residuals does (at least 1). With equal weights that is CAMERA. p_value rests on
    Student's t of the residual degrees of freedom.

    Parameters
    ----------
    statistics
        Per comparison the signed statistic by gene_id; genes without one take no part.
    regulators, edges
        As `resolve_network` returns them.
    effects
        Per comparison what a linear model says of the genes (`autocrine.results.rotation`).
    least
        Fewest targets with a statistic of a regulator that is tested.
    correlation
        Mean correlation between statistics of targets, in the direction in which they are listed. None: estimated.

    Returns
    -------
    Per comparison the regulators with size (targets with a statistic), raised (those among them with a weight above 0),
    estimate (mean change of the statistic per unit of weight), score (t, genes taken as independent),
    variance_inflation, p_value (two-sided, allowed for), p_value_independent, adj_p_value (Benjamini and Hochberg over
    the tested regulators, of p_value), rotation_p_value (whether the weighted targets change, whatever others do),
    share_agreeing (share of the targets whose statistic has the sign of the weight) and status: "tested" or "too_few".
    """
    return [
        _test_one(statistic, regulators, edges, one, least, correlation)
        for statistic, one in zip(statistics, effects, strict=True)
    ]


test_activities.__test__ = False  # type: ignore[attr-defined]


def name_targets(
    tested: pd.DataFrame, edges: pd.DataFrame, genes: pd.DataFrame, names: Mapping[str, str], alpha: float
) -> pd.DataFrame:
    """Name the significant targets that go the way of each regulator's score.

    Parameters
    ----------
    tested
        Result of `test_activities`.
    edges
        The edges that were tested.
    genes
        Gene table of the contrast: gene_id, stat and adj_p_value.
    names
        gene_id -> what it is called.
    alpha
        A target counts if its adj_p_value is below alpha and its statistic has the sign of weight and score.

    Returns
    -------
    `tested` with hits (number of these targets) and targets_hit (names of the strongest of them, at most 20).
    """
    hit = genes[genes["adj_p_value"] < alpha].set_index("gene_id")["stat"]
    found = edges.join(hit, on="gene_id", how="inner")
    scores = tested.set_index("regulator")["score"]
    found = found[np.sign(found["stat"] * found["weight"]) == np.sign(found["regulator"].map(scores))]
    found = found.assign(strength=-found["stat"].abs()).sort_values(["strength", "gene_id"])
    of = {regulator: list(part) for regulator, part in found.groupby("regulator", sort=False)["gene_id"]}
    symbols = [[names.get(gene) or gene for gene in of.get(regulator, [])] for regulator in tested["regulator"]]
    return tested.assign(hits=list(map(len, symbols)), targets_hit=[", ".join(part[:NAMES_SHOWN]) for part in symbols])


def order_regulators(regulators: Sequence[str]) -> list[str]:
    """Return those of `FIRST` that are among these, in that order; mice write them otherwise."""
    plain = {name.replace("_", "/").upper(): name for name in reversed(regulators)}
    return [plain[name] for name in FIRST if name in plain]


def _test_one(
    statistic: pd.Series, regulators: pd.DataFrame, edges: pd.DataFrame, effects: Effects, least: int,
    correlation: float | None,
) -> pd.DataFrame:  # fmt: skip
    """Test the regulators in one comparison; see `test_activities`."""
    # Networks are read in the plan of every run, and importing this takes a sixth of a second.
    from scipy.sparse import csr_matrix

    # Sorted, so that sums do not depend in their last digit on the order of genes.
    known = statistic[np.isfinite(statistic.to_numpy(dtype=float))].sort_index()
    if not known.index.is_unique:
        raise ValueError("a gene has several statistics")
    genes, values = len(known), known.to_numpy(dtype=float)
    owner = pd.Index(regulators["regulator"]).get_indexer(edges["regulator"])
    place, weights = known.index.get_indexer(edges["gene_id"]), edges["weight"].to_numpy(dtype=float)
    owner, place, weights = owner[place >= 0], place[place >= 0], weights[place >= 0]
    network = csr_matrix((weights, (owner, place)), shape=(len(regulators), genes))
    size = np.bincount(owner, minlength=len(regulators))
    # Where every gene has the same weight there is nothing to compare with.
    average, square = network.sum(axis=1).A1 / max(genes, 1), network.multiply(network).sum(axis=1).A1
    spread = square - genes * average**2
    tested = np.flatnonzero((size >= least) & (spread > 1e-12 * square))
    of_genes = (part.reindex(known.index).fillna(0) for part in (effects.contrast, effects.residual))
    contrast, residual = (part.to_numpy() for part in of_genes)
    network, size_tested = network[tested], size[tested]
    average, square, spread = average[tested], square[tested], spread[tested]

    slope, score = _slopes(values, network, spread)
    inflation = _inflation(residual, network, average, square, size_tested, correlation)
    # Of the variance of the slope, what the targets make of it, and what all other genes do.
    inside = square - 2 * average * network.sum(axis=1).A1 + size_tested * average**2
    outside = (genes - size_tested) * average**2
    shrink = np.sqrt((inside + outside) / (inflation * inside + outside))
    freedom = genes - 2.0 if correlation is not None else min(genes - 2.0, residual.shape[1])
    agreeing = (network.sign().multiply(np.sign(values)) > 0).sum(axis=1).A1 / np.maximum(size_tested, 1)
    found = {
        "raised": (network > 0).sum(axis=1).A1,
        "estimate": slope,
        "score": score,
        "variance_inflation": inflation,
        "p_value": 2 * stdtr(freedom, -np.abs(score * shrink)),
        "p_value_independent": 2 * stdtr(genes - 2, -np.abs(score)),
        "adj_p_value": np.nan,
        "rotation_p_value": rotate_sets(_frame(contrast, residual), network, np.ones(len(tested))),
        "share_agreeing": agreeing,
    }
    found["adj_p_value"] = benjamini_hochberg(found["p_value"])
    table = pd.DataFrame(found, index=tested).reindex(range(len(regulators)))
    status = np.full(len(regulators), "too_few", dtype=object)
    status[tested] = "tested"
    return regulators.reset_index(drop=True).assign(size=size).join(table).assign(status=status)


def _slopes(values: np.ndarray, network: "csr_matrix", spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the slope of the statistic on the weights of each regulator, and Student's t of it."""
    centred = values - values.mean()
    slope = (network @ centred) / spread
    within = (centred**2).sum() - slope**2 * spread
    # What is left of a statistic without variation is rounding.
    within = np.where(within > 1e-12 * len(values) * np.square(values).max(initial=0), within, np.nan)
    return slope, slope * np.sqrt(spread * (len(values) - 2) / within)


def _inflation(
    residual: np.ndarray, network: "csr_matrix", average: np.ndarray, square: np.ndarray, size: np.ndarray,
    correlation: float | None,
) -> np.ndarray:  # fmt: skip
    """Return how much more the weighted sum of the targets varies than that of independent genes, at least 1."""
    if correlation is not None:
        total = network.sum(axis=1).A1
        return np.maximum((1 - correlation) + correlation * total**2 / square, 1)
    length = np.sqrt((residual**2).mean(axis=1))
    standard = residual / np.where(length > 0, length, 1)[:, None]
    targets = (network != 0).astype(float)
    sums = network @ standard - average[:, None] * (targets @ standard)
    alone = square - 2 * average * network.sum(axis=1).A1 + size * average**2
    return np.maximum((sums**2).mean(axis=1) / alone, 1)


def _frame(contrast: np.ndarray, residual: np.ndarray) -> Effects:
    return Effects(pd.Series(contrast), pd.DataFrame(residual))
