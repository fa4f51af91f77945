"""PyDESeq2's own inference behind the same interface, to audit the parity engine against it."""

from __future__ import annotations

import warnings as python_warnings
from typing import Any

import numpy as np
import pandas as pd

from autocrine.engine.errors import EngineError
from autocrine.engine.lowering import moderate_dispersions
from autocrine.engine.model import Model, fit_regression, levels, make_model
from autocrine.engine.plan import make_plan
from autocrine.engine.result import Fit, Remark
from autocrine.engine.stages import find_lowering


def fit_with_pydeseq2(
    values: np.ndarray,
    genes: pd.Index,
    design: pd.DataFrame,
    factors: np.ndarray,
    per_gene: np.ndarray | None,
    threads: int,
) -> Fit:
    """Fit with PyDESeq2's own driver and definitions (`autocrine.engine.inference.Inference`).

    Parameters
    ----------
    values : ndarray of shape (n, G)
        Checked counts.
    genes : Index
        Gene names.
    design : DataFrame of shape (n, p)
        Checked design.
    factors : ndarray of shape (n,)
        Size factors.
    per_gene : ndarray or None
        Must be None: PyDESeq2 has no normalisation factors.
    threads : int
        Threads.

    Returns
    -------
    Fit
        With ``engine`` "pydeseq2".

    Raises
    ------
    EngineError
        If normalisation factors are given.
    """
    dds, caught = run_driver(values, design, factors, per_gene, threads)
    withheld = np.asarray(dds.cooks_outlier(), dtype=bool)
    # PyDESeq2's own sentences.
    messages = [Remark("pydeseq2", text) for text in caught]

    var = dds.var
    all_zero = ~values.any(axis=0)
    replaced = var["replaced"].to_numpy(dtype=bool)
    refitted = var["refitted"].to_numpy(dtype=bool)
    normalised = values / factors[:, None]
    final_counts = values.astype(np.float64)
    if replaced.any() and hasattr(dds, "counts_to_refit"):
        final_counts[:, refitted] = dds.counts_to_refit.X
    coefficients = dds.varm["LFC"].to_numpy(dtype=np.float64)
    table = pd.DataFrame(
        {
            "base_mean": var["_normed_means"].to_numpy(dtype=np.float64),
            "base_var": normalised.var(axis=0, ddof=1),
            "all_zero": all_zero,
            "dispersion_gene": var["genewise_dispersions"].to_numpy(dtype=np.float64),
            "dispersion_trend": var["fitted_dispersions"].to_numpy(dtype=np.float64),
            "dispersion_map": var["MAP_dispersions"].to_numpy(dtype=np.float64),
            "dispersion": var["dispersions"].to_numpy(dtype=np.float64),
            "dispersion_moderated": np.nan,
            "dispersion_outlier": var["_outlier_genes"].to_numpy(dtype=bool),
            "converged": (var["_genewise_converged"] & var["_MAP_converged"] & var["_LFC_converged"])
            .fillna(False)
            .to_numpy(dtype=bool),
            "max_cooks": _largest(dds.layers["cooks"]),
            "cooks_outlier": withheld,
            "replaced": replaced,
        },
        index=genes,
    )
    table.loc[all_zero, ["dispersion_trend", "dispersion"]] = np.nan
    kind = dds.uns["disp_function_type"]
    a0, a1 = dds.uns["trend_coeffs"] if kind == "parametric" else (dds.uns["mean_disp"], 0.0)

    fitted = np.flatnonzero(~all_zero)
    plan = make_plan(design.to_numpy())
    y = final_counts[np.ix_(plan.sample_order, fitted)].T
    model = make_model(y, factors[plan.sample_order][None, :], plan, threads)
    emptied = replaced[fitted] & ~refitted[fitted]
    place = table.columns.get_loc("dispersion_moderated")
    prior_variance = float(dds.uns["prior_disp_var"])
    table.iloc[fitted, place] = _moderated(
        model, plan.permute(coefficients[fitted]), table.iloc[fitted], prior_variance
    )
    return Fit(
        shape=values.shape,
        design=design,
        size_factors=factors,
        normalization_factors=None,
        coefficients=pd.DataFrame(coefficients, index=genes, columns=design.columns),
        genes=table,
        trend={"fit_type": kind, "asymptotic": float(a0), "extra_poisson": float(a1)},
        prior_variance=prior_variance,
        warnings=messages,
        engine="pydeseq2",
        model=model,
        fitted=fitted,
        deviance=fit_regression(model, table["dispersion"].to_numpy()[fitted]).deviance,
        emptied=emptied,
    )


