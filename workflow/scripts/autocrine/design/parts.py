"""What contrasts make of the effects of their parts: of genes and of scores alike."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd


def steps_together(effects: Sequence[Any], p_values: Sequence[Any]) -> np.ndarray:
    """Return the p-value that all steps of a trend go the same way.

    The largest of the steps' p-values, or 1 where they do not (intersection-union test; Berger 1982, Technometrics
    24:295); missing where a step has none. Both arguments are steps x genes or scores.
    """
    largest = np.max(p_values, axis=0)
    alike = np.abs(np.sign(effects).sum(axis=0)) == len(effects)
    return np.where(alike | np.isnan(largest), largest, 1.0)


def extremes(levels: Sequence[Any], names: Sequence[str]) -> dict[str, np.ndarray]:
    """Return `difference`, `lowest` and `highest` of levels x genes or scores.

    The levels are named where every one is known, else empty.
    """
    heights = np.array(levels)
    known, words = ~np.isnan(heights).any(axis=0), np.array(names, dtype=object)
    return {
        "difference": heights.max(axis=0) - heights.min(axis=0),
        "lowest": np.where(known, words[np.argmin(np.nan_to_num(heights), axis=0)], ""),
        "highest": np.where(known, words[np.argmax(np.nan_to_num(heights), axis=0)], ""),
    }


def test_pairs(levels: Sequence[np.ndarray], test: Callable[[np.ndarray], pd.DataFrame]) -> list[pd.DataFrame]:
    """Test all pairs of levels, the later against the earlier; `levels` are vectors against one and the same."""
    return [test(two - one) for one, two in combinations(levels, 2)]


# pytest takes every function called test_... that a test module imports for a test.
test_pairs.__test__ = False  # type: ignore[attr-defined]


def side_by_side(parts: Sequence[pd.DataFrame], columns: Sequence[str], what: str, first: int) -> pd.DataFrame:
    """Set columns of a contrast's parts side by side, numbered: log2_fc_step_1, ci_low_step_1, and so on."""
    numbered = [part[list(columns)].add_suffix(f"_{what}_{number}") for number, part in enumerate(parts, first)]
    return pd.concat(numbered, axis=1)
