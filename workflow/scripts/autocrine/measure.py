"""What the values of a cohort are, counts of reads or expression on a log scale, and which models fit them."""

from dataclasses import dataclass

COUNTS, LOG_EXPRESSION = "counts", "log_expression"
# The models of a fit: of counts, and of log expression or samples that vary together.
NEGATIVE_BINOMIAL, LINEAR = "negative binomial", "linear"


@dataclass(frozen=True)
class Words:
    """How figures and page name values.

    `level` is the value of a gene in a sample, `mean` the mean of a gene's values as a table has it, `log_mean` that of
    linear models, and `values` what a matrix holds.
    """

    level: str
    mean: str
    log_mean: str
    values: str


WORDS = {
    COUNTS: Words("log2 (CPM + 1)", "Mean normalised count", "Mean log2 (CPM)", "counts"),
    LOG_EXPRESSION: Words("log2 expression", "Mean log2 expression", "Mean log2 expression", "log expression"),
}
