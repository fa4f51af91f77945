"""Make the reference scores of decoupler's ULM: statistic.tsv, sets.gmt, ulm.tsv and versions.tsv beside this file.

Usage, in an environment of its own with ``decoupler==2.2.0``: ``python make_reference.py``
"""

from importlib.metadata import version
from pathlib import Path

import decoupler
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
GENES, SEED = 400, 2017
SIZES = (5, 6, 8, 10, 15, 25, 40, 60, 100, 200, 399)

random = np.random.default_rng(SEED)
# Heavy tails and a shift, as statistics of a contrast with many changed genes have.
statistic = pd.Series(random.standard_t(4, GENES) * 1.5 + 0.2, index=[f"ENSG{i:011d}" for i in range(1, GENES + 1)])
statistic = statistic.round(6)
statistic.iloc[7] = 0.0
members = {f"SET_{size}": sorted(random.choice(statistic.index, size, replace=False)) for size in SIZES}
members["STRONGEST"] = sorted(statistic.nlargest(12).index)
members["WEAKEST"] = sorted(statistic.nsmallest(12).index)

network = pd.DataFrame([(name, gene, 1.0) for name, genes in members.items() for gene in genes])
network.columns = ["source", "target", "weight"]
# By default decoupler takes a gene whose statistic is exactly 0 for one that was not measured.
scores, adjusted = decoupler.mt.ulm(data=statistic.to_frame("contrast").T, net=network, tmin=5, empty=False)

statistic.rename_axis("gene_id").to_frame("stat").to_csv(HERE / "statistic.tsv", sep="\t")
lines = ["\t".join([name, "random" if name.startswith("SET") else "chosen", *genes]) for name, genes in members.items()]
(HERE / "sets.gmt").write_text("\n".join(lines) + "\n")
table = pd.DataFrame({"score": scores.loc["contrast"], "adj_p_value": adjusted.loc["contrast"]}).loc[list(members)]
table.rename_axis("gene_set").to_csv(HERE / "ulm.tsv", sep="\t", float_format="%.12g")
versions = {name: version(name) for name in ("decoupler", "numpy", "pandas", "numba")}
pd.Series(versions).rename_axis("package").to_frame("version").to_csv(HERE / "versions.tsv", sep="\t")
