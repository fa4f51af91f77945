"""Counts at an address: fetched once from a server on loopback, checked, and never asked for again."""

import hashlib
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import anndata
import pandas as pd
import pytest
import yaml

from autocrine.input.source import GEO_COUNTS
from tests.workflow.conftest import REPOSITORY, jobs_of, run_snakemake, run_workflow, write_config

COUNTS = REPOSITORY / "config" / "counts.tsv"


class Server:
    """Serves a folder on loopback and remembers what it was asked for."""

    def __init__(self, folder):
        self.asked = asked = []

        class Handler(SimpleHTTPRequestHandler):
            def log_message(self, form, *values):
                asked.append((self.command, self.path))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def server(tmp_path):
    (tmp_path / "served").mkdir()
    server = Server(tmp_path / "served")
    yield server
    server.server.shutdown()
    server.server.server_close()


def prepare(tmp_path, **cohorts):
    """Write a configuration with these counts, by cohort, and return its folder."""
    folder = tmp_path / "ein Lauf"
    folder.mkdir(exist_ok=True)
    config = yaml.safe_load((REPOSITORY / "config" / "config.yaml").read_text())
    entry = {**config["cohorts"].pop("my_cohort"), "samples": str(REPOSITORY / "config" / "samples.tsv")}
    config["cohorts"] = {name: {**entry, **changes} for name, changes in cohorts.items()}
    write_config(folder / "config.yaml", config)
    return folder


def run(folder, cohort="a", *arguments):
    return run_workflow(folder, folder / "config.yaml", f"results/{cohort}/counts.h5ad", *arguments)


def test_counts_are_fetched_checked_and_kept(tmp_path, server):
    served = tmp_path / "served" / "my counts.tsv"
    served.write_bytes(COUNTS.read_bytes())
    checksum = hashlib.sha256(served.read_bytes()).hexdigest()
    address = {"url": f"{server.url}/my%20counts.tsv", "sha256": checksum}
    folder = prepare(tmp_path, a={"counts": address})
    first = run(folder)
    assert first.returncode == 0, first.stdout
    assert jobs_of(first.stdout) == {"fetch_counts": 1, "import_counts": 1, "total": 2}
    assert (folder / "results" / "a" / "input" / "my counts.tsv").read_bytes() == served.read_bytes()
    data = anndata.read_h5ad(folder / "results" / "a" / "counts.h5ad")
    expected = pd.read_csv(COUNTS, sep="\t", index_col=0)
    assert (data.to_df().T[list(expected.columns)].to_numpy() == expected.to_numpy()).all()
    server.asked.clear()
    served.unlink()
    again = run(folder)
    assert again.returncode == 0 and "Nothing to be done" in again.stdout, again.stdout
    assert not server.asked
    # A file that was changed since is never taken for the one that is meant.
    (folder / "results" / "a" / "input" / "my counts.tsv").write_text("gene\tS1\n")
    changed = run(folder)
    assert changed.returncode == 1 and "not the file the config means" in changed.stdout


def test_a_module_with_a_prefix_asks_the_network_once_too(tmp_path, server):
    (tmp_path / "served" / "counts.tsv").write_bytes(COUNTS.read_bytes())
    checksum = hashlib.sha256(COUNTS.read_bytes()).hexdigest()
    folder = prepare(tmp_path, a={"counts": {"url": f"{server.url}/counts.tsv", "sha256": checksum}})
    (folder / "Snakefile").write_text(
        f"""
module autocrine:
    snakefile: "{REPOSITORY / "workflow" / "Snakefile"}"
    prefix: "inner"
    config: config

use rule * from autocrine as autocrine_*

rule counts:
    default_target: True
    input: "inner/results/a/counts.h5ad"
"""
    )

    def run_again():
        server.asked.clear()
        done = run_snakemake(folder, "--configfile", folder / "config.yaml")
        assert done.returncode == 0, done.stdout
        return jobs_of(done.stdout)

    assert run_again() == {"autocrine_fetch_counts": 1, "autocrine_import_counts": 1, "counts": 1, "total": 3}
    assert (folder / "inner" / "results" / "a" / "input" / "counts.tsv").exists() and server.asked
    (folder / "inner" / "results" / "a" / "counts.h5ad").unlink()
    assert run_again() == {"autocrine_import_counts": 1, "counts": 1, "total": 2}
    assert not server.asked
    checked = run_snakemake(folder, "autocrine_check", "--configfile", folder / "config.yaml")
    assert checked.returncode == 0 and "Genes of a\n" in checked.stdout, checked.stdout


