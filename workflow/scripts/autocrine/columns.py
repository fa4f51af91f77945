"""The columns of every table that a run writes: name, type and meaning, for all that lists them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain
from pathlib import PurePath

TEXT, NUMBER, INTEGER, BOOLEAN = "text", "number", "integer", "boolean"
# A missing number is written as this; a missing text as nothing, so that a group may be called NA.
MISSING_NUMBER = "NA"


@dataclass(frozen=True)
class Columns:
    """Columns of one type that are explained together; `*` in a name stands for what differs: a step, a cohort."""

    names: tuple[str, ...]
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """A table: the end of its path below `results/`, what its rows are, and its columns in their order.

    `others` is the type of columns that the input decides (None: there are none), such as those of a panel.
    """

    path: str
    rows: str
    columns: tuple[Columns, ...]
    others: str | None = None
    others_meaning: str = field(default="")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The columns that always have this name, in order."""
        return tuple(name for name in chain.from_iterable(part.names for part in self.columns) if "*" not in name)

    def column(self, name: str) -> Columns | None:
        """Return what a column is, or None where the table has no such column."""
        for part in self.columns:
            if name in part.names or any("*" in known and fnmatchcase(name, known) for known in part.names):
                return part
        return Columns((name,), self.others, self.others_meaning) if self.others else None


def _text(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), TEXT, meaning)


def _number(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), NUMBER, meaning)


def _integer(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), INTEGER, meaning)


def _boolean(names: str, meaning: str) -> Columns:
    return Columns(tuple(names.split()), BOOLEAN, meaning)


DATA_ORIGIN = _text("data_origin", "`measured` or `SIMULATED`")
COMPARISON = _text("model contrast", "the comparison, as the configuration calls it")
SAMPLE = _text("sample", "the sample, as the sheet calls it")
REASON = _text("reason", "why there are no numbers; empty otherwise")

# What the form of a contrast adds; of genes `log2_fc`, of scores `estimate`.
STEPS = (
    "of a trend: whether all steps go the same way, the largest p-value of the steps, or 1 "
    "where two go against each other"
)
EFFECT_OF_STEP = "of a trend: each step, the second group against the first, the third against the second, and so on"
EFFECT_OF_GROUP = "of any difference: each further group against the first"
HEIGHT_OF_CURVE = (
    "of a curve along a measurement: its heights at `values` of `fit.json`, against its mean over the samples"
)
EXTREMES = _text(
    "lowest highest", "of a contrast without direction: the groups, or places of a curve, between which the effect lies"
)

COMPOSITION = (
    _number(
        "composition_log2_fc composition_other_log2_fc",
        "what a different leukaemic fraction alone would do to a gene that only leukaemic cells, or only the others, "
        "express: the same contrast of the same design, of the log2 fraction by least squares; missing for any "
        "difference",
    ),
    _number(
        "composition_p_value",
        "one-sided: small where the effect surely exceeds that of composition in its direction; missing for any "
        "difference",
    ),
    _number(
        "composition_detectable",
        "the log2 fold change beyond that of composition which the test would find with the configured power",
    ),
    _number(
        "composition_low composition_high",
        "the range of `composition_log2_fc` where fractions were estimated from expression; missing where they were "
        "measured",
    ),
    _text("composition_reason", "why composition is not known"),
    _text(
        "composition_flag",
        "says of changed genes where the effect is no larger, or not surely larger; of equivalent ones where "
        "composition "
        "alone would have moved a gene of leukaemic cells twofold or more",
    ),
)
SENSITIVITY = (
    _integer("sensitivity_fits", "fits with one thing changed that gave an effect"),
    _number("sensitivity_low sensitivity_high", "smallest and largest `log2_fc` over them"),
    _integer("sensitivity_other", "how many of them have another outcome than the main fit"),
    _text("sensitivity_words", "which these are"),
    _text(
        "sensitivity_purity",
        "whether the outcome is the same with each score of what a sample consists of (stem cell, quiescence, "
        "proliferation, lineage) as a covariate, in words",
    ),
    _integer("sensitivity_purity_other", "with how many of these scores it is another"),
)
FRACTION_ADJUSTED = _number(
    "fraction_adjusted_log2_fc fraction_adjusted_ci_low fraction_adjusted_ci_high fraction_adjusted_p_value",
    "the effect with `leukemic_fraction` in the design; missing where the design holds it already or the samples "
    "cannot tell",
)
ONE_SAMPLE = (
    _text("one_sample", "the sample without which the outcome would be another; empty where there is none"),
    _number("one_sample_log2_fc", "the effect without it"),
    _text("one_sample_words", "both in words"),
)

SECOND = (
    _number(
        "voom_log2_fc voom_lfc_se voom_ci_low voom_ci_high voom_df voom_p_value voom_equivalence_p_value",
        "the same of linear models of log counts with voom's weights; missing where the gene is too low for them, or "
        "voom was not asked",
    ),
    _number("voom_adj_p_value", "of a difference, adjusted in the family that decides for the gene"),
    _text("voom_outcome", "their outcome, in the same families of tests; empty without an estimate"),
    _number(
        "pydeseq2_log2_fc pydeseq2_lfc_se pydeseq2_ci_low pydeseq2_ci_high pydeseq2_df pydeseq2_p_value "
        "pydeseq2_equivalence_p_value",
        "the same of PyDESeq2: its Wald test, its intervals by the normal distribution (df infinite)",
    ),
    _number("pydeseq2_adj_p_value", "of a difference, adjusted in the family that decides for the gene"),
    _text("pydeseq2_outcome", "its outcome, in the same families of tests; empty without an estimate"),
    _text("second_words", "which of them do not share the outcome, and what they say"),
)

