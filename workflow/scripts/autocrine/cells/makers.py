"""Which states make a gene: who feeds whom, where the gene is a ligand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.input.objects import NAME_COLUMNS
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData


def ligand_shares(sums: AnnData, genes: Sequence[str]) -> pd.DataFrame:
    """Return the share of the counts of a gene that each state makes in each sample.

    Of all counts of the gene in a sample, so that states of many or of deep cells make more. States that were too small
    for a sum (`autocrine.cells.lost`) are not among them. Counts are RNA: how much of a ligand a state gives off is not
    known from them.

    Parameters
    ----------
    sums : AnnData
        As `autocrine.cells.sum_cells` returns them, with states.
    genes : sequence of str
        Names of the sums, or symbols that appear once.

    Returns
    -------
    DataFrame
        A row per gene, sample and state: gene, sample, state, cells, counts (of the gene), share (of the gene's counts
        in the sample; NaN where it has none), cell_share (of the cells), count_share (of all counts). A state whose
        `share` is above its `count_share` makes more of the gene than of others.

    Raises
    ------
    autocrine.InputError
        If the sums have no states, or no such gene.
    """
    findings = Findings()
    if "state" not in sums.obs:
        findings.problem("sums", "there are no states", "sums made with a column of states")
    names = [sums.var_names, *(sums.var[name] for name in NAME_COLUMNS if name in sums.var.columns)]
    places = {gene: _places(gene, names) for gene in dict.fromkeys(genes)}
    if lacking := [gene for gene, found in places.items() if not len(found)]:
        findings.problem("sums", f"there is no gene {listed(lacking)}", "names of the sums, or their symbols")
    if several := [gene for gene, found in places.items() if len(found) > 1]:
        findings.problem("sums", f"several genes are called {listed(several)}", "names that appear once")
    findings.raise_if_any()
    counts = sums.X.toarray() if hasattr(sums.X, "toarray") else np.asarray(sums.X)
    start = pd.DataFrame(
        {
            "sample": sums.obs["sample"].astype(str).to_numpy(),
            "state": sums.obs["state"].astype(str).to_numpy(),
            "cells": sums.obs["cells"].to_numpy(),
            "all": counts.sum(axis=1),
        }
    )
    whole = start.groupby("sample")[["cells", "all"]].transform("sum")
    parts = []
    for gene, (place,) in places.items():
        part = start[["sample", "state", "cells"]].assign(counts=counts[:, place])
        total = part.groupby("sample")["counts"].transform("sum")
        part["share"] = part["counts"] / total.where(total > 0)
        part["cell_share"], part["count_share"] = start["cells"] / whole["cells"], start["all"] / whole["all"]
        part.insert(0, "gene", gene)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _places(gene: str, names: Sequence[pd.Series | pd.Index]) -> np.ndarray:
    """Return where a gene is in the first of several columns of names that hold it."""
    called = (np.flatnonzero(np.asarray(column.astype(str) == gene)) for column in names)
    return next((found for found in called if len(found)), np.zeros(0, dtype=np.int64))
