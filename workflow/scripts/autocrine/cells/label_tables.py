"""Labels of cells in a table of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.labels import words_of
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from autocrine.cells.blocks import Cells

# With fewer of the cells in the table of labels it is another spelling of barcodes, not cells that were left out.
FEWEST_LABELLED = 0.9
# So many cells are looked at to find out how the spellings differ.
_LOOKED_AT = 2_000
# What programs put before and behind the letters of a barcode.
_ADDED = {
    'the ending "-1"': re.compile(r"-\d+$"),
    "what comes before the barcode": re.compile(r"^.*[_:#|](?=[^_:#|]+$)"),
    "what comes after the barcode": re.compile(r"(?<=[ACGT]{8})[_:#|.-].*$"),
}


def add_labels(cells: Cells, sample: str, labels: pd.DataFrame, findings: Findings) -> Cells | None:
    """Return cells with the columns of a table of labels; see `labels_of_cells`. Names that are taken are reported."""
    new = labels_of_cells(cells.obs, sample, labels, "labels", findings)
    if new is None:
        return None
    if both := [str(name) for name in new.columns if name in cells.obs.columns]:
        findings.problem("labels", f"the cells have columns of these names: {listed(both)}", "other names")
        return None
    return replace(cells, obs=pd.concat([cells.obs, new], axis=1))


def labels_of_cells(
    obs: pd.DataFrame, sample: str, labels: pd.DataFrame, where: str, findings: Findings
) -> pd.DataFrame | None:
    """Bring the rows of a table of labels into the order of cells.

    Parameters
    ----------
    obs : DataFrame of shape (cells, columns)
        Indexed by barcode, with the column `sample` where barcodes of several samples are alike.
    sample : str
        Column of both that names the sample; where the table lacks it, barcodes alone decide.
    labels : DataFrame
        Indexed by barcode.
    where : str
        How messages call the table.
    findings : Findings
        Receives labels that appear twice, barcodes of another spelling, and a sample without any label; then the result
        is None.

    Returns
    -------
    DataFrame of shape (cells, columns of `labels`), indexed as `obs`; missing where a cell has no label.
    """
    by_sample = sample in obs.columns and sample in labels.columns
    wanted, given = (_keys(table, sample if by_sample else None) for table in (obs, labels))
    if given.has_duplicates:
        some = listed(given[given.duplicated()].unique(), 3)
        found = f"cells appear twice: {some}"
        findings.problem(where, found, "each cell once; barcodes of several samples need a column of samples")
        return None
    if given.empty:
        findings.problem(where, "the table is empty", "a row for each cell")
        return None
    place = given.get_indexer(wanted)
    share = (place >= 0).mean()
    if share < FEWEST_LABELLED:
        found = f"{share:.0%} of the cells have a label; cells are called {wanted[place < 0][0]}, labels {given[0]}"
        findings.problem(where, found, _difference(obs, labels, sample if by_sample else None))
        return None
    if sample in obs.columns and not by_sample:
        met = pd.DataFrame({"label": place, "sample": words_of(obs[sample]).to_numpy()})[place >= 0].drop_duplicates()
        if (several := met["label"].duplicated(keep=False)).any():
            first = met[several].sort_values("label", kind="stable")
            first = first[first["label"] == first["label"].iat[0]]
            number = met.loc[several, "label"].nunique()
            found = (
                f"{number:,} {'rows are' if number > 1 else 'row is'} of cells of several samples, "
                "which share barcodes: "
                f"{given[first['label'].iat[0]]} is in {listed(first['sample'])}"
            )
            findings.problem(where, found, f'a column "{sample}" that names the sample of each cell')
            return None
    if sample in obs.columns:
        labelled = pd.Series(place >= 0).groupby(words_of(obs[sample])).any()
        if not labelled.all():
            found = f"no cell of {listed(labelled.index[~labelled])} has a label; labels are called {given[0]}"
            findings.problem(where, found, "labels of the cells of all samples")
            return None
    columns = labels.drop(columns=sample) if by_sample else labels
    return columns.set_axis(given, axis=0).reindex(wanted).set_axis(obs.index, axis=0)


def _keys(table: pd.DataFrame, sample: str | None) -> pd.Index:
    """Return what tells cells apart: barcodes, with the sample before them where a column names it."""
    barcodes = table.index.astype(str)
    return pd.Index(barcodes if sample is None else table[sample].astype(str) + " " + barcodes)


def _difference(obs: pd.DataFrame, labels: pd.DataFrame, sample: str | None) -> str:
    """Say what has to be taken off the barcodes of cells or labels, so that they are the same."""
    looked = obs.iloc[np.unique(np.linspace(0, len(obs) - 1, _LOOKED_AT, dtype=int))]
    meant = "one spelling of barcodes"
    for (of_cells, first), (of_labels, second) in product(_spelled(looked), _spelled(labels)):
        if (of_cells or of_labels) and _keys(first, sample).isin(_keys(second, sample)).mean() >= FEWEST_LABELLED:
            parts = [(of_cells, "the cells"), (of_labels, "the labels")]
            off = " and ".join(f"{added} of {whose}" for added, whose in parts if added)
            return f"{meant}: without {off} they are the same"
    return meant


def _spelled(table: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return a table as it is, and without each thing that programs add to barcodes."""
    names = table.index.astype(str)
    held = [("", table)]
    for added, pattern in _ADDED.items():
        held.append((added, table.set_axis([pattern.sub("", name) for name in names], axis=0)))
    both = [_ADDED['the ending "-1"'].sub("", name) for name in held[2][1].index]
    held.append(("what comes before and after the barcode", table.set_axis(both, axis=0)))
    return held
