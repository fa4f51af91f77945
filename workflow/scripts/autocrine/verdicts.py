"""Verdicts: what one cohort says of each claim, with the evidence beside it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autocrine.claims import Claim, Claims
from autocrine.genes import FUSION
from autocrine.multiplicity import benjamini_hochberg, holm

VERDICTS = ("supported", "contradicted", "inconclusive", "not_testable")
# Taken from the panel's or the scores' row of the claim's comparison, where it has them.
EVIDENCE = (
    "log2_fc", "ci_low", "ci_high", "p_value", "equivalence_p_value", "adj_p_value", "min_detectable_log2_fc",
    "mean_cpm", "samples_with_counts", "composition_log2_fc", "composition_flag", "fraction_adjusted_log2_fc",
    "fraction_adjusted_ci_low", "fraction_adjusted_ci_high", "sensitivity_fits", "sensitivity_low", "sensitivity_high",
    "sensitivity_other", "sensitivity_words", "status",
)  # fmt: skip
COLUMNS = (
    "title", "claim", "statement", "gene", "score", "population", "comparison", "expected", "verdict", "words", "model",
    "contrast", "family", "claims_adj_p_value", "claims_equivalence_adj_p_value", *EVIDENCE, "caveat", "source",
)  # fmt: skip


def judge_claims(
    claims: Claims,
    panel: pd.DataFrame,
    scores: pd.DataFrame,
    bound: Mapping[str, Sequence[tuple[str, str]]],
    alpha: float,
    margin: float,
) -> pd.DataFrame:
    """Judge every claim on one cohort.

    Parameters
    ----------
    claims
        The claims.
    panel
        Every panel gene in every contrast: `panel.tsv`.
    scores
        Every score in every contrast: model, contrast, score, log2_fc, ci_low, ci_high, p_value, equivalence_p_value,
        min_detectable_log2_fc and reason.
    bound
        Role -> its (model, contrast); see `autocrine.claims.bind_roles`.
    alpha
        Below it a test has decided.
    margin
        An absolute effect below it counts as none.

    Returns
    -------
    A row per claim with the columns `COLUMNS`. The claims on primary genes and on scores are one family (Holm), those
    on other genes another (Benjamini and Hochberg); each has the p-values of its own comparison, two-sided, and the
    direction is the one set beforehand. `words` say why.
    """
    rows = pd.DataFrame([_evidence(claim, claims, panel, scores, bound) for claim in claims.claims])
    testable = rows["why_not"] == ""
    strict = testable & (rows["tier"] == "primary")
    for kind in ("", "equivalence_"):
        p_value = rows[f"{kind}p_value"].to_numpy(dtype=float)
        asked = np.ones(len(rows), dtype=bool) if not kind else (rows["expected"] == "unchanged").to_numpy()
        family = [np.where(part & asked, p_value, np.nan) for part in (strict, testable & ~strict)]
        rows[f"claims_{kind}adj_p_value"] = np.where(strict, holm(family[0]), benjamini_hochberg(family[1]))
    rows["family"] = np.select([strict, testable], ["primary claims (Holm)", "other claims (Benjamini-Hochberg)"], "")
    judged = [_judge(row, alpha, margin) for row in rows.to_dict("records")]
    rows["verdict"], rows["words"] = [verdict for verdict, _ in judged], [words for _, words in judged]
    return rows.reindex(columns=list(COLUMNS))


def _evidence(claim: Claim, claims: Claims, panel: pd.DataFrame, scores: pd.DataFrame, bound) -> dict:
    """Gather what is known of one claim, and why it cannot be tested where it cannot (`why_not`)."""
    role = claims.roles.get(claim.role)
    row = {
        "title": claims.title,
        "claim": claim.id,
        "statement": claim.statement,
        "gene": claim.gene,
        "score": claim.score,
        "population": role.population if role else "",
        "comparison": role.comparison if role else "",
        "expected": claim.expected,
        "model": "",
        "contrast": "",
        "tier": "primary" if claim.score else "",
        "why_not": claim.reason,
        "caveat": claim.caveat,
        "source": claim.source,
        **dict.fromkeys(EVIDENCE, np.nan),
        **dict.fromkeys(("composition_flag", "sensitivity_words", "status"), ""),
    }
    if not claim.testable:
        return row
    if not bound.get(claim.role):
        row["why_not"] = f"no comparison of this cohort stands for {role.population}: {role.comparison}"
        return row
    row["model"], row["contrast"] = bound[claim.role][0]
    table, key = (panel, "symbol") if claim.gene else (scores, "score")
    found = table[
        (table["model"] == row["model"])
        & (table["contrast"] == row["contrast"])
        & (table[key] == (claim.gene or claim.score))
    ]
    if found.empty:
        row["why_not"] = "this cohort has no such score"
        return row
    seen = found.iloc[0]
    row |= {name: seen[name] for name in EVIDENCE if name in seen and not pd.isna(seen[name])}
    row["tier"] = seen.get("tier", row["tier"])
    if claim.expected == "not_stated":
        row["why_not"] = "the paper, as far as it was read, states no direction; the effect is shown without a verdict"
    elif pd.isna(seen["p_value"]):
        absent = claim.gene == FUSION and seen.get("status") == "absent"
        fusion = "there is no row of fusion reads, and counts of BCR or ABL1 never stand in for it"
        row["why_not"] = fusion if absent else str(seen["reason"])
    return row


def _judge(row: Mapping, alpha: float, margin: float) -> tuple[str, str]:
    """Return the verdict on one claim and what it rests on, in words."""
    if row["why_not"]:
        return "not_testable", row["why_not"]
    changed, equivalent = row["claims_adj_p_value"] < alpha, row["claims_equivalence_adj_p_value"] < alpha
    effect, limit = row["log2_fc"], row["min_detectable_log2_fc"]
    if row["expected"] == "unchanged":
        if equivalent:
            return "supported", f"any change lies within log2 {margin:g}"
        if changed:
            return (
                "contradicted",
                f"it {'rises' if effect > 0 else 'falls'}, and not surely by less than log2 {margin:g}",
            )
        return "inconclusive", f"neither a change nor its absence within log2 {margin:g} is shown"
    if not changed:
        seen = f"; an effect of log2 {limit:.1f} would have been seen" if np.isfinite(limit) else ""
        return "inconclusive", f"no difference is shown{seen}"
    wanted = {"up": effect > 0, "down": effect < 0, "differs": True}[row["expected"]]
    words = "higher in the tested group" if effect > 0 else "lower in the tested group"
    return ("supported" if wanted else "contradicted"), words
