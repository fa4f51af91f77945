"""Living positive cells: whether cells of a gene survived, which their share alone does not say."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from autocrine.cells.asking import Comparison, ask_comparison, rows_of_sheet
from autocrine.cells.logit_tests import AS_RATIOS, test_logits
from autocrine.design.pairs import PATIENT
from autocrine.design.question import Statistics, check_statistics
from autocrine.engine.errors import EngineError
from autocrine.problems import Findings, listed

VIABLE = "viable_cells"
POSITIVES, NEGATIVES, DIFFERENCE = "positives", "negatives", "difference"
# Of tests of logits, what is kept here.
_COLUMNS_OF_TESTS = [name for name in AS_RATIOS if name != "equivalence_p_value"]
# How a rise of the share is read.
SELECTION, INDUCTION, EITHER, NO_RISE = "selection", "induction", "selection_or_induction", "no_rise"
# Why it is not read further; "" where nothing is in the way.
NOT_COUNTED, UNDECIDED = "no_viable_cells", "undecided"
_COLUMNS = ("positives", "cells_at_depth", "state_share")


@dataclass(frozen=True)
class Survivors:
    """Living positive and negative cells of a comparison.

    Attributes
    ----------
    tests : DataFrame
        Rows "positives", "negatives" (living cells, tested group against reference) and "difference" (of the two, the
        log odds ratio of the share): what, ratio, ci_low, ci_high (of the ratio), log_ratio, log_error (natural
        logarithm), stat (t), df, p_value, detectable_ratio (found with the given power, above 1). The first two are
        missing where cells were not counted.
    patients : DataFrame
        A row per patient with samples in both groups: patient, log_ratio_positives, log_ratio_negatives, difference.
        Empty where the sheet names no patients.
    samples : DataFrame
        A row per compared sample: sample, group ("tested", "reference"), living_positives, living_negatives, share.
    reading : str
        "selection": positives fell, negatives fell more. "induction": positives grew, more than negatives did.
        "selection_or_induction": the share rose, and neither of the two is sure. "no_rise": that the share rose is
        not sure.
    obstacle : str
        Why a rise is not distinguished: "no_viable_cells" (not counted), "undecided" (numbers do not say); else "".
    title : str
        The comparison in words.
    warnings : list of str
        What makes it weak.
    """

    tests: pd.DataFrame
    patients: pd.DataFrame
    samples: pd.DataFrame
    reading: str
    obstacle: str
    title: str
    warnings: list[str]


def test_survivors(
    living: pd.DataFrame,
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
    power: float = 0.8,
    **column: Any,
) -> Survivors:
    """Compare living positive and negative cells between two groups of samples.

    A treatment that leaves a larger share of positive cells may have spared them (selection) or made others positive
    (induction). Living cells tell: the share of positives times the share of the state times the cells that were
    counted alive. Logarithms of positives and of negatives, and their difference, are each compared by least squares;
    the sample is the unit. The difference is the log odds ratio of `autocrine.cells.test_fractions` with the gene's own
    variance, and needs no counted cells.

    A reading needs every part of it at the level alpha, so it is wrong no more often than that. Errors of the count
    enter as differences between samples do; an error that all treated wells share does not show.

    Parameters
    ----------
    living : DataFrame
        Indexed by sample: positives, cells_at_depth, state_share, and if there are bias_positives and bias_negatives:
        as `living_shares` returns it.
    design : str
        Formula over columns of the sheet, such as ``"~ patient + exposure"``.
    sheet : DataFrame
        Columns of each sample, indexed by sample or with a column of that name; ``viable_cells`` are the living cells
        counted, above 0.
    contrast, **column
        Two groups, as ``exposure=("imatinib", "untreated")``, or a mapping.
    numeric, samples, groups, incomplete_pairs, repeated_patients, accept_confounded, random
        As in `autocrine.fit`.
    alpha, power : float
        Intervals have the confidence 1 - alpha.

    Returns
    -------
    Survivors

    Raises
    ------
    autocrine.InputError
        With every problem of table, sheet and design; ``viable_cells`` that are 0, negative or missing in some samples
        are one.
    """
    findings = Findings()
    statistics = check_statistics(alpha, math.log(2), power, findings)
    if lacking := [name for name in _COLUMNS if name not in living.columns]:
        findings.problem("living", f"there is no column {listed(lacking)}", f"{listed(_COLUMNS)} of each sample")
    findings.raise_if_any()
    living = living.set_axis(living.index.astype(str), axis=0)
    obs = rows_of_sheet(sheet, pd.Series(living.index, living.index), [], "no cells of this state", findings)
    findings.raise_if_any()
    asked = ask_comparison(
        obs.drop(columns=VIABLE, errors="ignore"),
        design,
        contrast,
        column,
        "survivors",
        findings,
        numeric=numeric,
        samples=samples,
        groups=groups,
        incomplete_pairs=incomplete_pairs,
        repeated_patients=repeated_patients,
        accept_confounded=accept_confounded,
        random=random,
    )
    if asked is not None and asked.contrast.form != "two_groups":
        findings.problem("contrast", f"{asked.contrast.form} is asked of survivors", "two groups")
    findings.raise_if_any()
    assert asked is not None  # or a problem was raised
    compared = list(asked.design.matrix.index)
    viable = _viable(obs.loc[compared], findings)
    findings.raise_if_any()
    found = compare_survivors(living.loc[compared], viable, asked, statistics, findings)
    findings.raise_if_any()
    assert found is not None  # or a problem was raised
    return replace(found, warnings=[*map(str, findings.warnings), *asked.cautions])


# pytest takes every function called test_... that a test module imports for a test.
test_survivors.__test__ = False  # type: ignore[attr-defined]


def compare_survivors(
    living: pd.DataFrame, viable: pd.Series | None, asked: Comparison, statistics: Statistics, findings: Findings
) -> Survivors | None:
    """Compare the living cells of a gene between two groups; see `test_survivors`.

    Parameters
    ----------
    living : DataFrame of shape (samples of the design, columns)
        See `test_survivors`.
    viable : Series of shape (samples of the design,), optional
        Living cells, above 0.
    asked : Comparison
        Design and contrast, of two groups.
    statistics : Statistics
        Level of the tests, and power of what could have been found.
    findings : Findings
        Receives a problem where nothing can be fitted; then the result is None.
    """
    logs = log_living(living, viable)
    try:
        tests = test_living({"": logs}, asked, statistics).loc[""]
    except EngineError as error:
        findings.problem("survivors", str(error), "samples whose cells can be compared")
        return None
    reading, obstacle = read_survivors(tests, statistics.alpha)
    return Survivors(
        tests.rename_axis("what").reset_index(),
        living_of_patients({"": logs}, asked).drop(columns="gene"),
        _samples(living, viable, asked),
        reading,
        obstacle,
        asked.contrast.title,
        asked.cautions,
    )


def test_living(logs: Mapping[str, pd.DataFrame], asked: Comparison, statistics: Statistics) -> pd.DataFrame:
    """Test the logarithms of living cells of several genes, each gene as if it were alone.

    Parameters
    ----------
    logs : mapping of str to DataFrame of shape (samples of the design, 1 or 3)
        Of each gene, of which there is one at least: `log_living`.
    asked, statistics
        As in `compare_survivors`.

    Returns
    -------
    DataFrame
        The columns of `Survivors.tests`, indexed by gene and what ("positives", "negatives", "difference").

    Raises
    ------
    autocrine.EngineError
        Where the values of a gene cannot be fitted.
    """
    # The correlation within blocks is one for all that is fitted together, so each gene has its own.
    together = [[gene] for gene in logs] if asked.design.blocks else [list(logs)]
    tables = []
    for genes in together:
        values = pd.concat({gene: logs[gene] for gene in genes}, axis=1)
        places = values.columns
        tests, _ = test_logits(values.set_axis(range(len(places)), axis=1), asked.design, asked.contrast, statistics)
        tables.append(tests[_COLUMNS_OF_TESTS].rename(columns=AS_RATIOS).set_axis(places.to_flat_index()))
    tests = pd.concat(tables)
    whole = pd.MultiIndex.from_product([logs, [POSITIVES, NEGATIVES, DIFFERENCE]], names=["gene", "what"])
    return tests.set_axis(pd.MultiIndex.from_tuples(tests.index)).reindex(whole)


test_living.__test__ = False  # type: ignore[attr-defined]


def log_living(living: pd.DataFrame, viable: pd.Series | None) -> pd.DataFrame:
    """Return logarithms of living cells per sample: positives and negatives (where cells were counted), difference.

    Parameters
    ----------
    living : DataFrame of shape (samples, columns)
        See `test_survivors`.
    viable : Series of shape (samples,), optional
        Living cells, above 0.
    """
    positives, cells, share = (living[name].to_numpy(dtype=float) for name in _COLUMNS)
    biases = [living[name].to_numpy() if name in living else 0.0 for name in ("bias_positives", "bias_negatives")]
    positive = np.log(positives + 0.5) - biases[0]
    negative = np.log(cells - positives + 0.5) - biases[1]
    logs = {DIFFERENCE: positive - negative}
    if viable is not None:
        whole = np.log(share) + np.log(viable.to_numpy(dtype=float)) - np.log(cells)
        logs = {POSITIVES: positive + whole, NEGATIVES: negative + whole, **logs}
    return pd.DataFrame(logs, index=living.index)


def read_survivors(tests: pd.DataFrame, alpha: float) -> tuple[str, str]:
    """Return the reading and what is in its way; see `Survivors`.

    Parameters
    ----------
    tests : DataFrame
        log_ratio and p_value, indexed by "positives", "negatives" and "difference"; missing where not known.
    alpha : float
        Level of each test.
    """

    def sure(what: str, sign: int) -> bool:
        return bool(tests.loc[what, "p_value"] < alpha and sign * tests.loc[what, "log_ratio"] > 0)

    if not sure(DIFFERENCE, 1):
        return NO_RISE, ""
    if np.isnan(tests.loc[POSITIVES, "log_ratio"]):
        return EITHER, NOT_COUNTED
    if sure(POSITIVES, 1):
        return INDUCTION, ""
    # Where positives fell and the share rose negatives fell more; their own test must not contradict.
    if sure(POSITIVES, -1) and sure(NEGATIVES, -1):
        return SELECTION, ""
    return EITHER, UNDECIDED


def check_viable(sheet: pd.DataFrame, path: str, findings: Findings) -> None:
    """Tell of samples with no living cell, and warn of those in which none were counted where they were in others."""
    if VIABLE not in sheet.columns or sheet[VIABLE].isna().all():
        return
    numbers = pd.to_numeric(sheet[VIABLE], errors="coerce").astype(float)
    if none := list(sheet.index[numbers <= 0]):
        expected = "the living cells that were counted, a number above 0, or nothing where none were counted"
        findings.problem(f"{path}, column {VIABLE}", f"there are none in {listed(none)}", expected)
    if missing := list(sheet.index[numbers.isna()]):
        text = f"{VIABLE} is missing in {listed(missing)}: living cells are not compared where these samples take part"
        findings.warn("viable_missing", text, path, missing)


def _viable(obs: pd.DataFrame, findings: Findings) -> pd.Series | None:
    """Return the living cells of each sample; None where they were not counted."""
    if VIABLE not in obs.columns or obs[VIABLE].isna().all():
        return None
    numbers = pd.to_numeric(obs[VIABLE], errors="coerce").astype(float)
    if bad := list(obs.index[~(numbers > 0) | np.isinf(numbers)]):
        found = ", ".join(f"{sample} ({obs.loc[sample, VIABLE]})" for sample in bad[:8])
        findings.problem(f"sheet, {VIABLE}", f"no living cells are counted in {found}", "a number above 0")
    return numbers


def _groups(asked: Comparison) -> pd.Series:
    """Return "tested" or "reference" of each sample that is in one of the groups."""
    tested, reference = asked.design.groups[asked.contrast.name]
    return pd.Series({**dict.fromkeys(tested, "tested"), **dict.fromkeys(reference, "reference")}, dtype=object)


def _samples(living: pd.DataFrame, viable: pd.Series | None, asked: Comparison) -> pd.DataFrame:
    """Return living cells per sample, as they are."""
    group = _groups(asked)
    held = living.loc[group.index]
    share = held["positives"] / held["cells_at_depth"]
    whole = held["state_share"] * (np.nan if viable is None else viable.loc[group.index])
    table = {
        "sample": group.index,
        "group": group.to_numpy(),
        "living_positives": (share * whole).to_numpy(),
        "living_negatives": ((1 - share) * whole).to_numpy(),
        "share": share.to_numpy(),
    }
    return pd.DataFrame(table)


def living_of_patients(logs: Mapping[str, pd.DataFrame], asked: Comparison) -> pd.DataFrame:
    """Return the log ratios of each gene and patient that has samples in both groups.

    Parameters
    ----------
    logs : mapping of str to DataFrame of shape (samples of the design, 1 or 3)
        Of each gene: `log_living`.
    asked : Comparison
        Design and contrast, of two groups.

    Returns
    -------
    DataFrame
        gene, and the columns of `Survivors.patients`.
    """
    columns = ["log_ratio_positives", "log_ratio_negatives", "difference"]
    selected, group = asked.design.selected, _groups(asked)
    if PATIENT not in selected.columns or not logs:
        return pd.DataFrame(columns=["gene", "patient", *columns])
    whole = [POSITIVES, NEGATIVES, DIFFERENCE]
    # (genes, samples, 3)
    values = np.array([held.reindex(columns=whole).loc[group.index].to_numpy() for held in logs.values()])
    # Without the name of a patient a sample has no other to be compared with.
    named = selected.loc[group.index, PATIENT].replace("", None).fillna(pd.Series(group.index, index=group.index))
    patients, place = np.unique(named.astype(str).to_numpy(), return_inverse=True)
    means = []
    for name in ("tested", "reference"):
        held = (group == name).to_numpy()
        total = np.zeros((len(patients), len(logs), len(whole)))
        np.add.at(total, place[held], values[:, held].swapaxes(0, 1))
        number = np.bincount(place[held], minlength=len(patients)).astype(float)
        means.append(total / np.where(number > 0, number, np.nan)[:, None, None])
    ratios = (means[0] - means[1]).swapaxes(0, 1).reshape(-1, len(whole))
    table = pd.DataFrame(ratios, columns=columns)
    table.insert(0, "gene", pd.Series(np.repeat(np.array(list(logs), dtype=object), len(patients)), dtype=object))
    table.insert(1, "patient", pd.Series(np.tile(patients, len(logs)), dtype=object))
    return table[table["difference"].notna()].reset_index(drop=True)
