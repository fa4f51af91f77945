"""What the report says and draws of outcomes of patients."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from autocrine.page.figures.outcomes import FollowUp, draw_follow_up, draw_outcomes
from autocrine.page.methods import describe_patients
from autocrine.page.outcomes import describe_outcomes
from autocrine.prognosis.question import make_outcome

SURVIVAL = {"title": "Relapse", "kind": "survival", "time": "t", "event": {"e": "yes"}, "unit": "months",
            "samples": {}, "covariates": ["age", "sex"]}  # fmt: skip
RESPONSE = {"kind": "response", "value": "v", "unit": "log10", "samples": {}, "covariates": []}
ASKED = {"relapse": make_outcome("relapse", SURVIVAL), "fall": make_outcome("fall", RESPONSE)}


def rows(outcome, kind, answers, events=30.0):
    """Genes A (primary), B and the score loop_X, with these answers."""
    number = [np.nan if answer.startswith(("too", "not")) else 0.2 for answer in answers]
    hazard = kind == "survival"
    return pd.DataFrame(
        {
            "outcome_name": outcome, "kind": kind, "outcome_unit": "log10", "evidence": "prediction",
            "variable": ["gene", "gene", "score"], "name": ["A", "B", "loop_X"], "gene_id": ["E1", "E2", ""],
            "tier": ["primary", "secondary", ""], "measure": "hazard ratio" if hazard else "slope",
            "per": "doubling", "covariates": "age" if hazard else "", "patients": 40,
            "events": events if hazard else np.nan, "events_per_variable": events / 2 if hazard else np.nan,
            "estimate": [2.0 if one == one else one for one in number],
            "ci_low": [0.5 if one == one else one for one in number],
            "ci_high": [1e9 if one == one else one for one in number],
            "p_value": number, "adj_p_value": number, "min_detectable": number, "answer": answers,
            "reason": ["3 events in 40 patients" if answer.startswith("too") else "" for answer in answers],
        }
    )  # fmt: skip


def test_what_was_found_is_said_with_events_and_covariates():
    (described,) = describe_outcomes(rows("relapse", "survival", ["higher_risk", "undetermined", "lower_risk"]), ASKED)
    assert described["title"] == "Relapse" and described["tested"] and described["few"] == ""
    assert described["lead"] == (
        "40 patients, one sample each; 30 had the event: 15 events per variable. "
        "Beside each gene or score the models hold age."
    )
    assert described["finding"] == "Of 3 genes and scores A, loop X go together with it."
    assert [row["name"] for row in described["first"]] == ["A", "loop_X"] and described["others"][0]["name"] == "B"


def test_nothing_found_is_no_absence():
    (described,) = describe_outcomes(rows("fall", "response", ["undetermined"] * 3), ASKED)
    assert described["finding"] == (
        "Of 3 genes and scores none goes together with it, which says of none that it does not matter."
    )
    assert described["lead"] == "40 patients, one sample each; a response in log10." and described["few"] == ""


def test_few_events_per_variable_are_a_warning_and_too_few_an_answer():
    few = rows("relapse", "survival", ["undetermined", "too_few_events", "undetermined"], 16.0)
    (described,) = describe_outcomes(few, ASKED)
    assert described["few"].startswith("8 events per variable are few")
    assert described["finding"].endswith("For 1 no hazard ratio can be estimated.")
    (described,) = describe_outcomes(rows("relapse", "survival", ["too_few_events"] * 3, 3.0), ASKED)
    assert described["finding"] == "Too few events for any answer: 3 events in 40 patients."
    assert not described["tested"] and not described["few"]
    assert describe_outcomes(None, {}) == []


def test_methods_name_outcomes_covariates_and_tests():
    described = describe_patients(ASKED)
    assert "Relapse (beside age, sex): by proportional hazards (Cox 1972; ties after Efron 1977)" in described
    assert "fall: by least squares" in described and "Schoenfeld 1983" in described
    assert "Cox" not in describe_patients({"fall": ASKED["fall"]})


def test_the_forest_has_a_row_with_interval_per_primary_gene_and_score():
    table = pd.concat([
        rows("relapse", "survival", ["higher_risk", "undetermined", "not_testable"]),
        rows("fall", "response", ["lower", "undetermined", "undetermined"]),
    ])  # fmt: skip
    figure = draw_outcomes(table, {"relapse": "Relapse", "fall": "Fall"})
    hazards, slopes = figure.axes
    assert hazards.get_xscale() == "log" and slopes.get_xscale() == "linear"
    drawn = [[line for line in axis.lines if line.get_gid() == "effect"] for axis in figure.axes]
    assert [len(lines) for lines in drawn] == [1, 2]
    assert drawn[0][0].get_xdata()[0] == 2.0
    # An interval without end stops at the edge.
    (interval,) = [line for line in hazards.lines if line.get_gid() == "interval"]
    assert interval.get_xdata()[1] == hazards.get_xlim()[1]
    words = [text.get_text() for text in hazards.texts]
    assert "not testable" in words and "loop X" in words and any("p adj 0.20" in text for text in words)
    plt.close(figure)


def test_an_outcome_with_too_few_events_is_one_line():
    table = rows("relapse", "survival", ["too_few_events"] * 3, 3.0)
    figure = draw_outcomes(table, {"relapse": "Relapse"})
    assert [text.get_text() for text in figure.axes[0].texts] == ["too few events for any answer"]
    assert not figure.axes[0].lines
    plt.close(figure)


@pytest.mark.parametrize("genes", [["A"], [f"G{i}" for i in range(6)]])
def test_curves_are_drawn_for_each_gene(genes):
    random = np.random.default_rng(1)
    levels = pd.DataFrame(random.normal(size=(20, len(genes))), columns=genes)
    levels["FLAT"] = 0.0
    outcome = FollowUp("Relapse", "months", random.exponential(size=20), np.arange(20) % 2 == 0, levels)
    figure = draw_follow_up([outcome])
    titles = [axis.get_title(loc="left") for axis in figure.axes if axis.axison]
    assert titles == [*genes, "FLAT"]
    curves = [len([line for line in axis.lines if line.get_gid() == "curve"]) for axis in figure.axes if axis.axison]
    assert curves == [2] * len(genes) + [1]
    assert figure.axes[0].get_legend().get_texts()[0].get_text() == "above the median: 10"
    plt.close(figure)


def test_without_a_time_the_figure_says_so():
    figure = draw_follow_up([])
    assert "enough events" in figure.axes[0].texts[0].get_text()
    plt.close(figure)
