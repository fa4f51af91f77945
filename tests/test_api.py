"""Counts and a design in, gene tables out: what the workflow computes, asked for in a notebook."""

import inspect
import subprocess
import sys

import anndata
import numpy as np
import pandas as pd
import pytest

import autocrine
from autocrine import columns
from autocrine.api import CHOICES
from autocrine.design.question import Statistics
from autocrine.problems import Findings
from autocrine.results.analysis import analyse
from tests.conftest import REPOSITORY
from tests.models import SCHEMA, model_of

SHEET = pd.DataFrame(
    {
        "patient": [f"P{i // 3}" for i in range(12)],
        "stage": ["early", "middle", "late"] * 4,
        "batch": [1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2],
        "dose": (np.linspace(0.5, 3, 12) ** 2).round(2),
        "age": [40, 40, 40, 51, 51, 51, 62, 62, 62, 55, 55, 55],
    },
    index=[f"S{i}" for i in range(12)],
)


@pytest.fixture(scope="module")
def counts():
    """12 samples x 600 genes; the first 60 rise from stage to stage."""
    random = np.random.default_rng(5)
    mean = np.tile(random.lognormal(4.5, 1.3, 600), (12, 1))
    mean[:, :60] *= 2.0 ** np.tile([0, 1, 2], 4)[:, None]
    values = random.poisson(random.gamma(30, mean / 30))
    return pd.DataFrame(values, index=SHEET.index, columns=[f"g{i}" for i in range(600)])


@pytest.fixture(scope="module")
def fitted(counts):
    return autocrine.fit(counts, "~ patient + stage", SHEET)


def close(one, other, names):
    for name in names:
        np.testing.assert_allclose(one[name].to_numpy(), other[name].to_numpy(), rtol=1e-4, atol=1e-6, err_msg=name)


NUMBERS = ["log2_fc", "lfc_se", "p_value", "moderated_p_value", "equivalence_p_value", "min_detectable_log2_fc"]


def test_five_lines_from_anndata_to_a_gene_table(counts):
    adata = anndata.AnnData(counts.to_numpy(), obs=SHEET, var=pd.DataFrame(index=counts.columns))
    genes = autocrine.fit(adata, "~ patient + stage").test(stage=("late", "early"))
    assert tuple(genes.columns) == columns.GENE_COLUMNS and list(genes["gene_id"]) == list(counts.columns)
    called = genes[genes["outcome"] == "changed"]
    assert len(called) > 50 and (called["gene_id"].str[1:].astype(int) < 60).mean() > 0.8
    assert "late against early" in repr(genes.attrs) and "g599" in repr(genes)
    assert genes.attrs["title"] == "late against early" and genes.attrs["alpha"] == 0.05


def test_frames_layers_and_sparse_counts_give_the_same(counts, fitted):
    from scipy.sparse import csr_matrix

    wanted = fitted.test(stage=("late", "early"))
    adata = anndata.AnnData(
        np.log1p(counts.to_numpy()), obs=SHEET, var=pd.DataFrame({"symbol": counts.columns.str.upper()}, counts.columns)
    )
    adata.layers["counts"] = csr_matrix(counts.to_numpy())
    genes = autocrine.fit(adata, "~ patient + stage", layer="counts").test(stage=("late", "early"))
    pd.testing.assert_frame_equal(genes.drop(columns="gene_name"), wanted.drop(columns="gene_name"))
    assert list(genes["gene_name"][:2]) == ["G0", "G1"]
    view = adata[:, 10:]
    part = autocrine.fit(view, "~ patient + stage", layer="counts").test(stage=("late", "early"))
    assert view.is_view and list(part["gene_id"]) == list(counts.columns[10:])


