"""One value per sample (a score), tested with the design and contrasts of the genes, each group with its own spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from autocrine.columns import SCORE_TESTS
from autocrine.design.blocks import whitening
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.pairs import PATIENT
from autocrine.design.parts import extremes, side_by_side, steps_together, test_pairs
from autocrine.engine.errors import EngineError

COLUMNS = SCORE_TESTS.names[SCORE_TESTS.names.index("estimate") : SCORE_TESTS.names.index("min_detectable") + 1]
# What is shown of each part of a contrast.
OF_PARTS = ("estimate", "ci_low", "ci_high", "p_value")
# Residuals smaller than this part of a score are rounding, and no measure of how much samples vary.
ROUNDING = 1e-10
WELCH, POOLED, SANDWICH, CLUSTERED = "welch", "pooled", "hc3", "cr2"
# Unbiased variances of classes that share covariates may come out negative; none counts less than this part of the
# residual variance of all.
LEAST_VARIANCE = 0.1
# Nor are they of use where covariates leave the effect fewer degrees of freedom than this if all classes vary alike.
# Only compared classes of one size then share the variance of all: where one is smaller it may vary more.
FEWEST_FREEDOM = 1.5


@dataclass(frozen=True)
class LeastSquares:
    """Several scores fitted with one design of full column rank.

    Attributes
    ----------
    scores
        Names of the scores.
    design
        Samples x coefficients.
    coefficients
        Coefficients x scores; NaN for a score that is missing in a sample.
    residuals
        Samples x scores; NaN where no variation is left beside the design.
    unscaled
        (X'X)^-1: the covariance of the coefficients per unit of residual variance.
    blocks
        The rows of each block of samples that vary together, made independent as far as the correlation tells; none
        where all samples are independent.
    """

    scores: pd.Index
    design: np.ndarray
    coefficients: np.ndarray
    residuals: np.ndarray
    unscaled: np.ndarray
    blocks: tuple[np.ndarray, ...] = ()

    @property
    def freedom(self) -> int:
        """Residual degrees of freedom."""
        return self.design.shape[0] - self.design.shape[1]


def test_values(
    values: pd.DataFrame,
    design: Design,
    contrast: Contrast,
    alpha: float,
    margin: float | None = None,
    power: float = 0.8,
) -> pd.DataFrame:
    """Estimate and test one contrast for every score.

    Groups need not vary alike (`error` is "welch"). Each class of patients has a residual variance of its own: those
    who have samples in the same groups of the contrast are one class, and a sample without patient is one of its own.
    The variances are estimated without bias from the squared residuals of the classes (MINQUE; Rao 1970, J Am Stat
    Assoc 65:161), the variance of the effect follows, and its degrees of freedom are Satterthwaite's (1946, Biometrics
    Bull 2:110). For two groups without covariates this is Welch's test. Each class of m counts m / (m - 1) times, as in
    the jackknife (HC3 of MacKinnon and White 1985, J Econometrics 29:305): logarithms are skewed, and Welch's test of a
    small group that varies more is wrong too often without it.

    Where all compared patients are of one class (pairs), that is ordinary least squares, Student's paired test
    ("pooled"); so it is where a class has a single patient, and where compared classes of one size share covariates
    that leave the error of separate variances fewer than 1.5 degrees of freedom even if all classes varied alike (two
    samples in each of four groups, and a batch). Where classes share covariates an unbiased variance may be negative;
    none counts less than a tenth of the residual variance of all, and there is one degree of freedom at least. The
    effect of a measurement has the error HC3 with the expected degrees of freedom of Bell and McCaffrey (2002, Survey
    Methodology 28:169) ("hc3").

    Where samples vary together in blocks (`Design.blocks`), values and design are made independent by a correlation
    that is estimated over the scores (Smyth, Michaud and Scott 2005, Bioinformatics 21:2067). The error does not rely
    on it: it is the sandwich of whole blocks CR2, with the degrees of freedom that Bell and McCaffrey give ("cr2").

    Parameters
    ----------
    values
        Samples x scores; further samples than those of the design are ignored.
    design
        Design of the model, as the genes were fitted with it.
    contrast
        One of the model's contrasts, of any form.
    alpha
        Intervals have the confidence 1 - alpha.
    margin
        A smaller absolute effect counts as none; in units of the score. None: no test of equivalence.
    power
        Chance to find an effect of the size `min_detectable`.

    Returns
    -------
    Per score, in the order of `values`: the columns `COLUMNS`, then those that the form adds. `estimate` is in units of
    the score (of a trend per step, of a measurement per unit of it), `stat` is t with `df` degrees of freedom,
    `equivalence_p_value` the larger of two one-sided tests against the margin (Schuirmann
    1987, J Pharmacokinet Biopharm 15:657), `min_detectable` the absolute effect that a test at the level alpha finds
    with the given power, if samples vary as these do (noncentral t).

    With several groups, in a trend or a test of any difference, equivalence is that of any two of them.

    A trend adds step_p_value and its steps (estimate_step_1, ...), a test of any difference lowest, highest and every
    group's effect against the first (estimate_group_2, ...), with the meaning they have for genes (see
    `autocrine.results.effects.estimate_effects`). Without direction `p_value` is the smallest of all pairs of levels
    after Bonferroni, `stat` and `df` are those of that pair and `estimate` is the largest difference between two
    levels, without error, interval and `min_detectable`.

    A score that is missing in a sample, or that does not vary beside the design, has no test: NaN.

    Raises
    ------
    KeyError
        If the design has samples that `values` lacks.
    ValueError
        If not 0 < alpha < power < 1, if the margin is not above 0, or if the design leaves no residual degree of
        freedom.
    """
    if not 0 < alpha < power < 1:
        raise ValueError(f"alpha must be above 0 and below power, which is below 1, not {alpha} and {power}")
    if margin is not None and not margin > 0:
        raise ValueError(f"the margin must be above 0, not {margin}")
    fit, vectors = fit_values(values, design.matrix, design.blocks), design.contrasts[contrast.name]
    classes = None if contrast.measurement else find_classes(design.selected, design.groups[contrast.name])

    def test(vector: np.ndarray) -> pd.DataFrame:
        return _test_vector(fit, vector, classes, alpha, margin, power)

    parts = [test(vector) for vector in vectors.parts.values()]
    levels = contrast.levels(list(vectors.parts.values()))
    pairs = test_pairs(levels, test)
    if contrast.directed:
        tested = test(vectors.main)
    else:
        heights = contrast.levels([part["estimate"].to_numpy() for part in parts])
        ends = extremes(heights, contrast.level_names(list(vectors.parts)))
        tested = _clearest(fit, pairs, ends["difference"]).assign(lowest=ends["lowest"], highest=ends["highest"])
    if pairs:
        tested["equivalence_p_value"] = np.max([pair["equivalence_p_value"] for pair in pairs], axis=0)
    if not parts:
        return tested
    shown = side_by_side(parts, OF_PARTS, contrast.part, contrast.first_part)
    if contrast.in_steps:
        shown["step_p_value"] = steps_together(
            [part["estimate"] for part in parts], [part["p_value"] for part in parts]
        )
    return tested.join(shown)


# pytest takes every function called test_... that a test module imports for a test.
test_values.__test__ = False


def find_classes(selected: pd.DataFrame, groups: Sequence[Sequence[str]]) -> list[list[np.ndarray]]:
    """Sort patients into classes: those with samples in the same groups vary alike.

    Parameters
    ----------
    selected
        Samples x columns; without a patient, a sample is one of its own.
    groups
        The samples of each group of a contrast.

    Returns
    -------
    Classes, in each the places of the samples of every patient.
    """
    patients = list(selected[PATIENT]) if PATIENT in selected.columns else [None] * len(selected)
    samples_of: dict[tuple, list[int]] = {}
    for place, (sample, patient) in enumerate(zip(selected.index, patients, strict=True)):
        unnamed = pd.isna(patient) or patient == ""
        samples_of.setdefault(("sample", sample) if unnamed else ("patient", str(patient)), []).append(place)
    member = np.array([selected.index.isin(list(samples)) for samples in groups])
    classes: dict[tuple, list[np.ndarray]] = {}
    for places in samples_of.values():
        classes.setdefault(tuple(member[:, places].any(axis=1)), []).append(np.array(places))
    return list(classes.values())


def fit_values(values: pd.DataFrame, matrix: pd.DataFrame, blocks: Sequence[str] = ()) -> LeastSquares:
    """Fit every column of `values` (samples x scores) with a design matrix (samples x coefficients, full rank).

    `blocks` say of each sample which others vary together with it.

    Raises
    ------
    KeyError
        If `values` lacks samples of the matrix.
    ValueError
        If there are no more samples than coefficients.
    """
    if lacking := [str(sample) for sample in matrix.index if sample not in values.index]:
        raise KeyError(f"no scores for the samples {', '.join(lacking)}")
    design, observed = matrix.to_numpy(dtype=float), values.loc[matrix.index].to_numpy(dtype=float)
    if design.shape[0] <= design.shape[1]:
        raise ValueError(f"{design.shape[0]} samples leave nothing to measure the variation with beside the design")
    rows = ()
    if blocks:
        apart = whitening(blocks, _correlation(values.loc[matrix.index], matrix, blocks))
        design, observed = apart @ design, apart @ observed
        labels = np.array(blocks, dtype=object)
        rows = tuple(np.flatnonzero(labels == label) for label in dict.fromkeys(blocks))
    # QR rather than the normal equations: patients' columns and measurements make designs of very different scales.
    basis, triangle = np.linalg.qr(design)
    inverse = np.linalg.inv(triangle)
    projected = basis.T @ observed
    residuals = observed - basis @ projected
    rounding = ROUNDING**2 * (observed**2).sum(axis=0)
    varies = (residuals**2).sum(axis=0) > rounding
    return LeastSquares(
        scores=values.columns,
        design=design,
        coefficients=inverse @ projected,
        residuals=np.where(varies, residuals, np.nan),
        unscaled=inverse @ inverse.T,
        blocks=rows,
    )


def _correlation(values: pd.DataFrame, matrix: pd.DataFrame, blocks: Sequence[str]) -> float:
    """Estimate the correlation within blocks over the scores; 0 where they do not tell."""
    from autocrine.linear import estimate_block_correlation

    known = values.loc[:, values.notna().all() & (values.nunique() > 1)]
    try:
        return estimate_block_correlation(known, matrix, blocks).consensus
    except EngineError:
        return 0.0


def detectable_shift(freedom: np.ndarray, alpha: float, power: float) -> np.ndarray:
    """Return the effect, in standard errors, that a two-sided t test at the level alpha finds with the given power.

    The chance of a significant result on the wrong side is left out: it is below alpha / 2, and no finding. It is
    infinite below one degree of freedom, where scipy's inverse may not end.
    """
    freedom = np.asarray(freedom, dtype=float)
    enough = np.where(freedom < 1, 1.0, freedom)
    shift = special.nctdtrinc(enough, 1 - power, -special.stdtrit(enough, alpha / 2))
    return np.where(freedom < 1, np.inf, shift)


def estimate_errors(
    fit: LeastSquares, vector: np.ndarray, classes: Sequence[Sequence[np.ndarray]] | None
) -> tuple[np.ndarray, np.ndarray, str]:
    """Estimate the variance (scores,) of an effect and its degrees of freedom (scores,), and say by which error.

    See `test_values`. `vector` holds the weights of the coefficients; `classes` those of `find_classes`, None for a
    measurement.
    """
    weights = fit.design @ (fit.unscaled @ vector)
    maker = np.eye(len(weights)) - fit.design @ fit.unscaled @ fit.design.T
    if fit.blocks:
        return _clustered(fit, weights, maker)
    if classes is None:
        return _sandwich(fit, weights, maker)
    share = np.array([sum((weights[places] ** 2).sum() for places in members) for members in classes])
    sizes = np.array([len(members) for members in classes])
    compared = share > 1e-9 * share.sum()
    if compared.sum() < 2 or sizes[compared].min() < 2:
        return _pooled(fit, vector)
    # Classes without weight in the effect are one more class, so that they are no part of the others' variances.
    labels = np.full(len(weights), -1)
    for number, members in enumerate(np.flatnonzero(compared)):
        labels[np.concatenate(classes[members])] = number
    indicator = np.array([labels == number for number in np.unique(labels)], dtype=float)
    asked = np.unique(labels) >= 0
    expected = indicator @ maker**2 @ indicator.T
    if np.linalg.cond(expected) > 1e8:
        return _pooled(fit, vector)
    wanted = np.zeros(len(indicator))
    wanted[asked] = share[compared] * sizes[compared] / (sizes[compared] - 1)
    form = maker @ ((np.linalg.solve(expected, wanted) @ indicator)[:, None] * maker)
    spread = indicator @ form**2 @ indicator.T
    variances = np.linalg.solve(expected, indicator @ fit.residuals**2)
    shared = np.abs(expected - np.diag(np.diag(expected))).max() > ROUNDING
    if shared:
        if wanted.sum() ** 2 < FEWEST_FREEDOM * spread.sum() and len(set(sizes[compared])) == 1:
            return _pooled(fit, vector)
        variances = np.maximum(variances, LEAST_VARIANCE * (fit.residuals**2).sum(axis=0) / fit.freedom)
    variance = wanted @ variances
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = variance**2 / np.einsum("gs,gh,hs->s", variances, spread, variances)
    # Welch's are those of the smaller class at least; beside shared covariates the formula may fall below one.
    freedom = np.maximum(freedom, 1) if shared else freedom
    return variance, freedom, WELCH


def _pooled(fit: LeastSquares, vector: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the variance of ordinary least squares; see `estimate_errors`."""
    variance = (fit.residuals**2).sum(axis=0) / fit.freedom * (vector @ fit.unscaled @ vector)
    return variance, np.full(len(fit.scores), float(fit.freedom)), POOLED