GENES = Table(
    "<cohort>/<model>/<contrast>/genes.tsv.gz",
    "a row per gene of the cohort",
    (
        _text(
            "gene_id gene_name written",
            "Ensembl id where there is one, else the name as written; symbol; the name as the counts have it",
        ),
        _number("base_mean", "mean normalised count over the samples of the model"),
        _number(
            "log2_fc lfc_se ci_low ci_high",
            "log2 fold change (tested over reference), its standard error and interval (t)",
        ),
        _number(
            "log2_fc_shrunken lfc_se_shrunken",
            "the effect drawn towards zero where the data say little, for ranking and plotting; no test uses it",
        ),
        _number(
            "stat p_value adj_p_value",
            "R DESeq2's: Wald statistic; two-sided p-value of the normal distribution; Benjamini-Hochberg after "
            "independent filtering",
        ),
        _number(
            "df moderated_p_value moderated_adj_p_value",
            "the same statistic against Student's t of `df` degrees of freedom, which takes the dispersion as "
            "estimated; "
            "adjusted likewise. Panel, claims, intervals and equivalence rest on it",
        ),
        _number(
            "equivalence_margin",
            "the margin in the unit of the effect: of a measurement that of `statistics.margin_per` per unit",
        ),
        _number(
            "equivalence_p_value equivalence_adj_p_value",
            "two one-sided t tests: small where the effect is surely within the margin",
        ),
        _number(
            "threshold_p_value threshold_adj_p_value",
            "small where the effect is surely beyond the margin (R DESeq2's test of `statistics.threshold_test`, "
            "normal "
            "distribution)",
        ),
        _number(
            "min_detectable_log2_fc",
            "the effect that a single test at alpha would find with the stated power, from the mean, the "
            "dispersion and "
            "the design; the effect found has no part in it. `inf`: no effect of any size would be seen reliably",
        ),
        _number("dispersion max_cooks", "final dispersion; largest Cook's distance"),
        _text(
            "outcome",
            "`changed`, `equivalent`, `small_change` (both: a difference, smaller than the margin) or `undetermined` "
            "(neither), from the adjusted p-value that `statistics.calls` names and `equivalence_adj_p_value` at alpha",
        ),
        _text(
            "status",
            "`tested`; `filtered` (too low: no adjusted p-value); `low_counts` (left out before the fit by "
            "`low_count_filter`); `outlier` (one sample decides: no p-value); `not_converged`; `all_zero`",
        ),
        _number("step_p_value step_adj_p_value", f"{STEPS}; Benjamini-Hochberg over all genes"),
        _number("log2_fc_step_* ci_low_step_* ci_high_step_* moderated_p_value_step_*", EFFECT_OF_STEP),
        EXTREMES,
        _number("log2_fc_group_* ci_low_group_* ci_high_group_* moderated_p_value_group_*", EFFECT_OF_GROUP),
        _number("log2_fc_value_* ci_low_value_* ci_high_value_* moderated_p_value_value_*", HEIGHT_OF_CURVE),
        DATA_ORIGIN,
    ),
)
# What a form of contrast adds: not in every table of genes.
OF_FORMS = ("step_p_value", "step_adj_p_value", *EXTREMES.names)
GENE_COLUMNS = tuple(name for name in GENES.names if name not in (*OF_FORMS, *DATA_ORIGIN.names))

DISPERSIONS = Table(
    "<cohort>/<model>/dispersions.tsv.gz",
    "a row per gene: how it was fitted",
    (
        _text("gene_id gene_name", "the gene"),
        _number("base_mean base_var", "mean and variance of its normalised counts"),
        _boolean("all_zero", "no read in any sample of the model"),
        _number(
            "dispersion_gene dispersion_trend dispersion_map",
            "from the gene alone; expected of genes of this mean; between the two",
        ),
        _number(
            "dispersion", "the one that tests use: `dispersion_map`, but `dispersion_gene` of a `dispersion_outlier`"
        ),
        _boolean("dispersion_outlier", "`dispersion_gene` lies far above the trend"),
        _boolean("converged", "whether the fits of dispersion and effects came to their end"),
        _number("max_cooks", "the largest Cook's distance of a sample"),
        _boolean("cooks_outlier", "whether the gene has an outlying count for which it gets no p-value"),
        _boolean("replaced", "whether an outlying count was replaced before the final fit"),
        _number(
            "mean_expression residual_variance residual_df",
            "of linear models, in place of all the above: mean, variance and its df of the gene's log2 values",
        ),
        _number(
            "prior_variance variance df",
            "of linear models: expected of genes of this mean; between both, with its df",
        ),
        DATA_ORIGIN,
    ),
)

