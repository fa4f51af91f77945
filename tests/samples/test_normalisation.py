"""Scales on which samples can be compared."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from autocrine.engine import fit_model, test_contrast, test_threshold
from autocrine.samples.normalisation import log_per_million, normalise, size_factor_method
from autocrine.samples.scores import loop_scores

test_contrast.__test__ = test_threshold.__test__ = False


def test_size_factors_need_a_gene_seen_in_every_sample():
    assert size_factor_method(np.array([[1, 0], [2, 5]])) == "ratio"
    assert size_factor_method(np.array([[1, 0], [0, 5]])) == "poscounts"


def test_scaled_samples_become_alike():
    random = np.random.default_rng(5)
    mean = random.lognormal(4, 1, 800)
    depth = np.array([1.0, 2.0, 4.0, 1.0, 2.0, 4.0])
    counts = random.poisson(depth[:, None] * random.gamma(20, mean / 20, (6, 800)))
    names = [f"s{i}" for i in range(6)]
    data = AnnData(counts, obs=pd.DataFrame(index=names), uns={"data_origin": "measured"})
    result = normalise(data, threads=2)
    assert result.obs["size_factor"].to_numpy() / depth == pytest.approx(np.full(6, 0.5), rel=0.03)
    # After stabilisation the spread of a gene does not depend on its mean, and no sample is apart by its depth.
    spread, level = result.layers["vst"].std(axis=0, ddof=1), result.layers["vst"].mean(axis=0)
    assert abs(np.corrcoef(spread, level)[0, 1]) < 0.2
    assert np.ptp(np.median(result.layers["vst"], axis=1)) < 0.15
    assert result.uns == {"data_origin": "measured", "size_factor_method": "ratio", "measure": "counts"}


def test_transcript_lengths_are_taken_out():
    random = np.random.default_rng(6)
    longer = np.where(np.arange(6) < 3, 0.0, 0.5)[:, None] * (np.arange(600) < 300)
    lengths = np.exp(random.normal(7, 0.5, 600) + longer)
    expression = random.lognormal(5, 1, 600)
    counts = random.poisson(expression * lengths / lengths.mean(axis=0))
    data = AnnData(counts, obs=pd.DataFrame(index=[f"s{i}" for i in range(6)]), uns={"data_origin": "measured"})
    frame = pd.DataFrame(lengths, index=data.obs_names)
    plain, corrected = normalise(data, 2).layers, normalise(data, 2, frame).layers
    for layer in ("vst", "log_cpm"):
        shift = [np.median((layers[layer][3:] - layers[layer][:3]).mean(axis=0)[:300]) for layers in (plain, corrected)]
        assert shift[0] > 0.2 and abs(shift[1]) < 0.02, layer


def test_a_few_high_genes_move_no_other_gene():
    random = np.random.default_rng(7)
    mean = random.lognormal(5, 1, 500)
    mean[:5] = 20 * mean.sum() / 5
    fold = np.where((np.arange(8) < 4)[:, None] & (np.arange(500) < 5), 8.0, 1.0)
    counts = random.poisson(mean * fold)
    data = AnnData(counts, obs=pd.DataFrame(index=[f"s{i}" for i in range(8)]), uns={"data_origin": "measured"})
    levels = normalise(data, threads=2).layers["log_cpm"][:, 5:]
    assert abs((levels[:4] - levels[4:]).mean()) < 0.02
    library = np.log2(counts / counts.sum(axis=1, keepdims=True) * 1e6 + 1)[:, 5:]
    assert abs((library[:4] - library[4:]).mean()) > 1


def test_normalised_counts_per_million_keep_the_unit():
    counts = np.array([[1, 3], [10, 30]])
    assert log_per_million(counts, np.array([[0.5], [5.0]])) == pytest.approx(np.log2([[250_001, 750_001]] * 2))


SETS = {
    "sultan_hek_ramos": ("cell_line", "Ramos B cell", "HEK293T"),
    "bap_hesc_io": ("day", "3", "0"),
    "mov10_hek293": ("sampletype", "MOV10_overexpression", "control"),
}


@pytest.mark.parametrize("name", SETS)
def test_loops_of_equivalent_genes_are_alike(name, repository):
    folder = repository.parent / "shared" / "data" / name
    if not folder.is_dir():
        pytest.skip(f"../shared/data/{name} is absent")
    column, tested, reference = SETS[name]
    counts = pd.read_csv(folder / "counts.tsv.gz", sep="\t", index_col=0).T
    sheet = pd.read_csv(folder / "samples.tsv", sep="\t", dtype=str, index_col=0).loc[counts.index]
    sheet = sheet[sheet[column].isin([tested, reference])]
    counts, group = counts.loc[sheet.index], (sheet[column] == tested).to_numpy()
    design = pd.DataFrame({"Intercept": 1.0, "group": group.astype(float)}, sheet.index)
    fit = fit_model(counts, design)
    found = test_contrast(fit, [0.0, 1.0])
    alike = test_threshold(found["log2_fc"], found["lfc_se"], 0.5, "lessAbs")["p_value"] < 0.05
    chosen = np.flatnonzero(alike & (fit.genes["base_mean"] > 50))
    data = AnnData(counts.to_numpy(), obs=sheet, uns={"data_origin": "measured"})
    levels = normalise(data, threads=2).layers["log_cpm"]
    random = np.random.default_rng(1)
    symbols = ["BMP4", "BMPR1A", "BMPR2"]
    loops = [
        loop_scores(pd.DataFrame(levels[:, random.choice(chosen, 3, replace=False)], sheet.index, symbols)).values
        for _ in range(300)
    ]
    shift = np.array([one.loc[group, "loop_BMP4"].mean() - one.loc[~group, "loop_BMP4"].mean() for one in loops])
    assert abs(shift.mean()) < 0.05
