"""Samples among one another, as the page has them."""

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist, squareform

from autocrine.page.sample_maps import DISTANCE_STEP, SCORE_STEP, describe_limits, pack_maps, tabulate_left_out
from autocrine.samples.quality import find_components
from tests.models import model_of
from tests.page.test_blocks import read_json
from tests.page.test_payload import unpack

NAMES = ["a", "b", "<i>c", "d", "e"]


def test_maps_distances_and_measures_come_back():
    levels = np.random.default_rng(3).normal(8, 2, (5, 40))
    distances = pd.DataFrame(squareform(pdist(levels)), NAMES, NAMES)
    quality = pd.DataFrame(
        {
            "sample": NAMES,
            "library_size": [1e6, 2e6, np.nan, 4e6, 5e6],
            "detected_genes": 40,
            "outlier_flag": ["", "few counts", "", "", ""],
            "sex_flag": ["", "recorded male", np.nan, "", ""],
        }
    )
    all_samples, of_model = find_components(levels, NAMES), find_components(levels[1:4], NAMES[1:4])
    blocks = pack_maps({"": ("all", all_samples), "m": ("Model", of_model)}, distances, quality)
    data = read_json(blocks["maps"])
    assert [(one["name"], one["samples"]) for one in data["maps"]] == [("", [0, 1, 2, 3, 4]), ("m", [1, 2, 3])]
    assert data["maps"][1]["explained"] == np.round(of_model.explained[:2], 4).tolist()
    np.testing.assert_allclose(unpack(blocks["s1"]), of_model.scores.to_numpy().ravel(), atol=SCORE_STEP / 2 + 1e-9)
    np.testing.assert_allclose(unpack(blocks["apart"]), pdist(levels), atol=DISTANCE_STEP / 2 + 1e-9)
    assert sorted(data["alike"]) == [0, 1, 2, 3, 4]
    # What is the same in all samples colours none.
    assert data["measures"] == [{"name": "counts", "numbers": [1e6, 2e6, None, 4e6, 5e6]}]
    assert data["flags"] == ["", "few counts; recorded male", "", "", ""]


def test_limits_are_given_in_the_unit_of_their_measure():
    limits = pd.DataFrame(
        [
            ("library_size", "counts", 2e6, 2.5e5, 1.6e7),
            ("top_100_share", "share", 0.2, -0.1, 0.5),
            ("nearest", "distance", 100.0, np.nan, 150.04),
            ("level_iqr", "range", np.nan, np.nan, np.nan),
        ],
        columns=["measure", "words", "median", "low", "high"],
    )
    assert [(row["median"], row["limits"]) for row in describe_limits(limits)] == [
        ("2,000,000", "below 250,000 or above 16,000,000"),
        ("20%", "below 0% or above 50%"),
        ("100.0", "above 150.0"),
    ]


def test_what_was_left_out_is_counted_per_comparison():
    name = "r_vs_s"
    model = model_of("~ response", {name: {"factor": "response", "tested": "r", "reference": "s"}})
    fits = {
        "m": {
            "samples": 5,
            "dropped_samples": {"s9": "no value of age"},
            "contrasts": {name: {"groups": {"r": ["a", "b"], "s": ["c"]}, "filtering": {"status": {"tested": 7}}}},
        }
    }
    (row,) = tabulate_left_out({"m": model}, [("m", name)], fits)
    assert row["groups"] == "2 r, 1 s" and row["dropped"] == ["s9: no value of age"] and row["status"] == {"tested": 7}
    fits["m"]["contrasts"][name]["groups"] = {}
    assert tabulate_left_out({"m": model}, [("m", name)], fits)[0]["groups"] == "5 samples"
