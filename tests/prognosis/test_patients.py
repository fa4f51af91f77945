"""Of which patients an outcome is asked, and all that makes it unusable, reported together."""

import numpy as np
import pandas as pd
import pytest

from autocrine.problems import Findings
from autocrine.prognosis.patients import select_patients
from autocrine.prognosis.question import make_outcome

SURVIVAL = {"kind": "survival", "time": "months", "event": {"relapse": "yes"}, "samples": {}, "covariates": []}
RESPONSE = {"kind": "response", "value": "fall", "samples": {}, "covariates": []}


def sheet(**changed):
    return pd.DataFrame(
        {
            "patient": [f"P{i}" for i in range(6)],
            "months": [3.0, 9.0, 0.0, 12.0, 5.0, 7.0],
            "relapse": ["yes", "no", "yes", "no", "yes", "no"],
            "fall": [2.5, 1.0, 3.0, 4.5, 0.5, 2.0],
            "sex": ["female", "male"] * 3,
            "age": [50.0, 60, 41, 70, 33, 48],
            "centre": ["A", "A", "A", "B", "A", "B"],
            **changed,
        },
        index=[f"S{i}" for i in range(6)],
    )


def select(entry, table=None, **changed):
    findings = Findings()
    outcome = make_outcome("o", {**entry, **changed})
    found = select_patients(sheet() if table is None else table, outcome, "demo", findings)
    return found, "\n".join(map(str, findings.problems)), findings


def test_survival_with_covariates():
    found, problems, _ = select(SURVIVAL, covariates=["age"])
    assert not problems
    assert found.events == 3 and found.event.tolist() == [True, False] * 3
    assert found.time.tolist() == [3.0, 9.0, 0.0, 12.0, 5.0, 7.0] and found.response.size == 0
    assert found.covariates.columns.tolist() == ["age"]


def test_a_group_without_an_event_cannot_be_a_covariate():
    _, problems, _ = select(SURVIVAL, covariates=["centre"])
    assert 'config, outcomes.o.covariates: nobody of B ("centre") has the event' in problems


def test_a_response_and_a_selection():
    found, problems, _ = select(RESPONSE, samples={"centre": ["A"]}, covariates=["sex"])
    assert not problems
    assert found.samples.tolist() == ["S0", "S1", "S2", "S4"] and found.response.tolist() == [2.5, 1.0, 3.0, 0.5]
    assert found.covariates["sex male"].tolist() == [0, 1, 0, 0]


def test_values_of_the_event_may_be_numbers():
    found, problems, _ = select({**SURVIVAL, "event": {"relapse": 1}}, sheet(relapse=[1.0, 0, 1, 0, 1, 0]))
    assert not problems and found.events == 3


def test_a_sheet_without_patients_is_noted():
    found, problems, findings = select(SURVIVAL, sheet().drop(columns="patient"))
    assert found is not None and not problems
    assert findings.notes == [
        'config, outcomes.o: the sheet has no column "patient"; each sample is taken for a patient of its own'
    ]


@pytest.mark.parametrize(
    ("entry", "changed", "said"),
    [
        (SURVIVAL, {"months": [3.0, -9.0, 1, 2, 3, -4]}, '.time: "months" is negative for S1, S5'),
        (SURVIVAL, {"months": [12.0] * 6}, '.time: "months" is 12 in all patients'),
        (SURVIVAL, {"months": [3.0, np.nan, 1, 2, 3, 4]}, '"months" is missing for S1'),
        (SURVIVAL, {"relapse": ["yes", "no", None, "no", "yes", "no"]}, '"relapse" is missing for S2'),
        (SURVIVAL, {"relapse": ["yes", "no", "?", "no", "yes", "no"]}, '"relapse" has 3 values: yes, no, ?'),
        (SURVIVAL, {"relapse": ["no"] * 6}, 'no patient has "yes" in "relapse": nobody has the event'),
        (SURVIVAL, {"months": list("abcdef")}, '.time: "months" holds groups, not a measurement'),
        (SURVIVAL, {"patient": ["P0", "P0", "P2", "P3", "P3", "P3"]},
         ".samples: 2 patients have several samples: P0 (S0, S1), P3 (S3, S4, S5)"),
        (SURVIVAL, {"patient": ["P0", None, "P2", "P3", "P4", "P5"]}, '"patient" is missing for S1'),
        ({**SURVIVAL, "covariates": ["relapse"]}, {}, '.covariates: "relapse" is the outcome itself'),
        ({**SURVIVAL, "covariates": ["patient"]}, {}, '"patient" says who the patients are'),
        ({**SURVIVAL, "covariates": ["age"]}, {"age": [50.0] * 6}, '"age" is the same in all patients'),
        ({**SURVIVAL, "covariates": ["age"]}, {"age": [50.0, np.nan, 1, 2, 3, 4]}, '"age" is missing for S1'),
        ({**SURVIVAL, "covariates": ["age", "older"]}, {"older": np.array([50.0, 60, 41, 70, 33, 48]) + 5},
         "age, older cannot be distinguished in 6 patients"),
        ({**SURVIVAL, "time": "relapse"}, {}, '.event: "relapse" is the time as well'),
        ({**SURVIVAL, "time": "weeks"}, {}, 'the sample sheet has no column "weeks"'),
        ({**SURVIVAL, "samples": {"sex": "other"}}, {}, '.samples.sex: no sample has "other"'),
        (RESPONSE, {"fall": [1.0] * 6}, '.value: "fall" is the same in all patients'),
        (RESPONSE, {"fall": list("abcdef")}, '"fall" holds groups, not a measurement'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(entry, changed, said):
    found, problems, _ = select(entry, sheet(**changed))
    assert found is None and said in problems


def test_all_problems_are_reported_at_once():
    table = sheet(months=[-1.0, np.nan, 1, 2, 3, 4], relapse=["a", "b", "c", "a", "b", "c"], patient=["P0"] * 6)
    _, problems, findings = select(SURVIVAL, table)
    assert len(findings.problems) == 4
    for said in ("several samples", "missing for S1", "negative for S0", "has 3 values"):
        assert said in problems
