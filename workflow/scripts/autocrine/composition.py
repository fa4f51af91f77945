"""What a different share of leukaemic cells alone would do to a gene, beside what was measured."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from scipy.special import ndtr

from autocrine.config import Contrast

FRACTION = "leukemic_fraction"
NOT_LARGER = "no larger than the leukaemic fraction alone would make it"
LEVEL = "unchanged, although the leukaemic fraction alone would move a gene of leukaemic cells"
# From this effect of composition on, a doubling, a gene that stays level needs the remark.
LARGE = 1.0
NOT_SURELY = "not surely larger than the leukaemic fraction alone would make it"
COLUMNS = (
    "composition_log2_fc", "composition_other_log2_fc", "composition_p_value", "composition_reason", "composition_flag",
)  # fmt: skip


def composition_effect(
    selected: pd.DataFrame,
    contrast: Contrast,
    contrasts: Mapping[str, Contrast],
    groups: Mapping[str, Sequence[list[str]]],
) -> tuple[float, float, str]:
    """Work out what the leukaemic fraction alone would do in one contrast.

    Parameters
    ----------
    selected
        Samples x columns.
    contrast
        The question.
    contrasts, groups
        All contrasts of the model, and the samples of each of their groups.

    Returns
    -------
    The log2 fold change of a gene that only leukaemic cells express, that of a gene that only the others express (the
    ratios of the mean fractions of the groups; along a trend the slope over its groups), and why there is none, where
    both are NaN.
    """
    if FRACTION not in selected.columns:
        return np.nan, np.nan, "the sample sheet has no leukaemic fractions"
    if contrast.form in ("per_unit", "any_difference"):
        return np.nan, np.nan, "the comparison has no direction between two groups"
    if contrast.form == "difference":
        parts = [composition_effect(selected, contrasts[name], contrasts, groups) for name in contrast.difference]
        reason = next((part[2] for part in parts if part[2]), "")
        return parts[0][0] - parts[1][0], parts[0][1] - parts[1][1], reason
    fractions = [selected.loc[samples, FRACTION] for samples in groups[contrast.name]]
    unknown = sum(int(values.isna().sum()) for values in fractions)
    if unknown:
        return np.nan, np.nan, f"the leukaemic fraction of {unknown} samples is not known"
    means = np.array([values.mean() for values in fractions])
    if (means <= 0).any() or (means >= 1).any():
        return np.nan, np.nan, "a group holds no leukaemic cells, or no others"
    return _compare(np.log2(means), contrast.form), _compare(np.log2(1 - means), contrast.form), ""


def compare_with_composition(
    effects: pd.DataFrame, leukemic: float, other: float, reason: str, alpha: float
) -> pd.DataFrame:
    """Set every effect against what composition alone would do.

    Parameters
    ----------
    effects
        log2_fc, lfc_se and outcome per gene.
    leukemic, other, reason
        See `composition_effect`.
    alpha
        An effect surely exceeds composition where composition_p_value is below it.

    Returns
    -------
    Per gene the columns `COLUMNS`. composition_p_value is one-sided: small where the effect surely exceeds what
    composition does to a gene in the same direction. composition_flag says of changed genes where the effect does not
    exceed it, or not surely; and of equivalent genes where composition alone would have moved a gene of leukaemic cells
    by `LARGE` or more, since such a gene must have changed per cell to stay level.
    """
    effect, error = effects["log2_fc"].to_numpy(dtype=float), effects["lfc_se"].to_numpy(dtype=float)
    low, high = np.nanmin([leukemic, other, 0.0]), np.nanmax([leukemic, other, 0.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = ndtr(np.where(effect > 0, high - effect, effect - low) / error)
    known = ~np.isnan(effect) & (reason == "")
    changed = known & effects["outcome"].isin(["changed", "small_change"]).to_numpy()
    within = changed & (effect >= low) & (effect <= high) & (effect != 0)
    doubtful = changed & ~within & (p_value >= alpha)
    level = known & (effects["outcome"] == "equivalent").to_numpy() & (np.abs(leukemic) >= LARGE)
    return pd.DataFrame(
        {
            "composition_log2_fc": leukemic,
            "composition_other_log2_fc": other,
            "composition_p_value": np.where(known, p_value, np.nan),
            "composition_reason": reason,
            "composition_flag": np.select([within, doubtful, level], [NOT_LARGER, NOT_SURELY, LEVEL], ""),
        },
        index=effects.index,
    )


def _compare(levels: np.ndarray, form: str) -> float:
    if form == "trend":
        return float(np.polyfit(np.arange(len(levels)), levels, 1)[0])
    return float(levels[0] - levels[1])
