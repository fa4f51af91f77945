"""Samples that hold the same cells: a file that was named twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from autocrine.cells.labels import Labels
from autocrine.problems import Findings, listed

# Cells of fewer counts have the same number by chance.
FEWEST_COUNTS = 20
# Barcodes of one kit come up in several samples by chance, though hardly with the same counts in as many genes.
FEWEST_CELLS, COPIED = 10, 0.5


def check_copies(
    barcodes: pd.Index, labels: Labels, depth: np.ndarray, genes: np.ndarray, where: str, findings: Findings
) -> None:
    """Tell of samples of which most cells are in another sample too, with the same barcode, counts and genes.

    Parameters
    ----------
    barcodes : Index of shape (cells,)
        As the files spell them.
    labels : Labels
        Pseudobulks of the cells.
    depth, genes : ndarray of shape (cells,)
        Counts and genes of each cell.
    where : str
        How messages call the cells.
    findings : Findings
        Receives one problem with all such samples.
    """
    inside = np.flatnonzero((labels.of_cell >= 0) & (depth >= FEWEST_COUNTS) & barcodes.duplicated(keep=False))
    if not len(inside):
        return
    names = labels.groups["sample"].to_numpy(dtype=object)
    samples = names[labels.of_cell]
    table = pd.DataFrame(
        {"barcode": barcodes[inside], "depth": depth[inside], "genes": genes[inside], "sample": samples[inside]}
    )
    key = ["barcode", "depth", "genes"]
    table = table[table.duplicated(key, keep=False)]
    first = table.groupby(key, sort=False)["sample"].transform("first")
    pairs = pd.DataFrame({"first": first, "second": table["sample"]}).query("first != second").value_counts()
    size = pd.Series(samples[labels.of_cell >= 0]).value_counts()
    found = [
        f"{one} = {other} ({count:,} cells)"
        for (one, other), count in pairs.items()
        if count >= FEWEST_CELLS and count > COPIED * min(size[one], size[other])
    ]
    if found:
        meant = "each file once, under the sample that it is of"
        findings.problem(where, f"the same barcodes with the same counts in several samples: {listed(found)}", meant)
