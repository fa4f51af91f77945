"""RNA of broken cells in every droplet: in how many cells it alone would show a gene. Counts are never corrected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import betaincinv, chdtri, gammainc

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE, by_cells, open_cells
from autocrine.cells.fractions import rows_of_state
from autocrine.cells.labels import ALL_CELLS
from autocrine.cells.measure import measure_cells
from autocrine.input.objects import NAME_COLUMNS
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData

# Droplets of fewer counts hold no cell.
BELOW = 100
# With fewer counts the profile of rare genes is not known.
FEWEST_COUNTS = 10_000
# What only erythroid cells make; blood that was lysed fills the soup with it.
HAEMOGLOBINS = ("HBB", "HBA1", "HBA2")
# Whether the contamination is bounded, and why not.
BOUNDED, NOT_KNOWN = "bounded", "not_known"
NO_RAW, NO_HAEMOGLOBIN, NO_OTHER_CELLS = "no_raw", "no_haemoglobin", "no_other_cells"


def soup_profile(
    data: AnnData | str | Path,
    *,
    layer: str = "X",
    below: int = BELOW,
    cells_at_once: int = CELLS_AT_ONCE,
    values_at_once: int = VALUES_AT_ONCE,
) -> pd.DataFrame:
    """Sum the droplets without cell of an unfiltered matrix, read twice in blocks.

    Parameters
    ----------
    data : AnnData, str or Path
        Raw counts of all droplets x genes: an object, or an .h5ad or 10x .h5 file.
    layer : str
        Where the raw counts are.
    below : int
        Droplets of fewer counts are taken for empty.
    cells_at_once, values_at_once : int
        As in `autocrine.cells.sum_cells`.

    Returns
    -------
    DataFrame
        A row per gene, indexed as the counts: counts (in empty droplets), share (of all their counts). ``attrs`` has
        droplets (that were summed, with a count) and counts.

    Raises
    ------
    autocrine.InputError
        If the file cannot be read, or its empty droplets hold fewer than 10,000 counts.
    """
    findings = Findings()
    with open_cells(data, layer, findings, droplets=True) as cells:
        findings.raise_if_any()
        assert cells is not None  # or a problem was raised
        size = (cells_at_once, values_at_once)
        depth, _, _ = measure_cells(cells, size, findings)
        findings.raise_if_any()
        empty = (depth > 0) & (depth < below)
        counts = np.zeros(cells.shape[1], dtype=np.int64)
        for block in cells.blocks(*size):
            rows = by_cells(block.counts)
            inside = np.repeat(empty[block.first_cell : block.first_cell + rows.shape[0]], np.diff(rows.indptr))
            # Sums of whole numbers below 2^53 are exact in double precision.
            summed = np.bincount(rows.indices[inside], weights=rows.data[inside], minlength=rows.shape[1])
            counts[block.first_gene : block.first_gene + rows.shape[1]] += np.rint(summed).astype(np.int64)
        if (total := int(counts.sum())) < FEWEST_COUNTS:
            found = f"{int(empty.sum()):,} droplets have fewer than {below} counts, {total:,} together"
            findings.problem(cells.name, found, "the unfiltered matrix (raw_feature_bc_matrix)")
        findings.raise_if_any()
        table = pd.DataFrame({"counts": counts, "share": counts / total}, index=cells.var.index.astype(str))
    table.attrs = {"droplets": int(empty.sum()), "counts": total}
    return table


def bound_contamination(
    sums: AnnData,
    soups: Mapping[str, pd.DataFrame] | None = None,
    *,
    erythroid: Sequence[str] = (),
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Bound the share of the counts of cells that are ambient, from haemoglobin in cells that make none.

    Of L counts of these cells a L q are ambient haemoglobin, with q its share in the soup: c counts seen make a = c /
    (L q). The upper limit is the exact one of a ratio of two rates of Poisson's distribution, that of c among L and
    that of haemoglobin in the soup (Przyborowski and Wilenski 1940, Biometrika 31:313). What such cells do make of
    haemoglobin, and erythroid cells with a wrong label, make it larger, so that it errs to the safe side.

    Without the empty droplets q is not known. In its place is the share in all cells of the sample, erythroid ones
    too. The limit then holds only if the soup is as rich in haemoglobin, and the contamination counts as not known.

    Parameters
    ----------
    sums : AnnData
        As `autocrine.cells.sum_cells` returns them.
    soups : mapping of str to DataFrame, optional
        Sample -> its soup, as `soup_profile` returns it. Samples may be missing.
    erythroid : sequence of str
        States that make haemoglobin. Without states all cells count as others, and the limit is large where erythroid
        cells are among them.
    confidence : float
        Of the upper limit.

    Returns
    -------
    DataFrame
        A row per sample: sample, kind ("bounded", "not_known"), obstacle ("no_raw"; "no_haemoglobin": not among the
        genes, or not in the soup; "no_other_cells": none but erythroid ones; else ""), haemoglobin (counts in other
        cells), counts (all counts of these cells), soup_share (q), contamination (a) and contamination_upper (at most
        1). NaN where nothing can be said.

    Raises
    ------
    autocrine.InputError
        If a state is not there, or a soup is of other genes or no sample.
    """
    findings = Findings()
    if not 0 < confidence < 1:
        findings.problem("confidence", f"{confidence!r} is no probability", "a number between 0 and 1")
    samples = sums.obs["sample"].astype(str).to_numpy()
    states = sums.obs["state"].astype(str).to_numpy() if "state" in sums.obs else np.full(sums.n_obs, "")
    if lacking := [state for state in erythroid if state not in set(states)]:
        found = f"there is no state {listed(lacking)}"
        findings.problem("erythroid", found, f"one of: {listed(sorted(set(states)))}")
    soups = soups or {}
    _check_soups(soups, sums, set(samples), findings)
    findings.raise_if_any()
    counts = sums.X.toarray() if hasattr(sums.X, "toarray") else np.asarray(sums.X)
    genes = _haemoglobins(sums.var)
    other = ~np.isin(states, list(erythroid))
    rows = []
    for sample in sorted(set(samples)):
        here = samples == sample
        total = int(counts[here & other].sum())
        seen = int(counts[here & other][:, genes].sum())
        if sample in soups:
            profile = soups[sample]["counts"].reindex(sums.var_names.astype(str)).to_numpy()
            whole = int(soups[sample]["counts"].sum())
        else:
            profile = counts[here].sum(axis=0)
            whole = int(profile.sum())
        held = int(profile[genes].sum())
        share = held / whole
        kind, obstacle, estimate, upper = BOUNDED, "", np.nan, np.nan
        if not total:
            kind, obstacle = NOT_KNOWN, NO_OTHER_CELLS
        elif not share > 0:
            kind, obstacle = NOT_KNOWN, NO_HAEMOGLOBIN
        else:
            if sample not in soups:
                kind, obstacle = NOT_KNOWN, NO_RAW
            estimate = seen / (total * share)
            # Of all haemoglobin the part that is in cells is binomial.
            part = float(betaincinv(seen + 1, held, confidence))
            upper = min(1.0, part / (1 - part) * whole / total)
        rows.append(
            {
                "sample": sample,
                "kind": kind,
                "obstacle": obstacle,
                "haemoglobin": seen,
                "counts": total,
                "soup_share": share,
                "contamination": min(1.0, estimate),
                "contamination_upper": upper,
            }
        )
    return pd.DataFrame(rows)


