"""Tests of doublets, with cells of which the doublets are known."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData, read_h5ad
from scipy import sparse

from autocrine.cells.blocks import open_cells
from autocrine.cells.doublets import expected_rate, mark_doublets, places_of_runs, score_cells, score_doublets
from autocrine.problems import Findings, InputError
from tests.cells.tenx_files import write_folder


def make_run(number=900, share=0.06, genes=300, seed=1, states=2, fold=4.0, depth=1500):
    """Return cells of one run of several states and which of them are doublets of two states. SIMULATED."""
    random = np.random.default_rng(seed)
    base = random.gamma(0.5, size=genes) + 0.02
    level = np.array([base * np.where(random.random(genes) < 0.25, fold, 1.0) for _ in range(states)])
    level /= level.sum(axis=1, keepdims=True)
    both = np.zeros(number, dtype=bool)
    both[random.choice(number, round(share * number), replace=False)] = True
    one = random.integers(states, size=number)
    other = (one + random.integers(1, max(states, 2), size=number)) % states

    def counts(state):
        wanted = random.lognormal(np.log(depth), 0.35, number)[:, None]
        return random.poisson(level[state] * random.gamma(3, 1 / 3, (number, genes)) * wanted)

    whole = counts(one) + np.where(both[:, None], counts(other), 0)
    obs = pd.DataFrame({"run": "A"}, index=[f"AC{place:05d}-1" for place in range(number)])
    var = pd.DataFrame(index=[f"g{place}" for place in range(genes)])
    return AnnData(sparse.csr_matrix(whole.astype("f4")), obs, var), both


def auc(scores, true):
    """Return how often a doublet has a higher score than a cell, ties as half."""
    order = pd.Series(scores).rank().to_numpy()
    first, second = true.sum(), (~true).sum()
    return (order[true].sum() - first * (first + 1) / 2) / (first * second)


@pytest.mark.parametrize("states", [2, 5])
def test_doublets_of_two_states_have_the_highest_scores(states):
    adata, true = make_run(states=states)
    scores = score_doublets(adata, sample="run")
    assert scores.min() >= 0 and scores.max() <= 1 and auc(scores, true) > 0.9
    marked = mark_doublets(scores, true.mean())
    assert 0.75 * true.sum() < marked.sum() <= true.sum() and true[marked].mean() > 0.6


def test_samples_of_one_file_are_scored_as_if_each_had_its_own():
    runs = [make_run(number=300, seed=seed)[0] for seed in (1, 2)]
    for run, name in zip(runs, "AB", strict=True):
        run.obs["run"] = name
        run.obs_names = name + run.obs_names
    joined = AnnData(sparse.vstack([run.X for run in runs]).tocsr(), pd.concat([run.obs for run in runs]), runs[0].var)
    order = np.random.default_rng(5).permutation(joined.n_obs)
    samples = joined.obs["run"].to_numpy(dtype=object)[order]
    with open_cells(joined[order].copy(), "X", Findings()) as cells:
        places = places_of_runs(np.ones(len(order), dtype=bool), samples)
        found = score_cells(cells, places, Findings())
    apart = np.concatenate([score_doublets(run) for run in runs])
    np.testing.assert_array_equal(found, apart[order])


@pytest.mark.parametrize("layout", ["rows", "genes"])
def test_scores_are_those_of_their_cells_where_others_have_no_count(layout, tmp_path):
    """A matrix.mtx has no line of a barcode without counts, and blocks begin and end at cells with some."""
    run, _ = make_run(number=300)
    run.var["symbol"] = run.var_names
    counts = np.vstack([np.zeros((2, 300)), run.X.toarray(), np.zeros((3, 300))])
    names = ["AA-1", "AB-1", *run.obs_names, "ZA-1", "ZB-1", "ZC-1"]
    wider = AnnData(sparse.csr_matrix(counts), pd.DataFrame(index=names), run.var)
    order = None if layout == "rows" else lambda entries: np.lexsort((entries[:, 1], entries[:, 0]))
    write_folder(tmp_path / "10x", wider, order=order)
    with open_cells(tmp_path / "10x", "X", Findings()) as cells:
        found = score_cells(cells, [np.arange(2, 302)], Findings())
    np.testing.assert_allclose(found[2:302], score_doublets(run), rtol=1e-6)
    assert np.isnan(found[[0, 1, 302, 303, 304]]).all()


def test_samples_with_few_cells_and_large_files_of_several_are_not_scored():
    samples = np.array(["A"] * 150 + ["B"] * 50 + [None] * 200, dtype=object)
    sound = np.ones(len(samples), dtype=bool)
    (places,) = places_of_runs(sound, samples)
    assert (samples[places] == "A").all() and len(places) == 150
    sound[:100] = False
    assert places_of_runs(sound, samples) == []
    many = np.repeat(["A", "B"], 15_001).astype(object)
    assert places_of_runs(np.ones(len(many), dtype=bool), many) == []
    assert len(places_of_runs(np.ones(25_000, dtype=bool), many[:25_000])) == 2


def test_sums_of_real_cells_of_two_kinds_are_found(shared_data):
    whole = read_h5ad(shared_data("triana_bm_250cells") / "AML_h5ad.h5ad")
    kinds, counts = whole.obs["condensed_cell_type"].astype(str).to_numpy(), whole.layers["counts"].toarray()
    found = []
    for seed in range(3):
        one, other = np.random.default_rng(seed).permutation(len(kinds))[:60].reshape(2, 30)
        apart = kinds[one] != kinds[other]
        one, other = one[apart], other[apart]
        rest = np.setdiff1d(np.arange(len(kinds)), [*one, *other])
        run = AnnData(np.vstack([counts[rest], counts[one] + counts[other]]).astype("f4"))
        found.append(auc(score_doublets(run), np.arange(len(run)) >= len(rest)))
    assert np.mean(found) > 0.85


def test_order_layout_and_file_change_nothing(tmp_path):
    adata, _ = make_run(number=400)
    scores = score_doublets(adata)
    np.testing.assert_array_equal(score_doublets(adata), scores)
    order = np.random.default_rng(1).permutation(adata.n_obs)
    mixed = adata[order].copy()
    np.testing.assert_array_equal(score_doublets(mixed), scores[order])
    mixed.X = sparse.csc_matrix(mixed.X)
    mixed.write_h5ad(tmp_path / "run.h5ad")
    np.testing.assert_array_equal(score_doublets(tmp_path / "run.h5ad", sample="run"), scores[order])
    assert not np.array_equal(score_doublets(adata, seed=1), scores)


def test_real_cells_are_scored(shared_data):
    scores = score_doublets(shared_data("celltypist_sample") / "sample_559cells.h5ad")
    assert np.isfinite(scores).all() and 0.2 < scores.mean() < 0.8
    assert mark_doublets(scores).sum() == 2


def test_as_many_are_marked_as_the_load_lets_expect():
    assert expected_rate(5000) == pytest.approx(0.04)
    scores = np.random.default_rng(1).permutation(5000).astype(float)
    marked = mark_doublets(scores)
    assert marked.sum() == 200 and scores[marked].min() == 4800
    # Cells of equal score cannot be distinguished.
    assert mark_doublets(np.array([0.9, 0.5, 0.5, 0.1]), 0.5).tolist() == [True, False, False, False]
    assert mark_doublets(np.array([0.9, 0.9, 0.5, 0.1]), 0.5).tolist() == [True, True, False, False]
    assert not mark_doublets(np.zeros(5), 0.0).any() and not mark_doublets(np.array([]), 0.1).any()
    with pytest.raises(ValueError, match="less than 1"):
        mark_doublets(scores, 1.0)


def test_other_cells_are_refused():
    adata, _ = make_run(number=200)
    with pytest.raises(InputError, match=r"doublets are asked of 99 cells\n.*between 100 and 30,000"):
        score_doublets(adata[:99].copy())
    many = AnnData(sparse.csr_matrix((30_001, 3), dtype="f4"))
    with pytest.raises(InputError, match="30,001 cells"):
        score_doublets(many)
    two = adata.copy()
    two.obs["run"] = ["A"] * 150 + ["B"] * 50
    with pytest.raises(InputError, match=r"cells of 2 samples \(A, B\)"):
        score_doublets(two, sample="run")
    with pytest.raises(InputError, match='no column "well"'):
        score_doublets(adata, sample="well")
    counts = adata.X.toarray()
    counts[3] = 0
    adata.X = counts
    with pytest.raises(InputError, match="1 cells have no count"):
        score_doublets(adata)
    counts[3] = 0.5
    adata.X = counts
    with pytest.raises(InputError, match="First: cell AC00003-1"):
        score_doublets(adata)
