"""Tests of co-detection compared between groups."""

import io
import subprocess

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import autocrine
from autocrine import cells
from autocrine.cells.codetection import Codetection
from autocrine.cells.coupling import compare_codetection
from autocrine.problems import InputError
from tests.cells.test_codetection import make_pairs

ASKED = {"response": ("resistant", "sensitive")}


def make_found(units=10, pairs=3, seed=1, change=0.0):
    """Return odds ratios of units as a test of co-detection gives them, and their sheet. SIMULATED."""
    random = np.random.default_rng(seed)
    rows = []
    for pair in range(pairs):
        for unit in range(units):
            log = random.normal(0.2, 0.3) + change * (unit % 2 == 0)
            rows.append((f"L{pair}", "BMPR1B", "LSC", f"U{unit}", "tested", log))
    names = ["ligand", "receptor", "state", "patient", "status", "log_odds_ratio"]
    sheet = pd.DataFrame({"response": ["resistant", "sensitive"] * (units // 2)}, index=[f"U{n}" for n in range(units)])
    sheet["patient"] = np.repeat([f"P{n}" for n in range(units // 2)], 2)
    return Codetection(pd.DataFrame(), pd.DataFrame(rows, columns=names)), sheet


def test_groups_are_compared_as_r_does():
    found, sheet = make_found()
    groups = compare_codetection(found, "~ response", sheet.drop(columns="patient"), **ASKED)
    pairs = compare_codetection(found, "~ patient + response", sheet, **ASKED)
    code = """
    d <- read.csv(file("stdin"))
    d$response <- factor(d$response, c("sensitive", "resistant"))
    for (f in c(y ~ response, y ~ patient + response)) {
      fit <- lm(f, d); s <- summary(fit)$coefficients["responseresistant", ]
      cat(format(c(s, exp(confint(fit)["responseresistant", ])), digits = 15), "\\n")
    }"""
    names = ["log_ratio", "log_error", "stat", "p_value", "ci_low", "ci_high"]
    for place in range(3):
        own = found.patients[found.patients["ligand"] == f"L{place}"].set_index("patient")["log_odds_ratio"]
        lines = sheet.assign(y=own).to_csv(index=False)
        run = subprocess.run(["Rscript", "-e", code], input=lines, capture_output=True, text=True, check=True)
        wanted = np.loadtxt(io.StringIO(run.stdout))
        np.testing.assert_allclose(groups.loc[place, names].astype(float), wanted[0], rtol=1e-9)
        np.testing.assert_allclose(pairs.loc[place, names].astype(float), wanted[1], rtol=1e-9)
        means = own.groupby(sheet["response"]).mean()
        wanted = np.exp(means[["resistant", "sensitive"]])
        np.testing.assert_allclose(
            groups.loc[place, ["odds_ratio_tested", "odds_ratio_reference"]].astype(float), wanted
        )
    np.testing.assert_allclose(groups["adj_p_value"], stats.false_discovery_control(groups["p_value"]))
    assert groups.attrs["title"] == "resistant against sensitive" and (groups["patients"] == 10).all()


def test_coupling_in_one_group_only_is_found():
    coupled, pairs = make_pairs(patients=4, number=1200, pairs=30, factor=6.0, seed=2)
    loose, _ = make_pairs(patients=4, number=1200, pairs=30, seed=3)
    loose.obs["patient"] = loose.obs["patient"].str.replace("P", "Q")
    loose.obs_names = loose.obs_names + "x"
    both = together(coupled, loose)
    found = cells.test_codetection(both, pairs, "patient")
    sheet = pd.DataFrame({"patient": found.patients["patient"].unique()})
    sheet["response"] = np.where(sheet["patient"].str.startswith("P"), "resistant", "sensitive")
    table = compare_codetection(found, "~ response", sheet, unit="patient", **ASKED)
    assert (table["p_value"] < 0.05).mean() > 0.5 and (table["ratio"] > 1).mean() > 0.95
    null = cells.test_codetection(loose, pairs, "sample", patient="patient")
    half = pd.DataFrame({"response": list("aabb")}, index=[f"Q{n}" for n in range(4)])
    table = compare_codetection(null, "~ response", half, response=("a", "b"))
    assert (table["p_value"] < 0.05).mean() < 0.2


def together(one, other):
    import anndata

    return anndata.concat([one, other])


def test_samples_within_patients_are_pairs():
    adata, pairs = make_pairs(patients=4, number=1200, pairs=4)
    found = cells.test_codetection(adata, pairs, "sample")
    sheet = adata.obs.drop_duplicates("sample")[["sample", "patient"]]
    sheet["exposure"] = np.where(sheet["sample"].str.endswith("a"), "imatinib", "untreated")
    table = compare_codetection(found, "~ patient + exposure", sheet, exposure=("imatinib", "untreated"))
    own = found.patients[found.patients["ligand"] == "L1"].set_index("patient")["log_odds_ratio"]
    treated, untreated = own[own.index.str.endswith("a")], own[own.index.str.endswith("b")]
    row = table.set_index("ligand").loc["L1"]
    assert row["df"] == 3 and row["p_value"] == pytest.approx(stats.ttest_rel(treated, untreated).pvalue, rel=1e-8)


def test_units_without_odds_ratio_and_too_few_are_said():
    found, sheet = make_found()
    rows = found.patients
    few = rows["ligand"].eq("L0") & rows["patient"].isin(["U0", "U2", "U4", "U6"])
    rows.loc[few, ["status", "log_odds_ratio"]] = ["too few cells in which both could be seen", np.nan]
    rows.loc[rows["ligand"].eq("L1") & rows["patient"].eq("U3"), ["status", "log_odds_ratio"]] = [
        "no odds ratio",
        np.inf,
    ]
    rows.loc[rows["ligand"].eq("L2") & rows["patient"].eq("U8"), "status"] = "30 cells, fewer than 50 in a sample"
    table = compare_codetection(found, "~ response", sheet.drop(columns="patient"), **ASKED)
    words = table["status"].tolist()
    assert words[0].startswith("too few patients with an odds ratio: ") and words[1] == "no odds ratio in U3"
    assert words[2] == "tested" and table["patients"].tolist() == [0, 0, 9]
    assert table.loc[:1, "p_value"].isna().all() and table.loc[2, "adj_p_value"] == table.loc[2, "p_value"]
    rows["status"] = "too few cells in which both could be seen"
    none = compare_codetection(found, "~ response", sheet.drop(columns="patient"), **ASKED)
    assert none["p_value"].isna().all() and none["status"].str.startswith("too few patients").all()


def test_bad_questions_are_reported():
    found, sheet = make_found()
    with pytest.raises(InputError, match='no column "age"'):
        compare_codetection(found, "~ age + response", sheet, **ASKED)
    with pytest.raises(InputError, match="no row for the samples U9"):
        compare_codetection(found, "~ response", sheet.iloc[:9], **ASKED)
    with pytest.raises(TypeError, match="name one contrast"):
        compare_codetection(found, "~ response", sheet)
    slope = compare_codetection(
        found, "~ dose", sheet.drop(columns="patient").assign(dose=np.linspace(0.5, 3, 10)), dose=autocrine.per_unit()
    )
    own = found.patients["log_odds_ratio"].to_numpy()[:10]
    assert slope["p_value"].iloc[0] == pytest.approx(stats.linregress(np.linspace(0.5, 3, 10), own).pvalue, rel=1e-8)
