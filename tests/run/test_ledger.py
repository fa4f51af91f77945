"""The ledger holds what made the results, in a form that others read."""

import hashlib
import json
import re
import subprocess

import pytest

from autocrine import __version__
from autocrine.run.ledger import describe_code, describe_file, installed_versions, make_crate, read_crate
from autocrine.run.records import name_inputs
from tests.conftest import REPOSITORY

RECORD = {
    "subject": "the cohort demo",
    "title": "Σ <b> cohort",
    "data_origin": "SIMULATED",
    "finished": "2026-01-02T03:04:05+00:00",
    "config": {"statistics": {"alpha": 0.05}, "sensitivity": False, "claims": ["a.yaml"], "gene_sets": []},
    "code": {"version": "1.2.3", "commit": f"{'c' * 40} with edits", "files": "ef"},
    "versions": {"python": "3.11.7", "numpy": "2.4.6"},
    "seeds": {"permutations of correlations": 2017},
    "workflow": {"name": "records/Snakefile", "size": 9, "sha256": "0f"},
    "inputs": [{"name": "counts.tsv.gz", "size": 5, "sha256": "ab"}],
    "outputs": [{"name": "m/c/genes.tsv.gz", "size": 7, "sha256": "cd"}],
}


@pytest.fixture
def crate():
    return json.loads(json.dumps(make_crate(RECORD)))


def test_metadata_is_a_crate_with_one_action(crate):
    by_id = {item["@id"]: item for item in crate["@graph"]}
    assert by_id["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    action = by_id["#run"]
    assert action["@type"] == "CreateAction" and action["endTime"] == RECORD["finished"]
    assert {part["@id"] for part in action["object"]} == {"#input-1", "#config", "#seed-1"}
    assert action["result"] == {"@id": "m/c/genes.tsv.gz"} or action["result"] == [{"@id": "m/c/genes.tsv.gz"}]
    file = by_id["m/c/genes.tsv.gz"]
    assert (file["@type"], file["sha256"], file["contentSize"]) == ("File", "cd", "7")
    assert file["encodingFormat"] == "application/gzip"
    assert "SIMULATED" in by_id["./"]["keywords"] and by_id["./"]["name"].endswith("Σ <b> cohort")


def test_everything_named_is_there(crate):
    """No reference inside the crate points to nothing."""
    known = {item["@id"] for item in crate["@graph"]}

    def named(value):
        if isinstance(value, dict):
            return {value["@id"]} if set(value) == {"@id"} else set().union(*map(named, value.values()))
        return set().union(*map(named, value)) if isinstance(value, list) else set()

    outside = {name for item in crate["@graph"] for name in named(item)} - known
    # The format, and what the language of the workflow is described by.
    assert {name for name in outside if "snakemake" not in name and "doi.org" not in name} == {
        "https://w3id.org/ro/crate/1.1"
    }


def test_metadata_fits_workflow_run_crate(crate):
    """What Process Run Crate and Workflow Run Crate 0.5 and Workflow RO-Crate 1.0 require (MUST), one by one."""
    by_id = {item["@id"]: item for item in crate["@graph"]}

    def of(item, name):
        held = item[name] if isinstance(item[name], list) else [item[name]]
        return [by_id.get(value["@id"], value) for value in held]

    descriptor, root = by_id["ro-crate-metadata.json"], by_id["./"]
    # Workflow RO-Crate: the descriptor conforms to RO-Crate and to the profile.
    assert {value["@id"] for value in of(descriptor, "conformsTo")} == {
        "https://w3id.org/ro/crate/1.1",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    }
    # Workflow Run Crate: the root data entity refers to the three profiles, by entities of the type CreativeWork.
    profiles = of(root, "conformsTo")
    assert {profile["@id"] for profile in profiles} == {
        "https://w3id.org/ro/wfrun/process/0.5",
        "https://w3id.org/ro/wfrun/workflow/0.5",
        "https://w3id.org/workflowhub/workflow-ro-crate/1.0",
    }
    assert {profile["@type"] for profile in profiles} == {"CreativeWork"}
    # RO-Crate: name, description, date and licence of the whole.
    assert all(root[name] for name in ("name", "description", "datePublished")) and of(root, "license")[0]["name"]
    # Workflow RO-Crate: the main entity is a file of the crate, with its language and its licence.
    (workflow,) = of(root, "mainEntity")
    assert set(workflow["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert {"@id": workflow["@id"]} in root["hasPart"] and workflow["name"] and workflow["version"] == "1.2.3"
    (language,) = of(workflow, "programmingLanguage")
    assert language["@type"] == "ComputerLanguage" and language["name"] == "Snakemake"
    assert of(workflow, "license")[0]["@id"] == "https://spdx.org/licenses/MIT"
    # Process Run Crate: one execution, of the main workflow, with its results; listed under mentions.
    (action,) = of(root, "mentions")
    assert action["@type"] == "CreateAction" and of(action, "instrument") == [workflow]
    assert action["name"] and action["description"] and action["endTime"]
    assert all(result["@type"] == "File" for result in of(action, "result"))
    # The software that the workflow is, with its packages.
    (software,) = of(workflow, "softwareRequirements")
    assert software["@type"] == "SoftwareApplication" and software["softwareVersion"] == "1.2.3"
    assert [package["name"] for package in of(software, "softwareRequirements")] == ["python", "numpy"]


def test_what_was_written_is_read(crate):
    found = read_crate(crate)
    assert found["input"] == {"counts.tsv.gz": "ab"}
    assert found["config"] == {
        "statistics.alpha": "0.05",
        "sensitivity": "false",
        "claims": '["a.yaml"]',
        "gene_sets": "[]",
    }
    assert found["version"] == RECORD["versions"]
    assert found["seed"] == {"permutations of correlations": "2017"}
    assert found["code"] == RECORD["code"]


def test_equal_records_give_equal_crates():
    assert make_crate(RECORD) == make_crate(RECORD)


def test_checksum_is_that_of_the_bytes(tmp_path):
    path = tmp_path / "counts.tsv"
    path.write_bytes(b"x" * 3_000_000)
    assert describe_file(path, "counts.tsv") == {
        "name": "counts.tsv", "size": 3_000_000, "sha256": hashlib.sha256(b"x" * 3_000_000).hexdigest()
    }  # fmt: skip


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["data/counts.tsv", "/home/me/panel.tsv"], ["data/counts.tsv", "panel.tsv"]),
        (["/run/one/counts.tsv", "/run/two/counts.tsv", "/run/one/genes.tsv"],
         ["one/counts.tsv", "two/counts.tsv", "genes.tsv"]),
        (["counts.tsv", "/counts.tsv", "/a/counts.tsv"], ["counts.tsv", "/counts.tsv", "a/counts.tsv"]),
        (["/a/x.tsv", "/a/x.tsv"], ["x.tsv", "x.tsv"]),
    ],
)  # fmt: skip
def test_folders_of_a_machine_are_named_only_to_distinguish_files(paths, names):
    assert name_inputs(paths) == names


