"""The gene panel: the genes that are asked about, and what every contrast says of each of them."""

import numpy as np
import pandas as pd

from autocrine.problems import Findings, listed
from autocrine.readers.text import duplicated, parse_rows, read_delimited

REQUIRED = ("symbol", "ensembl", "role", "group", "tier")

# What a status of the gene table means to a reader; "tested" needs no reason.
STATUS_REASONS = {
    "absent": "absent from the count matrix",
    "all_zero": "no read in any sample of this model",
    "outlier": "one count is an outlier (Cook's distance) and there are too few replicates to replace it",
    "filtered": "too low to test (independent filtering): a p-value, but no adjusted one",
    "not_converged": "the fit did not converge: read with care",
}


def read_panel(path: str, findings: Findings) -> pd.DataFrame | None:
    """Read a gene panel: one row per gene, all cells text, empty where nothing is known.

    Required columns: symbol, ensembl (may be empty), role, group, tier. Further columns are kept.
    """
    text = read_delimited(path, findings)
    if text is None:
        return None
    lacking = [name for name in REQUIRED if name not in text.header]
    if lacking:
        findings.problem(path, f"columns are missing: {listed(lacking)}", f"the columns {listed(REQUIRED)}")
        return None
    panel = parse_rows(text, path, findings, dtype=str, keep_default_na=False)
    if panel is None:
        return None
    panel = panel.fillna("").apply(lambda column: column.str.strip()).reset_index(drop=True)
    nameless = panel["symbol"] == ""
    if nameless.any():
        findings.problem(path, f"{int(nameless.sum())} rows have no symbol", "a symbol in each row")
    twice = duplicated(list(panel["symbol"]))
    if twice:
        findings.problem(path, f"symbols stand there twice: {listed(twice)}", "each gene once")
    return panel


def find_panel_genes(panel: pd.DataFrame, var: pd.DataFrame) -> pd.Series:
    """Find the row of the count matrix that each panel gene is.

    Parameters
    ----------
    panel
        Panel with symbol and ensembl.
    var
        Genes of the matrix, indexed by gene_id, with gene_name.

    Returns
    -------
    gene_id per panel row, by Ensembl id first and by symbol where no Ensembl id matches and one row only has the
    symbol; None where the matrix lacks the gene.
    """
    by_name = var.index.to_series().groupby(var["gene_name"].to_numpy()).agg(list)
    found = []
    for symbol, ensembl in zip(panel["symbol"], panel["ensembl"], strict=True):
        if ensembl and ensembl in var.index:
            found.append(ensembl)
        elif symbol in var.index:
            found.append(symbol)
        else:
            rows = by_name.get(symbol, [])
            found.append(rows[0] if len(rows) == 1 else None)
    return pd.Series(found, index=panel.index, dtype=object)


def detection(counts: np.ndarray, library: np.ndarray) -> pd.DataFrame:
    """Say how well each gene is seen.

    Parameters
    ----------
    counts
        Samples x genes, raw.
    library
        Counts of each sample over all genes of the matrix.

    Returns
    -------
    Per gene: median_count (raw), mean_cpm (counts per million of the library), samples_with_counts.
    """
    return pd.DataFrame(
        {
            "median_count": np.median(counts, axis=0),
            "mean_cpm": (counts / library[:, None] * 1e6).mean(axis=0),
            "samples_with_counts": (counts > 0).sum(axis=0),
        }
    )


def tabulate_panel(panel: pd.DataFrame, found: pd.Series, genes: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Say of every panel gene what one contrast found.

    Parameters
    ----------
    panel
        The panel.
    found
        gene_id per panel row, None where the matrix lacks the gene; see `find_panel_genes`.
    genes
        Gene table of the contrast.
    counts
        Raw counts of the model's samples, samples x genes.

    Returns
    -------
    A row per panel gene in panel order: the panel's columns, gene_id, how well the gene is seen, its results, and
    `reason`: empty where there is an adjusted p-value, else why there is none.
    """
    results = genes.set_index("gene_id").drop(columns=["gene_name", "data_origin"], errors="ignore")
    present = [gene for gene in found if gene is not None]
    seen = detection(counts[present].to_numpy(), counts.sum(axis=1).to_numpy())
    seen.index = present
    table = panel.copy()
    table["gene_id"] = found.fillna("")
    table = table.join(seen.reindex(found).set_index(panel.index)).join(results.reindex(found).set_index(panel.index))
    table["status"] = table["status"].where(found.notna(), "absent")
    table["reason"] = table["status"].map({"tested": "", **STATUS_REASONS})
    return table
