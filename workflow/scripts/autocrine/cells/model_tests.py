"""The questions of a configuration asked of cells: shares of cells with a gene, living cells, shares of states."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.cells.ambient import bound_contamination, compare_with_ambient, makers_of_haemoglobin
from autocrine.cells.asking import Comparison
from autocrine.cells.composition import cells_per_state, compare_states, why_no_composition
from autocrine.cells.fractions import TESTED, compare_fractions
from autocrine.cells.labels import ALL_CELLS
from autocrine.cells.living import StateCells, cells_of_state
from autocrine.cells.pseudobulks import SPECIMEN, STATE
from autocrine.cells.survivors import DIFFERENCE, VIABLE, living_of_patients, log_living, read_survivors, test_living
from autocrine.columns import DETECTION, STATE_SHARES
from autocrine.design.examination import examine_design
from autocrine.design.formula import parse_formula
from autocrine.design.matrix import build_design
from autocrine.design.question import Model, Statistics
from autocrine.engine.errors import EngineError
from autocrine.problems import Findings, InputError, listed

if TYPE_CHECKING:
    from anndata import AnnData

NOT_TESTED = "not_tested"
_LN2 = math.log(2)


def of_odds(statistics: Statistics) -> Statistics:
    """Return the thresholds for natural logarithms of odds: a margin of log2 1 is an odds ratio of 2."""
    return replace(statistics, equivalence_margin=statistics.equivalence_margin * _LN2)


def ask_model(sheet: pd.DataFrame, model: Model, where: str) -> tuple[dict[str, Comparison], str]:
    """Return the comparisons of a model on the rows of a sheet; none, and the reason, where they do not allow it.

    Parameters
    ----------
    sheet : DataFrame of shape (rows, columns)
        As `autocrine.input.contract.sheet_of` returns it.
    model : Model
        Its factors of unwanted variation are those of counts, and have no part here.
    where : str
        Place of the model in the configuration.
    """
    findings, asked = Findings(), replace(model, unwanted_factors=0)
    if sheet.empty:
        return {}, "no sample has enough cells"
    design = build_design(sheet, asked, where, findings)
    examined = None if design is None else examine_design(design, asked, where, findings)
    if design is None or examined is None or findings.problems:
        return {}, "; ".join(dict.fromkeys(problem.found for problem in findings.problems))
    found = {}
    for name, contrast in asked.contrasts.items():
        cautions = [str(caution.words) for caution in examined.cautions if caution.touches([name])]
        found[name] = Comparison(design, contrast, cautions)
    return found, ""


def states_of(sheet: pd.DataFrame, rows: Iterable[str]) -> list[str]:
    """Return the states of some rows; one, called "", where cells have none."""
    return sorted(set(sheet.loc[list(rows), STATE])) if STATE in sheet.columns else [""]


def compare_detection(
    detected: AnnData, sheet: pd.DataFrame, models: Mapping[str, Model], statistics: Statistics, always: Sequence[str]
) -> pd.DataFrame:
    """Compare the shares of cells in which genes are detected, in every contrast of every model.

    Parameters
    ----------
    detected : AnnData
        As the import of cells wrote it: layers "detected" and "expected", obs as of `sum_cells`.
    sheet : DataFrame
        A row per row of `detected`.
    models : mapping of str to Model
        The models of the cohort.
    statistics : Statistics
        Thresholds; the margin is in log2.
    always : sequence of str
        Genes that have a row also where a model cannot be asked.

    Returns
    -------
    DataFrame
        model, contrast, state, common_depth, and the columns of `autocrine.cells.test_fractions`; reason where there is
        no test.
    """
    tables = []
    depths = detected.uns["import"]["depth"].set_index("state")["depth"]
    at_depth = (detected.obs["cells_at_depth"] > 0).to_numpy()
    for name, model in models.items():
        asked, reason = ask_model(sheet[at_depth], model, f"config, models.{name}")
        held = states_of(sheet, next(iter(asked.values())).design.matrix.index) if asked else []
        if len(held) > 1:
            reason = f"cells of several states are compared ({listed(held)}), and each state has a depth of its own"
        for contrast in model.contrasts:
            table, why = None, reason
            if not why:
                findings = Findings()
                comparison = asked[contrast]
                rows = detected[list(comparison.design.matrix.index)]
                table = compare_fractions(rows, comparison, of_odds(statistics), findings)
                why = "; ".join(problem.found for problem in findings.problems)
            if table is None or why:
                genes = detected.var.loc[list(always), "gene_name"].astype(str)
                table = pd.DataFrame({"gene_id": genes.index.astype(str), "gene_name": genes.to_numpy()})
                table = table.assign(status=NOT_TESTED, reason=why)
            state = held[0] if len(held) == 1 else ""
            depth = int(depths.get(state or ALL_CELLS, 0)) if not why else 0
            begin = {"model": name, "contrast": contrast, "state": state, "common_depth": depth}
            tables.append(table.assign(**begin)[[*begin, *table.columns]])
    full = pd.concat(tables, ignore_index=True)
    reasons = full["reason"] if "reason" in full else pd.Series("", full.index)
    status = full["status"].where(full["status"].isin([TESTED, NOT_TESTED]), "")
    full = full.assign(reason=reasons.fillna("").where(status != "", full["status"]))
    # Contrasts other than of two groups lack some columns; without a test there are hardly any.
    later = ("symbol", "ambient", "ambient_positives")
    lacking = [name for name in DETECTION.names[:-1] if name not in (*full.columns, *later)]
    return full.reindex(columns=[*full.columns, *lacking])


def compare_living(
    detected: AnnData,
    sheet: pd.DataFrame,
    models: Mapping[str, Model],
    statistics: Statistics,
    genes: Mapping[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare living positive and negative cells of genes, in every contrast of two groups.

    Parameters
    ----------
    detected, sheet, models, statistics
        As in `compare_detection`.
    genes : mapping of str to str
        Symbol -> gene_id.

    Returns
    -------
    tests : DataFrame
        model, contrast, state, symbol, what ("positives", "negatives", "difference"), the columns of
        `Survivors.tests`, reading, obstacle, reason.
    patients : DataFrame
        model, contrast, symbol, patient, log_ratio_positives, log_ratio_negatives, difference.
    """
    tests, patients = [], []
    at_depth = (detected.obs["cells_at_depth"] > 0).to_numpy()
    for name, model in models.items():
        asked, _ = ask_model(sheet[at_depth], model, f"config, models.{name}")
        for contrast, comparison in asked.items():
            rows = list(comparison.design.matrix.index)
            held = states_of(sheet, rows)
            if comparison.contrast.form != "two_groups" or len(held) > 1:
                continue
            viable = sheet.loc[rows, VIABLE] if VIABLE in sheet.columns else None
            viable = viable if viable is not None and (viable > 0).all() else None
            cells = cells_of_state(detected, held[0] or None)
            found, ratios = _living_of_contrast(cells, genes, sheet.loc[rows, SPECIMEN], viable, comparison, statistics)
            begin = {"model": name, "contrast": contrast}
            tests.append(found.assign(**begin, state=held[0]))
            patients.append(ratios.assign(**begin))
    columns = [
        "model", "contrast", "state", "symbol", "what", "ratio", "ci_low", "ci_high", "log_ratio", "log_error", "stat",
        "df", "p_value", "detectable_ratio", "reading", "obstacle", "reason",
    ]  # fmt: skip
    of_patients = [
        "model", "contrast", "symbol", "patient", "log_ratio_positives", "log_ratio_negatives", "difference",
    ]  # fmt: skip
    return together(tests, columns), together(patients, of_patients)


