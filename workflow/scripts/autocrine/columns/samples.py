"""Columns of values per sample: quality, scores with their tests and correlations, leukaemic fractions."""

from autocrine.columns.kinds import NUMBER, Table, _integer, _number, _text
from autocrine.columns.shared import (
    COMPARISON,
    COMPOSITION,
    DATA_ORIGIN,
    EFFECT_OF_GROUP,
    EFFECT_OF_STEP,
    EXTREMES,
    HEIGHT_OF_CURVE,
    REASON,
    SAMPLE,
    STEPS,
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
            "how `se` and `df` were estimated: `welch` (groups vary each in their way), `pooled` (pairs; or too few "
            "samples beside covariates for variances of their own), `hc3` (measurements), `cr2` (blocks of samples "
            "that vary together); see [statistics.md](statistics.md)",
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