PANEL = Table(
    "<cohort>/panel.tsv",
    "a row per model, contrast and panel gene: the columns of the panel, how well the gene is seen, its results",
    (
        COMPARISON,
        _text("gene_id", "the gene in the counts; empty where they have none"),
        _number(
            "median_count mean_cpm",
            "how well the gene is seen in the samples of the model: raw counts, counts per million",
        ),
        _integer("samples_with_counts", "samples with any read of it"),
        *GENES.columns[1:11],
        *GENES.columns[13:-1],
        _text("genome_wide_outcome", "the `outcome` of `genes.tsv.gz`"),
        _text(
            "status",
            "as in `genes.tsv.gz`, and `absent`: the counts have no such gene; `no_single_orthologue`: mice have none "
            "or several of this human gene",
        ),
        _text(
            "family",
            "the adjustment that decides: `primary (Holm)` for genes of the tier `primary`, `panel "
            "(Benjamini-Hochberg)` "
            "for all others",
        ),
        _number(
            "panel_adj_p_value panel_equivalence_adj_p_value",
            "Benjamini-Hochberg over the panel genes of the contrast, of `moderated_p_value` and `equivalence_p_value`",
        ),
        _number(
            "primary_adj_p_value primary_equivalence_adj_p_value", "Holm over its primary genes; missing for others"
        ),
        _number("panel_step_adj_p_value", "of trends: `step_p_value` adjusted in the family of the gene"),
        _text(
            "outcome",
            "as above, by the family of the gene. Independent filtering has no part in it: the panel was chosen before "
            "the data were seen",
        ),
        _text("reason", "why there is no genome-wide adjusted p-value, or why to read it with care; empty otherwise"),
        *COMPOSITION,
        *ONE_SAMPLE,
        *SECOND,
        *SENSITIVITY,
        FRACTION_ADJUSTED,
        DATA_ORIGIN,
    ),
    others=TEXT,
    others_meaning="as the panel has it",
)

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
            "what stands in the way of a test, for programs: `untestable` (counts cannot test it), `no_comparison`, "
            "`no_score`, `no_expectation` (the paper states none), `no_fusion_reads`, `no_single_orthologue` "
            "(in mice), `not_in_panel` (of this cohort), `no_estimate`, `no_direction`, "
            "`no_own_margin`, `no_equivalence`, `no_cells` (it needs single cells), `not_counted` (living cells were "
            "not); empty where there is a verdict",
        ),
        _text("words", "why: the direction; or the effect that would have been found; or why there is no test"),
        _number("verdict_p_value", "the adjusted p-value that decided, of a difference or of equivalence"),
        _text("unit", "of the effect: `log2`, `standard deviations` or, of claims on cells, `log2 odds ratio`"),
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

SCORES = Table(
    "<cohort>/scores.tsv",
    "a row per sample",
    (SAMPLE, _number("loop_*", "score of a BMP loop, log2"), DATA_ORIGIN),
    others=NUMBER,
    others_meaning="score of a gene set, in standard deviations; missing where it cannot be made",
)

SCORE_TESTS = Table(
    "<cohort>/score_tests.tsv",
    "a row per score and contrast",
    (
        COMPARISON,
        _text("score unit genes", "the score, its unit, the genes that it rests on"),
        _number(
            "estimate se ci_low ci_high stat df",
            "least squares with the design of the genes; t (of any difference that of the most different pair)",
        ),
        _text(
            "error",
            "how `se` and `df` were estimated: `welch` (groups vary each in their way), `pooled` (pairs), `hc3` "
            "(measurements), `cr2` (blocks of samples that vary together); see [statistics.md](statistics.md)",
        ),
        _number("p_value", "two-sided; of any difference after Bonferroni over the pairs of groups"),
        _number("equivalence_p_value", "loops only: against the margin"),
        _number(
            "min_detectable",
            "the effect that a single test would find with the configured power if samples vary as these do",
        ),
        _number("equivalence_margin", "loops only: the margin in the unit of the estimate"),
        _number("adj_p_value", "Benjamini-Hochberg over the scores of the contrast"),
        _text("outcome", "as for genes"),
        *COMPOSITION,
        _number("step_p_value", STEPS),
        _number("estimate_step_* ci_low_step_* ci_high_step_* p_value_step_*", EFFECT_OF_STEP),
        EXTREMES,
        _number("estimate_group_* ci_low_group_* ci_high_group_* p_value_group_*", EFFECT_OF_GROUP),
        _number("estimate_value_* ci_low_value_* ci_high_value_* p_value_value_*", HEIGHT_OF_CURVE),
        _text("reason", "why there is no test"),
        DATA_ORIGIN,
    ),
)

CORRELATIONS = Table(
    "<cohort>/correlations.tsv",
    "a row per model, pair of genes and kind",
    (
        _text("model", "the model whose samples these are"),
        _text("gene_1 gene_2", "the pair"),
        _text(
            "kind group",
            "`within` a group; `within_pooled`, what the groups have in common; `partial`, given groups and "
            "covariates; "
            "`pooled`, over all samples whatever their group",
        ),
        _integer("n", "samples"),
        _number("pearson pearson_ci_low pearson_ci_high p_value", "with Fisher's interval"),
        _number("permutation_p_value", "samples exchanged within groups"),
        _number("spearman spearman_ci_low spearman_ci_high", "of ranks"),
        _number("min_detectable", "the correlation that would have been found with a power of 0.8"),
        _text(
            "warning",
            "where the pooled value would mislead; or that a patient has several samples in the row, which then has no "
            "p-value and no interval",
        ),
        REASON,
        DATA_ORIGIN,
    ),
)

OUTCOMES = Table(
    "<cohort>/outcomes.tsv",
    "a row per outcome of patients and panel gene or score",
    (
        _text(
            "outcome_name kind outcome_unit",
            "the outcome as the configuration calls it; `survival` or `response`; its unit",
        ),
        _text("evidence", "`prediction`: levels of a sample against what became of the patient later"),
        _text("variable name", "`gene` or `score`; the symbol, or the score"),
        _text("gene_id tier", "of genes, as in `panel.tsv`; empty `gene_id`: not in the matrix"),
        _text(
            "measure per",
            "what `estimate` is, `hazard ratio` or `slope`; and per what: a doubling, a unit of the score",
        ),
        _text("covariates", "columns of the sheet that are held beside it"),
        _integer("patients events", "patients with a known outcome, one sample each; those with the event (survival)"),
        _number("events_per_variable", "events over coefficients of the model, covariates among them"),
        _integer("patients_with_counts", "of genes: patients with any read of it"),
        _number("estimate ci_low ci_high", "hazard ratio of Cox's model, or slope of least squares, with its interval"),
        _number("coefficient se df", "log hazard ratio or slope, its standard error, degrees of freedom (slopes)"),
        _number("p_value", "two-sided; Wald's test, or Student's t"),
        _text(
            "family", "the adjustment: Holm over primary genes, Benjamini-Hochberg over the panel or over the scores"
        ),
        _number("adj_p_value", "adjusted by it"),
        _number(
            "min_detectable",
            "the hazard ratio above 1, or slope, that a single test would find with the configured power (after "
            "Schoenfeld); one over it below 1",
        ),
        _text(
            "answer",
            "`higher_risk`, `lower_risk` (survival), `higher`, `lower` (response), with more of the gene or score; "
            "`undetermined`; `too_few_events`, `too_few_patients`; `not_testable`",
        ),
        REASON,
        DATA_ORIGIN,
    ),
)

