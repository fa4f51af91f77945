"""Write docs/calibration.md from the rates of calibration_rates.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from calibration_rates import (
    PROMISES,
    STEP_CASES,
    STEP_TESTS,
    TOLERANCE,
    Genes,
    Promise,
    Rate,
    is_broken,
    promise_rates,
    step_rates,
    strata_of,
    summarise,
    within_margin,
)

from autocrine.design.forms import FORMS
from autocrine.design.question import Statistics
from autocrine.results.outcomes import OUTCOMES


class Run(NamedTuple):
    """How the sets were made; `unchanged` is the share of unchanged genes in the second series of sets."""

    n_sets: int
    n_genes: int
    seed: int
    unchanged: float
    command: str


def write_page(measured: Mapping[str, Genes], few: Mapping[str, Genes], run: Run, statistics: Statistics) -> str:
    """Return the page on what `calibration.measure` gave, `few` with few changed genes."""
    rates = summarise(measured, statistics)
    rates_few = {study: promise_rates(genes, PROMISES["fdr"], statistics) for study, genes in few.items()}
    parts = [_introduction(run, measured, statistics), "## Promises that are not kept\n"]
    parts += _findings(rates, rates_few, measured, run, statistics)
    for key, promise in PROMISES.items():
        bound = f" Promised: {'at least' if promise.at_least else 'at most'} {promise.bound}." if promise.bound else ""
        parts += [f"## {promise.title}\n", promise.words + bound + "\n", _rates_table(rates[key])]
        if key == "fdr":
            parts += [f"The same with {100 * run.unchanged:.0f} % of genes unchanged:\n", _rates_table(rates_few)]
        if key == "detectable":
            parts += ["Median of the stated effect, and the share of genes that have one:\n", _stated(measured)]
    parts += ["## Trends\n", _steps(measured, statistics), "## Outcomes\n", _outcomes(measured, statistics)]
    return "\n".join(parts)


def _introduction(run: Run, measured: Mapping[str, Genes], statistics: Statistics) -> str:
    withheld = max(genes["p_value"].isna().mean() for genes in measured.values())
    return f"""# Calibration: what the tests promise and what they keep

Remade by one command, `{run.command}`. What is computed is described in [statistics.md](statistics.md).

SIMULATED: {run.n_sets} sets of {run.n_genes:,} genes per design (seed {run.seed}), negative binomial. Mean counts are
log-normal (0.3) around 5, 20, 100 and 1000 in equal parts, dispersions (0.05 + 1/mean) with log-normal scatter 0.3,
library sizes within a factor of four. 80 % of genes are unchanged; of the others equal parts have log2 fold changes of
0.5, 1 and 2, half of them down (stages: steps of 0.5 and 0.5, 1 and 1, 2 and 2, 2 and 0, 0 and 2, 1 and -1, 2 and -2).
Patients, batches, sexes and times of sampling move every gene with a standard deviation of 0.3 (log2). Analysed as the
workflow does: alpha {statistics.alpha}, margin {statistics.equivalence_margin}, all other settings as they come.

Columns are mean counts. In brackets the Monte-Carlo standard error, over sets, so that what the genes of a set have in
common is in it. Genes whose p-value is withheld for an outlying count are left out of sizes and coverages and count as
not found elsewhere; no outliers were put in, and at most {100 * withheld:.2f} % of genes were concerned.

