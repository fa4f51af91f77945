"""What another method says of the same contrasts: linear models of weighted log counts (voom)."""

from collections.abc import Collection

import pandas as pd

from autocrine import linear
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.question import Statistics
from autocrine.results.effects import estimate_effects
from autocrine.results.low_counts import expressed_genes
from autocrine.results.multiplicity import benjamini_hochberg
from autocrine.results.opinions import KEPT
from autocrine.results.outcomes import decide_outcomes
from autocrine.samples.normalisation import Scaling


def fit_linear(
    counts: pd.DataFrame, design: Design, scaling: Scaling, always: Collection[str], threads: int
) -> linear.Fit:
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
    The fit.

    Raises
    ------
    EngineError
        Where such a model cannot be fitted, with the reason.
    """
    values = counts.to_numpy(dtype=float)
    kept = expressed_genes(values, design.matrix.to_numpy()) | counts.columns.isin(list(always))
    kept &= values.any(axis=0)
    if scaling.per_gene:
        # Only what is a gene's own is taken out; the depth of a sample decides the weights.
        values = values / scaling.factors * scaling.size_factors[:, None]
    sizes = scaling.size_factors * (values.sum(axis=1) / scaling.size_factors).mean()
    weighed = linear.voom(
        pd.DataFrame(values[:, kept], counts.index, counts.columns[kept]),
        design.matrix,
        library_sizes=sizes,
        threads=threads,
    )
    return linear.fit_model(weighed.expression, design.matrix, weights=weighed.weights, threads=threads)


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
