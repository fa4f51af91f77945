"""Verdicts: what one cohort says of each claim, with the evidence beside it."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg, holm
from autocrine.claims.claims import Claim, Claims
from autocrine.claims.evidence import EVIDENCE, equivalence_p_value, of_comparison
from autocrine.claims.evidence_of_cells import add_evidence_of_cells
from autocrine.claims.obstacles import not_testable, obstacle_of, why_no_estimate
from autocrine.claims.of_cells import RATIOS, UNITS, direction_words, left_open, ratio_words
from autocrine.columns import CLAIMS
from autocrine.design.forms.contrast import Words
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.problems import Caution
from autocrine.results.opinions import METHODS, not_shared
from autocrine.samples.scores import LOOP_PREFIX

VERDICTS = ("supported", "contradicted", "inconclusive", "not_testable")


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
        (model, contrast) -> how its effects are told.
    warnings
        (model, contrast) -> what stands against it.
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
    difference without direction. `words` say why, and `verdict_p_value` is the adjusted p-value that decided; of an
    inconclusive verdict, the one that was to decide for the claim.

    A directed claim on a loop score is supported only if the ligand and the named receptor each go that way too, each
    at alpha (intersection-union test; Berger 1982, Technometrics 24:295): a mean can rise by one of its parts alone.

    `contrary_words` name what stands against a verdict of "supported" or "inconclusive": of the genes and scores that a
    claim has beside it, those that go the other way, by their own tests, adjusted over them by Holm.
    """
    panel = panel.assign(p_value=panel["moderated_p_value"])
    rows = pd.DataFrame(
        [
            _evidence(
                claim, claims, panel, scores, bound, alpha, margin, wordings or {}, cells or {}, several, of_cells
            )
            for claim in claims.claims
        ]
    )
    testable = rows["obstacle"] == ""
    others = (rows["of_cells"] == "") & (rows["tier"] != "primary")
    families = {
        "cells (Holm)": (testable & (rows["of_cells"] != ""), holm),
        "primary claims (Holm)": (testable & (rows["tier"] == "primary"), holm),
        "other claims (Benjamini-Hochberg)": (testable & others, benjamini_hochberg),
    }
    rows["family"] = np.select([members for members, _ in families.values()], list(families), "")
    undirected = rows["expected"].isin(["unchanged", "differs"]).to_numpy()
    for kind, asked in (("", True), ("equivalence_", undirected)):
        p_value = rows[f"{kind}p_value"].to_numpy(dtype=float)
        rows[f"claims_{kind}adj_p_value"] = np.nan
        for members, adjust in families.values():
            adjusted = adjust(np.where(members & asked, p_value, np.nan))
            rows.loc[members, f"claims_{kind}adj_p_value"] = adjusted[members]
    judged = [_judge(row, alpha) for row in rows.to_dict("records")]
    for place, name in enumerate(("verdict", "words", "verdict_p_value")):
        rows[name] = [found[place] for found in judged]
    rows["words"] = [_in_cells(row) + row["words"] for row in rows.to_dict("records")]
    rows.loc[~rows["verdict"].isin(["supported", "inconclusive"]), "contrary_words"] = ""
    against = [(warnings or {}).get(pair, ()) for pair in zip(rows["model"], rows["contrast"], strict=True)]
    rows["warnings"] = [" | ".join(caution.words for caution in cautions) for cautions in against]
    return rows.reindex(columns=list(CLAIMS.names[:-1]))


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
    return judged.assign(second_words=[not_shared("verdict", told) for told in words])


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
        "told": "",
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
    row["own_cells"] = cells.get(row["model"], "")
    row["wording"] = wordings.get(bound[claim.role][0], row["wording"])
    if claim.of_cells:
        return add_evidence_of_cells(row, claim, of_cells, several)
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
    # 1 but for an effect per unit of a measurement.
    row["margin"] *= compared["equivalence_margin"].iat[0] / margin
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
    told = [
        f"{name} goes {'down' if way == 'up' else 'up'} ({_in_unit(name, effect, panel)})"
        for (name, way, effect, _), p_value in zip(parts, adjusted, strict=True)
        if p_value < alpha and (effect > 0) != (way == "up")
    ]
    return ", ".join(told)


def _in_unit(name: str, effect: float, panel: pd.DataFrame) -> str:
    """Write the effect of a gene, a loop score or another score in its unit."""
    log2 = name.startswith(LOOP_PREFIX) or name in set(panel["symbol"])
    return f"log2 {effect:.2f}" if log2 else f"{effect:.2f} standard deviations"


def _judge(row: Mapping, alpha: float) -> tuple[str, str, float]:
    """Return the verdict on one claim, what it rests on in words, and the p-value that decided."""
    if row["obstacle"]:
        return "not_testable", row["why_not"], np.nan
    differs, alike = row["claims_adj_p_value"], row["claims_equivalence_adj_p_value"]
    changed, equivalent = differs < alpha, alike < alpha
    within, change = f"within {_size(row, row['margin'])}", row["wording"].change
    if row["expected"] == "unchanged":
        if equivalent:
            return "supported", f"any {change} lies {within}", alike
        if changed:
            return "contradicted", f"{_direction(row, alpha)}, and not surely {within}", differs
        return "inconclusive", f"neither a {change} nor its absence {within} is shown; {_detectable(row)}", alike
    if changed:
        wanted = {"up": row["log2_fc"] > 0, "down": row["log2_fc"] < 0, "differs": True}[row["expected"]]
        if wanted and (words := left_open(row)):
            return "inconclusive", f"{_direction(row, alpha)}, but {words}", differs
        if wanted and row["expected"] != "differs" and (still := _not_alike(row, alpha)):
            return "inconclusive", f"{_direction(row, alpha)}, but not surely {' and '.join(still)} by itself", differs
        return ("supported" if wanted else "contradicted"), _direction(row, alpha), differs
    if equivalent:
        return "contradicted", f"any {change} lies {within}", alike
    return "inconclusive", f"no difference is shown; {_detectable(row)}", differs


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
        return direction_words(row, wording.above if row["log2_fc"] > 0 else wording.below)
    if row["highest"]:
        side = f"highest {wording.at} {row['highest']}, lowest {wording.at} {row['lowest']}"
    else:
        side = wording.above if row["log2_fc"] > 0 else wording.below
        side += ", not surely at every step" if row["step_p_value"] >= alpha else ""
    if not row["parts"]:
        return side
    told = ", ".join(f"{part['symbol']} log2 {part['log2_fc']:.2f}" for part in row["parts"])
    name = "the mean of ligand and receptor" if _not_alike(row, alpha) else "co-expression of ligand and receptor"
    return f"{name}{' is ' if row['highest'] else wording.joint}{side} ({told})"


def _detectable(row: Mapping) -> str:
    """Say which effect a single test of a difference would have found."""
    limit = row["min_detectable_log2_fc"]
    if np.isposinf(limit):
        return "at these counts no effect of any size would have been found reliably"
    if not np.isfinite(limit):
        return "which effect would have been found is not known"
    size = _size(row, limit, 1)
    return f"a single test would have found {size if row['of_cells'] else f'an effect of {size}'}"


def _size(row: Mapping, value: float, digits: int | None = None) -> str:
    """Write an effect in its unit."""
    if row["unit"] in RATIOS:
        return ratio_words(value, row["unit"])
    number = f"{value:.3g}" if digits is None else f"{value:.{digits}f}"
    return f"log2 {number}" if row["unit"] == "log2" else f"{number} {row['unit']}"
