"""The figure of the samples of a model: each primary gene in every sample, by the groups that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import fill, wrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from autocrine.design.forms.contrast import Contrast
from autocrine.design.formula import parse_formula
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Model
from autocrine.measure import COUNTS, WORDS
from autocrine.page.figures.style import MARK

# More genes than these are left to the tables; so many are side by side.
MOST_GENES, MOST_COLUMNS = 12, 6
DOT, MEAN, JOIN, GREY = "#5B7083", MARK, "#B8C1CB", "#616E7C"
# Inches: the widest figure, the widest place of a gene, the height of a panel, the gap between panels, the scale's
# names, a line of text, a letter of the groups' names.
WIDTH, PLACE, HEIGHT, GAP, LEFT, LINE, LETTER = 10.6, 2.5, 1.75, 0.33, 0.45, 0.135, 0.056
# The share of a group's place over which its dots are spread; less where lines join them.
SPREAD, JOINED_SPREAD = 0.5, 0.26


@dataclass(frozen=True)
class Question:
    """What the samples of a model are compared by: groups named by the same columns of the sheet, or a measurement.

    Attributes
    ----------
    groups
        Name -> its samples, in the order of the axis. No sample is in two of them.
    measurement
        The samples' measurement, named by its column; None where groups are compared.
    doublings
        Whether the design counts doublings of the measurement.
    curves
        Symbol -> the curve that was fitted to the gene: value, height against its mean over the samples, and reach of
        its interval to either side.
    """

    groups: dict[str, list[str]] = field(default_factory=dict)
    measurement: pd.Series | None = None
    doublings: bool = False
    curves: Mapping[str, pd.DataFrame] = field(default_factory=dict)


def questions_of(
    model: Model, samples: pd.DataFrame, curves: Mapping[str, Mapping[str, pd.DataFrame]] | None = None
) -> list[Question]:
    """Return what the contrasts of a model compare, each question once.

    Parameters
    ----------
    model
        Its contrasts.
    samples
        sample, the columns of the design, and "in <contrast>" with the group that a sample stands for.
    curves
        Contrast -> symbol -> curve, of contrasts that fit one; see `Question`.

    Returns
    -------
    Contrasts whose groups are named by the same columns share a question. Of two groups the reference comes first; a
    trend and a test of any difference keep their order. Differences of contrasts ask nothing of their own.
    """
    asked: dict[frozenset, dict[frozenset, tuple[str, list[str]]]] = {}
    found: list[Question] = []
    units: dict[str, Question] = {}
    for contrast in model.contrasts.values():
        if column := contrast.measurement:
            values = samples.set_index("sample")[column].astype(float)
            doublings = any(v.column == column and v.transform == "log2" for v in parse_formula(model.design).variables)
            units.setdefault(column, Question({}, values, doublings, (curves or {}).get(contrast.name, {})))
        elif contrast.groups:
            groups = asked.setdefault(frozenset(contrast.columns), {})
            for group, name in _in_order(contrast):
                members = list(samples["sample"][samples[f"in {contrast.name}"] == name])
                groups.setdefault(frozenset(group.items()), (name, members))
    for groups in asked.values():
        found.append(Question(groups=dict(groups.values())))
    return found + list(units.values())


def _in_order(contrast: Contrast) -> list:
    """Return a contrast's groups with their names, the reference of two groups first."""
    named = list(zip(contrast.groups, contrast.group_names, strict=True))
    return named[::-1] if contrast.tested_first else named


