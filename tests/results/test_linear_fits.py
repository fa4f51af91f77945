"""Linear models as the main fit: repeated samples of counts, and log expression."""

import numpy as np
import pandas as pd
import pytest

from autocrine import fit, linear
from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Findings
from autocrine.results.analysis import analyse
from autocrine.results.sensitivity import fit_variants, plan_variants
from tests.models import model_of

CONTRAST = {"c": {"factor": "group", "tested": "b", "reference": "a"}}
STATISTICS = Statistics(0.05, 1.0, 0.8)
GENES, CHANGED = 400, 40


def study(patients=10, seed=3):
    """Pairs of which every third patient lacks one; patients make half of the variance."""
    random = np.random.default_rng(seed)
    rows = [(f"P{i:02d}", group) for i in range(patients) for group in "ab" if (i % 3 or group == "ab"[i % 2])]
    sheet = pd.DataFrame(rows, columns=["patient", "group"], index=[f"s{i}" for i in range(len(rows))])
    own = random.normal(0, 0.4, (patients, GENES))[pd.factorize(sheet["patient"])[0]]
    change = np.where(np.arange(GENES) < CHANGED, 1.0, 0.0) * (sheet["group"] == "b").to_numpy()[:, None]
    expected = 2 ** (random.normal(7, 1, GENES) + change) * np.exp(own) * random.uniform(0.5, 2, (len(sheet), 1))
    counts = random.poisson(random.gamma(8, expected / 8))
    return pd.DataFrame(counts, sheet.index, [f"g{i}" for i in range(GENES)]), sheet


def copies(repeats, seed=1):
    """Six patients, each sequenced several times, and the sheet. Nothing differs."""
    random = np.random.default_rng(seed)
    names = [f"s{i}" for i in range(6 * repeats)]
    sheet = pd.DataFrame({"patient": np.repeat([f"P{i}" for i in range(6)], repeats)}, names)
    sheet["group"] = np.repeat(["a", "b"], 3 * repeats)
    expected = np.exp(random.normal(5.5, 1, GENES)) * random.gamma(5, 0.2, (6, GENES))
    return pd.DataFrame(
        random.poisson(np.repeat(expected, repeats, axis=0)), names, [f"g{i}" for i in range(GENES)]
    ), sheet


def analysed(values, sheet, measure="counts", design="~ group", always=(), **entry):
    findings = Findings()
    model = model_of(design, CONTRAST, **entry)
    analysis = analyse(values, sheet, model, STATISTICS, "m", findings, measure=measure, always=always)
    findings.raise_if_any()
    return analysis


def test_repeated_samples_are_fitted_as_r_limma_has_it():
    """voom without and with the correlation, which is estimated twice; each step agrees with R in tests/linear."""
    counts, sheet = study()
    analysis = analysed(counts, sheet, random="patient")
    assert isinstance(analysis.fit, linear.Fit) and 0.2 < analysis.fit.correlation < 0.8
    sizes = analysis.scaling.size_factors * (counts.sum(axis=1) / analysis.scaling.size_factors).mean()
    design, blocks, held = analysis.design.matrix, sheet["patient"], {}
    for _ in range(2):
        weighed = linear.voom(counts, design, library_sizes=sizes, **held)
        rho = linear.estimate_block_correlation(weighed.expression, design, blocks, weights=weighed.weights)
        held = {"blocks": blocks, "correlation": rho.consensus}
    expected = linear.test_contrast(
        linear.fit_model(weighed.expression, design, weights=weighed.weights, **held), [0, 1]
    )
    table = analysis.tabulate(analysis.model.contrasts["c"])[0]
    assert table["log2_fc"].to_numpy() == pytest.approx(expected["log2_fc"].to_numpy(), rel=1e-12)
    assert table["p_value"].to_numpy() == pytest.approx(expected["p_value"].to_numpy(), rel=1e-9)
    assert (table["p_value"] == table["moderated_p_value"]).all() and (table["status"] == "tested").all()
    assert table["min_detectable_log2_fc"].notna().all() and table["dispersion"].isna().all()


def test_half_pairs_add_power_and_the_level_holds():
    """A share of the figures of docs/repeated_measures.md: against complete pairs, at 10 patients with half pairs."""
    p_values = {"pairs": [], "random": []}
    for seed in range(4):
        counts, sheet = study(seed=seed)
        for way, entry in (
            ("pairs", {"design": "~ patient + group", "incomplete_pairs": "drop"}),
            ("random", {"random": "patient"}),
        ):
            analysis = analysed(counts, sheet, **entry)
            p_values[way].append(analysis.tabulate(analysis.model.contrasts["c"])[0]["moderated_p_value"].to_numpy())
    found = {way: np.array(held) for way, held in p_values.items()}
    assert 0.03 < (found["random"][:, CHANGED:] < 0.05).mean() < 0.07
    power = {way: (held[:, :CHANGED] < 0.05).mean() for way, held in found.items()}
    assert power["random"] > power["pairs"] + 0.03