def test_a_wrong_checksum_ends_the_run_and_leaves_nothing(tmp_path, server):
    (tmp_path / "served" / "counts.tsv").write_bytes(COUNTS.read_bytes())
    folder = prepare(tmp_path, a={"counts": {"url": f"{server.url}/counts.tsv", "sha256": "0" * 64}})
    wrong = run(folder)
    assert wrong.returncode == 1
    found = hashlib.sha256(COUNTS.read_bytes()).hexdigest()
    assert f"gave is {found}" in wrong.stdout and "0" * 64 in wrong.stdout
    assert not [path for path in (folder / "results").rglob("*") if path.is_file()]


def test_an_address_that_leads_nowhere_is_named(tmp_path, server):
    folder = prepare(tmp_path, a={"counts": {"url": f"{server.url}/none.tsv", "sha256": "0" * 64}})
    lost = run(folder)
    assert lost.returncode == 1 and f"{server.url}/none.tsv" in lost.stdout


def test_addresses_that_differ_in_their_query_only_are_kept_apart(tmp_path, server):
    """As those of GEO do."""
    (tmp_path / "served" / "counts.tsv").write_bytes(COUNTS.read_bytes())
    checksum = hashlib.sha256(COUNTS.read_bytes()).hexdigest()
    cohorts = {
        name: {"counts": {"url": f"{server.url}/counts.tsv?acc={name}", "sha256": checksum}} for name in ("a", "b")
    }
    folder = prepare(tmp_path, **cohorts)
    both = run(folder, "a", "results/b/counts.h5ad")
    assert both.returncode == 0, both.stdout
    assert {path.split("=")[-1] for command, path in server.asked if command == "GET"} == {"a", "b"}


def test_a_series_of_geo_is_fetched_without_a_checksum_which_is_then_said(tmp_path, server):
    """The layout of NCBI's counts: Entrez ids and GSM samples. The address is that of the loopback server."""
    genes = pd.read_csv(REPOSITORY / "resources" / "genes" / "human_grch38.tsv.gz", sep="\t", dtype=str)
    genes = genes[genes["entrez"].fillna("").str.fullmatch(r"\d+")].head(300)
    names = {f"S{i}": f"GSM{i}" for i in range(1, 7)}
    counts = pd.read_csv(COUNTS, sep="\t").iloc[: len(genes)].rename(columns={"gene_id": "GeneID", **names})
    counts["GeneID"] = genes["entrez"].to_numpy()
    name = "GSE1_raw_counts_GRCh38.p13_NCBI.tsv.gz"
    counts.to_csv(tmp_path / "served" / name, sep="\t", index=False)
    sheet = pd.read_csv(REPOSITORY / "config" / "samples.tsv", sep="\t").replace({"sample": names})
    sheet.to_csv(tmp_path / "sheet.tsv", sep="\t", index=False)
    assert GEO_COUNTS.format(accession="GSE1", name=name).endswith(f"&file={name}")
    # A spy starts with every Python of the run and turns GEO's address to the server.
    spy = tmp_path / "spy"
    spy.mkdir()
    library, address = str(REPOSITORY / "workflow" / "scripts"), f"{server.url}/{{name}}?acc={{accession}}"
    (spy / "sitecustomize.py").write_text(
        f"import sys\nsys.path.insert(0, {library!r})\nimport autocrine.input.source\n"
        f"autocrine.input.source.GEO_COUNTS = {address!r}\n"
    )
    folder = prepare(tmp_path, a={"counts": {"geo": "GSE1"}, "samples": str(tmp_path / "sheet.tsv")})
    arguments = (folder, folder / "config.yaml", "results/a/counts.h5ad")
    # A server may answer with a page of its own; that is not kept.
    counted = (tmp_path / "served" / name).read_bytes()
    (tmp_path / "served" / name).write_text("<!DOCTYPE html>\n<html>Try later</html>\n")
    page = run_workflow(*arguments, PYTHONPATH=str(spy))
    assert page.returncode == 1 and 'it begins with "<!DOCTYPE html>"' in page.stdout, page.stdout
    assert not [path for path in (folder / "results").rglob("*") if path.is_file()]
    (tmp_path / "served" / name).write_bytes(counted)
    done = run_workflow(*arguments, PYTHONPATH=str(spy))
    assert done.returncode == 0, done.stdout
    data = anndata.read_h5ad(folder / "results" / "a" / "counts.h5ad")
    assert set(data.obs_names) == set(names.values()) and data.var["mapping"].eq("entrez").mean() > 0.95
    again = run_workflow(*arguments, PYTHONPATH=str(spy))
    checksum = hashlib.sha256((tmp_path / "served" / name).read_bytes()).hexdigest()
    assert f"sha256: {checksum}" in again.stdout and "Nothing to be done" in again.stdout
