"""Effects as a page holds them: rounded to steps that follow the width of their intervals, each on its side of zero.

Per unit of a wide measurement effects are small: a step that is fine for two groups would leave nothing of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

# Half of most intervals of two groups is longer (log2). Where the median is not, the step is a share of it.
SMALL_REACH, SHARE_OF_REACH = 0.25, 1 / 250
# Codes of signed numbers have 32 bits, of which one is the sign.
MOST_STEPS = 2**30
# Effects of ordinary comparisons in a page, and half of any interval, are rounded to these steps; the second is
# relative.
LOG2_STEP, REACH_STEP = 0.001, 0.002
# The same of fits with one thing changed, of which there are many.
CHANGE_STEP, CHANGED_REACH_STEP = 0.02, 0.02


def find_step(reach: ArrayLike, usual: float, effects: ArrayLike = ()) -> float:
    """Return the step to which effects of one comparison are rounded.

    Parameters
    ----------
    reach
        Half of each interval, in the unit of the effects. NaN where there is none.
    usual
        The step where intervals are as wide as those of two groups usually are; elsewhere it is finer.
    effects
        In the same unit, so that no step needs more than 32 bits.
    """
    known, largest = np.asarray(reach, dtype=float), np.abs(np.asarray(effects, dtype=float))
    known, largest = known[np.isfinite(known) & (known > 0)], largest[np.isfinite(largest)]
    median = float(np.median(known)) if known.size else np.inf
    step = usual if median >= SMALL_REACH else min(usual, SHARE_OF_REACH * median)
    return max(step, float(largest.max(initial=0)) / MOST_STEPS)


def round_effects(effects: ArrayLike, reach: ArrayLike, step: float, about: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Round effects to steps from `about` (zero, or the effect of another fit that a page adds them to).

    An effect whose interval leaves out zero stays on its side: where rounding would take it to zero or beyond, it is
    rounded away from it. Numbers that are not finite stay as they are.
    """
    effects, reach, about = (np.asarray(values, dtype=float) for values in (effects, reach, about))
    with np.errstate(invalid="ignore"):
        steps = np.rint((effects - about) / step)
        beyond = (np.abs(effects) > reach) & (np.sign(about + steps * step) != np.sign(effects))
        steps += np.where(beyond, np.sign(effects), 0)
        return about + steps * step


def round_reach(effects: ArrayLike, reach: ArrayLike, shown: ArrayLike, step: float) -> NDArray[np.float64]:
    """Round half of every interval to a relative step, so that the interval about what is shown has zero where it was.

    Parameters
    ----------
    effects, reach
        As the table has them: reach is half of the interval.
    shown
        The effects as a page reads them; see `round_effects`.
    step
        Relative.

    Returns
    -------
    Powers of e to whole multiples of the step, above `shown` where the interval holds zero and below where it leaves
    it out; NaN where there is no interval. Intervals of no width keep none.
    """
    effects, reach, shown = (np.asarray(values, dtype=float) for values in (effects, reach, shown))
    with np.errstate(invalid="ignore", divide="ignore"):
        steps = np.rint(np.log(np.where(reach > 0, reach, np.nan)) / step)
        edge = np.log(np.abs(shown)) / step
        outside = np.abs(effects) > reach
        # Not on the edge itself, where a browser's last digit would decide.
        below, above = np.ceil(edge - 1e-6) - 1, np.floor(edge + 1e-6) + 1
        steps = np.where(outside, np.minimum(steps, below), np.maximum(steps, above))
        return np.where(reach > 0, np.exp(steps * step), np.where(np.isfinite(reach), 0.0, reach))


def round_shares(effects: ArrayLike, reach: ArrayLike, held: ArrayLike, step: float) -> NDArray[np.float64]:
    """Round effects as multiples of half their interval.

    Parameters
    ----------
    effects, reach
        As the table has them.
    held
        Half of each interval as a page reads it, of which the multiples are; where there is no interval a number
        in its place.
    step
        To multiples of which they are rounded; 1 is one of them.

    Returns
    -------
    Multiples above 1 where the interval leaves out zero, and at most 1 where it holds it.
    """
    effects, reach = np.asarray(effects, dtype=float), np.asarray(reach, dtype=float)
    edge = round(1 / step)
    with np.errstate(invalid="ignore"):
        steps = np.rint(effects / np.asarray(held, dtype=float) / step)
        size = np.where(np.abs(effects) > reach, np.maximum(np.abs(steps), edge + 1), np.minimum(np.abs(steps), edge))
        return np.where(np.isfinite(reach), np.sign(effects) * size, steps) * step


def round_table(table: pd.DataFrame) -> pd.DataFrame:
    """Round the effects of a gene table as a page holds them.

    Parameters
    ----------
    table
        gene_id, log2_fc and, where it has intervals, ci_low and ci_high.

    Returns
    -------
    By gene_id `log2` and `reach` (half of the interval), rounded to the `step` in `attrs` and to `REACH_STEP`.
    """
    effects, reach = table["log2_fc"].to_numpy(dtype=float), half_of(table).to_numpy(dtype=float)
    step = find_step(reach, LOG2_STEP, effects)
    log2 = round_effects(effects, reach, step)
    rounded = pd.DataFrame({"log2": log2, "reach": round_reach(effects, reach, log2, REACH_STEP)}, table["gene_id"])
    rounded.attrs["step"] = step
    return rounded


def half_of(table: pd.DataFrame, interval: str = "ci") -> pd.Series:
    """Return half of each interval, of which `interval` names the columns: "ci" ci_low and ci_high."""
    return (table[f"{interval}_high"] - table[f"{interval}_low"]) / 2


@dataclass(frozen=True)
class ChangedEffects:
    """Effects of fits with one thing changed as a page holds them.

    Attributes
    ----------
    deltas
        Genes x fits: what is added to the effect of the main fit as the page has it.
    step
        To multiples of which they are rounded.
    reach
        Genes x fits: half of the interval, rounded to `CHANGED_REACH_STEP`; NaN where there is none.
    """

    deltas: NDArray[np.float64]
    step: float
    reach: NDArray[np.float64]


def round_changes(
    rows: pd.DataFrame, column: str, main: pd.DataFrame, genes: Sequence[str], fits: Sequence[str]
) -> ChangedEffects:
    """Round the effects of changed fits of one comparison, each about that of the main fit.

    Parameters
    ----------
    rows
        gene_id, `column`, log2_fc and, where the fits have intervals, ci_low and ci_high.
    column
        Which names the fit.
    main
        The gene table of the main fit.
    genes, fits
        In the order of what is returned.
    """

    def square(values: str) -> NDArray[np.float64]:
        held = rows.pivot(index="gene_id", columns=column, values=values)
        return held.reindex(index=list(genes), columns=list(fits)).to_numpy(dtype=float)

    shown, effects = round_table(main).reindex(list(genes)), square("log2_fc")
    reach = square("ci_high") - effects if "ci_high" in rows else np.full(effects.shape, np.nan)
    step = find_step(half_of(main), CHANGE_STEP)
    about = shown["log2"].to_numpy()[:, None]
    rounded = round_effects(effects, reach, step, about)
    return ChangedEffects(rounded - about, step, round_reach(effects, reach, rounded, CHANGED_REACH_STEP))
