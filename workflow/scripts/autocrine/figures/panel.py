"""The figure of the panel: effects of its genes in every contrast."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from autocrine.figures.style import DIVERGING, MARK

SHOWN_TIERS = ("primary", "secondary")
# Colours saturate at this absolute log2 fold change.
LARGEST = 4
# Rows of one block, so that a figure of 120 genes stays about a page high.
MOST_ROWS = 46


def draw_panel(panel: pd.DataFrame, alpha: float) -> Figure:
    """Draw panel genes x contrasts, coloured by log2 fold change; a dot marks an adjusted p-value below alpha.

    `panel` has symbol, group, tier, model, contrast, log2_fc and adj_p_value, a row per gene and contrast. Genes of the
    tiers "primary" and "secondary" are shown, or all where the panel has no such tier, in blocks side by side. Genes
    without an estimate are grey.
    """
    shown = panel[panel["tier"].isin(SHOWN_TIERS)]
    shown = panel if shown.empty else shown
    groups = shown.drop_duplicates("symbol").set_index("symbol")["group"]
    columns = list(dict.fromkeys(zip(shown["model"], shown["contrast"], strict=True)))
    effect = shown.pivot(index="symbol", columns=["model", "contrast"], values="log2_fc").loc[groups.index, columns]
    adjusted = shown.pivot(index="symbol", columns=["model", "contrast"], values="adj_p_value").loc[
        groups.index, columns
    ]
    blocks = np.array_split(np.arange(len(groups)), -(-len(groups) // MOST_ROWS))
    rows = max(len(block) for block in blocks)
    figure, axes = plt.subplots(
        1,
        len(blocks),
        figsize=((1.5 + 0.34 * len(columns)) * len(blocks) + 0.9, 1.9 + 0.16 * rows),
        squeeze=False,
        layout="constrained",
    )
    for axis, block in zip(axes.flat, blocks, strict=True):
        axis.set_facecolor("#E4E7EB")
        values = np.ma.masked_invalid(effect.to_numpy(dtype=float)[block])
        image = axis.imshow(values, cmap=DIVERGING, vmin=-LARGEST, vmax=LARGEST, aspect="auto")
        down, across = np.nonzero((adjusted < alpha).to_numpy()[block])
        axis.scatter(across, down, s=8, color=MARK, linewidths=0)
        axis.set_yticks(range(len(block)), groups.index[block], fontsize=6.5)
        axis.set_ylim(rows - 0.5, -0.5)
        axis.set_xticks(
            range(len(columns)), [f"{model}: {contrast}" for model, contrast in columns], rotation=90, fontsize=6.5
        )
        axis.xaxis.tick_top()
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
        _separate(axis, list(groups.iloc[block]))
    bar = figure.colorbar(image, ax=axes, shrink=0.4, aspect=22)
    bar.set_label("log2 fold change", fontsize=8)
    return figure


def _separate(axis, groups: list[str]) -> None:
    """Draw a white line between genes of different groups of the panel."""
    for row, (above, below) in enumerate(pairwise(groups)):
        if above != below:
            axis.axhline(row + 0.5, color="white", linewidth=2)
