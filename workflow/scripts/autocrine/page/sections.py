"""What the tables of the report show, gathered from results and records."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.claims.roles import is_unpaired, unpaired
from autocrine.design.question import Model, Statistics
from autocrine.input.panel_groups import name_group, order_groups
from autocrine.page.opinions import describe_opinions
from autocrine.page.render import FULL_SHADE, USUAL_DIGITS, find_digits
from autocrine.problems import Caution
from autocrine.results.outcomes import CALLED, STEPS, describe_disagreement, describe_steps


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
    # Turned into records once: of a gene at a time that takes four seconds for a panel in twelve comparisons.
    cells: dict[str, dict[str, dict[tuple[str, str], dict[str, Any]]]] = {}
    for row in panel.to_dict("records"):
        cells.setdefault(row["group"], {}).setdefault(row["symbol"], {})[row["model"], row["contrast"]] = row
    groups = []
    for group in order_groups(list(panel["group"])):
        genes = []
        for symbol, rows in cells[group].items():
            first = next(iter(rows.values()))
            identity = {key: first[key] for key in ("gene_id", "role", "tier")}
            genes.append({"symbol": symbol, **identity, "cells": [rows.get(pair) for pair in contrasts]})
        groups.append({"heading": name_group(group), "genes": genes})
    return groups


def gather_warnings(
    cautions: Sequence[Caution],
    quality: Sequence[Mapping[str, Any]],
    fits: Mapping[str, Mapping[str, Any]],
    models: Mapping[str, Model],
    claims: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Gather what a reader should know before the answers.

    Parameters
    ----------
    cautions
        What the import found against the input; see `autocrine.input.contract.cautions_of`.
    quality
        Rows of the quality table, with outlier_flag and sex_flag.
    fits
        Model -> record of its fit: warnings, and the samples of each contrast.
    models
        The models of the cohort.
    claims
        Files of claims, with the roles of each.

    Returns
    -------
    where and text of each, and the comparisons that it touches ("model/contrast"; none for the input): samples that may
    be another person's first, since they spoil every comparison; then designs; then outlying samples.
    """
    warnings = [{"where": "Input", "text": caution.for_reader, "touches": []} for caution in cautions]
    warnings += _of_samples(quality, "sex_flag", fits)
    for name, fit in fits.items():
        model = models[name]
        for caution in map(Caution.of_record, fit["warnings"]):
            if caution.about == "model":
                touched = [f"{name}/{contrast.name}" for contrast in model.contrasts.values()
                           if caution.touches((contrast.name, *contrast.difference))]  # fmt: skip
                warnings.append({"where": model.title, "text": _with_titles(caution, model), "touches": touched})
        roles = {role: described for file in claims for role, described in file["roles"].items()}
        for contrast in model.contrasts.values():
            if any(is_unpaired(roles[role], model, contrast) for role in contrast.roles if role in roles):
                touched = [f"{name}/{contrast.name}"]
                text = unpaired(contrast.name).for_reader
                warnings.append({"where": f"{model.title}, {contrast.title}", "text": text, "touches": touched})
    return warnings + _of_samples(quality, "outlier_flag", fits)


def _of_samples(quality: Sequence[Mapping[str, Any]], flag: str, fits: Mapping[str, Mapping[str, Any]]) -> list[dict]:
    """Return the samples that have a flag, each with the comparisons that it is in."""
    held = {
        f"{model}/{name}": {sample for group in contrast["groups"].values() for sample in group}
        for model, fit in fits.items()
        for name, contrast in fit["contrasts"].items()
    }
    return [
        {
            "where": row["sample"],
            "text": row[flag],
            "touches": [key for key, samples in held.items() if row["sample"] in samples],
        }
        for row in quality
        if row[flag]
    ]