def test_the_tables_are_those_of_the_workflow(counts, fitted):
    entry = {"factor": "stage", "tested": "late", "reference": "early"}
    named = autocrine.fit(counts, "~ patient + stage", SHEET, contrasts={"c": entry}).test("c")
    sheet, findings = SHEET.astype({"batch": str}).astype({"age": float}), Findings()
    model = model_of("~ patient + stage", {"c": entry})
    analysis = analyse(counts, sheet, model, Statistics(0.05, 1.0, 0.8), "m", findings)
    assert not findings.problems
    table, _ = analysis.tabulate(analysis.model.contrasts["c"])
    pd.testing.assert_frame_equal(named, table)
    # Asked for after the fit, the same contrast is read from other coefficients of the same fit.
    later = fitted.test(entry)
    close(later, named, NUMBERS)
    assert (later["outcome"] == named["outcome"]).all()


def test_every_form_can_be_asked_for(counts, fitted):
    steps = fitted.test(stage=autocrine.trend("early", "middle", "late"))
    two = fitted.test(stage=("late", "early"))
    np.testing.assert_allclose(steps["log2_fc"] * 2, two["log2_fc"], rtol=1e-3, atol=1e-4)
    assert {"log2_fc_step_1", "step_adj_p_value"} <= set(steps)
    differ = fitted.test(stage=autocrine.any_difference())
    assert {"lowest", "highest"} <= set(differ) and differ["lfc_se"].isna().all()
    reduced = fitted.test_reduced("~ patient")
    np.testing.assert_allclose(reduced["p_value"], differ["p_value"], rtol=1e-5, atol=1e-12)
    np.testing.assert_allclose(reduced["moderated_p_value"], differ["moderated_p_value"], rtol=1e-5, atol=1e-12)
    later, middle = ({"factor": "stage", "tested": tested, "reference": "early"} for tested in ("late", "middle"))
    between = fitted.test({"difference": [later, middle]})
    close(between, fitted.test(stage=("late", "middle")), ["log2_fc", "lfc_se", "p_value"])
    slope = autocrine.fit(counts, "~ stage + dose", SHEET, repeated_patients="keep").test(dose=autocrine.per_unit())
    assert slope["log2_fc"].abs().median() < 0.3 and slope["equivalence_margin"].iat[0] < 1


def test_another_margin_changes_equivalence_and_threshold_only(fitted):
    wide, narrow = fitted.test(stage=("middle", "early")), fitted.test(stage=("middle", "early"), margin=0.3)
    assert (wide["p_value"].dropna() == narrow["p_value"].dropna()).all()
    assert (narrow["equivalence_margin"] == 0.3).all()
    assert (narrow["outcome"] == "equivalent").sum() < (wide["outcome"] == "equivalent").sum()


def test_what_speaks_against_a_comparison_comes_with_it(counts):
    fitted = autocrine.fit(counts.iloc[:6], "~ patient + stage", SHEET.iloc[:6])
    words = "leaves 2 residual degrees of freedom"
    assert any(words in text for text in fitted.test(stage=("late", "early")).attrs["warnings"])
    assert any(words in text for text in fitted.warnings())
    assert fitted.size_factors.index.tolist() == list(SHEET.index[:6])
    assert {"dispersion", "max_cooks"} <= set(fitted.dispersions)


def test_lengths_become_factors_of_each_gene_and_sample(counts):
    lengths = pd.DataFrame(1000.0, counts.index, counts.columns)
    lengths.iloc[::3, 0] = 2000.0
    plain = autocrine.fit(counts, "~ patient + stage", SHEET).test(stage=("late", "early")).set_index("gene_id")
    corrected = autocrine.fit(counts, "~ patient + stage", SHEET, lengths=lengths).test(stage=("late", "early"))
    corrected = corrected.set_index("gene_id")
    assert corrected.loc["g0", "log2_fc"] - plain.loc["g0", "log2_fc"] == pytest.approx(1, abs=0.05)
    assert abs(corrected.loc["g1", "log2_fc"] - plain.loc["g1", "log2_fc"]) < 0.05


def test_one_sample_after_another_can_be_left_out(fitted):
    left = fitted.without_each_sample(["g0", "g1"], stage=("late", "early"))
    compared = SHEET.index[SHEET["stage"] != "middle"]
    assert len(left) == 2 * len(compared) and set(left["sample"]) == set(compared)
    with pytest.raises(ValueError, match="has no direction"):
        fitted.without_each_sample(["g0"], stage=autocrine.any_difference())


