"""Draw the panel genes of one cohort in every comparison."""

from autocrine.page.figures.panel import draw_panel
from autocrine.page.figures.style import save
from autocrine.run.job import job
from autocrine.tables import read_table


def main(panel, titles, output):
    """Write the panel figure as SVG; `titles` names each comparison."""
    table = read_table(panel)
    save(draw_panel(table, titles), output, table["data_origin"].iat[0])


if __name__ == "__main__":
    with job(snakemake):
        main(
            panel=snakemake.input.panel,
            titles={(model, contrast): tuple(words) for model, contrast, *words in snakemake.params.titles},
            output=snakemake.output.panel,
        )
