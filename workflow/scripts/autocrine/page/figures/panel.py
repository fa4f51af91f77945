"""The figure of the panel: its genes by their part in the pathway, the effect on each in every comparison."""

from dataclasses import dataclass, replace
from textwrap import shorten, wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from autocrine.input.panel_groups import name_group, order_groups
from autocrine.page.figures.style import DIVERGING, MARK

# The genes that the figure may leave to the table.
CONTEXT = "context"
# Colours saturate at this absolute log2 fold change.
LARGEST = 4
# Outcome -> words for the legend, and the look of its mark. "undetermined" has none.
MARKS = {
    "changed": ("changed", {"marker": "o", "s": 13, "color": MARK, "edgecolors": "white", "linewidths": 0.5}),
    "small_change": (
        "changed, by less than the margin",
        {"marker": "o", "s": 11, "facecolors": "white", "edgecolors": MARK, "linewidths": 0.9},
    ),
    "equivalent": ("equivalent", {"marker": "_", "s": 16, "color": MARK, "linewidths": 0.9}),
}
# In the corner of a cell whose outcome has a caveat in the table.
CAVEAT = {"marker": "v", "s": 11, "facecolors": "#D97706", "edgecolors": "white", "linewidths": 0.3}
MISSING = "#C4CAD1"
# Lines (genes and headings) of one block, so that the figure stays a page high.
MOST_LINES = 75
# Inches: the widest figure, a line, the names, the narrowest and widest cell, the gap between blocks, a key line.
WIDTH, LINE, NAMES, CELL, WIDE_CELL, GAP, KEY_LINE = 10.6, 0.145, 0.78, 0.138, 0.24, 0.22, 0.155
# The narrowest block, the narrowest column of the key, and what is above the key.
BLOCK, KEY_COLUMN, ABOVE_KEY = 1.75, 3.3, 0.8
# Inches that a letter of the headings, and one of the key, takes.
HEADING_LETTER, KEY_LETTER = 0.075, 0.063
MORE = " (more)"


@dataclass(frozen=True)
class Part:
    """A group of the panel, or a piece of one, that has one heading."""

    heading: str
    symbols: tuple[str, ...]
    letters: int = 99  # that its heading has space for
    first: str = ""  # the heading of the first piece, of a further one

    @property
    def lines(self) -> float:
        """The lines it takes: its genes, its heading and the space above."""
        return len(self.symbols) + 1.4

    def continued(self, symbols: tuple[str, ...]) -> "Part":
        """Return a piece that is in the next block, under a heading that says so."""
        first = self.first or self.heading
        heading = shorten(first, self.letters - len(MORE), placeholder="…")
        return Part(heading + MORE, symbols, self.letters, first)


def over_span(
    panel: pd.DataFrame,
    titles: dict[tuple[str, str], tuple[str, str]],
    units: dict[tuple[str, str], str],
    margin: float,
) -> tuple[pd.DataFrame, dict[tuple[str, str], tuple[str, str]]]:
    """Give effects per unit of a measurement over the span that the margin holds for, to share colours with groups.

    Parameters
    ----------
    panel
        model, contrast, log2_fc and equivalence_margin (per unit).
    titles, units
        (model, contrast) -> titles of model and contrast; what its effects are per, "" for differences of groups.
    margin
        That of the configuration, log2.

    Returns
    -------
    The panel with these effects, and titles that say what they were multiplied by.
    """
    pairs = list(zip(panel["model"], panel["contrast"], strict=True))
    span = {pair: margin / own for pair, own in zip(pairs, panel["equivalence_margin"], strict=True) if units.get(pair)}
    effects = panel["log2_fc"] * [span.get(pair, 1.0) for pair in pairs]
    said = {
        pair: (model, f"{contrast} (colours: effects × {span[pair]:.3g})" if pair in span else contrast)
        for pair, (model, contrast) in titles.items()
    }
    return panel.assign(log2_fc=effects), said


