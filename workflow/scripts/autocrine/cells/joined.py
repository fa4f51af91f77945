"""Files of several samples as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE, Block, Cells, open_cells
from autocrine.cells.label_tables import add_labels
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData


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

    def files(self) -> Iterator[tuple[str, slice]]:
        """Return the name of each file, and which cells are its."""
        first = 0
        for part in self.parts:
            yield part.name, slice(first, first + part.shape[0])
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
        yield cells if cells is None or labels is None else add_labels(cells, sample, labels, findings)


def _join(parts: Mapping[str, Cells | None], sample: str, findings: Findings) -> Cells | None:
    """Return files as one, or tell why they are none."""
    if not parts:
        findings.problem("cells", "there is no file", "a file for each sample")
    held = {name: part for name, part in parts.items() if part is not None}
    if len(held) < len(parts) or not held:
        return None
    first = next(iter(held.values()))
    if not same_genes([(part.name, part.var.index) for part in held.values()], findings):
        return None
    obs = pd.concat([part.obs.assign(**{sample: name}) for name, part in held.items()])
    names = listed(dict.fromkeys(part.name for part in held.values()), 2)
    dropped: dict[str, int] = {}
    for part in held.values():
        for kind, number in part.dropped.items():
            dropped[kind] = max(number, dropped.get(kind, 0))
    return Joined(names, obs, first.var, None, first.layer, {}, dropped=dropped, parts=tuple(held.values()))


def same_genes(files: Sequence[tuple[str, pd.Index]], findings: Findings) -> bool:
    """Whether files have the genes of the first, in its order; tell of the first that has not.

    Parameters
    ----------
    files : sequence of (str, Index)
        Name of each file and the names of its genes.
    findings : Findings
        Receives the problem.
    """
    first, wanted = files[0]
    for name, genes in files[1:]:
        if not genes.equals(wanted):
            apart = genes.symmetric_difference(wanted)
            some = f"{len(apart):,} genes are in one of them only ({listed(apart, 3)})"
            found = f"its genes are not those of {first}: {some if len(apart) else 'another order'}"
            findings.problem(name, found, "files made with one list of genes")
            return False
    return True
