"""Draw the primary genes of one cohort in every sample of one model."""

import json
from pathlib import Path

import pandas as pd
from anndata import read_h5ad

from autocrine.design.question import make_model
from autocrine.page.curves import curves_of
from autocrine.page.figures.samples import draw_samples
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(normalised, panel, samples, fit, model, output):
    """Write the figure as SVG; `model` says which groups are compared."""
    data, used, table = read_h5ad(normalised, backed="r"), read_table(samples), read_table(panel)
    genes = table[(table["tier"] == "primary") & (table["model"] == model.name)].drop_duplicates("symbol")
    levels = data.to_df(layer="log_cpm")
    there = genes[genes["gene_id"].isin(levels.columns)]
    levels = pd.DataFrame(
        levels.loc[used["sample"], there["gene_id"]].to_numpy(), index=used["sample"], columns=there["symbol"]
    )
    asked = json.loads(Path(fit).read_text(encoding="utf-8"))["contrasts"]
    curves = {
        name: curves_of(table[(table["model"] == model.name) & (table["contrast"] == name)], record["values"])
        for name, record in asked.items()
        if record["values"]
    }
    save(draw_samples(model, used, genes[["symbol", "reason"]], levels, curves), output, data.uns["data_origin"])


if __name__ == "__main__":
    with job(snakemake):
        main(
            normalised=snakemake.input.normalised,
            panel=snakemake.input.panel,
            samples=snakemake.input.samples,
            fit=snakemake.input.fit,
            model=make_model(snakemake.wildcards.model, snakemake.params.model),
            output=snakemake.output.samples,
        )
