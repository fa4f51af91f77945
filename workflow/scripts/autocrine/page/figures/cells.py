"""The figures of single cells: shares of cells with a gene, genes in the same cells, and shares of states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, PercentFormatter
from scipy.special import ndtri

from autocrine.page.cells import TESTED
from autocrine.page.figures.sketch import state_colours
from autocrine.page.figures.style import DOWN, MARK, UP, group_colours

GREY = "#616E7C"
# Panels of shares, samples of the bars, and pairs of the forest at the most; the rest is left to the tables.
MOST_PANELS, MOST_SAMPLES, MOST_PAIRS = 24, 80, 12
# Panels of shares beside one another.
COLUMNS = 6
# Odds ratios beyond this, and below one over it, are drawn at the edge.
LARGEST = 64.0
# Inches of the forest: names, panel, numbers, a row; what is above and below the rows of a pair.
NAMES, PANEL, NUMBERS, ROW, ABOVE, BELOW = 1.9, 3.2, 2.5, 0.19, 0.42, 0.5
LONGEST = 26


@dataclass(frozen=True)
class SharePanel:
    """One gene in one comparison.

    Attributes
    ----------
    gene, title
        The gene; the comparison in words.
    groups
        Group -> its samples (rows of sums), the reference first.
    """

    gene: str
    title: str
    groups: Mapping[str, Sequence[str]]


def draw_shares(shares: pd.DataFrame, panels: Sequence[SharePanel], patients: Mapping[str, str]) -> Figure:
    """Draw the share of cells with a gene in each sample, a panel per gene and comparison.

    Parameters
    ----------
    shares
        `shares.tsv.gz`: sample, symbol, fraction (at equal depth), own_fraction, and ambient_fraction, which is drawn
        as a dash where it is known.
    panels
        What is drawn.
    patients
        Sample -> patient. Samples of a patient in two groups are joined.

    Returns
    -------
    Filled points at equal depth, hollow ones at the cells' own depth, dashes for what ambient RNA alone would show.
    """
    known = shares.set_index(["symbol", "sample"]).sort_index()
    counted = set(shares["symbol"])
    shown = [panel for panel in panels if panel.gene in counted]
    left_out, shown = len(shown[MOST_PANELS:]), shown[:MOST_PANELS]
    if not shown:
        return _say("No share of cells to show")
    titles = list(dict.fromkeys(panel.title for panel in shown))
    blocks = [[panel for panel in shown if panel.title == title] for title in titles]
    columns = min(COLUMNS, max(map(len, blocks)))
    lines = [-(-len(block) // columns) for block in blocks]
    size = (max(5.2, 0.4 + 1.62 * columns), 0.5 + sum(0.35 + 1.95 * number for number in lines))
    figure = plt.figure(figsize=size, layout="constrained")
    parts = np.atleast_1d(figure.subfigures(len(blocks), 1, height_ratios=lines))
    for part, title, block, rows in zip(parts, titles, blocks, lines, strict=True):
        part.suptitle(shorten(title, 100, placeholder=" …"), x=0.01, ha="left", fontsize=9, fontweight="bold")
        axes = part.subplots(rows, columns, squeeze=False)
        for axis in axes.flat[len(block) :]:
            axis.axis("off")
        for axis, panel in zip(axes.flat, block, strict=False):
            _draw_share(axis, known, panel, patients)
        for axis in axes[:, 0]:
            axis.set_ylabel("share of cells", fontsize=8)
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=5, color=MARK, label="at equal depth"),
        Line2D([], [], linestyle="none", marker="o", markersize=4, markerfacecolor="white", markeredgecolor=GREY,
               label="at the cells' own depth"),
    ]  # fmt: skip
    if shares["ambient_fraction"].notna().any():
        label = "ambient RNA alone, at most"
        handles.append(Line2D([], [], linestyle="none", marker="_", markersize=8, color=UP, label=label))
    more = f"the first {len(shown)} of {len(shown) + left_out} panels" if left_out else None
    figure.legend(handles=handles, loc="outside lower left", ncols=len(handles), fontsize=8, title=more)
    return figure


def _draw_share(axis: Axes, known: pd.DataFrame, panel: SharePanel, patients: Mapping[str, str]) -> None:
    axis.set_title(shorten(panel.gene, 20, placeholder=" …"), fontsize=8.5)
    axis.tick_params(labelsize=7)
    rows = [[(sample, known.loc[(panel.gene, sample)]) for sample in samples if (panel.gene, sample) in known.index]
            for samples in panel.groups.values()]  # fmt: skip
    joined: dict[str, list[tuple[float, float]]] = {}
    colours = group_colours(list(panel.groups))
    top = 0.0
    for place, (group, found) in enumerate(zip(panel.groups, rows, strict=True)):
        # Points beside one another, in the order of the samples; hollow ones to their right.
        spread = np.linspace(-0.16, 0.16, len(found)) if len(found) > 1 else np.zeros(1)
        at = place + spread[: len(found)]
        own, equal, ambient = (
            np.array([row.get(name, np.nan) for _, row in found], dtype=float)
            for name in ("own_fraction", "fraction", "ambient_fraction")
        )
        # One call for all points of a group keeps the file small.
        axis.plot(at + 0.06, own, "o", markersize=3.6, markerfacecolor="white", markeredgecolor=GREY,
                  markeredgewidth=0.6, gid="own", zorder=2)  # fmt: skip
        axis.plot(at, equal, "o", markersize=5, color=colours[group], gid="equal", zorder=4)
        if np.isfinite(ambient).any():
            axis.plot(at, ambient, "_", markersize=8, color=UP, gid="ambient", zorder=2)
        for (sample, _), x, y in zip(found, at, equal, strict=True):
            if np.isfinite(y):
                joined.setdefault(str(patients.get(sample, "")), []).append((x, y))
        top = max([top, *(value for value in (*own, *equal, *ambient) if np.isfinite(value))])
    # A patient with one sample in each of several groups; further samples are not known to go together.
    pairs = [
        points
        for patient, points in joined.items()
        if patient and len(points) > 1 and len({round(x) for x, _ in points}) == len(points)
    ]
    axis.add_collection(LineCollection(pairs, colors="#9AA5B1", linewidths=0.8, gid="pairs", zorder=3))
    axis.set_xticks(range(len(panel.groups)), [shorten(name, 14, placeholder=" …") for name in panel.groups])
    axis.set_xlim(-0.5, len(panel.groups) - 0.5)
    axis.set_ylim(0, 1.12 * top if top else 1)
    axis.yaxis.set_major_locator(MaxNLocator(3))
    axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=None))


def draw_pairs(tests: pd.DataFrame, patients: pd.DataFrame, titles: Mapping[str, str], alpha: float) -> Figure:
    """Draw for each model and pair of genes the odds ratio of each patient, and the mean over patients.

    Parameters
    ----------
    tests, patients
        `codetection.tsv` and `codetection_patients.tsv`.
    titles
        Model -> its title.
    alpha
        Intervals hold 1 - alpha.
    """
    first = tests.drop_duplicates(["model", "ligand", "receptor"])
    keys = ["model", "ligand", "receptor"]
    blocks = []
    for row in first.to_dict("records")[:MOST_PAIRS]:
        own = patients[(patients[keys] == [row[key] for key in keys]).all(axis=1) & patients["log_odds_ratio"].notna()]
        blocks.append((row, own.to_dict("records")))
    if not blocks:
        return _say("No pair of genes is asked about")
    spaces = [ABOVE + (ROW * (len(own) + 1) + BELOW if own else ROW) for _, own in blocks]
    depth, width = sum(spaces), NAMES + PANEL + NUMBERS
    figure, top = plt.figure(figsize=(width, depth)), depth
    for (row, own), space in zip(blocks, spaces, strict=True):
        height = ROW * (len(own) + 1) if own else ROW
        axis = figure.add_axes((NAMES / width, (top - ABOVE - height) / depth, PANEL / width, height / depth))
        state = f" ({row['state']})" if row["state"] else ""
        title = shorten(f"{row['ligand']} and {row['receptor']}: {titles[row['model']]}{state}", 90, placeholder=" …")
        axis.set_title(title, x=-NAMES / PANEL, fontsize=9)
        _draw_pair(axis, row, own, alpha)
        top -= space
    return figure


def _draw_pair(axis: Axes, row: Mapping, own: Sequence[Mapping], alpha: float) -> None:
    if not own:
        axis.axis("off")
        _annotate(axis, shorten(row["reason"] or row["status"], 90, placeholder=" …"), 0.5, GREY, inside=True)
        return
    reach = float(ndtri(1 - alpha / 2))
    marks = [
        (one, *np.exp(one["log_odds_ratio"] + np.array([0, -reach, reach]) * one["log_odds_error"])) for one in own
    ]
    mean = (row["odds_ratio"], row["ci_low"], row["ci_high"])
    ends = np.array([value for mark in [*(mark[1:] for mark in marks), mean] for value in mark], dtype=float)
    ends = ends[np.isfinite(ends) & (ends > 0)]
    widest = min(max(2.0, *np.maximum(ends, 1 / ends)), LARGEST)
    low, high = 1 / (1.1 * widest), 1.1 * widest
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_locator(LogLocator(base=4 if widest > 8 else 2))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())
    axis.set_xlim(low, high)
    axis.set_ylim(len(marks) + 1, 0)
    axis.axvline(1, color="#7B8794", linewidth=0.8, zorder=1)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=8)
    axis.set_xlabel("odds ratio given depth and state, with interval", fontsize=8)
    for place, (one, ratio, left, right) in enumerate(marks):
        height, inside = place + 0.5, one["status"] == TESTED
        _annotate(axis, shorten(str(one["patient"]), LONGEST, placeholder=" …"), height, MARK)
        axis.plot(np.clip([left, right], low, high), [height] * 2, color=GREY, linewidth=1.2, gid="interval", zorder=3)
        axis.plot([np.clip(ratio, low, high)], [height], "s", markersize=4, markeredgecolor=GREY, zorder=4,
                  markerfacecolor=GREY if inside else "white", gid="patient" if inside else "left out")  # fmt: skip
    height = len(marks) + 0.5
    _annotate(axis, "mean over patients", height, MARK)
    if not np.isfinite(row["odds_ratio"]):
        _number(axis, "no test", height)
        return
    left, middle, right = (np.clip(value, low, high) for value in (row["ci_low"], row["odds_ratio"], row["ci_high"]))
    sure = row["adj_p_value"] < alpha
    colour = (UP if row["odds_ratio"] > 1 else DOWN) if sure else MARK
    axis.fill([left, middle, right, middle], [height, height - 0.32, height, height + 0.32], linewidth=1,
              facecolor=colour if sure else "white", edgecolor=colour, gid="mean", zorder=4)  # fmt: skip
    _number(axis, f"{row['odds_ratio']:.2f} ({row['ci_low']:.2f} to {row['ci_high']:.2f})", height)


def draw_states(sums: pd.DataFrame) -> Figure:
    """Draw the shares of the states among the kept cells of each sample, a bar per sample.

    Parameters
    ----------
    sums
        sample, state and cells (kept) of `pseudobulks.tsv`.
    """
    table = sums.pivot_table(index="sample", columns="state", values="cells", aggfunc="sum", sort=False).fillna(0)
    table = table[sorted(table)][table.sum(axis=1) > 0]
    if table.empty or table.shape[1] < 2:
        return _say("The cells have one state only")
    shown = table.iloc[:MOST_SAMPLES]
    figure, axis = plt.subplots(figsize=(7.2, 0.9 + 0.17 * len(shown)), layout="constrained")
    parts = shown.div(shown.sum(axis=1), axis=0)
    left, places = np.zeros(len(parts)), np.arange(len(parts))
    colours = state_colours(list(parts))
    for state in parts:
        axis.barh(places, parts[state], left=left, height=0.8, color=colours[state], edgecolor="white", linewidth=0.4,
                  label=shorten(str(state), LONGEST, placeholder=" …") or "no state", gid="state")  # fmt: skip
        left += parts[state].to_numpy()
    axis.set_yticks(places, [shorten(str(name), LONGEST, placeholder=" …") for name in parts.index], fontsize=7)
    axis.set_ylim(len(parts) - 0.5, -0.5)
    axis.set_xlim(0, 1)
    axis.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axis.tick_params(axis="x", labelsize=8)
    axis.set_xlabel("share of the kept cells", fontsize=8)
    figure.legend(loc="outside upper left", ncols=min(5, len(colours)), fontsize=7, handlelength=1)
    if len(table) > len(shown):
        figure.text(0, 0, f"The first {len(shown)} of {len(table)} samples", fontsize=8, color=GREY, va="top")
    return figure


def _annotate(axis: Axes, words: str, height: float, colour: str, *, inside: bool = False) -> None:
    """Write left of a panel; `inside` of one without axes by the height in it."""
    place = "axes fraction" if inside else ("axes fraction", "data")
    axis.annotate(words, (0, height), (-72 * NAMES, 0), xycoords=place, textcoords="offset points", va="center",
                  annotation_clip=False, fontsize=8, color=colour)  # fmt: skip


def _number(axis: Axes, words: str, height: float) -> None:
    axis.annotate(words, (1, height), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                  va="center", annotation_clip=False, fontsize=8, color=MARK)  # fmt: skip


def _say(words: str) -> Figure:
    figure, axis = plt.subplots(figsize=(4.4, 0.8))
    axis.axis("off")
    axis.text(0, 0.5, words, color=GREY, va="center")
    return figure
