"""Tests of ambient RNA, with simulated droplets of which the contamination is known."""

import subprocess
from contextlib import nullcontext

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse, stats

from autocrine import cells
from autocrine.cells.ambient import (
    ambient_positives,
    bound_contamination,
    compare_with_ambient,
    soup_profile,
)
from autocrine.cells.blocks import MOST_BARCODES, open_cells
from autocrine.cells.model_tests import judge_ambient
from autocrine.problems import Findings, InputError

GENES = 120


def make_droplets(contamination=0.1, number=400, droplets=4000, seed=1, samples=("A", "B"), depth=2500):
    """Return cells of two states, LSC without haemoglobin and without genes 10 to 19, and all droplets. SIMULATED.

    A part of the counts of each cell is ambient, with the mean `contamination` and the SD of a beta distribution.
    """
    random = np.random.default_rng(seed)
    names = ["HBB", "HBA1", *(f"g{place}" for place in range(2, GENES))]
    base = random.gamma(0.5, size=GENES) + 0.02
    parts, raw = [], {}
    level = {"LSC": base.copy(), "erythroid": base.copy()}
    level["LSC"][[0, 1, *range(10, 20)]] = 0
    level["erythroid"][:2] = base.sum()
    level["MSC"] = base.copy()
    level["MSC"][:2] = 0
    level["MSC"][10:20] *= 3
    own = {state: values / values.sum() for state, values in level.items()}
    for sample in samples:
        soup = sum(share * random.uniform(0.2, 1) for share in own.values())
        soup /= soup.sum()
        for state, share in own.items():
            part = random.beta(5, 5 / contamination - 5, number)[:, None]
            wanted = random.lognormal(np.log(depth), 0.3, number)[:, None]
            counts = random.poisson(wanted * ((1 - part) * share + part * soup))
            obs = pd.DataFrame({"sample": sample, "state": state}, index=[f"{sample}{state}{n}" for n in range(number)])
            parts.append(AnnData(sparse.csr_matrix(counts.astype("f4")), obs, pd.DataFrame(index=names)))
        held = random.poisson(random.gamma(2, 8, droplets)[:, None] * soup)
        whole = np.vstack([held, *(part.X.toarray() for part in parts[-3:])]).astype("f4")
        raw[sample] = AnnData(sparse.csr_matrix(whole), var=pd.DataFrame(index=names))
    obs = pd.concat([part.obs for part in parts])
    adata = AnnData(sparse.vstack([part.X for part in parts], format="csr"), obs, parts[0].var)
    return adata, raw


@pytest.fixture(scope="module")
def simulated():
    adata, raw = make_droplets()
    sums = cells.sum_cells(adata, "sample", "state", min_counts=1)
    return sums, raw, {sample: soup_profile(droplets) for sample, droplets in raw.items()}


def test_the_soup_is_the_sum_of_empty_droplets_whatever_the_blocks(simulated, tmp_path):
    _, raw, soups = simulated
    counts = raw["A"].X.toarray()
    depth = counts.sum(axis=1)
    empty = (depth > 0) & (depth < 100)
    assert soups["A"]["counts"].tolist() == counts[empty].sum(axis=0).astype(int).tolist()
    assert soups["A"].attrs == {"droplets": empty.sum(), "counts": counts[empty].sum()}
    assert soups["A"]["share"].sum() == pytest.approx(1)
    by_genes = raw["A"].copy()
    by_genes.X = sparse.csc_matrix(by_genes.X)
    by_genes.write_h5ad(tmp_path / "raw.h5ad")
    again = soup_profile(tmp_path / "raw.h5ad", values_at_once=700)
    pd.testing.assert_frame_equal(again, soups["A"], check_names=False)
    with pytest.raises(InputError, match=r"droplets have fewer than 100 counts.*\n.*unfiltered matrix"):
        soup_profile(raw["A"][depth >= 100].copy())


