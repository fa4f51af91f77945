"""Figures of one fit and one contrast."""

from collections.abc import Mapping
from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from autocrine.measure import COUNTS, WORDS
from autocrine.page.figures.style import DOWN, MARK, NEUTRAL, UP
from autocrine.results.opinions import METHODS

# Points of this many genes are drawn as one picture inside the SVG, or the file would weigh megabytes.
_RASTER = {"rasterized": True, "linewidths": 0}
MOST_LABELS = 10


def draw_volcano(genes: pd.DataFrame, marked: set[str], alpha: float, title: str) -> Figure:
    """Draw effect against p-value for every gene; genes of the panel are ringed, the clearest of them named.

    `genes` has gene_id, gene_name, log2_fc, p_value and adj_p_value; `marked` holds gene ids.
    """
    shown = genes.dropna(subset=["p_value"])
    height = -np.log10(shown["p_value"].clip(lower=1e-300))
    figure, axis = plt.subplots(figsize=(4.4, 3.8), layout="constrained")
    _points(axis, shown["log2_fc"], height, _colours(shown, alpha))
    ring = shown["gene_id"].isin(marked).to_numpy()
    axis.scatter(shown["log2_fc"][ring], height[ring], s=26, facecolors="none", edgecolors=MARK, linewidths=0.7)
    clear = shown[ring & (shown["adj_p_value"] < alpha).to_numpy()].nsmallest(4 * MOST_LABELS, "p_value")
    _label(axis, clear["gene_name"], clear["log2_fc"], height[clear.index])
    axis.axvline(0, color="#9AA5B1", linewidth=0.7)
    axis.set_xlabel("log2 fold change")
    axis.set_ylabel("-log10 p-value")
    axis.set_title(_counted(title, genes, alpha))
    return figure


def draw_mean_difference(
    genes: pd.DataFrame, marked: set[str], alpha: float, title: str, measure: str = COUNTS
) -> Figure:
    """Draw mean count, or mean log expression, against effect for every gene; see `draw_volcano`."""
    counted = measure == COUNTS
    shown = (genes[genes["base_mean"] > 0] if counted else genes).dropna(subset=["log2_fc"])
    figure, axis = plt.subplots(figsize=(4.4, 3.8), layout="constrained")
    _points(axis, shown["base_mean"], shown["log2_fc"], _colours(shown, alpha))
    ring = shown["gene_id"].isin(marked).to_numpy()
    axis.scatter(
        shown["base_mean"][ring], shown["log2_fc"][ring], s=26, facecolors="none", edgecolors=MARK, linewidths=0.7
    )
    if counted:
        axis.set_xscale("log")
        _plain_numbers(axis.xaxis)
    axis.axhline(0, color="#9AA5B1", linewidth=0.7)
    axis.set_xlabel(WORDS[measure].mean)
    axis.set_ylabel("log2 fold change")
    axis.set_title(_counted(title, genes, alpha))
    return figure


def draw_second_opinion(
    genes: pd.DataFrame, second: pd.DataFrame, reasons: Mapping[str, str], marked: set[str], alpha: float, said: str
) -> Figure:
    """Draw the effects of other methods against those shown, a panel each, coloured by who calls the gene.

    `genes` has gene_id, log2_fc and adj_p_value, `second` the same of the other methods with `method`; `reasons` has
    the methods that were asked, each with why it says nothing, or ""; `marked` holds gene ids, `said` is the title.
    """
    count = max(len(reasons), 1)
    figure, axes = plt.subplots(1, count, figsize=(4.4 * count, 4.0), layout="constrained", squeeze=False)
    figure.suptitle(said, fontsize=10, fontweight="bold", x=0.01, ha="left")
    if not reasons:
        axes[0, 0].axis("off")
        axes[0, 0].text(0.5, 0.5, "no other method was asked", ha="center", color="#616E7C")
    for axis, (method, reason) in zip(axes[0], reasons.items(), strict=False):
        of_method = second[second["method"] == method].dropna(subset=["log2_fc"])
        both = genes.dropna(subset=["log2_fc"]).merge(of_method, on="gene_id", suffixes=("", "_second"))
        _draw_effects_of_both(axis, both, METHODS[method], marked, alpha)
        if not len(both):
            words = "\n".join(wrap(f"{METHODS[method]} has no answer: {reason}", 44))
            axis.axis("off")
            axis.text(0.5, 0.5, words, transform=axis.transAxes, ha="center", va="center", color="#616E7C")
    return figure


def _draw_effects_of_both(axis, both: pd.DataFrame, name: str, marked: set[str], alpha: float) -> None:
    """Draw a panel of `draw_second_opinion` with the number of genes of each kind, and the correlation as its title."""
    ours, theirs = both["adj_p_value"] < alpha, both["adj_p_value_second"] < alpha
    for words, rows, colour in (
        ("called by neither", ~ours & ~theirs, NEUTRAL),
        ("called by both", ours & theirs, MARK),
        (f"called by {name} alone", ~ours & theirs, DOWN),
        ("called here alone", ours & ~theirs, UP),
    ):
        label = f"{words} ({rows.sum():,})"
        axis.scatter(both["log2_fc"][rows], both["log2_fc_second"][rows], s=4, color=colour, label=label, **_RASTER)
    ring = both["gene_id"].isin(marked)
    axis.scatter(both["log2_fc"][ring], both["log2_fc_second"][ring], s=26, facecolors="none", edgecolors=MARK,
                 linewidths=0.7)  # fmt: skip
    if len(both):
        axis.axline((0, 0), slope=1, color="#9AA5B1", linewidth=0.7)
        axis.legend(fontsize=7, markerscale=2, loc="upper left")
    if len(both) > 2:
        axis.set_title(f"{name}: r = {np.corrcoef(both['log2_fc'], both['log2_fc_second'])[0, 1]:.3f}")
    axis.set_xlabel("log2 fold change, shown here")
    axis.set_ylabel(f"log2 fold change, {name}")