GENE_SETS = Table(
    "<cohort>/gene_sets.tsv.gz",
    "a row per gene set and contrast",
    (
        COMPARISON,
        _text("file gene_set description", "of the GMT file"),
        _integer(
            "genes_written genes_absent genes_unknown genes_left_out",
            "names in the set; not in the matrix; of no gene or of several; primary genes, which are left out",
        ),
        _integer("genes_no_single_orthologue", "in cohorts of mice: human genes without a single orthologue"),
        _integer("size", "genes tested"),
        _number(
            "estimate stat",
            "mean normal score of the set's genes minus that of all others; t between them, genes taken as independent",
        ),
        _number("correlation", "mean correlation of the set's genes beside the design, or the preset one"),
        _number(
            "p_value p_value_independent adj_p_value",
            "with the correlation of genes allowed for, without it, and the first adjusted by Benjamini-Hochberg "
            "over the "
            "file",
        ),
        _number(
            "rotation_p_value",
            "whether the set changes on average, whatever other genes do (rotation test, not adjusted)",
        ),
        _number("share_up", "share of genes with a positive statistic"),
        _text("status", "`tested`, `too_few` or `too_many` genes (5 to 500 are tested)"),
        _integer("hits", "significant genes in the direction of the set"),
        _text("genes_hit", "the names of the first 20 of them"),
        _number(
            "enrichment_score nes",
            "enrichment score of ranked genes (GSEA, weight 1), and divided by the mean of random sets of that size "
            "and sign; they describe, `p_value` decides",
        ),
        _integer("leading_edge", "genes of the set up to the peak of the enrichment score"),
        _text("leading_edge_genes", "the names of the 10 strongest of them"),
        _text(
            "folded_into",
            "the clearer set of the same file that stands for this one, since both share half of their genes or more "
            "(Jaccard index) and change to the same side; empty where the set stands for itself",
        ),
        _integer("similar_sets", "sets that are folded into this one"),
        DATA_ORIGIN,
    ),
)

ACTIVITIES = Table(
    "<cohort>/activities.tsv.gz",
    "a row per regulator of a network and contrast (with `networks`)",
    (
        COMPARISON,
        _text("file regulator", "the network, and the regulator as it is written there"),
        _integer(
            "targets_written targets_absent targets_unknown targets_left_out",
            "its targets in the file; not in the matrix; of no gene, of several, or of one gene with contrary signs; "
            "primary genes, which are nobody's targets",
        ),
        _integer("targets_no_single_orthologue", "in cohorts of mice: human genes without a single orthologue"),
        _integer("size raised", "targets tested; those among them that rise with the regulator (weight above 0)"),
        _number(
            "estimate stat",
            "activity: change of the normal score per unit of weight; t of this slope over all genes, genes taken as "
            "independent (ULM)",
        ),
        _number("variance_inflation", "how many times the targets vary together beside the design, at least 1"),
        _number(
            "p_value p_value_independent adj_p_value",
            "with that allowed for, without it, and the first adjusted by Benjamini-Hochberg over the file",
        ),
        _number(
            "rotation_p_value",
            "whether the weighted targets change, whatever other genes do (rotation test, not adjusted)",
        ),
        _number("share_agreeing", "share of the targets whose normal score has the sign of their weight"),
        _text("status", "`tested`, or `too_few` targets (5 or more are tested)"),
        _integer("hits", "significant targets that go the way of `stat`"),
        _text("targets_hit", "the names of the first 20 of them"),
        DATA_ORIGIN,
    ),
)

QUALITY = Table(
    "<cohort>/quality.tsv",
    "a row per sample",
    (
        SAMPLE,
        _number("library_size", "counts of the sample"),
        _integer("detected_genes", "genes with any read"),
        _number("median_level level_iqr", "of log expression, in place of what is known of counts: median and spread"),
        _number("top_100_share", "share of the counts that the 100 most counted genes take"),
        _number("size_factor", "what counts are divided by to be compared between samples"),
        _number(
            "xist_cpm y_cpm",
            "counts per million of XIST, and of RPS4Y1 and DDX3Y together; in mice of Xist, of Ddx3y and Eif2s3y",
        ),
        _text("sex_by_genes sex_flag", "the sex that these genes show; where the sheet says another"),
        _text("outlier_flag", "why the sample is unlike the others; empty where it is not"),
        DATA_ORIGIN,
    ),
)

FRACTIONS = Table(
    "fractions.tsv",
    "a row per sample, with `fraction_reference`",
    (
        SAMPLE,
        _number(
            "fraction_low fraction_estimate fraction_high",
            "the share of the leukaemic profile in the RNA, ESTIMATED from expression, and its range",
        ),
        _number(
            "explained", "the sum of the weights of all profiles, 1 where they account for the markers of the sample"
        ),
        _number("marker_reads", "reads of the markers, per length where the profiles are"),
        REASON,
        _text("origin", "`estimated`"),
        _number("measured", "`leukemic_fraction` of the sheet, which is used where it is known"),
        DATA_ORIGIN,
    ),
)

