"""What the tests promise, and how far analysed simulations keep it: rates with their errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from autocrine.design.forms import FORMS
from autocrine.design.question import Statistics

Genes = pd.DataFrame
Mask = Callable[[Genes, Statistics], pd.Series]
# True steps of the cases of `calibration.STEPS`, and whether the test of the slope and that of all steps may pass.
STEP_CASES = (
    (0, "none", False, False), (4, "2, 0", True, False), (5, "0, 2", True, False), (6, "1, -1", False, False),
    (7, "2, -2", False, False), (1, "0.5, 0.5", True, True), (2, "1, 1", True, True), (3, "2, 2", True, True),
)  # fmt: skip
STEP_TESTS = {"slope": "moderated_p_value", "all steps": "step_p_value"}
# How far beyond its promise a rate must lie, besides two Monte-Carlo errors, to be worth a sentence.
TOLERANCE = 0.005


class Rate(NamedTuple):
    """A share, its Monte-Carlo standard error, and of how many genes it is a share."""

    value: float
    error: float
    number: int

    def __str__(self) -> str:
        """Show the share with its error, or a dash where there is none."""
        return f"{self.value:.3f} ({self.error:.3f})" if self.number else "-"


@dataclass(frozen=True)
class Promise:
    """What a test states about itself.

    Attributes
    ----------
    title, words
        Heading, and what is counted.
    among, hit
        Which genes are asked, and which of them count.
    bound, at_least
        The promised rate, and whether it is a lower bound; no bound where nothing is promised.
    undirected
        Whether it is asked of a test without direction too, which has no interval and no single effect.
    sentence
        Begins the sentence that says where the promise is not kept.
    """

    title: str
    words: str
    among: Mask
    hit: Mask
    bound: float | None = None
    at_least: bool = False
    undirected: bool = True
    sentence: str = ""


def _tested(genes: Genes, _: Statistics) -> pd.Series:
    return genes["p_value"].notna()


def _unchanged(genes: Genes, _: Statistics) -> pd.Series:
    return (genes["case"] == 0) & genes["p_value"].notna()


def _with_effect(size: float) -> Mask:
    return lambda genes, _: pd.Series(np.isclose(genes["effect"].abs(), size), genes.index)


def _at_margin(genes: Genes, statistics: Statistics) -> pd.Series:
    return np.isclose(genes["difference"], statistics.equivalence_margin) & genes["p_value"].notna()


def _changed(genes: Genes, _: Statistics) -> pd.Series:
    return (genes["effect"] != 0) & genes["p_value"].notna()


def _below(column: str) -> Mask:
    return lambda genes, statistics: genes[column] < statistics.alpha


def _covered(genes: Genes, _: Statistics) -> pd.Series:
    return genes["effect"].between(genes["ci_low"], genes["ci_high"])


def within_margin(genes: Genes, _: Statistics) -> pd.Series:
    """Return which genes are said to change by less than the margin."""
    return genes["outcome"].isin(["equivalent", "small_change"])


PROMISES = {
    "size": Promise(
        "Size of the moderated test of a difference",
        "Unchanged genes with moderated p < 0.05: the t test, for any difference the F test.",
        _unchanged, _below("moderated_p_value"), 0.05,
        sentence="Unchanged genes have p < 0.05 too often",
    ),
    "r_size": Promise(
        "Size of R DESeq2's test of a difference",
        "Unchanged genes with p < 0.05 of the normal distribution, for any difference of chi-square. R's list; nothing "
        "that the workflow says of named genes rests on it.",
        _unchanged, _below("p_value"),
    ),
    "coverage_unchanged": Promise(
        "Coverage of the 95 % interval, unchanged genes",
        "Intervals that hold the true log2 fold change.",
        _unchanged, _covered, 0.95, True, False,
        "The 95 % interval of unchanged genes holds the truth too rarely",
    ),
    "coverage_changed": Promise(
        "Coverage of the 95 % interval, changed genes",
        "The same for genes with true effects of 0.5, 1 and 2.",
        _changed, _covered, 0.95, True, False,
        "The 95 % interval of changed genes holds the truth too rarely",
    ),
    "fdr": Promise(
        "False discovery rate of the genome-wide call (R DESeq2's), 80 % of genes unchanged",
        "Of the genes with adjusted p < 0.05, those whose true effect is 0, pooled over sets. The promise is for all "
        "genes together.",
        lambda genes, statistics: genes["adj_p_value"] < statistics.alpha, lambda genes, _: genes["effect"] == 0, 0.05,
        sentence="The genome-wide call has too many false discoveries",
    ),
    "moderated_fdr": Promise(
        "False discovery rate of the moderated list, 80 % of genes unchanged",
        "The same for the list of `statistics.calls: moderated`.",
        lambda genes, statistics: genes["moderated_adj_p_value"] < statistics.alpha,
        lambda genes, _: genes["effect"] == 0, 0.05,
        sentence="The moderated list has too many false discoveries",
    ),
    "sensitivity_1": Promise(
        "Sensitivity of the genome-wide call, true effect 1",
        "Genes with adjusted p < 0.05.",
        _with_effect(1), _below("adj_p_value"),
    ),
    "moderated_sensitivity_1": Promise(
        "Sensitivity of the moderated list, true effect 1",
        "Genes with moderated adjusted p < 0.05.",
        _with_effect(1), _below("moderated_adj_p_value"),
    ),
    "sensitivity_2": Promise(
        "Sensitivity of the genome-wide call, true effect 2",
        "The same for an effect twice as large.",
        _with_effect(2), _below("adj_p_value"),
    ),
    "equivalence_size": Promise(
        "Size of the equivalence test at the margin",
        "Genes whose true effect is the margin, and whose equivalence p-value is < 0.05.",
        _at_margin, _below("equivalence_p_value"), 0.05,
        sentence="Genes whose change is as large as the margin pass the equivalence test too often",
    ),
    "equivalence_power": Promise(
        "Power of the equivalence test for unchanged genes",
        "Unchanged genes whose equivalence p-value is < 0.05.",
        _unchanged, _below("equivalence_p_value"),
    ),
    "false_equivalence": Promise(
        "False statements of equivalence",
        "Of the genes said to be within the margin (outcomes equivalent and small_change), those whose true effect "
        "is the margin or more. The promise is for all genes together.",
        within_margin,
        lambda genes, statistics: genes["difference"] > statistics.equivalence_margin - 1e-9, 0.05,
        sentence="Too many of the genes said to be within the margin are not",
    ),
    "threshold_size": Promise(
        "Size of the threshold test at the margin",
        "Genes whose true effect is the margin, and whose threshold p-value is < 0.05. The test doubles the smaller "
        "tail, so 0.025 is what it aims at; 0.05 is the promise.",
        _at_margin, _below("threshold_p_value"), 0.05,
        sentence="Genes whose change is just the margin are said to exceed it too often",
    ),
    "detectable": Promise(
        "Power at the stated minimal detectable effect",
        "Unchanged genes of one set were given the effect stated for them (for a power of 0.8) in a second set, with "
        "new patients and batches; counted are those with p < 0.05 there.",
        lambda genes, _: genes["promised_found"].notna(), lambda genes, _: genes["promised_found"] == 1, 0.8, True,
        False, "The effect stated as detectable with a power of 0.8 is found too rarely",
    ),
}  # fmt: skip


def rate(genes: Genes, among: pd.Series, hit: pd.Series) -> Rate:
    """Return the share of hits among some genes of several sets.

    The error is that of a ratio of sums over sets, which allows for what the genes of one set have in common (size
    factors, trend, prior); with fewer than three sets it is the binomial one.
    """
    asked = among.groupby(genes["set"]).sum().to_numpy(float)
    hits = (among & hit).groupby(genes["set"]).sum().to_numpy(float)
    number = int(asked.sum())
    if number == 0:
        return Rate(np.nan, np.nan, 0)
    share, sets = hits.sum() / number, len(asked)
    if sets < 3:
        return Rate(share, np.sqrt(share * (1 - share) / number), number)
    spread = np.sqrt(((hits - share * asked) ** 2).sum() * sets / (sets - 1)) / number
    return Rate(share, spread, number)


def strata_of(genes: Genes) -> list[int]:
    """Return the mean counts around which genes were drawn."""
    return sorted(genes["stratum"].unique())


def promise_rates(genes: Genes, promise: Promise, statistics: Statistics) -> dict[str, Rate]:
    """Return the rate of one promise per stratum, named by its mean count, and over all genes ("all")."""
    return _by_stratum(genes, promise.among(genes, statistics), promise.hit(genes, statistics))


def _by_stratum(genes: Genes, among: pd.Series, hit: pd.Series) -> dict[str, Rate]:
    rates = {f"{s}": rate(genes, among & (genes["stratum"] == s), hit) for s in strata_of(genes)}
    return rates | {"all": rate(genes, among, hit)}


def summarise(measured: Mapping[str, Genes], statistics: Statistics) -> dict[str, dict[str, dict[str, Rate]]]:
    """Return promise -> study -> stratum -> rate, of what `calibration.measure` gave."""
    return {
        key: {
            study: promise_rates(genes, promise, statistics)
            for study, genes in measured.items()
            if promise.undirected or FORMS[genes.attrs["form"]].directed
        }
        for key, promise in PROMISES.items()
    }


def step_rates(genes: Genes, case: int, column: str, statistics: Statistics) -> dict[str, Rate]:
    """Return the rate of small p-values of a column among the genes of one case, per stratum and over all genes."""
    among = _tested(genes, statistics) & (genes["case"] == case)
    return _by_stratum(genes, among, genes[column] < statistics.alpha)


def is_broken(found: Rate, promise: Promise) -> bool:
    """Whether a rate lies beyond its promise by more than two errors and the tolerance."""
    if promise.bound is None or not found.number:
        return False
    excess = promise.bound - found.value if promise.at_least else found.value - promise.bound
    return excess > 2 * found.error + TOLERANCE
