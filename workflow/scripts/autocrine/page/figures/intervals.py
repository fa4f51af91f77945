"""The figure of some genes in one comparison: effect, interval and outcome against the equivalence margin."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from autocrine.page.figures.margins import draw_margin, margin_handle
from autocrine.page.figures.style import DOWN, MARK, NEUTRAL, UP

EQUIVALENT = "#009E73"


def draw_intervals(genes: pd.DataFrame, title: str) -> Figure:
    """Draw a row per gene, in the order given.

    `genes` has gene_name, log2_fc, ci_low, ci_high, equivalence_margin and outcome; a gene without an estimate keeps
    its row.
    """
    rows = np.arange(len(genes))[::-1]
    figure, axis = plt.subplots(figsize=(4.8, 0.9 + 0.26 * len(genes)), layout="constrained")
    looks = {"changed, up": UP, "changed, down": DOWN, "equivalent": EQUIVALENT, "small change": MARK}
    looks["undetermined"] = NEUTRAL
    used = set()
    for place, gene in zip(rows, genes.to_dict("records"), strict=True):
        draw_margin(axis, gene["equivalence_margin"], place - 0.4, place + 0.4)
        if not np.isfinite(gene["log2_fc"]):
            axis.annotate("no estimate", (0, place), ha="center", va="center", fontsize=8, color="#52606D")
            continue
        look = gene["outcome"].replace("_", " ")
        if look == "changed":
            look = "changed, up" if gene["log2_fc"] > 0 else "changed, down"
        used.add(look)
        axis.plot([gene["ci_low"], gene["ci_high"]], [place, place], color=looks[look], linewidth=1.6)
        axis.plot([gene["log2_fc"]], [place], "o", color=looks[look], markersize=5)
    axis.axvline(0, color="#9AA5B1", linewidth=0.7, zorder=1)
    axis.set_yticks(rows, genes["gene_name"].astype(str))
    axis.set_ylim(-0.6, len(genes) - 0.4)
    axis.set_xlabel("log2 fold change, with interval")
    axis.set_title(title)
    handles = [
        Line2D([], [], color=colour, marker="o", markersize=5, label=look)
        for look, colour in looks.items()
        if look in used
    ]
    figure.legend(
        handles=[*handles, margin_handle(genes["equivalence_margin"])], loc="outside lower left", ncols=3, fontsize=8
    )
    return figure
