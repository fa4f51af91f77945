"""Write the tables of one cohort as a spreadsheet file."""

from functools import partial
from pathlib import Path

import pandas as pd

from autocrine.column_descriptions import explain
from autocrine.page.claims_sheet import explain_claims, in_own_units
from autocrine.page.workbook import Sheet, write_workbook
from autocrine.run.job import job
from autocrine.tables import read_header, read_table, write_whole

# Columns of the gene tables for a second look, which would make the file twice as large.
LEFT_OUT = [
    *("lfc_se", "stat", "df", "log2_fc_shrunken", "lfc_se_shrunken", "moderated_p_value", "moderated_adj_p_value"),
    *("equivalence_margin", "equivalence_p_value", "equivalence_adj_p_value"),
    *("threshold_p_value", "threshold_adj_p_value", "min_detectable_log2_fc", "dispersion", "max_cooks"),
]
# Name of the file -> the sheet, and what it holds.
OF_CELLS = {
    "pseudobulks.tsv": ("cells", "What became of the cells of each sample and state"),
    "detection.tsv.gz": ("shares of cells", "Shares of cells with each panel gene, at equal depth"),
    "survivors.tsv": ("living cells", "Living cells with and without each panel gene"),
    "composition.tsv": ("shares of states", "Shares of states among the kept cells"),
    "codetection.tsv": ("genes in same cells", "Whether two genes are seen in the same cells"),
    "codetection_patients.tsv": ("same cells, patients", "The same of each patient"),
    "makers.tsv": ("makers", "Which states make the genes of the pairs"),
    "lost.tsv": ("lost cells", "Cells and sums that were left out, with the reason"),
}
# Beside those found, this many of the clearest sets per comparison and file.
TOP_SETS = 15


def main(inputs, title, titles, alpha, data_origin, output):
    """Write `tables.xlsx`; the gene tables in `inputs` follow `titles`: model, contrast and their titles."""
    sheets = [
        *_optional(
            inputs.claims,
            "claims",
            "Every claim with its verdict and its evidence, each effect in the unit of its row (claims.tsv)",
            lambda path: in_own_units(read_table(path)),
        ),
        *_optional(
            next(iter(inputs.outcomes), None),
            "outcomes",
            "Panel genes and scores against what became of the patients: prediction (outcomes.tsv)",
        ),
        Sheet("panel", "Every panel gene in every comparison (panel.tsv)", partial(read_table, inputs.panel)),
        Sheet("scores", "Scores of every sample (scores.tsv)", partial(read_table, inputs.scores)),
        Sheet("score tests", "Every score in every comparison (score_tests.tsv)", partial(read_table, inputs.tests)),
        Sheet("correlations", "Pairs of genes of the loop (correlations.tsv)", partial(read_table, inputs.pairs)),
    ]
    if inputs.gene_sets:
        about = f"Gene sets found at {alpha:g}, and the {TOP_SETS} clearest of each comparison (all: gene_sets.tsv.gz)"
        sheets.append(Sheet("gene sets", about, lambda: select_sets(read_table(inputs.gene_sets), alpha)))
    if inputs.activities:
        about = "Every regulator in every comparison (activities.tsv.gz)"
        sheets.append(Sheet("activities", about, partial(read_table, inputs.activities)))
    sheets += [_of_cells(path) for path in inputs.cells]
    sheets.append(Sheet("samples", "Quality of every sample (quality.tsv)", partial(read_table, inputs.quality)))
    for (model, contrast, *words), path in zip(titles, inputs.tables, strict=True):
        about = (
            f"Every gene, clearest first, in {contrast} of {model}: {words[0]}, {words[1]} (more columns: genes.tsv.gz)"
        )
        sheets.append(Sheet(f"{model} {contrast}", about, lambda path=path: select_genes(read_table(path))))
    files = [inputs.claims, inputs.panel, inputs.scores, inputs.tests, inputs.pairs, inputs.gene_sets, inputs.quality]
    files.insert(-1, inputs.activities)
    files = [path for path in (*files, *inputs.outcomes, *inputs.cells, *inputs.tables) if path]
    sheets.insert(0, Sheet("columns", "What each column of these tables means", partial(explain_columns, files)))
    write_whole(output, lambda file: write_workbook(file, title, sheets, data_origin))


def select_sets(gene_sets, alpha):
    """Return the sets that were found in any comparison, and the clearest of each."""
    if gene_sets.empty:
        return gene_sets
    tested = gene_sets[gene_sets["status"] == "tested"].sort_values(["p_value", "gene_set"])
    place = tested.groupby(["model", "contrast", "file"]).cumcount()
    return tested[(place < TOP_SETS) | (tested["adj_p_value"] < alpha)].sort_index()


def explain_columns(files):
    """Return a row per table and column: its type and its meaning."""
    return explain_claims(pd.DataFrame(explain(files, read_header), columns=["table", "column", "type", "meaning"]))


def select_genes(table):
    """Return what a reader looks at first, the clearest differences on top; names as written only where they differ."""
    if (table["written"] == table["gene_id"]).all():
        table = table.drop(columns="written")
    return table.drop(columns=LEFT_OUT, errors="ignore").sort_values("p_value", kind="stable")


def _of_cells(path):
    """Return the sheet of a table of cells; of shares those of the panel, since there is a row for every gene."""
    name = Path(path).name
    title, about = OF_CELLS[name]
    more = "all genes: " if name == "detection.tsv.gz" else ""
    return Sheet(title, f"{about} ({more}cells/{name})", partial(_read_of_cells, path))


def _read_of_cells(path):
    table = read_table(path)
    return table[table["symbol"] != ""] if Path(path).name == "detection.tsv.gz" else table


def _optional(path, title, about, read=read_table):
    return [Sheet(title, about, partial(read, path))] if path else []


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            title=snakemake.params.title,
            titles=snakemake.params.titles,
            alpha=snakemake.params.alpha,
            data_origin=snakemake.params.data_origin,
            output=snakemake.output.workbook,
        )