def draw_samples(
    model: Model,
    samples: pd.DataFrame,
    genes: pd.DataFrame,
    levels: pd.DataFrame,
    curves: Mapping[str, Mapping[str, pd.DataFrame]] | None = None,
    measure: str = COUNTS,
) -> Figure:
    """Draw every sample of a model as a dot, per primary gene.

    Parameters
    ----------
    model
        Title, design and contrasts.
    samples
        The samples of the model; see `questions_of`.
    genes
        symbol and reason of the primary genes.
    levels
        Samples x symbols of the genes that the matrix has, log2 of normalised counts per million plus one, or log
        expression.
    curves
        See `questions_of`.
    measure
        What the values are (`autocrine.measure`).

    Returns
    -------
    A row of panels per question (see `questions_of`), a panel per gene, each on its own scale; of counts from zero, and
    open dots on the floor are samples without a count. Bars are means of groups. Where the design holds the patient, or
    samples of a patient vary together, a line joins the samples of each. A curve is drawn about the mean of the dots,
    with the band of its intervals.
    """
    shown = genes.drop_duplicates("symbol").head(MOST_GENES).to_dict("records")
    if not shown:
        figure, axis = plt.subplots(figsize=(4.4, 0.8))
        axis.axis("off")
        axis.text(0, 0.5, "The panel has no primary genes", color=GREY, va="center")
        return figure
    questions = questions_of(model, samples, curves)
    patients = pd.Series(dtype=object)
    if PATIENT in (*parse_formula(model.design).columns, model.random):
        patients = samples.set_index("sample")[PATIENT].dropna()
    columns = -(-len(shown) // -(-len(shown) // MOST_COLUMNS))
    width = min((WIDTH - LEFT) / columns, PLACE) - GAP
    counted = measure == COUNTS
    figure, rows = _grid(model, questions, len(shown), columns, width, len(patients) > 0, counted)
    for question, axes in zip(questions, rows, strict=True):
        for place, (axis, gene) in enumerate(zip(axes, shown, strict=True)):
            _prepare(axis, question, gene["symbol"], width)
            axis.set_ylabel(WORDS[measure].level if place % columns == 0 else "", fontsize=8)
            if gene["symbol"] in levels:
                _draw_gene(axis, question, levels[gene["symbol"]], patients, counted)
                _draw_curve(axis, question, gene["symbol"], levels[gene["symbol"]])
            else:
                why = fill(gene["reason"] or f"not in the {WORDS[measure].values}", int(width / 0.068))
                axis.set_yticks([])
                axis.text(0.5, 0.5, why, transform=axis.transAxes, ha="center", va="center", color=GREY, fontsize=8)
    if len(genes.drop_duplicates("symbol")) > MOST_GENES:
        figure.text(0, 0, f"The first {MOST_GENES} primary genes of the panel", fontsize=8, color=GREY, va="top")
    return figure


def _grid(model: Model, questions: list[Question], genes: int, columns: int, width: float, joined: bool, counted: bool):
    """Make title, legend and panels, their sizes fixed in inches."""
    titles = wrap(model.title, max(30, int(columns * (width + GAP) / 0.092)))
    top = 0.16 * len(titles) + 0.3
    down = -(-genes // columns)
    below = [_label_height(question, width) for question in questions]
    rows = [HEIGHT + 0.3 + under for under in below for _ in range(down)]
    full, high = max(LEFT + columns * (width + GAP), 4.6), top + sum(rows) + 0.05
    figure = plt.figure(figsize=(full, high))
    figure.text(0, 1, "\n".join(titles), va="top", fontsize=10, fontweight="bold", color=MARK)
    figure.legend(
        handles=_legend(questions, joined, counted),
        loc="upper left",
        bbox_to_anchor=(0, 1 - (0.16 * len(titles) + 0.04) / high),
        ncols=5,
        fontsize=8,
        borderpad=0,
        borderaxespad=0,
        columnspacing=1.6,
        handletextpad=0.4,
    )
    placed = []
    for question in range(len(questions)):
        axes = []
        for gene in range(genes):
            row = question * down + gene // columns
            bottom = high - top - sum(rows[:row]) - 0.3 - HEIGHT
            left = LEFT + (gene % columns) * (width + GAP)
            axes.append(figure.add_axes((left / full, bottom / high, width / full, HEIGHT / high)))
        placed.append(axes)
    return figure, placed


def _legend(questions: list[Question], joined: bool, counted: bool) -> list[Line2D]:
    """Return what the legend explains."""
    handles = [
        Line2D([], [], linestyle="none", marker="o", markersize=5, color=DOT, markeredgecolor="white",
               label="a sample"),
    ]  # fmt: skip
    if counted:
        empty = {"markerfacecolor": "white", "markeredgecolor": DOT}
        handles.append(Line2D([], [], linestyle="none", marker="o", markersize=4.5, **empty, label="no count"))
    if any(question.groups for question in questions):
        handles.append(Line2D([], [], color=MEAN, linewidth=2, label="mean of the group"))
    if any(question.curves for question in questions):
        handles.append(Line2D([], [], color=MEAN, linewidth=1.6, label="fitted curve"))
    if joined:
        handles.append(Line2D([], [], color=JOIN, linewidth=1, label="one patient"))
    return handles


def _words(name: str) -> str:
    """Return the name of a group in words."""
    return name.replace("_", " ")


def _labels(question: Question, width: float) -> tuple[list[str], bool]:
    """Return the names of the groups and whether they must be turned; if not, the number of samples is below."""
    letters = int(width / max(len(question.groups), 1) / LETTER)
    names = [_words(name) for name in question.groups]
    sizes = [len(members) for members in question.groups.values()]
    if max(len(word) for name in names for word in name.split()) <= letters and letters >= 5:
        lines = [wrap(name, letters, break_long_words=False) for name in names]
        if max(map(len, lines)) <= 3:
            return ["\n".join([*part, f"n = {n}"]) for part, n in zip(lines, sizes, strict=True)], False
    return names, True


def _label_height(question: Question, width: float) -> float:
    """Return the inches that the names below a panel take."""
    if question.measurement is not None:
        return 0.55
    labels, turned = _labels(question, width)
    longest = max(map(len, labels)) * LETTER * 0.71
    return longest + 0.4 if turned else LINE * max(label.count("\n") + 1 for label in labels) + 0.2


def _prepare(axis: Axes, question: Question, symbol: str, width: float) -> None:
    """Set the names of gene and groups."""
    axis.set_title(symbol, fontsize=9.5)
    axis.tick_params(labelsize=8, labelcolor="#3E4C59")
    axis.grid(axis="y", color="#E4E7EB", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    if question.measurement is not None:
        known = question.measurement.dropna()
        axis.set_xlabel(f"{_words(str(known.name))}\nn = {len(known)}", fontsize=8)
        if question.doublings:
            axis.set_xscale("log", base=2)
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        else:
            axis.xaxis.set_major_locator(MaxNLocator(4))
        return
    labels, turned = _labels(question, width)
    look = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if turned else {}
    axis.set_xticks(range(len(labels)), labels, fontsize=7.2, **look)
    axis.tick_params(axis="x", length=0, pad=15 if turned else 4)
    for place, members in enumerate(question.groups.values() if turned else ()):
        axis.annotate(f"n = {len(members)}", (place, 0), (0, -4), xycoords=("data", "axes fraction"),
                      textcoords="offset points", ha="center", va="top", fontsize=6.6, color="#3E4C59")  # fmt: skip
    axis.set_xlim(-0.5, len(labels) - 0.5)


def place_dots(question: Question, level: pd.Series, spread: float) -> pd.DataFrame:
    """Return x and y of every sample's dot: chance has no part in it.

    Parameters
    ----------
    question
        Groups or measurement.
    level
        The gene's level in each sample.
    spread
        The share of a group's place to use.

    Returns
    -------
    Indexed by sample. In a group neighbours in level are moved apart by steps of the golden section, which leave no two
    of them at one place; a lone sample is in the middle.
    """
    if question.measurement is not None:
        known = question.measurement.dropna()
        return pd.DataFrame({"x": known, "y": level.reindex(known.index)})
    parts = []
    for place, members in enumerate(question.groups.values()):
        values = level.reindex(members).sort_values(kind="stable")
        share = (0.5 + 0.618034 * np.arange(len(values))) % 1 - 0.5
        parts.append(pd.DataFrame({"x": place + spread * share, "y": values}))
    return pd.concat(parts)


def _draw_gene(axis: Axes, question: Question, level: pd.Series, patients: pd.Series, counted: bool) -> None:
    """Draw lines of patients, dots and means of one gene."""
    dots = place_dots(question, level, JOINED_SPREAD if len(patients) else SPREAD)
    for _, held in dots.groupby(patients.reindex(dots.index)):
        if len(held) > 1:
            joined = held.sort_values("x", kind="stable")
            axis.plot(joined["x"], joined["y"], color=JOIN, linewidth=0.9, zorder=2, gid="patient")
    none = (dots["y"] <= 0) & counted
    seen, unseen = dots[~none], dots[none]
    axis.scatter(seen["x"], seen["y"], s=24, color=DOT, edgecolors="white", linewidths=0.5, zorder=3, label="counted")
    axis.scatter(unseen["x"], unseen["y"], s=18, facecolors="white", edgecolors=DOT, linewidths=1, zorder=3,
                 clip_on=False, label="no count")  # fmt: skip
    if len(none) and none.all():
        axis.text(0.5, 0.5, "no count in any sample", transform=axis.transAxes, ha="center", color=GREY, fontsize=8)
    for place, members in enumerate(question.groups.values()):
        mean = level.reindex(members).mean()
        axis.plot([place - 0.3, place + 0.3], [mean, mean], color=MEAN, linewidth=2, zorder=2.5, gid="mean",
                  solid_capstyle="butt")  # fmt: skip
    if counted:
        top = max(float(dots["y"].max()), 1.0)
        axis.set_ylim(-0.03 * top, 1.08 * top)
    else:
        # Log expression has no zero; a difference of less than one should not fill the panel.
        middle, wide = dots["y"].agg(["min", "max"]).mean(), max(float(np.ptp(dots["y"].dropna())), 1.0)
        axis.set_ylim(middle - 0.58 * wide, middle + 0.58 * wide)


def _draw_curve(axis: Axes, question: Question, symbol: str, level: pd.Series) -> None:
    """Draw the fitted curve of a gene with its band, about the mean of its dots."""
    if symbol not in question.curves or question.measurement is None:
        return
    from scipy.interpolate import CubicSpline  # slow to import, and needed for curves alone

    curve = question.curves[symbol]
    values = np.linspace(curve["value"].iloc[0], curve["value"].iloc[-1], 101)
    smooth = CubicSpline(curve["value"], curve[["height", "reach"]], bc_type="natural")(values)
    middle = level.reindex(question.measurement.dropna().index).mean() + smooth[:, 0]
    axis.plot(values, middle, color=MEAN, linewidth=1.6, zorder=2.4, gid="curve")
    axis.fill_between(values, middle - smooth[:, 1], middle + smooth[:, 1], color=MEAN, alpha=0.13, linewidth=0,
                      zorder=1.5, gid="band")  # fmt: skip
    axis.set_ylim(top=max(axis.get_ylim()[1], float((middle + smooth[:, 1]).max()) * 1.03))
