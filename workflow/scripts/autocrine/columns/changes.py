"""Columns of the changes between two runs."""

from autocrine.columns.kinds import Table, _text

CHANGES = Table(
    "compare.tsv",
    "a row per change between two runs",
    (
        _text("kind", "`input`, `config`, `seed`, `version`, `code`, `claim`, `gene`"),
        _text("model contrast", "the comparison; of the summary the kind of cohorts and of comparison, and the role"),
        _text("name change field", "what changed, how (`changed`, `appeared`, `disappeared`), and in which column"),
        _text("old new", "its values"),
        _text("cohort", "the cohort, or `summary`"),
    ),
)
