"""Say of every panel gene what every contrast of one cohort found, or why there is nothing to say."""

import json

import numpy as np
import pandas as pd
from anndata import read_h5ad

from autocrine.log import logged
from autocrine.panel import read_panel, tabulate_panel
from autocrine.problems import Findings
from autocrine.tables import read_table, write_table


def main(counts, panel, fits, tables, output):
    """Write `panel.tsv`; `fits` and `tables` are in the same order, one record and one gene table per contrast."""
    data = read_h5ad(counts)
    findings = Findings()
    genes = read_panel(panel, findings)
    findings.raise_if_any()
    found = data.uns["import"]["panel_genes"].replace({"gene_id": {"": None}})
    parts = []
    for (model, contrast, record), table in zip(fits, tables, strict=True):
        with open(record, encoding="utf-8") as file:
            fit = json.load(file)
        samples = list(fit["size_factors"])
        raw = pd.DataFrame(np.asarray(data[samples].X), index=samples, columns=data.var_names)
        part = tabulate_panel(genes, found, read_table(table), raw)
        part.insert(0, "model", model)
        part.insert(1, "contrast", contrast)
        parts.append(part)
    write_table(output, pd.concat(parts, ignore_index=True), data.uns["data_origin"])


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            counts=snakemake.input.counts,
            panel=snakemake.input.panel,
            fits=[(*pair, file) for pair, file in zip(snakemake.params.contrasts, snakemake.input.fits, strict=True)],
            tables=list(snakemake.input.tables),
            output=snakemake.output.panel,
        )
