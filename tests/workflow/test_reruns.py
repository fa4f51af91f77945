"""A change repeats the jobs that depend on it and no others, by counting jobs; contents decide, not times of files."""

import os
import shutil
import time
from contextlib import contextmanager

import pytest

from tests.workflow.conftest import copy_inputs, copy_workflow, jobs_of, run_snakemake, small_config, write_config

FITS = {
    *("fit_model_first", "fit_model_second", "vary_model", "assess_quality", "score_samples", "test_scores"),
    "plot_quality",
}
# Whatever changes a page or a table of a cohort is written down anew.
WRITTEN = {"render_report", "write_ledger"}
PANEL = {
    *("tabulate_panel", "plot_panel", "plot_models_1"),
    *("write_workbook", "describe_tables", *WRITTEN),
}
OVER_COHORTS = dict.fromkeys(
    ("summarise_cohorts", "pool_genes", "plot_forests", "render_summary", "write_summary_ledger"), 1
)


def whole_config(**cohorts):
    """Return the small study with the changed fits that most users have."""
    return small_config(**cohorts) | {"sensitivity": True}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A finished run of a small cohort, with a workflow of its own: (folder, what the first run printed)."""
    folder = copy_inputs(copy_workflow(tmp_path_factory.mktemp("study")))
    write_config(folder / "config.yaml", whole_config())
    run = run_snakemake(folder)
    assert run.returncode == 0, run.stdout
    return folder, jobs_of(run.stdout)


def planned(folder):
    """Rule -> number of jobs that a run would do now."""
    run = run_snakemake(folder, "-n")
    assert run.returncode == 0, run.stdout
    jobs = jobs_of(run.stdout)
    assert jobs or "Nothing to be done" in run.stdout
    return {rule: count for rule, count in jobs.items() if rule not in ("all", "total")}


@contextmanager
def edited(path, old, new):
    """Have `old` replaced in a file for a while. The file is newer before and after, as it is after real edits."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    try:
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        yield
    finally:
        path.write_text(text, encoding="utf-8")


def test_second_run_does_nothing(study):
    assert planned(study[0]) == {}


def test_times_of_files_decide_nothing(study):
    folder, _ = study
    now = time.time()
    given = [folder / "counts.tsv", folder / "samples.tsv", folder / "config.yaml"]
    for path in [*given, *(folder / "workflow").rglob("*.*"), *(folder / "results").rglob("*.h5ad")]:
        os.utime(path, (now, now))
    assert planned(folder) == {}


def test_a_changed_count_repeats_its_cohort(study):
    folder, whole = study
    # One count of one gene; size and shape of the file stay.
    line = (folder / "counts.tsv").read_text().splitlines()[5]
    assert not line.endswith("9")
    with edited(folder / "counts.tsv", line + "\n", line[:-1] + "9\n"):
        assert planned(folder) == {rule: count for rule, count in whole.items() if rule not in ("all", "total")}


def test_a_change_with_the_old_date_and_size_is_noticed(study):
    folder, whole = study
    path = folder / "counts.tsv"
    line, date = path.read_text().splitlines()[5], path.stat().st_mtime_ns
    with edited(path, line + "\n", line[:-1] + ("8" if line[-1] != "8" else "7") + "\n"):
        for stamp in (date, 10**18):
            os.utime(path, ns=(stamp, stamp))
            assert planned(folder) == {rule: count for rule, count in whole.items() if rule not in ("all", "total")}


def test_results_in_another_copy_of_the_workflow_are_not_made_again(study, tmp_path):
    """Copied with their own dates lost, beside a workflow that lies deeper and has newer files."""
    folder, _ = study
    other = copy_inputs(copy_workflow(tmp_path / "deeper" / "down"))
    shutil.copy(folder / "config.yaml", other / "config.yaml")
    shutil.copytree(folder / "results", other / "results", copy_function=shutil.copyfile)
    shutil.copytree(folder / ".snakemake", other / ".snakemake")
    assert planned(other) == {}
    run = run_snakemake(other, "verify")
    assert run.returncode == 0 and "all inputs as they were" in run.stdout, run.stdout


