"""The equivalence margin behind effects: one band, in the unit of each row's effect."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

BAND = "#E4E7EB"


def draw_margin(axis: Axes, margin: float, top: float, bottom: float) -> None:
    """Draw the band from -margin to margin behind one row, from `top` to `bottom` in data units."""
    axis.fill_between([-margin, margin], top, bottom, color=BAND, linewidth=0, zorder=0, gid="margin")


def margin_handle(margins: pd.Series) -> Patch:
    """Return the entry of a legend for the margins that are drawn."""
    low, high = margins.min(), margins.max()
    # That of an effect per unit of a measurement depends on how far the measurement reaches.
    words = f"{high:g}" if low == high else f"{low:.2g} to {high:.2g}"
    return Patch(facecolor=BAND, label=f"equivalence margin, {words}")
