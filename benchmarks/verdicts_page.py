"""The page docs/verdicts.md: rates, tables and findings, from what verdicts.py judged."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd
from scipy.stats import binomtest

from autocrine.claims.verdicts import VERDICTS
from autocrine.design.question import Statistics
from autocrine.samples.composition import NOT_LARGER, NOT_LARGER_OTHER, NOT_SURELY, NOT_SURELY_OTHER

PART = ["model", "contrast"]
CALLED = ("changed", "small_change")
# What is set beside composition: all genes of that kind, and these in the stem cells.
COMPOSED, BESIDE_COMPOSITION, BESIDE_MODEL = "composition only", ("BCR::ABL1", "BMPR1B", "TWIST1"), "lsc_response"
PAGE = """# Verdicts: the claims judged on cohorts whose truth is known

Remade by one command, `python benchmarks/verdicts.py`. How a verdict is reached is described in
[statistics.md](statistics.md).

SIMULATED: {seeds} cohorts as the demo's generator makes them (seeds 1 to {seeds}; the bundled demo is seed 2017),
analysed as the workflow does with `config.yaml` (alpha {alpha:g}, margin {margin:g}), without the sensitivity fits. A
direction is supported rightly where the planted effect has it and contradicted rightly where it has the other one; with
no effect both are wrong. "Unchanged" is right below the margin. Effects are log2 fold changes. In brackets are exact
binomial intervals of 95 %; they take the cases as independent, which genes and claims of one cohort are not.

## What is kept and what is not

{findings}

## Error rates

{rates}
Of a file, the differences of claims on primary genes and scores are one family in which Holm allows any error with a
probability of {alpha:g}; their equivalences are a second such family, and ID1 and ACTB have the false discovery rate
only. Few claims here can be got wrong: a direction without an effect is claimed nowhere, and what is claimed as
unchanged is either unchanged or moved by far. The drawn files are harder: {files} per cohort, with the comparisons of
the first file's claims and other genes, drawn from the panel and all taken as primary.

## Effects beside composition

An effect of composition alone should be flagged in 95 % of the cases where it is called, one beyond it seldom. "As no
larger" is wrong of an effect beyond composition, "as not surely larger" only says that the data do not decide.

{composition}
Planted is the difference of the samples' mean log2 fractions; composition alone is the contrast of the design of these,
with its batches, sexes and patients.

