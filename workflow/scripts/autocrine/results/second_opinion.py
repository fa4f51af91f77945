"""What another method says of the same contrasts: linear models of weighted log counts (voom)."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from autocrine import linear
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.question import Statistics
from autocrine.engine import EngineError
from autocrine.results.effects import estimate_effects
from autocrine.results.low_counts import expressed_genes
from autocrine.results.multiplicity import adjust_panel, benjamini_hochberg
from autocrine.results.outcomes import decide_outcomes
from autocrine.samples.normalisation import Scaling

# What is kept of it per gene, and what the panel calls it.
KEPT = ("log2_fc", "lfc_se", "ci_low", "ci_high", "df", "p_value", "equivalence_p_value")
PREFIX = "second_"


def fit_linear(
    counts: pd.DataFrame, design: Design, scaling: Scaling, always: Collection[str], threads: int
) -> linear.Fit | None:
    """Fit the design to log counts with voom's weights (Law et al. 2014, Genome Biol 15:R29).

    Parameters
    ----------
    counts
        Samples x genes, raw.
    design
        As the main fit has it, factors included.
    scaling
        What the main fit divides counts by: library sizes are in proportion to the size factors.
    always
        Genes that are fitted whatever their counts, if they have any; of the others those that edgeR's filterByExpr
        keeps.
    threads
        Threads.

    Returns
    -------
    The fit, or None where such a model cannot be fitted (without a residual degree of freedom, for example).
    """
    values = counts.to_numpy(dtype=float)
    kept = expressed_genes(values, design.matrix.to_numpy()) | counts.columns.isin(list(always))
    kept &= values.any(axis=0)
    if scaling.per_gene:
        # Only what is a gene's own is taken out; the depth of a sample decides the weights.
        values = values / scaling.factors * scaling.size_factors[:, None]
    sizes = scaling.size_factors * (values.sum(axis=1) / scaling.size_factors).mean()
    try:
        weighed = linear.voom(
            pd.DataFrame(values[:, kept], counts.index, counts.columns[kept]),
            design.matrix,
            library_sizes=sizes,
            threads=threads,
        )
        return linear.fit_model(weighed.expression, design.matrix, weights=weighed.weights, threads=threads)
    except EngineError:
        return None


def ask_second(fit: linear.Fit | None, design: Design, contrast: Contrast, statistics: Statistics) -> pd.DataFrame:
    """Ask the linear models about one contrast.

    Returns
    -------
    A row per fitted gene, none without a fit: gene_id, `KEPT`, adj_p_value (Benjamini and Hochberg over the fitted
    genes) and outcome, as of a gene table.
    """
    if fit is None:
        return pd.DataFrame(columns=["gene_id", *KEPT, "adj_p_value", "outcome"])
    table = estimate_effects(fit, design, contrast, statistics)
    adjusted = benjamini_hochberg(table["p_value"].to_numpy())
    equivalent = benjamini_hochberg(table["equivalence_p_value"].to_numpy())
    return table[list(KEPT)].assign(
        adj_p_value=adjusted, outcome=decide_outcomes(adjusted, equivalent, statistics.alpha)
    ).rename_axis("gene_id").reset_index()  # fmt: skip


def measure_agreement(genes: pd.DataFrame, second: pd.DataFrame, alpha: float, called: str) -> dict[str, float]:
    """Count how far two methods agree on one contrast.

    Parameters
    ----------
    genes
        The gene table.
    second
        From `ask_second`.
    alpha
        A gene is called below it.
    called
        The column of adjusted p-values that makes the list of the gene table.

    Returns
    -------
    genes (that both tested), correlation (Pearson's, of their effects), both, first and second (called by both, and by
    one alone).
    """
    first = genes.set_index("gene_id")
    joined = second.set_index("gene_id")[["log2_fc", "adj_p_value"]].add_prefix(PREFIX).join(first[["log2_fc", called]])
    joined = joined.dropna(subset=["log2_fc", f"{PREFIX}log2_fc"])
    ours, theirs = joined[called] < alpha, joined[f"{PREFIX}adj_p_value"] < alpha
    known = len(joined) > 2
    return {
        "genes": len(joined),
        "correlation": float(np.corrcoef(joined["log2_fc"], joined[f"{PREFIX}log2_fc"])[0, 1]) if known else np.nan,
        "both": int((ours & theirs).sum()),
        "first": int((ours & ~theirs).sum()),
        "second": int((~ours & theirs).sum()),
    }


def join_panel(panel: pd.DataFrame, second: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Say what the second method says of the panel genes of one contrast, in the same families of tests.

    Parameters
    ----------
    panel
        The panel's rows of the contrast: gene_id, tier, outcome.
    second
        From `ask_second`.
    alpha
        Below it a test has decided.

    Returns
    -------
    Per row `second_log2_fc`, ... (`KEPT`), `second_outcome` ("" without an estimate) and `second_words`: what it
    says where that is another outcome, else "".
    """
    found = second.set_index("gene_id")[list(KEPT)].reindex(panel["gene_id"]).set_index(panel.index)
    judged = adjust_panel(found, (panel["tier"] == "primary").to_numpy(), alpha, "p_value")["outcome"]
    there = found["p_value"].notna()
    outcome = judged.where(there, "")
    differs = there & (outcome != panel["outcome"]) & panel["p_value"].notna()
    words = [
        describe_second(other, effect) if unlike else ""
        for other, effect, unlike in zip(outcome, found["log2_fc"], differs, strict=True)
    ]
    return found.add_prefix(PREFIX).assign(second_outcome=outcome, second_words=words)


def with_second(panel: pd.DataFrame) -> pd.DataFrame:
    """Return a panel's table with the numbers of the second method in the place of the first's, for verdicts."""
    taken = {name: panel[f"{PREFIX}{name}"] for name in KEPT}
    return panel.assign(**taken, moderated_p_value=taken["p_value"])


def describe_second(outcome: str, effect: float) -> str:
    """Say what linear models make of a gene where they do not share its outcome."""
    size = f"{effect:.2f}" if abs(effect) >= 0.1 else f"{effect:.2g}"
    return f"linear models (voom) say {outcome.replace('_', ' ')}, log2 {size}"
