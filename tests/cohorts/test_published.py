"""Published effects among the cohorts: a gene table given back as a paper's gives the same meta-analysis."""

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from autocrine.claims.claims import read_claims
from autocrine.cohorts.pooling import Member, align_effects, pool_effects
from autocrine.cohorts.published import (
    as_member,
    describe_published,
    identify_published,
    judge_published,
    tabulate_genes,
    tabulate_published,
)
from autocrine.input.known_genes import read_known_genes
from autocrine.input.panel import read_panel
from autocrine.input.published import make_published, read_published
from autocrine.input.schema import with_defaults
from autocrine.page.summary_sections import forest_marks, strata
from autocrine.problems import Findings
from autocrine.results.outcomes import PUBLISHED_STATUS
from autocrine.tables import read_table, write_table
from tests.conftest import REPOSITORY
from tests.input.test_published import ENTRY
from tests.models import SCHEMA

ROLE = "lsc_resistant_vs_sensitive"
ROLES = {ROLE: ("stem cells", "resistant against sensitive")}
GENES = ("BMP4", "TWIST1", "ID1", "BMPR1B", "BMP2")
RESOURCES = REPOSITORY / "resources"
ALPHA, MARGIN, POWER = 0.05, 1.0, 0.8


@pytest.fixture(scope="module")
def panel():
    return read_panel(str(RESOURCES / "panels" / "bmp.tsv"), Findings())


@pytest.fixture(scope="module")
def known():
    names = ("human_grch38.tsv.gz", "refused_aliases.tsv", "mouse_grcm39.tsv.gz")
    return read_known_genes(*(str(RESOURCES / "genes" / name) for name in names), None, Findings())


def own_table(seed):
    """Effects of a cohort: those of a gene table with Wald tests."""
    random = np.random.default_rng(seed)
    effect, error = random.normal(0.5, 1.2, len(GENES)), random.uniform(0.2, 0.6, len(GENES))
    return pd.DataFrame({"gene": GENES, "effect": effect, "error": error})


def entry(path, name, **changed):
    schema = SCHEMA["properties"]["published"]["additionalProperties"]
    given = {**ENTRY, "role": ROLE, "test": "normal", "table": str(path)}
    return make_published(name, with_defaults({**given, **changed}, schema))


def in_scale(table, scale):
    """Write a table of log2 effects and errors as a paper would, with what the entry then says."""
    effect, error = table["effect"].to_numpy(), table["error"].to_numpy()
    p = 2 * stats.norm.sf(np.abs(effect) / error)
    names = {"gene": "gene", "effect": "effect"}
    if scale == "log2":
        return table, {"columns": {**names, "error": "error"}, "scale": scale}
    if scale == "ln":
        table = table.assign(effect=effect * np.log(2), error=error * np.log(2))
        return table, {"columns": {**names, "error": "error"}, "scale": scale}
    if scale == "fold_change":
        reach = stats.norm.isf(0.025) * error
        table = table.assign(effect=2**effect, low=2 ** (effect - reach), high=2 ** (effect + reach))
        return table, {"columns": {**names, "ci_low": "low", "ci_high": "high"}, "scale": scale}
    table = table.assign(effect=np.log10(2) * effect, p=p)
    return table, {"columns": {**names, "p": "p"}, "scale": "log10"}


def tabulated(folder, name, scale, seed, panel, known, **changed):
    table, said = in_scale(own_table(seed), scale)
    path = folder / f"{name}.tsv"
    table.to_csv(path, sep="\t", index=False)
    asked, findings = entry(path, name, **said, **changed), Findings()
    effects = read_published(asked, findings)
    mapped, found = identify_published(effects, asked, known, panel, findings)
    assert not findings.problems
    return asked, tabulate_published(effects, asked, mapped, found, panel, ALPHA, MARGIN, POWER), mapped, found