{claims}"""


class Judged(NamedTuple):
    """What was judged, with the seed.

    `claims`: the rows of `judge_claims` with true_log2_fc, right (see `is_right`) and wrong. `panel`: the panel's rows
    with true_log2_fc and kind. `drawn`: see `judge_drawn`.
    """

    claims: pd.DataFrame
    panel: pd.DataFrame
    drawn: pd.DataFrame


FLAGS = ((NOT_LARGER, NOT_LARGER_OTHER), (NOT_SURELY, NOT_SURELY_OTHER))


def rate(marked: pd.Series) -> str:
    """Return a share in words: how many of how many, percent, and the exact binomial interval of 95 %."""
    if marked.empty:
        return "none"
    low, high = binomtest(int(marked.sum()), len(marked)).proportion_ci()
    return f"{marked.sum()} of {len(marked)}: {100 * marked.mean():.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _by_seed(rows: pd.DataFrame, mask: pd.Series) -> pd.Series:
    """Return per seed whether any of its rows is marked."""
    return mask.groupby(rows["seed"]).any()


def claims_table(rows: pd.DataFrame) -> str:
    """Count the verdicts on every claim of one file that a comparison stands for."""
    kinds = [(verdict, right) for verdict in VERDICTS[:2] for right in (True, False)]
    head = [f"{verdict}, {'right' if right else 'wrong'}" for verdict, right in kinds]
    head = ["claim", "about", "comparison", "expected", "planted", *head, "inconclusive", "above detectable"]
    lines = []
    for claim, found in rows[rows["model"] != ""].groupby("claim", sort=False):
        first, true, open_ = found.iloc[0], found["true_log2_fc"], found["verdict"] == "inconclusive"
        counted = [((found["verdict"] == verdict) & (found["right"] == right)).sum() for verdict, right in kinds]
        counted += [open_.sum(), (open_ & (true.abs() > found["min_detectable_log2_fc"])).sum()]
        about = [claim, first["gene"] or first["score"], f"{first['model']}, {first['contrast']}", first["expected"]]
        lines.append([*about, f"{true.min():.1f} to {true.max():.1f}", *map(str, counted)])
    return _table(head, lines)


def reasons_table(rows: pd.DataFrame) -> str:
    """Say why claims were not testable, and which."""
    found = rows[rows["verdict"] == "not_testable"].groupby("words", sort=False)
    lines = [[", ".join(dict.fromkeys(part["claim"])), words, str(len(part))] for words, part in found]
    return _table(["claims", "why", "verdicts"], lines)


def error_rates(rows: pd.DataFrame, margin: float) -> dict[str, str]:
    """Return the rates of some claims' verdicts in words, by what they are rates of."""
    tested = rows[rows["verdict"] != "not_testable"]
    verdict, wrong, size = tested["verdict"], tested["wrong"], tested["true_log2_fc"].abs()
    still, undecided = tested["expected"] == "unchanged", verdict == "inconclusive"
    above = size > tested["min_detectable_log2_fc"]
    return {
        "decided verdicts: wrong": rate(wrong[~undecided]),
        "supported: wrong": rate(wrong[verdict == "supported"]),
        "contradicted: wrong": rate(wrong[verdict == "contradicted"]),
        "a direction claimed, planted effect above the stated detectable one: inconclusive": rate(
            undecided[~still & above]
        ),
        "a direction claimed, planted effect below it: inconclusive": rate(undecided[~still & ~above]),
        "no change claimed and none planted: inconclusive": rate(undecided[still & (size == 0)]),
        "no change claimed and none planted: contradicted, wrong": rate(wrong[still & (size == 0)]),
        "no change claimed, a change planted: supported, wrong": rate(wrong[still & (size >= margin)]),
        "**cohorts with any wrong verdict**": rate(_by_seed(rows, rows["wrong"])),
        **{f'cohorts with a verdict "{kind}"': rate(_by_seed(rows, rows["verdict"] == kind)) for kind in VERDICTS},
    }


