"""The comparison of speed with an earlier release, by ratios that are kept as data."""

import pytest

from autocrine import __version__
from tests.conftest import REPOSITORY


@pytest.fixture
def regression(monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    import regression

    return regression


def test_what_grew_beyond_the_tolerance_is_named(regression):
    then = {"a": 1.0, "b": 2.0, "c": 4.0, "gone": 1.0}
    rows, slower = regression.compare(then, {"a": 1.24, "b": 2.6, "c": 2.0, "new": 3.0}, 0.25)
    assert slower == ["b", "gone"]
    assert rows[2:] == [
        "| a | 1 | 1.24 | +24% |",
        "| b | 2 | 2.6 | **+30%** |",
        "| c | 4 | 2 | -50% |",
        "| gone | 1 | not measured | **lost** |",
        "| new | | 3 | new |",
    ]


def test_a_release_replaces_its_own_ratios_only(regression, tmp_path):
    path = tmp_path / "ratios.tsv"
    assert regression.ratios_of(regression.read_ratios(path)) == {}
    for version, ratio in (("1.0.0", 1.0), ("1.1.0", 2.0), ("1.1.0", 3.0)):
        regression.write_ratios(path, regression.read_ratios(path), {"a": ratio}, version)
    kept = regression.read_ratios(path)
    assert len(kept) == 2
    assert regression.ratios_of(kept) == {"a": 3.0} and regression.ratios_of(kept, "1.0.0") == {"a": 1.0}
    with pytest.raises(SystemExit, match=r"no ratios of 2\.0\.0"):
        regression.ratios_of(kept, "2.0.0")


def test_a_ratio_is_the_median_of_pairs(regression):
    ours, yardstick = iter([2.0, 9.0, 3.0]), iter([1.0, 3.0, 1.0])
    assert regression.median_ratio(3, lambda: next(ours), lambda: next(yardstick)) == 3.0


def test_the_ratios_of_this_version_are_kept(regression):
    assert regression.ratios_of(regression.read_ratios(regression.STORE), __version__)
