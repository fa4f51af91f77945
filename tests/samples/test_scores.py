"""Scores of the loop and of gene sets: the rules, what is missing, and the demo's known truth."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData
from hypothesis import given, settings
from hypothesis import strategies as st

from autocrine.design.matrix import build_design
from autocrine.input.panel import read_panel
from autocrine.problems import Findings
from autocrine.samples import least_squares as linear
from autocrine.samples.normalisation import normalise
from autocrine.samples.scores import (
    BMP_SMAD_TARGETS,
    LIGANDS,
    TYPE_1,
    TYPE_2,
    loop_scores,
    panel_sets,
    set_scores,
)
from tests.models import model_of

LOOP_GENES = (*LIGANDS, *TYPE_1, *TYPE_2)
LOOPS = ["loop_BMP2", "loop_BMP4", "loop_BMP2_BMPR1B", "loop_BMP4_BMPR1B"]
seeds = st.integers(0, 2**32 - 1)


def levels(seed=1, samples=6, genes=LOOP_GENES):
    values = np.random.default_rng(seed).uniform(0, 8, (samples, len(genes)))
    return pd.DataFrame(values, index=[f"s{i}" for i in range(samples)], columns=list(genes))


def one_sample(**level):
    return loop_scores(pd.DataFrame({gene: [level.get(gene, 0.0)] for gene in LOOP_GENES}, index=["s"])).values.loc["s"]


def test_the_scarcer_part_of_the_receptor_decides():
    found = one_sample(BMP4=6.0, BMP2=1.0, BMPR1A=5.0, BMPR1B=2.0, BMPR2=3.0, ACVR2A=4.0)
    assert found.to_dict() == {
        "loop_BMP2": (1.0 + 4.0) / 2,
        "loop_BMP4": (6.0 + 4.0) / 2,
        "loop_BMP2_BMPR1B": (1.0 + 2.0) / 2,
        "loop_BMP4_BMPR1B": (6.0 + 2.0) / 2,
    }


def test_bmpr1b_without_a_type_2_subunit_is_no_receptor():
    assert one_sample(BMP4=6.0, BMPR1B=7.0)["loop_BMP4_BMPR1B"] == 3.0
    assert one_sample(BMP4=6.0, BMPR1B=7.0, ACVR2B=7.0)["loop_BMP4_BMPR1B"] == 6.5
    assert one_sample(BMP4=6.0, BMPR1A=7.0, ACVR2B=7.0)["loop_BMP4_BMPR1B"] == 3.0


def test_the_score_is_the_log_of_a_geometric_mean():
    cpm = pd.DataFrame({"BMP4": [15.0], "BMPR1B": [3.0], "BMPR2": [100.0], "BMP2": [0.0]}, index=["s"])
    found = loop_scores(np.log2(cpm + 1)).values
    assert 2 ** found.loc["s", "loop_BMP4_BMPR1B"] == pytest.approx(np.sqrt(16 * 4))


def test_absent_genes_leave_no_score_or_are_named():
    table = levels()
    found = loop_scores(table.drop(columns=["BMP2", "BMPR1B", "ACVR2B"]))
    assert list(found.values.columns) == LOOPS
    assert found.values[["loop_BMP2", "loop_BMP2_BMPR1B", "loop_BMP4_BMPR1B"]].isna().all(axis=None)
    assert found.reasons["loop_BMP2_BMPR1B"] == "BMP2, BMPR1B: not in the count matrix"
    assert set(found.reasons) == {"loop_BMP2", "loop_BMP2_BMPR1B", "loop_BMP4_BMPR1B"}
    assert found.values["loop_BMP4"].notna().all()
    assert set(found.left_out["loop_BMP4"]) == {"BMPR1B", "ACVR2B"}
    assert found.genes["loop_BMP4"] == ("BMP4", "BMPR1A", "BMPR2", "ACVR2A")
    none = loop_scores(table[["BMP4", "BMPR1B"]])
    assert none.reasons["loop_BMP4_BMPR1B"] == "BMPR2 and ACVR2A and ACVR2B: not in the count matrix"
    assert loop_scores(table).reasons == {} and not any(loop_scores(table).left_out.values())


@settings(max_examples=20)
@given(seeds)
def test_loop_scores_are_per_sample_and_shift_with_the_scale(seed):
    table = levels(seed)
    first = loop_scores(table).values
    order = np.random.default_rng(seed).permutation(len(table))
    moved = loop_scores(table.iloc[order, ::-1].rename(index=lambda name: f"{name}x")).values
    assert moved.to_numpy() == pytest.approx(first.iloc[order].to_numpy())
    assert loop_scores(table + 1.5).values.to_numpy() == pytest.approx(first.to_numpy() + 1.5)
    assert (first["loop_BMP4"] >= first["loop_BMP4_BMPR1B"]).all()


def test_a_set_score_is_the_mean_of_z_scores():
    table = levels(genes=["a", "b", "c", "d"])
    found = set_scores(table, {"set": ["a", "b", "c"]})
    by_hand = sum((table[gene] - table[gene].mean()) / table[gene].std() for gene in "abc") / 3
    assert found.values["set"].to_numpy() == pytest.approx(by_hand.to_numpy())
    assert found.genes == {"set": ("a", "b", "c")} and found.reasons == {} and found.left_out == {"set": {}}


def test_genes_that_do_not_vary_are_left_out_and_two_are_no_set():
    table = levels(genes=["a", "b", "c", "d"]).assign(d=3.3)
    found = set_scores(table, {"three": ["a", "b", "c", "d", "e", "a"], "two": ["a", "b", "d"], "none": ["x"]})
    assert found.genes["three"] == ("a", "b", "c")
    assert found.left_out["three"] == {"d": "the same in all samples", "e": "not in the count matrix"}
    assert found.values["three"].notna().all() and found.values[["two", "none"]].isna().all(axis=None)
    assert found.reasons == {
        "two": "2 usable genes (a, b), fewer than 3; d: the same in all samples",
        "none": "0 usable genes, fewer than 3; x: not in the count matrix",
    }


def test_one_sample_has_no_set_score():
    found = set_scores(levels(samples=1, genes=["a", "b", "c"]), {"set": ["a", "b", "c"]})
    assert found.values.isna().all(axis=None) and "the same in all samples" in found.reasons["set"]


def test_genes_of_one_name_are_refused():
    table = levels(genes=["BMP4", "BMP4", "c"])
    for make in (lambda: loop_scores(table), lambda: set_scores(table, {"set": ["BMP4"]})):
        with pytest.raises(ValueError, match="several columns are called BMP4"):
            make()


@settings(max_examples=20)
@given(seeds, st.floats(0.01, 100), st.floats(-20, 20))
def test_units_order_and_names_do_not_matter_to_sets(seed, unit, origin):
    genes = ["a", "b", "c", "d"]
    table = levels(seed, genes=genes)
    first = set_scores(table, {"set": genes}).values
    order = np.random.default_rng(seed).permutation(len(table))
    moved = table.assign(b=table["b"] * unit + origin).iloc[order, ::-1].rename(index=lambda name: f"{name}x")
    second = set_scores(moved, {"set": genes[::-1]}).values
    assert second.to_numpy() == pytest.approx(first.iloc[order].to_numpy(), abs=1e-7)


def read(repository):
    panel = read_panel(str(repository / "resources" / "panels" / "bmp.tsv"), Findings())
    assert panel is not None
    return panel


def test_the_bundled_panel_makes_its_sets(repository):
    sets = panel_sets(read(repository))
    assert set(sets.pop("bmp_smad_targets")) == set(BMP_SMAD_TARGETS)
    assert sets == {
        "lsc": ["IL1RAP", "DPP4", "IL2RA", "CD33", "CD47", "GAS2", "RXFP1", "PTPRD", "CACNA1D", "SLC4A4", "KCNK5"],
        "quiescence": ["MPL", "FOXO3", "CDKN1A", "CDKN1B", "CDKN1C"],
        "proliferation": ["MKI67", "TOP2A", "PCNA"],
        "erythroid": ["GATA1", "KLF1", "TAL1", "HBB"],
        "monocyte": ["CD14", "LYZ", "S100A8", "S100A9", "FCN1"],
        "t_cell": ["CD3E", "CD3D", "CD3G", "CD2", "CD5"],
    }


def test_sets_hold_no_primary_and_no_inverse_gene(repository):
    panel = read(repository)
    chosen = {gene for genes in panel_sets(panel).values() for gene in genes}
    assert not chosen & {*panel.loc[panel["tier"] == "primary", "symbol"], "KIT", "CXCR4", "CD38", "FOS"}
    changed = panel.assign(tier=panel["tier"].mask(panel["symbol"] == "ID1", "primary"))
    assert "ID1" not in panel_sets(changed)["bmp_smad_targets"]


def test_a_panel_of_ones_own_gives_fewer_sets():
    rows = [("ID1", "what I like", "mine", "secondary"), ("GENE", "a marker", "lsc_marker", "secondary")]
    rows += [
        ("X1", "CML LSC marker", "lsc_marker", "secondary"),
        ("X2", "CML LSC gene (lost)", "lsc_marker", "context"),
    ]
    panel = pd.DataFrame(rows, columns=["symbol", "role", "group", "tier"])
    assert panel_sets(panel) == {"bmp_smad_targets": ["ID1"], "lsc": ["X1"]}
    assert panel_sets(panel.iloc[1:2]) == {}


@pytest.fixture(scope="module")
def demo(repository):
    """Return the demo's sheet, and the panel genes' log_cpm and vst, samples x symbols."""
    folder = repository / "resources" / "demo"
    counts = pd.read_csv(folder / "counts.tsv.gz", sep="\t", index_col="gene_id")
    symbols = counts.pop("gene_name")
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", index_col="sample")
    data = AnnData(counts.T.to_numpy(dtype=float), obs=sheet, uns={"data_origin": "SIMULATED"})
    layers = normalise(data, threads=2).layers
    asked = symbols.isin(read(repository)["symbol"]).to_numpy()
    frames = [pd.DataFrame(layers[n][:, asked], sheet.index, symbols[asked].to_numpy()) for n in ("log_cpm", "vst")]
    return sheet, *frames


def on_demo(demo, repository, samples, design, contrast):
    """Test loop and set scores on a selection of the demo, made from its samples alone."""
    sheet, log_cpm, vst = demo
    model = model_of(design, {"c": contrast}, samples=samples)
    built = build_design(sheet, model, "config, models.m", Findings())
    used = built.matrix.index
    sets = panel_sets(read(repository))
    values = loop_scores(log_cpm.loc[used]).values.join(set_scores(vst.loc[used], sets).values)
    return linear.test_values(values, built, model.contrasts["c"], 0.05, 1.0)


def test_in_the_demo_the_loop_rises_with_resistance_and_its_targets_do_not(demo, repository):
    samples = {"arm": "clinical", "compartment": "LSC", "timepoint": "follow_up"}
    contrast = {"factor": "response", "tested": "resistant", "reference": "sensitive"}
    found = on_demo(demo, repository, samples, "~ batch + sex + response", contrast)
    loop, targets = found.loc["loop_BMP4_BMPR1B"], found.loc["bmp_smad_targets"]
    assert loop["estimate"] > 1 and loop["p_value"] < 0.01
    # The truth is no change. These samples' noise takes the targets down, so "not up" is what can be asked of them.
    assert targets["ci_high"] < 0.1
    assert found.loc[["proliferation", "erythroid"], "p_value"].min() > 0.1
    # Follows the leukaemic fraction, as the demo's markers do.
    assert found.loc["lsc", "estimate"] > 0 and found.loc["lsc", "p_value"] < 0.01
    assert found.loc[["monocyte", "t_cell"], "p_value"].notna().all()


@pytest.mark.parametrize("ligand", LIGANDS)
def test_in_the_demo_exposure_raises_the_targets_and_not_the_loop(demo, repository, ligand):
    contrast = {"factor": "exposure", "tested": ligand, "reference": "control"}
    found = on_demo(demo, repository, {"arm": "exposure"}, "~ patient + exposure", contrast)
    assert found.loc["bmp_smad_targets", "estimate"] > 1 and found.loc["bmp_smad_targets", "p_value"] < 1e-6
    assert found.loc["loop_BMP4_BMPR1B", "p_value"] > 0.1


def test_sets_of_unchanged_genes_are_called_as_often_as_said(demo):
    sheet, _, _ = demo
    asked = {"c": {"factor": "exposure", "tested": "BMP4", "reference": "control"}}
    model = model_of("~ patient + exposure", asked, samples={"arm": "exposure"})
    built = build_design(sheet, model, "config, models.m", Findings())
    genes = [f"g{i}" for i in range(2000)]
    noise = pd.DataFrame(np.random.default_rng(7).normal(size=(15, 2000)), built.matrix.index, genes)
    sets = {f"set{i}": genes[5 * i : 5 * i + 5] for i in range(400)}
    found = linear.test_values(set_scores(noise, sets).values, built, model.contrasts["c"], 0.05)
    assert (found["p_value"] < 0.05).mean() == pytest.approx(0.05, abs=0.03)
