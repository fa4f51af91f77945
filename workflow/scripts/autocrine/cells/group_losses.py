"""Whether compared groups of samples lost cells unequally, in every comparison of a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from autocrine.cells.model_tests import ask_model
from autocrine.cells.pseudobulks import STATE
from autocrine.cells.quality import FOLD, unequal_losses
from autocrine.design.question import Model


def compare_losses(
    pseudobulks: pd.DataFrame, sheet: pd.DataFrame, models: Mapping[str, Model], fold: float = FOLD
) -> pd.DataFrame:
    """Find comparisons of which one group kept much less of its cells than another: that alone changes shares.

    Sums of too few cells take part too, since a group that lost its cells may have lost whole sums.

    Parameters
    ----------
    pseudobulks : DataFrame
        sample, state ("" where cells have none), cells_before_quality, cells (kept):
        `autocrine.cells.decisions.tabulate_pseudobulks`.
    sheet : DataFrame
        A row per sample: `autocrine.cells.pseudobulks.sheet_of_specimens`.
    models : mapping of str to Model
        The models of the cohort.
    fold : float
        Kept shares that differ so much are returned.

    Returns
    -------
    DataFrame
        model, contrast, and the columns of `autocrine.cells.quality.unequal_losses`; a row per state and pair of
        groups, of the states that the model is about. Without rows where groups kept about as much.
    """
    tables = []
    for name, model in models.items():
        states = model.samples.get(STATE)
        whole = replace(model, samples={column: kept for column, kept in model.samples.items() if column != STATE})
        asked, _ = ask_model(sheet, whole, f"config, models.{name}")
        kept = pseudobulks if states is None else pseudobulks[pseudobulks["state"].isin(states)]
        for contrast, comparison in asked.items():
            members = comparison.design.groups.get(contrast, ())
            groups = {
                sample: group
                for group, samples in zip(comparison.contrast.group_names, members, strict=False)
                for sample in samples
            }
            tables.append(unequal_losses(kept, groups, fold).assign(model=name, contrast=contrast))
    columns = ["model", "contrast", "state", "group_low", "kept_low", "group_high", "kept_high", "ratio"]
    held = [table for table in tables if len(table)]
    return (pd.concat(held, ignore_index=True) if held else pd.DataFrame()).reindex(columns=columns)
