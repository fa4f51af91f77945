"""What prevents the test of a claim."""

from collections.abc import Mapping, Sequence

import pandas as pd

from autocrine.claims.claims import Claim
from autocrine.input.genes import FUSION
from autocrine.input.orthologues import NO_ORTHOLOGUE
from autocrine.results.outcomes import UNSEEN, unseen

# What prevents a test, for programs and in words.
NO_EXPECTATION = (
    "no_expectation",
    "the paper, as far as it was read, states no direction; the effect is shown without a verdict",
)
NO_DIRECTION = ("no_direction", "the comparison asks whether there is any difference, which has no direction")
NO_OWN_MARGIN = (
    "no_own_margin",
    "a margin of its own needs a comparison of two groups; here the configuration's margin is tested",
)
NO_EQUIVALENCE = ("no_equivalence", "nothing tests here whether it is as good as unchanged")


def not_testable(row: dict, obstacle: str, why_not: str) -> dict:
    """Return the row of a claim with what prevents its test."""
    return row | {"obstacle": obstacle, "why_not": why_not}


def obstacle_of(
    claim: Claim, seen: pd.Series, parts: Sequence[Mapping], groups: bool, steps: bool
) -> tuple[str, str] | None:
    """Return what prevents a test, for programs and in words; None where nothing does.

    `seen` is the row of the gene or score, `parts` are those of a loop score, `groups` tells of a test of any
    difference among groups, `steps` of a trend.
    """
    if claim.expected == "not_stated":
        return NO_EXPECTATION
    if claim.gene == FUSION and seen.get("status") == "absent":
        return "no_fusion_reads", "there is no row of fusion reads, and counts of BCR or ABL1 never replace it"
    if seen.get("status") == NO_ORTHOLOGUE:
        return NO_ORTHOLOGUE, str(seen["reason"])
    if why := why_no_estimate(seen):
        return "no_estimate", why
    if lost := [f"{part['symbol']}: {part['reason']}" for part in parts if part["reason"]]:
        return "no_estimate", "; ".join(lost)
    if groups and claim.expected in ("up", "down"):
        return NO_DIRECTION
    if claim.margin is not None and (groups or steps):
        return NO_OWN_MARGIN
    if claim.expected == "unchanged" and claim.margin is None and pd.isna(seen["equivalence_p_value"]):
        return NO_EQUIVALENCE
    return None


def why_no_estimate(seen: pd.Series) -> str:
    """Say why a row of the panel or of the scores holds no estimate to judge by; empty where it does."""
    if pd.isna(seen["p_value"]) or seen.get("status") == "not_converged":
        return str(seen["reason"]) if seen["reason"] else "there is no test of it"
    return UNSEEN if unseen(seen["log2_fc"], seen["p_value"], seen.get("status", "")) else ""
