"""The records of jobs: what is in them, and what is found where files no longer agree with them."""

import json

import pytest

from autocrine.problems import Findings
from autocrine.run.checksums import Checksums
from autocrine.run.records import (
    ChangedInputError,
    check_contents,
    check_results,
    describe_job,
    recorded_checksums,
    verify_folder,
    verify_inputs,
)
from autocrine.tables import sha256_of, write_json
from tests.conftest import REPOSITORY


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A cohort of two jobs: one reads counts and writes a matrix, one reads that and writes a table and a figure."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "results" / "one"
    (folder / "m").mkdir(parents=True)
    for name in ["counts.tsv", "results/one/counts.h5ad", "results/one/m/genes.tsv", "results/one/m/volcano.svg"]:
        (tmp_path / name).write_text(name)
    panel = REPOSITORY / "resources" / "panels" / "bmp.tsv"
    script = REPOSITORY / "workflow" / "scripts" / "fit_model.py"
    jobs = {
        "read": (["counts.tsv", str(panel)], ["results/one/counts.h5ad"]),
        "fit.m": (
            ["results/one/counts.h5ad", str(script)],
            ["results/one/m/genes.tsv", "results/one/m/volcano.svg", "results/one/records/fit.m.json"],
        ),
    }
    for job, (read, made) in jobs.items():
        record = f"results/one/records/{job}.json"
        write_json(record, describe_job(record, job, read, made, "measured"))
    return tmp_path


EXPECTED = ["results/one/records/read.json", "results/one/records/fit.m.json"]


def checked(accepted=()):
    findings = Findings()
    check_results(["results/one", "results/absent"], accepted, Checksums("store.json"), findings)
    return findings.problems


def verified(expected=EXPECTED):
    return {change.path: change.state for change in verify_folder("results/one", expected, Checksums("store.json"))}


def test_a_record_names_what_was_read_and_made(study):
    read, fit = (json.loads((study / path).read_text()) for path in EXPECTED)
    assert read["given"] == {
        "counts.tsv": sha256_of("counts.tsv"),
        "resources/panels/bmp.tsv": sha256_of(REPOSITORY / "resources/panels/bmp.tsv"),
    }
    assert fit["results"] == read["made"] == {"counts.h5ad": sha256_of("results/one/counts.h5ad")}
    assert set(fit["made"]) == {"m/genes.tsv", "m/volcano.svg"}
    assert fit["code"] != read["code"]
    assert str(study) not in json.dumps([read, fit]) and str(REPOSITORY) not in json.dumps([read, fit])


def test_results_may_lie_on_another_disk(study):
    (study / "results").rename(study / "disk")
    (study / "results").symlink_to("disk")
    found = describe_job(EXPECTED[1], "fit.m", ["results/one/counts.h5ad"], ["results/one/m/genes.tsv"], "measured")
    assert set(found["results"]) == {"counts.h5ad"} and set(found["made"]) == {"m/genes.tsv"}
    assert verified() == {}


def test_copies_of_addresses_are_not_named(study):
    kept = study / ".snakemake" / "storage" / "http" / "host" / "a.tsv?password=secret"
    kept.parent.mkdir(parents=True)
    kept.write_text("x")
    read = [str(kept.relative_to(study))]
    assert describe_job("results/one/records/fetch.json", "fetch", read, ["counts.tsv"], "measured")["given"] == {}


def test_what_agrees_is_not_named(study):
    assert checked() == [] and verified() == {}


def test_changed_files_stop_a_run(study):
    (study / "results/one/m/genes.tsv").write_text("changed")
    (study / "results/one/m/volcano.svg").unlink()
    (problem,) = checked()
    assert problem.where == "results/one/m/genes.tsv" and "fit.m" in problem.found
    assert "accept_changed=[results/one/m/genes.tsv]" in problem.expected
    assert checked(["./results/one/m/genes.tsv"]) == []
    assert verified() == {
        "results/one/m/genes.tsv": "changed since it was written",
        "results/one/m/volcano.svg": "missing",
    }


