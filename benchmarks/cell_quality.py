"""How well broken cells, doublets and ambient RNA are found; `cell_questions.py` writes it for docs/cells.md.

Everything is simulated, with fixed seeds, but for sums of real cells where that is said.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from anndata import AnnData, read_h5ad
from scipy import sparse

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow" / "scripts")]

from autocrine import cells  # noqa: E402

SEED = 20261129
TRIANA = ROOT.parent / "shared" / "data" / "triana_bm_250cells" / "AML_h5ad.h5ad"


def simulate_marrow(random: np.random.Generator, quiescent: float, number: int = 3000) -> pd.DataFrame:
    """Return cells of a sample of which 8 % are quiescent, with so much of the RNA of others, and 3 % broken.

    SIMULATED.
    """
    small, lost = np.arange(number) < 0.08 * number, random.random(number) < 0.03
    umi = random.lognormal(np.log(np.where(small, 9000 * quiescent, 9000)), 0.4)
    mito = np.where(lost, random.uniform(0.2, 0.6, number), random.beta(4, 96, number))
    held = {"umi": np.rint(umi), "genes": np.rint(umi**0.8 * random.lognormal(0.35, 0.08, number)), "mito_share": mito}
    state = np.where(small, "LSC", random.choice(["GMP", "monocyte"], number))
    return pd.DataFrame({"sample": "A", "state": state, **held, "broken": lost})


def measure_quality(sets: int) -> pd.DataFrame:
    """Return which part of sound quiescent cells, of other sound cells and of broken ones is left out."""
    rows = []
    for quiescent in (1 / 4, 1 / 7, 1 / 10):
        found: dict[str, list[tuple[float, ...]]] = {}
        for place in range(sets):
            marrow = simulate_marrow(np.random.default_rng([SEED, 4, round(1 / quiescent), place]), quiescent)
            small, broken = marrow["state"] == "LSC", marrow["broken"]
            for way, given in (("labelled", marrow), ("without labels", marrow.drop(columns="state"))):
                out = cells.judge_quality(given)[0] != ""
                parts = (out[small & ~broken].mean(), out[~small & ~broken].mean(), out[broken].mean())
                found.setdefault(way, []).append(parts)
        for way, held in found.items():
            names = ("quiescent left out", "others left out", "broken left out")
            rows.append(
                {"RNA of quiescent cells": f"1 / {round(1 / quiescent)}", "cells": way}
                | dict(zip(names, map(float, np.mean(held, axis=0)), strict=True))
            )
    return pd.DataFrame(rows)


def simulate_run(
    random: np.random.Generator, states: int, fold: float, number: int = 2000, genes: int = 1000, share: float = 0.016
) -> tuple[AnnData, np.ndarray, np.ndarray]:
    """Return cells of a run, which are doublets of two cells, and which of those are of two states. SIMULATED.

    States differ `fold` in a tenth of the genes each; 3,000 counts a cell. Two of the states are drawn for each
    doublet, the same one as often as chance has it.
    """
    base = random.gamma(0.5, size=genes) + 0.02
    level = np.array([base * np.where(random.random(genes) < 0.1, fold, 1.0) for _ in range(states)])
    level /= level.sum(axis=1, keepdims=True)
    double = np.arange(number) < round(share * number)
    one, other = random.integers(states, size=(2, number))

    def counts(state: np.ndarray) -> np.ndarray:
        wanted = random.lognormal(np.log(3000), 0.4, len(state))[:, None]
        return random.poisson(level[state] * random.gamma(3, 1 / 3, (len(state), genes)) * wanted)

    whole = counts(one).astype(np.float32)
    whole[double] += counts(other[double])
    return AnnData(sparse.csr_matrix(whole)), double, double & (one != other)


def add_doublets(random: np.random.Generator, whole: AnnData) -> tuple[AnnData, np.ndarray, np.ndarray]:
    """Return real cells of which 60 were made into 30 sums of two; see `simulate_run`."""
    kinds, counts = whole.obs["condensed_cell_type"].astype(str).to_numpy(), whole.layers["counts"].toarray()
    one, other = random.permutation(len(kinds))[:60].reshape(2, 30)
    rest = np.setdiff1d(np.arange(len(kinds)), [*one, *other])
    run = AnnData(np.vstack([counts[rest], counts[one] + counts[other]]).astype(np.float32))
    double = np.arange(len(run)) >= len(rest)
    apart = double.copy()
    apart[len(rest) :] = kinds[one] != kinds[other]
    return run, double, apart


def area(scores: np.ndarray, true: np.ndarray, false: np.ndarray) -> float:
    """Return how often one of `true` has a higher score than one of `false`, ties as half."""
    above = scores[true][:, None] - scores[false][None, :]
    return float(((above > 0) + 0.5 * (above == 0)).mean())


def measure_doublets(sets: int) -> pd.DataFrame:
    """Return how well doublets are distinguished from cells."""
    situations = [(f"{states} states, fold {fold:g}", states, fold) for states in (2, 5, 10) for fold in (2.0, 4.0)]
    rows = []
    for number, (words, states, fold) in enumerate([*situations, ("real cells of 10 kinds", 0, 0.0)]):
        found = []
        for place in range(sets):
            random = np.random.default_rng([SEED, 5, number, place])
            run = simulate_run(random, states, fold) if states else add_doublets(random, read_h5ad(TRIANA))
            adata, double, apart = run
            scores = cells.score_doublets(adata)
            marked = cells.mark_doublets(scores, None if states else float(double.mean()))
            depth = np.asarray(adata.X.sum(axis=1)).ravel()
            found.append(
                (
                    area(scores, apart, ~double),
                    area(scores, double & ~apart, ~double) if (double & ~apart).any() else np.nan,
                    area(depth, apart, ~double),
                    double[marked].mean(),
                    marked[apart].mean(),
                )
            )
        names = (
            "AUC, two states",
            "AUC, one state",
            "AUC of depth",
            "doublets among the marked",
            "marked of two states",
        )
        rows.append({"cells": words, **dict(zip(names, map(float, np.nanmean(found, axis=0)), strict=True))})
    return pd.DataFrame(rows)


def simulate_soup(
    random: np.random.Generator, contamination: float, number: int = 300, genes: int = 300
) -> tuple[AnnData, AnnData, float]:
    """Return cells of two states in one sample, all droplets, and the ambient share of the counts of LSC. SIMULATED.

    LSC make neither haemoglobin (genes 0 and 1) nor genes 2 to 101; erythroid cells make all. The ambient share varies
    between cells (beta distribution). 4,000 empty droplets of 16 counts on average.
    """
    base = random.lognormal(0, 1.5, genes)
    lsc, red = base.copy(), base.copy()
    lsc[:102], red[:2] = 0, base.sum() / 2
    lsc, red = lsc / lsc.sum(), red / red.sum()
    soup = random.uniform(0.3, 0.7) * lsc + random.uniform(0.3, 0.7) * red
    soup /= soup.sum()
    names = ["HBB", "HBA1", *(f"g{place}" for place in range(2, genes))]
    parts, true = [], []
    for own in (lsc, red):
        part = random.beta(5, 5 / contamination - 5, number)[:, None]
        wanted = random.lognormal(np.log(2500), 0.3, number)[:, None]
        parts.append(random.poisson(wanted * ((1 - part) * own + part * soup)))
        true.append(float((wanted * part).sum() / wanted.sum()))
    empty = random.poisson(random.gamma(2, 8, 4000)[:, None] * soup)
    obs = pd.DataFrame({"sample": "A", "state": ["LSC"] * number + ["erythroid"] * number})
    obs.index = [f"c{place}" for place in range(len(obs))]
    var = pd.DataFrame(index=names)
    adata = AnnData(sparse.csr_matrix(np.vstack(parts).astype(np.float32)), obs, var)
    return adata, AnnData(sparse.csr_matrix(np.vstack([empty, *parts]).astype(np.float32)), var=var), true[0]


def measure_ambient(sets: int) -> pd.DataFrame:
    """Return the contamination that is found and its limit, and which genes are above ambient RNA."""
    rows = []
    for contamination in (0.02, 0.1, 0.3):
        found = []
        for place in range(sets):
            random = np.random.default_rng([SEED, 6, round(100 * contamination), place])
            adata, raw, true = simulate_soup(random, contamination)
            soups = {"A": cells.soup_profile(raw)}
            sums = cells.sum_cells(adata, "sample", "state", min_counts=1)
            bounds = cells.bound_contamination(sums, soups, erythroid=["erythroid"])
            without = cells.bound_contamination(sums, erythroid=["erythroid"])["contamination_upper"].iloc[0]
            genes, _ = cells.compare_with_ambient(sums, bounds, soups, state="LSC")
            (row,) = bounds.to_dict("records")
            silent, own = genes.iloc[2:102], genes.iloc[102:]
            found.append(
                (
                    row["contamination"],
                    row["contamination_upper"],
                    row["contamination_upper"] >= true,
                    without,
                    (silent["kind"] == "above").mean(),
                    silent["positives"].sum() / silent["ambient_positives"].sum(),
                    (own["kind"] == "above").mean(),
                )
            )
        names = (
            "found",
            "limit",
            "limit holds",
            "limit without droplets",
            "silent genes above",
            "their cells over those expected",
            "other genes above",
        )
        rows.append({"true share": contamination, **dict(zip(names, map(float, np.mean(found, axis=0)), strict=True))})
    return pd.DataFrame(rows)