def test_a_run_does_not_build_on_a_changed_result(study):
    folder, _ = study
    matrix, page = folder / "results" / "one" / "counts.h5ad", folder / "results" / "one" / "report.html"
    kept = {path: path.read_bytes() for path in (matrix, page)}
    for path in kept:
        path.write_bytes(kept[path] + b" ")
        os.utime(path, (1e9, 1e9))
    refused, verified = run_snakemake(folder), run_snakemake(folder, "verify")
    accepted = run_snakemake(
        folder, "-n", "--config", f"accept_changed=[{','.join(str(p.relative_to(folder)) for p in kept)}]"
    )
    for path, content in kept.items():
        path.write_bytes(content)
    assert refused.returncode == 1 and "Nothing was run" in refused.stdout
    assert "results/one/counts.h5ad: changed since it was written by import_counts one" in refused.stdout
    assert "results/one/report.html: changed since it was written by render_report one" in refused.stdout
    assert verified.returncode == 1
    assert "results/one/report.html: changed since it was written (render_report one)" in verified.stdout
    assert accepted.returncode == 0, accepted.stdout
    assert planned(folder) == {}


def test_results_of_a_contrast_that_was_removed_are_named(study):
    folder, _ = study
    config = whole_config()
    del config["models"]["second"]
    config["cohorts"]["one"].pop("models", None)
    write_config(folder / "config.yaml", config)
    run = run_snakemake(folder, "verify")
    write_config(folder / "config.yaml", whole_config())
    assert run.returncode == 1
    assert "results/one/second/c/genes.tsv.gz: no job of this configuration wrote it" in run.stdout


def test_a_changed_sample_repeats_its_cohort(study):
    folder, whole = study
    with edited(folder / "samples.tsv", "S5\tP5\tLSC\tsensitive\tmale", "S5\tP5\tLSC\tsensitive\tfemale"):
        assert planned(folder) == {rule: count for rule, count in whole.items() if rule not in ("all", "total")}


def test_a_new_cohort_runs_alone(study):
    folder, whole = study
    write_config(folder / "config.yaml", whole_config(one={}, two={"exclude": {"S3": "taken out"}}))
    jobs = planned(folder)
    made = folder / "results" / "one"
    one = {path: path.stat().st_mtime_ns for path in made.rglob("*")}
    run = run_snakemake(folder, "results/two/counts.h5ad")
    write_config(folder / "config.yaml", whole_config())
    assert {rule: jobs.pop(rule) for rule in OVER_COHORTS} == OVER_COHORTS
    assert jobs == {rule: count for rule, count in whole.items() if rule not in ("all", "total")}
    assert run.returncode == 0, run.stdout
    assert one == {path: path.stat().st_mtime_ns for path in made.rglob("*")}


def test_a_changed_contrast_repeats_its_model(study):
    folder, _ = study
    config = whole_config()
    config["models"]["second"]["contrasts"]["c"].update(tested="resistant", reference="sensitive")
    write_config(folder / "config.yaml", config)
    jobs = planned(folder)
    write_config(folder / "config.yaml", whole_config())
    assert jobs["fit_model_second"] == 1 and "fit_model_first" not in jobs
    assert set(jobs) == {"fit_model_second", "vary_model", "test_scores", "plot_quality"} | PANEL
    assert jobs["vary_model"] == 1


@pytest.mark.parametrize(
    ("file", "old", "new", "rules"),
    [
        ("report/panel.rst", "Genes", "All genes", set()),
        ("report/page/report.html.j2", "</html>", "<!-- new --></html>", WRITTEN),
        ("report/page/report.css", "}", "} ", WRITTEN),
        ("report/page/words.js", "\n", "\n\n", WRITTEN),
        ("scripts/autocrine/page/figures/story.py", '"""', '"""New: ', {"plot_panel"} | WRITTEN),
        ("scripts/autocrine/results/robustness.py", '"""', '"""New: ', PANEL),
        ("scripts/plot_panel.py", '"""', '"""New: ', {"plot_panel", *WRITTEN}),
        (
            "scripts/autocrine/engine/wald.py",
            '"""',
            '"""New: ',
            FITS | PANEL,
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" in value else "",
)
def test_an_edit_of_the_workflow_repeats_what_depends_on_it(study, file, old, new, rules):
    folder, _ = study
    with edited(folder / "workflow" / file, old, new):
        assert set(planned(folder)) == rules


@pytest.mark.parametrize(("name", "rule"), [("report.html", "render_report"), ("first/c/volcano.svg", "plot_models_1")])
def test_what_is_lost_is_made_again(study, name, rule):
    folder, _ = study
    lost = folder / "results" / "one" / name
    lost.rename(folder / "kept")
    jobs = planned(folder)
    (folder / "kept").rename(lost)
    # The page shows other pictures of the same job.
    assert jobs == {rule: 1, **dict.fromkeys(WRITTEN, 1)}
