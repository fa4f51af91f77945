"""Single cells: sums per sample and state of cells, detected fractions, and their tests with the patient as unit.

>>> from autocrine import cells
>>> sums = cells.sum_cells("cells.h5ad", sample="patient_sample", state="cell_type")
>>> fractions = cells.test_fractions(sums, "~ patient + exposure", state="LSC", exposure=("imatinib", "untreated"))

Importing this package is cheap: what it offers is loaded when first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .codetection import Codetection, test_codetection
    from .fractions import test_fractions
    from .losses import lost
    from .size_factors import size_factor_genes
    from .sums import sum_cells

_HOME = {
    "Codetection": "autocrine.cells.codetection",
    "lost": "autocrine.cells.losses",
    "size_factor_genes": "autocrine.cells.size_factors",
    "sum_cells": "autocrine.cells.sums",
    "test_codetection": "autocrine.cells.codetection",
    "test_fractions": "autocrine.cells.fractions",
}
__all__ = ["Codetection", "lost", "size_factor_genes", "sum_cells", "test_codetection", "test_fractions"]


if not TYPE_CHECKING:
    # Unseen by checkers of types, so that a name that is not there is a mistake to them.
    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__} has no attribute {name}")
        return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
