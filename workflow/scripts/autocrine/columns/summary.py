"""Columns of the summary over cohorts, published tables among them."""

from autocrine.columns.kinds import Table, _integer, _number, _text
from autocrine.columns.shared import REASON

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
        _text("cohort_names", "which these are; empty where one is `left_out`"),
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

POOLED_GENES = Table(
    "summary/pooled_genes.tsv.gz",
    "a row per role, `evidence`, species, `form` of contrast, `unit`, `kind` of values and gene of the genome that a "
    "cohort has an estimate of; by the methods of `meta_analysis.tsv`",
    (
        *STRATUM,
        _text(
            "kind",
            "`all`: all cohorts; where these differ, also `bulk`, `cells` (sums of single cells), `arrays` (log "
            "expression) and `published` (published tables) alone",
        ),
        _text("gene_id symbol", "the gene; of mice its single human orthologue, where there is one"),
        _integer("cohorts published", "cohorts with an estimate; how many of them are published tables"),
        _integer("higher lower", "how many of them lie above and below zero"),
        _number("common_log2_fc common_se common_ci_low common_ci_high q q_p_value", "as in `meta_analysis.tsv`"),
        _number("log2_fc lfc_se ci_low ci_high p_value", "as in `meta_analysis.tsv`; missing below four cohorts"),
        _number("adj_p_value", "adjusted over these genes (Benjamini-Hochberg)"),
        _number("tau2 i2 predicted_low predicted_high", "as in `meta_analysis.tsv`"),
        _text("data_origin", "as in `meta_analysis.tsv`"),
    ),
)

SUMMARY_CLAIMS = Table(
    "summary/claims.tsv",
    "a row per claim",
    (
        _text("title claim statement gene score", "as the file of claims has them"),
        _text("of_cells cells_subject", "of a claim on single cells: what it is about, as in `<cohort>/claims.tsv`"),
        _text("population comparison expected", "as the file of claims has them"),
        _text("verdict_* words_* obstacle_*", "the verdict of each cohort, why, and what prevents a test"),
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
        _text("warnings", "what speaks against the table"),
        _text("data_origin", "`published`, or `SIMULATED, published`"),
    ),
)
