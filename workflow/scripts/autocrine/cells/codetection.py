"""Whether two genes are detected in the same cells more often than depth and state explain."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from autocrine.adjustment import benjamini_hochberg
from autocrine.cells.blocks import CELLS_AT_ONCE, VALUES_AT_ONCE
from autocrine.cells.gene_names import named_places
from autocrine.cells.joined import open_all
from autocrine.cells.labels import Labels, constant_columns, label_cells
from autocrine.cells.measure import check_kind, measure_cells
from autocrine.cells.strata import BINS, BINS_OF_MANY, MANY_CELLS, common_odds, depth_bins
from autocrine.problems import Findings, listed

if TYPE_CHECKING:
    from anndata import AnnData

# With fewer joint cells expected the odds ratio is too often without value, and a test of the patients is not to be
# trusted.
FEWEST_EXPECTED = 5.0
FEWEST_PATIENTS = 3
TESTED, TOO_FEW = "tested", "too few cells in which both could be seen"
# One corner of all tables is empty.
NO_ODDS = "no odds ratio"


@dataclass(frozen=True)
class Codetection:
    """Tests of pairs of genes, and what they rest on.

    Attributes
    ----------
    tests : DataFrame
        A row per pair and state: ligand, receptor, state, status ("tested", or why not), patients (that the test rests
        on), cells, both (cells with both genes), expected (without any relation within patient, state and depth),
        odds_ratio with ci_low and ci_high, log_odds_ratio (mean over patients, natural logarithm) and log_odds_error,
        stat (t), df, p_value, adj_p_value (Benjamini and Hochberg, over all tested rows), equivalence_p_value (the
        larger of two one-sided p-values against the margin), and unstratified_odds_ratio (one table of all cells, which
        depth alone makes larger than 1).
    patients : DataFrame
        A row per pair, state and patient: ligand, receptor, state, patient, status, cells, bins (of depth, per sample),
        ligand_positive, receptor_positive, both, expected, log_odds_ratio, log_odds_error (of that patient's cells).
    """

    tests: pd.DataFrame
    patients: pd.DataFrame


def test_codetection(
    data: AnnData | str | Path | Mapping[str, AnnData | str | Path],
    pairs: Sequence[tuple[str, str]],
    sample: str,
    state: str | None = None,
    *,
    patient: str | None = None,
    layer: str = "X",
    labels: pd.DataFrame | None = None,
    min_cells: int = 20,
    alpha: float = 0.05,
    equivalence_margin: float = math.log(2),
    cells_at_once: int = CELLS_AT_ONCE,
    values_at_once: int = VALUES_AT_ONCE,
) -> Codetection:
    """Test whether two genes, such as ligand and receptor, are detected in the same cells.

    Deep cells show more of all genes, and so do states that make both: in one table of all cells nearly any two genes
    seem to go together. Within each sample and state the cells are therefore divided by depth, into 10 bins, or 20
    where a patient has 1,000 cells or more, and each patient has the odds ratio common to these strata
    (Mantel-Haenszel). The unit of the test is the patient: Student's t over the logarithms of the patients' odds
    ratios.

    A patient takes part where without any relation 5 cells or more would have both genes; three such patients are
    needed. Doublets of two kinds of cells have both genes and are in one state: they pull the odds ratio down where
    the other kind makes one of the genes. States within a state that make both genes pull it up; so does the cell
    cycle. Nothing here says that a ligand acts on its receptor.

    Parameters
    ----------
    data, sample, state, layer, labels, cells_at_once, values_at_once
        As in `sum_cells`.
    pairs : sequence of (str, str)
        Ligand and receptor, or any two genes: names of `data` or its symbols.
    patient : str, optional
        Column of ``obs`` that names the patient of each sample; each sample is one patient where left out.
    min_cells : int
        Fewer cells of a state in a sample are left out.
    alpha : float
        Intervals have the confidence 1 - alpha.
    equivalence_margin : float
        Natural log odds ratio within which two genes count as seen together no more and no less often than by chance.

    Returns
    -------
    Codetection

    Raises
    ------
    autocrine.InputError
        If the file, its counts, the columns or the genes cannot be used.
    """
    findings = Findings()
    if not 0 < alpha < 1:
        findings.problem("alpha", f"{alpha!r} is no probability", "a number between 0 and 1")
    if not 0 < equivalence_margin < math.inf:
        findings.problem("equivalence_margin", f"{equivalence_margin!r}", "a number above 0")
    with open_all(data, sample, layer, labels, findings) as cells:
        findings.raise_if_any()
        assert cells is not None  # or a problem was raised
        places = _find_genes(pairs, cells.var, cells.name, findings)
        pseudobulks = label_cells(cells.obs, sample, state, cells.name, findings)
        findings.raise_if_any()
        assert pseudobulks is not None  # or a problem was raised
        patients = _patients(cells.obs, pseudobulks, patient, cells.name, findings)
        findings.raise_if_any()
        wanted = sorted({place for pair in places for place in pair})
        depth, _, positive = measure_cells(cells, (cells_at_once, values_at_once), findings, wanted)
        findings.raise_if_any()
        check_kind(depth, cells, findings)
        findings.raise_if_any()
    column = {place: number for number, place in enumerate(wanted)}
    asked = [
        (*names, positive[:, column[first]], positive[:, column[second]])
        for names, (first, second) in zip(pairs, places, strict=True)
    ]
    return pairs_in_cells(asked, pseudobulks, patients, depth, min_cells, alpha, equivalence_margin)


# pytest takes every function called test_... that a test module imports for a test.
test_codetection.__test__ = False  # type: ignore[attr-defined]


def pairs_in_cells(
    pairs: Sequence[tuple[str, str, np.ndarray, np.ndarray]],
    pseudobulks: Labels,
    patients: np.ndarray,
    depth: np.ndarray,
    min_cells: int,
    alpha: float,
    equivalence_margin: float,
) -> Codetection:
    """Test pairs of genes whose cells are known; see `test_codetection`.

    Parameters
    ----------
    pairs : sequence of (str, str, ndarray of shape (cells,), ndarray of shape (cells,))
        Ligand, receptor, and whether each cell has a count of them.
    pseudobulks : Labels
        Sample and state of each cell.
    patients : ndarray of shape (pseudobulks,)
        The patient of each.
    depth : ndarray of shape (cells,)
        Counts of each cell, of all genes.
    min_cells : int
        Fewer cells of a state in a sample are left out.
    alpha, equivalence_margin : float
        As `test_codetection` takes them.
    """
    strata = _Strata(pseudobulks, patients, depth, min_cells)
    rows, tests = [], []
    for ligand, receptor, one, other in pairs:
        for held in sorted(set(pseudobulks.states)):
            found = pd.DataFrame(strata.measure(held, one, other))
            start = {"ligand": ligand, "receptor": receptor, "state": held}
            rows.append(found.assign(**start)[[*start, *found.columns]])
            tests.append(
                {**start, **_test_patients(found, alpha, equivalence_margin), **strata.whole(held, one, other)}
            )
    table = pd.DataFrame(tests)
    table.insert(list(table).index("p_value") + 1, "adj_p_value", benjamini_hochberg(table["p_value"].to_numpy()))
    return Codetection(table, pd.concat(rows, ignore_index=True))


@dataclass(frozen=True)
class _Strata:
    """Cells by patient, state, sample and depth."""

    labels: Labels
    patients: np.ndarray
    depth: np.ndarray
    min_cells: int

    def cells_of(self, state: str, patient: str | None = None) -> tuple[list[np.ndarray], int]:
        """Return the cells of each sample of a patient (or of all) that has enough, and how many cells are left out."""
        groups = np.flatnonzero(
            (self.labels.states == state) & ((self.patients == patient) if patient is not None else True)
        )
        found = [np.flatnonzero(self.labels.of_cell == group) for group in groups]
        enough = [places for places in found if len(places) >= self.min_cells]
        return enough, sum(map(len, found)) - sum(map(len, enough))

    def measure(self, state: str, one: np.ndarray, other: np.ndarray) -> list[dict[str, object]]:
        """Return what is seen in each patient."""
        rows: list[dict[str, object]] = []
        for patient in sorted(set(self.patients[self.labels.states == state])):
            samples, left = self.cells_of(state, patient)
            places = np.concatenate(samples) if samples else np.zeros(0, dtype=np.int64)
            bins = BINS_OF_MANY if len(places) >= MANY_CELLS else BINS
            stratum = np.concatenate(
                [bins * number + depth_bins(self.depth[cells], bins) for number, cells in enumerate(samples)]
                or [places]
            )
            odds = common_odds(one[places], other[places], stratum)
            if not len(places):
                status = f"{left} cells, fewer than {self.min_cells} in a sample"
            elif odds.expected < FEWEST_EXPECTED:
                status = TOO_FEW
            else:
                status = TESTED if np.isfinite(odds.log_odds_ratio) else NO_ODDS
            rows.append(
                {
                    "patient": patient,
                    "status": status,
                    "cells": len(places),
                    "bins": bins,
                    "ligand_positive": int(one[places].sum()),
                    "receptor_positive": int(other[places].sum()),
                    "both": odds.both,
                    "expected": odds.expected,
                    "log_odds_ratio": odds.log_odds_ratio,
                    "log_odds_error": float(np.sqrt(odds.variance)),
                }
            )
        return rows

    def whole(self, state: str, one: np.ndarray, other: np.ndarray) -> dict[str, float]:
        """Return the odds ratio of one table of all cells of a state."""
        samples, _ = self.cells_of(state)
        places = np.concatenate(samples) if samples else np.zeros(0, dtype=np.int64)
        odds = common_odds(one[places], other[places], np.zeros(len(places), dtype=np.int64))
        return {"unstratified_odds_ratio": float(np.exp(odds.log_odds_ratio))}


def _test_patients(found: pd.DataFrame, alpha: float, margin: float) -> dict[str, object]:
    """Test the odds ratios of the patients of one pair and state."""
    # A patient without odds ratio has no joint cell, or nothing else: to leave it out would be to choose.
    broken = found[found["status"] == NO_ODDS]
    used = found[found["status"] == TESTED]
    values, k = used["log_odds_ratio"].to_numpy(dtype=float), len(used)
    status = TESTED if k >= FEWEST_PATIENTS else TOO_FEW
    if len(broken):
        status = f"{NO_ODDS} in {listed(broken['patient'])}"
    mean = error = stat = p_value = reach = alike = np.nan
    if status == TESTED:
        mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(k))
        stat = mean / error if error > 0 else np.nan
        p_value, reach = float(2 * stdtr(k - 1, -abs(stat))), float(stdtrit(k - 1, 1 - alpha / 2) * error)
        alike = float(stdtr(k - 1, (abs(mean) - margin) / error)) if error > 0 else np.nan
    return {
        "status": status,
        "patients": k,
        "cells": int(used["cells"].sum()),
        "both": int(used["both"].sum()),
        "expected": float(used["expected"].sum()),
        "odds_ratio": float(np.exp(mean)),
        "ci_low": float(np.exp(mean - reach)),
        "ci_high": float(np.exp(mean + reach)),
        "log_odds_ratio": mean,
        "log_odds_error": error,
        "stat": stat,
        "df": k - 1 if status == TESTED else np.nan,
        "p_value": p_value,
        "equivalence_p_value": alike,
    }


def _find_genes(
    pairs: Sequence[tuple[str, str]], var: pd.DataFrame, where: str, findings: Findings
) -> list[tuple[int, int]]:
    """Return the places of the genes of each pair."""
    known = named_places(var)
    if not pairs or any(isinstance(pair, str) or len(pair) != 2 for pair in pairs):
        findings.problem("pairs", f"{pairs!r}", 'pairs of genes, such as [("BMP4", "BMPR1B")]')
        return []
    asked = list(dict.fromkeys(gene for pair in pairs for gene in pair))
    if lacking := [gene for gene in asked if gene not in known]:
        findings.problem(where, f"there is no gene {listed(lacking)}", "names of the counts, or their symbols")
    if several := [gene for gene in asked if len(known.get(gene, [])) > 1]:
        findings.problem(where, f"several rows are called {listed(several)}", "names that appear once")
    if same := [one for one, other in pairs if one == other]:
        findings.problem("pairs", f"{listed(same)} is paired with itself", "two genes")
    if lacking or several or same:
        return []
    return [(known[one][0], known[other][0]) for one, other in pairs]


def _patients(obs: pd.DataFrame, labels: Labels, patient: str | None, where: str, findings: Findings) -> np.ndarray:
    """Return the patient of each pseudobulk; the sample where no column names patients."""
    if patient is None:
        return labels.groups["sample"].to_numpy(dtype=object)
    if patient not in obs.columns:
        findings.problem(f"{where}, obs", f'there is no column "{patient}"', f"patient: one of {listed(obs.columns)}")
        return np.zeros(0)
    held = constant_columns(obs[[patient]].add_prefix("of "), labels.of_cell, len(labels.groups))
    if held.empty or held.iloc[:, 0].isna().any():
        findings.problem(f"{where}, obs", f'"{patient}" differs or is missing within samples', "one patient per sample")
        return np.zeros(0)
    return held.iloc[:, 0].astype(str).to_numpy(dtype=object)