def test_droplets_of_which_most_hold_nothing_are_what_is_wanted(simulated, tmp_path):
    """Only where cells are wanted is a file refused of which most barcodes have a gene or none."""
    _, raw, soups = simulated
    many = sparse.vstack([raw["A"].X, sparse.csr_matrix((MOST_BARCODES, GENES), dtype=raw["A"].X.dtype)]).tocsr()
    whole = AnnData(many, pd.DataFrame(index=map(str, range(many.shape[0]))), raw["A"].var)
    pd.testing.assert_frame_equal(soup_profile(whole), soups["A"])
    findings = Findings()
    with open_cells(whole, "X", findings) as found:
        assert found is None and "unfiltered droplets" in str(findings.problems[0])


@pytest.mark.parametrize("contamination", [0.02, 0.1, 0.3])
def test_a_known_contamination_is_bounded_and_hardly_overestimated(contamination):
    held = []
    for seed in range(5):
        adata, raw = make_droplets(contamination, number=150, droplets=2500, seed=seed)
        sums = cells.sum_cells(adata, "sample", "state", min_counts=1)
        soups = {sample: soup_profile(droplets) for sample, droplets in raw.items()}
        bounds = bound_contamination(sums, soups, erythroid=["erythroid"])
        assert (bounds["kind"] == "bounded").all() and (bounds["obstacle"] == "").all()
        held += bounds[["contamination", "contamination_upper"]].to_numpy().tolist()
    estimate, upper = np.mean(held, axis=0)
    assert abs(estimate / contamination - 1) < 0.08 and contamination < upper < 1.2 * contamination


def test_the_limit_is_that_of_r_for_two_rates(simulated):
    sums, _, soups = simulated
    row = bound_contamination(sums, soups, erythroid=["erythroid"]).iloc[0]
    own = sums[(sums.obs["sample"] == "A") & (sums.obs["state"] != "erythroid")].X
    held, whole = (soups["A"].loc[genes, "counts"].sum() for genes in (["HBB", "HBA1"], slice(None)))
    assert row["haemoglobin"] == own[:, :2].sum() and row["counts"] == own.sum()
    assert row["contamination"] == pytest.approx(row["haemoglobin"] / (own.sum() * held / whole))
    given = f"c({row['haemoglobin']}, {held}), c({own.sum()}, {whole})"
    code = f"cat(format(poisson.test({given}, alternative = 'less')$conf.int[2], digits = 15))"
    printed = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout
    assert row["contamination_upper"] == pytest.approx(float(printed), rel=1e-8)


def test_cells_that_only_ambient_rna_shows_are_as_many_as_expected(simulated):
    sums, _, soups = simulated
    bounds = bound_contamination(sums, soups, erythroid=["erythroid"])
    genes, expected = compare_with_ambient(sums, bounds, soups, state="LSC")
    silent, others = genes.iloc[10:20], genes.iloc[20:]
    assert 0.6 < silent["positives"].sum() / silent["ambient_positives"].sum() < 1.02
    assert (silent["kind"] == "above").sum() <= 1 and (others["kind"] == "above").mean() > 0.85
    assert genes["samples"].eq(2).all() and expected.shape == (2, GENES)
    # Cells that make the genes are above.
    msc, _ = compare_with_ambient(sums, bounds, soups, state="MSC")
    assert (msc["kind"].iloc[10:20] == "above").sum() >= 9
    row, depth = bounds.iloc[1], sums.uns["import"]["depth"].set_index("state").loc["LSC", "depth"]
    share = stats.chi2.isf(0.05, 2 * (soups["B"]["counts"].iloc[7] + 1)) / 2 / soups["B"]["counts"].sum()
    rate = row["contamination_upper"] * share * depth
    number = sums.obs.loc["B.LSC", "cells_at_depth"]
    assert expected.loc["B", "g7"] == pytest.approx(number * (1 - np.exp(-rate)))
    tail = stats.poisson.sf(np.ceil(silent["positives"]) - 1, silent["ambient_positives"])
    assert (silent["p_value"] >= tail - 1e-12).all()