def test_all_problems_come_at_once(counts):
    with pytest.raises(autocrine.InputError) as caught:
        autocrine.fit(counts + 0.5, "~ patient + phase", SHEET, alpha=2, calls="mine", unwanted_factors=-1)
    said = " ".join(str(caught.value).split())
    for words in (
        "with decimals",
        'no column "phase"',
        "alpha: 2 -> a number above 0 and below the power",
        "unwanted_factors: -1 -> a whole",
        "calls: 'mine' is no choice",
    ):
        assert words in said
    with pytest.raises(autocrine.InputError, match="Only in the counts: S0"):
        autocrine.fit(counts, "~ patient + stage", SHEET.iloc[1:])
    with pytest.raises(autocrine.InputError, match="there is no gene unknown"):
        autocrine.fit(counts, "~ patient + stage", SHEET, size_factor_genes=["unknown"])


def test_wrong_questions_are_refused(fitted):
    with pytest.raises(autocrine.InputError, match='"stage" is "end" in none'):
        fitted.test(stage=("end", "early"))
    with pytest.raises(autocrine.InputError, match='does not hold "batch"'):
        fitted.test(batch=("2", "1"))
    with pytest.raises(autocrine.InputError, match="must leave out columns"):
        fitted.test_reduced("~ stage + dose")
    for wrong in ({}, {"stage": "late"}, {"stage": autocrine.trend("early", "late")}, {"stage": 1, "batch": 2}):
        with pytest.raises(TypeError):
            fitted.test(**wrong)
    with pytest.raises(KeyError, match='there is no contrast "c"'):
        fitted.test("c")
    with pytest.raises(TypeError, match="needs a sheet"):
        autocrine.fit(pd.DataFrame({"g": [1, 2]}), "~ a")
    with pytest.raises(TypeError, match="not list"):
        autocrine.fit([[1, 2]], "~ a")


def test_whole_numbers_are_groups_and_fractions_measurements(counts):
    fitted = autocrine.fit(counts, "~ batch + dose", SHEET, repeated_patients="keep")
    assert list(fitted.design_matrix) == ["Intercept", "batch[2]", "dose"]
    renamed = SHEET.rename(columns={"batch": "cycle"})
    with_numbers = autocrine.fit(counts, "~ cycle", renamed, numeric=["cycle"], repeated_patients="keep")
    assert list(with_numbers.design_matrix) == ["Intercept", "cycle"]
    with pytest.raises(autocrine.InputError, match="named as numeric: batch, which hold groups or names"):
        autocrine.fit(counts, "~ batch", SHEET, numeric=["batch"], repeated_patients="keep")


def test_defaults_and_choices_are_those_of_the_configuration():
    defaults = {name: p.default for name, p in inspect.signature(autocrine.fit).parameters.items()}
    statistics = SCHEMA["properties"]["statistics"]["properties"]
    model = SCHEMA["properties"]["models"]["additionalProperties"]["properties"]
    described = {**statistics, **model}
    checked = [name for name in defaults if name in described and "default" in described[name]]
    assert len(checked) >= 7
    for name in checked:
        held = described[name]["default"]
        assert defaults[name] in (held, tuple(held) if isinstance(held, list) else held, None), name
    for name, choices in CHOICES.items():
        if "enum" in described.get(name, {}):
            assert set(choices) == set(described[name]["enum"]), name


def test_it_needs_neither_files_nor_plots_nor_the_workflow():
    heavy = ["anndata", "matplotlib", "scanpy", "snakemake", "pydeseq2", "jsonschema", "requests", "sklearn"]
    code = f"import sys, autocrine; autocrine.fit; print([name for name in {heavy} if name in sys.modules])"
    library = str(REPOSITORY / "workflow" / "scripts")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={"PYTHONPATH": library})
    assert run.stdout.strip() == "[]", run.stdout + run.stderr


def test_a_key_that_a_form_does_not_have_is_named(fitted):
    asked = {"factor": "stage", "tested": "b", "reference": "a", "places": [0, 1]}
    with pytest.raises(TypeError, match="places: a contrast of this form has factor, tested, reference"):
        fitted.test(asked)
