"""The data of one model in the kernels' layout, and thin typed wrappers that run a kernel over all genes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from autocrine.engine.plan import DesignPlan
from autocrine.engine.threads import for_chunks

MIN_DISPERSION = 1e-8
MIN_MEAN = 0.5
# R's penalty is 1e-6 on log2 coefficients; the kernels work with natural logarithms
RIDGE = 1e-6 / np.log(2) ** 2
MAX_ITERATIONS = 100
# design cells: samples needed to judge outliers in them, and to replace outliers
MIN_CELL, MIN_REPLACEABLE = 3, 7
# a smaller fitted mean is that of samples without counts
LEAST_FITTED = 0.01


@dataclass(frozen=True)
class Model:
    """Counts of the genes to fit, genes x samples, samples sorted by design group.

    Attributes
    ----------
    y : ndarray of shape (G, n)
        Counts as float64.
    factors, log_factors : ndarray of shape (1, n) or (G, n)
        Size factors, or normalisation factors per gene and sample.
    plan : DesignPlan
        The design.
    cross_factor : ndarray of shape (p * p,)
        L D L' factor of X'X in elimination order.
    threads : int
        Threads to use.
    """

    y: np.ndarray
    factors: np.ndarray
    log_factors: np.ndarray
    plan: DesignPlan
    cross_factor: np.ndarray
    threads: int

    @property
    def n_genes(self) -> int:
        """Number of genes."""
        return self.y.shape[0]

    @property
    def max_dispersion(self) -> float:
        """Upper bound of dispersions: 10, or the number of samples where that is larger."""
        return max(10.0, float(self.y.shape[1]))

    @property
    def group_rows(self) -> np.ndarray:
        """Distinct design rows (K, p), elimination order."""
        return self.plan.permute(self.plan.group_rows)

    def factors_of(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Normalisation factors and their logarithms for a slice of genes."""
        if self.factors.shape[0] == 1:
            return self.factors, self.log_factors
        return self.factors[start:stop], self.log_factors[start:stop]

    def subset(self, genes: np.ndarray, y: np.ndarray | None = None) -> Model:
        """Return the model of some genes, with other counts where given."""
        single = self.factors.shape[0] == 1
        return replace(
            self,
            y=np.ascontiguousarray(self.y[genes]) if y is None else np.ascontiguousarray(y),
            factors=self.factors if single else np.ascontiguousarray(self.factors[genes]),
            log_factors=self.log_factors if single else np.ascontiguousarray(self.log_factors[genes]),
        )

    def with_design(self, plan: DesignPlan) -> Model:
        """Return the same data under another design."""
        before, after = self.plan.sample_order, plan.sample_order
        position = np.argsort(before)[after]
        return make_model(self.y[:, position], self.factors[:, position], plan, self.threads)


def make_model(y: np.ndarray, factors: np.ndarray, plan: DesignPlan, threads: int) -> Model:
    """Build a model from genes x samples counts and factors already in the plan's sample order."""
    order = plan.order
    root = np.linalg.cholesky((plan.matrix.T @ plan.matrix)[np.ix_(order, order)])
    diagonal = np.diag(root)
    # as the kernels keep it: unit lower triangle L, and 1/D on the diagonal
    cross = root / diagonal
    np.fill_diagonal(cross, diagonal**-2)
    factors = np.ascontiguousarray(factors)
    return Model(np.ascontiguousarray(y), factors, np.log(factors), plan, cross.ravel(), threads)


@dataclass(frozen=True)
class Moments:
    """Per gene: mean and variance of normalised counts, rough dispersion, linear fit per design group."""

    mean: np.ndarray
    variance: np.ndarray
    rough: np.ndarray
    level: np.ndarray


