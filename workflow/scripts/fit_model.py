"""Fit one model on one cohort and test all its contrasts."""

from importlib.metadata import version
from pathlib import Path

import numpy as np
from anndata import read_h5ad

from autocrine.cohort import sheet_of
from autocrine.config import Statistics, make_model
from autocrine.design import build_design
from autocrine.differential import tabulate_genes
from autocrine.engine import fit_model
from autocrine.log import logged
from autocrine.problems import Findings
from autocrine.tables import write_json, write_table

PACKAGES = ("pydeseq2", "numba", "numpy", "scipy", "pandas", "anndata", "formulaic")


def main(counts, name, entry, statistics, engine, threads, design_file, dispersions, record, tables):
    """Write the design, the dispersions, a record of the fit and one gene table per contrast."""
    data = read_h5ad(counts)
    origin = data.uns["data_origin"]
    model, thresholds = make_model(name, entry), Statistics(**statistics)
    findings = Findings()
    design = build_design(sheet_of(data.obs), model, f"config, models.{name}", findings)
    findings.raise_if_any()
    data = data[list(design.matrix.index)]
    raw = np.asarray(data.X)
    method = "ratio" if (raw > 0).all(axis=0).any() else "poscounts"
    fit = fit_model(raw, design.matrix, size_factor_method=method, engine=engine, threads=threads)

    filtering = {}
    for contrast, file in tables.items():
        table, filtering[contrast] = tabulate_genes(fit, design.contrasts[contrast], data.var, thresholds)
        write_table(file, table, origin)
    genes = fit.genes.assign(gene_id=data.var_names, gene_name=data.var["gene_name"].to_numpy())
    first = ["gene_id", "gene_name"]
    write_table(dispersions, genes[first + [c for c in genes.columns if c not in first]], origin)
    write_table(design_file, design.matrix.rename_axis("sample").reset_index(), origin)
    write_json(
        record,
        {
            "data_origin": origin,
            "model": name,
            "design": model.design,
            "coefficients": list(design.matrix.columns),
            "samples": len(design.matrix),
            "residual_degrees_of_freedom": int(design.matrix.shape[0] - design.matrix.shape[1]),
            "size_factor_method": method,
            "size_factors": dict(zip(design.matrix.index, map(float, fit.size_factors), strict=True)),
            "trend": fit.trend,
            "prior_variance": None if fit.prior_variance is None else float(fit.prior_variance),
            "engine": engine,
            "statistics": statistics,
            "contrasts": {
                key: {
                    "factor": contrast.factor,
                    "tested": contrast.tested,
                    "reference": contrast.reference,
                    "tested_samples": design.groups[key][0],
                    "reference_samples": design.groups[key][1],
                    "vector": list(map(float, design.contrasts[key])),
                    "filtering": filtering[key],
                }
                for key, contrast in model.contrasts.items()
            },
            "warnings": fit.warnings,
            "versions": {package: version(package) for package in PACKAGES},
        },
    )


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
