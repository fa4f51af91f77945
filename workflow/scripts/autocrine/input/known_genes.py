"""The tables of genes of a cohort, read from their files."""

from functools import cache

from autocrine.input.genes import GeneTable, read_gene_table
from autocrine.input.own_genes import read_own_genes
from autocrine.input.species import NO_GENES, KnownGenes
from autocrine.problems import Findings

_read_once = cache(read_gene_table)


def read_known_genes(human: str, refused: str, mouse: str, own: str | None, findings: Findings) -> KnownGenes:
    """Read the bundled human genes, the mouse genes when they are first asked for, and those that the user gives.

    Findings receive what is wrong with the latter; they are then none. Bundled tables are read once in a process.
    """
    given = None if own is None else read_own_genes(own, findings) or NO_GENES

    def mice() -> GeneTable:
        return _read_once(mouse)

    return KnownGenes(_read_once(human, refused), mice, given)
