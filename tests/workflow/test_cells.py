"""Cohorts of single cells through the workflow: the demo, its cells as one file, and real cells of ../shared."""

import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import sparse

from tests.workflow.conftest import REPOSITORY, jobs_of, run_workflow, write_config

DEMO = REPOSITORY / "resources" / "demo_cells"
GENES = "results/demo_cells/lsc_imatinib/imatinib_vs_untreated/genes.tsv.gz"
COUNTS = "results/{}/counts.h5ad"
SHARES = "results/demo_cells/figures/cell_shares.svg"
# What the four jobs of cells make is looked at, and one fit: the rest is that of any cohort.
CELLS = {"settle_cells", "sum_cells", "import_cells"}
PAUSE = """
import os, sys, time
if any("sum_cells" in word for word in sys.orig_argv):
    replace = os.replace
    def wait(source, target):
        with open("paused.txt", "w") as file:
            file.write(str(os.getpid()))
        while True:
            time.sleep(0.05)
    os.replace = wait
"""


def demo_config():
    """Return the configuration of the demo with a file of labels that tests may change, and one model."""
    config = yaml.safe_load((DEMO / "config.yaml").read_text(encoding="utf-8"))
    config["cohorts"]["demo_cells"]["cells"]["labels"]["file"] = "labels.tsv.gz"
    config["cohorts"]["demo_cells"]["cells"]["raw"] = "droplets/{sample}.h5ad"
    del config["models"]["progenitor_imatinib"]
    return config | {"sensitivity": False, "claims": []}


def prepare(folder):
    """Put what the demo reads into a folder."""
    (folder / "resources").symlink_to(REPOSITORY / "resources")
    shutil.copy(DEMO / "labels.tsv.gz", folder)
    (folder / "droplets").mkdir()
    for path in sorted((DEMO / "cells").glob("*.h5ad")):
        droplets_of(anndata.read_h5ad(path)).write_h5ad(folder / "droplets" / path.name)
    return folder


def droplets_of(cells, number=300, counts=40):
    """Return droplets without a cell: few counts each, of what all cells of the sample make and of lysed blood."""
    profile = np.asarray(cells.X.sum(axis=0)).ravel()
    profile[cells.var["gene_name"].isin(["HBB", "HBA1", "HBA2"])] += profile.sum() // 4
    drawn = np.random.default_rng(6).multinomial(counts, profile / profile.sum(), number)
    return anndata.AnnData(sparse.csr_matrix(drawn.astype(np.float32)), var=cells.var[["gene_name"]])