def run_driver(
    values: np.ndarray, design: pd.DataFrame, factors: np.ndarray, per_gene: np.ndarray | None, threads: int
) -> tuple[Any, list[str]]:
    """Take counts through the steps of PyDESeq2's driver, from given size factors to outliers replaced.

    Parameters
    ----------
    values, design, factors, per_gene, threads
        See `fit_with_pydeseq2`.

    Returns
    -------
    The ``DeseqDataSet``, its genes and coefficients numbered, and what PyDESeq2 warned of.

    Raises
    ------
    EngineError
        If normalisation factors are given.
    """
    if per_gene is not None:
        raise EngineError("PyDESeq2 cannot use normalisation factors; use the parity engine.")
    from pydeseq2.dds import DeseqDataSet

    from autocrine.engine.inference import Inference

    samples = [f"sample{i}" for i in range(values.shape[0])]
    names = [f"gene{j}" for j in range(values.shape[1])]
    columns = [f"x{k}" for k in range(design.shape[1])]
    counts = pd.DataFrame(values.astype(np.int64), index=samples, columns=names)
    matrix = pd.DataFrame(design.to_numpy(), index=samples, columns=columns)
    with python_warnings.catch_warnings(record=True) as caught:
        python_warnings.simplefilter("always")
        dds = DeseqDataSet(
            counts=counts,
            metadata=pd.DataFrame({"sample": samples}, index=samples),
            design=matrix,
            inference=Inference(n_cpus=max(int(threads), 1)),
            quiet=True,
        )
        _fix_size_factors(dds, factors)
        dds.fit_genewise_dispersions()
        dds.fit_dispersion_trend()
        dds.fit_dispersion_prior()
        dds.fit_MAP_dispersions()
        dds.fit_LFC()
        dds.calculate_cooks()
        dds.refit()
    return dds, [str(w.message).removesuffix(".") for w in caught if issubclass(w.category, UserWarning)]


def wald_with_pydeseq2(fit: Fit, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return standard errors (log2), statistics and p-values of the fitted genes by PyDESeq2's Wald test."""
    from autocrine.engine.inference import Inference

    beta = fit.coefficients.to_numpy()[fit.fitted]
    design = fit.design.to_numpy()
    p, stat, se = Inference(n_cpus=fit.model.threads).wald_test(
        design_matrix=design,
        disp=fit.genes["dispersion"].to_numpy()[fit.fitted],
        lfc=beta,
        mu=np.exp(design @ beta.T) * fit.size_factors[:, None],
        ridge_factor=np.diag(np.full(design.shape[1], 1e-6)),
        contrast=weights,
        lfc_null=np.zeros(1),
        alt_hypothesis=None,
    )
    return np.ravel(se) / np.log(2), np.ravel(stat), np.ravel(p)


def _moderated(model: Model, beta: np.ndarray, table: pd.DataFrame, prior_variance: float) -> np.ndarray:
    """Return the dispersions (G,) of the moderated tests of the fitted genes."""
    # Copies: kernels take no array that may not be written to, as pandas 3 gives them.
    mean, trend, dispersion, outlier = (
        np.array(table[name]) for name in ("base_mean", "dispersion_trend", "dispersion", "dispersion_outlier")
    )
    lowering = find_lowering(model, levels(model, beta), mean, trend, outlier)
    residual = model.plan.n_samples - model.plan.n_coefficients
    return moderate_dispersions(dispersion, outlier, mean, trend, lowering, residual, prior_variance)


def _fix_size_factors(dds: Any, factors: np.ndarray) -> None:
    """Give PyDESeq2 the factors through the fields its own step fills."""
    dds.obs["size_factors"] = factors
    dds.layers["normed_counts"] = dds.X / factors[:, None]
    dds.var["_normed_means"] = dds.layers["normed_counts"].mean(axis=0)


def _largest(cooks: np.ndarray) -> np.ndarray:
    filled = np.where(np.isnan(cooks), -np.inf, cooks)
    top = filled.max(axis=0)
    return np.where(np.isfinite(top), top, np.nan)
