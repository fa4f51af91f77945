"""Pairs of genes in the same cells, asked of the samples of each model; repeated without likely doublets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.codetection import Codetection, pairs_in_cells
from autocrine.cells.fractions import TESTED
from autocrine.cells.labels import ALL_CELLS, label_cells
from autocrine.cells.model_tests import NOT_TESTED, ask_model, of_odds, together
from autocrine.cells.other_counts import WITHOUT_DOUBLETS
from autocrine.cells.pseudobulks import STATE, donors_of, name_rows
from autocrine.design.question import Model, Statistics
from autocrine.problems import Findings, listed
from autocrine.samples.least_squares import detectable_shift

if TYPE_CHECKING:
    from anndata import AnnData

# What the tests without likely doublets say, each under a name of its own.
REPEATED = {
    name: f"{name}_{WITHOUT_DOUBLETS}"
    for name in (
        "status", "patients", "odds_ratio", "ci_low", "ci_high", "log_odds_ratio", "log_odds_error", "df", "p_value",
        "adj_p_value", "equivalence_p_value", "detectable_odds_ratio",
    )
}  # fmt: skip
_PAIR = ["ligand", "receptor", "state"]


def compare_pairs(
    cells: AnnData,
    sheet: pd.DataFrame,
    models: Mapping[str, Model],
    pairs: Sequence[tuple[str, str]],
    min_cells: int,
    statistics: Statistics,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask of the samples of each model whether pairs of genes are seen in the same cells.

    Where likely doublets are among the cells of a model the tests are repeated without them: a doublet of a cell with
    the ligand and one with the receptor has both, and one of two kinds of cells pulls the odds ratio down.

    Parameters
    ----------
    cells : AnnData
        Cells x panel genes (symbols), counts; obs with sample, state (where there are states), depth, kept and doublet.
    sheet, models, statistics
        As in `autocrine.cells.model_tests.compare_detection`.
    pairs : sequence of (str, str)
        Ligand and receptor.
    min_cells : int
        Fewer cells of a state in a sample are left out.

    Returns
    -------
    tests : DataFrame
        A row per model, contrast and pair: model, contrast, the columns of `Codetection.tests`, doublets (marked cells
        of the state), and what the tests without them say (`REPEATED`), all missing where no cell of the model is
        marked; reason where there is no test. The samples of a model are one, so that rows of its contrasts are alike.
    patients : DataFrame
        A row per model, pair and patient: model, and the columns of `Codetection.patients`.
    """
    tests, patients = [], []
    kept = cells.obs["kept"].to_numpy(dtype=bool)
    names = np.array(name_rows(cells.obs.loc[kept, [c for c in ("sample", STATE) if c in cells.obs.columns]]))
    for name, model in models.items():
        asked, reason = ask_model(sheet, model, f"config, models.{name}")
        rows = list(next(iter(asked.values())).design.matrix.index) if asked else []
        inside = np.flatnonzero(kept)[np.isin(names, rows)]
        absent = {gene for pair in pairs for gene in pair if gene not in cells.var_names}
        testable = [pair for pair in pairs if not absent & set(pair)] if len(inside) else []
        if testable:
            result = _test_pairs(cells, inside, sheet, testable, min_cells, statistics)
            seen, status = result.tests, result.tests["status"]
            seen = seen.assign(model=name, reason=np.where(status == TESTED, "", status))
            marked = cells.obs["doublet"].to_numpy(dtype=bool)[inside]
            if 0 < marked.sum() < len(marked):
                again = _test_pairs(cells, inside[~marked], sheet, testable, min_cells, statistics)
                seen = _with_repeated(seen, again.tests, cells.obs.iloc[inside[marked]])
            tests += [seen.assign(contrast=contrast) for contrast in model.contrasts]
            patients.append(result.patients.assign(model=name))
        for first, second in pairs:
            if (first, second) in testable:
                continue
            lacking = [gene for gene in (first, second) if gene in absent]
            why = f"{listed(lacking)}: not among the genes of the cells" if lacking else reason or "no cells"
            row = {"model": name, "ligand": first, "receptor": second, "status": NOT_TESTED, "reason": why}
            tests += [pd.DataFrame([{**row, "contrast": contrast}]) for contrast in model.contrasts]
    columns = [
        "model", "contrast", "ligand", "receptor", "state", "status", "patients", "cells", "both", "expected",
        "odds_ratio", "ci_low", "ci_high", "log_odds_ratio", "log_odds_error", "stat", "df", "p_value", "adj_p_value",
        "equivalence_p_value", "detectable_odds_ratio", "unstratified_odds_ratio", "doublets",
        *REPEATED.values(), "reason",
    ]  # fmt: skip
    of_patients = [
        "model", "ligand", "receptor", "state", "patient", "status", "cells", "bins", "ligand_positive",
        "receptor_positive", "both", "expected", "log_odds_ratio", "log_odds_error",
    ]  # fmt: skip
    return together(tests, columns), together(patients, of_patients)


def _test_pairs(
    cells: AnnData,
    places: np.ndarray,
    sheet: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    min_cells: int,
    statistics: Statistics,
) -> Codetection:
    """Test pairs of genes in some cells."""
    held, findings = cells.obs.iloc[places], Findings()
    labels = label_cells(held, "sample", STATE if STATE in held.columns else None, "cells", findings)
    findings.raise_if_any()
    assert labels is not None  # or a problem was raised
    of_row = donors_of(sheet)
    whose = np.array([of_row[row] for row in name_rows(labels.groups)], dtype=object)
    positive = {gene: np.asarray(cells[places, gene].X.todense()).ravel() > 0 for pair in pairs for gene in pair}
    given = [(first, second, positive[first], positive[second]) for first, second in pairs]
    depth, margin = held["depth"].to_numpy(dtype=np.int64), of_odds(statistics).equivalence_margin
    found = pairs_in_cells(given, labels, whose, depth, min_cells, statistics.alpha, margin)
    shift = detectable_shift(found.tests["df"].to_numpy(dtype=float), statistics.alpha, statistics.power)
    tests = found.tests.assign(detectable_odds_ratio=np.exp(shift * found.tests["log_odds_error"]))
    return replace(found, tests=tests)


def _with_repeated(tests: pd.DataFrame, again: pd.DataFrame, marked: pd.DataFrame) -> pd.DataFrame:
    """Add to tests of pairs the number of marked cells of the state, and what the tests without them say."""
    number = marked[STATE].astype(str).value_counts() if STATE in marked.columns else {ALL_CELLS: len(marked)}
    doublets = tests["state"].map(number)
    found = again[[*_PAIR, *REPEATED]].rename(columns=REPEATED)
    joined = tests.assign(doublets=doublets.fillna(0)).merge(found, on=_PAIR, how="left")
    # All cells of a state may be marked.
    return joined.fillna({REPEATED["status"]: "no cells"})
