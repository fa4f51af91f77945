"""Curves along a measurement: the heights that a table of genes holds, with their intervals."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def heights_of(table: pd.DataFrame, values: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return heights and half widths of their intervals, genes x values, against the curve's mean over the samples.

    `table` is of genes or of the panel, with the columns log2_fc_value_1, ... of a contrast with `values`.
    """
    columns = range(1, len(values) + 1)
    heights, low, high = (
        table[[f"{name}_value_{column}" for column in columns]].to_numpy(dtype=float)
        for name in ("log2_fc", "ci_low", "ci_high")
    )
    return heights, (high - low) / 2


def curves_of(panel: pd.DataFrame, values: Sequence[float]) -> dict[str, pd.DataFrame]:
    """Return symbol -> curve (value, height, reach) of the genes of a panel's table that have one."""
    heights, reach = heights_of(panel, values)
    return {
        symbol: pd.DataFrame({"value": values, "height": height, "reach": width})
        for symbol, height, width in zip(panel["symbol"], heights, reach, strict=True)
        if np.isfinite(height).all()
    }
