"""The figure of the story of each primary gene: its effect in every comparison, with interval and outcome."""

from dataclasses import dataclass
from textwrap import shorten, wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator, ScalarFormatter

from autocrine.page.figures.margins import draw_margin, margin_handle
from autocrine.page.figures.style import DIFFERS, DOWN, EQUIVALENT, MARK, SMALL_CHANGE, UP

# More genes than these are left to the table.
MOST_GENES = 12
# Effects beyond this absolute log2 fold change are drawn at the edge with an arrow.
LARGEST = 6
GREY = "#616E7C"
# Outcome -> words, marker, its size, colour and whether it is open. A change takes the colour of its direction.
LOOKS = {
    "up": ("changed, higher in the group named first", "o", 6.2, UP, False),
    "down": ("changed, lower there", "D", 5.2, DOWN, False),
    "different": ("changed, without direction", "P", 6.4, DIFFERS, False),
    "small_change": ("changed, by less than the margin", "^", 6.0, SMALL_CHANGE, False),
    "equivalent": ("equivalent", "s", 5.2, EQUIVALENT, False),
    "undetermined": ("undetermined", "o", 5.2, GREY, True),
}
# Inches: the widest figure, the names of comparisons, their numbers of samples, a panel, the column of p-values, the
# gap, a row, a line of a wrapped name, a letter of the names, the scale below a panel.
WIDTH, NAMES, COUNTS, PANEL, P_VALUES, GAP, ROW, LINE, LETTER = 10.6, 2.65, 0.7, 1.83, 0.5, 0.12, 0.172, 0.125, 0.058
BELOW = 0.42
ARROWS = {-1: Path([(0.5, -1), (-0.5, 0), (0.5, 1)]), 1: Path([(-0.5, -1), (0.5, 0), (-0.5, 1)])}


def draw_story(
    primary: pd.DataFrame,
    titles: dict[tuple[str, str], tuple[str, str]],
    sizes: dict[tuple[str, str], str],
    heading: str = "Primary genes in every comparison",
    units: dict[tuple[str, str], str] | None = None,
) -> Figure:
    """Draw a panel per primary gene with a row per comparison: effect, interval, outcome and adjusted p-value.

    Parameters
    ----------
    primary
        Rows of the panel table of the tier "primary".
    titles
        (model, contrast) -> title of the model and of the contrast, in the order of the rows.
    sizes
        (model, contrast) -> how many samples are compared, in words, e.g. "6 + 6".
    heading
        Title of the figure.
    units
        (model, contrast) -> what its effect is per, as a day; "" or none for a difference of two groups.

    Returns
    -------
    Panels on one scale; what lies beyond it is at its edge with an arrow. Effects per unit have a panel below with
    a scale of its own, one for each unit. Comparisons are named once per row of panels, under their model, each with
    its number of samples.
    """
    symbols = list(dict.fromkeys(primary["symbol"]))
    if not symbols:
        figure, axis = plt.subplots(figsize=(4.4, 0.8))
        axis.axis("off")
        axis.text(0, 0.5, "The panel has no primary genes", color=GREY, va="center")
        return figure
    shown = symbols[:MOST_GENES]
    blocks = _blocks(primary, titles, units or {})
    used = {look_of(gene) for gene in primary[primary["symbol"].isin(shown)].to_dict("records")} - {None}
    handles = _legend(used, primary["equivalence_margin"], beyond=any(block.beyond for block in blocks))
    figure, axes, columns = _grid(len(shown), blocks, handles, heading)
    for place, (stacked, symbol) in enumerate(zip(axes, shown, strict=True)):
        found = primary[primary["symbol"] == symbol].set_index(["model", "contrast"])
        for axis, block in zip(stacked, blocks, strict=True):
            _prepare(axis, symbol if axis is stacked[0] else "", block)
            if place % columns == 0:
                _name_rows(axis, block.rows, sizes, headed=axis is stacked[0])
            for key, _, lines, height in block.rows:
                if key in found.index:
                    half = (ROW + LINE * (len(lines) - 1)) / 2
                    draw_margin(axis, found.loc[key, "equivalence_margin"], height - half, height + half)
                    _draw_effect(axis, found.loc[key].to_dict(), height, block.low, block.high)
    if len(symbols) > len(shown):
        figure.text(0, 0, f"The first {MOST_GENES} of {len(symbols)} primary genes", fontsize=8, color=GREY, va="top")
    return figure


def look_of(gene: dict) -> str | None:
    """Return the key of `LOOKS` for a row of the panel table; None where there is no estimate.

    A test of any difference has no direction: its effect is that of the highest group against the lowest.
    """
    if not np.isfinite(gene["log2_fc"]):
        return None
    if gene["outcome"] != "changed":
        return gene["outcome"]
    highest = gene.get("highest")
    if isinstance(highest, str) and highest:
        return "different"
    return "up" if gene["log2_fc"] > 0 else "down"


