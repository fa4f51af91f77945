"""What the repository says of itself to contributors, hosts and archives agrees with its files."""

import json
import re
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement

import autocrine
from tests.conftest import REPOSITORY

CITATION = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
ZENODO = json.loads((REPOSITORY / ".zenodo.json").read_text(encoding="utf-8"))
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = CONTRIBUTING.split("## Worked examples")[1].split("\n## ")[0]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_citation_and_archive_name_the_version_and_the_same_work():
    assert CITATION["version"] == ZENODO["version"] == autocrine.__version__
    assert CITATION["title"] == CITATION["preferred-citation"]["title"] == ZENODO["title"]
    assert CITATION["license"] == ZENODO["license"] == PROJECT["license"]
    names = [author["name"] for author in CITATION["authors"]]
    assert names == [creator["name"] for creator in ZENODO["creators"]]
    assert all(f"- {name}\n" in (REPOSITORY / "AUTHORS.md").read_text(encoding="utf-8") for name in names)


def test_archive_has_what_zenodo_requires():
    """Keys and their words: Zenodo's documentation of deposit metadata (`upload_type`, `relation`, `access_right`)."""
    assert {"title", "description", "upload_type", "creators", "access_right"} <= set(ZENODO)
    assert ZENODO["upload_type"] == "software" and ZENODO["access_right"] == "open"
    (paper,) = ZENODO["related_identifiers"]
    assert paper["identifier"] == CITATION["references"][0]["doi"] and paper["relation"] == "references"


def test_citation_has_what_its_format_requires():
    """Citation File Format 1.2.0: required keys of a file and of a reference."""
    assert {"cff-version", "message", "title", "authors"} <= set(CITATION)
    for work in (*CITATION["references"], CITATION["preferred-citation"]):
        assert {"authors", "title", "type"} <= set(work)


def test_worked_examples_name_files_that_are_there():
    paths = re.findall(r"`((?:workflow|tests|resources)/[^`<]+)`", EXAMPLES)
    assert len(paths) > 20
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


def test_worked_examples_name_commits_of_this_repository():
    commits = re.findall(r"`([0-9a-f]{7})`", EXAMPLES)
    assert len(commits) == 5
    git = ["git", "-C", str(REPOSITORY)]
    known = subprocess.run([*git, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False)
    if known.stdout.strip() != "false":
        pytest.skip("the history of the repository is not here")
    for commit in commits:
        found = subprocess.run([*git, "merge-base", "--is-ancestor", commit, "HEAD"], capture_output=True, check=False)
        assert found.returncode == 0, commit


def test_contributing_lists_every_package_of_the_library():
    table = CONTRIBUTING.split("## The packages in one page")[1].split("\n## ")[0]
    listed = set(re.findall(r"`(\w+)/`", table))
    library = REPOSITORY / "workflow" / "scripts" / "autocrine"
    assert {folder.parent.name for folder in library.glob("*/__init__.py")} <= listed


def test_host_runs_the_continuous_integration_and_each_python():
    workflow = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    jobs = workflow["jobs"]
    assert jobs["all"]["steps"][-1]["run"] == "bash .ci/run"
    pythons = jobs["library"]["strategy"]["matrix"]["python"]
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["requires-python"] == f">={pythons[0]}"
    assert jobs["library"]["steps"][-1]["run"] == "make test-library PYTHON=python${{ matrix.python }}"


@pytest.mark.parametrize("name", ["bug", "question", "feature"])
def test_forms_of_issues_have_what_the_host_requires(name):
    """Syntax of issue forms: name, description and body; each field has a type, an id and a label."""
    form = yaml.safe_load((REPOSITORY / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8"))
    assert form["name"] and form["description"]
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    assert fields and {part["type"] for part in fields} <= {"textarea", "input"}
    assert len({part["id"] for part in fields}) == len(fields)
    assert all(part["attributes"]["label"] for part in fields)
    assert any(part.get("validations", {}).get("required") for part in fields)


def test_conda_recipe_asks_for_what_the_wheel_asks_for():
    """Names of conda's channels and of PyPI differ in one package; extras are packages of their own there."""
    text = (REPOSITORY / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    assert f'version = "{autocrine.__version__}"' in text
    run = text.split("  run:\n")[1].split("\n\n")[0]
    listed = {name: bound for name, _, bound in (line.strip(" -").partition(" ") for line in run.splitlines())}
    assert listed.pop("python") == PROJECT["requires-python"]
    asked = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["workflow"]]
    needed = {Requirement(entry).name: str(Requirement(entry).specifier) for entry in asked}
    needed["matplotlib-base"] = needed.pop("matplotlib")
    assert {name: set(bound.split(",")) for name, bound in listed.items()} == {
        name: set(bound.split(",")) for name, bound in needed.items()
    }
    assert f"license: {PROJECT['license']}" in text and "autocrine = autocrine.cli:main" in text


def test_every_command_of_the_benchmarks_runs():
    """One that only defines what it would do ends without an error, and without a figure."""
    texts = {path.name: path.read_text("utf-8") for path in (REPOSITORY / "benchmarks").glob("*.py")}
    asked = {name for name, text in texts.items() if re.search(r"^def main\(", text, re.MULTILINE)}
    assert len(asked) > 10 and {name for name in asked if 'if __name__ == "__main__":' not in texts[name]} == set()
