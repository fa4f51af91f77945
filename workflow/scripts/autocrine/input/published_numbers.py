"""Effects and errors of papers brought to log2, and what tells that their scale is another than is said."""

import re
from collections.abc import Sequence

import numpy as np

from autocrine.problems import Findings, listed

FOLD_CHANGES = ("fold_change", "signed_fold_change")
# One unit of a logarithm in log2.
PER_LOG2 = {"log2": 1.0, "ln": float(1 / np.log(2)), "log10": float(1 / np.log10(2))}
SCALES = (*PER_LOG2, *FOLD_CHANGES)
# No change of expression is larger: the deepest libraries hold 2^30 reads.
LARGEST = 30
# Of fewer genes one direction or the lack of small effects says nothing of the scale.
ENOUGH = 10
# Rounding moves single values; half of them must agree to this share.
MOST_OFF = 0.1


def speaks_of(pattern: str, name: str) -> bool:
    """Whether a column name holds a pattern, whatever its case."""
    return re.search(pattern, name, re.IGNORECASE) is not None


def to_log2(values: np.ndarray, scale: str) -> np.ndarray:
    """Return effects as log2 fold changes; see `SCALES`. A signed fold change of -2 is a half."""
    if scale in PER_LOG2:
        return values * PER_LOG2[scale]
    if scale == "signed_fold_change":
        return np.sign(values) * np.log2(np.abs(values))
    return np.log2(values)


def quantile(p: np.ndarray | float, freedom: float) -> np.ndarray:
    """Return the absolute statistic of a two-sided p-value: of t, or of the normal where `freedom` is infinite."""
    from scipy.special import ndtri, stdtrit  # a moment to import, which runs without published tables do not pay

    half = np.asarray(p, dtype=float) / 2
    return np.abs(ndtri(half) if np.isinf(freedom) else stdtrit(freedom, half))


