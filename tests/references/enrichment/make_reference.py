"""Make the reference scores of GSEApy's preranked analysis: statistic.tsv, sets.gmt, prerank.tsv, versions.tsv.

Usage, in an environment of its own with ``gseapy==1.3.1``: ``python make_reference.py``
"""

from importlib.metadata import version
from pathlib import Path

import gseapy
import numpy as np
import pandas as pd

HERE = Path(__file__).parent
GENES, SEED = 2000, 2005
SIZES = (5, 6, 8, 10, 15, 25, 40, 60, 100, 200, 400)

random = np.random.default_rng(SEED)
statistic = pd.Series(random.standard_t(4, GENES) * 1.5 + 0.2, index=[f"ENSG{i:011d}" for i in range(1, GENES + 1)])
statistic = statistic.round(6)
assert statistic.is_unique
members = {}
for size in SIZES:
    members[f"SET_{size}"] = sorted(random.choice(statistic.index, size, replace=False))
    # Drawn from one end, so that some scores are high.
    for end, ranked in (("UP", statistic.nlargest(3 * size)), ("DOWN", statistic.nsmallest(3 * size))):
        members[f"{end}_{size}"] = sorted(random.choice(ranked.index, size, replace=False))
found = gseapy.prerank(
    rnk=statistic, gene_sets=members, min_size=1, max_size=GENES, permutation_num=10_000, weight=1, threads=1,
    seed=SEED, outdir=None, no_plot=True,
).res2d  # fmt: skip

statistic.rename_axis("gene_id").to_frame("stat").to_csv(HERE / "statistic.tsv", sep="\t")
lines = ["\t".join([name, "", *genes]) for name, genes in members.items()]
(HERE / "sets.gmt").write_text("\n".join(lines) + "\n")
table = found.set_index("Term").loc[list(members), ["ES", "NES", "Lead_genes"]]
table.rename_axis("gene_set").to_csv(HERE / "prerank.tsv", sep="\t")
versions = {name: version(name) for name in ("gseapy", "numpy", "pandas")}
pd.Series(versions).rename_axis("package").to_frame("version").to_csv(HERE / "versions.tsv", sep="\t")
