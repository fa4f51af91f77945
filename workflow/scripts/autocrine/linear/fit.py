"""Fitting linear models to log expression: least squares per gene, variances squeezed over all genes."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_design, check_rank
from autocrine.engine.errors import EngineError, ReplicationError
from autocrine.engine.result import Remark
from autocrine.linear.checks import check_blocks, check_correlation, check_expression, check_weights
from autocrine.linear.errors import BlockError
from autocrine.linear.model import Model, make_model
from autocrine.linear.result import Fit
from autocrine.linear.squeeze import squeeze_variances


def fit_model(
    expression: ArrayLike | pd.DataFrame,
    design: pd.DataFrame,
    *,
    weights: ArrayLike | pd.DataFrame | None = None,
    blocks: ArrayLike | None = None,
    correlation: float | None = None,
    trend: bool | ArrayLike = False,
    threads: int = 1,
) -> Fit:
    """Fit a linear model per gene and squeeze the residual variances (Smyth 2004, Stat Appl Genet Mol Biol 3:3).

    Values of a gene have the covariance sigma^2 W^-1/2 C W^-1/2, with W the weights and C the identity, or with blocks
    the given correlation between values of a block (Smyth, Michaud and Scott 2005, Bioinformatics 21:2067). The
    variances sigma^2 of all genes are squeezed towards a common value or a curve over the mean expression
    (`autocrine.linear.squeeze`). The numbers are those of R limma's lmFit and eBayes.

    Parameters
    ----------
    expression : array_like or DataFrame of shape (n, G)
        Log2 expression, samples x genes. NaN is a missing value; the gene is fitted to the others.
    design : DataFrame of shape (n, p)
        Numeric design of full rank, columns named by coefficient.
    weights : array_like of shape (n,) or (n, G), optional
        Precision weights per sample or per value (`autocrine.linear.voom`); a value of weight 0 counts as missing.
    blocks : array_like of shape (n,), optional
        Labels; samples of the same label are correlated.
    correlation : float, optional
        Within blocks (`estimate_block_correlation`); needed with blocks.
    trend : bool or array_like of shape (G,)
        Whether the prior variance follows the mean expression, or what else it follows.
    threads : int
        Threads.

    Returns
    -------
    Fit
        The fit.

    Raises
    ------
    EngineError
        Of a subclass: ``ExpressionError`` if values are infinite or no matrix, ``DesignError`` if the design is not of
        full rank or has another number of samples, ``ReplicationError`` if no gene has a residual degree of freedom,
        ``WeightsError``, ``BlockError`` or ``VarianceError`` if weights, blocks or the trend do not fit.
    """
    values, genes, samples = check_expression(expression)
    frame = check_design(design, len(values), samples)
    model = prepare_model(values, frame, weights, blocks, correlation, threads)
    found = model.regress()
    has_variance = found.freedom > 0
    if not has_variance.any():
        raise ReplicationError("No gene has more values than coefficients, so there is no variance to test with.")
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = np.where(has_variance, found.square / found.freedom, np.nan)
    mean = mean_expression(values)
    covariate = (mean if trend else None) if isinstance(trend, bool | np.bool_) else trend
    squeezed = squeeze_variances(variance, found.freedom, covariate)
    names = frame.columns
    coefficients = np.linalg.solve(model.triangle, found.projections.T).T
    lacking = found.undetermined
    if len(lacking):
        unknown = np.isnan(model.subset(lacking).loadings(model.directions(np.eye(len(names))))).any(axis=2)
        coefficients[lacking] = np.where(unknown, np.nan, coefficients[lacking])
    table = {
        "mean_expression": mean,
        "residual_variance": variance,
        "residual_df": found.freedom,
        "prior_variance": squeezed.prior,
        "variance": squeezed.posterior,
        "df": squeezed.freedom,
    }
    return Fit(
        shape=values.shape,
        design=frame,
        coefficients=pd.DataFrame(coefficients, index=genes, columns=names),
        genes=pd.DataFrame(table, index=genes),
        prior_freedom=squeezed.prior_freedom,
        correlation=model.correlation,
        warnings=_remarks(found.freedom, len(lacking)),
        model=model,
        projections=found.projections,
    )


def prepare_model(
    values: np.ndarray,
    design: pd.DataFrame,
    weights: ArrayLike | pd.DataFrame | None,
    blocks: ArrayLike | None,
    correlation: float | None,
    threads: int,
) -> Model:
    """Check weights and blocks against checked values (n, G) and design, and make the model; see `fit_model`."""
    n = len(values)
    if weights is not None:
        weights = check_weights(weights, values.shape)
        if weights.ndim == 1 and (weights == 0).any():
            check_rank(design.to_numpy()[weights > 0], list(design.columns))
    if (blocks is None) != (correlation is None):
        raise BlockError("Blocks need their correlation, and a correlation its blocks.")
    block_of = None if blocks is None else check_blocks(blocks, n)
    between = 0.0 if block_of is None or correlation is None else check_correlation(correlation, block_of)
    if threads < 1:
        raise EngineError(f"The number of threads must be at least 1, not {threads}.")
    return make_model(values, design.to_numpy(), weights, block_of, between, threads)


def mean_expression(values: np.ndarray) -> np.ndarray:
    """Return the mean (G,) of the values (n, G) that are there; NaN without any."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        means = values.mean(axis=0)
        lacking = np.isnan(means)
        if lacking.any():
            means[lacking] = np.nanmean(values[:, lacking], axis=0)
    return means


def _remarks(freedom: np.ndarray, partly: int) -> list[Remark]:
    """Say of how many genes too little is known."""
    remarks = []
    if partly:
        remarks.append(
            Remark(
                "undetermined", f"The values of {partly} genes do not determine all coefficients; these have no test."
            )
        )
    if bare := int((freedom == 0).sum()):
        remarks.append(
            Remark(
                "no_variance", f"{bare} genes have no residual degree of freedom; their variance is that of the prior."
            )
        )
    return remarks
