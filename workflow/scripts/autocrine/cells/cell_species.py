"""Whether the genes of a file of cells are those of the species that a cohort is of."""

from __future__ import annotations

from autocrine.cells.blocks import Cells
from autocrine.cells.gene_names import symbols_of
from autocrine.input.species import HUMAN, MOUSE, OTHER, KnownGenes, main_species
from autocrine.problems import Findings


def check_species(cells: Cells, species: str, known: KnownGenes, findings: Findings) -> None:
    """Tell where most genes of a file are another species'; see `main_species`.

    Parameters
    ----------
    cells : Cells
        Of which the names of genes are looked at, or their symbols where the names say nothing.
    species : str
        "human" or "mouse"; another species is not judged.
    known : KnownGenes
        Tables of genes.
    findings : Findings
        Receives the problem.
    """
    if species not in (HUMAN, MOUSE):
        return
    names = [str(name) for name in cells.var.index]
    found = main_species(names, known) or main_species(list(symbols_of(cells.var)), known)
    if found not in ("", species):
        meant = found if found in (HUMAN, MOUSE) else OTHER
        words = f"most of its {len(names):,} genes are of {found}, such as {names[0]}, and the cohort is {species}"
        findings.problem(cells.name, words, f'"species: {meant}", or files of {species} cells')
