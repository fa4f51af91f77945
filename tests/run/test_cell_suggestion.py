"""A first entry of single cells: files, columns of labels, calls, doublets and samples, and what is none of cells."""

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from autocrine.problems import Findings
from autocrine.run.cell_suggestion import suggest_cells
from tests.cells.tenx_files import write_folder, write_h5

SAMPLES = ["S1", "S10", "S2"]


def cells(samples, seed=0, number=30):
    """Return cells of some samples, with what people have in obs."""
    random = np.random.default_rng(seed)
    n = number * len(samples)
    obs = pd.DataFrame(
        {
            "orig.ident": np.repeat(samples, number),
            "leiden": [str(place % 4) for place in range(n)],
            "cell_type": np.tile(["HSC", "MPP", "GMP"], n // 3),
            "bcr_abl1": np.tile(["positive", "negative", "unknown"], n // 3),
            "scDblFinder.class": np.where(np.arange(n) % 9, "singlet", "doublet"),
            "doublet_score": random.random(n),
            "n_counts": random.integers(500, 900, n),
            "batch": np.repeat(samples, number),
        },
        index=[f"AC{place}" for place in range(n)],
    )
    counts = sparse.csr_matrix(random.poisson(1.0, (n, 6)).astype(np.float32))
    return anndata.AnnData(counts, obs, pd.DataFrame({"symbol": list("abcdef")}, index=[f"G{n}" for n in range(6)]))


def suggest(*paths, samples=SAMPLES, labels=None):
    findings = Findings()
    found = suggest_cells([str(path) for path in paths], samples, labels and str(labels), findings)
    return found, [problem.found for problem in findings.problems]


COLUMNS = {"labels": {"column": "cell_type"}, "fusion": "bcr_abl1", "doublet_column": "scDblFinder.class"}


@pytest.fixture
def folder(tmp_path):
    """A folder with a file of each sample."""
    (tmp_path / "cells").mkdir()
    for sample in SAMPLES:
        cells([sample]).write_h5ad(tmp_path / "cells" / f"run_{sample}.h5ad")
    return tmp_path / "cells"


def test_files_of_samples_become_one_path_and_their_columns_are_distinguished(folder):
    wanted = {"cells": {"files": f"{folder}/run_{{sample}}.h5ad", **COLUMNS}}
    for paths in ([folder], sorted(folder.iterdir()), [f"{folder}/run_{{sample}}.h5ad"]):
        found, problems = suggest(*paths)
        assert not problems and found.entry == wanted
    assert "Labels of cells (cell_type): GMP, HSC, MPP" in found.notes[0]


def test_one_file_of_all_samples_names_the_column_of_samples(tmp_path):
    data = cells(SAMPLES)
    data.write_h5ad(tmp_path / "all.h5ad")
    found, problems = suggest(tmp_path / "all.h5ad")
    assert not problems
    assert found.entry == {"cells": {"files": f"{tmp_path}/all.h5ad", "sample_column": "orig.ident", **COLUMNS}}
    data.obs = data.obs.drop(columns=["orig.ident", "batch"])
    data.write_h5ad(tmp_path / "all.h5ad")
    found, (problem,) = suggest(tmp_path / "all.h5ad")
    assert found is None and problem.startswith("nothing says which sample its cells are of; columns: leiden")


def test_clusters_are_taken_for_labels_with_a_warning_and_nothing_where_there_is_none(tmp_path):
    data = cells(SAMPLES)
    data.obs = data.obs[["orig.ident", "leiden"]]
    data.write_h5ad(tmp_path / "all.h5ad")
    found, _ = suggest(tmp_path / "all.h5ad")
    assert found.entry["cells"]["labels"] == {"column": "leiden"} and "are clusters" in found.notes[1]
    data.obs = data.obs[["orig.ident"]]
    data.write_h5ad(tmp_path / "all.h5ad")
    found, _ = suggest(tmp_path / "all.h5ad")
    assert set(found.entry["cells"]) == {"files", "sample_column"}
    assert "all cells of a sample are one sum" in found.notes[0]


def test_runs_of_10x_are_found_below_a_folder_with_their_droplets(tmp_path):
    for sample in SAMPLES:
        (outs := tmp_path / "runs" / sample / "outs").mkdir(parents=True)
        for kind in ("filtered", "raw"):
            write_folder(outs / f"{kind}_feature_bc_matrix", cells([sample]))
            write_h5(outs / f"{kind}_feature_bc_matrix.h5", cells([sample]))
        write_h5(outs / "molecule_info.h5", cells([sample]))
    found, problems = suggest(tmp_path / "runs")
    path = f"{tmp_path}/runs/{{sample}}/outs/{{}}_feature_bc_matrix"
    assert not problems
    assert found.entry == {"cells": {"files": path.replace("{}", "filtered"), "raw": path.replace("{}", "raw")}}


def test_counts_in_a_layer_are_found(folder):
    for path in folder.iterdir():
        data = anndata.read_h5ad(path)
        data.layers["counts"] = data.X.copy()
        data.X = data.X.log1p()
        data.write_h5ad(path)
    found, _ = suggest(folder)
    assert found.entry["layer"] == "counts" and found.entry["cells"]["labels"] == {"column": "cell_type"}


def test_labels_may_be_in_a_table(folder, tmp_path):
    for path in folder.iterdir():
        data = anndata.read_h5ad(path)
        data.obs = data.obs[["n_counts"]]
        data.write_h5ad(path)
    table = pd.concat([cells([sample]).obs.rename_axis("barcode").reset_index() for sample in SAMPLES])
    table = table.rename(columns={"orig.ident": "sample"})[["barcode", "sample", "cell_type", "bcr_abl1"]]
    table.to_csv(tmp_path / "labels.tsv", sep="\t", index=False)
    found, problems = suggest(folder, labels=tmp_path / "labels.tsv")
    assert not problems and found.entry["cells"]["fusion"] == "bcr_abl1"
    assert found.entry["cells"]["labels"] == {"file": f"{tmp_path}/labels.tsv", "column": "cell_type"}
    table[["barcode", "sample"]].to_csv(tmp_path / "labels.tsv", sep="\t", index=False)
    assert suggest(folder, labels=tmp_path / "labels.tsv")[1] == ["no column holds labels of cells: none"]


def test_counts_of_samples_are_no_cells(tmp_path):
    data = cells(SAMPLES, number=3)[:3].copy()
    data.obs_names = SAMPLES
    data.write_h5ad(tmp_path / "counts.h5ad")
    assert suggest(tmp_path / "counts.h5ad") == (None, []) == suggest(tmp_path / "counts.h5ad", samples=[])
    (tmp_path / "counts.tsv").write_text("gene\tS1\n")
    assert suggest(tmp_path / "counts.tsv") == (None, []) == suggest(tmp_path / "nowhere")


def test_cells_without_a_sheet_ask_for_one(folder):
    found, problems = suggest(f"{folder}/run_{{sample}}.h5ad", samples=[])
    assert found is None and problems == ["these are single cells"]
