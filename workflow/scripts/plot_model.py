"""Draw one fit of one cohort: its dispersions, the primary genes in its samples, and each of its contrasts."""

import json
from pathlib import Path

import pandas as pd
from anndata import read_h5ad

from autocrine.design.question import make_model
from autocrine.measure import WORDS
from autocrine.page.curves import curves_of
from autocrine.page.figures.contrast import (
    draw_dispersions,
    draw_mean_difference,
    draw_p_values,
    draw_second_opinion,
    draw_variances,
    draw_volcano,
)
from autocrine.page.figures.samples import draw_samples
from autocrine.page.figures.style import save
from autocrine.results.outcomes import genome_wide
from autocrine.run.job import job
from autocrine.tables import read_table


def main(inputs, model, statistics, outputs):
    """Write the figures as SVG; gene tables and figures of contrasts are in the order of the model's contrasts."""
    panel, dispersions = read_table(inputs.panel), read_table(inputs.dispersions)
    record = json.loads(Path(inputs.fit).read_text(encoding="utf-8"))
    measure = record["measure"]
    origin = dispersions["data_origin"].iat[0]
    if "dispersion" in dispersions:
        figure = draw_dispersions(dispersions, f"Dispersions of {model.name}")
    else:
        figure = draw_variances(dispersions, WORDS[measure].log_mean, f"Variances of {model.name}")
    save(figure, outputs.dispersions, origin)
    save(_samples(inputs, panel[panel["model"] == model.name], model, record), outputs.samples, origin)
    seconds = read_table(inputs.second_opinion)
    alpha, marked = statistics["alpha"], set(panel["gene_id"]) - {""}
    for place, contrast in enumerate(model.contrasts.values()):
        table = genome_wide(read_table(inputs.genes[place]), statistics["calls"])
        title = f"{model.title}\n{contrast.title}"
        save(draw_volcano(table, marked, alpha, title), outputs.volcano[place], origin)
        save(draw_mean_difference(table, marked, alpha, title, measure), outputs.mean_difference[place], origin)
        save(draw_p_values(table["p_value"]), outputs.p_values[place], origin)
        second = seconds[seconds["contrast"] == contrast.name]
        asked = record["contrasts"][contrast.name]["second_opinion"]
        reasons = {method: found.get("reason", "") for method, found in asked.items()}
        figure = draw_second_opinion(table, second, reasons, marked, alpha, title)
        save(figure, outputs.second_opinion[place], origin)


def _samples(inputs, panel, model, record):
    """Draw the primary genes in every sample."""
    used = read_table(inputs.samples)
    genes = panel[panel["tier"] == "primary"].drop_duplicates("symbol")
    levels = read_h5ad(inputs.normalised, backed="r").to_df(layer="log_cpm")
    there = genes[genes["gene_id"].isin(levels.columns)]
    levels = pd.DataFrame(
        levels.loc[used["sample"], there["gene_id"]].to_numpy(), index=used["sample"], columns=there["symbol"]
    )
    curves = {
        name: curves_of(panel[panel["contrast"] == name], asked["values"])
        for name, asked in record["contrasts"].items()
        if asked["values"]
    }
    return draw_samples(model, used, genes[["symbol", "reason"]], levels, curves, record["measure"])


if __name__ == "__main__":
    with job(snakemake):
        main(
            inputs=snakemake.input,
            model=make_model(snakemake.params.name, snakemake.params.model),
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
