"""What another method says of the same contrasts: linear models of weighted log counts (voom)."""

import pandas as pd

from autocrine import linear
from autocrine.design.forms.contrast import Contrast
from autocrine.design.matrix import Design
from autocrine.design.question import Statistics
from autocrine.results.effects import estimate_effects
from autocrine.results.multiplicity import benjamini_hochberg
from autocrine.results.opinions import KEPT
from autocrine.results.outcomes import decide_outcomes


def ask_second(fit: linear.Fit | None, design: Design, contrast: Contrast, statistics: Statistics) -> pd.DataFrame:
    """Ask the linear models about one contrast.

    Returns
    -------
    A row per fitted gene, none without a fit: gene_id, `KEPT`, adj_p_value (Benjamini and Hochberg over the fitted
    genes) and outcome, as of a gene table.
    """
    if fit is None:
        return pd.DataFrame(columns=["gene_id", *KEPT, "adj_p_value", "outcome"])
    table = estimate_effects(fit, design, contrast, statistics)
    adjusted = benjamini_hochberg(table["p_value"].to_numpy())
    equivalent = benjamini_hochberg(table["equivalence_p_value"].to_numpy())
    return table[list(KEPT)].assign(
        adj_p_value=adjusted, outcome=decide_outcomes(adjusted, equivalent, statistics.alpha)
    ).rename_axis("gene_id").reset_index()  # fmt: skip
