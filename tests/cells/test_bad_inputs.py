"""Cells that cannot be read as they are: one message each, with the file, what was found and what would be right."""

import gzip
import shutil

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from autocrine import cells
from autocrine.cells.blocks import open_cells
from autocrine.cells.cell_species import check_species
from autocrine.cells.fusion import fusion_calls
from autocrine.cells.passes import SIZE, measure_file
from autocrine.cells.settled import LIMITS, settle_cells
from autocrine.cells.states import map_states
from autocrine.input.known_genes import read_known_genes
from autocrine.problems import Findings, InputError
from tests.cells.simulated import make_cells
from tests.cells.tenx_files import write_folder, write_h5, write_h5_of_2
from tests.conftest import REPOSITORY

GENES = ("human_grch38.tsv.gz", "refused_aliases.tsv", "mouse_grcm39.tsv.gz")
pytestmark = pytest.mark.filterwarnings("ignore:Observation names are not unique")


@pytest.fixture(scope="module")
def adata():
    return make_cells(2, 40, 60)


def one_run(adata):
    return adata[adata.obs["run"] == "P0_imatinib"].copy()


def sums(data, state=None, **asked):
    cells.sum_cells(data, "run", state, min_counts=1000, **asked)


def written(adata, path, **asked):
    adata.write_h5ad(path, **asked)
    return path


def set_value(value, dtype="f4"):
    def call(tmp, adata):
        run = one_run(adata)
        run.X = run.X.astype(dtype)
        run.X.data[5] = value
        sums(written(run, tmp / "run.h5ad"))

    return call


def scaled(tmp, adata):
    run = one_run(adata)
    run.layers["counts"], run.X = run.X.copy(), run.X.toarray() - 0.5
    sums(written(run, tmp / "run.h5ad"))


def logs_in_x(tmp, adata):
    run = one_run(adata)
    run.layers["counts"], run.X = run.X.copy(), sparse.csr_matrix(np.log1p(run.X.toarray()))
    sums(written(run, tmp / "run.h5ad"))


def no_layer(tmp, adata):
    sums(written(one_run(adata), tmp / "run.h5ad"), layer="counts")


def barcodes_twice(tmp, adata):
    run = one_run(adata)
    run.obs_names = ["AC1-1", *run.obs_names[1:]]
    sums(run)


def other_genes(tmp, adata):
    write_h5(tmp / "a.h5", one_run(adata))
    write_folder(tmp / "b", one_run(adata)[:, :50], "3")
    sums({"a": tmp / "a.h5", "b": tmp / "b"})


def droplets(number):
    """Return a file of more barcodes than any run has cells, with `number` of counts in most."""

    def call(tmp, adata):
        matrix = sparse.csr_matrix(np.ones((1, number), dtype="f4"))
        matrix.resize((1, 30))
        many = sparse.vstack([matrix] * 200_001, format="csr")
        run = anndata.AnnData(many, pd.DataFrame({"run": "a"}, index=[f"c{place}" for place in range(200_001)]))
        write_h5_like = written(run, tmp / "raw.h5ad")
        other = anndata.AnnData(adata.X[:80, :30], pd.DataFrame({"run": "b"}, index=adata.obs_names[:80]), run.var)
        sums({"a": write_h5_like, "b": other})

    return call


