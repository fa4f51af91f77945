"""Columns of single cells."""

from autocrine.columns.kinds import Table, _integer, _number, _text
from autocrine.columns.shared import COMPARISON, DATA_ORIGIN, REASON, SAMPLE

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
        _number(
            "equivalence_p_value",
            "two one-sided t tests against an odds ratio of 2 to the configured margin; with several groups of any two",
        ),
        _number("detectable_odds_ratio", "the odds ratio that a single test would find with the configured power"),
        _number(
            "equivalence_margin",
            "the margin as a natural log odds ratio, in the unit of the effect; missing with several groups",
        ),
        _text(
            "ambient",
            "`above` where more cells show the gene than ambient RNA alone would make, `not_above`, `not_known` (no "
            "droplets were given, or no haemoglobin shows it)",
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
        _text("making", "states that make haemoglobin themselves, so that it shows nothing in them"),
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
        _number(
            "adj_p_value",
            "adjusted over the panel genes of the contrast; of positives and negatives, which are read only where the "
            "difference is sure, the larger of both p-values is adjusted",
        ),
        _text("family", "`primary (Holm)` or `panel (Benjamini-Hochberg)`, as in `panel.tsv`"),
        _number("detectable_ratio", "the ratio that a single test would find with the configured power"),
        _text(
            "reading",
            "`selection` (positives fell, negatives fell more), `induction` (positives grew), "
            "`selection_or_induction`, `no_rise`: of the gene alone, by `p_value`; claims, which are families of their "
            "own, rest on it",
        ),
        _text("adj_reading", "the same by `adj_p_value`: what the report says of the gene"),
        _text("obstacle", "`no_viable_cells`: the sheet does not count the living cells of every sample; `undecided`"),
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
        _text(
            "status",
            "`tested`, `too few cells`, `nearly all cells`, or `not_tested`; odds ratio, interval and equivalence are "
            "missing where one of the groups has no cell of the state, or of no other",
        ),
        _integer("cells", "its cells in all compared samples"),
        _number("share share_tested share_reference", "its mean share: of all samples, of each group"),
        *OF_ODDS[:-1],
        _number("adj_p_value", "Benjamini-Hochberg over the states, from six on; else missing"),
        _number("clr_p_value", "the same of centred log ratios, in which one large state moves the others less"),
        _number("equivalence_p_value detectable_odds_ratio equivalence_margin", "as in `detection.tsv.gz`"),
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
        _integer(
            "doublets",
            "cells of the state that are marked as likely doublets; missing, as the columns that follow, where none is "
            "marked in the samples of the model",
        ),
        _text("status_without_doublets", "the same test without these cells: `tested`, or why not"),
        _integer("patients_without_doublets", "patients that it rests on"),
        _number(
            "odds_ratio_without_doublets ci_low_without_doublets ci_high_without_doublets",
            "its odds ratio and interval",
        ),
        _number(
            "log_odds_ratio_without_doublets log_odds_error_without_doublets df_without_doublets "
            "p_value_without_doublets",
            "its natural logarithm, the error of that, Student's t",
        ),
        _number(
            "adj_p_value_without_doublets equivalence_p_value_without_doublets detectable_odds_ratio_without_doublets",
            "as those above",
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
