"""Sheets that put several tables together: all comparisons side by side, and fits with one thing changed."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from autocrine.columns import Columns
from autocrine.page.gene_words import CALLED_OUTCOMES
from autocrine.results.outcomes import CALLED

# Columns of the gene tables for a second look, which would make the file twice as large, and those that begin so.
LEFT_OUT = [
    *("lfc_se", "stat", "moderated_se", "df", "log2_fc_shrunken", "lfc_se_shrunken"),
    *("equivalence_margin", "equivalence_p_value", "equivalence_adj_p_value"),
    *("threshold_p_value", "threshold_adj_p_value", "min_detectable_log2_fc", "dispersion", "max_cooks"),
]
LEFT_OUT_OF_PARTS = ("moderated_p_value_step_", "moderated_p_value_group_")
# The same of the panel, whose own families of tests are shown.
LEFT_OUT_OF_PANEL = [
    *("lfc_se", "lfc_se_shrunken", "stat", "moderated_se", "df", "dispersion", "max_cooks"),
    *("threshold_p_value", "threshold_adj_p_value", "equivalence_p_value", "equivalence_adj_p_value"),
    *(
        f"{method}_{name}"
        for method in ("voom", "pydeseq2")
        for name in ("lfc_se", "df", "p_value", "equivalence_p_value")
    ),
]
# What the families of the panel are made from.
OF_PANEL = CALLED["moderated"][0]


def select_genes(table: pd.DataFrame, calls: str) -> pd.DataFrame:
    """Return what a reader looks at first, the clearest differences on top; names as written only where they differ.

    Parameters
    ----------
    table
        `genes.tsv.gz`.
    calls
        Which list of all genes is shown: the p-values of the others are left out; see
        `autocrine.results.outcomes.CALLED`.
    """
    if (table["written"] == table["gene_id"]).all():
        table = table.drop(columns="written")
    more = [name for name in table if name.startswith(LEFT_OUT_OF_PARTS)]
    return by_evidence(
        table.drop(columns=[*LEFT_OUT, *_other_lists(calls), *more], errors="ignore"), [CALLED[calls][0]]
    )


def select_panel(table: pd.DataFrame, calls: str) -> pd.DataFrame:
    """Return the same of `panel.tsv`, which has the p-values of its own families too."""
    others = [name for name in _other_lists(calls) if name != OF_PANEL]
    return by_evidence(table.drop(columns=[*LEFT_OUT_OF_PANEL, *others], errors="ignore"), [OF_PANEL])


def side_by_side(tables: Iterable[tuple[str, pd.DataFrame]], panel: pd.DataFrame, adjusted: str) -> pd.DataFrame:
    """Put the effects of all comparisons beside one another.

    Parameters
    ----------
    tables
        Name of a comparison and its gene table, one after the other, so that only one need be in memory.
    panel
        `panel.tsv`: gene_id and tier.
    adjusted
        The column of adjusted p-values that makes the list of all genes.

    Returns
    -------
    A row per gene that any comparison calls or the panel names, with the columns of
    `autocrine.columns.side_by_side_sheet`, the clearest on top.
    """
    parts, names, called = [], pd.Series(dtype=object), pd.Series(dtype=int)
    for name, table in tables:
        genes = table.set_index("gene_id")
        names = genes["gene_name"].combine_first(names)
        called = called.add(genes["outcome"].isin(CALLED_OUTCOMES).astype(int), fill_value=0)
        parts.append(genes[["log2_fc", adjusted]].add_prefix(f"{name} "))
    effects = pd.concat(parts, axis=1)
    tiers = panel.drop_duplicates("gene_id").set_index("gene_id")["tier"]
    shown = effects[(called.reindex(effects.index) > 0) | effects.index.isin(tiers.index)]
    smallest = shown[[name for name in shown if name.endswith(f" {adjusted}")]].min(axis=1)
    summary = pd.DataFrame(
        {
            "gene_id": shown.index,
            "gene_name": names.reindex(shown.index).to_numpy(),
            "tier": tiers.reindex(shown.index).fillna("").to_numpy(),
            "changed": called.reindex(shown.index).astype(int).to_numpy(),
            f"smallest_{adjusted}": smallest.to_numpy(),
        },
        index=shown.index,
    )
    joined = pd.concat([summary.reset_index(drop=True), shown.reset_index(drop=True)], axis=1)
    return joined.sort_values([f"smallest_{adjusted}", "gene_id"], kind="stable", ignore_index=True)


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


def _other_lists(calls: str) -> list[str]:
    """Return the p-values of the lists of all genes that are not shown."""
    return [name for called, names in CALLED.items() if called != calls for name in names]
