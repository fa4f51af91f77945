"""Natural cubic splines and what a design makes of them."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.formula import parse_formula, with_column, without_column
from autocrine.design.matrix import build_design
from autocrine.design.spline import find_knots, weigh_knots
from autocrine.problems import Findings
from tests.models import model_of

X = np.array([1.0, 2, 4, 7, 11, 16, 22, 23])
# splines::ns(x, df = 3), R 4.2.2; its knots are 5 and 14.3333.
NS = np.array(
    [
        [0.0, 0.0, 0.0],
        [-0.04258038055730, 0.13363893318331, -0.09020627989873],
        [-0.09690659396977, 0.36897833109579, -0.24906037348966],
        [-0.00484557009736, 0.53921847076245, -0.36218675347894],
        [0.32865065016345, 0.47378221528131, -0.27158870960060],
        [0.49739446528236, 0.33142118984307, 0.07124261993285],
        [-0.02041926091979, 0.40734615696315, 0.61278172866526],
        [-0.14051240992794, 0.43234587670136, 0.70816653322658],
    ]
)
SHEET = pd.DataFrame({"age": X, "sex": list("fmfmfmmf")}, index=[f"S{i}" for i in range(8)])


def build(design, contrasts=None, sheet=SHEET):
    findings = Findings()
    model = model_of(design, contrasts or {"c": {"factor": "sex", "tested": "m", "reference": "f"}})
    return build_design(sheet, model, "m", findings), [str(problem) for problem in findings.problems]


def test_curves_are_those_of_r():
    knots = find_knots(X, 3)
    np.testing.assert_allclose(knots, [1, 5, 14 + 1 / 3, 23])
    ours = weigh_knots(X, knots)
    np.testing.assert_allclose(ours.sum(axis=1), 1)
    fitted = ours @ np.linalg.lstsq(ours, NS, rcond=None)[0]
    np.testing.assert_allclose(fitted, NS, atol=1e-12)
    np.testing.assert_allclose(weigh_knots(knots, knots), np.eye(4), atol=1e-14)


def test_a_spline_is_a_term_of_a_design_with_its_knots_as_coefficients():
    design, problems = build("~ sex + spline(age, 2)")
    assert problems == [] and list(design.matrix) == ["Intercept", "sex[m]", "spline(age, 2)[9]", "spline(age, 2)[23]"]
    basis = weigh_knots(X, find_knots(X, 2))[:, 1:]
    np.testing.assert_allclose(design.matrix.iloc[:, 2:], basis)
    assert design.terms["age"] == [2, 3]
    crossed, _ = build("~ sex * spline(age, 2)")
    np.testing.assert_allclose(crossed.matrix.iloc[:, 4:], basis * (SHEET["sex"] == "m").to_numpy()[:, None])


def test_terms_with_a_spline_are_taken_out_whole():
    formula = parse_formula("~ sex * spline(`my age`, 3) + log2(dose)")
    assert without_column(formula, "my age") == "~ sex + log2(dose)"
    assert without_column(formula, "sex") == "~ spline(`my age`, 3) + log2(dose)"
    assert parse_formula(with_column(formula, "batch")).columns == ("batch", "sex", "my age", "dose")


@pytest.mark.parametrize(
    ("ages", "design", "contrasts", "words"),
    [
        ([1.0, 1, 1, 1, 1, 1, 2, 3], "~ sex + spline(age, 3)", None,
         'spline(age, 3): too many of the 8 selected samples share a value of "age" (3 different ones)'),
        (list("abcdabcd"), "~ sex + spline(age, 3)", None, 'spline(age, 3): "age" holds groups'),
        (X, "~ spline(age, 3)", {"c": {"per_unit": "age"}},
         'the design holds spline(age, 3), and a curve has no effect per unit of "age"'),
    ],
)  # fmt: skip
def test_what_makes_no_curve_is_told(ages, design, contrasts, words):
    assert any(words in problem for problem in build(design, contrasts, SHEET.assign(age=ages))[1])
