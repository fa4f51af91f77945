"""Scales on which samples can be compared."""

import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from autocrine.normalisation import counts_per_million, normalise, size_factor_method


def test_size_factors_need_a_gene_seen_in_every_sample():
    assert size_factor_method(np.array([[1, 0], [2, 5]])) == "ratio"
    assert size_factor_method(np.array([[1, 0], [0, 5]])) == "poscounts"


def test_counts_per_million_add_up():
    assert counts_per_million(np.array([[1, 3], [5, 5]])).tolist() == [[250_000, 750_000], [500_000, 500_000]]


def test_scaled_samples_become_alike():
    random = np.random.default_rng(5)
    mean = random.lognormal(4, 1, 800)
    depth = np.array([1.0, 2.0, 4.0, 1.0, 2.0, 4.0])
    counts = random.poisson(depth[:, None] * random.gamma(20, mean / 20, (6, 800)))
    names = [f"s{i}" for i in range(6)]
    data = AnnData(counts, obs=pd.DataFrame(index=names), uns={"data_origin": "measured"})
    result = normalise(data, threads=2)
    assert result.obs["size_factor"].to_numpy() / depth == pytest.approx(np.full(6, 0.5), rel=0.03)
    # After stabilisation the spread of a gene does not depend on its mean, and no sample stands apart by its depth.
    spread, level = result.layers["vst"].std(axis=0, ddof=1), result.layers["vst"].mean(axis=0)
    assert abs(np.corrcoef(spread, level)[0, 1]) < 0.2
    assert np.ptp(np.median(result.layers["vst"], axis=1)) < 0.15
    assert result.uns == {"data_origin": "measured", "size_factor_method": "ratio"}


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