def test_what_no_job_wrote_is_named(study):
    (study / "results/one/m/.snakemake_timestamp").write_text("")
    (study / "results/one/notes.txt").write_text("mine")
    assert verified() == {"results/one/notes.txt": "no job of this configuration wrote it"}
    (study / "results/one/notes.txt").unlink()
    # A model that was taken out of the configuration.
    found = verified(EXPECTED[:1])
    assert set(found) == {"results/one/m/genes.tsv", "results/one/m/volcano.svg", EXPECTED[1]}
    (study / EXPECTED[1]).write_text("{")
    assert verified()[EXPECTED[1]] == "a record that cannot be read"
    (study / EXPECTED[1]).unlink()
    assert verified()[EXPECTED[1]] == "missing"


def test_what_a_killed_job_left_is_distinguished_from_what_is_not_of_the_run(study):
    (study / "results/one/m/.0123abcd.genes.tsv").write_text("half")
    ((path, state),) = verified().items()
    assert path == "results/one/m/.0123abcd.genes.tsv" and state.startswith("left by a job that was killed")


def test_a_file_changed_between_two_jobs_is_named(study):
    """Written anew, with a new record, after another job had read it."""
    (study / "results/one/counts.h5ad").write_text("changed")
    record = EXPECTED[0]
    write_json(record, describe_job(record, "read", ["counts.tsv"], ["results/one/counts.h5ad"], "measured"))
    assert verified() == {"results/one/counts.h5ad": "changed after another job read it"}
    with pytest.raises(ChangedInputError, match=r"results/one/counts.h5ad was changed"):
        recorded_checksums("results/one", [])


def test_a_record_that_was_changed_with_its_file_does_not_agree_with_the_ledger(study):
    crate = {"@graph": [{"@id": "m/genes.tsv", "@type": "File", "sha256": sha256_of("results/one/m/genes.tsv")}]}
    ledger = "results/one/ro-crate-metadata.json"
    write_json(ledger, crate)
    record = "results/one/records/write_ledger.json"
    write_json(record, describe_job(record, "write_ledger", [], [ledger], "measured"))
    assert verified([*EXPECTED, record]) == {}
    (study / "results/one/m/genes.tsv").write_text("changed")
    made = [f"results/one/m/{name}" for name in ("genes.tsv", "volcano.svg")]
    write_json(EXPECTED[1], describe_job(EXPECTED[1], "fit.m", ["results/one/counts.h5ad"], made, "measured"))
    assert verified([*EXPECTED, record]) == {
        "results/one/m/genes.tsv": "not what the ledger says, though the record of its job agrees"
    }


def test_the_ledger_takes_no_later_edit(study):
    made = recorded_checksums("results/one", [])
    assert made["results/one/m/genes.tsv"] == sha256_of("results/one/m/genes.tsv")
    (study / "results/one/m/genes.tsv").write_text("changed")
    with pytest.raises(ChangedInputError, match=r"m/genes.tsv was changed"):
        recorded_checksums("results/one", [])
    assert recorded_checksums("results/one", ["results/one/m/genes.tsv"]) == made


def test_changed_inputs_are_named(study):
    panel = str(REPOSITORY / "resources/panels/bmp.tsv")
    assert verify_inputs("results/one", ["counts.tsv", panel], Checksums("s.json")) == []
    (study / "counts.tsv").write_text("changed")
    (change,) = verify_inputs("results/one", ["counts.tsv", panel], Checksums("s.json"))
    assert str(change) == "counts.tsv: changed since the run read it"
    (change, _) = verify_inputs("results/one", [], Checksums("s.json"))
    assert "not in the configuration" in change.state


def test_an_input_that_changes_during_a_run_is_an_error(study):
    planned = {"counts.tsv": sha256_of("counts.tsv")}
    check_contents(planned, ["counts.tsv", "results/one/counts.h5ad"])
    (study / "counts.tsv").write_text("changed")
    with pytest.raises(ChangedInputError, match=r"counts.tsv was changed while the run went on"):
        check_contents(planned, ["counts.tsv"])
