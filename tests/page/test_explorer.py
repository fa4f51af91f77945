"""What the interactive part of the report is given about comparisons, genes and the panel."""

import numpy as np
import pandas as pd

from autocrine.design.forms.difference import Difference
from autocrine.design.forms.two_groups import TwoGroups
from autocrine.design.question import Statistics
from autocrine.page.explorer import (
    describe_contrasts,
    describe_panel,
)
from autocrine.page.gene_words import GeneWords
from tests.models import model_of

STATISTICS = Statistics(alpha=0.05, equivalence_margin=1.0, power=0.8)
WORDS = GeneWords(TwoGroups, TwoGroups.words_for("h"), None, "2.0-fold")
# A contrast in the record of a fit, but for its groups.
RECORD = {
    "higher": "h",
    "lower": "l",
    "measurement": None,
    "values": [],
    "second_opinion": {},
    "drawn_margin": 1.0,
}
AGE = {"column": "age", "unit": "unit of age", "lowest": 30.5, "highest": 40.0, "sd": 5.0, "range": 9.5, "step": "unit"}


def test_groups_are_in_reading_order_and_differences_show_all_of_theirs():
    contrasts = {
        "one": {"tested": {"response": "r", "time": "late"}, "reference": {"response": "r", "time": "early"}},
        "two": {"tested": {"response": "s", "time": "late"}, "reference": {"response": "s", "time": "early"}},
        "both": {"difference": ["one", "two"], "title": "more"},
    }
    model = model_of("~ patient + time + time:response", contrasts)
    records = {
        name: RECORD | {"groups": {f"{letter}, late": [f"{letter}2"], f"{letter}, early": [f"{letter}1"]}}
        for name, letter in (("one", "r"), ("two", "s"))
    }  # fmt: skip
    records["both"] = RECORD | {"groups": {"one": ["r1", "r2"], "two": ["s1", "s2"]}}
    places = {"r1": 0, "r2": 1, "s1": 2, "s2": 3}
    pairs = [("m", "one"), ("m", "both")]
    found = {pair: {"tested": 3, "up": 2, "down": 1, "deseq2": 3, "moderated": 2, "other": 0} for pair in pairs}
    words = {pairs[0]: WORDS, pairs[1]: GeneWords(Difference, Difference.words_for(), None, "2.0-fold")}
    one, both = describe_contrasts(
        {"m": model},
        pairs,
        {"m": {"method": "negative binomial", "contrasts": records}},
        {},
        places,
        found,
        words,
        STATISTICS,
        {pairs[0]: 0.8, pairs[1]: np.nan},
    )
    assert [group["name"] for group in one["groups"]] == ["r, early", "r, late"]
    assert [group["samples"] for group in both["groups"]] == [[0], [1], [2], [3]]
    assert one["said"].startswith(
        "1 r, late against 1 r, early, compared within patients. Of 3 tested genes 2 higher in "
        "h, 1 lower in h (adjusted p-value below 0.05). By R DESeq2's test, shown here, 3 genes are called; by the t "
        "test 2. "
    )
    assert (
        (one["digits"], both["digits"]) == (2, 2)
        and both["joined"]
        and one["key"] == "m/one"
        and both["effectName"] == "log2, difference of two changes"
    )
    assert [side["side"] for side in both["sides"]] == ["up", "down"]


def test_groups_of_one_name_stay_apart_in_a_difference():
    contrasts = {
        "a": {"factor": "drug_a", "tested": "yes", "reference": "no", "title": "Drug A"},
        "b": {"factor": "drug_b", "tested": "yes", "reference": "no", "title": "Drug B"},
        "d": {"difference": ["a", "b"]},
    }
    groups = {"a": {"yes": ["s1"], "no": ["s2", "s3"]}, "b": {"yes": ["s2"], "no": ["s1", "s3"]}, "d": {}}
    records = {name: RECORD | {"groups": part} for name, part in groups.items()}
    found = {("m", "d"): {"tested": 0, "up": 0, "down": 0, "deseq2": 0, "moderated": 0}}
    model, places = model_of("~ drug_a + drug_b", contrasts), {"s1": 0, "s2": 1, "s3": 2}
    (shown,) = describe_contrasts(
        {"m": model},
        [("m", "d")],
        {"m": {"method": "negative binomial", "contrasts": records}},
        {},
        places,
        found,
        {("m", "d"): WORDS},
        STATISTICS,
        {("m", "d"): 1.0},
    )
    assert {group["name"]: group["samples"] for group in shown["groups"]} == {
        "no": [1, 2], "yes": [0], "no (Drug B)": [0, 2], "yes (Drug B)": [1],
    }  # fmt: skip


