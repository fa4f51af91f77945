"""Sets of genes, brought to the genes of the matrix and tested against all other genes."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtr

from autocrine.adjustment import benjamini_hochberg
from autocrine.input.genes import ENSEMBL
from autocrine.input.orthologues import NO_ORTHOLOGUE
from autocrine.input.panel import find_panel_genes
from autocrine.input.species import HUMAN, MOUSE, KnownGenes
from autocrine.results.rotation import Effects, correlations_within, rotate_sets

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


# Mean correlation between genes of a set that p-values allow for where none is estimated: the value which the authors
# of CAMERA preset in their own program since 2016 (its manual). Real sets go together far more.
PRESET_CORRELATION = 0.01
NAMES_SHOWN = 20


def resolve_sets(sets: pd.DataFrame, var: pd.DataFrame, known: KnownGenes, species: str = HUMAN) -> pd.DataFrame:
    """Find the rows of the count matrix that the genes of the sets are.

    Parameters
    ----------
    sets
        Sets as `read_gmt` returns them. Their genes are Ensembl ids with or without version, Entrez ids, symbols or
        aliases, resolved as those of the panel are (`autocrine.input.panel.find_panel_genes`).
    var
        Genes of the matrix, indexed by gene_id, with gene_name.
    known
        The tables of genes.
    species
        Whose genes those of the matrix are: "human", "mouse" or "other".

    Returns
    -------
    The sets with the gene_ids of the matrix in place of names, each once, and counts of names: genes_written,
    genes_absent (known, but not in the matrix), genes_unknown (no gene is meant, or several are) and, in mice,
    genes_no_single_orthologue (human genes without one).
    """
    names = sorted({name for members in sets["genes"] for name in members})
    found = find_names(names, var, known, species)
    gene_of = dict(zip(names, found["gene_id"], strict=True))
    absent, lost = (set(found["symbol"][found["status"] == status]) for status in ("absent", NO_ORTHOLOGUE))
    rows = [_resolved(members, gene_of, absent, lost) for members in sets["genes"]]
    columns = ["genes", "genes_written", "genes_absent", "genes_unknown", "genes_no_single_orthologue"]
    resolved = sets.assign(**dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))) if rows else sets
    return resolved if species == MOUSE else resolved.drop(columns=columns[-1], errors="ignore")


def find_names(names: Sequence[str], var: pd.DataFrame, known: KnownGenes, species: str) -> pd.DataFrame:
    """Find the row of the matrix that each name is, whatever its kind.

    Returns
    -------
    symbol (the name), with gene_id, reason and status as `autocrine.input.panel.find_panel_genes` has them.
    """
    ids = [name if ENSEMBL.match(name) else _of_entrez(name, known, species) for name in names]
    asked = pd.DataFrame({"symbol": list(names), "ensembl": ids})
    return asked.join(find_panel_genes(asked, var, known.of(species), known.translation(species, names)))


def _of_entrez(name: str, known: KnownGenes, species: str) -> str:
    """Return the gene_id of an Entrez id; in mice it may be a human gene's, since NCBI numbers both together."""
    tables = [known.human, known.mouse] if species == MOUSE else [known.of(species)]
    return next((table.lookup.entrez[name] for table in tables if name in table.lookup.entrez), "")


def without_genes(sets: pd.DataFrame, gene_ids: Collection[str]) -> pd.DataFrame:
    """Leave genes out of every set and count them in genes_left_out.

    The primary genes have to be left out: claims are made of them, and a set that contains them would confirm the
    claim by the claim. A set that has no other genes stays, and is not tested.
    """
    dropped = set(gene_ids)
    kept = [tuple(gene for gene in members if gene not in dropped) for members in sets["genes"]]
    left_out = [len(members) - len(rest) for members, rest in zip(sets["genes"], kept, strict=True)]
    return sets.assign(genes=kept, genes_left_out=left_out)


