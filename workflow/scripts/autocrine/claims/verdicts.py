"""Verdicts: what one cohort says of each claim, with the evidence beside it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg, holm
from autocrine.claims.claims import Claims
from autocrine.claims.gathering import gather_evidence
from autocrine.claims.of_cells import RATIOS, direction_words, left_open, ratio_words
from autocrine.columns import CLAIMS
from autocrine.design.forms.contrast import Words
from autocrine.problems import Caution
from autocrine.results.effect_words import write_effect
from autocrine.results.opinions import METHODS, not_shared

VERDICTS = ("supported", "contradicted", "inconclusive", "not_testable")
# What may decide, and the p-value of each.
DIFFERENCE, EQUIVALENCE = "difference", "equivalence"
P_VALUES = {DIFFERENCE: "claims_adj_p_value", EQUIVALENCE: "claims_equivalence_adj_p_value"}
# Families of claims that are tested together, and how their p-values are adjusted.
OF_CELLS, PRIMARY, OTHERS = "cells (Holm)", "primary claims (Holm)", "other claims (Benjamini-Hochberg)"
FAMILIES = {OF_CELLS: holm, PRIMARY: holm, OTHERS: benjamini_hochberg}


def judge_claims(
    claims: Claims,
    panel: pd.DataFrame,
    scores: pd.DataFrame,
    bound: Mapping[str, Sequence[tuple[str, str]]],
    alpha: float,
    margin: float,
    wordings: Mapping[tuple[str, str], Words] | None = None,
    warnings: Mapping[tuple[str, str], Sequence[Caution]] | None = None,
    cells: Mapping[str, str] | None = None,
    several: bool = False,
    of_cells: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Judge every claim on one cohort.

    Parameters
    ----------
    claims
        The claims.
    panel
        Every panel gene in every contrast: `panel.tsv`.
    scores
        Every score in every contrast: model, contrast, score, log2_fc, ci_low, ci_high, df, p_value,
        equivalence_p_value, min_detectable_log2_fc and reason.
    bound
        Role -> its (model, contrast); see `autocrine.claims.claims.bind_roles`.
    alpha
        Below it a test has decided.
    margin
        An absolute effect below it counts as none, log2; a claim may have a margin of its own. Of a measurement either
        holds over a span of it (`Statistics.margin_per`), and equivalence_margin of `panel` is what that is per unit.
    wordings
        (model, contrast) -> how its effects are put in words.
    warnings
        (model, contrast) -> the objections to it.
    cells
        Model -> the cells that its samples are, in words, where it is known.
    several
        Whether the effects are those of several cohorts.
    of_cells
        Tests on cells (`autocrine.claims.of_cells.cell_evidence`); None of a cohort without single cells.

    Returns
    -------
    A row per claim with the columns of `autocrine.columns.CLAIMS`. The claims on primary genes and on scores are
    one family (Holm), those on other genes another (Benjamini and Hochberg), those on cells a third (Holm); each has
    the p-values of its own comparison, two-sided (of genes the moderated ones, as `p_value`), and the direction is the
    one set beforehand.
    Equivalences are families of their own, of the claims that it can decide: those of no change, and of a
    difference without direction. `words` say why. `verdict_test` names the test that decided and `verdict_p_value`
    is its adjusted p-value; of an inconclusive verdict, those that were to decide for the claim.

    A directed claim on a loop score is supported only if the ligand and the named receptor each go that way too, each
    at alpha (intersection-union test; Berger 1982, Technometrics 24:295): a mean can rise by one of its parts alone.

    `contrary_words` name evidence against a verdict of "supported" or "inconclusive": of the genes and scores that a
    claim has beside it, those that go the other way, by their own tests, adjusted over them by Holm.
    """
    evidence = gather_evidence(claims, panel, scores, bound, alpha, margin, wordings, cells, several, of_cells)
    return tabulate_verdicts(decide(evidence, alpha), warnings)


