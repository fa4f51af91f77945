"""What a different share of leukaemic cells alone would do to a gene, beside what was measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import nctdtrinc, stdtr, stdtrit

from autocrine.columns import COMPOSITION

FRACTION = "leukemic_fraction"
NO_DIRECTION = "the comparison has no direction between two groups"
NOT_LARGER = "no larger than the leukaemic fraction alone would make it"
# Of an effect in the other direction, in which a gene of leukaemic cells would not go.
NOT_LARGER_OTHER = "no larger than the share of the other cells alone would make a gene of theirs"
NOT_SURELY_OTHER = "not surely larger than the share of the other cells alone would make a gene of theirs"
OF_OTHERS = (NOT_LARGER_OTHER, NOT_SURELY_OTHER)
LEVEL = "unchanged, although the leukaemic fraction alone would move a gene of leukaemic cells"
# From this effect of composition on, a doubling, a gene that stays level needs the remark.
LARGE = 1.0
# A smaller estimate is none, which has no logarithm; of a compared sample this share of draws may be.
LEAST_FRACTION, MOST_EMPTY = 1e-3, 0.025
ESTIMATED = " (fractions estimated from expression)"
NOT_SURELY = "not surely larger than the leukaemic fraction alone would make it"
COLUMNS = tuple(name for part in COMPOSITION for name in part.names)


@dataclass(frozen=True)
class Estimated:
    """Leukaemic fractions that were estimated from expression.

    `table` and `draws` are those of `autocrine.samples.fractions.Fractions`.
    """

    table: pd.DataFrame
    draws: pd.DataFrame


def estimated_effect(
    selected: pd.DataFrame,
    matrix: pd.DataFrame,
    vector: np.ndarray | None,
    groups: Sequence[Sequence[str]],
    estimated: Estimated | None,
) -> dict[str, float | str | bool]:
    """Work out what the leukaemic fraction alone would do, by measured fractions or else by estimated ones.

    Parameters
    ----------
    selected, matrix, vector, groups
        See `composition_effect`.
    estimated
        Fractions from expression; None where there are none.

    Returns
    -------
    `leukemic`, `other` and `reason` of `composition_effect`; `estimated`, whether they rest on estimates, and
    `leukemic_low`, `leukemic_high`, `other_low`, `other_high`: 95 % over the draws, of three ways to estimate from the
    lowest to the highest. Where fractions were measured in any of the compared samples estimates are not used.
    """
    leukemic, other, reason = composition_effect(selected, matrix, vector, groups)
    found = {"leukemic": leukemic, "other": other, "reason": reason, "estimated": False}
    asked = list(dict.fromkeys(sample for group in groups for sample in group))
    measured = FRACTION in selected.columns and selected.loc[asked, FRACTION].notna().any()
    if estimated is None or measured:
        return found
    if vector is None:
        return found | {"reason": NO_DIRECTION}
    fractions = estimated.table["fraction_estimate"]
    if lost := [f"{sample}: {why}" for sample in asked if (why := estimated.table["reason"].get(sample, ""))]:
        return found | {"reason": f"no leukaemic fraction could be estimated ({'; '.join(lost[:3])})"}
    leukemic, other, reason = composition_effect(selected.assign(**{FRACTION: fractions}), matrix, vector, groups)
    if reason:
        return found | {"reason": f"{reason} (estimated)"}
    ends = _ends_of_draws(estimated.draws, matrix, vector, asked)
    if ends is None:
        return found | {"reason": "the estimated leukaemic fraction of a compared sample may be none"}
    points = {"leukemic": leukemic, "other": other}
    for name, (low, high) in ends.items():
        found |= {f"{name}_low": min(low, points[name]), f"{name}_high": max(high, points[name])}
    return found | {**points, "reason": "", "estimated": True}


def _ends_of_draws(
    draws: pd.DataFrame, matrix: pd.DataFrame, vector: np.ndarray, asked: Sequence[str]
) -> dict[str, tuple[float, float]] | None:
    """Return the range of either effect over draws; None where a fraction of a compared sample is zero in too many."""
    known = draws.reindex(matrix.index).notna().all(axis=1)
    values = draws.reindex(matrix.index)[known]
    if (values.loc[list(asked)] <= LEAST_FRACTION).mean(axis=1).max() > MOST_EMPTY:
        return None
    inverse = vector @ np.linalg.pinv(matrix.loc[known].to_numpy())
    kinds, ends = draws.columns.str.split("_").str[0], {}
    for name, part in (("leukemic", values), ("other", 1 - values)):
        effects = inverse @ np.log2(np.maximum(part.to_numpy(), LEAST_FRACTION))
        parts = [np.quantile(effects[kinds == kind], [0.025, 0.975]) for kind in dict.fromkeys(kinds)]
        ends[name] = (float(min(part[0] for part in parts)), float(max(part[1] for part in parts)))
    return ends


def composition_effect(
    selected: pd.DataFrame, matrix: pd.DataFrame, vector: np.ndarray | None, groups: Sequence[Sequence[str]]
) -> tuple[float, float, str]:
    """Work out what the leukaemic fraction alone would do in one contrast.

    A gene that only leukaemic cells express follows their fraction in every sample, so that the model, with all its
    covariates, patients and groups, would estimate for it what it estimates for the log fraction: the same contrast of
    the same design, by least squares.

    Parameters
    ----------
    selected
        Samples x columns.
    matrix
        The design, samples x coefficients.
    vector
        The contrast, over the coefficients; None for a test of any difference, which has no direction.
    groups
        The samples of each group of the contrast.

    Returns
    -------
    The log2 fold change of a gene that only leukaemic cells express, that of a gene that only the others express (NaN
    where a sample holds no others), and why there is none, where both are NaN.
    """
    if FRACTION not in selected.columns:
        return np.nan, np.nan, "the sample sheet has no leukaemic fractions"
    if vector is None:
        return np.nan, np.nan, NO_DIRECTION
    fraction = selected[FRACTION].reindex(matrix.index).astype(float)
    asked = fraction.loc[list(dict.fromkeys(sample for group in groups for sample in group))]
    if unknown := int(asked.isna().sum()):
        return np.nan, np.nan, f"the leukaemic fraction of {unknown} samples is not known"
    if empty := int((asked <= 0).sum()):
        return np.nan, np.nan, f"no leukaemic cells in {empty} of the compared samples"
    known = fraction.notna() & (fraction > 0)
    rows = matrix.loc[known].to_numpy()
    inverse = np.linalg.pinv(rows)
    if np.abs(inverse @ rows @ vector - vector).max() > 1e-8 * np.abs(vector).max():
        return np.nan, np.nan, "the samples of known leukaemic fraction do not allow the comparison"
    others = 1 - fraction[known].to_numpy()
    leukemic = float(vector @ inverse @ np.log2(1 - others))
    full = (1 - asked <= 0).any() or (others <= 0).any()
    return leukemic, np.nan if full else float(vector @ inverse @ np.log2(others)), ""


def compare_with_composition(
    effects: pd.DataFrame,
    leukemic: float,
    other: float,
    reason: str,
    alpha: float,
    power: float,
    strictness: np.ndarray,
    ends: tuple[float, float, float, float] | None = None,
) -> pd.DataFrame:
    """Set every effect against what composition alone would do.

    Who reads of a changed gene reads of one that was called, and of the effects that composition alone makes the
    largest are called. So the test is one among called effects; see `_chance_of_call`.

    Parameters
    ----------
    effects
        log2_fc, moderated_se, df (of Student's t) and outcome per gene.
    leukemic, other, reason
        See `composition_effect`.
    alpha
        An effect surely exceeds composition where composition_p_value is below it.
    power
        Chance to see an effect of the size composition_detectable beyond composition.
    strictness
        By how much the p-value of a difference is multiplied before it is compared with alpha, per gene.
    ends
        Lowest and highest of `leukemic`, then of `other`, where fractions were estimated. What is said of genes then
        rests on the ends: no larger than composition where it lies between the outermost, and level only where
        composition would surely have moved a gene.

    Returns
    -------
    Per gene the columns `COLUMNS`. composition_p_value is small where the effect surely exceeds what composition does
    to a gene in the same direction. composition_flag says of changed genes where the effect does not exceed it, or not
    surely; and of equivalent genes where composition alone would have moved a gene of leukaemic cells by `LARGE` or
    more, since such a gene must have changed per cell to stay level.
    """
    effect, error = effects["log2_fc"].to_numpy(dtype=float), effects["moderated_se"].to_numpy(dtype=float)
    reach = [leukemic, other] if ends is None else list(ends)
    low, high = np.nanmin([*reach, 0.0]), np.nanmax([*reach, 0.0])
    freedom = effects["df"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        past = (np.abs(effect) - np.where(effect > 0, high, -low)) / error
        called = _chance_of_call(past, np.abs(effect) / error, freedom, alpha, strictness)
        p_value = np.minimum(stdtr(freedom, -past) / called, 1.0)
    known = ~np.isnan(effect) & (reason == "")
    changed = known & effects["outcome"].isin(["changed", "small_change"]).to_numpy()
    within = changed & (effect >= low) & (effect <= high) & (effect != 0)
    doubtful = changed & ~within & (p_value >= alpha)
    # A range that holds zero moves no gene surely.
    least = leukemic if ends is None else 0.0 if ends[0] <= 0 <= ends[1] else min(ends[:2], key=abs)
    level = known & (effects["outcome"] == "equivalent").to_numpy() & (np.abs(least) >= LARGE)
    note, away = "" if ends is None else ESTIMATED, effect * leukemic < 0
    # Below one degree of freedom scipy's inverse may not end.
    enough = np.where(freedom < 1, np.nan, freedom)
    beyond = nctdtrinc(enough, 1 - power, stdtrit(enough, 1 - alpha * called)) * error
    return pd.DataFrame(
        {
            "composition_log2_fc": leukemic,
            "composition_other_log2_fc": other,
            "composition_p_value": np.where(known, p_value, np.nan),
            "composition_detectable": np.where(known, beyond, np.nan),
            "composition_low": np.nan if ends is None else ends[0],
            "composition_high": np.nan if ends is None else ends[1],
            "composition_reason": reason,
            "composition_flag": np.select(
                [within & away, within, doubtful & away, doubtful, level],
                [words + note for words in (NOT_LARGER_OTHER, NOT_LARGER, NOT_SURELY_OTHER, NOT_SURELY, LEVEL)],
                "",
            ),
        },
        index=effects.index,
    )


def _chance_of_call(
    past: np.ndarray, size: np.ndarray, freedom: np.ndarray, alpha: float, strictness: np.ndarray
) -> np.ndarray:
    """Return the chance that an effect of composition alone is called, given what does not depend on the effect.

    An effect is called where it is larger than c errors, c from Student's t. Were it composition alone, t, its distance
    from composition in errors, would not depend on the sum of squares of that distance and of the error (Basu 1955).
    With this sum held fixed it is called where t exceeds the root of a quadratic, so that the p-value of t divided by
    the chance of that is uniform among called effects (Fithian, Sun and Taylor 2014, arXiv:1410.2597). The chance is
    never taken for less than 1 / (2 strictness). Where composition does nothing, the quotient is then the gene's own
    adjusted p-value, and a called gene exceeds composition.

    Parameters
    ----------
    past, size
        How far an effect lies beyond composition, and how large it is, in standard errors.
    freedom
        Degrees of freedom of the error.
    alpha, strictness
        See `compare_with_composition`.
    """
    limit = stdtrit(freedom, 1 - alpha / strictness / 2)
    share = (size - past) ** 2 / (freedom + past**2)
    root = share * (limit**2 + freedom * (1 - share))
    # Without a root all are called.
    least = np.where(root < 0, -np.inf, (limit**2 - share * freedom) / (limit + np.sqrt(np.maximum(root, 0))))
    return np.maximum(stdtr(freedom, -least), 1 / (2 * strictness))
