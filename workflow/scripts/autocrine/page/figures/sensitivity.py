"""The figure of sensitivity: each primary gene's effect in the main fit and in every fit with one thing changed."""

from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from autocrine.page.figures.margins import draw_margin, margin_handle
from autocrine.page.figures.style import GROUPS, MARK
from autocrine.results.robustness import decide_variants

# What was changed -> words, marker and colour. Vermilion and blue stay free: they mean up and down.
KINDS = {
    "donor": ("without a donor", "o", GROUPS[4]),
    "without": ("without a covariate", "v", GROUPS[1]),
    "with": ("with a further covariate", "^", GROUPS[2]),
    "unwanted": ("factors of unwanted variation", "P", GROUPS[0]),
    "normalisation": ("other normalisation", "s", GROUPS[3]),
    "filter": ("other low-count filter", "D", GROUPS[9]),
    "cells": ("other cells", "X", GROUPS[6]),
}
# Only sums of cells have fits of this kind.
RARE = "cells"
# A gene is a row of lanes: the main fit's, then one per kind, each with its centre and how far its markers are shifted
# up and down. Heights count in lanes; donors are many.
MAIN_LANE, GENE_HEIGHT = 1.05, 10.4
LANES = {
    "donor": (2.55, 0.55),
    "without": (4.1, 0.1),
    "with": (5.2, 0.1),
    "unwanted": (6.25, 0.1),
    "normalisation": (7.3, 0.1),
    "filter": (8.4, 0.1),
    RARE: (9.45, 0.1),
}
# Effects beyond this absolute log2 fold change are drawn at the edge with an arrow.
LARGEST = 6
# Inches: the widest figure and panel, the gap between panels, a lane, a line of a title.
WIDTH, PANEL_WIDTH, GAP, LANE, LINE = 10.6, 4.2, 0.3, 0.061, 0.155
GREY, COMPOSITION = "#616E7C", GROUPS[6]
ARROWS = {-1: Path([(0.5, -1), (-0.5, 0), (0.5, 1)]), 1: Path([(-0.5, -1), (0.5, 0), (-0.5, 1)])}


def draw_sensitivity(
    primary: pd.DataFrame,
    variants: pd.DataFrame,
    titles: dict[tuple[str, str], tuple[str, str]],
    alpha: float,
    units: dict[tuple[str, str], str] | None = None,
) -> Figure:
    """Draw the primary genes of every comparison: effect of the main fit, and a marker per fit with one thing changed.

    Parameters
    ----------
    primary
        Rows of the panel table of the tier "primary".
    variants
        Rows of the sensitivity tables, with a column model.
    titles
        (model, contrast) -> title of the model and of the contrast, in the order of the figure.
    alpha
        Below it a test has decided.
    units
        (model, contrast) -> what its effects are per; "" or absent for differences of groups.

    Returns
    -------
    A small panel per comparison, all whose effects are in one unit on one scale. A marker is open where the fit's
    outcome is not the main fit's.
    """
    if primary.empty:
        figure, axis = plt.subplots(figsize=(4.4, 0.8))
        axis.axis("off")
        axis.text(0, 0.5, "The panel has no primary genes", color=GREY, va="center")
        return figure
    parts = []
    for (model, contrast), words in titles.items():
        main = primary[(primary["model"] == model) & (primary["contrast"] == contrast)].reset_index(drop=True)
        asked = variants[(variants["model"] == model) & (variants["contrast"] == contrast)]
        parts.append((words, main, decide_variants(asked, main, alpha)))
    per = [(units or {}).get(key, "") for key in titles]
    ranges = {unit: _range([part for part, of in zip(parts, per, strict=True) if of == unit]) for unit in set(per)}
    figure, axes, width = _grid(parts)
    for place, (axis, (words, main, fits)) in enumerate(zip(axes, parts, strict=True)):
        _title(axis, words, width)
        unit, (low, high) = per[place], ranges[per[place]]
        _prepare(axis, main, low, high, whole=not unit)
        first_column, last_row = axis.get_subplotspec().is_first_col(), place + _columns(len(parts)) >= len(parts)
        axis.tick_params(labelleft=first_column, labelbottom=True)
        axis.set_xlabel(f"log2 per {unit}" if unit else "log2 fold change" if last_row else "", labelpad=1)
        for row, gene in enumerate(main.to_dict("records")):
            _draw_main(axis, gene, row * GENE_HEIGHT, low, high, width, empty=not fits["row"].eq(row).any())
        _draw_variants(axis, fits, low, high)
    inches = figure.get_figheight()
    figure.text(0, 1 - 0.05 / inches, "Primary genes: one marker per fit", va="top", fontsize=10, fontweight="bold")
    figure.legend(
        handles=_legend(primary["equivalence_margin"], RARE in set(variants["kind"])),
        loc="upper left",
        bbox_to_anchor=(0, 1 - 0.28 / inches),
        borderaxespad=0,
        borderpad=0,
        ncols=_legend_columns(figure.get_figwidth()),
        fontsize=8.5,
        columnspacing=1.6,
    )
    return figure


