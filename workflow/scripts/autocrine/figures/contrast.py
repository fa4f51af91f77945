"""Figures of one fit and one contrast."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from autocrine.figures.style import DOWN, MARK, NEUTRAL, UP

# Points of this many genes are drawn as one picture inside the SVG, or the file would weigh megabytes.
_RASTER = {"rasterized": True, "linewidths": 0}
MOST_LABELS = 12


def draw_volcano(genes: pd.DataFrame, marked: set[str], alpha: float, title: str) -> Figure:
    """Draw effect against p-value for every gene; genes of the panel are ringed, the clearest of them named.

    `genes` has gene_id, gene_name, log2_fc, p_value and adj_p_value; `marked` holds gene ids.
    """
    shown = genes.dropna(subset=["p_value"])
    height = -np.log10(shown["p_value"].clip(lower=1e-300))
    figure, axis = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
    _points(axis, shown["log2_fc"], height, _colours(shown, alpha))
    ring = shown["gene_id"].isin(marked).to_numpy()
    axis.scatter(shown["log2_fc"][ring], height[ring], s=26, facecolors="none", edgecolors=MARK, linewidths=0.7)
    named = shown[ring & (shown["adj_p_value"] < alpha).to_numpy()].nsmallest(MOST_LABELS, "p_value")
    for row in named.index:
        axis.annotate(
            shown.at[row, "gene_name"], (shown.at[row, "log2_fc"], height[row]), xytext=(4, 3),
            textcoords="offset points", fontsize=7, color=MARK,
        )  # fmt: skip
    axis.axvline(0, color="#9AA5B1", linewidth=0.7)
    axis.set_xlabel("log2 fold change")
    axis.set_ylabel("-log10 p-value")
    axis.set_title(_counted(title, genes, alpha))
    return figure


def draw_mean_difference(genes: pd.DataFrame, marked: set[str], alpha: float, title: str) -> Figure:
    """Draw mean count against effect for every gene; see `draw_volcano`."""
    shown = genes[genes["base_mean"] > 0].dropna(subset=["log2_fc"])
    figure, axis = plt.subplots(figsize=(5.2, 4.4), layout="constrained")
    _points(axis, shown["base_mean"], shown["log2_fc"], _colours(shown, alpha))
    ring = shown["gene_id"].isin(marked).to_numpy()
    axis.scatter(
        shown["base_mean"][ring], shown["log2_fc"][ring], s=26, facecolors="none", edgecolors=MARK, linewidths=0.7
    )
    axis.set_xscale("log")
    axis.axhline(0, color="#9AA5B1", linewidth=0.7)
    axis.set_xlabel("Mean normalised count")
    axis.set_ylabel("log2 fold change")
    axis.set_title(_counted(title, genes, alpha))
    return figure


def draw_p_values(p_values: pd.Series, title: str) -> Figure:
    """Draw the histogram of p-values; flat with a peak near 0 is what a sound test with true effects looks like."""
    figure, axis = plt.subplots(figsize=(4.2, 2.8), layout="constrained")
    axis.hist(p_values.dropna(), bins=np.linspace(0, 1, 41), color=DOWN, edgecolor="white", linewidth=0.4)
    axis.set_xlim(0, 1)
    axis.set_xlabel("p-value")
    axis.set_ylabel("Genes")
    axis.set_title(title)
    return figure


def draw_dispersions(dispersions: pd.DataFrame, title: str) -> Figure:
    """Draw gene-wise, fitted and final dispersions against the mean count.

    `dispersions` has base_mean, dispersion_gene, dispersion_trend and dispersion.
    """
    shown = dispersions[(dispersions["base_mean"] > 0) & (dispersions["dispersion"] > 0)]
    figure, axis = plt.subplots(figsize=(5.2, 4.0), layout="constrained")
    gene_wise = shown["dispersion_gene"].clip(lower=1e-4)
    axis.scatter(shown["base_mean"], gene_wise, s=3, color=NEUTRAL, label="gene by gene", **_RASTER)
    axis.scatter(shown["base_mean"], shown["dispersion"], s=3, color=DOWN, label="final", **_RASTER)
    line = shown.sort_values("base_mean")
    axis.plot(line["base_mean"], line["dispersion_trend"], color=UP, linewidth=1.6, label="trend")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("Mean normalised count")
    axis.set_ylabel("Dispersion")
    axis.set_title(title)
    axis.legend(markerscale=3, fontsize=8)
    return figure


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