@pytest.mark.parametrize("random", ["patient", ""])
def test_nothing_is_said_of_genes_that_were_hardly_read(random):
    """Logs of no read differ by library sizes alone, and those of few reads hardly vary: both looked equivalent.

    Tested all the same, genes of few reads had p < 0.05 in 8 to 13 % where nothing differs.
    """
    counts, sheet = study(24)
    late = np.arange(len(sheet)) % 5 == 0
    sheet.loc[late, "group"] = "late"
    counts["few"], counts["none"], counts["elsewhere"] = np.eye(len(counts), dtype=int)[1], 0, np.where(late, 40, 0)
    found = analysed(counts, sheet, random=random, always=["few", "none", "elsewhere"])
    table = found.tabulate(model_of("~ group", CONTRAST).contrasts["c"])[0].set_index("gene_id")
    few, none, elsewhere = table.loc["few"], table.loc["none"], table.loc["elsewhere"]
    assert (few["status"], none["status"]) == ("low_counts" if random else "tested", "all_zero")
    assert elsewhere["status"] == "unread" and elsewhere["outcome"] == few["outcome"] == "undetermined"
    assert (elsewhere[["log2_fc", "p_value", "equivalence_p_value"]] == [0, 1, 1]).all()
    # The mean over all samples says nothing of the groups that were compared.
    assert np.isnan(elsewhere["min_detectable_log2_fc"]) and not few["equivalence_p_value"] < 0.05
    assert (table["status"].iloc[:GENES] == "tested").all()


def test_log_expression_is_limma_trend_without_filters():
    counts, sheet = study()
    levels = np.log2(counts + 1.0) - 6  # negative values are expression, too
    analysis = analysed(levels, sheet, LOG_EXPRESSION)
    expected = linear.test_contrast(linear.fit_model(levels, analysis.design.matrix, trend=True), [0, 1])
    table = analysis.tabulate(analysis.model.contrasts["c"])[0]
    assert table["p_value"].to_numpy() == pytest.approx(expected["p_value"].to_numpy(), rel=1e-12)
    assert (table["status"] == "tested").all() and table["adj_p_value"].notna().all()
    assert table["base_mean"].to_numpy() == pytest.approx(levels.mean().to_numpy())
    assert analysed(levels, sheet, LOG_EXPRESSION, random="patient").fit.correlation > 0.2


def test_fits_with_one_thing_changed_of_log_expression_change_no_normalisation():
    counts, sheet = study()
    sheet = sheet.assign(sex=np.resize(["f", "m", "m"], len(sheet)))
    levels, model = np.log2(counts + 1.0), model_of("~ group", CONTRAST)
    design = build_design(sheet, model, "m", Findings())
    variants = plan_variants(sheet, model, design, STATISTICS, "none", [])
    assert {one.kind for one in variants} == {"donor", "with", "unwanted"}
    table = fit_variants(levels, variants, ["g1", "g2"], "parity", 1, measure=LOG_EXPRESSION)
    assert table.loc[table["gene_id"] == "g1", "log2_fc"].between(0, 2).all() and (table["reason"] == "").all()


def test_without_each_sample_is_a_fit_of_the_others():
    counts, sheet = study()
    fitted = fit(counts, "~ group", sheet, random="patient")
    left = fitted.without_each_sample(["g1", "g2"], group=("b", "a"))
    assert len(left) == 2 * len(sheet)
    whole = fitted.analysis.fit
    one = left[(left["sample"] == "s4") & (left["gene_id"] == "g2")].iloc[0]
    rest, others = whole.of_genes(["g2"]), [name for name in sheet.index if name != "s4"]
    order = [list(sheet.index)[place] for place in rest.model.sample_order]
    values = pd.DataFrame(rest.model.values.T, order, ["g2"]).loc[others]
    weights = pd.DataFrame(rest.model.weights.T, order, ["g2"]).loc[others]
    again = linear.fit_model(
        values,
        rest.design.set_axis(sheet.index).loc[others],
        weights=weights.to_numpy(),
        blocks=sheet.loc[others, "patient"],
        correlation=whole.correlation,
    )
    assert one["log2_fc"] == pytest.approx(again.coefficients.iloc[0, 1], rel=1e-9)


def test_technical_replicates_are_told_from_samples_of_a_patient():
    """Of such genes 15 % had p < 0.05, without a word."""
    near, far = (analysed(*given, random="patient").fit for given in (copies(3), study()))
    assert [one.kind for one in near.warnings if one.kind == "near_copies"] == ["near_copies"]
    assert near.correlation > 0.85 and "sum_by" in near.warnings[-1].text
    assert far.correlation < 0.85 and "near_copies" not in [one.kind for one in far.warnings]
