"""One small cohort with difficult names, from its files to the report and the ecosystem's own report."""

import json
import re
import shutil
import zipfile

import anndata
import pandas as pd
import pytest

from autocrine.run.preloaded import ADDRESS
from tests.workflow.conftest import REPOSITORY, jobs_of, run_workflow, write_config

NAMES = {"S1": "1-resistant", "S2": "R (2) é", "S3": "R.3 <b>&", "S4": "sensitive 4", "S5": "Σ-5", "S6": "6%_$x$"}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A finished run in a folder with blanks and umlauts, on counts as a spreadsheet program on Windows saves them."""
    folder = tmp_path_factory.mktemp("ein Ordner mit ä")
    counts = pd.read_csv(REPOSITORY / "config" / "counts.tsv", sep="\t").rename(columns=NAMES)
    counts.insert(1, "note", 'text, with "quotes"')
    counts.to_csv(folder / "counts.csv", index=False, encoding="utf-8-sig", lineterminator="\r\n")
    sheet = pd.read_csv(REPOSITORY / "config" / "samples.tsv", sep="\t").replace({"sample": NAMES})
    sheet["response"] = sheet["response"] + " "
    sheet.iloc[::-1].to_csv(folder / "samples.csv", index=False)
    config = {
        "cohorts": {"small": {"title": "Small & <i>odd</i>", "counts": "counts.csv", "samples": "samples.csv"}},
        "models": {
            "response": {
                "design": "~ response",
                "contrasts": {
                    "r_vs_s": {"factor": "response", "tested": "resistant", "reference": "sensitive"},
                    "s_vs_r": {"factor": "response", "tested": "sensitive", "reference": "resistant"},
                },
            }
        },
        "gene_sets": [],
    }
    write_config(folder / "config.yaml", config)
    run = run_workflow(folder, folder / "config.yaml")
    assert run.returncode == 0, run.stdout
    return folder, config


def test_names_survive_as_written(small):
    folder, _ = small
    data = anndata.read_h5ad(folder / "results" / "small" / "counts.h5ad")
    assert set(data.obs_names) == set(NAMES.values())
    quality = pd.read_csv(folder / "results" / "small" / "quality.tsv", sep="\t")
    assert set(quality["sample"]) == set(NAMES.values())
    raw = pd.read_csv(REPOSITORY / "config" / "counts.tsv", sep="\t", index_col=0).rename(columns=NAMES)
    assert (data.to_df().T[list(raw.columns)].to_numpy() == raw.to_numpy()).all()


def test_oddities_are_noted(small):
    folder, _ = small
    notes = " ".join(anndata.read_h5ad(folder / "results" / "small" / "counts.h5ad").uns["import"]["notes"])
    for words in ("byte-order mark", "line ends", "quotes", "blanks around 6 values"):
        assert words in notes


def test_report_shows_names_as_text_and_loads_nothing(small):
    folder, _ = small
    page = (folder / "results" / "small" / "report.html").read_text(encoding="utf-8")
    assert "Small &amp; &lt;i&gt;odd&lt;/i&gt;" in page and "<i>odd" not in page
    assert "R.3 &lt;b&gt;&amp;" in page and "R.3 <b>" not in page
    # What a browser would fetch; test_report_page.py watches one.
    assert "default-src 'none'" in page
    assert not re.search(r"""(src|href|srcset|action)\s*=\s*["']?\s*(https?:|//)""", page.split('id="meta"')[0])
    assert 'class="simulated"' not in page


def test_reversed_contrasts_mirror_each_other(small):
    folder, _ = small
    model = folder / "results" / "small" / "response"
    there, back = (pd.read_csv(model / name / "genes.tsv.gz", sep="\t") for name in ("r_vs_s", "s_vs_r"))
    pd.testing.assert_series_equal(there["log2_fc"], -back["log2_fc"], check_names=False, rtol=1e-6)
    pd.testing.assert_series_equal(there["p_value"], back["p_value"], rtol=1e-6)
    assert set(there["data_origin"]) == {"measured"}


def test_every_gap_has_a_reason(small):
    folder, _ = small
    genes = pd.read_csv(folder / "results" / "small" / "response" / "r_vs_s" / "genes.tsv.gz", sep="\t")
    assert (genes["adj_p_value"].notna() == (genes["status"] == "tested")).all()
    assert genes.loc[genes["status"] == "tested", genes.columns != "max_cooks"].notna().all().all()
    panel = pd.read_csv(folder / "results" / "small" / "panel.tsv", sep="\t", keep_default_na=False)
    assert len(panel) == 2 * len(pd.read_csv(REPOSITORY / "resources" / "panels" / "bmp.tsv", sep="\t"))
    assert ((panel["adj_p_value"] != "NA") | (panel["reason"] != "")).all()


