"""Whether two genes go together in the same cells more in one group of patients than in another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg
from autocrine.cells.asking import Comparison, ask_comparison, rows_of_sheet
from autocrine.cells.codetection import NO_ODDS, TESTED, Codetection
from autocrine.cells.logit_tests import AS_RATIOS, test_logits
from autocrine.design.question import check_statistics
from autocrine.engine.errors import EngineError
from autocrine.problems import Findings, listed

_OWN = ("ligand", "receptor", "state")


def compare_codetection(
    found: Codetection,
    design: str,
    sheet: pd.DataFrame,
    *,
    unit: str = "sample",
    contrast: Mapping[str, Any] | None = None,
    numeric: Sequence[str] = (),
    samples: Mapping[str, Any] | None = None,
    groups: Mapping[str, Any] | None = None,
    incomplete_pairs: str = "drop",
    repeated_patients: str = "stop",
    accept_confounded: Sequence[str] = (),
    random: str = "",
    alpha: float = 0.05,
    equivalence_margin: float = math.log(2),
    power: float = 0.8,
    **column: Any,
) -> pd.DataFrame:
    """Compare the odds ratios of co-detection between groups of patients, or of samples within patients.

    The log odds ratios of `autocrine.cells.test_codetection`, one per unit, are compared by least squares; the unit is
    the patient, or the sample where co-detection was tested without ``patient``. With treated and untreated samples of
    the same patients the latter, with ``design="~ patient + exposure"``. Units whose cells are too few for an odds
    ratio take no part, so each pair of genes has units of its own.

    Parameters
    ----------
    found : Codetection
        Its `patients` are compared.
    design : str
        Formula over columns of the sheet.
    sheet : DataFrame
        Columns of each unit, indexed by it or with a column of that name. Where a unit has several rows, columns that
        are the same in all of them are taken.
    unit : str
        Column that names the units: that of the samples, or the one that was given as ``patient``.
    contrast, **column
        What is asked, as in `autocrine.FittedModel.test`: ``exposure=("imatinib", "untreated")``, or a mapping.
    numeric, samples, groups, incomplete_pairs, repeated_patients, accept_confounded, random
        As in `autocrine.fit`; patients without a partner sample are dropped unless asked otherwise.
    alpha, equivalence_margin, power : float
        As in `autocrine.cells.test_fractions`.

    Returns
    -------
    DataFrame
        A row per pair and state: ligand, receptor, state, status ("tested", or why not), patients (units compared),
        odds_ratio_tested and odds_ratio_reference (geometric means; of other contrasts odds_ratio_group_1, ...), ratio
        (of the odds ratios) with ci_low and ci_high, log_ratio, log_error, stat, df, p_value, adj_p_value (Benjamini
        and Hochberg), equivalence_p_value and detectable_ratio. ``attrs`` has title, alpha and warnings (what is weak
        if all units take part).

    Raises
    ------
    autocrine.InputError
        With every problem of sheet and design.
    """
    findings = Findings()
    statistics = check_statistics(alpha, equivalence_margin, power, findings)
    findings.raise_if_any()
    rows = found.patients.assign(patient=found.patients["patient"].astype(str))
    sheet = _per_unit(sheet, unit)
    asking: dict[str, Any] = {
        "numeric": numeric,
        "samples": samples,
        "groups": groups,
        "incomplete_pairs": incomplete_pairs,
        "repeated_patients": repeated_patients,
        "accept_confounded": accept_confounded,
        "random": random,
    }
    units = pd.Series(sorted(set(rows["patient"])))
    obs = rows_of_sheet(sheet, units.set_axis(units), [], "no cells", findings)
    findings.raise_if_any()
    whole = ask_comparison(obs, design, contrast, column, "codetection", findings, **asking)
    findings.raise_if_any()
    assert whole is not None  # or a problem was raised
    tests: list[dict[str, Any]] = []
    # Most pairs of genes have the same units.
    known: dict[tuple[str, ...], tuple[Comparison | None, str]] = {}
    for pair, held in rows.groupby(list(_OWN), sort=False):
        used = held[held["status"] == TESTED].set_index("patient")["log_odds_ratio"]
        row: dict[str, Any] = {**dict(zip(_OWN, pair, strict=True)), "status": TESTED, "patients": 0}
        tests.append(row)
        # A unit without odds ratio has no joint cell, or nothing else: to leave it out would be to choose.
        if len(broken := held[held["status"] == NO_ODDS]):
            row["status"] = f"{NO_ODDS} in {listed(broken['patient'])}"
            continue
        members_of = tuple(used.index)
        if members_of not in known:
            own = Findings()
            found_for = ask_comparison(
                obs.loc[list(members_of)], design, contrast, column, "codetection", own, **asking
            )
            known[members_of] = found_for, "" if found_for else own.problems[0].found
        asked, reason = known[members_of]
        if asked is None:
            row["status"] = f"too few patients with an odds ratio: {reason}"
            continue
        values = used.loc[list(asked.design.matrix.index)]
        try:
            tested, _ = test_logits(values.to_frame(), asked.design, asked.contrast, statistics)
        except EngineError as error:
            row["status"] = f"too few patients with an odds ratio: {error}"
            continue
        two = asked.contrast.form == "two_groups"
        for number, members in enumerate(asked.design.groups.get(asked.contrast.name, ()), 1):
            role = ("tested", "reference")[number - 1] if two else f"group_{number}"
            row[f"odds_ratio_{role}"] = float(np.exp(values.loc[list(members)].mean()))
        row |= {"patients": len(values), **tested[list(AS_RATIOS)].rename(columns=AS_RATIOS).iloc[0].to_dict()}
    table = pd.DataFrame(tests)
    groups_of = [name for name in table if str(name).startswith("odds_ratio_")]
    table = table.reindex(columns=[*_OWN, "status", "patients", *groups_of, *AS_RATIOS.values()])
    p_values = table["p_value"].to_numpy(dtype=float)
    table.insert(list(table).index("p_value") + 1, "adj_p_value", benjamini_hochberg(p_values))
    warnings = [*map(str, findings.warnings), *whole.cautions]
    table.attrs = {"title": whole.contrast.title, "alpha": alpha, "warnings": warnings}
    return table


def _per_unit(sheet: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the columns of a sheet that are the same in all rows of a unit, indexed by it."""
    held = sheet.set_index(unit) if unit in sheet.columns else sheet
    held = held.set_axis(held.index.astype(str), axis=0)
    if not held.index.has_duplicates:
        return held.drop(columns="sample", errors="ignore")
    same = (held.groupby(level=0).nunique(dropna=False) <= 1).all()
    return held.loc[~held.index.duplicated(), same[same].index].drop(columns="sample", errors="ignore")
