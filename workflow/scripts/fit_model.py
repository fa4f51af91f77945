"""Fit one model on one cohort and test all its contrasts."""

from pathlib import Path

import numpy as np
from anndata import read_h5ad

from autocrine.cohort import sheet_of
from autocrine.config import Statistics, make_model
from autocrine.design import build_design
from autocrine.differential import record_fit, tabulate_genes
from autocrine.engine import fit_model
from autocrine.log import logged
from autocrine.normalisation import size_factor_method
from autocrine.problems import Findings
from autocrine.tables import write_json, write_table


def main(counts, name, entry, statistics, engine, threads, design_file, dispersions, record, tables):
    """Write the design, the dispersions, a record of the fit and one gene table per contrast."""
    data = read_h5ad(counts)
    origin, model, findings = data.uns["data_origin"], make_model(name, entry), Findings()
    design = build_design(sheet_of(data.obs), model, f"config, models.{name}", findings)
    findings.raise_if_any()
    data = data[list(design.matrix.index)]
    raw = np.asarray(data.X)
    method = size_factor_method(raw)
    fit = fit_model(raw, design.matrix, size_factor_method=method, engine=engine, threads=threads)

    filtering = {}
    for contrast, file in tables.items():
        table, filtering[contrast] = tabulate_genes(fit, design.contrasts[contrast], data.var, Statistics(**statistics))
        write_table(file, table, origin)
    genes = fit.genes.reset_index(drop=True)
    genes.insert(0, "gene_id", data.var_names.to_numpy())
    genes.insert(1, "gene_name", data.var["gene_name"].to_numpy())
    write_table(dispersions, genes, origin)
    write_table(design_file, design.matrix.rename_axis("sample").reset_index(), origin)
    applied = record_fit(fit, model, design, filtering, method, engine)
    write_json(record, {"data_origin": origin, **applied, "statistics": statistics})


if __name__ == "__main__":
    with logged(snakemake.log[0]):
        main(
            counts=snakemake.input.counts,
            name=snakemake.params.name,
            entry=snakemake.params.model,
            statistics=snakemake.params.statistics,
            engine=snakemake.params.engine,
            threads=snakemake.threads,
            design_file=snakemake.output.design,
            dispersions=snakemake.output.dispersions,
            record=snakemake.output.fit,
            tables={Path(file).parent.name: file for file in snakemake.output.genes},
        )
