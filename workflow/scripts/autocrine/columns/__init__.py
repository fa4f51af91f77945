"""The columns of every table that a run writes: name, type and meaning, for all that lists them; a file per topic."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePath

from autocrine.columns.cells import (
    AMBIENT,
    CELL_LIMITS,
    CELL_SHARES,
    CODETECTION,
    CODETECTION_PATIENTS,
    DETECTION,
    LIGAND_SHARES,
    LOST_CELLS,
    PSEUDOBULKS,
    STATE_SHARES,
    SURVIVOR_PATIENTS,
    SURVIVORS,
    UNEQUAL_LOSSES,
)
from autocrine.columns.changes import CHANGES
from autocrine.columns.claims import CHANGED_VERDICTS, CLAIMS, CLAIMS_SHEET
from autocrine.columns.gene_sets import ACTIVITIES, GENE_SETS
from autocrine.columns.genes import GENE_COLUMNS, GENES, ONE_SAMPLE, PANEL
from autocrine.columns.kinds import BOOLEAN, INTEGER, MISSING_NUMBER, NUMBER, TEXT, Columns, Table
from autocrine.columns.models import (
    CHANGED_FITS,
    DESIGN,
    DISPERSIONS,
    SAMPLES,
    SECOND_OPINION,
    SINGLE_SAMPLES,
    UNWANTED_FACTORS,
)
from autocrine.columns.outcomes import OUTCOMES
from autocrine.columns.samples import (
    ASSOCIATIONS,
    CORRELATIONS,
    FRACTION_DRAWS,
    FRACTION_MARKERS,
    FRACTIONS,
    QUALITY,
    SCORE_TESTS,
    SCORES,
)
from autocrine.columns.shared import COMPOSITION
from autocrine.columns.summary import EFFECTS, META_ANALYSIS, POOLED_GENES, PUBLISHED, SUMMARY_CLAIMS
from autocrine.columns.workbook import SENSITIVITY_SHEET, side_by_side_sheet

TABLES = (
    GENES, DISPERSIONS, SAMPLES, DESIGN, UNWANTED_FACTORS, SINGLE_SAMPLES, SECOND_OPINION, CHANGED_FITS, PANEL, CLAIMS,
    CHANGED_VERDICTS,
    SCORES, SCORE_TESTS, CORRELATIONS, OUTCOMES, GENE_SETS, ACTIVITIES, QUALITY, ASSOCIATIONS, EFFECTS, META_ANALYSIS,
    POOLED_GENES, SUMMARY_CLAIMS, PUBLISHED, FRACTIONS, FRACTION_DRAWS, FRACTION_MARKERS, CELL_LIMITS,
    PSEUDOBULKS, LOST_CELLS, UNEQUAL_LOSSES, AMBIENT, DETECTION, CELL_SHARES, SURVIVORS, SURVIVOR_PATIENTS,
    STATE_SHARES,
    CODETECTION, CODETECTION_PATIENTS, LIGAND_SHARES, CHANGES,
)  # fmt: skip
__all__ = [
    "ACTIVITIES", "AMBIENT", "ASSOCIATIONS", "BOOLEAN", "CELL_LIMITS", "CELL_SHARES", "CHANGED_FITS",
    "CHANGED_VERDICTS", "CHANGES",
    "CLAIMS", "CLAIMS_SHEET", "CODETECTION", "CODETECTION_PATIENTS", "COMPOSITION", "CORRELATIONS", "DESIGN",
    "DETECTION",
    "DISPERSIONS", "EFFECTS", "FRACTIONS", "FRACTION_DRAWS", "FRACTION_MARKERS", "GENES", "GENE_COLUMNS",
    "GENE_SETS", "INTEGER", "LIGAND_SHARES", "LOST_CELLS", "META_ANALYSIS", "MISSING_NUMBER", "NUMBER",
    "ONE_SAMPLE", "OUTCOMES", "PANEL", "POOLED_GENES", "PSEUDOBULKS", "PUBLISHED", "QUALITY", "SAMPLES", "SCORES",
    "SCORE_TESTS", "SECOND_OPINION",
    "SENSITIVITY_SHEET", "SINGLE_SAMPLES", "STATE_SHARES", "SUMMARY_CLAIMS",
    "SURVIVORS", "SURVIVOR_PATIENTS",
    "TABLES", "TEXT", "UNEQUAL_LOSSES", "UNWANTED_FACTORS", "Columns", "Table", "side_by_side_sheet", "table_at",
    "taken_by_results",
]  # fmt: skip


def table_at(path: str | PurePath) -> Table:
    """Return the table that a file holds, by its name; of two of one name by the folder, too.

    Raises
    ------
    KeyError
        If no table is called so.
    """
    path = PurePath(path)
    named = [table for table in TABLES if PurePath(table.path).name == path.name]
    if not named:
        raise KeyError(f"{path.name} is the name of no table (autocrine/columns/)")
    return next((table for table in named if PurePath(table.path).parent.name == path.parent.name), named[0])


def taken_by_results(names: Sequence[str]) -> list[str]:
    """Return those names that a panel may not have as columns, since results have them."""
    return [name for name in names if any(fnmatchcase(name, known) for part in PANEL.columns for known in part.names)]
