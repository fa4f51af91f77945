"""Tests of the cells of which a picture is made."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from autocrine.cells.blocks import open_cells
from autocrine.cells.picture import first_receptor, place_cells
from autocrine.cells.sketch import Gathering, choose_sketch, join_sketches
from autocrine.problems import Findings
from tests.cells.simulated import make_cells

OF_CELL = np.r_[np.zeros(500, dtype=int), np.ones(30, dtype=int), np.full(50, -1), np.full(300, 2)]
BARCODES = [f"AC{place}" for place in range(len(OF_CELL))]


def test_each_sample_and_state_gives_as_many_and_cells_without_one_none():
    picked = choose_sketch(OF_CELL, BARCODES)
    assert np.bincount(OF_CELL[picked]).tolist() == [200, 30, 200] and not picked[OF_CELL < 0].any()
    # Sixty cells in three sums are twenty of each.
    assert np.bincount(OF_CELL[choose_sketch(OF_CELL, BARCODES, most=60)]).tolist() == [20, 20, 20]
    assert choose_sketch(np.arange(50), BARCODES[:50], most=7).sum() == 7
    assert not choose_sketch(np.full(3, -1), ["a", "b", "c"]).any()


def test_the_draw_depends_on_names_and_not_on_the_order_of_cells():
    order = np.random.default_rng(1).permutation(len(OF_CELL))
    first = {BARCODES[place] for place in np.flatnonzero(choose_sketch(OF_CELL, BARCODES))}
    names = [BARCODES[place] for place in order]
    assert {names[place] for place in np.flatnonzero(choose_sketch(OF_CELL[order], names))} == first
    # Every cell has the same chance: the mean place is that of all.
    places = np.flatnonzero(choose_sketch(np.zeros(20_000, dtype=int), [f"{i:05}" for i in range(20_000)], 2_000))
    assert abs(places.mean() - 10_000) < 4 * 20_000 / np.sqrt(12 * 2_000)


@pytest.mark.parametrize("layout", [sparse.csr_matrix, sparse.csc_matrix, None])
@pytest.mark.parametrize("size", [(7, 10**9), (10**9, 50), (10**9, 10**9)])
def test_counts_are_gathered_from_blocks_of_any_kind(layout, size):
    adata = make_cells(2, 20, layout=layout)
    picked = np.random.default_rng(2).random(adata.n_obs) < 0.2
    gathered = Gathering(picked, adata.n_vars)
    with open_cells(adata, "X", Findings()) as cells:
        for block in cells.blocks(*size):
            gathered.take(block)
    dense = adata.X if layout is None else adata.X.toarray()
    found = gathered.counts()
    assert found.dtype == np.int32 and (found.toarray() == dense[picked]).all()
    assert Gathering(np.zeros(5, dtype=bool), 3).counts().shape == (0, 3)


def test_sketches_of_files_are_one_in_any_order():
    obs = pd.DataFrame(
        {"barcode": ["b", "a", "c"], "sample": ["S", "S", "R"], "state": ["", "", ""]}, index=list("012")
    )
    whole = AnnData(sparse.csr_matrix(np.arange(6).reshape(3, 2)), obs, pd.DataFrame(index=["g", "h"]))
    for parts in ([whole[:2], whole[2:]], [whole[2:], whole[:2]]):
        joined = join_sketches(parts)
        assert joined.obs["barcode"].tolist() == ["c", "a", "b"]
        assert joined.X.toarray().tolist() == [[4, 5], [2, 3], [0, 1]]


def two_kinds(cells=120, genes=60):
    """Cells of which the second half makes other genes."""
    random = np.random.default_rng(3)
    rates = np.ones((cells, genes))
    rates[: cells // 2, :10] = 8
    rates[cells // 2 :, 10:20] = 8
    return AnnData(sparse.csr_matrix(random.poisson(rates).astype(np.int32)))


@pytest.mark.parametrize("kind", ["pca", "umap"])
def test_two_kinds_of_cells_lie_apart_and_reruns_agree(kind):
    if kind == "umap":
        pytest.importorskip("umap")
    sketch = two_kinds()
    places, way = place_cells(sketch, kind)
    assert way == kind and places.shape == (120, 2) and places.dtype == np.float32
    first, second = places[:60].mean(axis=0), places[60:].mean(axis=0)
    assert np.linalg.norm(first - second) > 2 * places[:60].std(axis=0).max()
    assert (place_cells(sketch, kind)[0] == places).all()


def test_components_are_those_of_a_singular_value_decomposition():
    sketch = two_kinds()
    counts = sketch.X.toarray().astype(float)
    total = counts.sum(axis=1)
    logs = np.log1p(counts / total[:, None] * np.median(total))
    left, size, _ = np.linalg.svd(logs - logs.mean(axis=0), full_matrices=False)
    found, _ = place_cells(sketch)
    assert np.abs(found) == pytest.approx(np.abs(left * size)[:, :2], abs=1e-3)


def test_too_few_cells_have_no_places_and_without_umap_components_do(monkeypatch):
    assert place_cells(two_kinds(2))[0] is None
    monkeypatch.setattr("autocrine.cells.picture.find_spec", lambda name: None)
    assert place_cells(two_kinds(), "umap")[1] == "pca"


def test_the_first_primary_receptor_that_was_counted_is_marked():
    panel = pd.DataFrame(
        {
            "symbol": ["BMP4", "ACVR1", "BMPR1A", "BMPR1B"],
            "group": ["ligand", "receptor_type1", "receptor_type1", "receptor_type1"],
            "tier": ["primary", "secondary", "primary", "primary"],
        }
    )
    assert first_receptor(panel, ["BMP4", "ACVR1", "BMPR1A", "BMPR1B"]) == "BMPR1A"
    assert first_receptor(panel, ["ACVR1", "BMPR1B"]) == "BMPR1B" and first_receptor(panel, ["BMP4"]) == ""
