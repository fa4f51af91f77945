"""Fits with one thing changed: which are planned, what they find, and what is said where they cannot answer."""

import numpy as np
import pandas as pd
import pytest

from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics
from autocrine.problems import Findings
from autocrine.results.effects import estimate_effects
from autocrine.results.fitting import fit_counts
from autocrine.results.robustness import summarise_variants
from autocrine.results.sensitivity import MOST_DONORS, fit_variants, plan_variants
from tests.models import model_of

STATISTICS = Statistics(alpha=0.05, equivalence_margin=1.0, power=0.8)
CONTRAST = {"c": {"factor": "response", "tested": "r", "reference": "s"}}
ASKED = ["true", "driven", "batchy", "null"]


@pytest.fixture(scope="module")
def cohort():
    """600 genes, 6 against 6 in two batches that lean with response; named genes with one flaw each."""
    random = np.random.default_rng(5)
    sheet = pd.DataFrame(
        {
            "patient": [f"P{i}" for i in range(12)],
            "response": ["r"] * 6 + ["s"] * 6,
            "batch": list("xxxxyyxxyyyy"),
            "sex": list("fmfmfmfmfmfm"),
            "leukemic_fraction": np.linspace(0.9, 0.1, 12),
        },
        index=[f"S{i}" for i in range(12)],
    )
    mean = random.lognormal(4.5, 1, 600)
    level = np.tile(mean, (12, 1))
    resistant, x = (sheet["response"] == "r").to_numpy(), (sheet["batch"] == "x").to_numpy()
    level[:, :4] = 150
    level[resistant, 0] *= 4
    level[x, 2] *= 6
    counts = random.poisson(random.gamma(12, level / 12))
    counts[0, 1] = 3000  # P0 alone
    names = [*ASKED, *(f"g{i}" for i in range(596))]
    return sheet, pd.DataFrame(counts, index=sheet.index, columns=names)


def varied(cohort, design="~ batch + response", control=(), genes=ASKED, statistics=STATISTICS):
    sheet, counts = cohort
    model = model_of(design, CONTRAST)
    built = build_design(sheet, model, "", Findings())
    variants = plan_variants(sheet, model, built, statistics, "ratio", control)
    return variants, fit_variants(counts, variants, genes, "parity", 2)


def test_every_choice_is_changed_once(cohort):
    variants, table = varied(cohort, control=("g1", "g2", "g3"))
    words = [variant.words for variant in variants]
    assert words[:12] == [f"without P{i}" for i in range(12)]
    assert words[12:] == [
        "without batch", "with sex", "with leukemic_fraction", "with a factor of unwanted variation from residuals",
        "with a factor of unwanted variation from 3 reference genes", "size factors from 3 reference genes",
        "size factors from genes with zeros too", "with the low-count filter",
    ]  # fmt: skip
    assert (table["reason"] == "").all() and len(table) == len(words) * len(ASKED)
    changed = table.drop_duplicates("variant").set_index("variant")["changed"]
    assert changed.tolist() == [
        *(f"P{i}" for i in range(12)), "batch", "sex", "leukemic_fraction", "residuals", "reference_genes",
        "reference_genes", "poscounts", "filterByExpr",
    ]  # fmt: skip


def test_each_variant_is_a_fit_of_its_own(cohort):
    """The effect without P3 is that of a run in which P3 never was."""
    sheet, counts = cohort
    _, table = varied(cohort)
    kept = sheet.drop(index="S3")
    model = model_of("~ batch + response", CONTRAST)
    design = build_design(kept, model, "", Findings())
    fit, _ = fit_counts(counts.loc[kept.index], design.matrix, STATISTICS)
    alone = estimate_effects(fit, design, model.contrasts["c"], STATISTICS).loc[ASKED]
    found = table[table["variant"] == "without P3"].set_index("gene_id").loc[ASKED]
    for column in ("log2_fc", "lfc_se", "p_value", "moderated_p_value", "equivalence_p_value"):
        assert found[column].tolist() == pytest.approx(alone[column].tolist(), rel=1e-12, nan_ok=True)


def test_one_donor_and_one_covariate_are_found_out(cohort):
    _, table = varied(cohort)
    effect = table.pivot(index="gene_id", columns="variant", values="log2_fc").loc[ASKED]
    donors = [f"without P{i}" for i in range(12)]
    assert effect.loc["true", donors].between(1.5, 2.5).all()
    assert effect.loc["driven", "without P0"] < 0.6 < effect.loc["driven", "without P1"]
    assert effect.loc["batchy", "without batch"] > effect.loc["batchy", donors].max() + 0.4


def test_summary_gives_the_range_and_names_what_changes_the_outcome(cohort):
    _, table = varied(cohort)
    main = pd.DataFrame(
        {
            "gene_id": [*ASKED, ""],
            "tier": "primary",
            "log2_fc": [2.0, 1.2, 0.1, 0.0, np.nan],
            "outcome": ["changed", "undetermined", "undetermined", "equivalent", "undetermined"],
        }
    )
    found = summarise_variants(table, main, 0.05)
    assert found["sensitivity_fits"].tolist() == [18, 18, 18, 18, 0]
    effects = table[table["gene_id"] == "true"]["log2_fc"].astype(float)
    assert (found["sensitivity_low"][0], found["sensitivity_high"][0]) == (effects.min(), effects.max())
    assert found["sensitivity_other"][0] == found["sensitivity_words"][0].count(":")
    assert "without P0: equivalent" in found["sensitivity_words"][1]
    assert found["sensitivity_words"][4] == "" and np.isnan(found["sensitivity_low"][4])
    adjusted = table[(table["variant"] == "with leukemic_fraction") & (table["gene_id"] == "true")].iloc[0]
    assert found["fraction_adjusted_log2_fc"][0] == adjusted["log2_fc"]