def _sandwich(fit: LeastSquares, weights: np.ndarray, maker: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the variance HC3; see `estimate_errors`. A sample that the design fits exactly has no weight."""
    left = np.diag(maker)
    factors = np.where(left > ROUNDING, weights / np.where(left > ROUNDING, left, 1), 0)
    cross = factors[:, None] * maker * factors
    freedom = np.trace(cross) ** 2 / (cross**2).sum()
    return ((factors[:, None] * fit.residuals) ** 2).sum(axis=0), np.full(len(fit.scores), freedom), SANDWICH


def _clustered(fit: LeastSquares, weights: np.ndarray, maker: np.ndarray) -> tuple[np.ndarray, np.ndarray, str]:
    """Return the variance CR2; see `estimate_errors`. What the samples of a block alone determine has no weight."""
    asked = []
    for rows in fit.blocks:
        sizes, axes = np.linalg.eigh(maker[np.ix_(rows, rows)])
        root = np.where(sizes > ROUNDING, 1 / np.sqrt(np.maximum(sizes, ROUNDING)), 0)
        asked.append(axes @ (root * (axes.T @ weights[rows])))
    parts = np.array([part @ fit.residuals[rows] for part, rows in zip(asked, fit.blocks, strict=True)])
    cross = np.column_stack([maker[:, rows] @ part for part, rows in zip(asked, fit.blocks, strict=True)])
    spread = cross.T @ cross
    freedom = np.trace(spread) ** 2 / (spread**2).sum()
    return (parts**2).sum(axis=0), np.full(len(fit.scores), freedom), CLUSTERED


def _test_vector(
    fit: LeastSquares,
    vector: np.ndarray,
    classes: Sequence[Sequence[np.ndarray]] | None,
    alpha: float,
    margin: float | None,
    power: float,
) -> pd.DataFrame:
    """Estimate and test one vector; see `test_values` for the columns."""
    estimate = vector @ fit.coefficients
    variance, freedom, how = estimate_errors(fit, vector, classes)
    error = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        stat = estimate / error
    reach = -special.stdtrit(freedom, alpha / 2) * error
    equivalence = np.full(len(estimate), np.nan)
    if margin is not None:
        # |estimate| against the nearer margin is the larger of the two one-sided p-values.
        equivalence = special.stdtr(freedom, (np.abs(estimate) - margin) / error)
    return pd.DataFrame(
        {
            "estimate": estimate,
            "se": error,
            "ci_low": estimate - reach,
            "ci_high": estimate + reach,
            "stat": stat,
            "df": freedom,
            "error": how,
            "p_value": 2 * special.stdtr(freedom, -np.abs(stat)),
            "equivalence_p_value": equivalence,
            "min_detectable": detectable_shift(freedom, alpha, power) * error,
        },
        index=fit.scores,
    )


def _clearest(fit: LeastSquares, pairs: Sequence[pd.DataFrame], largest: np.ndarray) -> pd.DataFrame:
    """Return the clearest of all pairs of levels after Bonferroni, each with its own error; see `test_values`."""
    p_values = np.array([pair["p_value"] for pair in pairs])
    # A pair without a test leaves the question open.
    open_ones = np.isnan(p_values).any(axis=0)
    least = np.argmin(np.where(np.isnan(p_values), np.inf, p_values), axis=0)

    def of_least(column: str) -> np.ndarray:
        return np.array([pair[column] for pair in pairs], dtype=object)[least, np.arange(len(least))]

    return pd.DataFrame(np.nan, index=fit.scores, columns=list(COLUMNS)).assign(
        estimate=largest,
        stat=np.where(open_ones, np.nan, np.abs(of_least("stat").astype(float))),
        df=np.where(open_ones, np.nan, of_least("df").astype(float)),
        error=of_least("error"),
        p_value=np.where(open_ones, np.nan, np.minimum(len(pairs) * p_values.min(axis=0), 1)),
    )