def compute_moments(model: Model) -> Moments:
    """Means, variances, residual dispersions of a linear fit and its levels (G,), (G,), (G,), (G, K)."""
    from autocrine.engine.kernels.moments import moments

    g = model.n_genes
    out = Moments(np.empty(g), np.empty(g), np.empty(g), np.empty((g, model.plan.n_groups)))

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        moments(
            model.y[a:b],
            factors,
            model.plan.arrays,
            model.cross_factor,
            out.mean[a:b],
            out.variance[a:b],
            out.rough[a:b],
            out.level[a:b],
        )

    for_chunks(work, g, model.threads)
    return out


@dataclass(frozen=True)
class Regression:
    """Per gene: coefficients (elimination order, natural log), minus twice log likelihood, iterations."""

    beta: np.ndarray
    deviance: np.ndarray
    iterations: np.ndarray


def fit_regression(model: Model, dispersion: np.ndarray) -> Regression:
    """Fit the negative binomial regressions for given dispersions (G,).

    A design that is an intercept alone gets the log of the mean normalised count, as in R.
    """
    from autocrine.engine.kernels.regression import fit_coefficients

    g = model.n_genes
    out = Regression(np.empty((g, model.plan.n_coefficients)), np.empty(g), np.empty(g, dtype=np.int64))
    intercept_alone = model.plan.n_coefficients == 1 and bool((model.plan.matrix == 1).all())
    if intercept_alone:
        out.beta[:, 0] = np.log(compute_moments(model).mean)

    def work(a: int, b: int) -> None:
        factors, logs = model.factors_of(a, b)
        fit_coefficients(
            model.y[a:b],
            factors,
            logs,
            dispersion[a:b],
            model.plan.arrays,
            model.cross_factor,
            RIDGE,
            MIN_MEAN,
            0 if intercept_alone else MAX_ITERATIONS,
            out.beta[a:b],
            out.deviance[a:b],
            out.iterations[a:b],
        )

    for_chunks(work, g, model.threads)
    return out


def levels(model: Model, beta: np.ndarray) -> np.ndarray:
    """Fitted mean per design group at normalisation factor 1, (G, K)."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(np.exp(beta @ model.group_rows.T))


def fit_dispersion(
    model: Model,
    level: np.ndarray,
    start: np.ndarray,
    prior_mean: np.ndarray | None = None,
    prior_variance: float = np.inf,
) -> tuple[np.ndarray, np.ndarray]:
    """Maximise the profile likelihood (or posterior) of the dispersions.

    Parameters
    ----------
    model : Model
        The data.
    level : ndarray of shape (G, K)
        Fitted means per design group.
    start : ndarray of shape (G,)
        Starting dispersions.
    prior_mean : ndarray of shape (G,), optional
        Centre of the prior of the log dispersion.
    prior_variance : float
        Its variance; infinite for no prior.

    Returns
    -------
    dispersion : ndarray of shape (G,)
        Within the bounds.
    converged : ndarray of shape (G,)
        Whether the maximum was reached.
    """
    from autocrine.engine.kernels.dispersion import fit_dispersions

    g = model.n_genes
    out, steps = np.empty(g), np.empty(g, dtype=np.int64)
    centre = np.zeros(g) if prior_mean is None else prior_mean

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        fit_dispersions(
            model.y[a:b],
            factors,
            level[a:b],
            start[a:b],
            MIN_DISPERSION,
            model.max_dispersion,
            MIN_MEAN,
            model.plan.arrays,
            centre[a:b],
            1.0 / prior_variance,
            out[a:b],
            steps[a:b],
        )

    for_chunks(work, g, model.threads)
    return out, np.isfinite(out)


@dataclass(frozen=True)
class Influence:
    """Cook's distances per gene.

    Attributes
    ----------
    largest : ndarray of shape (G,)
        Maximum over cells of three or more samples; NaN without any.
    largest_fixed : ndarray of shape (G,)
        Of these, maximum over cells too small for counts to be replaced.
    exceeds : ndarray of shape (G,)
        Whether any sample is above the cutoff.
    larger : ndarray of shape (G,)
        Number of samples with larger counts than the most influential one.
    distances : ndarray of shape (G, n) or (0, n)
        All distances, if asked for.
    """

    largest: np.ndarray
    largest_fixed: np.ndarray
    exceeds: np.ndarray
    larger: np.ndarray
    distances: np.ndarray


def compute_influence(
    model: Model, level: np.ndarray, dispersion: np.ndarray, robust: np.ndarray, cutoff: float, full: bool = False
) -> Influence:
    """Cook's distances under the fit; ``full`` keeps the (G, n) matrix."""
    from autocrine.engine.kernels.influence import cooks_distances

    g = model.n_genes
    size = model.plan.group_size
    counted = np.ascontiguousarray(size >= MIN_CELL)
    fixed = np.ascontiguousarray((size >= MIN_CELL) & (size < MIN_REPLACEABLE))
    distances = np.empty((g if full else 0, model.y.shape[1]))
    out = Influence(np.empty(g), np.empty(g), np.empty(g, dtype=bool), np.empty(g, dtype=np.int64), distances)

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        cooks_distances(
            model.y[a:b],
            factors,
            level[a:b],
            dispersion[a:b],
            robust[a:b],
            model.plan.arrays,
            RIDGE,
            MIN_MEAN,
            counted,
            fixed,
            cutoff,
            out.largest[a:b],
            out.largest_fixed[a:b],
            out.exceeds[a:b],
            out.larger[a:b],
            out.distances[a:b],
        )

    for_chunks(work, g, model.threads)
    return out