FRACTION_DRAWS = Table(
    "fraction_draws.tsv.gz",
    "a row per sample, with `fraction_reference`: what the range rests on",
    (
        SAMPLE,
        _number(
            "share_* own_* rest_*",
            "the estimate with markers drawn anew: of all, of the leukaemic profile alone, of the others alone",
        ),
        DATA_ORIGIN,
    ),
)

FRACTION_MARKERS = Table(
    "fraction_markers.tsv",
    "a row per marker, with `fraction_reference`",
    (_text("profile gene_id", "the profile and its marker"), DATA_ORIGIN),
)

STATE_OF_CELLS = _text("state", "the state of the cells; empty where they have none")

CELL_LIMITS = Table(
    "<cohort>/cells/limits.tsv",
    "a row per sample and state of a cohort of cells: the limits that cells had to keep",
    (
        SAMPLE,
        STATE_OF_CELLS,
        _integer("cells above_floors", "cells; those with `min_umi` counts and `min_genes` genes"),
        _text(
            "limits_from",
            "the cells that the limits follow: `sample and state`, `state`, `sample`, or the `floors` alone",
        ),
        _number(
            "umi_low umi_high genes_low genes_high mito_high",
            "limits of counts, of genes, of the share of mitochondrial counts",
        ),
        DATA_ORIGIN,
    ),
)

PSEUDOBULKS = Table(
    "<cohort>/cells/pseudobulks.tsv",
    "a row per sample and state of a cohort of cells: what became of its cells",
    (
        SAMPLE,
        STATE_OF_CELLS,
        _integer("cells_before_quality cells", "cells of the sample with this state; those that were kept"),
        _number("kept_share", "the share of cells that were kept"),
        _integer("counts", "counts of the kept cells"),
        _number("umi_per_cell genes_per_cell", "means over the kept cells"),
        _integer("doublets", "kept cells that are likely doublets; missing where none was looked for"),
        _number("doublet_share", "their share"),
        _number("fusion_positive fusion_negative", "kept cells with these calls of the fusion; missing without calls"),
        _number("leukemic_fraction", "positive / (positive + negative)"),
        _integer("common_depth", "the depth at which shares of cells are compared; 0 where the sample takes no part"),
        _integer("cells_at_depth", "cells with so many counts or more"),
        _text("status", "`summed`, or why not"),
        DATA_ORIGIN,
    ),
)

LOST_CELLS = Table(
    "<cohort>/cells/lost.tsv",
    "a row per group of cells, or sum of cells, that was left out",
    (
        SAMPLE,
        STATE_OF_CELLS,
        _integer("cells", "how many cells"),
        _integer("counts", "their counts; -1 of cells that were left out one by one"),
        _text("left_out_of", "`sums and fractions`, or `fractions` alone"),
        _text("reason", "why"),
        DATA_ORIGIN,
    ),
)

UNEQUAL_LOSSES = Table(
    "<cohort>/cells/unequal_losses.tsv",
    "a row per model, contrast, state and pair of groups of which one kept twice the share of its cells or more",
    (
        COMPARISON,
        _text("state", "the state of the cells; empty where they have none"),
        _text("group_low group_high", "the group that kept less of its cells, and the one that kept more"),
        _number("kept_low kept_high", "the share of cells that either kept: geometric means over its samples"),
        _number("ratio", "`kept_high / kept_low`"),
        DATA_ORIGIN,
    ),
)

OF_ODDS = (
    _number(
        "odds_ratio ci_low ci_high",
        "the tested group against the reference, with its interval; of a trend per step, of a measurement per unit",
    ),
    _number("log_odds_ratio log_odds_error", "its natural logarithm and the error of that"),
    _number("stat df p_value", "Student's t with its degrees of freedom (F of a contrast without direction)"),
    _number("adj_p_value", "Benjamini-Hochberg over the rows of the contrast"),
)

DETECTION = Table(
    "<cohort>/cells/detection.tsv.gz",
    "a row per model, contrast and gene of a cohort of cells: the shares of cells in which it is detected",
    (
        COMPARISON,
        _text("state", "the state of the compared cells; empty where they have none"),
        _integer("common_depth", "the depth at which shares are compared; 0 without a test"),
        _text("gene_id gene_name symbol", "the gene; as the panel calls it, empty of other genes"),
        _text(
            "status",
            "`tested`; `not detected at this depth` or `detected in nearly all cells` (fewer than 3 cells with, or "
            "without it); `not_tested`: the comparison cannot be made",
        ),
        _number("positives", "cells of all compared samples that would show the gene at the common depth"),
        _number(
            "fraction fraction_tested fraction_reference",
            "mean share of cells at the common depth: of all samples, of each group",
        ),
        _number(
            "own_depth_tested own_depth_reference", "the same at the cells' own depth, which differs between samples"
        ),
        _number("fraction_group_* own_depth_group_*", "of each group, where several are compared"),
        *OF_ODDS,
        _number("plain_p_value", "the same test with the gene's own variance only"),
        _number("equivalence_p_value", "two one-sided t tests against an odds ratio of 2 to the `equivalence_margin`"),
        _number("detectable_odds_ratio", "the odds ratio that a single test would find with the configured power"),
        _text(
            "ambient",
            "`above` where more cells show the gene than ambient RNA alone would make, `not_above`, `not_known` (no "
            "droplets were given, or no haemoglobin tells)",
        ),
        _number("ambient_positives", "cells that ambient RNA alone would make positive, at most"),
        REASON,
        DATA_ORIGIN,
    ),
)

