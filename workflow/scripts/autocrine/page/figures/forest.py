"""The forest plot of one gene: its effect in every cohort, by comparison, with what they say together."""

from textwrap import wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from autocrine.cohorts.pooling import STRATUM
from autocrine.input.species import HUMAN
from autocrine.page.figures.margins import draw_margin
from autocrine.page.figures.story import LOOKS, look_of
from autocrine.page.figures.style import MARK
from autocrine.results.effect_words import write_effect
from autocrine.results.outcomes import PUBLISHED_STATUS, unseen

GREY = "#616E7C"
SEAM = 0.005
# Effects beyond this absolute log2 fold change are drawn at the edge.
LARGEST = 6
# Inches: names, panel, numbers, a row, a line of a heading, a scale; letters that fit a heading and a name.
NAMES, PANEL, NUMBERS, ROW, LINE, BELOW, HEADING, NAME = 2.5, 2.9, 1.75, 0.21, 0.155, 0.4, 96, 40


def draw_forest(effects: pd.DataFrame, meta: pd.DataFrame) -> Figure:
    """Draw the effects of one gene in all cohorts, one block per comparison.

    Parameters
    ----------
    effects
        Rows of the gene in `effects.tsv`, at least one.
    meta
        Its rows in `meta_analysis.tsv`.

    Returns
    -------
    A scale for each unit of effects. Per comparison a heading (prediction and simulated cohorts said in it), a row per
    cohort with effect and interval (the mark of a published one in a frame), and below two or more of them: a filled
    diamond, as wide as its interval, with the prediction interval as a line, where effects are pooled; an open grey one
    where the common effect only describes them.
    """
    meta = meta[meta["left_out"] == ""]
    # Differences of two groups first; slopes, as per day, would all be zero on their scale.
    units = sorted(dict.fromkeys(effects["unit"]), key=bool)
    blocks = [_rows(effects[effects["unit"] == unit], meta) for unit in units]
    depths = [sum(row["space"] for row in rows) + 0.05 for rows in blocks]
    width, top = NAMES + PANEL + NUMBERS, 0.3
    high = top + sum(depths) + BELOW * len(blocks)
    figure = plt.figure(figsize=(width, high))
    figure.text(0, 1, effects["symbol"].iat[0], va="top", fontsize=11, fontweight="bold", color=MARK)
    bottom = high - top
    for unit, rows, depth in zip(units, blocks, depths, strict=True):
        bottom -= depth
        axis = figure.add_axes((NAMES / width, bottom / high, PANEL / width, depth / high))
        bottom -= BELOW
        axis.set_xlabel(f"log2 fold change per {unit}" if unit else "log2 fold change", fontsize=8)
        # Without a factor beside the axis, which a reader would miss.
        axis.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        axis.xaxis.set_major_formatter("{x:g}")
        _draw_rows(axis, rows, depth)
    return figure


def _draw_rows(axis: Axes, rows: list[dict], depth: float) -> None:
    """Draw what is in one unit on its scale, `depth` inches high."""
    low, high = _range(rows)
    axis.set_xlim(low, high)
    axis.set_ylim(depth, 0)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="x", labelsize=8)
    height = 0.0
    for row in rows:
        if "equivalence_margin" in row:
            # A hair over the next row, so that no seam shows between them.
            draw_margin(axis, row["equivalence_margin"], height, height + row["space"] + SEAM)
            axis.plot([0, 0], [height, height + row["space"]], color="#7B8794", linewidth=0.8, zorder=1)
        _draw(axis, row, height + row["space"] / 2, low, high)
        height += row["space"]


def _rows(effects: pd.DataFrame, meta: pd.DataFrame) -> list[dict]:
    """Return what is drawn, from top to bottom, each with its height in inches."""
    pooled = meta.set_index(STRATUM).to_dict("index")
    rows = []
    for key, found in effects.groupby(STRATUM, sort=False):
        first, together = found.iloc[0], pooled.get(key)
        # Without claims a comparison has a name only.
        said = [": ".join(filter(None, (first["population"], first["comparison"])))]
        said += [f"per {first['unit']}"] if first["unit"] else []
        said += ["prediction, before treatment failed"] if first["evidence"] == "prediction" else []
        said += [first["species"]] if first["species"] != HUMAN else []
        said += ["SIMULATED"] if first["origin"] == "SIMULATED" else []
        lines = wrap("; ".join(said), HEADING)
        rows.append({"kind": "heading", "words": lines, "space": 0.12 + LINE * len(lines)})
        for effect in found.to_dict("records"):
            rows.append({"kind": "cohort", "words": effect["cohort_title"], "space": ROW, **effect})
        if together and np.isfinite(together["log2_fc"]):
            rows.append(
                {"kind": "pooled", "words": f"random effects, {together['cohorts']} cohorts", "space": ROW, **together}
            )
        elif together and together["cohorts"] > 1:
            described = {name: together[f"common_{name}"] for name in ("log2_fc", "ci_low", "ci_high")}
            described["equivalence_margin"] = together["equivalence_margin"]
            words = f"common effect, {together['cohorts']} cohorts (describes)"
            rows.append({"kind": "common", "words": words, "space": ROW, **described})
    return rows


