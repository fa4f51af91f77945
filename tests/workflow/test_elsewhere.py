"""The workflow used from other places, in other ways, and by other users."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import pytest
import yaml

from tests.workflow.conftest import (
    REPOSITORY,
    compiled_kernels,
    copy_inputs,
    copy_workflow,
    jobs_of,
    run_snakemake,
    run_workflow,
    small_config,
    write_config,
)

# As snakedeploy writes it.
DEPLOYED = """
from snakemake.utils import min_version

min_version("9.27")

configfile: "config/config.yaml"

# declare https://github.com/somebody/autocrine as a module
module autocrine:
    snakefile:
        github("somebody/autocrine", path="workflow/Snakefile", tag="v1.0.0")
    config:
        config

# use all rules from https://github.com/somebody/autocrine
use rule * from autocrine
"""


def git(folder, *arguments):
    """Run git as nobody in particular."""
    who = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


def test_deployed_from_a_hosted_repository(tmp_path):
    """By snakedeploy's layout, with git configured to find the hosted repository here: files come one by one."""
    hosted = tmp_path / "hosted" / "somebody" / "autocrine"
    hosted.mkdir(parents=True)
    copy_workflow(hosted)
    git(hosted, "init", "--quiet")
    git(hosted, "add", "--all")
    git(hosted, "commit", "--quiet", "--message", "all")
    git(hosted, "tag", "v1.0.0")
    study = tmp_path / "study"
    (study / "workflow").mkdir(parents=True)
    (study / "workflow" / "Snakefile").write_text(DEPLOYED)
    shutil.copytree(hosted / "config", study / "config")
    shutil.copytree(hosted / "profiles", study / "profiles")
    instead = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{tmp_path / 'hosted'}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "NUMBA_CACHE_DIR": str(compiled_kernels()),
    }
    # Everything of a cohort: each script, with its part of the library.
    ledger = study / "results" / "my_cohort" / "ro-crate-metadata.json"
    run = run_snakemake(study, "--config", "sensitivity=False", **instead)
    assert run.returncode == 0, run.stdout
    (code,) = (item for item in json.loads(ledger.read_text())["@graph"] if item["@id"] == "#autocrine")
    commit = subprocess.run(["git", "-C", hosted, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    assert code["identifier"] == f"somebody/autocrine v1.0.0, {commit.stdout.strip()}"
    again = run_snakemake(study, "--config", "sensitivity=False", **instead)
    assert "Nothing to be done" in again.stdout, again.stdout


def test_catalog_has_what_standardized_usage_asks_for():
    """The README of snakemake-workflow-catalog, "All workflows" and "Standardized usage workflows"."""
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme and "workflow" in readme
    assert (REPOSITORY / "workflow" / "Snakefile").is_file() and list((REPOSITORY / "workflow" / "rules").glob("*.smk"))
    assert (REPOSITORY / "config" / "README.md").is_file() and (REPOSITORY / "config" / "config.yaml").is_file()
    usage = yaml.safe_load((REPOSITORY / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert usage["report"] is True and set(usage["mandatory-flags"]) == {"desc", "flags"}
    assert any(usage["software-stack-deployment"].values())


def test_another_working_directory(tmp_path):
    """Paths of the configuration are those of the folder that --directory names."""
    study, elsewhere = tmp_path / "study", tmp_path / "elsewhere"
    study.mkdir()
    elsewhere.mkdir()
    config = write_config(copy_inputs(study) / "config.yaml", small_config())
    run = run_workflow(elsewhere, config, "--directory", str(study), "results/one/counts.h5ad")
    assert run.returncode == 0, run.stdout
    assert (study / "results" / "one" / "counts.h5ad").exists()
    assert not list(elsewhere.iterdir())


def test_profile_goes_along_and_planning_loads_little(tmp_path):
    """The profile of the workstation is found beside workflow/Snakefile, whatever the working directory."""
    config = write_config(copy_inputs(tmp_path) / "config.yaml", small_config())
    planned = run_workflow(tmp_path, config, "-n", PYTHONPATH="", PYTHONPROFILEIMPORTTIME="1").stdout
    assert f"profile {REPOSITORY / 'workflow' / 'profiles' / 'default'}" in planned
    # Planning is part of every call: what takes a second to import is left to jobs.
    imported = set(re.findall(r"^import time:.*\|\s+([\w.]+)$", planned, flags=re.M))
    assert "pandas" in imported and not imported & {"anndata", "matplotlib", "numba", "scipy.optimize", "scipy.stats"}


def everybody_may(path):
    """Whether other users than its owner can reach and read a path."""
    return all(part.stat().st_mode & 0o005 == 0o005 for part in [path, *path.parents])


def shared_python(request):
    """Return a Python with the workflow's packages that every user can start, or skip the test."""
    if everybody_may(Path(sys.executable).resolve()):
        return Path(sys.executable)
    # It may be in the home of root. The system's does as well where it has the same version, with these packages.
    version = "{}.{}".format(*sys.version_info)
    system, packages = Path(f"/usr/bin/python{version}"), Path(sysconfig.get_path("purelib"))
    if not system.exists() or not everybody_may(packages.resolve()):
        pytest.skip(
            f"other users can start neither {sys.executable} nor a Python {version} of the system with its packages"
        )
    # Snakemake starts scripts with the path of its Python unquoted, so it has no blank.
    folder = Path(tempfile.mkdtemp(prefix="python-"))
    request.addfinalizer(lambda: shutil.rmtree(folder))
    folder.chmod(0o755)
    subprocess.run([system, "-m", "venv", "--without-pip", folder], check=True)
    (folder / "lib" / f"python{version}" / "site-packages" / "lent.pth").write_text(f"{packages.resolve()}\n")
    return folder / "bin" / "python"


@pytest.fixture
def other_user():
    """What to put before a command so that a user without rights runs it; root only."""
    if os.geteuid() != 0:
        return []  # the tests are run by a user without rights already
    if not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is absent")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_read_only_install_by_a_user_without_rights(request, other_user):
    """An install that its user cannot write to, in a path with blanks and Unicode, run by another user."""
    # Not in pytest's folder, which is closed to others.
    root = Path(tempfile.mkdtemp(prefix="für alle "))
    request.addfinalizer(lambda: shutil.rmtree(root))
    root.chmod(0o755)
    python = shared_python(request)
    install = root / "nur lesen"
    install.mkdir()
    copy_workflow(install)
    study = root / "Studie mit ä"
    study.mkdir()
    write_config(copy_inputs(study) / "config.yaml", small_config())
    # The kernels as they are compiled at set-up; without them the run would begin with a minute of that.
    shutil.copytree(compiled_kernels(), study / ".cache" / "autocrine" / "kernels")
    for path in [study, *study.rglob("*")]:
        path.chmod(0o777)
    for path in [*install.rglob("*"), install]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.stat().st_mtime_ns for path in install.rglob("*")}
    command = [python, "-m", "snakemake", "--cores", "2", "-s", install / "workflow" / "Snakefile"]
    run = subprocess.run(
        [*other_user, *command, "results/one/report.html", "--configfile", "config.yaml"],
        cwd=study,
        env={**os.environ, "HOME": str(study)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=900,
    )
    assert run.returncode == 0, run.stdout
    assert jobs_of(run.stdout)["render_report"] == 1
    report = study / "results" / "one" / "report.html"
    if other_user:
        assert report.stat().st_uid == 65534
    assert before == {path: path.stat().st_mtime_ns for path in install.rglob("*")}
