"""Simulated cells of which the truth is known. SIMULATED."""

import numpy as np
import pandas as pd
from anndata import AnnData
from scipy import sparse

STATES = ("LSC", "MSC")


def make_cells(patients=4, cells=60, genes=80, depth=900, seed=1, states=STATES, layout=sparse.csr_matrix, dtype="f4"):
    """Return cells of patients, with and without imatinib, of several states; counts are of any layout and type."""
    random = np.random.default_rng(seed)
    rows = [
        (f"P{p}_{exposure}", f"P{p}", exposure, state)
        for p in range(patients)
        for exposure in ("imatinib", "untreated")
        for state in states
        for _ in range(cells)
    ]
    obs = pd.DataFrame(rows, columns=["run", "patient", "exposure", "cell_type"])
    obs["score"] = random.normal(size=len(obs))
    obs.index = [f"AC{place}-1" for place in range(len(obs))]
    share = random.gamma(0.4, size=genes) + 0.02
    wanted = random.lognormal(np.log(depth), 0.25, len(obs))
    rates = random.gamma(4.0, 0.25, (len(obs), genes)) * (share / share.sum()) * wanted[:, None]
    counts = random.poisson(rates).astype(dtype)
    var = pd.DataFrame({"symbol": [f"G{g}" for g in range(genes)]}, index=[f"ENSG{g}" for g in range(genes)])
    return AnnData(counts if layout is None else layout(counts), obs, var)


def chance_positive(counts, depth, common):
    """Return the chance that a cell keeps one of its counts of a gene when it is thinned to a common depth."""
    lost = np.where(np.greater_equal(depth, common), 1 - np.divide(common, depth), 1)
    return 1 - lost ** np.asarray(counts)
