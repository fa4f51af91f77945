"""The bundled demo of single cells: the files hold what the generator makes, and what README.md says of them is so."""

import importlib.util
import sys
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
import yaml

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "demo_cells"
PANEL = FOLDER.parent / "panels" / "bmp.tsv"


def _load_generator():
    spec = importlib.util.spec_from_file_location("demo_cells_generate", FOLDER / "generate.py")
    module = importlib.util.module_from_spec(spec)
    # Data classes look their module up.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


GENERATOR = _load_generator()


@pytest.fixture(scope="module")
def cells() -> dict[str, anndata.AnnData]:
    return {path.stem: anndata.read_h5ad(path) for path in sorted((FOLDER / "cells").glob("*.h5ad"))}


@pytest.fixture(scope="module")
def labels() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "labels.tsv.gz", sep="\t")


@pytest.fixture(scope="module")
def samples() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "samples.tsv", sep="\t")


@pytest.fixture(scope="module")
def truth() -> pd.DataFrame:
    return pd.read_csv(FOLDER / "truth.tsv", sep="\t", keep_default_na=False)


@pytest.fixture(scope="module")
def table(cells, labels) -> pd.DataFrame:
    """Every cell: sample, patient, exposure, state, depth, share of mitochondrial counts, and counts of named genes."""
    frames = []
    for sample, data in cells.items():
        names, counts = data.var["gene_name"], data.X.toarray()
        mito = names.str.startswith("MT-").to_numpy()
        held = pd.DataFrame(
            {"sample": sample, "depth": counts.sum(axis=1), "mito": counts[:, mito].sum(axis=1)},
            index=pd.Index(data.obs_names, name="barcode"),
        )
        for gene in GENERATOR.SHARES:
            held[gene] = counts[:, (names == gene).to_numpy()].ravel()
        frames.append(held.assign(doublet=data.obs["doublet_call"]).reset_index())
    table = pd.concat(frames).merge(labels, on=["sample", "barcode"], how="left")
    table["state"] = table["cell_type"].map(GENERATOR.STATES)
    table[["patient", "exposure"]] = table["sample"].str.split("_", expand=True)
    # Without the broken cells.
    return table.assign(sound=(table["depth"] > 200) & (table["mito"] < 0.3 * table["depth"]))


def test_files_are_what_the_generator_makes(cells, labels, samples, truth):
    made = GENERATOR.simulate()
    assert list(cells) == sorted(made.cells)
    for sample, data in cells.items():
        expected = made.cells[sample]
        assert (data.X != expected.X).nnz == 0
        pd.testing.assert_frame_equal(data.obs, expected.obs)
        assert data.var_names.equals(expected.var_names)
        assert data.var["gene_name"].tolist() == expected.var["gene_name"].tolist()
    pd.testing.assert_frame_equal(labels, made.labels)
    pd.testing.assert_frame_equal(samples, made.samples)
    pd.testing.assert_frame_equal(truth, made.truth)


def test_another_seed_gives_other_counts_of_the_same_genes(cells):
    other = GENERATOR.simulate(1)
    assert list(other.cells) == list(GENERATOR.simulate_sheet(np.random.default_rng(1))["sample"])
    sums = {sample: np.asarray(data.X.sum(axis=0)).ravel() for sample, data in other.cells.items()}
    assert not any((sums[sample] == np.asarray(data.X.sum(axis=0)).ravel()).all() for sample, data in cells.items())


def test_files_are_small_and_gzipped(cells):
    import h5py

    # What Python keeps of a generator that was imported is not in the repository.
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) <= 1.5e6
    with h5py.File(FOLDER / "cells" / "P1_untreated.h5ad") as file:
        assert file["X/data"].compression == file["X/indices"].compression == "gzip"


def test_numbers_of_the_readme(cells, samples, labels):
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    number, genes = sum(len(data) for data in cells.values()), cells["P1_untreated"].n_vars
    assert "SIMULATED" in text and f"{number:,} cells x {genes} genes" in text
    assert len(cells) == len(samples) == 12 and samples["sample"].is_unique
    assert 80 < np.median(np.concatenate([np.diff(data.X.indptr) for data in cells.values()])) < 110
    # The unlabelled ones are in no row.
    assert len(labels) == number - 12 * GENERATOR.UNLABELLED


def test_genes_are_the_panel_and_others_in_one_order(cells):
    first, *others = cells.values()
    assert all(data.var_names.equals(first.var_names) for data in others)
    panel = pd.read_csv(PANEL, sep="\t", dtype=str, keep_default_na=False)
    assert set(panel["ensembl"]) - {""} <= set(first.var_names)
    assert first.var["gene_name"].str.startswith("MT-").sum() == 13
    assert {"HBB", "HBA1", "HBA2"} <= set(first.var["gene_name"])


def test_the_configuration_names_these_files_and_no_others():
    config = yaml.safe_load((FOLDER / "config.yaml").read_text(encoding="utf-8"))
    cohort = config["cohorts"]["demo_cells"]
    assert cohort["simulated"] is True and "claims" not in config and "panel" not in config
    for path in (cohort["cells"]["files"].format(sample="P1_untreated"), cohort["cells"]["labels"]["file"]):
        assert (FOLDER.parents[1] / path).is_file()
    states = {label: state for state, parts in cohort["cells"]["states"].items() for label in parts}
    assert states == {label: state for label, state in GENERATOR.STATES.items() if state}


