"""Adjusting the p-values of a panel for the number of questions asked, by family."""

import numpy as np
import pandas as pd

from autocrine.adjustment import benjamini_hochberg, holm, strictness
from autocrine.results.outcomes import decide_outcomes


def adjust_panel(
    table: pd.DataFrame, primary: np.ndarray, alpha: float, p_value: str = "moderated_p_value"
) -> pd.DataFrame:
    """Adjust the panel genes of one contrast within their families and say what that allows.

    Parameters
    ----------
    table
        p-values and equivalence_p_value per panel gene.
    primary
        Which of them are primary genes.
    alpha
        Below it a test has decided.
    p_value
        The column of the p-values of a difference.

    Returns
    -------
    Per gene: panel_adj_p_value and panel_equivalence_adj_p_value (Benjamini and Hochberg over the panel genes);
    primary_adj_p_value and primary_equivalence_adj_p_value (Holm over the primary genes, NaN for others); family, the
    adjustment that decides for the gene; and outcome, by that adjustment. Of a trend also panel_step_adj_p_value, the
    check of its steps adjusted in the gene's family. The genes of a panel are asked about before
    the data are seen, so independent filtering has no part in it.
    """
    out = {}
    for kind, column in (("", p_value), ("equivalence_", "equivalence_p_value")):
        values = table[column].to_numpy(dtype=float)
        out[f"panel_{kind}adj_p_value"] = benjamini_hochberg(values)
        out[f"primary_{kind}adj_p_value"] = holm(np.where(primary, values, np.nan))
    if "step_p_value" in table:
        steps = table["step_p_value"].to_numpy(dtype=float)
        out["panel_step_adj_p_value"] = np.where(
            primary, holm(np.where(primary, steps, np.nan)), benjamini_hochberg(steps)
        )
    out["family"] = np.where(primary, "primary (Holm)", "panel (Benjamini-Hochberg)")
    deciding = [
        np.where(primary, out[f"primary_{kind}adj_p_value"], out[f"panel_{kind}adj_p_value"])
        for kind in ("", "equivalence_")
    ]
    return pd.DataFrame({**out, "outcome": decide_outcomes(*deciding, alpha)}, index=table.index)


def panel_strictness(panel: pd.DataFrame) -> np.ndarray:
    """Return by how much the p-value of each panel gene was multiplied in the family that decides for it.

    `panel` has moderated_p_value and the adjusted p-values of both families; only primary genes have that of theirs.
    """
    deciding = panel["primary_adj_p_value"].fillna(panel["panel_adj_p_value"])
    return strictness(panel["moderated_p_value"], deciding)
