"""What the tables of the report show, gathered from results and records."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.config import Model, Statistics
from autocrine.outcomes import CALLED, STEPS, describe_disagreement, describe_steps
from autocrine.panel_groups import name_group, order_groups


def summarise_contrast(genes: pd.DataFrame, statistics: Statistics) -> dict[str, int]:
    """Count what one contrast found.

    Returns
    -------
    Numbers of genes: tested, up and down (by the genome-wide list), equivalent, whether or not changed, and how many
    the two lists of `Statistics.calls` hold, deseq2 and moderated.
    """
    changed = genes[genes[CALLED[statistics.calls][1]] < statistics.alpha]
    return {
        "tested": int((genes["status"] == "tested").sum()),
        "up": int((changed["log2_fc"] > 0).sum()),
        "down": int((changed["log2_fc"] < 0).sum()),
        "equivalent": int(genes["outcome"].isin(["equivalent", "small_change"]).sum()),
        "deseq2": int((genes["adj_p_value"] < statistics.alpha).sum()),
        "moderated": int((genes["moderated_adj_p_value"] < statistics.alpha).sum()),
    }


def group_panel(panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
    """Return the groups of the panel in their biological order, each with its genes and their row of every contrast.

    Returns
    -------
    Per group its heading and genes: symbol, gene_id, role, tier, and cells in the order of `contrasts`.
    """
    groups = []
    for group in order_groups(list(panel["group"])):
        genes = []
        for symbol, rows in panel[panel["group"] == group].groupby("symbol", sort=False):
            cells = rows.set_index(["model", "contrast"]).to_dict("index")
            first = rows.iloc[0]
            genes.append(
                {
                    "symbol": symbol,
                    "gene_id": first["gene_id"],
                    "role": first["role"],
                    "tier": first["tier"],
                    "cells": [cells.get(pair) for pair in contrasts],
                }
            )
        groups.append({"heading": name_group(group), "genes": genes})
    return groups


def gather_warnings(
    record: Mapping[str, Any],
    quality: Sequence[Mapping[str, Any]],
    fits: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, Model],
) -> list[dict[str, str]]:
    """Gather what a reader should know before the answers.

    Parameters
    ----------
    record
        What the import recorded: warnings.
    quality
        Rows of the quality table, with outlier_flag and sex_flag.
    fits
        Model -> record of its fit: warnings, each beginning with the names of the contrasts that it is about.
    models
        The models of the cohort.

    Returns
    -------
    where and text of each: samples that may be another person's first, since they spoil every comparison; then designs;
    then samples that stand apart.
    """
    told = [{"where": "Input", "text": text} for text in record["warnings"]]
    told += [{"where": row["sample"], "text": row["sex_flag"]} for row in quality if row["sex_flag"]]
    for name, fit in fits.items():
        for text in fit["warnings"]:
            told.append({"where": models[name].title, "text": _for_a_reader(_with_titles(text, models[name]))})
    return told + [{"where": row["sample"], "text": row["outlier_flag"]} for row in quality if row["outlier_flag"]]


def _for_a_reader(text: str) -> str:
    """Leave out what whoever runs the analysis could change of the design, and name the measurement in words."""
    return text.partition('; add "')[0].replace("leukemic_fraction", "leukaemic fraction")


def _with_titles(text: str, model: Model) -> str:
    """Put the titles of contrasts where a warning begins with their names; one that is all there is goes unnamed."""
    names, _, rest = text.partition(": ")
    listed = names.split(", ")
    if not all(name in model.contrasts for name in listed):
        return text
    titles = ", ".join(model.contrasts[name].title for name in listed)
    return rest if len(model.contrasts) == 1 else f"{titles}: {rest}"


def primary_rows(
    panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]], statistics: Statistics
) -> list[dict[str, Any]]:
    """Return the primary genes, each with its row of every contrast in the order of `contrasts`.

    A row has `steps` too, what the steps of a trend show, and `also`, what the genome-wide list makes of the gene where
    that is something else, both in words.
    """
    primary = panel[panel["tier"] == "primary"]
    told = describe_steps(primary, "panel_step_adj_p_value", statistics.alpha)
    also = [describe_disagreement(row, statistics.calls) for row in primary.to_dict("records")]
    primary = primary.assign(steps=np.array(STEPS, dtype=object)[told], also=also)
    rows = []
    for symbol, found in primary.groupby("symbol", sort=False):
        by_contrast = found.set_index(["model", "contrast"]).to_dict("index")
        rows.append(
            {"symbol": symbol, "gene_id": found["gene_id"].iloc[0], "cells": [by_contrast[pair] for pair in contrasts]}
        )
    return rows
