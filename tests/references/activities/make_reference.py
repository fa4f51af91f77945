"""Make the reference scores of decoupler's ULM with signed weights: statistic.tsv, network.tsv, ulm.tsv, versions.tsv.

Usage, in an environment of its own with ``decoupler==2.2.0``: ``python make_reference.py``
"""

from importlib.metadata import version
from pathlib import Path

import decoupler
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
GENES, SEED = 400, 2022
SIZES = (5, 7, 12, 30, 80, 200, 400)

random = np.random.default_rng(SEED)
statistic = pd.Series(random.standard_t(4, GENES) * 1.5 + 0.2, index=[f"ENSG{i:011d}" for i in range(1, GENES + 1)])
statistic = statistic.round(6)
edges = []
for size in SIZES:
    targets = random.choice(statistic.index, size, replace=False)
    edges += [
        (f"SIGNED_{size}", gene, sign) for gene, sign in zip(targets, random.choice([1.0, -1.0], size), strict=True)
    ]
    edges += [
        (f"WEIGHED_{size}", gene, weight)
        for gene, weight in zip(targets, random.normal(0.3, 4, size).round(4), strict=True)
    ]
network = pd.DataFrame(edges, columns=["source", "target", "weight"])
scores, adjusted = decoupler.mt.ulm(data=statistic.to_frame("contrast").T, net=network, tmin=5, empty=False)

statistic.rename_axis("gene_id").to_frame("stat").to_csv(HERE / "statistic.tsv", sep="\t")
network.to_csv(HERE / "network.tsv", sep="\t", index=False)
table = pd.DataFrame({"score": scores.loc["contrast"], "adj_p_value": adjusted.loc["contrast"]})
table = table.loc[list(dict.fromkeys(network["source"]))]
table.rename_axis("regulator").to_csv(HERE / "ulm.tsv", sep="\t", float_format="%.12g")
versions = {name: version(name) for name in ("decoupler", "numpy", "pandas", "numba")}
pd.Series(versions).rename_axis("package").to_frame("version").to_csv(HERE / "versions.tsv", sep="\t")