def test_threads_obey_the_rule(small, tmp_path):
    folder = shutil.copytree(small[0], tmp_path / "again")
    spy = folder / "spy"
    spy.mkdir()
    (spy / "sitecustomize.py").write_text(
        "import os, sys\n"
        "if any('fit_model' in word for word in sys.orig_argv):\n"
        "    open(os.environ['SPY'], 'w').write(os.environ.get('OMP_NUM_THREADS', 'not set'))\n"
    )
    # The job is a Python of its own here; one that forks has a single thread for linear algebra.
    spied = {ADDRESS: "none", "PYTHONPATH": str(spy), "SPY": str(spy / "threads.txt")}
    run = run_workflow(folder, folder / "config.yaml", "--force", "results/small/response/fit.json", **spied)
    assert run.returncode == 0 and (spy / "threads.txt").read_text() == "1", run.stdout


def test_second_run_does_nothing(small):
    folder, _ = small
    run = run_workflow(folder, folder / "config.yaml")
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout


def test_a_title_rewrites_figures_and_report_only(small):
    folder, config = small
    config["models"]["response"]["contrasts"]["r_vs_s"]["title"] = "Another title"
    write_config(folder / "titled.yaml", config)
    run = run_workflow(folder, folder / "titled.yaml", "-n")
    drawn = {"plot_models_1", "plot_panel", "plot_quality"}
    written = {"render_report", "write_workbook", "write_ledger"}
    assert set(jobs_of(run.stdout)) == drawn | written | {"all", "total"}


def test_ecosystem_report_is_made(small):
    folder, _ = small
    run = run_workflow(folder, folder / "config.yaml", "--report", "report.zip")
    assert run.returncode == 0, run.stdout
    with zipfile.ZipFile(folder / "report.zip") as archive:
        page = archive.read("report/report.html").decode()
        held = {name.rsplit("/", 1)[-1] for name in archive.namelist()}
    shown, _ = json.JSONDecoder().raw_decode("{" + page.split("var results = {", 1)[1])
    expected = {
        f"results/small/{name}"
        for name in (
            *(
                "quality.tsv",
                "panel.tsv",
                "claims.tsv",
                "figures/components.svg",
                "figures/panel.svg",
                "figures/story.svg",
            ),
            *("figures/sensitivity.svg", "response/dispersions.svg", "response/primary_genes.svg"),
            *(
                f"response/{contrast}/{name}"
                for contrast in ("r_vs_s", "s_vs_r")
                for name in ("genes.tsv.gz", "volcano.svg")
            ),
        )
    }
    assert expected <= set(shown)
    for name, entry in shown.items():
        assert name.rsplit("/", 1)[-1] in held
        assert entry["caption"] and entry["labels"], name
    assert "RuntimeWarning" not in run.stdout


def test_fit_record_holds_what_was_applied(small):
    folder, _ = small
    fit = json.loads((folder / "results" / "small" / "response" / "fit.json").read_text(encoding="utf-8"))
    assert fit["samples"] == 6 and fit["residual_degrees_of_freedom"] == 4
    assert sorted(fit["contrasts"]["r_vs_s"]["groups"]["resistant"]) == sorted(NAMES[s] for s in ("S1", "S2", "S3"))
    assert fit["statistics"] == {
        "alpha": 0.05, "equivalence_margin": 1.0, "power": 0.8, "low_count_filter": "none", "calls": "deseq2",
        "set_correlation": "estimated",
        "margin_per": "sd",
        "threshold_test": "greaterAbs2014",
    }  # fmt: skip
    assert fit["moderated_degrees_of_freedom"] > 4


def test_audit_engine_agrees_on_effects(small):
    folder, config = small
    config = {**config, "engine": "pydeseq2", "cohorts": {"audit": config["cohorts"]["small"]}}
    write_config(folder / "audit.yaml", config)
    run = run_workflow(folder, folder / "audit.yaml", "--until", "fit_model_response")
    assert run.returncode == 0, run.stdout
    ours, theirs = (
        pd.read_csv(folder / "results" / cohort / "response" / "r_vs_s" / "genes.tsv.gz", sep="\t")
        for cohort in ("small", "audit")
    )
    assert abs(ours["log2_fc"] - theirs["log2_fc"]).median() < 0.01
