"""Tests of warnings where compared groups lost cells unequally."""

import numpy as np
import pandas as pd
import pytest

from autocrine.cells.group_losses import compare_losses
from autocrine.design.question import make_model

PATIENTS = ["P1", "P2", "P3"]
SHEET = pd.DataFrame(
    {
        "patient": np.repeat(PATIENTS, 2).astype(object),
        "exposure": np.array(["untreated", "imatinib"] * 3, dtype=object),
    },
    index=[f"{patient}_{what}" for patient in PATIENTS for what in ("u", "i")],
)


def make(samples, design="~ patient + exposure"):
    contrast = {"factor": "exposure", "tested": "imatinib", "reference": "untreated"}
    entry = {"samples": samples, "design": design, "contrasts": {"treated": contrast}, "groups": {}}
    more = {"incomplete_pairs": "keep", "repeated_patients": "stop", "accept_confounded": [], "random": ""}
    return make_model("m", {**entry, **more, "unwanted_factors": 0, "unwanted_from": "residuals"})


def pseudobulks(kept_of_treated):
    """100 cells of two states in each sample, of which 90 are kept; of treated LSC so many."""
    rows = [(sample, state, 100, 90) for sample in SHEET.index for state in ("LSC", "MSC")]
    table = pd.DataFrame(rows, columns=["sample", "state", "cells_before_quality", "cells"])
    treated = table["sample"].str.endswith("_i") & (table["state"] == "LSC")
    table.loc[treated, "cells"] = kept_of_treated
    return table


def test_a_group_that_kept_a_third_of_its_cells_is_reported_with_both_shares():
    table = compare_losses(pseudobulks(30), SHEET, {"m": make({"state": "LSC"})})
    (row,) = table.to_dict("records")
    assert (row["model"], row["contrast"], row["state"]) == ("m", "treated", "LSC")
    assert (row["group_low"], row["group_high"]) == ("imatinib", "untreated")
    assert [row["kept_low"], row["kept_high"]] == pytest.approx([30.5 / 101, 90.5 / 101])
    assert row["ratio"] == pytest.approx(90.5 / 30.5)


def test_samples_that_lost_all_cells_of_the_state_take_part():
    (row,) = compare_losses(pseudobulks(0), SHEET, {"m": make({"state": "LSC"})}).to_dict("records")
    assert row["ratio"] == pytest.approx(90.5 / 0.5)


def test_only_states_of_the_model_are_reported_and_nothing_where_groups_kept_as_much():
    lost = pseudobulks(30)
    assert compare_losses(lost, SHEET, {"m": make({"state": "MSC"})}).empty
    assert compare_losses(lost, SHEET, {"m": make({})})["state"].tolist() == ["LSC"]
    equal = compare_losses(pseudobulks(90), SHEET, {"m": make({"state": "LSC"})})
    assert equal.empty and list(equal)[:3] == ["model", "contrast", "state"]


def test_a_model_without_groups_gives_no_losses():
    assert compare_losses(pseudobulks(30), SHEET, {"m": make({}, design="~ exposure + dose")}).empty