def _with_titles(caution: Caution, model: Model) -> str:
    """Put the titles of the contrasts before a warning about them; one that is all there is goes unnamed."""
    titles = ", ".join(model.contrasts[name].title for name in caution.contrasts)
    return f"{titles}: {caution.for_reader}" if titles and len(model.contrasts) > 1 else caution.for_reader


# Columns of the sheet that are named beside a factor, at the most, and how strong their association must be.
MOST_COLUMNS, LARGEST_P = 4, 0.05
WAY_WORDS = {"residuals": "residuals", "reference_genes": "reference genes"}


def describe_unwanted(tables: Mapping[str, pd.DataFrame], models: Mapping[str, Model]) -> list[dict[str, str]]:
    """Say what the factors of unwanted variation of each model go together with.

    Parameters
    ----------
    tables
        Model -> its `unwanted_factors.tsv`.
    models
        The models of the cohort.

    Returns
    -------
    A row per model, way and factor: model (title), way, factor, in_fit, and words: the columns of the sheet that
    explain most of it, each with the share, or why there is no factor.
    """
    rows = []
    for name, table in tables.items():
        # Factors are numbered in each way; a row without one has a reason.
        numbers = table.groupby("way", sort=False)["factor"].transform(lambda factors: pd.factorize(factors)[0] + 1)
        for (way, number), found in table.groupby(["way", numbers], sort=False):
            reason = found["reason"].iloc[0]
            strong = found[found["p_value"] < LARGEST_P].sort_values("r_squared", ascending=False)[:MOST_COLUMNS]
            columns = [f"{row.column} ({row.r_squared:.0%}, p {row.p_value:.1g})" for row in strong.itertuples()]
            words = reason or ", ".join(columns) or "none of the columns"
            rows.append(
                {
                    "model": models[name].title,
                    "way": WAY_WORDS[way],
                    "factor": "–" if reason else str(number),
                    "in_fit": found["in_fit"].iloc[0],
                    "words": words,
                }
            )
    return rows


def primary_rows(
    panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]], statistics: Statistics
) -> list[dict[str, Any]]:
    """Return the primary genes, each with its row of every contrast in the order of `contrasts`.

    A row has `steps` too, what the steps of a trend show, `also`, what the genome-wide list makes of the gene where
    that is something else, and `opinions`, what other methods make of it, all in words.
    """
    primary = panel[panel["tier"] == "primary"]
    places = describe_steps(primary, "panel_step_adj_p_value", statistics.alpha)
    also = [describe_disagreement(row, statistics.calls) for row in primary.to_dict("records")]
    opinions = [describe_opinions(row) for row in primary.to_dict("records")]
    primary = primary.assign(opinions=opinions, steps=np.array(STEPS, dtype=object)[places], also=also)
    rows = []
    for symbol, found in primary.groupby("symbol", sort=False):
        by_contrast = found.set_index(["model", "contrast"]).to_dict("index")
        rows.append(
            {"symbol": symbol, "gene_id": found["gene_id"].iloc[0], "cells": [by_contrast[pair] for pair in contrasts]}
        )
    return rows


def find_shades(
    panel: pd.DataFrame, contrasts: Sequence[tuple[str, str]], reaches: Mapping[tuple[str, str], float]
) -> list[float]:
    """Return by contrast the effect that has the full colour in the heatmap of the panel.

    It is one for all but those with small effects, as per day, which would be white: there nearly all are below it.

    Parameters
    ----------
    panel
        `panel.tsv`.
    contrasts
        (model, contrast), in the order of the page.
    reaches
        (model, contrast) -> the median of half the intervals; NaN where there are none.
    """
    sizes = panel["log2_fc"].abs().groupby([panel["model"], panel["contrast"]]).quantile(0.98).to_dict()
    small = {pair for pair in contrasts if find_digits(reaches[pair]) > USUAL_DIGITS and sizes.get(pair, 0) > 0}
    return [float(sizes[pair]) if pair in small else FULL_SHADE for pair in contrasts]
