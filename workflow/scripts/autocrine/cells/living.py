"""What living positive cells of a gene are computed from: cells of a state that show it, and the share of the state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.fractions import TESTED, rows_of_state, status_of
from autocrine.cells.logits import small_count_biases
from autocrine.cells.losses import ALL, lost
from autocrine.input.objects import NAME_COLUMNS
from autocrine.problems import Findings

if TYPE_CHECKING:
    from anndata import AnnData


@dataclass(frozen=True)
class StateCells:
    """The cells of a state, from which `living_shares` takes those of one gene.

    Attributes
    ----------
    samples : ndarray of str, shape (samples,)
        Their names.
    names : list of ndarray of str, shape (genes,)
        What genes are called: names of the sums, symbols.
    expected : ndarray of shape (samples, genes)
        Cells expected to be positive at the common depth.
    cells : ndarray of shape (samples,)
        Cells as deep as that.
    status : ndarray of str, shape (genes,)
        "tested", or why not.
    state_share : ndarray of shape (samples,)
        Cells of the state among all cells of the sample, with those of small and of no state.
    bias_positives, bias_negatives : ndarray of shape (samples, tested genes)
        Of log(positives + 1/2) and log(negatives + 1/2), because cells are few.
    """

    samples: np.ndarray
    names: list[np.ndarray]
    expected: np.ndarray
    cells: np.ndarray
    status: np.ndarray
    state_share: np.ndarray
    bias_positives: np.ndarray
    bias_negatives: np.ndarray

    def living_shares(self, gene: str) -> pd.DataFrame:
        """Return what living positive cells of a gene are computed from; see the function `living_shares`."""
        findings = Findings()
        called = (np.flatnonzero(held == gene) for held in self.names)
        places = next((found for found in called if len(found)), np.zeros(0, dtype=np.int64))
        if len(places) != 1:
            words = "there is no gene" if not len(places) else f"{len(places)} genes are called"
            findings.problem("gene", f"{words} {gene}", "a name of the sums, or a symbol that appears once")
        elif self.status[places[0]] != TESTED:
            found = f"{gene} is {self.status[places[0]]}"
            findings.problem("gene", found, "a gene that some cells show and others do not")
        findings.raise_if_any()
        place = int(places[0])
        column = int((self.status[:place] == TESTED).sum())
        table = {
            "positives": self.expected[:, place],
            "cells_at_depth": self.cells,
            "state_share": self.state_share,
            "bias_positives": self.bias_positives[:, column],
            "bias_negatives": self.bias_negatives[:, column],
        }
        return pd.DataFrame(table, index=pd.Index(self.samples, name="sample"))


def cells_of_state(sums: AnnData, state: str | None = None) -> StateCells:
    """Gather what living positive cells of any gene are computed from; arguments as in `living_shares`."""
    findings = Findings()
    chosen = rows_of_state(sums, state, findings)
    findings.raise_if_any()
    names = [chosen.var_names, *(chosen.var[name] for name in NAME_COLUMNS if name in chosen.var.columns)]
    expected = np.asarray(chosen.layers["expected"], dtype=float)
    cells = chosen.obs["cells_at_depth"].to_numpy(dtype=float)
    status = status_of(expected, cells)
    fit_for = status == TESTED
    detected, own = np.asarray(chosen.layers["detected"])[:, fit_for], chosen.obs["cells"].to_numpy(dtype=float)
    samples = chosen.obs["sample"].astype(str).to_numpy()
    whole = sums.obs.groupby(sums.obs["sample"].astype(str))["cells"].sum()
    left = lost(sums)
    left = left[(left["left_out_of"] == ALL) & (left["sample"] != "")]
    whole = whole.add(left.groupby("sample")["cells"].sum(), fill_value=0).reindex(samples).to_numpy(dtype=float)
    return StateCells(
        samples,
        [np.asarray(held.astype(str)) for held in names],
        expected,
        cells,
        status,
        own / whole if "state" in chosen.obs else np.ones(len(own)),
        *small_count_biases(expected[:, fit_for], cells, detected, own),
    )


def living_shares(sums: AnnData, gene: str, *, state: str | None = None) -> pd.DataFrame:
    """Return what living positive cells of a gene are computed from, as `test_survivors` takes it.

    Parameters
    ----------
    sums : AnnData
        As `autocrine.cells.sum_cells` returns them.
    gene : str
        Name of the sums or symbol.
    state : str, optional
        As in `autocrine.cells.test_fractions`.

    Returns
    -------
    DataFrame
        A row per sample, indexed by it: positives (cells expected to be positive at the common depth), cells_at_depth,
        state_share (cells of the state among all cells of the sample, with those of small and of no state),
        bias_positives and bias_negatives (of log(positives + 1/2) and log(negatives + 1/2), because cells are few).

    Raises
    ------
    autocrine.InputError
        If the sums hold no such gene or state, or the gene is seen in too few or nearly all cells.
    """
    return cells_of_state(sums, state).living_shares(gene)
