"""Fit one model again with one thing changed at a time, and read the panel genes from every fit."""

import numpy as np
import pandas as pd
from anndata import read_h5ad

from autocrine.cells.other_counts import other_counts
from autocrine.design.matrix import build_design
from autocrine.design.question import Statistics, make_model
from autocrine.input.contract import DOUBLETS, lengths_of, measure_of, scaling_of, sheet_of
from autocrine.input.panel import CONTROL_GROUP, read_panel
from autocrine.measure import LOG_EXPRESSION
from autocrine.problems import Findings
from autocrine.results.sensitivity import fit_variants, plan_variants
from autocrine.run.job import job
from autocrine.samples.normalisation import size_factor_method
from autocrine.samples.scores import PURITY_COLUMNS
from autocrine.tables import read_table, write_table


def main(counts, scores, panel, name, entry, statistics, numeric, engine, threads, output):
    """Write the effects of the panel genes in every variant of the model."""
    data = read_h5ad(counts)
    model, findings = make_model(name, entry), Findings()
    sheet, statistics = sheet_of(data.obs), Statistics(**statistics)
    purity = read_table(scores).set_index("sample").drop(columns="data_origin").dropna(axis="columns")
    purity = purity[[score for score in PURITY_COLUMNS if score in purity]].rename(columns=PURITY_COLUMNS)
    design = build_design(sheet, model, f"config, models.{name}", findings)
    genes = read_panel(panel, findings)
    findings.raise_if_any()
    found = data.uns["import"]["panel_genes"]["gene_id"].to_numpy()
    control = [gene for gene in found[(genes["group"] == CONTROL_GROUP).to_numpy()] if gene]
    data = data[list(design.matrix.index)]
    raw = pd.DataFrame(np.asarray(data.X), index=data.obs_names, columns=data.var_names)
    scaling, measure = scaling_of(data), measure_of(data)
    method = "none" if measure == LOG_EXPRESSION else scaling["method"] or size_factor_method(raw.to_numpy())
    sheet = sheet.drop(columns=purity.columns, errors="ignore").join(purity)
    numeric = [*numeric, *purity.columns]
    others = other_counts(raw, sheet, data.layers.get(DOUBLETS))
    variants = plan_variants(
        sheet, model, design, statistics, method, control, numeric, scaling["method"], scaling["control_genes"], others
    )
    asked = list(dict.fromkeys(gene for gene in found if gene))
    table = fit_variants(raw, variants, asked, engine, threads, lengths_of(data), measure)
    write_table(output, table, data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        main(
            counts=snakemake.input.counts,
            scores=snakemake.input.scores,
            panel=snakemake.input.panel,
            name=snakemake.params.name,
            entry=snakemake.params.model,
            statistics=snakemake.params.statistics,
            numeric=snakemake.params.numeric,
            engine=snakemake.params.engine,
            threads=snakemake.threads,
            output=snakemake.output.sensitivity,
        )
