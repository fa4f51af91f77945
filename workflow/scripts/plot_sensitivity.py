"""Draw the primary genes of one cohort in the main fit and in every fit with one thing changed."""

import pandas as pd

from autocrine.page.figures.sensitivity import draw_sensitivity
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(panel, variants, titles, alpha, output):
    """Write the figure as SVG; `variants` names the sensitivity table of each model, `titles` each comparison."""
    table = read_table(panel)
    fits = pd.concat([read_table(file).assign(model=model) for model, file in variants.items()], ignore_index=True)
    figure = draw_sensitivity(table[table["tier"] == "primary"], fits, titles, alpha)
    save(figure, output, table["data_origin"].iat[0])


if __name__ == "__main__":
    with job(snakemake):
        titles = {(model, contrast): tuple(words) for model, contrast, *words in snakemake.params.titles}
        models = dict.fromkeys(model for model, _ in titles)
        main(
            panel=snakemake.input.panel,
            variants=dict(zip(models, snakemake.input.variants, strict=True)),
            titles=titles,
            alpha=snakemake.params.alpha,
            output=snakemake.output.sensitivity,
        )