def ambient_positives(
    cells: np.ndarray, contamination: np.ndarray, share: np.ndarray, depth: np.ndarray | float
) -> np.ndarray:
    """Return in how many cells ambient RNA alone would show a gene: cells x (1 - exp(-a q T)).

    Parameters
    ----------
    cells : ndarray of shape (samples,)
        Cells.
    contamination : ndarray of shape (samples,)
        Ambient share a of their counts.
    share : ndarray of shape (samples, genes)
        Share q of each gene in the soup.
    depth : float or ndarray of shape (samples,)
        Counts T of a cell.

    Returns
    -------
    ndarray of shape (samples, genes)
    """
    rate = (np.asarray(contamination) * np.asarray(depth))[:, None] * share
    found: np.ndarray = np.asarray(cells)[:, None] * -np.expm1(-rate)
    return found


def poisson_limit(seen: np.ndarray | int, confidence: float) -> np.ndarray:
    """Return the upper limit of the mean of Poisson's distribution of which so many were seen."""
    limit: np.ndarray = chdtri(2 * (np.asarray(seen) + 1), 1 - confidence) / 2
    return limit


def compare_with_ambient(
    sums: AnnData,
    bounds: pd.DataFrame,
    soups: Mapping[str, pd.DataFrame],
    *,
    state: str | None = None,
    alpha: float = 0.05,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Set the positive cells of each gene at the common depth against those that ambient RNA alone would make.

    The contamination is taken at its upper limit, and so is the share of the gene in the soup, which a rare gene may
    not be seen in at all. A gene is above ambient RNA where so many positive cells, of all
    samples together, would be seen with a chance below `alpha` (Poisson's distribution, whose tail is heavier than that
    of a sum of single cells).

    Parameters
    ----------
    sums : AnnData
        As `autocrine.cells.sum_cells` returns them.
    bounds : DataFrame
        As `bound_contamination` returns it.
    soups : mapping of str to DataFrame
        Sample -> its soup.
    state : str, optional
        May be left out where the sums have one only.
    alpha : float
        Level of the one-sided test of each gene; the limit of its share in the soup has the confidence 1 - alpha.

    Returns
    -------
    genes : DataFrame
        A row per gene: gene_id, kind ("above", "not_above", "not_known"), positives and ambient_positives (of the
        samples whose contamination is bounded), p_value (one-sided), samples (their number).
    expected : DataFrame of shape (samples, genes)
        Positive cells that ambient RNA alone would make; NaN where the contamination is not bounded.

    Raises
    ------
    autocrine.InputError
        If there is no such state, or a soup is of other genes.
    """
    findings = Findings()
    chosen = rows_of_state(sums, state, findings)
    findings.raise_if_any()
    samples = chosen.obs["sample"].astype(str).to_numpy()
    _check_soups(soups, sums, set(sums.obs["sample"].astype(str)), findings)
    findings.raise_if_any()
    depths = sums.uns["import"]["depth"].set_index("state")["depth"]
    held = str(chosen.obs["state"].iloc[0]) if "state" in chosen.obs else ALL_CELLS
    of_sample = bounds.set_index("sample")["contamination_upper"].where((bounds["kind"] == BOUNDED).to_numpy())
    upper = of_sample.reindex(samples).to_numpy(dtype=float)
    names = chosen.var_names.astype(str)
    share = np.full(chosen.shape, np.nan)
    for place, sample in enumerate(samples):
        if sample in soups:
            counts = soups[sample]["counts"]
            share[place] = poisson_limit(counts.reindex(names).to_numpy(), 1 - alpha) / counts.sum()
    number = chosen.obs["cells_at_depth"].to_numpy(dtype=float)
    expected = ambient_positives(number, upper, share, float(depths[held]))
    known = ~np.isnan(expected).any(axis=1)
    positives = np.asarray(chosen.layers["expected"], dtype=float)[known].sum(axis=0)
    ambient = expected[known].sum(axis=0)
    p_value = np.ones(len(names))
    seen = positives > 0
    # The chance of so many or more; of a sum with decimals between those of its neighbours.
    p_value[seen] = gammainc(positives[seen], ambient[seen])
    kind = np.where(p_value < alpha, "above", "not_above").astype(object)
    if not known.any():
        kind[:] = NOT_KNOWN
        positives, ambient, p_value = (np.full(len(names), np.nan) for _ in range(3))
    table = {
        "gene_id": names,
        "kind": kind,
        "positives": positives,
        "ambient_positives": ambient,
        "p_value": p_value,
        "samples": int(known.sum()),
    }
    return pd.DataFrame(table), pd.DataFrame(expected, index=samples, columns=names)


def makers_of_haemoglobin(sums: AnnData, soups: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the states that make haemoglobin themselves: those with a larger share of it than the soup has.

    A state in which it comes from the soup alone cannot have more, however much of its counts is ambient. Shares are
    those over all samples; without soups in all cells together.

    Parameters
    ----------
    sums, soups
        As `bound_contamination` takes them.
    """
    if "state" not in sums.obs:
        return []
    counts = sums.X.toarray() if hasattr(sums.X, "toarray") else np.asarray(sums.X)
    genes = _haemoglobins(sums.var)
    pooled = sum((soup["counts"].to_numpy() for soup in soups.values()), start=np.zeros(sums.n_vars))
    profile = pooled if soups else counts.sum(axis=0)
    limit = profile[genes].sum() / max(profile.sum(), 1)
    found = []
    for state in sorted(set(sums.obs["state"])):
        held = counts[(sums.obs["state"] == state).to_numpy()].sum(axis=0)
        if held[genes].sum() > limit * held.sum():
            found.append(str(state))
    return found


def _haemoglobins(var: pd.DataFrame) -> np.ndarray:
    """Return the places of the haemoglobins among the genes."""
    columns = [var.index, *(var[name] for name in NAME_COLUMNS if name in var.columns)]
    return np.flatnonzero(np.any([names.astype(str).isin(HAEMOGLOBINS) for names in columns], axis=0))


def _check_soups(soups: Mapping[str, pd.DataFrame], sums: AnnData, samples: set[str], findings: Findings) -> None:
    """Tell of soups of other samples and genes."""
    if unknown := [sample for sample in soups if sample not in samples]:
        findings.problem("soups", f"there is no sample {listed(unknown)}", f"one of: {listed(sorted(samples))}")
    for sample, soup in soups.items():
        if lacking := list(sums.var_names.astype(str).difference(soup.index.astype(str))):
            findings.problem(f"soups, {sample}", f"it has no genes {listed(lacking, 3)}", "the genes of the cells")
