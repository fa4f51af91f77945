"""Figures of sample quality."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from autocrine.page.figures.style import MARK, NEUTRAL, SEQUENTIAL, group_colours
from autocrine.samples.quality import order_alike

# Above this many samples their names are no longer readable and are left out.
MOST_NAMES = 80
MOST_PANELS = 6


def draw_libraries(quality: pd.DataFrame) -> Figure:
    """Draw library size and detected genes per sample; flagged samples are coloured.

    `quality` has sample, outlier_flag, and library_size and detected_genes; or of log expression median_level and
    level_iqr.
    """
    drawn = {"library_size": "Counts per sample", "detected_genes": "Genes with a count"}
    if "median_level" in quality:
        drawn = {"median_level": "Median log2 expression", "level_iqr": "Interquartile range (log2)"}
    order = quality.sort_values(next(iter(drawn)))
    height = min(14.0, max(2.5, 0.17 * len(order)))
    figure, axes = plt.subplots(1, 2, figsize=(8, height), sharey=True, layout="constrained")
    colours = np.where(order["outlier_flag"] != "", MARK, NEUTRAL)
    for axis, (column, title) in zip(axes, drawn.items(), strict=True):
        axis.barh(np.arange(len(order)), order[column], color=colours, height=0.75)
        axis.set_title(title)
        axis.margins(y=0.01)
        axis.xaxis.set_major_formatter(lambda value, _: f"{value / 1e6:g} M" if value >= 1e6 else f"{value:,g}")
        axis.tick_params(axis="x", labelsize=8)
    _names(axes[0], "y", order["sample"])
    return figure


def draw_components(
    scores: pd.DataFrame, explained: np.ndarray, sheet: pd.DataFrame, associations: pd.DataFrame
) -> Figure:
    """Draw the first two principal components once per sheet column that groups the samples, six at most.

    `scores` samples x components; `explained` share per component; `sheet` samples x columns; `associations` has column
    and r_squared. A batch comes first, then the columns that explain most of any component.
    """
    strongest = associations.groupby("column")["r_squared"].max() if len(associations) else pd.Series(dtype=float)
    worth = [column for column in sheet.columns if _worth_colouring(sheet[column])]
    ranked = sorted(worth, key=lambda column: (column != "batch", -strongest.get(column, 0.0)))
    columns = ranked[:MOST_PANELS] or [None]
    across = min(3, len(columns))
    down = -(-len(columns) // across)
    figure, axes = plt.subplots(down, across, figsize=(4.2 * across, 3.1 * down), squeeze=False, layout="constrained")
    for axis in axes.flat[len(columns) :]:
        axis.set_axis_off()
    for axis, column in zip(axes.flat, columns, strict=False):
        x, y = scores["PC1"], scores["PC2"] if "PC2" in scores else scores["PC1"] * 0
        if column is None:
            axis.scatter(x, y, s=22, color=MARK)
        elif pd.api.types.is_float_dtype(sheet[column]):
            points = axis.scatter(x, y, s=22, c=sheet[column], cmap="viridis")
            figure.colorbar(points, ax=axis, shrink=0.7)
        else:
            values = sheet[column].astype(object).fillna("").astype(str)
            for level, colour in group_colours(sorted(values.unique())).items():
                here = (values == level).to_numpy()
                axis.scatter(x[here], y[here], s=22, color=colour, label=level or "(blank)")
            axis.legend(fontsize=7, handletextpad=0.1, loc="upper left", bbox_to_anchor=(1.0, 1.0))
        axis.set_title(column or "Samples")
        axis.set_xlabel(f"PC1 ({explained[0]:.0%})")
        axis.set_ylabel(f"PC2 ({explained[1]:.0%})" if len(explained) > 1 else "")
    if ranked[MOST_PANELS:]:
        figure.supxlabel(f"Not drawn: {', '.join(ranked[MOST_PANELS:])}", fontsize=8)
    return figure


def draw_scree(explained: np.ndarray) -> Figure:
    """Draw the share of variance that each component explains."""
    figure, axis = plt.subplots(figsize=(4.2, 2.6), layout="constrained")
    axis.bar(np.arange(1, len(explained) + 1), explained * 100, color=NEUTRAL, width=0.7)
    axis.set_xticks(np.arange(1, len(explained) + 1))
    axis.set_xlabel("Component")
    axis.set_ylabel("% of variance")
    axis.set_title("Variance explained")
    return figure


def draw_associations(associations: pd.DataFrame) -> Figure:
    """Draw how much of each component each sheet column explains; a star marks p < 0.001.

    `associations` has component, column, r_squared and p_value.
    """
    if associations.empty:
        figure, axis = plt.subplots(figsize=(4.2, 1.2))
        axis.set_axis_off()
        axis.text(0, 0.5, "No column of the sheet groups the samples.")
        return figure
    components = sorted(associations["component"].unique(), key=lambda name: int(name[2:]))
    columns = list(dict.fromkeys(associations["column"]))
    table = associations.pivot(index="column", columns="component", values="r_squared").loc[columns, components]
    p_values = associations.pivot(index="column", columns="component", values="p_value").loc[columns, components]
    figure, axis = plt.subplots(figsize=(1.9 + 0.52 * len(components), 0.9 + 0.32 * len(columns)), layout="constrained")
    image = axis.imshow(table, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(table.to_numpy()):
        if np.isfinite(value):
            star = "*" if p_values.iat[i, j] < 0.001 else ""
            axis.text(
                j,
                i,
                f"{value:.2f}{star}",
                ha="center",
                va="center",
                fontsize=7,
                color="white" if value > 0.55 else "#323F4B",
            )
    axis.set_xticks(range(len(components)), components)
    axis.set_yticks(range(len(columns)), columns)
    axis.spines[:].set_visible(False)
    axis.set_title("Share of a component that a column explains")
    figure.colorbar(image, ax=axis, shrink=0.8)
    return figure


def draw_distances(distances: pd.DataFrame) -> Figure:
    """Draw the distances between samples, ordered so that similar samples are neighbours (average linkage)."""
    order = order_alike(distances)
    square = distances.iloc[order, order]
    size = min(12.0, max(3.5, 1.6 + 0.16 * len(square)))
    figure, axis = plt.subplots(figsize=(size + 0.6, size), layout="constrained")
    image = axis.imshow(square, cmap=f"{SEQUENTIAL}_r")
    _names(axis, "x", square.columns)
    _names(axis, "y", square.index)
    axis.spines[:].set_visible(False)
    axis.set_title("Distance between samples (log2 scale)")
    figure.colorbar(image, ax=axis, shrink=0.7)
    return figure


def _names(axis, which: str, names) -> None:
    set_ticks = axis.set_xticks if which == "x" else axis.set_yticks
    if len(names) > MOST_NAMES:
        set_ticks([])
    else:
        set_ticks(np.arange(len(names)), list(names), fontsize=6.5, **({"rotation": 90} if which == "x" else {}))


def _worth_colouring(column: pd.Series) -> bool:
    if pd.api.types.is_float_dtype(column):
        return column.nunique() > 1
    distinct = column.astype(object).fillna("").nunique()
    return 1 < distinct <= 10 and distinct < len(column)
