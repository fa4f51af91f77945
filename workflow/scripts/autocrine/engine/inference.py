"""PyDESeq2's own numbers at the speed of compiled kernels: an inference for its public interface."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydeseq2.default_inference import DefaultInference
from scipy.special import gammaln, ndtr, psi

from autocrine.engine.model import make_model
from autocrine.engine.plan import DesignPlan, make_plan
from autocrine.engine.threads import for_chunks

# Of PyDESeq2's regressions, on the natural-log scale.
RIDGE = 1e-6
BOUND = 30.0
# Below this log dispersion rounding of its likelihood influences where its search ends.
LOG_NOISY = np.log(1e-4)
GENES_AT_ONCE = 2000


class Inference(DefaultInference):  # type: ignore[misc]  # PyDESeq2 brings no types
    """Inference for ``DeseqDataSet`` and ``DeseqStats`` of PyDESeq2.

    It takes PyDESeq2's definitions and its optimiser's steps (not R DESeq2's, which `autocrine.fit` gives), and hands
    what is rare to PyDESeq2's own code: genes whose iterations diverge, designs that are not of full rank, dispersions
    without the Cox-Reid term, and shrinkage of effects.

    Parameters
    ----------
    n_cpus : int, optional
        Threads; all processors when left out.
    **options
        See ``pydeseq2.default_inference.DefaultInference``, for what is handed to it.

    Examples
    --------
    >>> from autocrine import Inference
    >>> DeseqDataSet(counts=counts, metadata=sheet, design="~condition", inference=Inference()).deseq2()
    """

    def __init__(self, n_cpus: int | None = None, **options: Any) -> None:
        super().__init__(n_cpus=n_cpus, **options)

    def lin_reg_mu(
        self, counts: np.ndarray, size_factors: np.ndarray, design_matrix: np.ndarray, min_mu: float
    ) -> np.ndarray:
        """Return means (samples x genes) of a linear regression of normalised counts, `min_mu` at least."""
        design, factors = np.asarray(design_matrix, dtype=float), np.asarray(size_factors, dtype=float)[:, None]
        coefficients = np.linalg.lstsq(design, np.asarray(counts) / factors, rcond=None)[0]
        return np.maximum(factors * (design @ coefficients), min_mu)

    def irls(
        self,
        counts: np.ndarray,
        size_factors: np.ndarray,
        design_matrix: np.ndarray,
        disp: np.ndarray,
        min_mu: float,
        beta_tol: float,
        min_beta: float = -BOUND,
        max_beta: float = BOUND,
        optimizer: str = "L-BFGS-B",
        maxiter: int = 250,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Fit a regression per gene: coefficients (G, p), means and hat diagonals (n, G), convergence (G,)."""
        counts, factors = np.asarray(counts, dtype=float), np.asarray(size_factors, dtype=float)
        plan = _plan_of(design_matrix)
        if plan is None or beta_tol != 1e-8 or max_beta != BOUND:
            return super().irls(
                counts, size_factors, design_matrix, disp, min_mu, beta_tol, min_beta, max_beta, optimizer, maxiter
            )
        from autocrine.engine.kernels.quasi_newton import hat_diagonals
        from autocrine.engine.kernels.regression import fit_coefficients

        # A copy, since pandas may hand out what cannot be written to, which the kernels do not take.
        disp, order = np.array(disp, dtype=float), plan.sample_order
        model = make_model(counts[order].T, factors[order][None, :], plan, 1)
        genes, coefficients = counts.shape[1], plan.n_coefficients
        beta, deviance = np.empty((genes, coefficients)), np.empty(genes)
        iterations, hat = np.empty(genes, dtype=np.int64), np.empty((genes, len(factors)))
        mu = np.empty_like(hat)

        def work(a: int, b: int) -> None:
            fit_coefficients(
                model.y[a:b],
                model.factors,
                model.log_factors,
                disp[a:b],
                plan.arrays,
                model.cross_factor,
                RIDGE,
                float(min_mu),
                int(maxiter),
                beta[a:b],
                deviance[a:b],
                iterations[a:b],
            )
            with np.errstate(over="ignore"):
                mu[a:b] = np.exp(beta[a:b] @ plan.matrix[order][:, plan.order].T) * factors[order]
            hat_diagonals(np.maximum(mu[a:b], min_mu), disp[a:b], plan.arrays, RIDGE, hat[a:b])

        for_chunks(work, genes, self.n_cpus)
        back = np.argsort(order)
        coefs = np.empty_like(beta)
        coefs[:, plan.order] = beta
        mu, hat, converged = np.ascontiguousarray(mu.T[back]), np.ascontiguousarray(hat.T[back]), np.ones(genes, bool)
        # PyDESeq2 counts the iteration that reaches the maximum as one too many.
        diverged = np.flatnonzero((iterations < 0) | (iterations >= maxiter))
        if len(diverged):
            found = super().irls(
                counts[:, diverged], factors, plan.matrix, disp[diverged], min_mu, beta_tol, min_beta, max_beta,
                optimizer, maxiter,
            )  # fmt: skip
            coefs[diverged], mu[:, diverged], hat[:, diverged], converged[diverged] = found
        return coefs, mu, hat, converged

    def alpha_mle(
        self,
        counts: np.ndarray,
        design_matrix: np.ndarray,
        mu: np.ndarray,
        alpha_hat: np.ndarray,
        min_disp: float,
        max_disp: float,
        prior_disp_var: float | None = None,
        cr_reg: bool = True,
        prior_reg: bool = False,
        optimizer: str = "L-BFGS-B",
    ) -> tuple[np.ndarray, np.ndarray]:
        """Estimate dispersions (G,) at given means (n, G), and whether the search came to an end (G,)."""
        counts, mu = np.asarray(counts, dtype=float), np.asarray(mu, dtype=float)
        alpha_hat = np.asarray(alpha_hat, dtype=float)
        plan = _plan_of(design_matrix) if cr_reg and optimizer == "L-BFGS-B" else None
        if plan is None or (prior_reg and prior_disp_var is None):
            return super().alpha_mle(
                counts, design_matrix, mu, alpha_hat, min_disp, max_disp, prior_disp_var, cr_reg, prior_reg, optimizer
            )
        from autocrine.engine.kernels.quasi_newton import minimise_dispersions

        genes, order = counts.shape[1], plan.sample_order
        y, means = np.ascontiguousarray(counts[order].T), np.ascontiguousarray(mu[order].T)
        variance = prior_disp_var if prior_reg else None
        start, precision = np.log(alpha_hat), 1.0 / variance if variance else 0.0
        out, lowest, converged = np.empty(genes), np.empty(genes), np.empty(genes, dtype=np.bool_)
        low, high = float(np.log(min_disp)), float(np.log(max_disp))

        def work(a: int, b: int) -> None:
            minimise_dispersions(
                y[a:b], means[a:b], start[a:b], start[a:b], precision, low, high, plan.arrays, out[a:b], lowest[a:b],
                converged[a:b],
            )  # fmt: skip

        for_chunks(work, genes, self.n_cpus)
        if len(noisy := np.flatnonzero(lowest < LOG_NOISY)):
            found = _minimise_as_written(counts[:, noisy], plan.matrix, mu[:, noisy], start[noisy], low, high, variance)
            out[noisy], converged[noisy] = found
        dispersions = np.exp(out)
        if len(lost := np.flatnonzero(~converged)):
            dispersions[lost], converged[lost] = super().alpha_mle(
                counts[:, lost], plan.matrix, mu[:, lost], alpha_hat[lost], min_disp, max_disp, prior_disp_var, cr_reg,
                prior_reg, optimizer,
            )  # fmt: skip
        return dispersions, converged

    def wald_test(
        self,
        design_matrix: np.ndarray,
        disp: np.ndarray,
        lfc: np.ndarray,
        mu: np.ndarray,
        ridge_factor: np.ndarray,
        contrast: np.ndarray,
        lfc_null: np.ndarray,
        alt_hypothesis: str | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Test a contrast: p-values, statistics and standard errors (natural logarithm), each (G,)."""
        plan, ridge = _plan_of(design_matrix), np.asarray(ridge_factor, dtype=float)
        penalty = float(ridge[0, 0])
        plain = np.array_equal(ridge, np.diag(np.full(len(ridge), penalty)))
        if plan is None or not plain or alt_hypothesis is not None:
            return super().wald_test(design_matrix, disp, lfc, mu, ridge, contrast, lfc_null, alt_hypothesis)
        from autocrine.engine.kernels.quasi_newton import error_at_means

        disp, contrast = np.array(disp, dtype=float), np.asarray(contrast, dtype=float)
        means = np.ascontiguousarray(np.asarray(mu, dtype=float)[plan.sample_order].T)
        error, weights = np.empty(len(disp)), np.ascontiguousarray(contrast[plan.order])
        for_chunks(
            lambda a, b: error_at_means(means[a:b], disp[a:b], plan.arrays, penalty, weights, error[a:b]),
            len(disp),
            self.n_cpus,
        )
        statistic = (np.asarray(lfc, dtype=float) - np.asarray(lfc_null, dtype=float)) @ contrast / error
        return 2.0 * ndtr(-np.abs(statistic)), statistic, error


def _plan_of(design_matrix: Any) -> DesignPlan | None:
    """Prepare a design; None where it is not of full rank."""
    design = np.ascontiguousarray(np.asarray(design_matrix, dtype=float))
    return make_plan(design) if np.linalg.matrix_rank(design) == design.shape[1] else None


def _minimise_as_written(
    counts: np.ndarray,
    design: np.ndarray,
    mu: np.ndarray,
    start: np.ndarray,
    low: float,
    high: float,
    prior_variance: float | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise as `minimise_dispersions`, with the likelihood's terms summed as PyDESeq2 writes them.

    Towards zero dispersion these terms are huge and cancel: rounding decides where the search ends, and whether it
    does. All genes take a step at a time, so that each operation is done on arrays.

    Returns
    -------
    Log dispersions and whether each search converged, both (G,).
    """
    from autocrine.engine.kernels.quasi_newton import CONTINUES, CONVERGED, STATE, advance_searches, begin_searches

    y, means = np.ascontiguousarray(counts.T), np.ascontiguousarray(mu.T)
    fixed = -gammaln(y + 1), y * np.log(means)
    states = np.empty((len(y), STATE))
    begin_searches(states, np.ascontiguousarray(start), low, high)
    converged, active = np.zeros(len(y), dtype=np.bool_), np.arange(len(y))
    while len(active):
        value, slope = np.empty(len(active)), np.empty(len(active))
        for part in np.array_split(np.arange(len(active)), -(-len(active) // GENES_AT_ONCE)):
            genes = active[part]
            terms = (y[genes], means[genes], fixed[0][genes], fixed[1][genes])
            value[part], slope[part] = _value_and_slope(states[genes, 0], *terms, design, start[genes], prior_variance)
        ended = np.empty(len(active), dtype=np.int64)
        advance_searches(states, active, value, slope, low, high, ended)
        converged[active[ended == CONVERGED]] = True
        active = active[ended == CONTINUES]
    return states[:, 1].copy(), converged


def _value_and_slope(
    x: np.ndarray,
    y: np.ndarray,
    mu: np.ndarray,
    of_counts: np.ndarray,
    weighted: np.ndarray,
    design: np.ndarray,
    prior: np.ndarray,
    prior_variance: float | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return PyDESeq2's loss of log dispersions `x` (G,) and its derivative, term by term in its order."""
    alpha = np.exp(x)
    r = (1 / alpha)[:, None]
    binomial = gammaln(y + r) + of_counts - gammaln(r)
    value = y.shape[1] * r[:, 0] * np.log(alpha) + (-binomial + (y + r) * np.log(r + mu) - weighted).sum(axis=1)
    w = mu / (1 + mu * alpha[:, None])
    information = (design * w[:, :, None]).transpose(0, 2, 1) @ design
    change = (design * -(w**2)[:, :, None]).transpose(0, 2, 1) @ design
    value = value + 0.5 * np.linalg.slogdet(information)[1]
    inside = psi(r) - psi(y + r) + np.log(1 + mu * alpha[:, None]) + (y - mu) / (mu + r)
    slope = alpha * -(r[:, 0] ** 2 * inside.sum(axis=1))
    slope = slope + 0.5 * (np.linalg.inv(information) * change).reshape(len(x), -1).sum(axis=1) * alpha
    if prior_variance is not None:
        value = value + (x - prior) ** 2 / (2 * prior_variance)
        slope = slope + (x - prior) / prior_variance
    return value, slope
