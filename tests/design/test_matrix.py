"""Designs: matrices, contrast vectors, and plain words for what cannot work."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.design.matrix import build_design, express, independent_columns
from autocrine.problems import Findings
from tests.models import model_of

SHEET = pd.DataFrame(
    {
        "response": list("rrrrssss"),
        "batch": list("11112222"),
        "half": list("xxyyxxyy"),
        "sex": list("fmfmfmfm"),
        "patient": list("abcdefgh"),
        "pair": list("abcdabcd"),
        "age": np.arange(1.0, 9.0),
        "gap": ["u", None, "u", "v", "v", "u", "v", "u"],
        "constant": "k",
        "cased": list("uuUvuuvv"),
    },
    index=[f"S {i}" for i in range(8)],
)


def build(design, factor="response", tested="r", reference="s", samples=None, sheet=SHEET):
    contrast = {"factor": factor, "tested": tested, "reference": reference}
    model = model_of(design, {"c": contrast}, samples=samples or {})
    findings = Findings()
    return build_design(sheet, model, "config, models.m", findings), [str(p) for p in findings.problems]


@pytest.mark.parametrize(
    ("design", "columns", "vector"),
    [
        ("~ response", ["Intercept", "response[r]"], [0, 1]),
        ("~ sex + response", ["Intercept", "sex[m]", "response[r]"], [0, 0, 1]),
        ("~ 0 + response", ["response[s]", "response[r]"], [-1, 1]),
        ("~ scale(age) + sex + response", ["Intercept", "scale(age)", "sex[m]", "response[r]"], [0, 0, 0, 1]),
        # With an interaction, the effect is the mean over the other factor's groups.
        ("~ sex * response", ["Intercept", "sex[m]", "response[r]", "sex[m]:response[r]"], [0, 0, 1, 0.5]),
    ],
)
def test_matrix_and_contrast(design, columns, vector):
    built, problems = build(design)
    assert not problems
    order = [list(built.matrix.columns).index(name) for name in columns]
    assert sorted(order) == list(range(len(columns)))
    assert built.contrasts["c"].main[order].tolist() == pytest.approx(vector)
    assert built.groups["c"] == (["S 0", "S 1", "S 2", "S 3"], ["S 4", "S 5", "S 6", "S 7"])


def test_reversed_contrast_is_the_negative():
    forward, _ = build("~ sex + response")
    back, _ = build("~ sex + response", tested="s", reference="r")
    level = np.random.default_rng(0).normal(size=8)
    effects = [
        built.contrasts["c"].main @ np.linalg.lstsq(built.matrix.to_numpy(), level, rcond=None)[0]
        for built in (forward, back)
    ]
    assert effects[0] == pytest.approx(-effects[1])


@given(order=st.permutations(range(8)))
def test_sample_order_and_names_do_not_matter(order):
    level = np.arange(8) ** 2.0
    built, _ = build("~ sex + response")
    shuffled = SHEET.iloc[list(order)]
    moved, _ = build("~ sex + response", sheet=shuffled.set_axis([f"x{i}" for i in range(8)]))
    values = level[list(order)]
    assert moved.contrasts["c"].main @ np.linalg.lstsq(moved.matrix.to_numpy(), values, rcond=None)[0] == pytest.approx(
        built.contrasts["c"].main @ np.linalg.lstsq(built.matrix.to_numpy(), level, rcond=None)[0]
    )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"design": "~ batch + response"}, ["batch 1 holds only response r; batch 2 holds only response s; so"]),
        ({"design": "~ patient + response"}, ["patient a, b, c, d hold only response r", "cannot be distinguished"]),
        ({"design": "~ respons"}, ['no column "respons"', "one of: response, batch", 'does not hold "response"']),
        ({"design": "~ constant + response"}, ['"constant" is "k" in all 8 selected samples']),
        ({"design": "~ gap + response"}, ['"gap" is missing for 1 of the 8 selected samples: S 1']),
        ({"design": "~ log2(sex) + response"}, ['log2(sex): "sex" holds groups']),
        ({"design": "~ sex"}, ['the design "~ sex" does not hold "response"']),
        ({"design": "~ age + response", "factor": "age"}, ['"age" is a measurement, not a group']),
        ({"design": "~ response", "tested": "R"}, ["tested:", 'is "R"', "one of: r (4 samples), s (4 samples)"]),
        ({"design": "~ response", "factor": "nope"}, ['no column "nope"']),
        ({"design": "~ patient", "factor": "patient", "tested": "a", "reference": "b"},
         ["only one selected sample (S 0)", "only one selected sample (S 1)"]),
        ({"design": "~ pair * response"}, ["asks for 8 coefficients of 8 samples"]),
        ({"design": "~ response", "samples": {"sex": ["x"]}}, ['no sample has "x"', "one of: f, m"]),
        ({"design": "~ response", "samples": {"tissue": ["x"]}}, ['no column "tissue"']),
        ({"design": "~ response", "samples": {"patient": ["a"], "sex": ["m"]}}, ["no sample has all of these"]),
        ({"design": "~ response +"}, ["ends too early"]),
        ({"design": "~ sex + response - response"}, ["makes no difference between its groups"]),
        ({"design": "~ cased + response"}, ['"cased" has groups that look alike: "u", "U"']),
    ],
    ids=lambda value: str(value)[:50],
)  # fmt: skip
def test_bad_designs_are_reported_in_words(asked, words):
    built, problems = build(**asked)
    assert built is None
    text = "\n".join(problems)
    for word in words:
        assert word in text
    assert "config, models.m" in text


@pytest.mark.parametrize("column", ["patient", "tissue"])
def test_what_belongs_together_has_one_spelling_outside_the_design_too(column):
    """Samples of P1 and p1 were those of two patients, and tissues BM and bm coincided with the groups."""
    _, problems = build("~ response", sheet=SHEET.assign(**{column: SHEET["cased"]}))
    assert f'"{column}" has groups that look alike: "u", "U"' in "\n".join(problems)


def test_faults_of_design_and_contrast_come_together():
    _, problems = build("~ batch + response", tested="R")
    assert len(problems) == 2


def test_batches_written_as_numbers_are_groups():
    built, _ = build("~ half + response", sheet=SHEET.assign(half=list("12341234")))
    assert built.matrix.shape[1] == 5


def test_selection_keeps_only_the_named_values():
    built, problems = build("~ response", samples={"half": ["x"]})
    assert not problems
    assert list(built.matrix.index) == ["S 0", "S 1", "S 4", "S 5"]


def test_an_aliased_design_says_what_is_lost_what_is_left_and_what_would_mend_it():
    contrasts = {
        "response": {"factor": "response", "tested": "r", "reference": "s"},
        "sex": {"factor": "sex", "tested": "f", "reference": "m"},
    }
    findings = Findings()
    model = model_of("~ batch + sex + response", contrasts)
    assert build_design(SHEET, model, "config, models.m", findings) is None
    (problem,) = findings.problems
    assert "batch 1 holds only response r" in problem.found
    assert problem.found.endswith("Lost by it: response. Not touched by it: sex")
    assert problem.expected.startswith('without "batch" response can be estimated, but then any effect of batch counts')


def test_no_column_is_said_to_be_superfluous_that_carries_what_is_asked():
    """Without time there is no interaction, and "~ patient" does not hold what is compared."""
    sheet = pd.DataFrame(
        {"patient": [*"aabbccdd"], "time": [*"01"] * 4, "response": [*"rrrrssss"]}, index=[f"S{n}" for n in range(8)]
    )
    contrasts = {"c": {"factor": "response", "tested": "r", "reference": "s"}}
    for design, expected in (
        ("~ patient + time + time:response", 'without "patient" c can be estimated'),
        ("~ patient + response + time", 'without "patient" c can be estimated'),
    ):
        findings = Findings()
        assert build_design(sheet, model_of(design, contrasts), "m", findings) is None
        (problem,) = findings.problems
        assert problem.expected.startswith(expected) and '"time"' not in problem.expected


def test_columns_made_for_a_model_are_groups_like_others():
    groups = {"stage": {"first": {"response": "r", "sex": "f"}, "second": {"response": "r", "sex": "m"},
                        "third": {"response": "s", "sex": ["f", "m"]}}}  # fmt: skip
    asked = {"c": {"factor": "stage", "trend": ["first", "second", "third"]}}
    findings = Findings()
    built = build_design(SHEET, model_of("~ stage", asked, groups=groups), "config, models.m", findings)
    assert not findings.problems
    assert [len(samples) for samples in built.groups["c"]] == [2, 2, 4]
    assert built.selected["stage"].tolist() == ["first", "second"] * 2 + ["third"] * 4


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        ({"sex": {"a": {"response": "r"}, "b": {"response": "s"}}}, 'has a column "sex" already'),
        ({"g": {"a": {"response": "r"}, "b": {"response": "s", "sex": "f"}}},
         "2 selected samples belong to none of the groups: S 5, S 7"),
        ({"g": {"a": {"response": "r"}, "b": {"response": ["r", "s"]}}}, "belong to more than one of the groups"),
        ({"g": {"a": {"response": "r"}, "b": {"response": "x"}}}, 'no sample has "x"'),
        ({"g": {"a": {"respons": "r"}, "b": {"response": "s"}}}, 'has no column "respons"'),
        ({"g": {"a": {"response": "r"}, "b": {"response": "s", "patient": "a"}}}, "no selected sample has all"),
    ],
)  # fmt: skip
def test_columns_that_cannot_be_made_are_reported(groups, words):
    findings = Findings()
    contrasts = {"c": {"factor": "response", "tested": "r", "reference": "s"}}
    assert build_design(SHEET, model_of("~ response", contrasts, groups=groups), "m", findings) is None
    assert any(words in str(problem) for problem in findings.problems), findings.problems


@given(data=st.data())
def test_independent_columns_are_those_that_raise_the_rank(data):
    rows, columns = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 8))
    values = st.sampled_from([0.0, 1.0, 0.0, 1.0, -1.0])
    held = data.draw(st.lists(st.lists(values, min_size=columns, max_size=columns), min_size=rows, max_size=rows))
    matrix = np.array(held)
    # One measurement, such as a year. Of two in one chain of columns rounding would decide, in the rank as well.
    measured = data.draw(st.integers(0, columns - 1))
    matrix[:, measured] = np.where(matrix[:, measured] > 0, 2012.0, matrix[:, measured])
    kept = []
    for column in range(columns):
        if np.linalg.matrix_rank(matrix[:, [*kept, column]]) > len(kept):
            kept.append(column)
    assert independent_columns(matrix) == kept


def test_four_hundred_nested_patients_have_a_design():
    """To try the rank of every leading part takes the fourth power of their number."""
    patients = np.arange(400)
    sheet = pd.DataFrame(
        {
            "response": np.repeat(np.where(patients % 2, "resistant", "sensitive"), 2),
            "patient": np.repeat([f"P{i}" for i in patients], 2),
            "timepoint": np.tile(["diagnosis", "follow_up"], 400),
        },
        index=[f"S{i}" for i in range(800)],
    )
    built, problems = build("~ response + patient + timepoint", "timepoint", "follow_up", "diagnosis", sheet=sheet)
    assert not problems and built.matrix.shape == (800, 401) and len(built.left_out) == 1


@pytest.mark.parametrize("seed", range(5))
def test_whole_weights_stay_whole_in_other_coefficients(seed):
    """Beside a measurement the solution has 0.9999999999999998 and the like; other samples would count as compared."""
    random = np.random.default_rng(seed)
    patient, follow_up = np.repeat(np.arange(12), 2), np.tile([0.0, 1.0], 12)
    indicators = [
        np.ones(24),
        *(patient == other for other in range(1, 12)),
        follow_up,
        (1 - follow_up) * (patient > 5),
    ]
    small = np.column_stack([*indicators, random.normal(size=24)]).astype(float)
    full = np.column_stack([small, follow_up * (patient > 5)])
    vector = np.zeros(full.shape[1])
    vector[12] = 1
    # Follow-up against diagnosis in the first six patients, and in the others.
    assert express(vector, full, small)[12] == 1.0
    vector[13], vector[15] = -1, 1
    assert set(express(vector, full, small)) <= {-1.0, 0.0, 1.0}