def share(table, gene, exposure, depth=None):
    """Return the share of sound LSC in which a gene is seen, mean over samples: at their own depth, or at one."""
    chosen = table[(table["state"] == "LSC") & (table["exposure"] == exposure) & table["sound"]]
    chosen = chosen[chosen["sample"] != GENERATOR.FEW_LSC[0]]
    if depth is None:
        return (chosen[gene] > 0).groupby(chosen["sample"]).mean().mean()
    deep = chosen[chosen["depth"] >= depth]
    chance = 1 - (1 - depth / deep["depth"]) ** deep[gene]
    return chance.groupby(deep["sample"]).mean().mean()


def test_shares_hold_at_one_depth_and_mislead_at_their_own(table, truth):
    planted = truth[truth["quantity"] == "share"].set_index("of")["value"]
    for exposure in GENERATOR.EXPOSURES:
        assert share(table, "BMPR1B", exposure, 500) == pytest.approx(planted[exposure], abs=0.03)
        assert share(table, "ACVR1", exposure, 500) == pytest.approx(0.10, abs=0.02)
    assert abs(share(table, "BMPR1B", "imatinib") - share(table, "BMPR1B", "untreated")) < 0.05
    assert share(table, "ACVR1", "untreated") > 1.7 * share(table, "ACVR1", "imatinib")


def log_odds(table, first, second):
    """Return the log odds ratio of two genes in the same cells, half a cell added to each field."""
    one, other = table[first] > 0, table[second] > 0
    fields = [(one & other), (~one & ~other), (one & ~other), (~one & other)]
    both, neither, only, rest = (np.log(field.sum() + 0.5) for field in fields)
    return both + neither - only - rest


def test_pairs_of_genes_in_the_same_cells(table, truth):
    sound = table[table["sound"]]
    stem = sound[sound["state"] == "LSC"]
    coupled = truth[(truth["quantity"] == "coupled") & (truth["gene_name"] == "BMP4:BMPR1B")].set_index("of")["value"]
    for patient, rows in stem[stem["sample"] != GENERATOR.FEW_LSC[0]].groupby("patient"):
        # Within one exposure, since depth alone couples genes too.
        found = np.mean([log_odds(part, "BMP4", "BMPR1B") for _, part in rows.groupby("exposure")])
        assert (found > np.log(2)) == bool(coupled[patient]), patient
    of_all = [log_odds(part, "BMP6", "ACVR2A") for _, part in sound.groupby("sample")]
    of_stem = [log_odds(part, "BMP6", "ACVR2A") for name, part in stem.groupby("sample") if len(part) > 20]
    assert np.mean(of_all) > np.log(1.7) and np.mean(of_stem) < np.log(1.35)


def test_cells_of_each_kind(table, truth):
    number = truth.pivot_table(index=["of", "state"], columns="quantity", values="value", dropna=True)
    sound, broken = number["sound_cells"].dropna(), number["broken_cells"].dropna()
    assert sound[GENERATOR.FEW_LSC[0], "LSC"] == 12 and sound.drop((GENERATOR.FEW_LSC[0], "LSC"))[:, "LSC"].min() > 130
    assert broken.groupby("of").sum().eq(GENERATOR.BROKEN_SMALL + GENERATOR.BROKEN_MITO).all()
    assert (~table["sound"]).sum() == broken.sum() and table["sound"].sum() == sound.sum()
    doublets = number["doublets"].dropna()
    place = (GENERATOR.DOUBLETS[0], "LSC")
    assert doublets.sum() == doublets[place] == round(0.05 * sound[place])
    assert table["doublet"].sum() == doublets.sum() - GENERATOR.MISSED_DOUBLETS
    quiescent = table[table["sound"] & (table["cell_type"] == "HSC")].groupby("sample")["depth"].median()
    others = table[table["sound"] & (table["state"] == "progenitor")].groupby("sample")["depth"].median()
    assert (quiescent < 0.75 * others).all()


def test_calls_of_the_fusion_depend_on_depth_and_not_on_the_answer(table, truth):
    sound = table[table["sound"] & table["state"].ne("") & table["state"].notna()]
    known = sound["bcr_abl1"] != "unknown"
    deep = sound["depth"] > sound["depth"].median()
    assert known[deep].mean() > 0.9 > 0.75 > known[~deep].mean()
    called = sound[known]
    found = (called["bcr_abl1"] == "positive").groupby([called["sample"], called["state"]]).mean()
    planted = truth[truth["quantity"] == "leukemic_fraction"].set_index(["of", "state"])["value"].reindex(found.index)
    # What is not called is left to chance: with 40 cells, a tenth of them unknown, two standard errors are 0.05.
    assert (found - planted).drop(index=[(GENERATOR.FEW_LSC[0], "LSC")]).abs().max() < 0.12
    assert (found[:, "MSC"] == 0).all()


def test_negatives_fall_and_positives_fall_less(samples, truth):
    living = samples.pivot(index="patient", columns="exposure", values="viable_cells")
    assert (living["imatinib"] / living["untreated"]).between(0.12, 0.33).all()
    left = truth[truth["quantity"] == "surviving"].set_index("of")["value"]
    assert left["negatives"] < 0.2 < left["positives"] < 1
