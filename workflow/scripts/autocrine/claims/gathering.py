"""The evidence for each claim on one cohort, before any verdict: what was measured, and what prevents a test."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autocrine.adjustment import holm
from autocrine.claims.claims import Claim, Claims
from autocrine.claims.evidence import EVIDENCE, equivalence_p_value, of_comparison
from autocrine.claims.evidence_of_cells import add_evidence_of_cells
from autocrine.claims.obstacles import not_testable, obstacle_of, why_no_estimate
from autocrine.claims.of_cells import ABUNDANCE, UNITS
from autocrine.design.forms.contrast import Words
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.results.effect_words import write_effect
from autocrine.samples.scores import LOOP_PREFIX


def gather_evidence(
    claims: Claims,
    panel: pd.DataFrame,
    scores: pd.DataFrame,
    bound: Mapping[str, Sequence[tuple[str, str]]],
    alpha: float,
    margin: float,
    wordings: Mapping[tuple[str, str], Words] | None = None,
    cells: Mapping[str, str] | None = None,
    several: bool = False,
    of_cells: pd.DataFrame | None = None,
) -> list[dict]:
    """Gather what is known of every claim of a file.

    Parameters
    ----------
    claims, panel, scores, bound, alpha, margin, wordings, cells, several, of_cells
        See `autocrine.claims.verdicts.judge_claims`.

    Returns
    -------
    A row per claim, for `autocrine.claims.verdicts.decide`: the claim, its comparison and the columns of `EVIDENCE`,
    with `obstacle` and `why_not` where it cannot be tested. No row depends on any other claim.
    """
    panel = panel.assign(p_value=panel["moderated_p_value"])
    return [
        _evidence(claim, claims, panel, scores, bound, alpha, margin, wordings or {}, cells or {}, several, of_cells)
        for claim in claims.claims
    ]


def _evidence(
    claim: Claim,
    claims: Claims,
    panel: pd.DataFrame,
    scores: pd.DataFrame,
    bound,
    alpha: float,
    margin: float,
    wordings: Mapping,
    cells: Mapping[str, str],
    several: bool,
    of_cells: pd.DataFrame | None,
) -> dict:
    """Gather what is known of one claim, and what prevents a test (`obstacle`) in words (`why_not`)."""
    role = claims.roles.get(claim.role)
    row = {
        "title": claims.title,
        "claim": claim.id,
        "statement": claim.statement,
        "gene": claim.gene,
        "score": claim.score,
        "of_cells": claim.of_cells,
        "cells_subject": claim.cells_subject,
        "population": role.population if role else "",
        "own_cells": "",
        "comparison": role.comparison if role else "",
        "expected": claim.expected,
        "unit": UNITS[claim.of_cells]
        if claim.of_cells
        else "log2"
        if claim.gene or claim.score.startswith(LOOP_PREFIX)
        else "standard deviations"
        if claim.score
        else "",
        "model": "",
        "contrast": "",
        "highest": "",
        "lowest": "",
        "in_words": "",
        "reading": "",
        "parts": [],
        "contrary_words": "",
        "wording": TwoGroups.words_for(),
        "margin": margin if claim.margin is None else claim.margin,
        "tier": "primary" if claim.score else "",
        "obstacle": "" if claim.testable else "untestable",
        "why_not": claim.reason,
        "caveat": claim.caveat,
        "source": claim.source,
        **dict.fromkeys(EVIDENCE, np.nan),
        **dict.fromkeys(
            ("composition_flag", "one_sample_words", "sensitivity_words", "sensitivity_purity", "status"), ""
        ),
    }
    if not claim.testable:
        return row
    if not bound.get(claim.role):
        whose = "these cohorts" if several else "this cohort"
        words = f"no comparison of {whose} is about {role.population}: {role.comparison}"
        return not_testable(row, "no_comparison", words)
    row["model"], row["contrast"] = bound[claim.role][0]
    # The share of a state is one of all cells, whatever cells the model is of.
    row["own_cells"] = "" if claim.of_cells == ABUNDANCE else cells.get(row["model"], "")
    row["wording"] = wordings.get(bound[claim.role][0], row["wording"])
    if claim.of_cells:
        return add_evidence_of_cells(row, claim, of_cells, several, margin)
    table, key = (panel, "symbol") if claim.gene else (scores, "score")
    found = table[of_comparison(table, row) & (table[key] == (claim.gene or claim.score))]
    if found.empty and claim.gene:
        words = f"the panel of {'these cohorts' if several else 'this cohort'} does not hold the gene"
        return not_testable(row, "not_in_panel", words)
    if found.empty:
        words = "these cohorts have no such score" if several else "this cohort has no such score"
        return not_testable(row, "no_score", words)
    seen = found.iloc[0]
    row |= {name: seen[name] for name in EVIDENCE if name in seen and not pd.isna(seen[name])}
    row["tier"] = seen.get("tier", row["tier"])
    compared = panel[of_comparison(panel, row)]
    # 1 but for an effect per unit of a measurement, which of several cohorts reaches differently far in each gene.
    per_unit = seen["equivalence_margin"] if claim.gene else compared["equivalence_margin"].iat[0]
    row["margin"] *= per_unit / margin
    groups = _of_several(seen)
    steps = seen.get("steps", False) or pd.notna(seen.get("log2_fc_step_1", seen.get("estimate_step_1")))
    if groups:
        row |= {"highest": seen["highest"], "lowest": seen["lowest"]}
    if claim.score.startswith(LOOP_PREFIX):
        row["parts"] = _parts(claim.score, compared)
    row["contrary_words"] = _contrary(claim.beside, compared, scores[of_comparison(scores, row)], alpha)
    if obstacle := obstacle_of(claim, seen, row["parts"], groups, bool(steps)):
        return not_testable(row, *obstacle)
    if claim.margin is not None:
        row["equivalence_p_value"] = equivalence_p_value(seen, row["margin"])
    return row


def _parts(score: str, panel: pd.DataFrame) -> list[dict]:
    """Return symbol, effect and p-value of the genes that a loop score is named by; reason where there is no test."""
    parts = []
    for symbol in score.removeprefix(LOOP_PREFIX).split("_"):
        found = panel[panel["symbol"] == symbol]
        part = {"symbol": symbol, "log2_fc": np.nan, "p_value": np.nan, "reason": "not in the panel"}
        if len(found):
            seen = found.iloc[0]
            part |= {**seen[["log2_fc", "p_value"]], "reason": why_no_estimate(seen)}
        parts.append(part)
    return parts


def _of_several(seen: pd.Series) -> bool:
    """Whether a row is of a test of any difference among groups."""
    return bool(seen.get("highest"))


def _contrary(beside: Mapping[str, str], panel: pd.DataFrame, scores: pd.DataFrame, alpha: float) -> str:
    """Name the genes and scores beside a claim that go the other way; empty where none does."""
    parts = []
    for name, way in beside.items():
        found = panel[panel["symbol"] == name] if name in set(panel["symbol"]) else scores[scores["score"] == name]
        seen = found.iloc[0] if len(found) else None
        # The largest difference of several groups has no direction.
        if seen is not None and not why_no_estimate(seen) and not _of_several(seen):
            parts.append((name, way, seen["log2_fc"], seen["p_value"]))
    adjusted = holm(np.array([p_value for *_, p_value in parts], dtype=float))
    contrary = [
        f"{name} goes {'down' if way == 'up' else 'up'} ({_in_unit(name, effect, panel)})"
        for (name, way, effect, _), p_value in zip(parts, adjusted, strict=True)
        if p_value < alpha and (effect > 0) != (way == "up")
    ]
    return ", ".join(contrary)


def _in_unit(name: str, effect: float, panel: pd.DataFrame) -> str:
    """Write the effect of a gene, a loop score or another score in its unit."""
    log2 = name.startswith(LOOP_PREFIX) or name in set(panel["symbol"])
    return f"log2 {write_effect(effect)}" if log2 else f"{write_effect(effect)} standard deviations"