def counted(name, seed, panel):
    """Return the panel table that the same effects have in a cohort with counts."""
    table = own_table(seed).set_index("gene").reindex(panel["symbol"]).reset_index(drop=True)
    effect, error = table["effect"], table["error"]
    rows = panel[["symbol", "tier"]].assign(model="m", contrast="c", gene_id="", log2_fc=effect, lfc_se=error)
    rows = rows.assign(ci_low=effect - error, ci_high=effect + error, p_value=2 * stats.norm.sf(abs(effect) / error))
    columns = {"status": np.where(effect.isna(), "absent", "tested"), "reason": np.where(effect.isna(), "absent", "")}
    rows = rows.assign(
        df=9.0, moderated_p_value=rows["p_value"], equivalence_margin=MARGIN, outcome="changed", **columns
    )
    form = {("m", "c"): ("two_groups", "")}
    return Member(name, name, "state", "measured", {ROLE: ("m", "c")}, form), rows.assign(min_detectable_log2_fc=1.0)


SEEDS = range(5)


@pytest.mark.parametrize("scale", ["log2", "ln", "fold_change", "p"])
def test_a_table_given_back_in_any_scale_gives_the_same_meta_analysis(tmp_path, panel, known, scale):
    own = [counted(f"c{seed}", seed, panel) for seed in SEEDS]
    expected = pool_effects(align_effects([m for m, _ in own], [p for _, p in own], ROLES), ALPHA)
    asked, table, *_ = tabulated(tmp_path, "c4", scale, 4, panel, known)
    members, panels = [*(m for m, _ in own[:4]), as_member(asked)], [*(p for _, p in own[:4]), table]
    effects = align_effects(members, panels, ROLES)
    meta = pool_effects(effects, ALPHA)
    assert len(meta) == len(expected)
    key, texts = ["symbol", "left_out"], ["cohorts", "cohort_names", "outcome", "reason", "family"]
    meta, expected = (t.sort_values(key).reset_index(drop=True) for t in (meta, expected))
    assert meta[[*key, *texts]].equals(expected[[*key, *texts]])
    numbers = expected.select_dtypes(float).columns
    assert {"log2_fc", "lfc_se", "tau2", "adj_p_value", "q_p_value"} <= set(numbers)
    for name in numbers:
        assert meta[name].to_numpy() == pytest.approx(expected[name].to_numpy(), rel=1e-6, abs=1e-9, nan_ok=True), name
    assert set(meta["data_origin"]) == {"measured, partly published"} and set(meta["origin"]) == {"measured"}
    bmp4 = meta[meta["symbol"] == "BMP4"].set_index("left_out")["published"]
    assert bmp4[""] == 1 and bmp4["c4"] == 0
    assert set(effects.loc[effects["cohort"] == "c4", "data_origin"]) == {"published"}


def test_tests_of_published_effects_are_closed_forms(tmp_path, panel, known):
    table = pd.DataFrame({"gene": ["BMP4"], "effect": [1.57], "error": [0.4241125188]})
    table.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    asked = entry(tmp_path / "t.tsv", "r", columns={n: n for n in table}, test="t")
    effects, findings = read_published(asked, Findings()), Findings()
    mapped, found = identify_published(effects, asked, known, panel, findings)
    rows = tabulate_published(effects, asked, mapped, found, panel, ALPHA, MARGIN, POWER).set_index("symbol")
    row = rows.loc["BMP4"]
    # R: confint(lm(y ~ g)) and the p-value of tests/input/test_published.py.
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((0.5671332527, 2.572866747))
    assert row["p_value"] == pytest.approx(7.636374127e-03)
    assert row["equivalence_p_value"] == pytest.approx(stats.t.cdf((1.57 - 1) / 0.4241125188, 7))
    limit = row["min_detectable_log2_fc"] / 0.4241125188
    assert stats.nct.sf(stats.t.isf(0.025, 7), 7, limit) == pytest.approx(POWER, abs=1e-6)
    assert (
        rows.loc["TWIST1", "reason"] == "absent from the published table" and rows.loc["TWIST1", "status"] == "absent"
    )
    assert rows.drop("BMP4")["log2_fc"].isna().all()


