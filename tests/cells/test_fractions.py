"""Tests of detected fractions."""

import math

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from scipy import stats

import autocrine
from autocrine import cells
from autocrine.cells import fractions
from autocrine.cells.logits import logits, small_count_bias
from autocrine.problems import InputError
from tests.cells.simulated import make_cells
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "tests" / "references" / "cell_fractions"


def as_sums(positives, sheet, state="LSC"):
    """Return sums with these positives (samples x genes) at the common depth."""
    number = sheet["cells"].to_numpy()
    obs = sheet.assign(cells_at_depth=number, state=state, cells=2 * number)
    obs.index = [f"{sample}.{state}" for sample in sheet["sample"]]
    var = pd.DataFrame({"symbol": positives.columns.str.upper()}, index=positives.columns)
    none = pd.DataFrame(columns=["sample", "state", "cells", "counts", "left_out_of", "reason"])
    record = {
        "depth": pd.DataFrame({"state": [state], "depth": [800]}),
        "dropped_pseudobulks": none,
        "cells_dropped": none[["sample", "state", "reason", "cells"]],
    }
    layers = {"expected": positives.to_numpy(), "detected": np.ceil(1.5 * positives.to_numpy()).astype(int)}
    return AnnData(np.ones(positives.shape, dtype=int), obs, var, layers=layers, uns={"import": record})


@pytest.fixture(scope="module")
def reference():
    sheet = pd.read_csv(FOLDER / "samples.tsv.gz", sep="\t")
    positives = pd.read_csv(FOLDER / "positives.tsv.gz", sep="\t", index_col="gene").T
    return as_sums(positives, sheet)


@pytest.fixture(scope="module")
def limma():
    return pd.read_csv(FOLDER / "limma.tsv.gz", sep="\t")


def values_of(sums, table):
    """Return what the test compares: logits without the bias of few cells, of the tested genes; NaN of the others."""
    tested = (table["status"] == "tested").to_numpy()
    held = sums.layers["expected"], sums.obs["cells_at_depth"].to_numpy()
    own = sums.layers["detected"][:, tested], sums.obs["cells"].to_numpy()
    values = np.full(sums.shape, np.nan)
    values[:, tested] = logits(held[0][:, tested], held[1]) - small_count_bias(held[0][:, tested], held[1], *own)
    return values


ASKED = {"exposure": ("imatinib", "untreated")}


@pytest.mark.parametrize(("case", "design"), [("pairs", "~ patient + exposure"), ("groups", "~ exposure")])
def test_the_moderated_t_is_that_of_limma(reference, limma, case, design, monkeypatch):
    # R has the logits as they are.
    monkeypatch.setattr(fractions, "small_count_bias", lambda *given: 0.0)
    repeated = {} if case == "pairs" else {"repeated_patients": "keep"}
    table = cells.test_fractions(reference, design, **ASKED, **repeated).set_index("gene_id")
    answers = limma[limma["case"] == case].set_index("gene")
    assert table.attrs["moderated"] and set(table.index[table["status"] == "tested"]) == set(answers.index)
    for name in ("log_odds_ratio", "log_odds_error", "stat", "df", "p_value", "plain_p_value"):
        np.testing.assert_allclose(table.loc[answers.index, name], answers[name], rtol=1e-8, err_msg=name)


def test_columns_follow_from_one_another(reference):
    table = cells.test_fractions(reference, "~ patient + exposure", **ASKED)
    tested = table[table["status"] == "tested"]
    reach = stats.t.ppf(0.975, tested["df"]) * tested["log_odds_error"]
    np.testing.assert_allclose(np.log(tested["ci_high"] / tested["ci_low"]), 2 * reach, rtol=1e-9)
    np.testing.assert_allclose(np.log(tested["odds_ratio"]), tested["log_odds_ratio"], rtol=1e-9)
    np.testing.assert_allclose(tested["adj_p_value"], stats.false_discovery_control(tested["p_value"]), rtol=1e-12)
    shift = np.log(tested["detectable_odds_ratio"]) / tested["log_odds_error"]
    found = stats.nct.sf(stats.t.ppf(0.975, tested["df"]), tested["df"], shift)
    np.testing.assert_allclose(found, 0.8, atol=1e-6)
    two = [
        stats.t.sf((math.log(2) - side * tested["log_odds_ratio"]) / tested["log_odds_error"], tested["df"])
        for side in (1, -1)
    ]
    np.testing.assert_allclose(tested["equivalence_p_value"], np.max(two, axis=0), rtol=1e-9)
    share = reference.layers["expected"] / reference.obs["cells_at_depth"].to_numpy()[:, None]
    np.testing.assert_allclose(table["fraction_tested"], share[:5].mean(axis=0))
    np.testing.assert_allclose(table["fraction_reference"], share[5:].mean(axis=0))
    np.testing.assert_allclose(table["fraction"], share.mean(axis=0))
    own = reference.layers["detected"] / reference.obs["cells"].to_numpy()[:, None]
    np.testing.assert_allclose(table["own_depth_tested"], own[:5].mean(axis=0))
    assert table.attrs["title"] == "imatinib against untreated" and table.attrs["depth"] == 800
    assert table.attrs["state"] == "LSC" and len(table.attrs["samples"]) == 10
    assert list(table["gene_name"][:2]) == ["G1", "G2"]


