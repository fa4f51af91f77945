"""Factors of unwanted variation: published steps on known answers, a planted batch, and what cannot be."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from autocrine import engine
from autocrine.design.matrix import build_design, read_factors
from autocrine.design.question import Statistics
from autocrine.engine import EngineError
from autocrine.problems import Findings
from autocrine.results.fitting import fit_design
from autocrine.samples.unwanted import describe_factors, estimate_factors, huber_slopes
from tests.models import model_of

STATISTICS = Statistics(alpha=0.05, equivalence_margin=1.0, power=0.8)
CONTRAST = {"c": {"factor": "response", "tested": "r", "reference": "s"}}
GENES = [f"g{i}" for i in range(1500)]


def sheet_of(n, batch):
    return pd.DataFrame({"response": ["r"] * n + ["s"] * n, "batch": batch}, index=[f"S{i}" for i in range(2 * n)])


def counts_of(sheet, size, random, planted=0.0):
    """Dispersion 0.1; a batch moves most genes either way, and `planted` genes truly change fourfold."""
    batch = (sheet["batch"] == "2").to_numpy()[:, None]
    effect = size * random.standard_normal(len(GENES)) * (random.random(len(GENES)) < 0.8)
    true = np.where(np.arange(len(GENES)) < planted, 2.0, 0.0)
    mean = random.lognormal(5, 1, len(GENES)) * 2 ** (batch * effect)
    mean = mean * 2 ** ((sheet["response"] == "r").to_numpy()[:, None] * true)
    return pd.DataFrame(random.poisson(random.gamma(10, mean / 10)), sheet.index, GENES)


def calls_of(counts, sheet, **more):
    model = model_of(more.pop("design", "~ response"), CONTRAST)
    model = replace(model, **more)
    design = build_design(sheet, model, "", Findings())
    fit, _, held = fit_design(counts, design, model, STATISTICS, reference=GENES[-9:])
    found = engine.test_contrast(fit, held.contrasts["c"].main)
    adjusted, _ = engine.adjust_p_values(found["p_value"].to_numpy(), fit.genes["base_mean"].to_numpy(), 0.05)
    return adjusted < 0.05, found, held


def test_slopes_are_those_of_rs_huber_regression():
    """R 4.2, MASS rlm(y ~ x - 1, psi.huber, k = 1.345, scale.est = "MAD")."""
    first = [1.2, -0.4, 0.9, 2.1, -1.5, 0.3, -0.8, 1.7, 0.1, -2.2]
    second = [0.5, 1.1, -0.7, 0.2, 0.9, -1.3, 0.6, -0.2, 1.4, 0.8]
    effects = np.array([0.9, -0.1, 0.4, 1.6, -0.9, 5.0, -0.6, 1.2, -4.0, -1.3])
    found = huber_slopes(np.array([first, second]).T, effects, steps=2000)
    np.testing.assert_allclose(found, [0.3228319397, -1.6200676024], atol=1e-6)


def test_factors_of_reference_genes_are_their_principal_components():
    random = np.random.default_rng(1)
    levels = pd.DataFrame(random.standard_normal((8, 200)), [f"S{i}" for i in range(8)], [f"g{i}" for i in range(200)])
    design = build_design(sheet_of(4, list("12121212")), model_of("~ response", CONTRAST), "", Findings())
    found = estimate_factors(levels, design, 2, "reference_genes", [f"g{i}" for i in range(9)])
    block = levels.iloc[:, :9] - levels.iloc[:, :9].mean()
    _, vectors = np.linalg.eigh(block @ block.T)
    for place, name in enumerate(found):
        assert abs(np.corrcoef(found[name], vectors[:, -1 - place])[0, 1]) == pytest.approx(1)
    np.testing.assert_allclose(found.std(ddof=1), 1)


def test_a_hidden_batch_that_coincides_partly_with_the_groups_is_found_and_changes_stay():
    random = np.random.default_rng(5)
    sheet = sheet_of(8, list("2222222121111111"))
    counts = counts_of(sheet, 1.5, random, planted=60)
    true = np.arange(len(GENES)) < 60
    plain, _, _ = calls_of(counts, sheet)
    known, _, _ = calls_of(counts, sheet, design="~ batch + response")
    hidden, _, held = calls_of(counts, sheet, unwanted_factors=1)
    assert (plain & ~true).sum() > 250 and (hidden & ~true).sum() <= 20
    assert (hidden & true).sum() >= 0.95 * (known & true).sum()
    # The factor is a coefficient like any other, and costs a degree of freedom.
    assert list(held.matrix.columns) == ["Intercept", "response[r]", "(unwanted 1)"]


def test_with_nothing_hidden_factors_leave_the_size():
    random = np.random.default_rng(6)
    sheet = sheet_of(5, ["1"] * 10)
    counts = counts_of(sheet, 0.0, random)
    for more in ({"unwanted_from": "residuals"}, {"unwanted_from": "reference_genes"}):
        calls, found, _ = calls_of(counts, sheet, unwanted_factors=1, **more)
        assert (found["moderated_p_value"] < 0.05).mean() < 0.06 and calls.sum() <= 2


def test_few_genes_and_samples_are_reported():
    sheet = sheet_of(2, list("1212"))
    design = build_design(sheet, model_of("~ response", CONTRAST), "", Findings())
    levels = pd.DataFrame(np.random.default_rng(0).standard_normal((4, 50)), sheet.index)
    with pytest.raises(EngineError, match="50 genes have a mean normalised count of 10 or more"):
        estimate_factors(levels, design, 1, "residuals")
    with pytest.raises(EngineError, match="need more reference genes than the 1"):
        estimate_factors(levels, design, 1, "reference_genes", [3])
    with pytest.raises(EngineError, match="leave no residual degree of freedom"):
        estimate_factors(levels, design, 2, "residuals")


@pytest.mark.parametrize(
    ("factors", "words"), [(1, ""), (2, "2 residual degrees of freedom; 2 factors would leave none")]
)
def test_too_few_degrees_of_freedom_are_reported_before_the_run(factors, words):
    findings = Findings()
    model = replace(model_of("~ response", CONTRAST), unwanted_factors=factors)
    build_design(sheet_of(2, list("1212")), model, "config, models.m", findings)
    messages = [str(problem) for problem in findings.problems]
    assert ("config, models.m.unwanted_factors" in messages[0] and words in messages[0]) if words else not messages


def test_what_a_factor_goes_together_with_is_said_whether_or_not_the_fit_holds_it():
    random = np.random.default_rng(8)
    sheet = sheet_of(6, list("212121121212"))
    levels = np.log2(counts_of(sheet, 1.5, random) + 1)
    model = model_of("~ response", CONTRAST)
    design = build_design(sheet, model, "", Findings())
    table = describe_factors(levels, design, model, (), sheet)
    found = table[(table["way"] == "residuals") & (table["column"] == "batch")].iloc[0]
    assert found["r_squared"] > 0.95 and found["in_fit"] == "no"
    (none,) = table[table["way"] == "reference_genes"].to_dict("records")
    assert "need more reference genes" in none["reason"]
    held = describe_factors(levels, design, replace(model, unwanted_factors=2), (), sheet)
    assert set(held.loc[held["way"] == "residuals", "factor"]) == {"unwanted 1", "unwanted 2"}
    assert set(held.loc[held["way"] == "residuals", "in_fit"]) == {"yes"}


def test_a_written_design_gives_its_factors_back():
    sheet = sheet_of(3, list("121212"))
    design = build_design(sheet, model_of("~ response", CONTRAST), "", Findings())
    assert read_factors(design.matrix.rename_axis("sample").reset_index()) is None
    levels = pd.DataFrame(np.random.default_rng(2).standard_normal((6, 300)), sheet.index)
    factors = estimate_factors(levels, design, 1, "residuals")
    wider = design.append(factors)
    pd.testing.assert_frame_equal(read_factors(wider.matrix.rename_axis("sample").reset_index()), factors,
                                  check_names=False)  # fmt: skip
    assert [len(vector) for vector in wider.contrasts["c"].all()] == [3] and wider.contrasts["c"].main[-1] == 0
