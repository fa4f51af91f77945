"""Where the cells of a sketch lie in a picture: principal components, or UMAP of these. No number rests on it."""

from __future__ import annotations

from collections.abc import Collection
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from autocrine.seeds import SEEDS

if TYPE_CHECKING:
    from anndata import AnnData

PCA, UMAP, OFF = "pca", "umap", "off"
MOST_VARIABLE, COMPONENTS = 2_000, 30
# With fewer there are no two components.
FEWEST = 4


def first_receptor(panel: pd.DataFrame, counted: Collection[str]) -> str:
    """Return the first primary receptor of a panel that is among some genes; "" where there is none."""
    asked = panel[(panel["tier"] == "primary") & panel["group"].str.startswith("receptor_")]
    return next((symbol for symbol in asked["symbol"] if symbol in counted), "")


def place_cells(sketch: AnnData, kind: str = PCA) -> tuple[np.ndarray | None, str]:
    """Find two coordinates for each cell.

    Counts are scaled to a common total, one is added, logarithms are taken; the 2,000 most variable genes give
    principal components (scanpy; Wolf et al. 2018, Genome Biol 19:15). UMAP (McInnes et al. 2018, arXiv:1802.03426) of
    the first 30 is computed by umap-learn itself.

    Parameters
    ----------
    sketch : AnnData
        Cells x genes, counts.
    kind : str
        "pca" or "umap".

    Returns
    -------
    places : ndarray of shape (cells, 2), or None
        None where there are too few cells or genes to place.
    way : str
        What they are: "pca", or "umap". "pca" as well where umap-learn is not installed.
    """
    import scanpy
    from anndata import AnnData

    data = AnnData(sketch.X.astype(np.float32))
    scanpy.pp.filter_genes(data, min_cells=1)
    if min(data.shape) < FEWEST:
        return None, PCA
    scanpy.pp.normalize_total(data)
    scanpy.pp.log1p(data)
    if data.n_vars > MOST_VARIABLE:
        scanpy.pp.highly_variable_genes(data, n_top_genes=MOST_VARIABLE)
        data = data[:, data.var["highly_variable"].to_numpy()].copy()
    kept = min(COMPONENTS, data.n_obs - 1, data.n_vars - 1)
    scanpy.pp.pca(data, n_comps=kept, svd_solver="arpack", random_state=SEEDS["picture of cells"])
    scores, loadings = data.obsm["X_pca"], data.varm["PCs"]
    # The sign of a component is arbitrary: the gene that weighs most gets a positive weight, so that reruns agree.
    scores = scores * np.sign(loadings[np.abs(loadings).argmax(axis=0), np.arange(kept)])
    if kind != UMAP or find_spec("umap") is None:
        return np.ascontiguousarray(scores[:, :2], dtype=np.float32), PCA
    from umap import UMAP as Umap

    neighbours = min(15, data.n_obs - 1)
    made = Umap(n_neighbors=neighbours, random_state=SEEDS["picture of cells"], n_jobs=1)
    return np.asarray(made.fit_transform(scores), dtype=np.float32), UMAP
