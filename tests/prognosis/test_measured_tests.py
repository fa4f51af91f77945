"""The benchmark behind docs/outcomes.md measures what the library does: its smallest part, run."""

import importlib.util
import sys

import pytest


@pytest.fixture(scope="module")
def benchmark(repository):
    before = list(sys.path)
    spec = importlib.util.spec_from_file_location("outcome_tests", repository / "benchmarks" / "outcome_tests.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path[:] = before


def test_walds_test_is_the_timid_one_with_five_events(benchmark):
    rows = {row["test"]: row for row in benchmark.measure((10, 5, 0), "half at zero", 0.0, 200, 1)}
    assert rows["Wald"]["below_05"] < rows["likelihood ratio"]["below_05"]
    assert rows["score"]["lacking"] <= rows["Wald"]["lacking"] < 0.2


def test_exactly_so_many_have_the_event(benchmark):
    time, event, value, beside = benchmark.draw(benchmark.np.random.default_rng(1), 20, 5, "long tail", 3, 1.0)
    assert event.sum() == 5 and beside.shape == (20, 3) and len(set(time)) < 20 and value.min() > 0


def test_slopes_hold_their_level(benchmark):
    row = benchmark.measure_slopes(20, 1, "normal", 200, 1)
    assert row["below_05"] < 0.12
