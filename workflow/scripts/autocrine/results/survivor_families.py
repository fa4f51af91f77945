"""Living cells of panel genes: p-values adjusted within the families of the panel, and the readings that they allow."""

from collections.abc import Collection

import numpy as np
import pandas as pd

from autocrine.cells.survivors import DIFFERENCE, read_survivors
from autocrine.results.multiplicity import adjust_panel


def adjust_survivors(tests: pd.DataFrame, primary: Collection[str], alpha: float) -> pd.DataFrame:
    """Adjust the tests of living cells of each comparison over the genes.

    The families are those of the panel: primary genes (Holm), all genes of the panel (Benjamini and Hochberg).
    Positives and negatives are read only where the difference of both is sure. That such a reading needs both is one
    question (intersection-union; Berger 1982, Technometrics 24:295), of which the larger p-value is adjusted.

    Parameters
    ----------
    tests
        model, contrast, symbol, what, log_ratio, p_value and reason, as `autocrine.cells.model_tests.compare_living`
        returns them.
    primary
        Symbols of the primary genes.
    alpha
        Below it a test has decided.

    Returns
    -------
    `tests` with adj_p_value (by the family that decides for the gene), family, and adj_reading: the reading of
    `autocrine.cells.Survivors` by the adjusted p-values, "" where there is no test.
    """
    filled = tests.assign(adj_p_value=np.nan, family="", adj_reading="")
    for (_, _, what), rows in tests.groupby(["model", "contrast", "what"], sort=False):
        asked = rows["p_value"].to_numpy(dtype=float)
        if what != DIFFERENCE:
            same = tests[_same(tests, rows.iloc[0]) & (tests["what"] == DIFFERENCE)].set_index("symbol")["p_value"]
            asked = np.maximum(asked, same.reindex(rows["symbol"]).to_numpy(dtype=float))
        of_primary = rows["symbol"].isin(list(primary)).to_numpy()
        values = pd.DataFrame({"p_value": asked, "equivalence_p_value": np.nan}, index=rows.index)
        adjusted = adjust_panel(values, of_primary, alpha, "p_value")
        filled.loc[rows.index, "family"] = adjusted["family"]
        filled.loc[rows.index, "adj_p_value"] = np.where(
            of_primary, adjusted["primary_adj_p_value"], adjusted["panel_adj_p_value"]
        )
    for _, rows in filled[filled["reason"] == ""].groupby(["model", "contrast", "symbol"], sort=False):
        tests_of = rows.set_index("what")[["log_ratio", "adj_p_value"]].rename(columns={"adj_p_value": "p_value"})
        filled.loc[rows.index, "adj_reading"] = read_survivors(tests_of, alpha)[0]
    return filled


def _same(tests: pd.DataFrame, row: pd.Series) -> pd.Series:
    """Tell which rows are of the comparison of one of them."""
    return (tests["model"] == row["model"]) & (tests["contrast"] == row["contrast"])
