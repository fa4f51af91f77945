"""Words that look alike are found, and words that differ in what matters are not."""

import pytest

from autocrine.spelling import alike, shown_apart


@pytest.mark.parametrize(
    "pair",
    [
        ("LSC", "LS\N{CYRILLIC CAPITAL LETTER ES}"),
        ("resistant", "Resistant"),
        ("non responder", "non-responder"),
        ("non_responder", "nonresponder"),
        ("naïve", "naive"),
        ("control", "control\N{ZERO WIDTH SPACE}"),
        ("BMP 4", "BMP4"),
        ("r\N{GREEK SMALL LETTER OMICRON}w", "row"),
    ],
)
def test_words_that_look_alike(pair):
    assert alike(["other", *pair, pair[0]]) == [list(pair)]


@pytest.mark.parametrize(
    "words",
    [("CD34+", "CD34-", "CD34"), ("+", "-"), ("1.5", "15"), ("0.1", "01"), ("T-1", "T+1"), ("1-1", "11"), ("α", "β")],
)
def test_words_that_differ(words):
    assert alike(words) == []


def test_unusual_letters_are_named():
    assert shown_apart("LS\N{CYRILLIC CAPITAL LETTER ES}").endswith("(with cyrillic capital letter es)")
    assert shown_apart("LSC") == '"LSC"'
