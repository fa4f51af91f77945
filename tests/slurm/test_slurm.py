"""The workflow on a real Slurm, with the profile that users get.

Where Slurm is absent the tests are skipped; tests/slurm/start_slurm.sh sets up one node on a Debian machine.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import h5py
import numpy as np
import pandas as pd
import pytest
import yaml

from autocrine.input.cell_source import MOST_BYTES
from tests.workflow.conftest import REPOSITORY, copy_inputs, small_config, write_config

pytestmark = pytest.mark.slurm

TARGET = "results/one/first/fit.json"
# Imported by every process (a script is the last word of its command; the snakemake that starts it names it among the
# files to wait for): the fit takes more memory than it asked for, or waits in the middle of writing.
SPY = """
import os, sys, time
if "--workflow-profile" in sys.orig_argv:
    # The executor waits ten seconds longer after every look in which no job had ended; jobs here take seconds.
    import asyncio
    sleep = asyncio.sleep
    asyncio.sleep = lambda seconds, *more: sleep(min(seconds, 2), *more)
if os.path.exists("broken") and sys.orig_argv[-1].endswith("plot_panel.py"):
    sys.exit("the picture cannot be drawn")
if sys.orig_argv[-1].endswith("fit_model.py"):
    with open("started.txt", "a") as file:
        file.write(os.environ.get("SLURM_JOB_ID", "none") + "\\n")
    if os.path.exists("greedy"):
        taken = bytearray(os.urandom(1)) * (int(open("greedy").read()) << 20)
        time.sleep(6)
    replace = os.replace
    def wait(source, target):
        while os.path.exists("wait"):
            open("waits", "w").close()
            time.sleep(0.1)
        replace(source, target)
    os.replace = wait
