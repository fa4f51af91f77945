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
        "alpha: 2 -> a number above 0 and below 1",
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


@pytest.fixture(scope="module")
def hidden():
    """24 samples of three groups x 500 genes in which nothing differs, and a hidden batch that is mostly in group c."""
    random = np.random.default_rng(8)
    sheet = pd.DataFrame({"group": list("abc") * 8, "sex": list("fffmmm") * 4}, index=[f"S{i}" for i in range(24)])
    batch = np.where(sheet["group"] == "c", random.random(24) < 0.8, random.random(24) < 0.3)
    mean = random.lognormal(5, 1, 500) * np.exp(np.outer(batch, random.normal(0, 0.8, 500)))
    values = random.poisson(random.gamma(20, mean / 20))
    return pd.DataFrame(values, index=sheet.index, columns=[f"g{i}" for i in range(500)]), sheet


BA, CA = ({"factor": "group", "tested": tested, "reference": "a"} for tested in "bc")


def test_hidden_factors_answer_only_what_they_were_estimated_along(hidden):
    counts, sheet = hidden
    fit = autocrine.fit(counts, "~ sex + group", sheet, unwanted_factors=1, contrasts={"ba": BA, "ca": CA})
    assert (fit.test("ca")["moderated_adj_p_value"] < 0.05).sum() <= 5
    # A direction between those that were named is among them.
    assert (fit.test(group=("c", "b"))["moderated_adj_p_value"] < 0.05).sum() <= 5
    assert (fit.test_reduced("~ sex")["moderated_adj_p_value"] < 0.05).sum() <= 5
    with pytest.raises(autocrine.InputError, match="along the contrasts that the fit named"):
        fit.test(sex=("m", "f"))
    fewer = autocrine.fit(counts, "~ sex + group", sheet, unwanted_factors=1, contrasts={"ba": BA})
    with pytest.raises(autocrine.InputError, match="this is none of them"):
        fewer.test(group=("c", "a"))
    with pytest.raises(autocrine.InputError, match="it leaves out more"):
        fewer.test_reduced("~ sex")
    # An interaction that is left out is along no contrast of main effects, though the designs' ranks would allow it.
    crossed = autocrine.fit(counts, "~ sex * group", sheet, unwanted_factors=1, contrasts={"ba": BA, "ca": CA})
    with pytest.raises(autocrine.InputError, match="it leaves out more"):
        crossed.test_reduced("~ sex + group")
    with pytest.raises(autocrine.InputError, match="along contrasts, and none is named"):
        autocrine.fit(counts, "~ sex + group", sheet, unwanted_factors=1)
    # Reference genes know of no contrast.
    known = autocrine.fit(
        counts,
        "~ sex + group",
        sheet,
        unwanted_factors=1,
        unwanted_from="reference_genes",
        reference_genes=counts.columns,
    )
    assert (known.test(group=("c", "a"))["moderated_adj_p_value"] < 0.05).sum() <= 5


