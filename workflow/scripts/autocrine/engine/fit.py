"""Fitting a model: from counts and a design to dispersions, coefficients and outliers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from autocrine.engine.checks import check_counts, check_design, check_factors
from autocrine.engine.errors import EngineError
from autocrine.engine.lowering import moderate_dispersions
from autocrine.engine.model import MIN_DISPERSION, make_model
from autocrine.engine.outliers import Outliers, handle_outliers
from autocrine.engine.plan import make_plan
from autocrine.engine.prior import estimate_prior_variance
from autocrine.engine.result import Fit, Remark, find_genes, find_rows
from autocrine.engine.size_factors import estimate_size_factors
from autocrine.engine.stages import GeneFit, above_trend, estimate_genewise, find_lowering, fit_genes
from autocrine.engine.trend import fit_trend


def fit_model(
    counts: ArrayLike | pd.DataFrame,
    design: pd.DataFrame,
    *,
    size_factors: ArrayLike | None = None,
    normalization_factors: ArrayLike | None = None,
    size_factor_method: str = "ratio",
    control_genes: ArrayLike | None = None,
    genes: Sequence[object] | None = None,
    engine: str = "parity",
    threads: int = 1,
) -> Fit:
    """Fit a negative binomial model per gene, with dispersions shared over genes.

    The method is that of Love, Huber and Anders (2014, Genome Biol 15:550).

    Parameters
    ----------
    counts : array_like or DataFrame of shape (n, G)
        Raw counts, samples in rows; column names are kept as gene names.
    design : DataFrame of shape (n, p)
        Full-rank design, columns named by coefficient; an intercept is optional.
    size_factors : array_like of shape (n,), optional
        Estimated where absent.
    normalization_factors : array_like of shape (n, G), optional
        Factors per sample and gene, in place of size factors (for example from transcript lengths).
    size_factor_method : {"ratio", "poscounts"}
        How size factors are estimated.
    control_genes : array_like, optional
        Positions or mask of genes to estimate size factors from.
    genes : sequence, optional
        Names of the genes that are asked about. The fit is then that of these genes, in this order; all genes take
        part in what genes share, and the answers are those of the whole fit, in less time. Only ``max_cooks`` may hold
        a distance where the whole fit holds none, since that withdraws them once a count of any gene is replaced.
    engine : {"parity", "pydeseq2"}
        ``parity`` follows R DESeq2; ``pydeseq2`` runs PyDESeq2's own inference, for audits.
    threads : int
        Threads; results do not depend on their number.

    Returns
    -------
    Fit
        The fitted model.

    Raises
    ------
    CountsError, DesignError, ReplicationError, SizeFactorError
        If the input cannot be fitted, with the reason.
    KeyError
        If an asked gene is not among the counts.
    """
    values, names, samples = check_counts(counts)
    design = check_design(design, values.shape[0], samples)
    if engine not in ("parity", "pydeseq2"):
        raise EngineError(f"The engine must be parity or pydeseq2, not {engine}.")
    if size_factors is not None and normalization_factors is not None:
        raise EngineError("Give size factors or normalisation factors, not both.")
    if normalization_factors is not None:
        per_gene = check_factors(normalization_factors, values.shape, "Normalisation factors")
        factors = np.ones(values.shape[0])
    else:
        per_gene = None
        if size_factors is None:
            size_factors = estimate_size_factors(values, size_factor_method, control_genes, threads)
        factors = check_factors(size_factors, (values.shape[0],), "Size factors")
    if engine == "pydeseq2":
        from autocrine.engine.audit import fit_with_pydeseq2

        fit = fit_with_pydeseq2(values, names, design, factors, per_gene, threads)
        return fit if genes is None else fit.of_genes(genes)
    chosen = None if genes is None else find_genes(genes, names)
    return _fit_parity(values, names, design, factors, per_gene, chosen, max(int(threads), 1))


def _fit_parity(
    values: np.ndarray,
    genes: pd.Index,
    design: pd.DataFrame,
    factors: np.ndarray,
    per_gene: np.ndarray | None,
    chosen: np.ndarray | None,
    threads: int,
) -> Fit:
    warnings: list[Remark] = []
    plan = make_plan(design.to_numpy())
    fitted = np.flatnonzero(values.any(axis=0))
    if len(fitted) == 0:
        raise EngineError("Every gene has zero counts in every sample.")
    y = np.empty((len(fitted), plan.n_samples))
    for position, sample in enumerate(plan.sample_order):
        y[:, position] = values[sample, fitted]
    if per_gene is None:
        model_factors = factors[plan.sample_order][None, :]
    else:
        model_factors = per_gene[plan.sample_order][:, fitted].T
    model = make_model(y, model_factors, plan, threads)

    genewise = estimate_genewise(model)
    trend = fit_trend(genewise.mean, genewise.dispersion, MIN_DISPERSION, warnings)
    centre = trend(genewise.mean)
    residual = plan.n_samples - plan.n_coefficients
    prior_variance, spread = estimate_prior_variance(genewise.dispersion, centre, residual, MIN_DISPERSION)
    # From all genes, before some are chosen.
    above = above_trend(genewise.dispersion, centre, spread)
    lowering = find_lowering(model, genewise.level, genewise.mean, centre, above)
    if chosen is not None:
        genes, values = genes[chosen], values[:, chosen]
        per_gene = None if per_gene is None else per_gene[:, chosen]
        rows, fitted = find_rows(chosen, fitted)
        model, genewise = model.subset(rows), genewise.subset(rows)
    fit = fit_genes(model, genewise, trend, prior_variance, spread)
    model, fit, outliers = handle_outliers(model, fit, trend, prior_variance, spread)
    if not fit.converged.all():
        text = f"{int((~fit.converged).sum())} genes did not converge; they are marked in the results"
        warnings.append(Remark("not_converged", text))

    moderated = moderate_dispersions(
        fit.dispersion, fit.dispersion_outlier, fit.mean, fit.dispersion_trend, lowering, residual, prior_variance
    )
    table = _gene_table(genes, fitted, fit, outliers, moderated)
    coefficients = np.full((len(genes), plan.n_coefficients), np.nan)
    beta = plan.restore(fit.beta)
    beta[outliers.emptied] = 0.0
    coefficients[fitted] = beta
    return Fit(
        shape=values.shape,
        design=design,
        size_factors=factors,
        normalization_factors=per_gene,
        coefficients=pd.DataFrame(coefficients, index=genes, columns=design.columns),
        genes=table,
        trend={"fit_type": trend.fit_type, "asymptotic": trend.asymptotic, "extra_poisson": trend.extra_poisson},
        prior_variance=prior_variance,
        warnings=warnings,
        model=model,
        fitted=fitted,
        deviance=fit.deviance,
        emptied=outliers.emptied,
    )


def _gene_table(
    genes: pd.Index, fitted: np.ndarray, fit: GeneFit, outliers: Outliers, moderated: np.ndarray
) -> pd.DataFrame:
    n = len(genes)

    def spread(values: np.ndarray, missing: object) -> np.ndarray:
        out = np.full(n, missing, dtype=np.asarray(values).dtype)
        out[fitted] = values
        return out

    kept = ~outliers.emptied
    return pd.DataFrame(
        {
            "base_mean": spread(np.where(kept, fit.mean, 0.0), 0.0),
            "base_var": spread(np.where(kept, fit.variance, 0.0), 0.0),
            "all_zero": spread(np.zeros(len(fitted), dtype=bool), True),
            "dispersion_gene": spread(fit.dispersion_gene, np.nan),
            "dispersion_trend": spread(fit.dispersion_trend, np.nan),
            "dispersion_map": spread(fit.dispersion_map, np.nan),
            "dispersion": spread(fit.dispersion, np.nan),
            "dispersion_moderated": spread(moderated, np.nan),
            "dispersion_outlier": spread(fit.dispersion_outlier, False),
            "converged": spread(fit.converged, False),
            "max_cooks": spread(outliers.max_cooks, np.nan),
            "cooks_outlier": spread(outliers.withheld, False),
            "replaced": spread(outliers.replaced, False),
        },
        index=genes,
    )