AMBIENT = Table(
    "<cohort>/cells/ambient.tsv",
    "a row per sample of a cohort of cells: the share of its counts that is ambient RNA",
    (
        SAMPLE,
        _text("kind", "`bounded`, or `not_known`"),
        _text(
            "obstacle",
            "`no_raw`: no droplets were given; `no_haemoglobin`: not among the genes, or not in the droplets; "
            "`no_other_cells`: all states make haemoglobin",
        ),
        _text("making", "states that make haemoglobin themselves, so that it tells nothing in them"),
        _integer("haemoglobin counts", "counts of haemoglobins in the other states; all counts of these"),
        _number("soup_share", "the share of haemoglobins in the droplets, or without them in all cells of the sample"),
        _number("contamination contamination_upper", "share of the counts that is ambient: estimate, upper limit"),
        DATA_ORIGIN,
    ),
)

CELL_SHARES = Table(
    "<cohort>/cells/shares.tsv.gz",
    "a row per sum of cells and panel gene",
    (
        SAMPLE,
        _text("symbol", "the panel gene"),
        _integer("cells cells_at_depth", "kept cells; those as deep as the common depth or deeper"),
        _number(
            "fraction", "the share of cells with the gene at the common depth; missing where the sample is too shallow"
        ),
        _number("own_fraction", "the same at the cells' own depth"),
        _number("ambient_fraction", "the share that ambient RNA alone would make, at most; missing where not known"),
        DATA_ORIGIN,
    ),
)

SURVIVORS = Table(
    "<cohort>/cells/survivors.tsv",
    "three rows per model, contrast and panel gene of a cohort of cells: living positive and negative cells",
    (
        COMPARISON,
        _text("state symbol", "the state of the compared cells; the panel gene"),
        _text(
            "what",
            "`positives`, `negatives`: living cells with and without the gene, the tested group against the reference; "
            "`difference`: of the two, the odds ratio of the share",
        ),
        _number("ratio ci_low ci_high", "the ratio and its interval"),
        _number("log_ratio log_error stat df p_value", "its natural logarithm, the error of that, Student's t"),
        _number("detectable_ratio", "the ratio that a single test would find with the configured power"),
        _text(
            "reading",
            "`selection` (positives fell, negatives fell more), `induction` (positives grew), `not_told_apart`, "
            "`no_rise`",
        ),
        _text("obstacle", "`no_viable_cells`: the sheet does not count living cells; `undecided`"),
        REASON,
        DATA_ORIGIN,
    ),
)

SURVIVOR_PATIENTS = Table(
    "<cohort>/cells/survivor_patients.tsv",
    "a row per model, contrast, panel gene and patient with samples in both groups",
    (
        COMPARISON,
        _text("symbol patient", "the panel gene; the patient"),
        _number(
            "log_ratio_positives log_ratio_negatives difference", "natural logarithms of the ratios in this patient"
        ),
        DATA_ORIGIN,
    ),
)

STATE_SHARES = Table(
    "<cohort>/cells/composition.tsv",
    "a row per model, contrast and state of a cohort of cells: its share of the kept cells",
    (
        COMPARISON,
        _text("state", "the state; empty where the comparison cannot be made"),
        _text("status", "`tested`, `too few cells`, `nearly all cells`, or `not_tested`"),
        _integer("cells", "its cells in all compared samples"),
        _number("share share_tested share_reference", "its mean share: of all samples, of each group"),
        *OF_ODDS[:-1],
        _number("adj_p_value", "Benjamini-Hochberg over the states, from six on; else missing"),
        _number("clr_p_value", "the same of centred log ratios, in which one large state moves the others less"),
        _number("equivalence_p_value detectable_odds_ratio", "as in `detection.tsv.gz`"),
        REASON,
        DATA_ORIGIN,
    ),
)

CODETECTION = Table(
    "<cohort>/cells/codetection.tsv",
    "a row per model, contrast and pair of genes of a cohort of cells: whether they are seen in the same cells",
    (
        COMPARISON,
        _text("ligand receptor state", "the genes; the state of the cells"),
        _text("status", "`tested`, or why not"),
        _integer("patients cells", "patients that the test rests on, and their cells"),
        _number(
            "both expected", "cells with both genes; how many there would be without relation, given depth and state"
        ),
        *OF_ODDS[:-1],
        _number("adj_p_value", "Benjamini-Hochberg over the pairs of the model"),
        _number("equivalence_p_value", "as in `detection.tsv.gz`"),
        _number("detectable_odds_ratio", "the odds ratio that a single test would find with the configured power"),
        _number(
            "unstratified_odds_ratio", "of one table of all cells: depth alone makes it larger than 1. No test uses it"
        ),
        REASON,
        DATA_ORIGIN,
    ),
)

CODETECTION_PATIENTS = Table(
    "<cohort>/cells/codetection_patients.tsv",
    "a row per model, pair of genes and patient",
    (
        _text("model ligand receptor state patient", "the model, the genes, the state of the cells, the patient"),
        _text("status", "`tested`, or why the patient takes no part"),
        _integer("cells bins", "cells; bins of depth in each sample"),
        _integer("ligand_positive receptor_positive both", "cells with either gene, and with both"),
        _number("expected", "cells with both that there would be without relation, given depth"),
        _number("log_odds_ratio log_odds_error", "natural logarithm of the odds ratio of this patient, and its error"),
        DATA_ORIGIN,
    ),
)

LIGAND_SHARES = Table(
    "<cohort>/cells/makers.tsv",
    "a row per gene of a pair, sample and state: who makes it",
    (
        _text("gene sample state", "the gene, the sample, the state of the cells"),
        _integer("cells counts", "cells of the state; counts of the gene in them"),
        _number("share", "the state's share of the counts of the gene in the sample"),
        _number("cell_share count_share", "its share of the cells, and of the counts of all genes, in the sample"),
        DATA_ORIGIN,
    ),
)

