"""Which genes rise and fall together, within groups and over all samples: the two need not agree (Simpson)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri, stdtr

from autocrine.columns import CORRELATIONS, TEXT
from autocrine.seeds import SEEDS

GENES = ("BMP4", "BMPR1B", "TWIST1", "BMP2")
PAIRS = tuple(combinations(GENES, 2))
KINDS = ("within", "within_pooled", "partial", "pooled")
COLUMNS = CORRELATIONS.names[1:-1]
FEWEST_SAMPLES = 4
PERMUTATIONS = 2000
# What is left of a gene below this part of it is rounding. Fisher's z ends where r does, just short of one.
ROUNDING = 1e-10
NEARLY_ONE = 1 - 1e-12


@dataclass(frozen=True)
class _Pair:
    """Two genes in the samples that have both, in an order that follows from their values alone.

    `block` numbers the groups, so that a permutation stays within them; `adjustment` are the further columns that a
    partial correlation takes out, None where there are none.
    """

    first: np.ndarray
    second: np.ndarray
    block: np.ndarray
    labels: tuple[str, ...]
    adjustment: pd.DataFrame | None


def correlate(
    values: pd.DataFrame,
    groups: pd.Series | None = None,
    covariates: pd.DataFrame | None = None,
    patients: pd.Series | None = None,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    alpha: float = 0.05,
    power: float = 0.8,
    permutations: int = PERMUTATIONS,
) -> pd.DataFrame:
    """Correlate pairs of genes within groups, beside groups and covariates, and over all samples.

    Parameters
    ----------
    values
        Samples x genes, on a log scale.
    groups
        Sample -> group, e.g. response and time point. Samples without one are left out. None: all are one group, and
        there is the row `pooled` alone, with `partial` where there are covariates.
    covariates
        Samples x columns: float64 columns are measurements, all others groups, as in a sample sheet. A sample with a
        gap is left out of `partial`.
    patients
        Sample -> patient. Several samples of one are not independent, and a row that holds such has correlations but
        no p-values, intervals or `min_detectable`, which its `warning` says.
    pairs
        Pairs of columns of `values`.
    alpha, power
        Intervals have the confidence 1 - alpha; `min_detectable` is the smallest absolute correlation that a two-sided
        test at the level alpha finds with this power.
    permutations
        Number of permutations, from a fixed seed.

    Returns
    -------
    The columns `COLUMNS`, one row per pair and kind:

    - `within`: one row per group;
    - `within_pooled`: what the groups have in common, Fisher's z weighted by n - 3 over the groups of four and more;
    - `partial`: Pearson and rank correlation of what groups and covariates leave of the two genes;
    - `pooled`: over all samples. `warning` says in a sentence where it would mislead: it differs in sign from
      `within_pooled`, or one of the two intervals excludes 0 and the other does not. Groups of different levels alone
      correlate two genes, and can hide a correlation.

    Intervals: Fisher's z with standard error 1 / sqrt(n - 3), of which a partial correlation loses one sample per
    column taken out; times sqrt(1 + rho^2 / 2) for Spearman's rho (Bonett and Wright 2000, Psychometrika 65:23).
    `p_value` tests Pearson's r by Student's t, in `within_pooled` by Fisher's z. `permutation_p_value` exchanges
    samples within groups only (for `partial` residuals; Freedman and Lane 1983, J Bus Econ Stat 1:292). In the row
    `pooled` too, where it says whether there is more than the groups' levels make by themselves.

    A row without numbers has a `reason`: fewer than four samples, a gene that is absent or does not vary.

    Raises
    ------
    ValueError
        If columns of `values` have the same name, a pair is a gene with itself, or groups or covariates lack a sample
        altogether.
    """
    _check(values, groups, covariates, pairs)
    repeated = _repeated(values.index, groups, patients)
    groups = None if groups is None else groups.loc[values.index]
    rows = []
    for first, second in pairs:
        names = {"gene_1": first, "gene_2": second}
        absent = [gene for gene in (first, second) if gene not in values.columns]
        pair = None if absent else _pair(values, groups, covariates, first, second)
        found = _absent_rows(groups, covariates, absent) if absent else _rows(pair, names, alpha, power, permutations)
        rows += [{**names, **(_untested(row) if (row["kind"], row["group"]) in repeated else row)} for row in found]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    text = [name for name in COLUMNS if CORRELATIONS.column(name).type == TEXT]
    table[text] = table[text].astype(object).where(table[text].notna(), "")
    return table.astype({name: float for name in COLUMNS if name not in text and name != "n"} | {"n": int})


def detectable_correlation(n: float, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the smallest absolute correlation that n samples show with the given power (Fisher's z); NaN below four.

    Of a partial correlation n is the number of samples without one for each column taken out.
    """
    if n < FEWEST_SAMPLES:
        return np.nan
    return float(np.tanh((-ndtri(alpha / 2) + ndtri(power)) / np.sqrt(n - 3)))