def draw_panel(panel: pd.DataFrame, titles: dict[tuple[str, str], tuple[str, str]]) -> Figure:
    """Draw panel genes x comparisons, coloured by log2 fold change; a mark shows the outcome.

    Parameters
    ----------
    panel
        symbol, group, tier, model, contrast, log2_fc and outcome, a row per gene and comparison.
    titles
        (model, contrast) -> title of the model and of the contrast, in the order of the columns.

    Returns
    -------
    Genes are under their group (see `order_groups`), in blocks side by side; comparisons are numbered, and the key on
    top names them. Genes of the tier "context" are left out where they would make the figure higher than a page; it
    then says so. Genes without an estimate are grey.
    """
    estimated = panel.groupby("symbol")["log2_fc"].transform(lambda values: values.notna().any())
    # A panel gene that the counts lack says nothing; primary genes are shown in any case.
    absent = panel.loc[~estimated & (panel["tier"] != "primary"), "symbol"].nunique()
    panel = panel[estimated | (panel["tier"] == "primary")] if estimated.any() else panel
    genes = panel.drop_duplicates("symbol")
    cell = float(np.clip((BLOCK - NAMES) / len(titles), CELL, WIDE_CELL))
    block = max(NAMES + cell * len(titles), BLOCK)
    most = max(1, int((WIDTH + GAP) // (block + GAP)))
    shown = genes
    blocks = arrange(_parts(shown, block), most)
    if _height(blocks) > MOST_LINES and (genes["tier"] != CONTEXT).any():
        shown = genes[genes["tier"] != CONTEXT]
        blocks = arrange(_parts(shown, block), most)
    left_out = len(genes) - len(shown)
    without = undirected(panel)
    titles = {
        key: (model, f"{contrast} (no direction)" if key in without else contrast)
        for key, (model, contrast) in titles.items()
    }
    effects, outcomes, caveats = (
        panel.pivot(index="symbol", columns=["model", "contrast"], values=column).reindex(columns=list(titles))
        for panel, column in (
            (panel, "log2_fc"),
            (panel, "outcome"),
            (panel.assign(caveat=has_caveat(panel)), "caveat"),
        )
    )
    notes = [f"{left_out} context genes are in the table"] * bool(left_out)
    notes += [f"{absent} gene{'s have' if absent > 1 else ' has'} no estimate"] * bool(absent)
    figure, axes = _blocks(blocks, block, cell, len(titles), titles, "".join(f"; {note}" for note in notes))
    colours = plt.get_cmap(DIVERGING).with_extremes(bad=MISSING)
    primary = set(genes["symbol"][genes["tier"] == "primary"])
    for axis, parts in zip(axes, blocks, strict=True):
        _draw_block(axis, parts, effects, outcomes, caveats, primary, colours)
        _number(axis, titles, cell)
    return figure


def has_caveat(panel: pd.DataFrame) -> pd.Series:
    """Whether the outcome of a row has a caveat: composition, one sample, or half of the changed fits."""
    said = pd.Series(False, panel.index)
    for column in ("composition_flag", "one_sample_words"):
        if column in panel:
            said |= panel[column] != ""
    if "sensitivity_other" in panel:
        said |= panel["sensitivity_other"].fillna(0) >= np.maximum(1, panel["sensitivity_fits"].fillna(0) / 2)
    return said


def undirected(panel: pd.DataFrame) -> set[tuple[str, str]]:
    """Return the comparisons (model, contrast) whose effect has no direction: the highest group against the lowest."""
    if "highest" not in panel:
        return set()
    known = panel[panel["highest"] != ""]
    return set(known[["model", "contrast"]].itertuples(index=False, name=None))


def arrange(parts: list[Part], most: int) -> list[list[Part]]:
    """Spread parts over blocks side by side, in their order.

    Parameters
    ----------
    parts
        The groups with their genes.
    most
        The most blocks there is space for.

    Returns
    -------
    As few blocks as keep the figure a page high, all about equally high. A part is broken only where it is higher than
    a block should be; what follows is marked as its continuation.
    """
    total = sum(part.lines for part in parts)
    count = int(min(most, max(1, -(-total // MOST_LINES))))
    limit = max(3.0, total / count)
    while len(blocks := _fill(parts, limit)) > count:
        limit += 0.5
    return blocks


def _fill(parts: list[Part], limit: float) -> list[list[Part]]:
    """Fill one block of this height after the other."""
    blocks: list[list[Part]] = [[]]
    for part in parts:
        while part.lines > (space := limit - sum(held.lines for held in blocks[-1])):
            fitting = int(space - 1.4)
            if part.lines > limit and fitting > 0:
                blocks[-1].append(replace(part, symbols=part.symbols[:fitting]))
                part = part.continued(part.symbols[fitting:])
            blocks.append([])
        blocks[-1].append(part)
    return [block for block in blocks if block]


def _parts(genes: pd.DataFrame, width: float) -> list[Part]:
    """Return the groups with their genes, headings cut to the width of a block, inches."""
    letters = int(width / HEADING_LETTER)
    return [
        Part(
            shorten(name_group(group), letters, placeholder="…"),
            tuple(genes["symbol"][genes["group"] == group]),
            letters,
        )
        for group in order_groups(list(genes["group"]))
    ]


def _height(blocks: list[list[Part]]) -> float:
    """Return the lines of the highest block."""
    return max(sum(part.lines for part in block) for block in blocks)


def _blocks(blocks, block: float, cell: float, columns: int, titles, note: str) -> tuple[Figure, list[Axes]]:
    """Make the figure: legend, key of the comparisons, and an axis per block, their sizes fixed in inches."""
    lines = _height(blocks)
    width = max(len(blocks) * (block + GAP) - GAP, 2 * KEY_COLUMN if len(titles) > 3 else 5.2)
    key = _key(titles, width)
    top = ABOVE_KEY + KEY_LINE * max(len(column) for column in key) + 0.3
    height = top + LINE * lines + 0.05
    figure = plt.figure(figsize=(width, height))
    axes = []
    for i in range(len(blocks)):
        left = i * (block + GAP) + NAMES
        place = (left / width, 0.05 / height, cell * columns / width, LINE * lines / height)
        axes.append(figure.add_axes(place, xlim=(-0.5, columns - 0.5), ylim=(lines, 0)))
    _legend(figure, width, height, note)
    for i, column in enumerate(key):
        for row, (text, bold) in enumerate(column):
            figure.text(
                i / len(key),
                1 - (ABOVE_KEY + KEY_LINE * row) / height,
                text,
                fontsize=7.5,
                fontweight="bold" if bold else "normal",
                color=MARK,
                va="top",
            )
    return figure, axes


def _legend(figure: Figure, width: float, height: float, note: str) -> None:
    """Draw title, scale of colours and meaning of the marks above the blocks."""
    figure.text(0, 1 - 0.02 / height, f"Panel genes in every comparison{note}", va="top", fontsize=10,
                fontweight="bold", color=MARK)  # fmt: skip
    scale = figure.add_axes((0.22 / width, 1 - 0.4 / height, 1.7 / width, 0.11 / height), label="scale")
    colours = plt.cm.ScalarMappable(Normalize(-LARGEST, LARGEST), DIVERGING)
    bar = figure.colorbar(colours, cax=scale, orientation="horizontal", extend="both", extendfrac=0.06)
    bar.set_ticks([-LARGEST, -LARGEST // 2, 0, LARGEST // 2, LARGEST])
    bar.ax.tick_params(labelsize=7, length=2, pad=1.5)
    bar.outline.set_visible(False)
    bar.set_label(f"log2 fold change, same colour beyond ±{LARGEST}", fontsize=7.5, labelpad=1.5)
    handles = []
    for words, look in MARKS.values():
        filled = look.get("color", look.get("facecolors"))
        edge = look.get("edgecolors", MARK) if look["marker"] == "o" else MARK
        handles.append(
            Line2D([], [], linestyle="none", marker=look["marker"], markersize=5, markerfacecolor=filled,
                   markeredgecolor=edge, markeredgewidth=0.9, label=words)
        )  # fmt: skip
    handles += [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="v",
            markersize=4,
            markerfacecolor=CAVEAT["facecolors"],
            markeredgecolor="white",
            label="with a caveat: see the table",
        ),
        Patch(facecolor="none", edgecolor="#9AA5B1", linewidth=0.6, label="no mark: undetermined"),
        Patch(facecolor=MISSING, label="grey: no estimate"),
    ]
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(2.6 / width, 1 - 0.24 / height),
        ncols=3 if width > 7.5 else 2,
        fontsize=7.5,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.6,
        handletextpad=0.5,
    )


def _key(titles: dict[tuple[str, str], tuple[str, str]], width: float) -> list[list[tuple[str, bool]]]:
    """Return the columns of the key: lines of text, and whether they are bold."""
    count = max(1, int(width / KEY_COLUMN))
    letters = int(width / count / KEY_LETTER)
    models: dict[str, list[tuple[str, bool]]] = {}
    for number, ((model, _), (title, contrast)) in enumerate(titles.items(), 1):
        if model not in models:
            models[model] = [(line, True) for line in wrap(title, int(letters * 0.88))]
        lines = wrap(contrast, letters - 5) or [""]
        models[model] += [(f"{number:>3}  {lines[0]}", False), *((f"       {line}", False) for line in lines[1:])]
    limit = -(-sum(map(len, models.values())) // count)
    while len(columns := _stack(list(models.values()), limit)) > count:
        limit += 1
    return columns + [[] for _ in range(count - len(columns))]


def _stack(entries: list[list], limit: int) -> list[list]:
    """Put entries one after the other into columns of at most so many lines; none is broken."""
    columns: list[list] = [[]]
    for entry in entries:
        if columns[-1] and len(columns[-1]) + len(entry) > limit:
            columns.append([])
        columns[-1] += entry
    return columns


def _draw_block(
    axis: Axes, parts: list[Part], effects, outcomes, caveats, primary: set[str], colours: Colormap
) -> None:
    """Draw the groups of one block under each other: heading, names, effects and marks."""
    axis.spines[:].set_visible(False)
    names, places = [], []
    top = 0.0
    marked: dict[str, list[tuple[int, float]]] = {outcome: [] for outcome in MARKS}
    doubted = []
    for part in parts:
        axis.annotate(part.heading, (0, top + 1.25), (-NAMES * 72, 0), xycoords=("axes fraction", "data"),
                      textcoords="offset points", fontsize=8, fontweight="bold", color=MARK, va="bottom")  # fmt: skip
        first, last = top + 1.4, top + part.lines
        values = effects.loc[list(part.symbols)].to_numpy(dtype=float)
        axis.imshow(
            np.ma.masked_invalid(values),
            cmap=colours,
            vmin=-LARGEST,
            vmax=LARGEST,
            aspect="auto",
            extent=(-0.5, values.shape[1] - 0.5, last, first),
        )
        for row, symbol in enumerate(part.symbols):
            names.append(symbol)
            places.append(first + row + 0.5)
            for column, outcome in enumerate(outcomes.loc[symbol]):
                if outcome in marked and np.isfinite(values[row, column]):
                    marked[outcome].append((column, places[-1]))
                    if caveats.loc[symbol].iloc[column]:
                        doubted.append((column + 0.3, places[-1] - 0.3))
        top = last
    for outcome, (_, look) in MARKS.items():
        if marked[outcome]:
            axis.scatter(*zip(*marked[outcome], strict=True), label=outcome, zorder=3, **look)
    if doubted:
        axis.scatter(*zip(*doubted, strict=True), label="caveat", zorder=4, **CAVEAT)
    axis.set_xlim(-0.5, effects.shape[1] - 0.5)
    axis.set_ylim(axis.get_ylim()[0] if top == 0 else max(axis.get_ylim()[0], top), 0)
    axis.set_yticks(places, names, fontsize=7)
    for label in axis.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in primary else "normal")
    axis.tick_params(length=0, pad=3, labelcolor=MARK)


def _number(axis: Axes, titles: dict[tuple[str, str], tuple[str, str]], cell: float) -> None:
    """Write numbers above the columns, and draw a white line where the next model begins."""
    models = [model for model, _ in titles]
    axis.xaxis.tick_top()
    axis.set_xticks(range(len(models)), [str(i + 1) for i in range(len(models))], fontsize=6.3 if cell < 0.18 else 7)
    for column in range(1, len(models)):
        if models[column] != models[column - 1]:
            axis.axvline(column - 0.5, color="white", linewidth=1.8)