def test_sets(
    statistics: Sequence[pd.Series],
    sets: pd.DataFrame,
    effects: Sequence[Effects] | None = None,
    *,
    least: int = 5,
    most: int = 500,
    correlation: float | None = None,
) -> list[pd.DataFrame]:
    """Test whether the genes of a set changed more, or less, than all other genes (a competitive test).

    The score is Student's t between the statistics of the genes in and outside the set (the univariate linear model,
    ULM, of decoupler; Badia-i-Mompel et al. 2022, Bioinformatics Advances 2:vbac016). It takes genes as independent;
    genes of a set are not, and it then finds too much. `p_value` allows for it as CAMERA does (Wu and Smyth 2012,
    Nucleic Acids Research 40:e133): the mean of m genes with mean correlation r has 1 + (m - 1) r times the variance. r
    is estimated from the residuals of each set, at least 0, and p_value then rests on Student's t of the residual
    degrees of freedom (n - p). With a correlation given, all sets have that one and it is taken as known.

    Parameters
    ----------
    statistics
        Per comparison the signed statistic by gene_id, best a normal score; genes without one (NaN, infinite) take no
        part. A statistic without sign, as tests of any difference give, would only find sets whose genes vary.
    sets
        gene_set, genes (tuples of gene_id) and any other columns, a row per set.
    effects
        Per comparison what a linear model says of the genes (`autocrine.results.rotation`); genes that it lacks
        count as without residual. Not needed with a correlation.
    least, most
        Fewest and most genes, of those with a statistic, that a set may have to be tested.
    correlation
        Mean correlation between the statistics of a set's genes, from 0 (independent) to 1. None: estimated.

    Returns
    -------
    Per comparison a table with a row per set in the order given, with the columns of `sets` but genes, and: size (genes
    with a statistic), estimate (mean statistic of the set minus that of all other genes), score (t, genes taken as
    independent), correlation, p_value (two-sided, correlation allowed for), p_value_independent (not allowed for),
    adj_p_value (Benjamini and Hochberg over the tested sets, of p_value), rotation_p_value (whether the set changes,
    whatever others do; missing without effects), share_up (share of genes with a positive statistic) and status:
    "tested", "too_few" or "too_many" genes; sets that are not tested have no numbers.

    Raises
    ------
    ValueError
        If a gene has several statistics, if the correlation is outside 0 to 1, or if there are neither effects nor a
        correlation.
    """
    if correlation is None and effects is None:
        raise ValueError("the correlation of genes can only be estimated from effects")
    if correlation is not None and not 0 <= correlation <= 1:
        raise ValueError(f"correlation must lie between 0 and 1, got {correlation}")
    # Sorted, so that sums do not depend in their last digit on the order of genes.
    known = [one[np.isfinite(one.to_numpy(dtype=float))].sort_index() for one in statistics]
    if not all(one.index.is_unique for one in known):
        raise ValueError("a gene has several statistics")
    alike: dict[tuple, list[int]] = {}
    for number, one in enumerate(known):
        alike.setdefault(tuple(one.index), []).append(number)
    tables: dict[int, pd.DataFrame] = {}
    for numbers in alike.values():
        values = pd.concat([known[number] for number in numbers], axis=1).T
        chosen = [None if effects is None else effects[number] for number in numbers]
        tables |= dict(zip(numbers, _test_alike(values, sets, chosen, least, most, correlation), strict=True))
    return [tables[number] for number in range(len(known))]


def normal_scores(genes: pd.DataFrame) -> pd.Series:
    """Return by gene_id the normal score of each gene's moderated test: its p-value as a normal deviate, with its sign.

    `genes` has gene_id, stat and moderated_p_value; a gene without a test has no score.
    """
    tail = genes["moderated_p_value"].clip(lower=1e-300).to_numpy(dtype=float) / 2
    return pd.Series(np.sign(genes["stat"].to_numpy(dtype=float)) * -ndtri(tail), genes["gene_id"])