def error_of_p(effect: np.ndarray, p: np.ndarray, freedom: float) -> np.ndarray:
    """Return |effect| / quantile(p); NaN where nothing follows (p of 0 or 1, an effect of 0)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = quantile(p, freedom)
        error = np.abs(effect) / statistic
    return np.where(np.isfinite(statistic) & (statistic > 0) & (error > 0), error, np.nan)


def p_of(effect: np.ndarray, error: np.ndarray, freedom: float) -> np.ndarray:
    """Return the two-sided p-values of effects with errors."""
    from scipy.special import ndtr, stdtr  # as for quantiles

    with np.errstate(divide="ignore", invalid="ignore"):
        below = -np.abs(effect / error)
    return np.asarray(2 * (ndtr(below) if np.isinf(freedom) else stdtr(freedom, below)))


def check_scale(effects: np.ndarray, scale: str, accept: Sequence[str], path: str, findings: Findings) -> None:
    """Tell of effects that cannot be, or do not look, as the scale says."""
    known = effects[np.isfinite(effects)]
    if not len(known):
        return
    confirm = '; "accept: [scale]" where the scale is right all the same'
    if scale == "fold_change" and (known <= 0).any():
        found = (
            f"{int((known <= 0).sum())} of {len(known)} fold changes are 0 or less, such as {known[known <= 0][0]:g}"
        )
        meant = 'ratios above 0; "scale: log2" of logarithms, "scale: signed_fold_change" where -2 means a half'
        findings.problem(path, found, meant)
    if scale == "signed_fold_change" and (np.abs(known) < 1).any():
        small = known[np.abs(known) < 1]
        found = f"{len(small)} of {len(known)} signed fold changes lie between -1 and 1, such as {small[0]:g}"
        findings.problem(path, found, 'values such as 2 and -2; "scale: log2" of logarithms, "fold_change" of ratios')
    if "scale" in accept or len(known) < ENOUGH or scale in FOLD_CHANGES:
        return
    if (known > 0).all():
        ratios = "; they lie about 1 as ratios do" if known.min() < 1 < known.max() else ""
        found = f"all {len(known)} effects are above 0 and called {scale}, as fold changes are{ratios}"
        findings.problem(path, found, f'"scale: fold_change" of ratios{confirm}')
    elif (np.abs(known) >= 1).all() and (known < 0).any() and np.abs(known).min() < 1.1:
        found = f"none of {len(known)} effects called {scale} lies between -1 and 1, as of signed fold changes"
        findings.problem(path, found, f'"scale: signed_fold_change" where -2 means a half{confirm}')


def check_size(effect: np.ndarray, scale: str, genes: Sequence[str], path: str, findings: Findings) -> None:
    """Tell of log2 effects that no measurement can have."""
    beyond = np.flatnonzero(np.abs(effect) > LARGEST)
    if len(beyond):
        shown = [f"{genes[place]} ({effect[place]:.3g})" for place in beyond]
        found = f"{len(beyond)} effects are beyond {LARGEST} on the log2 scale, with {scale} as they are said to be: "
        findings.problem(path, found + listed(shown, 4), "the scale of the table, and no row without an estimate")


def check_limits_as_ratios(low: np.ndarray, high: np.ndarray, scale: str, path: str, findings: Findings) -> None:
    """Tell of confidence limits of fold changes that are none."""
    both = np.r_[low, high]
    wrong = both[np.isfinite(both)] <= 0 if scale == "fold_change" else np.abs(both[np.isfinite(both)]) < 1
    if wrong.any():
        found = f"{int(wrong.sum())} confidence limits cannot be those of a {scale.replace('_', ' ')}"
        findings.problem(path, found, "limits on the scale of the effects")


def check_limits(effect: np.ndarray, low: np.ndarray, high: np.ndarray, path: str, findings: Findings) -> None:
    """Tell of confidence limits that are not on both sides of their effects, alike on the log scale."""
    known = np.isfinite(effect) & np.isfinite(low) & np.isfinite(high)
    effect, low, high = effect[known], low[known], high[known]
    outside = (effect < low) | (effect > high)
    if outside.any():
        found = f"{int(outside.sum())} of {known.sum()} effects lie outside their confidence limits"
        findings.problem(path, found, "low, effect and high on one scale")
    elif len(effect) and (width := high - low).min() <= 0:
        findings.problem(path, f"{int((width <= 0).sum())} intervals have no width", "a low and a high limit")
    elif len(effect):
        off = float(np.median(np.abs((high + low) / 2 - effect) / (high - low)))
        if off > MOST_OFF / 2:
            found = f"effects lie {off:.0%} of the interval beside its middle on the log scale (median)"
            findings.problem(path, found, "limits on the scale of the effects; those of a log effect are symmetrical")


def check_signs(effect: np.ndarray, statistic: np.ndarray, path: str, findings: Findings) -> None:
    """Tell of statistics that go another way than their effects."""
    against = effect * statistic < 0
    if against.any():
        found = f"{int(against.sum())} statistics have another sign than their effects"
        findings.problem(path, found, "effect and t (or z) of one comparison; an F or chi-squared is no such statistic")


def check_agreement(
    effect: np.ndarray, error: np.ndarray, p: np.ndarray, freedom: float, path: str, findings: Findings
) -> None:
    """Tell where errors are not those that follow from effects and p-values; `MOST_OFF` allows for rounding."""
    expected = error_of_p(effect, p, freedom)
    known = np.isfinite(expected) & (error > 0) & (p < 0.9)
    if known.sum() < 3:
        return
    ratio = float(np.median(error[known] / expected[known]))
    spread = float(np.median(np.abs(np.log(error[known] / expected[known]))))
    if spread > np.log1p(MOST_OFF):
        law = "the normal distribution" if np.isinf(freedom) else f"t with {freedom:g} degrees of freedom"
        found = (
            f"errors disagree with effects and p-values by {law}: they are {ratio:.2f} times what follows from those "
            f"(median of {int(known.sum())} genes, which are off by a factor of {np.exp(spread):.2f})"
        )
        meant = (
            "effects, errors and p-values of one model: raw p-values, unshrunken effects, errors on the scale of the "
            "effects (no standard deviations, no variances), and the test and degrees_of_freedom of the paper"
        )
        findings.problem(path, found, meant)