def test_a_measurement_goes_to_every_sample_that_has_one():
    model = model_of("~ age", {"c": {"per_unit": "age"}})
    record = {
        "method": "linear",
        "contrasts": {"c": RECORD | {"groups": {"all": ["a", "b"]}, "measurement": AGE, "drawn_margin": 0.2}},
    }
    samples = {"m": pd.DataFrame({"sample": ["b", "a"], "age": ["40", "30.5"]})}
    found = {("m", "c"): {"tested": 0, "up": 0, "down": 0, "deseq2": 0, "moderated": 0}}
    (described,) = describe_contrasts(
        {"m": model},
        [("m", "c")],
        {"m": record},
        samples,
        {"a": 0, "x": 1, "b": 2},
        found,
        {("m", "c"): WORDS},
        STATISTICS,
        {("m", "c"): 0.023},
    )
    assert described["measurement"] == AGE | {"values": [30.5, None, 40.0]}
    assert (described["margin"], described["digits"]) == (0.2, 4)


def test_panel_genes_are_judged_in_their_own_family():
    panel = pd.DataFrame(
        {
            "symbol": ["BMP4", "BMP4", "ID1", "GONE"],
            "gene_id": ["E1", "E1", "E2", ""],
            "role": "r",
            "group": "g",
            "tier": ["primary", "primary", "secondary", "secondary"],
            "model": "m",
            "contrast": ["a", "b", "a", "a"],
            "log2_fc": [-1.0, np.nan, 0.2, np.nan],
            "min_detectable_log2_fc": 0.5,
            "status": "tested",
            "p_value": [0.01, np.nan, 0.02, np.nan],
            "moderated_p_value": [0.02, np.nan, 0.02, np.nan],
            "adj_p_value": [0.3, np.nan, 0.5, np.nan],
            "genome_wide_outcome": ["undetermined", "undetermined", "equivalent", "undetermined"],
            "primary_adj_p_value": [0.03, np.nan, np.nan, np.nan],
            "panel_adj_p_value": [0.5, np.nan, 0.04, np.nan],
            "outcome": ["changed", "undetermined", "equivalent", "undetermined"],
            "family": ["primary (Holm)", "", "panel (Benjamini-Hochberg)", ""],
        }
    )
    asked = [("m", "b"), ("m", "a")], {"E1": 7, "E2": 9}, {("m", "a"): WORDS}, STATISTICS
    (bmp4, id1, gone), verdicts = describe_panel(panel, *asked)
    also = "Among all genes: undetermined (adjusted p 0.3)."
    expected = {"p": 0.02, "adj": 0.03, "family": "primary (Holm)", "verdict": 0, "also": also, "shrunken": None}
    assert bmp4["judged"] == [None, expected] and id1["judged"][1]["also"] == "" and id1["judged"][1]["verdict"] == 1
    cited = [verdict.pop("cited") for verdict in verdicts]
    assert [parts[:3] for parts in cited] == [
        [{"value": "gene"}, ": ", words]
        for words in ("lower in h, ", "as good as unchanged: any change is smaller than 2.0-fold")
    ]
    assert verdicts == [
        {"outcome": "changed", "side": "down", "said": ["Lower in h, ", {"fold": "log2", "times": 1}, "."]},
        {"outcome": "equivalent", "side": "", "said": ["As good as unchanged: any change is smaller than 2.0-fold."]},
    ]
    for effect, held in ((-0.51234, -0.5123), (3.12345e-5, 3.123e-5)):
        shrunken = describe_panel(panel.assign(log2_fc_shrunken=effect), *asked)[0][0]["judged"][1]["shrunken"]
        assert shrunken == held
    more = {"one_sample_words": "rests on one sample", "composition_flag": "no larger than composition",
            "sensitivity_fits": 29.0, "sensitivity_other": 5.0}  # fmt: skip
    words = describe_panel(panel.assign(**more), *asked)[0][0]["judged"][1]["also"]
    assert words == (
        "It rests on one sample. No larger than composition. Another outcome in 5 of 29 fits with one thing changed. "
        f"{also}"
    )
    second = {"voom_outcome": "undetermined", "voom_log2_fc": -0.4, "voom_ci_low": -1.25, "voom_ci_high": 0.45,
              "pydeseq2_outcome": "changed", "pydeseq2_log2_fc": 1.0}  # fmt: skip
    words = describe_panel(panel.assign(**second), *asked)[0][0]["judged"][1]["also"]
    assert words == (f"voom: undetermined, log2 −0.40 (−1.25 to 0.45). PyDESeq2: also changed, log2 1.00. {also}")
    assert bmp4["place"] == 7 and id1["judged"][1]["adj"] == 0.04
    assert gone["place"] == -1 and gone["judged"] == [None, None]
