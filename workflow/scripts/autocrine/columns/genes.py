"""Columns of genes in contrasts, of all of them and of the panel."""

from autocrine.columns.kinds import TEXT, Table, _integer, _number, _text
from autocrine.columns.shared import (
    COMPARISON,
    COMPOSITION,
    DATA_ORIGIN,
    EFFECT_OF_GROUP,
    EFFECT_OF_STEP,
    EXTREMES,
    HEIGHT_OF_CURVE,
    STEPS,
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
            "log2 fold change (tested over reference; of a trend per step, of a measurement per unit), R DESeq2's "
            "standard error, and the interval, of `moderated_se` and `df`",
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
            "moderated_se df moderated_p_value moderated_adj_p_value",
            "the moderated t test of the same effect: its standard error, without the bias of the dispersion trend at "
            "low counts; degrees of freedom, which take the dispersion as estimated; p-value, adjusted likewise. "
            "Panel, claims, intervals and equivalence rest on it",
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
            "`tested`; `filtered` (too low: no adjusted p-value); `unread` (no read in the compared groups, counts "
            "that were replaced as outliers aside; effect 0 and p 1 are R DESeq2's convention); `low_counts` (left out "
            "before the fit by `low_count_filter`, or by a linear model of counts); `outlier` (one sample decides: no "
            "p-value); `not_converged`; `all_zero`",
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