def p_words(value: float) -> str:
    """Return a p-value short enough for a narrow column."""
    if not np.isfinite(value):
        return "–"
    if value < 1e-99:
        return "<1e-99"
    if value < 0.001:
        mantissa, exponent = f"{value:.0e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.3f}" if value < 0.01 else f"{value:.2f}"


@dataclass(frozen=True)
class _Block:
    """Comparisons whose effects are in one unit.

    Attributes
    ----------
    words
        Lines of the name of its scale.
    whole
        Whether the ticks of the scale are whole numbers.
    rows, depth
        See `_rows`.
    low, high
        Ends of the scale.
    beyond
        Whether anything lies outside it.
    """

    words: list[str]
    whole: bool
    rows: list
    depth: float
    low: float
    high: float
    beyond: bool

    @property
    def below(self) -> float:
        """Inches below its panel."""
        return BELOW + LINE * (len(self.words) - 1)


def _blocks(
    primary: pd.DataFrame, titles: dict[tuple[str, str], tuple[str, str]], units: dict[tuple[str, str], str]
) -> list[_Block]:
    """Return the comparisons by the unit of their effects, differences of groups first."""
    blocks = []
    for unit in sorted(dict.fromkeys(units.get(key, "") for key in titles), key=bool):
        held = {key: words for key, words in titles.items() if units.get(key, "") == unit}
        keys = pd.MultiIndex.from_frame(primary[["model", "contrast"]])
        found = primary[keys.isin(list(held))]
        low, high = _range(found)
        words = wrap(f"log2 fold change per {unit}" if unit else "log2 fold change", int((PANEL + P_VALUES) / LETTER))
        blocks.append(_Block(words, not unit, *_rows(held), low, high, _beyond(found, low, high)))
    return blocks


def _rows(titles: dict[tuple[str, str], tuple[str, str]]) -> tuple[list, float]:
    """Return key, lines of the model's title (only above its first row), lines of the name, height; and the depth."""
    rows, top, before = [], 0.02, None
    for key, (model, contrast) in titles.items():
        heading = wrap(model, int(NAMES / LETTER * 0.9)) if key[0] != before else []
        lines = wrap(contrast, int((NAMES - 0.15) / LETTER)) or [""]
        top += (LINE * len(heading) + 0.07) if heading else 0
        needed = ROW + LINE * (len(lines) - 1)
        rows.append((key, heading, lines, top + needed / 2))
        top, before = top + needed, key[0]
    return rows, top + 0.06


