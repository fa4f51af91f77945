"""Every gene over cohorts, as the page over cohorts carries it: rounded, compressed, not more than a page can hold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from anndata import AnnData

from autocrine.cohorts.genome import ALL_KINDS
from autocrine.cohorts.pooling import STRATUM
from autocrine.input.species import HUMAN
from autocrine.page.payload import Block, pack_json, pack_numbers
from autocrine.page.rounding import (
    LOG2_STEP,
    REACH_STEP,
    find_step,
    half_of,
    round_effects,
    round_reach,
    round_shares,
)

# Numbers of genes that a page carries at most: ten megabytes of them, and a few for all else.
MOST_NUMBERS = 8_500_000
# Up to so many effects they are rounded finely, beyond coarsely: effects to multiples of half their interval, and that
# to a relative step.
FINE_EFFECTS = 1_000_000
FINE, COARSE = (0.005, 0.005), (0.1, 0.1)
# Pooled effects are carried as a report carries those of a cohort; see `autocrine.page.rounding`.
P_STEP, SHARE_STEP = 0.005, 0.01
POOLED_NUMBERS = 8


def name_stratum(evidence: str, origin: str, species: str) -> str:
    """Say which cohorts belong together: "state, mouse, SIMULATED"; what is usual is not named."""
    return ", ".join([evidence, *[species] * (species != HUMAN), *[origin] * (origin != "measured")])


def list_pools(pooled: pd.DataFrame, comparisons: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what is taken together: by stratum and kind of values its words, and the places of its comparisons.

    Parameters
    ----------
    pooled
        `pooled_genes.tsv.gz`.
    comparisons
        See `autocrine.cohorts.genome.GeneEffects`.
    """
    pools = []
    for key, _ in pooled.groupby([*STRATUM, "kind"], sort=False):
        stratum = dict(zip([*STRATUM, "kind"], key, strict=True))
        taken = (comparisons[STRATUM] == [stratum[name] for name in STRATUM]).all(axis=1)
        if stratum["kind"] != ALL_KINDS:
            taken &= comparisons["kind"] == stratum["kind"]
        words = name_stratum(stratum["evidence"], stratum["origin"], stratum["species"])
        pools.append({**stratum, "said": words, "of": np.flatnonzero(taken).tolist()})
    return pools


def order_genes(effects: AnnData, pooled: pd.DataFrame, first: Sequence[str], pools: int) -> tuple[np.ndarray, int]:
    """Return the places of the genes in the order of the page, and of how many effects by cohort are carried.

    Where a page cannot hold those of all, it has them of the genes of the panel (`first`), then of those with the
    smallest pooled p-values, then of those that most cohorts have. Pooled effects of all genes are carried always.
    """
    comparisons, genes = effects.shape
    room = (MOST_NUMBERS - pools * genes * POOLED_NUMBERS) // (2 * max(comparisons, 1))
    carried = int(np.clip(room, min(len(first), genes), genes))
    if carried == genes:
        return np.arange(genes), genes
    smallest = pooled.groupby("gene_id")["p_value"].min().reindex(effects.var_names).fillna(1.0).to_numpy()
    many = np.isfinite(effects.layers["log2_fc"]).sum(axis=0)
    later = ~effects.var_names.isin(list(first))
    return np.lexsort((-many, smallest, later)), carried


