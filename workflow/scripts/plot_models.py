"""Draw fits of one cohort: their dispersions, the primary genes in their samples, and each of their contrasts."""

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
from autocrine.results.outcomes import CALLED, genome_wide
from autocrine.run.job import job
from autocrine.tables import read_table

# What the figures show of the tables of genes and of second opinions.
OF_GENES = ["gene_id", "gene_name", "base_mean", "log2_fc"]
OF_OPINIONS = ["contrast", "method", "gene_id", "log2_fc", "adj_p_value"]


def main(inputs, models, statistics, outputs):
    """Write the figures as SVG.

    Files of models are in the order of `models`; gene tables and figures of contrasts are in that of their contrasts.
    """
    panel, levels = read_table(inputs.panel), read_h5ad(inputs.normalised, backed="r").to_df(layer="log_cpm")
    genes = iter(inputs.genes)
    drawn = {name: iter(outputs[name]) for name in ("volcano", "mean_difference", "p_values", "second_opinion")}
    wanted = [*OF_GENES, *CALLED[statistics["calls"]]]
    alpha, marked = statistics["alpha"], set(panel["gene_id"]) - {""}
    for place, model in enumerate(models):
        record = json.loads(Path(inputs.fits[place]).read_text(encoding="utf-8"))
        measure, dispersions = record["measure"], read_table(inputs.dispersions[place])
        origin = dispersions["data_origin"].iat[0]
        if "dispersion" in dispersions:
            figure = draw_dispersions(dispersions, f"Dispersions of {model.name}")
        else:
            figure = draw_variances(dispersions, WORDS[measure].log_mean, f"Variances of {model.name}")
        save(figure, outputs.dispersions[place], origin)
        used = read_table(inputs.samples[place])
        save(_samples(used, levels, panel[panel["model"] == model.name], model, record), outputs.samples[place], origin)
        seconds = read_table(inputs.second_opinions[place], OF_OPINIONS)
        for contrast in model.contrasts.values():
            table = genome_wide(read_table(next(genes), wanted), statistics["calls"])
            second = seconds[seconds["contrast"] == contrast.name]
            title = f"{model.title}\n{contrast.title}"
            save(draw_volcano(table, marked, alpha, title), next(drawn["volcano"]), origin)
            figure = draw_mean_difference(table, marked, alpha, title, measure)
            save(figure, next(drawn["mean_difference"]), origin)
            save(draw_p_values(table["p_value"]), next(drawn["p_values"]), origin)
            asked = record["contrasts"][contrast.name]["second_opinion"]
            reasons = {method: found.get("reason", "") for method, found in asked.items()}
            figure = draw_second_opinion(table, second, reasons, marked, alpha, title)
            save(figure, next(drawn["second_opinion"]), origin)


def _samples(used, levels, panel, model, record):
    """Draw the primary genes in every sample."""
    genes = panel[panel["tier"] == "primary"].drop_duplicates("symbol")
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
            models=[make_model(name, entry) for name, entry in snakemake.params.models.items()],
            statistics=snakemake.params.statistics,
            outputs=snakemake.output,
        )
