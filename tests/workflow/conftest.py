"""Runs of the whole workflow, each made once per test session."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from filelock import FileLock

from autocrine.engine.kernels.cache import user_folder
from tests.workflow.browsing import until
from tests.workflow.preloaded import environment_of_runs

REPOSITORY = Path(__file__).resolve().parents[2]


def run_snakemake(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run snakemake in `folder` on two cores and return the finished process with its output as text."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *map(str, arguments)]
    # A test with modules of its own for each Python has no server, which has imported others.
    preloaded = {} if "PYTHONPATH" in environment else environment_of_runs()
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **preloaded, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=900,
        check=False,
    )


def run_workflow(folder: Path, config: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run this checkout's workflow/Snakefile on a configuration, in a folder of its own."""
    snakefile = REPOSITORY / "workflow" / "Snakefile"
    return run_snakemake(folder, "-s", snakefile, *arguments, "--configfile", config, **environment)


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


def small_config(**cohorts: dict[str, Any]) -> dict[str, Any]:
    """Return two models on the template's six samples, without what takes time: for tests of what runs."""
    given = {"counts": "counts.tsv", "samples": "samples.tsv", "simulated": True}
    there, back = ("resistant", "sensitive"), ("sensitive", "resistant")
    return {
        "cohorts": {name: {**given, **changed} for name, changed in (cohorts or {"one": {}}).items()},
        "models": {
            name: {
                "design": "~ response",
                "contrasts": {"c": {"factor": "response", "tested": groups[0], "reference": groups[1]}},
            }
            for name, groups in {"first": there, "second": back}.items()
        },
        "sensitivity": False,
        "claims": [],
        "gene_sets": [],
    }


def copy_inputs(folder: Path) -> Path:
    """Put the template's count matrix and sheet into a folder."""
    for name in ("counts.tsv", "samples.tsv"):
        shutil.copy(REPOSITORY / "config" / name, folder)
    return folder


def compiled_kernels() -> Path:
    """Return where `make` has put the compiled kernels, for runs whose cache is elsewhere."""
    return Path(os.environ.get("NUMBA_CACHE_DIR") or user_folder())


def copy_workflow(folder: Path) -> Path:
    """Install the workflow once more, where tests may edit it."""
    left_out = shutil.ignore_patterns("__pycache__")
    for name in ("workflow", "resources", "profiles", "envs", "config"):
        shutil.copytree(REPOSITORY / name, folder / name, symlinks=True, ignore=left_out)
    shutil.copy(REPOSITORY / "Snakefile", folder)
    return folder


def made_once(tmp_path_factory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the process of tests which needs it first makes for all."""
    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    folder, finished = root / name, root / f"{name}.finished"
    with FileLock(root / f"{name}.lock"):
        if not finished.exists():
            folder.mkdir()
            make(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory) -> Path:
    """The folder of a finished run of the bundled demo."""

    def make(folder: Path) -> None:
        (folder / "resources").symlink_to(REPOSITORY / "resources")
        asked = ("-s", REPOSITORY / "Snakefile", "--configfile", REPOSITORY / "config.yaml")
        run = run_snakemake(folder, *asked)
        assert run.returncode == 0, run.stdout

    return made_once(tmp_path_factory, "demo", make)


@pytest.fixture(scope="session")
def pair(tmp_path_factory) -> Path:
    """The folder of a finished run of two small cohorts, one before and one under treatment, with `config.yaml`."""

    def make(folder: Path) -> None:
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
        run = run_workflow(folder, write_config(folder / "config.yaml", config), AUTOCRINE_PROGRESS="1")
        assert run.returncode == 0, run.stdout
        # In a file a line now and then, and nothing of single jobs.
        done = re.findall(r"^(\d+) of (\d+) jobs done", run.stdout, flags=re.M)
        assert len(done) <= 15 and done[-1][0] == done[-1][1] and "rule fit_model_response" not in run.stdout

    return made_once(tmp_path_factory, "pair", make)


@pytest.fixture(scope="session")
def four(shared_data, tmp_path_factory) -> Path:
    """The folder of a finished run of tests/configs/four_cohorts.yaml, the demo and three real sets of ../shared."""
    for name in ("bap_hesc_io", "ptc_paired", "airway"):
        shared_data(name)

    def make(root: Path) -> None:
        (root / "shared").symlink_to(REPOSITORY.parent / "shared")
        folder = root / "run"
        folder.mkdir()
        for name in ("resources", "tests"):
            (folder / name).symlink_to(REPOSITORY / name)
        targets = [
            "results/summary/summary.html",
            *(f"results/{name}/report.html" for name in ("airway", "ptc_paired")),
        ]
        run = run_workflow(folder, REPOSITORY / "tests" / "configs" / "four_cohorts.yaml", *targets)
        assert run.returncode == 0, run.stdout

    return made_once(tmp_path_factory, "four", make) / "run"


# The page hands each work to the browser as a function with a name; "printed" draws for print.
NOT_FOR_PRINT = """{
const idle = window.requestIdleCallback;
window.requestIdleCallback = (work, asked) => (work.name === "printed" ? 0 : idle(work, asked));
}"""


@pytest.fixture
def open_page(browser):
    """Open a report; at the end no console message, error or request may have been seen.

    What a page draws for print while its reader rests takes as long as all else: only tests that need it ask for a
    reader who `rested`.
    """
    seen, contexts = [], []

    def open_(path, fragment="", width=1280, rested=False):
        context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        if not rested:
            page.add_init_script(NOT_FOR_PRINT)
        page.on("console", lambda message: seen.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on("dialog", lambda dialog: seen.append(f"dialog: {dialog.message}"))
        address = path.as_uri()

        def request(asked):
            if not (asked.url.split("#")[0] == address or asked.url.startswith(("data:", "blob:"))):
                seen.append(f"request: {asked.url}")

        page.on("request", request)
        page.goto(address + fragment)
        page.wait_for_selector("html[data-ready=yes]")
        # What lies below the first screen follows a moment later; until then browsers give no text of it.
        until(page, "document.querySelector('main > section:not(.laid, :first-child)') === null")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert seen == []


@pytest.fixture(scope="module")
def report(demo):
    return demo / "results" / "demo" / "report.html"
