"""The wheel holds library and workflow whole, asks for little, and that little is enough for `autocrine.fit`."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import HeaderParser
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import REPOSITORY
from tests.imports import LIBRARY, SCRIPTS

PARTS = ("workflow", "resources", "profiles", "envs")
# What running and developing leave beside the files of the repository.
LEFT = (
    ".snakemake/log/a.log",
    "logs/a.log",
    "results/demo/report.html",
    "workflow/.snakemake/a",
    "workflow/report/vendor/node_modules/a/index.js",
    "workflow/results/demo/report.html",
    "workflow/scripts/autocrine/__pycache__/api.cpython-311.pyc",
)
LEFT_FOLDERS = {".snakemake", "__pycache__", "node_modules"}


def files_below(folder: Path, left: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Path -> contents of the files of a folder, but for what running and developing leave there or in `left`."""
    found = (path.relative_to(folder) for path in folder.rglob("*"))
    return {
        path.as_posix(): (folder / path).read_bytes()
        for path in found
        if (folder / path).is_file() and not LEFT_FOLDERS & set(path.parts) and path.parts[0] not in left
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel, built without a network, from a copy in which somebody has worked."""
    copy, out = tmp_path_factory.mktemp("copy"), tmp_path_factory.mktemp("wheel")
    for name in PARTS:
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns(*LEFT_FOLDERS), symlinks=True)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(REPOSITORY / name, copy)
    for name in LEFT:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("left behind", encoding="utf-8")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(out)]
    run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    (path,) = out.iterdir()
    return path


@pytest.fixture(scope="module")
def wheel(built):
    """Path in the wheel -> contents."""
    with zipfile.ZipFile(built) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def base(wheel):
    """Return the requirements without extras, as the wheel states them."""
    (text,) = (held.decode() for name, held in wheel.items() if name.endswith(".dist-info/METADATA"))
    asked = [Requirement(line) for line in HeaderParser().parsestr(text).get_all("Requires-Dist")]
    return [one for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})]


def test_library_and_workflow_are_whole(wheel):
    library = {name.removeprefix("autocrine/"): held for name, held in wheel.items() if name.startswith("autocrine/")}
    assert library == files_below(LIBRARY)
    assert {"py.typed", "engine/data/prior_histograms.tsv.gz", "results/analysis.py"} <= set(library)
    shared = {name.partition("/data/share/autocrine/")[2]: held for name, held in wheel.items() if "/data/" in name}
    for part in PARTS:
        # Links become the files that they mean.
        held = files_below(REPOSITORY / part, left=("results", "logs"))
        assert {name: shared.get(f"{part}/{name}") for name in held} == held
    assert {"workflow/Snakefile", "workflow/profiles/default/config.yaml"} <= set(shared)


def test_nothing_is_in_it_that_running_leaves(wheel):
    assert [name for name, held in wheel.items() if held == b"left behind"] == []
    assert [name for name in wheel if re.search(r"node_modules|__pycache__|\.pyc$|\.snakemake/|\.venv", name)] == []
    # A small library; most are tables of genes, which the workflow reads.
    assert sum(map(len, wheel.values())) < 14e6


def test_extras_bring_what_the_locks_bring(wheel):
    (text,) = (held.decode() for name, held in wheel.items() if name.endswith(".dist-info/METADATA"))
    extras = set(HeaderParser().parsestr(text).get_all("Provides-Extra"))
    assert extras == {"anndata", "pertpy", "plots", "pydeseq2", "stores", "workflow"}


def canonical(name):
    """Return the name of a distribution as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(asked):
    """Return the names of distributions that some requirements bring here, from the metadata of what is installed."""
    todo, found = [(one.name, one.extras) for one in asked], set()
    while todo:
        name, extras = todo.pop()
        name = canonical(name)
        if (name, frozenset(extras)) in found:
            continue
        found.add((name, frozenset(extras)))
        try:
            further = map(Requirement, requires(name) or [])
        except PackageNotFoundError:
            pytest.fail(f"{name} is asked for and not installed")
        for one in further:
            if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                todo.append((one.name, one.extras))
    return {name for name, _ in found}


def test_few_packages_are_needed(base):
    assert len(closure(base)) <= 15


WITHOUT = """
import json, sys

absent = set(json.loads(sys.argv[1]))

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent)
"""
FIT = """
import autocrine
import numpy as np, pandas as pd

sheet = pd.DataFrame({"a": ["x", "y"] * 4}, index=[f"S{i}" for i in range(8)])
counts = pd.DataFrame(np.random.default_rng(1).poisson(80, (8, 60)), sheet.index, [f"g{i}" for i in range(60)])
table = autocrine.fit(counts, "~ a", sheet).test(a=("y", "x"))
print(json.dumps([len(table), sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def without_others(base, code):
    """Run code where only what the base requirements bring can be imported."""
    names = closure(base)
    others = {
        module
        for module, brought_by in packages_distributions().items()
        if not names & {canonical(name) for name in brought_by}
    }
    assert {"anndata", "matplotlib", "pydeseq2", "scanpy", "snakemake", "yaml"} <= others
    command = [sys.executable, "-c", WITHOUT + code, json.dumps(sorted(others - {"autocrine"}))]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(SCRIPTS)})


def test_base_requirements_are_all_that_a_fit_needs_and_no_more(base):
    """With all other packages out of reach a fit works, and it loads each package that the wheel asks for."""
    run = without_others(base, FIT)
    assert run.returncode == 0, run.stderr
    rows, loaded = json.loads(run.stdout)
    assert rows == 60
    assert {one.name for one in base} <= set(loaded)


def test_the_command_says_what_it_lacks(base):
    run = without_others(base, "from autocrine.cli import main; main(['--help'])")
    assert run.returncode == 1
    assert run.stderr.splitlines() == ['yaml is not installed: pip install "autocrine[workflow]"']


def test_the_installed_command_writes_a_configuration_and_checks_it(built, tmp_path):
    """In an environment of its own, whose other packages are those of the tests, and in a folder without a clone."""
    folder = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", str(built)]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True)
    own = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    (own / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    work = tmp_path / "my cohort"
    work.mkdir()
    for name in ("counts.tsv", "samples.tsv"):
        shutil.copy(REPOSITORY / "config" / name, work)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def run(*command):
        done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    code = "import autocrine; from autocrine import cli; from autocrine.run import records"
    found = run(python, "-c", f"{code}; print(autocrine.__file__, cli.workflow_folder(), records.CODE)").split()
    assert all(Path(path).is_relative_to(folder) for path in found)
    # Records of jobs recognise files of the workflow by this folder.
    assert (Path(found[2]) / "Snakefile").is_file()
    command = folder / "bin" / "autocrine"
    assert "suggested models" in run(command, "init", "counts.tsv", "samples.tsv")
    assert "6 samples" in run(command, "check")
