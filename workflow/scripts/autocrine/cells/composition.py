"""Shares of states among the kept cells of each sample, compared between samples."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg
from autocrine.cells.asking import Comparison, ask_comparison, rows_of_sheet
from autocrine.cells.logit_tests import test_logits
from autocrine.cells.logits import logits, mean_log
from autocrine.design.question import Statistics, check_statistics
from autocrine.engine.errors import EngineError
from autocrine.problems import Findings, listed

# A state of fewer cells, over all samples, has no share to compare; nor has one that all cells but as many are of.
FEWEST_CELLS = 10
# With fewer states there is hardly a choice among them, so that p-values are not adjusted.
FEWEST_TO_ADJUST = 6
TESTED, FEW_CELLS, NEARLY_ALL = "tested", "too few cells", "nearly all cells"
SORTED_FOR = "sorted_for"


def test_composition(
    kept: pd.DataFrame,
    design: str,
    sheet: pd.DataFrame,
    *,
    contrast: Mapping[str, Any] | None = None,
    numeric: Sequence[str] = (),
    samples: Mapping[str, Any] | None = None,
    groups: Mapping[str, Any] | None = None,
    incomplete_pairs: str = "keep",
    repeated_patients: str = "stop",
    accept_confounded: Sequence[str] = (),
    random: str = "",
    alpha: float = 0.05,
    equivalence_margin: float = math.log(2),
    power: float = 0.8,
    **column: Any,
) -> pd.DataFrame:
    """Test whether states have other shares of the cells in one group of samples than in another.

    The unit is the sample. Of k cells of a state among n, the logit log((k + 1/2) / (n - k + 1/2)), without what it is
    too high on average because cells are few (`autocrine.cells.logits`), is compared by least squares; each state keeps
    its own variance. Shares add up to one: a fall of one state raises those of the others. As a second way
    `clr_p_value` compares the logarithm of each state to the mean over states (centred log ratio; Aitchison 1982, J R
    Stat Soc B 44:139), in which one large state moves the others less.

    Parameters
    ----------
    kept : DataFrame
        sample, state and cells (kept): as `autocrine.cells.quality.kept_shares` returns it. A state that a sample has
        no row for has no cell there. Cells without state ("") take no part.
    design : str
        Formula over columns of the sheet, such as ``"~ patient + exposure"``.
    sheet : DataFrame
        Columns of each sample, indexed by sample, or with a column of that name.
    contrast, **column
        What is asked, as in `autocrine.FittedModel.test`: ``exposure=("imatinib", "untreated")``, or a mapping.
    numeric, samples, groups, incomplete_pairs, repeated_patients, accept_confounded, random
        As in `autocrine.fit`.
    alpha, equivalence_margin, power : float
        As in `autocrine.cells.test_fractions`.

    Returns
    -------
    DataFrame
        A row per state: state, status ("tested"; "too few cells", of the state in all samples together; "nearly all
        cells", too few of the others), cells, share (mean over samples), share_tested and share_reference (of other
        contrasts share_group_1, ...), then odds_ratio, ci_low, ci_high, log_odds_ratio, log_odds_error, stat, df,
        p_value, adj_p_value (Benjamini and Hochberg, from six tested states on; else missing), clr_p_value,
        equivalence_p_value and detectable_odds_ratio as in `autocrine.cells.test_fractions`. The ratio, its error and
        interval, and the test of equivalence are missing where one of the groups has no cell of the state, or of no
        other state: the data bound them on one side only.

        ``attrs`` holds title, samples (those that were compared), warnings, alpha.

    Raises
    ------
    autocrine.InputError
        With every problem of table, sheet and design, and where samples were sorted (`why_no_composition`).
    """
    findings = Findings()
    statistics = check_statistics(alpha, equivalence_margin, power, findings)
    if lacking := [name for name in ("sample", "state", "cells") if name not in kept.columns]:
        findings.problem("cells", f"there is no column {listed(lacking)}", "a row per sample and state with its cells")
    findings.raise_if_any()
    numbers = cells_per_state(kept)
    if reason := why_no_composition(numbers, sheet):
        findings.problem("cells", reason, "samples of which no state was chosen")
    findings.raise_if_any()
    warnings = _unlabelled(kept)
    if single := list(numbers.index[(numbers > 0).sum(axis=1) == 1]):
        warnings.append(f"all cells are of one state, as if sorted, in {listed(single)}")
    names = pd.Series(numbers.index, numbers.index)
    obs = rows_of_sheet(sheet, names, [], "no labelled cells", findings)
    findings.raise_if_any()
    asked = ask_comparison(
        obs,
        design,
        contrast,
        column,
        "composition",
        findings,
        numeric=numeric,
        samples=samples,
        groups=groups,
        incomplete_pairs=incomplete_pairs,
        repeated_patients=repeated_patients,
        accept_confounded=accept_confounded,
        random=random,
    )
    findings.raise_if_any()
    assert asked is not None  # or a problem was raised
    try:
        table = compare_states(numbers, asked, statistics)
    except EngineError as error:
        findings.problem("composition", str(error), "samples whose shares can be compared")
    findings.raise_if_any()
    table.attrs = {
        "title": asked.contrast.title,
        "samples": list(asked.design.matrix.index),
        "warnings": [*warnings, *map(str, findings.warnings), *asked.cautions],
        "alpha": alpha,
    }
    return table


# pytest takes every function called test_... that a test module imports for a test.
test_composition.__test__ = False  # type: ignore[attr-defined]


def cells_per_state(kept: pd.DataFrame) -> pd.DataFrame:
    """Return the kept cells of each sample and state (samples x states), 0 where there is no row.

    Parameters
    ----------
    kept : DataFrame
        sample, state and cells; rows without state ("") are left out, and samples without labelled cells too.
    """
    labelled = kept[kept["state"].notna() & (kept["state"].astype(str) != "")]
    labels = {name: labelled[name].astype(str).to_numpy() for name in ("sample", "state")}
    table = labelled["cells"].groupby([labels["sample"], labels["state"]]).sum().unstack(fill_value=0)
    table = table.astype(np.int64).rename_axis(index=None, columns=None)
    return table[table.sum(axis=1) > 0]


def why_no_composition(numbers: pd.DataFrame, sheet: pd.DataFrame | None = None) -> str:
    """Say why shares of states cannot be compared; "" where they can.

    Parameters
    ----------
    numbers : DataFrame of shape (samples, states)
        As `cells_per_state` returns it.
    sheet : DataFrame, optional
        Columns of each sample; ``sorted_for`` names the cells that a sample was sorted for.
    """
    if numbers.empty:
        return "no cell has a state"
    if sheet is not None and SORTED_FOR in sheet.columns:
        of_sample = sheet.set_index("sample") if "sample" in sheet.columns else sheet
        given = of_sample[SORTED_FOR].reindex(numbers.index)
        chosen = given[given.notna() & (given.astype(str).str.strip() != "")]
        if len(chosen):
            return f"cells were sorted for {listed(sorted(set(map(str, chosen))))}: their shares are what was sorted"
    if (numbers > 0).sum().sum() == len(numbers):
        return "the cells of each sample are of one state (sorted samples): their shares are what was sorted"
    return ""


def compare_states(numbers: pd.DataFrame, asked: Comparison, statistics: Statistics) -> pd.DataFrame:
    """Compare the shares of states; see `test_composition` for the columns.

    Parameters
    ----------
    numbers : DataFrame of shape (samples, states)
        As `cells_per_state` returns it; the samples of the design are taken.
    asked : Comparison
        Design and contrast.
    statistics : Statistics
        Thresholds.

    Raises
    ------
    autocrine.EngineError
        Where the logits cannot be fitted.
    """
    samples = list(asked.design.matrix.index)
    held = numbers.loc[samples]
    total = held.sum(axis=1).to_numpy(dtype=float)
    of_state = held.sum().to_numpy()
    status = np.where(
        of_state < FEWEST_CELLS, FEW_CELLS, np.where(total.sum() - of_state < FEWEST_CELLS, NEARLY_ALL, TESTED)
    )
    shares = held / total[:, None]
    table = pd.DataFrame(
        {"state": held.columns.astype(str), "status": status, "cells": of_state, "share": shares.mean().to_numpy()}
    )
    members = asked.design.groups.get(asked.contrast.name, ())
    two = asked.contrast.form == "two_groups"
    for number, group in enumerate(members, 1):
        role = ("tested", "reference")[number - 1] if two else f"group_{number}"
        table[f"share_{role}"] = shares.loc[list(group)].mean().to_numpy()
    tested = status == TESTED
    if not tested.any():
        return table.reindex(columns=[*table.columns, *_TESTS])
    chosen = held.to_numpy(dtype=float)[:, tested]
    given = asked.design, asked.contrast, statistics
    bias = share_bias(chosen, total)
    tests, _ = test_logits(_frame(logits(chosen, total) - bias, samples), *given)
    # A state without a cell in these samples has no log ratio.
    there = of_state > 0
    logs = _log_counts(held.to_numpy(dtype=float)[:, there])
    centred = logs[:, tested[there]] - logs.mean(axis=1, keepdims=True)
    tests["clr_p_value"] = test_logits(_frame(centred, samples), *given)[0]["p_value"]
    p_values = tests["p_value"].to_numpy()
    tests["adj_p_value"] = benjamini_hochberg(p_values) if tested.sum() >= FEWEST_TO_ADJUST else np.nan
    table = table.join(tests[list(_TESTS)].set_axis(np.flatnonzero(tested), axis=0))
    # Such a ratio is bounded on one side only; what it would be given is the half that is added to counts.
    lacking = np.zeros(len(table), dtype=bool)
    for group in members:
        of_group = held.loc[list(group)].sum().to_numpy()
        lacking |= (of_group == 0) | (of_group == of_group.sum())
    table.loc[lacking, list(_SIZES)] = np.nan
    return table


_TESTS = (
    "odds_ratio",
    "ci_low",
    "ci_high",
    "log_odds_ratio",
    "log_odds_error",
    "stat",
    "df",
    "p_value",
    "adj_p_value",
    "clr_p_value",
    "equivalence_p_value",
    "detectable_odds_ratio",
)


# How large a difference is.
_SIZES = ("odds_ratio", "ci_low", "ci_high", "log_odds_ratio", "log_odds_error", "equivalence_p_value")


def share_bias(cells: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return by how much the logits of shares are too high on average because cells are few (samples, states).

    As `autocrine.cells.logits.small_count_bias`: the mean logit of each sample if the state had the share that it has
    in all samples together, with counts of Poisson's distribution, minus the logit of that share.
    """
    share = cells.sum(axis=0) / total.sum()
    bias = np.empty(cells.shape)
    for place, number in enumerate(total):
        high, low = mean_log(number * share, 1.0, 1.0), mean_log(number * (1 - share), 1.0, 1.0)
        bias[place] = high - low - np.log(share) + np.log1p(-share)
    return bias


def _log_counts(cells: np.ndarray) -> np.ndarray:
    """Return log(k + 1/2) of cells (samples, states), without what it is too high on average because cells are few."""
    total = cells.sum(axis=1)
    share = cells.sum(axis=0) / total.sum()
    bias = [mean_log(number * share, 1.0, 1.0) - np.log(number * share) for number in total]
    return np.log(cells + 0.5) - np.array(bias)


def _frame(values: np.ndarray, samples: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(values, index=list(samples))


def _unlabelled(kept: pd.DataFrame) -> list[str]:
    """Say how many kept cells have no state."""
    without = kept["state"].isna() | (kept["state"].astype(str) == "")
    if not (number := int(kept.loc[without, "cells"].sum())):
        return []
    return [f"{number:,} of {int(kept['cells'].sum()):,} kept cells have no state and take no part"]
