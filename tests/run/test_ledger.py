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
    assert outside == {"https://w3id.org/ro/crate/1.1"}


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
def test_no_folder_of_a_machine_is_told_but_to_tell_files_apart(paths, names):
    assert name_inputs(paths) == names


def test_versions_of_fits_are_kept_and_differences_told():
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


def test_the_version_is_the_same_wherever_it_stands():
    text = (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.+)$", text, re.MULTILINE)[1] == __version__