def test_gene_tables_of_published_effects_keep_every_row_with_tests_made_anew(tmp_path, panel, known):
    table = pd.DataFrame(
        {"gene": ["BMP4", "no such gene", "TWIST1"], "effect": [1.57, -0.5, 0.0], "error": [0.4241125188, 0.25, 0.5]}
    )
    table.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    asked = entry(tmp_path / "t.tsv", "r", columns={n: n for n in table}, test="t")
    effects, findings = read_published(asked, Findings()), Findings()
    mapped, found = identify_published(effects, asked, known, panel, findings)
    genes = tabulate_genes(effects, asked, mapped, ALPHA)
    assert genes["gene_name"].tolist() == table["gene"].tolist()
    assert genes["gene_id"].tolist() == ["ENSG00000125378", "no such gene", "ENSG00000122691"]
    assert set(genes["status"]) == {PUBLISHED_STATUS} and set(genes["reason"]) == {""}
    # The law of the entry, t with 7 degrees of freedom; R as above.
    assert genes[["ci_low", "ci_high", "p_value"]].iloc[0].tolist() == pytest.approx(
        [0.5671332527, 2.572866747, 7.636374127e-03]
    )
    half = stats.t.isf(ALPHA / 2, 7) * table["error"]
    np.testing.assert_allclose(genes["ci_high"] - genes["log2_fc"], half)
    np.testing.assert_allclose(genes["log2_fc"] - genes["ci_low"], half)
    np.testing.assert_allclose(genes["p_value"], 2 * stats.t.sf(np.abs(table["effect"] / table["error"]), 7))
    of_panel = tabulate_published(effects, asked, mapped, found, panel, ALPHA, MARGIN, POWER).set_index("symbol")
    columns = ["gene_id", "log2_fc", "lfc_se", "ci_low", "ci_high", "p_value"]
    pd.testing.assert_frame_equal(
        genes.set_index("gene_name").loc[["BMP4", "TWIST1"], columns], of_panel.loc[["BMP4", "TWIST1"], columns],
        check_names=False, check_dtype=False,
    )  # fmt: skip


def test_an_effect_printed_as_zero_is_an_estimate(tmp_path, panel, known):
    table = own_table(1).assign(effect=[0.0, 1, 1, 1, 1])
    table.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    asked = entry(tmp_path / "t.tsv", "r", columns={n: n for n in table})
    effects = read_published(asked, Findings())
    mapped, found = identify_published(effects, asked, known, panel, Findings())
    rows = tabulate_published(effects, asked, mapped, found, panel, ALPHA, MARGIN, POWER)
    aligned = align_effects([as_member(asked)], [rows], ROLES).set_index("symbol")
    assert aligned.loc["BMP4", ["log2_fc", "p_value", "reason"]].tolist() == [0, 1, ""]
    part = strata(aligned.reset_index(), pool_effects(aligned.reset_index(), ALPHA))[0]
    mark = next(gene["forest"][0] for gene in part["genes"] if gene["symbol"] == "BMP4")
    assert mark["at"] == 0 and mark["shape"] == "published" and part["published"] == [True]


def test_genes_chosen_by_their_p_values_have_no_part(tmp_path, panel, known):
    genes = panel.loc[panel["ensembl"] != "", "symbol"].head(20)
    table = pd.DataFrame({"gene": genes, "effect": np.linspace(-2, 2, 20), "p": np.linspace(0.001, 0.04, 20)})
    table.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    asked = entry(tmp_path / "t.tsv", "r", columns={n: n for n in table})
    findings = Findings()
    effects = read_published(asked, findings)
    mapped, found = identify_published(effects, asked, known, panel, findings)
    rows = tabulate_published(effects, asked, mapped, found, panel, ALPHA, MARGIN, POWER)
    aligned = align_effects([as_member(asked)], [rows], ROLES)
    shown = aligned[aligned["log2_fc"].notna()]
    assert len(shown) == 20 and shown["reason"].str.startswith("the table lists only genes with small p-values").all()
    assert set(pool_effects(aligned, ALPHA)["cohorts"]) == {0}
    row = describe_published(asked, mapped, found, findings)
    assert "not pooled" in row["warnings"] and row["missing"].startswith("no counts")


def test_names_of_another_species_and_of_one_gene_twice_are_reported(tmp_path, panel, known):
    for genes, species, said in (
        (["Bmp4", "Twist1", "Id1", "Bmpr1b", "Bmp2"], "human", '"species: mouse"'),
        (list(GENES), "mouse", '"species: human"'),
        (["BMP4", "ENSG00000125378", "ID1", "TWIST1", "BMP2"], "human", "rows of one gene under two names"),
    ):
        own_table(0).assign(gene=genes).to_csv(tmp_path / "t.tsv", sep="\t", index=False)
        names = {"gene": "gene", "effect": "effect", "error": "error"}
        asked, findings = entry(tmp_path / "t.tsv", "r", columns=names, species=species), Findings()
        identify_published(read_published(asked, findings), asked, known, panel, findings)
        assert [said in str(problem) for problem in findings.problems] == [True], (genes, findings.problems)


