"""How single cells were read, summed and tested, in words, and the works that this cites."""

from collections.abc import Collection, Mapping
from typing import Any

from autocrine.input.cell_source import CellSource
from autocrine.page.works import Work

# As `autocrine.cells.quality` has them, which needs more than a page does; a test compares.
DEVIATIONS, MITO_DEVIATIONS, LEAST_MITO_LIMIT = 5.0, 3.0, 0.08

REFERENCES = {
    "Mantel and Haenszel 1959": Work(
        "Mantel N, Haenszel W",
        "Statistical aspects of the analysis of data from retrospective studies of disease",
        "J Natl Cancer Inst", 1959, "22", "719-748",
    ),
    "Robins, Breslow and Greenland 1986": Work(
        "Robins J, Breslow N, Greenland S",
        "Estimators of the Mantel-Haenszel variance consistent in both sparse data and large-strata "
        "limiting models",
        "Biometrics", 1986, "42", "311-323",
    ),
    "Heumos et al. 2023": Work(
        "Heumos L, Schaar AC, Lance C, et al",
        "Best practices for single-cell analysis across modalities",
        "Nat Rev Genet", 2023, "24", "550-572",
    ),
    "Wolf, Angerer and Theis 2018": Work(
        "Wolf FA, Angerer P, Theis FJ",
        "SCANPY: large-scale single-cell gene expression data analysis",
        "Genome Biol", 2018, "19", "15",
    ),
    "McInnes, Healy and Melville 2018": Work(
        "McInnes L, Healy J, Melville J",
        "UMAP: uniform manifold approximation and projection for dimension reduction",
        "arXiv", 2018, "1802.03426", "",
    ),
}  # fmt: skip


def describe_reading(source: CellSource, settled: Mapping[str, Any]) -> str:
    """Say how cells were chosen and summed.

    Parameters
    ----------
    source
        The cells as the configuration has them.
    settled
        `uns["import"]` of the counts: state_source.
    """
    if source.quality == "adaptive":
        chosen = (
            f"Cells with fewer than {source.min_umi:,} counts or {source.min_genes:,} genes were left out, then those "
            f"whose counts or genes lay more than {DEVIATIONS:g} median absolute deviations from the others of their "
            f"sample and state, or whose share of mitochondrial counts lay more than {MITO_DEVIATIONS:g} above (never "
            f"below {LEAST_MITO_LIMIT:.0%}; after Heumos et al. 2023, within states, since cells at rest are small)."
        )
    else:
        chosen = "Cells were taken as they came."
    doublets = {
        "mark": "Likely doublets were marked and kept.",
        "remove": "Likely doublets were left out.",
        "off": "Doublets were not looked for.",
    }[source.doublets]
    fusion = f" Only cells with the call {source.only_fusion} of the fusion were kept." if source.only_fusion else ""
    states = settled.get("state_source", "")
    return (
        f"Single cells: the files were read in blocks. {chosen} {doublets}{fusion} States are those of the input"
        f"{f' ({states})' if states else ''}. Counts were added up per sample and state; sums of fewer than "
        f"{source.min_cells:,} cells or {source.min_counts:,} counts were left out. Size factors rest on genes of "
        "which the smallest sum is expected to have five counts or more. Counts were not corrected for ambient RNA."
    )


def describe_cell_tests() -> str:
    """Say how shares of cells, living cells, states and pairs of genes were tested."""
    return (
        "Shares of cells with a gene were compared at one depth for all samples of a state: a cell with x of its L "
        "counts in the gene keeps one with the chance 1 - (1 - T/L)^x when it is thinned to T counts, the 10 % "
        "quantile of the shallowest sample. Logits of these shares, with the bias of few cells taken off, were tested "
        "by least squares with the designs of the genes, the patient as unit, and variances squeezed towards a common "
        "one (Smyth 2004; with fewer than 300 tested genes by the gene's own variance); equivalence by two one-sided "
        "tests (Schuirmann 1987). Living cells with and without a gene are these shares times the counted viable "
        "cells; the difference of their log ratios is the log odds ratio of the share. Shares of states were tested as "
        "logits by the same designs. Whether two genes are seen in the same cells was asked by odds ratios of each "
        "patient within samples, states and bins of depth (Mantel and Haenszel 1959, with the variance of Robins, "
        "Breslow and Greenland 1986), over patients by Student's t of their logarithms."
    )


def describe_picture(way: str, cells: int) -> str:
    """Say how the picture of the cells was made."""
    umap = ", and UMAP of the first 30 (McInnes, Healy and Melville 2018)" if way == "umap" else ""
    return (
        f"The picture shows {cells:,} cells, drawn at random: log counts scaled to a common total, all genes or "
        f"the 2,000 that vary most, principal components by scanpy (Wolf, Angerer and Theis 2018){umap}. No number "
        f"rests on it."
    )


def write_cell_methods(
    source: CellSource, settled: Mapping[str, Any], picture: Mapping[str, Any] | None
) -> tuple[list[str], Collection[Work]]:
    """Write the paragraphs on cells, and the works that they cite.

    Parameters
    ----------
    source, settled
        As in `describe_reading`.
    picture
        way and cells; None without a picture.
    """
    paragraphs = [describe_reading(source, settled), describe_cell_tests()]
    paragraphs += [describe_picture(picture["way"], picture["cells"])] if picture else []
    text = " ".join(paragraphs)
    return paragraphs, [full for short, full in REFERENCES.items() if short in text]
