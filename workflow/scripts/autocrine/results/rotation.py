"""Independent effects of a linear model: how genes of a set go together beside the design, and tests by rotation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtr

from autocrine.design.blocks import whitening

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


@dataclass(frozen=True)
class Effects:
    """What a linear model of expression says of every gene, turned so that all numbers vary alike.

    Attributes
    ----------
    contrast
        Per gene the effect of the contrast, over its error per unit of the gene's standard deviation.
    residual
        Genes x residual degrees of freedom: independent residuals.
    """

    contrast: pd.Series
    residual: pd.DataFrame


def linear_effects(
    values: pd.DataFrame, matrix: pd.DataFrame, vector: np.ndarray, apart: np.ndarray | None = None
) -> Effects:
    """Turn expression values into independent effects.

    Parameters
    ----------
    values
        Samples x genes, on a scale on which they vary alike (variance stabilised).
    matrix
        The design, samples x coefficients, of full column rank.
    vector
        The contrast, over the coefficients.
    apart
        What makes the samples independent (`autocrine.design.blocks.whitening`), where some vary together.

    Returns
    -------
    The values in a basis of n - p directions beside the design, and along the direction of the contrast within it
    (Langsrud 2005, Stat Comput 15:53; Wu et al. 2010, Bioinformatics 26:2176).
    """
    design, observed = matrix.to_numpy(dtype=float), values.loc[matrix.index].to_numpy(dtype=float)
    if apart is not None:
        design, observed = apart @ design, apart @ observed
    samples, coefficients = design.shape
    basis, triangle = np.linalg.qr(design, mode="complete")
    within = basis[:, :coefficients]
    # X (X'X)^-1 c, by which the estimate is a weighted sum of the samples.
    along = within @ np.linalg.solve(triangle[:coefficients].T, vector)
    contrast = observed.T @ (along / np.linalg.norm(along))
    residual = observed.T @ basis[:, coefficients:]
    return Effects(
        pd.Series(contrast, values.columns), pd.DataFrame(residual, values.columns, range(samples - coefficients))
    )


def contrast_effects(levels: pd.DataFrame, design: pd.DataFrame, fit: Mapping[str, Any], contrast: str) -> Effects:
    """Return the effects of a contrast in the linear model of its design.

    Parameters
    ----------
    levels
        Samples x genes, variance stabilised.
    design
        `design.tsv` of the model: sample, and a column per coefficient.
    fit
        The record of the fit: the `vector` of the contrast over the coefficients, and blocks of samples that vary
        together.
    contrast
        Its name.
    """
    matrix = design.set_index("sample").drop(columns="data_origin").astype(float)
    blocks = fit.get("blocks")
    apart = whitening([blocks["of"][sample] for sample in matrix.index], blocks["correlation"]) if blocks else None
    return linear_effects(levels, matrix, np.array(fit["contrasts"][contrast]["vector"], dtype=float), apart)


def correlations_within(residual: np.ndarray, member: "csr_matrix", size: np.ndarray) -> np.ndarray:
    """Estimate the mean correlation between the genes of each set beside the design.

    Parameters
    ----------
    residual
        Genes x residual degrees of freedom.
    member
        Sets x genes, 1 where the gene is in the set.
    size
        Genes per set, 2 or more.

    Returns
    -------
    Per set the mean correlation of all pairs of its genes (Wu and Smyth 2012, Nucleic Acids Res 40:e133): the variance
    of the mean of m standardised residuals is (1 + (m - 1) r) / m.
    """
    length = np.sqrt((residual**2).mean(axis=1))
    standard = residual / np.where(length > 0, length, 1)[:, None]
    means = (member @ standard) / size[:, None]
    inflation = size * (means**2).mean(axis=1)
    return (inflation - 1) / (size - 1)


def rotate_sets(effects: Effects, member: "csr_matrix", size: np.ndarray) -> np.ndarray:
    """Test whether the genes of each set change on average, by the limit of infinitely many rotations.

    The mean effect of the set over the root mean square of its mean residuals is Student's t with n - p degrees of
    freedom, whatever the correlation of its genes (ROAST of Wu et al. 2010 for the mean statistic; fry of R limma gives
    the same for values that are not standardised). It asks about the set alone, not whether others change as well.

    Returns
    -------
    Two-sided p-values.
    """
    residual = effects.residual.to_numpy()
    change = (member @ effects.contrast.to_numpy()) / size
    spread = np.sqrt((((member @ residual) / size[:, None]) ** 2).mean(axis=1))
    with np.errstate(divide="ignore", invalid="ignore"):
        return 2 * stdtr(residual.shape[1], -np.abs(change / spread))
