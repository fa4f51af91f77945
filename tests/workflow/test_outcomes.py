"""Outcomes of patients from the sheet to the report: the last section of docs/questions.md, run as it is printed."""

import re
import subprocess
import sys

import openpyxl
import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import REPOSITORY, jobs_of, run_snakemake, small_config, write_config
from tests.workflow.test_questions import OUTCOMES, OUTSIDE, agrees, normal, read_blocks

SNAKEFILE = REPOSITORY / "workflow" / "Snakefile"
BLOCKS = read_blocks(OUTCOMES)
SHOWN = {block.kind: block.content for block in BLOCKS}
# What takes time and is not asked about here.
PLAIN = {"sensitivity": False, "second_opinion": False, "claims": [], "gene_sets": []}
RESULTS = "results/patients"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outcomes")
    (folder / "resources").symlink_to(REPOSITORY / "resources")
    done = subprocess.run([sys.executable, "-c", SHOWN["python"]], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    write_config(folder / "config.yaml", yaml.safe_load(SHOWN["yaml"]) | PLAIN)
    return folder


@pytest.fixture(scope="module")
def results(folder):
    done = run_snakemake(folder, "-s", SNAKEFILE, "--configfile", "config.yaml")
    assert done.returncode == 0, done.stdout
    assert jobs_of(done.stdout)["test_outcomes"] == jobs_of(done.stdout)["plot_outcomes"] == 1
    return folder / RESULTS


@pytest.fixture(scope="module")
def table(results):
    return pd.read_csv(results / "outcomes.tsv", sep="\t", keep_default_na=False, na_values=["NA"])


def test_the_page_prints_what_the_run_gives(table):
    by_name = table.set_index(["outcome_name", "name"])
    for row in SHOWN["table"]:
        found = by_name.loc[(row["outcome_name"], row["name"])]
        wrong = {
            column: (printed, found[column])
            for column, printed in row.items()
            if column not in ("outcome_name", "name", "planted") and not agrees(printed, found[column])
        }
        assert not wrong
        planted = float(row["planted"].removesuffix(OUTSIDE))
        held = pd.isna(found["ci_low"]) or found["ci_low"] < planted < found["ci_high"]
        assert held != row["planted"].endswith(OUTSIDE)
    prose = " ".join(block.content for block in BLOCKS if block.kind == "prose")
    assert set(re.findall(r"\d+\.\d+", prose)) == {"0.5"}


def test_check_says_how_many_events_there_are(folder):
    checked = run_snakemake(folder, "check", "-s", SNAKEFILE, "--configfile", "config.yaml")
    assert checked.returncode == 0 and normal(SHOWN["text"]) in normal(checked.stdout)


def test_every_row_is_a_prediction_and_says_that_it_is_simulated(table):
    assert set(table["evidence"]) == {"prediction"} and set(table["data_origin"]) == {"SIMULATED"}
    assert table.groupby("outcome_name").size().nunique() == 1 and len(table) == 3 * (227 + 11)


def test_the_report_has_a_section_that_says_what_it_is_not(results):
    page = (results / "report.html").read_text(encoding="utf-8")
    section = re.search(r'<section id="outcomes">.*?</section>', page, re.DOTALL)[0]
    for words in (
        "never put together",
        "40 patients, one sample each; 16 had the event: 8 events per variable. Beside each gene or score",
        "8 events per variable are few",
        "Too few events for any answer: 3 events in 40 patients; 5 are the fewest that are tested.",
        "a response in log10",
        "For the eye only",
    ):
        assert words in section, words
    assert section.count("<img") == 2 and '<a href="#outcomes">Outcomes</a>' in page
    # Of progression nothing but the sentence.
    progression = section.split("<h3>progression</h3>")[1].split("<h3>")[0]
    assert "<table" not in progression
    assert "Relapse after stopping (beside age); progression: by proportional hazards (Cox 1972" in page


def test_the_workbook_holds_the_table(results, table):
    book = openpyxl.load_workbook(results / "tables.xlsx", read_only=True)
    sheet = book["outcomes"]
    assert sum(1 for _ in sheet.rows) == len(table) + 1


def test_files_are_in_the_ledger_and_described(results):
    ledger = (results / "ro-crate-metadata.json").read_text(encoding="utf-8")
    for name in ("outcomes.tsv", "figures/outcomes.svg", "figures/follow_up.pdf"):
        assert f'"{name}"' in ledger, name
    assert '"outcomes.tsv"' in (results / "datapackage.json").read_text(encoding="utf-8")


def test_the_results_verify(folder, results):
    done = run_snakemake(folder, "verify", "-s", SNAKEFILE, "--configfile", "config.yaml")
    assert done.returncode == 0, done.stdout
    records = {path.stem for path in (results / "records").iterdir()}
    assert {"test_outcomes", "plot_outcomes"} <= records


def test_another_title_draws_and_writes_anew_and_tests_nothing(folder, results):
    config = yaml.safe_load(SHOWN["yaml"]) | PLAIN
    config["outcomes"]["relapse"]["title"] = "Relapse"
    planned = run_snakemake(folder, "-n", "-s", SNAKEFILE, "--configfile", write_config(folder / "titled.yaml", config))
    jobs = jobs_of(planned.stdout)
    assert "plot_outcomes" in jobs and "render_report" in jobs
    assert not {"test_outcomes", "import_counts", "assess_quality", "fit_model_sexes"} & set(jobs)


def test_all_faults_are_reported_before_any_job(folder):
    sheet = pd.read_csv(folder / "patients_sheet.tsv", sep="\t")
    sheet.loc[0, "months"], sheet.loc[1, "patient"] = -3, sheet.loc[0, "patient"]
    sheet["relapse"] = sheet["relapse"].where(sheet.index != 5, "maybe")
    sheet.to_csv(folder / "wrong.tsv", sep="\t", index=False)
    config = yaml.safe_load(SHOWN["yaml"]) | PLAIN
    config["cohorts"]["patients"]["samples"] = "wrong.tsv"
    config["outcomes"]["reduction"]["covariates"] = ["log_reduction"]
    done = run_snakemake(folder, "-n", "-s", SNAKEFILE, "--configfile", write_config(folder / "wrong.yaml", config))
    assert done.returncode != 0
    for said in (
        'config, outcomes.relapse.time: "months" is negative for P01',
        'config, outcomes.relapse.event: "relapse" has 3 values',
        "config, outcomes.relapse.samples: 1 patient has several samples: P01 (P01, P02)",
        'config, outcomes.reduction.covariates: "log_reduction" is the outcome itself',
    ):
        assert said in done.stdout, done.stdout
    assert "Job stats" not in done.stdout


def test_without_outcomes_there_is_no_job_for_them(tmp_path):
    for name in ("counts.tsv", "samples.tsv"):
        (tmp_path / name).symlink_to(REPOSITORY / "config" / name)
    config = write_config(tmp_path / "config.yaml", small_config())
    planned = run_snakemake(tmp_path, "-n", "-s", SNAKEFILE, "--configfile", config)
    assert planned.returncode == 0 and not {"test_outcomes", "plot_outcomes"} & set(jobs_of(planned.stdout))
