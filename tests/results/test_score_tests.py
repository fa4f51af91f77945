"""Scores of a cohort tested like genes: the same designs, the same contrasts, one row each."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from autocrine.design.question import Statistics
from autocrine.results.score_tests import CONSTANT, LOOP_UNIT, SET_UNIT, correlate_models, test_scores
from autocrine.samples.scores import score_cohort, score_names
from tests.conftest import REPOSITORY
from tests.models import model_of

STATISTICS = Statistics(0.05, 1.0, 0.8)
PANEL = pd.read_csv(REPOSITORY / "resources" / "panels" / "bmp.tsv", sep="\t", dtype=str, keep_default_na=False)
LOOP_GENES = ["BMP2", "BMP4", "BMPR1A", "BMPR1B", "BMPR2", "ACVR2A", "ACVR2B", "TWIST1"]


@pytest.fixture(scope="module")
def cohort():
    """12 samples, 6 against 6; the loop's genes rise by two, everything else is noise."""
    random = np.random.default_rng(4)
    samples = [f"S{i}" for i in range(12)]
    sheet = pd.DataFrame(
        {"response": ["r"] * 6 + ["s"] * 6, "sex": list("fm") * 6, "leukemic_fraction": [0.8] * 6 + [0.2] * 6},
        index=samples,
    )
    vst = pd.DataFrame(random.normal(6, 0.4, (12, len(PANEL))), samples, PANEL["symbol"])
    vst.loc[samples[:6], ["BMP4", "BMPR1B"]] += 2.0
    log_cpm = vst.drop(columns="BMP2")
    return sheet, log_cpm, vst


@pytest.fixture(scope="module")
def tested(cohort):
    sheet, log_cpm, vst = cohort
    contrasts = {
        "r_vs_s": {"factor": "response", "tested": "r", "reference": "s"},
        "any": {"factor": "response", "any_difference": ["r", "s"]},
    }
    models = {"m": model_of("~ sex + response", contrasts)}
    scores = score_cohort(log_cpm, vst, PANEL)
    return scores, test_scores(scores, sheet, models, STATISTICS), models


def test_every_score_is_in_every_contrast_with_a_value_or_a_reason(tested):
    scores, table, _ = tested
    assert list(scores.values.columns) == score_names(PANEL)
    assert len(table) == 2 * len(score_names(PANEL))
    assert ((table["reason"] == "") == table["p_value"].notna()).all()
    absent = table[table["score"] == "loop_BMP2"]
    assert (
        absent["reason"].str.contains("BMP2: not in the count matrix").all()
        and (absent["outcome"] == "undetermined").all()
    )
    assert set(table["unit"]) == {LOOP_UNIT, SET_UNIT}


def test_effects_are_those_of_least_squares_with_the_design_of_the_genes(cohort, tested):
    sheet, _, _ = cohort
    scores, table, _ = tested
    row = table[(table["contrast"] == "r_vs_s") & (table["score"] == "loop_BMP4_BMPR1B")].iloc[0]
    design = np.column_stack([np.ones(12), sheet["sex"] == "m", sheet["response"] == "r"]).astype(float)
    values = scores.values["loop_BMP4_BMPR1B"].to_numpy()
    beta, *_ = np.linalg.lstsq(design, values, rcond=None)
    assert row["estimate"] == pytest.approx(beta[2]) and row["error"] == "welch"
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(beta[2] / row["se"]), row["df"]))
    assert row["p_value"] < 1e-3 and row["outcome"] == "changed"


def test_loop_scores_are_compared_with_composition_and_set_scores_are_not(tested):
    _, table, _ = tested
    pair = table[table["contrast"] == "r_vs_s"].set_index("score")
    assert pair.loc["loop_BMP4_BMPR1B", "composition_log2_fc"] == pytest.approx(2.0)
    assert pair.loc["proliferation", ["composition_log2_fc", "equivalence_p_value"]].isna().all()


def test_correlations_keep_to_the_groups_that_are_compared(cohort, tested):
    sheet, _, vst = cohort
    table = correlate_models(vst[LOOP_GENES], sheet, tested[2], 0.05)
    assert set(table.loc[table["kind"] == "within", "group"]) == {"r", "s"}
    pair = table[(table["gene_1"] == "BMP4") & (table["gene_2"] == "BMPR1B")].set_index("kind")
    # Both rise in one group: over all samples they go together, within the groups they do not.
    assert pair.loc["pooled", "pearson"] > 0.7 and pair.loc["pooled", "warning"]
    assert abs(pair.loc["within_pooled", "pearson"]) < 0.6 and pair.loc["within_pooled", "p_value"] > 0.05


def test_a_score_that_the_design_explains_has_a_reason(cohort):
    sheet, log_cpm, vst = cohort
    model = model_of("~ response", {"c": {"factor": "response", "tested": "r", "reference": "s"}})
    scores = score_cohort(log_cpm, vst, PANEL)
    scores.values["proliferation"] = (sheet["response"] == "r").astype(float)
    table = test_scores(scores, sheet, {"m": model}, STATISTICS).set_index("score")
    assert table.loc["proliferation", "reason"] == CONSTANT
