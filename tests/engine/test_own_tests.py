"""PyDESeq2 from end to end, against PyDESeq2 as its documentation uses it, with its default inference."""

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydeseq2.dds import DeseqDataSet
from pydeseq2.ds import DeseqStats

from autocrine import engine

SHEET = pd.DataFrame({"batch": ["x", "y"] * 6, "group": ["b"] * 6 + ["a"] * 6}, [f"s{i}" for i in range(12)])


@pytest.fixture(scope="module")
def counts():
    """12 samples x 300 genes; a fifth differs, one has a single huge count, one has none."""
    random = np.random.default_rng(11)
    mean = np.tile(random.lognormal(4, 1.5, 300), (12, 1))
    mean[:6, :60] *= 3
    values = random.poisson(random.gamma(3, mean / 3))
    values[3, 100], values[:, 200] = 200_000, 0
    return pd.DataFrame(values, SHEET.index, [f"g{i}" for i in range(300)])


@pytest.fixture(scope="module")
def plain(counts):
    """PyDESeq2 without anything of this package, a function of what its tests are asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = DeseqDataSet(counts=counts, metadata=SHEET, design="~batch + group", quiet=True, n_cpus=1)
        data.deseq2()

    def ask(**asked):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stats = DeseqStats(data, contrast=["group", "b", "a"], quiet=True, n_cpus=1, **asked)
            stats.summary()
        return stats.results_df

    return data, ask


def test_fit_and_tests_are_pydeseq2s(counts, plain):
    data, ask = plain
    design = data.obsm["design_matrix"].astype(float)
    fit = engine.fit_own(counts, design, np.asarray(data.obs["size_factors"]))
    found, theirs = fit.test([0, 0, 1], alpha=0.1), ask(alpha=0.1)
    for ours, name in (
        ("log2_fc", "log2FoldChange"),
        ("lfc_se", "lfcSE"),
        ("p_value", "pvalue"),
        ("adj_p_value", "padj"),
    ):
        np.testing.assert_allclose(found[ours], theirs[name], rtol=1e-4, atol=1e-5, err_msg=name)
    assert ((found["adj_p_value"] < 0.1) == (theirs["padj"] < 0.1)).all() and (found["adj_p_value"] < 0.1).sum() > 30
    assert list(found.index) == list(counts.columns) and found.loc["g200"].isna().all()
    # The opposite question has the opposite effect.
    np.testing.assert_allclose(fit.test([0, 0, -1])["log2_fc"], -found["log2_fc"])


def test_its_equivalence_is_the_test_that_the_second_opinion_makes_of_effect_and_error(plain):
    _, ask = plain
    within = ask(lfc_null=0.8, alt_hypothesis="lessAbs", independent_filter=False)
    # Of a gene without counts, which has no effect, PyDESeq2 says 0.5.
    tested = within["log2FoldChange"].notna() & within["pvalue"].notna()
    ours = engine.test_threshold(within["log2FoldChange"], within["lfcSE"], 0.8, "lessAbs")["p_value"]
    # PyDESeq2's end at 0.5: an effect outside the margin is as far from equivalence as any other.
    np.testing.assert_allclose(np.minimum(ours[tested], 0.5), within["pvalue"][tested], rtol=1e-6, atol=1e-9)
    assert (within["pvalue"] < 0.05).sum() > 5


def test_what_pydeseq2_raises_is_reported_in_its_words(counts, monkeypatch):
    design = pd.DataFrame({"one": 1.0, "b": (SHEET["group"] == "b").astype(float)})
    with pytest.raises(engine.EngineError, match="Size factors"):
        engine.fit_own(counts, design, np.zeros(12))
    monkeypatch.setattr(DeseqDataSet, "fit_LFC", lambda self: (_ for _ in ()).throw(IndexError("no such gene.\nmore")))
    with pytest.raises(engine.EngineError, match=r"^PyDESeq2 ended with IndexError: no such gene\.$"):
        engine.fit_own(counts, design, np.ones(12))


def test_it_is_loaded_only_when_it_fits():
    code = (
        "import sys; from autocrine.results import second_opinion; from autocrine.engine import fit_own; "
        "second_opinion.fit_others((), None, 'parity', 'counts', 1); "
        "print([m for m in ('pydeseq2',) if m in sys.modules])"
    )
    scripts = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
    done = subprocess.run([sys.executable, "-c", code], cwd=scripts, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