def composition_rows(panel: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the called rows that have a flag or could, by what is planted; `larger` than composition alone or not."""
    called = panel[(panel["composition_reason"] == "") & panel["outcome"].isin(CALLED)]
    alone = called[["composition_log2_fc", "composition_other_log2_fc"]].assign(none=0.0)
    larger = (called["true_log2_fc"] < alone.min(axis=1)) | (called["true_log2_fc"] > alone.max(axis=1))
    composed = called["kind"] == "composition"
    parts = called[composed].groupby(PART, sort=False)
    rows = {f"{COMPOSED}: all genes, {', '.join(pair)}": part for pair, part in parts}
    for gene in BESIDE_COMPOSITION:
        one = (called["symbol"] == gene) & (called["model"] == BESIDE_MODEL)
        rows[f"{COMPOSED}: {gene}, {BESIDE_MODEL}"] = called[one & composed]
        rows[f"planted beyond composition: {gene}, {BESIDE_MODEL}"] = called[one & ~composed & larger]
        rows[f"planted within composition: {gene}, {BESIDE_MODEL}"] = called[one & ~composed & ~larger]
    return {words: part for words, part in rows.items() if len(part)}


def composition_table(panel: pd.DataFrame) -> str:
    """Tabulate how often called effects are flagged."""
    head = ["called effects", "flagged", "as no larger", "as not surely larger", "mean planted", "mean of composition"]
    lines = []
    for words, part in composition_rows(panel).items():
        flags = [str(part["composition_flag"].isin(words).sum()) for words in FLAGS]
        means = [f"{part[column].mean():.2f}" for column in ("true_log2_fc", "composition_log2_fc")]
        lines.append([words, rate(part["composition_flag"] != ""), *flags, *means])
    return _table(head, lines)


def findings(judged: Judged, alpha: float) -> str:
    """Say what is kept and what is not, and how scores came out, from the numbers."""
    lines, claims = [], judged.claims
    for title, rows in claims.groupby("title", sort=False):
        at_fault = _by_seed(rows, rows["wrong"])
        low, high = binomtest(int(at_fault.sum()), len(at_fault)).proportion_ci()
        kept = "not kept" if low > alpha else "kept" if high <= alpha else "too few cohorts to say whether it is kept"
        lines.append(f"{title}: cohorts with any wrong verdict, against {100 * alpha:g} %: {rate(at_fault)}; {kept}.")
        for kind in VERDICTS:
            if not (seen := _by_seed(rows, rows["verdict"] == kind)).all():
                lines.append(f'{title}: "{kind}" occurs in {seen.sum()} of {len(seen)} cohorts only.')
    for row in claims[claims["wrong"]].to_dict("records"):
        about = f"{row['claim']} ({row['gene'] or row['score']}, expected {row['expected']}) was {row['verdict']}"
        found = f"{row['log2_fc']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})"
        lines.append(f"Wrong with seed {row['seed']}: {about}, planted {row['true_log2_fc']:g}, estimated {found}.")
    for words, part in judged.drawn.groupby("genes", sort=False):
        by_seed = part.groupby("seed")["wrong"].mean()
        error = by_seed.std() / len(by_seed) ** 0.5 if len(by_seed) > 1 else 0.0
        kept = "kept" if by_seed.mean() - 2 * error <= alpha else "not kept"
        lines.append(
            f"Drawn files of {part['claims'].iloc[0]} claims about {words}: any wrong verdict in "
            f"{part['wrong'].sum()} of {len(part)} files, {100 * part['wrong'].mean():.1f} % (error over cohorts "
            f"{100 * error:.1f}), against {100 * alpha:g} %; {kept}."
        )
    for words, part in composition_rows(judged.panel).items():
        flagged, size = part["composition_flag"] != "", part[["true_log2_fc", "composition_log2_fc"]].abs().mean()
        if words.startswith(COMPOSED) and flagged.mean() < 1 - alpha:
            lines.append(f"Flagged too seldom, {words}: {rate(flagged)}; planted is {-size.diff().iloc[1]:.2f} more.")
    for claim, part in claims[(claims["score"] != "") & (claims["model"] != "")].groupby("claim", sort=False):
        true, found, supported = part["true_log2_fc"], part["log2_fc"], part["verdict"] == "supported"
        lines.append(
            f"The score of {claim} ({part['score'].iloc[0]}): planted {true.mean():.2f}, estimated {found.mean():.2f} "
            f"on average ({found.min():.2f} to {found.max():.2f}), supported in {rate(supported)}; the 95 % interval "
            f"holds the planted value in {rate(true.between(part['ci_low'], part['ci_high']))}."
        )
    return "\n".join(f"- {line}" for line in lines)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def write_page(judged: Judged, statistics: Statistics, drawn: int) -> str:
    """Return the page; `drawn` is the number of drawn files per cohort and kind."""
    alpha, margin = statistics.alpha, statistics.equivalence_margin
    files = dict(list(judged.claims.groupby("title", sort=False)))
    rates = {title: error_rates(rows, margin) for title, rows in {**files, "both files": judged.claims}.items()}
    tables = [f"## Claims: {t}\n\n{claims_table(rows)}\n{reasons_table(rows)}" for t, rows in files.items()]
    return PAGE.format(
        seeds=judged.claims["seed"].nunique(), alpha=alpha, margin=margin, files=drawn,
        findings=findings(judged, alpha), composition=composition_table(judged.panel), claims="\n".join(tables),
        rates=_table(
            ["", *rates], [[words, *(found[words] for found in rates.values())] for words in rates["both files"]]
        ),
    )  # fmt: skip