def test_a_panel_of_few_genes_keeps_the_plain_t(reference):
    table = cells.test_fractions(reference[:, :200].copy(), "~ patient + exposure", **ASKED)
    tested = table[table["status"] == "tested"]
    assert not table.attrs["moderated"] and (tested["df"] == 4).all()
    np.testing.assert_allclose(tested["p_value"], tested["plain_p_value"])
    y = values_of(reference[:, :200], table)
    assert tested["p_value"].iloc[0] == pytest.approx(stats.ttest_rel(y[:5, 0], y[5:, 0]).pvalue, rel=1e-9)


def test_genes_without_positive_or_negative_cells_have_no_test(reference):
    sums = reference.copy()
    number = sums.obs["cells_at_depth"].to_numpy()
    sums.layers["expected"][:, 0] = 0.29
    sums.layers["expected"][:, 1] = number - 0.29
    sums.layers["expected"][:, 2] = 0.31
    table = cells.test_fractions(sums, "~ patient + exposure", **ASKED)
    assert table["status"].tolist()[:3] == ["not detected at this depth", "detected in nearly all cells", "tested"]
    assert table.loc[:1, "p_value"].isna().all() and table.loc[:1, "fraction_tested"].notna().all()
    assert table["positives"].iloc[0] == pytest.approx(2.9)


def test_every_form_of_contrast_can_be_asked(reference):
    sheet = reference.obs.set_index("sample")[["patient"]].assign(
        stage=list("abcabcabca"), dose=[0.5, 1.5, 2.5, 3.5, 4.5, 1, 2, 3, 4, 5.5]
    )
    keep = {"repeated_patients": "keep"}

    def ask(design, **asked):
        return cells.test_fractions(reference, design, sheet, **keep, **asked)

    differ = ask("~ stage", stage=autocrine.any_difference())
    tested = differ["status"] == "tested"
    values = values_of(reference, differ)
    by_stage = [values[sheet["stage"] == stage] for stage in "abc"]
    np.testing.assert_allclose(differ["plain_p_value"][tested], stats.f_oneway(*by_stage).pvalue[tested], rtol=1e-7)
    assert differ.loc[tested, "odds_ratio"].isna().all() and {"fraction_group_1", "fraction_group_3"} <= set(differ)
    trend = ask("~ stage", stage=autocrine.trend("a", "b", "c"))
    two = ask("~ stage", stage=("c", "a"))
    np.testing.assert_allclose(2 * trend["log_odds_ratio"], two["log_odds_ratio"], atol=1e-9)
    slope = ask("~ dose", dose=autocrine.per_unit())
    line = stats.linregress(sheet["dose"], values[:, 5])
    assert slope["plain_p_value"].iloc[5] == pytest.approx(line.pvalue, rel=1e-8)
    assert slope["log_odds_ratio"].iloc[5] == pytest.approx(line.slope, rel=1e-8)
    blocks = cells.test_fractions(reference, "~ exposure", random="patient", **ASKED)
    pairs = cells.test_fractions(reference, "~ patient + exposure", **ASKED)
    np.testing.assert_allclose(blocks["log_odds_ratio"], pairs["log_odds_ratio"], atol=1e-9)


def test_five_lines_from_cells_to_fractions():
    adata = make_cells(genes=400, depth=1500)
    sums = cells.sum_cells(adata, sample="run", state="cell_type")
    sheet = adata.obs.drop_duplicates("run").set_index("run")[["patient", "exposure"]]
    table = cells.test_fractions(sums, "~ patient + exposure", sheet, state="LSC", **ASKED)
    same = cells.test_fractions(sums, "~ patient + exposure", state="LSC", **ASKED)
    pd.testing.assert_frame_equal(table, same)
    assert (table["p_value"] < 0.05).mean() < 0.12
    # Four pairs are few, and the examination of the design says so, as it does of counts.
    assert len(table.attrs["warnings"]) == 1 and "3 residual degrees of freedom" in table.attrs["warnings"][0]