def decide(evidence: Sequence[Mapping], alpha: float) -> list[dict]:
    """Decide on every claim by its evidence and the families of tests.

    Parameters
    ----------
    evidence
        From `autocrine.claims.gathering.gather_evidence`.
    alpha
        Below it a test has decided.

    Returns
    -------
    Every row of the evidence with `family`, adjusted p-values, `verdict`, `words`, `verdict_test` and
    `verdict_p_value`; see `judge_claims`.
    """
    rows = [dict(row) for row in evidence]
    families = {
        name: (np.array([not row["obstacle"] and _family(row) == name for row in rows], dtype=bool), adjust)
        for name, adjust in FAMILIES.items()
    }
    undirected = np.array([row["expected"] in ("unchanged", "differs") for row in rows], dtype=bool)
    for kind, asked in (("", True), ("equivalence_", undirected)):
        p_values = np.array([row[f"{kind}p_value"] for row in rows], dtype=float)
        adjusted = np.full(len(rows), np.nan)
        for members, adjust in families.values():
            adjusted[members] = adjust(np.where(members & asked, p_values, np.nan))[members]
        for row, p_value in zip(rows, adjusted, strict=True):
            row[f"claims_{kind}adj_p_value"] = p_value
    for row in rows:
        row["family"] = "" if row["obstacle"] else _family(row)
        row["verdict"], words, row["verdict_test"] = _judge(row, alpha)
        row["verdict_p_value"] = row[P_VALUES[row["verdict_test"]]] if row["verdict_test"] else np.nan
        row["words"] = _in_cells(row) + words
        if row["verdict"] not in ("supported", "inconclusive"):
            row["contrary_words"] = ""
    return rows


def _family(row: Mapping) -> str:
    """Name the family of tests that a claim is one of."""
    if row["of_cells"]:
        return OF_CELLS
    return PRIMARY if row["tier"] == "primary" else OTHERS


def tabulate_verdicts(
    rows: Sequence[Mapping], warnings: Mapping[tuple[str, str], Sequence[Caution]] | None = None
) -> pd.DataFrame:
    """Return the rows of `decide` as a table with the columns of `autocrine.columns.CLAIMS`.

    `warnings` are (model, contrast) -> the objections to it.
    """
    table = pd.DataFrame(rows)
    against = [(warnings or {}).get(pair, ()) for pair in zip(table["model"], table["contrast"], strict=True)]
    table["warnings"] = [" | ".join(caution.words for caution in cautions) for cautions in against]
    return table.reindex(columns=list(CLAIMS.names[:-1]))


