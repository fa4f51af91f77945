"""Every shipped configuration is accepted, and bad ones fail before any job, with the right words."""

import os
import shutil

import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import (
    REPOSITORY,
    copy_inputs,
    jobs_of,
    run_snakemake,
    run_workflow,
    small_config,
    write_config,
)

# Several sets in one configuration are in test_summary.py.
REAL = sorted(set((REPOSITORY / "tests" / "configs").glob("*.yaml")) - {REPOSITORY / "tests/configs/four_cohorts.yaml"})


def test_demo_plans_all_jobs():
    run = run_snakemake(REPOSITORY, "-n", "--forceall")
    assert run.returncode == 0, run.stdout
    jobs = jobs_of(run.stdout)
    assert jobs["render_report"] == 1
    assert sum(count for name, count in jobs.items() if name.startswith("fit_model_")) == 8 == jobs["vary_model"]
    # Twelve contrasts, eight at a time at the most.
    assert sum(count for name, count in jobs.items() if name.startswith("plot_models_")) == 2


def test_template_plans_all_jobs(tmp_path):
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    asked = ("-s", REPOSITORY / "workflow" / "Snakefile", "-n")
    run = run_snakemake(tmp_path, *asked)
    assert run.returncode == 0, run.stdout
    assert jobs_of(run.stdout)["fit_model_response"] == jobs_of(run.stdout)["vary_model"] == 1
    changed = run_snakemake(tmp_path, *asked, "--config", "sensitivity=False")
    assert changed.returncode == 0, changed.stdout
    assert jobs_of(changed.stdout)["fit_model_response"] == 1 and "vary_model" not in jobs_of(changed.stdout)


@pytest.mark.parametrize("config", REAL, ids=lambda path: path.stem)
def test_real_configs_plan_all_jobs(config, shared_data, tmp_path):
    shared_data(config.stem)
    (tmp_path / "shared").symlink_to(REPOSITORY.parent / "shared")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "tests").symlink_to(REPOSITORY / "tests")
    run = run_workflow(folder, config, "-n")
    assert run.returncode == 0, run.stdout
    assert jobs_of(run.stdout)["import_counts"] == 1


def test_template_is_a_sample_of_the_demo():
    template = pd.read_csv(REPOSITORY / "config" / "counts.tsv", sep="\t", index_col="gene_id")
    demo = pd.read_csv(REPOSITORY / "resources" / "demo" / "counts.tsv.gz", sep="\t", index_col="gene_id")
    source = [f"{patient}-LSC-follow_up" for patient in ("P01", "P02", "P03", "P07", "P08", "P09")]
    assert (template.to_numpy() == demo.loc[template.index, source].to_numpy()).all()


def test_all_errors_come_at_once_and_nothing_is_written(tmp_path):
    counts = "gene\tS1\tS 2\tS3\nTP53\t1\t2.5\t3\n1-Mar\t4\t5\t6\nTP53\t-1\tx\t2\n"
    (tmp_path / "counts.tsv").write_text(counts)
    (tmp_path / "samples.tsv").write_text(
        "sample\tresponse\tsex\nS1\tresistant\tF\nS 2\tsensitive\tmale\nS4\tresistant\t\n"
    )
    config = {
        "cohorts": {"study": {"counts": "counts.tsv", "samples": "samples.tsv"}},
        "models": {
            "m": {
                "design": "~ batch + response",
                "contrasts": {"c": {"factor": "response", "tested": "Resistant", "reference": "sensitive"}},
            }
        },
    }
    run = run_workflow(tmp_path, write_config(tmp_path / "config.yaml", config))
    assert run.returncode == 1
    for words in (
        'column "sex"',
        "Only in the sheet: S4. Only in the counts: S3",
        "1-Mar (was MARCHF1 or MTARC1?)",
        'gene TP53, sample S 2: "x"',
        "1 gene identifier appears in several rows: TP53",
    ):
        assert words in run.stdout
    assert "Traceback" not in run.stdout
    left = {path.name for path in tmp_path.iterdir()} - {".snakemake"}
    assert left == {"counts.tsv", "samples.tsv", "config.yaml"}


def test_unknown_keys_are_named_with_a_near_miss(tmp_path):
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    config["modles"] = {}
    config["cohorts"]["my_cohort"]["sample"] = config["cohorts"]["my_cohort"].pop("samples")
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    run = run_workflow(tmp_path, write_config(tmp_path / "mine.yaml", config), "-n")
    assert run.returncode == 1
    assert 'the key "modles" is unknown\n     -> "models"?' in run.stdout
    assert 'config, cohorts.my_cohort: the key "sample" is unknown\n     -> "samples"?' in run.stdout