def test_summary_says_whether_the_outcome_is_the_same_with_scores_of_purity():
    main = pd.DataFrame({"gene_id": ["g", "h"], "tier": "secondary", "log2_fc": [2.0, 2.0], "outcome": "changed"})
    fits = [
        ("with", "lsc score", 1e-6), ("with", "erythroid score", 0.6), ("with", "age", 0.6),
        ("without", "lsc score", 0.6), ("donor", "lsc score", 0.6),
    ]  # fmt: skip
    # Words are for readers: nothing is taken from them.
    table = pd.DataFrame(
        [
            {"kind": kind, "changed": name, "variant": "with lsc score, again", "gene_id": "g", "moderated_p_value": p}
            for kind, name, p in fits
        ]
    )
    table = table.assign(
        contrast="c", log2_fc=1.0, lfc_se=0.2, ci_low=0.6, ci_high=1.4, equivalence_p_value=0.5, reason=""
    )
    found = summarise_variants(table, main, 0.05)
    words = ["the same outcome with lsc; another with erythroid (undetermined)", ""]
    assert found["sensitivity_purity"].tolist() == words
    assert found["sensitivity_purity_other"].tolist() == [1, 0]


def test_the_leukaemic_fraction_is_known_by_the_column_that_was_added():
    main = pd.DataFrame({"gene_id": ["g"], "tier": "secondary", "log2_fc": [2.0], "outcome": "changed"})
    row = {"gene_id": "g", "variant": "with leukemic_fraction", "reason": "", "ci_low": 0.6, "ci_high": 1.4}
    fits = [("without", "leukemic_fraction", 1.0), ("with", "leukemic_fraction", 1.5), ("donor", "P0", 2.0)]
    table = pd.DataFrame([{**row, "kind": kind, "changed": name, "log2_fc": effect} for kind, name, effect in fits])
    table = table.assign(moderated_p_value=0.01, equivalence_p_value=0.5)
    assert summarise_variants(table, main, 0.05)["fraction_adjusted_log2_fc"].tolist() == [1.5]


def test_what_a_variant_cannot_answer_has_a_reason(cohort):
    sheet, counts = cohort
    sheet = sheet.assign(sex=sheet["response"].map({"r": "f", "s": "m"}))
    _, table = varied((sheet, counts))
    lost = table[table["reason"] != ""]
    assert lost["variant"].tolist() == ["with sex"] and lost["contrast"].tolist() == ["c"]
    assert "sex and response cannot be distinguished" in lost["reason"].iloc[0]


def test_many_donors_are_left_out_in_groups():
    samples = 3 * MOST_DONORS
    sheet = pd.DataFrame({"response": ["r", "s"] * (samples // 2)}, index=[f"S{i}" for i in range(samples)])
    model = model_of("~ response", CONTRAST)
    built = build_design(sheet, model, "", Findings())
    variants = [v for v in plan_variants(sheet, model, built, STATISTICS, "poscounts", ()) if v.kind == "donor"]
    assert len(variants) == MOST_DONORS
    assert variants[0].words == "without S0 to S2 (3 donors)" and variants[0].changed == "S0 | S1 | S2"
    assert all(len(variant.sheet) == samples - 3 for variant in variants)
    gone = [name for variant in variants for name in sheet.index.difference(variant.sheet.index)]
    assert sorted(gone) == sorted(sheet.index)


def test_a_variant_answers_the_contrasts_that_it_can(cohort):
    """A contrast that is lost with a donor does not take the others along."""
    _, counts = cohort
    sheet = pd.DataFrame(
        {"patient": [f"P{i // 2}" for i in range(12)], "time": ["0", "1"] * 6, "batch": ["x"] * 2 + ["y"] * 10},
        index=counts.index,
    )
    contrasts = {
        "time": {"factor": "time", "tested": "1", "reference": "0"},
        "batch": {"factor": "batch", "tested": "x", "reference": "y"},
    }
    model = model_of("~ batch + time", contrasts)
    built = build_design(sheet, model, "", Findings())
    variants = plan_variants(sheet, model, built, STATISTICS, "ratio", ())
    table = fit_variants(counts, variants[:1], ASKED, "parity", 1)
    assert variants[0].words == "without P0"
    assert set(table.loc[table["reason"] == "", "contrast"]) == {"time"} or table.loc[0, "reason"]
    assert table.loc[table["contrast"] == "batch", "reason"].str.contains("batch").all()


def test_ends_and_steps_are_those_of_the_changed_fit(cohort):
    sheet, counts = cohort
    sheet = sheet.assign(stage=list("aaaabbbbcccc"))
    stages = ["a", "b", "c"]
    contrasts = {"any": {"factor": "stage", "any_difference": stages}, "trend": {"factor": "stage", "trend": stages}}
    model = model_of("~ stage", contrasts)
    variant = plan_variants(sheet, model, build_design(sheet, model, "", Findings()), STATISTICS, "ratio", ())[0]
    table = fit_variants(counts, [variant], ASKED, "parity", 1).set_index(["contrast", "gene_id"])
    design = build_design(variant.sheet, model, "", Findings())
    fit, _ = fit_counts(counts.loc[variant.sheet.index], design.matrix, STATISTICS)
    ends = estimate_effects(fit, design, model.contrasts["any"], STATISTICS)[["lowest", "highest"]]
    assert table.loc["any", ["lowest", "highest"]].equals(ends.loc[ASKED].rename_axis("gene_id").astype(object))
    assert (table.loc["trend", ["lowest", "highest"]] == "").all(axis=None)
    assert table.loc["any", "step_p_value"].isna().all()
    assert table.loc["trend", "step_p_value"].between(0, 1).all()
