"""Sample quality: how much was sequenced, who is unlike the rest, whether the sex fits, what drives the PCA."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import pdist, squareform

from autocrine.measure import COUNTS, LOG_EXPRESSION
from autocrine.problems import listed

# Genes read for the sex check (M15): XIST is silent where there is one X; the others are on the Y. Mice have no RPS4Y1.
SEX_GENES = {"human": ("XIST", ("RPS4Y1", "DDX3Y")), "mouse": ("Xist", ("Ddx3y", "Eif2s3y"))}
# A sample is flagged when it lies further than this many robust standard deviations from the median...
OUTLIER_DEVIATIONS = 4.0
# ...and by more than this factor or share, so that a very even cohort does not flag trifles.
LEAST_FOLD = 2.0
LEAST_SHARE = 0.1
LEAST_LEVEL = 0.5
LEAST_NEAREST = 1.5
# What is judged, and how it is called: of log expression on its scale, of counts by factors.
LEVEL_WORDS = {"median_level": "median", "level_iqr": "interquartile range"}
COUNT_WORDS = {"library_size": "counts", "detected_genes": "detected genes"}
NO_SEX_CHECK = "not looked at in log expression"


@dataclass(frozen=True)
class Components:
    """Principal components.

    `scores` samples x components, `explained` share of variance per component (of all variance).
    """

    scores: pd.DataFrame
    explained: np.ndarray


def measure_samples(counts: np.ndarray, samples: Sequence[str], size_factors: np.ndarray) -> pd.DataFrame:
    """Measure each sample.

    Parameters
    ----------
    counts
        Samples x genes, raw.
    samples
        Names.
    size_factors
        One per sample.

    Returns
    -------
    Per sample: library_size (counts), detected_genes (genes with a count), top_100_share (share of counts in the 100
    largest genes), size_factor.
    """
    library = counts.sum(axis=1)
    top = min(100, counts.shape[1])
    largest = -np.partition(-counts, top - 1, axis=1)[:, :top].sum(axis=1)
    return pd.DataFrame(
        {
            "library_size": library,
            "detected_genes": (counts > 0).sum(axis=1),
            "top_100_share": largest / library,
            "size_factor": size_factors,
        },
        index=pd.Index(samples, name="sample"),
    )


def measure_levels(levels: np.ndarray, samples: Sequence[str]) -> pd.DataFrame:
    """Measure each sample of log expression (samples x genes).

    Returns
    -------
    Per sample: the columns of `measure_samples`, which are of counts, without values, and median_level and level_iqr
    (median and interquartile range of its genes, log2).
    """
    low, middle, high = np.quantile(levels, (0.25, 0.5, 0.75), axis=1)
    table = dict.fromkeys(("library_size", "detected_genes", "top_100_share", "size_factor"), np.nan)
    return pd.DataFrame(
        {**table, "median_level": middle, "level_iqr": high - low}, index=pd.Index(samples, name="sample")
    )


def assess_samples(
    counts: np.ndarray,
    gene_names: Sequence[str],
    sheet: pd.DataFrame,
    size_factors: Sequence[float],
    distances: pd.DataFrame,
    species: str = "human",
    measure: str = COUNTS,
) -> pd.DataFrame:
    """Bring all that is said of each sample into one table.

    Parameters
    ----------
    counts
        Samples x genes, raw counts or log expression.
    gene_names
        Symbol per gene, by which the genes of the sex check are found.
    sheet
        Samples x columns, in the order of the counts.
    size_factors
        One per sample.
    distances
        Samples x samples.
    species
        Whose genes of the sex check are looked for.
    measure
        What the values are (`autocrine.measure`).

    Returns
    -------
    Per sample the columns of `measure_samples` or `measure_levels`, those of `check_sex`, and outlier_flag (see
    `flag_outliers`). How high probes of different genes are says nothing of which gene is expressed more: log
    expression has no check of sex.
    """
    if measure == LOG_EXPRESSION:
        metrics = measure_levels(counts, list(sheet.index))
        unknown = {"xist_cpm": np.nan, "y_cpm": np.nan, "sex_by_genes": NO_SEX_CHECK, "sex_flag": ""}
        return metrics.assign(**unknown, outlier_flag=flag_outliers(metrics, distances)).rename_axis("sample")
    names, cpm = np.asarray(gene_names), counts_per_million(counts)
    female, male = SEX_GENES.get(species, ("", ()))
    found = {gene: cpm[:, names == gene].sum(axis=1) for gene in (female, *male) if gene and gene in names}
    metrics = measure_samples(counts, list(sheet.index), np.asarray(size_factors))
    table = metrics.join(check_sex(pd.DataFrame(found, index=sheet.index), sheet, species))
    table["outlier_flag"] = flag_outliers(metrics, distances)
    return table.rename_axis("sample")


def sample_distances(vst: np.ndarray, samples: Sequence[str]) -> pd.DataFrame:
    """Return Euclidean distances between samples (samples x samples) on the variance-stabilised scale (log2)."""
    return pd.DataFrame(squareform(pdist(vst)), index=list(samples), columns=list(samples))


def counts_per_million(counts: np.ndarray) -> np.ndarray:
    """Return counts (samples x genes) per million counts of the sample."""
    return counts / counts.sum(axis=1, keepdims=True) * 1e6


def check_sex(cpm: pd.DataFrame, sheet: pd.DataFrame, species: str = "human") -> pd.DataFrame:
    """Compare the sex that the genes show with the sheet.

    Parameters
    ----------
    cpm
        Counts per million, samples x those genes of `SEX_GENES` that the matrix has (columns named so).
    sheet
        Samples; its columns sex and patient are used where they exist.
    species
        Whose genes these are; of others than human and mouse none are known.

    Returns
    -------
    Per sample: xist_cpm, y_cpm (sum over the Y genes), sex_by_genes ("female", "male", "both", "unclear" where neither
    reaches 1 CPM, or which of these genes the matrix lacks, or that none are known), sex_flag (empty, or what does not
    fit).
    """
    result = pd.DataFrame(index=sheet.index)
    female, males = SEX_GENES.get(species, ("", ()))
    male = [gene for gene in males if gene in cpm.columns]
    result["xist_cpm"] = cpm[female] if female in cpm.columns else np.nan
    result["y_cpm"] = cpm[male].sum(axis=1) if male else np.nan
    x, y = result["xist_cpm"], result["y_cpm"]
    if species not in SEX_GENES:
        result["sex_by_genes"] = "no genes of the sexes are known of this species"
    elif female not in cpm.columns or not male:
        lacking = [female] * (female not in cpm.columns) + [listed(males)] * (not male)
        result["sex_by_genes"] = f"{' and '.join(lacking)} not in the matrix"
    else:
        # Ten times the other, and at least one read per million: a few stray reads do not make a sex.
        result["sex_by_genes"] = np.select(
            [(x < 1) & (y < 1), x > 10 * y, y > 10 * x], ["unclear", "female", "male"], "both"
        )
    flags = pd.Series("", index=result.index)
    clear = result["sex_by_genes"].isin(["female", "male"])
    if "sex" in sheet.columns:
        recorded = sheet["sex"].fillna("")
        wrong = clear & (recorded != "") & (recorded != result["sex_by_genes"])
        flags[wrong] = "recorded " + recorded[wrong] + ", genes say " + result.loc[wrong, "sex_by_genes"]
        flags[(result["sex_by_genes"] == "both") & (recorded != "")] = "genes of both sexes: mixed samples?"
    if "patient" in sheet.columns:
        for patient, rows in result[clear].groupby(sheet.loc[clear, "patient"]):
            if patient and rows["sex_by_genes"].nunique() > 1:
                text = f"samples of patient {patient} differ in sex"
                flags[rows.index] = np.where(flags[rows.index] == "", text, flags[rows.index] + "; " + text)
    result["sex_flag"] = flags
    return result


def flag_outliers(metrics: pd.DataFrame, distances: pd.DataFrame) -> pd.Series:
    """Say in words why a sample looks unlike the others; empty where it does not.

    Library size, detected genes and the share of the top 100 genes are compared with the cohort's median in robust
    standard deviations (1.4826 x the median absolute deviation); the distance to the nearest other sample shows one
    that resembles nobody, whatever groups the cohort has. `flag_limits` says where the limits lie.
    """
    reasons: dict[str, list[str]] = {str(name): [] for name in metrics.index}
    for column, words in LEVEL_WORDS.items():
        values = metrics[column] if column in metrics else pd.Series(dtype=float)
        for name in values.index[_far(values, LEAST_LEVEL)] if len(values) else ():
            reasons[str(name)].append(f"{words} {values[name]:.1f} (log2), that of the cohort {values.median():.1f}")
    for column, words in COUNT_WORDS.items():
        values = metrics[column].astype(float)
        for name in values.index[_far(np.log2(values), np.log2(LEAST_FOLD))]:
            ratio = values[name] / values.median()
            reasons[str(name)].append(f"{values[name]:,.0f} {words}, {ratio:.2g} times the median")
    share = metrics["top_100_share"]
    for name in share.index[_far(share, LEAST_SHARE)]:
        reasons[str(name)].append(f"{share[name]:.0%} of counts in 100 genes, median {share.median():.0%}")
    if len(distances) > 3:
        nearest = _nearest(distances)
        for name in nearest.index[nearest == 0]:
            reasons[str(name)].append("the counts of another sample are the same")
        nearest = nearest[nearest > 0]
        for name in nearest.index[_far(np.log2(nearest), np.log2(LEAST_NEAREST)) & (nearest > nearest.median())]:
            ratio = nearest[name] / nearest.median()
            reasons[str(name)].append(f"its nearest sample is {ratio:.2g} times as far as usual")
    return pd.Series({name: "; ".join(texts) for name, texts in reasons.items()})


def flag_limits(metrics: pd.DataFrame, distances: pd.DataFrame) -> pd.DataFrame:
    """Say beyond which values `flag_outliers` flags a sample of this cohort.

    Parameters
    ----------
    metrics
        From `measure_samples` or `measure_levels`.
    distances
        Samples x samples, log2 scale.

    Returns
    -------
    Per measure that is judged: measure (a column of `metrics`, or "nearest"), words, median, low and high in the unit
    of the measure; low is NaN where only a high value is flagged.
    """
    rows = []
    for column, words, least, logarithmic in (
        *((column, words, LEAST_LEVEL, False) for column, words in LEVEL_WORDS.items()),
        *((column, words, np.log2(LEAST_FOLD), True) for column, words in COUNT_WORDS.items()),
        ("top_100_share", "share of counts in 100 genes", LEAST_SHARE, False),
    ):
        if column in metrics and metrics[column].notna().any():
            rows.append((column, words, *_limits(metrics[column].astype(float), least, logarithmic)))
    if len(distances) > 3:
        nearest = _nearest(distances)
        median, _, high = _limits(nearest[nearest > 0], np.log2(LEAST_NEAREST), True)
        rows.append(("nearest", "distance to the nearest sample", median, np.nan, high))
    return pd.DataFrame(rows, columns=["measure", "words", "median", "low", "high"])


def _limits(values: pd.Series, least: float, logarithmic: bool) -> tuple[float, float, float]:
    """Return the median and what lies `_reach` below and above it, the reach on the log2 scale if asked."""
    if values.empty:
        return np.nan, np.nan, np.nan
    held = np.log2(values) if logarithmic else values
    middle, reach = held.median(), _reach(held, least)
    low, high = (float(2.0**end if logarithmic else end) for end in (middle - reach, middle + reach))
    return float(values.median()), low, high


def _nearest(distances: pd.DataFrame) -> pd.Series:
    """Return the distance of every sample to the nearest other."""
    square = distances.to_numpy().copy()
    np.fill_diagonal(square, np.inf)
    return pd.Series(square.min(axis=1), index=distances.index)


def _reach(values: pd.Series, least: float) -> float:
    """Return how far from the median a value may lie: `OUTLIER_DEVIATIONS` robust deviations, `least` at least."""
    return max(OUTLIER_DEVIATIONS * 1.4826 * float(np.median((values - values.median()).abs())), least)


def _far(values: pd.Series, least: float) -> np.ndarray:
    return ((values - values.median()).abs() > _reach(values, least)).to_numpy()


def order_alike(distances: pd.DataFrame) -> np.ndarray:
    """Return an order of the samples in which like samples are side by side: the leaves of average linkage."""
    if len(distances) < 3:
        return np.arange(len(distances))
    return leaves_list(linkage(squareform(distances.to_numpy(), checks=False), "average"))


def find_components(vst: np.ndarray, samples: Sequence[str], most_variable: int = 500, most: int = 10) -> Components:
    """Find principal components of the most variable genes on the variance-stabilised scale.

    Parameters
    ----------
    vst
        Samples x genes, log2-like.
    samples
        Names.
    most_variable
        How many genes enter, by variance.
    most
        How many components are kept at the most.
    """
    order = np.sort(np.argsort(-vst.var(axis=0), kind="stable")[:most_variable])
    chosen = vst[:, order].astype(float)
    kept = min(most, len(samples) - 1, len(order) - 1)
    # All of them at once, as they are few. scanpy finds the same to twelve digits, and takes two seconds to import.
    left, sizes, right = np.linalg.svd(chosen - chosen.mean(axis=0), full_matrices=False)
    # The sign of a component is arbitrary: the gene that weighs most gets a positive weight, so that reruns agree.
    signs = np.sign(right[np.arange(kept), np.abs(right[:kept]).argmax(axis=1)])
    names = [f"PC{i + 1}" for i in range(kept)]
    scores = pd.DataFrame(left[:, :kept] * sizes[:kept] * signs, index=list(samples), columns=names)
    return Components(scores, sizes[:kept] ** 2 / (sizes**2).sum())