def pack_cohort_genes(
    effects: AnnData,
    pooled: pd.DataFrame,
    pools: Sequence[Mapping[str, Any]],
    known: pd.DataFrame,
    first: Sequence[str],
) -> tuple[dict[str, Block], dict[str, Any]]:
    """Pack the genes of all cohorts.

    Parameters
    ----------
    effects
        `gene_effects.h5ad`.
    pooled
        `pooled_genes.tsv.gz`.
    pools
        See `list_pools`.
    known
        gene_id, entrez and aliases of known genes.
    first
        gene_id of the genes of the panel.

    Returns
    -------
    The blocks: names; reach (half an interval), share (the effect as a multiple of what a page reads as reach, or of
    the comparison's scale where there is no interval) and apart (1 where an effect takes no part), each comparisons x
    carried genes; of pool i p<i>.cohorts, p<i>.log2, p<i>.reach, p<i>.adj, p<i>.i2, p<i>.ahead (half the range for a
    further cohort), p<i>.common and p<i>.commonReach (where nothing is pooled). And what was left out: genes, carried,
    the `scales` of the comparisons, and how far from an effect a page is at most, as a share of half its interval
    (rounded).
    """
    order, carried = order_genes(effects, pooled, first, len(pools))
    ids = effects.var_names[order]
    identifiers = known.drop_duplicates("gene_id").set_index("gene_id").reindex(ids).fillna("")
    names = {"ids": list(ids), "names": list(effects.var["symbol"].iloc[order]), "entrez": list(identifiers["entrez"]),
             "aliases": list(identifiers["aliases"])}  # fmt: skip
    step, reach_step = FINE if effects.n_obs * carried <= FINE_EFFECTS else COARSE
    shown = {name: np.asarray(held)[:, order[:carried]] for name, held in effects.layers.items()}
    reach = (shown["ci_high"] - shown["ci_low"]) / 2
    apart = np.where((shown["combined"] == 0) & np.isfinite(shown["log2_fc"]), 1.0, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.rint(np.log(np.where(reach > 0, reach, np.nan)) / reach_step)
    read, scales = np.exp(steps * reach_step), _scales(shown["log2_fc"], reach)
    share = round_shares(shown["log2_fc"], reach, np.where(np.isfinite(read), read, scales[:, None]), step)
    blocks = {
        "names": pack_json(names),
        "share": pack_numbers(share, step, signed=True),
        "reach": pack_numbers(read, reach_step, logarithmic=True),
        "apart": pack_numbers(apart, 1),
    }
    keys = [*STRATUM, "kind"]
    parts = dict(list(pooled.groupby(keys, sort=False)))
    for number, pool in enumerate(pools):
        rows = parts[tuple(pool[name] for name in keys)].set_index("gene_id").reindex(ids)
        blocks |= {f"p{number}.{name}": block for name, block in _pack_pool(rows).items()}
    return blocks, {"genes": len(ids), "carried": carried, "rounded": step / 2, "scales": scales.tolist()}


def _scales(effects: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Return of each comparison the median size of effects without an interval, at most 1, to three digits."""
    alone = np.abs(np.where(np.isfinite(reach) | (effects == 0), np.nan, effects))
    sizes = [np.median(row[np.isfinite(row)]) if np.isfinite(row).any() else 1.0 for row in alone]
    return np.array([float(f"{min(size, 1.0):.3g}") for size in sizes])


def _pack_pool(rows: pd.DataFrame) -> dict[str, Block]:
    several = rows["log2_fc"].isna() & (rows["cohorts"] > 1)
    log2, reach, shown = _pack_effects(rows["log2_fc"], half_of(rows))
    common, common_reach, _ = _pack_effects(
        rows["common_log2_fc"].where(several), half_of(rows, "common_ci").where(several)
    )
    ahead = round_reach(rows["log2_fc"], half_of(rows, "predicted"), shown, REACH_STEP)
    return {
        "cohorts": pack_numbers(rows["cohorts"], 1),
        "log2": log2,
        "reach": reach,
        "adj": pack_numbers(rows["adj_p_value"], P_STEP, logarithmic=True),
        "i2": pack_numbers(rows["i2"], SHARE_STEP),
        "ahead": pack_numbers(ahead, REACH_STEP, logarithmic=True),
        "common": common,
        "commonReach": common_reach,
    }


def _pack_effects(effects: pd.Series, reach: pd.Series) -> tuple[Block, Block, np.ndarray]:
    """Pack pooled effects and half of their intervals; return also the effects as a page reads them."""
    step = find_step(reach, LOG2_STEP, effects)
    shown = round_effects(effects, reach, step)
    held = round_reach(effects, reach, shown, REACH_STEP)
    return pack_numbers(shown, step, signed=True), pack_numbers(held, REACH_STEP, logarithmic=True), shown


def describe_roles(
    comparisons: pd.DataFrame, pools: Sequence[Mapping[str, Any]], cohorts: Sequence[str]
) -> dict[str, Any]:
    """Say which comparisons and pools each role has, and of each comparison its cohort and kind of cohorts.

    `cohorts` are the names in the order of the page. A role whose effects are in several units is there once for each,
    for they have no scale in common.
    """
    places = {name: place for place, name in enumerate(cohorts)}
    rows = comparisons.reset_index(drop=True)
    roles = []
    several = rows.groupby("role")["unit"].nunique() > 1
    for (role, unit), found in rows.groupby(["role", "unit"], sort=False):
        first = found.iloc[0]
        words = ": ".join(part for part in (first["population"], first["comparison"]) if part) or role
        roles.append(
            {
                "role": f"{role} per {unit}" if unit and several[role] else role,
                "said": f"{words} (per {unit})" if unit else words,
                "unit": unit,
                "of": found.index.tolist(),
                "pools": [i for i, pool in enumerate(pools) if (pool["role"], pool["unit"]) == (role, unit)],
            }
        )
    described = [
        {"cohort": places[row.cohort], "unit": row.unit, "said": name_stratum(row.evidence, row.origin, row.species)}
        for row in rows.itertuples()
    ]
    return {"roles": roles, "comparisons": described, "pools": [dict(pool) for pool in pools]}
