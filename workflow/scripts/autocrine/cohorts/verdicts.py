"""The claims on several cohorts side by side: the verdicts of each, and those on pooled effects."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from autocrine.claims.claims import Claims
from autocrine.claims.verdicts import judge_claims
from autocrine.cohorts.pooling import Member
from autocrine.design.forms import FORMS
from autocrine.input.species import HUMAN

# What is taken of a judged claim.
JUDGED = ("verdict", "words", "obstacle")


def stratum_name(evidence: str, origin: str, species: str) -> str:
    """Name what may be pooled, for a column: "state", "prediction", "state_mouse", "state_SIMULATED"."""
    further = [species] * (species != HUMAN) + [origin] * (origin != "measured")
    return "_".join([evidence, *further]).replace(" ", "_")


def judge_pooled(files: Sequence[Claims], meta: pd.DataFrame, alpha: float, margin: float) -> pd.DataFrame:
    """Judge the claims on pooled effects, by the rules of a single cohort.

    Parameters
    ----------
    files
        The claims.
    meta
        See `pool_effects`.
    alpha, margin
        See `autocrine.claims.verdicts.judge_claims`.

    Returns
    -------
    A row per claim: title, claim, and per stratum with any pooled effect `pooled_verdict_...`, `pooled_words_...` and
    `pooled_obstacle_...`.
    """
    table = pd.DataFrame([(file.title, claim.id) for file in files for claim in file.claims],
                         columns=["title", "claim"])  # fmt: skip
    main = meta[meta["left_out"] == ""] if files else meta.iloc[:0]
    for (evidence, origin, species), part in main.groupby(["evidence", "origin", "species"], sort=False):
        if (part["reason"] != "").all():
            continue
        name = stratum_name(evidence, origin, species)
        panel = part.assign(
            steps=part["form"].map(lambda form: FORMS[form].in_steps),
            model=name,
            contrast=part["role"],
            status="pooled",
            df=part["cohorts"] - 1,
        )
        # A role that was asked as a difference here and as a trend there has no single answer.
        forms = (panel["form"] + panel["unit"]).groupby(panel["role"]).transform("nunique")
        panel.loc[forms > 1, "p_value"] = np.nan
        panel.loc[forms > 1, "reason"] = "the comparison was asked in different ways"
        # A pooled p-value is that of a t test already, and the error is its own.
        panel = panel.drop_duplicates(["role", "symbol"])
        panel = panel.assign(moderated_p_value=panel["p_value"], moderated_se=panel["lfc_se"])
        bound = {role: [(name, role)] for role in panel["role"].unique()}
        asked_as = panel.drop_duplicates("role")[["role", "form", "unit"]].itertuples(index=False, name=None)
        words = {
            (name, role): FORMS[form].words_for(**({"unit": unit} if unit else {})) for role, form, unit in asked_as
        }
        asked = [(role, claim.score) for file in files for claim in file.claims if claim.score for role in bound]
        scores = pd.DataFrame(asked, columns=["contrast", "score"]).drop_duplicates()
        scores = scores.assign(
            model=name, p_value=np.nan, reason="scores are not pooled: their scale is the cohort's own"
        )
        judged = pd.concat(
            [judge_claims(file, panel, scores, bound, alpha, margin, words, several=True) for file in files]
        )
        for column in JUDGED:
            table[f"pooled_{column}_{name}"] = judged[column].to_numpy()
    return table


def tabulate_claims(members: Sequence[Member], judged: Sequence[pd.DataFrame], pooled: pd.DataFrame) -> pd.DataFrame:
    """Set the verdicts of all cohorts side by side.

    Parameters
    ----------
    members
        The cohorts, in the order of the columns.
    judged
        `claims.tsv` of each; the same claims in each.
    pooled
        See `judge_pooled`.

    Returns
    -------
    A row per claim: what it says, then `verdict_<cohort>`, `words_<cohort>` and `obstacle_<cohort>` of each, then the
    pooled verdicts.
    """
    shared = [
        "title",
        "claim",
        "statement",
        "gene",
        "score",
        "of_cells",
        "cells_subject",
        "population",
        "comparison",
        "expected",
    ]
    table = judged[0][shared].reset_index(drop=True) if judged else pd.DataFrame(columns=shared)
    columns = {
        f"{name}_{member.name}": rows[name].to_numpy()
        for member, rows in zip(members, judged, strict=False)
        for name in JUDGED
    }
    # At once: hundreds of cohorts would be inserted one after the other.
    table = pd.concat([table, pd.DataFrame(columns, index=table.index)], axis=1)
    return table.merge(pooled, on=["title", "claim"], how="left") if judged else table