def test_unknown_names_are_warned_of(tmp_path, panel, known):
    own_table(0).assign(gene=[f"probe_{i}" for i in range(5)]).to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    asked = entry(tmp_path / "t.tsv", "r", columns={"gene": "gene", "effect": "effect", "error": "error"})
    findings = Findings()
    identify_published(read_published(asked, findings), asked, known, panel, findings)
    assert [caution.kind for caution in findings.warnings] == ["unknown_names"]


def test_claims_on_genes_are_judged_and_those_on_scores_are_not(tmp_path, panel, known):
    table = own_table(1).assign(effect=[3.0, 0.0, 0.1, -3.0, 0.2], error=0.3)
    table.to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    asked = entry(tmp_path / "t.tsv", "r", columns={n: n for n in table}, cells="CD34+ cells")
    effects = read_published(asked, Findings())
    mapped, found = identify_published(effects, asked, known, panel, Findings())
    rows = tabulate_published(effects, asked, mapped, found, panel, ALPHA, MARGIN, POWER)
    claims = {
        "title": "T",
        "citation": "C",
        "roles": {ROLE: {"population": "stem cells", "comparison": "resistant against sensitive"}},
        "claims": [
            {"id": name, "statement": "s", "role": ROLE, "expected": way, "source": "p. 1", what: of}
            for name, what, of, way in (
                ("rises", "gene", "BMP4", "up"),
                ("falls", "gene", "BMPR1B", "up"),
                ("same", "gene", "ID1", "unchanged"),
                ("gone", "gene", "ID2", "up"),
                ("loop", "score", "loop_BMP4_BMPR1B", "up"),
            )
        ],
    }
    (tmp_path / "claims.yaml").write_text(yaml.safe_dump(claims), encoding="utf-8")
    schema = yaml.safe_load((REPOSITORY / "workflow/schemas/claims.schema.yaml").read_text(encoding="utf-8"))
    findings = Findings()
    file = read_claims(
        str(tmp_path / "claims.yaml"), schema, panel, lambda: known.human, ["loop_BMP4_BMPR1B"], findings
    )
    assert not findings.problems
    judged = judge_published([file], rows, asked, ALPHA, MARGIN).set_index("claim")
    expected = ["supported", "contradicted", "supported", "not_testable", "not_testable"]
    assert judged["verdict"].tolist() == expected
    assert judged.loc["rises", "words"].startswith("in CD34+ cells, while the claim is about stem cells: higher")
    assert judged.loc["loop", "words"] == "a published table has no samples, and so no scores"


def test_simulated_papers_are_not_pooled_with_measured_ones_and_tables_are_read_as_written(tmp_path, panel, known):
    both = [
        tabulated(tmp_path, name, "log2", 1, panel, known, simulated=simulated)
        for name, simulated in (("a", True), ("b", False))
    ]
    effects = align_effects([as_member(asked) for asked, *_ in both], [table for _, table, *_ in both], ROLES)
    meta = pool_effects(effects, ALPHA)
    assert meta.groupby("origin")["cohorts"].max().to_dict() == {"SIMULATED": 1, "measured": 1}
    assert set(meta["data_origin"]) == {"published", "SIMULATED, published"}
    write_table(tmp_path / "summary/effects.tsv", effects, effects["data_origin"])
    write_table(tmp_path / "summary/meta_analysis.tsv", meta, meta["data_origin"])
    effects, meta = (read_table(tmp_path / "summary" / name) for name in ("effects.tsv", "meta_analysis.tsv"))
    assert np.isinf(effects.loc[effects["log2_fc"].notna(), "df"]).all()
    assert [part["origin"] for part in strata(effects, meta)] == ["SIMULATED", "measured"]
    cell = {"log2_fc": 1.0, "ci_low": 0.0, "ci_high": 2.0, "colour": "up", "status": "published"}
    nothing = {"log2_fc": np.nan, "cohorts": 1}
    assert forest_marks([cell, {**cell, "status": "tested"}], nothing, 2)[0]["shape"] == "published"
