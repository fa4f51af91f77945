"""Runs of the whole workflow, each made once per test session."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]


def run_snakemake(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run snakemake in `folder` on two cores and return the finished process with its output as text."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
        check=False,
    )


def run_workflow(folder: Path, config: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this checkout's workflow/Snakefile on a configuration, in a folder of its own."""
    snakefile = REPOSITORY / "workflow" / "Snakefile"
    return run_snakemake(folder, "-s", snakefile, "--configfile", config, *arguments, **environment)


def write_config(path: Path, config: dict[str, Any]) -> Path:
    """Write a configuration as YAML."""
    path.write_text(yaml.safe_dump(config, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def jobs_of(output: str) -> dict[str, int]:
    """Read the table of jobs that snakemake prints: rule -> number of jobs."""
    lines = iter(output.splitlines())
    for line in lines:
        if line.startswith("Job stats:"):
            break
    jobs = {}
    for line in lines:
        words = line.split()
        if len(words) == 2 and words[1].isdigit():
            jobs[words[0]] = int(words[1])
            if words[0] == "total":
                break
    return jobs


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The folder of a finished run of the bundled demo, through the root Snakefile."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "resources").symlink_to(REPOSITORY / "resources")
    run = run_snakemake(folder, "-s", REPOSITORY / "Snakefile", "--configfile", REPOSITORY / "config.yaml")
    assert run.returncode == 0, run.stdout
    return folder


@pytest.fixture(scope="session")
def pair(tmp_path_factory) -> Path:
    """The folder of a finished run of two small cohorts, one before and one under treatment, with `config.yaml`."""
    folder = tmp_path_factory.mktemp("pair")
    for name in ("config", "resources"):
        (folder / name).symlink_to(REPOSITORY / name)
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text(encoding="utf-8"))
    cohort = config["cohorts"]["my_cohort"]
    config["cohorts"] = {
        "under": cohort | {"title": "Under <b>treatment</b>"},
        "before": cohort | {"title": "Before treatment", "simulated": False, "evidence": "prediction"},
    }
    config["models"]["response"]["contrasts"]["resistant_vs_sensitive"]["role"] = "lsc_resistant_vs_sensitive"
    config |= {"gene_sets": [], "sensitivity": False}
    run = run_workflow(folder, write_config(folder / "config.yaml", config))
    assert run.returncode == 0, run.stdout
    return folder
