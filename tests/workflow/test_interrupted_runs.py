"""Runs that are killed, run out of disk or meet each other: the next goes on; nothing half-written counts as done."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.workflow.conftest import REPOSITORY, copy_inputs, jobs_of, run_workflow, small_config, write_config

TARGET = "results/one/first/fit.json"
# Imported by every process: the fit waits, when it has written a file under its temporary name, until it is let go on.
PAUSE = """
import os, sys, time
if any("fit_model" in word for word in sys.orig_argv):
    replace = os.replace
    def wait(source, target):
        with open("paused.txt", "w") as file:
            file.write(str(os.getpid()))
        while not os.path.exists("go_on"):
            time.sleep(0.05)
        replace(source, target)
    os.replace = wait
"""


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A study of which the counts are imported and nothing else is done."""
    folder = copy_inputs(tmp_path_factory.mktemp("imported"))
    write_config(folder / "config.yaml", small_config())
    (folder / "pause").mkdir()
    (folder / "pause" / "sitecustomize.py").write_text(PAUSE)
    run = run_workflow(folder, folder / "config.yaml", "results/one/counts.h5ad")
    assert run.returncode == 0, run.stdout
    return folder


@pytest.fixture(scope="module")
def undisturbed(imported, tmp_path_factory):
    """What the fit writes when nothing happens to it."""
    folder = shutil.copytree(imported, tmp_path_factory.mktemp("undisturbed") / "study")
    run = run_workflow(folder, folder / "config.yaml", TARGET)
    assert run.returncode == 0, run.stdout
    return files_of(folder)


@pytest.fixture
def study(imported, tmp_path):
    return shutil.copytree(imported, tmp_path / "study")


@pytest.fixture
def paused(study):
    """A run in the middle of writing; ended for good after the test, whatever became of it."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-s", REPOSITORY / "workflow" / "Snakefile"]
    run = subprocess.Popen(
        [*command, TARGET, "--configfile", "config.yaml"],
        cwd=study,
        env={**os.environ, "PYTHONPATH": str(study / "pause")},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        # Where the tests themselves run in the background, a shell has them ignore Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 300
    while not ((study / "paused.txt").exists() and (study / "paused.txt").read_text()):
        assert run.poll() is None, run.stdout.read()
        assert time.monotonic() < deadline
        time.sleep(0.05)
    yield run
    with suppress(ProcessLookupError):
        os.killpg(run.pid, signal.SIGKILL)
    run.stdout.close()
    run.wait()


def files_of(folder):
    """Return the files of the fit by name, with what is in them; not what a killed job left under other names."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in (folder / "results" / "one" / "first").rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def assert_goes_on(folder, undisturbed):
    """The next run does the fit, and the import not again; the results are those of a run that nothing happened to."""
    run = run_workflow(folder, folder / "config.yaml", TARGET)
    assert run.returncode == 0, run.stdout
    assert jobs_of(run.stdout) == {"fit_model_first": 1, "total": 1}
    assert files_of(folder) == undisturbed
    assert "Nothing to be done" in run_workflow(folder, folder / "config.yaml", TARGET).stdout


def log_of(folder):
    return (folder / "logs" / "fit_model" / "one.first.log").read_text(encoding="utf-8").splitlines()


def test_ctrl_c(study, paused, undisturbed):
    os.killpg(paused.pid, signal.SIGINT)
    assert paused.wait(120) != 0
    assert files_of(study) == {}
    assert log_of(study)[-1] == "Failed: KeyboardInterrupt"
    assert_goes_on(study, undisturbed)


def test_killed_job(study, paused, undisturbed):
    os.kill(int((study / "paused.txt").read_text()), signal.SIGKILL)
    said, _ = paused.communicate(timeout=120)
    assert paused.returncode == 1
    assert "logs/fit_model/one.first.log" in said and "SIGKILL" in said
    assert files_of(study) == {}
    assert_goes_on(study, undisturbed)


def test_killed_snakemake(study, paused, undisturbed):
    """Its job lives on and ends when it likes, even beside the next run."""
    os.kill(paused.pid, signal.SIGKILL)
    paused.wait(60)
    refused = run_workflow(study, study / "config.yaml", TARGET)
    assert refused.returncode == 1
    assert "--unlock" in refused.stdout
    assert run_workflow(study, study / "config.yaml", "--unlock").returncode == 0
    assert_goes_on(study, undisturbed)
    (study / "go_on").touch()
    left = int((study / "paused.txt").read_text())
    deadline = time.monotonic() + 60
    while alive(left) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not alive(left)
    assert files_of(study) == undisturbed
    assert "Nothing to be done" in run_workflow(study, study / "config.yaml", TARGET).stdout


def test_lost_machine(study, paused, undisturbed):
    os.killpg(paused.pid, signal.SIGKILL)
    paused.wait(60)
    assert files_of(study) == {}
    assert run_workflow(study, study / "config.yaml", "--unlock").returncode == 0
    assert_goes_on(study, undisturbed)


def test_two_runs_at_once(study, paused, undisturbed):
    second = run_workflow(study, study / "config.yaml", TARGET)
    assert second.returncode == 1
    assert "no other Snakemake process is trying to create the same files" in second.stdout
    assert paused.poll() is None
    (study / "go_on").touch()
    assert paused.wait(120) == 0
    assert files_of(study) == undisturbed


def test_full_disk(study, undisturbed):
    """The files of the fit take 60 kB; there is room for 24."""
    disk = study / "results" / "one" / "first"
    disk.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24k", "full", disk], check=False, capture_output=True
    ).returncode:
        pytest.skip("a small disk cannot be mounted (needs root)")
    try:
        run = run_workflow(study, study / "config.yaml", TARGET)
        assert run.returncode == 1
        assert log_of(study)[-1].startswith("Failed: OSError") and "No space left on device" in log_of(study)[-1]
        assert log_of(study)[-1] in run.stdout
        assert all(undisturbed[name] == content for name, content in files_of(study).items())
        assert not list(disk.rglob(".*"))
        subprocess.run(["mount", "-o", "remount,size=10m", disk], check=True)
        assert_goes_on(study, undisturbed)
    finally:
        subprocess.run(["umount", disk], check=True)


def alive(pid):
    """Whether a process is there and no mere entry of one that ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