def _range(rows: list[dict]) -> tuple[float, float]:
    """Return the ends of the scale: all that is drawn, up to `LARGEST`, with space for markers."""
    names = ("log2_fc", "ci_low", "ci_high", "predicted_low", "predicted_high")
    shown = [row for row in rows if not _unseen(row)]
    values = np.array([row.get(name, np.nan) for row in shown for name in names], dtype=float)
    edge = 1.3 * max(row["equivalence_margin"] for row in rows if "equivalence_margin" in row)
    values = np.r_[np.clip(values[np.isfinite(values)], -LARGEST, LARGEST), -edge, edge]
    space = 0.04 * np.ptp(values)
    return values.min() - space, values.max() + space


def _shortened(row: dict) -> str:
    """Return the name of a row as far as there is space, with the word for effects of a paper."""
    word = " (published)" if row.get("status") == PUBLISHED_STATUS else ""
    most = NAME - len(word)
    return (row["words"] if len(row["words"]) <= most else row["words"][: most - 1] + "…") + word


def _unseen(row: dict) -> bool:
    """Whether a row is of a cohort without a read of the gene: its effect is zero by a convention."""
    return row["kind"] == "cohort" and bool(unseen(row["log2_fc"], row["p_value"], row["status"]))


def _draw(axis: Axes, row: dict, height: float, low: float, high: float) -> None:
    place = {
        "xycoords": ("axes fraction", "data"),
        "textcoords": "offset points",
        "va": "center",
        "annotation_clip": False,
    }
    if row["kind"] == "heading":
        axis.annotate("\n".join(row["words"]), (0, height + 0.03), (-72 * NAMES, 0), fontsize=8, fontweight="bold",
                      color=MARK, linespacing=1.15, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                      **place)  # fmt: skip
        return
    strong = {"fontweight": "bold"} if row["kind"] == "pooled" else {}
    name = _shortened(row)
    axis.annotate(name, (0, height), (-72 * NAMES + 8, 0), fontsize=8, color=MARK, **strong, **place)
    if not np.isfinite(row["log2_fc"]) or _unseen(row):
        axis.annotate(row["reason"][:62], (0, height), (4, 0), fontsize=7, color=GREY, **place)
        return
    ends = np.array([row["ci_low"], row["ci_high"]], dtype=float)
    largest = float(np.nanmax(np.abs([row["log2_fc"], *ends])))
    numbers = write_effect(row["log2_fc"], beside=largest)
    if np.isfinite(ends).all():
        numbers += f" ({write_effect(ends[0], beside=largest)} to {write_effect(ends[1], beside=largest)})"
    axis.annotate(numbers, (1, height), (72 * NUMBERS - 2, 0), ha="right", fontsize=8, color=MARK, **strong, **place)
    {"cohort": _draw_cohort, "pooled": _draw_diamond, "common": _draw_diamond}[row["kind"]](
        axis, row, ends, height, low, high
    )


def _draw_cohort(axis: Axes, row: dict, ends: np.ndarray, height: float, low: float, high: float) -> None:
    """Draw marker and interval in the colours of outcomes; grey where it is not put together with others."""
    _, marker, size, colour, open_ = LOOKS[look_of(row)]
    colour = GREY if row["reason"] else colour
    if np.isfinite(ends).all():
        axis.plot(np.clip(ends, low, high), [height] * 2, color=colour, linewidth=1.4, solid_capstyle="butt",
                  gid="interval", zorder=3)  # fmt: skip
    axis.plot([np.clip(row["log2_fc"], low, high)], [height], linestyle="none", marker=marker, markersize=size,
              markerfacecolor="white" if open_ or row["reason"] else colour, markeredgecolor=colour, clip_on=False,
              gid="effect", zorder=4)  # fmt: skip
    if row["status"] == PUBLISHED_STATUS:
        axis.plot([np.clip(row["log2_fc"], low, high)], [height], linestyle="none", marker="s", markersize=9.5,
                  markerfacecolor="none", markeredgecolor=MARK, markeredgewidth=0.8, clip_on=False, gid="published",
                  zorder=5)  # fmt: skip


def _draw_diamond(axis: Axes, row: dict, ends: np.ndarray, height: float, low: float, high: float) -> None:
    pooled = row["kind"] == "pooled"
    if pooled:
        ahead = np.clip([row["predicted_low"], row["predicted_high"]], low, high)
        axis.plot(ahead, [height] * 2, color=MARK, linewidth=0.9, gid="prediction", zorder=3)
    left, right = np.clip(ends, low, high)
    middle, half = np.clip(row["log2_fc"], low, high), 0.07
    axis.fill([left, middle, right, middle], [height, height - half, height, height + half], linewidth=1,
              facecolor=MARK if pooled else "white", edgecolor=MARK if pooled else GREY, gid=row["kind"],
              zorder=4)  # fmt: skip
