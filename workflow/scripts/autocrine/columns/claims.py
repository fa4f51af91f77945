"""Columns of the verdicts of one cohort on claims."""

from autocrine.columns.kinds import Table, _boolean, _integer, _number, _text
from autocrine.columns.shared import DATA_ORIGIN

CLAIMS = Table(
    "<cohort>/claims.tsv",
    "a row per claim. Effects are of the gene or the score named; missing where nothing was tested",
    (
        _text("title claim statement gene score", "as the file of claims has them"),
        _text(
            "of_cells cells_subject",
            "of claims on single cells: `fraction`, `survivors`, `codetection` or `abundance`; what it is about",
        ),
        _text("population", "of the claim's role"),
        _text(
            "own_cells",
            "the cells that were compared here: `models.<name>.cells`, or as the sheet has it; `words` begin with "
            "them, "
            "and say so where the claim is about others",
        ),
        _text("comparison", "of the claim's role"),
        _text("expected", "as the file of claims has it"),
        _text(
            "verdict",
            "`supported`, `contradicted`, `inconclusive` or `not_testable`; the rules are in [claims.md](claims.md)",
        ),
        _text(
            "obstacle",
            "what prevents a test, for programs: `untestable` (counts cannot test it), `no_comparison`, "
            "`no_score`, `no_expectation` (the paper states none), `no_fusion_reads`, `no_single_orthologue` "
            "(in mice), `not_in_panel` (of this cohort), `no_estimate`, `no_direction`, "
            "`no_own_margin`, `no_equivalence`, `no_cells` (it needs single cells), `not_counted` (living cells were "
            "not); empty where there is a verdict",
        ),
        _text("words", "why: the direction; or the effect that would have been found; or why there is no test"),
        _text(
            "verdict_test",
            "what decided: the test of a `difference` or of `equivalence`; empty where nothing was tested",
        ),
        _number("verdict_p_value", "the adjusted p-value of `verdict_test`"),
        _text(
            "unit",
            "of the effect: `log2`, `standard deviations` or, of claims on cells, `log2 odds ratio of the share`, "
            "`log2 ratio of survivors` (living cells with the gene over those without) and `log2 odds ratio`",
        ),
        _text("model contrast", "which contrast of the cohort took the role"),
        _number(
            "margin",
            "the margin of equivalence, the claim's own or that of the configuration, in the unit of the effect",
        ),
        _text(
            "family",
            "`primary claims (Holm)` (primary genes and scores), `other claims (Benjamini-Hochberg)` or `cells (Holm)`",
        ),
        _number(
            "claims_adj_p_value claims_equivalence_adj_p_value",
            "adjusted over the claims of the family, across comparisons; equivalence over those that expect no "
            "change, or "
            "a difference without direction. These decide",
        ),
        _number(
            "log2_fc ci_low ci_high df p_value equivalence_p_value adj_p_value min_detectable_log2_fc",
            "`p_value` of a gene is its `moderated_p_value`; the others are those of the gene (`genes.tsv.gz`) or the "
            "score (`score_tests.tsv`); `equivalence_p_value` against `margin`",
        ),
        _number("step_p_value", "of a trend: whether every step goes the same way"),
        _number("mean_cpm", "of the gene, as in `panel.tsv`"),
        _integer("samples_with_counts", "of the gene, as in `panel.tsv`"),
        _number("composition_log2_fc composition_detectable", "of the gene, as in `panel.tsv`"),
        _text("composition_flag one_sample_words", "of the gene, as in `panel.tsv`"),
        _number(
            "fraction_adjusted_log2_fc fraction_adjusted_ci_low fraction_adjusted_ci_high",
            "of the gene, as in `panel.tsv`",
        ),
        _integer("sensitivity_fits", "of the gene, as in `panel.tsv`"),
        _number("sensitivity_low sensitivity_high", "of the gene, as in `panel.tsv`"),
        _integer(
            "sensitivity_other", "of the gene, as in `panel.tsv`: its outcome there is that of the panel's family"
        ),
        _text("sensitivity_words sensitivity_purity status", "of the gene, as in `panel.tsv`"),
        _integer("sensitivity_purity_other", "of the gene, as in `panel.tsv`"),
        _text(
            "contrary_words",
            "the genes and scores `beside` the claim that go the other way, where the verdict is `supported` or "
            "`inconclusive`; empty otherwise",
        ),
        _text("warnings", "what `check` and the fit warn of in this comparison, separated by a vertical bar"),
        _text("caveat source", "as the file of claims has them"),
        _text(
            "doublets_verdict doublets_words",
            "of claims on two genes in the same cells: the verdict without likely doublets where it is another, and "
            "why; empty otherwise",
        ),
        _text(
            "voom_verdict",
            "of claims about genes: the verdict on the effects of linear models (voom); empty where there is none",
        ),
        _number("voom_log2_fc voom_ci_low voom_ci_high", "of voom, as in `panel.tsv`"),
        _text("pydeseq2_verdict", "the same of PyDESeq2"),
        _number("pydeseq2_log2_fc pydeseq2_ci_low pydeseq2_ci_high", "of PyDESeq2, as in `panel.tsv`"),
        _text("second_words", "which of them do not share the verdict, and what they say"),
        DATA_ORIGIN,
    ),
)

# What the sheet of claims in `tables.xlsx` has in their place: the file has one unit per column for programs, the sheet
# the unit that a reader expects of each row.
CLAIMS_SHEET = {
    "log2_fc": _number("effect", "of the gene, the score or the cells, in `unit`; missing where nothing was tested"),
    "ci_low": _number("effect_ci_low", "lower end of its interval, in `unit`"),
    "ci_high": _number("effect_ci_high", "upper end of its interval, in `unit`"),
    "min_detectable_log2_fc": _number(
        "min_detectable_effect", "the effect that a single test would have found with the stated power, in `unit`"
    ),
    "margin": _number(
        "margin",
        "the margin of equivalence, the claim's own or that of the configuration, in `unit`; of ratios from one over "
        "it to it",
    ),
    "unit": _text(
        "unit",
        "of the effect: `log2` (fold change), `standard deviations`; of claims on cells the ratio itself: `odds ratio "
        "of the share`, `ratio of survivors` (living cells with the gene over those without), `odds ratio`",
    ),
}

CHANGED_VERDICTS = Table(
    "<cohort>/changed_verdicts.tsv",
    "a row per fit with one thing changed and claim that has a verdict in that model's main fit; other claims where "
    "their verdict differs",
    (
        _text("title claim", "as in `claims.tsv`"),
        _text("model kind changed variant", "the fit, as in its `sensitivity.tsv.gz`"),
        _number("log2_fc ci_low ci_high", "the effect in that fit, in the unit of the claim"),
        _text("verdict", "the verdict if that fit were the main one; empty where there is none"),
        _text("words", "why, as in `claims.tsv`"),
        _number("verdict_p_value", "the adjusted p-value that decided"),
        _boolean("other", "whether it is another verdict than that of the main fits"),
        _text(
            "reason",
            "why there is no verdict: the claim is about a score or cells, or has a margin of its own, whose tests "
            "belong to the main fit; or the fit cannot answer",
        ),
        DATA_ORIGIN,
    ),
)
