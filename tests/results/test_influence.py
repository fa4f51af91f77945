"""Outcomes that rest on one sample."""

import numpy as np
import pandas as pd
import pytest

from autocrine.engine import fit_model, test_contrast, without_each_sample
from autocrine.results.influence import find_decisive_samples
from autocrine.results.multiplicity import adjust_panel

test_contrast.__test__ = False


def panel_of(counts, first):
    """Fit two groups and judge the first two genes as primary genes."""
    group = np.repeat([1.0, 0.0], [first, len(counts) - first])
    design = pd.DataFrame({"Intercept": 1.0, "b": group})
    fit = fit_model(counts, design, size_factors=np.ones(len(counts))).of_genes([0, 1])
    table = test_contrast(fit, [0.0, 1.0]).assign(gene_id=["g0", "g1"], equivalence_p_value=1.0)
    without = without_each_sample(fit, [0.0, 1.0]).assign(gene_id=lambda table: "g" + table["gene"].astype(str))
    return table.join(adjust_panel(table, np.array([True, True]), 0.05)), without


def background(n):
    random = np.random.default_rng(9)
    mean = random.lognormal(4, 1, 400)
    return random.poisson(random.gamma(8, mean / 8, (n, 400)))


def test_a_single_count_of_two_by_two_is_reported():
    counts = background(4)
    counts[:, 0], counts[:, 1] = [261, 3, 0, 0], [600, 500, 9, 10]
    panel, without = panel_of(counts, 2)
    # What the family is called is for readers.
    panel = panel.drop(columns="family").assign(outcome="changed")
    found = find_decisive_samples(panel, without.assign(sample=without["sample"].map("S{}".format)), 0.05)
    assert found["one_sample"].tolist() == ["S0", ""]
    assert found["one_sample_log2_fc"][0] < panel["log2_fc"].iloc[0] - 4 and np.isnan(found["one_sample_log2_fc"][1])
    assert found["one_sample_words"][0].startswith("rests on one sample: without S0 the effect is log2 ")
    assert found["one_sample_words"][0].endswith("and no change is shown")


def test_a_change_that_all_samples_share_rests_on_none():
    counts = background(8)
    counts[:4, 0], counts[4:, 0] = [400, 380, 450, 900], [50, 60, 45, 55]
    panel, without = panel_of(counts, 4)
    assert panel["outcome"].iloc[0] == "changed"
    assert (find_decisive_samples(panel, without, 0.05)["one_sample"] == "").all()


@pytest.mark.parametrize(("left", "decides"), [(1.4, True), (0.6, False)])
def test_an_equivalence_rests_on_a_sample_that_holds_it_within_the_margin(left, decides):
    panel = pd.DataFrame(
        {
            "gene_id": ["g"],
            "log2_fc": 0.3,
            "outcome": "equivalent",
            "equivalence_margin": 1.0,
            "moderated_p_value": 0.5,
            "primary_adj_p_value": 1.0,
            "panel_adj_p_value": 0.9,
        }
    )
    without = pd.DataFrame({"gene_id": "g", "sample": ["A", "B"], "log2_fc": [0.2, left], "moderated_p_value": 0.5})
    found = find_decisive_samples(panel, without, 0.05).iloc[0]
    assert (found["one_sample"] == "B") == decides
    nothing = find_decisive_samples(panel.assign(outcome="undetermined"), without, 0.05)
    assert nothing["one_sample"].tolist() == [""]
