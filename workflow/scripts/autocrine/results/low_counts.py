"""Which genes are counted often enough to be worth a test."""

import numpy as np

# leverages come out of an orthogonal decomposition: a group of three has 2.9999999999999996 samples
_ROUNDING = 1e-9


def expressed_genes(
    counts: np.ndarray,
    design: np.ndarray,
    min_count: float = 10.0,
    min_total_count: float = 15.0,
    large_n: float = 10,
    min_prop: float = 0.7,
) -> np.ndarray:
    """Say which genes have enough counts in enough samples.

    The rule of edgeR's filterByExpr (its help page; Chen, Lun and Smyth 2016, F1000Research 5:1438). A gene is
    counted in a sample where its counts per million reach those of `min_count` counts in the median library; it
    must be in as many samples as the smallest group has, and have `min_total_count` counts altogether. The size of
    the smallest group is the inverse of the largest leverage in the design, so covariates and pairs are
    understood; what it has beyond `large_n` is multiplied by `min_prop`.

    Parameters
    ----------
    counts
        Raw counts, samples x genes. The sum of a row is the library size.
    design
        Model matrix, samples x coefficients; columns may be dependent.
    min_count
        Count in the median library from which a sample has the gene.
    min_total_count
        Smallest sum of a gene's counts.
    large_n
        Group size up to which every sample of the smallest group must have the gene.
    min_prop
        Of the samples beyond that, which proportion.

    Returns
    -------
    A mask over genes.

    Raises
    ------
    ValueError
        If the shapes disagree or a sample has no counts.
    """
    counts, design = np.asarray(counts), np.asarray(design, dtype=np.float64)
    if counts.ndim != 2 or design.ndim != 2 or len(counts) != len(design):
        raise ValueError(
            "Counts must be samples x genes and the design samples x coefficients, with the same samples: "
            f"their shapes are {counts.shape} and {design.shape}."
        )
    library = counts.sum(axis=1, dtype=np.float64)
    if not (library > 0).all():
        raise ValueError(f"These samples have no counts at all: {np.flatnonzero(library <= 0).tolist()}.")
    needed = smallest_group(design)
    if needed > large_n:
        needed = large_n + (needed - large_n) * min_prop
    # In the median library a count on the cut-off is in or out by rounding. With the operations in this order it
    # falls as in edgeR, which leaves out about one in six (found by comparing answers for 3,000 library sizes).
    present = counts * (1e6 / library)[:, None] >= min_count / np.median(library) * 1e6
    return (present.sum(axis=0) >= needed - _ROUNDING) & (counts.sum(axis=0) >= min_total_count - _ROUNDING)


def smallest_group(design: np.ndarray) -> float:
    """Return the inverse of the largest leverage in a design (samples x coefficients) and a constant.

    For groups this is the size of the smallest one.
    """
    full = np.column_stack([np.ones(len(design)), design])
    length = np.linalg.norm(full, axis=0)
    # columns of like length, so that the rank does not depend on units
    basis, size, _ = np.linalg.svd(full / np.where(length > 0, length, 1.0), full_matrices=False)
    return float(1 / (basis[:, size > _ROUNDING * size[0]] ** 2).sum(axis=1).max())
