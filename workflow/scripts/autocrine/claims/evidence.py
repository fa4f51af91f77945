"""What the evidence for claims on genes, scores and cells has in common."""

from collections.abc import Mapping

import pandas as pd
from scipy.special import stdtr

from autocrine.columns import CLAIMS

# Taken from the row of the claim's comparison, where it has them.
EVIDENCE = CLAIMS.names[CLAIMS.names.index("log2_fc") : CLAIMS.names.index("contrary_words")]


def of_comparison(table: pd.DataFrame, row: Mapping) -> pd.Series:
    """Tell which rows of a table are of the comparison of a claim."""
    return (table["model"] == row["model"]) & (table["contrast"] == row["contrast"])


def equivalence_p_value(seen: pd.Series, margin: float) -> float:
    """Return the p-value of two one-sided t tests against a margin.

    The effect's size against the nearer margin is the larger of the two, as the tests of the tables have it.
    """
    return float(stdtr(seen["df"], (abs(seen["log2_fc"]) - margin) / seen["moderated_se"]))
