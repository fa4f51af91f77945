"""A patient without a partner sample, in real pairs through the whole workflow: kept, dropped or refused, and reported.

The set is beside the repository (../shared); without it the tests are skipped by name.
"""

import html
import json

import numpy as np
import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import REPOSITORY, run_workflow, write_config

LOST, LONE = "NTH_3", "PTC_3"  # normal tissue and tumour of patient P3
WORDS = f"P3 has only tumour (sample {LONE})"


def configured(*choices):
    """Return the configuration of the pairs without one sample, with a model per choice."""
    config = yaml.safe_load((REPOSITORY / "tests" / "configs" / "ptc_paired.yaml").read_text(encoding="utf-8"))
    config["cohorts"]["ptc_paired"]["exclude"] = {LOST: "taken out for the test"}
    model = config["models"]["tumour"]
    config["models"] = {choice: {**model, "title": choice, "incomplete_pairs": choice} for choice in choices}
    return {**config, "sensitivity": False, "gene_sets": []}


@pytest.fixture(scope="module")
def folder(shared_data, tmp_path_factory):
    data = shared_data("ptc_paired")
    root = tmp_path_factory.mktemp("incomplete_pairs")
    (root / "shared").symlink_to(data.parents[1])
    folder = root / "run"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def run(folder):
    """What a run with both choices says; its results are in `folder`."""
    config = write_config(folder / "config.yaml", configured("keep", "drop"))
    done = run_workflow(folder, config, "results/ptc_paired/report.html")
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def results(run, folder):
    return folder / "results" / "ptc_paired"


def record(results, choice):
    return json.loads((results / choice / "fit.json").read_text(encoding="utf-8"))


def samples(results, choice):
    return set(pd.read_csv(results / choice / "samples.tsv", sep="\t")["sample"])


def genes(results, choice):
    return pd.read_csv(results / choice / "tumour_vs_normal" / "genes.tsv.gz", sep="\t", index_col="gene_id")


def test_kept_patient_is_named_everywhere(run, results):
    warnings = [warning for warning in record(results, "keep")["warnings"] if WORDS in warning["text"]]
    assert len(warnings) == 1 and "no comparison within patients for 1 of 8 patients" in warnings[0]["text"]
    assert warnings[0]["contrasts"] == ["tumour_vs_normal"] and f"tumour_vs_normal: {warnings[0]['text']}" in run
    page = html.unescape((results / "report.html").read_text(encoding="utf-8"))
    # The page says the model's title in place of the name of its only comparison.
    assert warnings[0]["text"] in page
    assert record(results, "keep")["samples"] == 15 and LONE in samples(results, "keep")


def test_dropped_sample_is_left_out_and_recorded(run, results):
    words = f"{LONE} was left out: no partner sample: {WORDS}"
    assert [warning["text"] for warning in record(results, "drop")["warnings"]].count(words) == 1
    assert words in run
    assert words in html.unescape((results / "report.html").read_text(encoding="utf-8"))
    assert record(results, "drop")["samples"] == 14
    assert samples(results, "keep") - samples(results, "drop") == {LONE}
    assert not any("P3" in name for name in record(results, "drop")["coefficients"])


def test_keeping_and_dropping_answer_alike(results):
    """A patient alone in the design has a level of their own, so their sample holds nothing on the change.

    What is left of it are size factors, which rest on all samples of the fit, and dispersions, whose trend does.
    """
    kept, dropped = genes(results, "keep"), genes(results, "drop")
    well = (dropped["base_mean"] > 50) & (kept["status"] == "tested") & (dropped["status"] == "tested")
    difference = (kept["log2_fc"] - dropped["log2_fc"])[well]
    assert well.sum() > 500
    assert difference.abs().quantile(0.99) < 0.01
    assert (kept["lfc_se"] / dropped["lfc_se"])[well].quantile([0.01, 0.99]).between(0.95, 1.05).all()

    factors = {choice: pd.Series(record(results, choice)["size_factors"]) for choice in ("keep", "drop")}
    ratio = np.log2(factors["keep"] / factors["drop"]).dropna()
    normal = ratio.index.str.startswith("NTH")
    # Counts are divided by the factors: what these moved between tumour and normal, every effect moved the other way.
    shift = ratio[normal].mean() - ratio[~normal].mean()
    assert difference.median() == pytest.approx(shift, abs=1e-3)
    assert (difference - difference.median()).abs().median() < 2e-4


def test_run_stops_where_pairs_must_be_complete(folder):
    done = run_workflow(folder, write_config(folder / "stop.yaml", configured("stop")), "-n")
    assert done.returncode != 0
    assert "config, models.stop.incomplete_pairs" in done.stdout
    assert f"P3: only tumour (sample {LONE})" in done.stdout
