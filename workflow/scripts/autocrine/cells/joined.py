"""Files of several samples as one, and labels that stand in a table of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE, Block, Cells, open_cells
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData

# With fewer of the cells in the table of labels it is another spelling of barcodes, not cells that were left out.
FEWEST_LABELLED = 0.9


@dataclass(frozen=True)
class Joined(Cells):
    """Cells of several files with the same genes, read one after the other.

    Attributes
    ----------
    parts : tuple of Cells
        The files.
    """

    parts: tuple[Cells, ...] = ()

    def blocks(self, cells_at_once: int = CELLS_AT_ONCE, values_at_once: int = VALUES_AT_ONCE) -> Iterator[Block]:
        """Read the blocks of all files."""
        first = 0
        for part in self.parts:
            for block in part.blocks(cells_at_once, values_at_once):
                yield replace(block, first_cell=first + block.first_cell)
            first += part.shape[0]


@contextmanager
def open_all(
    data: AnnData | str | Path | Mapping[str, AnnData | str | Path],
    sample: str,
    layer: str,
    labels: pd.DataFrame | None,
    findings: Findings,
) -> Iterator[Cells | None]:
    """Open cells, of one object or file or of several, and join labels to them.

    Parameters
    ----------
    data : AnnData, str, Path, or mapping of str to them
        Cells; of a mapping the keys name the samples.
    sample : str
        Column of ``obs`` that the names of samples are in; of a mapping it is made of them.
    layer : str
        As `open_cells` takes it.
    labels : DataFrame, optional
        Columns of cells, indexed by barcode; with a column of samples where data are of several.
    findings : Findings
        Receives every problem; then the cells are None.
    """
    with ExitStack() as stack:
        if isinstance(data, Mapping):
            parts = {str(name): stack.enter_context(open_cells(part, layer, findings)) for name, part in data.items()}
            cells = _join(parts, sample, findings)
        else:
            cells = stack.enter_context(open_cells(data, layer, findings))
        yield cells if cells is None or labels is None else _labelled(cells, sample, labels, findings)


def _join(parts: Mapping[str, Cells | None], sample: str, findings: Findings) -> Cells | None:
    """Return files as one, or tell why they are none."""
    if not parts:
        findings.problem("cells", "there is no file", "a file for each sample")
    held = {name: part for name, part in parts.items() if part is not None}
    if len(held) < len(parts) or not held:
        return None
    first, *others = held.values()
    for part in others:
        if not part.var.index.equals(first.var.index):
            apart = part.var.index.symmetric_difference(first.var.index)
            some = f"{len(apart):,} genes are in one of them only ({listed(apart, 3)})"
            found = f"its genes are not those of {first.name}: {some if len(apart) else 'another order'}"
            findings.problem(part.name, found, "files made with one list of genes")
            return None
    obs = pd.concat([part.obs.assign(**{sample: name}) for name, part in held.items()])
    names = listed(dict.fromkeys(part.name for part in held.values()), 2)
    return Joined(names, obs, first.var, None, first.layer, {}, parts=tuple(held.values()))


def _labelled(cells: Cells, sample: str, labels: pd.DataFrame, findings: Findings) -> Cells | None:
    """Return cells with the columns of a table of labels."""
    by_sample = sample in cells.obs.columns and sample in labels.columns
    given = labels.rename(columns={sample: "sample"}) if by_sample else labels
    new = match_labels(cells.obs.index, cells.obs[sample] if by_sample else None, given, "labels", findings)
    if new is None:
        return None
    if both := [str(name) for name in new.columns if name in cells.obs.columns]:
        findings.problem("labels", f"the cells have columns of these names: {listed(both)}", "other names")
        return None
    return replace(cells, obs=pd.concat([cells.obs, new], axis=1))


def match_labels(
    barcodes: pd.Index, samples: pd.Series | None, labels: pd.DataFrame, where: str, findings: Findings
) -> pd.DataFrame | None:
    """Bring the rows of a table of labels into the order of cells.

    Parameters
    ----------
    barcodes : Index of length cells
        What the cells are called.
    samples : Series of length cells, optional
        Their samples; barcodes of several samples are told apart where `labels` has a column ``sample`` too.
    labels : DataFrame
        Indexed by barcode.
    where : str
        How messages call the table.
    findings : Findings
        Receives cells that stand there twice, and another spelling of barcodes.

    Returns
    -------
    DataFrame of shape (cells, columns without sample), None where there is a problem.
    """
    wanted, given = barcodes.astype(str), labels.index.astype(str)
    by_sample = "sample" in labels.columns
    if samples is not None and by_sample:
        wanted = pd.Index(samples.astype(str).to_numpy() + " " + wanted.to_numpy())
        given = pd.Index(labels["sample"].astype(str).to_numpy() + " " + given.to_numpy())
    if given.has_duplicates:
        some = listed(given[given.duplicated()].unique(), 3)
        found = f"cells stand there twice: {some}"
        findings.problem(where, found, "each cell once; barcodes of several samples need a column of samples")
        return None
    place = given.get_indexer(wanted)
    share = (place >= 0).mean()
    if share < FEWEST_LABELLED:
        found = f"{share:.0%} of the cells have a label; cells are called {wanted[place < 0][0]}, labels {given[0]}"
        findings.problem(where, found, "one spelling of barcodes")
        return None
    columns = labels.drop(columns="sample", errors="ignore") if samples is not None else labels
    return columns.set_axis(given, axis=0).reindex(wanted).set_axis(barcodes, axis=0)