def _range(primary: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the common scale: all effects and intervals up to `LARGEST`, with space for markers."""
    shown = [primary[column].astype(float).dropna() for column in ("log2_fc", "ci_low", "ci_high")]
    shown = pd.concat([*shown, 1.3 * primary["equivalence_margin"], -1.3 * primary["equivalence_margin"]]).clip(
        -LARGEST, LARGEST
    )
    space = 0.04 * (shown.max() - shown.min())
    return shown.min() - space, shown.max() + space


def _beyond(primary: pd.DataFrame, low: float, high: float) -> bool:
    """Whether anything lies outside the scale."""
    values = primary[["log2_fc", "ci_low", "ci_high"]].astype(float)
    return bool(((values < low) | (values > high)).any(axis=None))


def _grid(genes: int, blocks: list[_Block], handles: list, heading: str) -> tuple[Figure, list[list[Axes]], int]:
    """Make the panels, of each gene one below the other, their sizes fixed in inches."""
    space = NAMES + COUNTS
    most = int((WIDTH - space + GAP) // (PANEL + P_VALUES + GAP))
    columns = -(-genes // -(-genes // most))
    rows = -(-genes // columns)
    full = space + columns * (PANEL + P_VALUES + GAP) - GAP
    ncols = 4 if columns == most else 2
    top = 0.3 + 0.17 * -(-len(handles) // ncols)
    above = 0.36
    deep = above + sum(block.depth + block.below for block in blocks)
    high = top + rows * deep
    figure = plt.figure(figsize=(full, high))
    figure.text(0, 1, heading, va="top", fontsize=10, fontweight="bold", color=MARK)
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0, 1 - 0.22 / high), ncols=ncols, fontsize=8,
                  borderpad=0, borderaxespad=0, columnspacing=1.6, handletextpad=0.5)  # fmt: skip
    axes = []
    for gene in range(genes):
        left = space + (gene % columns) * (PANEL + P_VALUES + GAP)
        bottom, stacked = high - top - (gene // columns) * deep - above, []
        for block in blocks:
            bottom -= block.depth
            stacked.append(figure.add_axes((left / full, bottom / high, PANEL / full, block.depth / high)))
            bottom -= block.below
        axes.append(stacked)
    return figure, axes, columns


def _prepare(axis: Axes, symbol: str, block: _Block) -> None:
    """Set scale and title, and draw what lies behind the effects."""
    axis.set_title(symbol, fontsize=9.5)
    axis.set_xlim(block.low, block.high)
    axis.set_ylim(block.depth, 0)
    axis.axvline(0, color="#7B8794", linewidth=0.8, zorder=1)
    axis.grid(axis="x", color="#D5DAE0", linewidth=0.5, zorder=0.5)
    axis.set_axisbelow(True)
    for _, heading, lines, height in block.rows[1:]:
        if heading:
            edge = height - (ROW + LINE * (len(lines) - 1)) / 2 - LINE * len(heading) - 0.035
            axis.axhline(edge, color="#D5DAE0", linewidth=0.6, zorder=0.8)
    # Without a factor beside the axis, which a reader would miss.
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True) if block.whole else MaxNLocator(4, steps=[1, 2, 5, 10]))
    axis.xaxis.set_major_formatter("{x:g}" if not block.whole else ScalarFormatter())
    axis.set_yticks([])
    axis.tick_params(axis="x", labelsize=8)
    axis.set_xlabel("\n".join(block.words), fontsize=8, labelpad=2)
    axis.spines["left"].set_visible(False)
    if not symbol:
        return
    axis.annotate("p adj", (1, 1), (72 * P_VALUES - 2, 2), xycoords="axes fraction", textcoords="offset points",
                  ha="right", va="bottom", fontsize=7, color=GREY)  # fmt: skip


def _name_rows(axis: Axes, rows: list, sizes: dict[tuple[str, str], str], headed: bool) -> None:
    """Write titles of models, names of comparisons and numbers of samples left of a row of panels."""
    place = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points", "annotation_clip": False}
    start = -72 * (NAMES + COUNTS)
    if sizes and headed:
        axis.annotate("n", (0, 0), (-8, 4), ha="right", va="bottom", fontsize=7, color=GREY, **place)
    for key, heading, lines, height in rows:
        top = height - (ROW + LINE * (len(lines) - 1)) / 2
        if heading:
            axis.annotate("\n".join(heading), (0, top), (start, 1), va="bottom", fontsize=8, fontweight="bold",
                          color=MARK, linespacing=1.1, **place)  # fmt: skip
        axis.annotate("\n".join(lines), (0, height), (start + 9, 0), va="center", fontsize=8, color=MARK,
                      linespacing=1.1, **place)  # fmt: skip
        axis.annotate(sizes.get(key, ""), (0, height), (-8, 0), ha="right", va="center", fontsize=7, color=GREY,
                      **place)  # fmt: skip


def _draw_effect(axis: Axes, gene: dict, height: float, low: float, high: float) -> None:
    """Draw effect, interval and p-value of one comparison, or say why there is none."""
    look = look_of(gene)
    if look is None:
        why = f"not tested: {gene['reason']}" if gene["reason"] else "not tested"
        words = shorten(why, int((PANEL + P_VALUES) / 0.054), placeholder="…")
        axis.text(low, height, words, color=GREY, fontsize=7, va="center")
        return
    _, marker, size, colour, open_ = LOOKS[look]
    ends = np.array([gene["ci_low"], gene["ci_high"]], dtype=float)
    if np.isfinite(ends).all():
        axis.plot(np.clip(ends, low, high), [height] * 2, color=colour, linewidth=1.4, zorder=3, gid="interval",
                  solid_capstyle="butt")  # fmt: skip
    space = 0.02 * (high - low)
    axis.plot(
        [np.clip(gene["log2_fc"], low + space, high - space)],
        [height],
        linestyle="none",
        marker=marker,
        markersize=size,
        markerfacecolor="white" if open_ else colour,
        markeredgecolor=colour if open_ else "white",
        markeredgewidth=1.2 if open_ else 0.5,
        zorder=4,
        gid=look,
        clip_on=False,
    )
    reach = np.array([*ends[np.isfinite(ends)], gene["log2_fc"]])
    for way, beyond in ((-1, (reach < low).any()), (1, (reach > high).any())):
        if beyond:
            edge = (high if way > 0 else low) + way * space
            axis.plot([edge], [height], linestyle="none", marker=ARROWS[way], markersize=4, markerfacecolor="none",
                      markeredgecolor=colour, markeredgewidth=1.1, clip_on=False, zorder=5)  # fmt: skip
    tested = np.isfinite(gene["p_value"])
    axis.annotate(p_words(gene["primary_adj_p_value"]) if tested else "not tested", (1, height),
                  (72 * P_VALUES - 2, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
                  va="center", fontsize=7, color=MARK if look not in ("equivalent", "undetermined") else GREY,
                  annotation_clip=False)  # fmt: skip


def _legend(used: set[str], margins: pd.Series, beyond: bool) -> list:
    """Return what the legend explains: the outcomes that occur, and what lies behind them."""
    handles = [
        Line2D([], [], color=colour, linewidth=1.4, marker=marker, markersize=size, label=words,
               markerfacecolor="white" if open_ else colour, markeredgecolor=colour if open_ else "white")
        for key, (words, marker, size, colour, open_) in LOOKS.items()
        if key in used
    ]  # fmt: skip
    handles.append(margin_handle(margins))
    if beyond:
        handles.append(
            Line2D([], [], linestyle="none", marker=ARROWS[1], markersize=4.5, markerfacecolor="none",
                   markeredgecolor=GREY, label="beyond the scale")
        )  # fmt: skip
    return handles
