"""Columns that sheets of the workbook have beside those of the files they are made from."""

from autocrine.columns.kinds import Columns, _integer, _number, _text

# Of the sheet with all comparisons side by side; `*` is a comparison.
SIDE_BY_SIDE_SHEET: tuple[Columns, ...] = (
    _text("gene_id", "identifier of the gene"),
    _text("gene_name", "its name"),
    _text("tier", "of the panel, empty for other genes"),
    _integer("changed", "in how many comparisons the list of all genes calls it"),
    _number("smallest_adj_p_value", "the smallest adjusted p-value of all comparisons, by which rows are sorted"),
    _number("* log2_fc", "log2 fold change in a comparison, named by model and contrast"),
    _number(
        "* adj_p_value", "adjusted over all genes of that comparison; `panel` has the panel's own families of tests"
    ),
)
# Of the sheet of fits with one thing changed, before the columns of `sensitivity.tsv.gz`.
SENSITIVITY_SHEET: tuple[Columns, ...] = (
    _text("model", "the model whose fit was changed"),
    _text("symbol", "the primary gene"),
)