def test_versions_of_fits_are_kept_and_differences_reported():
    found = installed_versions([{"numba": "1.0"}, {"numba": "1.1"}, {"numba": "1.0"}])
    assert found["numba"] == "1.0 and 1.1" and found["python"].startswith("3.")


def test_code_is_known_by_its_commit_and_by_its_files(tmp_path):
    folder = tmp_path / "workflow"
    for name in ("workflow/Snakefile", "workflow/scripts/a.py", "resources/panel.tsv", "config.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    alone = describe_code(folder)
    assert alone["commit"] == "" and len(alone["files"]) == 64 and alone["version"] == __version__

    def git(*arguments):
        identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        return subprocess.run(
            ["git", "-C", tmp_path, *identity, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()

    git("init", "-q")
    # A repository around a copy that it does not hold says nothing of the copy.
    assert describe_code(folder) == alone
    git("add", ".")
    git("commit", "-q", "-m", "c")
    commit = git("rev-parse", "HEAD")
    assert describe_code(folder) == {**alone, "commit": commit}
    # Users edit the configuration beside the workflow; that is no edit of the code. Caches are none either.
    (tmp_path / "config.yaml").write_text("changed")
    (folder / "scripts" / "__pycache__").mkdir()
    (folder / "scripts" / "__pycache__" / "a.pyc").write_text("x")
    assert describe_code(folder) == {**alone, "commit": commit}
    (folder / "scripts" / "a.py").write_text("changed")
    edited = describe_code(folder)
    assert edited["commit"] == f"{commit} with edits" and edited["files"] != alone["files"]
    git("checkout", "-q", "workflow")
    (tmp_path / "resources" / "panel.tsv").write_text("changed")
    assert describe_code(folder) == {**alone, "commit": f"{commit} with edits"}
    assert describe_code(folder, "owner/autocrine v1, abc") == {
        **alone,
        "commit": "owner/autocrine v1, abc",
        "files": "",
    }


def test_the_version_is_the_same_wherever_it_is_written():
    text = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", text, re.MULTILINE)[1] == __version__
