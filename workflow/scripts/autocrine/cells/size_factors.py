"""The genes that size factors of sums of cells rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from autocrine.problems import Findings

if TYPE_CHECKING:
    from anndata import AnnData

# Fewer counts expected in the smallest sample are zero too often: a median over what is left takes it for deeper.
FEWEST_EXPECTED = 5.0
FEWEST_GENES = 10


def size_factor_genes(sums: AnnData) -> list[str]:
    """Choose genes that the smallest sample too has counts of, for size factors without bias.

    A sum of few cells has no count of most genes that a sum of many has. Ratios to the other samples exist only where
    it has one by chance, so their median, over genes without zeros or over positive counts, takes it for deeper than it
    is. Genes are taken of which 5 counts or more are expected in the smallest sample: their share of the counts of all
    samples times its total. Which of them has counts there by chance plays no part.

    >>> lsc = sums[sums.obs["state"] == "LSC"]
    >>> genes = cells.size_factor_genes(lsc)
    >>> autocrine.fit(lsc, "~ patient + exposure", size_factor_method="poscounts", size_factor_genes=genes)

    Parameters
    ----------
    sums : AnnData
        Samples x genes, the ones that are fitted together.

    Returns
    -------
    list of str
        Names of genes.

    Raises
    ------
    autocrine.InputError
        If fewer than 10 genes have so many counts.
    """
    counts = sums.X.toarray() if hasattr(sums.X, "toarray") else np.asarray(sums.X)
    totals = counts.sum(axis=1)
    expected = counts.sum(axis=0) / max(totals.sum(), 1) * totals.min()
    chosen = expected >= FEWEST_EXPECTED
    findings = Findings()
    if chosen.sum() < FEWEST_GENES:
        smallest = sums.obs_names[int(np.argmin(totals))]
        findings.problem(
            "sums",
            f"{chosen.sum()} genes have {FEWEST_EXPECTED:g} expected counts in {smallest} ({totals.min():,} counts)",
            "a selection without it, or a larger min_counts",
        )
    findings.raise_if_any()
    return list(map(str, sums.var_names[chosen]))
