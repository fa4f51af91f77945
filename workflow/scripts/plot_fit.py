"""Draw the dispersions of one fit."""

from autocrine.page.figures.contrast import draw_dispersions
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(dispersions, model, output):
    """Write the dispersion figure as SVG."""
    table = read_table(dispersions)
    save(draw_dispersions(table, f"Dispersions of {model}"), output, table["data_origin"].iat[0])


if __name__ == "__main__":
    with job(snakemake):
        main(
            dispersions=snakemake.input.dispersions,
            model=snakemake.wildcards.model,
            output=snakemake.output.dispersions,
        )
