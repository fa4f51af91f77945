"""What the page says of comparisons, models and panel genes, for its scripts; the numbers are in `blocks.py`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from autocrine.design.compared import describe_comparison
from autocrine.design.formula import parse_formula
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Model, Statistics
from autocrine.design.spans import read_spans
from autocrine.input.cohort import Cohort
from autocrine.measure import COUNTS, LINEAR, WORDS
from autocrine.page.gene_words import GeneWords, judge_genes
from autocrine.page.opinions import describe_opinions
from autocrine.page.render import find_digits
from autocrine.results.opinions import describe_agreement
from autocrine.results.outcomes import describe_disagreement, describe_lists, describe_steps

# Over which p-values of genes beside the panel are adjusted; see `autocrine.results.multiplicity.adjust_panel`.
ALL_GENES = "all genes (Benjamini-Hochberg)"


def describe_contrasts(
    models: Mapping[str, Model],
    contrasts: Sequence[tuple[str, str]],
    fits: Mapping[str, Mapping[str, Any]],
    samples: Mapping[str, pd.DataFrame],
    places: Mapping[str, int],
    found: Mapping[tuple[str, str], Mapping[str, Any]],
    words: Mapping[tuple[str, str], GeneWords],
    statistics: Statistics,
    reaches: Mapping[tuple[str, str], float],
) -> list[dict[str, Any]]:
    """Describe every comparison for the page's plots.

    Parameters
    ----------
    models
        The models of the cohort.
    contrasts
        (model, contrast), in the order of the page.
    fits
        Model -> record of its fit.
    samples
        Model -> its samples, with the columns of the design.
    places
        Sample -> its place among all samples of the cohort.
    found
        (model, contrast) -> what it found; see `autocrine.page.sections.summarise_contrast`.
    words
        (model, contrast) -> how its effects are put in words.
    statistics
        Thresholds, and which list of genes is the genome-wide one.
    reaches
        (model, contrast) -> the median of half the intervals; NaN where there are none.

    Returns
    -------
    Per comparison key, titles, the sides of an effect and what its axis is called, the groups with the places of their
    samples (the reference first; of a difference the groups of both its comparisons), whether samples of a patient are
    joined, a measurement where the comparison is of one, the values at which a curve is drawn, the equivalence margin
    in the unit of the effect, with how many digits effects are written, and what is said of it: what is compared, and
    how many genes it found, also by the other list.
    """
    numbers = {name: number for number, name in enumerate(models)}
    described = []
    for name, asked in contrasts:
        model, contrast, records = models[name], models[name].contrasts[asked], fits[name]["contrasts"]
        record, formula = records[asked], parse_formula(model.design)
        groups: dict[str, list[str]] = {}
        for part in contrast.difference or (asked,):
            ordered = list(records[part]["groups"].items())
            if model.contrasts[part].tested_first:
                ordered.reverse()
            for group, members in ordered:
                # Both parts may call a group "treated" and mean other samples.
                named = group if groups.get(group, members) == members else f"{group} ({model.contrasts[part].title})"
                groups[named] = members
        measurement = None
        if contrast.measurement:
            held = samples[name].set_index("sample")[contrast.measurement].astype(float)
            values = [None] * len(places)
            for sample, value in held.items():
                values[places[sample]] = None if np.isnan(value) else float(value)
            measurement = {**record["measurement"], "values": values}
        wording, counted = words[name, asked], found[name, asked]
        compared = describe_comparison(model, contrast, record["groups"], read_spans(records), statistics)
        lists = describe_lists(counted, statistics.calls, fits[name]["method"] == LINEAR)
        described.append(
            {
                "key": f"{name}/{asked}",
                "model": name,
                "modelNumber": numbers[name],
                "modelTitle": model.title,
                "title": contrast.title,
                "sides": wording.sides,
                "effectName": wording.words.effect,
                "said": f"{compared}. {wording.describe_found(counted, statistics.alpha)} "
                f"{lists} {describe_agreement(record['second_opinion'])}".rstrip(),
                "groups": [
                    {
                        "name": group,
                        "label": group.replace(", ", ",\n"),
                        "samples": [places[sample] for sample in members],
                    }
                    for group, members in groups.items()
                ],
                "joined": PATIENT in (*formula.columns, model.random),
                "measurement": measurement,
                "curve": record["values"],
                "margin": record["drawn_margin"],
                "digits": find_digits(reaches[name, asked]),
            }
        )
    return described


def describe_sections(
    models: Mapping[str, Model],
    contrasts: Sequence[tuple[str, str]],
    fits: Mapping[str, Mapping[str, Any]],
    found: Mapping[tuple[str, str], Mapping[str, Any]],
    statistics: Statistics,
) -> list[dict[str, Any]]:
    """Gather what the page's tables say of every comparison: model, contrast, its record, a sentence, what it found."""
    return [
        {
            "model": models[model],
            "contrast": (asked := models[model].contrasts[contrast]),
            "record": fits[model]["contrasts"][contrast],
            "said": describe_comparison(
                models[model],
                asked,
                (records := fits[model]["contrasts"])[contrast]["groups"],
                read_spans(records),
                statistics,
            ),
            "found": found[model, contrast],
        }
        for model, contrast in contrasts
    ]