def _range(parts: list) -> tuple[float, float]:
    """Return the ends of a common scale: all that is drawn, up to `LARGEST`, with space for markers."""
    shown = []
    for _, main, fits in parts:
        shown += [1.3 * main["equivalence_margin"], -1.3 * main["equivalence_margin"]]
        shown += [main["log2_fc"], main["ci_low"], main["ci_high"], main["composition_log2_fc"], fits["log2_fc"]]
    shown = pd.concat([values.astype(float).dropna() for values in shown]).clip(-LARGEST, LARGEST)
    low, high = shown.min(), shown.max()
    space = 0.04 * (high - low)
    return low - space, high + space


def _columns(panels: int) -> int:
    """Return how many panels are side by side: three, or four where there are many, and the last row well filled."""
    return -(-panels // -(-panels // (3 if panels <= 12 else 4)))


def _legend_columns(width: float) -> int:
    """Return the columns of the legend in a figure of this width, inches."""
    return 5 if width > 9 else 2


def _wrapped(words: tuple[str, str], width: float) -> tuple[list[str], list[str]]:
    """Break the titles of model (bold) and contrast into lines that fit a panel of this width, inches."""
    return wrap(words[0], int(13.8 * width)), wrap(words[1], int(15.5 * width))


def _grid(parts: list) -> tuple[Figure, list[Axes], float]:
    """Make the panels, their sizes fixed in inches, so that any number of them reads alike; and return their width."""
    columns = _columns(len(parts))
    rows = -(-len(parts) // columns)
    left = 0.2 + 0.085 * max(len(name) for _, main, _ in parts for name in main["symbol"])
    right, bottom = 0.15, 0.45
    width = max(min((WIDTH - left - right) / columns - GAP, PANEL_WIDTH), 1.5)
    titles = LINE * max(sum(map(len, _wrapped(words, width))) for words, *_ in parts) + 0.1
    height = LANE * GENE_HEIGHT * max(len(main) for _, main, _ in parts)
    full = left + right + columns * width + (columns - 1) * GAP
    legend = 0.36 + 0.19 * -(-len(_legend(pd.Series([0.0]), True)) // _legend_columns(full))
    between = titles + 0.3
    high = legend + titles + rows * height + (rows - 1) * between + bottom
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(full, high),
        squeeze=False,
        gridspec_kw={
            "left": left / full,
            "right": 1 - right / full,
            "bottom": bottom / high,
            "top": 1 - (legend + titles) / high,
            "wspace": GAP / width,
            "hspace": between / height,
        },
    )
    for axis in axes.flat[len(parts) :]:
        axis.remove()
    return figure, list(axes.flat[: len(parts)]), width


def _title(axis: Axes, words: tuple[str, str], width: float) -> None:
    """Write the title of the model, bold, above that of the contrast."""
    model, contrast = _wrapped(words, width)
    place = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom"}
    axis.annotate("\n".join(contrast), (0, 1), (0, 3), fontsize=8.5, color=GREY, linespacing=1.1, **place)
    axis.set_title("\n".join(model), fontsize=9, pad=4 + 72 * LINE * len(contrast), linespacing=1.1)


def _prepare(axis: Axes, main: pd.DataFrame, low: float, high: float, whole: bool) -> None:
    """Set scale (of whole numbers or not) and names, and draw what lies behind the effects."""
    axis.set_xlim(low, high)
    symbols = main["symbol"]
    axis.set_ylim(len(symbols) * GENE_HEIGHT, 0)
    for row, margin in enumerate(main["equivalence_margin"]):
        draw_margin(axis, margin, row * GENE_HEIGHT, (row + 1) * GENE_HEIGHT)
    axis.axvline(0, color="#7B8794", linewidth=0.8, zorder=1)
    for row in range(len(symbols) + 1):
        axis.axhline(row * GENE_HEIGHT, color="#CBD2D9", linewidth=0.6, zorder=1)
    axis.set_yticks([(row + 0.5) * GENE_HEIGHT for row in range(len(symbols))], symbols, fontsize=9)
    axis.xaxis.set_major_locator(MaxNLocator(7 if whole else 4, integer=whole))
    axis.grid(axis="x", color="#D5DAE0", linewidth=0.5, zorder=0.5)
    axis.set_axisbelow(True)
    axis.tick_params(axis="y", length=0, pad=7, labelcolor=MARK)
    axis.tick_params(axis="x", labelsize=8)
    axis.spines["left"].set_visible(False)


def _draw_main(axis: Axes, gene: dict, top: float, low: float, high: float, width: float, empty: bool) -> None:
    """Draw effect and interval of the main fit, or say why there is none."""
    effect, height = gene["log2_fc"], top + MAIN_LANE
    if not np.isfinite(effect):
        why = wrap(f"not tested: {gene['reason']}" if gene["reason"] else "not tested", int(15.5 * width))
        text = "\n ".join(why) if empty else "not tested"
        axis.text(low, top + GENE_HEIGHT / 2 if empty else height, f" {text}", color=GREY, fontsize=8, va="center")
        return
    if np.isfinite(gene["composition_log2_fc"]):
        edge = np.clip(gene["composition_log2_fc"], low, high)
        axis.plot([edge] * 2, [top + 0.25, top + 1.95], color=COMPOSITION, linewidth=1.6, zorder=3)
    tested = np.isfinite(gene["p_value"])
    axis.plot([gene["ci_low"], gene["ci_high"]], [height] * 2, color=MARK if tested else GREY, linewidth=1.5, zorder=4)
    _points(axis, [effect], [height], low, high, "o", 5.2, MARK if tested else GREY, open_=False, zorder=6)
    if not tested:
        left = effect > (low + high) / 2
        axis.text(low if left else high, height, " not tested ", color=GREY, fontsize=8, va="center",
                  ha="left" if left else "right")  # fmt: skip
    for end, way in ((gene["ci_low"], -1), (gene["ci_high"], 1)):
        if way * end > way * (high if way > 0 else low):
            _arrow(axis, [height], low, high, way, MARK)


def _draw_variants(axis: Axes, fits: pd.DataFrame, low: float, high: float) -> None:
    """Draw a marker per fit in the lane of its kind; neighbours are shifted up and down in turn."""
    for kind, (_, marker, colour) in KINDS.items():
        centre, shift = LANES[kind]
        found = fits[fits["kind"] == kind].sort_values(["row", "log2_fc"], kind="stable")
        # 0, 1, 2, 0 ... in order of the effect, so that markers that lie close lie on different heights.
        turn = found.groupby("row").cumcount() % 3 - 1
        alone = found.groupby("row")["row"].transform("size") == 1
        height = found["row"] * GENE_HEIGHT + centre + shift * turn.where(~alone, 0)
        for open_ in (False, True):
            part = found["other"].astype(bool) == open_
            size = {"o": 3.7, "s": 3.5, "D": 3.3}.get(marker, 4.2)
            x, y = found["log2_fc"][part].to_numpy(dtype=float), height[part].to_numpy(dtype=float)
            _points(axis, x, y, low, high, marker, size, colour, open_, zorder=5)


def _points(axis, x, y, low, high, marker, size, colour, open_, zorder) -> None:
    """Draw markers; those beyond the scale at its edge, with an arrow."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not len(x):
        return
    space = 0.015 * (high - low)
    axis.plot(np.clip(x, low + space, high - space), y, linestyle="none", zorder=zorder, clip_on=False,
              **_look(marker, size, colour, open_))  # fmt: skip
    for way, beyond in ((-1, x < low), (1, x > high)):
        _arrow(axis, y[beyond], low, high, way, colour)


def _look(marker: str, size: float, colour: str, open_: bool) -> dict:
    """Return the look of a marker."""
    face, edge, line = ("white", colour, 1.0) if open_ else (colour, "white", 0.3)
    return {
        "marker": marker,
        "markersize": size - 0.5 if open_ else size,
        "markerfacecolor": face,
        "markeredgecolor": edge,
        "markeredgewidth": line,
    }


def _arrow(axis: Axes, y, low: float, high: float, way: int, colour: str) -> None:
    """Draw arrow heads just outside the scale."""
    edge = (high if way > 0 else low) + way * 0.015 * (high - low)
    axis.plot([edge] * len(y), y, linestyle="none", clip_on=False, zorder=7, marker=ARROWS[way], markersize=3.6,
              markerfacecolor="none", markeredgecolor=colour, markeredgewidth=1.1)  # fmt: skip


def _legend(margins: pd.Series, rare: bool) -> list:
    """Return what the legend explains; `rare` tells whether there are fits of the kind `RARE`."""
    shapes = [
        Line2D([], [], linestyle="none", label=words, **_look(marker, 5, colour, False))
        for kind, (words, marker, colour) in KINDS.items()
        if rare or kind != RARE
    ]
    return [
        Line2D([], [], color=MARK, linewidth=1.5, marker="o", markersize=5.2, label="main fit, with its interval"),
        Line2D([], [], linestyle="none", label="open: the outcome differs", **_look("o", 5, GREY, True)),
        *shapes,
        Line2D([], [], linestyle="none", marker="|", markersize=8, markeredgewidth=1.6, color=COMPOSITION,
               label="leukaemic fraction alone"),
        margin_handle(margins),
        Line2D([], [], linestyle="none", marker=ARROWS[1], markersize=4.5, markerfacecolor="none",
               markeredgecolor=GREY, label="beyond the scale"),
    ]  # fmt: skip
