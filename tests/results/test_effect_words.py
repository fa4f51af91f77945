"""Effects within a sentence keep the digits that count."""

import pytest

from autocrine.results.effect_words import write_effect


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((2.345,), "2.35"), ((-0.1,), "-0.10"), ((0.034,), "0.034"), ((4.228e-5,), "4.2e-05"), ((0.0,), "0.00"),
        ((2.34, 1), "2.3"), ((0.0146, 1), "0.015"), ((0.0004, 2, 2.1), "0.00"), ((-4e-4, 2, 2e-3), "-0.0004"),
    ],
)  # fmt: skip
def test_small_effects_are_not_written_as_none(values, text):
    assert write_effect(*values) == text