def compute_robust_dispersion(model: Model) -> np.ndarray:
    """Robust method-of-moments dispersions for Cook's distances, (G,), at least 0.04."""
    from autocrine.engine.kernels.influence import robust_dispersions

    out = np.empty(model.n_genes)

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        robust_dispersions(model.y[a:b], factors, model.plan.arrays, 0.04, out[a:b])

    for_chunks(work, model.n_genes, model.threads)
    return out


@dataclass(frozen=True)
class Pearson:
    """Per gene (G,): the sum of squared Pearson residuals, and what it is expected to be; NaN if singular."""

    square: np.ndarray
    freedom: np.ndarray


def compute_pearson(model: Model, level: np.ndarray, dispersion: np.ndarray) -> Pearson:
    """Squared Pearson residuals from fitted means per design group (G, K) under dispersions (G,)."""
    from autocrine.engine.kernels.residuals import pearson_sums

    g = model.n_genes
    out = Pearson(np.empty(g), np.empty(g))

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        pearson_sums(
            model.y[a:b],
            factors,
            level[a:b],
            dispersion[a:b],
            model.plan.arrays,
            RIDGE,
            MIN_MEAN,
            LEAST_FITTED,
            out.square[a:b],
            out.freedom[a:b],
        )

    for_chunks(work, g, model.threads)
    return out


@dataclass(frozen=True)
class Errors:
    """Per gene (G,): natural-log standard error of a contrast, and the share of the dispersion in its square."""

    error: np.ndarray
    share: np.ndarray


def compute_errors(
    model: Model, beta: np.ndarray, dispersion: np.ndarray, contrast: np.ndarray, bounded: bool = True
) -> Errors:
    """Errors of a contrast given in elimination order.

    Without ``bounded`` there is neither ridge nor floor of the means. Both exist to keep a fit in bounds; at means that
    were not fitted they would pass for information that samples without counts lack.
    """
    from autocrine.engine.kernels.standard_errors import contrast_error

    out = Errors(np.empty(beta.shape[0]), np.empty(beta.shape[0]))
    ridge, floor = (RIDGE, MIN_MEAN) if bounded else (0.0, 0.0)

    def work(a: int, b: int) -> None:
        factors, _ = model.factors_of(a, b)
        arrays = model.plan.arrays
        contrast_error(
            factors, beta[a:b], dispersion[a:b], arrays, ridge, floor, contrast, out.error[a:b], out.share[a:b]
        )

    for_chunks(work, beta.shape[0], model.threads)
    return out
