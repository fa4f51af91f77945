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
    from .ambient import bound_contamination, compare_with_ambient, soup_profile
    from .codetection import Codetection, test_codetection
    from .composition import test_composition
    from .coupling import compare_codetection
    from .doublets import mark_doublets, score_doublets
    from .fractions import test_fractions
    from .living import living_shares
    from .losses import lost
    from .makers import ligand_shares
    from .quality import judge_quality, kept_shares, unequal_losses
    from .size_factors import size_factor_genes
    from .sums import sum_cells
    from .survivors import Survivors, test_survivors

# Names of modules without their package, so that nothing takes a script that uses one of them for one that needs all.
_HOME = {
    "bound_contamination": "ambient",
    "Codetection": "codetection",
    "compare_codetection": "coupling",
    "compare_with_ambient": "ambient",
    "judge_quality": "quality",
    "kept_shares": "quality",
    "ligand_shares": "makers",
    "living_shares": "living",
    "lost": "losses",
    "mark_doublets": "doublets",
    "score_doublets": "doublets",
    "size_factor_genes": "size_factors",
    "soup_profile": "ambient",
    "sum_cells": "sums",
    "Survivors": "survivors",
    "test_codetection": "codetection",
    "test_composition": "composition",
    "test_fractions": "fractions",
    "test_survivors": "survivors",
    "unequal_losses": "quality",
}
__all__ = [
    "Codetection",
    "Survivors",
    "bound_contamination",
    "compare_codetection",
    "compare_with_ambient",
    "judge_quality",
    "kept_shares",
    "ligand_shares",
    "living_shares",
    "lost",
    "mark_doublets",
    "score_doublets",
    "size_factor_genes",
    "soup_profile",
    "sum_cells",
    "test_codetection",
    "test_composition",
    "test_fractions",
    "test_survivors",
    "unequal_losses",
]


if not TYPE_CHECKING:
    # Unseen by checkers of types, so that a name that is not there is a mistake to them.
    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"module {__name__} has no attribute {name}")
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
