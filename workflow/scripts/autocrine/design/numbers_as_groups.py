"""Numbers that a design takes as groups, though they look like measurements."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from pandas.api.types import is_float_dtype

from autocrine.design.forms.contrast import Contrast
from autocrine.design.formula import Formula
from autocrine.design.pairs import PATIENT
from autocrine.design.weaknesses import NUISANCE
from autocrine.problems import listed


def numbers_as_groups(selected: pd.DataFrame, formula: Formula, contrasts: Mapping[str, Contrast]) -> str:
    """Say which columns of a design hold numbers with decimals and are taken as groups; empty where none is.

    Those whose groups `contrasts` compare, and those that are names wherever they are, are meant as groups.
    """
    compared = {column for contrast in contrasts.values() for group in contrast.groups for column in group}
    words = []
    for column in formula.columns:
        if column not in selected or is_float_dtype(selected[column]) or column in (*compared, *NUISANCE, PATIENT):
            continue
        numbers = pd.to_numeric(selected[column], errors="coerce")
        if numbers.notna().all() and (numbers != np.rint(numbers)).any():
            words.append(f"{column} ({selected[column].nunique()} values)")
    if not words:
        return ""
    found = f"the design takes numbers with decimals as groups: {listed(words)}"
    return f'{found}; measurements are named under "numeric" of the cohort'
