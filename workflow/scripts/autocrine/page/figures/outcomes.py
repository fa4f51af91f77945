"""The figures of outcomes of patients: hazard ratios and slopes with intervals, and follow-up by halves of a gene."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from autocrine.page.figures.story import p_words
from autocrine.page.figures.style import DOWN, MARK, UP
from autocrine.prognosis.follow_up import free_of_event, upper_half

GREY = "#616E7C"
# Hazard ratios beyond this, and below one over it, are drawn at the edge.
LARGEST = 32.0
# More genes than these are left to the table.
MOST_GENES = 12
# Inches: a row, names, the panel, the numbers; what is above and below the rows of an outcome.
ROW, NAMES, PANEL, NUMBERS, ABOVE, BELOW = 0.2, 2.2, 3.2, 2.6, 0.5, 0.5
LOOKS = {"higher_risk": UP, "higher": UP, "lower_risk": DOWN, "lower": DOWN}


@dataclass(frozen=True)
class FollowUp:
    """What the curves of one outcome are drawn of: patients, and the levels of genes (patients x genes)."""

    title: str
    unit: str
    time: np.ndarray
    event: np.ndarray
    levels: pd.DataFrame


def draw_outcomes(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw a block per outcome with a row per primary gene and score.

    Parameters
    ----------
    table
        `outcomes.tsv`.
    titles
        Outcome -> its title.

    Returns
    -------
    Estimates with intervals, hazard ratios on a log scale, coloured where the answer has a direction; a row without an
    estimate says why in short, an outcome without any in one line. Adjusted p-values are beside.
    """
    shown = table[(table["tier"] == "primary") | (table["variable"] == "score")]
    blocks = [(titles[name], rows) for name, rows in shown.groupby("outcome_name", sort=False)]
    depths = [ABOVE + ROW * len(rows) + BELOW if rows["p_value"].notna().any() else ABOVE + ROW for _, rows in blocks]
    depth = sum(depths)
    width = NAMES + PANEL + NUMBERS
    figure, top = plt.figure(figsize=(width, depth)), depth
    for (title, rows), space in zip(blocks, depths, strict=True):
        height = ROW * len(rows) if rows["p_value"].notna().any() else ROW
        axis = figure.add_axes((NAMES / width, (top - ABOVE - height) / depth, PANEL / width, height / depth))
        _draw_block(axis, title, rows)
        top -= space
    return figure


