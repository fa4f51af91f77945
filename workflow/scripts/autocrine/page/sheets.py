"""Sheets that put several tables together: all comparisons side by side, and fits with one thing changed."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from autocrine.columns import Columns
from autocrine.page.gene_words import CALLED_OUTCOMES

SHOWN = ["log2_fc", "adj_p_value"]


def side_by_side(tables: Iterable[tuple[str, pd.DataFrame]], panel: pd.DataFrame) -> pd.DataFrame:
    """Put the effects of all comparisons beside one another.

    Parameters
    ----------
    tables
        Name of a comparison and its gene table, one after the other, so that only one need be in memory.
    panel
        `panel.tsv`: gene_id and tier.

    Returns
    -------
    A row per gene that any comparison calls or the panel names, with the columns of
    `autocrine.columns.SIDE_BY_SIDE_SHEET`, the clearest on top.
    """
    parts, names, called = [], pd.Series(dtype=object), pd.Series(dtype=int)
    for name, table in tables:
        genes = table.set_index("gene_id")
        names = genes["gene_name"].combine_first(names)
        called = called.add(genes["outcome"].isin(CALLED_OUTCOMES).astype(int), fill_value=0)
        parts.append(genes[SHOWN].add_prefix(f"{name} "))
    effects = pd.concat(parts, axis=1)
    tiers = panel.drop_duplicates("gene_id").set_index("gene_id")["tier"]
    shown = effects[(called.reindex(effects.index) > 0) | effects.index.isin(tiers.index)]
    smallest = shown[[name for name in shown if name.endswith(f" {SHOWN[1]}")]].min(axis=1)
    told = pd.DataFrame(
        {
            "gene_id": shown.index,
            "gene_name": names.reindex(shown.index).to_numpy(),
            "tier": tiers.reindex(shown.index).fillna("").to_numpy(),
            "changed": called.reindex(shown.index).astype(int).to_numpy(),
            "smallest_adj_p_value": smallest.to_numpy(),
        },
        index=shown.index,
    )
    joined = pd.concat([told.reset_index(drop=True), shown.reset_index(drop=True)], axis=1)
    return joined.sort_values(["smallest_adj_p_value", "gene_id"], kind="stable", ignore_index=True)


def join_changed_fits(fits: Mapping[str, pd.DataFrame], symbols: Mapping[str, str]) -> pd.DataFrame:
    """Put the fits with one thing changed of all models into one table, of some genes.

    Parameters
    ----------
    fits
        Model -> its `sensitivity.tsv.gz`.
    symbols
        gene_id -> symbol of the genes that are kept.
    """
    parts = []
    for model, table in fits.items():
        kept = table[table["gene_id"].isin(list(symbols))]
        kept.insert(0, "model", model)
        kept.insert(1, "symbol", kept["gene_id"].map(symbols))
        parts.append(kept)
    return pd.concat(parts, ignore_index=True)


def by_evidence(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Sort a table by its p-values, the smallest first and what was not tested last.

    Parameters
    ----------
    table
        Any table.
    columns
        p-values, the first that a row has counts.
    """
    p_value = table[list(columns)].bfill(axis=1).iloc[:, 0].astype(float)
    return table.loc[p_value.sort_values(kind="stable", na_position="last").index]


def explain_sheet(sheet: str, columns: Sequence[Columns]) -> pd.DataFrame:
    """Return table, column, type and meaning of the columns that a sheet has of its own."""
    rows = [(sheet, name, part.type, part.meaning) for part in columns for name in part.names]
    return pd.DataFrame(rows, columns=["table", "column", "type", "meaning"])
