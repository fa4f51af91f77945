"""What is compared with what, in a sentence."""

import pytest

from autocrine.design.compared import describe_comparison
from autocrine.design.spans import Span
from tests.models import model_of
from tests.page.test_explorer import AGE, STATISTICS

TWO = {"factor": "response", "tested": "r", "reference": "s"}
DOUBLINGS = {
    "column": "age",
    "unit": "doubling of age",
    "lowest": 20.0,
    "highest": 80.0,
    "sd": 0.8,
    "range": 2.0,
    "step": "doubling",
}


@pytest.mark.parametrize(
    ("design", "contrast", "groups", "words"),
    [
        ("~ sex + response", TWO, {"r": ["a", "b"], "s": ["c"]}, "2 r against 1 s, adjusted for sex"),
        (
            "~ patient + response",
            TWO,
            {"r": ["a"], "s": ["b"]},
            "1 r against 1 s, compared within patients",
        ),
        ("~ response", {"factor": "response", "trend": ["s", "m", "r"]}, {"s": ["a"], "m": ["b"], "r": ["c"]},
         "1 s, 1 m, 1 r, a trend in this order"),
        ("~ response", {"factor": "response", "any_difference": ["s", "m", "r"]}, {"s": ["a"], "m": ["b"], "r": ["c"]},
         "1 s, 1 m, 1 r, any difference"),
        ("~ batch + age", {"per_unit": "age"}, {"all": ["a", "b"]},
         "the effect of one unit of age in 2 samples, adjusted for batch; age reaches from 30.5 to 40, 9.5 units; the "
         "margin of log2 1 holds per standard deviation of age (5 units)"),
        ("~ log2(age)", {"per_unit": "age"}, {"all": ["a", "b"]},
         "the effect of one doubling of age in 2 samples; age reaches from 20 to 80, 2 doublings; the margin of "
         "log2 1 holds per standard deviation of age (0.8 doublings)"),
    ],
)  # fmt: skip
def test_a_comparison_is_said_in_a_sentence(design, contrast, groups, words):
    model = model_of(design, {"c": contrast})
    reach = {"~ batch + age": AGE, "~ log2(age)": DOUBLINGS}.get(design)
    spans = {"c": Span(**reach)} if reach else {}
    assert describe_comparison(model, model.contrasts["c"], groups, spans, STATISTICS) == words
