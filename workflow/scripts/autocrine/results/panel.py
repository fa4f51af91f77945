"""What a contrast says of each gene of the panel."""

import numpy as np
import pandas as pd

from autocrine.input.orthologues import NO_ORTHOLOGUE, NO_SINGLE
from autocrine.input.panel import ABSENT
from autocrine.results.multiplicity import adjust_panel
from autocrine.results.outcomes import UNSEEN

# What a status of the gene table means to a reader, of any gene; "tested" needs no reason.
FIT_REASONS = {
    "absent": ABSENT,
    NO_ORTHOLOGUE: NO_SINGLE,
    "all_zero": "no read in any sample of this model",
    "outlier": "one count is an outlier (Cook's distance) and there are too few replicates to replace it",
    "filtered": "too low for the genome-wide test (independent filtering)",
    "unread": UNSEEN,
    "low_counts": "too low to fit (low-count filter)",
    "not_converged": "the fit did not converge: read with care",
}
# The same of a panel gene, for which independent filtering decides nothing.
STATUS_REASONS = {**FIT_REASONS, "filtered": f"{FIT_REASONS['filtered']}; the panel's own adjustment holds"}


DETECTION = ("median_count", "mean_cpm", "samples_with_counts")


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


def tabulate_panel(
    panel: pd.DataFrame,
    found: pd.DataFrame,
    genes: pd.DataFrame,
    counts: pd.DataFrame | None,
    alpha: float,
) -> pd.DataFrame:
    """Say of every panel gene what one contrast found.

    Parameters
    ----------
    panel
        The panel.
    found
        gene_id, reason and status per panel row; see `find_panel_genes`.
    genes
        Gene table of the contrast.
    counts
        Raw counts of the model's samples, samples x genes; None of log expression, which knows no detection.
    alpha
        Below it a test has decided.

    Returns
    -------
    A row per panel gene in panel order: the panel's columns, gene_id, how well the gene is seen, its results in the
    genome and in its family (see `autocrine.results.multiplicity.adjust_panel`), and `reason`: empty where there is a
    genome-wide adjusted p-value, else why there is none.
    """
    results = genes.set_index("gene_id").drop(columns=["gene_name", "written", "data_origin"], errors="ignore")
    there = found["gene_id"].notna()
    present = list(found.loc[there, "gene_id"])
    if counts is None:
        seen = pd.DataFrame(np.nan, index=present, columns=list(DETECTION))
    else:
        seen = detection(counts[present].to_numpy(), counts.sum(axis=1).to_numpy()).set_axis(present)
    table = panel.copy()
    table["gene_id"] = found["gene_id"].fillna("")
    for part in (seen[~seen.index.duplicated()], results):
        table = table.join(part.reindex(found["gene_id"]).set_index(panel.index))
    table = table.rename(columns={"outcome": "genome_wide_outcome"})
    table["genome_wide_outcome"] = table["genome_wide_outcome"].fillna("undetermined")
    table = table.join(adjust_panel(table, (panel["tier"] == "primary").to_numpy(), alpha))
    table["equivalence_margin"] = genes["equivalence_margin"].iat[0]
    table["status"] = table["status"].where(there, "absent").where(found["status"] != NO_ORTHOLOGUE, NO_ORTHOLOGUE)
    table["reason"] = table["status"].map({"tested": "", **STATUS_REASONS}).where(there, found["reason"])
    return table
