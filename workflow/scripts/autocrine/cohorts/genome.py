"""Every gene over cohorts: effects of the gene tables side by side, and taken together by kind of cohorts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from anndata import AnnData

from autocrine.adjustment import benjamini_hochberg
from autocrine.cohorts.meta_analysis import FEWEST_COHORTS
from autocrine.cohorts.origins import origin_words
from autocrine.cohorts.pooling import COMMON, POOLED, STRATUM, can_be_combined, pool_rows
from autocrine.columns import POOLED_GENES
from autocrine.results.outcomes import unseen

# What is read of a gene table.
READ = ("gene_id", "gene_name", "log2_fc", "lfc_se", "ci_low", "ci_high", "p_value", "status")
SHOWN = ("log2_fc", "lfc_se", "ci_low", "ci_high")
COMPARISON = [*STRATUM, "population", "comparison", "cohort", "title", "kind", "model", "contrast", "published"]
# Taken together over every kind of values, beside each kind alone.
ALL_KINDS = "all"


@dataclass(frozen=True)
class GeneEffects:
    """Effects of every gene in the comparisons of cohorts that take a role.

    Attributes
    ----------
    comparisons
        A row per role and cohort: the columns `COMPARISON`.
    genes
        gene_id (index) and symbol.
    values
        log2_fc, lfc_se, ci_low and ci_high, each comparisons x genes, NaN where there is none.
    combined
        Comparisons x genes: whether the effect takes part where effects are put together.
    """

    comparisons: pd.DataFrame
    genes: pd.DataFrame
    values: Mapping[str, np.ndarray]
    combined: np.ndarray

    def as_anndata(self) -> AnnData:
        """Return them as comparisons x genes; numbers in single precision, which the page rounds further."""
        layers = {name: held.astype(np.float32) for name, held in self.values.items()}
        held = AnnData(obs=self.comparisons.set_axis(self.comparisons.index.astype(str)), var=self.genes, layers=layers)
        held.layers["combined"] = self.combined.astype(np.uint8)
        return held


def list_comparisons(effects: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return the comparisons of cohorts that take a role: `GeneEffects.comparisons`, a row for each.

    Parameters
    ----------
    effects
        `effects.tsv`, the effects of the panel's genes in the same comparisons.
    kinds
        Cohort -> kind of its values: "bulk", "cells", "arrays" or "published".
    """
    rows = effects.drop_duplicates(["role", "cohort"]).reset_index(drop=True)
    rows = rows.assign(kind=rows["cohort"].map(kinds), published=rows["data_origin"] != rows["origin"])
    return rows.rename(columns={"cohort_title": "title"})[COMPARISON]


def align_genes(comparisons: pd.DataFrame, tables: Iterable[pd.DataFrame]) -> GeneEffects:
    """Set the gene tables of comparisons that take a role side by side.

    Parameters
    ----------
    comparisons
        See `list_comparisons`.
    tables
        The gene table of each, with the columns `READ`; genes of mice under the ids of their human orthologues. Of a
        published table also `reason`, why its effects take no part. Each is needed once only.
    """
    symbols: dict[str, str] = {}
    rows = []
    for form, table in zip(comparisons["form"], tables, strict=True):
        for gene, symbol in zip(table["gene_id"], table["gene_name"], strict=True):
            symbols.setdefault(gene, symbol)
        effect, p_value = table["log2_fc"].to_numpy(dtype=float), table["p_value"].to_numpy(dtype=float)
        shown = ~unseen(effect, p_value, table["status"])
        held = np.array([np.where(shown, table[name].to_numpy(dtype=float), np.nan) for name in SHOWN])
        rows.append((pd.Index(table["gene_id"]), held, can_be_combined(table, form)))
    genes = pd.DataFrame({"symbol": list(symbols.values())}, index=pd.Index(list(symbols), name="gene_id", dtype=str))
    values = np.full((len(SHOWN), len(rows), len(genes)), np.nan)
    combined = np.zeros((len(rows), len(genes)), dtype=bool)
    for row, (names, held, taken) in enumerate(rows):
        places = genes.index.get_indexer(names)
        values[:, row, places], combined[row, places] = held, taken
    return GeneEffects(comparisons, genes, dict(zip(SHOWN, values, strict=True)), combined)


def pool_genes(effects: GeneEffects, alpha: float) -> pd.DataFrame:
    """Put the effects of every gene together, by the rules of the panel's genes.

    Parameters
    ----------
    effects
        See `align_genes`.
    alpha
        Intervals have the confidence 1 - alpha.

    Returns
    -------
    A row per stratum, kind of values and gene that any of its cohorts has an estimate of, with the columns of
    `pooled_genes.tsv.gz`. The kind is "all", and where cohorts of a stratum differ in kind each kind alone as well.
    P-values are adjusted over the genes of a stratum and kind (Benjamini-Hochberg): these are genes that nobody named
    beforehand, unlike those of the panel.
    """
    parts = [pd.DataFrame(columns=list(POOLED_GENES.names))]
    y = np.where(effects.combined, effects.values["log2_fc"], np.nan).T
    v = np.where(effects.combined, effects.values["lfc_se"] ** 2, np.nan).T
    for key, found in effects.comparisons.groupby(STRATUM, sort=False):
        kinds = list(dict.fromkeys(found["kind"]))
        for kind in [ALL_KINDS, *kinds] if len(kinds) > 1 else [ALL_KINDS]:
            taken = found if kind == ALL_KINDS else found[found["kind"] == kind]
            part = _pool_stratum(y[:, taken.index], v[:, taken.index], taken, effects.genes, alpha)
            stratum = dict(zip(STRATUM, key, strict=True))
            words = found[["population", "comparison"]].iloc[0].to_dict()
            parts.append(part.assign(**stratum, **words, kind=kind)[list(POOLED_GENES.names)])
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def _pool_stratum(y: np.ndarray, v: np.ndarray, taken: pd.DataFrame, genes: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Return the pooled effects of genes x comparisons of one kind."""
    known = np.isfinite(y)
    some = known.any(axis=1)
    y, v, known = y[some], v[some], known[some]
    cohorts = known.sum(axis=1)
    # Equivalence is asked of genes that were named beforehand only, so the margin decides nothing here.
    table = pool_rows(y, v, alpha, np.ones(len(y)), enough=cohorts >= FEWEST_COHORTS)
    adjusted = benjamini_hochberg(table["p_value"].to_numpy(dtype=float))
    published = taken["published"].to_numpy(dtype=bool)
    return table[[*COMMON, *POOLED]].assign(
        gene_id=genes.index[some],
        symbol=genes["symbol"].to_numpy()[some],
        cohorts=cohorts,
        published=(known & published).sum(axis=1),
        higher=(y > 0).sum(axis=1),
        lower=(y < 0).sum(axis=1),
        adj_p_value=adjusted,
        data_origin=origin_words(list(taken["origin"]), list(published)),
    )