def _draw_block(axis: Axes, title: str, rows: pd.DataFrame) -> None:
    first, hazard = rows.iloc[0], rows["kind"].iloc[0] == "survival"
    said = f"{first['patients']:.0f} patients" + (f", {first['events']:.0f} events" if hazard else "")
    axis.set_title(f"{shorten(title, 60, placeholder=' …')}: {said}", x=-NAMES / PANEL, fontsize=9)
    if rows["p_value"].isna().all():
        axis.axis("off")
        words = f"{first['answer'].replace('_', ' ')} for any answer"
        axis.annotate(words, (0, 0.5), (-72 * NAMES, 0), xycoords="axes fraction", textcoords="offset points",
                      va="center", annotation_clip=False, fontsize=8, color=GREY)  # fmt: skip
        return
    none = 1.0 if hazard else 0.0
    ends = rows[["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends)]
    if hazard:
        reach = min(max(2.0, *np.maximum(ends, 1 / ends)) if len(ends) else 2.0, LARGEST)
        low, high = 1 / (1.15 * reach), 1.15 * reach
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_locator(LogLocator(base=4 if reach > 8 else 2))
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
    else:
        reach = 1.1 * (np.abs(ends).max() if len(ends) else 1.0)
        low, high = -reach, reach
    axis.set_xlim(low, high)
    axis.set_ylim(len(rows), 0)
    axis.axvline(none, color="#7B8794", linewidth=0.8, zorder=1)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(labelsize=8)
    unit = f" ({first['outcome_unit']})" if first["outcome_unit"] and not hazard else ""
    axis.set_xlabel(f"{first['measure']}{unit}, with interval", fontsize=8)
    for place, row in enumerate(rows.to_dict("records")):
        _draw_row(axis, row, place + 0.5, low, high)


def _draw_row(axis: Axes, row: dict, height: float, low: float, high: float) -> None:
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "va": "center",
             "annotation_clip": False, "fontsize": 8}  # fmt: skip
    name = row["name"].replace("_", " ") if row["variable"] == "score" else row["name"]
    axis.annotate(shorten(name, 34, placeholder=" …"), (0, height), (-72 * NAMES, 0), color=MARK, **place)
    if not np.isfinite(row["estimate"]):
        words = row["answer"].replace("_", " ")
        axis.annotate(words, (0.5, height), (0, 0), ha="center", color=GREY, **place)
        return
    colour = LOOKS.get(row["answer"], GREY)
    ends = np.clip([row["ci_low"], row["ci_high"]], low, high)
    axis.plot(ends, [height] * 2, color=colour, linewidth=1.4, solid_capstyle="butt", gid="interval", zorder=3)
    axis.plot([np.clip(row["estimate"], low, high)], [height], "o", markersize=5, markeredgecolor=colour,
              markerfacecolor=colour if row["answer"] in LOOKS else "white", gid="effect", zorder=4)  # fmt: skip
    numbers = (
        f"{row['estimate']:.2f} ({row['ci_low']:.2f} to {_short(row['ci_high'])})   p adj {p_words(row['adj_p_value'])}"
    )
    axis.annotate(numbers, (1, height), (8, 0), color=MARK, **place)


def _short(value: float) -> str:
    return f"{value:.2f}" if abs(value) < 1000 else f"{value:.0e}".replace("e+0", "e").replace("e+", "e")


def draw_follow_up(outcomes: Sequence[FollowUp]) -> Figure:
    """Draw who is still without the event, a panel per outcome and gene, the upper half of the gene and the others.

    A picture for the eye: halves throw away what a level says, and no number of the results rests on them.
    """
    panels = [(outcome, gene) for outcome in outcomes for gene in outcome.levels.columns[:MOST_GENES]]
    if not panels:
        figure, axis = plt.subplots(figsize=(4.4, 0.8))
        axis.axis("off")
        axis.text(0, 0.5, "No outcome is a time to an event with enough events", color=GREY, va="center")
        return figure
    columns = min(4, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(0.5 + 2.4 * columns, 0.6 + 2.1 * rows), layout="constrained",
                                squeeze=False, sharey=True)  # fmt: skip
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    for axis, (outcome, gene) in zip(axes.flat, panels, strict=False):
        _draw_curves(axis, outcome, outcome.levels[gene].to_numpy(dtype=float))
        axis.set_title(gene, fontsize=9)
        axis.set_xlabel(shorten(f"{outcome.title} ({outcome.unit})" if outcome.unit else outcome.title, 40,
                                placeholder=" …"), fontsize=7)  # fmt: skip
    for axis in axes[:, 0]:
        axis.set_ylabel("without the event", fontsize=8)
    return figure


def _draw_curves(axis: Axes, outcome: FollowUp, levels: np.ndarray) -> None:
    upper = upper_half(levels)
    for members, words, colour in ((upper, "above the median", UP), (~upper, "others", DOWN)):
        if not members.any():
            continue
        times, share = free_of_event(outcome.time[members], outcome.event[members])
        axis.step(times, share, where="post", color=colour, linewidth=1.4, label=f"{words}: {members.sum()}",
                  gid="curve")  # fmt: skip
        lost = outcome.time[members & ~outcome.event]
        axis.plot(lost, share[np.searchsorted(times, lost, side="right") - 1], "|", color=colour, markersize=5)
    axis.set_ylim(0, 1.03)
    axis.set_xlim(left=0)
    axis.tick_params(labelsize=7)
    axis.legend(fontsize=7, loc="lower left", handlelength=1.2)