def compare_verdicts(first: pd.DataFrame, seconds: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Set the verdicts on other methods' effects beside those on the first.

    Parameters
    ----------
    first
        From `judge_claims`.
    seconds
        Method -> the same of the same claims on its effects.

    Returns
    -------
    `first` with, of claims about genes that the first and the other method could judge, `voom_verdict`, `voom_log2_fc`,
    `voom_ci_low` and `voom_ci_high`, and so on for each method; and `second_words`, which name those that do not share
    the verdict.
    """
    judged, words = first, pd.Series([[] for _ in first.index], first.index, dtype=object)
    for method, second in seconds.items():
        both = (first["gene"] != "") & (first["verdict"] != "not_testable") & (second["verdict"] != "not_testable")
        verdict = second["verdict"].where(both, "")
        judged = judged.assign(
            **{f"{method}_verdict": verdict},
            **{f"{method}_{name}": second[name].where(both) for name in ("log2_fc", "ci_low", "ci_high")},
        )
        for row in first.index[both & (verdict != first["verdict"])]:
            words[row].append(f"{METHODS[method]} ({verdict[row]})")
    return judged.assign(second_words=[not_shared("verdict", differing) for differing in words])


def _judge(row: Mapping, alpha: float) -> tuple[str, str, str]:
    """Return the verdict on one claim, what it rests on in words, and the test that decided."""
    if row["obstacle"]:
        return "not_testable", row["why_not"], ""
    differs, alike = row["claims_adj_p_value"], row["claims_equivalence_adj_p_value"]
    changed, equivalent = differs < alpha, alike < alpha
    within, change = f"within {_size(row, row['margin'])}", row["wording"].change
    if row["expected"] == "unchanged":
        if equivalent:
            return "supported", f"any {change} lies {within}", EQUIVALENCE
        if changed:
            return "contradicted", f"{_direction(row, alpha)}, and not surely {within}", DIFFERENCE
        return "inconclusive", f"neither a {change} nor its absence {within} is shown; {_detectable(row)}", EQUIVALENCE
    if changed:
        wanted = {"up": row["log2_fc"] > 0, "down": row["log2_fc"] < 0, "differs": True}[row["expected"]]
        if wanted and (words := left_open(row)):
            return "inconclusive", f"{_direction(row, alpha)}, but {words}", DIFFERENCE
        if wanted and row["expected"] != "differs" and (still := _not_alike(row, alpha)):
            return (
                "inconclusive",
                f"{_direction(row, alpha)}, but not surely {' and '.join(still)} by itself",
                DIFFERENCE,
            )
        return ("supported" if wanted else "contradicted"), _direction(row, alpha), DIFFERENCE
    if equivalent:
        return "contradicted", f"any {change} lies {within}", EQUIVALENCE
    return "inconclusive", f"no difference is shown; {_detectable(row)}", DIFFERENCE


def _in_cells(row: Mapping) -> str:
    """Say of which cells a verdict is, and where the claim is about others; nothing where there is no verdict."""
    own, meant = row["own_cells"], row["population"]
    if row["verdict"] == "not_testable" or not own:
        return ""
    return f"in {own}: " if own.casefold() == meant.casefold() else f"in {own}, while the claim is about {meant}: "


def _not_alike(row: Mapping, alpha: float) -> list[str]:
    """Name the parts of a loop score that do not surely go the way that the score goes."""
    return [
        part["symbol"]
        for part in row["parts"]
        if np.sign(part["log2_fc"]) != np.sign(row["log2_fc"]) or not part["p_value"] < alpha
    ]


def _direction(row: Mapping, alpha: float) -> str:
    """Say where the effect goes. A loop score says that genes are expressed together, and no more."""
    wording = row["wording"]
    if row["of_cells"]:
        return direction_words(row, wording.joint, wording.above if row["log2_fc"] > 0 else wording.below)
    if row["highest"]:
        side = f"highest {wording.at} {row['highest']}, lowest {wording.at} {row['lowest']}"
    else:
        side = wording.above if row["log2_fc"] > 0 else wording.below
        side += ", not surely at every step" if row["step_p_value"] >= alpha else ""
    if not row["parts"]:
        return side
    effects = ", ".join(f"{part['symbol']} log2 {write_effect(part['log2_fc'])}" for part in row["parts"])
    name = "the mean of ligand and receptor" if _not_alike(row, alpha) else "co-expression of ligand and receptor"
    return f"{name}{' is ' if row['highest'] else wording.joint}{side} ({effects})"


def _detectable(row: Mapping) -> str:
    """Say which effect a single test of a difference would have found."""
    limit = row["min_detectable_log2_fc"]
    if np.isposinf(limit):
        return "at these counts no effect of any size would have been found reliably"
    if not np.isfinite(limit):
        return "which effect would have been found is not known"
    size = _size(row, limit, 1)
    return f"a single test would probably have found {size if row['of_cells'] else f'an effect of {size}'}"


def _size(row: Mapping, value: float, digits: int | None = None) -> str:
    """Write an effect in its unit."""
    if row["unit"] in RATIOS:
        return ratio_words(value, row["unit"])
    number = f"{value:.3g}" if digits is None else write_effect(value, digits)
    return f"log2 {number}" if row["unit"] == "log2" else f"{number} {row['unit']}"