"""


@pytest.fixture(scope="module", autouse=True)
def slurm():
    if not shutil.which("sinfo"):
        pytest.skip("Slurm is absent (tests/slurm/start_slurm.sh sets it up on a Debian machine)")
    if output_of("sinfo", "--noheader", "--format=%T", check=False).strip() not in ("idle", "mixed"):
        pytest.skip("no node of Slurm is ready (tests/slurm/start_slurm.sh starts one)")


@pytest.fixture
def study(tmp_path):
    folder = copy_inputs(tmp_path)
    write_config(folder / "config.yaml", small_config())
    (folder / "spy").mkdir()
    (folder / "spy" / "sitecustomize.py").write_text(SPY)
    return folder


def output_of(*command, check=True):
    """Run a command and return what it prints."""
    return subprocess.run(command, check=check, text=True, capture_output=True).stdout


@pytest.fixture
def start(study):
    """Return a function that starts a run with the Slurm profile; what still runs after the test is cancelled."""
    runs = []

    def start_run(*arguments, snakefile="workflow/Snakefile", config="config.yaml"):
        command = [sys.executable, "-m", "snakemake", "-s", REPOSITORY / snakefile, *arguments]
        profile = ["--workflow-profile", REPOSITORY / "profiles" / "slurm", "--configfile", config]
        # A test machine keeps no accounts; the others save time.
        machine = ["--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "2"]
        run = subprocess.Popen(
            [*command, *profile, *machine, "--latency-wait", "5"],
            cwd=study,
            env={**os.environ, "PYTHONPATH": str(study / "spy")},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        runs.append(run)
        return run

    yield start_run
    for run in runs:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            run.communicate(timeout=60)
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.stdout.close()


def finish(run):
    """Wait for a run and return what it printed."""
    return run.communicate(timeout=1800)[0]


def wait_for(condition):
    """Wait until a condition holds, and return what it gave."""
    deadline = time.monotonic() + 300
    while not (value := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return value


def started(folder):
    """Return the Slurm jobs in which the fit was started."""
    file = folder / "started.txt"
    return file.read_text().split() if file.exists() else []


def asked_memory(job):
    """Return the megabytes that a job of Slurm was given."""
    return int(re.search(r"TRES=\S*mem=(\d+)M", output_of("scontrol", "show", "job", job))[1])


def log_of(folder):
    return (folder / "logs" / "fit_model" / "one.first.log").read_text(encoding="utf-8").splitlines()


def submitted(said):
    return len(re.findall(r"has been submitted with SLURM jobid", said))


def test_two_cohorts_to_the_end(study, start):
    write_config(study / "config.yaml", small_config(one={}, two={"exclude": {"S3": "taken out"}}))
    said = finish(run := start())
    assert run.returncode == 0, said
    assert (study / "results" / "one" / "report.html").exists()
    assert (study / "results" / "summary" / "summary.html").exists()
    # Of each import, quality, two fits, the panel, and what is drawn and written of them; then the cohorts together.
    assert submitted(said) == 2 * 6 + 1, said
    # The two fits run side by side; either may be the first to start.
    assert re.search(rf"UTC on node {os.uname().nodename}, Slurm job ({'|'.join(started(study))})$", log_of(study)[0])
    # What the jobs on the node recorded serves the next run, here or there.
    (study / "counts.tsv").touch()
    assert "Nothing to be done" in finish(start("-n"))


def test_a_picture_that_fails_takes_no_table_with_it(study, start):
    (study / "broken").touch()
    said = finish(run := start("--retries", "0"))
    assert run.returncode == 1 and "the picture cannot be drawn" in said, said
    results = study / "results" / "one"
    for name in ("panel.tsv", "score_tests.tsv", "first/c/genes.tsv.gz"):
        assert (results / name).exists()
    (study / "broken").unlink()
    said = finish(run := start())
    assert run.returncode == 0, said
    assert submitted(said) == 1 and (results / "report.html").exists()


def test_the_demo_to_the_end(study, start):
    """With the configuration that users begin with, and every rule of a cohort."""
    (study / "config.yaml").unlink()  # or its cohort would be run too
    (study / "resources").symlink_to(REPOSITORY / "resources")
    said = finish(run := start(snakefile="Snakefile", config=REPOSITORY / "config.yaml"))
    assert run.returncode == 0, said
    # Import, quality and scores, 8 fits, 8 sets of fits with one thing changed, gene sets, the panel, and what is made
    # of them all.
    assert submitted(said) == 21, said
    assert len(started(study)) == 8
    for name in ("report.html", "tables.xlsx", "claims.tsv", "ro-crate-metadata.json", "figures/story.pdf"):
        assert (study / "results" / "demo" / name).exists()


def test_large_files_of_cells_are_a_job_each(study, start):
    """And the cells of small files share one; what the jobs on the node wrote ends in the tests of cells."""
    demo = REPOSITORY / "resources" / "demo_cells"
    shutil.copytree(demo / "cells", study / "cells")
    with h5py.File(study / "cells" / "P1_imatinib.h5ad", "r+") as file:
        file["uns"].create_dataset("what nobody reads", data=np.zeros(MOST_BYTES, dtype=np.uint8))
    config = yaml.safe_load((demo / "config.yaml").read_text(encoding="utf-8"))
    cohort = config["cohorts"]["demo_cells"]
    cohort["samples"], cohort["cells"]["files"] = str(demo / "samples.tsv"), "cells/{sample}.h5ad"
    cohort["cells"]["labels"]["file"] = str(demo / "labels.tsv.gz")
    config["panel"] = str(REPOSITORY / "resources" / "panels" / "bmp.tsv")
    del config["models"]["progenitor_imatinib"]
    write_config(study / "config.yaml", config | {"claims": []})
    said = finish(run := start("results/demo_cells/cells/detection.tsv.gz"))
    assert run.returncode == 0, said
    # Two files or parts are measured and then added up; between, after and for the tests it is one job each.
    assert submitted(said) == 2 * 2 + 3, said
    found = pd.read_csv(study / "results/demo_cells/cells/detection.tsv.gz", sep="\t").set_index("symbol")
    assert 1.7 < found.loc["BMPR1B", "odds_ratio"] < 4.5


def test_more_memory_for_a_job_that_was_killed_for_it(study, start):
    (study / "greedy").write_text("1000")  # a fit of six samples asks for 1,100 MB, snakemake included
    said = finish(run := start(TARGET))
    assert run.returncode == 0, said
    first, second = (asked_memory(job) for job in started(study))
    assert second == 2 * first
    assert (study / TARGET).exists()


def test_cancelled_job(study, start):
    (study / "wait").touch()
    run = start(TARGET, "--retries", "0")
    wait_for((study / "waits").exists)
    (job,) = started(study)
    output_of("scancel", job)
    said = finish(run)
    assert run.returncode == 1
    assert f"SLURM-job '{job}' failed, SLURM status is: 'CANCELLED'" in said
    assert "logs/fit_model/one.first.log" in said
    assert log_of(study)[-1].startswith("Failed: EndedFromOutsideError: asked to end")
    assert not (study / TARGET).exists()
    (study / "wait").unlink()
    said = finish(run := start(TARGET))
    assert run.returncode == 0, said
    assert submitted(said) == 1


def test_drained_and_resumed_node(study, start):
    node = os.uname().nodename
    output_of("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
    try:
        run = start(TARGET)
        wait_for(lambda: "DRAINED" in output_of("squeue", "--noheader", "--format=%r"))
        assert not started(study) and run.poll() is None
    finally:
        output_of("scontrol", "update", f"nodename={node}", "state=resume")
    said = finish(run)
    assert run.returncode == 0, said
    assert (study / TARGET).exists()


def test_lost_node(study, start):
    """The node dies in the middle of a job, and comes back: the job is done again, and the run goes on by itself."""
    node, pid = os.uname().nodename, int(output_of("cat", "/var/lib/autocrine-slurm/slurmd.pid"))
    (study / "wait").touch()
    run = start(TARGET)
    wait_for((study / "waits").exists)
    (job,) = started(study)
    try:
        # The daemon, its step, and the job with all that it started.
        lost = [pid, *map(int, output_of("pgrep", "-f", rf"slurmstepd: \[{job}", check=False).split())]
        # The first column; the others are numbers of the job and its tasks.
        rows = [line.split() for line in output_of("scontrol", "listpids", job, check=False).splitlines()[1:]]
        lost += [int(row[0]) for row in rows if row and row[0].isdigit()]
        for process in lost:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        output_of("pkill", "-KILL", "-f", str(study / ".snakemake"), check=False)
        output_of("scontrol", "update", f"nodename={node}", "state=down", "reason=lost")
        (study / "wait").unlink()
    finally:
        subprocess.run(["slurmd"], check=True)
        output_of("scontrol", "update", f"nodename={node}", "state=resume", check=False)
    wait_for(
        lambda: output_of("sinfo", "--noheader", "--format=%T", check=False).strip() in ("idle", "mixed", "allocated")
    )
    said = finish(run)
    assert run.returncode == 0, said
    assert (study / TARGET).exists() and len(started(study)) == 2
