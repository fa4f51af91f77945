"""Write the tables of one cohort as a spreadsheet file."""

from functools import partial
from pathlib import Path

import pandas as pd

from autocrine.column_descriptions import explain
from autocrine.columns import SENSITIVITY_SHEET, side_by_side_sheet
from autocrine.page.claims_sheet import explain_claims, in_own_units
from autocrine.page.sheets import (
    by_evidence,
    explain_sheet,
    join_changed_fits,
    select_genes,
    select_panel,
    side_by_side,
)
from autocrine.page.workbook import Sheet, write_workbook
from autocrine.results.outcomes import CALLED
from autocrine.run.job import job
from autocrine.tables import read_header, read_table, write_whole

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
COMPARED, CHANGED = "all comparisons", "sensitivity"


def main(inputs, title, titles, alpha, calls, data_origin, output):
    """Write `tables.xlsx`; the gene tables in `inputs` follow `titles`: model, contrast and their titles."""
    p_value, adjusted = CALLED[calls]
    compared = list(zip(titles, inputs.tables, strict=True))
    sheets = [
        *_optional(
            inputs.claims,
            "claims",
            "Every claim with its verdict and its evidence, each effect in the unit of its row (claims.tsv)",
            lambda path: by_evidence(in_own_units(read_table(path)), ["verdict_p_value"]),
        ),
        *_optional(
            next(iter(inputs.outcomes), None),
            "outcomes",
            "Panel genes and scores against what became of the patients: prediction (outcomes.tsv)",
        ),
        Sheet(
            "panel",
            "Every panel gene in every comparison, clearest first (more columns: panel.tsv)",
            lambda: select_panel(read_table(inputs.panel), calls),
        ),
        Sheet(
            COMPARED,
            "Genes that any comparison calls, and the panel, in all comparisons side by side, clearest first",
            lambda: side_by_side(
                ((f"{model}/{contrast}", read_table(path)) for (model, contrast, *_), path in compared),
                read_table(inputs.panel),
                adjusted,
            ),
        ),
        Sheet("scores", "Scores of every sample (scores.tsv)", partial(read_table, inputs.scores)),
        Sheet(
            "score tests",
            "Every score in every comparison, clearest first (score_tests.tsv)",
            lambda: by_evidence(read_table(inputs.tests), ["p_value"]),
        ),
        Sheet(
            "correlations",
            "Pairs of genes of the loop, clearest first (correlations.tsv)",
            lambda: by_evidence(read_table(inputs.pairs), ["p_value"]),
        ),
    ]
    if inputs.variants:
        about = "Primary genes in every fit with one thing changed (the whole panel: sensitivity.tsv.gz of each model)"
        sheets.append(Sheet(CHANGED, about, partial(select_changed_fits, inputs)))
    if inputs.gene_sets:
        about = f"Gene sets found at {alpha:g}, and the {TOP_SETS} clearest of each comparison (all: gene_sets.tsv.gz)"
        sheets.append(Sheet("gene sets", about, lambda: select_sets(read_table(inputs.gene_sets), alpha)))
    if inputs.activities:
        about = "Every regulator in every comparison, clearest first (activities.tsv.gz)"
        sheets.append(Sheet("activities", about, lambda: by_evidence(read_table(inputs.activities), ["p_value"])))
    sheets += [_of_cells(path) for path in inputs.cells]
    sheets.append(Sheet("samples", "Quality of every sample (quality.tsv)", partial(read_table, inputs.quality)))
    for (model, contrast, *words), path in compared:
        about = (
            f"Every gene, clearest first by {p_value}, in {contrast} of {model}: {words[0]}, {words[1]} "
            "(more columns: genes.tsv.gz)"
        )
        sheets.append(Sheet(f"{model} {contrast}", about, lambda path=path: select_genes(read_table(path), calls)))
    files = [inputs.claims, inputs.panel, inputs.scores, inputs.tests, inputs.pairs, inputs.gene_sets, inputs.quality]
    files.insert(-1, inputs.activities)
    files = [path for path in (*files, *inputs.outcomes, *inputs.cells, *inputs.tables, *inputs.variants) if path]
    own = {COMPARED: side_by_side_sheet(adjusted), **({CHANGED: SENSITIVITY_SHEET} if inputs.variants else {})}
    sheets.insert(0, Sheet("columns", "What each column of these tables means", partial(explain_columns, files, own)))
    write_whole(output, lambda file: write_workbook(file, title, sheets, data_origin))


def select_sets(gene_sets, alpha):
    """Return the sets that were found in any comparison, and the clearest of each."""
    if gene_sets.empty:
        return gene_sets
    tested = gene_sets[gene_sets["status"] == "tested"].sort_values(["p_value", "gene_set"])
    place = tested.groupby(["model", "contrast", "file"]).cumcount()
    return tested[(place < TOP_SETS) | (tested["adj_p_value"] < alpha)]


def select_changed_fits(inputs):
    """Return the fits with one thing changed of the primary genes."""
    panel = read_table(inputs.panel)
    primary = panel[panel["tier"] == "primary"].drop_duplicates("gene_id")
    fits = {Path(path).parent.name: read_table(path) for path in inputs.variants}
    return join_changed_fits(fits, dict(zip(primary["gene_id"], primary["symbol"], strict=True)))


def explain_columns(files, own):
    """Return a row per table and column: its type and its meaning; `own`: columns of sheets beside those of files."""
    meanings = pd.DataFrame(explain(files, read_header), columns=["table", "column", "type", "meaning"])
    return pd.concat([explain_claims(meanings), *(explain_sheet(*sheet) for sheet in own.items())])


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
            calls=snakemake.params.calls,
            data_origin=snakemake.params.data_origin,
            output=snakemake.output.workbook,
        )
