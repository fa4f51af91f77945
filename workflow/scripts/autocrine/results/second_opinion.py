"""What other methods say of the same contrasts: linear models of weighted log counts (voom), and PyDESeq2."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtri

from autocrine import engine, linear
from autocrine.adjustment import benjamini_hochberg
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.parts import test_pairs
from autocrine.design.question import Statistics
from autocrine.engine.own_tests import OwnFit
from autocrine.measure import COUNTS
from autocrine.results.analysis import Analysis
from autocrine.results.effects import estimate_effects
from autocrine.results.linear_fits import fit_weighted_counts
from autocrine.results.opinions import KEPT
from autocrine.results.outcomes import decide_outcomes, unseen

COLUMNS = ("method", "gene_id", *KEPT, "adj_p_value", "outcome")
NO_DIRECTION = "it has no test of several effects at once, which a comparison without direction needs"


@dataclass(frozen=True)
class Others:
    """The fits of other methods.

    Attributes
    ----------
    fits
        Method -> its fit.
    reasons
        Method -> why it has none.
    """

    fits: Mapping[str, linear.Fit | OwnFit] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)


def fit_others(methods: Collection[str], analysis: Analysis, first: str, measure: str, threads: int) -> Others:
    """Fit what was fitted once more by other methods, to the same samples, design and size factors.

    Parameters
    ----------
    methods
        Which of `autocrine.results.opinions.METHODS` are asked.
    analysis
        The first fit.
    first
        The engine that made it.
    measure
        What the values are (`autocrine.measure`).
    threads
        Threads.

    Returns
    -------
    Their fits: voom's over the genes that edgeR's filterByExpr keeps, PyDESeq2's over those of the first fit. PyDESeq2
    is loaded only where it is asked and can answer.
    """
    fits, reasons = {}, {}
    for method in methods:
        if reason := _why_not(method, analysis, first, measure):
            reasons[method] = reason
            continue
        design, scaling = analysis.design, analysis.scaling
        try:
            if method == "voom":
                fits[method] = fit_weighted_counts(analysis.counts, design, scaling, threads)
            else:
                counts = analysis.counts[analysis.fit.genes.index]
                fits[method] = engine.fit_own(counts, design.matrix, scaling.size_factors, threads)
        except engine.EngineError as error:
            # The first method has answered: the report says why there is no other.
            reasons[method] = f"its models could not be fitted: {error}"
    return Others(fits, reasons)


def _why_not(method: str, analysis: Analysis, first: str, measure: str) -> str:
    """Say what keeps a method from the question; "" where nothing does."""
    if measure != COUNTS:
        return "it takes counts, and these values are log expression"
    if method == "voom":
        return "the results shown are its own" if analysis.design.blocks else ""
    if analysis.design.blocks:
        return "it has no model of samples that vary together"
    if analysis.scaling.per_gene:
        return "it cannot use transcript lengths"
    return "the results shown rest on its fit already" if first == "pydeseq2" else ""


def ask_second(
    others: Others, design: Design, contrast: Contrast, statistics: Statistics
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Ask other methods about one contrast.

    Returns
    -------
    A row per method and gene that it fitted: method, gene_id, `KEPT`, adj_p_value and outcome, as of a gene table; and
    method -> why it has no answer. voom's p-values are moderated (Smyth 2004), adjusted by Benjamini and Hochberg over
    its genes. PyDESeq2's are those of its Wald test, against the normal distribution, so its intervals are too and its
    df is infinite; they are adjusted as PyDESeq2 does.
    """
    tables, reasons = [pd.DataFrame(columns=list(COLUMNS))], dict(others.reasons)
    for method, fit in others.fits.items():
        if method == "pydeseq2" and not contrast.directed:
            reasons[method] = NO_DIRECTION
            continue
        try:
            ask = _ask_voom if method == "voom" else _ask_pydeseq2
            table = ask(fit, design, contrast, statistics)
        except engine.EngineError as error:
            reasons[method] = f"its test could not be made: {error}"
            continue
        equivalent = benjamini_hochberg(table["equivalence_p_value"].to_numpy())
        outcome = decide_outcomes(table["adj_p_value"].to_numpy(), equivalent, statistics.alpha)
        tables.append(table.rename_axis("gene_id").reset_index().assign(method=method, outcome=outcome)[list(COLUMNS)])
    return pd.concat(tables[1:] or tables, ignore_index=True), reasons


def _ask_voom(fit: linear.Fit, design: Design, contrast: Contrast, statistics: Statistics) -> pd.DataFrame:
    table = estimate_effects(fit, design, contrast, statistics)
    return table[list(KEPT)].assign(adj_p_value=benjamini_hochberg(table["p_value"].to_numpy()))


def _ask_pydeseq2(fit: OwnFit, design: Design, contrast: Contrast, statistics: Statistics) -> pd.DataFrame:
    vectors, margin = design.contrasts[contrast.name], design.margin(contrast, statistics)
    table = fit.test(vectors.main, statistics.alpha)

    def within(tested: pd.DataFrame) -> np.ndarray:
        """Return p-values of an effect within the margin: PyDESeq2's ("lessAbs"), which end at 0.5, below that."""
        effect, p_value = tested["log2_fc"].to_numpy(), tested["p_value"].to_numpy()
        found = engine.test_threshold(effect, tested["lfc_se"].to_numpy(), margin, "lessAbs")["p_value"].to_numpy()
        # Nothing was measured there, so nothing is shown to be alike.
        return np.where(unseen(effect, p_value), 1.0, np.where(np.isnan(p_value), np.nan, found))

    levels = contrast.levels(list(vectors.parts.values()))
    pairs = test_pairs(levels, lambda vector: fit.test(vector, statistics.alpha)) if levels else [table]
    reach = ndtri(1 - statistics.alpha / 2) * table["lfc_se"]
    return table.assign(
        ci_low=table["log2_fc"] - reach,
        ci_high=table["log2_fc"] + reach,
        df=np.where(table["p_value"].isna(), np.nan, np.inf),
        equivalence_p_value=np.max([within(pair) for pair in pairs], axis=0),
    )[[*KEPT, "adj_p_value"]]
