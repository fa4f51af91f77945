"""Verdicts on fits with one thing changed: the same claims, judged again by the same rules."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import compress

import numpy as np
import pandas as pd

from autocrine.claims.claims import Claims
from autocrine.columns import CHANGED_VERDICTS
from autocrine.results.sensitivity import EFFECTS, ENDS, STEPS

# Why a verdict of the main fit has none beside it.
OF_SCORE = "scores are tested in the main fit only"
OF_CELLS = "tests on cells are made once"
OWN_MARGIN = "a margin of its own needs degrees of freedom, which are kept of the main fit only"
NO_EFFECT = "this fit gave no effect"

# A number that a changed fit has none of.
OF_MAIN_FIT = "min_detectable_log2_fc"
KEPT = ["log2_fc", "ci_low", "ci_high", "verdict", "words", "verdict_p_value"]


def with_changed_fit(panel: pd.DataFrame, fit: pd.DataFrame) -> pd.DataFrame:
    """Return a panel's table with the numbers of a changed fit in the place of those of the main fit.

    Parameters
    ----------
    panel
        The rows of the model in `panel.tsv`.
    fit
        Rows of this fit in `sensitivity.tsv.gz`: contrast, gene_id, effects (log2), p-values, and reason of a contrast
        that the fit cannot answer.
    """
    keys = ["contrast", "gene_id"]
    unanswered = fit.loc[fit["reason"] != ""].drop_duplicates("contrast")
    reasons = dict(zip(unanswered["contrast"], unanswered["reason"], strict=True))
    numbers = [*EFFECTS, STEPS]
    found = panel[keys].merge(fit[fit["reason"] == ""][[*keys, *numbers, *ENDS]], "left", keys)
    changed = panel.copy()
    changed[numbers] = found[numbers].astype(float).to_numpy()
    changed[ENDS] = found[ENDS].fillna("").to_numpy()
    # What belongs to the main fit alone would be said of another.
    changed[OF_MAIN_FIT] = np.nan
    lost = found["p_value"].isna().to_numpy()
    why = [reasons.get(contrast, NO_EFFECT) for contrast in found["contrast"]]
    # What the main fit could not test has its own reason, which stays.
    known = panel["p_value"].notna()
    changed["reason"] = [
        new if gone and there else old for new, old, gone, there in zip(why, panel["reason"], lost, known, strict=True)
    ]
    return changed


def judge_changed_fits(
    claims: Claims,
    evidence: Sequence[dict],
    gather: Callable[[Claims, pd.DataFrame], list[dict]],
    decide: Callable[[Sequence[dict]], list[dict]],
    panel: pd.DataFrame,
    variants: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Judge the claims of one file on every fit with one thing changed.

    Parameters
    ----------
    claims
        The file.
    evidence
        For its claims on the main fits, from `autocrine.claims.gathering.gather_evidence`.
    gather
        The same function for other claims and another panel's table, all else being equal.
    decide
        `autocrine.claims.verdicts.decide`.
    panel
        `panel.tsv`.
    variants
        Model -> its `sensitivity.tsv.gz`.

    Returns
    -------
    A row per changed fit and claim that has a verdict in that model's main fit, and for any other claim whose verdict
    differs, since p-values are adjusted over all claims: the columns of `autocrine.columns.CHANGED_VERDICTS` but the
    last. `verdict` is empty where the claim cannot be judged again, and `reason` says why: claims on scores and
    cells, whose tests belong to the main fit, claims with a margin of their own, and fits that cannot answer.
    """
    own_margin = {claim.id for claim in claims.claims if claim.margin is not None}
    needed = panel["symbol"].isin(_symbols(claims)) | ~panel.duplicated(["model", "contrast"])
    asked, rows = panel[needed.to_numpy()], []
    before = decide(evidence)
    judged = [row["verdict"] != "not_testable" for row in before]
    for model, table in variants.items():
        of_model = [row["model"] == model for row in before]
        if not any(compress(judged, of_model)):
            continue
        # No changed fit of this model touches the evidence for claims on others; their verdicts it may, by the family.
        own = replace(claims, claims=tuple(compress(claims.claims, of_model)))
        main = asked[(asked["model"] == model).to_numpy()].reset_index(drop=True)
        for names, fit in table.groupby(["kind", "changed", "variant"], sort=False):
            answered = bool((fit["reason"] == "").any())
            after = before
            if answered:
                again = iter(gather(own, with_changed_fit(main, fit)))
                beside = [next(again) if other else row for row, other in zip(evidence, of_model, strict=True)]
                after = decide(beside)
            for place, (old, new) in enumerate(zip(before, after, strict=True)):
                reason = _why_not(old, own_margin)
                if not reason and not answered:
                    reason = str(fit["reason"].iloc[0])
                elif not reason and new["verdict"] == "not_testable":
                    reason = new["words"]
                other = judged[place] and not reason and new["verdict"] != old["verdict"]
                if (judged[place] and of_model[place]) or other:
                    kept = {"verdict": "", "words": ""} if reason else {name: new[name] for name in KEPT}
                    fit_of = dict(zip(("kind", "changed", "variant"), names, strict=True))
                    outcome = {"other": other, "reason": reason}
                    rows.append(
                        {"title": claims.title, "claim": old["claim"], "model": model, **fit_of, **kept, **outcome}
                    )
    return pd.DataFrame(rows, columns=list(CHANGED_VERDICTS.names[:-1]))


def _symbols(claims: Claims) -> set[str]:
    """Return the genes that verdicts of a file rest on, whatever else is in the panel."""
    beside = {name for claim in claims.claims for name in claim.beside}
    parts = {part for claim in claims.claims for part in claim.score.split("_")}
    return {claim.gene for claim in claims.claims} | beside | parts


def _why_not(row: Mapping, own_margin: set[str]) -> str:
    """Say why the verdict on a claim cannot be had from a changed fit; empty where it can."""
    if row["of_cells"]:
        return OF_CELLS
    if row["score"]:
        return OF_SCORE
    return OWN_MARGIN if row["claim"] in own_margin else ""
