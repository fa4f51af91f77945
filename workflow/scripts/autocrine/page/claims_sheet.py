"""The claims as a sheet for readers: every effect under one name, in the unit of its row."""

from pathlib import PurePath

import numpy as np
import pandas as pd

from autocrine.claims.of_cells import RATIOS
from autocrine.columns import CLAIMS, CLAIMS_SHEET

NUMBERS = [name for name in CLAIMS_SHEET if name != "unit"]


def in_own_units(claims: pd.DataFrame) -> pd.DataFrame:
    """Write effects of claims on cells as ratios, and call no effect a fold change that is none.

    Parameters
    ----------
    claims
        `claims.tsv`.

    Returns
    -------
    The same rows with the columns of `autocrine.columns.CLAIMS_SHEET` in place of those of the file, and `unit` before
    the effect.
    """
    ratios = claims["unit"].isin(list(RATIOS))
    own = claims.copy()
    own.loc[ratios, NUMBERS] = np.exp2(own.loc[ratios, NUMBERS].astype(float))
    own["unit"] = own["unit"].map(lambda unit: RATIOS[unit][0] if unit in RATIOS else unit)
    names = [name for name in own if name != "unit"]
    names.insert(names.index("log2_fc"), "unit")
    return own[names].rename(columns={old: part.names[0] for old, part in CLAIMS_SHEET.items()})


def explain_claims(rows: pd.DataFrame) -> pd.DataFrame:
    """Name and explain the columns of claims as the sheet has them; rows with table, column, type and meaning."""
    own = (rows["table"] == PurePath(CLAIMS.path).name) & rows["column"].isin(list(CLAIMS_SHEET))
    parts = rows.loc[own, "column"].map(CLAIMS_SHEET)
    explained = rows.copy()
    for name, of in (("column", lambda part: part.names[0]), ("type", lambda part: part.type)):
        explained.loc[own, name] = parts.map(of)
    explained.loc[own, "meaning"] = parts.map(lambda part: part.meaning)
    return explained