ASSOCIATIONS = Table(
    "<cohort>/associations.tsv",
    "a row per principal component and column of the sheet",
    (
        _text("component column", "the component; the column"),
        _integer("samples", "samples for which the column says something"),
        _number("r_squared p_value", "share of the component's variance that the column explains; test of it"),
        DATA_ORIGIN,
    ),
)

UNWANTED_FACTORS = Table(
    "<cohort>/<model>/unwanted_factors.tsv",
    "a row per factor of unwanted variation and column of the sheet",
    (
        _text("way", "what the factors are estimated from: `residuals`, `reference_genes`"),
        _text("factor in_fit", "the factor; whether the fit holds it (`yes`, `no`)"),
        _text("column", "the column of the sheet"),
        _integer("samples", "samples for which the column says something"),
        _number("r_squared p_value", "share of the factor's variance that the column explains; test of it"),
        _text("reason", "why there is no factor"),
        DATA_ORIGIN,
    ),
)

SAMPLES = Table(
    "<cohort>/<model>/samples.tsv",
    "a row per sample of the fit",
    (
        SAMPLE,
        _number("leukemic_fraction", "as the sheet has it"),
        _text("in *", "which group the sample is in, in the contrast of this name; empty where it is in none"),
        DATA_ORIGIN,
    ),
    others=TEXT,
    others_meaning="as the sheet has it: the columns of the design, and the patient",
)

DESIGN = Table(
    "<cohort>/<model>/design.tsv",
    "a row per sample of the fit: the design matrix",
    (SAMPLE, DATA_ORIGIN),
    others=NUMBER,
    others_meaning="a coefficient; factors of unwanted variation are called `(unwanted 1)` and so on",
)

SINGLE_SAMPLES = Table(
    "<cohort>/<model>/single_samples.tsv.gz",
    "a row per contrast, panel gene and sample that is left out",
    (
        _text("contrast gene_id sample", "the contrast, the gene, the sample left out"),
        _number("log2_fc moderated_p_value", "the effect and its p-value without the sample"),
        DATA_ORIGIN,
    ),
)

SECOND_OPINION = Table(
    "<cohort>/<model>/second_opinion.tsv.gz",
    "a row per contrast, other method and gene",
    (
        _text("contrast", "the contrast"),
        _text("method", "`voom`: linear models of log counts with voom's weights; `pydeseq2`: PyDESeq2"),
        _text("gene_id", "as in `genes.tsv.gz`"),
        _number("log2_fc lfc_se ci_low ci_high", "effect, error and interval (voom: moderated t; PyDESeq2: normal)"),
        _number(
            "df p_value", "moderated t, or F of a contrast without direction; of PyDESeq2 Wald's test (df infinite)"
        ),
        _number("equivalence_p_value", "two one-sided tests against the margin, t or normal"),
        _number(
            "adj_p_value",
            "Benjamini-Hochberg over the genes of the method; of PyDESeq2 after its own independent filtering",
        ),
        _text("outcome", "as in `genes.tsv.gz`"),
        DATA_ORIGIN,
    ),
)

CHANGED_FITS = Table(
    "<cohort>/<model>/sensitivity.tsv.gz",
    "a row per contrast, fit with one thing changed, and panel gene",
    (
        _text("contrast", "the contrast"),
        _text("kind", "`donor`, `without`, `with`, `unwanted`, `normalisation`, `filter` or `cells`"),
        _text(
            "changed",
            "what was changed, for programs: the donor left out (several with a vertical bar between them), the column "
            "less or more in the design, the source of the factors (`residuals`, `reference_genes`, `none`), the size "
            "factors (`reference_genes`, `all_genes`, `poscounts`), the filter (`filterByExpr`, `none`), of sums of "
            "cells the counts (`equal_cells`, `without_doublets`)",
        ),
        _text("variant", "the same in words"),
        _text("gene_id", "the gene; empty where the fit cannot answer the contrast"),
        _number("log2_fc lfc_se ci_low ci_high p_value moderated_p_value equivalence_p_value", "as in `genes.tsv.gz`"),
        _text("reason", "why the fit cannot answer"),
        DATA_ORIGIN,
    ),
)

# What effects of several cohorts must share to be put together: the comparison, whether patients are in the state or
# will come to it, the form of contrast, and what one unit of the effect is (a year of age is no standard deviation).
STRATUM = (
    _text("role population comparison", "the role of a contrast, and what the claims say of it"),
    _text("evidence", "`state` or `prediction`"),
    _text("species", "`human`, `mouse`, or as the configuration calls another one; never put together"),
    _text("origin", "`measured` or `SIMULATED`; never put together. Of published effects, what their paper did"),
    _text("form unit", "the form of contrast; what its effect is per: a unit of a measurement, a step of a trend"),
)

EFFECTS = Table(
    "summary/effects.tsv",
    "a row per role, cohort and panel gene",
    (
        *STRATUM,
        _text("cohort cohort_title model contrast", "the comparison"),
        _text("symbol gene_id tier", "the gene, as in `panel.tsv`; of mice under its human symbol"),
        _number(
            "log2_fc lfc_se ci_low ci_high p_value df moderated_p_value equivalence_margin min_detectable_log2_fc",
            "as in `panel.tsv`",
        ),
        _text("outcome status", "as in `panel.tsv`; the status of effects of a published table is `published`"),
        _text("reason", "why the effect is not put together with others"),
        _text("data_origin", "`measured`, `SIMULATED`, or of a published table `published` (`SIMULATED, published`)"),
    ),
)

