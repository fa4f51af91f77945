"""What a different share of leukaemic cells alone would do to a gene, beside what was measured."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import nctdtrinc, stdtr, stdtrit

from autocrine.columns import COMPOSITION

FRACTION = "leukemic_fraction"
NOT_LARGER = "no larger than the leukaemic fraction alone would make it"
LEVEL = "unchanged, although the leukaemic fraction alone would move a gene of leukaemic cells"
# From this effect of composition on, a doubling, a gene that stays level needs the remark.
LARGE = 1.0
NOT_SURELY = "not surely larger than the leukaemic fraction alone would make it"
COLUMNS = tuple(name for part in COMPOSITION for name in part.names)


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
        return np.nan, np.nan, "the comparison has no direction between two groups"
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
    effects: pd.DataFrame, leukemic: float, other: float, reason: str, alpha: float, power: float
) -> pd.DataFrame:
    """Set every effect against what composition alone would do.

    Parameters
    ----------
    effects
        log2_fc, lfc_se, df (of Student's t) and outcome per gene.
    leukemic, other, reason
        See `composition_effect`.
    alpha
        An effect surely exceeds composition where composition_p_value is below it.
    power
        Chance to see an effect of the size composition_detectable beyond composition.

    Returns
    -------
    Per gene the columns `COLUMNS`. composition_p_value is one-sided: small where the effect surely exceeds what
    composition does to a gene in the same direction. composition_flag says of changed genes where the effect does not
    exceed it, or not surely; and of equivalent genes where composition alone would have moved a gene of leukaemic cells
    by `LARGE` or more, since such a gene must have changed per cell to stay level.
    """
    effect, error = effects["log2_fc"].to_numpy(dtype=float), effects["lfc_se"].to_numpy(dtype=float)
    low, high = np.nanmin([leukemic, other, 0.0]), np.nanmax([leukemic, other, 0.0])
    freedom = effects["df"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = stdtr(freedom, np.where(effect > 0, high - effect, effect - low) / error)
    known = ~np.isnan(effect) & (reason == "")
    changed = known & effects["outcome"].isin(["changed", "small_change"]).to_numpy()
    within = changed & (effect >= low) & (effect <= high) & (effect != 0)
    doubtful = changed & ~within & (p_value >= alpha)
    level = known & (effects["outcome"] == "equivalent").to_numpy() & (np.abs(leukemic) >= LARGE)
    beyond = nctdtrinc(freedom, 1 - power, stdtrit(freedom, 1 - alpha)) * error
    return pd.DataFrame(
        {
            "composition_log2_fc": leukemic,
            "composition_other_log2_fc": other,
            "composition_p_value": np.where(known, p_value, np.nan),
            "composition_detectable": np.where(known, beyond, np.nan),
            "composition_reason": reason,
            "composition_flag": np.select([within, doubtful, level], [NOT_LARGER, NOT_SURELY, LEVEL], ""),
        },
        index=effects.index,
    )
