"""The command `autocrine`: first configurations, and the commands of the workflow, its configuration read in bounds."""

import gzip
import shutil
import sys
import time

import anndata
import pandas as pd
import pytest
import yaml

from autocrine import cli
from tests.conftest import REPOSITORY

TEMPLATE = REPOSITORY / "config"


@pytest.fixture
def study(tmp_path, monkeypatch):
    for name in ("counts.tsv", "samples.tsv"):
        shutil.copy(TEMPLATE / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def called(monkeypatch):
    """The arguments of Python that a command would run."""
    calls = []
    monkeypatch.setattr(cli, "_python", lambda arguments, unseen=None: calls.append(arguments) or 0)
    return calls


def test_init_writes_a_configuration_that_check_accepts(study, capfd):
    assert cli.main(["init", "counts.tsv", "samples.tsv"]) == 0
    config = yaml.safe_load((study / "config.yaml").read_text(encoding="utf-8"))
    assert config["cohorts"] == {"my_cohort": {"counts": "counts.tsv", "samples": "samples.tsv"}}
    assert config["models"]["response"]["contrasts"]["resistant_vs_sensitive"]["reference"] == "sensitive"
    assert "Then: autocrine check" in capfd.readouterr().out
    assert cli.main(["init", "counts.tsv", "samples.tsv"]) == 1
    assert "is there already" in capfd.readouterr().err
    assert cli.main(["check"]) == 0
    assert "resistant_vs_sensitive" in capfd.readouterr().out


def test_check_says_what_is_wrong_and_nothing_of_the_files_of_the_workflow(study, capfd):
    assert cli.main(["init", "counts.tsv", "samples.tsv"]) == 0
    path = study / "config.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("reference: sensitive", "reference: nobody"), "utf-8")
    assert cli.main(["check"]) == 1
    said = capfd.readouterr().err
    assert "1 problem in the input" in said and '"nobody" in none of the selected samples' in said
    assert ".smk" not in said and "profile" not in said


def test_init_names_the_species_of_the_genes(study, capfd):
    sheet = (study / "samples.tsv").read_text(encoding="utf-8")
    samples = [line.split("\t")[0] for line in sheet.splitlines()[1:]]
    mice = ["Bmp4", "Twist1", "Id1", "Smad6", "Xist"]
    rows = [
        "\t".join(["gene", *samples]),
        *("\t".join([gene, *(str(7 * i + k) for k in range(len(samples)))]) for i, gene in enumerate(mice, 3)),
    ]
    (study / "mice.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert cli.main(["init", "mice.tsv", "samples.tsv", "--name", "mice"]) == 0
    text = (study / "config.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["cohorts"]["mice"]["species"] == "mouse" and "named as those of mouse" in text


DEMO_OF_CELLS = "resources/demo_cells"


@pytest.fixture
def marrow(tmp_path, monkeypatch):
    """A folder from which the demo of single cells can be named."""
    (tmp_path / "resources").symlink_to(REPOSITORY / "resources")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def suggested(folder):
    return yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))


def test_init_suggests_cells_of_one_file_per_sample_and_a_model_per_state(marrow, capfd):
    labels = ["--labels", f"{DEMO_OF_CELLS}/labels.tsv.gz"]
    assert cli.main(["init", f"{DEMO_OF_CELLS}/cells", f"{DEMO_OF_CELLS}/samples.tsv", *labels]) == 0
    assert "601 genes in 4,704 cells of 12 samples, 6 suggested models" in capfd.readouterr().out
    config = suggested(marrow)
    assert config["cohorts"]["cells"] == {
        "cells": {
            "files": "resources/demo_cells/cells/{sample}.h5ad",
            "labels": {"file": "resources/demo_cells/labels.tsv.gz", "column": "cell_type"},
            "fusion": "bcr_abl1",
            "doublet_column": "doublet_call",
        },
        "samples": "resources/demo_cells/samples.tsv",
    }
    model = config["models"]["HSC_exposure"]
    assert (model["samples"], model["design"]) == ({"state": "HSC"}, "~ patient + exposure")
    assert model["contrasts"]["imatinib_vs_untreated"]["reference"] == "untreated"
    # Five erythroid cells a sample are too few for a sum.
    assert "erythroid_exposure" not in config["models"]
    assert cli.main(["check"]) == 0
    assert "compared within patients; up means higher in imatinib" in capfd.readouterr().out


def test_init_suggests_cells_of_one_file_of_all_samples(marrow):
    files = sorted((REPOSITORY / DEMO_OF_CELLS / "cells").glob("*.h5ad"))
    cells = anndata.concat({path.stem: anndata.read_h5ad(path) for path in files}, label="run", merge="same")
    labels = pd.read_csv(REPOSITORY / DEMO_OF_CELLS / "labels.tsv.gz", sep="\t", index_col="barcode")
    cells.obs = cells.obs.join(labels[["cell_type", "bcr_abl1"]].astype(object))
    cells.write_h5ad(marrow / "joined.h5ad")
    assert cli.main(["init", "joined.h5ad", f"{DEMO_OF_CELLS}/samples.tsv", "--name", "marrow"]) == 0
    assert suggested(marrow)["cohorts"]["marrow"]["cells"] == {
        "files": "joined.h5ad", "sample_column": "run", "labels": {"column": "cell_type"}, "fusion": "bcr_abl1",
        "doublet_column": "doublet_call",
    }  # fmt: skip
    assert "HSC_exposure" in suggested(marrow)["models"] and cli.main(["check"]) == 0


def test_labels_are_for_cells(study, capfd):
    assert cli.main(["init", "counts.tsv", "samples.tsv", "--labels", "labels.tsv"]) == 1
    assert "labels are for single cells" in capfd.readouterr().err and not (study / "config.yaml").exists()


def test_init_says_all_that_is_wrong_and_writes_nothing(study, capfd):
    (study / "counts.tsv").write_text("gene\tS1\tS2\nA\t1.5\t2\nB\t-1\t3\n", encoding="utf-8")
    assert cli.main(["init", "counts.tsv", "samples.tsv"]) == 1
    said = capfd.readouterr().err
    assert "with decimals" in said and "the samples differ" in said
    assert not (study / "config.yaml").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--name", "my cohort"], '"my cohort" cannot be the name of a cohort'),
        (["--name", "summary"], '"summary" cannot be the name of a cohort'),
        (["-o", "no/such/x.yaml"], "no/such: there is no such folder"),
    ],
)
def test_init_refuses_what_no_configuration_may_hold(arguments, words, study, capfd):
    assert cli.main(["init", "counts.tsv", "samples.tsv", *arguments]) == 1
    assert words in " ".join(capfd.readouterr().err.split()) and not list(study.glob("*.yaml"))


