"""Samples among one another for the page: components, distances, measures, and what was left out of each comparison."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import squareform

from autocrine.design.question import Model
from autocrine.page.payload import Block, pack_json, pack_numbers
from autocrine.samples.quality import Components, order_alike

# Components that a map offers, and the steps to which scores and distances are kept (log2 scale).
MOST_COMPONENTS = 6
SCORE_STEP, DISTANCE_STEP = 0.02, 0.05
# Measures of the quality table by which samples can be coloured.
MEASURES = {
    "library_size": "counts",
    "detected_genes": "detected genes",
    "top_100_share": "share in the top 100 genes",
    "median_level": "median (log2)",
    "level_iqr": "interquartile range",
}


def pack_maps(
    maps: Mapping[str, tuple[str, Components]], distances: pd.DataFrame, quality: pd.DataFrame
) -> dict[str, Block]:
    """Pack where samples lie.

    Parameters
    ----------
    maps
        "" for all samples, or the name of a model -> title, and its components with the names of its samples.
    distances
        Samples x samples, in the order of the page.
    quality
        The quality table, in the same order.

    Returns
    -------
    `maps`: per map name, title, places of its `samples` and the share of variance `explained` by each component; the
    order `alike` in which similar samples are neighbours; `measures` of the quality table, as
    `autocrine.page.dossier.pack_sheet` has columns of numbers; `flags`, the remarks on every sample. And s<number>:
    samples x components of each map; `apart`: distances between samples, the upper triangle row by row.
    """
    places = {str(name): place for place, name in enumerate(distances.index)}
    described, blocks = [], {}
    for number, (name, (title, found)) in enumerate(maps.items()):
        scores = found.scores.iloc[:, :MOST_COMPONENTS]
        blocks[f"s{number}"] = pack_numbers(scores, SCORE_STEP)
        explained = [round(float(share), 4) for share in found.explained[: scores.shape[1]]]
        samples = [places[str(sample)] for sample in scores.index]
        described.append({"name": name, "title": title, "samples": samples, "explained": explained})
    measures = [
        {"name": words, "numbers": [None if pd.isna(value) else float(f"{value:.6g}") for value in quality[column]]}
        for column, words in MEASURES.items()
        if column in quality and quality[column].nunique() > 1
    ]
    content = {
        "maps": described,
        "alike": order_alike(distances).tolist(),
        "measures": measures,
        "flags": [_remarks(row) for row in quality.to_dict("records")],
    }
    blocks["maps"] = pack_json(content)
    blocks["apart"] = pack_numbers(squareform(distances.to_numpy(), checks=False), DISTANCE_STEP)
    return blocks


def _remarks(row: Mapping[str, Any]) -> str:
    return "; ".join(text for text in (row["outlier_flag"], row["sex_flag"]) if isinstance(text, str) and text)


def describe_limits(limits: pd.DataFrame) -> list[dict[str, Any]]:
    """Write the limits beyond which a sample is flagged, for the page.

    Parameters
    ----------
    limits
        From `autocrine.samples.quality.flag_limits`.

    Returns
    -------
    Per measure `words`, `median` and `limits` in words.
    """
    texts = []
    for row in limits.itertuples():
        write = _writer(row.measure)
        low = "" if np.isnan(row.low) else f"below {write(row.low)} or "
        if not np.isnan(row.median):
            texts.append({"words": row.words, "median": write(row.median), "limits": f"{low}above {write(row.high)}"})
    return texts


def _writer(measure: str):
    if measure == "top_100_share":
        # No share is below nothing or above everything.
        return lambda value: f"{min(max(value, 0.0), 1.0):.0%}"
    if measure in ("library_size", "detected_genes"):
        return lambda value: f"{value:,.0f}"
    return lambda value: f"{value:.1f}".replace("-", "−")


def tabulate_left_out(
    models: Mapping[str, Model], contrasts: Sequence[tuple[str, str]], fits: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Count what each comparison uses and what was left out of it.

    Parameters
    ----------
    models, contrasts, fits
        The models, (model, contrast) in the order of the page, and model -> record of its fit.

    Returns
    -------
    Per comparison `model` and `contrast` (titles), `groups` with their numbers of samples in words, `dropped` (sample
    and reason, of samples that the model asked for and could not use), and `status`: of genes -> number of genes.
    """
    rows = []
    for model, name in contrasts:
        record = fits[model]["contrasts"][name]
        groups = ", ".join(f"{len(samples)} {group}" for group, samples in record["groups"].items())
        rows.append(
            {
                "model": models[model].title,
                "contrast": models[model].contrasts[name].title,
                "groups": groups or f"{fits[model]['samples']} samples",
                "dropped": [f"{sample}: {reason}" for sample, reason in fits[model]["dropped_samples"].items()],
                "status": record["filtering"]["status"],
            }
        )
    return rows
