"""One look for all figures: colours with one meaning each, quiet axes, and the word SIMULATED where it is due."""

import os
from functools import partial
from pathlib import Path

import matplotlib

# A notebook has a backend of its own.
if "MPLBACKEND" not in os.environ:
    matplotlib.use("svg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from autocrine.page.figures.fonts import figure_fonts, name_shown_fonts
from autocrine.tables import write_whole

# One system for figures and page (charts.js and list_charts.js; a test compares): Okabe & Ito's orange and blue for up
# and down, safe for colour-blind readers, and a colour each for what has no direction.
UP, DOWN, NEUTRAL, MARK = "#D55E00", "#0072B2", "#B8BDC4", "#1F2933"
DIFFERS, EQUIVALENT, SMALL_CHANGE = "#7A4FA3", "#009E73", "#E69F00"
# Groups have no direction either, and no colour that means one: Tol's muted scheme without its blue and orange.
GROUPS = ("#117733", "#AA4499", "#5B7083", "#999933", "#882255", "#44AA99", "#332288", "#661100", "#DDCC77", "#CC6677")
# From lower over unchanged to higher.
SHADES = ("#0072B2", "#8ABCDB", "#F7F7F7", "#EEAB76", "#D55E00")
DIVERGING, SEQUENTIAL = LinearSegmentedColormap.from_list("lower to higher", SHADES), "Blues"
# Dots per inch of clouds of points, which are pictures inside the drawing; all else stays vectors.
RASTER_DPI = 150
# In which matplotlib draws SVG and PDF.
VECTOR_DPI = 72

STYLE = {
    "figure.facecolor": "white",
    "font.family": list(figure_fonts()),
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    # Fixed: otherwise each pass over a figure measures all that is near a title, to move it out of the way.
    "axes.titley": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#7B8794",
    "axes.labelcolor": MARK,
    "xtick.color": "#52606D",
    "ytick.color": "#52606D",
    "legend.frameon": False,
    "savefig.bbox": "tight",
    # Text that stays text in a drawing program: of SVG as text, of PDF in TrueType. Outlines would make an SVG three
    # times as large.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    # Names of patients and genes may hold "$" and "_": they are never formulas.
    "text.parse_math": False,
}
plt.rcParams.update(STYLE)


def save(figure: Figure, path: str | Path, data_origin: str) -> None:
    """Write a figure as SVG, and as PDF beside it, whole and reproducible; simulated data are marked in the picture.

    Parameters
    ----------
    figure
        The figure; it is closed afterwards.
    path
        Of the SVG. The PDF has the same name but for its ending.
    data_origin
        "SIMULATED" is written into the picture, and among the keywords of the PDF, whose letters are no plain text.
    """
    path = Path(path)
    if data_origin == "SIMULATED":
        figure.text(0.995, 0.995, "SIMULATED", ha="right", va="top", color=UP, fontsize=8, fontweight="bold")
    metadata = {
        "svg": {"Date": None},
        "pdf": {"CreationDate": None, "Title": path.stem.replace("_", " "), "Keywords": data_origin},
    }
    # The layout is made once for both, instead of twice for each: it takes as long as the drawing. What is drawn does
    # not matter to it, so nothing is.
    figure.set_dpi(VECTOR_DPI)
    if engine := figure.get_layout_engine():
        engine.execute(figure)
    figure.set_layout_engine(None)
    box = figure.get_tightbbox().padded(plt.rcParams["savefig.pad_inches"])
    for axes in figure.axes:
        _fix_labels(axes)
    for kind, entries in metadata.items():
        # The salt makes element ids depend on the figure, not on chance: equal data give equal files.
        with plt.rc_context({"svg.hashsalt": path.stem}):
            write_whole(path.with_suffix(f".{kind}"), partial(_write, figure, kind, box, entries))
    plt.close(figure)


def _fix_labels(axes: Axes) -> None:
    """Keep the names of axes where the layout has put them; each drawing would measure the numbers beside them."""
    inside = axes.transAxes.inverted()
    for axis in (axes.xaxis, axes.yaxis):
        label = axis.label
        axis.set_label_coords(*inside.transform(label.get_transform().transform(label.get_position())))


def _write(figure: Figure, kind: str, box: Bbox, metadata: dict, file: Path) -> None:
    figure.savefig(file, format=kind, bbox_inches=box, metadata=metadata, dpi=RASTER_DPI)
    if kind == "svg":
        file.write_text(name_shown_fonts(file.read_text(encoding="utf-8")), encoding="utf-8")


def group_colours(levels: list[str]) -> dict[str, str]:
    """Give each level a colour; more levels than colours share them in turn."""
    return {level: GROUPS[i % len(GROUPS)] for i, level in enumerate(levels)}
