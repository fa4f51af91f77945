"""Which cells are kept: floors, and limits that follow the cells of a sample and state."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from autocrine.problems import Findings, listed

# Why a cell is left out, in the order in which it is asked; "" is kept.
FEW_UMI, FEW_GENES = "few_umi", "few_genes"
OUTLYING_UMI, OUTLYING_GENES, HIGH_MITO = "outlying_umi", "outlying_genes", "high_mito"
REASONS = (FEW_UMI, FEW_GENES, OUTLYING_UMI, OUTLYING_GENES, HIGH_MITO)
# Median absolute deviations, as R's mad: times 1.4826, so that those of a normal distribution are standard deviations.
# Heumos et al. (2023, Nat Rev Genet 24:550) take 5, 5 and 3 without the factor, which takes 2 to 5 % of the sound cells
# out by their mitochondrial share alone.
DEVIATIONS, MITO_DEVIATIONS, LEAST_MITO_LIMIT = 5.0, 3.0, 0.08
_TO_SD = 1.4826
# The deviation of fewer cells is not known well enough to be a limit: of 50 cells its error is 16 %.
FEWEST_IN_GROUP = 50
# What the limits of a group of cells were taken from.
OWN, STATE, SAMPLE, FLOORS = "sample and state", "state", "sample", "floors"
FOLD = 2.0


def judge_quality(cells: pd.DataFrame, min_umi: int = 500, min_genes: int = 200) -> tuple[pd.Series, pd.DataFrame]:
    """Say which cells are left out and why.

    Floors come first: counts and genes. Of the cells above them the logarithms of counts and genes must lie within 5
    median absolute deviations (times 1.4826) of the median, and the share of mitochondrial counts no more than 3 above
    it; that limit is never below 8 %.

    Quiescent cells are small and hold little RNA: in a mixture of states limits take them for broken. Cells with a
    label are therefore compared with those of their state: in their sample where it has 50 such cells or more, else in
    all samples together. Where these are fewer than 50, and for cells without label, all cells of the sample give the
    limits, if they are 50; else the floors alone decide.

    Parameters
    ----------
    cells : DataFrame of shape (cells, columns)
        sample; umi (counts) and genes (with a count) of each cell; state, which may be absent or missing in some;
        mito_share (share of mitochondrial counts, 0 to 1), which may be absent, or missing where no mitochondrial genes
        were counted.
    min_umi, min_genes : int
        Floors; a cell with fewer is left out.

    Returns
    -------
    reasons : Series of shape (cells,)
        "" of a kept cell, else "few_umi", "few_genes", "outlying_umi", "outlying_genes" or "high_mito": the first that
        is true.
    limits : DataFrame
        A row per sample and state ("" without label): sample, state, cells, above_floors (cells), limits_from ("sample
        and state", "state", "sample" or "floors"), umi_low, umi_high, genes_low, genes_high, mito_high. NaN where there
        is no such limit.

    Raises
    ------
    autocrine.InputError
        If columns are missing, or hold what is no number of counts or no share.
    """
    findings = Findings()
    for name in ("sample", "umi", "genes"):
        if name not in cells.columns:
            findings.problem(
                "cells", f'there is no column "{name}"', f"sample, umi and genes; there is {listed(cells)}"
            )
    for name, floor in (("min_umi", min_umi), ("min_genes", min_genes)):
        if not floor >= 0:
            findings.problem(name, f"{floor!r}", "a number of 0 or more")
    findings.raise_if_any()
    measured = _measured(cells, findings)
    findings.raise_if_any()
    groups = group_of(cells)
    few_umi, few_genes = measured["umi"] < min_umi, measured["genes"] < min_genes
    sound = ~(few_umi | few_genes)
    places = groups.groupby(["sample", "state"], sort=True).indices
    wholes = {
        SAMPLE: groups.groupby("sample", sort=False).indices,
        STATE: groups[groups["state"] != ""].groupby("state", sort=False).indices,
    }
    # Positions of labelled cells among all.
    labelled = np.flatnonzero(groups["state"] != "")
    wholes[STATE] = {state: labelled[found] for state, found in wholes[STATE].items()}
    rows = []
    broken = {name: np.zeros(len(cells), dtype=bool) for name in (OUTLYING_UMI, OUTLYING_GENES, HIGH_MITO)}
    for (sample, state), inside in places.items():
        candidates = [(OWN, inside), (STATE, wholes[STATE][state])] if state else []
        source, limits = FLOORS, _limits(measured.iloc[:0])
        for words, found in [*candidates, (SAMPLE, wholes[SAMPLE][sample])]:
            kept = found[sound[found]]
            if len(kept) >= FEWEST_IN_GROUP:
                source, limits = words, _limits(measured.iloc[kept])
                break
        own = measured.iloc[inside]
        broken[OUTLYING_UMI][inside] = (own["umi"] < limits["umi_low"]) | (own["umi"] > limits["umi_high"])
        broken[OUTLYING_GENES][inside] = (own["genes"] < limits["genes_low"]) | (own["genes"] > limits["genes_high"])
        broken[HIGH_MITO][inside] = own["mito_share"] > limits["mito_high"]
        counted = {"cells": len(inside), "above_floors": int(sound[inside].sum()), "limits_from": source}
        rows.append({"sample": sample, "state": state, **counted, **limits})
    first = np.select([few_umi, few_genes, *broken.values()], list(REASONS), default="")
    return pd.Series(first.astype(object), cells.index, name="reason"), pd.DataFrame(rows)


def kept_shares(cells: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    """Count what is kept of each sample and state.

    Parameters
    ----------
    cells : DataFrame of shape (cells, columns)
        sample, and state where there are labels.
    reasons : Series of shape (cells,)
        "" of a kept cell, else why it is left out: as `judge_quality` returns them, or others.

    Returns
    -------
    DataFrame
        A row per sample and state ("" without label): sample, state, cells_before_quality, cells (kept), kept_share,
        and a column per reason that occurs with the number of cells.
    """
    held = group_of(cells).assign(reason=np.asarray(reasons, dtype=object))
    by = ["sample", "state"]
    table = held.groupby(by, sort=True)["reason"].agg(
        cells_before_quality="size", cells=lambda found: (found == "").sum()
    )
    table["kept_share"] = table["cells"] / table["cells_before_quality"]
    lost = held[held["reason"] != ""].groupby([*by, "reason"], sort=True).size().unstack("reason")
    known = [reason for reason in REASONS if reason in lost.columns]
    others = [reason for reason in lost.columns if reason not in REASONS]
    table = table.join(lost[known + others].reindex(table.index).fillna(0).astype(np.int64))
    return table.reset_index().astype({"cells": np.int64})


def unequal_losses(kept: pd.DataFrame, groups: Mapping[str, str] | pd.Series, fold: float = FOLD) -> pd.DataFrame:
    """Find states of which one group of samples kept much less than another: that alone makes a difference in shares.

    Parameters
    ----------
    kept : DataFrame
        As `kept_shares` returns it.
    groups : mapping of str to str, or Series
        Sample -> its group; samples that are not named take no part.
    fold : float
        Kept shares that differ so much are returned.

    Returns
    -------
    DataFrame
        A row per state and pair of groups: state, group_low, kept_low, group_high, kept_high, ratio. The kept share of
        a group is the geometric mean over its samples of (kept + 1/2) / (cells + 1), so that a sample of few cells
        without a kept one has a share too.
    """
    columns = ["state", "group_low", "kept_low", "group_high", "kept_high", "ratio"]
    found = kept.assign(group=kept["sample"].map(dict(groups))).dropna(subset="group")
    found["log"] = np.log((found["cells"] + 0.5) / (found["cells_before_quality"] + 1))
    means = found.groupby(["state", "group"], sort=True)["log"].mean()
    rows = []
    for state in means.index.get_level_values("state").unique():
        of_state = means[state].sort_values(kind="stable")
        for low in range(len(of_state)):
            for high in range(low + 1, len(of_state)):
                ratio = float(np.exp(of_state.iloc[high] - of_state.iloc[low]))
                ends = {
                    f"{what}_{end}": value
                    for end, place in (("low", low), ("high", high))
                    for what, value in (("group", of_state.index[place]), ("kept", np.exp(of_state.iloc[place])))
                }
                if ratio >= fold:
                    rows.append({"state": state, **ends, "ratio": ratio})
    return pd.DataFrame(rows, columns=columns)


def group_of(cells: pd.DataFrame) -> pd.DataFrame:
    """Return sample and state of each cell as text, the state "" where there is none; numbered from 0."""
    state = cells["state"] if "state" in cells.columns else pd.Series("", cells.index, dtype=object)
    held = {"sample": cells["sample"].astype(object), "state": state.astype(object)}
    return pd.DataFrame(
        {name: values.where(values.notna(), "").astype(str).to_numpy() for name, values in held.items()}
    )


def _measured(cells: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Return umi, genes and mito_share of each cell as numbers."""
    numbers = pd.DataFrame(index=pd.RangeIndex(len(cells)))
    for name in ("umi", "genes", "mito_share"):
        given = cells[name] if name in cells.columns else pd.Series(np.nan, cells.index)
        values = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float)
        lacking = np.isnan(values) & (given.notna().to_numpy() | (name != "mito_share"))
        if lacking.any():
            found = f"{lacking.sum()} values of {name} are missing or no numbers"
            findings.problem("cells", found, f"{name} of each cell")
        if (values < 0).any() or np.isinf(values).any():
            findings.problem("cells", f"{name} has negative or infinite values", "numbers of 0 or more")
        numbers[name] = values
    if (numbers["mito_share"] > 1).any():
        found = f"mito_share is up to {numbers['mito_share'].max():g}"
        findings.problem("cells", found, "a share of the counts between 0 and 1, not per cent")
    return numbers


def _limits(cells: pd.DataFrame) -> dict[str, float]:
    """Return the limits that these cells give; NaN where they give none."""
    limits: dict[str, float] = {}
    for name in ("umi", "genes"):
        logs = np.log1p(cells[name].to_numpy())
        middle, spread = _median_and_deviation(logs)
        # Cells of which more than half have one and the same value have no spread to measure others by.
        reach = DEVIATIONS * spread if spread > 0 else np.nan
        limits |= {f"{name}_low": float(np.expm1(middle - reach)), f"{name}_high": float(np.expm1(middle + reach))}
    middle, spread = _median_and_deviation(cells["mito_share"].dropna().to_numpy())
    limits["mito_high"] = max(middle + MITO_DEVIATIONS * spread, LEAST_MITO_LIMIT) if np.isfinite(middle) else np.nan
    return limits


def _median_and_deviation(values: np.ndarray) -> tuple[float, float]:
    """Return the median and the median absolute deviation from it; NaN without values."""
    if not len(values):
        return np.nan, np.nan
    middle = float(np.median(values))
    return middle, _TO_SD * float(np.median(np.abs(values - middle)))