def one_file():
    """Return all cells of the demo as one file: what the sheet and the table of labels say of a cell is in obs."""
    parts = {path.stem: anndata.read_h5ad(path) for path in sorted((DEMO / "cells").glob("*.h5ad"))}
    cells = anndata.concat(parts, label="run", merge="same")
    labels = pd.read_csv(DEMO / "labels.tsv.gz", sep="\t", index_col="barcode")[["cell_type", "bcr_abl1"]]
    cells.obs = cells.obs.join(labels.astype(object))
    # Neither the order of the cells nor that of the samples is that of the files.
    return cells[np.random.default_rng(5).permutation(cells.n_obs)].copy()


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of a run of the demo and of the same cells as one file; `config.yaml` is of the demo alone."""
    folder = prepare(tmp_path_factory.mktemp("cells"))
    config = demo_config()
    write_config(folder / "config.yaml", config)
    cohort = config["cohorts"]["demo_cells"]
    cells = cohort["cells"] | {"files": "cells.h5ad", "sample_column": "run", "labels": {"column": "cell_type"}}
    del cells["raw"]
    config["cohorts"]["one_file"] = cohort | {"cells": cells}
    one_file().write_h5ad(folder / "cells.h5ad")
    targets = (GENES, COUNTS.format("one_file"), SHARES)
    run = run_workflow(folder, write_config(folder / "both.yaml", config), *targets)
    assert run.returncode == 0, run.stdout
    return folder


@pytest.fixture(scope="module")
def counts(study):
    return anndata.read_h5ad(study / COUNTS.format("demo_cells"))


@pytest.fixture(scope="module")
def truth():
    table = pd.read_csv(DEMO / "truth.tsv", sep="\t", keep_default_na=False)
    return {quantity: rows.set_index(["of", "state"])["value"] for quantity, rows in table.groupby("quantity")}


def read(folder, name, cohort="demo_cells"):
    return pd.read_csv(folder / "results" / cohort / "cells" / name, sep="\t", keep_default_na=False, na_values=["NA"])


def planned(folder):
    """Return the rules that a run for the fit would work at now."""
    run = run_workflow(folder, folder / "config.yaml", GENES, "-n")
    assert run.returncode == 0, run.stdout
    jobs = jobs_of(run.stdout)
    assert jobs or "Nothing to be done" in run.stdout
    return set(jobs) - {"total"}


def test_counts_have_a_row_per_sample_and_state(counts):
    samples = pd.read_csv(DEMO / "samples.tsv", sep="\t").set_index("sample")
    states = ("LSC", "MSC", "monocyte", "progenitor")
    rows = {f"{sample}.{state}" for sample in samples.index for state in states} - {"P6_imatinib.LSC"}
    assert set(counts.obs_names) == rows
    obs = counts.obs.astype({"specimen": str, "state": str})
    assert (obs["specimen"] + "." + obs["state"] == obs.index).all()
    for column in ("patient", "exposure", "sex", "chemistry"):
        assert (obs[column].astype(str) == obs["specimen"].map(samples[column])).all(), column
    assert (obs["viable_cells"] == obs["specimen"].map(samples["viable_cells"])).all()
    total = np.asarray(counts.X.sum(axis=1)).ravel()
    assert (total == (obs["umi_per_cell"] * obs["cells"]).round()).all()
    assert counts.uns["data_origin"] == "SIMULATED"


def test_every_cell_is_in_a_sum_or_in_the_list_of_losses(study, counts):
    folder = study
    lost = read(folder, "lost.tsv")
    gone = lost[lost["left_out_of"] == "sums and fractions"]
    for sample, data in ((path.stem, anndata.read_h5ad(path)) for path in (DEMO / "cells").glob("*.h5ad")):
        kept = counts.obs.loc[counts.obs["specimen"] == sample, "cells"].sum()
        assert kept + gone.loc[gone["sample"] == sample, "cells"].sum() == data.n_obs, sample
    (row,) = lost[lost["counts"] >= 0].to_dict("records")
    assert (row["sample"], row["state"], row["cells"]) == ("P6_imatinib", "LSC", 12)
    assert row["reason"] == "12 cells, fewer than 20"
    found = gone[gone["state"] == ""].groupby("reason")["cells"].sum()
    assert found["no state"] == 24 and found["state not asked for"] > 24


def test_broken_cells_are_gone_and_small_stem_cells_are_kept(study, truth):
    folder = study
    cells = anndata.read_h5ad(folder / "results/demo_cells/cells/cells.h5ad").obs
    lost = read(folder, "lost.tsv")
    broken = lost[(lost["state"] != "") & (lost["counts"] < 0)]
    reasons = broken.groupby("reason")["cells"].sum()
    # The first reason that is true is named: half of the cells are small, the others mitochondrial.
    assert reasons["fewer counts than min_umi"] >= 60
    assert reasons["a high share of mitochondrial counts"] >= 0.9 * 60
    found, planted = broken.groupby(["sample", "state"])["cells"].sum(), truth["broken_cells"]
    planted = planted[planted > 0]
    # A few sound cells may go with the broken ones; no broken one may stay.
    assert (found.reindex(planted.index).fillna(0) >= planted).all()
    assert found.sum() <= planted.sum() + 0.003 * len(cells)
    kept = cells[cells["kept"]]
    assert kept["mito_share"].max() < 0.2 and kept["depth"].min() >= 250
    labels = pd.read_csv(DEMO / "labels.tsv.gz", sep="\t").set_index(["sample", "barcode"])["cell_type"]
    label = labels.reindex(pd.MultiIndex.from_frame(cells[["sample", "barcode"]].astype(str))).to_numpy()
    quiescent = cells[(label == "HSC") & (cells["depth"] >= 250)]
    # No broken cell has this label in the demo.
    assert (~quiescent["kept"]).sum() <= 0.005 * len(quiescent)
    assert quiescent["depth"].median() < 0.8 * cells.loc[label == "MPP", "depth"].median()


def test_leukaemic_fractions_are_those_of_the_calls_and_near_the_truth(study, counts, truth):
    pseudobulks = read(study, "pseudobulks.tsv").set_index(["sample", "state"])
    called = pseudobulks["fusion_positive"] + pseudobulks["fusion_negative"]
    assert pseudobulks["leukemic_fraction"].to_numpy() == pytest.approx(pseudobulks["fusion_positive"] / called)
    summed = pseudobulks[pseudobulks["status"] == "summed"]
    planted = truth["leukemic_fraction"].reindex(summed.index).to_numpy()
    error = np.sqrt(planted * (1 - planted) / called[summed.index])
    assert (np.abs(summed["leukemic_fraction"] - planted) <= 3 * error + 0.01).all()
    # Cells without a call are no negative ones.
    assert (called < pseudobulks["cells"]).sum() > 20
    keys = pd.MultiIndex.from_frame(counts.obs[["specimen", "state"]].astype(str))
    assert counts.obs["leukemic_fraction"].to_numpy() == pytest.approx(pseudobulks.loc[keys, "leukemic_fraction"])


def test_shares_at_one_depth_give_the_simulated_odds_ratio(study):
    detected = anndata.read_h5ad(study / "results/demo_cells/cells/detected.h5ad")
    stem = detected[detected.obs["state"] == "LSC"]
    treated = stem.obs["sample"].astype(str).str.endswith("imatinib").to_numpy()
    paired = ~stem.obs["sample"].astype(str).str.startswith("P6").to_numpy()

    def odds_ratio(gene, layer, cells):
        place = (stem.var["gene_name"] == gene).to_numpy()
        share = stem.layers[layer][:, place].ravel() / stem.obs[cells].to_numpy()
        logit = np.log(share / (1 - share))
        return np.exp(logit[treated & paired].mean() - logit[~treated & paired].mean())

    # Five pairs: the standard error of the log odds ratio is about 0.2.
    assert odds_ratio("BMPR1B", "expected", "cells_at_depth") == pytest.approx(3.0, rel=0.4)
    assert odds_ratio("BMPR1B", "detected", "cells") == pytest.approx(1.15, rel=0.25)
    assert odds_ratio("ACVR1", "expected", "cells_at_depth") == pytest.approx(1.0, rel=0.25)
    assert odds_ratio("ACVR1", "detected", "cells") < 0.6
    # P6 has one sum of LSC only, which is no reason to leave its cells out of these.
    assert paired.sum() == len(stem) - 1


def test_droplets_without_cells_bound_what_ambient_rna_alone_would_show(study):
    bounds, shares = read(study, "ambient.tsv"), read(study, "shares.tsv.gz")
    assert set(bounds["kind"]) == {"bounded"} and bounds["contamination_upper"].between(0.0001, 0.1).all()
    counted = shares[shares["cells_at_depth"] > 0]
    assert counted["ambient_fraction"].notna().all() and set(read(study, "detection.tsv.gz")["ambient"]) <= {
        "above",
        "not_above",
    }
    # What is expected of ambient RNA alone is drawn beside what was seen.
    assert "ambient RNA alone, at most" in (study / SHARES).read_text(encoding="utf-8")


def test_pairs_are_repeated_without_likely_doublets(study):
    pairs = read(study, "codetection.tsv").set_index(["ligand", "receptor"])
    row = pairs.loc[("BMP4", "BMPR1B")]
    marked = read(study, "pseudobulks.tsv").query("state == 'LSC' and status == 'summed'")
    # P6 has no pair.
    assert row["doublets"] == marked.loc[~marked["sample"].str.startswith("P6"), "doublets"].sum() > 0
    assert row["status_without_doublets"] == "tested" and row["odds_ratio_without_doublets"] > 1
    assert row["odds_ratio_without_doublets"] != row["odds_ratio"]


def test_sums_are_tested_with_the_patient_as_unit(study):
    genes = pd.read_csv(study / GENES, sep="\t").set_index("gene_name")
    assert genes.loc["BMPR1B", "log2_fc"] == pytest.approx(1.48, abs=0.5)
    assert genes.loc["BMPR1B", "adj_p_value"] < 0.01 and genes.loc["ACVR1", "p_value"] > 0.05
    assert (genes.loc[["CISH", "SOCS2", "PIM1"], "log2_fc"] < -0.5).all()
    fit = json.loads((study / "results/demo_cells/lsc_imatinib/fit.json").read_text(encoding="utf-8"))
    assert "P6_untreated.LSC" in json.dumps(fit) and "P6_imatinib.LSC" not in json.dumps(fit)


def test_one_file_of_all_samples_gives_the_same_sums(study, counts):
    folder = study
    other = anndata.read_h5ad(folder / COUNTS.format("one_file"))
    assert other.obs_names.tolist() == counts.obs_names.tolist()
    assert other.var_names.tolist() == counts.var_names.tolist()
    assert (other.X != counts.X).sum() == 0
    columns = ["patient", "exposure", "cells", "cells_before_quality", "umi_per_cell", "doublet_share"]
    pd.testing.assert_frame_equal(other.obs[columns], counts.obs[columns])
    for name in ("lost.tsv", "pseudobulks.tsv", "limits.tsv"):
        pd.testing.assert_frame_equal(read(folder, name, "one_file"), read(folder, name))
    first, second = (
        anndata.read_h5ad(folder / "results" / name / "cells" / "detected.h5ad") for name in ("demo_cells", "one_file")
    )
    for layer in ("detected", "expected"):
        np.testing.assert_array_equal(first.layers[layer], second.layers[layer])


def test_doublets_are_looked_for_in_each_sample_of_one_file(tmp_path):
    folder, config = prepare(tmp_path), demo_config()
    cohort = config["cohorts"]["demo_cells"]
    del cohort["cells"]["doublet_column"]
    one = cohort["cells"] | {"files": "cells.h5ad", "sample_column": "run", "labels": {"column": "cell_type"}}
    del one["raw"]
    config["cohorts"]["one_file"] = cohort | {"cells": one}
    cells = one_file()
    # As after a plain joining of runs, barcodes repeat between samples; their order in each is kept.
    place = pd.Series(cells.obs_names).groupby(cells.obs["run"].to_numpy()).rank().astype(int)
    cells.obs_names = place.map("AC{:05d}-1".format).to_numpy()
    cells.write_h5ad(folder / "cells.h5ad")
    targets = [f"results/{name}/cells/pseudobulks.tsv" for name in config["cohorts"]]
    run = run_workflow(folder, write_config(folder / "config.yaml", config), *targets)
    assert run.returncode == 0, run.stdout
    found, joined = read(folder, "pseudobulks.tsv"), read(folder, "pseudobulks.tsv", "one_file")
    pd.testing.assert_frame_equal(joined, found)
    assert found["doublets"].notna().all() and found["doublets"].sum() > 0


def test_a_second_run_does_nothing(study):
    assert planned(study) == set()


def test_verify_finds_a_changed_sum_and_nothing_else(study):
    """Of the jobs that were not asked for it says that they are missing, and no more."""
    folder = study
    (sums,) = (folder / "results/demo_cells/cells").glob("*/sums.h5ad")
    kept = sums.read_bytes()
    sums.write_bytes(kept + b" ")
    run = run_workflow(folder, folder / "config.yaml", "verify")
    sums.write_bytes(kept)
    said = (folder / "logs" / "verify.log").read_text(encoding="utf-8").splitlines()
    found = [line for line in said if line.startswith("  ") and not line.endswith(".json: missing")]
    changed = f"  {sums.relative_to(folder)}: changed since it was written (sum_cells demo_cells"
    assert run.returncode == 1 and found and all(line.startswith(changed) for line in found), run.stdout
    missing = " ".join(line for line in said if line.endswith(".json: missing"))
    for job in ("assess_cells", "settle_cells", "sum_cells", "import_cells", "fit_model"):
        assert job not in missing


def test_check_names_states_and_sums_that_are_left_out(study):
    # What a run prints before its first job is what the rule check prints.
    folder = study
    run = run_workflow(folder, folder / "config.yaml", "check")
    assert run.returncode == 0, run.stdout
    for line in (
        "  cells    resources/demo_cells/cells/{sample}.h5ad: 4,704 cells, of which 4,620 are of 12 samples "
        "and have a state, 601 genes",
        "  fewer than 20 cells, left out: P6_imatinib.LSC",
        "    left out: P6_untreated.LSC",
        "    imatinib_vs_untreated: 5 imatinib against 5 untreated, compared within patients; "
        "up means higher in imatinib",
    ):
        assert line in run.stdout.splitlines(), line
    # Known before the run: what designs may name.
    assert "viable_cells, state, cells, leukemic_fraction, doublet_share" in run.stdout
    assert "leukemic_fraction differs and is not in the design" in run.stdout
    assert "  states   LSC 1,831 in 12 samples, MSC 488 in 12 samples, monocyte" in run.stdout


@contextmanager
def relabelled(path):
    """Have one HSC of a table of labels be a GMP for a while."""
    kept = path.read_bytes()
    text = gzip.decompress(kept).decode()
    assert "\tHSC\t" in text
    try:
        path.write_bytes(gzip.compress(text.replace("\tHSC\t", "\tGMP\t", 1).encode()))
        yield
    finally:
        path.write_bytes(kept)


def test_another_label_repeats_from_the_decisions_on(study):
    folder = study
    with relabelled(folder / "labels.tsv.gz"):
        assert planned(folder) == CELLS | {"fit_model_lsc_imatinib"}


def test_a_killed_sum_leaves_nothing_half_written(study, tmp_path):
    """What it had begun counts as nothing; the next run sums again, and the same."""
    folder = shutil.copytree(study, tmp_path / "study", symlinks=True)
    (sums,) = (folder / "results/demo_cells/cells").glob("*/sums.h5ad")
    target = str(sums.relative_to(folder))
    before = anndata.read_h5ad(sums)
    sums.unlink()
    (folder / "pause").mkdir()
    (folder / "pause" / "sitecustomize.py").write_text(PAUSE)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "-s", REPOSITORY / "workflow" / "Snakefile", target]
    run = subprocess.Popen(
        [*command, "--configfile", "config.yaml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "pause")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    note, deadline = folder / "paused.txt", time.monotonic() + 300
    try:
        while not (note.exists() and note.read_text()):
            assert run.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        os.kill(int(note.read_text()), signal.SIGKILL)
        assert run.wait(120) == 1
    finally:
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    # What the job had begun has a hidden name, which nothing reads.
    assert {path.name for path in sums.parent.iterdir() if not path.name.startswith(".")} == {"cells.h5ad"}
    again = run_workflow(folder, folder / "config.yaml", target)
    assert again.returncode == 0 and jobs_of(again.stdout) == {"sum_cells": 1, "total": 1}, again.stdout
    after = anndata.read_h5ad(sums)
    assert (after.X == before.X).all() and (after.layers["whole"] == before.layers["whole"]).all()


def test_wrong_inputs_are_reported_together_before_any_job(tmp_path):
    folder, config = prepare(tmp_path), demo_config()
    cohort = config["cohorts"].pop("demo_cells")
    sheet = (DEMO / "samples.tsv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "short.tsv").write_text("".join(line for line in sheet if not line.startswith("P3_imatinib")))
    given, labels = cohort["cells"], cohort["cells"]["labels"]
    wrong = {
        "sheet": cohort | {"samples": "short.tsv"},
        "column": cohort | {"cells": given | {"labels": labels | {"column": "celltype"}}},
        "state": cohort | {"cells": given | {"states": given["states"] | {"LSC": ["HSC1", "mpp "]}}},
        "both": cohort | {"counts": "counts.tsv"},
        "nameless": cohort | {"cells": given | {"files": "resources/demo_cells/cells/*.h5ad"}},
        "pairs": cohort | {"cells": given | {"pairs": [["BMP2B", "BMPR1B"]]}},
        "twice": cohort | {"cells": given | {"states": given["states"] | {"other": ["GMP"]}}},
    }
    config["cohorts"] = wrong
    run = run_workflow(folder, write_config(folder / "config.yaml", config))
    assert run.returncode == 1 and "8 problems in the input. Nothing was run" in run.stdout, run.stdout
    words = {
        "sheet": "config, cohorts.sheet.cells: the samples differ. Only in the sheet: none. Only with cells: P3",
        "column": "labels.tsv.gz: there is no column celltype; found: barcode, sample, cell_type, bcr_abl1",
        "state": 'config, cohorts.state.cells.states: no cell has the label "mpp " (there is "MPP")',
        "both": "config, cohorts.both: it has both counts and cells",
        "nameless": "config, cohorts.nameless.cells.files: nothing says which sample the cells of",
        "pairs": 'config, cohorts.pairs.cells.pairs: "BMP2B" is called "BMP4" in the panel',
        "droplets": 'config, cohorts.nameless.cells.raw: found "droplets/{sample}.h5ad"',
        "twice": 'config, cohorts.twice.cells.states: the label "GMP" is in progenitor, other',
    }
    for name, text in words.items():
        assert text in run.stdout, (name, run.stdout)
    assert not (folder / "results").exists()


# The directions of the publication; by how much is that of sums which were made by hand (log2).
PUBLISHED = {"MT1X": 2.99, "MT2A": 1.66, "MT1G": 2.85, "SPP1": -1.29}


def test_real_cells_of_five_patients_change_as_published(shared_data, tmp_path):
    """Slices of glioblastoma with and without panobinostat: one file, 300 genes, no states."""
    shared_data("gbm_panobinostat_5patients")
    path = REPOSITORY.parent / "shared" / "data" / "gbm_panobinostat_5patients" / "gbm_panobinostat_5patients.h5ad"
    (tmp_path / "gbm.h5ad").symlink_to(path)
    obs = anndata.read_h5ad(path, backed="r").obs
    sheet = obs[["sample_id", "patient_id", "condition"]].drop_duplicates().astype(str)
    sheet.columns = ["sample", "patient", "condition"]
    sheet.to_csv(tmp_path / "samples.tsv", sep="\t", index=False)
    cells = {"files": "gbm.h5ad", "sample_column": "sample_id", "min_umi": 100, "min_genes": 20, "doublets": "off"}
    contrast = {"factor": "condition", "tested": "panobinostat", "reference": "ctrl"}
    config = {
        "cohorts": {"gbm": {"cells": cells, "samples": "samples.tsv"}},
        "models": {"drug": {"design": "~ patient + condition", "contrasts": {"panobinostat_vs_ctrl": contrast}}},
        "sensitivity": False,
        "claims": [],
        "gene_sets": [],
    }
    genes = "results/gbm/drug/panobinostat_vs_ctrl/genes.tsv.gz"
    run = run_workflow(tmp_path, write_config(tmp_path / "config.yaml", config), genes)
    assert run.returncode == 0, run.stdout
    found = pd.read_csv(tmp_path / genes, sep="\t").drop_duplicates("gene_name").set_index("gene_name")
    assert found.loc[list(PUBLISHED), "log2_fc"].to_dict() == pytest.approx(PUBLISHED, abs=0.15)
    assert (found.loc[["MT1X", "MT2A", "MT1G"], "adj_p_value"] < 0.05).all()
    counts, lost = anndata.read_h5ad(tmp_path / COUNTS.format("gbm")), read(tmp_path, "lost.tsv", "gbm")
    assert counts.obs_names.tolist() == sorted(sheet["sample"]) and "state" not in counts.obs
    assert counts.obs["cells"].sum() + lost["cells"].sum() == len(obs)
