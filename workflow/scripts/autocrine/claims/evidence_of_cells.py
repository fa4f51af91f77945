"""The evidence for a claim on single cells: the test that its cohort has of it, or what prevents one."""

import pandas as pd

from autocrine.claims.claims import Claim
from autocrine.claims.evidence import EVIDENCE, equivalence_p_value, of_comparison
from autocrine.claims.obstacles import NO_DIRECTION, NO_EQUIVALENCE, NO_EXPECTATION, NO_OWN_MARGIN, not_testable
from autocrine.claims.of_cells import ABUNDANCE, FRACTION, NOT_COUNTED, SURVIVORS


def add_evidence_of_cells(row: dict, claim: Claim, of_cells: pd.DataFrame | None, several: bool, margin: float) -> dict:
    """Add to the row of a claim what tests on cells say of it.

    Parameters
    ----------
    row
        The row of the claim, with model and contrast.
    claim
        The claim, which is on cells.
    of_cells
        Tests on cells (`autocrine.claims.of_cells.cell_evidence`); None of a cohort without single cells.
    several
        Whether the effects are those of several cohorts.
    margin
        That of the configuration.

    Returns
    -------
    The row with the effect and its tests, where there are any, and with `obstacle` and `why_not` where the claim
    cannot be tested.
    """
    if of_cells is None:
        words = "claims on cells are not put together over cohorts" if several else "this needs single cells"
        return not_testable(row, "no_cells", words)
    asked = of_cells[(of_cells["kind"] == claim.of_cells) & of_comparison(of_cells, row)]
    found = asked[asked["subject"] == claim.cells_subject]
    if claim.state and claim.of_cells != ABUNDANCE:
        found = found[found["state"] == claim.state]
    if found.empty:
        reason = asked["reason"].iloc[0] if len(asked) and asked["reason"].iloc[0] else ""
        of = f" in {claim.state}" if claim.state else ""
        return not_testable(row, "no_estimate", reason or f"nothing tests {claim.cells_subject}{of} here")
    seen = found.iloc[0]
    names = [name for name in (*EVIDENCE, "in_words", "reading") if name in seen and not pd.isna(seen[name])]
    row |= {name: seen[name] for name in names}
    if claim.expected == "not_stated":
        return not_testable(row, *NO_EXPECTATION)
    if pd.isna(seen["p_value"]):
        return not_testable(row, "no_estimate", seen["reason"] or "there is no test of it")
    if pd.isna(seen["log2_fc"]) and claim.expected in ("up", "down"):
        return not_testable(row, *NO_DIRECTION)
    if claim.of_cells == SURVIVORS and seen["obstacle"] == NOT_COUNTED:
        words = "living cells were not counted in every sample (viable_cells): selection or induction is not known"
        return not_testable(row, "not_counted", words)
    if claim.of_cells in (FRACTION, ABUNDANCE):
        if claim.margin is not None and pd.isna(seen["equivalence_margin"]):
            return not_testable(row, *NO_OWN_MARGIN)
        # 1 but for an effect per unit of a measurement.
        row["margin"] *= 1.0 if pd.isna(seen["equivalence_margin"]) else seen["equivalence_margin"] / margin
    if claim.margin is not None and pd.notna(seen["moderated_se"]):
        row["equivalence_p_value"] = equivalence_p_value(seen, row["margin"])
    if claim.expected == "unchanged" and pd.isna(row["equivalence_p_value"]):
        return not_testable(row, *NO_EQUIVALENCE)
    return row