def name_hits(tested: pd.DataFrame, sets: pd.DataFrame, genes: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Name the genes that carry each set's score.

    Parameters
    ----------
    tested
        Result of `test_sets` for these sets.
    sets
        The same sets, in the same order.
    genes
        Gene table of the contrast: gene_id, gene_name, stat and adj_p_value.
    alpha
        A gene is hit if its adj_p_value is below alpha and its statistic has the sign of the set's score.

    Returns
    -------
    `tested` with hits (number of genes hit) and genes_hit (names of the strongest of them, at most 20, strongest first,
    commas between them; "" if there are none or the set was not tested).
    """
    hit = genes[genes["adj_p_value"] < alpha]
    # The strongest first; equal ones by id, so that the order of the table does not matter.
    hit = hit.assign(strength=-hit["stat"].abs()).sort_values(["strength", "gene_id"])
    named = hit["gene_name"].fillna("").astype(str)
    label = dict(zip(hit["gene_id"], named.where(named != "", hit["gene_id"]), strict=True))
    rank = {gene: place for place, gene in enumerate(label)}
    of_sign = {sign: set(part) for sign, part in hit["gene_id"].groupby(np.sign(hit["stat"]))}
    counts, shown = [], []
    for members, direction in zip(sets["genes"], np.sign(tested["score"]), strict=True):
        found = sorted(of_sign.get(direction, set()).intersection(members), key=rank.__getitem__)
        counts.append(len(found))
        shown.append(", ".join(label[gene] for gene in found[:NAMES_SHOWN]))
    return tested.assign(hits=counts, genes_hit=shown)


def _test_alike(
    values: pd.DataFrame,
    sets: pd.DataFrame,
    effects: Sequence[Effects | None],
    least: int,
    most: int,
    correlation: float | None,
) -> list[pd.DataFrame]:
    """Test the sets in comparisons (rows) that have a statistic of the same genes (columns); see `test_sets`."""
    # Sets are read in the plan of every run, and importing this takes a sixth of a second.
    from scipy.sparse import csr_matrix

    owner, place = members_of(values.columns, sets["genes"])
    count, genes = len(sets), values.shape[1]
    size = np.bincount(owner, minlength=count)
    # A set of all genes has nothing to be compared with.
    status = np.select([size < least, (size > most) | (size >= genes)], ["too_few", "too_many"], "tested")
    tested = np.flatnonzero(status == "tested")
    outside = genes - size
    member = csr_matrix((np.ones(len(owner)), (owner, place)), shape=(count, genes))[tested]
    tables = []
    for row, found in enumerate(effects):
        allowed, rotation = np.full(count, np.nan), np.full(count, np.nan)
        freedom = float(genes - 2)
        if found is not None:
            contrast, residual = (part.reindex(values.columns).fillna(0) for part in (found.contrast, found.residual))
            found = Effects(contrast, residual)
            rotation[tested] = rotate_sets(found, member, size[tested])
            if correlation is None:
                residual = found.residual.to_numpy()
                allowed[tested] = correlations_within(residual, member, size[tested])
                freedom = min(freedom, residual.shape[1])
        if correlation is not None:
            allowed[tested] = correlation
        estimate, score, share_up = (np.full(count, np.nan) for _ in range(3))
        one = values.iloc[row].to_numpy(dtype=float)
        estimate[tested], score[tested] = _compare(one, member, size[tested])
        share_up[tested] = (member @ (one > 0)) / size[tested]
        with np.errstate(divide="ignore", invalid="ignore"):
            # The score has the error sqrt(1 / inside + 1 / outside); the mean of a set varies more than that.
            inflation = 1 + (size - 1) * np.maximum(allowed, 0)
            shrink = np.sqrt((1 / size + 1 / outside) / (inflation / size + 1 / outside))
        p_value = 2 * stdtr(freedom, -np.abs(score * shrink))
        tables.append(
            sets.drop(columns="genes").assign(
                size=size,
                estimate=estimate,
                score=score,
                correlation=allowed,
                p_value=p_value,
                p_value_independent=2 * stdtr(genes - 2, -np.abs(score)),
                adj_p_value=benjamini_hochberg(p_value),
                rotation_p_value=rotation,
                share_up=share_up,
                status=status,
            )
        )
    return tables


def _compare(values: np.ndarray, member: "csr_matrix", size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return per set the difference of the means of its genes and all others, and Student's t of it."""
    genes, centred = len(values), values - values.mean()
    outside = genes - size
    inside = (member @ centred) / size
    difference = inside * genes / outside
    within = (centred**2).sum() - difference**2 * size * outside / genes
    # What is left of a statistic without variation is rounding.
    within = np.where(within > 1e-12 * genes * np.square(values).max(initial=0), within, np.nan)
    return difference, difference / np.sqrt(within / (genes - 2) * (1 / size + 1 / outside))


def members_of(genes: pd.Index, sets: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return (number of the set, place of the gene), side by side, for each gene of a set that is among these."""
    members = [list(dict.fromkeys(chosen)) for chosen in sets]
    owner = np.repeat(np.arange(len(members)), [len(chosen) for chosen in members])
    place = genes.get_indexer([gene for chosen in members for gene in chosen])
    return owner[place >= 0], place[place >= 0]


def _resolved(members: tuple[str, ...], gene_of: dict[str, str | None], absent: set[str], lost: set[str]) -> tuple:
    """Return the genes of one set in the matrix, and how many names were written, absent, unknown and lost."""
    found = [gene_of[name] for name in members]
    missing = sum(map(absent.__contains__, members))
    gone = sum(map(lost.__contains__, members))
    unknown = found.count(None) - missing - gone
    return tuple(dict.fromkeys(gene for gene in found if gene)), len(members), missing, unknown, gone
