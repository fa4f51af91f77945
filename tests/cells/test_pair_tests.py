"""Pairs of genes in the same cells of the samples of a model, with and without likely doublets."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import sparse

from autocrine.cells.pair_tests import REPEATED, compare_pairs
from autocrine.design.question import Statistics, make_model

ASKED = Statistics(0.05, 1.0, 0.8)
PATIENTS, CELLS, DOUBLETS = 4, 400, 50


def model():
    contrast = {"factor": "exposure", "tested": "a", "reference": "b"}
    rest = {"groups": {}, "incomplete_pairs": "keep", "repeated_patients": "stop", "accept_confounded": [],
            "random": "", "unwanted_factors": 0, "unwanted_from": "residuals"}  # fmt: skip
    asked = {"title": "m", "samples": {}, "design": "~ exposure", "contrasts": {"c": contrast}}
    return {"m": make_model("m", asked | rest)}


def cells(states=True):
    """Cells of four patients in which ligand and receptor have nothing to do with one another, and doublets of both.

    The doublets of a cell with the ligand and one with the receptor come last in each sample.
    """
    random = np.random.default_rng(4)
    n = PATIENTS * CELLS
    doublet = np.tile(np.arange(CELLS) >= CELLS - DOUBLETS, PATIENTS)
    ligand, receptor = (random.random(n) < share for share in (0.3, 0.35))
    counts = np.column_stack([ligand | doublet, receptor | doublet]).astype("f4")
    obs = pd.DataFrame(
        {
            "sample": np.repeat([f"S{p}" for p in range(PATIENTS)], CELLS),
            "depth": random.integers(800, 1200, n),
            "kept": True,
            "doublet": doublet,
        },
        index=[str(place) for place in range(n)],
    )
    if states:
        obs["state"] = "LSC"
    return AnnData(sparse.csr_matrix(counts), obs, pd.DataFrame(index=["L", "R"]))


def sheet(states=True):
    rows = [f"S{p}.LSC" if states else f"S{p}" for p in range(PATIENTS)]
    table = pd.DataFrame({"patient": [f"P{p}" for p in range(PATIENTS)], "exposure": list("aabb")}, index=rows)
    return table.assign(specimen=[f"S{p}" for p in range(PATIENTS)], **({"state": "LSC"} if states else {}))


def compare(data, states=True):
    tests, _ = compare_pairs(data, sheet(states), model(), [("L", "R")], 20, ASKED)
    (row,) = tests.to_dict("records")
    return row


@pytest.mark.parametrize("states", [True, False])
def test_doublets_of_both_genes_make_a_pair_that_is_none_without_them(states):
    data = cells(states)
    row = compare(data, states)
    assert row["adj_p_value"] < 0.05 and row["odds_ratio"] > 1.5 and row["doublets"] == PATIENTS * DOUBLETS
    assert row["adj_p_value_without_doublets"] > 0.05 and 0.7 < row["odds_ratio_without_doublets"] < 1.4
    single = compare(data[~data.obs["doublet"]], states)
    assert [row[name] for name in REPEATED.values()] == [single[name] for name in REPEATED]


def test_each_sample_that_names_no_patient_is_one_of_its_own():
    """They were counted as one patient, called None."""
    some = sheet().assign(patient=["P0", None, "", np.nan])
    tests, patients = compare_pairs(cells(), some, model(), [("L", "R")], 20, ASKED)
    assert tests["patients"].tolist() == [4] and patients["patient"].tolist() == ["P0", "S1", "S2", "S3"]


def test_nothing_is_repeated_where_no_kept_cell_is_marked():
    data = cells()
    for changed in ({"doublet": False}, {"kept": ~data.obs["doublet"]}):
        held = data.copy()
        held.obs = held.obs.assign(**changed)
        row = compare(held)
        assert row["status"] == "tested" and all(pd.isna(row[name]) for name in ("doublets", *REPEATED.values()))


def test_a_state_of_doublets_alone_has_no_cells_left():
    data = cells()
    # Of another state and of samples of the same names.
    data.obs["state"] = np.where(data.obs["doublet"], "MSC", "LSC")
    both = pd.concat([sheet(), sheet().assign(state="MSC").set_axis([f"S{p}.MSC" for p in range(PATIENTS)], axis=0)])
    asked = {"m": model()["m"]}
    tests, _ = compare_pairs(data, both.assign(patient=both.index), asked, [("L", "R")], 20, ASKED)
    by_state = tests.set_index("state")
    assert by_state["status_without_doublets"].to_dict() == {
        "LSC": by_state.loc["LSC", "status"], "MSC": "no cells"
    }  # fmt: skip
    assert by_state["doublets"].to_dict() == {"LSC": 0, "MSC": PATIENTS * DOUBLETS}
