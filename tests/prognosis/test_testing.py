"""Genes and scores against an outcome: planted effects, families, answers, and too few events as one of them."""

import numpy as np
import pandas as pd
import pytest

from autocrine.adjustment import benjamini_hochberg, holm
from autocrine.columns import OUTCOMES
from autocrine.design.question import Statistics
from autocrine.problems import Findings
from autocrine.prognosis.answers import ANSWERS
from autocrine.prognosis.patients import select_patients
from autocrine.prognosis.question import make_outcome
from autocrine.prognosis.testing import COLUMNS, CONSTANT, NO_MAXIMUM, test_outcome
from autocrine.samples.scores import ABSENT, Scores

STATISTICS = Statistics(0.05, 1.0, 0.8)
PANEL = pd.DataFrame(
    {
        "symbol": ["A", "B", "C", "FLAT", "LOST"],
        "gene_id": ["E1", "E2", "E3", "E4", ""],
        "tier": ["primary", "primary", "secondary", "secondary", "primary"],
    }
)
SURVIVAL = {"kind": "survival", "time": "time", "event": {"event": "yes"}, "samples": {}, "covariates": []}
RESPONSE = {"kind": "response", "value": "fall", "unit": "log10", "samples": {}, "covariates": []}


def cohort(seed=1, patients=60):
    """A doubles the hazard per doubling and lowers the response by a half; nothing else does anything."""
    random = np.random.default_rng(seed)
    samples = [f"S{i}" for i in range(patients)]
    genes = pd.DataFrame(random.normal(5, 1, (patients, 4)), samples, ["A", "B", "C", "FLAT"])
    genes["FLAT"] = 0.0
    level = genes["A"].to_numpy() - 5
    came, ended = random.exponential(size=patients) / 2**level, random.exponential(2, size=patients)
    sheet = pd.DataFrame(
        {
            "time": np.minimum(came, ended), "event": np.where(came <= ended, "yes", "no"),
            "fall": 3 - 0.5 * level + random.normal(0, 0.5, patients), "age": random.normal(50, 10, patients),
        },
        index=samples,
    )  # fmt: skip
    values = pd.DataFrame({"loop_A": level, "set": random.normal(size=patients), "none": np.nan}, samples)
    scores = Scores(values, {"none": "2 usable genes"}, {"loop_A": ("A",), "set": (), "none": ()}, {})
    return sheet, genes, scores


def ask(entry, sheet, genes, scores, statistics=STATISTICS):
    findings, outcome = Findings(), make_outcome("o", entry)
    patients = select_patients(sheet, outcome, "demo", findings)
    findings.raise_if_any()
    return test_outcome(outcome, patients, genes, scores, PANEL, statistics).set_index("name")


def test_planted_effects_are_found_in_their_direction():
    table = ask({**SURVIVAL, "covariates": ["age"]}, *cohort())
    assert table.at["A", "answer"] == table.at["loop_A", "answer"] == "higher_risk"
    assert table.at["A", "ci_low"] < 2 < table.at["A", "ci_high"]
    assert table.at["A", "estimate"] == pytest.approx(np.exp(table.at["A", "coefficient"]))
    assert set(table.loc[["B", "C", "set"], "answer"]) == {"undetermined"}
    assert (table["events_per_variable"] == table["events"] / 2).all()
    slopes = ask(RESPONSE, *cohort())
    assert slopes.at["A", "answer"] == "lower" and slopes.at["A", "ci_low"] < -0.5 < slopes.at["A", "ci_high"]
    assert slopes.at["A", "df"] == 58 and slopes["events"].isna().all()