def _living_of_contrast(
    cells: StateCells,
    genes: Mapping[str, str],
    specimens: pd.Series,
    viable: pd.Series | None,
    comparison: Comparison,
    statistics: Statistics,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return tests and ratios of patients, in the order of the genes; `specimens` are those of the rows."""
    logs, reasons = {}, {}
    for symbol, gene in genes.items():
        try:
            living = cells.living_shares(gene).loc[specimens].set_axis(specimens.index, axis=0)
            logs[symbol] = log_living(living, viable)
        except InputError as error:
            reasons[symbol] = error.problems[0].found
    tables = []
    try:
        if logs:
            tests = test_living(logs, comparison, statistics)
            readings = {symbol: read_survivors(tests.loc[symbol], statistics.alpha) for symbol in logs}
            table = tests.reset_index(names=["symbol", "what"]).assign(reason="")
            for place, column in enumerate(("reading", "obstacle")):
                table[column] = table["symbol"].map({symbol: read[place] for symbol, read in readings.items()})
            tables.append(table)
    except EngineError as error:
        reasons |= dict.fromkeys(logs, str(error))
        logs = {}
    if reasons:
        tables.append(pd.DataFrame({"symbol": list(reasons), "what": DIFFERENCE, "reason": list(reasons.values())}))
    places = {symbol: i for i, symbol in enumerate(genes)}
    table = pd.concat(tables) if tables else pd.DataFrame(columns=["symbol", "what"])
    table = table.sort_values("symbol", key=lambda held: held.map(places), kind="stable")
    return table, living_of_patients(logs, comparison).rename(columns={"gene": "symbol"})


def compare_shares(
    pseudobulks: pd.DataFrame, sheet: pd.DataFrame, models: Mapping[str, Model], statistics: Statistics
) -> pd.DataFrame:
    """Compare the shares of states among the kept cells, in every contrast; a model's selection of states apart.

    Parameters
    ----------
    pseudobulks : DataFrame
        sample, state, cells (kept): `autocrine.cells.decisions.tabulate_pseudobulks`.
    sheet : DataFrame
        A row per sample.
    models, statistics
        As in `compare_detection`.

    Returns
    -------
    DataFrame
        model, contrast, and the columns of `autocrine.cells.composition.test_composition`; reason where there is no
        test.
    """
    numbers = cells_per_state(pseudobulks)
    why_none = why_no_composition(numbers, sheet)
    tables = []
    for name, model in models.items():
        whole = replace(model, samples={column: kept for column, kept in model.samples.items() if column != STATE})
        why = why_none
        if not why and STATE in parse_formula(model.design).columns:
            why = "the model compares states, so that it has no comparison of samples"
        asked, reason = ({}, why) if why else ask_model(
            sheet.loc[sheet.index.intersection(numbers.index)], whole, f"config, models.{name}"
        )  # fmt: skip
        for contrast in model.contrasts:
            begin = {"model": name, "contrast": contrast}
            if reason:
                tables.append(pd.DataFrame([{**begin, "state": "", "status": NOT_TESTED, "reason": reason}]))
                continue
            try:
                table = compare_states(numbers, asked[contrast], of_odds(statistics))
            except EngineError as error:
                tables.append(pd.DataFrame([{**begin, "state": "", "status": NOT_TESTED, "reason": str(error)}]))
                continue
            reasons = np.where(table["status"] == TESTED, "", table["status"])
            tables.append(table.assign(**begin, reason=reasons))
    return together(tables, list(STATE_SHARES.names[:-1]))


def judge_ambient(
    sums: AnnData, detected: AnnData, soups: pd.DataFrame | None, alpha: float
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Bound the ambient RNA of each sample, and set the positive cells of every gene and state against it.

    Parameters
    ----------
    sums : AnnData
        Sums of counts: X, obs with sample and state, var indexed by gene_id with gene_name.
    detected : AnnData
        As in `compare_detection`, of the same rows and genes.
    soups : DataFrame of shape (genes, samples), optional
        Counts of empty droplets, indexed by gene_id.
    alpha : float
        Level of each gene's test.

    Returns
    -------
    bounds : DataFrame
        A row per sample: `autocrine.cells.ambient.bound_contamination`, and making (the states that make haemoglobin).
    genes : DataFrame
        A row per state and gene: state, gene_id, ambient ("above", "not_above", "not_known"), ambient_positives.
    shares : DataFrame of shape (rows, genes)
        Share of cells that ambient RNA alone would make positive at the common depth, at most; NaN where not known.
    """
    profiles = {}
    held = pd.DataFrame() if soups is None else soups
    for sample in held.columns:
        counts = held[sample].reindex(sums.var_names).fillna(0)
        profiles[sample] = pd.DataFrame({"counts": counts, "share": counts / max(counts.sum(), 1)})
    making = makers_of_haemoglobin(sums, profiles)
    bounds = bound_contamination(sums, profiles, erythroid=making).assign(making=", ".join(making))
    tables, shares = [], pd.DataFrame(np.nan, detected.obs_names, detected.var_names)
    for state in sorted(set(detected.obs[STATE])) if STATE in detected.obs else [None]:
        rows = (detected.obs["cells_at_depth"] > 0).to_numpy()
        if state is not None:
            # Not in place: pandas 3 lends its arrays read only.
            rows = rows & (detected.obs[STATE] == state).to_numpy()
        if not rows.any():
            continue
        found, expected = compare_with_ambient(detected, bounds, profiles, state=state, alpha=alpha)
        shares.loc[rows] = expected.to_numpy() / detected.obs.loc[rows, "cells_at_depth"].to_numpy(dtype=float)[:, None]
        tables.append(
            pd.DataFrame(
                {
                    "state": state or "",
                    "gene_id": found["gene_id"],
                    "ambient": found["kind"],
                    "ambient_positives": found["ambient_positives"],
                }
            )
        )
    return bounds, pd.concat(tables, ignore_index=True), shares


def shares_per_sample(detected: AnnData, genes: Mapping[str, str], ambient: pd.DataFrame) -> pd.DataFrame:
    """Return the share of cells with each of some genes in each sample and state.

    Parameters
    ----------
    detected : AnnData
        As in `compare_detection`.
    genes : mapping of str to str
        Symbol -> gene_id.
    ambient : DataFrame of shape (rows, genes)
        As `judge_ambient` returns it.

    Returns
    -------
    DataFrame
        sample (the row), symbol, cells, cells_at_depth, fraction (at the common depth; NaN in a sample that is too
        shallow), own_fraction (at the cells' own depth), ambient_fraction.
    """
    places = detected.var_names.get_indexer(list(genes.values()))
    cells = detected.obs["cells"].to_numpy(dtype=float)
    deep = detected.obs["cells_at_depth"].to_numpy(dtype=float)
    with np.errstate(invalid="ignore", divide="ignore"):
        at_depth = np.asarray(detected.layers["expected"])[:, places] / deep[:, None]
    own = np.asarray(detected.layers["detected"])[:, places] / cells[:, None]
    return pd.DataFrame(
        {
            "sample": np.repeat(detected.obs_names.astype(str), len(places)),
            "symbol": np.tile(list(genes), detected.n_obs),
            "cells": np.repeat(cells, len(places)),
            "cells_at_depth": np.repeat(deep, len(places)),
            "fraction": at_depth.ravel(),
            "own_fraction": own.ravel(),
            "ambient_fraction": ambient.to_numpy()[:, places].ravel(),
        }
    )


def together(tables: list[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Put tables one below the other; with these columns, also where there is none."""
    held = [table for table in tables if len(table)]
    return (pd.concat(held, ignore_index=True) if held else pd.DataFrame()).reindex(columns=list(columns))
