"""The figure of the panel: effects of its genes in every contrast."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from autocrine.figures.style import DIVERGING

SHOWN_TIERS = ("primary", "secondary")


def draw_panel(panel: pd.DataFrame, alpha: float) -> Figure:
    """Draw panel genes x contrasts, coloured by log2 fold change; a dot marks an adjusted p-value below alpha.

    `panel` has symbol, tier, model, contrast, log2_fc, adj_p_value and status, a row per gene and contrast. Genes of
    the tiers "primary" and "secondary" are shown, or all where the panel has no such tier. Genes without an
    estimate are grey.
    """
    shown = panel[panel["tier"].isin(SHOWN_TIERS)]
    shown = panel if shown.empty else shown
    genes = list(dict.fromkeys(shown.sort_values("tier", kind="stable")["symbol"]))
    columns = list(dict.fromkeys(zip(shown["model"], shown["contrast"], strict=True)))
    effect = shown.pivot(index="symbol", columns=["model", "contrast"], values="log2_fc").loc[genes, columns]
    adjusted = shown.pivot(index="symbol", columns=["model", "contrast"], values="adj_p_value").loc[genes, columns]
    figure, axis = plt.subplots(figsize=(2.4 + 0.75 * len(columns), 1.4 + 0.155 * len(genes)), layout="constrained")
    axis.set_facecolor("#E4E7EB")
    image = axis.imshow(
        np.ma.masked_invalid(effect.to_numpy(dtype=float)), cmap=DIVERGING, vmin=-4, vmax=4, aspect="auto"
    )
    rows, places = np.nonzero((adjusted < alpha).to_numpy())
    axis.scatter(places, rows, s=9, color="#1F2933", linewidths=0)
    axis.set_yticks(range(len(genes)), genes, fontsize=6.5)
    axis.set_xticks(
        range(len(columns)), [f"{model}\n{contrast}" for model, contrast in columns], rotation=90, fontsize=7
    )
    axis.xaxis.tick_top()
    axis.spines[:].set_visible(False)
    bar = figure.colorbar(image, ax=axis, shrink=0.35, aspect=18)
    bar.set_label("log2 fold change", fontsize=8)
    return figure
