"""Factors of unwanted variation: what samples share beside the design, estimated from residuals or reference genes."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from autocrine.columns import UNWANTED_FACTORS
from autocrine.design.matrix import Design, factor_names
from autocrine.design.question import Model
from autocrine.engine import EngineError
from autocrine.samples.associations import associate

WAYS = ("residuals", "reference_genes")
# Genes with a smaller mean normalised count say little of what samples share.
LEAST_MEAN = 10.0
FEWEST_GENES = 100
# A factor that holds less of its genes' variance than this, beside their noise, is noise itself.
LEAST_SIGNAL = 0.3
# Tuning constant of Huber's weights: 95 % efficient where errors are normal.
HUBER = 1.345


def estimate_factors(
    levels: pd.DataFrame, design: Design, number: int, way: str, reference: Collection[str] = ()
) -> pd.DataFrame:
    """Estimate factors of unwanted variation for a design.

    Parameters
    ----------
    levels
        Samples x genes of sufficient counts, log2 of normalised counts.
    design
        The design without factors.
    number
        How many factors.
    way
        "reference_genes": the first principal components of genes that are known not to change (RUVg; Risso et al.
        2014, Nat Biotechnol 32:896). "residuals": those of what the design leaves of all genes. Such directions are
        orthogonal to the design, as in RUVr of that paper, and leave every effect as wrong as it was where a hidden
        batch coincides partly with the groups. So each factor is given its part along the contrasts as well: the slope
        of the genes' effects on their loadings, by a robust regression over all genes, most of which do not change
        (Wang, Zhao, Hastie and Owen 2017, Ann Stat 45:1863), divided by the share of the loadings that is not noise.
    reference
        The reference genes among the columns of `levels`.

    Returns
    -------
    Samples x factors, each with mean 0 and standard deviation 1 where it varies.

    Raises
    ------
    autocrine.engine.EngineError
        Where genes or samples are too few.
    """
    samples, coefficients = design.matrix.shape
    if samples - coefficients - number < 1:
        raise EngineError(
            f"{number} factors of unwanted variation leave no residual degree of freedom beside {coefficients} "
            f"coefficients of {samples} samples"
        )
    if way == "reference_genes":
        genes = levels.loc[:, levels.columns.isin(list(reference))].to_numpy()
        if genes.shape[1] <= number:
            raise EngineError(
                f"{number} factors of unwanted variation need more reference genes than the {genes.shape[1]} that are "
                "counted here"
            )
        factors = _directions(genes - genes.mean(axis=0), number)
    else:
        if not design.contrasts:
            raise EngineError(
                "factors of unwanted variation from residuals are estimated along contrasts, and none is named"
            )
        if levels.shape[1] < FEWEST_GENES:
            raise EngineError(
                f"{levels.shape[1]} genes have a mean normalised count of {LEAST_MEAN:g} or more; factors of unwanted "
                f"variation need {FEWEST_GENES}"
            )
        factors = _from_residuals(levels.to_numpy(), design, number)
    factors = factors - factors.mean(axis=0)
    spread = factors.std(axis=0, ddof=1)
    # The sign of a factor is arbitrary: its largest value is positive, so that reruns agree.
    largest = np.abs(factors).argmax(axis=0)
    factors = factors * np.sign(factors[largest, np.arange(number)]) / np.where(spread > 0, spread, 1.0)
    return pd.DataFrame(factors, levels.index, factor_names(number))


def _directions(values: np.ndarray, number: int) -> np.ndarray:
    """Return the first left singular vectors of samples x genes."""
    return np.linalg.svd(values, full_matrices=False)[0][:, :number]


def _from_residuals(levels: np.ndarray, design: Design, number: int) -> np.ndarray:
    matrix = design.matrix.to_numpy(dtype=float)
    effects = np.linalg.lstsq(matrix, levels, rcond=None)[0]
    residuals = levels - matrix @ effects
    # Genes count alike: each is divided by its own noise, which is known once the factors are, so three times.
    rest, freedom = residuals, matrix.shape[0] - matrix.shape[1]
    for _ in range(3):
        noise = np.sqrt((rest**2).sum(axis=0) / freedom)
        usable = noise > 1e-8
        factors = _directions(residuals[:, usable] / noise[usable], number)
        rest = residuals - factors @ (factors.T @ residuals)
        freedom = matrix.shape[0] - matrix.shape[1] - number
    loadings = (factors.T @ (residuals[:, usable] / noise[usable])).T
    # Loadings carry a noise of variance 1, which draws slopes towards zero.
    signal = np.maximum(1 - 1 / (loadings**2).mean(axis=0), 0)
    asked = reach_of_factors(design)
    slopes = np.array([huber_slopes(loadings, row @ effects[:, usable] / noise[usable]) for row in asked])
    slopes = np.where(signal > LEAST_SIGNAL, slopes / np.maximum(signal, LEAST_SIGNAL), 0.0)
    return factors + matrix @ asked.T @ slopes


def reach_of_factors(design: Design) -> np.ndarray:
    """Return an orthonormal basis, directions x coefficients, of all that the contrasts of a design ask.

    Along these directions factors from residuals are estimated; what lies outside is as wrong as without factors.
    """
    vectors = np.array([vector for asked in design.contrasts.values() for vector in asked.all()])
    _, sizes, basis = np.linalg.svd(vectors, full_matrices=False)
    return basis[sizes > 1e-10 * sizes[0]]


def huber_slopes(loadings: np.ndarray, effects: np.ndarray, steps: int = 50) -> np.ndarray:
    """Regress effects (genes,) on loadings (genes x factors) without intercept, by Huber's M-estimator.

    Genes that truly change are outliers of this regression (Huber 1964, Ann Math Stat 35:73); the scale of errors is
    the median absolute deviation.
    """
    slopes = np.linalg.lstsq(loadings, effects, rcond=None)[0]
    for _ in range(steps):
        errors = effects - loadings @ slopes
        scale = np.median(np.abs(errors)) / 0.6745
        weights = np.sqrt(np.minimum(1.0, HUBER * scale / np.maximum(np.abs(errors), 1e-300)))
        before = slopes
        slopes = np.linalg.lstsq(loadings * weights[:, None], effects * weights, rcond=None)[0]
        if np.abs(slopes - before).max() < 1e-10 * (1 + np.abs(slopes).max()):
            break
    return slopes


def usable_levels(counts: pd.DataFrame, factors: np.ndarray) -> pd.DataFrame:
    """Return log2 of normalised counts plus one, of the genes whose mean normalised count is high enough.

    `counts` are samples x genes, `factors` what they are divided by.
    """
    normalised = counts.to_numpy() / factors
    kept = normalised.mean(axis=0) >= LEAST_MEAN
    return pd.DataFrame(np.log2(normalised[:, kept] + 1), counts.index, counts.columns[kept])


def describe_factors(
    levels: pd.DataFrame, design: Design, model: Model, reference: Collection[str], sheet: pd.DataFrame
) -> pd.DataFrame:
    """Say what factors of unwanted variation go together with, whether or not the fit holds them.

    Parameters
    ----------
    levels, design, reference
        See `estimate_factors`; the design without factors.
    model
        How many factors the fit holds, and what from; otherwise one of each way is described.
    sheet
        Samples x columns.

    Returns
    -------
    A row per way, factor and column of the sheet that varies: way, factor, in_fit, column, samples, r_squared, p_value;
    see `autocrine.samples.associations.associate`. Where there are no factors, a row with the reason.
    """
    columns = list(UNWANTED_FACTORS.names[:-1])
    parts = [pd.DataFrame(columns=columns)]
    for way in WAYS:
        held = model.unwanted_factors if model.unwanted_from == way else 0
        labels = {"way": way, "in_fit": "yes" if held else "no"}
        try:
            factors = estimate_factors(levels, design, held or 1, way, reference)
        except EngineError as error:
            parts.append(pd.DataFrame([{**labels, "factor": "", "column": "", "reason": str(error)}]))
            continue
        factors.columns = [f"unwanted {place}" for place in range(1, factors.shape[1] + 1)]
        found = associate(factors, sheet.loc[factors.index]).rename(columns={"score": "factor"})
        parts.append(found.assign(**labels, reason=""))
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True).reindex(columns=columns)