def _repeated(samples: pd.Index, groups: pd.Series | None, patients: pd.Series | None) -> set[tuple[str, str]]:
    """Return kind and group of the rows in which a patient has several samples."""
    if patients is None:
        return set()
    named = patients.loc[samples].dropna()
    inside = pd.Series("", named.index) if groups is None else groups.loc[named.index].astype(str)
    twice = pd.DataFrame({"patient": named, "group": inside})
    found = {("within", group) for group in twice.loc[twice.duplicated(["patient", "group"]), "group"]}
    return found | ({(kind, "") for kind in KINDS if kind != "within"} if named.duplicated().any() else set())


def _untested(row: dict) -> dict:
    """Leave the correlations of a row, and no test of them."""
    if "pearson" not in row:
        return row
    kept = {name: row[name] for name in ("kind", "group", "n", "pearson", "spearman") if name in row}
    return {**kept, "warning": "Samples of one patient are not independent: without test and interval."}


def _check(values, groups, covariates, pairs) -> None:
    if not values.columns.is_unique:
        raise ValueError("several columns of the values have the same name")
    if alike := [first for first, second in pairs if first == second]:
        raise ValueError(f"{', '.join(alike)}: a gene correlates with itself")
    for name, table in (("groups", groups), ("covariates", covariates)):
        if table is not None and (lacking := [str(s) for s in values.index if s not in table.index]):
            raise ValueError(f"{name} lack the samples {', '.join(lacking)}")


def _pair(values: pd.DataFrame, groups, covariates, first: str, second: str) -> _Pair:
    both = values[[first, second]].dropna()
    if groups is not None:
        both = both[groups.loc[both.index].notna().to_numpy()]
    # Permutations follow this order, so the order and the names of samples and groups have no part in the results.
    both = both.iloc[np.lexsort((both[second], both[first]))]
    held = pd.Series("", both.index) if groups is None else groups.loc[both.index].astype(str)
    labels = ("",) if groups is None else tuple(sorted(groups.dropna().astype(str).unique()))
    adjustment = None if covariates is None else covariates.loc[both.index]
    block = held.map({label: number for number, label in enumerate(labels)}).to_numpy(dtype=int)
    x, y = both[first].to_numpy(dtype=float), both[second].to_numpy(dtype=float)
    return _Pair(x, y, block, labels, adjustment)


def _absent_rows(groups, covariates, absent: list[str]) -> list[dict]:
    """Return the rows of a pair that is not there."""
    labels = [] if groups is None else sorted(groups.dropna().astype(str).unique())
    kinds = [("within", label) for label in labels] + [("within_pooled", "")] * bool(labels)
    kinds += [("partial", "")] * (groups is not None or covariates is not None) + [("pooled", "")]
    why = f"not in the count matrix: {', '.join(absent)}"
    return [{"kind": kind, "group": group, "n": 0, "reason": why} for kind, group in kinds]


def _rows(pair: _Pair, names: dict[str, str], alpha: float, power: float, permutations: int) -> list[dict]:
    """Return the rows of one pair."""

    def row(kind: str, group: str, keep: np.ndarray, taken: np.ndarray) -> dict:
        x, y, block = pair.first[keep], pair.second[keep], pair.block[keep]
        found = _correlation(x, y, taken, block, list(names.values()), alpha, power, permutations)
        return {"kind": kind, "group": group, **found}

    everyone, blocks = np.ones(len(pair.first), dtype=bool), range(len(pair.labels))
    rows, grouped = [], pair.labels != ("",)
    if grouped:
        for number in blocks:
            keep = pair.block == number
            rows.append(row("within", pair.labels[number], keep, np.ones((keep.sum(), 1))))
        rows.append(_common(pair, rows, alpha, power, permutations))
    if grouped or pair.adjustment is not None:
        known = everyone if pair.adjustment is None else pair.adjustment.notna().all(axis=1).to_numpy()
        rows.append(row("partial", "", known, _taken_out(pair, known)))
    rows.append(row("pooled", "", everyone, np.ones((len(everyone), 1))))
    if grouped:
        rows[-1]["warning"] = _warning(
            rows[-1], next(r for r in rows if r["kind"] == "within_pooled"), len(pair.labels)
        )
    return rows