def draw_p_values(p_values: pd.Series) -> Figure:
    """Draw the histogram of p-values; flat with a peak near 0 is what a sound test with true effects looks like."""
    figure, axis = plt.subplots(figsize=(3.1, 3.8), layout="constrained")
    axis.hist(p_values.dropna(), bins=np.linspace(0, 1, 41), color=DOWN, edgecolor="white", linewidth=0.4)
    axis.set_xlim(0, 1)
    axis.set_xlabel("p-value")
    axis.set_ylabel("Genes")
    axis.set_title("p-values")
    return figure


def draw_dispersions(dispersions: pd.DataFrame, title: str) -> Figure:
    """Draw gene-wise, fitted and final dispersions against the mean count.

    `dispersions` has base_mean, dispersion_gene, dispersion_trend and dispersion.
    """
    shown = dispersions[(dispersions["base_mean"] > 0) & (dispersions["dispersion"] > 0)]
    figure, axis = plt.subplots(figsize=(4.8, 3.8), layout="constrained")
    gene_wise = shown["dispersion_gene"].clip(lower=1e-4)
    axis.scatter(shown["base_mean"], gene_wise, s=3, color=NEUTRAL, label="gene by gene", **_RASTER)
    axis.scatter(shown["base_mean"], shown["dispersion"], s=3, color=DOWN, label="final", **_RASTER)
    line = shown.sort_values("base_mean")
    axis.plot(line["base_mean"], line["dispersion_trend"], color=UP, linewidth=1.6, label="trend")
    axis.set_yscale("log")
    axis.set_xscale("log")
    _plain_numbers(axis.xaxis, axis.yaxis)
    axis.set_xlabel("Mean normalised count")
    axis.set_ylabel("Dispersion")
    axis.set_title(title)
    axis.legend(markerscale=3, fontsize=8)
    return figure


def draw_variances(variances: pd.DataFrame, mean: str, title: str) -> Figure:
    """Draw the standard deviations of linear models, gene by gene, expected and squeezed, against the mean.

    `variances` has mean_expression, residual_variance, prior_variance and variance; `mean` names the first.
    """
    figure, axis = plt.subplots(figsize=(4.8, 3.8), layout="constrained")
    level, least = variances["mean_expression"], 1e-6
    deviation = {name: np.sqrt(variances[name].clip(lower=least)) for name in ("residual_variance", "variance")}
    axis.scatter(level, deviation["residual_variance"], s=3, color=NEUTRAL, label="gene by gene", **_RASTER)
    axis.scatter(level, deviation["variance"], s=3, color=DOWN, label="squeezed", **_RASTER)
    line = variances.sort_values("mean_expression")
    axis.plot(line["mean_expression"], np.sqrt(line["prior_variance"]), color=UP, linewidth=1.6, label="expected")
    axis.set_yscale("log")
    _plain_numbers(axis.yaxis)
    axis.set_xlabel(mean)
    axis.set_ylabel("Standard deviation (log2)")
    axis.set_title(title)
    axis.legend(markerscale=3, fontsize=8)
    return figure


def _label(axis, names: pd.Series, x: pd.Series, y: pd.Series) -> None:
    """Write names beside points, the clearest first; one that would lie on another is left out."""
    wide, high = np.ptp(axis.get_xlim()), np.ptp(axis.get_ylim())
    placed: list[tuple[float, float]] = []
    for name, right, up in zip(names, x, y, strict=True):
        crowded = any(abs(right - a) < 0.18 * wide and abs(up - b) < 0.05 * high for a, b in placed)
        if not crowded and len(placed) < MOST_LABELS:
            placed.append((right, up))
            # On a pale ground, so that it can be read over points; an outline would turn the letters into shapes.
            ground = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
            axis.annotate(name, (right, up), xytext=(4, 3), textcoords="offset points", fontsize=7, color=MARK,
                          bbox=ground)  # fmt: skip


def _plain_numbers(*axes) -> None:
    """Write the numbers of logarithmic axes plainly: names may hold "$", so formulas are off in all figures."""
    for axis in axes:
        axis.set_major_formatter(lambda value, _: f"{value:,g}" if value >= 1 else f"{value:g}")
        axis.set_minor_locator(NullLocator())


def _points(axis, x, y, colours) -> None:
    quiet = colours == NEUTRAL
    axis.scatter(x[quiet], y[quiet], s=5, color=NEUTRAL, alpha=0.6, **_RASTER)
    axis.scatter(x[~quiet], y[~quiet], s=7, color=list(colours[~quiet]), alpha=0.8, **_RASTER)


def _colours(genes: pd.DataFrame, alpha: float) -> np.ndarray:
    changed = (genes["adj_p_value"] < alpha).to_numpy()
    return np.where(changed, np.where(genes["log2_fc"] > 0, UP, DOWN), NEUTRAL)


def _counted(title: str, genes: pd.DataFrame, alpha: float) -> str:
    changed = genes["adj_p_value"] < alpha
    up, down = int((changed & (genes["log2_fc"] > 0)).sum()), int((changed & (genes["log2_fc"] < 0)).sum())
    return f"{title}\n{up:,} up, {down:,} down at FDR {alpha:g}"
