"""Cox's model: R survival's numbers, known truth, levels of the test, and likelihoods without a maximum."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.prognosis.cox import CoxModel, NoMaximumError, detectable_effect, wald_test
from tests.conftest import REPOSITORY

REFERENCE = REPOSITORY / "tests" / "references" / "cox"
PATIENTS = pd.read_csv(REFERENCE / "patients.tsv", sep="\t")
EXPECTED = pd.read_csv(REFERENCE / "cox.tsv", sep="\t", keep_default_na=False, skipinitialspace=True)


def simulate(random, patients, effect, covariates=0):
    """Exponential times to the event; follow-up ends for half of the patients before it; seen at visits."""
    value, beside = random.normal(size=patients), random.normal(size=(patients, covariates))
    came = random.exponential(size=patients) / np.exp(effect * value)
    ended = random.exponential(size=patients)
    return np.ceil(6 * np.minimum(came, ended)), came <= ended, value, beside


@pytest.mark.parametrize("expected", EXPECTED.to_dict("records"), ids=lambda row: f"{row['set']} {row['beside']}")
def test_numbers_are_those_of_r_survival(expected):
    part = PATIENTS[PATIENTS["set"] == expected["set"]]
    model = CoxModel(part["time"], part["event"], part["value"], part[expected["beside"].split()].to_numpy(dtype=float))
    best, null = model.best(), model.at(0.0)
    assert best.coefficient == pytest.approx(expected["coefficient"], rel=1e-6)
    assert best.information**-0.5 == pytest.approx(expected["se"], rel=1e-6)
    assert wald_test(best) == pytest.approx(expected["p_value"], rel=1e-6)
    assert best.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-9)
    assert null.log_likelihood == pytest.approx(expected["null_log_likelihood"], rel=1e-9)


def test_units_and_origins_of_value_and_covariates_change_nothing():
    random = np.random.default_rng(1)
    time, event, value, beside = simulate(random, 40, 0.7, 2)
    first = CoxModel(time, event, value, beside).best()
    other = CoxModel(7 * time, event, 1000 + value / 50, 3 - 90 * beside).best()
    assert other.coefficient == pytest.approx(50 * first.coefficient, rel=1e-6)
    assert wald_test(other) == pytest.approx(wald_test(first), rel=1e-6)


def test_known_truth_is_recovered():
    random = np.random.default_rng(2)
    found = [CoxModel(*simulate(random, 300, 0.7, 1)).best() for _ in range(20)]
    assert np.mean([best.coefficient for best in found]) == pytest.approx(0.7, abs=0.05)
    inside = [wald_test(best, 0.7) > 0.05 for best in found]
    assert sum(inside) >= 17


def test_the_test_holds_its_level_with_few_events():
    """10 to 20 events in 30 patients; the whole measurement is docs/outcomes.md."""
    random = np.random.default_rng(3)
    p = [wald_test(CoxModel(*simulate(random, 30, 0.0)).best()) for _ in range(300)]
    # The 0.999 quantile of what 5 % gives.
    assert np.sum(np.array(p) < 0.05) <= stats.binom.ppf(0.999, 300, 0.05)
    assert np.mean(np.array(p) < 0.5) > 0.35


def test_a_value_that_parts_the_patients_has_no_finite_hazard_ratio():
    time, event = np.arange(1.0, 13), np.arange(12) < 5
    with pytest.raises(NoMaximumError):
        CoxModel(time, event, -time, np.empty((12, 0))).best()
    seen_once = np.zeros(12)
    seen_once[11] = 1.0
    with pytest.raises(NoMaximumError):
        CoxModel(time, event, seen_once, np.empty((12, 0))).best()


def test_a_strong_effect_with_a_maximum_is_no_separation():
    random = np.random.default_rng(4)
    best = CoxModel(*simulate(random, 60, 3.0)).best()
    assert best.coefficient > 1.5 and wald_test(best) < 1e-4


def test_a_value_without_spread_is_refused():
    with pytest.raises(ValueError, match="the same in all patients"):
        CoxModel(np.arange(5.0), np.ones(5), np.ones(5), np.empty((5, 0)))


def test_the_detectable_effect_is_schoenfelds_and_is_found_with_its_power():
    random = np.random.default_rng(5)
    time, event, value, beside = simulate(random, 400, 0.0)
    effect = detectable_effect(CoxModel(time, event, value, beside).at(0.0), 0.05, 0.8)
    closed = (stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) / np.sqrt(event.sum() * value.var())
    assert effect == pytest.approx(closed, rel=0.05)
    found = [wald_test(CoxModel(*simulate(random, 400, effect)).best()) < 0.05 for _ in range(150)]
    assert 0.7 < np.mean(found) < 0.9