def test_half_the_depth_is_no_difference_and_a_real_one_is_found():
    adata = make_cells(patients=5, cells=150, genes=400, depth=3000, states=("LSC",), seed=4)
    counts = adata.X.toarray().astype(int)
    treated, random = (adata.obs["exposure"] == "imatinib").to_numpy(), np.random.default_rng(1)
    # In the treated the first 20 genes are lost from half of the cells, and everything is half as deep.
    gone = (random.random((len(counts), 20)) < 0.5) & treated[:, None]
    counts[:, :20][gone] = 0
    counts[treated] = random.binomial(counts[treated], 0.5)
    adata.X = counts.astype("f4")
    sums = cells.sum_cells(adata, "run", "cell_type")
    table = cells.test_fractions(sums, "~ patient + exposure", **ASKED)
    common = table[(table["status"] == "tested") & table["fraction"].between(0.05, 0.95)]
    same, changed = common[common.index >= 20], common[common.index < 20]
    own = np.log(same["own_depth_tested"] / same["own_depth_reference"])
    assert own.median() < -0.1 and abs(same["log_odds_ratio"].median()) < 0.05
    assert (same["p_value"] < 0.05).mean() < 0.08 and (changed["p_value"] < 0.05).mean() > 0.8
    assert (changed["odds_ratio"] < 1).mean() > 0.9


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"state": "MSC"}, 'there is no state "MSC"\n.*one of: LSC'),
        ({"alpha": 0.9}, "alpha"),
        ({"equivalence_margin": 0}, "equivalence_margin"),
        ({"sheet": pd.DataFrame({"exposure": ["x"]}, index=["s1"])}, "no row for the samples s2, s3"),
        ({"sheet": pd.DataFrame({"exposure": ["x", "y"]}, index=["s1", "s1"])}, "samples appear twice: s1"),
        ({"design": "~ patient"}, "exposure"),
        ({"design": "~ age + exposure"}, 'no column "age"'),
        ({"exposure": ("imatinib", "dasatinib")}, "dasatinib"),
        ({"design": "~ sample_of + exposure"}, "sample_of"),
    ],
)
def test_bad_questions_are_reported(reference, asked, words):
    with pytest.raises(InputError, match=words):
        cells.test_fractions(reference, **{"design": "~ patient + exposure", **ASKED, **asked})


def test_other_sums_are_reported(reference):
    with pytest.raises(InputError, match=r"sums as cells\.sum_cells makes them"):
        cells.test_fractions(AnnData(np.ones((4, 3))), "~ exposure", **ASKED)
    both = make_cells(genes=40)
    sums = cells.sum_cells(both, "run", "cell_type", min_counts=1000)
    with pytest.raises(InputError, match=r"the sums hold 2 states\n.*one of: LSC, MSC"):
        cells.test_fractions(sums, "~ patient + exposure", **ASKED)
    with pytest.raises(TypeError, match="name one contrast"):
        cells.test_fractions(reference, "~ patient + exposure")


def test_a_state_that_is_missing_in_a_group_is_said_with_the_reason():
    adata = make_cells(genes=60)
    keep = np.ones(adata.n_obs, dtype=bool)
    for patient in range(4):
        place = np.flatnonzero((adata.obs["run"] == f"P{patient}_imatinib") & (adata.obs["cell_type"] == "LSC"))
        keep[place[12:]] = False
    sums = cells.sum_cells(adata[keep], "run", "cell_type", min_counts=1000)
    with pytest.raises(InputError, match=r"left out: P0_imatinib \(12 cells, fewer than 20\), P1_imatinib"):
        cells.test_fractions(sums, "~ patient + exposure", state="LSC", **ASKED)
    # One sample less is a caution, not a stop.
    keep[:] = True
    keep[place[12:]] = False
    sums = cells.sum_cells(adata[keep], "run", "cell_type", min_counts=1000)
    table = cells.test_fractions(sums, "~ patient + exposure", state="LSC", incomplete_pairs="drop", **ASKED)
    assert "left out: P3_imatinib (12 cells, fewer than 20)" in table.attrs["warnings"]
    assert len(table.attrs["samples"]) == 6