def _taken_out(pair: _Pair, known: np.ndarray) -> np.ndarray:
    """Return samples x columns that a partial correlation takes out: the mean of every group, and the covariates."""
    columns = [np.ones(known.sum())]
    columns += [(pair.block[known] == number).astype(float) for number in range(len(pair.labels))]
    for name in pair.adjustment if pair.adjustment is not None else ():
        held = pair.adjustment.loc[known, name]
        if pd.api.types.is_float_dtype(held):
            spread = held.std() if len(held) > 1 else 0.0
            # On one scale, so that the rank of the columns does not depend on the unit of a measurement.
            columns.append(((held - held.mean()) / spread if spread > 0 else held * 0).to_numpy(dtype=float))
        else:
            columns += [(held == level).to_numpy(dtype=float) for level in held.unique()]
    return np.column_stack(columns)


def _correlation(x, y, taken, block, names, alpha, power, permutations) -> dict:
    """Correlate two genes after taking out the columns `taken`, the first of which hold the mean."""
    basis = _basis(taken)
    # The mean costs nothing beyond what n - 3 and n - 2 already count.
    size = len(x) - max(basis.shape[1] - 1, 0)
    found = {"n": len(x), "min_detectable": detectable_correlation(size, alpha, power)}
    if size < FEWEST_SAMPLES:
        left = "" if size == len(x) else f" for {basis.shape[1] - 1} columns of groups and covariates"
        return {**found, "reason": f"{len(x)} sample{'s' if len(x) != 1 else ''}{left}: too few"}
    one, two = _residual(x, basis), _residual(y, basis)
    if flat := [name for name, left in zip(names, (one, two), strict=True) if not left.any()]:
        beside = " beside groups and covariates" if basis.shape[1] > 1 else ""
        return {**found, "reason": f"{' and '.join(flat)} {'does' if len(flat) == 1 else 'do'} not vary{beside}"}
    r = _cosine(one, two)
    freedom = size - 2
    t = abs(r) * np.sqrt(freedom / max(1 - r**2, 1 - NEARLY_ONE))
    found |= dict(zip(("pearson_ci_low", "pearson_ci_high"), _interval(r, 1 / np.sqrt(size - 3), alpha), strict=True))
    found |= {"pearson": r, "p_value": 2 * stdtr(freedom, -t)}
    found["permutation_p_value"] = _permutation_p_value(one, two, block, basis, permutations)
    return found | _rank_correlation(x, y, basis, size, alpha)


def _rank_correlation(x, y, basis, size: int, alpha: float) -> dict:
    """Correlate the ranks of two genes; ranks are taken before anything is taken out of them."""
    one, two = (_residual(pd.Series(values).rank().to_numpy(), basis) for values in (x, y))
    if not (one.any() and two.any()):
        return {}
    rho = _cosine(one, two)
    low, high = _interval(rho, np.sqrt((1 + rho**2 / 2) / (size - 3)), alpha)
    return {"spearman": rho, "spearman_ci_low": low, "spearman_ci_high": high}


def _common(pair: _Pair, within: list[dict], alpha: float, power: float, permutations: int) -> dict:
    """Combine the groups' correlations: the mean of Fisher's z, each weighted by n - 3."""
    used = [row for row in within if "pearson" in row]
    row = {"kind": "within_pooled", "group": "", "n": sum(part["n"] for part in used)}
    if not used:
        return {**row, "reason": f"no group has {FEWEST_SAMPLES} samples in which both genes vary"}
    weights = np.array([part["n"] - 3.0 for part in used])
    # A group in which ranks do not vary has no Pearson correlation either, so both are of the same groups.
    r, rho = (np.array([part[name] for part in used]) for name in ("pearson", "spearman"))
    z, error = np.average(_fisher(r), weights=weights), 1 / np.sqrt(weights.sum())
    z_rho = np.average(_fisher(rho), weights=weights)
    error_rho = np.sqrt((weights * (1 + rho**2 / 2)).sum()) / weights.sum()
    reach = -ndtri(alpha / 2)
    blocks = [pair.labels.index(part["group"]) for part in used]
    return {
        **row,
        "pearson": np.tanh(z), "pearson_ci_low": np.tanh(z - reach * error),
        "pearson_ci_high": np.tanh(z + reach * error),
        "p_value": 2 * ndtr(-abs(z) / error),
        "permutation_p_value": _common_permutation_p_value(pair, blocks, weights, z, permutations),
        "spearman": np.tanh(z_rho), "spearman_ci_low": np.tanh(z_rho - reach * error_rho),
        "spearman_ci_high": np.tanh(z_rho + reach * error_rho),
        "min_detectable": detectable_correlation(weights.sum() + 3, alpha, power),
    }  # fmt: skip