META_ANALYSIS = Table(
    "summary/meta_analysis.tsv",
    "a row per role, `evidence`, species, `form` of contrast, `unit` and gene, apart for measured and simulated "
    "cohorts ([statistics.md](statistics.md) says by whose methods)",
    (
        *STRATUM,
        _text("symbol gene_id tier", "the gene"),
        _text("left_out", "empty: all cohorts; else the cohort without which the row was made"),
        _integer("cohorts", "cohorts with an estimate"),
        _integer("published", "how many of them are published tables"),
        _text("cohort_names", "which these are"),
        _integer("higher lower", "how many of them lie above and below zero"),
        _number(
            "common_log2_fc common_se common_ci_low common_ci_high",
            "the effect if all had the same; describes, decides nothing",
        ),
        _number("q q_p_value", "Cochran's Q, whether they can have the same"),
        _number(
            "log2_fc lfc_se ci_low ci_high p_value equivalence_p_value",
            "random effects: mean, with Hartung-Knapp error; from four cohorts on, else missing with a `reason`",
        ),
        _number(
            "tau2 tau2_paule_mandel i2 hk_factor",
            "variance between cohorts by REML and by another method; its share of all variance; the Hartung-Knapp "
            "factor "
            "before it was kept from falling below 1",
        ),
        _number("predicted_low predicted_high", "where the effect of a further cohort is expected"),
        _number(
            "equivalence_margin",
            "the margin in the unit of the effect; of measurements that reach differently far the smallest of the "
            "cohorts",
        ),
        _text("family", "as in `panel.tsv`, over the genes of the role"),
        _number("adj_p_value equivalence_adj_p_value", "as in `panel.tsv`, over the genes of the role"),
        _text("outcome", "as in `panel.tsv`, over the genes of the role"),
        _number("leave_one_out_low leave_one_out_high", "range of `log2_fc` without one cohort"),
        _integer("leave_one_out_other", "how many of these have another outcome"),
        REASON,
        _text(
            "data_origin",
            "`measured` or `SIMULATED`; with `, partly published` where published tables are among the "
            "cohorts, and `published` where all are",
        ),
    ),
)

SUMMARY_CLAIMS = Table(
    "summary/claims.tsv",
    "a row per claim",
    (
        _text("title claim statement gene score", "as the file of claims has them"),
        _text("of_cells cells_subject", "of a claim on single cells: what it is about, as in `<cohort>/claims.tsv`"),
        _text("population comparison expected", "as the file of claims has them"),
        _text("verdict_* words_* obstacle_*", "the verdict of each cohort, why, and what stands in the way of a test"),
        _text(
            "pooled_verdict_* pooled_words_* pooled_obstacle_*",
            "the verdict on pooled effects, by kind of cohorts, where four or more can be pooled",
        ),
        _text(
            "data_origin",
            "`measured`, `SIMULATED`, or `partly SIMULATED` where only some cohorts are; with `, partly published` "
            "where published tables are among them",
        ),
    ),
)

PUBLISHED = Table(
    "summary/published.tsv",
    "a row per published table of effects",
    (
        _text("cohort title", "the entry of `published`, and its title"),
        _text("citation doi", "where the effects come from"),
        _text(
            "role tested reference",
            "the comparison that they answer, and its groups in words; up is higher in `tested`",
        ),
        _integer("samples_tested samples_reference", "samples of either group, as the paper says"),
        _text("scale", "the scale of the table, from which effects were brought to log2"),
        _text("error_from", "how the errors were found"),
        _number("df", "degrees of freedom of intervals and tests; infinite for the normal distribution"),
        _integer("genes known_genes panel_genes", "genes of the table, those known by name, and those of the panel"),
        _text("missing", "what is not known without counts"),
        _text("warnings", "what stands against the table"),
        _text("data_origin", "`published`, or `SIMULATED, published`"),
    ),
)

CHANGES = Table(
    "compare.tsv",
    "a row per change between two runs",
    (
        _text("kind", "`input`, `config`, `seed`, `version`, `code`, `claim`, `gene`"),
        _text("model contrast", "the comparison; of the summary the kind of cohorts and of comparison, and the role"),
        _text("name change field", "what changed, how (`changed`, `appeared`, `disappeared`), and in which column"),
        _text("old new", "its values"),
        _text("cohort", "the cohort, or `summary`"),
    ),
)

TABLES = (
    GENES, DISPERSIONS, SAMPLES, DESIGN, UNWANTED_FACTORS, SINGLE_SAMPLES, SECOND_OPINION, CHANGED_FITS, PANEL, CLAIMS,
    SCORES, SCORE_TESTS, CORRELATIONS, OUTCOMES, GENE_SETS, ACTIVITIES, QUALITY, ASSOCIATIONS, EFFECTS, META_ANALYSIS,
    SUMMARY_CLAIMS, PUBLISHED, FRACTIONS, FRACTION_DRAWS, FRACTION_MARKERS, CELL_LIMITS,
    PSEUDOBULKS, LOST_CELLS, UNEQUAL_LOSSES, AMBIENT, DETECTION, CELL_SHARES, SURVIVORS, SURVIVOR_PATIENTS,
    STATE_SHARES,
    CODETECTION, CODETECTION_PATIENTS, LIGAND_SHARES, CHANGES,
)  # fmt: skip


def table_at(path: str | PurePath) -> Table:
    """Return the table that a file holds, by its name; of two of one name by the folder, too.

    Raises
    ------
    KeyError
        If no table is called so.
    """
    path = PurePath(path)
    named = [table for table in TABLES if PurePath(table.path).name == path.name]
    if not named:
        raise KeyError(f"{path.name} is the name of no table (autocrine/columns.py)")
    return next((table for table in named if PurePath(table.path).parent.name == path.parent.name), named[0])


def taken_by_results(names: Sequence[str]) -> list[str]:
    """Return those names that a panel may not have as columns, since results have them."""
    return [name for name in names if any(fnmatchcase(name, known) for part in PANEL.columns for known in part.names)]