def test_init_takes_a_packed_sheet_and_counts_of_any_name(study, capfd):
    with gzip.open("donors.tsv.gz", "wb") as file:
        file.write((study / "samples.tsv").read_bytes())
    shutil.move("counts.tsv", "records.tsv")
    assert cli.main(["init", "records.tsv", "donors.tsv.gz"]) == 0
    config = yaml.safe_load((study / "config.yaml").read_text(encoding="utf-8"))
    assert config["cohorts"] == {"my_cohort": {"counts": "records.tsv", "samples": "donors.tsv.gz"}}


def test_commands_are_those_of_snakemake(study, called):
    (study / "mine.yaml").write_text("cohorts: {}\n", encoding="utf-8")
    assert cli.main(["run", "--configfile", "mine.yaml", "--cores", "3", "-n"]) == 0
    assert cli.main(["verify", "-c", "mine.yaml"]) == 0
    snakefile = str(REPOSITORY / "workflow" / "Snakefile")
    base = ["-s", snakefile, "--configfile", "mine.yaml"]
    assert called == [
        ["-m", "snakemake", *base, "--cores", "3", "-n"], ["-m", "snakemake", "verify", *base, "--cores", "1"]
    ]  # fmt: skip
    assert cli.main(["compare", "before", "--table", "x.tsv"]) == 0
    assert called[-1][1:] == ["before", "results", "--table", "x.tsv"]


def bomb():
    """Mappings of aliases: nine lines that would fill the memory."""
    rows = ["a: &a {x: 1}"]
    for name, before in zip("bcdefghi", "abcdefgh", strict=True):
        rows.append(f"{name}: &{name} {{{', '.join(f'k{i}: *{before}' for i in range(9))}}}")
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bomb().encode(), "aliases"),
        (b"cohorts: " + b"[" * 3000 + b"]" * 3000, "line 1" if sys.version_info < (3, 12) else "this is no YAML"),
        ("cohorts: {é: 1}\n".encode("latin-1"), "UTF-8"),
        (b"cohorts:\n  a: 1\n  a: 2\n", "appears in lines 2, 3"),
        (b"cohorts: [\n", "line"),
        (b"__use_yte__: true\ncohorts: {}\n", "would have snakemake run code of the configuration"),
    ],
    ids=["bomb", "depth", "latin", "twice", "syntax", "template"],
)
def test_a_configuration_is_read_within_bounds_before_snakemake(study, called, capfd, content, words):
    (study / "config.yaml").write_bytes(content)
    started = time.monotonic()
    assert cli.main(["check"]) == 1
    assert time.monotonic() - started < 30 and not called
    said = capfd.readouterr().err
    assert words in said and "config.yaml" in said and "Traceback" not in said


def test_a_configuration_that_is_not_there_is_named(study, called, capfd):
    assert cli.main(["run"]) == 1
    assert "autocrine init COUNTS SAMPLES" in capfd.readouterr().err
    assert cli.main(["run", "-c", "other.yaml"]) == 1
    assert "other.yaml: there is no such file" in capfd.readouterr().err and not called


def test_without_snakemake_the_extra_is_named(study, monkeypatch, capfd):
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    assert cli.main(["check"]) == 1
    assert "autocrine[workflow]" in capfd.readouterr().err


def test_where_neither_clone_nor_installation_holds_the_workflow_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "a" / "b" / "c" / "d" / "cli.py"))
    monkeypatch.setattr(cli.sys, "prefix", str(tmp_path))
    with pytest.raises(SystemExit, match="is autocrine installed as a whole"):
        cli.workflow_folder()
    (tmp_path / "share" / "autocrine" / "workflow").mkdir(parents=True)
    (tmp_path / "share" / "autocrine" / "workflow" / "Snakefile").touch()
    assert cli.workflow_folder() == tmp_path / "share" / "autocrine"