def describe_panel(
    panel: pd.DataFrame,
    contrasts: Sequence[tuple[str, str]],
    places: Mapping[str, int],
    words: Mapping[tuple[str, str], GeneWords],
    statistics: Statistics,
) -> tuple[list[dict], list[dict]]:
    """Describe the panel genes for the page: place (-1 where the matrix has none), role, tier, and how each comparison
    judges them in the panel's own families of tests.

    Returns
    -------
    The genes, and each once what is said of them (see `autocrine.page.gene_words.judge_genes`), which they share:
    `verdict` of a gene is a place among these.
    """  # noqa: D205
    panel = panel.assign(steps=describe_steps(panel, "panel_step_adj_p_value", statistics.alpha))
    numbers = {pair: number for number, pair in enumerate(contrasts)}
    verdicts, statements = _panel_verdicts(panel, words, statistics.alpha)
    described, records = [], panel.to_dict("records")
    for symbol, where in panel.groupby("symbol", sort=False).indices.items():
        first, judged = records[where[0]], [None] * len(contrasts)
        column = "primary_adj_p_value" if first["tier"] == "primary" else "panel_adj_p_value"
        for at, row in ((panel.index[place], records[place]) for place in where):
            if at in verdicts:
                judged[numbers[row["model"], row["contrast"]]] = {
                    "p": None if pd.isna(row["moderated_p_value"]) else float(row["moderated_p_value"]),
                    "adj": None if pd.isna(row[column]) else float(row[column]),
                    "family": row["family"],
                    "verdict": verdicts[at],
                    "also": _remarks(row, statistics.calls),
                    "shrunken": None
                    if pd.isna(row.get("log2_fc_shrunken", np.nan))
                    else float(f"{row['log2_fc_shrunken']:.4g}"),
                }
        described.append(
            {
                "place": places.get(first["gene_id"], -1),
                "symbol": symbol,
                "role": first["role"],
                "tier": first["tier"],
                "judged": judged,
            }
        )
    return described, statements


def _panel_verdicts(
    panel: pd.DataFrame, words: Mapping[tuple[str, str], GeneWords], alpha: float
) -> tuple[dict[Any, int], list[dict[str, Any]]]:
    """Return what is said of panel genes by the panel's own tests, and where it is, by the index of the row.

    Only of what was tested.
    """
    strict = panel["tier"] == "primary"
    tested = panel.assign(
        p_value=panel["moderated_p_value"],
        adj_p_value=panel["primary_adj_p_value"].where(strict, panel["panel_adj_p_value"]),
    )[panel["p_value"].notna()]
    verdicts, statements = {}, []
    for pair, rows in tested.groupby(["model", "contrast"], sort=False):
        places, found = judge_genes(rows, words[pair], alpha)
        verdicts |= dict(zip(rows.index, (len(statements) + places).tolist(), strict=True))
        statements += found
    return verdicts, statements


def _remarks(row: Mapping[str, Any], calls: str) -> str:
    """Say what a reader of a panel gene's outcome must know.

    One sample that decides, what composition alone would do, fits with one thing changed that answer otherwise, and
    another family of tests.
    """
    one, composition = row.get("one_sample_words") or "", row.get("composition_flag") or ""
    other = row.get("sensitivity_other", 0)
    remarks = [
        one and f"It {one}.",
        composition and f"{composition[0].upper()}{composition[1:]}.",
        f"Another outcome in {other:.0f} of {row['sensitivity_fits']:.0f} fits with one thing changed."
        if other > 0
        else "",
        *describe_opinions(row),
        describe_disagreement(row, calls),
    ]
    return " ".join(filter(None, remarks))


def describe_page(
    cohort: Cohort,
    statistics: Mapping[str, Any],
    genes: Sequence[str],
    patients: Mapping[str, str],
    contrasts: Sequence[Mapping[str, Any]],
    verdicts: Sequence[Mapping[str, Any]],
    claims: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Gather what the page's scripts read first.

    Parameters
    ----------
    cohort
        Whether it is simulated, and what its values are.
    statistics
        alpha.
    genes
        gene_id of the matrix.
    patients
        Sample -> patient, "" where none is known; in the order of the levels.
    contrasts, verdicts
        As `describe_contrasts` and `describe_panel` return them.
    claims
        As `autocrine.page.dossier.describe_claims` returns them.
    """
    return {
        "simulated": cohort.simulated,
        "measure": {"counted": cohort.measure == COUNTS, **asdict(WORDS[cohort.measure])},
        "confidence": f"{100 * (1 - statistics['alpha']):g}%",
        "family": ALL_GENES,
        "genes": len(genes),
        "samples": [{"name": sample, "patient": patient} for sample, patient in patients.items()],
        "contrasts": list(contrasts),
        "verdicts": list(verdicts),
        "claims": list(claims),
    }
