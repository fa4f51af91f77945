"""Columns of fits: samples and design, dispersions, factors of unwanted variation, fits beside the main one."""

from autocrine.columns.kinds import NUMBER, TEXT, Columns, Table, _boolean, _integer, _number, _text
from autocrine.columns.shared import DATA_ORIGIN, EXTREMES, SAMPLE, STEPS

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
            "dispersion",
            "the one that R DESeq2's tests use: `dispersion_map`, but `dispersion_gene` of a `dispersion_outlier`",
        ),
        _number(
            "dispersion_moderated", "the one that moderated tests use: without the bias of the trend at low counts"
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
        Columns(
            ("in *",),
            TEXT,
            "the group that the sample is in, in the contrast of this name; empty where it is in none. Contrasts along "
            "a measurement have no such column",
        ),
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
        _number("step_p_value", STEPS),
        EXTREMES,
        _text("reason", "why the fit cannot answer"),
        DATA_ORIGIN,
    ),
)
