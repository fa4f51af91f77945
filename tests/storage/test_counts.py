"""Counts in an object store, fetched by a run on a disk."""

import hashlib

import pytest

from tests.storage.conftest import BUCKET
from tests.workflow.conftest import copy_inputs, run_workflow, small_config, write_config

for wanted in ("moto", "s3fs"):
    pytest.importorskip(wanted, reason='not installed: pip install s3fs "moto[server]"')
NAME = "counts é.tsv"


@pytest.fixture
def study(tmp_path, store, server):
    """A study whose counts are in the store, and what its run finds in its environment."""
    folder, config = copy_inputs(tmp_path), small_config()
    counts = folder / config["cohorts"]["one"]["counts"]
    held = counts.read_bytes()
    store.put_object(Key=f"folder/{NAME}", Body=held)
    counts.unlink()
    url = f"s3://{BUCKET}/folder/{NAME}"
    config["cohorts"]["one"]["counts"] = {"url": url, "sha256": hashlib.sha256(held).hexdigest()}
    path = write_config(folder / "config.yaml", config)
    keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
    return folder, path, held, {"AWS_ENDPOINT_URL": server, **keys}


def test_they_are_fetched_once(study):
    folder, config, held, environment = study
    run = run_workflow(folder, config, "results/one/counts.h5ad", **environment)
    assert run.returncode == 0, run.stdout
    assert (folder / "results" / "one" / "input" / NAME).read_bytes() == held
    # Nothing asks the store again.
    again = run_workflow(folder, config, "-n", "results/one/counts.h5ad", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert again.returncode == 0 and "Nothing to be done" in again.stdout, again.stdout


def test_what_is_missing_is_said(study, store):
    folder, config, _, environment = study
    store.Object(f"folder/{NAME}").delete()
    run = run_workflow(folder, config, "results/one/counts.h5ad", **environment)
    assert run.returncode and f"s3://{BUCKET}/folder/{NAME}: there is no such object" in run.stdout, run.stdout
    assert not (folder / "results" / "one" / "input" / NAME).exists()
