"""The conda environments name the versions that the lock pins, and each names all that its scripts import."""

import re
import tomllib
from importlib.metadata import distributions, packages_distributions

import pytest
import yaml
from packaging.requirements import Requirement

from tests.conftest import REPOSITORY
from tests.imports import packages
from tests.locks import HERE, PINS, locked, version_of

# What the channels of conda call otherwise than PyPI does.
PYPI = {"matplotlib-base": "matplotlib"}
# What s3fs and gcsfs bring, which only those install who have counts in a store; without them a message names them.
ASKED_FOR = {"fsspec"}
ENVIRONMENTS = sorted((REPOSITORY / "envs").glob("*.yaml"))


@pytest.mark.parametrize("path", ENVIRONMENTS, ids=lambda path: path.stem)
def test_versions_are_those_of_the_lock(path):
    entries = dict(entry.split(" =") for entry in yaml.safe_load(path.read_text())["dependencies"])
    pins = locked(entries.pop("python"))
    for name, version in entries.items():
        assert version == version_of(pins[PYPI.get(name, name)]), name


def test_readme_says_how_many_packages_are_downloaded():
    numbers = {len(locked(python)) for python in ("3.11", "3.12", "3.13", "3.14")}
    assert f"downloads {min(numbers)} to {max(numbers)} packages" in (REPOSITORY / "README.md").read_text("utf-8")


def test_environments_name_what_their_scripts_import():
    """A package that comes along with another one today may not tomorrow."""
    published, lacking = packages_distributions(), set()
    for rules in sorted((REPOSITORY / "workflow" / "rules").glob("*.smk")):
        text = rules.read_text(encoding="utf-8")
        found = re.findall(r'conda:\s*"(\S+)".*?script:\s*"(\S+)"', text, re.DOTALL)
        assert len(found) == len(re.findall(r"^\s*script:$", text, re.MULTILINE))
        for environment, script in found:
            entries = yaml.safe_load((rules.parent / environment).read_text())["dependencies"]
            names = [entry.partition(" ")[0] for entry in entries]
            named = {PYPI.get(name, name) for name in names}
            needed = {published[name][0].lower() for name in packages((rules.parent / script).resolve()) - ASKED_FOR}
            lacking |= {(environment, script, name) for name in needed - named}
    assert not lacking


def test_oldest_snakemake_is_of_the_series_that_is_tested():
    """What the workflow asks for, what the wheel asks for, and what the lock holds: no test runs an older series."""
    asked = {
        re.search(r'^min_version\("([\d.]+)"\)$', (REPOSITORY / path).read_text(encoding="utf-8"), re.MULTILINE)[1]
        for path in ("workflow/Snakefile", "tests/workflow/test_elsewhere.py")
    }
    wheel = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (needed,) = [
        requirement
        for requirement in map(Requirement, wheel["optional-dependencies"]["workflow"])
        if requirement.name == "snakemake"
    ]
    oldest = {bound.version for bound in needed.specifier if bound.operator == ">="}
    series = {".".join(version_of(pin).split(".")[:2]) for pin in PINS if pin.name == "snakemake"}
    assert asked == oldest == series


def test_locks_hold_no_address_and_every_package_is_hashed():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (REPOSITORY / name).read_text()
        assert "://" not in text and "index-url" not in text
        assert len(re.findall(r"^[a-z].*?==", text, re.MULTILINE)) == len(re.findall(r"==[^\n]*\\\n    --hash", text))


def test_locks_name_the_extras_that_a_package_asks_for():
    """pip takes a pin of `pandas` for none of `pandas[parquet]`, and refuses the lock once a newer pandas is out."""
    for package in distributions():
        for asked in map(Requirement, package.requires or []):
            if asked.extras and (asked.marker is None or asked.marker.evaluate({"extra": ""})) and asked.name in HERE:
                assert asked.extras <= HERE[asked.name].extras, f"{package.name} asks for {asked}"


def test_container_recipe_is_made_of_what_is_here():
    """Where no engine builds it (tests/container): its files, Python and commands are those of the repository."""
    recipe = (REPOSITORY / "Containerfile").read_text()
    steps = re.sub(r"\\\n\s*", "", recipe)
    copied = [source for line in re.findall(r"^COPY (.+)$", steps, re.MULTILINE) for source in line.split()[:-1]]
    assert copied and all((REPOSITORY / source).exists() for source in copied)
    needed = re.findall(
        r"/opt/autocrine/([\w./]+)", " ".join(re.findall(r"^(?:RUN|ENTRYPOINT) .+$", steps, re.MULTILINE))
    )
    assert needed and all(any(path.startswith(source) for source in copied) for path in needed)
    (python,) = re.findall(r"^FROM docker.io/library/python:(3\.\d+)-", steps, re.MULTILINE)
    pinned = yaml.safe_load((REPOSITORY / "envs" / "analysis.yaml").read_text())["dependencies"][0]
    assert pinned == f"python ={python}"
    assert re.search(r"^FROM \S+@sha256:[0-9a-f]{64}$", steps, re.MULTILINE), "the base is not held by its digest"
    # By number, and after all that only root may do.
    (user,) = re.findall(r"^USER (.+)$", steps, re.MULTILINE)
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user) and not re.search(
        r"^(RUN|COPY)", steps.partition("\nUSER ")[2], re.M
    )
    known = {"FROM", "COPY", "RUN", "ENV", "WORKDIR", "USER", "ENTRYPOINT", "CMD"}
    assert {line.split()[0] for line in steps.splitlines() if line and not line.startswith("#")} == known
