"""Columns of gene sets and of regulators."""

from autocrine.columns.kinds import Table, _integer, _number, _text
from autocrine.columns.shared import COMPARISON, DATA_ORIGIN

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
            "the clearer set of the same file that represents this one, since both share half of their genes or more "
            "(Jaccard index) and change to the same side; empty where the set represents itself",
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