def test_each_row_has_a_number_or_a_reason_and_is_a_prediction():
    for entry in (SURVIVAL, RESPONSE):
        table = ask(entry, *cohort())
        assert ((table["reason"] == "") == table["p_value"].notna()).all()
        assert table.at["FLAT", "reason"] == CONSTANT and table.at["LOST", "reason"] == ABSENT
        assert table.at["none", "reason"] == "2 usable genes"
        assert set(table.loc[["FLAT", "LOST", "none"], "answer"]) == {"not_testable"}
        assert (table["evidence"] == "prediction").all() and set(table["answer"]) <= set(ANSWERS)
        assert table.at["FLAT", "patients_with_counts"] == 0 and table.at["A", "patients_with_counts"] == 60
        assert table["per"].to_dict()["loop_A"] == "log2 unit" and table.at["A", "per"] == "doubling"


def test_families_are_primary_genes_the_panel_and_the_scores():
    table = ask(SURVIVAL, *cohort(2))
    p = table["p_value"]
    assert table.loc[["A", "B"], "adj_p_value"].to_numpy() == pytest.approx(holm(p[["A", "B"]].to_numpy()))
    assert table.at["C", "adj_p_value"] == pytest.approx(benjamini_hochberg(p[["A", "B", "C"]].to_numpy())[2])
    scores = ["loop_A", "set"]
    assert table.loc[scores, "adj_p_value"].to_numpy() == pytest.approx(benjamini_hochberg(p[scores].to_numpy()))


@pytest.mark.parametrize(
    ("events", "covariates", "said"),
    [(4, [], "4 events in 60 patients; 5 are the fewest"), (1, [], "1 event in 60 patients"),
     (5, ["age", "weight", "fall", "day"], "5 events in 60 patients, for 5 variables; 1.25 for each are needed")],
)  # fmt: skip
def test_too_few_events_are_an_answer(events, covariates, said):
    sheet, genes, scores = cohort()
    sheet["event"], sheet["weight"] = np.where(np.arange(60) < events, "yes", "no"), np.arange(60.0) % 7
    sheet["day"] = np.arange(60.0) % 11
    table = ask({**SURVIVAL, "covariates": covariates}, sheet, genes, scores)
    asked = table.loc[["A", "B", "C", "loop_A", "set"]]
    assert (asked["answer"] == "too_few_events").all() and asked["reason"].str.startswith(said).all()
    assert table[["p_value", "estimate", "adj_p_value"]].isna().all(axis=None)


def test_five_events_are_tested():
    sheet, genes, scores = cohort()
    sheet["event"] = np.where(np.arange(60) % 12 == 0, "yes", "no")
    assert ask(SURVIVAL, sheet, genes, scores).at["B", "p_value"] > 0


def test_too_few_patients_for_a_slope():
    sheet, genes, scores = cohort(patients=6)
    table = ask({**RESPONSE, "covariates": ["age", "time"]}, sheet, genes, scores)
    assert table.at["A", "answer"] == "too_few_patients"
    assert table.at["A", "reason"] == "6 patients leave 2 degrees of freedom; 3 are needed"
    assert ask({**RESPONSE, "covariates": ["age"]}, sheet, genes, scores).at["A", "p_value"] > 0


def test_a_gene_that_parts_the_patients_has_a_reason():
    sheet, genes, scores = cohort()
    genes["B"] = -sheet["time"].where(sheet["event"] == "yes", 100.0)
    genes["C"] = np.where(np.arange(60) == int(np.argmax(sheet["time"])), 4.0, 0.0)
    sheet.loc[sheet.index[int(np.argmax(sheet["time"]))], "event"] = "no"
    table = ask(SURVIVAL, sheet, genes, scores)
    assert table.at["C", "answer"] == "too_few_events" and table.at["C", "reason"] == NO_MAXIMUM


def test_the_detectable_effect_shrinks_with_events():
    few, many = ask(SURVIVAL, *cohort(patients=20)), ask(SURVIVAL, *cohort(patients=200))
    assert few.at["B", "min_detectable"] > many.at["B", "min_detectable"] > 1


def test_columns_are_those_that_are_described():
    assert (*COLUMNS, "data_origin") == OUTCOMES.names
    assert tuple(ask(SURVIVAL, *cohort()).reset_index().columns) == ("name", *(c for c in COLUMNS if c != "name"))
