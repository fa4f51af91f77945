"""The AnnData contract `counts.h5ad`: what every later step reads of a cohort."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from autocrine.measure import COUNTS
from autocrine.problems import Caution

if TYPE_CHECKING:
    from anndata import AnnData


# The layer that holds the average length of the transcripts of each gene in each sample, where it is known.
LENGTHS = "length"
# Of sums of cells, the layer with the counts of likely doublets among them.
DOUBLETS = "doublets"


def sheet_of(obs: pd.DataFrame) -> pd.DataFrame:
    """Return the sample sheet that an assembled cohort carries: text columns with None where nothing is known."""
    sheet = obs.copy()
    for column in sheet.columns:
        if not pd.api.types.is_float_dtype(sheet[column]):
            text = sheet[column].astype(object)
            sheet[column] = text.where(text != "", None)
    return sheet


def scaling_of(data: "AnnData") -> dict[str, Any]:
    """Return how size factors of a cohort are to be estimated: method (None: as counts allow) and control_genes.

    They are arguments of `autocrine.results.fitting.fit_design` and `autocrine.samples.normalisation.normalise`.
    """
    method, chosen = data.uns["size_factor_method"], data.var["size_factor_gene"].to_numpy(dtype=bool)
    return {
        "method": None if method == "auto" else method,
        "control_genes": () if chosen.all() else tuple(data.var_names[chosen]),
    }


def measure_of(data: "AnnData") -> str:
    """Return what the values of an assembled cohort are (`autocrine.measure`); counts where it does not say."""
    return str(data.uns.get("measure", COUNTS))


def tabulate_cautions(cautions: Sequence[Caution]) -> pd.DataFrame:
    """Return what speaks against the input as a table that .h5ad can hold: kind, text, where, samples (a JSON list)."""
    rows = [(one.kind, one.text, one.where, json.dumps(one.samples, ensure_ascii=False)) for one in cautions]
    return pd.DataFrame(rows, columns=["kind", "text", "where", "samples"], dtype=object)


def cautions_of(data: "AnnData") -> list[Caution]:
    """Return what the import of a cohort found against its input."""
    return [
        Caution(row["kind"], row["text"], "input", row["where"], samples=tuple(json.loads(row["samples"])))
        for row in data.uns["import"]["warnings"].to_dict("records")
    ]


def lengths_of(data: "AnnData") -> pd.DataFrame | None:
    """Return the average transcript lengths (samples x genes) that an assembled cohort carries, if it does."""
    if LENGTHS not in data.layers:
        return None
    return pd.DataFrame(np.asarray(data.layers[LENGTHS]), index=data.obs_names, columns=data.var_names)