Age is per standard deviation (`scale(age)`), for which the margin holds (`margin_per: sd`) however age is written.
"""


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def _rates_table(rates: Mapping[str, Mapping[str, Rate]]) -> str:
    head = ["design", *next(iter(rates.values()))]
    return _table(head, [[study, *map(str, found.values())] for study, found in rates.items()])


def _findings(
    rates: Mapping, rates_few: Mapping, measured: Mapping[str, Genes], run: Run, statistics: Statistics
) -> list[str]:
    """Say where promises are not kept, a sentence each, and which are kept everywhere."""
    lines, kept = [], []
    asked = [(promise.sentence, promise.title, rates[key], promise) for key, promise in PROMISES.items()]
    words = f"{100 * run.unchanged:.0f} % of genes unchanged"
    asked.append((f"{PROMISES['fdr'].sentence} with {words}", f"the same with {words}", rates_few, PROMISES["fdr"]))
    steps = _step_promises(measured, statistics)
    asked.append(("The tests of a trend pass too often", "Size of both tests of a trend", steps, PROMISES["size"]))
    for sentence, title, found, promise in asked:
        whole = promise in (PROMISES["fdr"], PROMISES["false_equivalence"])
        broken = _broken(found, promise, ("all",) if whole else None)
        if broken:
            lines.append(f"- {sentence}: {'; '.join(broken)}.")
        elif promise.bound is not None:
            kept.append(title[0].lower() + title[1:])
    note = f"Named is what lies beyond its promise by more than two Monte-Carlo errors and {TOLERANCE}.\n"
    return [
        note,
        *lines,
        f"- Kept in every design, at every mean count or over all genes as promised: {', '.join(kept) or 'none'}.",
        "",
    ]


def _broken(found: Mapping[str, Mapping[str, Rate]], promise: Promise, strata: tuple[str, ...] | None) -> list[str]:
    """Name the studies that do not keep a promise, with the rates."""
    named = []
    for study, by_stratum in found.items():
        cells = [
            f"{rate.value:.3f} {'over all genes' if stratum == 'all' else f'at mean {stratum}'}"
            for stratum, rate in by_stratum.items()
            if (strata is None or stratum in strata) and is_broken(rate, promise)
        ]
        named += [f"{study} ({', '.join(cells)})"] if cells else []
    return named


def _stated(measured: Mapping[str, Genes]) -> str:
    rows, head = [], ["design", *(str(stratum) for stratum in strata_of(next(iter(measured.values()))))]
    for study, genes in measured.items():
        if FORMS[genes.attrs["form"]].directed:
            stated = genes.loc[genes["case"] == 0].groupby("stratum")["min_detectable_log2_fc"]
            rows.append([study, *(f"{s.median():.2f} ({100 * np.isfinite(s).mean():.0f} %)" for _, s in stated)])
    return _table(head, rows)


def _step_promises(measured: Mapping[str, Genes], statistics: Statistics) -> dict[str, dict[str, Rate]]:
    """Return the rates of both tests of a trend where they may not pass."""
    return {
        f"{study}, steps of {shown}, {test}": step_rates(genes, case, column, statistics)
        for study, genes in measured.items() if genes.attrs["form"] == "trend"
        for case, shown, *may in STEP_CASES if case
        for passing, (test, column) in zip(may, STEP_TESTS.items(), strict=True) if not passing
    }  # fmt: skip


def _steps(measured: Mapping[str, Genes], statistics: Statistics) -> str:
    words = (
        "p < 0.05 of the slope, and of the check that every step goes the same way (`step_p_value`). The check may "
        "pass in at most 0.05 where a step is zero or the steps disagree, the slope where the steps sum to zero.\n"
    )
    rows, head = [], ["true steps", "test", "promised"]
    for genes in measured.values():
        if genes.attrs["form"] == "trend":
            for case, shown, *may in STEP_CASES:
                for passing, (test, column) in zip(may, STEP_TESTS.items(), strict=True):
                    found = step_rates(genes, case, column, statistics).values()
                    rows.append([shown, test, "" if passing else "at most 0.05", *map(str, found)])
            head += [*map(str, strata_of(genes)), "all"]
    return words + "\n" + _table(head, rows) if rows else ""


def _outcomes(measured: Mapping[str, Genes], statistics: Statistics) -> str:
    """Show the shares of outcomes by true effect, and for stages by true steps."""
    every = pd.concat(list(measured.values()))
    beyond = every[every["difference"] > statistics.equivalence_margin + 1e-9]
    parts = [
        f"Percent of genes with each outcome, by true effect: {' / '.join(OUTCOMES)}. Of stages the effect is "
        "the difference of the most different two. Of the "
        f"{len(beyond):,} genes with an effect beyond the margin, all designs together, "
        f"{within_margin(beyond, statistics).sum():,} were said to be within it (second and third number).\n"
    ]
    for study, genes in measured.items():
        effects = np.unique(genes["difference"])
        cells = {f"effect {effect:g}": np.isclose(genes["difference"], effect) for effect in effects}
        parts += [f"### {study}\n", _shares(genes, cells)]
        if genes.attrs["form"] in ("trend", "any_difference"):
            steps = {shown: genes["case"] == case for case, shown, *_ in STEP_CASES}
            parts += ["By true steps:\n", _shares(genes, steps)]
    return "\n".join(parts)


def _shares(genes: Genes, chosen: Mapping[str, pd.Series]) -> str:
    """Tabulate the percentages of outcomes: strata x choices of genes."""
    rows = []
    for stratum in strata_of(genes):
        there = (genes["stratum"] == stratum).to_numpy()
        counted = [genes["outcome"][there & np.asarray(mask)].value_counts(normalize=True) for mask in chosen.values()]
        shares = [100 * found.reindex(OUTCOMES, fill_value=0) for found in counted]
        rows.append([f"{stratum}", *(" / ".join(f"{share:.1f}" for share in found) for found in shares)])
    return _table(["mean count", *chosen], rows)
