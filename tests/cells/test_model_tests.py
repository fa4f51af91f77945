"""Shares of cells in every contrast of a cohort: the table has its columns whatever was asked."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from autocrine.cells.model_tests import ask_model, compare_detection, compare_shares
from autocrine.cells.survivors import living_of_patients
from autocrine.claims.of_cells import CellTables, cell_evidence
from autocrine.columns import CODETECTION, DETECTION, STATE_SHARES, SURVIVORS
from autocrine.design.question import Statistics
from autocrine.page.cells import _fractions
from autocrine.tables import read_table, write_table
from tests.models import model_of

GENES = [f"g{i}" for i in range(40)]
ASKED = {
    "states": ("~ patient + state", {"factor": "state", "tested": "LSC", "reference": "progenitor"}, {}),
    "slope": ("~ age", {"per_unit": "age"}, {"samples": {"state": "LSC"}}),
    "groups": (
        "~ response",
        {"factor": "response", "any_difference": ["resistant", "sensitive", "other"]},
        {"samples": {"state": "LSC"}},
    ),
    "two": (
        "~ response",
        {"factor": "response", "tested": "resistant", "reference": "sensitive"},
        {"samples": {"state": "LSC"}},
    ),
}


def detected():
    """Six patients with cells of two states at one depth."""
    random = np.random.default_rng(0)
    rows = [(f"P{p}", state) for p in range(6) for state in ("LSC", "progenitor")]
    obs = pd.DataFrame(rows, columns=["patient", "state"], index=[f"{p}.{state}" for p, state in rows])
    obs = obs.assign(specimen=obs["patient"], cells=300, cells_at_depth=300)
    obs["response"] = np.repeat(["resistant", "sensitive", "other"], 4)
    obs["age"] = np.repeat(np.arange(30.0, 72.0, 7.0), 2)
    shares = random.binomial(300, random.uniform(0.05, 0.6, len(GENES)), (len(obs), len(GENES))).astype(float)
    data = AnnData(
        np.zeros(shares.shape),
        obs=obs,
        var=pd.DataFrame({"gene_name": GENES}, index=GENES),
        layers={"expected": shares, "detected": shares},
    )
    data.uns["import"] = {"depth": pd.DataFrame({"state": ["LSC", "progenitor"], "depth": 500})}
    return data


@pytest.mark.parametrize("asked", ASKED)
def test_what_is_made_of_shares_needs_no_comparison_of_two_groups(asked, tmp_path):
    """Claims and page ended in a KeyError where no contrast had the columns of two groups."""
    design, contrast, selection = ASKED[asked]
    data = detected()
    models = {"m": model_of(design, {"c": contrast}, **selection)}
    table = compare_detection(data, data.obs, models, Statistics(0.05, 1.0, 0.8), ["g0", "g1"])
    later = ("symbol", "ambient", "ambient_positives", "data_origin")
    assert set(DETECTION.names) - set(later) <= set(table.columns)
    table = table.assign(symbol=table["gene_id"], ambient="not_known", ambient_positives=np.nan)
    empty = {one: pd.DataFrame(columns=one.names[:-1]) for one in (SURVIVORS, STATE_SHARES, CODETECTION)}
    held = {DETECTION: table, **empty}
    for one, rows in held.items():
        (tmp_path / one.path).parent.mkdir(parents=True, exist_ok=True)
        write_table(tmp_path / one.path, rows, "measured")
    evidence = cell_evidence(CellTables(*(read_table(tmp_path / one.path) for one in held)))
    assert evidence["p_value"].notna().all() == (asked != "states")
    margin = {"states": np.nan, "groups": np.nan, "two": 1.0, "slope": 1 / np.std(np.arange(30.0, 72.0, 7.0), ddof=1)}
    np.testing.assert_allclose(evidence["equivalence_margin"], margin[asked])
    (row,) = _fractions(table, ["g0"], 0.05)
    assert row["symbol"] == "g0" and not row["called"]


def test_a_sample_that_names_no_patient_has_no_other_of_its_own():
    """Two such samples, one of each group, were compared as those of a patient called None."""
    sheet = detected().obs.iloc[::2].assign(patient=["P0", None, "", "P0", None, ""])
    sheet["response"] = ["resistant"] * 3 + ["sensitive"] * 3
    asked, reason = ask_model(sheet, model_of(*ASKED["two"][:1], {"c": ASKED["two"][1]}, repeated_patients="keep"), "m")
    logs = {"g": pd.DataFrame({"difference": np.arange(6.0)}, sheet.index)}
    assert reason == "" and living_of_patients(logs, asked["c"])["patient"].tolist() == ["P0"]


def test_a_model_that_compares_states_has_no_shares_and_the_reason_says_why():
    """The reason was that the sheet lacks a column "state", which the model has."""
    sheet = pd.DataFrame({"patient": ["P0", "P1"]}, index=["S0", "S1"])
    rows = [(sample, state, 50) for sample in sheet.index for state in ("LSC", "HSC")]
    contrast = {"factor": "state", "tested": "LSC", "reference": "HSC"}
    models = {"m": model_of("~ patient + state", {"c": contrast})}
    found = compare_shares(
        pd.DataFrame(rows, columns=["sample", "state", "cells"]), sheet, models, Statistics(0.05, 1.0, 0.8)
    )
    assert found["reason"].tolist() == ["the model compares states, so that it has no comparison of samples"]