def test_what_stops_a_contrast_stops_the_test_of_what_a_smaller_design_leaves_out(hidden):
    counts, sheet = hidden
    sheet = sheet.assign(batch=np.where(sheet["group"] == "c", "two", "one"))[sheet["group"] != "b"]
    counts = counts.loc[sheet.index]
    with pytest.raises(autocrine.InputError, match="batch"):
        autocrine.fit(counts, "~ sex + group", sheet).test_reduced("~ sex")
    accepted = autocrine.fit(counts, "~ sex + group", sheet, accept_confounded=["batch"])
    tested = accepted.test_reduced("~ sex")
    assert tested.attrs["alpha"] == 0.05 and any("batch" in text for text in tested.attrs["warnings"])
    assert len(tested.attrs["warnings"]) == len(accepted.test(group=("c", "a")).attrs["warnings"])
    repeated = sheet.drop(columns="batch").assign(patient=[f"P{i // 2}" for i in range(len(sheet))])
    repeated["group"] = ["a", "a", "c", "c"] * (len(sheet) // 4)
    with pytest.raises(autocrine.InputError, match="patient"):
        autocrine.fit(counts, "~ group", repeated).test_reduced("~ 1")


def test_what_is_left_out_is_examined_on_the_samples_of_the_fit(hidden):
    counts, sheet = hidden
    # A group of one sample takes nothing from what is said of the others.
    lone = sheet[(sheet["group"] != "b") | (sheet.index == "S1")]
    lone = lone.assign(batch=lone["group"].map({"a": "one", "b": "one", "c": "two"}))
    with pytest.raises(autocrine.InputError, match="batch coincides"):
        autocrine.fit(counts.loc[lone.index], "~ sex + group", lone).test_reduced("~ sex")
    # A column that the model makes is not held against what it is made of.
    states = sheet.assign(state=sheet["group"].map({"a": "early", "b": "early", "c": "late"}))
    made = {"late": {"yes": {"state": "late"}, "no": {"state": "early"}}}
    fitted = autocrine.fit(counts, "~ sex + late", states, groups=made)
    assert len(fitted.test_reduced("~ sex")) == 500
    # A curve that is left out of a line is a question along the measurement.
    aged = sheet.assign(age=np.arange(24) % 11 + 0.5, batch=np.where(np.arange(24) % 11 < 6, "one", "two"))
    curved = autocrine.fit(counts, "~ spline(age, 2)", aged)
    assert curved.test_reduced("~ age").attrs["warnings"] == curved.test(age=autocrine.spline()).attrs["warnings"]
    # What is left out of an interaction compares no main effects: patients may have a sample at each time.
    crossed = sheet.assign(patient=[f"P{i // 2}" for i in range(24)], time=["0", "1"] * 12)
    crossed["group"] = np.repeat(list("ac"), 12)
    fitted = autocrine.fit(counts, "~ group * time", crossed)
    assert len(fitted.test_reduced("~ group + time")) == 500
    assert fitted.test_reduced("~ group + time").attrs["warnings"] == fitted.warnings()


def test_nothing_need_be_left_of_a_design(hidden):
    counts, sheet = hidden
    fit = autocrine.fit(counts, "~ group", sheet)
    whole, any_group = fit.test_reduced("~ 1"), fit.test(group=autocrine.any_difference())
    np.testing.assert_allclose(whole["p_value"], any_group["p_value"], rtol=1e-6)
    assert (whole["df"] == 2).all() and whole.attrs["warnings"] == any_group.attrs["warnings"]


def test_estimated_counts_are_rounded_as_in_a_run(counts):
    lengths = pd.DataFrame(np.linspace(500, 3000, counts.size).reshape(counts.shape), counts.index, counts.columns)
    estimates = counts + 0.3
    rounded = autocrine.fit(counts, "~ patient + stage", SHEET, lengths=lengths)
    adata = anndata.AnnData(estimates, obs=SHEET, layers={"length": lengths.to_numpy()})
    for given in (
        autocrine.fit(estimates, "~ patient + stage", SHEET, lengths=lengths),
        autocrine.fit(adata, "~ patient + stage", lengths="length"),
    ):
        close(given.test(stage=("late", "early")), rounded.test(stage=("late", "early")), NUMBERS)
    for wrong, words in ((lengths.iloc[:, [0, *range(600)]], "g0 appear twice"), (-lengths, "no lengths")):
        with pytest.raises(autocrine.InputError, match=words) as caught:
            autocrine.fit(estimates, "~ patient + stage", SHEET, lengths=wrong)
        assert len(caught.value.problems) == 1
    with pytest.raises(autocrine.InputError, match='there is no layer "nope"') as caught:
        autocrine.fit(adata, "~ patient + stage", lengths="nope")
    assert len(caught.value.problems) == 1
    hollow = anndata.AnnData(obs=SHEET, var=pd.DataFrame(index=counts.columns))
    hollow.layers["counts"], hollow.layers["length"] = estimates.to_numpy(), lengths.to_numpy()
    with pytest.raises(autocrine.InputError, match="X holds no raw counts"):
        autocrine.fit(hollow, "~ patient + stage", lengths="length")
    with pytest.raises(autocrine.InputError, match="with decimals"):
        autocrine.fit(estimates, "~ patient + stage", SHEET)


def test_counts_may_lie_in_their_file(counts, tmp_path):
    from scipy.sparse import csr_matrix

    asked = {"stage": ("late", "early")}
    expected = autocrine.fit(counts, "~ patient + stage", SHEET).test(**asked)
    for name, values in (("dense", counts.to_numpy()), ("sparse", csr_matrix(counts.to_numpy()))):
        anndata.AnnData(values, obs=SHEET, var=pd.DataFrame(index=counts.columns)).write_h5ad(tmp_path / name)
        backed = anndata.read_h5ad(tmp_path / name, backed="r")
        for held in (backed, backed[list(counts.index)]):
            close(autocrine.fit(held, "~ patient + stage").test(**asked), expected, NUMBERS)
        assert backed.isbacked


def test_sheets_of_every_kind_of_pandas_column(counts):
    plain = SHEET.drop(columns="patient")
    expected = autocrine.fit(counts, "~ batch", plain).test(batch=(2, 1))
    numbers = plain["batch"].astype(float)
    for batch in (pd.Categorical(numbers), numbers.astype(object), numbers, numbers.astype("Int64").astype(str)):
        sheet = plain.assign(batch=batch, score=pd.array([1.5, None] * 6, dtype="Float64"))
        for two, one in ((2, 1), (2.0, 1.0), ("2", "1")):
            close(autocrine.fit(counts, "~ batch", sheet).test(batch=(two, one)), expected, NUMBERS)
        kept = autocrine.fit(counts, "~ stage", sheet, samples={"batch": 1.0, "stage": ("early", "late")})
        assert len(kept.design_matrix) == 4
    # Names that are numbers are texts, and no two columns have one.
    autocrine.fit(counts, "~ batch", plain.assign(**{"batch": plain["batch"]}).rename(columns={"dose": 0}))
    with pytest.raises(autocrine.InputError, match="columns appear twice: batch"):
        autocrine.fit(counts, "~ batch", plain.rename(columns={"stage": "batch"}))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"alpha": "0.05"}, "alpha: '0.05'"),
        ({"power": None}, "power: None"),
        ({"alpha": 0.3, "power": 0.2}, "power: 0.2, and alpha is 0.3"),
        ({"unwanted_factors": 1.5}, "unwanted_factors: 1.5"),
        ({"unwanted_factors": "1"}, "unwanted_factors: '1'"),
    ],
)
def test_arguments_of_other_kinds_are_told_as_problems(counts, given, words):
    with pytest.raises(autocrine.InputError, match=words):
        autocrine.fit(counts, "~ stage", SHEET, **given)


def test_wrong_margins_and_parts_of_a_difference(fitted):
    for margin in (0, -1, float("nan"), float("inf"), "1"):
        with pytest.raises(autocrine.InputError, match="equivalence_margin"):
            fitted.test(stage=("late", "early"), margin=margin)
    with pytest.raises(KeyError, match="there is no contrast zz"):
        fitted.test({"difference": ["zz", "yy"]})


def test_samples_without_a_control_gene_are_named(counts):
    counts = counts.assign(spike=[0, 0, *range(1, 11)])
    with pytest.raises(autocrine.EngineError, match="in these samples: number 1, number 2"):
        autocrine.fit(counts, "~ stage", SHEET, size_factor_genes=["spike"])
