"""Tests of living positive cells."""

import io
import subprocess

import numpy as np
import pandas as pd
import pytest

import autocrine
from autocrine import cells
from autocrine.cells.living import living_shares
from autocrine.cells.survivors import log_living, test_survivors
from autocrine.problems import InputError
from tests.cells.simulated import make_cells

ASKED = {"exposure": ("imatinib", "untreated")}


def make_survivors(patients=6, positives=0.6, negatives=0.2, seed=1, share=0.1, cells=600, wells=0.15):
    """Return the shares and the sheet of pairs of which treatment leaves these parts of the cells. SIMULATED."""
    random = np.random.default_rng(seed)
    rows, sheet = [], []
    for patient in range(patients):
        odds, whole = np.log(share / (1 - share)) + random.normal(0, 0.4), random.lognormal(np.log(2e5), 0.4)
        for exposure in ("imatinib", "untreated"):
            treated = exposure == "imatinib"
            own = 1 / (1 + np.exp(-odds - random.normal(0, 0.2)))
            alive = whole * np.array([own, 1 - own]) * (np.array([positives, negatives]) if treated else 1)
            counted = alive.sum() * random.lognormal(0, wells)
            name = f"P{patient}_{exposure}"
            rows.append((name, random.binomial(cells, alive[0] / alive.sum()), cells, 1.0))
            sheet.append((name, f"P{patient}", exposure, round(counted)))
    living = pd.DataFrame(rows, columns=["sample", "positives", "cells_at_depth", "state_share"]).set_index("sample")
    return living, pd.DataFrame(sheet, columns=["sample", "patient", "exposure", "viable_cells"]).set_index("sample")


def test_ratios_and_intervals_are_those_of_r():
    living, sheet = make_survivors()
    found = test_survivors(living, "~ patient + exposure", sheet, **ASKED)
    logs = log_living(living, sheet["viable_cells"]).join(sheet)
    code = """
    d <- read.csv(file("stdin")); d$exposure <- factor(d$exposure, c("untreated", "imatinib"))
    for (what in c("positives", "negatives", "difference")) {
      fit <- lm(d[[what]] ~ d$patient + d$exposure); s <- summary(fit)$coefficients["d$exposureimatinib", ]
      cat(format(c(s, exp(confint(fit)["d$exposureimatinib", ])), digits = 15), "\\n")
    }"""
    run = subprocess.run(["Rscript", "-e", code], input=logs.to_csv(), capture_output=True, text=True, check=True)
    answer = np.loadtxt(io.StringIO(run.stdout))
    names = ["log_ratio", "log_error", "stat", "p_value", "ci_low", "ci_high"]
    np.testing.assert_allclose(found.tests[names].to_numpy(), answer, rtol=1e-9)
    assert found.tests["what"].tolist() == ["positives", "negatives", "difference"]
    assert found.title == "imatinib against untreated"
    np.testing.assert_allclose(found.patients.iloc[:, 1:].mean(), found.tests["log_ratio"])


def test_living_cells_are_what_they_are_defined_as():
    living, sheet = make_survivors()
    living["state_share"] = np.linspace(0.1, 0.3, len(living))
    found = test_survivors(living, "~ patient + exposure", sheet, **ASKED)
    row = found.samples.set_index("sample").loc["P2_imatinib"]
    share = living.loc["P2_imatinib", "positives"] / 600
    whole = living.loc["P2_imatinib", "state_share"] * sheet.loc["P2_imatinib", "viable_cells"]
    assert row["living_positives"] == pytest.approx(share * whole)
    assert row["living_negatives"] == pytest.approx((1 - share) * whole) and row["group"] == "tested"
    logs = log_living(living, sheet["viable_cells"])
    np.testing.assert_allclose(logs["positives"] - logs["negatives"], logs["difference"])
    # Of hundreds of cells the half hardly counts.
    living_ones = found.samples.set_index("sample")["living_positives"]
    np.testing.assert_allclose(logs["positives"], np.log(living_ones.reindex(logs.index)), atol=0.03)


@pytest.mark.parametrize(
    ("positives", "negatives", "reading"),
    [(0.5, 0.1, "selection"), (3.0, 1.0, "induction"), (3.0, 0.3, "induction"), (0.3, 0.3, "no_rise")],
)
def test_truth_is_read_from_counted_cells(positives, negatives, reading):
    found = []
    for seed in range(20):
        living, sheet = make_survivors(8, positives, negatives, seed=seed)
        found.append(test_survivors(living, "~ patient + exposure", sheet, **ASKED).reading)
    assert pd.Series(found).value_counts().get(reading, 0) >= 17
    wrong = {"selection": "induction", "induction": "selection"}.get(reading)
    assert wrong not in found


