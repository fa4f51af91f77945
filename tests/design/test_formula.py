"""Design formulas: parsed, never evaluated."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autocrine.design.formula import TRANSFORMS, Variable, parse_formula


@pytest.mark.parametrize(
    ("text", "template", "columns"),
    [
        ("~ sex + response", "v0 + v1", ("sex", "response")),
        ("~0+sex*response", "0 + v0 * v1", ("sex", "response")),
        ("~ (a + b):c - 1", "( v0 + v1 ) : v2 - 1", ("a", "b", "c")),
        ("~ `time point` + `a+b`", "v0 + v1", ("time point", "a+b")),
        ("~ log2(dose) + dose + log2( `dose` )", "v0 + v1 + v0", ("dose",)),
        ("~ 1 + größe.1", "1 + v0", ("größe.1",)),
        ("  ~ -1 + a", "- 1 + v0", ("a",)),
        ("~ sex * spline(`my age`, 2)", "v0 * (v1_1 + v1_2)", ("sex", "my age")),
    ],
)
def test_formulas_are_parsed(text, template, columns):
    formula = parse_formula(text)
    assert formula.template == template
    assert formula.columns == columns


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("response", 'begins with "~"'),
        ("~", "names no column"),
        ("~ 1", "names no column"),
        ("~ a +", "ends too early"),
        ("~ a b", '"v1" is in the wrong place'),
        ("~ a + * b", '"*" is in the wrong place'),
        ("~ (a + b", "a bracket is not closed"),
        ("~ a) + b", '")" is in the wrong place'),
        ("~ a + 2", "only 0 and 1"),
        ("~ exp(a)", '"exp()" is not known: log2(), center(), scale(), spline(column, 3)'),
        ("~ poly(a, 2)", '"poly()" is not known: log2(), center(), scale(), spline(column, 3)'),
        ("~ log2(a, 2)", "log2() takes a column and nothing else"),
        ("~ spline(a)", "spline() takes a column and its degrees of freedom, 2 to 10: spline(a, 3)"),
        ("~ spline(a, 1)", "2 to 10: spline(a, 3)"),
        ("~ spline(a, 11)", "2 to 10"),
        ("~ spline(a, b)", "is not understood"),
        ("~ a.__class__()", '"(" is in the wrong place'),
        ("~ __import__('os')", "is not understood"),
        ("~ {a}", "is not understood"),
        ("~ a / b", "is not understood"),
        ("~ a | b", "is not understood"),
    ],
)
def test_what_is_not_understood_is_named(text, words):
    with pytest.raises(ValueError) as caught:
        parse_formula(text)
    assert words in str(caught.value)


@given(st.text(alphabet="ab01~+-:*() `.{}[]'\"/\\_#lo2g\n", max_size=25))
def test_any_text_gives_a_formula_or_a_sentence(text):
    try:
        formula = parse_formula("~" + text)
    except ValueError as error:
        assert str(error)
    else:
        assert set(formula.template) <= set("v0123456789 +-:*()")


def test_names_of_columns_never_reach_the_formula_library():
    formula = parse_formula("~ `__import__('os').system('false')`")
    assert formula.columns == ("__import__('os').system('false')",)
    assert formula.template == "v0"


@pytest.mark.parametrize(
    ("name", "expected"), [("log2", [0, 1, 3]), ("center", [-8 / 3, -5 / 3, 13 / 3]), ("scale", None)]
)
def test_transforms(name, expected):
    values = TRANSFORMS[name](pd.Series([1.0, 2.0, 8.0]))
    if expected is None:
        assert values.mean() == pytest.approx(0) and values.std(ddof=1) == pytest.approx(1)
    else:
        assert values.tolist() == pytest.approx(expected)
    assert Variable("dose", name).label == f"{name}(dose)"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("~ age", "unit of age"),
        ("~ log2(age) + scale(dose)", "doubling of age"),
        ("~ scale(age):sex", "standard deviation of age"),
        ("~ age + log2(age)", "unit of age"),
    ],
)
def test_a_unit_is_what_the_design_holds(text, unit):
    assert parse_formula(text).unit_of("age") == unit
