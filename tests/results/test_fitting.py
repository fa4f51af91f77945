"""One fit as the configuration asks for it."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.engine import estimate_size_factors
from autocrine.problems import Findings
from autocrine.results.effects import estimate_effects
from autocrine.results.fitting import base_means, fit_counts
from autocrine.results.gene_table import tabulate_genes
from autocrine.results.low_counts import expressed_genes
from tests.models import model_of


@pytest.fixture(scope="module")
def counts():
    random = np.random.default_rng(2)
    mean = random.lognormal(2, 2.5, 800)
    values = random.poisson(random.gamma(10, np.tile(mean, (8, 1)) / 10))
    values[:, 799] = 0
    return pd.DataFrame(values, index=[f"S{i}" for i in range(8)], columns=[f"g{i}" for i in range(800)])


@pytest.fixture(scope="module")
def asked(counts):
    sheet = pd.DataFrame({"group": list("ttttrrrr")}, index=counts.index)
    model = model_of("~ group", {"c": {"factor": "group", "tested": "t", "reference": "r"}})
    return model, build_design(sheet, model, "", Findings())


def test_the_filter_leaves_genes_out_but_never_those_asked_about(counts, asked):
    model, design = asked
    statistics = Statistics(0.05, 1.0, 0.8, "filterByExpr")
    rare = counts.columns[(counts.sum() > 0) & (counts.sum() < 5)][:2]
    always = [*rare, "g799"]
    fit, _ = fit_counts(counts, design.matrix, statistics, always=always)
    passed = expressed_genes(counts.to_numpy(), design.matrix.to_numpy())
    assert set(fit.genes.index) == {*counts.columns[passed], *always}
    var = pd.DataFrame({"gene_name": counts.columns, "written": counts.columns}, index=counts.columns)
    var["base_mean"] = base_means(counts, fit.size_factors)
    table, summary = tabulate_genes(fit, design, model.contrasts["c"], var, statistics)
    status = table.set_index("gene_id")["status"]
    low = counts.columns[~passed & (counts.sum() > 0).to_numpy() & ~counts.columns.isin(always)]
    assert (status[low] == "low_counts").all() and summary["status"]["low_counts"] == len(low) > 20
    assert status["g799"] == "all_zero" and status[rare].isin(["tested", "filtered"]).all()
    assert table["gene_id"].tolist() == list(counts.columns) and table["base_mean"].notna().all()


def test_size_factors_rest_on_all_genes_or_on_control_genes(counts, asked):
    _, design = asked
    plain, scaling = fit_counts(counts, design.matrix, Statistics(0.05, 1.0, 0.8))
    filtered, _ = fit_counts(counts, design.matrix, Statistics(0.05, 1.0, 0.8, "filterByExpr"))
    assert scaling.method == "ratio" and plain.size_factors.tolist() == filtered.size_factors.tolist()
    control = counts.columns[(counts > 20).all()][:20]
    fit, _ = fit_counts(counts, design.matrix, Statistics(0.05, 1.0, 0.8), control_genes=control)
    expected = estimate_size_factors(counts[control].to_numpy())
    assert fit.size_factors == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sizes", [(4, 4), (8, 8), (9, 4)], ids=str)
@pytest.mark.parametrize("per_gene", [False, True])
def test_a_fit_for_some_genes_is_the_fit_of_all_seen_through_a_window(sizes, per_gene):
    """With counts to replace or to withhold, among the asked genes and elsewhere."""
    random, genes = np.random.default_rng(5), ["g7", "g399", "g3", "g200"]
    samples = [f"s{i}" for i in range(sum(sizes))]
    counts = random.negative_binomial(3, 3 / (3 + random.lognormal(4, 1, 400)), (len(samples), 400))
    counts = pd.DataFrame(counts, samples, [f"g{j}" for j in range(400)]).assign(g399=0)
    counts.loc["s2", ["g3", "g50", "g51"]] = counts.loc[samples[-1], ["g200", "g60"]] = 60_000
    sheet = pd.DataFrame({"group": np.repeat(["t", "r"], sizes)}, index=samples)
    lengths = pd.DataFrame(random.lognormal(7, 0.3, counts.shape), samples, counts.columns) if per_gene else None
    statistics = Statistics(0.05, 1.0, 0.8)
    for form in ({"tested": "t", "reference": "r"}, {"any_difference": ["t", "r"]}):
        model = model_of("~ group", {"c": {"factor": "group", **form}})
        design = build_design(sheet, model, "", Findings())
        fit, _ = fit_counts(counts, design.matrix, statistics, lengths=lengths)
        part, _ = fit_counts(counts, design.matrix, statistics, lengths=lengths, genes=genes)
        window = fit.of_genes(genes)
        tables = [estimate_effects(seen, design, model.contrasts["c"], statistics) for seen in (part, window)]
        # A dispersion of a refitted gene starts from the mean factors of the genes refitted with it, as in R.
        pd.testing.assert_frame_equal(*tables, rtol=1e-6)
        # Distances are withdrawn for every gene once counts of one are replaced; no answer rests on them then.
        shared = part.genes.columns.drop("max_cooks")
        pd.testing.assert_frame_equal(part.genes[shared], window.genes[shared], rtol=1e-6)
        assert part.genes["cooks_outlier"].any() == (sizes != (8, 8)) and fit.genes["replaced"].any() == (
            sizes != (4, 4)
        )
    with pytest.raises(KeyError, match="nothing"):
        fit_counts(counts, design.matrix, statistics, genes=["g1", "nothing"])


def test_transcript_lengths_enter_the_fit_and_leave_with_the_filtered_genes(counts, asked):
    model, design = asked
    random = np.random.default_rng(3)
    lengths = pd.DataFrame(random.lognormal(7, 0.3, counts.shape), counts.index, counts.columns)
    statistics = Statistics(0.05, 1.0, 0.8, "filterByExpr")
    fit, scaling = fit_counts(counts, design.matrix, statistics, lengths=lengths)
    assert scaling.per_gene and scaling.factors.shape == counts.shape
    kept = counts.columns.get_indexer(fit.genes.index)
    assert 0 < len(kept) < counts.shape[1]
    np.testing.assert_array_equal(fit.normalization_factors, scaling.factors[:, kept])
    means = base_means(counts, scaling.factors)
    np.testing.assert_allclose(fit.genes["base_mean"], means[kept], rtol=1e-9)
    # The same reads from transcripts twice as long in the tested group are half the expression.
    longer = lengths * np.where(design.matrix.iloc[:, [1]].to_numpy() > 0, 2.0, 1.0)
    longer.iloc[:, 100:] = lengths.iloc[:, 100:]
    changed, _ = fit_counts(counts, design.matrix, statistics, lengths=longer)
    effects = [estimate_effects(f, design, model.contrasts["c"], statistics)["log2_fc"] for f in (fit, changed)]
    shift = (effects[1] - effects[0]).reindex(counts.columns)
    assert abs(abs(shift.iloc[:100].median() - shift.iloc[100:].median()) - 1) < 0.05
