"""How much each cell looks like two: compared with sums of two cells drawn at random (after Wolock et al. 2019)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.linalg import eigh

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE, Cells, by_cells, check_block, open_cells
from autocrine.problems import Findings, listed
from autocrine.seeds import SEEDS

if TYPE_CHECKING:
    from anndata import AnnData

# More cells are not held in memory; a run of one sample has fewer.
MOST_CELLS = 30_000
# The neighbours of fewer cells say little.
FEWEST_CELLS = 100
# Doublets per cell loaded, of droplets: 0.8 % per 1,000 cells.
RATE_PER_CELL = 0.008 / 1000
# Simulated doublets per cell; genes and components, at least and at most, that distances are taken in.
SIMULATED, GENES, FEWEST_COMPONENTS, COMPONENTS = 2, 2000, 3, 30


def score_doublets(
    data: AnnData | str | Path,
    *,
    sample: str | None = None,
    layer: str = "X",
    seed: int = SEEDS["doublets"],
) -> np.ndarray:
    """Score cells of one sample: how many of their neighbours are sums of two cells.

    Doublets form within a run, so cells of several samples cannot be scored together. A doublet of two cells of one
    state looks like a deep cell and is found less often; one of two states looks like none of them.

    Parameters
    ----------
    data : AnnData, str or Path
        Raw counts, cells x genes, of at most 30,000 cells: an object, or an .h5ad or 10x .h5 file.
    sample : str, optional
        Column of ``obs`` that names the sample; it must name one.
    layer : str
        Where the raw counts are.
    seed : int
        For the pairs.

    Returns
    -------
    ndarray of shape (cells,)
        Scores between 0 and 1. They do not depend on the order of the cells.

    Raises
    ------
    autocrine.InputError
        If there are too many, too few or empty cells, several samples, or no counts.
    """
    findings = Findings()
    with open_cells(data, layer, findings) as cells:
        findings.raise_if_any()
        assert cells is not None  # or a problem was raised
        number = cells.shape[0]
        if not FEWEST_CELLS <= number <= MOST_CELLS:
            wanted = f"between {FEWEST_CELLS} and {MOST_CELLS:,} cells of one sample, or a column of doublets"
            findings.problem(cells.name, f"doublets are asked of {number:,} cells", wanted)
        if sample is not None and sample not in cells.obs.columns:
            found = f'there is no column "{sample}"'
            findings.problem(f"{cells.name}, obs", found, f"one of: {listed(cells.obs.columns)}")
        elif sample is not None and len(held := cells.obs[sample].dropna().unique()) != 1:
            found = f"doublets are asked of cells of {len(held)} samples ({listed(held)})"
            findings.problem(cells.name, found, "a file for each sample")
        findings.raise_if_any()
        scores = score_cells(cells, [np.arange(number)], findings, seed)
    findings.raise_if_any()
    assert scores is not None  # or a problem was raised
    return scores


def places_of_runs(sound: np.ndarray, samples: np.ndarray) -> list[np.ndarray]:
    """Return the places of the cells of each sample of a file that can be scored.

    None of a file of more than 30,000 cells and several samples, whose counts would have to be held as a whole.

    Parameters
    ----------
    sound : ndarray of shape (cells,)
        Which cells are above the floors of quality, bool.
    samples : ndarray of shape (cells,)
        The sample of each cell; of a missing one none is scored.
    """
    runs = [np.flatnonzero(sound & (samples == name)) for name in sorted(set(samples[pd.notna(samples)]), key=str)]
    if len(runs) > 1 and len(samples) > MOST_CELLS:
        return []
    return [places for places in runs if FEWEST_CELLS <= len(places) <= MOST_CELLS]


def score_cells(
    cells: Cells, runs: Sequence[np.ndarray], findings: Findings, seed: int = SEEDS["doublets"]
) -> np.ndarray | None:
    """Score the cells of runs, each for itself; see `score_doublets`.

    Parameters
    ----------
    cells : Cells
        Counts of one file.
    runs : sequence of ndarray
        The places of the cells of each run that take part: those above the floors of quality, between 100 and 30,000.
    findings : Findings
        Receives values that are no counts, and cells without a count; then the result is None.
    seed : int
        For the pairs.

    Returns
    -------
    ndarray of shape (cells,)
        NaN of cells that take no part.
    """
    before, (number, genes) = len(findings.problems), cells.shape
    blocks, done = [], 0
    for block in cells.blocks(CELLS_AT_ONCE, VALUES_AT_ONCE):
        if not check_block(block, cells, findings):
            return None
        part = by_cells(block.counts).astype(np.float32)
        if part.shape[1] == genes:
            # Cells without any count are in no block.
            blocks += [_without_counts(block.first_cell - done, genes), part]
            done = block.first_cell + part.shape[0]
        else:
            blocks.append(part)
    # A matrix by genes has blocks of all cells.
    whole = [*blocks, _without_counts(number - done, genes)] if done else blocks
    counts = sparse.vstack(whole, format="csr") if done else sparse.hstack(whole, format="csr")
    places = np.concatenate(runs)
    if empty := int((np.asarray(counts[places].sum(axis=1)).ravel() == 0).sum()):
        findings.problem(cells.name, f"{empty} cells have no count", "cells above the floor of quality")
    if len(findings.problems) > before:
        return None
    # In an order of their own, so that the pairs that are drawn are the same whatever the order in the file.
    barcodes, scores = cells.obs.index.astype(str).to_numpy(), np.full(number, np.nan)
    for run in runs:
        order = run[np.argsort(barcodes[run], kind="stable")]
        scores[order] = neighbour_scores(counts[order], seed)
    return scores


def _without_counts(cells: int, genes: int) -> Any:
    return sparse.csr_array((cells, genes), dtype=np.float32)


def neighbour_scores(counts: Any, seed: int) -> np.ndarray:
    """Return the share of simulated doublets among the neighbours of each cell.

    Two doublets per cell are sums of the counts of two cells drawn at random. Cells and doublets are scaled to the
    median depth; the distances are those in the first principal components of the cells (three to 30, those beyond
    noise), of log(1 + counts) of the 2,000 genes that vary most. The share is averaged over neighbourhoods of one cell
    up to 3 / 2 of the square root of the number of cells.

    Parameters
    ----------
    counts : csr_array of shape (cells, genes)
        Raw counts; every cell has one.
    seed : int
        For the pairs.
    """
    from sklearn.neighbors import NearestNeighbors  # slow to load, and asked for here alone

    number = counts.shape[0]
    depth = np.asarray(counts.sum(axis=1), dtype=float).ravel()
    target = float(np.median(depth))
    genes = _most_variable(_log_scaled(counts, depth, target))
    counts = counts[:, genes]
    values = _log_scaled(counts, depth, target)
    random = np.random.default_rng(seed)
    mean, axes = _components(values, random)
    one = random.integers(number, size=SIMULATED * number)
    # Never the same cell twice.
    other = (one + 1 + random.integers(number - 1, size=len(one))) % number
    places = [values @ axes - mean @ axes]
    for start in range(0, len(one), CELLS_AT_ONCE):
        pair = one[start : start + CELLS_AT_ONCE], other[start : start + CELLS_AT_ONCE]
        summed = counts[pair[0]] + counts[pair[1]]
        places.append(_log_scaled(summed, depth[pair[0]] + depth[pair[1]], target) @ axes - mean @ axes)
    together = np.vstack(places).astype(np.float32)
    near = min(round((1 + SIMULATED) * 0.5 * np.sqrt(number)), len(together) - 1)
    search = NearestNeighbors(n_neighbors=near + 1, algorithm="brute").fit(together)
    found = search.kneighbors(together[:number], return_distance=False)
    # A cell is its own nearest neighbour, unless another is at the same place.
    own = found == np.arange(number)[:, None]
    own[~own.any(axis=1), -1] = True
    simulated = (found[~own].reshape(number, near) >= number).astype(float)
    shares = np.cumsum(simulated, axis=1) / np.arange(1, near + 1)
    return shares.mean(axis=1)


def mark_doublets(scores: np.ndarray, rate: float | None = None) -> np.ndarray:
    """Mark the cells of the highest scores, as many as doublets are expected.

    Parameters
    ----------
    scores : ndarray of shape (cells,)
        As `score_doublets` returns them, of all cells of one run.
    rate : float, optional
        Share of doublets expected; 0.8 % per 1,000 cells where left out. Doublets of one state are among them and
        often not found, so that some of the marked are none.

    Returns
    -------
    ndarray of shape (cells,)
        bool. Cells of equal score are marked together or not at all, and no more than expected.

    Raises
    ------
    ValueError
        If the rate is none.
    """
    rate = expected_rate(len(scores)) if rate is None else rate
    if not 0 <= rate < 1:
        raise ValueError(f"the share of doublets is at least 0 and less than 1, not {rate}")
    most = int(rate * len(scores) + 1e-9)
    falling = np.sort(scores)[::-1]
    # The first score that would mark too many.
    beyond = falling[most] if most < len(scores) else -np.inf
    marked: np.ndarray = scores > beyond
    return marked


def expected_rate(cells: int) -> float:
    """Return the share of doublets among so many cells of one run: 0.8 % per 1,000."""
    return RATE_PER_CELL * cells


def _log_scaled(counts: Any, depth: np.ndarray, target: float) -> Any:
    """Return log(1 + counts) of cells scaled to one depth, CSR."""
    scaled = sparse.csr_array(counts, dtype=np.float64, copy=True)
    scaled.data = np.log1p(scaled.data * np.repeat(target / depth, np.diff(scaled.indptr)))
    return scaled


def _most_variable(values: Any) -> np.ndarray:
    """Return the places of the genes whose values vary most, in their order."""
    mean, square = (np.asarray(held.mean(axis=0)).ravel() for held in (values, values.multiply(values)))
    chosen = np.argsort(mean**2 - square, kind="stable")[:GENES]
    return np.sort(chosen)


def _components(values: Any, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the means and the first principal axes (genes, components) of values.

    Axes of noise blur distances, so only those are kept along which cells vary more than they do along any axis when
    the values of each gene are shuffled among the cells (Horn 1965, Psychometrika 30:179): three to 30.
    """
    mean, found, axes = _principal_axes(values)
    columns = sparse.csc_array(values)
    columns.indices = np.concatenate(
        [random.permutation(values.shape[0])[:held] for held in np.diff(columns.indptr)]
    ).astype(columns.indices.dtype)
    shuffled = _principal_axes(columns.tocsr())[1]
    kept = int(np.clip((found > shuffled[0]).sum(), FEWEST_COMPONENTS, COMPONENTS))
    return mean, axes[:, :kept]


def _principal_axes(values: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, variances along the first principal axes, falling, and the axes (genes, axes), without a draw."""
    mean = np.asarray(values.mean(axis=0)).ravel()
    square = np.zeros((len(mean), len(mean)))
    for start in range(0, values.shape[0], CELLS_AT_ONCE):
        # Genes that vary most are in most cells: a dense product is the faster one.
        dense = values[start : start + CELLS_AT_ONCE].toarray()
        square += dense.T @ dense
    covariance = square / values.shape[0] - np.outer(mean, mean)
    last = len(mean) - 1
    variances, axes = eigh(covariance, subset_by_index=[max(last - COMPONENTS + 1, 0), last])
    return mean, variances[::-1], axes[:, ::-1]
