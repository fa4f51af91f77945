"""A run without a shared disk: results lie in an object store, and each job starts in an empty folder of its own."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.storage.conftest import BUCKET
from tests.workflow.conftest import REPOSITORY, copy_inputs, copy_workflow, run_snakemake, small_config, write_config

WANTED = 'not installed: pip install snakemake-storage-plugin-s3 "moto[server]"'
pytest.importorskip("snakemake_storage_plugin_s3", reason=f"snakemake-storage-plugin-s3 is {WANTED}")
pytest.importorskip("moto", reason=f"moto is {WANTED}")
if not shutil.which("git"):
    pytest.skip("git is absent, by which snakemake finds the files that travel", allow_module_level=True)

WITHOUT_SHARED_DISK = (
    *("--executor", "elsewhere", "--jobs", "2", "--seconds-between-status-checks", "1", "--shared-fs-usage", "none"),
    *("--default-storage-provider", "s3", "--default-storage-prefix"),
)


@pytest.fixture(scope="module")
def environment(server, tmp_path_factory):
    """What the runs find in their environment."""
    machines = tmp_path_factory.mktemp("machines")
    return {
        "PYTHONPATH": str(Path(__file__).parent / "plugins"),
        "ELSEWHERE": str(machines),
        # Jobs start `python`.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": server,
        "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "a",
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


@pytest.fixture(scope="module")
def study(environment, store, tmp_path_factory):
    """The folder of a clone of the workflow with a small study in it, run to the end without a shared disk."""
    folder = copy_inputs(copy_workflow(tmp_path_factory.mktemp("study")))
    write_config(folder / "config.yaml", small_config())
    run_in_store(folder, "run", environment)
    return folder


def run_in_store(folder, prefix, environment):
    """Run a clone of the workflow to the end, with its results below a prefix of the store."""
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    run = run_snakemake(folder, *WITHOUT_SHARED_DISK, f"s3://{BUCKET}/{prefix}", **environment)
    assert run.returncode == 0, run.stdout


def content(name, held):
    """Return the bytes of a result that have to be the same in equal runs: packed ones unpacked."""
    return gzip.decompress(held) if name.endswith(".gz") else held


def assert_same_results(store, prefix, local):
    """Every result below a prefix of the store is that of a local run in a folder."""
    made = {str(path.relative_to(local)): path for path in (local / "results").rglob("*") if path.is_file()}
    below = f"{prefix}/results/"
    kept = {item.key.removeprefix(f"{prefix}/"): item for item in store.objects.all() if item.key.startswith(below)}
    assert kept.keys() == made.keys()
    for name in made:
        # The ledger has a date.
        if not name.endswith(("ro-crate-metadata.json", "records/write_ledger.json")):
            assert content(name, kept[name].get()["Body"].read()) == content(name, made[name].read_bytes()), name


def test_results_are_those_of_a_local_run(study, store, tmp_path):
    local = shutil.copytree(study, tmp_path / "local", ignore=shutil.ignore_patterns(".snakemake", ".git"))
    run = run_snakemake(local)
    assert run.returncode == 0, run.stdout
    assert_same_results(store, "run", local)


def test_so_are_those_of_the_demo(demo, environment, store, tmp_path):
    """Six minutes."""
    folder = copy_workflow(tmp_path / "clone")
    shutil.copy(REPOSITORY / "config.yaml", folder)
    run_in_store(folder, "demo", environment)
    assert_same_results(store, "demo", demo)


def test_jobs_ran_elsewhere_and_what_reads_files_of_the_user_ran_here(study, environment):
    logs = [path.read_text() for path in Path(environment["ELSEWHERE"]).glob("*.log")]
    ran = {rule for log in logs for rule in re.findall(r"--allowed-rules (\S+)", log)}
    assert {"fit_model_first", "assess_quality", "render_report"} <= ran and "import_counts" not in ran
    assert not (study / "results").exists()


def test_a_second_run_does_nothing(study, environment):
    run = run_snakemake(study, "-n", *WITHOUT_SHARED_DISK, f"s3://{BUCKET}/run", **environment)
    assert run.returncode == 0 and "Nothing to be done" in run.stdout, run.stdout
