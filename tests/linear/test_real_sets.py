"""Real sets against R limma 3.54.1: answers to some genes of each, with priors that rest on all of them."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.linear.agreement import agrees, agrees_in_all

from autocrine import linear

SETS = {
    "airway": ("dex", "cell", "trt"),
    "ptc_paired": ("tissue", "patient", "tumour"),
    "bottomly": ("strain", "experiment_number", "DBA/2J"),
}


@pytest.fixture(scope="module", params=SETS)
def study(request, shared, real_answers):
    """Name, counts, paired and simple design, blocks, and library sizes of a real set."""
    name, (factor, block, tested) = request.param, SETS[request.param]
    folder = shared("data") / name
    counts = pd.read_csv(folder / "counts.tsv.gz", sep="\t", index_col=0).T
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", index_col=0, dtype=str).loc[counts.index]
    counts = counts.loc[:, counts.sum() >= 10 * len(counts)]
    assert counts.shape[1] == real_answers.numbers(name)["genes"]
    simple = pd.DataFrame({"Intercept": 1.0, "tested": (sheet[factor] == tested).astype(float)})
    others = sorted(sheet[block].unique())[1:]
    paired = simple.join(pd.DataFrame({label: (sheet[block] == label).astype(float) for label in others}))
    paired = paired[["Intercept", *others, "tested"]]
    return name, counts, paired, simple, sheet[block], _samples(real_answers, name, "library_size")


def _samples(answers, name, key):
    table = answers.table("samples", name)
    return table.loc[table["key"] == key, "value"].to_numpy()


def test_voom_of_real_counts(study, real_answers):
    name, counts, paired, _, _, sizes = study
    found = linear.voom(counts, paired, library_sizes=sizes)
    r = real_answers.table("weights", name).pivot(index="sample", columns="gene", values="value")
    agrees(pd.DataFrame(found.weights, counts.index, counts.columns).loc[r.index, r.columns], r)
    last = np.eye(paired.shape[1])[-1]
    fit = linear.fit_model(found.expression, paired, weights=found.weights)
    agrees_in_all(fit, real_answers.genes(f"{name}_voom"), last)
    trended, r = linear.fit_model(found.expression, paired, trend=True), real_answers.genes(f"{name}_trend")
    agrees_in_all(trended, r, last)
    joint = linear.test_nested(trended, paired[["Intercept"]]).loc[r.index]
    agrees(joint["stat"], r["f_stat"])
    agrees(joint["p_value"], r["f_p_value"])


def test_quality_weights_of_real_counts(study, real_answers):
    name, counts, paired, _, _, sizes = study
    found = linear.voom_with_quality_weights(counts, paired, library_sizes=sizes)
    agrees(found.sample_weights, _samples(real_answers, name, "quality"))
    agrees(linear.estimate_array_weights(found.expression, paired), _samples(real_answers, name, "reml"))
    fit = linear.fit_model(found.expression, paired, weights=found.weights)
    agrees_in_all(fit, real_answers.genes(f"{name}_quality"), np.eye(paired.shape[1])[-1])


def test_blocks_of_real_counts(study, real_answers):
    name, counts, _, simple, blocks, sizes = study
    found, r = linear.voom(counts, simple, library_sizes=sizes), real_answers.numbers(name)
    options = {"blocks": blocks}
    for turn in ("first", "second"):
        between = linear.estimate_block_correlation(found.expression, simple, blocks, weights=found.weights)
        agrees(between.consensus, r[turn])
        options["correlation"] = between.consensus
        if turn == "first":
            found = linear.voom(counts, simple, library_sizes=sizes, **options)
    fit = linear.fit_model(found.expression, simple, weights=found.weights, **options)
    agrees_in_all(fit, real_answers.genes(f"{name}_block"), [0, 1])


@pytest.fixture(scope="module")
def leukaemia(tmp_path_factory):
    """The ALL set with R's answers, where R has it."""
    script, folder = Path(__file__).with_name("all_leukaemia.R"), tmp_path_factory.mktemp("ALL")
    if not shutil.which("Rscript"):
        pytest.skip("R is absent")
    done = subprocess.run(["Rscript", str(script), str(folder)], capture_output=True, text=True)
    if "there is no package" in done.stderr or "is not installed" in done.stderr:
        pytest.skip("R has no limma, statmod or ALL")
    assert done.returncode == 0, done.stderr
    return lambda name: pd.read_csv(folder / f"{name}.tsv", sep="\t", index_col=0)


def test_leukaemia_arrays(leukaemia):
    values, design = leukaemia("expression").T, leukaemia("design")
    design.index = values.index
    blocks, design = design["block"], design.drop(columns="block")
    samples = leukaemia("samples")
    weights = linear.estimate_array_weights(values, design)
    agrees(weights, samples["weight"])
    correlation = linear.estimate_block_correlation(values, design, blocks).consensus
    agrees(correlation, samples["correlation"].iloc[0])
    for name, options in {
        "plain": {},
        "trend": {"trend": True},
        "weighted": {"weights": weights},
        "block": {"blocks": blocks, "correlation": correlation},
    }.items():
        agrees_in_all(linear.fit_model(values, design, **options), leukaemia(name), [0, 0, 0, 1])
