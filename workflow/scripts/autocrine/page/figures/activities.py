"""The figure of activities: regulators in every comparison, those that are asked for first and then the clearest."""

from textwrap import shorten, wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from autocrine.page.figures.style import DIVERGING, MARK
from autocrine.results.activities import order_regulators

# Regulators of a file beside those that are asked for; colours saturate at this p-value, as -log10.
MOST_OTHERS, LARGEST = 14, 4
MISSING, GREY = "#C4CAD1", "#616E7C"
# Inches: the names of comparisons, a cell, the gap before the others, a line of a name, a letter of it.
NAMES, CELL, GAP, LINE, LETTER, ABOVE, BELOW = 3.1, 0.27, 0.14, 0.15, 0.062, 1.55, 0.15


def draw_activities(table: pd.DataFrame, titles: dict[tuple[str, str], tuple[str, str]], alpha: float) -> Figure:
    """Draw comparisons x regulators, coloured by the side and the p-value of the activity.

    Parameters
    ----------
    table
        `activities.tsv.gz`.
    titles
        (model, contrast) -> title of the model and of the contrast, in the order of the rows.
    alpha
        Activities with an adjusted p-value below it are marked.

    Returns
    -------
    The regulators of `autocrine.results.activities.FIRST` that the networks have, then those with the smallest p-value
    in any comparison, at most `MOST_OTHERS`, file by file. What was not tested is grey.
    """
    parts = choose_regulators(table)
    if not parts:
        figure, axis = plt.subplots(figsize=(4.4, 0.8))
        axis.axis("off")
        axis.text(0, 0.5, "No regulator was tested", color=GREY, va="center")
        return figure
    rows, depth = _rows(titles)
    full = max(NAMES + sum(CELL * len(names) + GAP for _, names in parts), 7.2)
    high = ABOVE + depth + BELOW
    figure = plt.figure(figsize=(full, high))
    _legend(figure, full, high, alpha)
    cells = table.set_index(["model", "contrast", "file", "regulator"]).to_dict("index")
    left, before = NAMES, None
    # Names of regulators are above the cells: titles are moved above them.
    with plt.rc_context({"axes.titley": None}):
        for file, names in parts:
            size = (left / full, BELOW / high, CELL * len(names) / full, depth / high)
            axis = figure.add_axes(size, xlim=(-0.5, len(names) - 0.5), ylim=(depth, 0))
            _draw(axis, cells, file, names, rows, alpha)
            if before is None:
                _name_rows(axis, rows)
            if file != before:
                axis.set_title(shorten(file, 40, placeholder="…"), fontsize=7.5, color=GREY, fontweight="normal")
            left, before = left + CELL * len(names) + GAP, file
    return figure


def choose_regulators(table: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Return the regulators to draw, by file: those that are asked for first, and apart from them the clearest."""
    parts = []
    for file, rows in table.groupby("file", sort=False):
        first = order_regulators(list(dict.fromkeys(rows["regulator"])))
        others = rows[(rows["status"] == "tested") & ~rows["regulator"].isin(first)]
        least = others.groupby("regulator")["p_value"].min().sort_values(kind="stable")
        parts += [(str(file), first), (str(file), list(least.index[:MOST_OTHERS]))]
    return [(file, names) for file, names in parts if names]


def _rows(titles: dict[tuple[str, str], tuple[str, str]]) -> tuple[list, float]:
    """Return key, lines of the model's title (only above its first row), lines of the name, top and height; depth."""
    rows, top, before = [], 0.0, None
    for key, (model, contrast) in titles.items():
        heading = wrap(model, int(NAMES / LETTER * 0.9)) if key[0] != before else []
        lines = wrap(contrast, int((NAMES - 0.25) / LETTER)) or [""]
        top += LINE * len(heading) + 0.05 * bool(heading)
        height = max(0.2, LINE * len(lines) + 0.04)
        rows.append((key, heading, lines, top, height))
        top, before = top + height, key[0]
    return rows, top


def _draw(axis: Axes, cells: dict, file: str, names: list[str], rows: list, alpha: float) -> None:
    """Draw the cells of these regulators, and name them above."""
    axis.spines[:].set_visible(False)
    colours, scale = plt.get_cmap(DIVERGING), Normalize(-LARGEST, LARGEST)
    marked = []
    for key, _, _, top, height in rows:
        for place, name in enumerate(names):
            one, colour = cells.get((*key, file, name), {"status": ""}), MISSING
            if one["status"] == "tested":
                strength = -np.log10(max(float(one["p_value"]), 1e-300))
                colour = colours(scale(np.sign(one["stat"]) * min(strength, LARGEST)))
                if one["adj_p_value"] < alpha:
                    marked.append((place, top + height / 2))
            axis.add_patch(plt.Rectangle((place - 0.48, top + 0.005), 0.96, height - 0.01, color=colour, linewidth=0))
    if marked:
        axis.scatter(*zip(*marked, strict=True), s=16, color="white", edgecolors=MARK, linewidths=1, zorder=3)
    axis.xaxis.tick_top()
    axis.set_xticks(range(len(names)), names, fontsize=7.5, rotation=90)
    axis.set_yticks([])
    axis.tick_params(length=0, pad=2, labelcolor=MARK)


def _name_rows(axis: Axes, rows: list) -> None:
    """Write titles of models and names of comparisons left of the cells."""
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
    for _, heading, lines, top, height in rows:
        if heading:
            axis.annotate("\n".join(heading), (0, top), (-72 * NAMES, 1), va="bottom", fontsize=8, fontweight="bold",
                          color=MARK, linespacing=1.1, **place)  # fmt: skip
        axis.annotate("\n".join(lines), (0, top + height / 2), (-72 * NAMES + 9, 0), va="center", fontsize=8,
                      color=MARK, linespacing=1.1, **place)  # fmt: skip


def _legend(figure: Figure, full: float, high: float, alpha: float) -> None:
    """Draw title, scale of colours and meaning of the marks on top."""
    figure.text(0, 1, "Regulators by their targets, in every comparison", va="top", fontsize=10, fontweight="bold",
                color=MARK)  # fmt: skip
    scale = figure.add_axes((0.1 / full, 1 - 0.42 / high, 1.7 / full, 0.11 / high), label="scale")
    bar = figure.colorbar(plt.cm.ScalarMappable(Normalize(-LARGEST, LARGEST), DIVERGING), cax=scale,
                          orientation="horizontal", extend="both", extendfrac=0.06)  # fmt: skip
    bar.set_ticks([-LARGEST, -LARGEST // 2, 0, LARGEST // 2, LARGEST], labels=["1e-4", "0.01", "1", "0.01", "1e-4"])
    bar.ax.tick_params(labelsize=7, length=2, pad=1.5)
    bar.outline.set_visible(False)
    bar.set_label("lower    p-value    higher", fontsize=7.5, labelpad=1.5)
    handles = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            markersize=4.2,
            markerfacecolor="white",
            markeredgecolor=MARK,
            label=f"adjusted p-value below {alpha:g}",
        ),
        Patch(facecolor=MISSING, label="grey: not tested (too few targets, or no direction)"),
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(2.3 / full, 1 - 0.26 / high), fontsize=7.5,
                  borderaxespad=0, borderpad=0, handletextpad=0.5)  # fmt: skip
