"""The figure of every model's samples on principal components of their own."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from autocrine.page.figures.samples import Question
from autocrine.page.figures.style import NEUTRAL, group_colours
from autocrine.samples.quality import Components

ACROSS = 3
# More models than these are named below the figure.
MOST_MODELS = 12
# Letters of a group's name in a line of the legend.
LONGEST = 26


def draw_model_components(models: dict[str, tuple[str, Components, Question]]) -> Figure:
    """Draw the first two principal components of each model's samples, coloured by what the model compares.

    Parameters
    ----------
    models
        Name -> title, components of the model's samples alone, and the question by which they are coloured: its groups
        or its measurement. Samples of the model that are in no group are grey.
    """
    drawn = dict(list(models.items())[:MOST_MODELS])
    across = min(ACROSS, len(drawn))
    down = -(-len(drawn) // across)
    figure, axes = plt.subplots(down, across, figsize=(3.6 * across, 3.3 * down), squeeze=False, layout="constrained")
    for axis in axes.flat[len(drawn) :]:
        axis.set_axis_off()
    for axis, (title, components, question) in zip(axes.flat, drawn.values(), strict=False):
        scores, explained = components.scores, components.explained
        y = scores["PC2"] if "PC2" in scores else scores["PC1"] * 0
        _points(axis, scores["PC1"], y, question)
        axis.set_title(title, fontsize=9, wrap=True)
        axis.set_xlabel(f"PC1 ({explained[0]:.0%})")
        axis.set_ylabel(f"PC2 ({explained[1]:.0%})" if len(explained) > 1 else "")
    if len(models) > len(drawn):
        left = [title for title, *_ in list(models.values())[MOST_MODELS:]]
        figure.supxlabel(f"Not drawn: {', '.join(left)}", fontsize=8)
    return figure


def _points(axis: Axes, x: pd.Series, y: pd.Series, question: Question) -> None:
    """Draw the samples, each in the colour of its group, or by their measurement."""
    look = {"s": 22, "linewidths": 0.4, "edgecolors": "white"}
    if question.measurement is not None:
        points = axis.scatter(x, y, c=question.measurement[x.index], cmap="viridis", **look)
        axis.figure.colorbar(points, ax=axis, shrink=0.7, label=question.measurement.name)
        return
    in_none = ~np.isin(x.index, [name for group in question.groups.values() for name in group])
    if in_none.any():
        axis.scatter(x[in_none], y[in_none], color=NEUTRAL, label="others", **look)
    for group, colour in group_colours(list(question.groups)).items():
        here = x.index.isin(question.groups[group])
        axis.scatter(x[here], y[here], color=colour, label=fill(group, LONGEST), **look)
    # Below the axes, where no sample can lie under it.
    axis.legend(
        fontsize=7, handletextpad=0.1, columnspacing=0.8, ncols=2, loc="upper left", bbox_to_anchor=(-0.1, -0.2)
    )