def cut(name):
    """Return what cuts a file of a run in half."""

    def call(tmp, adata):
        run = one_run(adata)
        run.write_h5ad(tmp / "run.h5ad")
        write_h5(tmp / "run.h5", run)
        folder = write_folder(tmp / "run", run)
        path = folder / name if name.endswith("gz") else tmp / name
        content = path.read_bytes()
        path.write_bytes(content[: len(content) // 2])
        sums({"a": folder if name.endswith("gz") else path})

    return call


def broken_chunk(tmp, adata):
    """Break what HDF5 reads late: the file opens, and one part of its values cannot be unpacked."""
    path = written(one_run(adata), tmp / "run.h5ad", compression="gzip")
    with h5py.File(path) as file:
        chunk = file["X"]["data"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + 40] = b"\x00" * 40
    path.write_bytes(content)
    sums(path)


def broken_index(tmp, adata):
    path = written(one_run(adata), tmp / "run.h5ad")
    with h5py.File(path, "a") as file:
        file["X"]["indices"][7] = 5000
    sums(path)


def labels_of(adata, change):
    bare = adata.copy()
    labels = bare.obs[["cell_type"]].rename(index=change)
    del bare.obs["cell_type"]
    return bare, labels


def labels_without_ending(tmp, adata):
    bare, labels = labels_of(adata, lambda name: name.removesuffix("-1"))
    sums(bare, "cell_type", labels=labels)


def labels_with_sample(tmp, adata):
    bare, labels = labels_of(adata, lambda name: f"P0_{name.removesuffix('-1')}")
    sums(bare, "cell_type", labels=labels)


def labels_of_other_cells(tmp, adata):
    bare, labels = labels_of(adata, lambda name: f"X{name}")
    sums(bare, "cell_type", labels=labels)


def labels_without_a_sample(tmp, adata):
    bare = make_cells(6, 40, 60)
    labels = bare.obs.loc[bare.obs["run"] != "P5_untreated", ["cell_type"]]
    del bare.obs["cell_type"]
    sums(bare, "cell_type", labels=labels)


def states_of(states):
    def call(tmp, adata):
        findings = Findings()
        labels = pd.Series(["HSC", "MPP", "stroma", None])
        assert map_states(labels, states, "config, cells.states", findings) is None
        findings.raise_if_any()

    return call


def calls_of(values):
    def call(tmp, adata):
        findings = Findings()
        assert fusion_calls(pd.Series(values), "obs, bcr_abl1", findings) is None
        findings.raise_if_any()

    return call


def a_file_twice(tmp, adata):
    # The second has other labels, so that the sums are not the same.
    path = write_h5(tmp / "a.h5", one_run(adata)) or tmp / "a.h5"
    other = one_run(adata)[5:].copy()
    del other.obs["run"], other.var["symbol"]
    sums({"a": path, "b": other})


def mice(tmp, adata):
    names = [f"ENSMUSG{place:011d}" for place in range(60)]
    run = anndata.AnnData(adata.X, adata.obs, pd.DataFrame(index=names))
    findings = Findings()
    tables = (str(REPOSITORY / "resources" / "genes" / name) for name in GENES)
    known = read_known_genes(*tables, None, findings)
    with open_cells(written(run, tmp / "mice.h5ad"), "X", findings) as held:
        check_species(held, "human", known, findings)
    findings.raise_if_any()


def pseudobulks(tmp, adata):
    counts = np.random.default_rng(1).poisson(6000, (12, 60))
    sums(written(anndata.AnnData(counts, adata.obs[:12]), tmp / "sums.h5ad"))


def no_bytes(name):
    def call(tmp, adata):
        folder = write_folder(tmp / "run", one_run(adata), "star")
        (tmp / "run.h5ad").touch()
        (folder / "barcodes.tsv" if name == "barcodes.tsv" else tmp / name).write_bytes(b"")
        sums({"a": folder if name == "barcodes.tsv" else tmp / name})

    return call


def no_cells(tmp, adata):
    sums(written(adata[:0].copy(), tmp / "run.h5ad"))


def sample_without_cells(tmp, adata):
    findings, tables = Findings(), []
    for run in ("P0_imatinib", "P0_untreated"):
        with open_cells(adata[adata.obs["run"] == run].copy(), "X", findings) as held:
            tables.append(measure_file(held, SIZE, findings)[0].assign(sample=run))
    table = pd.concat(tables).assign(kept=True, reason="")
    lost = table["sample"] == "P0_untreated"
    table.loc[lost, "kept"], table.loc[lost, "reason"] = False, "fusion negative"
    settle_cells(table, {**LIMITS, "min_counts": 1000}, "marrow", findings, ["P0_imatinib", "P0_untreated", "P1"])
    findings.raise_if_any()


def sample_without_row(tmp, adata):
    findings = Findings()
    with open_cells(adata, "X", findings) as held:
        table = measure_file(held, SIZE, findings)[0].assign(sample=adata.obs["run"])
    known = [run for run in adata.obs["run"].unique() if run != "P1_untreated"]
    settle_cells(table, {**LIMITS, "min_counts": 1000}, "marrow", findings, known)
    findings.raise_if_any()


def two_genomes(tmp, adata):
    write_h5_of_2(tmp / "two.h5", one_run(adata), ("hg19", "mm10"))
    sums({"a": tmp / "two.h5"})


def peaks_alone(tmp, adata):
    run = one_run(adata)
    run.var["feature_types"] = "Peaks"
    sums(written(run, tmp / "run.h5ad"))


def fractions_in_a_folder(tmp, adata):
    folder = write_folder(tmp / "run", one_run(adata), "star", write=lambda count: count / 3)
    sums({"a": folder})


def value_twice_in_a_folder(tmp, adata):
    folder = write_folder(tmp / "run", one_run(adata), "star")
    lines = (folder / "matrix.mtx").read_text().split("\n")
    lines[10] = lines[11]
    (folder / "matrix.mtx").write_text("\n".join(lines))
    sums({"a": folder})


def folder_above(tmp, adata):
    (tmp / "outs").mkdir()
    write_folder(tmp / "outs" / "filtered_feature_bc_matrix", one_run(adata))
    sums({"a": tmp / "outs"})


def packed_and_not(tmp, adata):
    folder = write_folder(tmp / "run", one_run(adata), "star")
    (folder / "matrix.mtx.gz").write_bytes(gzip.compress((folder / "matrix.mtx").read_bytes()))
    sums({"a": folder})


def files_of_two_runs(tmp, adata):
    folder = write_folder(tmp / "run", one_run(adata))
    shutil.copy(write_folder(tmp / "all", adata) / "barcodes.tsv.gz", folder)
    sums({"a": folder})


def packed_hdf5(tmp, adata):
    path = written(one_run(adata), tmp / "run.h5ad")
    (tmp / "run.h5ad.gz").write_bytes(gzip.compress(path.read_bytes()))
    sums(tmp / "run.h5ad.gz")


def no_file(tmp, adata):
    sums(tmp / "absent.h5ad")


CASES = {
    "log values in X": (logs_in_x, r'run.h5ad: X holds .*log-scale\? First: cell AC0-1.*\n.*layer="counts" holds such'),
    "scaled values in X": (scaled, r'run.h5ad: X holds .* below zero.* scaled\? .*\n.*layer="counts" holds such'),
    "no such layer": (no_layer, 'there is no layer "counts"\n.*one of: X'),
    "a negative count": (set_value(-2), r"negative values \(cell AC0-1, gene ENSG\d+: -2\)\n.*whole numbers from 0 up"),
    "a count with decimals": (set_value(1.5), r"with decimals.* First: cell AC0-1, gene ENSG\d+: 1.5"),
    "a missing count": (set_value(np.nan), "missing or infinite values"),
    "a count beyond single precision": (set_value(2.0**24 + 2), "single precision ends at 16,777,216"),
    "counts with decimals in a folder": (fractions_in_a_folder, "run: X holds values up to .* with decimals"),
    "a value twice in a folder": (value_twice_in_a_folder, "run: X is broken: 1 values appear twice"),
    "an index beyond the matrix": (broken_index, "X is broken: an index of 5000 where the matrix ends at 59"),
    "a barcode twice": (barcodes_twice, "1 barcodes appear twice in a sample: AC1-1 in P0_imatinib\n.*each cell once"),
    "another list of genes": (other_genes, r"b: its genes are not those of .*a\.h5: 10 genes are in one of them only"),
    "droplets, from the pointers": (droplets(1), "raw.h5ad: unfiltered droplets: 200,001 barcodes.*\n.*filtered"),
    "droplets, from the counts": (
        droplets(5),
        "raw.h5ad: unfiltered droplets: 200,001 barcodes, half .* fewer than",
    ),
    "a cut .h5ad": (cut("run.h5ad"), r"run\.h5ad: cannot be read as an HDF5 file .*truncated"),
    "a cut .h5": (cut("run.h5"), r"run\.h5: cannot be read as an HDF5 file .*truncated"),
    "a cut matrix.mtx.gz": (
        cut("matrix.mtx.gz"),
        r"matrix\.mtx\.gz: the file is damaged \(.*\n.*fetched anew",
    ),
    "cut barcodes.tsv.gz": (cut("barcodes.tsv.gz"), r"barcodes\.tsv\.gz: the gzip file is damaged"),
    "a broken part of a .h5ad": (broken_chunk, r"run\.h5ad: the file is damaged \(.*\n.*copied or fetched anew"),
    "labels without the ending": (
        labels_without_ending,
        'called AC0-1, labels AC0\n.*without the ending "-1" of the cells they are the same',
    ),
    "labels with the sample": (
        labels_with_sample,
        'called AC0-1, labels P0_AC0\n.*without the ending "-1" of the cells and what comes before the barcode of the',
    ),
    "labels of other cells": (labels_of_other_cells, "0% of the cells .* AC0-1, labels XAC0-1\n.*one spelling of bar"),
    "a sample without labels": (
        labels_without_a_sample,
        "no cell of P5_untreated has a label; labels are called AC0",
    ),
    "a label in two states": (
        states_of({"LSC": ["HSC", "MPP"], "primitive": ["MPP"], "MSC": "stroma"}),
        "cells.states: labels are in two states: MPP in LSC and primitive\n.*each label in one state",
    ),
    "a state without cells": (
        states_of({"LSC": ["HSC"], "monocyte": ["CD14 Mono"]}),
        "no cell is in the state monocyte\n.*labels of the cells: HSC, MPP, stroma",
    ),
    "a label of another spelling": (
        states_of({"LSC": ["HSC", "Mpp"]}),
        r'no cell has the label "Mpp" \(there is "MPP"\)',
    ),
    "calls of the fusion": (
        calls_of(["positive", "Negative", "0", None, "0"]),
        r'bcr_abl1: calls of the fusion are "0" \(2 cells\), "Negative" \(1 cells\)\n.*positive, negative, unknown',
    ),
    "no call of the fusion": (calls_of(["unknown", None]), "no cell has a call of the fusion"),
    "a file named twice": (
        a_file_twice,
        r"the same barcodes with the same counts in several samples: a = b \(75",
    ),
    "genes of mice": (mice, r"mice\.h5ad: most of its 60 genes are of mouse, such as ENSMUSG0.*\n.*\"species: mouse\""),
    "sums instead of cells": (
        pseudobulks,
        "these are samples, not cells: 12 rows, half of them with more than",
    ),
    "an empty .h5ad": (no_bytes("run.h5ad"), r"run\.h5ad: the file is empty"),
    "empty barcodes": (no_bytes("barcodes.tsv"), r"barcodes\.tsv: the file is empty"),
    "no cells": (no_cells, r"run\.h5ad: there are 0 cells and 60 genes"),
    "samples without cells": (
        sample_without_cells,
        r"marrow: no cell is left of P0_untreated \(fusion negative 80\), P1 \(not in the files\)",
    ),
    "a sample that is not in the sheet": (sample_without_row, "cells of samples that the sheet does not have: P1_untr"),
    "two genomes": (two_genomes, r"two\.h5: genes of 2 genomes, each with a matrix of its own \(hg19, mm10\)"),
    "peaks alone": (peaks_alone, r"run\.h5ad, var: there is no gene, only 60 of Peaks"),
    "the folder above": (
        folder_above,
        "matrix.mtx, barcodes.tsv, features.tsv are missing\n.*in filtered_feature_bc",
    ),
    "files packed and not": (packed_and_not, r"run: matrix\.mtx is there packed and unpacked"),
    "files of two runs": (files_of_two_runs, "the matrix is 60 x 80, but there are 60 genes and 320 barcodes"),
    "a packed .h5ad": (packed_hdf5, r"run\.h5ad\.gz: cannot be read as an HDF5 file: it is packed \(gzip\)"),
    "no file": (no_file, r"absent\.h5ad: cannot be read \(No such file"),
}


@pytest.mark.parametrize("case", CASES)
def test_one_message(case, adata, tmp_path):
    call, words = CASES[case]
    with pytest.raises(InputError, match=words) as raised:
        call(tmp_path, adata)
    (problem,) = raised.value.problems
    assert problem.where and problem.found and problem.expected