def _warning(pooled: dict, within: dict, groups: int) -> str:
    """Say where the correlation over all samples would mislead."""
    if "pearson" not in pooled or groups < 2:
        return ""
    if "pearson" not in within:
        return "No group is large enough to tell whether this is more than a difference between groups."
    r, common = pooled["pearson"], within["pearson"]
    clear, clear_within = (row["pearson_ci_low"] * row["pearson_ci_high"] > 0 for row in (pooled, within))
    words = f"over all samples r is {r:.2f}, within groups {common:.2f}"
    if r * common < 0 and not (clear or clear_within):
        return f"{words[0].upper()}{words[1:]}: opposite signs, though neither is clearly different from 0."
    if r * common < 0 and clear_within:
        return f"Misleading: {words}, of the opposite sign; the groups' levels make the difference."
    if clear and not clear_within:
        return (
            f"Misleading: {words}, and only the first is clearly not 0; the groups' levels may be all there is to it."
        )
    if clear_within and not clear:
        return f"Misleading: {words}, and only the second is clearly not 0; the groups' levels hide it."
    return ""


def _permutation_p_value(one, two, block, basis, permutations: int) -> float:
    """Exchange the second gene's residuals within groups; p of a product as far from 0 as the one found.

    Between groups nothing moves, so each group's means are taken out first: in the pooled row they would be a constant.
    """
    groups = _basis((block[:, None] == np.unique(block)).astype(float))
    one, two = _residual(one, groups), _residual(two, groups)
    if not (one.any() and two.any()):
        return np.nan
    moved = two[_orders(block, permutations)]
    moved = moved - (moved @ basis) @ basis.T
    length = np.sqrt((moved**2).sum(axis=1))
    # Residuals have to be as long after a permutation as before for products to be correlations.
    drawn = moved @ one / np.where(length > 0, length, 1) * np.linalg.norm(two)
    return _share(drawn, one @ two)


def _common_permutation_p_value(pair: _Pair, blocks, weights, z: float, permutations: int) -> float:
    """Exchange samples within groups; p of a common correlation as far from 0 as the one found."""
    moved = pair.second[_orders(pair.block, permutations)]
    drawn = np.zeros(permutations)
    for number, weight in zip(blocks, weights / weights.sum(), strict=True):
        keep = pair.block == number
        one, other = pair.first[keep] - pair.first[keep].mean(), moved[:, keep]
        other = other - other.mean(axis=1, keepdims=True)
        lengths = np.linalg.norm(one) * np.linalg.norm(other, axis=1)
        drawn += weight * _fisher(other @ one / lengths)
    return _share(drawn, z)


def _orders(block: np.ndarray, permutations: int) -> np.ndarray:
    """Return permutations x samples: orders of the samples in which everyone stays in their group."""
    keys = np.random.default_rng(SEEDS["permutations of correlations"]).random((permutations, len(block)))
    orders = np.empty(keys.shape, dtype=int)
    for number in np.unique(block):
        members = np.flatnonzero(block == number)
        orders[:, members] = members[np.argsort(keys[:, members], axis=1)]
    return orders


def _share(drawn: np.ndarray, found: float) -> float:
    """Return the share of draws as far from 0 as what was found, which is one of them (Phipson and Smyth 2010)."""
    reached = np.abs(drawn) >= np.abs(found) * (1 - 1e-9)
    return (1 + int(reached.sum())) / (1 + len(drawn))


def _basis(columns: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of some columns, samples x rank."""
    left, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    return left[:, sizes > ROUNDING * max(sizes.max(initial=0.0), 1.0)]


def _residual(values: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Return what a basis leaves of some values, exact zeros where it is rounding."""
    left = values - basis @ (basis.T @ values)
    return left if np.linalg.norm(left) > ROUNDING * np.linalg.norm(values) else np.zeros_like(left)


def _cosine(one: np.ndarray, two: np.ndarray) -> float:
    return float(np.clip(one @ two / np.sqrt((one @ one) * (two @ two)), -1, 1))


def _fisher(r):
    return np.arctanh(np.clip(r, -NEARLY_ONE, NEARLY_ONE))


def _interval(r: float, error: float, alpha: float) -> tuple[float, float]:
    """Return the interval of a correlation whose Fisher's z has this standard error."""
    z, reach = _fisher(r), -ndtri(alpha / 2) * error
    return float(np.tanh(z - reach)), float(np.tanh(z + reach))
