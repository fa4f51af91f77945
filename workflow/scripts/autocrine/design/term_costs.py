"""How much precision each term of a design costs a contrast."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def cost_of_terms(
    matrix: pd.DataFrame | np.ndarray, vector: np.ndarray, terms: Mapping[str, Sequence[int]]
) -> pd.DataFrame:
    """Say how much precision each term of a design costs a contrast, under equal variances.

    Parameters
    ----------
    matrix
        Samples x coefficients.
    vector
        The contrast over the coefficients.
    terms
        Name -> positions of the term's columns. Terms in which the contrast has weight are left out of the answer.

    Returns
    -------
    Indexed by term: `estimable_without` (whether the samples determine the contrast once the term is gone) and
    `se_ratio` (its standard error with the term over that without it; NaN where either cannot be estimated).
    """
    design, vector = np.asarray(matrix, dtype=float), np.asarray(vector, dtype=float)
    whole = _standard_error(design, vector)
    rows = {}
    for name, places in terms.items():
        positions = np.asarray(places, dtype=int)
        if vector[positions].any():
            continue
        rest, weights = np.delete(design, positions, axis=1), np.delete(vector, positions)
        # In "~ 0 + batch + response" the batches carry the mean: leaving them out must not force it to zero.
        if _holds_mean(design) and not _holds_mean(rest):
            rest, weights = np.column_stack([rest, np.ones(len(rest))]), np.append(weights, 0.0)
        without = _standard_error(rest, weights)
        rows[name] = {"estimable_without": bool(np.isfinite(without)), "se_ratio": whole / without}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimable_without", "se_ratio"])
    return table.astype({"estimable_without": bool, "se_ratio": float}).set_axis(pd.Index(list(rows), dtype=object))


def _standard_error(design: np.ndarray, vector: np.ndarray) -> float:
    """Return sqrt(c'(X'X)^-1 c), or NaN where the samples do not determine the contrast."""
    scale = np.linalg.norm(design, axis=0)
    # Years and shares side by side: columns of one length, so that a small one is not taken for an empty one.
    scale = np.where(scale > 0, scale, 1.0)
    weights = np.linalg.pinv((design / scale).T, rcond=1e-10) @ (vector / scale)
    met = np.allclose(design.T @ weights / scale, vector / scale, atol=1e-8 * np.abs(vector / scale).max(initial=0.0))
    return float(np.linalg.norm(weights)) if met and vector.any() else float("nan")


def _holds_mean(design: np.ndarray) -> bool:
    """Whether the mean is a combination of the columns."""
    if (design == 1).all(axis=0).any():
        return True
    ones = np.ones(len(design))
    return bool(np.allclose(design @ np.linalg.lstsq(design, ones, rcond=1e-10)[0], ones, atol=1e-8))
