"""Columns that sheets of the workbook have beside those of the files they are made from."""

from autocrine.columns.kinds import NUMBER, Columns, _integer, _number, _text

# Of the sheet of fits with one thing changed, before the columns of `sensitivity.tsv.gz`.
SENSITIVITY_SHEET: tuple[Columns, ...] = (
    _text("model", "the model whose fit was changed"),
    _text("symbol", "the primary gene"),
)


# What the adjusted p-values of `autocrine.results.outcomes.CALLED` are.
_TESTS = {
    "adj_p_value": "R DESeq2's test (of linear models the moderated t test)",
    "moderated_adj_p_value": "the moderated t test",
}


def side_by_side_sheet(adjusted: str) -> tuple[Columns, ...]:
    """Return the columns of the sheet with all comparisons side by side; `*` is a comparison.

    `adjusted` is the column of adjusted p-values that makes the list of all genes.
    """
    return (
        _text("gene_id", "identifier of the gene"),
        _text("gene_name", "its name"),
        _text("tier", "of the panel, empty for other genes"),
        _integer("changed", "in how many comparisons the list of all genes calls it"),
        _number(f"smallest_{adjusted}", "the smallest adjusted p-value of all comparisons, by which rows are sorted"),
        Columns(("* log2_fc",), NUMBER, "log2 fold change in a comparison, named by model and contrast"),
        Columns(
            (f"* {adjusted}",),
            NUMBER,
            f"of {_TESTS[adjusted]}, which makes the list of all genes (`statistics.calls`), adjusted over all genes "
            "of that comparison; `panel` has the panel's own families of tests",
        ),
    )
