"""The tests keep their promises where the truth is known: small runs of the calibration benchmark."""

import importlib.util
import sys

import pytest

STUDIES = ("4 v 4", "12 v 12", "ordered stages 12 / 6 / 6")


@pytest.fixture(scope="module")
def benchmark(repository):
    """Return the modules of the benchmark, which are outside the library."""
    before, names = list(sys.path), ("calibration", "calibration_rates", "calibration_page")
    for name in names:
        spec = importlib.util.spec_from_file_location(name, repository / "benchmarks" / f"{name}.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    yield tuple(sys.modules[name] for name in names)
    sys.path[:] = before
    for name in names:
        del sys.modules[name]


@pytest.fixture(scope="module")
def measured(benchmark):
    calibration, *_ = benchmark
    studies = calibration.make_studies()
    return calibration.measure({name: studies[name] for name in STUDIES}, n_sets=3, n_genes=4000, seed=7, threads=2)


@pytest.fixture(scope="module")
def rates(benchmark, measured):
    calibration, found, _ = benchmark
    return found.summarise(measured, calibration.default_statistics())


def test_differences_keep_their_size_and_intervals_their_coverage(rates):
    assert 0.02 < rates["size"]["12 v 12"]["all"].value < 0.075
    assert 0.925 < rates["coverage_unchanged"]["12 v 12"]["all"].value < 0.97
    assert 0.92 < rates["coverage_changed"]["12 v 12"]["all"].value < 0.97
    assert rates["fdr"]["12 v 12"]["all"].value < 0.08


def test_equivalence_is_hardly_said_of_changed_genes(measured, rates):
    for study in ("4 v 4", "12 v 12"):
        assert rates["equivalence_size"][study]["all"].value < 0.07
        assert rates["threshold_size"][study]["all"].value < 0.06
        genes = measured[study][measured[study]["effect"].abs() > 1.5]
        assert len(genes) > 500 and genes["outcome"].isin(["equivalent", "small_change"]).mean() < 0.01
    assert rates["equivalence_power"]["12 v 12"]["1000"].value > 0.9


def test_the_stated_detectable_effect_is_found_as_often_as_stated(rates):
    found = rates["detectable"]["12 v 12"]
    assert all(0.7 < found[stratum].value < 0.9 for stratum in ("20", "100", "1000"))


def test_trends_and_any_difference_keep_their_size(benchmark, measured, rates):
    calibration, found, _ = benchmark
    for words in ("trend", "any difference"):
        assert 0.02 < rates["size"][f"ordered stages 12 / 6 / 6: {words}"]["all"].value < 0.08
    genes = measured["ordered stages 12 / 6 / 6: trend"]
    steps = {
        (steps, column): found.step_rates(genes, case, column, calibration.default_statistics())["all"].value
        for case, steps in enumerate([(0.0, 0.0), *calibration.STEPS])
        for column in ("moderated_p_value", "step_p_value")
    }
    assert steps[(0.0, 0.0), "step_p_value"] < 0.01
    for cancelled_or_flat in [(2.0, 0.0), (0.0, 2.0), (1.0, -1.0), (2.0, -2.0)]:
        assert steps[cancelled_or_flat, "step_p_value"] < 0.07
    assert steps[(2.0, 0.0), "moderated_p_value"] > 0.5 and steps[(2.0, 2.0), "step_p_value"] > 0.5


def test_genes_that_rise_and_fall_again_are_never_called_equivalent(benchmark, measured):
    calibration, *_ = benchmark
    case = [(0.0, 0.0), *calibration.STEPS].index((2.0, -2.0))
    for words in ("trend", "any difference"):
        genes = measured[f"ordered stages 12 / 6 / 6: {words}"]
        outcome = genes.loc[genes["case"] == case, "outcome"]
        assert len(outcome) > 100 and not outcome.isin(["equivalent", "small_change"]).any()


def test_the_page_is_written_and_says_what_is_not_kept(benchmark, measured):
    calibration, found, written = benchmark
    page = written.write_page(
        measured, measured, written.Run(3, 4000, 7, 0.98, "the command"), calibration.default_statistics()
    )
    assert "Promises that are not kept" in page and "`the command`" in page
    assert all(promise.title in page for promise in found.PROMISES.values())
    assert page.count("### ") == len(measured) and "nan" not in page


def test_every_study_can_be_analysed(benchmark):
    calibration, *_ = benchmark
    measured = calibration.measure(calibration.make_studies(), n_sets=1, n_genes=300, seed=3)
    assert len(measured) == 9
    assert all(genes["p_value"].notna().mean() > 0.9 for genes in measured.values())


def test_true_effects_are_those_that_a_contrast_asks_for(benchmark):
    calibration, *_ = benchmark
    for steps, slope, largest in [((1, -1), 0, 1), ((2, 0), 1, 2), ((-0.5, -0.5), -0.5, 1), ((0, 0), 0, 0)]:
        parts = calibration.np.array([steps], dtype=float)
        assert calibration.true_effect("trend", parts) == slope
        assert calibration.true_effect("any_difference", parts) == largest