def test_states_are_judged_one_by_one_with_arrays_that_pandas_lends(simulated):
    """Of pandas 3, and of 2 with this option, arrays of columns may be read only."""
    sums, _, soups = simulated
    sums = sums.copy()
    sums.var["gene_name"] = sums.var_names
    held = pd.DataFrame({sample: soup["counts"] for sample, soup in soups.items()})
    with pd.option_context("mode.copy_on_write", True) if pd.__version__ < "3" else nullcontext():
        bounds, genes, shares = judge_ambient(sums, sums, held, 0.05)
    assert set(genes["state"]) == {"LSC", "erythroid", "MSC"} and len(genes) == 3 * GENES
    assert set(bounds["making"]) == {"erythroid"}
    lsc = genes[genes["state"] == "LSC"].set_index("gene_id")
    assert set(lsc.loc[["HBB", "g10"], "ambient"]) == {"not_above"}
    alone, _ = compare_with_ambient(sums, bounds, soups, state="LSC", alpha=0.05)
    assert lsc["ambient"].tolist() == alone["kind"].tolist()
    assert shares.loc[sums.obs["state"] == "LSC"].notna().any().any()


def test_a_gene_that_the_soup_shows_by_chance_only_is_not_taken_for_absent_from_it():
    adata, raw = make_droplets(number=200, droplets=900)
    soups = {sample: soup_profile(droplets) for sample, droplets in raw.items()}
    for soup in soups.values():
        soup.loc["g10", ["counts", "share"]] = 0
    sums = cells.sum_cells(adata, "sample", "state", min_counts=1)
    bounds = bound_contamination(sums, soups, erythroid=["erythroid"])
    genes, _ = compare_with_ambient(sums, bounds, soups, state="LSC")
    assert genes["ambient_positives"].iloc[10] > 0.5


def test_expected_cells_are_those_of_drawn_counts():
    random = np.random.default_rng(4)
    drawn = random.poisson(0.08 * 1500 * 0.002, 200_000)
    wanted = ambient_positives(np.array([200_000]), np.array([0.08]), np.array([[0.002]]), 1500)
    assert (drawn > 0).sum() == pytest.approx(wanted[0, 0], rel=0.02)


def test_without_droplets_the_contamination_is_not_known(simulated):
    sums, _, soups = simulated
    bounds = bound_contamination(sums, erythroid=["erythroid"])
    assert set(bounds["kind"]) == {"not_known"} and set(bounds["obstacle"]) == {"no_raw"}
    # Erythroid cells are a third of all and make more haemoglobin than the soup holds: the limit is still of use.
    assert (bounds["contamination_upper"] < 0.5).all()
    genes, expected = compare_with_ambient(sums, bounds, {}, state="LSC")
    assert set(genes["kind"]) == {"not_known"} and expected.isna().all().all() and genes["p_value"].isna().all()
    one = bound_contamination(sums, {"A": soups["A"]}, erythroid=["erythroid"])
    assert one["kind"].tolist() == ["bounded", "not_known"]
    genes, _ = compare_with_ambient(sums, one, {"A": soups["A"]}, state="LSC")
    assert genes["samples"].eq(1).all() and set(genes["kind"]) == {"above", "not_above"}


def test_what_is_in_the_way_is_said(simulated):
    sums, _, soups = simulated
    none = sums[:, 2:].copy()
    others = {sample: soup.iloc[2:] for sample, soup in soups.items()}
    assert set(bound_contamination(none, others)["obstacle"]) == {"no_haemoglobin"}
    all_of = bound_contamination(sums, soups, erythroid=["erythroid", "LSC", "MSC"])
    assert set(all_of["obstacle"]) == {"no_other_cells"} and all_of["contamination_upper"].isna().all()
    symbols = sums.copy()
    symbols.var["gene_name"] = symbols.var_names
    symbols.var_names = [f"ENSG{place}" for place in range(GENES)]
    named = {sample: soup.set_axis(symbols.var_names, axis=0) for sample, soup in soups.items()}
    one, other = (bound_contamination(*given, erythroid=["erythroid"]) for given in ((sums, soups), (symbols, named)))
    pd.testing.assert_frame_equal(one, other)
    with pytest.raises(InputError, match="no state red"):
        bound_contamination(sums, soups, erythroid=["red"])
    with pytest.raises(InputError, match="no sample C"):
        bound_contamination(sums, {"C": soups["A"]})
    with pytest.raises(InputError, match="it has no genes HBA1, HBB"):
        bound_contamination(sums, others)
    with pytest.raises(InputError, match="no probability"):
        bound_contamination(sums, soups, confidence=1.0)