def test_without_counted_cells_selection_and_induction_are_not_distinguished():
    living, sheet = make_survivors(8, 0.5, 0.1)
    counted = test_survivors(living, "~ patient + exposure", sheet, **ASKED)
    for without in (sheet.drop(columns="viable_cells"), sheet.assign(viable_cells=np.nan)):
        found = test_survivors(living, "~ patient + exposure", without, **ASKED)
        assert (found.reading, found.obstacle) == ("selection_or_induction", "no_viable_cells")
        assert found.tests.loc[:1, "p_value"].isna().all() and found.samples["living_positives"].isna().all()
        pd.testing.assert_series_equal(found.tests.iloc[2], counted.tests.iloc[2])
    # Positives that neither fell nor grew: the share rose, and nothing more is said.
    living, sheet = make_survivors(8, 1.0, 0.2)
    found = test_survivors(living, "~ patient + exposure", sheet, **ASKED)
    assert (found.reading, found.obstacle) == ("selection_or_induction", "undecided")


def test_the_difference_is_the_log_odds_ratio_of_fractions():
    adata = make_cells(patients=5, cells=80, genes=60)
    sums = cells.sum_cells(adata, "run", "cell_type", min_counts=1000)
    fractions = cells.test_fractions(sums, "~ patient + exposure", state="LSC", **ASKED)
    sheet = adata.obs.drop_duplicates("run").set_index("run")[["patient", "exposure"]].assign(viable_cells=1e5)
    some = fractions[fractions["status"] == "tested"].iloc[[0, 7, 20]]
    for gene in some.itertuples():
        for name in (gene.gene_id, gene.gene_name):
            living = living_shares(sums, name, state="LSC")
            found = test_survivors(living, "~ patient + exposure", sheet, **ASKED).tests.iloc[2]
            assert found["log_ratio"] == pytest.approx(gene.log_odds_ratio, rel=1e-9)
            assert found["p_value"] == pytest.approx(gene.plain_p_value, rel=1e-9)
    assert (living["state_share"] == 0.5).all()


def test_the_share_of_a_state_counts_small_and_unlabelled_cells():
    adata = make_cells(patients=4, cells=60, genes=60, states=("LSC", "MSC", "T"))
    keep = np.ones(adata.n_obs, dtype=bool)
    first = (adata.obs["run"] == "P0_imatinib").to_numpy()
    keep[np.flatnonzero(first & (adata.obs["cell_type"] == "T"))[10:]] = False
    adata.obs["cell_type"] = adata.obs["cell_type"].astype(object)
    without = np.flatnonzero(first & (adata.obs["cell_type"] == "MSC"))[:5]
    adata.obs.iloc[without, adata.obs.columns.get_loc("cell_type")] = np.nan
    assert adata.obs["cell_type"].isna().sum() == 5
    sums = cells.sum_cells(adata[keep], "run", "cell_type", min_counts=1000)
    living = living_shares(sums, "G3", state="LSC")
    assert living.loc["P0_imatinib", "state_share"] == pytest.approx(60 / 130)
    assert living.loc["P1_imatinib", "state_share"] == pytest.approx(60 / 180)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"viable_cells": [0, *[1e5] * 11]}, r"no living cells are counted in P0_imatinib \(0"),
        ({"viable_cells": [np.nan, *[1e5] * 11]}, r"P0_imatinib \(nan\)\n.*above 0"),
        ({"viable_cells": [-3.0, *[1e5] * 11]}, r"P0_imatinib \(-3"),
    ],
)
def test_cells_that_were_not_counted_are_a_problem(change, words):
    living, sheet = make_survivors()
    with pytest.raises(InputError, match=words):
        test_survivors(living, "~ patient + exposure", sheet.assign(**change), **ASKED)


def test_bad_questions_are_reported():
    living, sheet = make_survivors()
    sheet["stage"] = list("abcabcabcabc")
    with pytest.raises(InputError, match="no column state_share"):
        test_survivors(living.drop(columns="state_share"), "~ patient + exposure", sheet, **ASKED)
    with pytest.raises(InputError, match="is asked of survivors"):
        test_survivors(living, "~ stage", sheet, repeated_patients="keep", stage=autocrine.any_difference())
    sums = cells.sum_cells(make_cells(genes=60), "run", "cell_type", min_counts=1000)
    with pytest.raises(InputError, match="there is no gene BMPR1B"):
        living_shares(sums, "BMPR1B", state="LSC")
    sums.layers["expected"][:, 0] = 0.0
    with pytest.raises(InputError, match="G0 is not detected at this depth"):
        living_shares(sums, "G0", state="LSC")
