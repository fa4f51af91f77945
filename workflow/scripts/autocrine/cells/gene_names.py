"""Which columns of a matrix of cells are the genes that somebody names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from autocrine.input.objects import NAME_COLUMNS


def named_places(var: pd.DataFrame) -> dict[str, list[int]]:
    """Return where each name is: identifiers of the counts before their symbols.

    Parameters
    ----------
    var : DataFrame of shape (genes, columns)
        Indexed by the names of the counts; symbols in one of the columns that are used for them.

    Returns
    -------
    dict of str to list of int
        More than one place where several genes have the name.
    """
    known: dict[str, list[int]] = {}
    for names in (var.index.astype(str), symbols_of(var)):
        own: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            own.setdefault(str(name), []).append(place)
        known = {**own, **known}
    return known


def symbols_of(var: pd.DataFrame) -> pd.Index:
    """Return the symbol of each gene; the name of the counts where there are no symbols."""
    column = next((name for name in NAME_COLUMNS if name in var.columns), None)
    return pd.Index(var.index if column is None else var[column]).astype(str)


def mitochondrial(var: pd.DataFrame) -> np.ndarray:
    """Tell which genes are of the mitochondrial genome, by their symbols (MT-CO1; mt-Co1 of mice).

    References of two species put the assembly before each symbol (GRCh38_MT-CO1).

    Returns
    -------
    ndarray of shape (genes,)
        bool; nowhere true where the counts have identifiers without symbols.
    """
    return np.asarray(symbols_of(var).str.contains(r"(?:^|_)(?:MT|mt)-", regex=True), dtype=bool)
