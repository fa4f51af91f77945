"""How many cells would be positive for a gene at a smaller depth."""

from __future__ import annotations

import numpy as np

# Chances are added up as whole multiples of this one, so that the sum is exact: the same whatever the order of cells.
# Four million cells of one pseudobulk fit into 64 bits.
BITS = 40
_ONE = float(2**BITS)
# Counts up to here are looked up, which is most of them.
_TABLE = 4


def whole_chances(counts: np.ndarray, cell: np.ndarray, depth: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Return the chances that a cell keeps a count of a gene when it is thinned to the common depth, in units of 2^-40.

    1 - (1 - T / L)^x, with x counts of the gene among L and the common depth T: each count stays with the chance T / L.
    Exact for x = 1. The counts that stay are not quite independent, since exactly T do; the hypergeometric chance
    differs in the order of x / L. A cell with L < T has the chance 0, as it has none at this depth.

    Parameters
    ----------
    counts : ndarray of shape (values,)
        Stored counts of a block, int64.
    cell : ndarray of shape (values,)
        Cell of each.
    depth, common : ndarray of shape (cells,)
        Depth of each cell, and the common depth of its state.

    Returns
    -------
    ndarray of shape (values,)
        Whole multiples of 2^-40, int64.
    """
    lost = _chance_lost(depth, common)
    powers = np.cumprod(np.broadcast_to(lost, (_TABLE, len(lost))), axis=0)
    table = np.vstack([np.zeros(len(lost)), 1 - powers]) * _ONE
    looked_up = np.rint(table).astype(np.int64).ravel()
    whole = looked_up[np.minimum(counts, _TABLE) * len(lost) + cell]
    high = np.flatnonzero(counts > _TABLE)
    whole[high] = np.rint((1 - _power(lost[cell[high]], counts[high])) * _ONE).astype(np.int64)
    return whole


def from_whole(whole: np.ndarray) -> np.ndarray:
    """Return sums of whole chances as numbers of cells."""
    return whole / _ONE


def _chance_lost(depth: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Return the chance that one count is lost; 1 in cells that are not as deep."""
    deep = (depth >= common) & (depth > 0)
    return np.where(deep, 1 - common / np.where(deep, depth, 1), 1.0)


def _power(base: np.ndarray, exponent: np.ndarray) -> np.ndarray:
    """Return powers by squaring: only products, which every processor and every order of values round alike."""
    result, square = np.ones(len(base)), base.copy()
    left, at = exponent.copy(), np.flatnonzero(exponent)
    while len(at):
        odd = at[(left[at] & 1) == 1]
        result[odd] *= square[odd]
        square[at] *= square[at]
        left[at] >>= 1
        at = at[left[at] > 0]
    return result