def test_designs_are_checked_before_any_job(tmp_path):
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    model = config["models"]["response"]
    config["models"]["aliased"] = {**model, "design": "~ patient + response"}
    config["models"]["code"] = {**model, "design": "~ __import__('os').system('touch owned') + response"}
    config["models"]["level"] = {
        **model,
        "contrasts": {"c": {"factor": "response", "tested": "refractory", "reference": "sensitive"}},
    }
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    run = run_workflow(tmp_path, write_config(tmp_path / "mine.yaml", config))
    assert run.returncode == 1
    assert (
        "patient P1, P2, P3 hold only response resistant; patient P4, P5, P6 hold only response sensitive" in run.stdout
    )
    assert "is not understood" in run.stdout and not (tmp_path / "owned").exists()
    assert "one of: resistant (3 samples), sensitive (3 samples)" in run.stdout
    assert not (tmp_path / "results").exists()


def test_a_configuration_of_ones_own_replaces_that_of_the_demo(tmp_path):
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    config["cohorts"]["second"] = {**config["cohorts"]["my_cohort"], "models": ["other"]}
    config["models"]["other"] = {**config["models"]["response"], "samples": {}}
    (tmp_path / "config").symlink_to(REPOSITORY / "config")
    run = run_workflow(tmp_path, write_config(tmp_path / "mine.yaml", config), "-n")
    assert run.returncode == 0, run.stdout
    jobs = jobs_of(run.stdout)
    # Two models on the first cohort, one on the second; nothing of the demo, whose configuration is not read.
    assert (jobs["import_counts"], jobs["fit_model_response"], jobs["fit_model_other"]) == (2, 1, 2)
    assert jobs["render_report"] == 2 and "fit_model_lsc_response" not in jobs and "results/demo" not in run.stdout


def test_every_kind_of_counts_in_the_template_is_a_form_that_the_schema_knows():
    from autocrine.problems import Findings
    from autocrine.run.config import read_settings

    schema = yaml.safe_load((REPOSITORY / "workflow" / "schemas" / "config.schema.yaml").read_text())
    text = (
        (REPOSITORY / "config" / "config.yaml").read_text().replace("64 characters as sha256sum prints them", "a" * 64)
    )
    lines = [line.strip().removeprefix("# ") for line in text.splitlines() if line.startswith("    # ")]
    examples = [yaml.safe_load(line) for line in lines if ": " in line.split("#")[0]]
    kinds = [example for example in examples if "counts" in example]
    assert len(kinds) == 10
    for example in examples:
        config = yaml.safe_load(text)
        config["cohorts"]["my_cohort"] |= example
        findings = Findings()
        read_settings(config, schema, findings)
        assert not findings.problems, example


@pytest.mark.parametrize("snakefile", ["workflow/Snakefile", "Snakefile"])
def test_jobs_run_in_the_image_that_the_configuration_names(tmp_path, snakefile):
    """A stand-in writes down what apptainer is called with, and fails: the container itself is tests/container."""
    calls, stand_in = tmp_path / "calls", tmp_path / "bin" / "apptainer"
    stand_in.parent.mkdir()
    version = 'if [ "$1" = --version ]; then echo "apptainer version 1.3.0"; exit 0; fi'
    stand_in.write_text(f'#!/bin/sh\n{version}\necho "$@" >> {calls}\nexit 1\n')
    stand_in.chmod(0o755)
    shutil.copy(stand_in, stand_in.with_name("singularity"))
    copy_inputs(tmp_path)
    (tmp_path / "autocrine.sif").touch()
    config = write_config(tmp_path / "config.yaml", small_config() | {"container": "autocrine.sif"})
    asked = ("results/one/counts.h5ad", "-s", REPOSITORY / snakefile, "--configfile", config, "--sdm", "apptainer")
    path = f"{stand_in.parent}{os.pathsep}{os.environ['PATH']}"
    assert run_snakemake(tmp_path, *asked, PATH=path).returncode != 0
    assert " autocrine.sif " in calls.read_text()
    # Without apptainer asked for, the image is not used.
    assert run_snakemake(tmp_path, *asked[:-2], "-n").returncode == 0
