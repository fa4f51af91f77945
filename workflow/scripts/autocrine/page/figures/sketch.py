"""The picture of some cells: by state, and by patient, with the cells that show a receptor on top."""

from functools import partial
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from autocrine.page.figures.style import GROUPS, MARK, NEUTRAL, UP
from autocrine.seeds import SEEDS
from autocrine.tables import write_whole

# Bytes of the picture at the most, and the dots per inch that are tried, the finest first.
LARGEST = 250_000
RESOLUTIONS = (130, 110, 90, 75, 60, 45)
# More names than these cannot be distinguished by colour.
MOST_NAMED = 14
LONGEST = 22
# The dark colours last: circles on top are dark.
DARK = ("#882255", "#332288")
COLOURS = (*(colour for colour in GROUPS if colour not in DARK), *DARK)
AXES = {"pca": "principal component", "umap": "UMAP"}


def draw_sketch(cells: pd.DataFrame, places: np.ndarray | None, way: str, receptor: str = "") -> Figure:
    """Draw cells twice: coloured by state, with those that show a receptor on top, and by patient.

    Parameters
    ----------
    cells
        state, patient and seen (whether the cell has a count of the receptor); a row per cell.
    places
        Cells x 2; None where there are too few to place.
    way
        What the places are: "pca" or "umap".
    receptor
        The gene whose cells are marked; "" for none.
    """
    if places is None:
        figure, axis = plt.subplots(figsize=(4.4, 0.8))
        axis.axis("off")
        axis.text(0, 0.5, "Too few cells for a picture", color=MARK, va="center")
        return figure
    figure, axes = plt.subplots(1, 2, figsize=(9.6, 4.4), layout="constrained")
    for axis, column in zip(axes, ("state", "patient"), strict=True):
        _draw_cells(axis, cells[column], places)
        axis.set_title(f"by {column}")
        axis.set_xlabel(f"{AXES[way]} 1")
        axis.set_ylabel(f"{AXES[way]} 2")
        axis.set_xticks([])
        axis.set_yticks([])
        handles = _legend(cells[column])
        if column == "state" and receptor and cells["seen"].any():
            at = places[cells["seen"].to_numpy(dtype=bool)]
            axis.scatter(at[:, 0], at[:, 1], s=8, facecolors="none", edgecolors=MARK, linewidths=0.4, gid="seen")
            handles.append(Line2D([], [], linestyle="none", marker="o", markersize=4, markerfacecolor="none",
                                  markeredgecolor=MARK, label=f"a count of {receptor}"))  # fmt: skip
        if handles:
            columns = 3 if len(handles) > 6 else max(len(handles), 1)
            axis.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=min(columns, 3),
                        fontsize=7, handletextpad=0.3, columnspacing=1)  # fmt: skip
    return figure


def save_picture(figure: Figure, path: str | Path, data_origin: str) -> None:
    """Write a figure as PNG of 250 kB at the most, as fine as that allows; simulated data are marked in it.

    The figure is closed afterwards.
    """
    if data_origin == "SIMULATED":
        figure.text(0.995, 0.995, "SIMULATED", ha="right", va="top", color=UP, fontsize=8, fontweight="bold")
    for dots in RESOLUTIONS:
        write_whole(path, partial(_write, figure, dots, data_origin))
        if Path(path).stat().st_size <= LARGEST:
            break
    plt.close(figure)


def _write(figure: Figure, dots: int, data_origin: str, file: Path) -> None:
    # Neither date nor version: equal data give equal files.
    metadata = {"Software": None, "Description": data_origin}
    figure.savefig(file, format="png", dpi=dots, bbox_inches="tight", metadata=metadata)


def _draw_cells(axis: Axes, names: pd.Series, places: np.ndarray) -> None:
    levels = sorted(set(names))
    colours = state_colours(levels) if 1 < len(levels) <= MOST_NAMED else dict.fromkeys(levels, NEUTRAL)
    # One call, in the order of the sketch: no state hides another only because it is drawn last.
    mixed = np.random.default_rng(SEEDS["sketch of cells"]).permutation(len(names))
    shades = [colours[name] for name in names.to_numpy()[mixed]]
    # Without smoothed edges the file has few colours, and is small.
    axis.scatter(places[mixed, 0], places[mixed, 1], s=4, c=shades, linewidths=0, antialiased=False, gid="cells")


def _legend(names: pd.Series) -> list[Line2D]:
    levels = sorted(set(names))
    if not 1 < len(levels) <= MOST_NAMED:
        return []
    return [
        Line2D([], [], linestyle="none", marker="o", markersize=4, color=colour,
               label=name if len(name) <= LONGEST else name[: LONGEST - 1] + "…")
        for name, colour in state_colours(levels).items()
    ]  # fmt: skip


def state_colours(levels: list[str]) -> dict[str, str]:
    """Give each state, or patient, a colour, the same in all figures of cells."""
    return {level: COLOURS[number % len(COLOURS)] for number, level in enumerate(levels)}
