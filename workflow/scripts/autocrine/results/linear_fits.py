"""Linear models in place of negative binomial ones: weighted counts, repeated measures, log expression."""

from dataclasses import replace

import numpy as np
import pandas as pd

from autocrine import linear
from autocrine.design.matrix import Design
from autocrine.engine.result import Remark
from autocrine.results.low_counts import expressed_genes
from autocrine.samples.normalisation import Scaling

# Of six patients with four technical replicates each, alike to 0.95, p < 0.05 for 15 % of genes where nothing differs,
# and for 25 % of the higher half (2,000 simulated genes, three sets); of samples that vary by themselves, three of each
# patient, for 6 and 8 %.
NEARLY_COPIES = 0.85


def fit_weighted_counts(counts: pd.DataFrame, design: Design, scaling: Scaling, threads: int) -> linear.Fit:
    """Fit the design to log counts with voom's weights (Law et al. 2014, Genome Biol 15:R29).

    Parameters
    ----------
    counts
        Samples x genes, raw.
    design
        With its factors. Where it has blocks, their correlation is estimated as the manual of R limma has it: weights
        without it, the correlation, weights with it, and the correlation once more.
    scaling
        Library sizes are in proportion to its size factors.
    threads
        Threads.

    Returns
    -------
    The fit, over the genes that edgeR's filterByExpr keeps, named ones too: of genes with fewer counts (means of 0.2 to
    3, 8 patients with three samples each) the test called 8 to 13 % at p < 0.05 where nothing differed, and of those
    that it keeps 4 %.

    Raises
    ------
    autocrine.engine.EngineError
        Where such a model cannot be fitted, with the reason.
    """
    values = counts.to_numpy(dtype=float)
    kept = expressed_genes(values, design.matrix.to_numpy())
    if scaling.per_gene:
        # Only what is a gene's own is taken out; the depth of a sample decides the weights.
        values = values / scaling.factors * scaling.size_factors[:, None]
    sizes = scaling.size_factors * (values.sum(axis=1) / scaling.size_factors).mean()
    chosen = pd.DataFrame(values[:, kept], counts.index, counts.columns[kept])
    blocks: dict = {}
    weighed = linear.voom(chosen, design.matrix, library_sizes=sizes, threads=threads)
    if design.blocks:
        blocks = _blocks(weighed.expression, design, weighed.weights)
        weighed = linear.voom(chosen, design.matrix, library_sizes=sizes, threads=threads, **blocks)
        blocks = _blocks(weighed.expression, design, weighed.weights)
    fit = linear.fit_model(weighed.expression, design.matrix, weights=weighed.weights, threads=threads, **blocks)
    return _remarked(replace(fit, read=(chosen > 0).to_numpy().T), "add replicates up with sum_by")


def fit_expression(levels: pd.DataFrame, design: Design, threads: int) -> linear.Fit:
    """Fit the design to log2 expression; prior variances follow the mean (limma-trend; Law et al. 2014).

    Parameters
    ----------
    levels
        Samples x genes.
    design
        With its factors, and blocks where samples vary together.
    threads
        Threads.

    Returns
    -------
    The fit.

    Raises
    ------
    autocrine.engine.EngineError
        Where such a model cannot be fitted, with the reason.
    """
    blocks = _blocks(levels, design, None) if design.blocks else {}
    fit = linear.fit_model(levels, design.matrix, trend=True, threads=threads, **blocks)
    return _remarked(fit, "take one of the replicates of a sample, or their mean")


def _remarked(fit: linear.Fit, advice: str) -> linear.Fit:
    """Say of samples that are nearly copies that one correlation for all genes is too small for the high ones."""
    # NaN, or 0, without blocks.
    if not fit.correlation >= NEARLY_COPIES:
        return fit
    text = (
        f"samples that vary together are nearly copies (correlation {fit.correlation:.2f}), as technical replicates "
        "are: p-values of highly expressed genes are too small (p < 0.05 in up to a quarter of them where nothing "
        f"differs); {advice}"
    )
    return replace(fit, warnings=[*fit.warnings, Remark("near_copies", text)])


def _blocks(levels: pd.DataFrame, design: Design, weights: np.ndarray | None) -> dict:
    """Return the blocks of a design and their correlation, as `autocrine.linear.fit_model` takes them."""
    found = linear.estimate_block_correlation(levels, design.matrix, design.blocks, weights=weights)
    return {"blocks": design.blocks, "correlation": found.consensus}
